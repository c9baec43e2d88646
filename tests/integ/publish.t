#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The ward publishes content: two boards and laido-ward, an operator with `laido publish`, and
# handsets. What docs/ADD-A-LESSON.md says is done here word for word.
. tests/harness/tap.sh

ward_conf "content_dir = \"$S/content\";"
# pub CODE ARGS...: `laido publish` on the ward's server, as `run`.
pub() {
	code=$1
	shift
	run "$code" "$laido" publish "$@" --socket "$S/ward/ctl.sock"
}
# poke NAME: whatever a board stores brings it into contact with the ward at once.
n_poke=100
poke() {
	n_poke=$((n_poke + 1))
	printf '> HOC\n> 1\n' >"$S/poke"
	"$laido" phone 0990000$n_poke --script "$S/poke" --socket "$S/$1.ctl" >/dev/null 2>&1
}
in_use() { [ "$1" = ward ] && set -- ward/ctl.sock "$2" || set -- "$1.ctl" "$2"; "$laido" publish --list --socket "$S/$1" | grep -q "^ *$2  in use"; }
takes() { poke "$1"; wait_for 40 in_use "$1" "$2"; }
# play NUMBER BOARD: a transcript on stdin.
play() {
	cat >"$S/script"
	"$laido" phone "$1" --script "$S/script" --socket "$S/$2.ctl" >"$S/out" 2>&1
}

fresh_content
conf_of_ward one
conf_of_ward two
serve_ward
serve one
serve two
pub 0 --list && has 'Nothing has been published' "$S/content"
ok "before the first edition the folder of the settings is in use" $?

# ---- docs/ADD-A-LESSON.md, sections 1, 2 and 6 ----

cp -R "$S/content" "$S/draft"
course=$S/draft/courses/dvc.conf
body=$(sed '/^);$/d' "$course")
printf '%s,\n' "$body" >"$course"
sed -n '/^    # 9$/,/2026-11-22"; }$/s/^    //p' docs/ADD-A-LESSON.md >>"$course"
echo ');' >>"$course"
run 0 "$laido" check "$S/draft" --against "$S/content"
ok "the lesson of the document is checked" $?

pub 0 "$S/draft" --dry-run && has '^\+ lesson DVC 9: "Nộp hồ sơ hộ" \(waits: not reviewed' \
	'1 added, 0 changed, 0 removed' 'Nothing was published' && pub 0 --list &&
	has 'Nothing has been published'
ok "a dry run says what would change, and changes nothing" $?

pub 0 "$S/content" && has 'Edition 1 is published' && wait_for 10 in_use ward 1
pub 0 "$S/content" && has 'Nothing to do'
ok "the ward publishes what it has; a second time there is nothing to do" $?
takes one 1 && takes two 1
ok "both boards take it over" $?

# Somebody stands in the menu while the next one comes.
sed -i 's/vi = "Định Công học số"/vi = "Định Công học mới"/' \
	"$S/draft/menu.conf"
mkfifo "$S/keys"
"$laido" phone 0990000007 --plain --timeout 60 --socket "$S/two.ctl" <"$S/keys" >>"$S/menu" 2>&1 &
exec 8>"$S/keys"
echo '*123#' >&8
menu_has() { grep -q "$1" "$S/menu"; }
wait_for 10 menu_has '^< '
ok "somebody is in the menu of a board" $?
pub 0 "$S/draft" && has '^~ screen root: text vi' '^\+ lesson DVC 9' \
	'[1-6] new pieces, '
ok "a lesson and a screen: the pieces of two files" $?
takes one 2 && takes two 2
ok "both boards have it" $?
: >"$S/menu"
echo 1 >&8; wait_for 10 menu_has '0.Ve'
echo 0 >&8; wait_for 10 menu_has 'Dinh Cong hoc so'
status=$?
echo '/hangup' >&8
exec 8>&-
wait $!
ok "who was in the menu sees the old one to its end" $status
play 0990000007 two <<'END'
> *123#
< Dinh Cong hoc moi
< ...
! hangup
END
ok "and the new one the next time" $?
play 0990000008 one <<'END'
> HOC
> 1
> DK 3
< (sms)
< 1/9 ...
< ...
END
ok "the ninth lesson is on the other board, without a restart" $?

