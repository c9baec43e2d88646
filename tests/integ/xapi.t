#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# laido-ward tells a learning record store of enrolments, answers and completions: every statement
# as the specification wants it, each once, through every kind of bad answer and through kills.
# takes 80 s
# slow
. tests/harness/tap.sh
SEED=${SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
echo "# SEED=$SEED"

modules=${NODE_PATH-$PWD/build/npm/node_modules}
if ! command -v node >/dev/null || [ ! -d "$modules/xapi-validation" ]; then
	echo "1..0 # SKIP $(cat build/npm/why 2>/dev/null || echo 'node or xapi-validation is missing: make test-deps')"
	exit 0
fi
free_port $((20000 + $$ % 20000)); lrs_port=$port
free_port $((port + 1)); mesh_port=$port
free_port $((port + 1)); web_port=$port

mkfifo "$S/tell"
start lrs sh -c "NODE_PATH='$modules' exec node tests/tools/lrs.js $lrs_port ward:secret <'$S/tell'"
exec 5>"$S/tell"
tell() { printf '%s\n' "$*" >&5; }
lrs_said() { grep -qE -- "$1" "$S/lrs.log"; }
up lrs 20 lrs_said ready

ward_conf() { # ward_conf PASSWORD BATCH
	cat >"$S/ward.conf" <<-END
		name = "Định Công"; state_dir = "$S/state"; mesh_port = $mesh_port; web_port = $web_port;
		clock = { trust_system = true; };
		lrs = { url = "http://127.0.0.1:$lrs_port/xapi"; user = "ward"; password = "$1";
		  home_page = "https://dinhcong.example"; batch = $2; };
	END
}
start_ward() {
	start ward "$B/bin/laido-ward" -c "$S/ward.conf"
	up ward 20 ward_up
}
ward_up() { "$laido" status --socket "$S/state/ctl.sock" >/dev/null 2>&1; }
lrs() { "$laido" lrs "$@" --socket "$S/state/ctl.sock" >"$S/out" 2>&1; }
sql() { sqlite3 "$S/state/laido.db" "$1"; }
# Everything the log has is told: nothing waits, and the log is read to its end.
told() {
	[ "$(sql "SELECT (SELECT count(*) FROM xapi WHERE state = 0) + (SELECT count(*) FROM stream
	  AS t LEFT JOIN xapi_seen AS x ON x.stream = t.no WHERE t.seq > coalesce(x.seq, 0))")" = 0 ]
}
counted() { grep -c '^count' "$S/lrs.log"; }
more_counts() { [ "$(counted)" -gt "$had" ]; }
# What the LRS holds, in $count.
ask_count() {
	had=$(counted)
	tell count
	wait_for 10 more_counts
	count=$(grep '^count' "$S/lrs.log" | tail -n 1)
	echo "$count" >"$S/out"
}
value() { echo "$count" | tr ' ' '\n' | sed -n "s/^$1=//p"; }
trouble() { "$laido" status --socket "$S/state/ctl.sock" 2>/dev/null | grep -qE -- "$1"; }
says() { wait_for 20 trouble "$1"; }

# A board's state as after a while; it is a ward of one, so laido-ward may run on it.
"$B/tools/fill" "$S/state" 60 600 >/dev/null
answers=$(sql 'SELECT count(*) FROM event WHERE kind = 35')

# ---- refused login, then the right one ----
ward_conf wrong 50
start_ward
says 'TROUBLE.*does not let us in'
ok "a refused login is said in words, with what to do" $?
tell login ward:wrong
lrs retry
wait_for 30 told
ok "laido lrs retry goes on at once" $?
ask_count
[ "$(value answered)" = "$answers" ] && [ "$(value broken)" = 0 ]
ok "every answer of the log is one statement, and all of them are valid" $?
[ "$(value registered)" = 60 ] && [ "$(value initialized)" = 60 ]
ok "registered and initialized once a learner and course" $?

# ---- every bad answer; each time all of it to an LRS that is empty ----
from_anew() { # from_anew BATCH
	stop ward KILL
	tell forget
	sql "UPDATE xapi_seen SET seq = 0; DELETE FROM xapi;"
	ward_conf wrong "$1"
}
all_there() { [ "$(echo "$count" | cut -d ' ' -f 2)" = "$total" ] && [ "$(value broken)" = 0 ]; }
total=$(echo "$count" | cut -d ' ' -f 2)
for fault in 'answer 500 2' 'answer 503 1' 'answer 429 2' 'quiet 2' 'after 1' \
	     'portal 2' 'lose 2' 'half 2' 'drip 2' 'answer 302 1' 'few on' 'small 7'; do
	from_anew 50
	tell "$fault"
	start_ward
	case $fault in
	portal*) says 'no LRS: a portal' ;;
	'answer 500'*) says 'HTTP 500' ;;
	'answer 429'*) says 'HTTP 429' ;;
	lose*) says 'hung up|line broke' ;;
	half*) says 'broke off|line broke' ;;
	esac && wait_for 40 told
	good=$?
	ask_count
	[ $good = 0 ] && all_there
	ok "through \"$fault\" nothing is lost, and nothing is there twice" $?
	tell small 0
	tell few off
done

