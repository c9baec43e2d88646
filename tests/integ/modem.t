#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# SMS through the real libgammu: chan/modem in a small host, laido-modem, and the simulated modem
# of tests/tools/atsim.c, through the faults that modems have.
# takes 60 s
# slow
set -u
: "${B:=build}"
B=$(cd "$B" && pwd)
S=$(mktemp -d /tmp/laido-modem.XXXXXX)
. tests/harness/lib.sh
trap 'stop_all; rm -rf "$S"' EXIT
trap 'exit 1' INT TERM HUP

. tests/harness/modem.sh
start sim "$B/tools/atsim" --link "$S/tty" --control "$S/ctl"
wait_for 5 test -S "$S/ctl"
start_host
ok "the modem comes up" host_says 1 '^state up'
worker
ok "it is identified" grep -q "model=SIMULATED imei=861234567890123 imsi=452040123456789" "$S/host.out"
ok "the worker is confined by seccomp" grep -q '^Seccomp:[[:space:]]*2' "/proc/$pid/status"
polled() { worker && tail -n 1 "$S/host.out" | grep -q 'oper=Viettel signal=21 reg=1 sim=0/50'; }
ok "its operator, signal and storage are known" wait_for 10 polled

# ---- receiving ----
sim sms +84912345678 'DK HOC {1} [2] ~ € @'
ok "receives GSM-7 with extension characters" \
	host_says 1 'inbound from=\+84912345678 .* budget=160/70/3 text=DK HOC \{1\} \[2\] ~ € @$'
sim ucs2 +84912345678 'Đăng ký học ~ 😀'
ok "receives UCS-2" host_says 1 'text=Đăng ký học ~ 😀$'
long='Tôi muốn học nhưng không biết bắt đầu từ đâu, nhờ cô chú anh chị trong tổ chỉ giúp với ạ, xin cảm ơn nhiều'
sim sms +84912345678 "$long"
ok "receives a concatenated message as one" host_says 1 "text=$long\$"
sim sms VIETTEL 'Quy khach da nap 10000d'
ok "receives from a name" host_says 1 'inbound from=VIETTEL .*Quy khach'
ok "the SIM is empty once all is committed" wait_for 10 empty
sim twice on
sim sms +84912345678 'hai lan'
sim twice off
ok "a doubled delivery is one message" host_says 1 'text=hai lan$'
sim part +84900000001 7 3 3 'cuoi'
sim part +84900000002 7 3 1 'cua nguoi khac '
sim part +84900000001 7 3 1 'dau '
ok "parts of two senders are kept apart, gaps marked after the time-out" \
	host_says 1 'from=\+84900000001 .*text=dau  \[\.\.\.\] cuoi$'
ok "and the other sender's comes by itself" host_says 1 'from=\+84900000002 .*text=cua nguoi khac '
sim pdu 0044048112340008421132323232820AFF0301020102030405
sim pdu 00FFFFFF
sim sms +84912345678 'sau rac'
ok "damaged PDUs do no harm" host_says 1 'text=sau rac$'
order commit off
sim sms +84912345678 'chua luu'
ok "what is not committed" host_says 1 'text=chua luu$'
ok "stays on the SIM" test "$(ask stored)" != "ok 0 stored"
ref=$(sed -n 's/.* ref=\([0-9]*\) .*text=chua luu$/\1/p' "$S/host.out")
order commit on
order committed "$ref"
ok "and goes when it is" wait_for 10 empty
order full on
sim sms +84912345678 'hang doi day'
ok "the gateway's queue is full" wait_for 10 at_least 1 '^refused'
order full off
ok "then the message comes later" host_says 1 'text=hang doi day$'

# ---- calls ----
sim call 0912000111
ok "a missed call is told once, without waiting for its end" host_says 1 '^call from=0912000111$'
ok "and hung up" sim_says 1 '^hungup from=0912000111'
sim urc 'MISSED_CALL: 11:42AM 0912000222'
ok "a MISSED_CALL line is a call too" host_says 1 '^call from=0912000222$'

# ---- sending ----
gsm7='Tra loi 1, 2 hoac 3: @£$ {x} [y] ~ \\ | ^ € àÉ?'
order "send 1 +84987654321 gsm7 $gsm7"
ok "sends GSM-7" sim_says 1 '^sent to=\+84987654321 alphabet=gsm7 parts=1 octets=[0-9]+ text=Tra loi 1, 2 hoac 3: @£\$ \{x\} \[y\] ~ \\\\ \| \^ €'
ok "and is told so" host_says 1 'sent id=1 what=ok parts=1'
ok "and of its delivery" host_says 1 'sent id=1 what=delivered'
order 'send 2 +84987654321 ucs2 Trả lời ~ 1'
ok "sends UCS-2, with the character that libgammu eats" sim_says 1 'alphabet=ucs2 parts=1 octets=22 text=Trả lời ~ 1$'
host_says 1 'sent id=2 what=delivered'
sim reports first
order "send 3 +84987654321 ucs2 $long"
ok "sends a long message in parts" sim_says 1 "alphabet=ucs2 parts=2 octets=[0-9]+ text=$long\$"
ok "with reports that come before the answer" host_says 1 'sent id=3 what=delivered parts=2'
ok "which do not make it sent twice or unknown" host_says 1 'sent id=3 what=(ok|unknown)'
sim reports after
sim storm 100
order 'send 4 +84987654321 gsm7 giua con bao'
sim storm 100
ok "sends amid foreign lines" host_says 1 'sent id=4 what=ok'
sim sms +84912345678 'giua con bao'
ok "and receives" host_says 1 'text=giua con bao$'
sim cms 38
order 'send 5 +84987654321 gsm7 lan dau bi nghen'
ok "a busy network means try again" host_says 1 'sent id=5 what=retry'
sim cms 28
order 'send 6 +84987654321 gsm7 bi tu choi'
ok "a refusal is final" host_says 1 'sent id=6 what=failed .*CMS 28'
sim cms 21
order 'send 9 +84987654321 gsm7 SIM bi chan'
ok "a SIM that may not send is no fault of the message" host_says 1 'sent id=9 what=barred .*CMS 21'
order 'send 7 +84987654321 gsm7 Đ'
ok "text that the alphabet lacks is not taken" host_says 1 'send id=7 rc=a character'
sim restart
order 'send 8 +84987654321 gsm7 sau khi khoi dong lai'
ok "a modem that restarts by itself gets its settings again" host_says 1 'sent id=8 what=ok'
sim sms +84912345678 'van bao tin moi'
ok "and announces messages as before" host_says 1 'text=van bao tin moi$'

