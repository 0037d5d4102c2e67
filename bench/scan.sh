#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# How long scans take, and what they find, beside the published figures of SaTScan and FleXScan
# (which cannot be installed here). Prints Markdown. Started by ./dev bench scan.
set -eu
cd "$(dirname "$0")/.."
ninja -C build bench/bench_scan >&2
load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
build/bench/bench_scan 2 >build/.scan
printf '# Bench: scan\n\n- %s, Heng of commit %s\n- %s cores; load average when it began: %s; when it ended: %s\n\n' \
    "$(date +%Y-%m-%d)" "$(git rev-parse --short HEAD)" "$(nproc)" "$load_before" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
cat <<'TEXT'
Two threads; seconds of the clock and of the processor, windows, replications, the statistic of the best
window and its p-value. Published: SaTScan 10.3 takes 11.8 s for New York with 99,999 replications on two
cores, and 5.5 s a replication for India (164.5 million children), about 92 minutes for 999; the bars were
2 s each. Log-likelihood ratios are those of the published outputs (tests/stats/test_scan_published.c).

TEXT
sed 's/^/    /' build/.scan
rm build/.scan
