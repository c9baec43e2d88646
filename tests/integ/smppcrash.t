#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A text comes in by SMPP and is answered; laidod is killed at one point of that way, at each in
# turn, and started again. Nothing that was acknowledged may be lost, nothing may be submitted twice,
# and "unknown" is said only where nobody can tell. A board and a message centre of its own (npm
# "smpp", which brings again what was not acknowledged) for each point, several side by side.
#   T_POINT=WORD   only points with that word in them
# takes 50 s
# slow
set -u
: "${B:=build}" "${T_POINT:=}"
B=$(cd "$B" && pwd)
top=$(mktemp -d /tmp/laido-smppcrash.XXXXXX)
S=$top
. tests/harness/lib.sh
jobs=
trap 'kill $jobs 2>/dev/null; wait; rm -rf "$top"' EXIT
trap 'exit 1' INT TERM HUP
modules=${NODE_PATH-$PWD/build/npm/node_modules}
if [ ! -d "$modules/smpp" ] || ! command -v node >/dev/null; then
	echo "ok 1 # SKIP $(cat build/npm/why 2>/dev/null || echo 'no npm package "smpp": make test-deps')"
	echo "1..1"
	exit 0
fi

# WHEN POINT N WANT: what must be so in the end. `went`: submitted once, and its report is known;
# `sent`: once, its report was acknowledged and died; `unknown`: it is an intent, and whether it left
# is what a dead program knew. Where no report comes: `silent`: once, and nobody can tell; `told`: once, and
# the file of the bind tells. tests/tools/preload/die.c names the points. The log before the database
# is synchronised first for its new head, then for the step with the answer as an intent in it (written
# by then: only the program dies, not the machine), then for the result. 4 is submit_sm, 5 deliver_sm:
# first the text, then the report. An answer and the response to its text leave in one piece.
points() {
	cat <<-END
		after smpp-in-5 1 went
		before wal 1 went
		after wal 1 went
		before wal 2 went
		after wal 2 went
		before smpp-4 1 unknown
		after smpp-4 1 went
		before smpp-80000005 1 unknown
		after smpp-80000005 1 went
		after smpp-in-80000004 1 went
		before wal 3 went
		after wal 3 went
		after smpp-in-5 2 went
		before smpp-80000005 2 sent
		after smpp-80000005 2 sent
		after smpp-4 1 silent
		after smpp-in-80000004 1 silent
		before wal 3 told
	END
}

# ---- one board ----

tell() { printf '%s\n' "$*" >&5; }
sql() { sqlite3 -cmd '.timeout 2000' "$S/state/laido.db" "$@"; }
count() { grep -cE -- "$1" "$S/smsc.log"; }
at_least() { [ "$(count "$2")" -ge "$1" ]; }
# Nothing was written for long enough that the checkpoint that follows is over, too.
is_quiet() { [ $(($(date +%s) - $(stat -c %Y "$S/state/laido.db-wal"))) -ge 2 ]; }
is_dead() { grep -q dead "$S/mark"; }
# The second start: an sqlite3 that looks while laidod recovers its database would lock it out.
is_back() { [ "$(grep -c 'is ready' "$S/laidod.log")" = 2 ]; }
state() { sql "SELECT group_concat(state) FROM outbox"; }
# Its last word, and the text was acknowledged.
settled() {
	case $1:$(state) in went:3|sent:2|unknown:5|silent:5|told:2) ;; *) false ;; esac && at_least 1 '^sms answered status=0'
}

begin() { # PORT
	mkdir -p "$S/state"
	cat >"$S/conf" <<-END
		name = "crash-t"; state_dir = "$S/state"; content_dir = "conf/content";
		ctl_socket = "$S/ctl"; vty_port = 0; approve_all = true; log_level = "info";
		clock = { trust_system = true; };
		ward = { enable = false; };
		smpp = ( { name = "op1"; host = "127.0.0.1"; port = $1; system_id = "ward";
		  password = "secret"; source = "8888"; } );
		outbox = { spacing_s = 0; };
	END
	mkfifo "$S/in"
	NODE_PATH=$modules setsid setpriv --pdeathsig TERM node tests/tools/smsc.js "$1" \
		<"$S/in" >>"$S/smsc.log" 2>&1 &
	children="$! $children"
	exec 5>"$S/in"
	tell keep
	# By then the result is committed.
	tell later 3000
	wait_for 20 at_least 1 '^listening'
}
laidod() { start laidod env "$@" "$B/bin/laidod" -c "$S/conf"; }

