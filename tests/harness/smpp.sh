# SPDX-License-Identifier: GPL-2.0-or-later
# Texts through SMPP, measured: what bench and bench-peers share. For sh; sourced after lib.sh, with
# B and S set. tests/tools/smsc_load.c is the message centre.

smpp_port=29775
hz=$(getconf CLK_TCK)
# cpu_of PID...: clock ticks that processes have used.
cpu_of() {
	for pid; do sed 's/^.*) //' "/proc/$pid/stat"; done | awk '{ n += $12 + $13 } END { print n }'
}
# smpp_laidod NAME: a laidod with a bind of window 50 to smsc_load, on an empty store.
smpp_laidod() {
	rm -rf "$S/$1"
	mkdir -p "$S/$1"
	cat >"$S/$1.conf" <<-END
		name = "bench"; state_dir = "$S/$1"; content_dir = "conf/content";
		ctl_socket = "$S/$1/ctl"; vty_port = 0; approve_all = true;
		clock = { trust_system = true; };
		ward = { enable = false; };
		outbox = { spacing_s = 0; burst = 1000; parts_per_day = 1000000; replies_per_hour = 1000;
		           lessons_per_day = 64; quiet_from = "00:00"; quiet_to = "00:00"; };
		smpp = ( { name = "op1"; host = "127.0.0.1"; port = $smpp_port; system_id = "ward";
		  password = "x"; source = "8888"; window = 50; } );
	END
	start "$1" "$B/bin/laidod" -c "$S/$1.conf"
}
smpp_head() {
	printf '%-32s %7s %10s %9s %9s %9s %6s\n' '' steps CPU-s/10k p50_ms p99_ms max_ms lost
}
# smpp_row TITLE "NAME..." PORT OPTIONS-OF-SMSC_LOAD...: NAMEs were begun by start(), and bind by
# themselves, or by $smpp_begin once the message centre is there. Sets cpu_10k.
smpp_row() {
	title=$1 names=$2 pids=
	shift 2
	rm -f "$S/go"
	mkfifo "$S/go"
	"$B/tools/smsc_load" "$@" --wait "$S/go" >"$S/load.out" 2>"$S/load.err" &
	load=$!
	children="$load $children"
	${smpp_begin:-}
	read -r _ <"$S/go" || die "smsc_load: $(cat "$S/load.err")"
	for name in $names; do pids="$pids $(pid_of "$name")"; done
	c0=$(cpu_of $pids)
	echo >"$S/go"
	wait $load || die "smsc_load: $(cat "$S/load.err")"
	c1=$(cpu_of $pids)
	read -r line <"$S/load.out"
	row=$(echo "$line" | tr ' ' '\n' | awk -F= -v t="$title" -v cpu=$((c1 - c0)) -v hz="$hz" '
		{ v[$1] = $2 }
		END { n = v["steps"]
		printf "%-32s %7d %10.2f %9.2f %9.2f %9.2f %6d\n", t, n, cpu / hz / n * 10000,
			v["p50_us"] / 1000, v["p99_us"] / 1000, v["max_us"] / 1000, v["lost"] }')
	echo "$row"
	cpu_10k=$(echo "$row" | cut -c 41-51 | tr -d ' ')
}
# The loads of docs/PERFORMANCE.md: people who begin (four texts each), and a course of lessons (twenty).
# The fullest first, so that caches and logs have their size when the others come. TITLE|OPTIONS.
smpp_loads() {
	cat <<-END
		50 in flight|--inflight 50 --steps 20000 --people 5000 --first 20000
		50 in flight, a course|--inflight 50 --steps 20000 --people 1000 --first 30000
		20 a second|--rate 20 --steps 400 --people 400 --first 1
		200 a second|--rate 200 --steps 3000 --people 750 --first 1000
		200 a second, a course|--rate 200 --steps 3000 --people 150 --first 5000
		1000 a second|--rate 1000 --steps 10000 --people 4000 --first 10000
	END
}
