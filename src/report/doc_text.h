// SPDX-License-Identifier: AGPL-3.0-or-later
// How a doc's figures and fixed words read, the same in PDF, HTML, XLSX and on a
// terminal. Pure functions; what they return lives in the arena given, .p is NULL when
// memory is out.
#ifndef REPORT_DOC_TEXT_H
#define REPORT_DOC_TEXT_H

#include "base/text.h"
#include "report/doc.h"

// Valid UTF-8 without control characters (line feeds stay) or direction overrides: those
// become U+FFFD. \r\n becomes \n, a tab a blank.
struct str doc_clean(struct arena *a, struct str s);

// What stands in a cell; an interval's bounds are apart (empty for other cells).
// The decimals with which a cell is shown: the column's and the cell's own more or fewer,
// 0 to 9.
int doc_decimals(const struct table_column *column, const struct cell *cell);
struct str doc_cell_text(struct arena *a, bool zh, const struct table_column *column,
                         const struct cell *cell);
struct str doc_cell_bounds(struct arena *a, bool zh, const struct table_column *column,
                           const struct cell *cell);
// Day and minute on the clock of the office; empty for 0.
struct str doc_moment(struct arena *a, int64_t ms);
// True for what reads as a figure: right-aligned by default, tabular digits.
bool doc_cell_is_figure(const struct cell *cell);
// "✓", "✗" or "".
struct str doc_tone_mark(enum cell_tone tone);

// "Table 3" / "表 3", "Figure 2" / "图 2".
struct str doc_block_label(struct arena *a, bool zh, const struct block *block);
// What the signs in a table mean, as one line; empty when there are none.
struct str doc_signs(struct arena *a, bool zh, const struct doc_table *table);

// The one list of fixed words.
enum doc_word {
    WORD_NOTE,
    WORD_SOURCE,
    WORD_CONTINUED,
    WORD_CONTENTS,
    WORD_DATA,      // the table behind a chart
    WORD_CATEGORY,  // heading of a chart's categories
    WORD_LOW,       // lower bound
    WORD_HIGH,      // upper bound
    WORD_EMPTY,     // nothing to show
    WORD_INTERVAL,  // 95 % interval
    WORD_LOG_SCALE, // behind the title of an axis
    WORD_LIMITS_95, // funnel limits
    WORD_LIMITS_998,
    WORD_SIZE,
    WORD_SHEET,
    WORD_TITLE,
    WORD_ROWS,
    WORD_HATCHED, // interval holds the reference
    WORD_NO_DATA,
    WORD_CLUSTER, // outlined
    WORD_ABOVE,   // and more, behind a figure
    WORD_BELOW,
    WORD_NO_PICTURE, // it cannot be shown
    WORD_COUNT
};
struct str doc_word(bool zh, enum doc_word word);

// The figures of a chart as a table (title, note and source included). False when memory
// is out.
bool doc_chart_table(struct arena *a, bool zh, const struct doc_chart *chart,
                     struct doc_table *out);

// A shallow copy of the doc whose front (title, subtitle, ...), which callers set by
// hand, is cleaned.
enum err doc_front(const struct doc *d, struct arena *a, struct doc *out,
                   struct error *e) WARN_UNUSED;

// The places that anchors lead to ("#name" without its sign), in order.
enum err doc_targets(const struct doc *d, struct arena *a, const struct str **targets,
                     size_t *n, struct error *e) WARN_UNUSED;

// Pieces of a text between line feeds: false at the end.
bool doc_next_line(struct str *rest, struct str *line);

// Replaces the file at path by these bytes, or leaves it as it was.
enum err doc_save(const char *path, struct str bytes, struct error *e) WARN_UNUSED;

#endif
