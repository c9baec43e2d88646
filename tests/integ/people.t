#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# People who act for each other, from handset to handset through laidod: a pupil and a parent.
. tests/harness/tap.sh

# While the daemon looks at its queue, an answer comes a moment after its question was settled:
# begin where no look is near (they come with the seconds 1, 5 and 10).
calm() {
	ms=$("$laido" status --json --socket "$S/laidod.ctl" 2>/dev/null |
		sed -n 's/.*"uptime_ms": *\([0-9]*\).*/\1/p')
	[ "$ms" ] && [ $((ms % 5000)) -gt 1300 ] && [ $((ms % 5000)) -lt 3800 ]
}
# play NUMBER: the dialogue on standard input.
play() {
	cat >"$S/script"
	wait_for 10 calm
	"$laido" phone "$1" --socket "$S/laidod.ctl" --script "$S/script" >"$S/out" 2>&1 </dev/null
}

fresh_content
conf laidod
serve laidod

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
printf '> DK 7\n' | "$laido" phone $PUPIL --socket "$S/laidod.ctl" --sms --plain >"$S/out" 2>&1
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

# ---- four people and one telephone ----

FAMILY=0990000003
play $FAMILY <<'END'
> HOC
< (sms)
< ...
> 1
< (sms)
< 1/10 Nho 4 khong...
< ...
> *123*707#
< Ai dang hoc?
< 1. Nguoi 1
< 2. -
< 3. -
< 4.Them nguoi
< ...
> 4
< Go ten goi nguoi moi, vi du BA LAN, roi Gui.
< ...
> 12
< Chua ro ten...
< ...
> Bà Lan
< Lop hoc so...
< 1.Dong y
< ...
> 1
< Da ghi dong y. Bai 1 khoa Chong lua dao...
< ...
< (sms)
< Ba Lan: 1/10 Nho 4 khong...
< ...
! hangup
> 2
< (sms)
< Ba Lan: Dung roi...
> HV
< (sms)
< Nguoi hoc tren may nay
< 1 Nguoi 1
< 2 Ba Lan
< Doi nguoi...
> HV 1
< (sms)
< Nay Nguoi 1 hoc, khoa Chong lua dao. Doi nguoi: nhan HV va so.
> TIEP
< (sms)
< Nguoi 1: 1/10 ...
< ...
> HV 2
< (sms)
< Nay Ba Lan hoc...
> TIEP
< (sms)
< Ba Lan: 2/10 ...
< ...
END
ok "a second learner has her own name, consent and lessons" $?
play $FAMILY <<'END'
> 707
< (sms)
< Ba Lan: Ai dang hoc?
< 1. Nguoi 1
< ...
> 4
< (sms)
< Ba Lan: Go ten goi nguoi moi...
> Ông Minh
< (sms)
< Ba Lan: Lop hoc so...
> 2
< (sms)
< Khong them nguoi moi...
> HV 3
< (sms)
< Nguoi hoc tren may nay...
< ...
END
ok "by message too; whoever refuses is not there" $?
play $FAMILY <<'END'
> HV 2
< (sms)
< ...
> XOA
< (sms)
< ...
END
printf '> XOA\n' | "$laido" phone $FAMILY --socket "$S/laidod.ctl" --sms --plain >"$S/out" 2>&1
code=$(sed -n 's/.*XOA \([0-9]\{4\}\).*/\1/p' "$S/out")
[ "$code" ] && play $FAMILY <<END
> XOA $code
< (sms)
< Da nhan yeu cau xoa...
> TIEP
< (sms)
< 1/10 ...
< ...
> HV
< (sms)
< Nguoi hoc tren may nay
< 1 Nguoi 1
< Doi nguoi...
> HUY
< (sms)
< Da ngung gui moi tin...
END
ok "erasure takes one learner, stopping all" $?

# ---- what people ask of the ward ----

