#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a newcomer types: `make run` comes up in seconds, says what is wrong when it cannot, and
# leaves nothing behind whoever ends it; `make demo` ends well within a minute.
# slow
. tests/harness/begin.sh
top=$PWD
complaint() { tail -n 12 "$S/out"; }

began=$(date +%s)
demo() { B=$B tests/harness/demo >"$S/out" 2>&1; }
does "make demo ends well" demo
does "within a minute" [ $(($(date +%s) - began)) -lt 60 ]

# The built-in settings name fixed ports and build/run: a folder of our own, if the ports are free.
if port_taken 7443 || port_taken 7480; then
	echo "ok $((n + 1)) # SKIP another make run holds the ports"
	echo "1..$((n + 1))"
	exit $bad
fi
mkdir "$S/top" "$S/top/build"
ln -s "$top/conf" "$top/tests" "$S/top/"
S_run=$S/top/build/run
come_up() {
	: >"$S/out"
	# By way of a parent that can be killed, as make can.
	(cd "$S/top" && exec sh -c "B=$B setsid tests/harness/run >$S/out 2>&1 </dev/null & wait") &
	parent=$!
	wait_for 15 grep -q "Ctrl-C ends everything" "$S/out"
}
ours() { for f in "$S_run"/*.pid; do cat "$f" 2>/dev/null; done; }
gone() { for p in $pids; do ! kill -0 "$p" 2>/dev/null || return 1; done; }
script_pid() { ps -o ppid= -p "$(cat "$S_run/ward.pid")" | tr -d ' '; }
page() { curl -s http://127.0.0.1:7480/ | grep -q '<table'; }

does "make run is up within seconds" come_up
does "the ward's page answers" page
board() { "$B/bin/laido" status --socket "$S_run/laidod/ctl" >>"$S/out"; }
does "so does the board" board
second() { ! (cd "$S/top" && B=$B tests/harness/run) >"$S/out2" 2>&1 &&
	grep -q "port 7443 .* is taken" "$S/out2"; }
does "a second one says that the port is taken" second
pids=$(ours)
kill -TERM "$(script_pid)"
does "ended by a signal, everything is gone" wait_for 15 gone
wait

does "it can be repeated" come_up
pids=$(ours)
kill -KILL $parent
does "when make is killed, everything goes" wait_for 15 gone

does "and once more" come_up
pids=$(ours)
kill -KILL "$(script_pid)"
does "when the script itself is killed, everything goes" wait_for 15 gone
kill -KILL $parent 2>/dev/null
echo "1..$n"
exit $bad
