#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What hw/ installs: the power command, and units that systemd reads without complaint. Nothing here
# is worth a second round with sanitizers:
# slow
. tests/harness/tap.sh

# ---- laido-power, with an uhubctl that writes down what it is told ----
mkdir "$S/bin"
printf '#!/bin/sh\necho "$*" >>%s/told\n' "$S" >"$S/bin/uhubctl"
chmod +x "$S/bin/uhubctl"
printf '# a note\nsim1 1-1.4 2\nsim2 1-1.4 ;reboot\nsim3 2 3\n' >"$S/power.conf"
export PATH="$S/bin:$PATH" LAIDO_POWER_NOTES="$S/notes" LAIDO_POWER_CONF="$S/power.conf"
unset LAIDO_MODEM
run 0 env LAIDO_MODEM=sim1 hw/laido-power && test -e "$S/notes/sim1"
ok "laidod's way of asking leaves a note" $?
run 0 hw/laido-power sim3
ok "so does a person's" $?
run 1 hw/laido-power sim9 && has 'no line "sim9 HUB PORT"'
ok "a modem without a line is refused" $?
run 1 hw/laido-power sim2
ok "so is a line that is none" $?
run 1 hw/laido-power ../../etc/passwd && run 1 hw/laido-power
ok "and what is no name" $?
: >"$S/notes/sim2"
: >"$S/notes/sim9; reboot"
ln -s /etc/passwd "$S/notes/link"
run 1 hw/laido-power --serve && has 'no line for "sim2"' 'no line for "sim9; reboot"'
ok "notes of others are named" $?
printf -- '-l 1-1.4 -p 2 -a cycle -d 5\n-l 2 -p 3 -a cycle -d 5\n' | cmp -s - "$S/told"
ok "the right ports are switched, and no others" $?
test "$(ls "$S/notes")" = link
ok "notes are done once" $?
run 0 hw/laido-power --serve
ok "without notes there is nothing to do" $?

# ---- units ----
make -s --no-print-directory B="$B" install DESTDIR="$S/root" PREFIX=/usr/local >"$S/out" 2>&1
ok "make install" $?
units=$S/root/usr/local/lib/systemd/system
if command -v systemd-analyze >/dev/null; then
	# targets and /bin/kill are not below that root
	systemd-analyze verify --root="$S/root" "$units"/*.service "$units"/*.path >"$S/out" 2>&1
	! grep -vE 'Unit [a-z-]+\.(target|mount|slice|socket) not found|/bin/kill is not executable' "$S/out"
	ok "systemd finds nothing wrong in the units" $?
	for unit in laidod laido-ward laido-power; do
		run 0 systemd-analyze security --offline=true --threshold=25 "$units/$unit.service"
		ok "$unit is confined (exposure below 2.5 of 10)" $?
	done
fi
for file in bin/laido-power lib/udev/rules.d/70-laido-modem.rules share/laido/modems/ec25.conf \
	share/doc/laido/hw/README.md share/doc/laido/hw/mesh/babeld.conf; do
	test -s "$S/root/usr/local/$file"
	ok "$file is installed" $?
done
echo "1..$n"
