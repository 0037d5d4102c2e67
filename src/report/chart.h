// SPDX-License-Identifier: AGPL-3.0-or-later
// Charts of a doc on any canvas: bars, lines, intervals (forest), funnel, pyramid.
//
// A chart takes the width it is given and says how high it will be. Charts whose
// categories go down the page can be drawn in parts, all on the same value axis. Titles,
// notes and sources are not drawn: the writer sets them as text. Uncertainty is always
// drawn; a point without an interval is hollow. Limits of the funnel: the score test of a
// binomial share against the reference (Spiegelhalter 2005, "Funnel plots for comparing
// institutional performance", with the normal approximation), at 95 % and 99.8 %.
// One typeset, one thread. Heap only inside of the calls.
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "report/doc.h"
#include "report/draw.h"

#define CHART_LEAST_SQUEEZE 0.82

struct chart_part {
    double x, y, width;
    double unit;    // 1: for paper (7.5 point labels); 1.6: 12 pixel labels
    double squeeze; // of the plot's height: 1, down to CHART_LEAST_SQUEEZE; 0 means 1
    size_t first, count; // categories; all for charts that cannot be cut
    bool zh;
};

// True when categories go down the page.
bool chart_can_be_cut(const struct doc_chart *chart);
double chart_height(struct typeset *t, const struct doc_chart *chart,
                    const struct chart_part *part);
// How many categories from part->first have room in this height; at least 1.
size_t chart_fit(struct typeset *t, const struct doc_chart *chart,
                 const struct chart_part *part, double height);
enum err chart_draw(struct canvas *c, struct typeset *t, const struct doc_chart *chart,
                    const struct chart_part *part, struct error *e) WARN_UNUSED;

// A whole chart as a picture of this width, at the end of *out.
struct chart_picture {
    enum canvas_form form; // CANVAS_SVG or CANVAS_PNG
    double width, unit;
    bool zh, whole;        // whole: an SVG that stands alone
    const char *css_class; // may be NULL
};
enum err chart_render(struct typeset *t, const struct doc_chart *chart,
                      const struct chart_picture *picture, struct buf *out,
                      struct error *e) WARN_UNUSED;

// The funnel's limit at this size: z standard errors from the reference (z < 0: the lower
// one). INFINITY when a ratio's limit has no upper end.
double chart_funnel_limit(bool ratio, double reference, double size, double z);

#endif
