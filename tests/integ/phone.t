#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The simulated handset: `laido phone` over the control socket, first against a small host that
# answers by itself, then against laidod.
. tests/harness/tap.sh

phone() {
	code=$1
	shift
	run "$code" "$laido" phone 0990000001 --socket "$S/laidod.ctl" "$@"
}
answers() { "$laido" status --socket "$S/laidod.ctl" 2>&1 | grep -qv 'no daemon answers'; }

# ---- the host ----

phone 3 && has_text "no daemon answers at $S/laidod.ctl" "Start the daemon"
ok "without a daemon: exit 3, and how to start one" $?

start host "$B/tools/phone_host" "$S/laidod.ctl"
up host 5 answers

cat >"$S/all" <<'END'
# A comment, then a dialogue in a session.
> *123#
< Menu
< 1.Hoc bai
< ...
> 2
< Da go: 2
< Tiep?
> accents
< Định...
> 0
< (end)
< Tam biet
> two
< (sms)
< Mot
< (sms)
< Hai
< dong
> silent
< (nothing)
! call
< (sms)
< Da thay...
> *123#
! hangup
< (sms)
< Phien da dong
> later
! wait 10
< (sms)
< Bai moi
> *123#
> big
< (closed)...
! sms *123#
< (sms)
< 5: *123#
END
phone 0 --script "$S/all"
ok "a transcript with every kind of answer plays" $?

cp "$S/out" "$S/recorded"
phone 0 --script "$S/recorded"
ok "what it prints is itself a transcript that plays" $?

printf '> *123#\n< Menu\n< 1.Hoc\n< 2.Tai khoan\n< 0.Thoat\n< 9.Them\n' >"$S/differs"
phone 1 --script "$S/differs" --quiet && has_text "$S/differs:1: the answer to > *123# differs" \
	"-1.Hoc" "+1.Hoc bai" " 2.Tai khoan" "-9.Them"
ok "a difference: exit 1, and what differs" $?

printf '> silent\n< (sms)\n< ...\n' >"$S/differs"
phone 1 --script "$S/differs" && has_text "-(sms)" "(nothing)"
ok "an answer that does not come is a difference" $?

printf '> HOC\n1 oops\n' >"$S/bad"
phone 2 --script "$S/bad" && has_text "$S/bad:2:"
ok "a line that is no transcript: exit 2 with its number" $?

printf '> never\n' >"$S/never"
phone 1 --script "$S/never" --timeout 1 && has_text "no answer in time"
ok "an answer that is never complete: exit 1 after the time" $?

# What is typed, and frames.
printf '*123#\n0\ntwo\n/fly\n' | LC_ALL=C.UTF-8 "$laido" phone 0990000001 --socket "$S/laidod.ctl" >"$S/out" 2>&1 &&
	has_text "│ 1.Hoc bai " "34/128 septets, GSM-7" "USSD, ended" "3 septets, GSM-7, 1 part" \
		"(unknown)"
ok "screens and messages are drawn with their budget" $?
printf '*123#\nbig\n' | LC_ALL=C "$laido" phone 0990000001 --septets 40 --socket "$S/laidod.ctl" >"$S/out" 2>&1 &&
	has_text "34/40 septets" "(closed)" "| Menu "
ok "the budget can be chosen; a plain terminal gets plain frames" $?

run 1 "$laido" phone 0912345678 --socket "$S/laidod.ctl" && has_text "outside the test numbers"
ok "no other than test numbers" $?
run 1 "$laido" phone bank --socket "$S/laidod.ctl" && has_text "no Vietnamese mobile number"
ok "no other than numbers" $?
run 2 "$laido" phone --socket "$S/laidod.ctl" && run 2 "$laido" phone 0990000001 --fly &&
	run 2 "$laido" phone 0990000001 --timeout x && run 2 "$laido" fly && run 2 "$laido" &&
	run 0 "$laido" --help && run 0 "$laido" phone --help && has_text "--septets" "--socket"
ok "usage: exit 2, and help" $?

# 10,000 characters, and none.
{ printf '> '; head -c 10000 /dev/zero | tr '\0' x; printf '\n< (sms)\n< 1023: xxx...\n! sms\n< (sms)\n< 0:\n'; } >"$S/long"
phone 0 --script "$S/long" --quiet
ok "messages of 10,000 characters and of none" $?
{ printf '> '; head -c 11000 /dev/zero | tr '\0' x; printf '\n'; head -c 20000 /dev/zero | tr '\0' y; } >"$S/long"
phone 2 --script "$S/long" --quiet && has_text "$S/long:2:"
ok "a line without end in a transcript" $?
head -c 20000 /dev/urandom | "$laido" phone 0990000001 --sms --socket "$S/laidod.ctl" >"$S/out" 2>&1 &&
	has_text "(refused) that is not UTF-8" && answers
ok "random octets as input leave the daemon well" $?

