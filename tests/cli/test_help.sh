#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Help is made from the table of commands; slips are answered with what comes nearest.
. "${0%/*}/tap.sh"

heng
exits 0 "heng alone"
cp out overview
sed -n 's/^  \([a-z][a-z]*\( [a-z]*\)\{0,1\}\)  .*/\1/p' overview | sed 's/ *$//' >commands
is "$(wc -l <commands | tr -d ' ')" "$(cat "$HENG_SOURCE"/src/cli/commands*.[cd]* | grep -c '^ *\.name = "')" \
    "commands in the overview"
heng help
cmp -s out overview
result $? "heng help is the same"
heng --help
cmp -s out overview
result $? "heng --help is the same"

heng --lang zh
exits 64 "options come behind a command"
heng help --lang zh
has out "计算指标及其置信区间" "help in Chinese"

heng help --man
exits 0 "the manual page"
sed 's/\\//g' out >man
heng help --markdown
exits 0 "Markdown"
cp out markdown
while read -r command; do
    # shellcheck disable=SC2086
    heng $command --help
    [ "$status" -eq 0 ] && grep -qF "Usage: heng $command" out
    result $? "heng $command --help"
    cp out first
    # shellcheck disable=SC2086
    heng help $command
    cmp -s out first
    result $? "heng help $command is the same"
    # each option that usage names is explained, and stands in the man page and in Markdown
    sed -n '/^Usage:/,/^$/p' first | grep -o -e '--[a-z0-9-]*' | sort -u >options
    bad=0
    while read -r option; do
        grep -qE "^  $option( |\$)" first && grep -qF -e "$option" man &&
            grep -qF -e "$option" markdown || bad=1
    done <options
    result $bad "options of $command are explained everywhere"
    [ "$(grep -c -e '--lang zh|en' first)" -eq 1 ]
    result $? "heng $command takes --lang"
done <commands
if [ -f "$HENG_SOURCE/docs/commands.md" ]; then
    cmp "$HENG_SOURCE/docs/commands.md" markdown >out 2>err
    result $? "docs/commands.md is what heng help --markdown prints"
fi
heng help --api
exits 0 "the API"
if [ -f "$HENG_SOURCE/docs/api.md" ]; then
    cp out api
    cmp "$HENG_SOURCE/docs/api.md" api >out 2>err
    result $? "docs/api.md is what heng help --api prints"
fi

heng improt
exits 64 "an unknown command"
has err "did you mean 'heng import'?" "the nearest command"
heng pack chek x
has err "did you mean 'heng pack check'?" "the nearest command of two words"
heng zzzzzz
exits 64 "a command like none"
has err "'heng help' lists all commands" "where the list is"
heng import a b c --rejcts x
exits 64 "an unknown option"
has err "did you mean --rejects?" "the nearest option"
heng import a b c -x
exits 64 "a short option that is not there"
heng import a b
exits 64 "a missing argument"
has err "needs FILE" "is named"
heng import a b c d
exits 64 "one argument too many"
has err "'d'" "is named"
heng measure a
exits 64 "a missing option"
has err "needs --period" "is named"
heng measure a --period
exits 64 "an option without its value"
heng measure a --period 2014 --period 2013
exits 64 "an option given twice"
heng import a b c --dry-run=yes
exits 64 "a switch with a value"
heng version --lang fr
exits 64 "a language that is not there"
heng measure a --period=half
exits 65 "no period"
has err "heng: --period: " "an error says where"
has err "  cure: " "and what to do"
heng demo d --people many
exits 64 "no number"
heng help nothing
exits 64 "help for no command"
heng version
exits 0 "version"
heng --version
exits 0 "--version"
if [ -c /dev/full ]; then
    "$HENG_BIN" help >/dev/full 2>err
    status=$?
    exits 74 "a full disk behind standard output"
fi
end
