#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Eight boards and a ward as real processes in network namespaces, babeld routing between them over
# five cells, while people enrol and answer on all boards: links are cut without a word or become
# slow, boards and ward are killed. Afterwards everybody holds the same, the ward's report is what a
# recount of the log says, and nobody who was told "yes" is missing. Without
# babeld boards still carry for their neighbours.
# slow
set -u
: "${B:=build}"
. tests/harness/nets.sh
if [ -z "${NETS_INSIDE-}" ]; then
	why=$(net_why_not babeld sqlite3 jq) && echo "1..0 # SKIP $why" && exit 0
	net_alone "$0"
fi
S=/run/laido
mkdir $S
tools=$(realpath "$B")/tools
. tests/harness/lib.sh
trap stop_all EXIT
trap 'exit 1' INT TERM HUP
SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "# SEED=$SEED"

BOARDS="1 2 3 4 5 6 7 8"
# Which cell an interface is in: a ring of five, two boards in common, the ward (0) in one only.
LINKS="0:mesh0:A 1:mesh0:A 2:mesh0:A 2:eth0:B 3:mesh0:B 4:mesh0:B 4:eth0:C 5:mesh0:C 6:mesh0:C
	6:eth0:D 7:mesh0:D 8:mesh0:D 8:eth0:E 1:eth0:E"
began=$(date +%s)

n=0
ok() {
	n=$((n + 1))
	[ "$2" = 0 ] && echo "ok $n - $1 ($(($(date +%s) - began)) s)" && return
	echo "not ok $n - $1"
	bad=$((bad + 1))
	[ $bad = 1 ] || return
	for f in "$S"/*.log "$S/out"; do tail -n 3 "$f" | cut -c 1-200 | sed "s|^|# ${f##*/}: |"; done
}
bad=0
# within SECONDS COMMAND...: wait_for(), when asking takes time, too.
within() {
	deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$deadline" ] || return
		sleep 0.1
	done
}

# ---- the programs ----

board_conf() {
	cat >"$S/b$1.conf" <<-END
		name = "Tram $1"; state_dir = "$S/b$1"; content_dir = "conf/content"; ctl_socket = "$S/b$1.ctl";
		vty_port = 0; approve_all = true; clock = { trust_system = true; };
		phone = { enable = true; in_reports = true;
		          ranges = ( { first = "0990000000"; last = "0990000999"; } ); };
		ward = { enable = true; host = "$(net_address 0)"; invite = "$S/invite$1"; };
		outbox = { spacing_s = 0; burst = 1000; parts_per_day = 100000; replies_per_hour = 1000;
		           lessons_per_day = 64; };
		mesh = { listen = true; hello = true; };
	END
}
# Clocks run four times as fast, everywhere alike, so that back-offs of a minute cost seconds.
started=$(cut -d . -f 1 /proc/uptime)
fast() { # fast NAME N COMMAND...
	fast_name=$1 fast_at=$2
	shift 2
	net_start "$fast_name" "$fast_at" env LD_PRELOAD="$tools/fast.so" LAIDO_FAST="4 $started" "$@"
}
start_ward() { fast ward 0 "$B/bin/laido-ward" -c "$S/ward.conf"; }
start_board() { fast "b$1" "$1" "$B/bin/laidod" -c "$S/b$1.conf"; }
laido() { "$B/bin/laido" "$@"; }
status() { laido status --json --socket "$S/b$1.ctl" 2>/dev/null; }
in_contact() { status "$1" | jq -e '.ward.state == "in contact" and .ward.last_ms > 0'; }
all_in_contact() { for b in $BOARDS; do in_contact "$b" || return; done; }
report() { laido report --json --ward "$S/ward/ctl.sock"; }
db_of() { [ "$1" = 0 ] && echo "$S/ward/laido.db" || echo "$S/b$1/laido.db"; }
sql() { sqlite3 -cmd '.timeout 5000' "file:$(db_of "$1")?mode=ro" "$2"; }

