# SPDX-License-Identifier: GPL-2.0-or-later
# chan/modem in a small host on a simulated modem: what the tests of modems share. For sh; sourced
# after begin.sh. One modem at a time: its tty is $S/tty, its puppeteer $S/ctl.

complaint() {
	tail -n 8 "$S/host.out" "$S/host.err"
	ask log | tail -n 5 | sed 's/^/sim: /'
}

ask() { "$B/tools/atsim" --ask "$S/ctl" "$@"; }
sim() { ask "$@" >/dev/null || echo "# simulator: $*"; }
order() { printf '%s\n' "$*" >&4; }

# host_says N TEXT: within 20 s the host has printed TEXT N times (grep -E); never more.
count() { grep -cE -- "$1" "$S/host.out"; }
at_least() { [ "$(count "$2")" -ge "$1" ]; }
host_says() { wait_for 20 at_least "$1" "$2" && [ "$(count "$2")" = "$1" ]; }
sim_log() { ask log | grep -cE -- "$1"; }
sim_at_least() { [ "$(sim_log "$2")" -ge "$1" ]; }
sim_says() { wait_for 20 sim_at_least "$1" "$2" && [ "$(sim_log "$2")" = "$1" ]; }
empty() { [ "$(ask stored)" = "ok 0 stored" ]; }
# Asks the host; not by wait_for, so that it can be waited for itself.
infos=0
worker() {
	order info
	infos=$((infos + 1)) polls=100
	until at_least $infos '^info'; do
		polls=$((polls - 1))
		[ $polls -gt 0 ] || return 1
		sleep 0.05
	done
	pid=$(sed -n 's/^info .* pid=\([0-9]*\) .*/\1/p' "$S/host.out" | tail -n 1)
}
device=$S/tty

start_host() {
	mkfifo "$S/in" 2>/dev/null
	exec 4<>"$S/in"
	"$B/tools/modem_host" "$device" "$B/bin/laido-modem" "$S/journal" beat_ms=200 poll_ms=2000 \
		command_ms=2500 submit_ms=4000 gap_ms=2500 settle_ms=8000 restart_ms=100 \
		restart_max_ms=400 "$@" <"$S/in" >>"$S/host.out" 2>>"$S/host.err" &
	host=$!
	children="$children $host"
}

restart_with() {
	order quit
	wait "$host"
	start_host "$@"
}
