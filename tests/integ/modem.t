#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# SMS through the real libgammu: chan/modem in a small host, laido-modem, and the simulated modem
# of tests/tools/atsim.c, through the faults that modems have.
# takes 75 s
# slow
. tests/harness/begin.sh
. tests/harness/modem.sh
start sim "$B/tools/atsim" --link "$S/tty" --control "$S/ctl"
wait_for 5 test -S "$S/ctl"
start_host
does "the modem comes up" host_says 1 '^state up'
worker
does "it is identified" grep -q "model=SIMULATED imei=861234567890123 imsi=452040123456789" "$S/host.out"
does "the worker is confined by seccomp" grep -q '^Seccomp:[[:space:]]*2' "/proc/$pid/status"
polled() { worker && tail -n 1 "$S/host.out" | grep -q 'oper=Viettel signal=21 reg=1 sim=0/50'; }
does "its operator, signal and storage are known" wait_for 10 polled

# ---- receiving ----
sim sms +84912345678 'DK HOC {1} [2] ~ € @'
does "receives GSM-7 with extension characters" \
	host_says 1 'inbound from=\+84912345678 .* budget=160/70/3 text=DK HOC \{1\} \[2\] ~ € @$'
sim ucs2 +84912345678 'Đăng ký học ~ 😀'
does "receives UCS-2" host_says 1 'text=Đăng ký học ~ 😀$'
long='Tôi muốn học nhưng không biết bắt đầu từ đâu, nhờ cô chú anh chị trong tổ chỉ giúp với ạ, xin cảm ơn nhiều'
sim sms +84912345678 "$long"
does "receives a concatenated message as one" host_says 1 "text=$long\$"
sim sms VIETTEL 'Quy khach da nap 10000d'
does "receives from a name" host_says 1 'inbound from=VIETTEL .*Quy khach'
does "the SIM is empty once all is committed" wait_for 10 empty
sim twice on
sim sms +84912345678 'hai lan'
sim twice off
does "a doubled delivery is one message" host_says 1 'text=hai lan$'
sim part +84900000001 7 3 3 'cuoi'
sim part +84900000002 7 3 1 'cua nguoi khac '
sim part +84900000001 7 3 1 'dau '
does "parts of two senders are kept apart, gaps marked after the time-out" \
	host_says 1 'from=\+84900000001 .*text=dau  \[\.\.\.\] cuoi$'
does "and the other sender's comes by itself" host_says 1 'from=\+84900000002 .*text=cua nguoi khac '
sim pdu 0044048112340008421132323232820AFF0301020102030405
sim pdu 00FFFFFF
sim sms +84912345678 'sau rac'
does "damaged PDUs do no harm" host_says 1 'text=sau rac$'
order commit off
sim sms +84912345678 'chua luu'
does "what is not committed" host_says 1 'text=chua luu$'
does "stays on the SIM" test "$(ask stored)" != "ok 0 stored"
ref=$(sed -n 's/.* ref=\([0-9]*\) .*text=chua luu$/\1/p' "$S/host.out")
order commit on
order committed "$ref"
does "and goes when it is" wait_for 10 empty
order full on
sim sms +84912345678 'hang doi day'
does "the gateway's queue is full" wait_for 10 at_least 1 '^refused'
order full off
does "then the message comes later" host_says 1 'text=hang doi day$'

# ---- calls ----
sim call 0912000111
does "a missed call is told once, without waiting for its end" host_says 1 '^call from=0912000111$'
does "and hung up" sim_says 1 '^hungup from=0912000111'
sim urc 'MISSED_CALL: 11:42AM 0912000222'
does "a MISSED_CALL line is a call too" host_says 1 '^call from=0912000222$'

# ---- sending ----
gsm7='Tra loi 1, 2 hoac 3: @£$ {x} [y] ~ \\ | ^ € àÉ?'
order "send 1 +84987654321 gsm7 $gsm7"
does "sends GSM-7" sim_says 1 '^sent to=\+84987654321 alphabet=gsm7 parts=1 octets=[0-9]+ text=Tra loi 1, 2 hoac 3: @£\$ \{x\} \[y\] ~ \\\\ \| \^ €'
does "and is told so" host_says 1 'sent id=1 what=ok parts=1'
does "and of its delivery" host_says 1 'sent id=1 what=delivered'
order 'send 2 +84987654321 ucs2 Trả lời ~ 1'
does "sends UCS-2, with the character that libgammu eats" sim_says 1 'alphabet=ucs2 parts=1 octets=22 text=Trả lời ~ 1$'
host_says 1 'sent id=2 what=delivered'
sim reports first
order "send 3 +84987654321 ucs2 $long"
does "sends a long message in parts" sim_says 1 "alphabet=ucs2 parts=2 octets=[0-9]+ text=$long\$"
does "with reports that come before the answer" host_says 1 'sent id=3 what=delivered parts=2'
does "which do not make it sent twice or unknown" host_says 1 'sent id=3 what=(ok|unknown)'
sim reports after
sim storm 100
order 'send 4 +84987654321 gsm7 giua con bao'
sim storm 100
does "sends amid foreign lines" host_says 1 'sent id=4 what=ok'
sim sms +84912345678 'giua con bao'
does "and receives" host_says 1 'text=giua con bao$'
sim cms 38
order 'send 5 +84987654321 gsm7 lan dau bi nghen'
does "a busy network means try again" host_says 1 'sent id=5 what=retry'
sim cms 28
order 'send 6 +84987654321 gsm7 bi tu choi'
does "a refusal is final" host_says 1 'sent id=6 what=failed .*CMS 28'
sim cms 21
order 'send 9 +84987654321 gsm7 SIM bi chan'
does "a SIM that may not send is no fault of the message" host_says 1 'sent id=9 what=barred .*CMS 21'
order 'send 7 +84987654321 gsm7 Đ'
does "text that the alphabet lacks is not taken" host_says 1 'send id=7 rc=a character'
sim restart
order 'send 8 +84987654321 gsm7 sau khi khoi dong lai'
does "a modem that restarts by itself gets its settings again" host_says 1 'sent id=8 what=ok'
sim sms +84912345678 'van bao tin moi'
does "and announces messages as before" host_says 1 'text=van bao tin moi$'

