# SPDX-License-Identifier: AGPL-3.0-or-later
# heng lqas: plan, curve, thresholds, verdict and draws of register audits.
. "${0%/*}/tap.sh"

heng lqas --size 200 --p0 .05 --p1 .20 --alpha .10 --beta .10 --lang en
exits 0 "a plan"
has out "From 200 records draw 31 at random. With at most 3 wrong the register is accepted" "31 and 3"
has out "in 5.1 of 100 audits (alpha)" "alpha as it is"
has out "8.8 of 100 (beta)" "beta as it is"
heng lqas --size 200 --lang zh
has out "随机抽取 31 份。不合格不超过 3 份的，判为通过" "in Chinese"

heng lqas --size 50 --csv plan.csv --json plan.json --html plan.html
exits 0 "written in three forms"
is "$(sed -n 2p plan.csv | cut -d, -f1,6,7)" "50,16,1" "the plan as CSV"
has plan.json '"curve":[{"share":0,' "the curve as JSON"
has plan.html "<svg" "the curve drawn"
heng lqas --size 0 --lang en --csv -
is "$(sed -n 2p out | cut -d, -f6,7)" "32,3" "a lot without end"
heng lqas --size 1000000000 --csv -
is "$(sed -n 2p out | cut -d, -f6,7)" "32,3" "a thousand million records"

heng lqas --table 12 --csv -
exits 0 "the table of coverage"
is "$(sed 1d out | cut -d, -f3 | tr -d '\r' | tr '\n' ' ')" \
    "1 1 2 2 3 4 5 5 6 7 7 8 8 9 10 11 " "the published thresholds"

heng lqas --size 200 --judge 31,4 --lang en
exits 0 "a verdict"
has out "4 of 31 are wrong: not accepted" "four of 31"
has out "refused in 5.1 of 100 audits" "with its error"
heng lqas --size 200 --judge 31,3 --csv -
is "$(sed -n 2p out | cut -d, -f1-5)" "31,3,yes,0.025,0.245" "three of 31, exact interval"

heng lqas --size 1000 --draw --n 8 --seed 42 --csv -
exits 0 "line numbers"
is "$(sed 1d out | tr -d '\r' | tr '\n' ' ')" "126 317 587 606 699 792 809 979 " \
    "the lines that another program draws with this seed"
has err "seed 42, xoshiro256++" "seed and generator are named"
heng lqas --size 200 --draw --seed 7 --lang en
has out "31 of 200 drawn with seed 7: generator xoshiro256++ (splitmix64), algorithm Floyd" \
    "how it was drawn"
awk 'BEGIN { print "code,name"; for (i = 1; i <= 200; i++) printf "F%03d,\"No. %d, west\"\n", i, i }' \
    >records.csv
heng lqas --draw --seed 7 --from records.csv --csv drawn.csv --json drawn.json
exits 0 "rows of a file"
is "$(wc -l <drawn.csv | tr -d ' ')" 32 "31 rows and a heading"
awk -F, 'NR > 1 && $2 != sprintf("F%03d", $1)' drawn.csv >wrong
is "$(wc -l <wrong | tr -d ' ')" 0 "each with the number of its row"
has drawn.json '"draw":[{"seed":"7","generator":"xoshiro256++' "the seed in the JSON"
cp drawn.csv first.csv
heng lqas --draw --seed 7 --from records.csv --csv drawn.csv
cmp first.csv drawn.csv >out 2>err
result $? "the same again"

heng lqas
exits 64 "no size"
heng lqas --size 200 --p0 .3 --p1 .2 --lang en
exits 65 "good is worse than bad"
heng lqas --size 10 --p0 .01 --p1 .04
exits 66 "not to be told apart"
has err "no sample tells them apart" "and why"
heng lqas --size 200 --draw
exits 64 "a draw without a seed"
heng lqas --size 200 --seed 3
exits 64 "a seed without a draw"
heng lqas --size 20 --draw --seed 3 --n 21
exits 64 "more than there are"
heng lqas --size 200 --judge 31,32
exits 65 "more wrong than looked at"
heng lqas --size 200 --judge 31
exits 64 "half a count"
heng lqas --table 12 --size 3
exits 64 "a table takes no size"
heng lqas --size abc
exits 64 "a size that is none"
heng lqas --size 30 --draw --seed 7 --from records.csv
exits 65 "another size than the file's"
end
