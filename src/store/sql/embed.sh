#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Print the migrations of a folder, NNN_name.sql, as numbers and C strings. A database says by its
# user_version which number it has reached: never put a new file before one that was released. What
# was migrated is rebuilt from the log before anybody is answered, minutes of a large one; a file
# that touches tables of this board alone has the line "-- no rebuild".
set -eu
echo "static const struct { int number; bool rebuild; const char *sql; } migrations[] = {"
for f in "$1"/[0-9]*.sql; do
	name=${f##*/}
	number=${name%%_*}
	rebuild=true
	! grep -qx -e '-- no rebuild' "$f" || rebuild=false
	echo "	{ $(expr "$number" + 0), $rebuild,"
	sed -e 's/[[:space:]]*--.*$//' -e '/^[[:space:]]*$/d' -e 's/\\/\\\\/g' -e 's/"/\\"/g' \
	    -e 's/^/\t"/' -e 's/$/\\n"/' "$f"
	echo "	},"
done
echo "};"