# ---- crashes: nothing twice ----
ups() { count '^state up'; }
before=$(ups)
sim network 1500
sim reports after 4000
order 'send 20 +84987654321 gsm7 chet giua chung'
wait_for 30 sim_at_least 1 'text=chet giua chung'
worker
kill -9 "$pid"
does "a worker killed while the network takes a message is replaced" host_says $((before + 1)) '^state up'
does "the message is settled by its delivery report" host_says 1 'sent id=20 what=ok parts=[01] why=settled'
sim reports never
order 'send 21 +84987654321 gsm7 khong bao gio ro'
wait_for 30 sim_at_least 1 'text=khong bao gio ro'
worker
kill -9 "$pid"
does "or unknown when no report comes" host_says 1 'sent id=21 what=(ok|unknown|retry|failed)'
does "namely unknown" host_says 1 'sent id=21 what=unknown'
wait_for 10 at_least $((before + 2)) '^state up'
sim network 0
sim reports after 50
order 'send 21 +84987654321 gsm7 khong bao gio ro'
does "sent again blindly it is not" wait_for 10 at_least 2 'sent id=21 what=unknown'
does "it went out once" sim_says 1 'text=khong bao gio ro$'
order 'settle 1'
does "the journal settles what was sent" host_says 1 'sent id=1 what=ok parts=1 why=settled by the journal'
order 'settle 999'
does "and what was never started" host_says 1 'sent id=999 what=retry'

# laidod itself dies: the worker finishes the part, the next one knows
before=$(ups)
sim network 2000
order 'send 30 +84987654321 gsm7 laidod chet'
wait_for 10 sim_at_least 1 'text=laidod chet'
kill -9 "$host"
start_host
order 'settle 30'
does "a message under way when laidod dies is settled as sent" \
	host_says 1 'sent id=30 what=ok parts=1 why=settled by the journal'
does "and the modem works on" host_says $((before + 1)) '^state up'
does "it went out once, too" sim_says 1 'text=laidod chet'
sim network 0

# ---- modems that hang ----
before=$(ups)
sim silent 1
order 'send 40 +84977777777 gsm7 im lang sau Ctrl-Z'
does "silence after Ctrl-Z is settled by the delivery report" host_says 1 'sent id=40 what=ok'
does "and a new start" host_says $((before + 1)) '^state up'
before=$(ups)
sim mute on
does "a mute modem is noticed" wait_for 20 at_least 1 '^state down the modem does not answer'
sim mute off
does "and is back when it speaks again" wait_for 20 at_least $((before + 1)) '^state up'
before=$(ups)
sim drop 40
order 'send 41 +84987654321 gsm7 mat chu tren duong day'
does "lost octets end in a result" wait_for 40 at_least 1 'sent id=41 what=(ok|retry|unknown|failed)'
wait_for 20 at_least $((before + 1)) '^state up'
before=$(ups)
order quit
wait "$host"
LD_PRELOAD=$B/tools/die.so LAIDO_DIE="laido-modem stand frame-21 1" LAIDO_DIE_MARK=$S/mark start_host
wait_for 20 at_least $((before + 1)) '^state up'
order 'send 42 +84987654321 gsm7 roi dung yen'
does "a worker that stands still, though the modem owes nothing, is noticed" \
	wait_for 30 at_least 1 '^state down .* stands still, though the modem owes nothing'
does "and what it had sent is settled by the next one" \
	wait_for 20 at_least 1 'sent id=42 what=ok parts=1 why=settled by the journal'
does "it went out once, too" sim_says 1 'text=roi dung yen$'
wait_for 20 at_least 1 'sent id=42 what=delivered'
before=$(ups)
sim hangup
does "an unplugged modem is noticed" wait_for 10 at_least 1 '^state down the modem was unplugged'
sim plug
does "and found again" wait_for 20 at_least $((before + 1)) '^state up'
sim sms +84912345678 'sau khi cam lai'
does "with its messages" host_says 1 'text=sau khi cam lai$'

# ---- the PIN: three wrong ones would lock the SIM ----
sim pin 1234
restart_with
does "a locked SIM is explained" wait_for 20 at_least 1 '^state down the SIM wants a PIN'
restart_with pin=9999
does "a wrong PIN is explained" wait_for 20 at_least 1 '^state down the SIM refused'
does "and not tried again by the next worker" wait_for 20 at_least 1 '^state down .*refused this PIN before'
does "so that one try was lost" sim_says 1 '^pin refused'
before=$(ups)
restart_with pin=1234
does "the right one opens it" wait_for 20 at_least $((before + 1)) '^state up'

does "no part went out twice" test "$(sim_log '^repeated|^malformed')" = 0
order quit
does "the host ends" wait "$host"
echo "1..$n"
exit $bad
