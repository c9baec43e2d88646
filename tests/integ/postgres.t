#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The store's and the ward's unit tests once more, on PostgreSQL.
# takes 190 s
# slow
set -u
: "${B:=build}"
. tests/harness/pg.sh
trap pg_end EXIT
trap 'exit 1' INT TERM HUP
n=0
pg_make || { echo "not ok 1 - a cluster of our own"; exit 1; }
export LAIDO_PG="$PG_CONN"
for t in "$B"/tests/store/* "$B"/tests/ward/*; do
	[ -x "$t" ] && [ -f "$t" ] || continue
	"$t" >"$PG_DIR/out" 2>&1
	status=$?
	n=$((n + 1))
	grep -E '^(not )?ok' "$PG_DIR/out" | sed 's/^/    /'
	if [ $status = 0 ]; then
		echo "ok $n - ${t#"$B"/tests/} on PostgreSQL"
	else
		echo "not ok $n - ${t#"$B"/tests/} on PostgreSQL"
		grep -vE '^ok' "$PG_DIR/out" | tail -n 30 | cut -c 1-300 | sed 's/^/# /'
	fi
done
[ $n -gt 8 ]
status=$?
n=$((n + 1))
[ $status = 0 ] && echo "ok $n - all of them were there" || echo "not ok $n - only $n tests"
echo "1..$n"
