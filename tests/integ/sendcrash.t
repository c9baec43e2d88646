#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A text comes in and is answered; laidod or the modem's worker is killed at one point of that way,
# at each in turn, and started again. Nothing that was acknowledged may be lost, nothing may reach
# the network twice, and "unknown" is said only after a minute. A board, a simulated modem and a
# real libgammu for each point, several side by side.
#   T_POINT=WORD   only points with that word in them
# takes 80 s
# slow
set -u
: "${B:=build}" "${T_POINT:=}"
B=$(cd "$B" && pwd)
top=$(mktemp -d /tmp/laido-sendcrash.XXXXXX)
S=$top
. tests/harness/lib.sh
jobs=
trap 'kill $jobs 2>/dev/null; wait; rm -rf "$top"' EXIT
trap 'exit 1' INT TERM HUP

# PROGRAM WHEN POINT N WANT: what must be so in the end. `went`: once, and its report is known;
# `sent`: once, the report died with the worker that had it; `unknown`: nobody can tell.
# tests/tools/preload/die.c names the points. Of laidod's commits the first one is that of the step,
# with the answer as an intent in it, the second one the result, the third one the report.
points() {
	cat <<-END
		laidod before wal 1 went
		laidod after wal 1 went
		laidod before frame-2 1 went
		laidod after frame-2 1 went
		laidod before frame-4 1 went
		laidod after frame-4 1 went
		laidod before wal 2 went
		laidod after wal 2 went
		laidod before wal 3 went
		laidod after wal 3 went
		laido-modem before frame-19 1 went
		laido-modem after frame-19 1 went
		laido-modem before at-CMGS 1 went
		laido-modem before at-CMGS 2 went
		laido-modem after at-CMGS 2 went
		laido-modem before ctrl-z 1 went
		laido-modem before journal-S 1 went
		laido-modem after journal-S 1 unknown
		laido-modem after sync-S 1 unknown
		laido-modem before ctrl-z 2 unknown
		laido-modem after ctrl-z 2 went
		laido-modem before journal-D 1 went
		laido-modem after journal-D 1 went
		laido-modem after sync-D 1 went
		laido-modem before frame-21 1 went
		laido-modem after frame-21 1 went
		laido-modem before journal-R 1 sent
		laido-modem after journal-R 1 sent
		laido-modem after sync-R 1 sent
		laido-modem before frame-21 2 sent
		laido-modem after frame-21 2 went
		laido-modem before at-CMGD 1 went
		laido-modem after at-CMGD 2 went
	END
}

# ---- one board ----

ask() { "$B/tools/atsim" --ask "$S/sim" "$@"; }
sql() { sqlite3 -cmd '.timeout 2000' "$S/state/laido.db" "$@"; }
is_up() { grep 'channel sim1 is' "$S/laidod.log" | tail -n 1 | grep -q 'is up'; }
is_dead() { grep -q dead "$S/mark"; }
is_up_again() { [ "$(grep -c 'channel sim1 is up' "$S/laidod.log")" -ge 2 ]; }
# The second start: an sqlite3 that looks while laidod recovers its database would lock it out.
is_back() { [ "$(grep -c 'is ready' "$S/laidod.log")" = 2 ]; }
# Settled: the row has its last word, the SIM is empty.
state() { sql "SELECT group_concat(state) FROM outbox"; }
is_dead_or_sent() { is_dead || [ "$(state)" = 2 ]; }
settled() {
	case $1:$(state) in went:3|sent:2|unknown:5) ;; *) false ;; esac &&
		[ "$(ask stored)" = "ok 0 stored" ] && is_up
}
told_and_settled() { ask report >/dev/null; settled "$1"; }

