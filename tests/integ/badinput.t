#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input of every kind: each gets a clear message, nothing crashes, and what runs goes on.
. tests/harness/tap.sh

# raw NAME FILE LINES: send octets to the control socket, take up to LINES answers.
raw() {
	perl -MIO::Socket::UNIX -e '
		my ($path, $file, $want) = @ARGV;
		alarm 15;
		$SIG{PIPE} = "IGNORE";
		my $s = IO::Socket::UNIX->new(Peer => $path) or die "connect: $!\n";
		open(my $f, "<:raw", $file) or die; local $/; my $octets = <$f>; $/ = "\n";
		print $s $octets; $s->flush;
		while ($want-- > 0) { my $l = <$s>; last unless defined $l; print $l }
	' "$S/$1.ctl" "$2" "$3" >"$S/out" 2>&1
}

fresh_content

# ---- command lines ----

run 2 "$B/bin/laido-ward" --fly && run 2 "$B/bin/laido-modem" && run 2 "$B/bin/laidod" --fly && run 2 "$B/bin/laidod" fly && has "what is 'fly'" "Usage" &&
	run 2 "$B/bin/laidod" -c && run 0 "$B/bin/laidod" --help
ok "laidod, laido-ward, laido-modem: wrong command lines, exit 2" $?
run 2 "$laido" && run 2 "$laido" fly && has fly && run 2 "$laido" status x && run 2 "$laido" phone &&
	run 2 "$laido" message show && run 2 "$laido" status --config "$S/none" && has "$S/none" &&
	run 3 "$laido" status --socket "$S/none" && has "no daemon answers"
ok "laido: wrong command lines, exit 2; no daemon, exit 3" $?

# ---- settings ----

# setting PATTERN LINE: the last line, and only that one, is wrong.
setting() {
	conf s "$2"
	run 1 "$B/bin/laidod" --check -c "$S/s.conf" && has "s\.conf:10: .*$1" || bad="$bad $2"
}
bad=
setting '"log_level"' 'log_levle = "debug";'
setting 'replies_per_hour' 'outbox = { replies_per_huor = 3; };'
setting 'vty_port|twice|duplicate' 'vty_port = 1;'
setting 'log_level' 'log_level = "loud";'
setting 'modem_program' 'modem_program = 7;'
setting 'burst' 'outbox = { burst = -1; };'
setting 'burst' 'outbox = { burst = 99999999999999999999; };'
setting 'syntax' 'outbox = { burst = ; };'
setting '' '@include "/etc/passwd"'
[ -z "$bad" ]
ok "a wrong setting: file, line, and the nearest name$bad" $?
conf s
run 1 "$B/bin/laidod" --check -c "$S/none" && has "$S/none" &&
	run 1 "$B/bin/laidod" --check -c "$S" && has "$S" &&
	head -c 5000 /dev/urandom >"$S/noise" && run 1 "$B/bin/laidod" --check -c "$S/noise" &&
	has "noise:[0-9]+" && sed -i "s,^content_dir.*,content_dir = \"$S/none\";," "$S/s.conf" &&
	run 1 "$B/bin/laidod" --check -c "$S/s.conf" && has "$S/none" "No such file"
ok "settings that are missing, a folder or noise; a missing content folder" $?

# ---- content ----

conf a
serve a
pid=$(pid_of a)
serves() { type_in 0990000009 a '*123#\n' && has '1\.Dong y'; }
# broken FILE SED: refused by --check and by reload with the line, and the old menu stays.
broken() {
	fresh_content
	sed -i "$2" "$S/content/$1"
	run 1 "$B/bin/laidod" --check -c "$S/a.conf" && has "$1:[0-9]+: error" &&
		run 1 "$laido" reload --socket "$S/a.ctl" && has "$1:[0-9]+: error" "old content stays" &&
		serves || bad="$bad $1:$2"
}
bad=
broken menu.conf '0,/to = "[a-z.]*"/s//to = "nowhere"/'
broken menu.conf 's/^start = .*/start = "nowhere";/'
broken menu.conf '0,/id = "learn"/s//id = "root"/'
broken menu.conf '0,/key = "2"/s//key = "1"/'
broken menu.conf '0,/text = /s//txet = /'
broken menu.conf '0,/do = "[a-z_]*"/s//do = "fly"/'
broken menu.conf '$s/.*/(((/'
broken messages.conf '0,/{n}/s//{nn}/'
broken commands.conf '0,/{/s//(/'
broken courses/luadao.conf '0,/^  answer = [123]/s//  answer = 4/'
[ -z "$bad" ]
ok "broken menus, messages, commands, courses: file:line, the running one stays$bad" $?
: >"$S/out"
fresh_content && rm "$S/content/menu.conf" &&
	run 1 "$laido" reload --socket "$S/a.ctl" && has menu.conf && rm -rf "$S/content" &&
	run 1 "$laido" reload --socket "$S/a.ctl" && has "No such file" && mkdir "$S/content" &&
	run 1 "$laido" reload --socket "$S/a.ctl" && serves
ok "content with a file missing, missing, empty" $?
fresh_content
kill -HUP "$pid"
run 0 "$laido" reload --socket "$S/a.ctl" && serves
ok "mended content is taken over" $?

# ---- what people send ----

