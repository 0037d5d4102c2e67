#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# How long a projection takes, beside the same in NumPy (PYTHON names one that has it), and how near
# published projections it comes (WPP names a folder with World Population Prospects 2019). Prints Markdown.
# Started by ./dev bench project.
set -eu
cd "$(dirname "$0")/.."
ninja -C build heng bench/bench_project >&2
printf '# Bench: project\n\n- %s, Heng of commit %s\n- %s cores; load average %s\n\n' \
    "$(date +%Y-%m-%d)" "$(git rev-parse --short HEAD)" "$(nproc)" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
echo 'One country by single years of age and time, 80 years; the bar is 2 ms. Both must end alike.'
echo
build/bench/bench_project | sed 's/^/    /'
if command -v perf >/dev/null 2>&1; then
    perf stat -x ' ' -e instructions:u build/bench/bench_project 2>&1 >/dev/null |
        awk '/^[0-9]+ / { printf "    %s instructions for 2,000 projections and 16,000 life tables\n", $1 }'
fi
"${PYTHON:-python3}" bench/project/project_numpy.py | sed 's/^/    /' || true
if [ -d "${WPP:-../shared/data/projection/wpp2019}" ]; then
    printf '\nWorld Population Prospects 2019, medium; per cent from the published totals.\n\n'
    for country in Azerbaijan China India; do
        build/heng project --wpp "${WPP:-../shared/data/projection/wpp2019}" --country "$country" --check --lang en |
            awk -v c="$country" '$1 == c && NF == 9 && ($2 == 2025 || $2 == 2050 || $2 == 2100) {
                printf "    %-11s %d %10s %%; worst group %s %% (%s %s)\n", c, $2, $5, $6, $7, $8 }'
    done
fi
