// SPDX-License-Identifier: AGPL-3.0-or-later
// Who asks, for what purpose, about which area. Every function of Heng that reads or
// writes rows takes a `const struct access *`; the rules are here and nowhere else:
//   purpose: rows of a register are shown only to those who hold its purpose; counts may
//     go further
//   area: only rows inside the area subtree of the caller
//   small counts: a count of a care register under the threshold does not leave the care
//     role
// The Charter's one-way glass is the first and the third together. Plain data, no
// ownership.
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "pack/model.h"
#include "store/store.h"

struct access {
    int64_t user;         // row of heng_users
    struct str name;      // "local administrator root"
    unsigned reads_rows;  // bit (1 << purpose): may see person-level rows
    unsigned writes_rows; // bit (1 << purpose): may enter and correct
    int64_t area;         // id of the root of the subtree; 0: everywhere
    int suppress_below;   // from the pack
    bool may_administer;  // init, packs, backup, restore, verify
};

// suppress_below: the pack's. The person at the shell of the machine that holds the file:
// may administer and enter everything, and see rows of every purpose but care (whoever
// owns the file could read it otherwise; Heng itself shows no care row to one who gives
// no care). Finds or makes the user in heng_users. One who is new to a file that may only
// be read reads it without being noted (user 0) and may change nothing.
enum err access_local_administrator(struct store *s, int suppress_below, struct arena *a,
                                    struct access *out, struct error *e) WARN_UNUSED;
// Heng's tables of users; call inside a store_write job, before anything else of this
// room.
enum err access_migrate(struct conn *c, struct error *e) WARN_UNUSED;

// ERR_FORBIDDEN in words, or ERR_OK.
enum err access_read_rows(const struct access *a, const struct reg *r,
                          struct error *e) WARN_UNUSED;
enum err access_write_rows(const struct access *a, const struct reg *r,
                           struct error *e) WARN_UNUSED;
enum err access_administer(const struct access *a, struct error *e) WARN_UNUSED;

// May this count of rows of registers of this purpose be shown? Zero may (it says nothing
// of anyone).
bool access_shows_count(const struct access *a, enum purpose p, double count);

#endif
