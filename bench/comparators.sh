#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The comparators of names, and beside them in the same run rapidfuzz (C++ under Python), which
# must also give the same values. Prints Markdown. Started by ./dev bench comparators.
#   HENG_BENCH_PAIRS: fewer for a quick look (default 4000000).
set -eu
cd "$(dirname "$0")/.."
ninja -C build bench/bench_comparators >&2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
build/bench/bench_comparators build "${HENG_BENCH_PAIRS:-4000000}" "$scratch/pairs.tsv" >"$scratch/ours.md"

python=bench/env/comparators/bin/python
if ! $python -c 'import rapidfuzz, numpy' 2>/dev/null; then
    { python3 -m venv bench/env/comparators && $python -m pip install --quiet rapidfuzz numpy; } >&2 || true
fi
if $python -c 'import rapidfuzz, numpy' 2>/dev/null; then
    $python bench/comparators_peer.py "$scratch/pairs.tsv" >"$scratch/peer.md"
else
    echo 'Not measured: it needs python3-venv and the network.' >"$scratch/peer.md"
fi

cat <<TEXT
# Bench: comparators

- $(date +%Y-%m-%d), Heng of commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)
- $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1), one core, SSE2 only; gcc $(gcc -dumpfullversion)
- load average when it began: $load_before; when it ended: $(cut -d ' ' -f 1-3 /proc/loadavg)

TEXT
cat "$scratch/ours.md"
printf '\n### The peer: rapidfuzz on the Latin names, one core\n\n'
cat "$scratch/peer.md"
