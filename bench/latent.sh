#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Latent Gaussian models of real sizes: seconds, criteria, hyper-parameters. Prints Markdown.
# Started by ./dev bench latent.
set -eu
cd "$(dirname "$0")/.."
ninja -C build bench/bench_latent >&2
load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
build/bench/bench_latent ../shared/data 2 >build/.latent
printf '# Bench: latent Gaussian models\n\n- %s, Heng of commit %s\n- %s cores; load average when it began: %s; when it ended: %s\n\n' \
    "$(date +%Y-%m-%d)" "$(git rev-parse --short HEAD)" "$(nproc)" "$load_before" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
cat <<'TEXT'
Two threads; seconds of the processor and of the clock. India: 638 districts and their neighbours. Korea:
3,480 areas in five years, with neighbours, time and interactions of types I to IV. The figures of New York
(Stan: beta0 -6.61, rho .540, sigma 1.18 in 54.3 s) are in tests/stats/test_latent_nyc.c.

TEXT
sed 's/^/    /' build/.latent
rm build/.latent
