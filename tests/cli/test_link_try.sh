#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# heng link on files as people have them: titles above the heading, no heading, dates and
# headings in Chinese, settings made by Splink, headings that are hostile.
. "${0%/*}/tap.sh"

# --- a title above the heading, dates in Chinese, GB18030
cat >title.utf8 <<'F'
某某县2014年出生登记,,,,
表一,,,,单位：人
编号,儿童姓名,性别,出生日期,母亲姓名
001,王伟,男,2014年3月5日,李娜
002,张敏,女,2014年3月6日,陈静
003,王伟,男,2014年3月5日,李娜
004,赵磊,男,2014年11月21日,周芳
005,刘洋,女,2013年1月9日,何丽
006,孙强,男,2013年7月30日,林艳
F
iconv -f UTF-8 -t GB18030 title.utf8 >登记.csv
heng link 登记.csv --lang zh
exits 0 "titles above the heading"
has out "以第 3 行为列名" "it says which row is the heading, in Chinese"
has out "某某县2014年出生登记" "and what the title is"
is "$(awk '$1 == "出生日期" {print $2}' out)" "日期" "a date in Chinese is a date"
grep -q '^001,' 登记-clusters.csv
result $? "ids keep their zeros"
is "$(wc -l <登记-clusters.csv | tr -d ' ')" 7 "titles are no records"
has 登记-report.html "以第 3 行为列名" "the page says it in Chinese too"
heng link 登记.csv --clusters c.csv
has out "row 3 is taken as the heading" "and the terminal in English"

# --- no heading
tail -n 6 title.utf8 >bare.csv
heng link bare.csv --lang zh --clusters c.csv
exits 0 "a file without a heading"
has out "像是数据" "is told"

# --- no tables
for text in '{"a": 1}' '[{"a": 1}]' '<!DOCTYPE html><table>'; do
    printf '%s\n' "$text" >wrong.csv
    heng link wrong.csv
    exits 65 "no table: $text"
    has err "the file is " "and what it is"
done

# --- Splink's settings
cat >people.csv <<'F'
rec_id,person_key,name,dob,town
9,a1,anna miller,1980-01-01,york
8,a2,anna miller,1980-01-01,york
7,a3,peter smith,1977-02-03,leeds
6,a4,peter smith,1977-02-03,hull
5,a5,john jones,1950-05-05,york
F
level() { # level CONDITION [M U]
    printf '{"sql_condition": "%s", "label_for_charts": "x"' "$1"
    [ $# -lt 3 ] || printf ', "m_probability": %s, "u_probability": %s' "$2" "$3"
    printf '}'
}
equal() { # equal COLUMN
    printf '\\"%s_l\\" = \\"%s_r\\"' "$1" "$1"
}
null() {
    printf '{"sql_condition": "\\"%s_l\\" IS NULL OR \\"%s_r\\" IS NULL", "is_null_level": true, "label_for_charts": "n"}' \
        "$1" "$1"
}
cat >settings.json <<F
{"link_type": "dedupe_only", "unique_id_column_name": "person_key",
 "probability_two_random_records_match": 0.1,
 "additional_columns_to_retain": ["town"],
 "blocking_rules_to_generate_predictions": ["l.name = r.name"],
 "comparisons": [
  {"output_column_name": "name", "comparison_levels": [$(null name), $(level "$(equal name)" 0.9 0.01), $(level ELSE 0.1 0.99)]},
  {"output_column_name": "dob", "comparison_levels": [$(null dob), $(level "$(equal dob)" 0.8 0.1),
    $(level 'levenshtein(\"dob_l\", \"dob_r\") <= 1'), $(level ELSE 0.2 0.9)]}]}
F
heng link people.csv --model settings.json --pairs p.csv --clusters c.csv
exits 0 "settings of Splink"
is "$(sed -n 2p p.csv | cut -d, -f1,2)" "a1,a2" "the id is the column that the settings name"
has out "Splink's defaults" "a level without m and u is told"
# log2(0.1 / 0.9 * 0.9 / 0.01 * 0.8 / 0.1) = 6.3219
is "$(sed -n 2p p.csv | cut -d, -f4)" "6.3219" "and nothing else is learned anew"
is "$(head -1 c.csv | tr -d '\r')" "id,cluster,town" "retained columns are in the clusters"
is "$(head -1 p.csv | tr -d '\r')" "id_a,id_b,probability,match_weight,town_a,town_b" "and in the pairs"
sed 's/person_key/no_such_key/' settings.json >other.json
heng link people.csv --model other.json --pairs p.csv
has out "no_such_key" "an id column that is not there is told"
heng link people.csv --id person_key --ignore rec_id --save-model m.json --pairs p.csv
has m.json '"unique_id_column_name": "person_key"' "a saved model knows the id column"

# --- errors in Chinese, hostile headings, the same file twice
heng link nowhere.csv --lang zh
has err "说明：" "an error is explained in Chinese"
heng link people.csv --lang zh --nonsense
has err "没有这个选项" "also where the command line cannot be read"
heng link people.csv ./people.csv
exits 64 "the same file twice"
printf 'id,"na\nme \033[31m","%%s%%n"\n1,anna,x1\n2,peter,x2\n3,anna,x1\n' >hostile.csv
heng link hostile.csv --pairs p.csv
exits 0 "headings with line breaks, escapes and formats"
is "$(tr -d '\n' <out | tr -d '[:print:]' | LC_ALL=C tr -d '\200-\377' | wc -c | tr -d ' ')" 0 "no control character reaches the terminal"
has out "%s%n" "a format is a text"
heng link people.csv --id dob --ignore rec_id,person_key --clusters c.csv
is "$(awk '$1 == "dob" {print $2}' out)" "id" "what is told to be the id is not compared"
# --- what limits the figures is told
heng link people.csv --id rec_id --ignore person_key,name,dob --clusters c.csv --lang zh
has out "可比较的列只有 1 个" "few columns"
heng link people.csv --clusters c.csv --memory 3M
exits 0 "a small memory that records fit into"
has out "more than the 3 MiB allowed" "and what it took in all"
end