# ---- crashes: nothing twice ----
ups() { count '^state up'; }
before=$(ups)
sim network 1500
sim reports after 4000
order 'send 20 +84987654321 gsm7 chet giua chung'
wait_for 30 sim_at_least 1 'text=chet giua chung'
worker
kill -9 "$pid"
ok "a worker killed while the network takes a message is replaced" host_says $((before + 1)) '^state up'
ok "the message is settled by its delivery report" host_says 1 'sent id=20 what=ok parts=[01] why=settled'
sim reports never
order 'send 21 +84987654321 gsm7 khong bao gio ro'
wait_for 30 sim_at_least 1 'text=khong bao gio ro'
worker
kill -9 "$pid"
ok "or unknown when no report comes" host_says 1 'sent id=21 what=(ok|unknown|retry|failed)'
ok "namely unknown" host_says 1 'sent id=21 what=unknown'
wait_for 10 at_least $((before + 2)) '^state up'
sim network 0
sim reports after 50
order 'send 21 +84987654321 gsm7 khong bao gio ro'
ok "sent again blindly it is not" wait_for 10 at_least 2 'sent id=21 what=unknown'
ok "it went out once" sim_says 1 'text=khong bao gio ro$'
order 'settle 1'
ok "the journal settles what was sent" host_says 1 'sent id=1 what=ok parts=1 why=settled by the journal'
order 'settle 999'
ok "and what was never started" host_says 1 'sent id=999 what=retry'

# laidod itself dies: the worker finishes the part, the next one knows
before=$(ups)
sim network 2000
order 'send 30 +84987654321 gsm7 laidod chet'
wait_for 10 sim_at_least 1 'text=laidod chet'
kill -9 "$host"
start_host
order 'settle 30'
ok "a message under way when laidod dies is settled as sent" \
	host_says 1 'sent id=30 what=ok parts=1 why=settled by the journal'
ok "and the modem works on" host_says $((before + 1)) '^state up'
ok "it went out once, too" sim_says 1 'text=laidod chet'
sim network 0

# ---- modems that hang ----
before=$(ups)
sim silent 1
order 'send 40 +84977777777 gsm7 im lang sau Ctrl-Z'
ok "silence after Ctrl-Z is settled by the delivery report" host_says 1 'sent id=40 what=ok'
ok "and a new start" host_says $((before + 1)) '^state up'
before=$(ups)
sim mute on
ok "a mute modem is noticed" wait_for 20 at_least 1 '^state down the modem does not answer'
sim mute off
ok "and is back when it speaks again" wait_for 20 at_least $((before + 1)) '^state up'
before=$(ups)
sim drop 40
order 'send 41 +84987654321 gsm7 mat chu tren duong day'
ok "lost octets end in a result" wait_for 40 at_least 1 'sent id=41 what=(ok|retry|unknown|failed)'
wait_for 20 at_least $((before + 1)) '^state up'
before=$(ups)
sim hangup
ok "an unplugged modem is noticed" wait_for 10 at_least 1 '^state down the modem was unplugged'
sim plug
ok "and found again" wait_for 20 at_least $((before + 1)) '^state up'
sim sms +84912345678 'sau khi cam lai'
ok "with its messages" host_says 1 'text=sau khi cam lai$'

# ---- the PIN: three wrong ones would lock the SIM ----
sim pin 1234
restart_with
ok "a locked SIM is explained" wait_for 20 at_least 1 '^state down the SIM wants a PIN'
restart_with pin=9999
ok "a wrong PIN is explained" wait_for 20 at_least 1 '^state down the SIM refused'
ok "and not tried again by the next worker" wait_for 20 at_least 1 '^state down .*refused this PIN before'
ok "so that one try was lost" sim_says 1 '^pin refused'
before=$(ups)
restart_with pin=1234
ok "the right one opens it" wait_for 20 at_least $((before + 1)) '^state up'

ok "no part went out twice" test "$(sim_log '^repeated|^malformed')" = 0
order quit
ok "the host ends" wait "$host"
echo "1..$n"
exit $bad
