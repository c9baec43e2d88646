#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# USSD through the real osmo-hlr: chan/gsup as External USSD Entity on one side, an MSC played by
# tests/tools/msc on the other. The HLR's ports are fixed, so each run has a loopback address of
# its own.
. tests/harness/begin.sh
ctrl=$AT
known=452011234567890 known2=452011234567891 known3=452011234567892
hanger=452011234567893 cutoff=452011234567894 stranger=452019999999999
hlr= echo=

complaint() {
	for f in "$S"/msc.out "$S"/echo.out "$S"/echo.err; do
		[ ! -s "$f" ] || { echo "$f"; tail -n 15 "$f" | sed 's/^/  /'; }
	done
}

soon() { wait_for 10 "$@"; }
count() { grep -c "$1" "$S/$2"; }
atleast() { [ "$(count "$2" "$3")" -ge "$1" ]; }
has() { grep -q -e "$1" "$S/$2"; }
hasnt() { ! grep -q -e "$1" "$S/$2"; }

start_hlr() {
	cat >"$S/hlr.cfg" <<-END
		log stderr
		 logging filter all 1
		 logging color 0
		 logging level set-all notice
		line vty
		 bind $AT
		ctrl
		 bind $ctrl
		hlr
		 gsup
		  bind ip $AT
		 euse ward
		 ussd route prefix *123 external ward
		 ncss-guard-timeout 60
	END
	osmo-hlr -c "$S/hlr.cfg" -l "$S/hlr.db" >>"$S/hlr.log" 2>&1 &
	hlr=$!
	children="$hlr $children"
}

stop_hlr() { # with SIGKILL: an HLR that falls over says good-bye to nobody
	kill -9 "$hlr"
	wait "$hlr" 2>/dev/null
	hlr=
}

start_echo() {
	"$B/tools/gsup_echo" "$AT" "$@" >"$S/echo.out" 2>"$S/echo.err" &
	echo=$!
	children="$echo $children"
	soon has 'gsup UP' echo.out
}

stop_echo() {
	kill "$echo"
	wait "$echo"
	status=$?
	echo=
	return $status
}

# msc STATUS IMSI ARGUMENTS...: the dialogue ends with this status
msc() {
	want=$1 imsi=$2
	shift 2
	"$B/tools/msc" -H "$AT" -i "$imsi" "$@" >"$S/msc.out" 2>&1
	got=$?
	[ $got = "$want" ] || { echo "# exit status $got instead of $want"; return 1; }
}

osmo-hlr-db-tool -l "$S/hlr.db" create >"$S/hlr.log" 2>&1
for i in 0 1 2 3 4; do
	echo "INSERT INTO subscriber (imsi, msisdn) VALUES ('45201123456789$i', '8491234567$i');"
done | sqlite3 "$S/hlr.db" || { echo "Bail out! no database for the HLR"; exit 1; }
start_hlr
does "registers with the HLR" start_echo 1000

# A dialogue of several steps.
does "menu, full screen in GSM-7, full screen in UCS-2" msc 0 $known 1 2
does "the menu arrives whole" has '^| 2 Diem' msc.out
does "128 septets stay below 128 octets of component" \
	has '^screen 2 asks .*octets=112 septets=128 component=127' msc.out
does "56 units end the dialogue under the phone's invoke id" \
	has '^screen 3 ends invoke=5 dcs=0x48 octets=112 units=56' msc.out
does "the accents survive" has 'ạạạạ' msc.out
does "the number comes from the HLR" has '^BEGIN from=84912345670 budget=128/56 text=\*123#' echo.out
does "other invoke ids than 5" msc 0 $known -I 77 0
does "and they are kept" has 'ends invoke=77 ' msc.out
does "an answer in UCS-2" msc 0 $known '@ucs2 Chào chị Hạnh' 0
does "arrives with its accents" has '^TEXT .*text=Chào chị Hạnh$' echo.out
does "a code with arguments" msc 0 $known -c '*123*4#' 0
does "arrives whole" has 'text=\*123\*4#$' echo.out
does "a screen over its budget is cut, not lost" msc 0 $known 3 0
does "at a word" has '^| .* mot hai$' msc.out
printf '1\n0\n' >"$S/script"
does "answers from a script" msc 0 $known -s "$S/script"
does "an unknown IMSI is served anonymously" msc 0 $stranger
does "without a number" has '^BEGIN from= ' echo.out

