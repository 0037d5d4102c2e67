#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The rules of the house that a compiler does not know, as TAP: first every rule over the
# sources, then every rule over planted bad files, which it must find.
#
# A rule is a function rule_NAME that runs in the root of a source tree and prints one line
# for each thing that is wrong ("path:line: what, and the cure"). $clean holds a copy of the
# C files in which comments and the insides of strings are blank.
set -u
LC_ALL=C; export LC_ALL
root=${1:-$(dirname "$0")/..}
root=$(cd "$root" && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

rules='banned_calls heap_calls processes file_sizes licence_line layers private_headers prefixes
    module_headers installed_headers whitespace clang_format machine_paths unfinished'

# What each room may include besides itself; see ARCHITECTURE.md.
layers='
base
stats    base
link     base
store    base
pack     base store
access   base store pack
register base store pack access
cube     base store pack access register
measure  base store pack access register cube stats
study    base store pack access register cube measure link stats
report   base store pack access register cube measure study link stats
demo     base
serve    base store pack access register cube measure study report link stats
cli      base store pack access register cube measure study report link stats serve demo
'

# First words of public names that are neither the module's nor the room's own.
more_prefixes='
base/memory.h      mem arena size int
base/rng.h         splitmix64
base/str.h         buf
base/table.h       csv
base/xlsx_write.h  xlsx
pack/model.h       type purpose reg field label
stats/project_rates.h  project
study/project_study.h  project
register/county.h  county
register/datum.h   reader
register/places.h  area facility
register/mapping.h mapped
report/draw.h      ink canvas text typeset
serve/request.h    answer json server
serve/route.h      method
serve/rows_json.h   put read rows
serve/routes.h     session sessions link links token tokens totp kept person people role roles audit model areas facilities search rows imports attachments figures indicators overview today due srb checks reports pack backups verify
stats/interval.h   normal
stats/project_batch.h project
stats/project_constrain.h project
stats/project_demand.h project
stats/project_draw.h project
stats/project_forecast.h project
store/store.h      conn stmt
cli/run_project.h  project
'

# May call the heap of C itself: the one module that wraps it, and memory that a library
# hands over to its caller.
heap_exceptions='^src/base/memory\.c:'

c_files() {
    find "$@" -name '*.[ch]' -not -path '*/node_modules/*' -not -path '*bench/env/*' 2>/dev/null | sort
}

# Everything a reader or a user may see, as text.
text_files() {
    find src docs packs web bench meson.build meson_options.txt dev .ci ./*.md -type f \
        -not -path '*/node_modules/*' -not -path '*bench/env/*' -not -path '*/dist/*' \
        2>/dev/null | sort
}

# Copies every C file to $clean, comments and string contents blank, lines kept.
make_clean() {
    rm -rf "$clean"
    mkdir -p "$clean"
    c_files src tests bench | sed 's|/[^/]*$||' | sort -u | while read -r folder; do
        mkdir -p "$clean/$folder"
    done
    c_files src tests bench | xargs awk -v to="$clean/" '
        FNR == 1 { if (file) close(file); file = to FILENAME; block = 0 }
        {
            line = $0; out = ""
            while (length(line) > 0) {
                if (block) {
                    at = index(line, "*/")
                    if (!at) { line = ""; break }
                    line = substr(line, at + 2); block = 0; continue
                }
                at = match(line, /\/\/|\/\*|"|\047/)
                if (!at) { out = out line; break }
                out = out substr(line, 1, at - 1)
                two = substr(line, at, 2); mark = substr(line, at, 1)
                line = substr(line, at + 1)
                if (two == "//") break
                if (two == "/*") { block = 1; line = substr(line, 2); continue }
                if (mark == "\"") match(line, /^([^"\\]|\\.)*"/)
                else match(line, /^([^\047\\]|\\.)*\047/)
                out = out mark mark
                line = RLENGTH > 0 ? substr(line, RLENGTH + 1) : ""
            }
            print out > file
        }' /dev/null
}

# calls FOLDER... -- NAME|NAME...: calls of these functions, as path:line:text.
calls() {
    names=$1; shift
    (cd "$clean" && for folder in "$@"; do [ -d "$folder" ] && grep -rnE \
        "(^|[^A-Za-z0-9_.>])($names)[[:space:]]*\(" "$folder"; done)
}

rule_banned_calls() {
    calls 'sprintf|vsprintf|strcpy|strcat|strncpy|strncat|atoi|atol|atoll|atof|strtok|gets|alloca' \
        src tests bench | sed 's/$/   (banned: no bounds or no errors; see base\/str.h)/'
}

rule_heap_calls() {
    calls 'malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf' src |
        grep -vE "$heap_exceptions" | sed 's/$/   (use base\/memory.h or an arena)/'
}

rule_processes() {
    calls 'system|popen|exec[lv]p?e?|posix_spawnp?' src | sed 's/$/   (no shell is run from C)/'
    calls 'exit|abort' src | grep -v '^src/cli/main\.c:' |
        sed 's/$/   (return an error; only main ends the program)/'
}

rule_file_sizes() {
    find src web -type f \( -name '*.[ch]' -o -name '*.ts' -o -name '*.tsx' -o -name '*.css' \) \
        -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null | sort |
        while read -r file; do
            lines=$(wc -l <"$file")
            [ "$lines" -le 1000 ] || echo "$file: $lines lines; at most 1000: it is two ideas"
        done
}

rule_licence_line() {
    {
        find src tests bench web \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o \
            -name '*.ts' -o -name '*.tsx' -o -name '*.js' -o -name '*.mjs' -o -name '*.css' \) \
            -not -path '*/node_modules/*' -not -path '*bench/env/*' -not -path '*/dist/*' 2>/dev/null
        ls dev .ci/run 2>/dev/null
    } | sort | while read -r file; do
        sed -n '1{/^#!/n;p;q;}' "$file" | grep -q 'SPDX-License-Identifier: AGPL-3\.0-or-later' ||
            echo "$file:1: the first line must be the SPDX line of AGPL-3.0-or-later"
    done
}

