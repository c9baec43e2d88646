#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole system with texts on their way through libgammu, laidod and laido-ward killed at
# random moments. Each text must be in the log once, each answer must leave once or be "unknown",
# and the ward must end up with the same events. SEED= repeats a run, ROUNDS= (8, at most 18: a
# course has ten lessons) prolongs it.
# slow
: "${ROUNDS:=8}" "${SEED:=$(date +%s)}"
echo "# SEED=$SEED ROUNDS=$ROUNDS"
. tests/harness/begin.sh
. tests/harness/whole.sh
complaint() { tail -n 4 "$S/laidod.log"; }
# Some milliseconds up to 1.2 s, into $pause for sleep: the moment is what is tried here.
next_moment() {
	below 1200
	pause=$(printf '%d.%03d' $((drawn / 1000)) $((drawn % 1000)))
}

me=$(number_of 1)
sent() { sim log | grep "^sent to=+*$me "; }
answers() { board_sql "SELECT count(*) FROM event WHERE kind = 35"; }
rows() { board_sql "SELECT count(*) FROM outbox"; }
rows_are() { [ "$(rows)" = "$1" ]; }
none_waits() { [ "$(board_sql "SELECT count(*) FROM outbox WHERE state IN (0, 1)")" = 0 ]; }

whole_start
sim sms "+$me" HOC >/dev/null
wait_for 20 rows_are 1
sim sms "+$me" 1 >/dev/null
does "enrolled by text" wait_for 20 rows_are 2

i=0
while [ $i -lt "$ROUNDS" ]; do
	i=$((i + 1))
	# Odd rounds answer a lesson, even ones ask for the next.
	case $((i % 2)) in 1) text=2 ;; *) text=TIEP ;; esac
	victim=laidod
	[ $((i % 4)) != 0 ] || victim=ward
	next_moment
	sim sms "+$me" $text >/dev/null
	sleep "$pause"
	stop $victim KILL
	if [ $victim = ward ]; then start_ward; else start_board; fi
	does "round $i: \"$text\", $victim killed after $pause s, answered by one message" \
		wait_for 30 rows_are $((i + 2))
	does "round $i: which is not left in the balance" wait_for 90 none_waits
done

does "each answer is in the log once" [ "$(answers)" = $(((ROUNDS + 1) / 2)) ]
once() { [ "$(sent | sed 's/^.*text=//' | sort | uniq -d | wc -l)" = 0 ]; }
does "no message went out twice" once
out=$(sent | wc -l)
unknown=$(board_sql "SELECT count(*) FROM outbox WHERE state = 5")
echo "# $out messages left the modem, $unknown are unknown"
does "no message is lost but those said to be unknown" \
	[ $((out + unknown)) -ge $((ROUNDS + 2)) ]
all="SELECT hex(s.board), s.incarnation, s.cls, e.seq, e.kind, hex(e.body) FROM event e
     JOIN stream s ON s.no = e.stream WHERE e.kind >= 10 ORDER BY 1, 2, 3, 4"
even() { [ "$(board_sql "$all")" = "$(ward_sql "$all")" ]; }
does "the ward has the same events" wait_for 30 even
does "the projections are what the log says" laido rebuild
echo "1..$n"
exit $bad
