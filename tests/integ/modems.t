#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Modems in the care of laidod's channel, with the real libgammu: found by their IMEI, SIMs that are
# swapped, barred, locked, empty or full, reports that are stored, modems that babble, hang or need
# their power cut.
# takes 90 s
# slow
. tests/harness/begin.sh
. tests/harness/modem.sh

info() { worker 2>/dev/null && tail -n 1 "$S/host.out" | grep -qE -- "$1"; }
told() { wait_for "${2-10}" info "$1"; }
ups() { count '^state up'; }
# again COMMAND...: done, the modem is up once more.
up_again() { wait_for 20 at_least $((before + 1)) '^state up'; }
replug() { sim hangup; for order; do sim $order; done; sim plug; }
send() { order "send $1 ${3-+84987654321} gsm7 $2"; }

mkdir "$S/ttys" "$S/elsewhere"
ln -s ttys "$S/port"
start sim "$B/tools/atsim" --link "$S/port/one" --control "$S/ctl"
start other "$B/tools/atsim" --link "$S/ttys/another" --control "$S/other" --imei 861234567890999
start foreign "$B/tools/atsim" --link "$S/foreign" --control "$S/foreign.ctl" --imei 861234567890123
wait_for 5 test -S "$S/foreign.ctl"
"$B/tools/atsim" --ask "$S/foreign.ctl" trace on >"$S/foreign.out"

# ---- which tty is it? ----
device=-
start_host imei=861234567890123 ttys="$S/ttys/*" sims="$S/sims" probe_ms=2000 same_call_ms=6000 \
	power="echo \$LAIDO_MODEM \$LAIDO_DEVICE >>$S/power; exec '$B/tools/atsim' --ask '$S/ctl' plug" \
	power_after=4 power_pause_ms=1000 operators=conf/modems credit_first_ms=200 credit_ms=1000
does "a modem is found by its IMEI among several" host_says 1 '^state up'
does "at the right tty" told "device=$S/ttys/one "
"$B/tools/atsim" --ask "$S/foreign.ctl" log >"$S/foreign.out"
does "a tty that is not ours was asked nothing" test "$(grep -c '^at ' "$S/foreign.out")" = 0
before=$(ups)
mv "$S/ttys/one" "$S/ttys/two"
sim hangup
ln -sf "$S/nowhere" "$S/ttys/one"
does "one that is unplugged is looked for" wait_for 10 at_least 1 '^state down no tty of'
ln -sfn elsewhere "$S/port"
rm "$S/ttys/two"        # the next pty may have the number of that one
sim plug
mv "$S/elsewhere/one" "$S/ttys/three"
does "and found elsewhere" up_again
does "there" told "device=$S/ttys/three "
ln -sfn ttys "$S/port"
mv "$S/ttys/three" "$S/ttys/one"

# ---- credit ----
does "the credit is asked for and understood" told 'credit=50000 low=0'
sim balance 'TKC: 4.500d.\nHSD 1/1/2027'
sim ussd text
does "an answer of several lines too; what is low is said" told 'credit=4500 low=1 .*todo=4500 VND are left'
sim balance 'Xin loi quy khach'
does "what the pattern does not fit is no credit" told 'credit=-1 '
sim ussd never
does "an operator that does not answer harms nothing" told 'state=1 '

# ---- the SIM is another one ----
before=$(ups)
replug 'imsi 452040000000042'
does "a swapped SIM sends nothing" host_says 1 '^state mute its SIM is not the one it had'
does "what to do is said" told 'changed=1 .*todo=It had the SIM \.\.\.789, now it is \.\.\.042\. Since June 2026'
send 1 'khong duoc gui'
does "it is not taken" host_says 1 '^send id=1 rc=too much work'
sim sms +84912345678 'van nhan'
does "it receives" host_says 1 'text=van nhan$'
replug 'imsi 452040123456789'
does "the old one may send again, unasked" up_again
before=$(ups)
replug 'imsi 452040000000042'
host_says 2 '^state mute its SIM'
order accept
does "so may the new one, when somebody says so" up_again
does "which is remembered" grep -q '^861234567890123 452040000000042 sim1$' "$S/sims"
does "instead of the other" test "$(grep -c . "$S/sims")" = 1

