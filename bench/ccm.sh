#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The sampler of `heng srb --ccm` beside JAGS on the same model and data: effective samples per
# second of CPU, by one estimator (bulk and tail ESS of src/stats/diagnose.c, the smaller), and
# whether both say the same. Prints Markdown; what the programs say goes to stderr. Started by
# ./dev bench ccm. Needs Debian's jags; without it the peer's part is left out.
#   HENG_BENCH_DRAWS, HENG_BENCH_PEER_DRAWS: of each chain (default 20000 and 5000)
set -eu
cd "$(dirname "$0")/.."
draws=${HENG_BENCH_DRAWS:-20000}
peer_draws=${HENG_BENCH_PEER_DRAWS:-5000}
ninja -C build heng bench/bench_ccm bench/bench_timed >&2
here=$PWD
data=$PWD/../shared/data/srb/SIMULATED_vietnamlike_526obs.csv
[ -f "$data" ] || { echo "bench ccm: $data is not there" >&2; exit 1; }
scratch=build/bench-ccm
rm -rf $scratch; mkdir -p $scratch
trap 'rm -rf "$here/$scratch"' EXIT
trap 'exit 1' INT TERM
load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
say() { printf '%s\n' "bench ccm: $*" >&2; }
cd $scratch

# --- what JAGS reads
awk -F, 'NR > 1 { n++; r = r s $1; t = t s ($2 - 1979); y = y s $3; v = v s $4; s = ", " }
    END { printf "n <- %d\nn_regions <- 6\nn_years <- 40\nfirst <- 1980\nbaseline <- 1.063\n", n
          printf "rho <- 0.9\nsigma <- 0.004\nregion <- c(%s)\nyear <- c(%s)\n", r, t
          printf "y <- c(%s)\ns <- c(%s)\n", y, v }' "$data" >delta.data
{ cat delta.data; echo 'delta <- c(1, 1, 1, 1, 1, 1)'; } >always.data
for chain in 1 2; do
    { echo 'gamma0 <- c(2001, 2001, 2001, 2001, 2001, 2001)'
      echo '.RNG.name <- "base::Mersenne-Twister"'
      echo ".RNG.seed <- $chain"; } >always.init$chain
    { cat always.init$chain; echo 'delta <- c(1, 1, 1, 1, 1, 1)'; } >delta.init$chain
done

# jags_script FORM DRAWS NAME: two chains, 1,000 turns before the draws.
jags_script() {
    printf 'model in "%s/bench/ccm/regional.jags"\ndata in "%s.data"\ncompile, nchains(2)\n' "$here" "$1"
    printf 'parameters in "%s.init1", chain(1)\nparameters in "%s.init2", chain(2)\n' "$1" "$1"
    printf 'initialize\nupdate 1000\n'
    for what in gamma0 xi lambda1 lambda2 lambda3 'theta[1:6,21]' 'theta[1:6,36]'; do
        echo "monitor $what"
    done
    [ "$1" = always ] || echo 'monitor delta'
    [ "$2" = 0 ] || printf 'update %s\ncoda *, stem("%s-")\n' "$2" "$3"
}

cpu_of() { awk '{ t = $2 } END { print t }' "$1"; }
summary() { grep '^#' "$1"; }
field() { summary "$2" | sed "s/.*$1.*/\\1/"; }
minimum='min ESS [0-9]*, median ESS [0-9]*; per second \([0-9.]*\) and [0-9.]*;'
median='min ESS [0-9]*, median ESS [0-9]*; per second [0-9.]* and \([0-9.]*\);'
worst='R-hat at most \([0-9.]*\)'

has_jags=''
command -v jags >/dev/null && has_jags=yes
for form in delta always; do
    say "heng, $form"
    "$here/build/bench/bench_ccm" fit "$data" 4 "$draws" $form >heng-$form.txt 2>heng-$form.err
    summary heng-$form.txt >&2
    [ -n "$has_jags" ] || continue
    say "jags, $form"
    jags_script $form 0 none >warm.cmd
    jags_script $form "$peer_draws" $form >run.cmd
    "$here/build/bench/bench_timed" warm-$form.times jags warm.cmd >jags.out 2>&1 || { cat jags.out >&2; exit 1; }
    "$here/build/bench/bench_timed" run-$form.times jags run.cmd >jags.out 2>&1 || { cat jags.out >&2; exit 1; }
    seconds=$(awk -v a="$(cpu_of run-$form.times)" -v b="$(cpu_of warm-$form.times)" 'BEGIN { print a - b }')
    "$here/build/bench/bench_ccm" coda "$seconds" $form-index.txt $form-chain1.txt $form-chain2.txt >jags-$form.txt
    summary jags-$form.txt >&2
