#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The month's money: counted from what went out, with an alarm before it is spent.
. tests/harness/tap.sh

status() { run 0 "$laido" status --socket "$S/purse.ctl"; }
# sent N CHANNEL STATE [DAYS AGO]: N messages of two parts in the board's outbox, while it is down.
sent() {
	sqlite3 "$S/purse/laido.db" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
		WHERE i < $1) INSERT INTO outbox (p, state, prio, alphabet, channel, dest, what, why,
		parts, tries, created, due, changed, text) SELECT zeroblob(16), $3, 2, 0, '$2', '+84912345678',
		'A', '', 2, 1, t, t, t, 'x' FROM n, (SELECT CAST(strftime('%s', 'now', '-${4-0} days') AS
		INTEGER) * 1000 AS t)" >"$S/out" 2>&1
}
again() {
	stop purse
	"$@"
	serve purse
}

fresh_content
conf purse 'outbox = { vnd_per_month = 6000; };'
serve purse
status && has '^money +this month 0 parts, 0 VND; about 0 VND by its end of 6000' && ! has TROUBLE
ok "nothing is spent at first" $?
# 300 VND a part: 4 messages sent, delivered, given to the channel, or nobody knows.
again eval 'sent 1 sim1 1; sent 1 sim1 2; sent 1 sim2 3; sent 1 sim2 5'
status && has '^money +this month 8 parts, 2400 VND'
ok "what went out, or may have, is counted" $?
again eval 'sent 5 sim1 0; sent 5 sim1 4; sent 5 sim1 6; sent 5 phone 3; sent 5 sim1 2 40'
status && has '^money +this month 8 parts, 2400 VND'
ok "not what waits, failed or was cancelled, nor the simulated handset, nor last month" $?
again eval 'sent 7 sim1 3'
status && has '^money +this month 22 parts, 6600 VND' "TROUBLE .*money is spent: 6600 of 6000"
ok "the alarm, when it is spent" $?
run 0 "$laido" plan "$S/content" --config "$S/purse.conf" --learners 50 &&
	has '6,000 VND a month pay for' 'more than the month.s money'
ok "the plan knows what there is" $?
run 0 "$laido" status --json --socket "$S/purse.ctl" && has '"budget_vnd": 6000' '"vnd": 6600'
ok "status says it to programs" $?

last_checks
