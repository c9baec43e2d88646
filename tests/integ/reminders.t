#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Reminders and campaigns: laidod as a ward of one, `laido reminders`, and handsets.
# takes 50 s
# slow
. tests/harness/tap.sh

laido() { "$B/bin/laido" "$@" --socket "$S/laidod.ctl"; }
sql() { sqlite3 "file:$S/laidod/laido.db?mode=ro" "$1"; }
# play NUMBER: what is typed and expected stands on stdin.
play() {
	cat >"$S/script"
	laido phone "$1" --script "$S/script" >"$S/out" 2>&1
}
# agree NUMBER TDP: a learner of that group.
agree() {
	play "$1" <<END
> HOC
> 1
> 701
> $2
END
}
remind() { laido reminders "$@" >"$S/out" 2>&1; }
id_of() { sed -n 's/^campaign \([0-9]*\) .*/\1/p' "$S/out"; }
queued() { [ "$(sql "SELECT count(*) FROM outbox WHERE what='R $1'")" = "$2" ]; }
carried() { [ "$(sql "SELECT count(*) FROM outbox WHERE what='R $1' AND state IN (2, 3)")" -gt 0 ]; }
none_waits() { [ "$(sql "SELECT count(*) FROM outbox WHERE what='R $1' AND state=0")" = 0 ]; }
# Ten minutes must pass after the last word of a learner: put it back, with the board stopped.
let_time_pass() {
	stop laidod
	sqlite3 "$S/laidod/laido.db" "UPDATE session SET changed = changed - 3600000"
	serve laidod
}

fresh_content
open='outbox = { replies_per_hour = 200; quiet_from = "00:00"; quiet_to = "00:00"; };'
conf laidod "$open"
serve laidod

agree 0990000001 12 && agree 0990000002 12 && agree 0990000003 28
ok "three learners of two groups" $?

play 0990000001 <<'END'
> *123#
< Dinh Cong hoc so
< ...
> 3
< Nhac viec
< 1.Khai thue quy
< 2.Phi cho
< 3.Hop to
< 4.Tiem, kham
< 5.Tat het nhac
< ...
> 2
< Phi cho Dinh Cong, ngay 5. Dang tat.
< ...
> 3
< Ban o cho nao?
< 1. Dinh Cong
< 2. Dinh Cong Thuong
< ...
> 2
< Da doi sang cho Dinh Cong Thuong.
< 1.Bat nhac phi cho
< ...
> 1
< Da bat nhac phi cho. Muon tat: nhan TAT CHO.
< ...
! hangup
> nhac thue
< (sms)
< Da bat nhac khai thue quy. Muon tat: nhan TAT THUE.
> tat het
< (sms)
< Da tat het loi nhac. Bat lai: nhan NHAC.
> 302
< (sms)
< Phi cho Dinh Cong Thuong, ngay 10. Dang tat.
< ...
END
ok "menu 3 and the words NHAC and TAT are the same switches" $?

# Off for number 1, never said by 2 and 3: a meeting is for 2 alone.
remind add --message REMIND_MEET --to "tổ 12" --when now "time=17:00 23/11" "place=nhà văn hóa"
C=$(id_of)
[ "$C" ] && remind preview "$C" && grep -q "1 person, 1 part, 300 VND, 1 day" "$S/out" &&
	remind preview "$C" --json && grep -q "to 12 moi hop: 17:00 23/11, tai nha van hoa" "$S/out"
ok "a draft is previewed: people, parts, money, days, text" $?

let_time_pass
remind list && grep -q "^$C  *draft" "$S/out" && queued "$C" 0
ok "nothing goes out before it is approved" $?

remind approve "$C" && wait_for 20 queued "$C" 1
ok "approved, it is queued for one person" $?
wait_for 20 carried "$C" && play 0990000002 <<'END'
< (sms)
< P. Dinh Cong, to 12 moi hop: 17:00 23/11, tai nha van hoa. Khong thu tien, khong nop giay to.
> DIEM
< (sms)
< ...
END
status=$?
[ "$status" = 0 ] && laido message list --what "campaign $C" >"$S/out" && grep -q " campaign $C " "$S/out"
ok "and arrives at hers, under the campaign's number in the operator's list" $?

# The board dies while a second one is being prepared: once, or not yet, never twice.
remind add --message REMIND_EVENT --to "all learners" --when now "title=Hoc VNeID" "time=9:00" \
	"place=phuong"
