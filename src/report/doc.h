// SPDX-License-Identifier: AGPL-3.0-or-later
// A document as data: a title block and a list of blocks (heading, paragraph, table,
// chart, note). One struct doc is written as PDF, HTML or XLSX (doc_write_*), so that the
// three never differ in a figure. Everything lives in the doc's arena: what is added is
// copied, and what is not valid UTF-8 or is a control character becomes U+FFFD. Building
// functions return NULL or false when memory is out. A doc is built by one thread; when
// built, any number of threads may write it.
#ifndef REPORT_DOC_H
#define REPORT_DOC_H

#include "base/date.h"
#include "base/geojson.h"

enum cell_kind {
    CELL_EMPTY,
    CELL_TEXT,
    CELL_NUMBER,      // value, shown with the column's decimals
    CELL_INTERVAL,    // value, low, high
    CELL_DATE,        // value is a day
    CELL_MISSING,     // no data: shown as an en dash, explained below the table
    CELL_SUPPRESSED,  // may not be shown: its text, or "<5"; never carries the value
    CELL_NOT_DEFINED, // the denominator is zero
    CELL_PAGE // the page of a PDF where its anchor leads to; elsewhere a link, or nothing
};

enum cell_tone {
    TONE_NONE,
    TONE_GOOD,
    TONE_BAD,
    TONE_MUTED
}; // never by colour alone: a mark stands beside

struct cell {
    enum cell_kind kind;
    enum cell_tone tone;
    double value, low, high;
    struct str text;   // CELL_TEXT; CELL_SUPPRESSED: the sign that stands for it
    struct str anchor; // a name that leads back to how it was made ("indicator:srb"), may
                       // be empty. "#indicator:srb" makes this cell the place where that
                       // name leads to (a definition in an annex).
    int more_decimals; // added to the column's, may be negative: a count among rates
};

enum column_align { ALIGN_LEFT, ALIGN_RIGHT };

struct table_column {
    struct str title;
    struct str group; // columns with the same group next to each other share a heading
                      // above; may be empty
    struct str unit;
    enum column_align align;
    int decimals;
    double width; // relative; 0: by content
};

struct doc_table {
    struct str title;
    const struct table_column *columns;
    size_t n_columns;
    const struct cell *cells; // n_rows x n_columns, row by row
    size_t n_rows;
    const int *row_level; // indent of each row's first cell (0..); NULL: all 0. -1 marks
                          // a total (bold, ruled)
    struct str note, source;
    bool small; // reference matter, set in small type
};

enum chart_form {
    CHART_FORM_BAR,      // horizontal bars by category, several series side by side
    CHART_FORM_LINE,     // categories are times
    CHART_FORM_INTERVAL, // forest: a point with its interval by category, reference line
                         // and band
    CHART_FORM_FUNNEL,   // value against size, with limits around the reference
    CHART_FORM_PYRAMID,  // two series back to back by category, with intervals; a third
                         // and fourth (SERIES_BEFORE) are outlines of an earlier time
    CHART_FORM_MAP       // the first series' values on the shapes of areas
};

// What a series is, so that it looks the same in every chart. The sexes are green and
// orange, solid and hatched.
enum series_role {
    SERIES_ANY, // by its place
    SERIES_MALE,
    SERIES_FEMALE,
    SERIES_TOTAL, // beside its parts
    SERIES_BEFORE // an earlier time beside this one
};

struct series {
    struct str label;
    enum series_role role;
    const double *value;      // n values; NaN: gap
    const double *low, *high; // may be NULL; a point without an interval is drawn hollow
    const double *size;       // funnel: number of events behind each value
};

// A line around areas of a map: a cluster.
struct map_outline {
    struct str label; // short ("1"); may be empty
    // Categories inside: the line follows the borders of their shapes, or is a circle
    // around their points.
    const uint32_t *areas;
    size_t n_areas;
    const double *xy; // else the line itself, n_points in the map's coordinates
    size_t n_points;
};

struct doc_map {
    const struct geo *shapes; // not copied: must live as long as the doc. Areas without a
                              // border are circles, as large as the series' size says
    const uint32_t *category; // of each shape; UINT32_MAX: no data. NULL: the same number
    const struct map_outline *outlines;
    size_t n_outlines;
    bool sequential; // one hue from low to high; else about the reference, and areas are
                     // hatched whose interval holds the reference
};

