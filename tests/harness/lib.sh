# SPDX-License-Identifier: GPL-2.0-or-later
# What run, demo, bench and the integration tests share: start programs, wait for conditions, and
# leave nothing behind. For sh; sourced with B and S (the state folder) set.

children=
# An address of 127/8 to ourselves: two runs at once do not meet, and fixed ports stay free.
AT=127.$((40 + $$ % 200)).$(($$ / 200 % 250)).1
say() { printf '%s\n' "$*"; }
die() {
	printf 'laido: %s\n' "$*" >&2
	exit 1
}

# port_taken PORT: does anything listen there, on 127.0.0.1 or everywhere? Read from the kernel,
# so that no tool is needed.
port_taken() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v p="$(printf '%04X' "$1")" '
		{ split($2, at, ":") }
		$4 == "0A" && at[2] == p && at[1] ~ /^(0100007F|0+|0+FFFF00000100007F|0+01000000)$/ { f = 1 }
		END { exit !f }'
}
# below N: a number below that in $drawn; the next one of $SEED.
below() {
	SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
	drawn=$((SEED / 65536 % $1))
}
need_port() {
	! port_taken "$1" || die "port $1 ($2) is taken. Is another one running? End it, then try again."
}

# start NAME COMMAND...: in the background, output to $S/NAME.log, process id in $S/NAME.pid.
# A session of its own keeps the terminal's Ctrl-C for us; should we be killed, the kernel ends it.
start() {
	name=$1
	shift
	setsid setpriv --pdeathsig TERM "$@" >>"$S/$name.log" 2>&1 </dev/null &
	echo $! >"$S/$name.pid"
	children="$! $children"
}
pid_of() { cat "$S/$1.pid" 2>/dev/null; }
alive() { kill -0 "$(pid_of "$1")" 2>/dev/null; }

# wait_for SECONDS COMMAND...: poll until it succeeds.
wait_for() {
	tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# up NAME SECONDS COMMAND...: wait until it is ready, or say why it is not.
up() {
	up_name=$1 up_limit=$2
	shift 2
	up_ready() { "$@" || ! alive "$up_name"; }
	wait_for "$up_limit" up_ready "$@"
	alive "$up_name" && "$@" >/dev/null 2>&1 && return 0
	printf 'laido: %s does not start; the end of %s:\n' "$up_name" "$S/$up_name.log" >&2
	tail -n 8 "$S/$up_name.log" | sed 's/^/  | /' >&2
	exit 1
}

# stop NAME [SIGNAL]: end it and wait until it is gone.
stop() {
	pid=$(pid_of "$1")
	[ "$pid" ] || return 0
	kill "-${2-TERM}" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	rm -f "$S/$1.pid"
}

# End all that start() began, the last one first: politely, after 5 s for good.
stop_all() {
	for pid in $children; do
		kill -TERM "$pid" 2>/dev/null
		gone() { ! kill -0 "$pid" 2>/dev/null; }
		wait_for 5 gone || kill -KILL "$pid" 2>/dev/null
	done
	wait
	children=
}
