#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# State folders that are damaged, read-only or full: a clear message, no crash, and nothing that was
# said to be stored is lost.
. tests/harness/tap.sh
mounted=
tidy() {
	[ -z "$mounted" ] || umount -l "$mounted" 2>/dev/null
	[ ! -e "$S/fixed/laido.db" ] || chattr -i "$S/fixed/laido.db" 2>/dev/null
}
at_end=tidy

fresh_content
conf a
serve a
type_in 0990000001 a 'HOC\n1\n2\n' && has 'Dung roi|Chua dung'
ok "a board that has learners" $?
stop a

# ---- state folders ----

echo x >"$S/file"
damage() {      # NAME: a copy of the state to damage
	rm -rf "$S/$1" && cp -r "$S/a" "$S/$1" && conf "$1"
}
damage d && chmod 644 "$S/d/key" && refused d 'd/key.*chmod 600' && echo x >"$S/d/key" &&
	chmod 600 "$S/d/key" && refused d 'd/key: not a key file' && rm "$S/d/key" && mkdir "$S/d/key" && refused d 'd/key'
ok "a key that others may read, that is none, that is a folder" $?
damage d && echo x >"$S/d/ward" && refused d 'd/ward: damaged'
ok "a damaged membership" $?
damage d && head -c 100000 /dev/urandom >"$S/d/laido.db" && rm -f "$S/d/laido.db-wal" && refused d 'd/laido.db: .*not a database'
ok "a database that is none" $?
damage d && sqlite3 "$S/d/laido.db" 'PRAGMA user_version = 99' && refused d 'schema 99' 'newer version'
ok "a database of a newer version" $?
damage d && sqlite3 "$S/d/laido.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null && rm -f "$S"/d/laido.db-* &&
	for page in 3 4 5 6 7 8 9 10 11 12 13 14; do
		head -c 1024 /dev/urandom | dd of="$S/d/laido.db" bs=1024 seek=$page conv=notrunc 2>/dev/null
	done
start d "$B/bin/laidod" -c "$S/d.conf"
over() { ! alive d || ready d; }
wait_for 10 over
if alive d; then
	type_in 0990000001 d '*123#\n/sms HOC\n' 3
	stop d
fi
cp "$S/d.log" "$S/out"
has 'damaged|malformed|ready' && ! has 'Sanitizer|assertion'
ok "a damaged database: said so, no crash" $?
conf e && sed -i "s,^state_dir.*,state_dir = \"$S/file/x\";," "$S/e.conf" && refused e "$S/file/x?.*(Not a directory|cannot be made)" &&
	conf e && sed -i "s,^ctl_socket.*,ctl_socket = \"$S/none/ctl\";," "$S/e.conf" && refused e "$S/none/ctl"
ok "folders that cannot be made or are not there" $?
if damage fixed && chattr +i "$S/fixed/laido.db" 2>/dev/null; then
	refused fixed 'fixed/laido.db.*read-?only'
	ok "a read-only database" $?
	chattr -i "$S/fixed/laido.db"
else
	ok "a read-only database # SKIP needs root and chattr" 0
fi

# ---- a full disk ----

mkdir "$S/full"
if mount -t tmpfs -o size=1536k tmpfs "$S/full" 2>/dev/null; then
	mounted=$S/full
	conf full 'outbox = { replies_per_hour = 1; };'
	mount -o remount,ro "$S/full"
	refused full "$S/full.*[Rr]ead-only"
	ok "a read-only folder" $?
	mount -o remount,rw "$S/full"
	serve full
	pid=$(pid_of full)
	head -c 2000000 /dev/zero >"$S/full/fill" 2>/dev/null
	truncate -s -98304 "$S/full/fill"
	busy() {        # each of them is to be stored; at last one cannot be
		i=$((i + 1))
		type_in "$(printf '0990000%03d' $i)" full '*123#\n1\n'
		has 'Da ghi dong y' && cp "$S/out" "$S/last"
		has '^< He thong dang ban'
	}
	i=100
	wait_for 30 busy
	ok "a full disk: live sessions hear that the system is busy" $?
	noted=$(sqlite3 "$S/full/laido.db" 'SELECT count(*) FROM person')
	echo "# $((i - 101)) people were told that they are enrolled, $noted are"
	[ "$noted" -gt 0 ] && [ "$noted" = $((i - 101)) ] && ready full
	ok "who was told that it is stored is stored; laido status answers" $?
	{ printf 'HOC\n/wait 20\n' | "$laido" phone 0990000099 --plain --timeout 30 --socket "$S/full.ctl" >"$S/text" 2>&1; } &
	texter=$!
	refusals() { [ "$(grep -c 'could not be stored: the disk is full' "$S/full.log")" -gt "$1" ]; }
	wait_for 10 refusals "$(grep -c 'could not be stored: the disk is full' "$S/full.log")"
	rm "$S/full/fill"
	wait $texter
	cp "$S/text" "$S/out"
	has '^< \(sms\)' 'Nhan 1 dong y'
	ok "a text that came meanwhile is answered when there is room, whatever the loop guard counts" $?
	type_in "$(printf '0990000%03d' $i)" full '*123#\n1\n' && has 'Da ghi dong y' &&
		run 0 "$laido" rebuild --socket "$S/full.ctl" && has Equal && kill -0 "$pid"
	ok "menus are back, it is the same process, rebuild says Equal" $?
	stop full
	head -c 2000000 /dev/zero >"$S/full/fill" 2>/dev/null
	mkdir "$S/full/new"
	sed -i "s,^state_dir.*,state_dir = \"$S/full/new\";," "$S/full.conf"
	refused full "$S/full/new.*([Nn]o space|full)"
	ok "a start on a full disk is refused with the reason" $?
else
	ok "read-only folder and full disk # SKIP needs root and mount" 0
fi

last_checks
