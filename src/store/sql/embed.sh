#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Print the migrations of a folder, NNN_name.sql, as numbers and C strings. A database says by its
# user_version which number it has reached: never put a new file before one that was released.
set -eu
echo "static const struct { int number; const char *sql; } migrations[] = {"
for f in "$1"/[0-9]*.sql; do
	name=${f##*/}
	number=${name%%_*}
	echo "	{ $(expr "$number" + 0),"
	sed -e 's/[[:space:]]*--.*$//' -e '/^[[:space:]]*$/d' -e 's/\\/\\\\/g' -e 's/"/\\"/g' \
	    -e 's/^/\t"/' -e 's/$/\\n"/' "$f"
	echo "	},"
done
echo "};"