done

# Largest difference of the two means, in standard errors of both.
largest_difference() {
    awk '/^#/ { next } FNR == NR { m[$1] = $2; s[$1] = $3; e[$1] = $8; next }
        ($1 in m) && $8 + 0 > 0 && e[$1] + 0 > 0 && $3 > 0 {
            z = ($2 - m[$1]) / sqrt($3 * $3 / $8 + s[$1] * s[$1] / e[$1]); z = z < 0 ? -z : z
            n++; if (z > 3) far++; if (z > most) { most = z; which = $1 } }
        END { printf "%.1f (%s; %d of %d above 3)", most, which, far, n }' "$1" "$2"
}

# --- the other forms: small invented data, what areas have in common beside JAGS
awk 'function u(i) { i = sin(++at * 12.9898) * 43758.5453; return i - int(i) + (i < 0) }
    function z(k, x) { x = -6; for (k = 0; k < 12; k++) x += u(); return x }
    BEGIN { print "a,y,l,s" >"levels.csv"; print "a,y,l,s" >"national.csv"
        print "area,group,at_risk_from,baseline,start,earliest" >"areas.csv"
        for (a = 1; a <= 8; a++) { b = 0.04 * z(); x = z() / 60
            for (y = 1990; y < 2015; y++) { printf "%d,%d,%.6f,0.02\n", a, y, log(1.053) + b + x + 0.02 * z() >"levels.csv"
                x = 0.8 * x + 0.01 * z() } }
        for (a = 1; a <= 6; a++) { g = 1984 + a + 3 * z(); h = 0.09 + 0.02 * z(); p = 9 + 2 * z(); q = 6 + z(); f = 12 + 2 * z()
            x = 0.009 * z(); printf "%d,g,1960,1.06,%d,1970\n", a, 1984 + a >"areas.csv"
            for (y = 1968; y < 2018; y++) { c = (y - g) / p; d = (g + p + q + f - y) / f; c = c < d ? c : d; c = c > 1 ? 1 : c < 0 ? 0 : c
                printf "%d,%d,%.6f,0.015\n", a, y, log(1.06 * exp(x) + h * c) + 0.015 * z() >"national.csv"
                x = 0.9 * x + 0.004 * z() } } }'

# peer FORM FIRST_YEAR YEARS AREAS VARIABLE...: JAGS on FORM.csv
peer() {
    form=$1 first=$2 years=$3 areas=$4
    shift 4
    awk -F, -v first="$first" -v years="$years" -v areas="$areas" 'NR > 1 { n++; r = r s $1; t = t s ($2 - first + 1); y = y s $3; v = v s $4; s = ", " }
        END { printf "n <- %d\nR <- %d\nT <- %d\nregion <- c(%s)\nyear <- c(%s)\ny <- c(%s)\ns <- c(%s)\n", n, areas, years, r, t, y, v }' "$form.csv" >"$form.data"
    [ "$form" = levels ] || { echo "first <- $first"; echo 'centre <- c(1985, 1986, 1987, 1988, 1989, 1990)'; } >>"$form.data"
    for chain in 1 2; do
        { [ "$form" = levels ] || { echo 'gamma0 <- c(1985, 1986, 1987, 1988, 1989, 1990)'; echo 'xi <- c(.08, .08, .08, .08, .08, .08)'; }
          echo '.RNG.name <- "base::Mersenne-Twister"'; echo ".RNG.seed <- $chain"; } >"$form.init$chain"
    done
    { printf 'model in "%s/bench/ccm/%s.jags"\ndata in "%s.data"\ncompile, nchains(2)\n' "$here" "$form" "$form"
      printf 'parameters in "%s.init1", chain(1)\nparameters in "%s.init2", chain(2)\ninitialize\nupdate 2000\n' "$form" "$form"
      for what in "$@"; do echo "monitor $what, thin(4)"; done
      printf 'update 20000\ncoda *, stem("%s-")\n' "$form"; } >"$form.cmd"
    jags "$form.cmd" >jags.out 2>&1 || { cat jags.out >&2; exit 1; }
    "$here/build/bench/bench_ccm" coda 1 "$form-index.txt" "$form-chain1.txt" "$form-chain2.txt" >"$form-jags.txt"
}
if [ -n "$has_jags" ]; then
    say 'the other forms'
    peer levels 1990 25 8 rho sigma spread
    peer national 1968 50 6 gs mxi sxi ml sl
    for form in levels national; do
        set -- "$here/build/heng" srb $form.csv --ccm --area a --period y --log-ratio l --sd s --draws 4000 --table common --csv -
        if [ $form = levels ]; then
            "$@" --model india
        else
            "$@" --model national --ar1 0.9,0.004 --areas areas.csv --always
        fi | tr -d '\r' >$form-heng.csv
    done
