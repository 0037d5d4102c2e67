#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Whatever is sent instead of a good file is refused with its name, its place and a cure; what is good in it goes in,
# what is bad comes back, and the history holds.
. "${0%/*}/tap.sh"

heng init county.db --pack "$HENG_SOURCE/packs/minimal"
cat >areas.csv <<'EOF'
code,name,level,parent,valid_to,successor
340221,芜湖县,county,,,
340221100,湾沚镇,township,340221,,
340221101,六郎镇,township,340221,,
340221102,老镇,township,340221,2011-12-31,340221100
EOF
heng import county.db areas areas.csv
exits 0 "the areas are in"
header=certificate,sex,born_on,weight,residence

refused() { # refused FILE TEXT CURE NAME: as a whole, with this text and cure
    heng import county.db births "$1"
    exits 65 "$4 is refused"
    has err "$2" "$4: it is named"
    has err "cure: " "$4: there is a cure"
    grep -qi -- "$3" err
    result $? "$4: the cure says '$3'"
    [ ! -e "$(basename "$1").rejects.csv" ]
    result $? "$4: no rejects file is left"
}

# counts FILE ROWS: of the last import; no row is lost
counts() {
    sum=$(awk '/^rows/ {in_rows = 1} /^problems/ {in_rows = 0}
        in_rows && /inserted|corrected|unchanged|rejected/ {gsub(",", "", $2); n += $2} END {print n + 0}' out)
    is "$sum" "$2" "$1: every row is in, was there, or came back"
}

sound() { # sound NAME
    heng verify county.db
    exits 0 "$1: heng verify passes"
}

# --- no table at all
: >empty.csv
refused empty.csv "the file is empty" "export it again" "an empty file"
printf '\n  \n\n' >blank.csv
refused blank.csv "no rows" "headings" "a file of blank lines"
printf '\211PNG\r\n\032\n\0\0\0\rIHDR' >p.csv
refused p.csv "a picture (PNG)" "CSV or XLSX" "a PNG called .csv"
printf '%%PDF-1.4\n%%\342\343\317\323\n1 0 obj\n' >p.pdf
refused p.pdf "a PDF document" "CSV or XLSX" "a PDF"
printf 'PK\003\004\024\0\0\0\0\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' >z.zip
refused z.zip "z.zip" "download it again\|CSV or XLSX" "a damaged ZIP"
printf '\320\317\021\340\241\261\032\341aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' >old.xls
refused old.xls "legacy Excel" "save it as .xlsx" "an old .xls"
printf '<html><table><tr><td>1</td></tr></table></html>' >web.xls
refused web.xls "web page" "save it as .xlsx" "a web page called .xls"
head -c 4096 /dev/zero >zero.csv
refused zero.csv "binary" "UTF-8" "a file of zeros"
refused . "folder" "name a csv" "a folder"
heng import county.db births nowhere.csv
exits 66 "no such file"
has err "check the name" "no such file: the cure"
refused county.db "SQLite" "export" "a county's file instead of a table"
heng import areas.csv births areas.csv
exits 65 "a table instead of a county's file"
heng import county.db births areas.csv
exits 65 "the file of another register"
has err "'code' (column 1)" "all of its columns are named"
has err "'successor' (column 6)" "to the last"

# --- 4 GB
printf '%s\nA1,m,2014-01-02,3200,湾沚镇\n' "$header" >big.csv
truncate -s 4G big.csv
begun=$(date +%s)
refused big.csv "big.csv" "." "4 GB of nothing behind a header"
is "$(($(date +%s) - begun < 20))" 1 "it was refused within 20 seconds"
rm -f big.csv
# one endless line of text from a pipe: bounded memory, and a name for it
{
    printf '%s\nA1,m,2014-01-02,3200,湾沚镇\nA2,m,' "$header"
    yes 0123456789abcdef | tr -d '\n' | head -c 67108864
    printf '\nA3,f,2014-01-03,3100,六郎镇\n'
} | (
    # AddressSanitizer needs its terabytes of address space
    case ${ASAN_OPTIONS-} in '') ulimit -v 1000000 ;; esac
    "$HENG_BIN" import county.db births - --rejects long.rejects.csv >out 2>err
    echo $? >status
)
status=$(cat status)
exits 65 "a line of 64 MB through a pipe"
has out "the row is longer than" "the long line is named"
counts "a line of 64 MB" 3
is "$(($(wc -c <long.rejects.csv) < 8000000))" 1 "only its start is in the rejects file"
sound "after the long line"

