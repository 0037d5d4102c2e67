// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads packs: YAML files to a checked model, and the model to tables.
//
// A pack is a folder: pack.yaml, registers/*.yaml, indicators/*.yaml, checks/*.yaml,
// watch, projections, reports, workflows, schedules, ledgers, checklists, channels; a
// part of it may have these in a folder of its own (supervision/registers/*.yaml). A
// store keeps a copy of the files it was made with, so that a file of data explains
// itself. docs/packs.md is the reference of every key.
#ifndef PACK_PACK_H
#define PACK_PACK_H

#include "pack/model.h"
#include "store/store.h"

struct pack_file {
    struct str path; // relative to the pack's folder, with '/'
    struct str text;
};

// Collects the pack's files from a folder (only the names above; sorted), or from the
// store.
enum err pack_files_from_folder(struct arena *a, const char *folder,
                                struct pack_file **files, size_t *n,
                                struct error *e) WARN_UNUSED;
enum err pack_files_from_store(struct arena *a, struct conn *c, struct pack_file **files,
                               size_t *n, struct error *e) WARN_UNUSED;

// All errors of a pack, in the order of its files, so that an author mends them in one
// go.
struct pack_problems {
    struct error *list;
    size_t n;
};
// Parses and checks, the Charter included. On ERR_INPUT *problems (may be NULL) has every
// problem found and e the first. The pack lives in the arena.
enum err pack_compile(struct arena *a, const struct pack_file *files, size_t n,
                      struct pack **out, struct pack_problems *problems,
                      struct error *e) WARN_UNUSED;

// --- from pack to tables

// The tables
// that a store has, as heng_columns records them.
enum change_kind {
    CHANGE_ADD_REGISTER,
    CHANGE_ADD_FIELD,
    CHANGE_WIDEN_FIELD,  // int to decimal, a longer code list, anything to text
    CHANGE_RENAME_FIELD, // was:
    CHANGE_RETIRE_FIELD, // no longer in the pack: the column and its data stay
    CHANGE_REFUSED       // narrowing, a change of meaning: say what to do instead
};

struct change {
    enum change_kind kind;
    struct str reg, field;
    struct str text, zh;    // one sentence for the person who decides
    const char *const *sql; // to run, in order
    size_t n_sql;
};

struct plan {
    struct change *changes;
    size_t n;
    bool refused; // some change is CHANGE_REFUSED
};

// Compares the tables of the store with the pack. Changes nothing.
enum err pack_plan(struct arena *a, struct conn *c, const struct pack *p,
                   struct plan *out, struct error *e) WARN_UNUSED;
// Carries the plan out inside a store_write job and keeps the files of the pack in the
// store. ERR_CONFLICT when the plan has refused changes. Never drops data.
enum err pack_apply(struct conn *c, const struct pack *p, const struct pack_file *files,
                    size_t n_files, const struct plan *plan, struct error *e) WARN_UNUSED;
// Inside a store_write job: the indexes that this Heng wants of the tables and an older
// one did not make. Some seconds for a million rows, nothing when all are there.
enum err pack_index(struct conn *c, const struct pack *p, struct error *e) WARN_UNUSED;

#endif
