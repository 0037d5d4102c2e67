#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# heng scan: SaTScan's parameter files and plain tables; the published figures.
. "${0%/*}/tap.sh"
data=$HENG_SOURCE/../shared/data

# value COLUMN [ROW]: a cell of c.csv, row 1 being the first cluster
value() {
    tr -d '\r' <c.csv | awk -F, -v name="$1" -v row="${2:-1}" '
        {gsub(/"[^"]*"/, "names")}
        NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) k = i}
        NR == row + 1 {print $k}'
}
near() { # near FOUND EXPECTED TOLERANCE NAME
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN {d = a - b; exit !(a != "" && d <= t && -d <= t)}'
    result $? "$4 ($1, expected $2)"
}

# --- a table
awk 'BEGIN {print "district,boys,girls,lon,lat"
    for (i = 0; i < 36; i++) {
        x = i % 6; y = int(i / 6); high = x < 2 && y < 2
        printf "d%d,%d,%d,%.2f,%.2f\n", i, high ? 700 : 520, 490, 110 + x / 4, 30 + y / 4}}' >births.csv
set -- --model bernoulli --area district --cases boys --controls girls --lon lon --lat lat
heng scan births.csv "$@" --csv c.csv --json c.json --html c.html --geojson c.geojson --results r.txt
exits 0 "a table is scanned"
is "$(value areas)" 4 "the planted corner is the first cluster"
is "$(value cases)" 2800 "with its cases"
near "$(value sex_ratio)" 142.857 .01 "its sex ratio is told"
has out 'boys per 100 girls' "in words"
has out 'It does not say why' "with what it does not say"
for file in c.csv c.json c.html c.geojson r.txt r.col.txt r.gis.txt r.rr.txt r.llr.txt; do
    [ -s $file ] || break
done
result $? "every output is written ($file)"
has c.html '<svg' "the page has charts"
has c.geojson '"type":"Polygon"' "GeoJSON has the circle"
tr -d '\r' <c.csv >first.csv
heng scan births.csv "$@" --csv c.csv --threads 1
tr -d '\r' <c.csv | cmp -s - first.csv
result $? "the same on one thread"
heng scan births.csv "$@" --csv - --replications 0
is "$(head -c 8 out)" "cluster," "CSV on standard output, and nothing else there"
heng scan births.csv "$@" --lang zh
has out '聚集 1（偏高）' "in Chinese"
has out '性别比' "with the sex ratio"
heng scan births.csv "$@" --report gini --rates both --shape circle --max-distance 60 --max-population 20
exits 0 "other limits"

# --- a map in place of coordinates and neighbours
awk 'BEGIN {printf "{\"type\":\"FeatureCollection\",\"features\":["
    for (i = 0; i < 36; i++) {
        x = 110 + (i % 6) / 4; y = 30 + int(i / 6) / 4
        printf "%s{\"type\":\"Feature\",\"properties\":{\"code\":\"d%d\"},\"geometry\":{\"type\":\"Polygon\",", i ? "," : "", i
        printf "\"coordinates\":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}}", x, y, x + .25, y, x + .25, y + .25, x, y + .25, x, y}
    print "]}"}' >map.geojson
table="--model bernoulli --area district --cases boys --controls girls --map map.geojson --csv c.csv"
heng scan births.csv $table --html c.html
exits 0 "a map gives the coordinates"
is "$(value areas)" 4 "and the same cluster"
near "$(value longitude)" 110.125 .3 "at the middle of an area"
heng scan births.csv $table --shape flexible --max-areas 4
is "$(value areas)" 4 "its borders give the neighbours"
sed 's/"d7"/"e7"/' map.geojson >other.geojson
heng scan births.csv ${table%map.geojson*}other.geojson
exits 65 "an area that the map does not have"
has err 'area "d7" is not in the map' "is named"

# --- what is wrong
sed 's/^d7,.*/d7,520,490,,/' births.csv >bad.csv
heng scan bad.csv "$@"
exits 65 "an area without coordinates"
has err 'bad.csv:9 district' "is named by its line"
head -c 200 births.csv >half.csv
heng scan half.csv "$@"
exits 65 "half a file is refused"
sed 's/^d3,520/d3,-520/' births.csv >bad.csv
heng scan bad.csv "$@"
exits 65 "a negative count"
has err 'bad.csv:5 boys' "is named by its line"
heng scan births.csv --area district --cases boys
exits 64 "no model"
has err '--model bernoulli for cases and controls' "says which there are"
heng scan births.csv "$@" --max-areas 4
exits 64 "an option that would be passed over"
heng scan births.csv "$@" --span prospective
exits 64 "a scan in time without times"
heng scan births.csv "$@" --replications many
exits 64 "a number that is none"
heng scan absent.csv "$@"
exits 66 "no such file"
heng scan births.csv "$@" --html absent/x.html
exits 66 "a folder that is not there"