# ---- what is refused ----

cp -R "$S/draft" "$S/bad"
sed -i 's/start = /strat = /' "$S/bad/menu.conf"
pub 1 "$S/bad" && has 'menu.conf:[0-9]+: error:.*strat' 'nothing was published'
ok "a folder with errors is not published, and the line is named" $?
rm -rf "$S/bad"; cp -R "$S/draft" "$S/bad"
sed -i 's/{ code = "101"; to = "learn.1"/{ code = "101"; to = "acct"/' "$S/bad/codes.conf"
pub 1 "$S/bad" && has 'code 101 was' 'printed cards' 'nothing was published'
ok "a code that stands on printed cards keeps its meaning" $?
run 1 "$laido" publish "$S/draft" --socket "$S/one.ctl" && has 'only the ward publishes'
ok "a board of a ward does not publish" $?
sed -i 's/vi = "Định Công học mới"/vi = "Định Công học nữa"/' "$S/draft/menu.conf"
pub 1 "$S/draft" --at "1/1/2020 06:00" && has 'is past' &&
	pub 1 "$S/draft" --at soon && has '24/12/2026 06:00' &&
	pub 1 "$S/none" && pub 2 --rollback two && pub 1 --rollback 77 &&
	has 'no edition 77'
ok "a time that is past, none, no folder, no such edition" $?
run 1 "$laido" reload --socket "$S/one.ctl" && has 'content_dir is a draft'
ok "a board's own folder is a draft now" $?

# ---- later, and back ----

pub 0 "$S/draft" --at "today 23:59" && has 'boards use it from' &&
	pub 0 --list && has '^ *3  waits' '^ *2  in use'
ok "an edition for later waits" $?
pub 0 --rollback && has 'As edition 2' && wait_for 10 in_use ward 4 &&
	pub 0 --list && has '^ *3  replaced'
ok "--rollback takes back what still waits" $?
pub 0 --rollback && has 'As edition 1' && takes one 5 && play 0990000007 one <<'END'
> *123#
< Dinh Cong hoc so
< ...
! hangup
END
ok "--rollback brings back the edition before" $?

stop one
rm -rf "$S/content/menu.conf"
serve one
in_use one 5 && "$laido" rebuild --socket "$S/one.ctl" >"$S/out" 2>&1 && in_use one 5
ok "after a restart the edition is used, whatever has become of the folder; a rebuild finds it again" $?
run 0 "$laido" status --json --socket "$S/one.ctl" && has '"edition": 5' '"refused": 0'
ok "status names it" $?

# ---- a lone board is its own ward ----

fresh_content
conf lone
serve lone
run 0 "$laido" publish "$S/draft" --socket "$S/lone.ctl" && wait_for 10 in_use lone 1
ok "a board that is a ward of its own publishes for itself" $?

# At the stated time: a minute of this board takes three seconds.
stop lone
start lone env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$B/tools/fast.so" \
	LAIDO_FAST="20 $(cut -d. -f1 /proc/uptime)" "$B/bin/laidod" -c "$S/lone.conf"
up lone 10 ready lone
now=$("$laido" status --json --socket "$S/lone.ctl" | sed -n 's/.*"utc_ms": \([0-9]*\)[0-9]\{3\},*/\1/p')
at=$(date -u -d "@$((now + 7 * 3600 + 100))" '+%d/%m/%Y %H:%M')
announced() { "$laido" status --socket "$S/lone.ctl" | grep -q '^content .*; edition 2 from'; }
sed -i 's/vi = "Định Công học nữa"/vi = "Đúng giờ"/' "$S/draft/menu.conf"
run 0 "$laido" publish "$S/draft" --at "$at" --socket "$S/lone.ctl" &&
	"$laido" publish --list --socket "$S/lone.ctl" >"$S/out" && has '^ *2  waits' '^ *1  in use' &&
	wait_for 5 announced && wait_for 20 in_use lone 2 &&
	play 0990000009 lone <<'END'
> HOC
> 1
> *123#
< Dung gio
< ...
! hangup
END
ok "at the stated time it switches" $?

last_checks
