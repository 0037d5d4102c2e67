#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# srb --smooth: areas, neighbours, periods; figures as CSV and JSON; what is refused.
. "${0%/*}/tap.sh"

# 5 x 5 areas over 3 years, high in the north (rows 0 and 1), births of 30 to 900 a cell
awk 'BEGIN {
    print "county,area,year,boys,girls,income"
    for (y = 2011; y <= 2013; y++)
        for (i = 0; i < 25; i++) {
            n = 30 + (i * 37 + y * 11) % 870
            p = int(i / 5) < 2 ? 0.55 : 0.515
            b = int(n * p + ((i * 7 + y) % 5 - 2) * sqrt(n) / 4)
            print "C" int(i / 5) ",A" i "," y "," b "," n - b "," (i * 13 % 17)
        }
    print "C4,A25,2011,0,0,3" # an area without births or neighbours
}' >births.csv
awk 'BEGIN {
    print "a,b"
    for (i = 0; i < 25; i++) {
        if (i % 5 < 4) print "A" i ",A" i + 1
        if (i < 20) print "A" i ",A" i + 5
    }
    print "A3,Z9"
}' >pairs.csv

heng srb births.csv --smooth --area area --period year --boys boys --girls girls \
    --neighbours pairs.csv --csv areas.csv --json all.json --html page.html --threads 1
exits 0 "smoothed with neighbours and years"
has err "1 of 41 pairs of neighbours name an area without births" "an unknown pair is told"
is "$(head -1 areas.csv | tr -d '\r')" "name,births,boys,girls,ratio_raw,ratio_raw_low,ratio_raw_high,ratio,ratio_sd,ratio_low,ratio_median,ratio_high,probability_above,enough_births" "columns"
is "$(tail -n +2 areas.csv | wc -l | tr -d ' ')" 26 "every area has a row"
is "$(tr -d '\r' <areas.csv | awk -F, 'NR > 1 && !($10 < $11 && $11 < $12 && $8 > 50 && $8 < 200)' | wc -l | tr -d ' ')" 0 \
    "every area has an interval"
is "$(tr -d '\r' <areas.csv | awk -F, '$1 == "A25" {print $2}')" 0 "and so has the one without births"
# smoothed intervals are narrower than raw ones wherever births are few
is "$(tr -d '\r' <areas.csv | awk -F, 'NR > 1 && $2 > 0 && $2 < 1500 && $12 - $10 > $7 - $6' | wc -l | tr -d ' ')" 0 \
    "intervals are narrower"
is "$(tr -d '\r' <areas.csv | awk -F, 'NR > 1 && substr($1, 2) + 0 < 10 && $13 > 0.5' | wc -l | tr -d ' ')" 10 \
    "the north is above"
has all.json '"parameters":[{"parameter":"intercept"' "parameters"
has all.json '"parameter":"phi","of":"area"' "the share of neighbours"
has all.json '"neighbour_pairs":40,"islands":1' "the graph"
has page.html "Areas, raw and smoothed" "the chart"
has out "Does the model fit?" "the check is said"

cp all.json one.json
heng srb births.csv --smooth --area area --period year --boys boys --girls girls \
    --neighbours pairs.csv --json all.json --threads 3
cmp -s all.json one.json
result $? "the same on three threads"

heng srb births.csv --smooth --area county,area --period year --boys boys --girls girls \
    --time ar1 --interaction II --covariate income --spread 0.5 --lang zh --json -
exits 0 "levels, autoregression, type II, a covariate"
has out '"parameter":"rho","of":"period"' "rho"
has out '"parameter":"covariate","of":"income"' "the covariate by its name"
has out '"parameter":"sigma","of":"county"' "the outer level by its name"

awk 'BEGIN {
    printf "{\"type\":\"FeatureCollection\",\"features\":["
    for (i = 0; i < 25; i++) {
        x = i % 5; y = int(i / 5)
        printf "%s{\"type\":\"Feature\",\"properties\":{\"code\":\"A%d\"},\"geometry\":", i ? "," : "", i
        printf "{\"type\":\"Polygon\",\"coordinates\":[[[%d,%d],[%d,%d],[%d,%d],[%d,%d],[%d,%d]]]}}", \
            x, y, x + 1, y, x + 1, y + 1, x, y + 1, x, y
    }
    print "]}"
}' >map.geojson
heng srb births.csv --smooth --area area --period year --boys boys --girls girls \
    --map map.geojson --interaction none --json all.json --html page.html
exits 0 "neighbours of a map"
has all.json '"neighbour_pairs":72,"islands":1' "those that touch, at a corner too"
has page.html "Map of the smoothed ratios" "and the map is drawn"

heng srb births.csv --smooth --boys boys --girls girls
exits 0 "no area, no period: the whole"
heng srb births.csv --smooth --boys boys --girls girls --period year --time rw2
exits 0 "periods alone"

heng srb births.csv --smooth --area area --period year --boys boys --girls girls --interaction IV
exits 65 "type IV needs neighbours"
has err "needs neighbours, and none are known" "and says so"
heng srb births.csv --smooth --area area --boys boys --girls girls --interaction II
exits 65 "an interaction needs periods"
heng srb births.csv --smooth --area area --boys boys --girls girls --time rw3
exits 64 "an unknown course"
has err "'rw3' is not none, iid, rw1, rw2 or ar1" "and which there are"
heng srb births.csv --smooth --area area --boys boys --girls girls --covariate year --neighbours births.csv
exits 65 "a file that is no list of neighbours"
printf 'area,boys,girls,x\nA,5,4,1\nB,6,3,1\n' >flat.csv
heng srb flat.csv --smooth --area area --boys boys --girls girls --covariate x
exits 65 "a covariate that does not vary"
has err "'x' is the same in all cells" "and which"
heng srb flat.csv --smooth --area area --boys boys --girls girls
exits 0 "two areas of nine births"
end
