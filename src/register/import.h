// SPDX-License-Identifier: AGPL-3.0-or-later
// From a file to rows. One thread reads and validates, the writer saves; memory does not
// grow with the file but for 22 to 43 bytes a row (to tell repeats). The whole file is
// one transaction: after a crash either all of its good rows are in, or none. Every row
// is then in the register or in the rejects file, with all that is wrong with it.
//
// A row that came before changes nothing. Registers with a key: the same key with another
// content is a correction (unless the same content was sent before and corrected here
// since), and refused where the row is struck. Without a key, or where a key field is
// empty: a row is known by its whole content, and the n-th equal row of a file is the
// n-th equal row of the register.
#ifndef REGISTER_IMPORT_H
#define REGISTER_IMPORT_H

#include "base/table.h"
#include "register/mapping.h"

struct import_options {
    const char *path;
    const char *sheet; // of an XLSX; NULL: the first
    struct str source;
    const char *const *given; // see mapping_make
    size_t n_given;
    const char
        *rejects; // NULL: beside the working directory, "<file's name>.rejects.csv"
    bool dry_run; // counts as the import would; saves nothing; rejects where asked
    uint64_t header_line; // where the headings stand; 0: looked for
    int64_t id;           // of the upload that it is (imports.h); 0: a new one
    const char *name;     // what the sender calls the file; NULL: path's last part
    void (*progress)(void *argument, double done, uint64_t rows);
    void *progress_argument;
};

enum { IMPORT_EXAMPLES = 8 };

struct import_problem {   // one kind of problem, with its first example
    struct str key;       // catalogue key and field
    struct label example; // "row 17, weight: '35000' is not between 300 and 7000"
    uint64_t count;
    bool error; // else a warning: the row is in
    bool note;  // not even that: nothing is wrong with the file
};

struct import_result {
    struct table_about about;
    struct mapping mapping;
    uint64_t rows;        // data rows of the file
    uint64_t header_line; // where the headings stand: a line, or the sheet's row
    uint64_t rows_above;  // rows of a title above them, passed over
    uint64_t inserted, corrected, unchanged, rejected;
    uint64_t warned;                 // rows with a warning; they are in
    struct import_problem *problems; // most frequent first
    size_t n_problems;
    struct str rejects_path; // empty when nothing was rejected
    int64_t before_at; // when this very file was imported before (and not undone), by the
                       // caller or, to one who may bring in all rows, by anyone; 0: never
    int64_t id;        // of the import (imports.h); 0: it changed nothing
};

// Rows that the caller may not bring in (rights_import, row_may_import) are refused, and
// so are those with the key of a row that is not theirs; not told is whose it is.
// ERR_CONFLICT too: such a row was saved by someone else while the file was read.
// On ERR_OK the good rows are saved (rejected > 0 is not an error here; the command's
// exit status says it). Any other code: nothing was saved. Everything in *out is in the
// arena.
enum err import_run(struct county *c, const struct access *who, const struct reg *r,
                    const struct import_options *options, struct arena *a,
                    struct import_result *out, struct error *e) WARN_UNUSED;

#endif