# ---- receives, cannot send ----
refusing='^state mute every message is refused since ..:.. '
sim barred 8
send 10 'bi chan' +84911111111
does "a barred SIM is not the message's fault" host_says 1 '^sent id=10 what=barred'
before=$(ups)
send 11 'bi chan nua' +84922222222
host_says 1 '^sent id=11 what=barred'
does "after two it is the SIM's state" host_says 1 "$refusing"
does "with advice" told 'todo=Receives, cannot send since ..:..: the network refuses every message\. The SIM wants'
does "it is tried again after a while" up_again
before=$(ups)
send 12 'van bi chan' +84933333333
does "one refusal is enough then" host_says 2 "$refusing"
sim barred 0
up_again
send 13 'duoc roi' +84933333333
does "until the network takes one" host_says 1 '^sent id=13 what=ok'
does "all is well" told 'state=1 .*todo= why='
for i in 1 2 3 4; do
	sim cms 21
	send 2$i 'so sai' +84944444444
	host_says 1 "^sent id=2$i what=barred"
done
does "a number that refuses four times is no such SIM" test "$(count "$refusing")" = 2
before=$(ups)
sim cms 28
send 25 'so khac' +84955555555
host_says 1 '^sent id=25 what=failed'
does "nor is one that does not exist" test "$(count "$refusing")" = 2
sim cms 21
send 27 'so khac' +84955555556
does "two numbers that refuse the SIM are" host_says 3 "$refusing"
up_again
send 26 'mo lai' +84955555555
host_says 1 '^sent id=26 what=ok'
before=$(ups)
sim creg 2
does "without a network nothing is tried" wait_for 10 at_least 1 '^state mute no network'
sim creg 5
does "with one it goes on" up_again

# ---- calls ----
sim call -
does "a withheld number is hung up" sim_says 1 '^hungup from=-'
does "and counted, not heard" told 'calls=1 ignored=1 '
sim urc 'NO CARRIER'
sim call 0912000111
host_says 1 '^call from=0912000111$'
sim_says 1 '^hungup from=0912000111'
sim call 0912000111
does "who calls again at once is hung up" sim_says 2 '^hungup from=0912000111'
does "and not heard" told 'calls=3 ignored=2 '
later() { sim call 0912000111; at_least 2 '^call from=0912000111$'; }
does "later it is a call again" wait_for 10 later

# ---- stored reports, full SIMs ----
before=$(ups)
replug 'ds 2 SR'
up_again
sim reports after 50
send 30 'bao cao trong SR'
does "reports in SR are fetched" host_says 1 '^sent id=30 what=delivered'
sim sms +84912345678 'sau SR'
does "and the messages' storage is in use again" host_says 1 'text=sau SR$'
before=$(ups)
replug 'ds 2'
up_again
send 31 'bao cao trong SM'
does "so are those among the messages" host_says 1 '^sent id=31 what=delivered'
before=$(ups)
replug 'ds 0 SR'
up_again
send 32 'bao cao khong bao'
does "and those that are not announced" host_says 1 '^sent id=32 what=delivered'
sim ds any
sim hangup
sim slots 5
i=0
while [ $i -lt 23 ]; do i=$((i + 1)); sim sms +84912345678 "tin so $i."; done
does "a full SIM keeps people waiting" test "$(ask held)" = "ok 18 held"
sim plug
all_came() { i=0; while [ $i -lt 23 ]; do i=$((i + 1)); at_least 1 "text=tin so $i\.\$" || return 1; done; }
does "until it is emptied" wait_for 20 all_came
does "each once" test "$(count 'text=tin so ')" = 23
does "it is empty" wait_for 10 empty
sim slots 50

