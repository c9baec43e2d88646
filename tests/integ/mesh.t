#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A board and its ward as real processes over real HTTPS: the ward away and back, either side killed
# at any moment, the wrong key, no member, something else on the port.
. tests/harness/begin.sh
mounted=
at_end='[ -z "$mounted" ] || umount "$mounted" 2>/dev/null'
complaint() { logs 15; }
SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "# SEED=$SEED"
echo 1..12

below 20000
free_port $((20000 + drawn)); mesh=$port
below 20000
free_port $((20000 + drawn)); page=$((port == mesh ? port + 1 : port))
cat >"$S/ward.conf" <<-END
	name = "Định Công";
	state_dir = "$S/ward";
	mesh_port = $mesh;
	web_port = $page;
	log_level = "info";
	clock = { trust_system = true; };
END
ward="$B/bin/laido-ward -c $S/ward.conf"
board=$B/tools/mesh_board

start_ward() { start ward $ward; }
start_board() { start board "$board" run "$S/board" 127.0.0.1 "$mesh" "$1"; }
lines() { wc -l <"$S/board.log"; }
# more N: the board said N lines more than it had when asked first.
more() { [ "$(lines)" -ge "$want_lines" ]; }
wait_more() {
	want_lines=$(($(lines) + $1))
	wait_for 30 more
}
said() { grep -q "$1" "$S/board.log"; }
forget() { : >"$S/board.log"; }
counts_equal() { [ "$("$board" count "$S/board")" = "$("$board" count "$S/ward")" ]; }
# Let the board settle without writing, then compare both states at rest. Again where they differ:
# the ward may have written its heartbeat after the last exchange.
settle() {
	for try in 1 2 3; do
		stop board; forget
		alive ward || start_ward
		start_board 0
		wait_for 30 said 'waiting 0' || return 1
		stop board; stop ward
		echo "# $("$board" count "$S/board")"
		counts_equal && return 0
	done
	return 1
}

$ward --init >/dev/null && key=$("$board" identity "$S/board") &&
	$ward --invite "$key" "Trạm một" >"$S/invite" && "$board" join "$S/board" "$S/invite"
ok "a stopped ward invites, the board joins" $?

start_board 100
wait_for 20 said 'no connection' && wait_more 2
ok "without a ward the board writes on and says why it does not reach it" $?

start_ward
wait_for 20 said '^link contact' && settle
ok "when the ward comes up everything arrives" $?

start_ward
forget
start_board 200
killed=0
while [ $killed -lt 10 ]; do
	below 3; wait_more $drawn || break
	below 2; [ $drawn = 0 ] && victim=board || victim=ward
	stop $victim KILL
	killed=$((killed + 1))
	[ $victim = ward ] && { start_ward; continue; }
	start_board 200
done
wait_for 20 said 'waiting' && settle
ok "either side killed $killed times: nothing lost, nothing doubled" $?

start_ward
forget
up ward 10 port_taken $page
start board "$board" run "$S/board" 127.0.0.1 "$mesh" 0 "$key"
wait_for 20 said 'another key'
ok "a server with another key is refused" $?
stop board

cp -r "$S/ward" "$S/copy"; rm -f "$S/copy/admin.sock"
sed "s|$S/ward\"|$S/copy\"|" "$S/ward.conf" >"$S/copy.conf"
stranger=$("$board" identity "$S/stranger")
"$B/bin/laido-ward" -c "$S/copy.conf" --invite "$stranger" stranger >"$S/invite2" &&
	"$board" join "$S/stranger" "$S/invite2"
forget
start board "$board" run "$S/stranger" 127.0.0.1 "$mesh" 10
wait_for 20 said 'not a member'
ok "a board that the ward does not know is refused" $?

$ward --invite "$stranger" stranger >/dev/null && wait_for 20 said '^link contact' &&
	wait_for 20 said 'waiting 0'
ok "a running ward invites, and the board is let in" $?
stop board

forget
start board "$board" run "$S/board" 127.0.0.1 "$page" 0
wait_for 20 said 'no TLS'
ok "something else on that port is named as such" $?
stop board

forget
start_board 0
wait_for 20 said 'waiting 0' && ! $ward 2>"$S/second.log" && grep -q 'in use' "$S/second.log"
ok "a second ward on the same state is refused" $?

# ---- the ward's disk is full for a while ----
stop board; stop ward
ward_trouble() { "$B/bin/laido" status --socket "$S/ward/ctl.sock" 2>/dev/null | grep -q "$1"; }
mkdir "$S/disk"
if mount -t tmpfs -o size=24m tmpfs "$S/disk" 2>/dev/null; then
	mounted=$S/disk
	mv "$S/ward" "$S/disk/ward" && ln -s disk/ward "$S/ward"
	forget
	start_ward
	start_board 50
	wait_for 20 said '^link contact'
	head -c 30000000 /dev/zero >"$S/disk/fill" 2>/dev/null
	wait_for 30 said 'HTTP 500' && wait_for 10 ward_trouble 'disk of .* is full'
	ok "a full disk at the ward: the board is told that nothing was stored, laido status says why" $?
	wait_more 3 && kill -0 "$(pid_of ward)"
	ok "the board writes on, the ward stays up" $?
	forget
	rm "$S/disk/fill"
	# Not for a word of contact: what little it writes may have found room before.
	wait_for 60 said 'waiting 0' && settle
	ok "when there is room all of it arrives, once" $?
	stop board; stop ward
	umount "$S/disk"
else
	for what in told up arrives; do ok "full disk: $what # SKIP needs root and mount" 0; done
fi
