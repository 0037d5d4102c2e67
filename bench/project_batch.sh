#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# How long 3,000 counties in 1,000 trajectories of 80 years take, beside NumPy. Prints
# Markdown. Started by ./dev bench project_batch; PYTHON names a Python that has NumPy.
set -eu
cd "$(dirname "$0")/.."
ninja -C build bench/bench_project_batch >&2
printf '# Bench: projections in trajectories\n\n- %s, Heng of commit %s\n- %s cores; load average %s\n\n' \
    "$(date +%Y-%m-%d)" "$(git rev-parse --short HEAD)" "$(nproc)" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
cat <<'TEXT'
Sixteen steps of five years, 21 groups of age, both sexes; TFR, life expectancies and net migration
drawn for each step; survival interpolated by life expectancy. Eight measures (people, 0-14, 15-64,
65+, 80+, women, births, deaths), each with its 2.5, 10, 50, 90 and 97.5 % quantiles at 17 moments;
`pyramid` adds every sex and age (50 measures). NumPy does the eight, with its own random numbers, on
fewer counties: multiply. R's bayesPop steps one trajectory of one country at a time and keeps all of
them; it could not be installed here, and its time is not given.

TEXT
for run in '3000 1000 2' '3000 1000 1' '300 1000 2 pyramid'; do
    # shellcheck disable=SC2086
    build/bench/bench_project_batch $run | sed 's/^/    /'
done
"${PYTHON:-python3}" bench/project_batch.py 60 1000 | sed 's/^/    /' || true
