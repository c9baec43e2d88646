# SPDX-License-Identifier: GPL-2.0-or-later
# A laidod of one's own to try things on, for an integration test. For sh; sourced first, it sources
# begin.sh.

. tests/harness/begin.sh

# conf NAME [LINE...]: settings in $S/NAME.conf with state in $S/NAME.
conf() {
	name=$1
	shift
	cat >"$S/$name.conf" <<END
name = "$name";
state_dir = "$S/$name";
content_dir = "$S/content";
ctl_socket = "$S/$name.ctl";
vty_port = 0;
approve_all = true;
clock = { trust_system = true; };
ward = { enable = false; };
phone = { enable = true; in_reports = true; ranges = ( { first = "0990000000"; last = "0990000999"; } ); };
END
	for line; do echo "$line" >>"$S/$name.conf"; done
}
ready() { "$laido" status --socket "$S/$1.ctl" >/dev/null 2>&1; }
serve() {
	start "$1" "$B/bin/laidod" -c "$S/$1.conf"
	up "$1" 10 ready "$1"
}
# ward_conf [LINE...]: settings of a ward's server at $AT in $S/ward.conf. conf_of_ward NAME [LINE...]:
# as conf, of a board of that ward, which invites it.
ward_conf() {
	mkdir -p "$S/ward"
	cat >"$S/ward.conf" <<END
state_dir = "$S/ward"; mesh_host = "$AT"; web_host = "$AT";
clock = { trust_system = true; };
END
	for line; do echo "$line" >>"$S/ward.conf"; done
}
conf_of_ward() {
	conf "$@"
	sed -i "s|^ward = .*|ward = { enable = true; host = \"$AT\"; invite = \"$S/$name.invite\"; }; mesh = { hello = false; every_s = 2; };|" \
		"$S/$name.conf"
	key=$("$B/bin/laidod" -c "$S/$name.conf" --identity) &&
		"$B/bin/laido-ward" -c "$S/ward.conf" --invite "$key" "$name" >"$S/$name.invite" || exit 1
}
serve_ward() {
	start ward "$B/bin/laido-ward" -c "$S/ward.conf"
	up ward 10 test -S "$S/ward/ctl.sock"
}
# refused NAME PATTERN...: laidod does not start, and says why.
refused() {
	name=$1
	shift
	run 1 "$B/bin/laidod" -c "$S/$name.conf" && has "$@"
}
# type_in NUMBER NAME LINES [SECONDS]: what a handset is shown; LINES as for printf.
type_in() {
	printf "$3" | timeout 40 "$laido" phone "$1" --plain --timeout "${4-10}" --socket "$S/$2.ctl" \
		>"$S/out" 2>&1
}
# What is in a board's outbox: the last number to a person, and whether a text that begins so went to
# her after that one. newest NAME NUMBER; told NAME NUMBER TEXT ID
outbox() { sqlite3 "file:$S/$1/laido.db?mode=ro" "SELECT $3 FROM outbox WHERE dest='+84${2#0}' $4"; }
newest() { outbox "$1" "$2" 'coalesce(max(id), 0)' ''; }
told() {
	[ "$(outbox "$1" "$2" 'count(*)' "AND id > ${4-0} AND state IN (2, 3) AND text LIKE '$3%'")" = 1 ]
}
# A fresh copy of the content.
fresh_content() { rm -rf "$S/content" && cp -r conf/content "$S/content"; }

# last_checks: what every such test ends with.
last_checks() {
	cat "$S"/*.log >"$S/out"
	! has 'Sanitizer|runtime error|assertion failed'
	ok "no daemon has complained of itself" $?
	! grep -E '990000[0-9]{3}' "$S/out" >/dev/null
	ok "no whole telephone number stands in a log" $?
	echo "1..$n"
}
