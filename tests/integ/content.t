#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What an operator does with the content folder without a daemon: check, graph, plan, card. And
# the ward's table for a spreadsheet.
. tests/harness/begin.sh

# copy: a fresh copy of the content in $S/c.
copy() {
	rm -rf "$S/c"
	cp -R conf/content "$S/c"
}
# change FILE SED-SCRIPT: in the copy; it must change something.
change() {
	sed "$2" "conf/content/$1" >"$S/c/$1"
	! cmp -s "conf/content/$1" "$S/c/$1"
}

# ---- check ----

run 0 "$laido" check conf/content && has_text "0 errors, 0 warnings"
ok "check: what is shipped is clean" $?

run 0 "$laido" check --json conf/content && has_text '"findings": []' '"errors": 0' '"courses": 7'
ok "check --json: the same for programs" $?

copy
change codes.conf 's/code = "10";/code = "113";/' && run 1 "$laido" check --json "$S/c" &&
	has_text "\"file\": \"$S/c/codes.conf\"" '"level": "error"' '"line": '
ok "check --json: a mistake has file, line and level; exit 1" $?

run 0 "$laido" check conf/content --against conf/content && has_text "0 errors, 0 warnings"
ok "check --against itself: nothing has changed its meaning" $?

copy
change menu.conf '/id = "root"/,/} ); },/s/to = "scam"/to = "help"/' &&
	run 1 "$laido" check "$S/c" --against conf/content &&
	has_text 'screen root: key 6 was "Báo lừa đảo" (scam) and is now "Báo lừa đảo" (help)'
ok "check --against: a key that leads elsewhere" $?

copy
change codes.conf 's/code = "604"; to = "scam.4"/code = "604"; to = "scam.1"/' &&
	run 1 "$laido" check "$S/c" --against conf/content && has_text 'code 604 was "Bốn điều nhớ" (scam.4)'
ok "check --against: a printed code that opens something else" $?

copy
change codes.conf '/code = "604"/d' && run 1 "$laido" check "$S/c" --against conf/content &&
	has_text 'code 604 ("Bốn điều nhớ") is gone'
ok "check --against: a printed code that is gone" $?

copy
change courses/dvc.conf '0,/title = "/s//title = "Khác: /' &&
	run 0 "$laido" check "$S/c" --against conf/content && has_text "DVC lesson 1 was"
ok "check --against: another lesson under an old number is a warning" $?

copy
sed 's/^key = .*/key = "SUCKHOE";/; s/^menu_key = .*/menu_key = 9;/' conf/content/courses/dvc.conf >"$S/c/courses/suckhoe.conf"
run 1 "$laido" check conf/content --against "$S/c" && has_text "course SUCKHOE is gone"
ok "check --against: a course that is gone" $?

run 1 "$laido" check conf/content --against "$S/nowhere" && has_text "nothing was compared"
ok "check --against nothing: says so, exit 1" $?

copy
change messages.conf 's/\\n5 Chợ số//' && run 0 "$laido" check "$S/c" &&
	has_text 'course CHOSO: ENROL_WHICH of messages.conf does not list "5 Chợ số"'
ok "check: a course that nobody is told of is a warning" $?

# ---- a further language, by an operator ----

copy
for f in menu messages; do
	change "$f.conf" 's/\([ {]\)en = \("[^"]*";\)/\1en = \2 fr = \2/g'
done
for f in conf/content/courses/*.conf; do
	sed 's/ en = \("[^"]*";\)/ en = \1 fr = \1/' "$f" >"$S/c/courses/${f##*/}"
done
run 1 "$laido" check "$S/c" && has_text 'there is no setting "fr" here'
ok "language: texts in one that values.conf does not name are refused" $?

change values.conf 's/^  { code = "en"; .* }$/&, { code = "fr"; words = [ "FR", "PHAP" ]; }/' &&
	run 0 "$laido" check "$S/c" && has_text "0 errors"
ok "language: a third one, in every text, needs no code" $?

sed '0,/fr = "Lessons";/s///' "$S/c/menu.conf" >"$S/menu" && mv "$S/menu" "$S/c/menu.conf" &&
	run 1 "$laido" check "$S/c" && has_text 'menu.conf:' '"fr" is missing here'
ok "language: a text that is not translated is named" $?

# ---- graph ----

# Every line of the drawing is one of five shapes; a quoted string has no bare quote inside.
q='"([^"\\]|\\.)*"'
run 0 "$laido" graph conf/content &&
	! grep -vqE "^(digraph laido \{|\}|	rankdir=LR;|	(node|edge) \[.*\];|	$q( -> $q)? \[label=$q(, [a-z]+=($q|[a-z0-9]+))*\];)\$" "$S/out" &&
	has_text '"root" -> "learn" [label="1. Học bài"];' '"quiz.answer" -> "quiz.right" [label="right", style=dashed];'