ASKER=0990000004
play $ASKER <<'END'
> HOC
< (sms)
< ...
> 1
< (sms)
< 1/10 ...
< ...
> Góp ý: đèn ngõ 12 hỏng, gọi 0912345678
< (sms)
< Da nhan gop y...
> GOPY
< (sms)
< Nhan GOPY va noi dung...
> DU LIEU
< (sms)
< Da ghi yeu cau xem du lieu...
> *123*781#
< Da ghi. Phuong tra loi cham nhat...
< ...
! hangup
> giup toi doc tin
< (sms)
< Phuong goi cham nhat...
END
ok "feedback, a request for one's data, a call for help" $?
requests() { "$laido" requests --socket "$S/laidod.ctl" "$@" >"$S/out" 2>&1; }
requests && grep -q '^data .* +84990000004 .* due ' "$S/out" &&
	[ "$(grep -c '^data' "$S/out")" = 1 ] &&
	grep -q '^feedback .*đèn ngõ 12 hỏng, gọi \*\*\*' "$S/out" &&
	grep -q '^help .* [1-9][0-9][0-9] giup toi doc tin' "$S/out"
ok "the ward sees who waits, with accents, without long numbers" $?
ref=$(awk '$1 == "data" { print $2 }' "$S/out")
requests --answered "$ref" && requests && ! grep -q '^data' "$S/out" && ! requests --answered "$ref"
ok "a request that was answered is closed, once" $?
# At night it comes in the morning.
told() { sqlite3 "file:$S/laidod/laido.db?mode=ro" \
	"SELECT text FROM outbox WHERE what = 'DATA_REPLY' AND dest = '+84990000004'" >"$S/out"; }
told && grep -q '^So may 0990 000 004' "$S/out" && grep -q '^Khoa LUADAO, dung [01] cau' "$S/out"
ok "by a text that says what is stored" $?
requests
ref=$(awk '$1 == "help" { print $2 }' "$S/out")
requests --answered "$ref" && requests && ! grep -q '^help' "$S/out" && play $ASKER <<'END'
> GIUP
< (sms)
< Phuong goi cham nhat...
END
[ $? = 0 ] && requests && grep -q '^help' "$S/out"
ok "a call for help that was answered is closed; the next one is new" $?

# ---- one person with two telephones ----

OLD=0990000031 NEW=0990000032 LOST=0990000033
code_of() { sed -n 's/.*DOI SO \([0-9]\{6\}\).*/\1/p' "$S/out" | head -n 1; }
merge() { "$laido" merge --socket "$S/laidod.ctl" "$@" >"$S/out" 2>&1; }
say() { printf '%s\n' "$@" | timeout 20 "$laido" phone --plain --timeout 5 --socket "$S/laidod.ctl" \
	"$NUMBER" >"$S/out" 2>&1; }
NUMBER=$OLD
say "/sms HOC" "/sms 1" "/sms 2" "/sms DOI SO"
code=$(code_of)
[ "$code" ]
ok "the old telephone gets a code" $?
NUMBER=$NEW
say "/sms DOI SO $code" "/sms 1" "/sms DIEM" "/sms DIEM"
grep -q 'Da noi voi so cu' "$S/out" && grep -q '^< 2/10' "$S/out" &&
	grep -q 'bai 1/10, dung 1 cau' "$S/out"
ok "named from the new one, after consent, what was learnt goes on there" $?
NUMBER=$LOST
say "/sms HOC" "/sms 1"
merge $LOST $NEW && grep -q 'Nothing is changed' "$S/out" && merge $LOST $NEW --commit &&
	! merge $LOST $NEW --commit && grep -q 'one already' "$S/out"
ok "an operator joins a third number, once" $?
merge 0990000039 $NEW
[ $? = 1 ] && grep -q 'learners who agreed' "$S/out"
ok "not with somebody who has not agreed" $?
NUMBER=$OLD
say "/sms XOA"
code=$(sed -n 's/.*Nhan XOA \([0-9]*\).*/\1/p' "$S/out")
say "/sms XOA $code"
NUMBER=$NEW
say "/sms DIEM"
grep -q 'Lop hoc so phuong' "$S/out"
ok "erased under one number she is erased under all" $?

# ---- who has not agreed ----

NUMBER=0990000034
say "/sms GIUP"
requests
ref=$(awk '$1 == "help" && /990000034/ { print $2 }' "$S/out")
[ "$ref" ] && requests --answered "$ref" && requests && ! grep -q 990000034 "$S/out"
ok "a stranger's call for help is seen and closed" $?
"$laido" rebuild --socket "$S/laidod.ctl" >"$S/out" 2>&1
ok "the projections are those of the log" $?

echo "1..$n"