# --- headings
printf 'certificate,sex,born_on,colour,residence,shape\nB1,m,2014-01-02,red,湾沚镇,x\n' >column.csv
refused column.csv "'colour' (column 4), 'shape' (column 6)" "--map" "unknown columns"
printf 'certificate,sex,residence\nB1,m,湾沚镇\n' >missing.csv
refused missing.csv "born_on" "--map" "a missing required column"
printf '%s\n' "$header" >head.csv
heng import county.db births head.csv
exits 0 "headings alone are no error"
has out "no rows" "but it is said that there are no rows"

# --- rows
cat >bad.csv <<EOF
$header
C1,m,2014-02-31,3200,湾沚镇
C2,m,2015-02-01,3200,湾沚镇
C3,m,2014-02-01,3200,老镇
C4,m,2014-02-01,99999,湾沚镇
C5,x,2014-02-01,3200,湾沚镇
C6,m,2014-02-01,3200,无此镇
C7,m,2014-02-01,3200,湾沚镇
C8,m,2014-02-01,3200
C9,m,2014-02-01,3200,湾沚镇,too,many
,m,2014-02-01,3200,湾沚镇
"C10,m,2014-02-01,3200,湾沚镇
C11,m,2014-02-01,3200,湾沚镇
EOF
heng import county.db births bad.csv
exits 65 "a file with bad rows"
counts "bad rows" 12
r=bad.csv.rejects.csv
has $r "C1,m,2014-02-31,3200,湾沚镇,2" "31 February: the row and its number"
has $r "month 2 of 2014 has 28 days" "31 February: what is wrong"
has $r "write the date as" "31 February: the cure"
has $r "A birth cannot be in the future" "a birth in the future"
has $r "born_on '2015-02-01'" "a birth in the future: the value"
has $r "look it up in the source" "a birth in the future: the cure"
has $r "ended on 2011-12-31" "an area that is no more"
has $r "use 湾沚镇 (340221100)" "an area that is no more: its successor"
has $r "'99999' is not between 300 and 7000" "a weight out of range"
has $r "'x' is not one of the codes" "an unknown code"
has $r "m (男), f (女)" "an unknown code: the codes"
has $r "'无此镇'" "an unknown area"
has $r "7 cells and there are 5 headings" "a separator too many"
has $r "a quote opened at place 1" "a quote never closed"
is "$(grep -c '^"\{0,1\}C7\|^"\{0,1\}C11' $r)" 0 "good rows are not among them"
sound "after bad rows"
sed -e 's/2014-02-31/2014-02-28/; s/2015-02-01/2014-02-01/; s/老镇/340221100/; s/99999/3300/' \
    -e 's/C5,x/C5,f/; s/无此镇/六郎镇/' $r | grep 'heng_row\|^C[1-6],' >fixed.csv
heng import county.db births fixed.csv
exits 0 "the rejects, put right, go in as they are"
has out "inserted                   6" "all six"

# a mother aged 9, in the county pack
heng init cn.db --pack "$HENG_SOURCE/packs/cn-county"
printf 'code,name,level,parent\n34,安徽省,province,\n3402,芜湖市,prefecture,34\n340221,芜湖县,county,3402\n340221100,湾沚镇,township,340221\n340221100201,新村,village,340221100\n' >cn-areas.csv
heng import cn.db areas cn-areas.csv
exits 0 "areas of the county pack"
printf '出生医学证明编号,性别,出生日期,母亲出生年份,现住址\nG340000001,男,2014-03-01,2005,340221100201\nG340000002,男,2014-03-01,1990,340221100201\n' >mother.csv
heng import cn.db births mother.csv --source hospital
exits 65 "a mother aged 9"
has mother.csv.rejects.csv "A mother under 10 years" "she is named"
has mother.csv.rejects.csv "mother_birth_year '2005'" "with the year that was found"
has mother.csv.rejects.csv "born_on '2014-03-01'" "and the date it was held against"
has out "inserted                   1" "the other row is in"