# What is wrong in the end, in a line; nothing if all is well.
verdict() {
	went=$(count '^submit to=84912345678 ')
	settled "$1" || echo "its state is $(state), $(count '^sms answered status=0') acknowledged"
	[ "$went" = 1 ] || [ "$1$went" = unknown0 ] || echo "it was submitted $went times"
	[ "$(sql "SELECT count(DISTINCT p) || ' ' || count(*) FROM outbox")" = "1 1" ] ||
		echo "$(sql 'SELECT count(*) FROM outbox') answers in the outbox"
	grep -E 'FATAL|912345678' "$S/laidod.log"
}
tail_of() { for f in laidod smsc; do sed "s/^/  $f: /" "$S/$f.log" | tail -n 14; done; }

# crash PORT WHEN POINT N WANT: into $S/result
crash() {
	begin "$1" || { echo "the message centre does not start" >"$S/result"; return; }
	laidod LD_PRELOAD="$B/tools/die.so" LAIDO_DIE="laidod $2 $3 $4" LAIDO_DIE_MARK="$S/mark" \
		LAIDO_DIE_ARM="$S/arm"
	wait_for 20 at_least 1 '^bound' || { echo "laidod does not bind" >"$S/result"; return; }
	wait_for 30 is_quiet
	case $5 in silent|told) tell receipts none ;; esac
	: >"$S/arm"
	tell sms 84912345678 HOC
	wait_for 20 is_dead || { echo "nobody reached that point" >"$S/result"; return; }
	wait "$(pid_of laidod)" 2>/dev/null
	# The four minutes until "unknown" in thirty seconds.
	begun=$(cut -d . -f 1 /proc/uptime) fast=
	case $5 in unknown|silent) fast="8 $begun" ;; esac
	laidod ${fast:+LD_PRELOAD="$B/tools/fast.so"} ${fast:+LAIDO_FAST="$fast"}
	wait_for 20 is_back
	wait_for 60 settled "$5"
	took=$(($(cut -d . -f 1 /proc/uptime) - begun))
	# What comes again now comes too late for the verdict of a moment ago.
	case $5 in
	went|sent) wait_for 10 at_least 1 '^report acknowledged' ||
		echo "its report is not acknowledged" >>"$S/result" ;;
	esac
	{
		verdict "$5"
		[ ! "$fast" ] || [ $((took * 8)) -ge 60 ] || echo "unknown after $took s only"
	} >>"$S/result" 2>&1
}

# ---- all of them ----

n=0
port=$((20000 + $$ % 10000))
points | grep "$T_POINT" >"$top/all"
grep -E 'unknown|silent' "$top/all" >"$top/points"
grep -vE 'unknown|silent' "$top/all" >>"$top/points"
while read -r when point times want; do
	n=$((n + 1))
	(
		S=$top/$n
		children= jobs=
		mkdir "$S"
		trap 'tail_of >"$S/tail"; stop_all' EXIT
		crash $((port + n)) "$when" "$point" "$times" "$want"
	) </dev/null &
	jobs="$jobs $!"
	# No more than six at a time.
	while [ "$(ls -d "$top"/[0-9]* 2>/dev/null | wc -l)" -ge \
		$(($(ls "$top"/*/tail 2>/dev/null | wc -l) + 6)) ]; do sleep 0.1; done
done <"$top/points"
wait

n=0
while read -r when point times want; do
	n=$((n + 1))
	name="killed $when $point, number $times: $want"
	if [ -e "$top/$n/result" ] && [ ! -s "$top/$n/result" ]; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		cat "$top/$n/result" "$top/$n/tail" 2>/dev/null | sed 's/^/# /'
	fi
done <"$top/points"
echo "1..$n"
