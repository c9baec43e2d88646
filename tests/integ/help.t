#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A person, please: who calls for help, who helps and who heads the group, on two boards of one ward.
# The learner's number is her board's; the helper is told by her own board, after the learner's yes.
. tests/harness/tap.sh

sql() { sqlite3 "file:$S/$1/laido.db?mode=ro" "$2"; }
# text BOARD NUMBER TEXT ANSWER
text() {
	id=$(newest "$1" "$2")
	type_in "$2" "$1" "$3\n" && wait_for 10 told "$1" "$2" "$4" "$id"
}
learner() { # BOARD NUMBER: agrees, lives in to 28
	text "$1" "$2" HOC 'Lop hoc so phuong' && text "$1" "$2" 1 '1/10' &&
		type_in "$2" "$1" '*123*701#\n28\n! hangup\n'
}
# News of its own bring a board the others' at once, not at the next interval.
nudge() {
	[ "$1" = here ] && by=0990000006 || by=0990000007
	type_in "$by" "$1" 'GIO 8\n'
}
# soon BOARD COMMAND...: true within some nudges of that board
soon() {
	on=$1
	shift
	for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
		wait_for 1 "$@" && return 0
		nudge "$on"
	done
	return 1
}
knows() { [ "$(sql "$1" 'SELECT count(*) FROM role WHERE off = 0')" = "$2" ]; }
# script BOARD NUMBER: what is typed and shown, on stdin.
script() {
	cat >"$S/script"
	timeout 40 "$laido" phone "$2" --script "$S/script" --socket "$S/$1.ctl" >"$S/out" 2>&1
}

fresh_content
ward_conf 'min_cell = 0;'
for b in here there; do conf_of_ward $b 'outbox = { quiet_from = "00:00"; quiet_to = "00:00"; };'; done
serve_ward
serve here
serve there
cat >"$S/roles.csv" <<END
phone,role,tdp,name,pin
0990000001,helper,28,Trần Thu Hà,4821
0990000003,head,28,Nguyễn Văn An,1234
END
run 0 "$laido" import roles "$S/roles.csv" --commit --socket "$S/ward/ctl.sock"
learner there 0990000001 && learner here 0990000002 && learner here 0990000006 &&
	learner there 0990000007 && type_in 0990000006 here '*123*701#\n14\n! hangup\n' &&
	type_in 0990000007 there '*123*701#\n14\n! hangup\n' &&
	soon here knows here 2 && soon there knows there 2
ok "a learner here, a helper of her group who is at home there" $?

# ---- the bridge ----

helper_known() { [ "$(sql here 'SELECT count(*) FROM number')" = 4 ]; }
soon here helper_known
before=$(newest there 0990000001)
text here 0990000002 'GIUP' \
	'Tran Thu Ha co the giup. Cho Tran Thu Ha xem so may nay? 1 cho xem, 2 de phuong goi.' &&
	[ "$(sql there 'SELECT count(*) FROM outbox WHERE what LIKE "HELP_TO_HELPER%"')" = 0 ]
ok "who calls for help is asked first; nobody has her number yet" $?

run 0 "$laido" requests --socket "$S/here.ctl" && has 'help .*990000002 .*Trần Thu Hà: asked'
ok "the operator sees the call at once, and who is asked about" $?

text here 0990000002 1 'Tran Thu Ha goi cham nhat ' &&
	soon there told there 0990000001 'Giup nguoi hoc: 0990 000 002, to 28. Noi truoc ma hen ' "$before"
ok "her yes brings the number to the helper, over the other board" $?

pin=$(sql here 'SELECT pin FROM help')
none=$(sql here 'SELECT count(*) FROM outbox WHERE what = "HELP_DONE_ASK"')
other=$([ "$pin" = 999 ] && echo 998 || echo $((pin + 1)))
text there 0990000001 "XONG $other" 'Muc nay chi danh cho nguoi' && [ "$none" = 0 ]
ok "another call's code is not hers" $?

before=$(newest here 0990000002)
type_in 0990000001 there "XONG $pin\n" &&
	soon here told here 0990000002 'Phuong hoi lai: Tran Thu Ha da giup xong chua?' "$before"
ok "XONG asks the learner" $?

text here 0990000002 1 'Cam on' && run 0 "$laido" requests --socket "$S/here.ctl" &&
	has 'Nobody waits'
ok "her yes closes the call" $?

seen() {
	run 0 "$laido" audit --socket "$S/here.ctl" && has "number .*Trần Thu Hà" &&
		! grep -q 990000 "$S/out"
}
soon here seen
ok "that the helper saw a number is noted on every board, the number is not" $?

