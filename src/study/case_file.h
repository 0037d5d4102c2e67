// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole file of a case (pack/engines.h, struct case_shape) for handing out: its
// papers with every file attached to them, what was struck and why, what is missing, how
// it went from stage to stage, what was found and which visits led to it, and the heads
// of the two chains by which the copy can be proved against the county's file.
//
// Nothing is left out: a paper or a file that was struck stands in its place with who
// struck it, when and why; so does the case itself, whose file whoever may read its row
// may take as before. Only what the caller may read; in the arena; one thread.
#ifndef STUDY_CASE_FILE_H
#define STUDY_CASE_FILE_H

#include "register/attachment.h"
#include "register/row.h"
#include "study/rows_about.h"

struct case_about_paper {
    const struct code *paper;
    bool required; // by the source of the case, or by what was decided
    size_t there;  // rows
};

struct case_about { // which papers it must have
    const struct case_shape *shape;
    struct row_about row; // may be struck: its file is whole even so
    struct str number;
    struct case_about_paper *papers; // in the order of the codes
    size_t n_papers;
    size_t required, missing; // papers, not rows
};

struct case_sheet { // a row with its files: the case's own, or a paper
    const struct reg *reg;
    int64_t id;
    struct datum *values;
    const struct code *paper; // NULL: the case itself, or a row that says none
    int64_t at;               // when the row came in, by whom
    struct str who;
    bool own;    // the case itself, which is the first
    bool struck; // the row itself
    int64_t struck_at;
    struct str struck_by, reason;
    struct attachment *files; // struck ones too
    size_t n_files;
};

// Whether its files went with a paper that was struck. Those of a struck case itself are
// what its file is for.
static inline bool case_file_is_out(const struct case_sheet *s)
{
    return s->struck && !s->own;
}

struct case_file {
    struct case_about about;
    struct case_sheet *sheets; // the case itself, papers in the order of the codes, those
                               // that say none, struck ones
    size_t n_sheets;
    size_t n_files; // of all sheets, struck ones too
    struct row_event *events;
    size_t n_events;
    struct row_group *linked; // what belongs to the case, then what that names
    size_t n_linked;
    char history_head[2 * HISTORY_HASH + 1], files_head[2 * ATTACHMENT_HASH + 1];
    int64_t history_entries, files_entries;
    int64_t made; // UTC milliseconds
};

// A current case goes before a struck one of the same number. ERR_NOT_FOUND: the pack has
// no cases, or none of this number that the caller may read.
enum err case_file_about(const struct measure *m, struct arena *a, struct str number,
                         struct case_about *out, struct error *e) WARN_UNUSED;
// ERR_NOT_FOUND as case_file_about.
enum err case_file_read(const struct measure *m, struct arena *a, struct str number,
                        struct case_file *out, struct error *e) WARN_UNUSED;

#endif
