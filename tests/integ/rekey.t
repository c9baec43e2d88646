#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# takes 40 s
# slow
# A ward's key is stolen (ADR 0014): a ward and two boards as real processes, a thief with a copy of the
# ward's state, and the root key on a stick. The root's word is brought to one board by hand.
. tests/harness/veth.sh

# ward NAME PORT PAGE
ward_conf() {
	cat >"$S/$1.conf" <<END
name = "W"; state_dir = "$S/$1"; mesh_host = "::"; mesh_port = $2; web_port = $3;
mesh_hello = false; clock = { trust_system = true; };
END
}
ward_conf ward 7443 7480
ward_conf thief 7443 7480
laido_ward() { w=$1; shift; "$B/bin/laido-ward" -c "$S/$w.conf" "$@"; }
board_conf() {
	mkdir -p "$S/b$1"
	cat >"$S/b$1.conf" <<END
name = "b$1"; state_dir = "$S/b$1"; ctl_socket = "$S/b$1/ctl"; vty_port = 0; approve_all = true;
clock = { trust_system = true; };
ward = { enable = true; host = "::1"; port = 7443; };
mesh = { listen = true; every_s = 2; port = 745$1; hello = true; };
phone = { enable = true; in_reports = true;
          ranges = ( { first = "0990000000"; last = "0990000999"; } ); };
END
}
mesh() { m=$1; shift; "$laido" mesh "$@" --socket "$S/$m"; }
json() { mesh "$@" --json 2>/dev/null; }
ready() { mesh "$1" status >/dev/null; }
start_ward() {
	start "$1" "$B/bin/laido-ward" -c "$S/$1.conf"
	up "$1" 20 ready "$1/ctl.sock"
}
join() {
	key=$("$laido" mesh init --state "$S/b$1")
	mesh ward/ctl.sock invite "$key" "cho $1" >"$S/invite$1"
	"$laido" mesh join "$S/invite$1" --state "$S/b$1" >"$S/out" 2>&1
}
start_board() {
	start "b$1" "$B/bin/laidod" -c "$S/b$1.conf"
	up "b$1" 20 ready "b$1/ctl"
}
number_is() { json "$1" status | jq -e --argjson n "$2" '.ward_number == $n'; }
revoked() { json "$1" status | jq -e --arg k "$2" '.members[] | select(.key == $k or .name == $k) | .revoked'; }
# knows LEARNERS: the ward, of so many.
knows() {
	"$laido" home list --json --socket "$S/ward/ctl.sock" |
		jq -e --argjson n "$1" '[.homes[].learners] | add == $n'
}
learn() {
	printf '*123#\n1\n' | "$laido" phone "$2" --socket "$S/b$1/ctl" --plain >"$S/out" 2>&1
}

# ---- a ward that has boards already gets a root key ----
board_conf 1
board_conf 2
start_ward ward
old=$(json ward/ctl.sock status | jq -r .key)
join 1
start_board 1
learn 1 0990000001
wait_for 20 knows 1
mkdir "$S/stick"
try 1 laido_ward ward --root "$S/stick" && has 'in use'
ok "not while it runs" $?
stop ward
try 0 laido_ward ward --root "$S/stick" && has 'lock it away' && [ -f "$S/stick/laido-root" ] &&
	! try 0 laido_ward ward --root "$S/stick"
ok "a root key is made on a stick, once" $?
start_ward ward
wait_for 30 number_is b1/ctl 1
ok "the board hears of it from its ward and starts anew by itself" $?
join 2 && start_board 2 && wait_for 20 number_is b2/ctl 1
ok "another board has it from its invite" $?
learn 2 0990000002
wait_for 20 knows 2
ok "both exchange with the ward" $?

# ---- the theft ----
stop ward
cp -r "$S/ward" "$S/thief"
rm -f "$S"/thief/*.sock
start_ward thief
mesh thief/ctl.sock revoke "cho 2" >"$S/out" 2>&1
wait_for 20 revoked b1/ctl "cho 2"
ok "a thief with the ward's key is believed" $?
stop thief
try 0 laido_ward ward --rekey "$S/stick" && has 'key number 2'
ok "the ward gets another key, signed by the root key" $?
start_ward ward
new=$(json ward/ctl.sock status | jq -r .key)
[ "$new" != "$old" ] && wait_for 10 number_is ward/ctl.sock 2 && wait_for 10 revoked ward/ctl.sock "$old"
ok "it goes on with what it held, and has cut the old one off" $?

# ---- the root's word, by hand ----
sed 's/^\(warrant 2 .\{10\}\)./\1x/' "$S/stick/laido-warrants" >"$S/forged"
try 1 mesh b1/ctl warrant "$S/forged" && has 'altered'
ok "a warrant that was altered is refused" $?
grep -v '^warrant 2' "$S/stick/laido-warrants" >"$S/older"
try 0 mesh b1/ctl warrant "$S/older" && number_is b1/ctl 1 >/dev/null
ok "an older one changes nothing" $?
try 0 mesh b1/ctl warrant "$S/stick/laido-warrants" && wait_for 20 number_is b1/ctl 2
ok "a board takes the new one and starts anew by itself" $?
wait_for 30 number_is b2/ctl 2
ok "the other hears it from that one, although the thief had cut it off" $?
recovered() { ! revoked b1/ctl "cho 2" && ! revoked b2/ctl "cho 2" && revoked b2/ctl "$old"; }
wait_for 30 recovered
ok "what the thief wrote counts no more" $?
learn 2 0990000003
wait_for 30 knows 3
ok "all exchange with the ward under its new key" $?
term() { json b1/ctl status | jq -e '.term.runs'; }
wait_for 20 term
ok "and may send lessons by its word" $?

# ---- the old key, once more ----
stop ward
start_ward thief
mesh thief/ctl.sock revoke "cho 1" >"$S/out" 2>&1
refused() { json b1/ctl peers | jq -e '.peers[] | select(.port == 7443) | .why | test("key")'; }
wait_for 20 refused && ! revoked b2/ctl "cho 1" >/dev/null
ok "nobody talks to the old key any more" $?
stop thief

# ---- everything is lost but the stick ----
mv "$S/ward" "$S/lost"
try 0 laido_ward ward --rekey "$S/stick" && has 'key number 3' 'invite one of them again' &&
	start_ward ward
mesh ward/ctl.sock invite "$("$laido" mesh init --state "$S/b2")" "cho 2" >"$S/invite3"
try 0 mesh b2/ctl warrant "$S/stick/laido-warrants" && wait_for 30 number_is b1/ctl 3 &&
	wait_for 30 knows 3
ok "a ward that lost everything begins anew by the stick, and gets it all back from its boards" $?
run 0 "$laido" mesh revoke "ward, key 2" --socket "$S/ward/ctl.sock" && learn 1 0990000004 &&
	wait_for 30 knows 4
ok "it says how far the key before counts, and all goes on" $?
for i in b1 b2 ward; do stop $i; done
last_checks
