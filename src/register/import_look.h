// SPDX-License-Identifier: AGPL-3.0-or-later
// A first look at a file that is to be imported: what it is, its sheets, where its
// headings stand, what is in the columns, and which field each seems to be. Saves
// nothing. Everything is in the arena; one thread. Reads the first rows only (of an XLSX
// its shared strings too).
#ifndef REGISTER_IMPORT_LOOK_H
#define REGISTER_IMPORT_LOOK_H

#include "base/table.h"
#include "register/mapping.h"

enum { IMPORT_SAMPLES = 5, IMPORT_SAMPLE_BYTES = 120 };

struct import_look {
    struct table_about about;
    struct str *sheets; // visible ones of a workbook
    size_t n_sheets;
    struct str sheet;                      // that was read; empty for CSV
    uint64_t header_line;                  // for import_options
    struct mapping mapping;                // see mapping_propose
    struct str (*samples)[IMPORT_SAMPLES]; // by column: different values, in their order
    size_t *n_samples;
    const struct field **missing; // required fields without a column
    size_t n_missing;
};

struct import_look_options {
    const char *path;
    const char *sheet; // NULL: the first
    struct str source;
    uint64_t header_line; // 0: looked for
    const char *const *given;
    size_t n_given;
};

// ERR_INPUT: no table, no rows, or `given` is wrong.
enum err import_look(struct county *c, const struct reg *r,
                     const struct import_look_options *options, struct arena *a,
                     struct import_look *out, struct error *e) WARN_UNUSED;

#endif