# ---- a visit, taken by screen; not done ----

script here 0990000002 <<END
> *123*502#
< Giup tai nha, to 28. Den luc nao?
< ...
> 1
< Da ghi: sang ...
< ...
END
ok "a visit at home" $?

call_there() { [ "$(sql there 'SELECT count(*) FROM help WHERE visit = 1')" = 1 ]; }
soon there call_there && script there 0990000001 <<END
> *123*803#
< Nhap PIN phuong cap, 4 so.
< ...
> 4821
< 1 viec dang cho
< 1.*** to 28, tai nha
< ...
> 1
< *** to 28, cham nhat ...
< ...
> 1
< Da nhan. Chua xem duoc so, doi nguoi hoc cho phep.
< ...
! hangup
END
ok "a helper takes it: another board's number is not even shown masked" $?

soon here told here 0990000002 'Tran Thu Ha co the giup.' "$before" &&
	text here 0990000002 1 'Tran Thu Ha goi cham nhat ' &&
	before=$(newest there 0990000001) && allowed() {
	[ "$(sql there 'SELECT count(*) FROM helper WHERE step = 3')" = 1 ]
} && soon there allowed && soon there told there 0990000001 'Giup nguoi hoc' "$before" &&
	script there 0990000001 <<END
> *123*804#
< Viec nao da xong?
< ...
> 1
< Ket qua the nao?
< ...
> 2
< Da ghi. Nguoi hoc se duoc hoi lai. Cam on!
< ...
! hangup
END
ok "allowed by the learner, reported as not reached" $?

reopened() { [ "$(sql here 'SELECT step FROM helper ORDER BY hlc DESC LIMIT 1')" = 4 ]; }
asked() { [ "$(sql here 'SELECT count(*) FROM outbox WHERE what = "HELP_DONE_ASK"')" = 2 ]; }
soon here asked && text here 0990000002 2 'Phuong goi cham nhat' && reopened &&
	run 0 "$laido" requests --socket "$S/here.ctl" && has 'the ward is to call'
ok "not done, says the learner: the ward calls" $?

# ---- a duty taken back ----

words() { sql there 'SELECT count(*) FROM event WHERE kind = 45'; }
all_words() { [ "$(words)" = "$(sql here 'SELECT count(*) FROM event WHERE kind = 45')" ]; }
soon there all_words
words=$(words)

printf 'phone,role,tdp,active\n0990000001,helper,28,no\n' >"$S/off.csv"
run 0 "$laido" import roles "$S/off.csv" --commit --socket "$S/ward/ctl.sock" &&
	soon here knows here 1 && soon there knows there 1 &&
	type_in 0990000001 there "XONG $pin\n" &&
	[ "$(sql there 'SELECT count(*) FROM event WHERE kind = 45')" = "$words" ] && script there 0990000001 <<END
> *123*803#
< Chua la dai su so. Muon tham gia?
< ...
! hangup
END
ok "whose duty was taken back sees no calls and reports none" $?

# ---- a group head ----

script here 0990000003 <<END
> *123*902#
< Nhap PIN phuong cap, 4 so.
< ...
> 1234
< Hop ngay nao? ...
< ...
> 25/12
< May gio? ...
< ...
> 19:30
< Hop o dau?
< ...
> 1
< Moi hop 19:30 25/12, nha sinh hoat to 28: 2 nguoi, 2 tin.
< ...
> 1
< Da xep gui 2 tin. Muon rut lai: nhan TO BO ...
< ...
END
ok "a meeting is called, after a count of people and parts" $?

queued() { [ "$(sql "$1" "SELECT count(*) FROM outbox WHERE text LIKE '%to 28 moi hop: 19:30 25/12%'")" = 1 ]; }
soon here queued here && soon there queued there
ok "every board sends it to its own learners" $?

text here 0990000002 LICH 'Hop to 28: 19:30 25/12, tai nha sinh hoat to 28.' &&
	id=$(sql here 'SELECT id FROM notice') && text here 0990000003 "TO BO $id" 'Da rut lai.' && gone() {
	[ "$(sql "$1" "SELECT count(*) FROM outbox WHERE text LIKE '%moi hop%' AND state = 0")" = 0 ]
} && soon here gone here && soon there gone there
ok "LICH tells it; TO BO takes it back on every board" $?

for b in here there; do
	run 0 "$laido" rebuild --socket "$S/$b.ctl" && has Equal
	ok "folded anew, all is the same: $b" $?
done
run 0 "$laido" report --json --ward "http://$AT:7480" && has '"asked": *2' '"answered": *1'
ok "the ward's report counts calls and answers" $?
last_checks