# --- encodings
cp county.db gb.db
printf '%s\nE1,男,2014-02-01,3200,湾沚镇\nE2,女,2014-02-03,3200,六郎镇\n' "$header" | iconv -f UTF-8 -t GB18030 >gb.csv
heng import county.db births gb.csv
exits 0 "GB18030 is found by itself"
printf '%s\nF\351lix,m,2014-02-01,3200,340221100\nM\374ller,m,2014-02-01,3200,340221100\nFok,m,2014-02-01,3200,340221100\n' "$header" >latin.csv
heng import county.db births latin.csv
exits 65 "Latin-1 is not read as Chinese"
counts "Latin-1" 3
has latin.csv.rejects.csv "byte 0xE9 at place 2" "the byte and its place are named"
has latin.csv.rejects.csv "as UTF-8" "with the cure"
has out "inserted                   1" "the plain row is in"
{
    printf '%s\n' "$header"
    for i in 1 2 3 4 5; do printf 'H%s,男,2014-02-01,3200,湾沚镇\n' $i; done
    printf 'H6,男,2014-02-01,3200,湾沚镇\n' | iconv -f UTF-8 -t GB18030
} >mixed.csv
heng import county.db births mixed.csv
exits 65 "two encodings in one file"
counts "two encodings" 6
has mixed.csv.rejects.csv "mixes two encodings" "it is said so"
has out "inserted                   5" "the rows of the first encoding are in"
sound "after the encodings"

# --- again and again
{
    printf '%s\n' "$header"
    i=1
    while [ $i -le 400 ]; do
        printf 'K%s,m,2014-03-%02d,3%03d,湾沚镇\n' $i $((i % 28 + 1)) $i
        i=$((i + 1))
    done
} >whole.csv
head -n 201 whole.csv >half.csv
cat whole.csv whole.csv >twice.csv
heng import county.db births half.csv
has out "inserted                 200" "half of a file"
heng import county.db births whole.csv
has out "inserted                 200" "then the whole of it: the other half"
has out "unchanged                200" "and the first half unchanged"
heng import county.db births whole.csv
has out "inserted                   0" "the same file again: nothing"
has out "unchanged                400" "all is there"
has out "imported before" "and it says so"
heng import county.db births twice.csv
has out "unchanged                800" "the file twice in one: nothing"
heng import county.db births twice.csv --dry-run
exits 0 "a dry run of it"
is "$(sqlite3 county.db "SELECT count(*) FROM r_births WHERE certificate LIKE 'K%'" 2>/dev/null || echo 400)" 400 \
    "400 births, once each"

# --- files that must not be written over
cp bad.csv again.csv
heng import county.db births again.csv --rejects again.csv
exits 64 "rejects over the file that is imported"
cmp -s bad.csv again.csv
result $? "it is as it was"
heng import county.db births bad.csv --rejects county.db
exits 73 "rejects over the county's own file"
has err "would be written over" "it is said why"
heng measure county.db --period 2014 --csv county.db
exits 73 "figures over the county's own file"
mkfifo pipe
cat pipe >piped &
heng import county.db births bad.csv --rejects pipe
exits 65 "rejects into a pipe"
wait $!
[ -p pipe ]
result $? "the pipe is still one"
has piped "C1,m,2014-02-31" "and the rows went through it"
sound "after that"

# --- cut off
head -c 4305 whole.csv | sed 's/^K/L/' >cut.csv
heng import county.db births cut.csv
exits 65 "a file that ends in the middle of a row"
has cut.csv.rejects.csv "cut off" "the last row came back"
is "$(grep -c . cut.csv.rejects.csv)" 2 "and only that one"
counts "a file cut off" "$(($(grep -c '' cut.csv) - 1))"
sound "at the end"
end
