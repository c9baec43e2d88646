#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# People with duties, through real programs: the ward appoints from a table, the board learns it by
# the mesh, an ambassador invites, the invited person agrees, a group head sees her group, the
# report counts. Then the same table on a board that is a ward of its own.
. tests/harness/tap.sh
complaint() { tail -n 15 "$S/out"; logs 15; }
echo 1..16

fresh_content
ward_conf 'min_cell = 0;' 'tdp = ( { tdp = 28; adults = 455; } );'
conf_of_ward board 'outbox = { quiet_from = "00:00"; quiet_to = "00:00"; };'
conf lone 'outbox = { quiet_from = "00:00"; quiet_to = "23:59"; };'
laido() { "$B/bin/laido" "$@" --socket "$S/${door:-board.ctl}" >"$S/out" 2>&1; }
phone() { # NUMBER, script on stdin
	cat >"$S/script"
	laido phone "$1" --script "$S/script"
}
said() { grep -q "$1" "$S/out"; }
# text NUMBER TEXT ANSWER: what the number is told next begins so. An answer may come a moment after
# the text was taken, when the queue is being looked at.
text() {
	before=$(newest board "$1")
	echo "> $2" | phone "$1" && wait_for 10 told board "$1" "$3" "$before"
}
board_sql() { sqlite3 "file:$S/board/laido.db?mode=ro" "$1"; }
report() { "$B/bin/laido" report --json --ward "http://$AT:7480" >"$S/report" 2>&1; }
cell() { # TDP KEY
	report && tr -d ' \n' <"$S/report" |
		sed -n "s/.*\"tdp\":$1,[^}]*\"$2\":\([0-9]*\).*/\1/p"
}
counts() { [ "$(cell 28 invited) $(cell 28 consented) $(cell 28 national_confirmed)" = "$1" ]; }

serve_ward
serve board

# ---- the table ----

printf '\357\273\277Số máy;Vai trò;Tổ;Họ và tên;Mã PIN\r\n' >"$S/roles.csv"
printf '0990000001;Đại sứ;28;Nguyễn Minh Quang;4821\r\n' >>"$S/roles.csv"
printf '990000003;Tổ trưởng;28;"Trần ""Thu"" Hà";1234\r\n' >>"$S/roles.csv"
door=ward/ctl.sock
laido import roles "$S/roles.csv" && said '2 new, 0 changed' && said 'nothing changed' &&
	laido export roles && ! said 0990
ok "a list is looked at, nothing is done" $?

cat >"$S/wrong.csv" <<END
phone,role,tdp,name,pin
0990000001,ambassador,28,Quang,482
0212345678,head,28,Ha,1234
0990000002,king,28,Ha,1234
0990000003,head,,Ha,1234
0990000004,helper,128,Ha,1234
END
laido import roles "$S/wrong.csv" --commit
[ $? = 1 ] && said 'wrong.csv:2: error: pin' && said 'wrong.csv:3: error: phone' &&
	said 'wrong.csv:4: error: role' && said 'wrong.csv:5: error: tdp' &&
	said 'wrong.csv:6: error: tdp' && said '0 new, .*5 errors'
ok "every wrong row is named by file and line" $?

printf 'phone;role;;name\n;;;\n0990000001;helper;x;A\n"0990000001;helper;;A\n' >"$S/office.csv"
laido import roles "$S/office.csv"
[ $? = 1 ] && said 'office.csv:3: error: a cell' && said 'office.csv:4: error: a quote' &&
	printf 'phone,tuổi\n' >"$S/head.csv" && ! laido import roles "$S/head.csv" &&
	said 'head.csv:1: error: column "tuổi"' && printf 'role\n' >"$S/head.csv" &&
	! laido import roles "$S/head.csv" && said 'the column "phone" is missing' &&
	! laido import roles "$S/none.csv" && said 'cannot be read'
ok "tables as office programs leave them, and broken ones" $?

laido import roles "$S/roles.csv" --commit && said '2 new' &&
	laido import roles "$S/roles.csv" --commit && said '0 new, 0 changed, 0 taken back, 2 as'
ok "the ward appoints; the same list again changes nothing" $?

laido export roles && cp "$S/out" "$S/export.csv" && said '0990 000 001,ambassador,28,Nguyễn' &&
	laido import roles "$S/export.csv" --commit && said '0 new, 0 changed, 0 taken back, 2 as'
