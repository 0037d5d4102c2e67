#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# What a stranger gets: the build is installed into an empty folder, every installed header
# is compiled alone, and a program is built by pkg-config against libheng and run. TAP.
# install.sh BUILD_FOLDER COMPILER... -fsanitize=WHAT
set -u
build=$1; shift
compiler=
sanitize=
for word in "$@"; do
    case $word in
    -fsanitize=none|-fsanitize=) ;;
    -fsanitize=*) sanitize=$word ;;
    *) compiler="$compiler $word" ;;
    esac
done
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
number=0
failed=0
check() {
    number=$((number + 1))
    what=$1; shift
    if "$@" >"$scratch/said" 2>&1; then
        echo "ok $number - $what"
    else
        echo "not ok $number - $what"
        sed 's/^/# /' "$scratch/said" | head -20
        failed=1
    fi
}

check 'meson install' meson install -C "$build" --no-rebuild --destdir "$scratch/to"
pc=$(find "$scratch/to" -name heng.pc | head -1)
check 'heng.pc is there' test -n "$pc"
PKG_CONFIG_PATH=$(dirname "$pc"); export PKG_CONFIG_PATH
PKG_CONFIG_SYSROOT_DIR=; export PKG_CONFIG_SYSROOT_DIR
prefix=$(sed -n 's/^prefix=//p' "$pc")
pkg() { pkg-config --define-variable=prefix="$scratch/to$prefix" "$@" heng; }
check 'pkg-config knows it' pkg --exists --print-errors
flags=$(pkg --cflags)

headers_alone() {
    status=0
    include=$scratch/to$prefix/include/heng
    for header in $(cd "$include" && find . -name '*.h' | sed 's|^\./||'); do
        printf '#include "%s"\nint nothing;\n' "$header" >"$scratch/one.c"
        # shellcheck disable=SC2086
        $compiler -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror $flags -c -o "$scratch/one.o" "$scratch/one.c" || status=1
    done
    return $status
}
check 'every installed header compiles alone' headers_alone

cat >"$scratch/user.c" <<'C'
#include <math.h>
#include <stdio.h>

#include "stats/interval.h"

int main(void)
{
    struct interval i = interval_ratio(463, 395, 100, 0.95);
    printf("%.1f-%.1f\n", i.low, i.high);
    return fabs(i.low - 102.5) < 0.05 && fabs(i.high - 134.0) < 0.05 ? 0 : 1;
}
C
# shellcheck disable=SC2046,SC2086
check 'a program is built against it' \
    $compiler -std=gnu17 $sanitize $flags -o "$scratch/user" "$scratch/user.c" $(pkg --static --libs)
check 'and gives the published interval of 463 boys to 395 girls' "$scratch/user"
echo "1..$number"
exit $failed