ok "graph: every screen and way, well formed" $?

copy
change menu.conf '/id = "root"/,/} ); },/s/vi = "Định Công học số"/vi = "a\\"];b\\\\"/' &&
	run 0 "$laido" graph "$S/c" && has_text 'label="root\na\"];b\\"'
ok "graph: quotes and backslashes of a text stay inside its label" $?

run 1 "$laido" graph "$S/nowhere" && has_text "no course is there"
ok "graph: no such folder" $?

# ---- plan ----

run 0 "$laido" plan conf/content --sims 1 --pace 3 --learners 2000 &&
	has_text "VNEID" "25.0     7,500" "20.4     6,120" "1 SIM of 150 parts a day" \
		"2,000 learners at 3 lessons a week" "That needs 15 SIMs"
ok "plan: parts and money of a course, what a SIM carries, what learners need" $?

# About 60 daily learners, 140 at three lessons a week: measured figures of the design.
carried() {
	"$laido" plan conf/content --json --sims "$1" --pace "$2" | sed -n 's/.*"carried": \([0-9]*\).*/\1/p'
}
day=$(carried 1 7) week=$(carried 1 3)
{ [ "$day" -ge 57 ] && [ "$day" -le 63 ] && [ "$week" -ge 133 ] && [ "$week" -le 147 ]; }
ok "plan: about 60 daily learners a SIM, 140 at three lessons a week ($day, $week)" $?

run 2 "$laido" plan conf/content --pace 0 && has_text "not a number in its range"
ok "plan: a pace of 0 is refused" $?

copy
change values.conf '/^money = {/,/^};/d' && run 0 "$laido" plan "$S/c" && has_text "values.conf has no prices"
ok "plan: without prices it says how to write them" $?

# ---- card ----

run 0 "$laido" card conf/content --booklet &&
	has_text '<html lang="vi">' 'Định Công học số' '<b>604</b><span>Bốn điều nhớ</span>' 'DK 8' \
		'Mỗi công dân - một định danh số' 'Có quyền hỏi, sửa, xóa dữ liệu'
ok "card: codes, courses, lessons, with accents" $?

sed '1,/<\/style>/d' "$S/out" >"$S/body"
[ -s "$S/body" ] && ! grep -q '[{}]' "$S/body" && [ "$(grep -c '<section' "$S/body")" = "$(grep -c '</section' "$S/body")" ] &&
	! grep -q 'http\|<script\|<img' "$S/body"
ok "card: no word left open, nothing loaded from elsewhere" $?

copy
sed '/arg = "GIADINH"/d' conf/content/codes.conf >"$S/c/codes.conf"
change menu.conf 's/arg = "GIADINH"/arg = "LUADAO"/' && run 0 "$laido" card "$S/c" --booklet &&
	has_text "Mỗi công dân" && ! grep -q 'Gia đình số - Tổ dân phố số' "$S/out"
ok "card: a course that is not on offer is not printed" $?

copy
change courses/dvc.conf '0,/title = ".*";/s//title = "<b>\&\\"quot";/' &&
	run 0 "$laido" card "$S/c" --course DVC && has_text '&lt;b&gt;&amp;&quot;quot'
ok "card: markup in a text is text" $?

run 2 "$laido" card conf/content --course NIX && has_text "there is no course NIX"
ok "card: no such course" $?

# ---- report --csv ----

AT=127.$((40 + $$ % 200)).$(($$ / 200 % 250)).1
cat >"$S/ward.conf" <<END
state_dir = "$S/ward";
mesh_host = "$AT";
web_host = "$AT";
clock = { trust_system = true; };
tdp = ( { tdp = 12; adults = 300; }, { tdp = 28; adults = 455; } );
END
mkdir "$S/ward"
report() { "$laido" report "$@" --ward "http://$AT:7480"; }
"$B/bin/laido-ward" --init -c "$S/ward.conf" >"$S/init.log" 2>&1
start ward "$B/bin/laido-ward" -c "$S/ward.conf"
up ward 10 report

try 0 report --csv && tr -d '\r' <"$S/out" >"$S/csv" &&
	head -n 1 "$S/csv" | grep -q '^to,adults,invited,' && grep -q '^12,300,' "$S/csv" &&
	grep -q '^28,455,' "$S/csv" && grep -q '^all,755,' "$S/csv" &&
	[ "$(sed 's/[^,]//g' "$S/csv" | sort -u | wc -l)" = 1 ] &&
	[ "$(grep -c "$(printf '\r')\$" "$S/out")" = "$(wc -l <"$S/csv")" ]
ok "report --csv: a row for each to, as many cells in each, lines end by CR LF" $?

try 2 report --csv --json && has_text "not both"
ok "report: --csv or --json" $?

echo "1..$n"
