// SPDX-License-Identifier: AGPL-3.0-or-later
// Every mistake of a pack at once: a list that reading, checking and the Charter add to,
// so that an author mends a pack in one go. Inside the pack room only.
//
// Lives in an arena. Memory that runs out is remembered (`no_memory`) and asked for once,
// at the end: nothing that reads a pack has to stop half-way for it.
#ifndef PACK_PROBLEMS_H
#define PACK_PROBLEMS_H

#include "pack/model.h"

enum { PROBLEMS_MAX = 200 };

struct problem {
    struct error error;
    struct place place;
};

struct problems {
    struct arena *arena;
    struct problem *list;
    size_t n, capacity;
    size_t left_out;        // past PROBLEMS_MAX
    struct problem scratch; // what cannot be kept is written here
    bool no_memory;
};

// ERR_INPUT at a place ("file:line:column"; line 0: only the file). Returns the error, so
// that a cure can be added with error_cure; never NULL (a scratch one when memory is
// out).
struct error *problem_add(struct problems *p, struct place at, const char *key,
                          const char *format, ...) PRINTF_LIKE(4, 5);
// An error that another module made (an expression); it keeps its own `where`.
void problem_take(struct problems *p, struct place at, const struct error *e);
// Zeroed memory of the arena, or NULL with no_memory set.
void *problem_alloc(struct problems *p, size_t count, size_t size);
// Orders by file (as given), line and column; equal ones are said once.
void problem_sort(struct problems *p, const struct str *files, size_t n_files);

// The entry of `names` closest to `found` by at most a third of its letters, or an empty
// string. O(n x length^2).
struct str nearest_name(struct str found, const struct str *names, size_t n);

#endif
