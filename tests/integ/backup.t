#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copies of a board's and a ward's state: made while they run, brought back on an empty card. What
# went out after the copy does not go out again, who was erased after it is erased again.
. tests/harness/tap.sh

port=$((20000 + $$ % 20000))
while port_taken $port; do port=$((port + 1)); done
mesh_port=$port
port=$((port + 1))
while port_taken $port; do port=$((port + 1)); done
cat >"$S/ward.conf" <<END
name = "Định Công"; state_dir = "$S/ward"; mesh_port = $mesh_port; web_port = $port;
content_dir = "$S/content"; min_cell = 0; clock = { trust_system = true; };
END
fresh_content
ward_up() { "$laido" status --socket "$S/ward/ctl.sock" >/dev/null 2>&1; }
start_ward() { start ward "$B/bin/laido-ward" -c "$S/ward.conf"; up ward 10 ward_up; }
key=$("$B/bin/laido-ward" -c "$S/ward.conf" --init)
conf board
sed -i '/^ward = /d' "$S/board.conf"
cat >>"$S/board.conf" <<END
ward = { enable = true; host = "127.0.0.1"; port = $mesh_port; key = "$key"; invite = "$S/invite"; }; mesh = { hello = false; every_s = 2; };
END
board_key=$("$B/bin/laidod" -c "$S/board.conf" --identity)
"$B/bin/laido-ward" -c "$S/ward.conf" --invite "$board_key" board >"$S/invite"
sql() { sqlite3 "$S/$1/laido.db" "$2"; }
at_ward() { [ "$(sql ward "$1")" = "$2" ]; }
number_of_events='SELECT count(*) FROM event WHERE kind = 35'
closed='SELECT count(*) FROM closed'

# ---- two learners; a copy of both machines while they run ----
start_ward
serve board
type_in 0990000501 board 'HOC\n1\n2\n' && type_in 0990000502 board 'HOC\n1\n1\n'
wait_for 20 at_ward "$number_of_events" 2
ok "two learners answer, the ward hears of it" $?
run 0 "$B/bin/laidod" -c "$S/board.conf" --backup "$S/stick" && has 'checked' &&
	[ "$(stat -c %a "$S/stick")" = 700 ] && [ "$(stat -c %a "$S/stick/key")" = 600 ]
ok "a running board is copied, its secrets for the owner's eyes" $?
run 0 "$B/bin/laido-ward" -c "$S/ward.conf" --backup "$S/stick-ward" && has 'checked'
ok "a running ward, too" $?
run 1 "$B/bin/laidod" -c "$S/board.conf" --restore "$S/stick" && has 'in use: stop'
ok "nothing is brought back under a running laidod" $?

# ---- afterwards: more answers, and one of them erases everything ----
type_in 0990000501 board 'TIEP\n3\n'
type_in 0990000502 board 'XOA\n'
code=$(sed -n 's/.*XOA \([0-9]\{4\}\).*/\1/p' "$S/out" | head -n 1)
type_in 0990000502 board "XOA $code\n"
wait_for 20 at_ward "$closed" 1
ok "after the copy one learns on, the other erases all" $?
answers=$(sql ward "$number_of_events AND subject IS NOT NULL")

# ---- the board's card dies ----
stop board KILL
rm -rf "$S/board"
# A message that waited when the copy was made: it may have gone out since.
sqlite3 "$S/stick/laido.db" "INSERT INTO outbox (p, state, prio, alphabet, channel, dest, what,
  why, parts, tries, created, due, changed, text) SELECT p, 0, 3, 1, '', dest, 'LESSON', '', 1, 0,
  created, 1, changed, 'lan nua' FROM outbox LIMIT 1"
run 0 "$B/bin/laidod" -c "$S/board.conf" --restore "$S/stick" && has 'before the ward was met'
ok "restored on an empty card" $?
stop ward
serve board
[ "$(sql board "SELECT state FROM outbox WHERE text = 'lan nua'")" = 5 ]
ok "what waited in the copy does not go out" $?
run 0 "$laido" status --socket "$S/board.ctl"
[ "$(sql board "SELECT hex(value) FROM setting WHERE name = 'restored'")" = 01 ]
ok "without the ward nothing unasked goes out" $?
start_ward
met() { [ "$(sql board "SELECT hex(value) FROM setting WHERE name = 'restored'")" = 00 ]; }
wait_for 60 met
ok "once it has met the ward it does" $?
same() { [ "$(sql board "$number_of_events AND subject IS NOT NULL")" = "$answers" ]; }
wait_for 30 same && [ "$(sql board "$closed")" = 1 ] &&
	[ "$(sql board 'SELECT count(*) FROM person')" = 1 ]
ok "the answer after the copy is back, and who was erased is erased here, too" $?
type_in 0990000501 board 'DIEM\n' && has '2'
ok "the learner goes on where she was" $?

# ---- the ward's disk dies ----
stop ward KILL
rm -rf "$S/ward"
run 0 "$B/bin/laido-ward" -c "$S/ward.conf" --restore "$S/stick-ward" && has 'erasures first'
start_ward
wait_for 60 at_ward "$closed" 1 &&
	wait_for 30 at_ward "$number_of_events AND subject IS NOT NULL" "$answers"
ok "the restored ward gets all from the board, the erasure too" $?
run 0 "$laido" rebuild --socket "$S/board.ctl" && has 'Equal'
ok "and the tables are what the log says" $?

# ---- copies that are none ----
stop board
run 1 "$B/bin/laidod" -c "$S/board.conf" --restore "$S/stick-ward" && has 'another node'
ok "another node's copy is refused" $?
dd if=/dev/urandom of="$S/stick/laido.db" bs=1024 seek=8 count=20 conv=notrunc 2>/dev/null
run 1 "$B/bin/laidod" -c "$S/board.conf" --restore "$S/stick" && has 'damaged|malformed|not a database'
ok "a damaged one is refused, and nothing has changed" $?
serve board
run 0 "$laido" status --socket "$S/board.ctl"
ok "the board still runs" $?
run 1 "$B/bin/laidod" -c "$S/board.conf" --backup /proc/nowhere && has '/proc/nowhere'
ok "a copy to where nothing can be written says so" $?
last_checks