ok "what is exported can be imported" $?
door=

laido import roles "$S/roles.csv" --commit
[ $? = 1 ] && said 'only the ward gives duties'
ok "a board of a ward does not appoint" $?

appointed() { [ "$(board_sql 'SELECT count(*) FROM role WHERE off=0')" = 2 ]; }
# News of our own bring the ward's at once, not at the next interval.
phone 0990000009 <<END
> HOC
END
wait_for 20 appointed
ok "the board knows by the mesh" $?

# ---- an ambassador invites ----

text 0990000001 'GT 0990 000 002' \
	'Da gui loi moi toi 0990 000 002. Ho phai tu tra loi. Hom nay con 19 luot.'
ok "an ambassador invites" $?

invited='Nguyen Minh Quang moi hoc lop so P. Dinh Cong. Khong hoc phi, '
wait_for 30 told board 0990000002 "$invited" && phone 0990000002 <<END && text 0990000002 1 1/10
< (sms)
< $invited...
END
ok "the invited person agrees by 1 and has the first lesson" $?

text 0990000001 'GT 0990 000 002' 'Chua gui duoc loi moi cho so nay.' && phone 0990000001 <<END
> *123*80#
< Nhap PIN phuong cap, 4 so.
< ...
> 4821
< Dai su so
< ...
> 2
< Da moi 1: 1 dong y, 0 chua tra loi.
< ...
END
ok "nobody is invited twice; behind her PIN the ambassador sees how many agreed" $?

text 0990000004 'GT 0990000005' 'Chua gui duoc loi moi cho so nay.' &&
	text 0990000004 TO 'Muc nay chi danh cho nguoi duoc phuong phan cong.'
ok "others can neither invite nor look" $?

# ---- a group head ----

phone 0990000003 <<END
> *123*901#
< Nhap PIN phuong cap, 4 so.
< ...
> 1234
< Da dong y ma chua bat dau: 1 nguoi.
< ...
> 1
< To 28 chua bat dau:
< ***002
< ...
> 903
< To 28: duoi 5 da dang ky, 0 hoc xong, 0 co xac nhan quoc gia.
< ...
> 904
< Nhap so may ...
< ...
> 0990000002
< May ***002: da xem tan mat xac nhan tren VNeID?
< ...
> 1
< Da ghi may ***002 dat xac nhan quoc gia.
< ...
END
ok "a group head sees who has not begun and witnesses a confirmation" $?

wait_for 20 counts "1 1 1"
ok "the report counts invited, consented and nationally confirmed in the group" $?

# ---- an operator's list ----

cat >"$S/people.csv" <<END
phone,course,tdp
0990000006,CAOTUOI,28
0990000002,CAOTUOI,28
0990000007,KHONG,28
END
laido import invitations "$S/people.csv" --commit
said '1 new, .*0 errors' && said 'people.csv:3: left out: learns already' &&
	said 'people.csv:4: left out: there is no such course' &&
	laido import invitations "$S/people.csv" --commit && said '0 new' &&
	wait_for 10 told board 0990000006 'Lop hoc so phuong Dinh Cong, ' &&
	text 0990000006 1 '1/10 Phim xanh'
ok "an operator invites from a list, under the same rules" $?

laido rebuild && said Equal
ok "folded anew, all is the same" $?

# ---- a ward of one ----

# There it is always quiet but for one minute: an answer goes out, an invitation waits.
lone_waits() {
	waiting=$(sqlite3 "file:$S/lone/laido.db?mode=ro" "SELECT group_concat(what, ' ') FROM outbox
		WHERE state = 0 AND due > created")
	[ "$waiting" = AMB_INVITE ] || [ "$(date -u +%H%M)" = 1659 ]
}
serve lone
door=lone.ctl
laido import roles "$S/roles.csv" --commit && said '2 new' &&
	echo '> GT 0990000008' | phone 0990000001 && lone_waits &&
	printf 'phone,role,active\n0990000001,ambassador,no\n' >"$S/off.csv" &&
	laido import roles "$S/off.csv" --commit && said '1 taken back' &&
	laido export roles && said '0990 000 001,.*,no' && phone 0990000001 <<END
> *123*801#
< Chua la dai su so. Muon tham gia?
< ...
END
ok "a lone board appoints and takes back by itself, and lets nobody invite at night" $?