# Includes of our own headers in src: path:line:room/header.h
includes() {
    grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' src --include='*.[ch]' 2>/dev/null |
        sed 's/^\([^:]*:[0-9]*\):[^"]*"\([^"]*\)".*/\1:\2/'
}

rule_layers() {
    for room in src/*/; do
        room=${room#src/}; room=${room%/}
        c_files "src/$room" | grep -q . || continue
        printf '%s' "$layers" | grep -qE "^$room( |\$)" ||
            echo "src/$room: no such room; add it to ARCHITECTURE.md and to the table of tests/lint.sh"
    done
    includes | awk -F: -v table="$layers" '
        BEGIN {
            n = split(table, line, "\n")
            for (i = 1; i <= n; i++) {
                m = split(line[i], word, " ")
                for (j = 1; j <= m; j++) may[word[1], word[j]] = 1
            }
        }
        {
            split($1, part, "/")
            if (split($3, other, "/") < 2)
                print $1 ":" $2 ": \"" $3 "\": an include names its room: \"" part[2] "/" $3 "\""
            else if (!((part[2], other[1]) in may))
                print $1 ":" $2 ": \"" $3 "\": " part[2] " may not call " other[1]
        }'
}

rule_private_headers() {
    includes | awk -F: '
        {
            split($1, part, "/"); split($3, other, "/")
            if ($3 ~ /_(private|internal)\.h$/ && part[2] != other[1])
                print $1 ":" $2 ": \"" $3 "\" is private to " other[1]
        }'
}

# Headers that another room includes: the public ones.
public_headers() {
    includes | awk -F: '
        { split($1, part, "/"); split($3, other, "/"); if (part[2] != other[1]) print $3 }' | sort -u
}

# Every function that a header declares or defines, as line:name.
functions_of() {
    awk '
        /^[ \t]*#/ { macro = /\\$/; next }
        macro { macro = /\\$/; next }
        {
            text = $0
            while (match(text, /[;{}]/)) {
                mark = substr(text, RSTART, 1)
                part = substr(text, 1, RSTART - 1)
                text = substr(text, RSTART + 1)
                if (depth == 0) {
                    statement = statement " " part
                    if (first == 0) first = FNR
                    if (mark != "}") look(statement)
                    statement = ""; first = 0
                }
                if (mark == "{") depth++
                if (mark == "}") depth--
            }
            if (depth == 0 && text ~ /[^ \t]/) {
                if (first == 0) first = FNR
                statement = statement " " text
            }
        }
        function look(s, before, n, word) {
            if (s ~ /^ *typedef/ || s !~ /\(/) return
            sub(/__attribute__.*/, "", s)
            before = substr(s, 1, index(s, "(") - 1)
            gsub(/\*/, " ", before)
            n = split(before, word, " ")
            if (n >= 2 && word[n] ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print first ":" word[n]
        }' "$1"
}