begin() {
	mkdir -p "$S/state"
	cat >"$S/conf" <<-END
		name = "crash-t"; state_dir = "$S/state"; content_dir = "conf/content";
		ctl_socket = "$S/ctl"; vty_port = 0; approve_all = true; log_level = "info";
		clock = { trust_system = true; };
		ward = { enable = false; };
		modems = ( { name = "sim1"; device = "$S/tty"; } );
		outbox = { spacing_s = 0; };
	END
	start sim "$B/tools/atsim" --link "$S/tty" --control "$S/sim"
	wait_for 10 test -S "$S/sim" || return
	ask reports asked >/dev/null
}
laidod() { start laidod env "$@" "$B/bin/laidod" -c "$S/conf"; }

# What is wrong in the end, in a line; nothing if all is well.
verdict() {
	want=$1
	went=$(ask log | grep -c '^sent to=+84912345678 ')
	row=$(state)
	settled "$want" || echo "its state is $row"
	[ "$went" = 1 ] || [ "$want$went" = unknown0 ] || echo "it went out $went times"
	! ask log | grep -q '^repeated' || echo "a part went out twice"
	[ "$(sql "SELECT count(DISTINCT p) || ' ' || count(*) FROM outbox")" = "1 1" ] ||
		echo "$(sql 'SELECT count(*) FROM outbox') answers in the outbox"
	grep -E 'FATAL|912345678' "$S/laidod.log"
}

tell() {
	sed 's/^/  laidod: /' "$S/laidod.log" | tail -n 12
	ask log | sed 's/^/  sim: /'
}
# crash PROGRAM WHEN POINT N WANT: into $S/result
crash() {
	begin || { echo "the simulated modem does not start" >"$S/result"; return; }
	laidod LD_PRELOAD="$B/tools/die.so" LAIDO_DIE="$1 $2 $3 $4" LAIDO_DIE_MARK="$S/mark" \
		LAIDO_DIE_ARM="$S/arm"
	wait_for 20 is_up || { echo "the modem does not come up" >"$S/result"; return; }
	: >"$S/arm"
	ask sms +84912345678 HOC >/dev/null
	# The report comes once the result is stored, or once all runs again.
	wait_for 20 is_dead_or_sent && { is_dead || ask report >/dev/null; }
	wait_for 20 is_dead || { echo "nobody reached that point" >"$S/result"; return; }
	died=$(date +%s) limit=60
	[ "$5" != unknown ] || limit=100
	if [ "$1" = laidod ]; then
		wait "$(pid_of laidod)" 2>/dev/null
		laidod
		wait_for 20 is_back
	fi
	wait_for 20 is_up_again
	wait_for $limit told_and_settled "$5"
	took=$(($(date +%s) - died))
	{
		verdict "$5"
		[ "$5" != unknown ] || [ $took -ge 59 ] || echo "unknown after $took s only"
	} >"$S/result" 2>&1
}

# ---- all of them ----

# Side by side, those that take a minute first.
n=0
points | grep "$T_POINT" >"$top/all"
grep unknown "$top/all" >"$top/points"
grep -v unknown "$top/all" >>"$top/points"
while read -r program when point times want; do
	n=$((n + 1))
	(
		S=$top/$n
		children= jobs=
		mkdir "$S"
		trap 'tell >"$S/tail"; stop_all' EXIT
		crash "$program" "$when" "$point" "$times" "$want"
	) </dev/null &
	jobs="$jobs $!"
	# No more than eight at a time, the slow ones apart.
	[ "$want" = unknown ] || while [ "$(ls -d "$top"/[0-9]* 2>/dev/null | wc -l)" -ge \
		$(($(ls "$top"/*/result 2>/dev/null | wc -l) + 8)) ]; do sleep 0.1; done
done <"$top/points"
wait

n=0
while read -r program when point times want; do
	n=$((n + 1))
	name="killed $program $when $point, number $times: $want"
	if [ -e "$top/$n/result" ] && [ ! -s "$top/$n/result" ]; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		cat "$top/$n/result" "$top/$n/tail" 2>/dev/null | sed 's/^/# /'
	fi
done <"$top/points"
echo "1..$n"