# What goes wrong.
does "an engine that does not answer is ended by our timer" msc 0 $known 4
does "with a screen that says so" has '^| Het gio' msc.out
does "the gateway hears of it" has '^ENDED' echo.out
does "a phone that does not answer is ended by our timer" msc 0 $known @wait
does "with a screen that says so" has '^| Het gio' msc.out
does "a gateway without room ends the session" msc 3 $known 5
does "a phone hangs up, told to nobody" msc 1 $hanger @hangup
does "our timer ends it" soon has '^ENDED from=84912345673 ' echo.out
does "an empty answer, which the HLR refuses" msc 3 $known ''
does "a component that is none" msc 3 $known -b a1030201
does "an operation that does not begin USSD" msc 3 $known -b a11202010502013c300a04010f0405aa986c3602
does "an answer under another invoke id is dropped" \
	msc 0 $known '@hex a21002017f300b02013c300604010f040131'
does "an operation within a session is dropped" \
	msc 0 $known '@hex a11202010502013b300a04010f0405aa986c3602'
does "a ReturnError within a session" msc 3 $known '@error 34'
does "the service goes on" msc 0 $known 0

# The HLR falls over and comes back.
"$B/tools/msc" -H "$AT" -i $cutoff 4 >"$S/cut.out" 2>&1 &
cut=$!
soon has '^TEXT from=84912345674 ' echo.out
stop_hlr
wait $cut
does "sessions end with the link" soon has '^ENDED from=84912345674 ' echo.out
does "the gateway hears that the channel is down" soon has 'no link to the HLR' echo.out
start_hlr
does "the channel comes back" soon atleast 2 'gsup UP' echo.out
does "USSD works again" msc 0 $known 1 0
does "numbers, too, come again" soon msc 0 $known2 1 0
does "the right one" has '^BEGIN from=84912345671 ' echo.out
does "without a full screen of complaints" [ "$(count 'CTRL .*next try' echo.err)" -le 2 ]

# Once more, while a dialogue waits for a gateway that was held up: its answer is lost, not its memory.
kill -STOP "$echo"
"$B/tools/msc" -H "$AT" -i $cutoff 1 >"$S/held.out" 2>&1 &
held=$!
to_gateway_waits() { ss -Htnp src "$AT" 2>/dev/null | grep -q "^ESTAB *[1-9].*pid=$echo,"; }
soon to_gateway_waits
stop_hlr
kill -CONT "$echo"
wait $held
start_hlr
does "a held-up gateway comes back" soon atleast 3 'gsup UP' echo.out

# An HLR without its CTRL interface where we expect it.
ctrl=${AT%.1}.2
stop_hlr
start_hlr
does "the channel comes back again" soon atleast 4 'gsup UP' echo.out
does "without CTRL, numbers known before still work" msc 0 $known 1 0
does "others are served anonymously after a wait" msc 0 $known3
does "without a number" has '^| Khong biet so may' msc.out
ctrl=$AT

# Limits.
does "stops cleanly" stop_echo
does "counts timeouts" has '^timeouts=[1-9]' echo.out
does "counts what it dropped" has '^unexpected=[2-9]' echo.out
does "counts the screen it cut" has '^cut=1$' echo.out
does "leaves no session behind" has '^sessions=0$' echo.out
stop_hlr
start_hlr
does "registers with room for one session" start_echo 5000 1
"$B/tools/msc" -H "$AT" -n MSC-other -i $known2 @wait >"$S/first.out" 2>&1 &
first=$!
soon has '^screen 1' first.out 2>/dev/null
does "a second session is told that USSD is busy" msc 3 $known 0
does "the first one is not harmed" wait $first
does "there is room again" msc 0 $known 0
does "stops cleanly" stop_echo
does "no line of the log has a full IMSI or number" hasnt "45201[0-9]\{10\}\|8491234567" echo.err

echo "1..$n"
exit $bad
