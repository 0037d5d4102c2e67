// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the template module share: the builder, and how a figure becomes a
// cell or a word.
#ifndef REPORT_TEMPLATE_PRIVATE_H
#define REPORT_TEMPLATE_PRIVATE_H

#include "report/template.h"

struct builder {
    const struct measure *m;
    struct arena *a;
    struct doc *d;
    struct period period;
    int32_t root;
    bool zh;
    const struct indicator **used; // for the annex, in order of first use
    size_t n_used, capacity_used;
    bool suppressed, missing; // some cell was
};

// An empty document with its title, place and period, and what it was made from.
enum err builder_begin(struct builder *b, const struct measure *m, struct arena *a,
                       struct str title, struct period period, int32_t root, bool zh,
                       struct error *e) WARN_UNUSED;
// The language's text.
struct str builder_say(const struct builder *b, const char *en, const char *zh);
// The edition of an indicator that is valid at the end of the period: a pack's report
// names it by name.
const struct indicator *builder_edition(const struct builder *b,
                                        const struct indicator *i);
bool builder_use(struct builder *b, const struct indicator *i); // notes it for the annex
struct str builder_root_name(const struct builder *b);

// value of a figure; decimals belong to the column.
struct cell builder_cell(struct builder *b, const struct figure *f, double value);
struct cell builder_data_error(const struct builder *b);
// The value with its interval and whether the target is met.
struct cell builder_value_cell(struct builder *b, const struct indicator *i,
                               const struct figure *f);
struct cell text_cell(struct str s);
// "48,113"; "–" for NaN.
struct str builder_number(const struct builder *b, double x, int decimals);
struct str builder_unit(const struct builder *b, const struct indicator *i);

// Says how many rows of an indicator stand in no line of the table: without it the parts
// and the whole would differ in silence. said: of the indicators before.
struct str builder_unplaced(struct builder *b, struct str said, const struct indicator *i,
                            int64_t unplaced);
// The note with all that was said.
struct str builder_unplaced_note(struct builder *b, struct str note, struct str said);

// Counts the table.
enum err builder_indicators(struct builder *b, struct measure_table *t, struct str title,
                            struct str note, struct error *e) WARN_UNUSED;
enum err builder_areas(struct builder *b, const struct section *s,
                       struct error *e) WARN_UNUSED;
enum err builder_cross(struct builder *b, const struct section *s,
                       struct error *e) WARN_UNUSED;
// numbers: the first rows of each finding are named.
enum err builder_findings(struct builder *b, const struct findings *f, int limit,
                          bool numbers, struct str title, struct str note,
                          struct error *e) WARN_UNUSED;
// Reports owed and received, and who was late or missing; items: each such report too.
enum err builder_late(struct builder *b, const struct reg *const *registers, size_t n,
                      bool items, struct str title, struct str note,
                      struct error *e) WARN_UNUSED;
// What rows owe: rates, then what is late or open.
enum err builder_owed(struct builder *b, const struct owed_query *q,
                      struct error *e) WARN_UNUSED;
enum err builder_definitions(struct builder *b, struct error *e) WARN_UNUSED;
enum err builder_chart(struct builder *b, const struct section *s,
                       struct error *e) WARN_UNUSED;
enum err builder_text(struct builder *b, const struct report *r, const struct section *s,
                      struct error *e) WARN_UNUSED;

// The buckets' names; areas of one name are told apart by the area above them when
// `apart` ("Jung-gu, Busan"). *repeated: some names are alike. NULL when memory is out.
struct str *builder_bucket_names(struct builder *b, const struct axis *axis,
                                 const struct cube_axis *buckets, bool apart,
                                 bool *repeated);
// The name of the area above the bucket's, empty where there is none.
struct str builder_above(const struct builder *b, const struct axis_bucket *bucket);

// An area's or a facility's name; the other index is -1.
struct str builder_place(const struct builder *b, int32_t area, int32_t facility);

// A table being built: room for so many columns and rows, then every column, then row by
// row.
struct grid {
    struct builder *b;
    struct table_column *columns;
    size_t n_columns, max_columns;
    struct cell *cells;
    int *levels;
    size_t n_rows, max_rows;
    bool small; // as in doc_table
};

enum err grid_begin(struct grid *g, struct builder *b, size_t columns, size_t rows,
                    struct error *e) WARN_UNUSED;
struct table_column *grid_column(struct grid *g, struct str title, bool number);
struct cell *grid_row(struct grid *g, int level); // as in doc_table.row_level
enum err grid_end(struct grid *g, struct str title, struct str note,
                  struct error *e) WARN_UNUSED;

// A fresh measure scope of the builder's area, over a period.
struct measure_scope builder_scope(const struct builder *b, struct period p,
                                   const struct axis *axes, size_t n);

#endif