fi

# --- the page
cat <<TEXT
# Bench: ccm

- $(date -u +%F), Heng of commit $(git -C "$here" rev-parse --short HEAD)
- load average when it began: $load_before; when it ended: $(cut -d ' ' -f 1-3 /proc/loadavg)

Regional form (rho .9, sigma .004, baseline 1.063, priors of Viet Nam) on 526 simulated observations of 6
regions. Heng: 4 chains of $draws draws on one thread; its seconds are all of its CPU time, proposals and
warm-up too. JAGS: 2 chains of $peer_draws draws after 1,000; its seconds are those of the draws alone. ESS is
the smaller of bulk and tail; parameters: start, height, three lengths and two years' ratio of each region,
and with delta whether it is inflated. Two regions have no inflation: where it is taken for certain their
start lies before or after the data, in the tails of its prior, where a chain that walks hardly gets.
TEXT
for form in delta always; do
    [ $form = delta ] && title='with inflation unknown (delta)' || title='inflation taken for certain'
    printf '\n### %s\n\n| | worst parameter, ESS/s | median parameter, ESS/s | largest R-hat |\n| --- | ---: | ---: | ---: |\n' "$title"
    heng_min=$(field "$minimum" heng-$form.txt)
    heng_median=$(field "$median" heng-$form.txt)
    printf '| Heng | %s | %s | %s |\n' "$heng_min" "$heng_median" "$(field "$worst" heng-$form.txt)"
    [ -n "$has_jags" ] || continue
    jags_min=$(field "$minimum" jags-$form.txt)
    jags_median=$(field "$median" jags-$form.txt)
    printf '| JAGS %s | %s | %s | %s |\n' "$(dpkg-query -W -f='${Version}' jags 2>/dev/null || echo)" "$jags_min" "$jags_median" "$(field "$worst" jags-$form.txt)"
    awk -v a="$heng_min" -v b="$jags_min" -v c="$heng_median" -v d="$jags_median" 'BEGIN {
        printf "| times as fast | %.0f (bar: 100, %s) | %.0f | |\n", a / b, (a / b >= 100 ? "met" : "**missed**"), c / d }'
    printf '\nLargest difference of the two means: %s standard errors.\n' "$(largest_difference heng-$form.txt jags-$form.txt)"
done
if [ -n "$has_jags" ]; then
    printf '\n### The other forms: the same answer\n\nMedian (2.5 %% to 97.5 %%) of what areas have in common; small invented data.\n\n'
    printf '| | Heng | ESS | JAGS | ESS |\n| --- | ---: | ---: | ---: | ---: |\n'
    awk -F, 'BEGIN { split("rho sigma level_sd rho sigma spread start_sd height_mean height_sd length1_mean length2_mean length3_mean length1_sd length2_sd length3_sd gs mxi sxi ml[1] ml[2] ml[3] sl[1] sl[2] sl[3]", w, " ")
            for (i = 1; i <= 3; i++) name[w[3 + i]] = w[i]
            for (i = 1; i <= 9; i++) name[w[15 + i]] = w[6 + i] }
        FILENAME ~ /heng/ { if ($1 != "name") { mine[$1] = sprintf("%.3g (%.3g to %.3g)", $2, $3, $4); ess[$1] = $6 < $7 ? $6 : $7 } next }
        /^#/ { next }
        { split($0, f, " "); k = name[f[1]]; if (k == "") next
          printf "| %s, %s | %s | %.0f | %.3g (%.3g to %.3g) | %.0f |\n", substr(FILENAME, 1, index(FILENAME, "-") - 1), k, mine[k], ess[k], f[5], f[4], f[6], (f[8] < f[9] ? f[8] : f[9]) }' \
        levels-heng.csv levels-jags.txt national-heng.csv national-jags.txt
fi
[ -n "$has_jags" ] || printf '\nJAGS is not installed here (apt-get install jags): no comparison.\n'