// One moment of a chart that moves.
struct doc_frame {
    struct str label;            // "2035"
    const struct series *series; // as many as the chart has
};

struct doc_chart {
    enum chart_form form;
    struct str title, note, source;
    struct str value_label; // axis title with unit
    struct str size_label;  // funnel
    const struct str *categories;
    size_t n_categories;
    const struct series *series;
    size_t n_series;
    bool has_reference;
    double reference, reference_low, reference_high; // low/high NaN: no band
    struct str reference_label;
    int decimals;
    bool ratio; // value is 100 x a/b, drawn on a logarithmic axis; funnel: of size = a+b
                // (limits of a ratio), else a per cent of size
    bool percent; // a share: no axis goes below 0 or above 100
    bool bare; // its figures stand in a table of this doc: they are not set again under
               // the chart, nor as a sheet, nor on a terminal
    const struct doc_map *map; // CHART_FORM_MAP
    // HTML plays these when asked (a click; no script); elsewhere the chart stands alone.
    const struct doc_frame *frames;
    size_t n_frames;
    double most; // pyramid: how far its axes go; 0: by the values
};

// A JPEG or PNG. In PDF it stands on a page of its own as large as the page lets it, the
// JPEG's bytes unchanged; a workbook and a terminal have its title alone. What cannot be
// shown (not whole, of more than DOC_PICTURE_MAX pixels) is said in its place.
enum { DOC_PICTURE_MAX = 50000000 };
struct doc_picture {
    struct str title;  // a heading of level 2
    struct str anchor; // a name that leads here; may be empty
    struct str bytes;  // not copied: must live as long as the doc
    struct str note;
};

enum block_kind {
    BLOCK_HEADING,
    BLOCK_PARAGRAPH,
    BLOCK_TABLE,
    BLOCK_CHART,
    BLOCK_PICTURE,
    BLOCK_BREAK
};

struct block {
    enum block_kind kind;
    int level;       // heading 1-3
    int number;      // tables and charts are counted apart from 1 ("Table 3", "Figure 2")
    struct str text; // heading, paragraph (plain text; several lines allowed)
    struct str anchor; // of a heading: a name that leads here; may be empty
    struct doc_table table;
    struct doc_chart chart;
    struct doc_picture picture;
    struct block *next;
};

struct doc {
    struct arena *arena;
    bool zh;
    struct str title,
        subtitle;    // "Half-year report", "Wuxiang county · first half of 2014"
    struct str made; // "Made 2014-07-15 from 48,113 rows, pack cn-county 1 (hash 1a2b3c)"
    struct str footer;
    struct str author; // the office that answers for it, for PDF and XLSX; may be empty
    int32_t made_on;   // also the creation date inside PDF and XLSX, so that files are
                       // reproducible
    struct block *first, *last;
};

struct doc *doc_new(struct arena *a, bool zh);
bool doc_heading(struct doc *d, int level, struct str text);
// A heading that an anchor leads to.
bool doc_heading_named(struct doc *d, int level, struct str text, struct str anchor);
bool doc_paragraph(struct doc *d, struct str text);
bool doc_table(struct doc *d, const struct doc_table *table);
bool doc_chart(struct doc *d, const struct doc_chart *chart);
bool doc_picture(struct doc *d, const struct doc_picture *picture);
bool doc_break(struct doc *d); // new page in PDF

// Each writes to a temporary file beside `path` and renames it when whole; ERR_FULL and
// ERR_IO leave the old file untouched. The format is one file: the HTML carries its style
// and SVG charts, no script needed.
enum err doc_write_pdf(const struct doc *d, const char *path,
                       struct error *e) WARN_UNUSED;
enum err doc_write_html(const struct doc *d, const char *path,
                        struct error *e) WARN_UNUSED;
// The same HTML in memory; ERR_FULL and ERR_MEMORY are those of `out`.
enum err doc_put_html(const struct doc *d, struct buf *out, struct error *e) WARN_UNUSED;
enum err doc_write_xlsx(const struct doc *d, const char *path,
                        struct error *e) WARN_UNUSED;
// By the ending of path; ERR_USAGE names the endings that are known.
enum err doc_write(const struct doc *d, const char *path, struct error *e) WARN_UNUSED;

// The same for a terminal: aligned by display width, titles, notes; charts as their
// tables.
enum err doc_print(const struct doc *d, int columns, struct buf *out,
                   struct error *e) WARN_UNUSED;

#endif