D=$(id_of)
remind approve "$D"
stop laidod KILL
serve laidod
wait_for 20 queued "$D" 2
status=$?
# Number 2 was reminded today: hers waits for tomorrow morning. Number 1 wants none.
[ "$status" = 0 ] && [ "$(sql "SELECT count(*) FROM outbox WHERE what='R $D' AND
	due > created + 600000")" = 1 ] && [ "$(sql "SELECT count(*) FROM reminded")" = 3 ] &&
	[ "$(sql "SELECT count(DISTINCT s || day) FROM reminded")" = 3 ]
ok "after a kill each has it once, and one reminder a day" $?

remind hold "$D" && remind rate "$D" 60 && remind list && grep -q "^$D  *held .* 60 an hour" "$S/out" &&
	remind resume "$D" && remind list && grep -q "^$D  *approved .* 60 an hour" "$S/out"
ok "held, slowed down, resumed" $?
remind cancel "$D" && wait_for 10 none_waits "$D" && remind list &&
	grep -q "^$D  *cancelled" "$S/out"
ok "cancelled, what has not gone stays" $?

remind pause && play 0990000003 <<'END'
< (sms)
< P. Dinh Cong moi: Hoc VNeID, 9:00, tai phuong. Mang dien thoai, khong nop giay to.
> TIEP
< (sms)
< Lop hoc so phuong Dinh Cong tam nghi, ...
> TIEP
< (nothing)
> *123#
< (end)
< Lop hoc dang tam nghi toan phuong. ...
> HUY
< (sms)
< ...
END
ok "a ward that rests says so once, and opting out works" $?
remind add --message REMIND_EVENT --to "all learners" --when now "title=A" "time=9:00" "place=B"
E=$(id_of)
remind approve "$E" && remind resume && play 0990000001 <<'END'
> DIEM
< (sms)
< ...
END
ok "resumed, it answers again" $?

laido rebuild >"$S/out" 2>&1
ok "campaigns and pauses are folds of the log" $?

! remind add --message REMIND_EVENT --to nobody --when now title=A time=B place=C &&
	grep -q "to whom" "$S/out" &&
	! remind add --message REMIND_EVENT --to "to 12" --when soon title=A time=B place=C &&
	grep -q "which day" "$S/out" &&
	! remind add --message REMIND_EVENT --to "to 12" --when now title=A &&
	grep -q "needs time=" "$S/out" &&
	! remind add --message CONSENT_ASK --to "to 12" --when now && ! remind approve 7 &&
	grep -q "no campaign 7" "$S/out" && ! remind fly
ok "mistakes are refused with words" $?

agree 0990000007 77
remind add --message BROADCAST --to "to 77" --when now "text=mất nước ngày mai"
W=$(id_of)
[ "$W" ] && remind preview "$W" && grep -q "1 person, 1 part" "$S/out" && let_time_pass && remind approve "$W" &&
	wait_for 20 queued "$W" 1 && sql "SELECT text FROM outbox WHERE what='R $W'" >"$S/out" &&
	[ "$(cat "$S/out")" = "P. Dinh Cong: mat nuoc ngay mai. Hoi 024 3000 0000" ]
ok "the ward's own words, previewed and approved, with its telephone" $?
! remind add --message BROADCAST --to "to 77" --when now "text=xem dinhcong.vn" && grep -q "a link" "$S/out"
ok "never with a link" $?

# ---- a board that belongs to a ward: the ward orders, the board sends ----

stop laidod
rm -rf "$S/laidod"
ward_conf
conf_of_ward laidod "$open"
serve_ward
ward() { "$B/bin/laido" reminders "$@" --socket "$S/ward/ctl.sock" >"$S/out" 2>&1; }
serve laidod
agree 0990000004 5 && let_time_pass && ! remind pause && grep -q "only the ward" "$S/out"
ok "a board of a ward orders nothing by itself" $?
ward add --message REMIND_MEET --to "to 5" --when now time=9:00 place=phuong
F=$(id_of)
counted() { ward preview "$F" && grep -q "1 person" "$S/out"; }
wait_for 20 counted && ward approve "$F" && wait_for 30 carried "$F"
ok "the ward's campaign is sent by the board that is her home" $?
paused() { remind list && grep -q "The ward rests" "$S/out"; }
ward pause && wait_for 90 paused
ok "the ward's pause reaches the board" $?

echo "1..$n"
