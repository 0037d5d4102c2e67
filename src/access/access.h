// SPDX-License-Identifier: AGPL-3.0-or-later
// Who asks, for what purpose, about which area. Every function of Heng that reads or
// writes rows takes a `const struct access *`; the rules are here and nowhere else:
//   purpose: rows of a register are shown only to those who hold its purpose; counts may
//     go further
//   area: only rows inside an area that the caller holds for that register
//   facility: or only rows of a facility that the caller holds for it, wherever they lie;
//     who does not ask for facilities gives one who holds only such rows nothing
//   function: what is not about rows (figures, imports, people, packs, the file itself)
//   small counts: a count of a care register under the threshold does not leave the care
//     role
// The Charter's one-way glass is the first and the last together. Plain data, no
// ownership; a struct access made from an account lives in its caller's arena.
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "pack/model.h"
#include "store/store.h"

enum access_want { ACCESS_READ, ACCESS_WRITE };

enum access_function {
    ACCESS_FIGURES, // indicators, checks, who is late, reports: counts, never rows
    ACCESS_IMPORT,  // files into registers whose rows the caller may write
    ACCESS_EXPLAIN, // explain a finding, so that it stays explained
    ACCESS_PEOPLE,  // accounts, roles, invitations
    ACCESS_PACK,    // plan and apply a pack
    ACCESS_FILE,    // backup, restore, verify, health
    ACCESS_AUDIT,   // who did what
    ACCESS_FUNCTIONS
};
const char *access_function_name(enum access_function f); // "figures"

struct access_grant {
    unsigned reads_rows, writes_rows;   // bits (1 << purpose): person-level rows
    const struct reg *const *registers; // only these of the purposes; n 0: all of them
    size_t n_registers;
    unsigned functions; // bits (1 << enum access_function)
    int64_t area;       // id of the root of the subtree; 0: everywhere
    // 0, or the id of a facility: then only rows of `registers` (n 0: none) that are that
    // facility's, and its ledgers of these purposes (bits); of the functions such a grant
    // has at most ACCESS_IMPORT, for files of these rows
    int64_t facility;
    unsigned ledgers;
};

struct access_role { // a role by name, for what a pack leaves to roles (moves, channels)
    struct str name;
    int64_t area, facility; // as in a grant
};

enum { ACCESS_MAX_GRANTS = 32 };

struct access {
    int64_t user;    // row of heng_users
    struct str name; // "local administrator root"
    const struct access_grant *grants;
    size_t n_grants;
    const struct access_role *roles;
    size_t n_roles;
    bool every_role; // the person at the shell
    // Of the shell (access_on_behalf): whose account that one enters for, and its roles;
    // 0: nobody's.
    int64_t behalf;
    const struct access_role *behalf_roles;
    size_t n_behalf_roles;
    int suppress_below; // from the pack, never under 5
};

// suppress_below: the pack's. The person at the shell of the machine that holds the file:
// may do every function and enter everything, and see rows of every purpose but care
// (whoever owns the file could read it otherwise; Heng itself shows no care row to one
// who gives no care). Finds or makes the user in heng_users. One who is new to a file
// that may only be read reads it without being noted (user 0) and may change nothing.
enum err access_local_administrator(struct store *s, int suppress_below, struct arena *a,
                                    struct access *out, struct error *e) WARN_UNUSED;
// One of the shell (as above) who enters what another decided, as a paper shows: the
// history says "WHO (entered by ...)". The rights stay those of the one at the shell, but
// for steps that check what another did: these are taken only where WHO has an account of
// the file that could make the step itself (register/workflow.h). ERR_INPUT: WHO is empty
// or longer than 100 bytes; ERR_FORBIDDEN: a is no one of the shell, or the file may only
// be read.
enum err access_on_behalf(struct access *a, struct store *s, struct str who,
                          struct arena *arena, struct error *e) WARN_UNUSED;
// Of a name as the history has it, who decided: the part before " (entered by ...)", all
// of it otherwise.
struct str access_decided_by(struct str name);
// The same name in a reader's words: "local administrator root" and "(entered by ...)"
// are put in Chinese where zh. In the arena, or the name as it is.
struct str access_name(struct arena *a, struct str name, bool zh);
// Heng's tables of users; call inside a store_write job, before anything else of this
// room.
enum err access_migrate(struct conn *c, struct error *e) WARN_UNUSED;

// ERR_FORBIDDEN in words, or ERR_OK: by any grant for an area, whichever it is.
enum err access_read_rows(const struct access *a, const struct reg *r,
                          struct error *e) WARN_UNUSED;
enum err access_write_rows(const struct access *a, const struct reg *r,
                           struct error *e) WARN_UNUSED;
// The same, and also by a grant for a facility: for those who ask of each row with
// rights_of_row (register/rights.h), or list by row_list.
enum err access_read_some(const struct access *a, const struct reg *r,
                          struct error *e) WARN_UNUSED;
enum err access_write_some(const struct access *a, const struct reg *r,
                           struct error *e) WARN_UNUSED;
enum err access_may(const struct access *a, enum access_function f,
                    struct error *e) WARN_UNUSED;
// The same, and also by a grant for a facility: for doors behind which each register and
// row is asked for.
enum err access_may_some(const struct access *a, enum access_function f,
                         struct error *e) WARN_UNUSED;
// May the caller bring files of this register? Which rows of them: rights_import
// (register/rights.h).
enum err access_import(const struct access *a, const struct reg *r,
                       struct error *e) WARN_UNUSED;
// The roots of the areas where the caller holds one of these roles, as access_areas; what
// is held for a facility is not among them.
size_t access_role_areas(const struct access *a, const struct str *roles, size_t n,
                         int64_t roots[ACCESS_MAX_GRANTS], bool *everywhere);
// Whether the caller holds one of these roles for this facility (an id).
bool access_role_of_facility(const struct access *a, const struct str *roles, size_t n,
                             int64_t facility);
// All of ACCESS_PACK and ACCESS_FILE, everywhere: the commands init, pack, backup,
// restore.
enum err access_administer(const struct access *a, struct error *e) WARN_UNUSED;

// The roots of the areas where the caller may read or write rows of a register, or do a
// function. *everywhere: then n is 0. n 0 without it: nowhere. Whether an area lies
// within one of them is asked with register/rights.h.
size_t access_areas(const struct access *a, const struct reg *r, enum access_want want,
                    int64_t roots[ACCESS_MAX_GRANTS], bool *everywhere);
// The facilities (ids) whose rows of the register the caller may read or write, wherever
// they lie.
size_t access_facilities(const struct access *a, const struct reg *r,
                         enum access_want want, int64_t facilities[ACCESS_MAX_GRANTS]);
// The same of files: facilities whose rows the caller may bring in by one.
size_t access_import_facilities(const struct access *a, const struct reg *r,
                                int64_t facilities[ACCESS_MAX_GRANTS]);
size_t access_function_areas(const struct access *a, enum access_function f,
                             int64_t roots[ACCESS_MAX_GRANTS], bool *everywhere);

// May this count of rows of registers of this purpose be shown? Zero may (it says nothing
// of anyone). One who gives care sees small counts of it where every area of figures that
// the caller holds is one of care too.
bool access_shows_count(const struct access *a, enum purpose p, double count);

// 64 bits over all that decides what the caller is shown, the user's name not among it:
// two with the same number get the same answer to the same question about figures.
uint64_t access_scope(const struct access *a);

// A copy that outlives its caller's: all of it in the arena, but for what the pack holds.
enum err access_copy(const struct access *a, struct arena *arena, struct access *out,
                     struct error *e) WARN_UNUSED;

#endif
