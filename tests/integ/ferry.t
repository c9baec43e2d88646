#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Records on a stick: boards whose links never come, as real processes. What came by HTTPS and what
# came by file are the same; what happened at the far board goes home the same way.
if [ -z "${IN_NETNS-}" ]; then
	unshare -nm true 2>/dev/null || {
		echo "1..0 # SKIP no network and mount namespace can be made here"
		exit 0
	}
	IN_NETNS=y exec unshare -nm "$0"
fi
. tests/harness/tap.sh
at_end='umount "$S/stick" 2>/dev/null'
ip link set lo up

cat >"$S/ward.conf" <<END
name = "W"; state_dir = "$S/ward"; mesh_host = "127.0.0.1"; mesh_port = 7443; web_port = 7480;
clock = { trust_system = true; };
END
# board N LINKED: with a link to the ward, or with none at all.
board() {
	mkdir -p "$S/b$1"
	cat >"$S/b$1.conf" <<END
name = "b$1"; state_dir = "$S/b$1"; ctl_socket = "$S/b$1/ctl"; vty_port = 0; approve_all = true;
clock = { trust_system = true; };
ward = { enable = $2; host = "127.0.0.1"; port = 7443; }; mesh = { hello = false; every_s = 2; };
phone = { enable = true; in_reports = true;
          ranges = ( { first = "0990000000"; last = "0990000999"; } ); };
END
	key=$("$laido" mesh init --state "$S/b$1")
	mesh ward invite "$key" "cho $1" >"$S/invite" &&
		"$laido" mesh join "$S/invite" --state "$S/b$1" >"$S/out" 2>&1
	start "b$1" "$B/bin/laidod" -c "$S/b$1.conf"
	up "b$1" 20 mesh "b$1" status
}
socket() { [ "$1" = ward ] && echo "$S/ward/ctl.sock" || echo "$S/$1/ctl"; }
mesh() { at=$(socket "$1"); shift; "$laido" mesh "$@" --socket "$at"; }
# ferry CODE NODE WORDS...: as run of tap.sh.
ferry() { code=$1 at=$(socket "$2"); shift 2; run "$code" "$laido" ferry "$@" --socket "$at"; }
events() { mesh "$1" status --json | jq .events; }
# The ward's first heartbeat has come: nothing else is written unasked.
may_send() { mesh "$1" status --json | jq -e .term.runs; }
as_many() { [ "$(events "$1")" = "$(events "$2")" ]; }
# Both have the same rows in their tables, and so when they fold their logs anew.
tables() { "$laido" rebuild --socket "$(socket "$1")" | awk '$1 == "before" || $1 == "after" { print $2, $4 }'; }
same() {
	tables "$1" >"$S/one"; tables "$2" >"$S/two"
	cat "$S/one" >"$S/out"
	[ "$(awk '$1 > 5' "$S/one" | wc -l)" = 2 ] && cmp "$S/one" "$S/two" >>"$S/out" 2>&1
}
learns() { # BOARD NUMBER ANSWERS
	printf "*123#\n1\n/hangup\n$3" | timeout 40 "$laido" phone "$2" --plain --timeout 10 \
		--socket "$S/$1/ctl" >"$S/out" 2>&1
}

start ward "$B/bin/laido-ward" -c "$S/ward.conf"
up ward 20 mesh ward status
board 1 true; board 2 true; board 3 false; board 4 false

learns b1 0990000001 '/sms 2\n/sms TIEP\n/sms 1\n' && learns b1 0990000002 '/sms 1\n/sms DUNG\n' &&
	learns b1 0990000003 '/sms 3\n'
wait_for 45 may_send b1 && wait_for 45 may_send b2 && wait_for 20 as_many b1 ward &&
	wait_for 20 as_many b2 ward
ok "three people learn at a board with a link; ward and another board hear of it" $?

f=$S/b1.ferry
ferry 0 b1 export "$f" && has "b1.ferry: $(events b1) events, .* for 5 boards" && [ ! -e "$f.part" ]
ok "that board writes a file for all members" $?
ferry 0 b3 import "$f" && has 'Written by cho 1' "$(events b1) events are new" 'All that its writer' &&
	same b2 b3
