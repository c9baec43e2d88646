#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Worlds of 12 boards and a ward, by the product's own code (docs/MESH.md 9). With sanitizers a few
# are enough; `make sim` plays more and larger ones.
# takes 130 s
B=${B:-build}
case $B in */san) seeds=3 ;; *) seeds=50 ;; esac
echo 1..1
exec "$B/tools/sim" --boards 12 --seeds "$seeds" --turns 200
