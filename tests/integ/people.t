#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# People who act for each other, from handset to handset through laidod: a pupil and a parent.
set -u
: "${B:=build}"
S=$(mktemp -d /tmp/laido-people.XXXXXX)
. tests/harness/lib.sh
trap 'stop_all; rm -rf "$S"' EXIT
trap 'exit 1' INT TERM HUP

laido=$B/bin/laido
n=0
ok() {
	n=$((n + 1))
	if [ "$2" = 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$S/out"
	fi
}
# play NUMBER: the dialogue on standard input.
play() {
	cat >"$S/script"
	"$laido" phone "$1" --socket "$S/ctl" --script "$S/script" >"$S/out" 2>&1 </dev/null
}
answers() { "$laido" status --socket "$S/ctl" 2>&1 | grep -qv 'no daemon answers'; }

mkdir "$S/state"
cat >"$S/laidod.conf" <<END
name = "people-t";
state_dir = "$S/state";
content_dir = "conf/content";
ctl_socket = "$S/ctl";
vty_port = 0;
approve_all = true;
clock = { trust_system = true; };
phone = { enable = true; in_reports = true;
  ranges = ( { first = "0990000000"; last = "0990000999"; } ); };
END
start laidod "$B/bin/laidod" -c "$S/laidod.conf"
up laidod 10 answers

# ---- a pupil and a parent, from two telephones ----

PUPIL=0990000001 PARENT=0990000002
play $PUPIL <<'END'
> HOC
< (sms)
< Lop hoc so...
> 1
< (sms)
< 1/10 ...
< ...
> dk hocsinh
< (sms)
< Em can bo me dong y. Nho bo hoac me nhan CON ...
END
ok "a pupil is given a ticket, not the course" $?
printf '> DK 7\n' | "$laido" phone $PUPIL --socket "$S/ctl" --sms --plain >"$S/out" 2>&1
ticket=$(sed -n 's/.*CON \([0-9]\{4\}\).*/\1/p' "$S/out")
[ "$ticket" ] && play $PARENT <<END
> CON $((ticket == 9999 ? 1000 : ticket + 1))
< (sms)
< So phieu CON ...
> Con $ticket
< (sms)
< P. Dinh Cong: con xin hoc ky nang so qua tin nhan...
> ok
< (nothing)
> 1
< (sms)
< Da ghi bo me dong y. Muon rut lai luc nao cung duoc: nhan CON $ticket HUY.
END
ok "a parent names the ticket and agrees" $?
play $PUPIL <<'END'
< (sms)
< 1/8 Em hoc xong moi choi...
< ...
> 2
< (sms)
< Dung roi: Mot gio...
END
ok "the pupil has lesson 1 without having asked again" $?
play $PARENT <<END
> CON $ticket HUY
< (sms)
< Da rut lai...
END
play $PUPIL <<'END'
> TIEP
< (sms)
< 1/10 ...
< ...
> DK 7
< (sms)
< Em can bo me...
END
ok "taken back: the other course goes on, this one needs consent anew" $?

echo "1..$n"
