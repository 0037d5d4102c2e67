# SPDX-License-Identifier: AGPL-3.0-or-later
# A million random operations on a ledger (post, back-dated, reverse, confirm, count) against a model that keeps every
# evening of every balance: the property test of tests/register, at its full length.
set -eu
ninja -C build tests/register/test_register_ledger_random >&2 ||
    { echo "the release folder has no tests: meson setup build --buildtype=release -Dtests=true" >&2; exit 1; }
echo '# A million operations on a ledger'
echo
echo "$(date +%Y-%m-%d), release build; processor time is that of the ledger and of the model together."
echo
HENG_SOURCE=$PWD HENG_LEDGER_OPERATIONS=1000000 build/tests/register/test_register_ledger_random | sed -n 's/^# /- /p'
