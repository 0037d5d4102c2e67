// SPDX-License-Identifier: AGPL-3.0-or-later
// Inside of chart: what the forms share.
#ifndef REPORT_CHART_PLOT_H
#define REPORT_CHART_PLOT_H

#include <math.h>

#include "report/axis.h"
#include "report/chart.h"

struct plot {
    struct canvas *c;
    struct typeset *t;
    struct arena *a;
    const struct doc_chart *chart;
    struct chart_part part;
    double u; // the unit
    struct font label, small;
    double left, right, top, bottom; // of the plotting area
    bool failed;                     // memory was out
};

struct range {
    double low, high;
};

static inline double value_of(const double *values, size_t i)
{
    return values ? values[i] : NAN;
}

static inline void range_add(struct range *r, double value)
{
    if (isfinite(value)) {
        r->low = fmin(r->low, value);
        r->high = fmax(r->high, value);
    }
}

static inline bool range_is_empty(struct range r)
{
    return !(r.low <= r.high);
}

#define RANGE_EMPTY ((struct range){INFINITY, -INFINITY})

// Which of the looks (ink, fill, dash, marker) a series has: by its role, else its place.
size_t plot_look(const struct doc_chart *chart, size_t series);
enum ink plot_ink(const struct doc_chart *chart, size_t series);
enum draw_fill plot_fill(const struct doc_chart *chart, size_t series);
bool plot_has_interval(const struct series *s, size_t i);
// Range of all series' values, with bounds and the reference when asked for.
struct range plot_range(const struct doc_chart *chart, bool bounds, bool reference);
double plot_least_step(const struct doc_chart *chart);
// Title of the value axis, saying so where it is logarithmic.
struct str plot_value_label(struct plot *p, const struct chart_axis *axis);
struct str plot_number(struct plot *p, double value);
// s cut to the width.
struct str plot_fit(struct plot *p, struct font font, struct str s, double width);
// Ticks, grid and title of a value axis below the plot (left to right).
void plot_axis_below(struct plot *p, const struct chart_axis *axis, struct str title,
                     bool absolute);
void plot_axis_left(struct plot *p, const struct chart_axis *axis);
double plot_axis_left_width(struct plot *p, const struct chart_axis *axis);
void plot_legend(struct plot *p, double y, bool lines);

void chart_draw_rows(struct plot *p);
void chart_draw_pyramid(struct plot *p);
void chart_draw_line(struct plot *p);
void chart_draw_funnel(struct plot *p);
void chart_draw_map(struct plot *p);
double chart_map_height(struct typeset *t, const struct doc_chart *chart,
                        const struct chart_part *part);

#endif
