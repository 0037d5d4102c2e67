#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# People who may sign in, from the shell; and the proof of the audit log.
. "${0%/*}/tap.sh"
heng init c.db --pack "$HENG_SOURCE/packs/minimal"
heng import c.db areas "$HENG_SOURCE/packs/minimal/sample/areas.csv"
area=$(sqlite3 c.db "SELECT code FROM r_areas ORDER BY code DESC LIMIT 1")

heng account list c.db
exits 0 "a list of nobody"
has out "heng serve" "says how the first comes in"
heng account invite c.db liming
exits 64 "an invitation without a role"
heng account invite c.db liming --role wizard
exits 65 "a role that is not there"
has err "wizard" "is named"
heng account invite c.db liming --role clerk --area nowhere
[ "$status" -ne 0 ]
result $? "an area that is not there"
heng account invite c.db ' ' --role clerk
exits 65 "no name"
heng account list c.db
has out "no accounts yet" "nobody was made by all that"

heng account invite c.db liming --role clerk --role leader --area "$area" --until 2014-12-31 \
    --full-name 李明 --address https://heng.example/
exits 0 "an invitation"
grep -qE '^https://heng\.example/link/[A-Za-z0-9_-]{43}$' out
result $? "is a link with 256 bits"
secret=$(sed -n 's|.*/link/||p' out)
is "$(grep -c "$secret" c.db)" 0 "which is not in the file"
heng account invite c.db LiMing --role clerk
exits 73 "the name in capitals is taken"
heng account invite c.db both --role care_worker --role inspector
exits 65 "rows of care and of supervision in one person"
has err "Charter" "are refused with the reason"
heng account invite c.db wang --role leader --lang zh
exits 0 "another, in Chinese"
has out "http://127.0.0.1:8080/link/" "the address of a server on this machine"
heng account list c.db
has out "liming               invited" "the list shows the state"
has out "until 2014-12-31" "and the last day"
has out "leader (everywhere)" "and where"

heng account reset c.db nobody
exits 66 "a link for nobody"
heng account reset c.db LIMING
exits 0 "a new link by a name in capitals"
[ "$(sed -n 's|.*/link/||p' out)" != "$secret" ]
result $? "is another one"

heng verify c.db
exits 0 "verify"
is "$(awk '$1 == "audit" && $2 == "log" {print $3}' out)" 6 "proves the audit log"
head=$(awk '$1 == "audit" && $2 == "hash" {print $3}' out)
heng verify c.db --expect "$head"
exits 0 "its head is found again"
cp c.db cut.db
sql cut.db "DELETE FROM heng_events WHERE seq = 6"
heng verify cut.db
exits 0 "an end cut off agrees with itself"
heng verify cut.db --expect "$head"
exits 76 "but not with a head that was written down"
sql c.db "UPDATE heng_events SET subject = 'wang' WHERE seq = 2"
heng verify c.db
exits 76 "an altered event is found"
has err "entry 2 of the audit log" "and named"
end
