#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# laido-ward on PostgreSQL: it comes from SQLite by one command and says the same; one ward a
# database; the server goes away and comes back, its disk is full.
. tests/harness/tap.sh
. tests/harness/pg.sh
small=
trap 'stop_all; pg_end; [ -z "$small" ] || umount "$small" 2>/dev/null; rm -rf "$S"' EXIT
port=$((20000 + $$ % 20000))
while port_taken $port || port_taken $((port + 1)); do port=$((port + 2)); done
mesh_port=$port web_port=$((port + 1))

ward_conf() { # ward_conf NAME [LINE]
	cat >"$S/$1.conf" <<-END
		name = "Định Công"; state_dir = "$S/state"; mesh_port = $mesh_port; web_port = $web_port;
		clock = { trust_system = true; }; min_cell = 0;
		${2-}
	END
}
ward() { run "$1" "$B/bin/laido-ward" -c "$S/$2.conf" $3; }
start_ward() {
	start ward "$B/bin/laido-ward" -c "$S/$1.conf"
	up ward 30 ward_up
}
ward_up() { "$laido" report --ward "http://127.0.0.1:$web_port" >/dev/null 2>&1; }
report() { # all figures, without when they were made
	for by in '' '--by course' '--by lesson' '--by month' '--by market' '--by spent'; do
		"$laido" report $by --csv --ward "http://127.0.0.1:$web_port" || return 1
	done >"$S/$1" 2>&1
}
key_of() { mkdir -p "$S/board$1"; "$B/bin/laidod" -c "$S/board$1.conf" --identity; }

pg_make || { echo "not ok 1 - a cluster of our own"; exit 1; }
pg_sql "CREATE DATABASE ward ENCODING 'UTF8' TEMPLATE template0" >/dev/null
pg_sql "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0" >/dev/null
where="host=$PG_DIR user=laido dbname=ward"
ward_conf lite
ward_conf pg "database = \"$where\";"
ward_conf latin "database = \"host=$PG_DIR user=laido dbname=latin\";"
ward_conf nowhere "database = \"host=$PG_DIR/none user=laido dbname=ward\";"

"$B/tools/fill" "$S/state" 60 600 >/dev/null
start_ward lite
report before && [ "$(wc -l <"$S/before")" -gt 30 ]
good=$?
cp "$S/before" "$S/out"
stop ward
[ $good = 0 ]
ok "a ward on SQLite has something to say" $?

ward 1 lite "--migrate-from $S/state/laido.db" && has 'name no PostgreSQL'
ok "migration without a database to go to is refused in words" $?
ward 1 latin --init && has 'createdb -E UTF8'
ok "a database in another encoding is refused with what to do" $?
ward 1 nowhere --init && has 'PostgreSQL: .*No such file'
ok "a server that is not there is named" $?
ward 0 pg "--migrate-from $S/state/laido.db" && has 'Both say the same: [0-9]{3,} rows'
ok "one command brings all of SQLite over, and compares" $?
events=$(sqlite3 "$S/state/laido.db" 'SELECT count(*) FROM event')
sql() { psql -X -q -A -t "$where" -c "$1"; }
[ "$(sql 'SELECT count(*) FROM event')" = "$events" ]
ok "every event is there" $?
ward 1 pg "--migrate-from $S/state/laido.db" && has 'already holds a log'
ok "a second time is refused" $?

mv "$S/state/laido.db" "$S/old.db"
start_ward pg
report after
cmp "$S/before" "$S/after" >"$S/out" 2>&1
ok "reports are the same, octet for octet" $?
[ ! -e "$S/state/laido.db" ]
ok "nothing of it is in a file" $?
ward_conf second "database = \"$where\";"
sed -i "s,$S/state,$S/state2,; s/$mesh_port/$((mesh_port + 2000))/; s/$web_port/$((web_port + 2000))/" "$S/second.conf"
ward 1 second "" && has 'in use by another program'
ok "a second ward on the same database is refused" $?
ward 1 pg "--backup $S/copy" && has 'pg_dump' && ward 1 pg "--restore $S/copy" && has 'pg_restore'
ok "backup and restore say whose work that is" $?

# ---- the server goes away ----
for i in 1 2 3; do
	printf 'name = "b%s"; state_dir = "%s/board%s"; ctl_socket = "%s/b%s.ctl";\n' $i "$S" $i "$S" $i \
		>"$S/board$i.conf"
done
invite() { # invite CODE BOARD
	run "$1" "$B/bin/laido-ward" -c "$S/pg.conf" --invite "$(key_of "$2")" "b$2" --host 127.0.0.1:1
}
invite 0 1
ok "a board is admitted" $?
pg_stop immediate
invite 1 2 && has 'database refused|PostgreSQL|connection'
ok "while the server is away nothing is promised" $?
status() { run 0 "$laido" status --socket "$S/state/ctl.sock" && has "$@"; }
status 'TROUBLE +The database cannot be written: .*\(.*(connection|server|socket).*\)\. Boards keep'
ok "laido status says so, and why" $?
alive ward
ok "the ward lives on" $?
pg_start
goes_on() { invite 0 2; }
wait_for 30 goes_on
ok "it goes on by itself when the server is back" $?
status 'TROUBLE +[0-9]+ s ago the database could not be written'
ok "that it was away is told for a while" $?
stop ward KILL
[ "$(sql "SELECT string_agg(name, ' ' ORDER BY name) FROM member WHERE name LIKE 'b_'")" = "b1 b2" ]
ok "what was promised is there, what was refused is not" $?
start_ward pg
report again
cmp "$S/before" "$S/again" >"$S/out" 2>&1
ok "the report is the same after all that" $?

# ---- the server's disk is full ----
small=$S/small
mkdir "$small"
publish() { run "$1" "$laido" publish conf/content --socket "$S/state/ctl.sock"; }
if mount -t tmpfs -o size=64m tmpfs "$small" 2>/dev/null; then
	stop ward
	chmod 711 "$S" && mkdir "$small/data" && chown postgres: "$small/data"
	pg_sql "CREATE TABLESPACE small LOCATION '$small/data'" >/dev/null &&
		pg_sql "ALTER DATABASE ward SET TABLESPACE small" >/dev/null
	start_ward pg
	status 'ward +Định Công' && ! has TROUBLE
	ok "with all well there is no trouble" $?
	dd if=/dev/zero of="$small/fill" bs=64k >/dev/null 2>&1
	publish 1 && has 'the disk is full' && alive ward
	ok "a full disk of the server: what cannot be stored is refused in words" $?
	status 'TROUBLE.*the disk is full.*No space left'
	ok "and told by laido status, with what the server says" $?
	rm "$small/fill"
	publish 0 && has 'Edition 1 is published'
	ok "when there is room again it goes on" $?
	stop ward
	pg_stop immediate
	umount "$small"
else
	ok "the server's disk is full # SKIP needs root and mount" 0
fi
last_checks