ok "the file brings a board without links the same tables as HTTPS another one" $?
ferry 0 b3 import "$f" && has '^0 events are new here; [1-9][0-9]* stretches were here already' &&
	same b2 b3
ok "importing twice changes nothing" $?

# Home again: what happened at board 3 goes to the ward through board 1.
learns b3 0990000004 '/sms 2\n/sms TIEP\n/sms 2\n' && learns b3 0990000005 '/sms 1\n' &&
	ferry 0 b3 export "$S/b3.ferry" && ferry 0 b1 import "$S/b3.ferry" && has 'Written by cho 3' &&
	wait_for 20 as_many b3 ward && wait_for 20 as_many b2 ward && same b2 b3
ok "what the far board wrote comes home by file and goes on over the links" $?

# A cut file, a flipped octet, no ferry file, a folder.
size=$(stat -c %s "$S/b3.ferry")
head -c $((size - 1)) "$S/b3.ferry" >"$S/cut"
ferry 1 b4 import "$S/cut" && has 'ends before its end' 'events are new' && as_many b3 b4 &&
	head -c 500 "$S/b3.ferry" >"$S/cut" && ferry 1 b4 import "$S/cut" && has 'ends before its end'
ok "of a cut file comes what verified before, and it says where it ends" $?
cp "$S/b3.ferry" "$S/bad" && printf 'x' | dd of="$S/bad" bs=1 seek=$((size - 9)) conv=notrunc 2>/dev/null
ferry 1 b4 import "$S/bad" && has 'damaged behind octet [0-9]+; what came before stands' &&
	ferry 1 b4 import "$S/ward.conf" && has 'no ferry file' && ferry 2 b4 import "$S" &&
	has 'not a file' && ferry 1 b4 import "$S/none" && has 'No such file'
ok "a damaged file and what is none are named as such" $?

# A stick without room.
mkdir "$S/stick" && mount -t tmpfs -o size=16k none "$S/stick" && echo old >"$S/stick/ward.ferry" &&
	head -c 12288 /dev/zero >"$S/stick/other" 2>/dev/null
ferry 1 b3 export "$S/stick/ward.ferry" && has 'the stick is full' &&
	[ "$(cat "$S/stick/ward.ferry")" = old ] && [ ! -e "$S/stick/ward.ferry.part" ]
ok "a full stick is said, and the file before stays as it was" $?

# Since a day: who lacks what was before hears of it.
ferry 0 b1 export "$S/late" --since 2099-01-01 && has '[1-9][0-9]* events'
ferry 0 b4 import "$S/late" && has 'everything else since 2099-01-01' && ferry 2 b1 export "$S/late" \
	--since gestern && has 'since which day'
ok "a file since a day" $?
board 5 false
ferry 1 b5 import "$S/late" && has "not for this board"
ok "a board that was admitted later needs a later file" $?
learns b2 0990000006 '/sms 1\n' && wait_for 20 as_many b2 ward &&
	ferry 0 ward export "$S/late" --since 2099-01-01 && ferry 1 b5 import "$S/late" &&
	has 'Its writer held [0-9]+ events in [0-9]+ streams that are still missing here' &&
	ferry 0 ward export "$S/all" && ferry 0 b5 import "$S/all" && same b2 b5
ok "what a file since a day leaves out is missing, and said to be" $?

# Two at once, and a client that goes in the middle.
timeout 10 perl -MIO::Socket::UNIX -e '
	my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "connect: $!\n";
	print $s qq({"cmd":"ferry","id":1,"do":"export"}\n{"cmd":"ferry","id":2,"do":"import"}\n);
	while (<$s>) { print; exit if /"id":2/ }
' "$S/b4/ctl" >"$S/out" 2>&1
has 'another ferry file' && ferry 0 b4 export "$S/b4.ferry"
ok "one at a time; whoever goes away leaves nothing behind" $?

mesh ward revoke "cho 3" >"$S/out" 2>&1
ferry 0 ward export "$S/all" && has 'for 5 boards' && ferry 1 b3 import "$S/all" &&
	has 'not for this board' && ferry 1 ward import "$S/b3.ferry" && has 'revoked'
ok "a revoked board gets no file, and its own are not taken" $?

last_checks
