#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The ward's page: open on this machine while nobody has a password; then sessions, roles, limits;
# beyond this machine only with both password and certificate.
. tests/harness/tap.sh

free_port $((20000 + $$ % 20000)); mesh_port=$port
free_port $((port + 1)); web_port=$port
ward_conf() { # ward_conf LINE...
	cat >"$S/ward.conf" <<-END
		name = "Định Công"; state_dir = "$S/ward"; mesh_port = $mesh_port; web_port = $web_port;
		min_cell = 0; clock = { trust_system = true; };
	END
	for line; do echo "$line" >>"$S/ward.conf"; done
}
ward() { run "$1" "$B/bin/laido-ward" -c "$S/ward.conf" "$2" ${3+"$3"} ${4+"$4"} ${5+"$5"}; }
base=http://127.0.0.1:$web_port
up_now() { curl -sko /dev/null "$base/login"; }
start_ward() {
	start ward "$B/bin/laido-ward" -c "$S/ward.conf"
	up ward 10 up_now
}
# get CODE PATH [CURL-OPTION...]: the answer with its headers is in $S/out.
get() {
	want=$1 path=$2
	shift 2
	got=$(curl -sk -D "$S/head" -o "$S/page" -w '%{http_code}' "$@" "$base$path")
	cat "$S/head" "$S/page" >"$S/out" 2>/dev/null
	[ "$got" = "$want" ] || { echo "HTTP $got instead of $want: $path" >>"$S/out"; return 1; }
}
login() { # login CODE NAME PASSWORD [CURL-OPTION...]
	code=$1 name=$2 word=$3
	shift 3
	get "$code" /login -c "$S/cookies" --data-urlencode "name=$name" \
		--data-urlencode "password=$word" "$@"
}

"$B/tools/fill" "$S/ward" 30 300 >/dev/null
ward_conf
start_ward
get 200 / && has 'Theo tổ dân phố' 'Content-Security-Policy'
ok "while nobody has a password, whoever is on this machine sees the report" $?
get 403 / -H 'Host: evil.example'
ok "but no page of another name does" $?

# ---- what 100 % means ----
# A report that took long to make is shown until the next is made.
goals_shown() { get 200 / && has '>412<' '>120<' '>840<'; }
sock() { run "$@" --socket "$S/ward/ctl.sock"; }
printf 'Tổ;Người lớn\n1;412\n200;5\n2;nhiều\n3;\n' >"$S/goals.csv"
sock 1 "$laido" import goals "$S/goals.csv" --commit &&
	has 'goals.csv:3: error: tdp: 1 to 99' 'goals.csv:4: error: how many' \
		'goals.csv:5: error: how many is missing' '1 new, .* 3 errors'
ok "denominators come from a table; its wrong rows are named by file and line" $?
printf 'market,traders\nĐịnh Công,120\n' >"$S/markets.csv"
printf 'school,pupils\nTHCS Định Công,830\nTHCS Định Công,840\n' >"$S/schools.csv"
sock 0 "$laido" import goals "$S/markets.csv" --commit && has '1 new' &&
	sock 0 "$laido" import goals "$S/schools.csv" --commit && has '1 new, 1 changed' &&
	wait_for 10 goals_shown
ok "the report soon has them, the newest counts" $?
sock 0 "$laido" export goals && cp "$S/out" "$S/again.csv" &&
	sock 0 "$laido" import goals "$S/again.csv" --commit && has '0 new, 0 changed, .* 3 as they'
ok "what is exported can be imported again" $?
get 200 /how && has 'Cách tính từng con số' 'id=school' && get 200 '/how?lang=en' && has 'id=few'
ok "how each figure is counted has a page" $?
get 200 '/report.csv?table=school' && has '^school,goal,pupils' 'THCS Định Công",840,0'
ok "and schools a table" $?

echo short | "$B/bin/laido-ward" -c "$S/ward.conf" --user 'Chị Hoa' >"$S/out" 2>&1
has 'at least 10 letters'
ok "a short password is refused, in words" $?
printf 'mot hai ba bon\n' | "$B/bin/laido-ward" -c "$S/ward.conf" --user 'Chị Hoa' >"$S/out" 2>&1 &&
	printf 'nam sau bay tam\n' |
	"$B/bin/laido-ward" -c "$S/ward.conf" --user van --role operator >"$S/out" 2>&1