set_up() {
	for c in A B C D E; do net_cell $c; done
	for i in 0 $BOARDS; do net_node "$i"; done
	for l in $LINKS; do net_join $(echo "$l" | tr : ' '); done
	for i in 0 $BOARDS; do net_babel "$i"; done
	cat >"$S/ward.conf" <<-END
		state_dir = "$S/ward"; content_dir = "conf/content"; mesh_host = "::"; min_cell = 0;
		clock = { trust_system = true; }; mesh_hello = true;
	END
	"$B/bin/laido-ward" -c "$S/ward.conf" --init >"$S/out" 2>&1 || return
	for b in $BOARDS; do
		board_conf "$b"
		mkdir "$S/b$b"
		key=$("$B/bin/laidod" -c "$S/b$b.conf" --identity) &&
			"$B/bin/laido-ward" -c "$S/ward.conf" --invite "$key" "Tram $b" >"$S/invite$b" ||
			return
	done
	start_ward
	for b in $BOARDS; do start_board "$b"; done
}

# ---- people ----

# said NUMBER BOARD LINES PATTERN: was the answer like that?
said() {
	printf "$3" | timeout 20 "$B/bin/laido" phone "$1" --plain --timeout 5 --socket "$S/b$2.ctl" 2>&1 |
		grep -q -- "$4"
}
# People come to board B, one after the other; what a board has answered for is noted. Every third
# one goes on at the next board, whether that has heard of her or not.
people_of() {
	b=$1 k=0
	while [ ! -e "$S/halt" ] && [ $k -lt 99 ]; do
		k=$((k + 1))
		who=0990000$b$(printf %02d $k) tdp=$((1 + (b * 7 + k) % 9)) there=$b
		said "$who" "$b" '/sms HOC\n/sms 1\n' '^< 1/10' && echo "$who" >>"$S/agreed"
		[ $((k % 3)) != 0 ] || there=$((b % 8 + 1))
		said "$who" "$there" '/sms TIEP\n/sms 1\n/sms 2\n' '^< \(1/10\|Dung\|Chua\)'
		said "$who" "$b" "*123#\n7\n1\n$tdp\n/hangup\n" "Da doi sang to $tdp" &&
			echo "$who $tdp" >>"$S/lives"
		sleep 0.3
	done
}

# ---- weather ----

links_n=$(echo $LINKS | wc -w)
any_link() {
	below "$links_n"
	set -- $LINKS
	shift "$drawn"
	link=$(echo "$1" | tr : ' ')
}
weather() {
	case $1 in
	cut) any_link; net_cut $link; down="$down${link},"; what="$link" ;;
	heal) l=${down%%,*}; down=${down#*,}; [ "$l" ] && net_heal $l; what="$l" ;;
	slow) any_link; below 2
		[ "$drawn" = 0 ] && rate=25kbit || rate=1mbit
		net_rate ${link% *} $rate; slow="$slow${link% *},"; what="$link $rate" ;;
	kill) below 8; v=$((drawn + 1)); stop "b$v" KILL; start_board "$v"; what="board $v" ;;
	ward) stop ward KILL; start_ward; what= ;;
	esac
	weathered="$weathered $1($what)"
}
down= slow= weathered=
storm() {
	for w in slow cut kill cut slow kill ward cut heal kill slow cut kill; do
		weather $w
		sleep 1
	done
}
clear_up() {
	for l in $LINKS; do
		set -- $(echo "$l" | tr : ' ')
		net_heal "$1" "$2" "$3"
		net_rate "$1" "$2" ""
	done
}

# ---- what must hold ----

