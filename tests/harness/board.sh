# SPDX-License-Identifier: GPL-2.0-or-later
# A board with simulated modems, and the weather it must stand: what faults.t, soak and bench share.
# For sh; sourced after lib.sh with B set; S is the board's folder, `count` the number of its modems.
# Clocks of laidod and its workers run ten times as fast (tests/tools/preload/fast.c), so that what
# they wait for in vain costs seconds.

fast="10 $(cut -d . -f 1 /proc/uptime)"

sim() { m=$1; shift; "$B/tools/atsim" --ask "$S/sim$m" "$@"; }
modems() { seq 1 "$count"; }
sql() { sqlite3 -cmd '.timeout 2000' "$S/state/laido.db" "$@"; }
all_up() { [ "$(grep -c 'channel sim[0-9]* is up' "$S/laidod.log")" -ge "$count" ]; }
# begin PARTS-PER-DAY: with the settings of `more`, if any.
begin() {
	mkdir -p "$S/state"
	{
		cat <<-END
			name = "faults-t"; state_dir = "$S/state"; content_dir = "conf/content";
			ctl_socket = "$S/ctl"; vty_port = 0; approve_all = true;
			clock = { trust_system = true; };
			ward = { enable = false; };
			outbox = { spacing_s = 0; parts_per_day = $1; quiet_from = "00:00"; quiet_to = "00:00"; };
		END
		echo "modems = ("
		for m in $(modems); do
			[ "$m" = 1 ] || echo ","
			echo "{ name = \"sim$m\"; device = \"$S/tty$m\"; }"
		done
		echo ");"
		echo "${more-}"
	} >"$S/conf"
	for m in $(modems); do
		start "s$m" "$B/tools/atsim" --link "$S/tty$m" --control "$S/sim$m"
		wait_for 10 test -S "$S/sim$m"
		start "events$m" "$B/tools/atsim" --events "$S/sim$m"
	done
	start laidod env LD_PRELOAD="$B/tools/fast.so" LAIDO_FAST="$fast" "$B/bin/laidod" -c "$S/conf"
	wait_for 40 all_up
}

# A new person writes to modem M.
people=0
writes() {
	people=$((people + 1))
	sim "$1" sms "+849$(printf '%08d' $people)" HOC >/dev/null
}
answered() { cat "$S"/events*.log | grep -c '^sent to='; }
are_answered() { [ "$(answered)" -ge "$1" ]; }

# ---- the storm: "PAUSE MODEM COMMAND" a line, always the same for a seed ----

storm() { # SEED SECONDS
	awk -v seed="$1" -v modems="$count" -v seconds="$2" '
	function pick(n) { return int(rand() * n) }
	# Something that holds for a while, and its end.
	function lasting(m, what, end, ms) { at(t, m, what); at(t + ms, m, end) }
	function at(when, m, what) { printf "%d %d %s\n", when, m, what }
	function fault(m,   f) {
		f = pick(19)
		if (f == 0) lasting(m, "mute on", "mute off", 100 + pick(1500))
		else if (f == 1) lasting(m, "slow " 1 + pick(40), "slow 0", 500 + pick(1500))
		else if (f == 2) at(t, m, "drop " 1 + pick(40))
		else if (f == 3) lasting(m, "babble " 5 + pick(50), "babble 0", 200 + pick(1000))
		else if (f == 4) lasting(m, "hangup", "plug", 100 + pick(1000))
		else if (f == 5) at(t, m, "restart")
		else if (f == 6) lasting(m, "network " 100 + pick(400), "network 0", 500 + pick(1000))
		else if (f == 7) at(t, m, "silent 1")
		else if (f == 8) at(t, m, "cms 38 " 1 + pick(3))
		else if (f == 9) at(t, m, "cms 21")
		else if (f == 10) at(t, m, "storm " 1 + pick(60))
		else if (f == 11) at(t, m, "urc " (pick(2) ? "RDY" : "+QIND: \"csq\",20,99"))
		else if (f == 12) lasting(m, "prompt off", "prompt on", 200 + pick(800))
		else if (f == 13) lasting(m, "twice on", "twice off", 500 + pick(1500))
		else if (f == 14) at(t, m, "reports first")
		else if (f == 15) lasting(m, "reports never", "reports after 50", 500 + pick(1500))
		else if (f == 16) lasting(m, "slots 2", "slots 50", 500 + pick(1500))
		else if (f == 17) lasting(m, "loop on", "loop off", 100 + pick(400))
		else at(t, m, "call 0912000" 100 + pick(900))
	}
	BEGIN {
		srand(seed)
		for (t = 0; t < seconds * 1000; t += 100 + pick(600) / modems) {
			m = 1 + pick(modems)
			if (pick(3)) at(t, m, "writes"); else fault(m)
		}
	}' | sort -n -s -k 1,1
}
play() {
	begun=$(($(date +%s%N) / 1000000))
	while read -r when m what; do
		left=$((begun + when - $(date +%s%N) / 1000000))
		[ $left -le 0 ] || sleep "$((left / 1000)).$(printf '%03d' $((left % 1000)))"
		case $what in
		writes) writes "$m" ;;
		*) sim "$m" $what >/dev/null || echo "# sim$m refuses: $what" ;;
		esac
	done
}
# Every fault is over.
heal() {
	for m in $(modems); do
		for c in 'mute off' 'slow 0' 'babble 0' 'plug' 'network 0' 'silent 0' 'cms 38 0' 'prompt on' \
			'twice off' 'reports after 50' 'slots 50' 'loop off'; do
			sim "$m" $c >/dev/null
		done
	done
}
empty() {
	for m in $(modems); do
		[ "$(sim "$m" stored)" = "ok 0 stored" ] || return
	done
}
# Nothing waits and nothing is on its way.
is_calm() { [ "$(sql "SELECT count(*) FROM outbox WHERE state IN (0, 1)")" = 0 ] && empty; }
texts_out() { cat "$S"/events*.log | sed -n 's/^sent to=\([^ ]*\) .* text=\(.*\)/\1 \2/p'; }