rule_prefixes() {
    public_headers | while read -r header; do
        [ -f "$clean/src/$header" ] || continue
        room=${header%%/*}
        module=${header##*/}; module=${module%.h}
        more=$(printf '%s' "$more_prefixes" | awk -v h="$header" '$1 == h { $1 = ""; print }')
        functions_of "$clean/src/$header" | while IFS=: read -r line name; do
            good=
            for prefix in "$module" "${module%s}" "$room" $more; do
                case $name in "$prefix"|"${prefix}_"*) good=1 ;; esac
            done
            [ -n "$good" ] ||
                echo "src/$header:$line: $name: a public name begins with ${module}_ or ${room}_"
        done
    done
}

rule_module_headers() {
    c_files src | grep '\.c$' | while read -r file; do
        room=${file%/*}; room=${room#src/}
        module=${file##*/}; module=${module%.c}
        [ -f "src/$room/$module.h" ] && continue
        [ "$module" = main ] && continue
        grep -qE "^#include \"$room/" "$file" ||
            echo "$file: has no header $module.h and includes none of $room's: nobody can call it"
    done
}

# The headers of libheng, as room/header.h: the table that meson.build installs.
installed_headers() {
    awk '
        /^foreach room, modules/ { table = 1 }
        /install_headers/ { table = 0 }
        table {
            while (match($0, /\047[a-z0-9_]+\047 *:?/)) {
                word = name = substr($0, RSTART, RLENGTH)
                $0 = substr($0, RSTART + RLENGTH)
                gsub(/[^a-z0-9_]/, "", name)
                if (word ~ /:/) room = name; else print room "/" name ".h"
            }
        }' meson.build
}

# What a user of the engines needs: every header of stats, those of link that other rooms
# use, and whatever these include.
rule_installed_headers() {
    [ -d src/stats ] || return 0
    installed_headers | sort -u >"$scratch/installed"
    {
        c_files src/stats | grep '\.h$' | sed 's/^src\///'
        public_headers | grep '^link/'
        includes | awk -F: '
            NR == FNR { installed["src/" $0] = 1; next }
            $1 in installed { print $3 }' "$scratch/installed" -
    } | grep -vE '_(private|internal)\.h$' | sort -u | comm -23 - "$scratch/installed" |
        sed 's/\(.*\)\/\(.*\)\.h$/src\/&: a header of libheng that is not installed; add \2 to \1 in meson.build/'
}

rule_whitespace() {
    tab=$(printf '\t'); return_mark=$(printf '\r')
    c_files src tests bench | xargs grep -nE "$tab|$return_mark|[[:space:]]\$" /dev/null |
        sed 's/:\([0-9]*\):.*/:\1: a tab, a carriage return or a space at the end of the line/'
    c_files src tests bench | while read -r file; do
        [ -z "$(tail -c 1 "$file")" ] || echo "$file: no line end at the end of the file"
    done
}