# --- a parameter file
tail -n +2 births.csv | awk -F, '{print $1, $2}' >b.cas
tail -n +2 births.csv | awk -F, '{print $1, $3}' >b.ctl
tail -n +2 births.csv | awk -F, '{print $1, $5, $4}' >b.geo
cat >b.prm <<'END'
[Input]
CaseFile=b.cas
ControlFile=b.ctl
CoordinatesFile=b.geo
CoordinatesType=1
PrecisionCaseTimes=0
[Analysis]
AnalysisType=1
ModelType=1
ScanAreas=1
[Output]
ResultsFile=b.out.txt
MostLikelyClusterEachCentroidASCII=y
OutputGoogleEarthKML=y
[Inference]
MonteCarloReps=99
END
mkdir sub && cp b.* sub
heng scan sub/b.prm --csv c.csv
exits 0 "a parameter file is obeyed"
near "$(value log_likelihood_ratio)" "$(awk -F, 'NR == 2 {gsub(/"[^"]*"/, ""); print}' first.csv |
    cut -d, -f"$(head -1 first.csv | tr , '\n' | grep -n '^log_l' | cut -d: -f1)")" 1e-6 "as the table"
has sub/b.out.txt 'using the Bernoulli model.' "the results stand where it says, beside it"
[ -s sub/b.out.col.txt ] && [ ! -e sub/b.out.gis.txt ]
result $? "with the tables it asks for and no other"
has out 'OutputGoogleEarthKML=y: this output is not made' "what is not done is told"
heng scan b.prm --report gini
exits 64 "options that the .prm answers are refused"
sed 's/AnalysisType=1/AnalysisType=5/' b.prm >bad.prm
heng scan bad.prm
exits 65 "an analysis that is not done"
has err 'bad.prm:8 AnalysisType' "is named by its line"
sed 's/b.geo/c.geo/' b.prm >bad.prm
heng scan bad.prm
exits 66 "a file that is not there"
has err 'bad.prm:4 CoordinatesFile' "is named with the line that names it"
echo 'd99 3' >>b.cas
heng scan b.prm
exits 65 "a place that nobody knows"
has err 'b.cas:37 location' "is named by its line"

# --- published figures
if [ ! -d "$data/scan" ]; then
    end
fi
heng scan "$data/scan/NHumbersideSpatialBernoulli.prm" --results nh.txt --replications 9999 --csv c.csv
exits 0 "SaTScan's North Humberside"
near "$(value log_likelihood_ratio)" 4.836516 5e-7 "first cluster"
near "$(value log_likelihood_ratio 2)" 4.836516 5e-7 "second cluster"
near "$(value p)" .679 .03 "p"
is "$(value p 2)" "$(value p)" "a tie has one p"
heng scan "$data/scan/NYCSpaceTimePermutation.prm" --results nyc.txt --replications 9999 --csv c.csv
near "$(value log_likelihood_ratio)" 3.845418 5e-7 "SaTScan's New York City fever"
near "$(value p)" .2112 .03 "its p"
has nyc.txt 'Time frame............: 2001/11/22 to 2001/11/24' "its days"

ny=$data/scan/ny_expected
cp "$ny/satscan_ny_cases.txt" ny.cas && cp "$ny/satscan_ny_pop.txt" ny.pop && cp "$ny/satscan_ny_coords.txt" ny.geo
new_york() { # new_york LINE...: SaTScan's settings of New York with these lines
    {
        printf '%s\n' CaseFile=ny.cas PopulationFile=ny.pop CoordinatesFile=ny.geo StartDate=2000/1/1 \
            EndDate=2000/12/31 AnalysisType=1 ModelType=0 MonteCarloReps=99 ResultsFile=ny.txt "$@"
    } >ny.prm
    heng scan ny.prm --csv c.csv
}
new_york CoordinatesType=0
near "$(value log_likelihood_ratio)" 14.083511 5e-7 "New York, circles, on a plane"
near "$(value log_likelihood_ratio 2)" 9.019716 5e-7 "its second cluster"
new_york CoordinatesType=1
near "$(value log_likelihood_ratio)" 14.780276 5e-7 "by longitude and latitude"
new_york CoordinatesType=0 MaxSpatialSizeInPopulationAtRisk=10
near "$(value log_likelihood_ratio)" 11.577255 5e-7 "at most 10 %"
new_york CoordinatesType=0 MaxSpatialSizeInPopulationAtRisk=10 SpatialWindowShapeType=1 NonCompactnessPenalty=1
near "$(value statistic)" 14.474236 5e-7 "ellipses, medium penalty"
# as a table: cases are whole numbers there
awk -F, 'NR == 1 {print "id,lon,lat,pop,cases"; next}
    {printf "%d,%s,%s,%s,%d\n", NR - 1, $1, $2, $3, int($4)}' "$data/scan/nydf.csv" >ny.csv
set -- --model poisson --area id --cases cases --population pop --replications 99 --csv c.csv
heng scan ny.csv "$@" --lon lon --lat lat
near "$(value log_likelihood_ratio)" 14.780276 5e-7 "New York from a table"
heng scan ny.csv "$@" --lon lon --lat lat --shape flexible --max-areas 5 --neighbours "$data/scan/nyw_adjacency_pairs.csv"
near "$(value log_likelihood_ratio)" 8.34958 5e-5 "FleXScan, five areas at most"
india=$data/srb/india2011_districts_scan_ready.csv
if [ -s "$india" ]; then
    heng scan "$india" --model bernoulli --area district_code --cases boys_0_6 --controls girls_0_6 \
        --lon lon --lat lat --replications 9 --csv c.csv
    near "$(value log_likelihood_ratio)" 17247.017923 5e-7 "India's 638 districts, boys as cases"
fi
end
