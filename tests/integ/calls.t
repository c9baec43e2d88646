#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Missed calls (nhay may) through laidod and two simulated modems, and what operators see of modems
# and do about them: laido modems, the telnet door.
# takes 45 s
# slow
. tests/harness/tap.sh

port=4982
while port_taken $port; do port=$((port + 1)); done
mkdir "$S/ttys"
for m in 1 2; do
	start sim$m "$B/tools/atsim" --link "$S/ttys/$m" --control "$S/$m.sim" \
		--imei 86123456789012$m --imsi 45204000000000$m
	wait_for 5 test -S "$S/$m.sim"
done
fresh_content
conf board "vty_port = $port;" "outbox = { spacing_s = 0; };" "modem_ttys = \"$S/ttys/*\";" \
	"modems = ( { name = \"sim1\"; device = \"$S/ttys/1\"; profile = \"sim7600\";" \
	"             operator = \"viettel\"; vnd_per_part = 100; vnd_per_part_other = 250; }," \
	"           { name = \"sim2\"; device = \"\"; imei = \"861234567890122\"; } );"
sed -i '/^vty_port = 0;/d' "$S/board.conf"
sim() { m=$1; shift; "$B/tools/atsim" --ask "$S/$m.sim" "$@"; }
told() { "$laido" "$@" --socket "$S/board.ctl" >"$S/out" 2>&1; }
both_up() { told modems && test "$(grep -cE '^sim[12] +up ' "$S/out")" = 2; }
serve board
wait_for 20 both_up
ok "two modems come up, one by its place and one by its IMEI" $?
has '\*\*\*121 +\*\*\*001' '\*\*\*122 +\*\*\*002' '0/0/0/0' && ! grep -q 86123456789 "$S/out"
ok "laido modems shows them, numbers by their ends" $?

# ---- missed calls ----
out() { { sim 1 log; sim 2 log; } | grep "^sent to=$1 "; }
sent() { [ "$(out "$1" | wc -l)" = "$2" ]; }
got() { wait_for 10 sent "$1" "$2" || { out "$1" >"$S/out"; false; }; }
she=+84912000001
calls() { # calls MODEM FROM: rings until it is hung up
	k=$(sim "$1" log | grep -c '^hungup')
	sim "$1" call "$2" >/dev/null
	gone_up() { [ "$(sim "$m" log | grep -c '^hungup')" -gt "$k" ]; }
	wait_for 10 gone_up
}
calls 1 $she
ok "a call is hung up" $?
got $she 1
ok "a stranger is invited" $?
calls 2 $she
sim 1 sms +84912000009 'HOC' >/dev/null
got +84912000009 1
sent $she 1
ok "once, whichever number she calls" $?
sim 1 sms $she '1' >/dev/null
got $she 2
ok "she agrees and gets her first lesson" $?
hers() { [ "$(sqlite3 -readonly "$S/board/laido.db" "SELECT count(*) FROM route WHERE operator = 'Viettel'")" -ge 1 ]; }
wait_for 5 hers
ok "her service centre tells whose her number is, whatever its prefix" $?
sim 1 sms $she '2' >/dev/null
got $she 3
ok "her answer gets its verdict" $?
# the first modem has heard her a moment ago, the second may not have
told modems
calls 2 0912000001
wait_for 70 sent $she 4
ok "a learner's call is TIEP: the next lesson" $?
before=$({ sim 1 log; sim 2 log; } | grep -c '^sent')
for who in +8613912345678 1234 19001234 - 0243123456; do calls 1 $who; done
sim 2 sms $she 'HUY' >/dev/null
got $she 5
ok "who wants no more is told so" $?
calls 1 $she
sim 1 sms +84912000008 'HOC' >/dev/null
got +84912000008 1
ok "foreign, short, service, fixed and withheld numbers get nothing, nor does who has stopped" \
	"$([ "$({ sim 1 log; sim 2 log; } | grep -c '^sent')" = $((before + 2)) ]; echo $?)"

# ---- operators ----
run 0 "$laido" modems test sim2 0912000007 --seconds 60 --socket "$S/board.ctl" && has '(sent|delivered)'
ok "laido modems test sends by that modem" $?
sim 2 log | grep -q '^sent to=+84912000007 .*text=Lai Do: tin thu cua may sim2'
ok "by that one" $?
run 1 "$laido" modems test sim2 0912000001 --socket "$S/board.ctl" && has 'stopped all messages'
ok "not to who has stopped" $?
run 1 "$laido" modems test sim9 0912000007 --socket "$S/board.ctl" && has 'no modem has this name'
ok "nor by a modem that is none" $?
run 2 "$laido" modems tset sim1 --socket "$S/board.ctl"
ok "a wrong word is told" $?
timeout 20 "$laido" modems trace sim1 --seconds 3 --socket "$S/board.ctl" >"$S/out" 2>&1 &
trace=$!
heard() { sim 1 urc '+CMTI: "SM",1' >/dev/null; grep -q 'AT+CMGL=4' "$S/out"; }
wait_for 10 heard
wait $trace
ok "laido modems trace ends by itself" $?
has '^< \+CMTI' '^> AT\+CMGL=4$' && ! grep -qE '[0-9]{6}' "$S/out"
ok "shows the tty and no number" $?
sim 2 hangup >/dev/null
sim 2 imsi 452040000000099 >/dev/null
sim 2 plug >/dev/null
changed() { told modems && grep -q 'sim2: It had the SIM ...002, now it is ...099' "$S/out"; }
wait_for 20 changed
ok "a swapped SIM is said in a sentence" $?
told status && has 'TROUBLE +Modem sim2: It had the SIM'
ok "in laido status, too" $?
run 0 "$laido" modems accept sim2 --socket "$S/board.ctl" && has 'The SIM \*\*\*099 belongs in sim2'
ok "laido modems accept takes it" $?
wait_for 10 both_up
ok "and it sends again" $?
run 0 "$laido" modems --json --socket "$S/board.ctl" && has '"credit_vnd": ' '"todo": ""'
ok "--json has it all" $?
curl -s -m 3 "telnet://127.0.0.1:$port" <<END >"$S/out" 2>&1
show modems
show queue
END
has 'sim1: up; Lai Do SIMULATED at ' 'sim2: is free' 'last hour: sent '
ok "so has the telnet door" $?
last_checks