# The layout is what clang-format 14 (Debian 12) makes; other versions differ in details.
has_clang_format() {
    clang-format --version 2>/dev/null | grep -q 'version 14\.' && [ -f .clang-format ]
}

rule_clang_format() {
    c_files src tests bench | xargs -P 2 -n 24 clang-format --dry-run 2>&1 |
        grep 'clang-format-violations' | cut -d: -f1 | sort | uniq -c |
        sed 's/^ *\([0-9]*\) \(.*\)/\2: \1 places are not as clang-format makes them: .\/dev fmt/'
}

rule_machine_paths() {
    text_files | xargs grep -nIE '(^|[^A-Za-z0-9_.~}-])/(work|home|root|tmp|Users)/' /dev/null |
        sed 's/$/   (a path of one machine)/'
}

rule_unfinished() {
    { text_files; c_files tests; } | xargs grep -nIwE 'TODO|FIXME|XXX|HACK' /dev/null |
        sed 's/$/   (finish it, or open an issue)/'
}

number=0
failed=0
# report OK NAME: one TAP line; stdin is shown below it when it is not ok.
report() {
    number=$((number + 1))
    if [ "$1" = ok ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=1
    fi
}

run_rule() {
    if [ "$1" = clang_format ] && ! has_clang_format; then return 77; fi
    "rule_$1" >"$scratch/found" 2>&1
    [ ! -s "$scratch/found" ]
}

over_sources() {
    cd "$root" || exit 1
    clean=$scratch/clean
    make_clean
    for rule in $rules; do
        run_rule "$rule"
        case $? in
        0) report ok "$rule" ;;
        77) number=$((number + 1)); echo "ok $number - $rule # SKIP clang-format 14 is not there" ;;
        *)
            report bad "$rule"
            head -40 "$scratch/found" | sed 's/^/# /'
            more=$(($(wc -l <"$scratch/found") - 40))
            [ $more -le 0 ] || echo "# and $more more" ;;
        esac
    done
}

licence='// SPDX-License-Identifier: AGPL-3.0-or-later'

# put PATH: a file of the planted tree, from stdin, the licence line first.
put() {
    mkdir -p "$(dirname "$1")"
    { echo "$licence"; cat; } >"$1"
}

# A small house that breaks no rule, though it comes near to each.
plant_good() {
    cd "$scratch" && rm -rf house && mkdir house && cd house || exit 1
    cp "$root/.clang-format" .
    put src/base/thing.h <<'C'
// Never call sprintf(x) or malloc(x); */ not here.
struct thing {
    int n;
    int (*reader)(int n);
};
int thing_make(int n);
static inline int base_twice(int n)
{
    return n * 2;
}
C
    put src/base/thing.c <<'C'
#include "base/thing.h"

int thing_make(int n)
{
    const char *text = "system(1) \" strcpy(a, b)";
    char quote = '"';
    return n + (text[0] == quote); // atoi("1")
}
C
    put src/base/thing_more.c <<'C'
#include "base/thing.h"
C
    put src/store/keep_private.h <<'C'
int anything(void);
C
    put src/store/keep.c <<'C'
#include "base/thing.h"
#include "store/keep_private.h"
C
    put src/stats/figure.h <<'C'
#include "base/thing.h"
C
    echo 'int figure_private(void);' | put src/stats/figure_private.h
    printf "foreach room, modules : {\n  'base': ['thing'],\n  'stats': [\n    'figure',\n  ],\n}\n  install_headers(room)\n" >meson.build
    mkdir -p docs
    echo 'A path is like ./home/x, a name like http://example.org/home/.' >docs/paths.md
}

