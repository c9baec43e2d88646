#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Two modems and one queue, with the real worker: why a message waits, taking it back, an answer by
# the other SIM when hers may not send, and by hers again.
. tests/harness/tap.sh

fresh_content
conf o "modems = ( { name = \"sim1\"; device = \"$S/tty1\"; }, { name = \"sim2\"; device = \"$S/tty2\"; } );" \
	'outbox = { quiet_from = "00:00"; quiet_to = "00:00"; };'
sim() { i=$1; shift; "$B/tools/atsim" --ask "$S/sim$i" "$@"; }
modem() {
	start "modem$1" "$B/tools/atsim" --link "$S/tty$1" --control "$S/sim$1" \
		--imsi "45201000000000$1" --imei "86723400000000$1"
}
cmd() { run "$1" "$laido" message "$2" ${3+"$3"} ${4+"$4"} --socket "$S/o.ctl"; }
status_has() { "$laido" status --socket "$S/o.ctl" >"$S/out" 2>&1; has "$1"; }
sent() { sim "$1" log >"$S/out" && has "sent to=\+?84912345678 .*$2"; }
cat >"$S/people.csv" <<END
phone,course,tdp
0912345679,LUADAO,28
0912345680,LUADAO,28
END

serve o
run 0 "$laido" import invitations "$S/people.csv" --commit --socket "$S/o.ctl" && cmd 0 list --state queued &&
	has '\*\*\*679' '\*\*\*680' 'cannot send'
ok "without a modem they wait, and the list says why" $?
cmd 0 show 1 && has '^state +queued' '^why +sim[12] cannot send' '^prio +lesson' '^expires ' '^to +\*\*\*679' &&
	! grep -q '^goes' "$S/out"
ok "show names the rule; when it goes depends on somebody" $?
cmd 0 cancel 1 && has '^state +cancelled' 'cancelled by an operator' && cmd 1 cancel 1 && has 'still waits' &&
	cmd 2 cancel x
ok "one is taken back, once" $?
cmd 0 list --to 0912345679 && has '\*\*\*679' && ! grep -q '680' "$S/out" &&
	cmd 0 list --state cancelled && ! grep -q '680' "$S/out" &&
	cmd 0 list --prio reply && ! grep -q '\*\*\*' "$S/out" &&
	cmd 1 list --prio urgent && has 'no such urgency' && cmd 1 list --to 12 && has 'no mobile number'
ok "the list can be narrowed" $?

modem 1
modem 2
wait_for 30 status_has 'sim1 .*: up' && wait_for 30 status_has 'sim2 .*: up'
ok "two modems are up" $?
out_679() { for i in 1 2; do sim $i log; done >"$S/out"; has "sent to=.*912345680"; }
wait_for 20 out_679 && ! grep -q 'sent to=.*912345679' "$S/out"
ok "what waited goes out by either; what was taken back does not" $?

sim 2 sms +84912345678 HOC >"$S/out"
wait_for 20 sent 2 'Nhan 1 dong y'
ok "she writes to the second SIM, and it answers" $?
sim 2 barred 21 >"$S/out"
sim 2 sms +84912345678 HD >"$S/out"
wait_for 60 sent 1 ''
ok "barred from sending: the first SIM answers for it" $?
cmd 0 list --to 0912345678 && has 'sent|delivered' && ! grep -q failed "$S/out"
ok "and nothing of hers has failed" $?
count_of() { for i in 1 2; do sim $i log; done | grep -c "sent to=.*912345678 "; }
[ "$(count_of)" = 2 ]
ok "each answer left once" $?
last_checks