ok "two people get one" $?
cat "$S/ward/users" >"$S/out"
[ "$(stat -c %a "$S/ward/users")" = 600 ] && has 'viewer .argon2id.v=19.m=16384' &&
	! grep -qE 'bon|tam' "$S/ward/users"
ok "kept as argon2id, for the owner's eyes" $?

get 303 / && has 'Location: /login' && get 401 /report.json && get 401 /report.csv
ok "from now on a look needs a login; no restart is needed" $?
get 200 '/login?lang=en' && has 'Log in' && get 200 /login && has 'Mật khẩu'
ok "the form is there in both languages" $?
login 403 van 'wrong wrong wrong' && has 'chưa đúng' && login 403 nobody 'mot hai ba bon'
ok "a wrong password and an unknown name get the same answer" $?
login 403 van 'nam sau bay tam' -H 'Origin: http://evil.example' &&
	login 403 van 'nam sau bay tam' -H 'Sec-Fetch-Site: cross-site'
ok "a form of another site is refused" $?
login 303 van 'nam sau bay tam' -H "Origin: $base" &&
	has 'Set-Cookie: laido_ward=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict'
ok "the right one begins a session that neither scripts nor other sites can use" $?
get 200 /report.json -b "$S/cookies" && has '"ambassador"' && get 200 / -b "$S/cookies" &&
	has 'Thoát'
ok "with it the report is there" $?
get 401 /report.json -H 'Cookie: laido_ward=0000000000000000000000000000000000000000000000000000000000000000'
ok "a made-up session is none" $?
get 303 /logout -b "$S/cookies" -X POST && get 401 /report.json -b "$S/cookies"
ok "after logging out the cookie is worth nothing" $?

login 303 'Chị Hoa' 'mot hai ba bon' && get 200 / -b "$S/cookies" && cp "$S/cookies" "$S/hoa"
ok "a name with accents and blanks logs in" $?
ward 0 --remove-user 'Chị Hoa' && get 401 /report.json -b "$S/hoa"
ok "who is removed is out at once" $?

for i in 1 2 3 4 5; do login 403 van "wrong wrong wrong" || login 429 van x; done
login 429 van 'nam sau bay tam' && has 'Retry-After' 'Chờ vài phút'
ok "after five wrong ones the address has to wait, even with the right one" $?
head -c 100000 /dev/zero | tr '\0' a >"$S/long"
get 413 /login --data-binary "@$S/long" || get 400 /login --data-binary "@$S/long"
ok "an endless form is refused" $?
run 0 "$laido" report --ward "$S/ward/ctl.sock" --by course && has 'VNEID'
ok "the operator's terminal goes by the socket" $?
run 1 "$laido" report --ward "$base" && has 'asks for a password'
ok "and says so when it was sent to the page" $?
stop ward

# ---- beyond this machine ----
ward_conf 'web_host = "0.0.0.0";'
ward 1 --check && has 'web_cert and web_key'
ok "beyond this machine only with HTTPS: the check says what to set" $?
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$S/key.pem" -out "$S/cert.pem" -days 2 \
	-subj /CN=ward.test >/dev/null 2>&1
ward_conf 'web_host = "0.0.0.0";' "web_cert = \"$S/cert.pem\";" "web_key = \"$S/key.pem\";"
mv "$S/ward/users" "$S/users"
run 1 "$B/bin/laido-ward" -c "$S/ward.conf" && has 'nobody has a password: laido-ward --user'
ok "and only when somebody has a password" $?
mv "$S/users" "$S/ward/users"
base=https://127.0.0.1:$web_port
start_ward
login 303 van 'nam sau bay tam' && has 'SameSite=Strict; Secure' && get 200 / -b "$S/cookies"
ok "HTTPS with the ward's certificate, and the cookie keeps to it" $?
grep -h 'logged in\|wrong password' "$S/ward.log" >"$S/out"
has 'van logged in from 127.0.0.1' 'wrong password for "van"' && ! grep -q 'bay tam' "$S/ward.log"
ok "who came and who failed stands in the log, no password does" $?
login 403 'a
van in' 'wrong wrong wrong'
grep -h 'wrong password' "$S/ward.log" >"$S/out"
has 'wrong password for "a.van in" from'
ok "a name of two lines makes one line of the log" $?
ward 0 --remove-user van && get 401 /report.json && get 303 / && get 401 /report.json -b "$S/cookies"
ok "without its last password a page that others reach shows nobody anything" $?
last_checks
