#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# A disk that is full, a file that may not be written, another process that holds it: an import says so, keeps nothing
# of what it began and all that was there, and goes in when the trouble is over.
. "${0%/*}/tap.sh"

heng init county.db --pack "$HENG_SOURCE/packs/minimal"
printf 'code,name,level,parent\n340221,芜湖县,county,\n340221100,湾沚镇,township,340221\n' >areas.csv
heng import county.db areas areas.csv
exits 0 "the areas are in"
awk 'BEGIN {
    print "certificate,sex,born_on,weight,residence"
    for (i = 1; i <= 12000; i++)
        printf "M%d,m,2014-01-%02d,3200,%s\n", i, i % 28 + 1, i % 3 ? "湾沚镇" : "无此镇"
}' >many.csv

rows() { # of births in the file
    heng show "$1" births 1 # opens it, so that a log left behind is taken in
    heng verify "$1"
    awk '/^rows/ {gsub(",", "", $2); print $2 - 2}' out
}

whole() { # whole NAME: nothing of the import is in, and what was there is
    heng verify full.db
    exits 0 "$1: heng verify passes"
    is "$(rows full.db)" 0 "$1: nothing of it was kept"
}

# --- files may not grow past a limit, in steps: the store's log, its commit, the rejects
for blocks in 16 128 512 1200; do
    cp county.db full.db
    (
        ulimit -f $blocks
        "$HENG_BIN" import full.db births many.csv >out 2>err
        echo $? >status
    )
    status=$(cat status)
    exits 74 "$blocks blocks"
    grep -q "no space left\|File too large" err
    result $? "$blocks blocks: it is said that the space is out"
    has err "free some space" "$blocks blocks: and what to do"
    whole "$blocks blocks"
    rm -f full.db full.db-* many.csv.rejects.csv
done

# --- a small disk of its own
mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1m none disk 2>/dev/null; then
    cp county.db disk/county.db
    heng import disk/county.db births many.csv
    exits 74 "a full disk under the county's file"
    has err "free some space" "a full disk: what to do"
    heng verify disk/county.db
    exits 0 "a full disk: heng verify passes"
    cp county.db full.db
    head -c 1030000 /dev/zero >disk/filler
    rm -f disk/county.db*
    head -c 1048576 /dev/zero >disk/filler 2>/dev/null
    heng import full.db births many.csv --rejects disk/r.csv
    exits 74 "a full disk under the rejects file"
    has err "rejects file" "the rejects file is named"
    [ ! -s disk/r.csv ]
    result $? "no half of a rejects file is left"
    whole "no room for the rejects"
    umount disk
else
    for name in 1 2 3 4 5 6 7 8; do result 0 "# SKIP no right to mount a small disk"; done
fi

# --- written again when there is room
heng import county.db births many.csv
exits 65 "with room, the good rows go in"
has out "inserted               8,000" "8,000 of them"
has out "rejected               4,000" "and 4,000 come back"
is "$(grep -c '' many.csv.rejects.csv)" 4001 "each is in the rejects file"

# --- no right to write
chmod 755 "$work"
mkdir kept
cp county.db kept/county.db
chmod 444 kept/county.db
chmod 555 kept
as() { "$@"; }
able=yes
if [ "$(id -u)" -eq 0 ]; then
    if setpriv --reuid=65534 --clear-groups "$HENG_BIN" help >/dev/null 2>&1; then
        as() { setpriv --reuid=65534 --clear-groups "$@"; }
    else
        able=
    fi
fi
if [ "$able" ]; then
    as "$HENG_BIN" import kept/county.db births areas.csv >out 2>err
    status=$?
    exits 77 "a file that may not be written"
    has err "may not be written" "it is said so"
    has err "give this user the right" "and what to do"
    chmod 755 kept
    is "$(rows kept/county.db)" 8000 "all is there"
else
    for name in 1 2 3 4; do result 0 "# SKIP no other user to try it as"; done
fi

# --- another process holds it
if command -v sqlite3 >/dev/null; then
    mkfifo talk
    sqlite3 county.db <talk >/dev/null 2>&1 &
    holder=$!
    exec 9>talk
    echo "BEGIN IMMEDIATE; SELECT 1;" >&9
    sleep 1
    heng verify county.db
    exits 0 "while another process writes, reading goes on"
    head -n 3 many.csv | sed "s/^M/N/" >few.csv
    heng import county.db births few.csv
    exits 75 "but an import waits, and then gives up"
    has err "another process holds the file" "it is said why"
    has err "try again" "and what to do"
    exec 9>&-
    wait $holder
    heng import county.db births few.csv
    exits 0 "when it is free, the import goes in"
else
    for name in 1 2 3 4 5; do result 0 "# SKIP no sqlite3 shell"; done
fi
heng verify county.db
exits 0 "at the end: heng verify passes"
end
