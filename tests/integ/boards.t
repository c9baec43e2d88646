#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# takes 50 s
# slow
# Three boards and a ward as real processes on a network of their own: they find each other by HELLO,
# one that has no link to the ward is carried by another, a revoked one is cut off everywhere, and
# the learners of one that dies get their lessons from another.
. tests/harness/veth.sh
echo 1..17

cat >"$S/ward.conf" <<END
name = "W"; state_dir = "$S/ward"; mesh_host = "::"; mesh_port = 7443; web_port = 7480;
mesh_hello = true; clock = { trust_system = true; };
END
# board N FAR: the ward at an address where nobody is when FAR.
board() {
	mkdir -p "$S/b$1"
	cat >"$S/b$1.conf" <<END
name = "b$1"; state_dir = "$S/b$1"; ctl_socket = "$S/b$1/ctl"; vty_port = 0; approve_all = true;
clock = { trust_system = true; };
ward = { enable = true; host = "::1"; port = $([ "$2" ] && echo 7999 || echo 7443); };
mesh = { listen = true; every_s = 2; port = 745$1; hello = $([ "$2" = alone ] && echo false || echo true);$3 };
phone = { enable = true; in_reports = true;
          ranges = ( { first = "0990000000"; last = "0990000999"; } ); };
END
}
mesh() { m=$1; shift; "$laido" mesh "$@" --socket "$S/$m"; }
json() { mesh "$@" --json 2>/dev/null; }
ready() { mesh "$1" status >/dev/null; }

start ward "$B/bin/laido-ward" -c "$S/ward.conf"
up ward 20 ready ward/ctl.sock
for i in 1 2 3; do
	key=$("$laido" mesh init --state "$S/b$i")
	mesh ward/ctl.sock invite "$key" "cho $i" >"$S/invite$i"
	"$laido" mesh join "$S/invite$i" --state "$S/b$i" >"$S/out" 2>&1
	ok "board $i makes its key and joins by its invite" $?
	eval "key$i=$key"
done
# 1 reaches the ward, 2 and 3 do not; 3 hears no HELLO: its settings name board 2.
board 1 '' ''
board 2 far ''
board 3 alone " peers = ( { host = \"::1\"; port = 7452; key = \"$key2\"; } );"
for i in 1 2 3; do
	start "b$i" "$B/bin/laidod" -c "$S/b$i.conf"
	up "b$i" 20 ready "b$i/ctl"
done

found() { json b2/ctl peers | jq -e '[.peers[] | select(.even)] | length > 1'; }
wait_for 10 found
ok "boards and ward on one network hear each other" $?

# A learner at board 3, which reaches only board 2, which reaches the ward only by what it heard.
"$laido" phone 0990000001 --socket "$S/b3/ctl" --plain >"$S/out" 2>&1 <<END
*123#
1
END
events() { json "$1" status | jq .events; }
same() {
	e=$(events b3/ctl)
	[ "$e" -gt 8 ] && for m in ward/ctl.sock b1/ctl b2/ctl; do
		[ "$(events $m)" = "$e" ] || return 1
	done
}
wait_for 10 same
ok "what happened at the farthest board is everywhere" $?

mesh b1/ctl revoke "cho 3" >"$S/out" 2>&1
[ $? = 1 ] && has "only the ward revokes"
ok "a board cannot revoke" $?

run 0 "$laido" mesh revoke "cho 3" --socket "$S/ward/ctl.sock" && has "Revoked: cho 3"
ok "the ward revokes by name" $?
known() { json "$1" status | jq -e '.members[] | select(.name == "cho 3") | .revoked'; }
everywhere() { known b1/ctl && known b2/ctl; }
wait_for 10 everywhere
ok "every other board knows" $?

"$laido" phone 0990000002 --socket "$S/b3/ctl" --plain >"$S/out" 2>&1 <<END
*123#
1
END
refused() { json b3/ctl peers | jq -e '.peers[] | select(.port == 7452) | .why | test("403")'; }
wait_for 10 refused && [ "$(events b2/ctl)" -lt "$(events b3/ctl)" ]
ok "nobody takes anything of the revoked board" $?

# ---- homes (ADR 0013) ----

# agree BOARD NUMBER: a learner there, who has answered the first lesson.
agree() {
	"$laido" phone "$2" --socket "$S/$1/ctl" --plain >"$S/out" 2>&1 <<END
*123#
1
/sms 1
END
}
home() { "$laido" home "$@" --socket "$S/ward/ctl.sock"; }
moves() { home move "$@" >"$S/out" 2>&1; }
# lives BOARD LEARNERS: so many, and nobody waits.
lives() {
	home list --json | jq -e --arg b "$1" --argjson n "$2" \
		'.homes[] | select(.name == $b) | .learners == $n and .waiting == 0'
}
sql() { sqlite3 -readonly "$S/$1/laido.db" "$2"; }
due() { [ "$(sql "$1" 'SELECT count(*) FROM due')" = "$2" ]; }

agree b1 0990000003
wait_for 20 lives "cho 1" 1
ok "the ward knows whose home board 1 is" $?
agree b2 0990000004
wait_for 20 lives "cho 2" 1 && moves --number 0990000004 --to "cho 1" &&
	has "1 learners have moved to cho 1" && wait_for 30 lives "cho 1" 2 &&
	wait_for 20 due b1 2 && due b2 0
ok "one number moves: the board before lets go, the new one takes over" $?
"$laido" home move --from "cho 1" --to "cho 2" --socket "$S/b1/ctl" >"$S/out" 2>&1
[ $? = 1 ] && has "only the ward moves"
ok "a board moves nobody" $?

stop b1 KILL
moves --from "cho 1" --to "cho 2" --dead && has "2 learners have moved to cho 2" &&
	wait_for 20 due b2 2
ok "board 1 dies: its learners have another home" $?

# Some twenty days later, in the evening of a lesson day; ten times as fast.
now=$(date +%s)
day=$(((now + 25200) / 86400 + 20))
while [ $(((day - 4) % 7 % 2)) = 1 ] || [ $(((day - 4) % 7)) = 6 ]; do day=$((day + 1)); done
gain=$((day * 86400 + 19 * 3600 + 45 * 60 - 25200 - now))
fast="10 $(($(cut -d . -f 1 /proc/uptime) - gain / 9))"
later() { start "$1" env LD_PRELOAD="$B/tools/fast.so" LAIDO_FAST="$fast" "$2" -c "$S/$1.conf"; }
stop b2
stop ward
later b2 "$B/bin/laidod"
up b2 20 ready b2/ctl
run 0 "$laido" status --socket "$S/b2/ctl" && has "No heartbeat of the ward for 14 days: lessons and" &&
	mesh b2/ctl status >"$S/out" && has "lessons and reminders wait"
ok "a board that has not heard of the ward for 14 days says so" $?
"$laido" phone 0990000005 --socket "$S/b2/ctl" --plain >"$S/out" 2>&1 <<END
*123#
END
has "1.Dong y" && [ "$(sql b2 "SELECT count(*) FROM outbox WHERE prio = 2")" = 0 ]
ok "it answers whoever writes, and sends nothing unasked" $?
later ward "$B/bin/laido-ward"
up ward 20 ready ward/ctl.sock
gone() { [ "$(sql b2 "SELECT count(*) FROM outbox WHERE prio = 2 AND state IN (2, 3)")" = 2 ]; }
wait_for 60 gone
ok "with the ward's heartbeat the new home sends the next lesson" $?
"$laido" phone 0990000003 --socket "$S/b2/ctl" --plain >"$S/out" 2>&1 </dev/null
has "2/10"
ok "to the learner of the board that died" $?
