# SPDX-License-Identifier: GPL-2.0-or-later
# Nodes in network namespaces on bridges ("cells": who hears whom), for tests and benches. For sh;
# sourced after net_alone has run. All of it stands in namespaces of this run and vanishes with its
# first process, however that ends.

# net_why_not: why there can be no such network here, on standard output; fails when there can.
net_why_not() {
	for tool in unshare ip tc bridge "$@"; do
		command -v $tool >/dev/null && continue
		echo "$tool is not installed" && return
	done
	[ "$(id -u)" = 0 ] || { echo "needs root"; return; }
	unshare --net --mount --pid --fork --kill-child --mount-proc sh -e >/dev/null 2>&1 <<-END ||
		mount -t tmpfs tmpfs /run && mkdir /run/netns && mount -t sysfs sysfs /sys
		ip netns add a0
		ip link add v0 type veth peer name v1 netns a0
		ip link add name c0 type bridge
		ip link set v0 master c0 up
		tc qdisc add dev v0 root tbf rate 1mbit burst 5k latency 100ms
		ip -n a0 addr add fd00::1/128 dev lo
	END
		{ echo "this kernel has no namespaces, veth, bridge, tbf or IPv6 for us"; return; }
	return 1
}
# net_alone SCRIPT ARGUMENT...: run it once more as the first process of namespaces of its own; /run
# is an empty folder there.
net_alone() {
	NETS_INSIDE=1 exec unshare --net --mount --pid --fork --kill-child --mount-proc \
		sh -c 'mount -t tmpfs tmpfs /run && mkdir /run/netns && mount -t sysfs sysfs /sys && ip link set lo up && exec sh "$0" "$@"' "$@"
}

net_prefix=fd4c:6169:446f
# net_node N [WORD]: a node with the address that babeld.conf tells of.
net_node() {
	ip netns add "n$1"
	ip -n "n$1" link set lo up
	ip -n "n$1" addr add "$(net_address "$1")/128" dev lo
	ip netns exec "n$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
		echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
}
net_address() { echo "$net_prefix::$1"; }
net_cell() {
	ip link add "cell$1" type bridge mcast_snooping 0
	ip link set "cell$1" up
}
# net_join N INTERFACE CELL: the node's interface hears the others of that cell.
net_join() {
	ip link add "n$1-$2" type veth peer name "$2" netns "n$1"
	ip link set "n$1-$2" master "cell$3" up
	ip -n "n$1" link set "$2" up
}
# Silent: the node's interface keeps its carrier, and nothing comes through.
net_cut() { ip link set dev "n$1-$2" nomaster; }
net_heal() { ip link set dev "n$1-$2" master "cell$3"; }
# net_rate N INTERFACE RATE: both ways; "" as fast as it goes.
net_rate() {
	tc qdisc del dev "n$1-$2" root 2>/dev/null
	tc -n "n$1" qdisc del dev "$2" root 2>/dev/null
	[ "$3" ] || return 0
	tc qdisc add dev "n$1-$2" root tbf rate "$3" burst 3k latency 400ms &&
		tc -n "n$1" qdisc add dev "$2" root tbf rate "$3" burst 3k latency 400ms
}
# Octets on the wire so far, Ethernet headers left out: to the node, from the node.
net_octets() {
	t=/sys/class/net/n$1-$2/statistics
	echo $(($(cat $t/tx_bytes) - 14 * $(cat $t/tx_packets))) \
		$(($(cat $t/rx_bytes) - 14 * $(cat $t/rx_packets)))
}
# on N COMMAND...: there.
on() {
	on_node=$1
	shift
	ip netns exec "n$on_node" "$@"
}
# net_start NAME N COMMAND...: start() there.
net_start() {
	net_name=$1 net_at=n$2
	shift 2
	start "$net_name" ip netns exec "$net_at" "$@"
}
net_babel() {
	net_start "babel$1" "$1" babeld -S "$S/babel$1.state" -I "$S/babel$1.id" -c hw/mesh/babeld.conf
}
