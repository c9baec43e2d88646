# SPDX-License-Identifier: GPL-2.0-or-later
# TAP lines, and a laidod of one's own to try things on: what the tests of bad input share. For sh;
# sourced after lib.sh, with B and S set.

laido=$B/bin/laido
n=0
ok() {
	n=$((n + 1))
	[ "$2" = 0 ] && echo "ok $n - $1" && return
	echo "not ok $n - $1"
	tail -n 20 "$S/out" | cat -v | cut -c 1-200 | sed 's/^/# /'
}
# run CODE COMMAND...: exit status as expected? Output in $S/out.
run() {
	want=$1
	shift
	timeout 20 "$@" >"$S/out" 2>&1 </dev/null
	got=$?
	[ "$got" = "$want" ] || { echo "exit $got instead of $want: $*" >>"$S/out"; return 1; }
}
has() {
	for part; do
		grep -qE -- "$part" "$S/out" || { echo "missing: $part" >>"$S/out"; return 1; }
	done
}
# conf NAME [LINE...]: settings in $S/NAME.conf with state in $S/NAME.
conf() {
	name=$1
	shift
	cat >"$S/$name.conf" <<END
name = "bad-t";
state_dir = "$S/$name";
content_dir = "$S/content";
ctl_socket = "$S/$name.ctl";
vty_port = 0;
approve_all = true;
clock = { trust_system = true; };
ward = { enable = false; };
phone = { enable = true; ranges = ( { first = "0990000000"; last = "0990000999"; } ); };
END
	for line; do echo "$line" >>"$S/$name.conf"; done
}
ready() { "$laido" status --socket "$S/$1.ctl" >/dev/null 2>&1; }
serve() {
	start "$1" "$B/bin/laidod" -c "$S/$1.conf"
	up "$1" 10 ready "$1"
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
