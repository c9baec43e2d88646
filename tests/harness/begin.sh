# SPDX-License-Identifier: GPL-2.0-or-later
# How an integration test begins: a folder S of its own, which goes in the end with all that start()
# began, and TAP lines. For sh; sourced first, from the top of the tree.

set -u
: "${B:=build}"
B=$(cd "$B" && pwd)
S=$(mktemp -d "/tmp/laido-$(basename "$0" .t).XXXXXX") || exit 1
. tests/harness/lib.sh
laido=$B/bin/laido
# at_end: a command for the end, when everything has stopped.
at_end=
trap 'trap "" INT TERM HUP; stop_all; eval "$at_end"; rm -rf "$S"' EXIT
trap 'exit 1' INT TERM HUP

n=0 bad=0
# ok NAME STATUS: one TAP line; what complaint() prints follows a failure.
ok() {
	n=$((n + 1))
	[ "$2" = 0 ] && echo "ok $n - $1" && return
	echo "not ok $n - $1"
	bad=1
	complaint 2>&1 | cat -v | cut -c 1-200 | sed 's/^/# /'
}
complaint() { tail -n 40 "$S/out"; }
# logs LINES: for a complaint(), the end of each log.
logs() { for log in "$S"/*.log; do tail -n "$1" "$log" | sed "s|^|${log##*/}: |"; done; }
# does NAME COMMAND...: the line of a command.
does() {
	name=$1
	shift
	"$@"
	ok "$name" $?
}
# try CODE COMMAND...: exit status as expected? Output in $S/out. run: of a program, for 20 s at most.
try() {
	want=$1
	shift
	"$@" >"$S/out" 2>&1 </dev/null
	got=$?
	[ "$got" = "$want" ] || { echo "exit $got instead of $want: $*" >>"$S/out"; return 1; }
}
run() {
	want=$1
	shift
	try "$want" timeout 20 "$@"
}
# Stands each of these there? has: as a pattern; has_text: as it is.
has() {
	for part; do
		grep -qE -- "$part" "$S/out" || { echo "missing: $part" >>"$S/out"; return 1; }
	done
}
has_text() {
	for part; do
		grep -qF -- "$part" "$S/out" || { echo "missing: $part" >>"$S/out"; return 1; }
	done
}
# free_port FROM: the first one from there on, in $port.
free_port() {
	port=$1
	while port_taken "$port"; do port=$((port + 1)); done
}
