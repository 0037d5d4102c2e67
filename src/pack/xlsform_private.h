// SPDX-License-Identifier: AGPL-3.0-or-later
// What xlsform*.c share: the sheets, and the questions on their way to items.
#ifndef PACK_XLSFORM_PRIVATE_H
#define PACK_XLSFORM_PRIVATE_H

#include "pack/model.h"
#include "pack/xlsform.h"

struct xls_row {
    uint64_t line;
    struct str *cells;
    size_t n;
};

struct xls_heading {
    struct str text; // as written
    char base[40];   // "label", lower case, _ for spaces, "" beyond this length
    enum { HEADING_PLAIN, HEADING_EN, HEADING_ZH, HEADING_OTHER } language;
    bool used;
};

struct xls_sheet {
    struct str name; // as written; empty: not there
    struct xls_heading *headings;
    size_t n;
    struct xls_row *rows;
    size_t n_rows;
};

struct xls_choice {
    struct str original, name;
    struct label label;
    struct str points;
    bool fails, not_applicable;
    const struct xls_row *row; // of the sheet, for its other columns
    struct xls_choice *again;  // the same name once more, for another filter
};

struct xls_list {
    struct str name;
    struct xls_choice *choices;
    size_t n, capacity;
    bool yes_no; // of two: yes and no, in this or that order
    size_t yes;
};

enum xls_kind {
    XLS_BOOL,
    XLS_CODE,
    XLS_MULTIPLE,
    XLS_INT,
    XLS_DECIMAL,
    XLS_TEXT,
    XLS_DATE,
    XLS_RANK,
    XLS_GEOPOINT,
    XLS_MOMENT,
    XLS_CALCULATE,
    XLS_TODAY,
    XLS_OUT // named, and left out: what reads it cannot be said
};

struct xls_group {
    int parent; // index, -1
    struct str name, relevant;
    struct label label;
    const struct xls_row *row;
};

struct xls_question {
    const struct xls_row *row;
    struct str original, name;
    enum xls_kind kind;
    const struct xls_list *list;
    struct label label, hint;
    struct str relevant, constraint, calculation, points, met, filter;
    struct label message;
    bool required, photo, critical, other;
    struct str min, max; // of a range
    int group;           // -1
};

struct xls {
    struct arena *arena;
    struct xlsform *out;
    size_t n_hints;
    bool no_memory, one_language;
    struct xls_sheet survey, choices, settings;
    struct xls_list *lists;
    size_t n_lists, lists_capacity;
    struct xls_group *groups;
    size_t n_groups;
    struct xls_question *questions;
    size_t n_questions;
};

// The texts of a row: xlsform.c.
void xls_heading(struct xls_heading *h, struct str text); // "label::English (en)"
struct str xls_cell(struct xls_sheet *sheet, const struct xls_row *row, const char *base);
struct label xls_label(struct xls *x, struct xls_sheet *sheet, const struct xls_row *row,
                       const char *base);
bool xls_says_yes(struct str s);
// What a name may be here.
struct str xls_tame(struct xls *x, struct str from, bool code);

// An XForm as sheets (xlsform_xml.c).
enum err xls_read_xml(struct xls *x, const char *path, struct error *e) WARN_UNUSED;

// Lists of choices (xlsform_choices.c).
void xls_read_choices(struct xls *x);
struct xls_list *xls_list_named(struct xls *x, struct str name);
// The condition under which a choice of q (which has a filter) may be chosen; "true" and
// "false" where it depends on nothing. False: it cannot be said, *why.
bool xls_choice_condition(struct xls *x, const struct xls_question *q,
                          const struct xls_choice *c, struct str *out, struct str *why);
// The same of all choices, as what must hold of the answer to a select_one.
bool xls_filter(struct xls *x, const struct xls_question *q, struct buf *out,
                struct str *why);

// One note; column and found may be empty.
void xls_note(struct xls *x, const struct xls_sheet *sheet, uint64_t row,
              const char *column, struct str found, bool refused, const char *format, ...)
    PRINTF_LIKE(7, 8);

// Translates an XPath expression of a form. self: what `.` is, or NULL. False: *why says
// what is not understood, in words (in the arena).
bool xls_expression(struct xls *x, struct str text, const struct xls_question *self,
                    struct str *out, struct str *why);
// The same of a choice_filter: bare names are columns of the choice's row.
bool xls_filter_expression(struct xls *x, struct str text, const struct xls_row *choice,
                           struct str *out, struct str *why);

// The item that a choice of a select_multiple becomes.
struct str xls_choice_item(struct xls *x, const struct xls_question *q,
                           const struct xls_choice *c);

// The YAML of what was read (xlsform_write.c), and its trial in a small pack.
void xls_write(struct xls *x);

#endif