# ---- PINs ----
before=$(ups)
restart_with sims="$S/sims" imei=861234567890123 ttys="$S/ttys/*" pin=9999 profile=conf/modems/sim7600
replug 'count +SPIC' 'pin 1234 1'
does "the last PIN try is nobody's but a person's" wait_for 10 at_least 1 '^state down the SIM has 1 PIN tries left'
does "not even a right one is risked" sh -c "! grep -q '^pin refused' $S/power 2>/dev/null && test \$($B/tools/atsim --ask $S/ctl log | grep -c '^pin refused') = 0"
replug 'puk on'
does "a blocked SIM is explained" wait_for 10 at_least 1 '^state down the SIM wants its PUK'
replug 'puk off' 'pin 1234 3' 'nosim on'
does "so is none" wait_for 20 at_least 1 '^state down no SIM'
sim nosim off
restart_with sims="$S/sims" imei=861234567890123 ttys="$S/ttys/*" pin=1234 profile=conf/modems/huawei \
	power="echo \$LAIDO_MODEM \$LAIDO_DEVICE >>$S/power; exec '$B/tools/atsim' --ask '$S/ctl' plug" \
	power_after=4 power_pause_ms=1000 operators=conf/modems credit_first_ms=200 credit_ms=1000
sim count '^CPIN'
sim ussd packed
sim balance 'TK chinh la 77,000 VND'
before=$(ups)
does "the right PIN opens it" up_again
does "a stick that packs its USSD is understood" told 'credit=77000 '

# ---- modems that lose their mind ----
order 'trace on'
sim babble 1
send 40 'giua loi noi nham'
does "babble harms nothing" host_says 1 '^sent id=40 what=ok'
sim babble 0
order 'trace off'
does "a trace shows the tty" at_least 1 '^trace > AT\+CMGS='
does "without numbers or texts" test "$(grep -cE '^trace .*[0-9]{6}' "$S/host.out")" = 0
sim prompt off
send 41 'khong co dau nhac'
does "no prompt means that nothing went out" wait_for 40 at_least 1 '^sent id=41 what=(retry|ok)'
sim prompt on
up_or_wait() { order info; told 'state=1 ' 20; }
up_or_wait
before=$(ups) downs=$(count '^state down')
sim loop on
does "a listing without end is ended" wait_for 60 at_least $((downs + 1)) '^state down'
sim loop off
does "and the modem is back" up_again

# ---- what comes in while something goes out ----
sim network 1500
send 42 'dang di'
goes_out() { [ "$(sim_log '^sent .*text=dang di$')" = 1 ]; }
wait_for 10 goes_out
sim sms +84912345678 'giua chung'
does "it goes out" host_says 1 '^sent id=42 what=ok'
line_of() { grep -nE -- "$1" "$S/host.out" | head -n 1 | cut -d : -f 1; }
does "a text that came meanwhile is told before that: its answer may be next" \
	test "$(line_of 'text=giua chung$')" -lt "$(line_of '^sent id=42 ')"

# ---- unplugged while it works; dead until its power is cut ----
sim network 30
sim reports never
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	send 5$i "tin tai $i."
	[ $i = 4 ] && { sim hangup; sim plug; }
	[ $i = 8 ] && { sim hangup; sim plug; }
	done_with() { at_least 1 "^sent id=5$i what=" || at_least 1 "^send id=5$i rc=too"; }
	wait_for 40 done_with
done
does "unplugged under load, nothing goes out twice" test "$(sim_log '^repeated|^malformed')" = 0
twice=$(ask log | sed -n 's/^sent .*text=\(tin tai [0-9]*\.\)$/\1/p' | sort | uniq -d)
does "nor is a message sent again" test -z "$twice"
told 'state=1 ' 20
before=$(ups)
sim hangup
does "a modem that stays away has its power cut" wait_for 20 grep -q "^sim1 $S/ttys/one$" "$S/power"
does "and comes back by that" up_again
does "which is counted" told 'power=[1-9]'

order quit
does "the host ends" wait "$host"
echo "1..$n"
exit $bad