events() { sql "$1" 'SELECT count(*) || "/" || (SELECT count(*) FROM stream) FROM event'; }
same_everywhere() {
	want=$(events 0)
	for b in $BOARDS; do [ "$(events "$b")" = "$want" ] || return; done
}
all_ready() { for b in $BOARDS; do status "$b" >/dev/null || return; done; report >/dev/null; }
# The tables of every board, before and after a rebuild from the log, and of the ward.
digests_equal() {
	for b in $BOARDS; do
		laido rebuild --socket "$S/b$b.ctl" >>"$S/out" 2>&1 || return
	done
	"$B/tools/mesh_board" count "$S/ward" >>"$S/out" || return
	want=$(awk '/projections/ { print $NF }' "$S/out")
	[ "$(grep -c "^after .* $want\$" "$S/out")" = 8 ]
}
recount="WITH one AS (SELECT DISTINCT subject AS s FROM event WHERE kind = 32),
	place AS (SELECT subject AS s, max(hlc), CAST(substr(body, 6,
		CASE hex(substr(body, 5, 1)) WHEN '61' THEN 1 ELSE 2 END) AS TEXT) AS tdp
		FROM event WHERE kind = 37 AND hex(body) LIKE 'A_010102%' GROUP BY subject)
	SELECT coalesce(place.tdp, '0'), count(*), sum(s IN (SELECT subject FROM event WHERE kind = 34)),
		sum(s IN (SELECT subject FROM event WHERE kind = 35)),
		sum(s IN (SELECT subject FROM event WHERE kind = 36))
	FROM one LEFT JOIN place USING (s) GROUP BY 1"
counted_right() {
	jq -r '.rows[] | select(.consented > 0) |
		[.tdp, .consented, .enrolled, .active, .completed] | map(tostring) | join("|")' \
		"$S/report" | sort >"$S/told"
	sql 0 "$recount" | sort >"$S/counted"
	diff "$S/told" "$S/counted" >"$S/out" && [ -s "$S/told" ]
}

# ---- the course of it ----

set_up && within 30 all_in_contact
ok "eight boards reach the ward, the farthest through three others" $?
[ $bad = 0 ] || exit 1
on 5 ip -6 route get "$(net_address 0)" >"$S/out" 2>&1 && grep -q 'via fe80' "$S/out"
ok "by routes that babeld made" $?

: >"$S/agreed"; : >"$S/lives"
crowd=
for b in $BOARDS; do people_of "$b" & crowd="$crowd $!"; done
storm
: >"$S/halt"
wait $crowd
clear_up
echo "# weather:$weathered"
agreed=$(sort -u "$S/agreed" | wc -l)
[ "$agreed" -gt 20 ]
ok "through cuts, slow links and kills $agreed people were told that they take part" $?

healed=$(date +%s)
within 20 all_ready && within 60 same_everywhere
ok "after healing all hold the same: $(events 0) events and streams, after $(($(date +%s) - healed)) s" $?
consented=$(report | jq .total.consented)

for i in 0 $BOARDS; do stop "babel$i"; done
no_routes() { [ "$(on 5 ip -6 route show proto babel)" = "" ]; }
within 10 no_routes && ! on 5 ip -6 route get "$(net_address 0)" >"$S/out" 2>&1
ok "without babeld there is no way from board 5 to the ward" $?
before=$(events 0)
for b in 5 6 7; do
	said "0990000${b}99" "$b" '/sms HOC\n/sms 1\n/sms 2\n' '^< Dung' && echo "0990000${b}99" >>"$S/agreed"
done
known() { [ "$(report | jq .total.consented)" -ge $((consented + 3)) ]; }
within 30 known && within 30 same_everywhere
ok "but neighbours carry for each other: from $before to $(events 0) at the ward" $?
agreed=$(sort -u "$S/agreed" | wc -l)
report >"$S/report"
: >"$S/out"
stop ward
digests_equal
ok "and show the same tables, also rebuilt from the log" $?
counted_right
ok "the ward's report equals a recount of its log" $?
[ "$(jq '.total.consented' "$S/report")" -ge "$agreed" ] &&
	[ "$(sql 0 'SELECT count(*) FROM register WHERE reg = 1 AND value IS NOT NULL')" -ge \
		"$(cut -d ' ' -f 1 "$S/lives" | sort -u | wc -l)" ]
ok "nobody who was told yes is missing" $?
cat "$S"/b?.log "$S/ward.log" >"$S/out"
! grep -E 'Sanitizer|runtime error|assertion failed|FATAL' "$S/out" >/dev/null
ok "no program has complained of itself" $?
echo "1..$n"
[ $bad = 0 ]