# expect RULE WHAT: the rule must find what was just planted; the house is then put right.
expect() {
    make_clean
    run_rule "$1"
    case $? in
    1) report ok "$1 finds $2" ;;
    77) number=$((number + 1)); echo "ok $number - $1 finds $2 # SKIP clang-format 14 is not there" ;;
    *) report bad "$1 finds $2" ;;
    esac
    plant_good
}

over_planted() {
    clean=$scratch/planted_clean
    plant_good
    make_clean
    for rule in $rules; do
        run_rule "$rule"
        case $? in 0|77) continue ;; esac
        report bad "$rule accepts a good house"
        sed 's/^/# /' "$scratch/found"
    done
    report ok 'a good house was judged'

    for name in sprintf vsprintf strcpy strcat atoi atol strtok gets alloca; do
        echo "int bad = $name (1);" | put tests/base/test_bad.c
        expect banned_calls "$name"
    done
    for name in malloc calloc realloc free strdup; do
        echo "int bad = ($name(1));" | put src/base/bad.c
        expect heap_calls "$name"
    done
    for name in system popen execlp exit; do
        printf '/* a\n comment */ int bad = %s(1);\n' "$name" | put src/base/bad.c
        expect processes "$name"
    done
    awk 'BEGIN { for (i = 0; i < 1000; i++) print "int i" i ";" }' | put src/base/long.c
    expect file_sizes 'a file of 1,001 lines'
    awk 'BEGIN { for (i = 0; i < 1000; i++) print "let i" i ";" }' | put web/long.ts
    expect file_sizes 'a long page source'
    echo 'int n;' >src/base/bare.h
    expect licence_line 'a header without it'
    printf '#!/bin/sh\necho\n' >dev
    expect licence_line 'a script without it'
    echo '#include "store/keep.h"' | put src/base/up.c
    expect layers 'an include of a higher room'
    echo '#include "store/store.h"' | put src/demo/demo.c
    expect layers 'a demo that reads the store'
    echo '  #  include "thing.h"' | put src/base/near.c
    expect layers 'an include without its room'
    echo 'int n;' | put src/attic/box.h
    expect layers 'a room that is not in the plan'
    echo '#include "store/keep_private.h"' | put src/access/look.c
    expect private_headers 'a private header used elsewhere'
    echo 'struct thing *make_other(int n);' >>src/base/thing.h
    expect prefixes 'a foreign prefix'
    printf 'static inline const char *\nhelper(\n    int n)\n{\n    return 0;\n}\n' >>src/base/thing.h
    expect prefixes 'an inline function without prefix'
    echo 'int lonely(void);' | put src/base/lonely.c
    expect module_headers 'a file that nobody can call'
    echo 'int more_of(int n);' | put src/stats/more.h
    expect installed_headers 'a header of stats that nobody gets'
    echo 'int other_of(int n);' | put src/base/other.h
    echo '#include "base/other.h"' >>src/stats/figure.h
    expect installed_headers 'a header that an installed one needs'
    echo 'int pair_of(int n);' | put src/link/pair.h
    echo '#include "link/pair.h"' | put src/report/page.c
    expect installed_headers 'a header of link that others use'
    printf '\tint n;\n' | put src/base/tab.c
    expect whitespace 'a tab'
    printf 'int n; \n' | put tests/base/space.c
    expect whitespace 'a space at the end'
    printf 'int n;' | put src/base/cut.c
    expect whitespace 'a missing line end'
    printf 'int   f( void ){return 1;}\n' | put src/base/ugly.c
    expect clang_format 'another layout'
    for place in work home root tmp; do
        echo "See /$place/somebody/x." >>docs/paths.md
        expect machine_paths "/$place/"
    done
    echo '// see /home/somebody/x' | put src/base/path.c
    expect machine_paths 'a path in a comment'
    for word in TODO FIXME XXX; do
        echo "// $word: later" | put tests/base/later.c
        expect unfinished "$word"
    done
}

over_sources
[ -n "${LINT_PLANTED-yes}" ] && over_planted
echo "1..$number"
exit $failed
