# SPDX-License-Identifier: GPL-2.0-or-later
# A PostgreSQL of one's own, on a socket in a folder that goes with it. For sh; sourced with B set.
# The server refuses to run as root: then the package's user runs it.

pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$pg_bin/initdb" ] || { echo "1..0 # PostgreSQL is missing: make test-deps"; exit 1; }
pg_as() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --clear-groups --inh-caps=-all "$@"
	else
		"$@"
	fi
}

# pg_make: $PG_DIR with a new cluster; $PG_CONN says how to reach it. Under build/ where that user
# may go and the socket's path is short enough.
pg_make() {
	PG_DIR=$(mktemp -d "$(realpath "$B")/pg.XXXXXX")
	chmod 755 "$PG_DIR"
	if [ ${#PG_DIR} -gt 80 ] || ! pg_as test -x "$PG_DIR"; then
		rmdir "$PG_DIR"
		PG_DIR=$(mktemp -d /tmp/laido-pg.XXXXXX)
	fi
	[ "$(id -u)" != 0 ] || chown postgres: "$PG_DIR"
	PG_CONN="host=$PG_DIR user=laido dbname=postgres"
	pg_as "$pg_bin/initdb" -D "$PG_DIR/data" -U laido -A trust -E UTF8 --locale=C -N \
		>"$PG_DIR/initdb.log" 2>&1 || { cat "$PG_DIR/initdb.log"; return 1; }
	cat >>"$PG_DIR/data/postgresql.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '$PG_DIR'
		fsync = off
		shared_buffers = 32MB
	END
	pg_start
}
pg_start() { (cd / && pg_as "$pg_bin/pg_ctl" -s -w -D "$PG_DIR/data" -l "$PG_DIR/data/log" start); }
pg_stop() { (cd / && pg_as "$pg_bin/pg_ctl" -s -w -m "${1-fast}" -D "$PG_DIR/data" stop); }
pg_end() {
	[ -z "${PG_DIR-}" ] || { pg_stop immediate 2>/dev/null; rm -rf "$PG_DIR"; }
}
pg_sql() { PGOPTIONS=-cclient_min_messages=error psql -X -q -A -t "$PG_CONN" -c "$1"; }
