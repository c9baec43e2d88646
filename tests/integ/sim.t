#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Worlds of 12 boards and a ward, by the product's own code (docs/MESH.md 9). With sanitizers a few
# are enough. The same worlds each time; `make sim` plays others, more and larger ones.
# takes 60 s
B=${B:-build}
export SEED="${SEED:-101}"
case $B in */san) seeds=3 ;; *) seeds=50 ;; esac
echo 1..1
exec "$B/tools/sim" --boards 12 --seeds "$seeds" --turns 200
