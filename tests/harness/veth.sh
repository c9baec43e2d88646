# SPDX-License-Identifier: GPL-2.0-or-later
# A network of the test's own, a veth pair in a namespace: root only, skipped elsewhere. For sh;
# sourced first, it runs the script once more in there and sources tap.sh.

if [ -z "${IN_NETNS-}" ]; then
	unshare -n ip link add v0 type veth peer name v1 2>/dev/null || {
		echo "1..0 # SKIP no network namespace with veth can be made here"
		exit 0
	}
	IN_NETNS=y exec unshare -n "$0"
fi
. tests/harness/tap.sh

ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
addresses_settled() { [ "$(ip -6 -o addr show scope link | grep -vc tentative)" = 2 ]; }
wait_for 10 addresses_settled
