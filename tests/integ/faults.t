#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boards with 1, 4 and 8 modems through every fault of the simulator at random, and one with little
# to spend. A real laidod, a laido-modem with libgammu for each modem; their clocks run ten times as
# fast (tests/tools/preload/fast.c), so that what they wait for in vain costs seconds.
#   SECONDS_OF_FAULTS=12   a longer storm for a longer look
#   SEED=N
# takes 110 s
# slow
set -u
: "${B:=build}" "${SECONDS_OF_FAULTS:=12}"
B=$(cd "$B" && pwd)
top=$(mktemp -d /tmp/laido-faults.XXXXXX)
S=$top
. tests/harness/lib.sh
. tests/harness/board.sh
jobs=
trap 'kill $jobs 2>/dev/null; wait; rm -rf "$top"' EXIT
trap 'exit 1' INT TERM HUP

seed=${SEED-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}        # awk takes no large ones
echo "# SEED=$seed"

# ---- what must be so: findings, one a line ----

check_nothing_twice() {
	texts_out | sort | uniq -d | sed 's/^+84[0-9]*\([0-9]\{3\}\)/it went twice to ***\1:/'
	! cat "$S"/events*.log | grep '^repeated'
	sql "SELECT 'two answers for ' || substr(dest, -3) FROM outbox GROUP BY p HAVING count(*) > 1"
}
check_nothing_lost() {
	# Callers are others.
	have=$(sql "SELECT count(DISTINCT p) FROM outbox WHERE dest LIKE '+84900%'")
	[ "$have" = $people ] || echo "$people wrote, $have are answered or known why not"
	# "sent" and "delivered" are promises, too.
	texts_out | cut -d ' ' -f 1 | sort -u >"$S/reached"
	sql "SELECT dest FROM outbox WHERE state IN (2, 3)" | sort -u | comm -23 - "$S/reached" |
		sed 's/^.*\(...\)$/said to be sent, but it was not: ***\1/'
}
check_log() { grep -E 'FATAL|Sanitizer|runtime error|assertion failed|\+?849[0-9]{8}' "$S/laidod.log"; }

# ---- the boards, side by side ----

stormy() {
	begin 100000 || { echo "not all modems come up"; return; }
	storm "$1" "$SECONDS_OF_FAULTS" >"$S/storm"
	play <"$S/storm"
	heal
	wait_for 90 is_calm || echo "it does not come to rest: $(sql "SELECT state, count(*) FROM outbox
		WHERE state IN (0, 1) GROUP BY 1"), SIMs: $(for m in $(modems); do sim "$m" stored; done | tr '\n' ' ')"
	check_nothing_twice
	check_nothing_lost
	check_log
	sql "SELECT '# ' || $people || ' people; states of ' || sum(n) || ' answers: ' ||
		group_concat(state || ' x ' || n) FROM (SELECT state, count(*) AS n FROM outbox GROUP BY state)"
	echo "# $(grep -c ' is down' "$S/laidod.log") times a modem was down"
}

# Ten parts a SIM and day are soon gone.
poor() {
	begin 10 || { echo "not all modems come up"; return; }
	storm "$1" "$SECONDS_OF_FAULTS" >"$S/storm"
	play <"$S/storm"
	for i in $(seq 1 15); do for m in $(modems); do writes "$m"; done; done
	heal
	wait_for 60 empty || echo "the SIMs are not emptied"
	wait_for 60 test "$(sql "SELECT count(*) FROM outbox WHERE state = 1")" = 0
	check_nothing_twice
	check_nothing_lost
	check_log
	for m in $(modems); do
		spent=$(grep -c '^part ' "$S/events$m.log")
		[ "$spent" -le 10 ] || echo "sim$m has spent $spent parts of 10"
		echo "# sim$m has spent $spent parts of 10"
	done
	[ "$(sql "SELECT count(*) FROM outbox WHERE state = 0")" -gt 0 ] || echo "nothing waits for tomorrow"
}

# One of eight hangs; three people write to each of the others.
round() {
	before=$(answered)
	from=$(date +%s%N)
	for i in 1 2 3; do for m in $(seq 2 "$count"); do writes "$m"; done; done
	wait_for 30 are_answered $((before + 3 * (count - 1))) || echo "not all are answered"
	took=$((($(date +%s%N) - from) / 1000000))
}
hung() {
	begin 100000 || { echo "not all modems come up"; return; }
	round
	healthy=$took
	sim 1 mute on >/dev/null
	for i in 1 2 3; do writes 1; done
	# The machine has other work, too: one round of four must show it.
	for try in 1 2 3 4; do
		round
		echo "# seven modems: $healthy ms, beside one that hangs: $took ms"
		[ $took -gt $((healthy * 3 / 2 + 300)) ] || return 0
	done
	echo "a modem that hangs costs the others time"
}

run_board() { # NAME COUNT COMMAND...
	(
		S=$top/$1 count=$2
		children= jobs=
		shift 2
		mkdir "$S"
		trap 'cp "$S/laidod.log" "$S/end.log" 2>/dev/null; stop_all' EXIT
		"$@" >"$S/found" 2>&1
	) </dev/null &
	jobs="$jobs $!"
}
n=0
tell() { # NAME TITLE
	n=$((n + 1))
	grep '^#' "$top/$1/found"
	if grep -qv '^#' "$top/$1/found"; then
		echo "not ok $n - $2"
		grep -v '^#' "$top/$1/found" | sed 's/^/# /'
		tail -n 15 "$top/$1/end.log" | sed 's/^/#   /'
	else
		echo "ok $n - $2"
	fi
}

run_board hung 8 hung
wait
tell hung "a modem that hangs costs the seven others nothing"
run_board one 1 stormy "$seed"
run_board four 4 stormy $((seed + 1))
run_board poor 2 poor $((seed + 2))
wait
tell one "1 modem through every fault: nothing lost, nothing twice"
tell four "4 modems through every fault: nothing lost, nothing twice"
tell poor "2 modems with ten parts a day: never more"
run_board eight 8 stormy $((seed + 3))
wait
tell eight "8 modems through every fault: nothing lost, nothing twice"
echo "1..$n"
