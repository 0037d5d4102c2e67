# SPDX-License-Identifier: AGPL-3.0-or-later
# Sourced by the tests of the command line: a folder of its own for each, and TAP.
set -u
: "${HENG_BIN:?the program to test}" "${HENG_SOURCE:?the source folder}"
unset LANG LC_MESSAGES NO_COLOR
export LC_ALL=C.UTF-8 HENG_TODAY=2014-07-20
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
tests=0 failures=0 status=0

# heng ARGUMENT...: runs it; leaves its output in files out and err, its exit in $status
heng() {
    "$HENG_BIN" "$@" >out 2>err
    status=$?
}

result() { # result OK(0|1) NAME
    tests=$((tests + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tests - $2"
    else
        failures=$((failures + 1))
        echo "not ok $tests - $2"
        sed 's/^/#   out: /' out
        sed 's/^/#   err: /' err
    fi
}

exits() { # exits STATUS NAME: the last heng ended so
    [ "$status" -eq "$1" ]
    result $? "$2 (exit $1, was $status)"
}

has() { # has FILE TEXT NAME: the file holds this text
    grep -qF -- "$2" "$1"
    result $? "$3"
}

is() { # is FOUND EXPECTED NAME
    [ "$1" = "$2" ]
    result $? "$3 ('$1', expected '$2')"
}

end() {
    echo "1..$tests"
    [ "$failures" -eq 0 ]
    exit $?
}

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

sql() { # sql FILE STATEMENT: with every change in the file itself, not beside it
    sqlite3 "$1" "$2; PRAGMA wal_checkpoint(TRUNCATE);" >sql.out
}