# Somebody who may not.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$S" && chmod 666 "$S/laidod.ctl"
	run 1 setpriv --reuid 65534 --regid 65534 --clear-groups "$laido" status --socket "$S/laidod.ctl" &&
		has_text "not allowed"
	status=$?
	chmod 660 "$S/laidod.ctl"
	[ $status = 0 ] && run 3 setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$laido" status --socket "$S/laidod.ctl" && has_text "join the group"
	ok "other users are refused, by mode and by credentials" $?
else
	n=$((n + 1))
	echo "ok $n - other users are refused # SKIP needs root and setpriv"
fi

run 1 "$B/tools/phone_host" "$S/laidod.ctl" && has_text "another daemon answers at $S/laidod.ctl"
ok "a second daemon on the same socket is told so" $?
run 1 "$B/tools/phone_host" "$S/out" && has_text "is no socket"
ok "a file that is no socket is not touched" $?

printf '> exit\n' >"$S/exit"
phone 3 --script "$S/exit"
ok "a daemon that stops: exit 3" $?
stop host
start host "$B/tools/phone_host" "$S/laidod.ctl"
up host 5 answers
stop host KILL
[ -S "$S/laidod.ctl" ] && phone 3 && has_text "the daemon that made this socket is gone"
ok "a daemon that was killed: exit 3, and why" $?
start host "$B/tools/phone_host" "$S/laidod.ctl"
up host 5 answers
phone 0 --script "$S/recorded" --quiet
ok "its left-over socket is replaced" $?
stop host

# ---- laidod ----

fresh_content
conf laidod
serve laidod
# Consent by USSD, a lesson by SMS, over a kill in the middle.
cat >"$S/enrol" <<'END'
> *123#
< ...
< 1.Dong y
< ...
> 1
< ...
< (sms)
< 1/10 ...
< ...
< 3....
< ...
! hangup
< (nothing)
END
phone 0 --script "$S/enrol"
ok "laidod: consent by USSD brings the first lesson" $?
stop laidod KILL
serve laidod
# One text after the other: an answer that has to wait for the one before comes by itself, later.
printf '> 2\n< (sms)\n< Dung roi...\n< ...\n' >"$S/learn"
printf '> TIEP\n< (sms)\n< 2/10 ...\n< ...\n' >"$S/next"
printf '> HUY\n< (sms)\n< ...\n' >"$S/end"
quiet() { ! "$laido" message list --socket "$S/laidod.ctl" | grep -qE ' (queued|intent) '; }
wait_for 10 quiet && phone 0 --script "$S/learn" && wait_for 10 quiet && phone 0 --script "$S/next" &&
	wait_for 10 quiet && phone 0 --script "$S/end"
ok "laidod: after kill -9 the open question is still open" $?

run 0 "$laido" status --config "$S/laidod.conf" && has_text "phone (phone): up" "board     laidod,"
ok "laido status" $?
run 0 "$laido" message list --socket "$S/laidod.ctl" && has_text "delivered" '***001' &&
	run 0 "$laido" message show 2 --socket "$S/laidod.ctl" && has_text "delivered" "Dung roi" "chosen" "handset" &&
	run 1 "$laido" message show 99999 --socket "$S/laidod.ctl" &&
	run 2 "$laido" message show x --socket "$S/laidod.ctl" &&
	run 1 "$laido" message list --state lost --socket "$S/laidod.ctl" && has_text "no such state"
ok "laido message" $?
run 0 "$laido" rebuild --socket "$S/laidod.ctl" && has_text "Equal"
ok "laido rebuild" $?

# Broken content is refused with its place, and the old one stays.
run 0 "$laido" check "$S/content" && run 0 "$laido" reload --socket "$S/laidod.ctl" && has_text "screens"
ok "laido check and reload" $?
cp "$S/content/menu.conf" "$S/menu.conf"
sed -i '0,/to = "[a-z.]*"/s//to = "nowhere"/' "$S/content/menu.conf"
run 1 "$laido" check "$S/content" && has_text "menu.conf:" "error:" "nowhere" &&
	run 1 "$laido" reload --socket "$S/laidod.ctl" && has_text "menu.conf:" "error:" "the old content stays"
ok "broken content is refused with file and line" $?
printf '> *123#\n< ...\n< 1....\n< ...\n' >"$S/still"
run 0 "$laido" phone 0990000002 --socket "$S/laidod.ctl" --script "$S/still"
ok "and residents keep the menus they had" $?
cp "$S/menu.conf" "$S/content/menu.conf"

"$B/bin/laidod" -c "$S/laidod.conf" >"$S/out" 2>&1 </dev/null
[ $? != 0 ] && grep -qiE 'another|stop it first' "$S/out" && answers
ok "a second laidod on the same state is refused, the first one serves" $?

stop laidod
cat "$S"/*.log >"$S/out"
! grep -E 'Sanitizer|runtime error|assertion failed' "$S/out" >/dev/null
ok "no daemon has complained of itself" $?

echo "1..$n"
