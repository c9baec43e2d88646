#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Print the migrations of a folder, in the order of their names, as C strings.
set -eu
echo "static const char *const migrations[] = {"
for f in "$1"/[0-9]*.sql; do
	sed -e 's/[[:space:]]*--.*$//' -e '/^[[:space:]]*$/d' -e 's/\\/\\\\/g' -e 's/"/\\"/g' \
	    -e 's/^/\t"/' -e 's/$/\\n"/' "$f"
	echo "	,"
done
echo "};"