# ---- what stands in the way for longer: said in words, and when it is gone all comes ----
stuck() { # stuck URL-HOST WORDS
	from_anew 50
	sed -i "s|http://127.0.0.1:$lrs_port/xapi|$1|" "$S/ward.conf"
	start_ward
	says "$2" && [ "$(sql 'SELECT count(*) FROM xapi WHERE state = 1')" = 0 ]
}
stuck https://lrs.invalid/xapi 'its name is not known here'
ok "a name that cannot be resolved is said so" $?
free_port $((lrs_port + 7))
stuck "http://127.0.0.1:$port/xapi" 'no connection'
ok "so is a port where nobody listens" $?
stuck "https://localhost:$lrs_port/xapi" 'no TLS'
ok "so is a server without TLS" $?
from_anew 50
tell 'slow 1'
start_ward
logged() { grep -q "$1" "$S/ward.log"; }
wait_for 60 logged 'LRS: .*no answer in time'
ok "so is one that takes the statements and never answers" $?
wait_for 40 told
ask_count
all_there
ok "and when it answers again, all is there once" $?

# ---- away, and back ----
from_anew 50
tell 'answer 503 1000'
start_ward
says 'HTTP 503' && "$laido" status --socket "$S/state/ctl.sock" >"$S/out" 2>&1
has 'lrs  .* statements wait'
ok "laido status says how many wait, and why" $?
stop lrs
says 'no connection'
ok "and that nobody answers there" $?
start lrs sh -c "NODE_PATH='$modules' exec node tests/tools/lrs.js $lrs_port ward:wrong <'$S/tell'"
exec 5>"$S/tell"
lrs retry
wait_for 40 told
ask_count
all_there
ok "when it is back, all comes" $?

# ---- statements that the LRS does not take ----
from_anew 500
tell 'refuse /3"'
start_ward
wait_for 60 told
ask_count
refused=$(sql 'SELECT count(*) FROM xapi WHERE state = 2')
[ "$refused" -gt 0 ] && [ "$(value answered)" = $((answers - refused)) ]
ok "statements that are refused do not stop the others" $?
lrs && has "LRS: 0 wait, $refused refused" 'HTTP 400'
ok "laido lrs lists the refused ones with the server's words" $?
tell refuse
lrs retry && wait_for 20 told && [ "$(sql 'SELECT count(*) FROM xapi WHERE state = 2')" = 0 ]
ok "once the server takes them, retry delivers them" $?

# ---- a learner begins, then erases all; between the two the LRS has heard of her ----
fresh_content
conf state
stop ward
serve state
type_in 0990000500 state 'HOC\n1\n2\n'
has 'Dung roi|Chua dung'
ok "a learner on the board answers a lesson" $?
stop state
before=$total
start_ward
wait_for 20 told
ask_count
[ "$(echo "$count" | cut -d ' ' -f 2)" = $((before + 3)) ]
ok "three statements of her: registered, initialized, answered" $?
stop ward
serve state
type_in 0990000500 state 'XOA\n'
code=$(sed -n 's/.*XOA \([0-9]\{4\}\).*/\1/p' "$S/out" | head -n 1)
type_in 0990000500 state "XOA $code\n"
stop state
start_ward
wait_for 20 told
ask_count
[ "$(value undone)" = 3 ] && [ "$(value live)" = "$before" ] && [ "$(value broken)" = 0 ]
ok "erased: each of them is voided, nobody else's" $?
[ "$(sql 'SELECT count(*) FROM xapi WHERE body <> "" OR s IS NOT NULL AND state = 1 AND s NOT IN
  (SELECT s FROM person)')" = 0 ]
ok "and the queue keeps nothing of her" $?

# ---- back from a backup: what was told since is made again, in other octets for one learner ----
cp_ward() { "$B/bin/laido-ward" -c "$S/ward.conf" "$@" >>"$S/ward.log" 2>&1; }
other_octets() {
	stop ward
	sql "UPDATE xapi_seen SET seq = 0; DELETE FROM xapi;
	  UPDATE register SET value = '77' WHERE reg = 1 AND s =
	    (SELECT s FROM register WHERE reg = 1 AND value <> '77' LIMIT 1)"
	ward_conf wrong 50
}
from_anew 50
start_ward
wait_for 40 told
other_octets
start_ward
wait_for 40 told && [ "$(sql 'SELECT count(*) FROM xapi WHERE state = 2')" -gt 0 ] &&
	lrs && has 'HTTP 409'
ok "an id that the LRS has with other octets is put aside, and shown" $?
stop ward
cp_ward --backup "$S/copy" && cp_ward --restore "$S/copy"
ok "the ward's copy comes back" $?
other_octets
start_ward
wait_for 40 told && [ "$(sql 'SELECT count(*) FROM xapi WHERE state = 2')" = 0 ]
ok "from then on it is known that the LRS has those: nothing is put aside" $?

# ---- killed at random points ----
from_anew 20
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	requests=$(grep -c '^request' "$S/lrs.log")
	goes_on() { [ "$(grep -c '^request' "$S/lrs.log")" -gt "$((requests + i % 4))" ] || told; }
	start_ward
	wait_for 20 goes_on
	stop ward KILL
done
start_ward
wait_for 40 told
ask_count
[ "$(value answered)" = "$answers" ] && [ "$(value broken)" = 0 ]
ok "killed again and again: every answer is there once, with the same octets" $?

last_checks
