# SPDX-License-Identifier: AGPL-3.0-or-later
# What the shell writes into the audit log: a backup, a pack that was applied, an import; who
# did it, and of what. What was only tried or refused is no event.
. "${0%/*}/tap.sh"
command -v sqlite3 >/dev/null || skip_all "no sqlite3 shell"
pack=$HENG_SOURCE/packs/minimal

events() { # kind, subject and text of each in a line, without the numbers of imports
    sqlite3 "$1" "SELECT kind, subject, text FROM heng_events ORDER BY seq" |
        sed 's/saved [0-9]*:/saved N:/' | tr '\n' ';'
}
count() { sqlite3 c.db "SELECT count(*) FROM heng_events"; }

heng init c.db --pack "$pack"
is "$(sqlite3 c.db "SELECT count(*) FROM sqlite_schema WHERE name = 'heng_events'")" 0 "a new file has no events"
heng import c.db areas "$pack/sample/areas.csv"
exits 0 "areas"
mkdir from
cp "$pack/sample/births.csv" from/births.csv
heng import c.db births from/births.csv --dry-run
exits 65 "an import that is tried"
heng import c.db births from/none.csv
[ "$status" -ne 0 ]
result $? "a file that is not there"
is "$(count)" 1 "neither is an event"
heng import c.db births from/births.csv --rejects r.csv
exits 65 "births, two rows of them rejected"
heng backup c.db there.db
exits 0 "a backup"
heng backup c.db there.db
[ "$status" -ne 0 ]
result $? "one that is there already"
cp -r "$pack" next
sed 's/^version: .*/version: "99"/' "$pack/pack.yaml" >next/pack.yaml
heng pack plan c.db next
exits 0 "a pack that is looked at"
is "$(count)" 3 "neither is an event"
heng pack apply c.db next
exits 0 "a pack that is applied"
name=$(sed -n 's/^pack: *//p' next/pack.yaml)
is "$(events c.db)" \
    "import|areas|saved N: areas.csv;import|births|saved N: births.csv;backup|there.db|made at the shell;pack|$name|version 99 applied, 0 changes;" \
    "each with its subject, files without their folders"
is "$(sqlite3 c.db "SELECT count(*) FROM heng_events a JOIN heng_users u ON u.id = a.who WHERE u.name = 'local administrator $(id -un)'")" 4 \
    "all by the person at the shell"
is "$(sqlite3 c.db "SELECT count(*) FROM heng_events WHERE text LIKE '%B111400%'")" 0 "no value of a row"
imported=$(sqlite3 c.db "SELECT group_concat(id, ' ') FROM (SELECT id FROM heng_imports ORDER BY id)")
noted=$(sqlite3 c.db "SELECT text FROM heng_events WHERE kind = 'import' ORDER BY seq" |
    sed 's/^saved \([0-9]*\):.*/\1/' | tr '\n' ' ')
is "$noted" "$imported " "imports by their numbers"
heng verify c.db
exits 0 "the log is whole"
is "$(awk '$1 == "audit" && $2 == "log" {print $3}' out)" 4 "of four events"
# the copy is of the file as it was
is "$(sqlite3 there.db "SELECT count(*) FROM heng_events")" 2 "the backup does not have its own event"
heng verify there.db
exits 0 "and is whole"
# a pack that is refused changes neither file nor log
sed 's/type: int/type: bool/' next/registers/births.yaml >births.yaml && mv births.yaml next/registers/births.yaml
heng pack apply c.db next
[ "$status" -ne 0 ]
result $? "a pack whose change is refused"
is "$(count)" 4 "is no event"
end
