#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Lists of learners that an office gives to a board: pupils of schools, who learned in a class. What
# the ward then counts; and the ward itself says whose work that is.
. tests/harness/tap.sh

fresh_content
ward_conf 'min_cell = 0;'
conf_of_ward b
serve_ward
serve b
learner() { type_in "$1" b 'HOC\n1\n' && has 'Nho 4 khong'; }
list() { # list KIND CODE [--commit]: the table on standard input
	cat >"$S/$1.csv"
	run "$2" "$laido" import "$1" "$S/$1.csv" ${3-} --socket "$S/b.ctl"
}
# counted TABLE LABEL-AND-FIGURES: soon a row of the ward's table by that begins so.
counted() {
	by=$1 row=$2
	row_is_there() {
		"$laido" report --by "$by" --csv --ward "$S/ward/ctl.sock" >"$S/out" 2>&1 && has "$row"
	}
	wait_for 20 row_is_there
}

learner 0990000001 && learner 0990000002
ok "two learners agree" $?
pupils() { printf 'Số máy;Trường\n990000001;THCS Định Công\n0990000003;THCS Định Công\n'; }
pupils | list schools 0 && has '^Looked at, nothing changed: 1 new' &&
	pupils | list schools 0 --commit && has '^Done: 1 new' 'schools.csv:3: left out: has not agreed'
ok "of a school's list who has agreed is noted, the other one not" $?
pupils | list schools 0 --commit && has '^Done: 0 new, 0 changed, 0 taken back, 2 as they were' &&
	has 'schools.csv:2: left out: is noted already'
ok "the list again changes nothing" $?
counted school '^"THCS Định Công",[^,]*,1,'
ok "the ward counts one pupil of that school" $?
printf 'phone,school\n0990000001,THCS Tân Định\n0990000002,\n12,THCS Tân Định\n' |
	list schools 1 --commit && has '^Done: 1 new' 'schools.csv:4: error: phone' 'schools.csv:3: '
ok "a row without a school or with a wrong number is named, the others are done" $?
counted school '^"THCS Tân Định",' && ! grep -q 'Định Công' "$S/out"
ok "who changes the school is counted there alone" $?
printf 'phone,day\n0990000002,23/11/2025\n0990000003,23/11/2025\n0990000002,31/12/9998\n' |
	list classes 1 --commit && has '^Done: 1 new' 'classes.csv:3: left out' 'classes.csv:4: error'
ok "of a class: who has agreed, on a day that has been" $?
in_class() {
	"$laido" report --json --ward "$S/ward/ctl.sock" >"$S/out" 2>&1 &&
		jq -e '.total.attested == 1' "$S/out"
}
wait_for 20 in_class
ok "the ward counts who learned in a class" $?

run 1 "$laido" import classes "$S/classes.csv" --commit --socket "$S/ward/ctl.sock" &&
	has "a board does: give it to any board" &&
	run 1 "$laido" import schools "$S/schools.csv" --socket "$S/ward/ctl.sock" && has 'a board does'
ok "the ward's server says that this is a board's work" $?
here=$PWD
(cd "$S" && case $laido in /*) ;; *) laido=$here/$laido ;; esac &&
	run 0 "$laido" report --ward ward/ctl.sock && has '^to ' &&
	run 3 "$laido" report --ward ./none.sock && has 'no daemon answers at ./none.sock')
ok "a path that is not absolute is a path, too" $?
last_checks
