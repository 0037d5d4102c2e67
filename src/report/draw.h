// SPDX-License-Identifier: AGPL-3.0-or-later
// The one drawing module: text and shapes on a page (PDF), a picture (PNG) or an SVG.
//
// A typeset holds the fonts ("Noto Sans CJK SC" and "Noto Sans", or what the machine has
// instead) and the text already shaped; it outlives the canvases that use it. A canvas is
// drawn on with draw_*, which never fail: what goes wrong is kept and told by
// canvas_close. Lengths are points (1/72 inch; CSS pixels in an SVG), the origin is the
// upper left corner. A typeset and its canvases belong to one thread. Text must be valid
// UTF-8.
//
// Colours are named by their role, so that the SVG follows light and dark pages through
// CSS variables. Data colours are those of Okabe and Ito (2008), in an order whose first
// two are far apart in lightness; boys and girls are never blue and pink.
#ifndef REPORT_DRAW_H
#define REPORT_DRAW_H

#include "base/str.h"

enum ink {
    INK_NONE,
    INK_TEXT,
    INK_MUTED,
    INK_FAINT, // grid lines
    INK_RULE,  // lines of tables
    INK_PAPER,
    INK_SHADE, // a surface set apart
    INK_ACCENT,
    INK_ALARM,
    INK_SERIES, // INK_SERIES + i for series i, i < INK_SERIES_COUNT
    INK_SERIES_COUNT = 6,
    // Steps of a map from low to high, darker and darker, so that a grey print keeps
    // their order: about a middle (blue, grey, orange), and of one hue.
    INK_DIVERGING = INK_SERIES + INK_SERIES_COUNT,
    INK_STEPS = 7,
    INK_SEQUENTIAL = INK_DIVERGING + INK_STEPS,
    INK_HATCH = INK_SEQUENTIAL + INK_STEPS, // lines over those
    INK_COUNT
};
enum ink ink_series(size_t i); // goes round after the last

struct font {
    double size;
    bool bold;
};

enum draw_anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };
// How a surface is filled: these differ when printed in grey.
enum draw_fill { FILL_SOLID, FILL_STRIPES, FILL_COUNTER, FILL_CROSS, FILL_LIGHT };
enum draw_dash { DASH_NONE, DASH_LONG, DASH_SHORT, DASH_DOT };
enum draw_shape {
    SHAPE_CIRCLE,
    SHAPE_SQUARE,
    SHAPE_DIAMOND,
    SHAPE_TRIANGLE,
    SHAPE_DOWN,
    SHAPE_COUNT
};

struct typeset;
enum err typeset_open(struct typeset **out, bool zh, struct error *e) WARN_UNUSED;
void typeset_close(struct typeset *t);

double typeset_width(struct typeset *t, struct font font, struct str s);
// Width of the widest piece that cannot be broken.
double typeset_least_width(struct typeset *t, struct font font, struct str s);
// Lines that s takes when broken to this width; at least 1.
size_t typeset_lines(struct typeset *t, struct font font, struct str s, double width);
// s, or its longest beginning that fits with an ellipsis behind it, in the arena (.p NULL
// when memory is out).
struct str typeset_fit(struct typeset *t, struct arena *a, struct font font, struct str s,
                       double width);
double typeset_leading(struct font font); // from one line to the next

enum canvas_form { CANVAS_PDF, CANVAS_SVG, CANVAS_PNG };
struct canvas;
// Bytes go to the end of *sink. For CANVAS_SVG: `label` is what a reader that cannot see
// is told (<title>); it stands alone as a file when `whole`, else it needs draw_style on
// the page around it. PNG has two pixels to a point.
struct canvas_set {
    enum canvas_form form;
    double width, height;
    struct str label;
    const char *css_class; // on the svg element; may be NULL
    bool whole;
};
enum err canvas_open(struct canvas **out, struct typeset *t, const struct canvas_set *set,
                     struct buf *sink, struct error *e) WARN_UNUSED;
// Ends the document and frees the canvas, also when a code is returned. NULL is ERR_OK.
enum err canvas_close(struct canvas *c, struct error *e) WARN_UNUSED;

// PDF only; nothing elsewhere. date is "2014-07-15T00:00:00Z".
void canvas_describe(struct canvas *c, const char *title, const char *author,
                     const char *date);
void canvas_next_page(struct canvas *c);
// Levels from 1; each belongs to the last of a lower level before it.
void canvas_outline(struct canvas *c, int level, const char *text, double y);
// Names are made of letters, digits and hyphens. Every name that is linked to must become
// a target somewhere, before or after.
void canvas_target(struct canvas *c, const char *name, double x, double y);
void canvas_link(struct canvas *c, const char *name, double x, double y, double width,
                 double height);

void draw_text(struct canvas *c, double x, double baseline, enum draw_anchor anchor,
               struct font font, enum ink ink, struct str s);
// Lines first..first+count-1 of s broken to width (not in an SVG); y is the top of the
// first drawn.
struct draw_wrap {
    double x, y, width;
    enum draw_anchor anchor; // ANCHOR_END sets each line to the right edge
    struct font font;
    enum ink ink;
    size_t first, count;
};
void draw_wrapped(struct canvas *c, const struct draw_wrap *wrap, struct str s);

void draw_line(struct canvas *c, double x1, double y1, double x2, double y2,
               double thickness, enum ink ink, enum draw_dash dash);
// xy: n points as x, y, x, y ...
void draw_path(struct canvas *c, const double *xy, size_t n, double thickness,
               enum ink ink, enum draw_dash dash);
void draw_area(struct canvas *c, const double *xy, size_t n, enum ink ink,
               double opacity);
void draw_box(struct canvas *c, double x, double y, double width, double height,
              enum ink ink, enum draw_fill fill);
// A surface of several closed lines (holes by the even-odd rule) with a thin edge; ring k
// has the points start[k] .. start[k + 1] - 1. `tip` is shown over it in an SVG, and may
// be empty.
struct draw_rings {
    const double *xy;
    const size_t *start;
    size_t n_rings;
    enum ink ink, edge;
    double edge_width;
    struct str tip;
};
void draw_rings(struct canvas *c, const struct draw_rings *rings);
// n lines apart from each other, x1, y1, x2, y2 each.
void draw_lines(struct canvas *c, const double *xy, size_t n, double thickness,
                enum ink ink, double opacity);
void draw_marker(struct canvas *c, double x, double y, double size, enum draw_shape shape,
                 enum ink ink, bool filled);

// The picture in a box of this size, upright; a JPEG's bytes go into a PDF as they are.
// false, and nothing is drawn: it cannot be read. In an SVG nothing is drawn.
struct picture;
bool draw_picture(struct canvas *c, const struct picture *picture, struct str bytes,
                  double x, double y, double width, double height);

// The CSS that the SVG's classes and a page's variables (--text, --muted, --faint,
// --rule, --paper, --shade, --accent, --alarm, --s0..) need, light and dark.
void draw_style(struct buf *out);

#endif