long=$(head -c 10000 /dev/zero | tr '\0' x)
type_in 0990000001 a 'HOC\n1\n' && has '^< 1/10'
ok "somebody enrols" $?
type_in 0990000001 a 'XYZ QQ\n' && has '^< \(sms\)' 'HOC'
ok "unknown words get the list of words" $?
type_in 0990000001 a "/sms\n$long\n/sms   \n" && ! has 'late' && ! has 'refused'
ok "messages of no and of 10,000 characters" $?
type_in 0990000001 a '/sms \\001\\033[2J\\177\n/sms %%s%%n%%999999d\n/sms '"'; DROP TABLE event; --"'\n/sms 😀\n' &&
	! has 'late' && ! grep -q "$(printf '\033')" "$S/out"
ok "control characters, formats, SQL, emoji" $?
type_in 0990000001 a '*123#\n9\n\n'"$long"'\n*123#\n' && has '0\.Ve' && ! has 'late'
ok "the same in a menu: three tries, then out" $?
type_in 0990000001 a '/dial *#\n/dial 12\n/text 1\n/hangup\n/fly\n' && has refused && ! has late
ok "a handset used wrongly" $?
printf 'HOC \377\376\200\n' | "$laido" phone 0990000001 --plain --socket "$S/a.ctl" >"$S/out" 2>&1
has 'UTF-8'
ok "octets that are no UTF-8 are refused before they are sent" $?
type_in 0990000001 a '2\n' && has 'Dung roi|Chua dung'
ok "and the open question is still open" $?

# ---- the control socket ----

{
	printf '{"cmd":"status","x":"\377"}\n[]\n7\n"x"\nnull\n{"cmd":7}\n{"cmd":"fly"}\n{"id":-1,"cmd":"status"}\n'
	printf '{"id":1e99,"cmd":"status"}\n{"id":1,"id":2,"cmd":"status"}\n{"cmd":"phone"}\n{"cmd":"phone","number":7}\n'
	printf '{"cmd":"phone","number":"0912345678"}\n{"cmd":"phone","number":"0990000001","septets":1}\n'
	printf '{"id":7,"cmd":"message.show","message":"x"}\n{"id":8,"cmd":"message.show","message":-5}\n{"id":9,"cmd":"message.list","state":"x"}\n'
	printf '{"id":5,"do":"sms","text":"x"}\n{"cmd":"phone","number":"0990000001","do":"fly","id":6}\n{"x":"\\u0000"}\n'
} >"$S/in"
raw a "$S/in" 22 && [ "$(grep -c '"error"' "$S/out")" -ge 19 ] && has '"why":"\\"do\\" is one of'
ok "messages that are none: an error each" $?
{ head -c 1048576 /dev/zero | tr '\0' x; printf '\n'; head -c 9000 /dev/zero | tr '\0' '['; printf '\n{"id":3,"cmd":"message.list"}\n'; } >"$S/in"
raw a "$S/in" 3 && has 'longer than' 'not JSON' '"id":3' '"ok":true'
ok "a line of 1 MB and 9,000 brackets: an error each, the connection goes on" $?
{ head -c 65536 /dev/urandom; printf '\n{"id":4,"cmd":"message.list"}\n'; } >"$S/in"
raw a "$S/in" 1000 & noise=$!
printf '{"id":1,"cmd":"sta' >"$S/half"
for i in 1 2 3 4 5; do raw a "$S/half" 0; done
type_in 0990000001 a 'DIEM\n' && has '^< \(sms\)'
ok "half lines and noise disturb nobody" $?
kill $noise 2>/dev/null
wait $noise 2>/dev/null
perl -MIO::Socket::UNIX -e '
	alarm 15;
	$SIG{PIPE} = "IGNORE";
	my (@s, $in, $out);
	for (1..100) { my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or last; push @s, $s }
	for (@s) { print $_ "{\"cmd\":\"message.list\"}\n"; $_->flush }
	for (@s) { my $l = <$_> // ""; $in++ if $l =~ /"ok":true/; $out++ if $l =~ /too many connections/ }
	print scalar(@s), " connections, $in answered, $out refused\n"' "$S/a.ctl" >"$S/out" 2>&1
has '^100 connections, 6[0-9] answered, 3[0-9] refused' && wait_for 5 ready a
ok "100 connections: those beyond the limit are told so" $?

# ---- a second daemon ----

conf b
sed -i "s,^state_dir.*,state_dir = \"$S/a\";," "$S/b.conf"
refused b "a/laido.db is in use by another program" && ready a && serves
ok "a second daemon on the same state: told so, the first one serves" $?
conf b
sed -i "s,^ctl_socket.*,ctl_socket = \"$S/a.ctl\";," "$S/b.conf"
refused b "another daemon answers at $S/a.ctl" && ready a
ok "a second daemon on the same control socket" $?
printf '*123#\n1\n' | "$laido" phone 0990000001 --plain --socket "$S/a.ctl" >/dev/null 2>&1
[ "$(pid_of a)" = "$pid" ] && kill -0 "$pid" && run 0 "$laido" rebuild --socket "$S/a.ctl" && has Equal
ok "through all this it is the same process, and rebuild says Equal" $?
kill "$pid"
wait "$pid"
[ $? = 0 ]
ok "it ends cleanly" $?

last_checks
