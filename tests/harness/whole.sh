# SPDX-License-Identifier: GPL-2.0-or-later
# A whole system on loopback addresses of its own, for the demonstration and for tests: ward,
# board, osmo-hlr with three subscribers, a modem. Sourced after lib.sh; S is the state folder.

# Subscriber N of the HLR: IMSI and number.
imsi_of() { echo "45201123456789$1"; }
number_of() { echo "8491234567$1"; }

whole_files() {
	mkdir -p "$S/ward" "$S/board"
	cat >"$S/ward.conf" <<END
state_dir = "$S/ward";
mesh_host = "$AT";
web_host = "$AT";
clock = { trust_system = true; };
min_cell = 0;
tdp = ( { tdp = 28; adults = 455; } );
END
	cat >"$S/laidod.conf" <<END
name = "demo";
state_dir = "$S/board";
content_dir = "conf/content";
ctl_socket = "$S/ctl";
modem_program = "$B/bin/laido-modem";
approve_all = true;
clock = { trust_system = true; };
modems = ( { name = "sim1"; device = "$S/modem"; } );
gsup = { enable = true; host = "$AT"; };
phone = { enable = true; in_reports = true;
          ranges = ( { first = "0990000000"; last = "0990000999"; } ); };
ward = { enable = true; host = "$AT"; invite = "$S/invite"; };
mesh = { listen = true; host = "$AT"; hello = false; every_s = 2; };
outbox = { spacing_s = 0; burst = 1000; replies_per_hour = 1000; lessons_per_day = 64; };
END
	cat >"$S/hlr.cfg" <<END
log stderr
 logging filter all 1
 logging color 0
 logging level set-all notice
line vty
 bind $AT
ctrl
 bind $AT
hlr
 gsup
  bind ip $AT
 euse ward
 ussd route prefix *123 external ward
END
	osmo-hlr-db-tool -l "$S/hlr.db" create >>"$S/hlr.log" 2>&1
	for i in 0 1 2; do
		echo "INSERT OR IGNORE INTO subscriber (imsi, msisdn)
		      VALUES ('$(imsi_of $i)', '$(number_of $i)');"
	done | sqlite3 "$S/hlr.db"
}

channel_up() { laido status | grep -q "$1 (.*): up"; }
laido() { "$B/bin/laido" "$@" --socket "$S/ctl"; }
sim() { "$B/tools/atsim" --ask "$S/modem.ctl" "$@"; }
report() { "$B/bin/laido" report "$@" --ward "http://$AT:7480"; }
board_sql() { sqlite3 "file:$S/board/laido.db?mode=ro" "$1"; }
ward_sql() { sqlite3 "file:$S/ward/laido.db?mode=ro" "$1"; }

start_ward() {
	start ward "$B/bin/laido-ward" -c "$S/ward.conf"
	up ward 10 report
}
start_board() {
	start laidod "$B/bin/laidod" -c "$S/laidod.conf"
	up laidod 10 laido status
	up laidod 20 channel_up sim1
	up laidod 20 channel_up gsup
}
whole_start() {
	whole_files
	start hlr osmo-hlr -c "$S/hlr.cfg" -l "$S/hlr.db"
	start modem "$B/tools/atsim" --link "$S/modem" --control "$S/modem.ctl"
	key=$("$B/bin/laidod" -c "$S/laidod.conf" --identity) || die "laidod has no identity"
	"$B/bin/laido-ward" -c "$S/ward.conf" --invite "$key" demo >"$S/invite" ||
		die "laido-ward cannot invite"
	start_ward
	up modem 5 sim stored
	start_board
}
