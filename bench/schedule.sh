# SPDX-License-Identifier: AGPL-3.0-or-later
# Five visits of each of a million children, of which three million were made: what is owed, in time and late. Processor
# time. HENG_CHILDREN: another number of children.
set -eu
children=${HENG_CHILDREN:-1000000}
command -v sqlite3 >/dev/null || { echo "bench schedule needs sqlite3" >&2; exit 1; }
ninja -C build heng bench/bench_schedule >&2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
db=$folder/county.db
build/heng init "$db" --pack tests/measure/pack >&2
{
    echo code,name,level,parent
    echo 340221,county,county,
    for t in 100 101 102 103 104 105 106 107; do
        echo "340221$t,township $t,township,340221"
        for v in 001 002 003 004 005 006 007 008 009 010; do echo "340221$t$v,village $t $v,village,340221$t"; done
    done
} >"$folder/areas.csv"
build/heng import "$db" areas "$folder/areas.csv" >&2
# Children come in no order of their days; a visit is up to 20 days early or 30 late, and each fifth is not made.
sqlite3 "$db" >&2 <<SQL
CREATE TEMP TABLE villages AS SELECT row_number() OVER (ORDER BY code) - 1 AS n, id FROM r_areas WHERE level = 'village';
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $children - 1)
INSERT INTO r_children (id, area, date, state, version, saved_by, saved_at, fingerprint, record)
SELECT 1000000 + i, (SELECT id FROM villages WHERE villages.n = i % 80), date('2012-07-01', (i * 7919 % 760) || ' days'),
       'current', 1, 0, 0, i + 1, 'R' || (34022100000000 + i) FROM n;
WITH points(p, at) AS (VALUES (0, '1 month'), (1, '3 months'), (2, '6 months'), (3, '8 months'))
INSERT INTO r_child_visits (id, area, date, state, version, saved_by, saved_at, fingerprint, number, child, kind)
SELECT c.id * 8 + p, c.area, date(c.date, at, (c.id * 31 % 50 - 20) || ' days'), 'current', 1, 0, 0, c.id * 8 + p,
       'V' || (c.id * 8 + p), c.record, 'visit' FROM r_children c, points WHERE (c.id + p) % 4 <> 0;
SQL
echo '# What a schedule owes'
echo
echo "$(date +%Y-%m-%d), release build: $children children, five visits each."
echo
echo '| points | owed | on time | done late | late | CPU s |'
echo '| ---: | ---: | ---: | ---: | ---: | ---: |'
HENG_TODAY=2014-07-20 build/bench/bench_schedule "$db" newborn_visits 2
[ -z "${HENG_KEEP:-}" ] || cp "$db" "$HENG_KEEP"
