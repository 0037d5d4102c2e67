// SPDX-License-Identifier: AGPL-3.0-or-later
// Charts whose categories go down the page: bars, intervals, the pyramid.
#include <stdlib.h>

#include "report/chart_plot.h"

enum { LABELLED_BARS = 80 };

struct rows {
    struct chart_axis axis;
    double height;     // of one category
    double text_right; // right edge of the figures beside intervals; 0: none
};

static size_t series_count(const struct plot *p)
{
    return p->chart->n_series;
}

static double widest_label(struct plot *p)
{
    double widest = 0;
    for (size_t i = 0; i < p->chart->n_categories; i++)
        widest = fmax(widest, typeset_width(p->t, p->label, p->chart->categories[i]));
    return widest;
}

// As the axis measures: the logarithm where it has one (what is not above 0 is nowhere).
static double on_scale(bool log_scale, double value)
{
    return !log_scale ? value : value > 0 ? log(value) : NAN;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

// Of the middle one of all intervals; 0 when there is none.
static double usual_length(struct plot *p, bool log_scale)
{
    const struct doc_chart *chart = p->chart;
    double *lengths =
        ARENA_ARRAY(p->a, double, chart->n_series * chart->n_categories + 1);
    size_t n = 0;
    p->failed |= !lengths;
    for (size_t k = 0; lengths && k < chart->n_series; k++)
        for (size_t i = 0; i < chart->n_categories; i++) {
            const struct series *s = &chart->series[k];
            double length = on_scale(log_scale, value_of(s->high, i)) -
                            on_scale(log_scale, value_of(s->low, i));
            if (isfinite(length) && isfinite(value_of(s->value, i)))
                lengths[n++] = length;
        }
    if (n)
        qsort(lengths, n, sizeof *lengths, by_size);
    return n ? lengths[n / 2] : 0;
}

static struct range scaled_range(const struct doc_chart *chart, bool bounds,
                                 bool log_scale)
{
    struct range r = RANGE_EMPTY;
    for (size_t k = 0; k < chart->n_series; k++)
        for (size_t i = 0; i < chart->n_categories; i++) {
            const struct series *s = &chart->series[k];
            if (!isfinite(value_of(s->value, i)))
                continue;
            range_add(&r, on_scale(log_scale, value_of(s->value, i)));
            range_add(&r, bounds ? on_scale(log_scale, value_of(s->low, i)) : NAN);
            range_add(&r, bounds ? on_scale(log_scale, value_of(s->high, i)) : NAN);
        }
    if (chart->has_reference && !range_is_empty(r)) {
        range_add(&r, on_scale(log_scale, chart->reference));
        range_add(&r, on_scale(log_scale, chart->reference_low));
        range_add(&r, on_scale(log_scale, chart->reference_high));
    }
    return r;
}

// The axis of intervals around the data and the reference. Long intervals of small areas
// must not press all else into a corner: they are cut, with an arrow.
static struct chart_axis interval_axis(struct plot *p, int steps)
{
    const struct doc_chart *chart = p->chart;
    bool log_scale = chart->ratio && !range_is_empty(scaled_range(chart, false, true));
    struct range all = scaled_range(chart, true, log_scale);
    struct range core = scaled_range(chart, false, log_scale);
    double span = fmax(core.high - core.low, 0.75 * usual_length(p, log_scale));
    if (span > 0) {
        all.low = fmax(all.low, core.low - span);
        all.high = fmin(all.high, core.high + span);
    }
    double by = (all.high - all.low) * 0.02, low = all.low - by, high = all.high + by;
    if (chart->percent) {
        low = fmin(fmax(low, 0), all.low);
        high = fmax(fmin(high, 100), all.high);
    }
    if (!log_scale)
        return axis_exact(low, high, steps, plot_least_step(chart));
    if (high - low < 0.02) { // one value alone
        low -= 0.1;
        high += 0.1;
    }
    return axis_log(exp(low), exp(high), steps, plot_least_step(chart));
}

static struct str interval_text(struct plot *p, const struct series *s, size_t i)
{
    struct table_column column = {.decimals = p->chart->decimals};
    struct cell cell = {.kind = CELL_INTERVAL,
                        .value = value_of(s->value, i),
                        .low = value_of(s->low, i),
                        .high = value_of(s->high, i)};
    struct str value = doc_cell_text(p->a, p->part.zh, &column, &cell);
    struct str bounds = doc_cell_bounds(p->a, p->part.zh, &column, &cell);
    struct str out =
        bounds.n ? str_format(p->a, STR_FMT " " STR_FMT, STR_ARG(value), STR_ARG(bounds))
                 : value;
    p->failed |= !out.p;
    return out;
}

static double widest_text(struct plot *p)
{
    double widest = 0;
    for (size_t i = 0; i < p->chart->n_categories; i++)
        widest = fmax(widest, typeset_width(p->t, p->small,
                                            interval_text(p, &p->chart->series[0], i)));
    return widest;
}

static double widest_number(struct plot *p)
{
    struct range r = plot_range(p->chart, true, false);
    return fmax(typeset_width(p->t, p->small, plot_number(p, r.low)),
                typeset_width(p->t, p->small, plot_number(p, r.high)));
}

static bool bars_have_numbers(const struct plot *p)
{
    return p->chart->form == CHART_FORM_BAR &&
           p->chart->n_categories * series_count(p) <= LABELLED_BARS;
}

static struct rows lay_out(struct plot *p)
{
    const struct doc_chart *chart = p->chart;
    struct rows rows = {.height = (p->bottom - p->top) /
                                  (double)fmax(1, (double)p->part.count)};
    double labels = fmin(widest_label(p), p->part.width * 0.36);
    p->left = p->part.x + labels + 7 * p->u;
    p->right = p->part.x + p->part.width - 8 * p->u;
    struct range r = plot_range(chart, true, true);
    range_add(&r, chart->form == CHART_FORM_BAR ? 0 : NAN);
    double after = bars_have_numbers(p) ? widest_number(p) + 4 * p->u : 0;
    if (chart->form == CHART_FORM_INTERVAL && chart->n_series == 1) {
        double text = widest_text(p);
        if (p->right - p->left - text > p->part.width * 0.42) {
            rows.text_right = p->part.x + p->part.width;
            p->right = rows.text_right - text - 10 * p->u;
        }
    }
    if (r.high > 0)
        p->right -= after;
    if (r.low < 0 && bars_have_numbers(p))
        p->left += after;
    int steps = (int)fmax(2, (p->right - p->left) / (46 * p->u));
    rows.axis = chart->form == CHART_FORM_INTERVAL
                    ? interval_axis(p, steps)
                    : axis_nice(r.low, r.high, steps, plot_least_step(chart));
    rows.axis.from = p->left;
    rows.axis.to = p->right;
    return rows;
}

static void draw_reference(struct plot *p, const struct chart_axis *axis)
{
    const struct doc_chart *chart = p->chart;
    double low = chart->reference_low, high = chart->reference_high;
    if (!chart->has_reference || !isfinite(chart->reference))
        return;
    if (isfinite(low) && isfinite(high) && high > low)
        draw_box(p->c, axis_clamp(axis, low), p->top,
                 axis_clamp(axis, high) - axis_clamp(axis, low), p->bottom - p->top,
                 INK_MUTED, FILL_LIGHT);
    double x = axis_clamp(axis, chart->reference);
    draw_line(p->c, x, p->top - 1.5 * p->u, x, p->bottom, 0.9 * p->u, INK_TEXT,
              DASH_LONG);
    struct str label = plot_fit(p, p->small, chart->reference_label, p->part.width);
    double half = typeset_width(p->t, p->small, label) / 2;
    double middle = fmax(p->part.x + half, fmin(x, p->part.x + p->part.width - half));
    draw_text(p->c, middle, p->top - 4.5 * p->u, ANCHOR_MIDDLE, p->small, INK_TEXT,
              label);
}

static void whisker(struct plot *p, double from, double to, double y)
{
    double cap = 2 * p->u;
    draw_line(p->c, from, y, to, y, 0.9 * p->u, INK_TEXT, DASH_NONE);
    draw_line(p->c, from, y - cap, from, y + cap, 0.9 * p->u, INK_TEXT, DASH_NONE);
    draw_line(p->c, to, y - cap, to, y + cap, 0.9 * p->u, INK_TEXT, DASH_NONE);
}

static void draw_bar(struct plot *p, const struct rows *rows, size_t series, size_t i,
                     double y, double thickness)
{
    const struct series *s = &p->chart->series[series];
    double value = value_of(s->value, i), zero = axis_clamp(&rows->axis, 0);
    double middle = y + thickness / 2, base = middle + p->small.size * 0.35;
    if (!isfinite(value)) {
        draw_text(p->c, zero + 3 * p->u, base, ANCHOR_START, p->small, INK_MUTED,
                  STR("\xE2\x80\x93"));
        return;
    }
    double end = axis_clamp(&rows->axis, value);
    draw_box(p->c, fmin(zero, end), y, fabs(end - zero), thickness,
             plot_ink(p->chart, series), plot_fill(p->chart, series));
    double out = end;
    if (plot_has_interval(s, i)) {
        double low = isfinite(value_of(s->low, i)) ? value_of(s->low, i) : value;
        double high = isfinite(value_of(s->high, i)) ? value_of(s->high, i) : value;
        double from = axis_clamp(&rows->axis, low), to = axis_clamp(&rows->axis, high);
        whisker(p, from, to, middle);
        out = value < 0 ? fmin(end, from) : fmax(end, to);
    }
    if (bars_have_numbers(p))
        draw_text(p->c, value < 0 ? out - 3 * p->u : out + 3 * p->u, base,
                  value < 0 ? ANCHOR_END : ANCHOR_START, p->small, INK_MUTED,
                  plot_number(p, value));
}

// A line with its ends; an end beyond the axis is an arrow.
static void draw_interval(struct plot *p, const struct chart_axis *axis, double low,
                          double high, double y, enum ink ink)
{
    bool cut_low = !(low >= axis->min), cut_high = !(high <= axis->max);
    double from = axis_clamp(axis, cut_low ? axis->min : low);
    double to = axis_clamp(axis, cut_high ? axis->max : high), a = 2.6 * p->u;
    draw_line(p->c, from, y, to, y, 1.3 * p->u, ink, DASH_NONE);
    if (cut_low)
        draw_area(
            p->c,
            (const double[]){from - a, y, from + a * 0.6, y - a, from + a * 0.6, y + a},
            3, ink, 1);
    if (cut_high)
        draw_area(p->c,
                  (const double[]){to + a, y, to - a * 0.6, y - a, to - a * 0.6, y + a},
                  3, ink, 1);
}

static void draw_point(struct plot *p, const struct rows *rows, size_t series, size_t i,
                       double y)
{
    const struct series *s = &p->chart->series[series];
    double value = value_of(s->value, i);
    enum ink ink = plot_ink(p->chart, series);
    if (!isfinite(value)) {
        if (rows->text_right == 0)
            draw_text(p->c, p->left + 3 * p->u, y + p->small.size * 0.35, ANCHOR_START,
                      p->small, INK_MUTED, STR("\xE2\x80\x93"));
        return;
    }
    bool interval = plot_has_interval(s, i);
    if (interval)
        draw_interval(p, &rows->axis, value_of(s->low, i), value_of(s->high, i), y, ink);
    draw_marker(p->c, axis_clamp(&rows->axis, value), y, 5.2 * p->u,
                (enum draw_shape)(plot_look(p->chart, series) % SHAPE_COUNT), ink,
                interval);
}

void chart_draw_rows(struct plot *p)
{
    const struct doc_chart *chart = p->chart;
    struct rows rows = lay_out(p);
    size_t n = series_count(p);
    double labels = p->left - p->part.x - 7 * p->u;
    plot_axis_below(p, &rows.axis, plot_value_label(p, &rows.axis), false);
    draw_reference(p, &rows.axis);
    for (size_t k = 0; k < p->part.count; k++) {
        size_t i = p->part.first + k;
        double y = p->top + (double)k * rows.height, middle = y + rows.height / 2;
        double base = middle + p->label.size * 0.35;
        draw_text(p->c, p->part.x, base, ANCHOR_START, p->label, INK_TEXT,
                  plot_fit(p, p->label, chart->categories[i], labels));
        if (chart->form == CHART_FORM_INTERVAL && k > 0)
            draw_line(p->c, p->part.x, y,
                      rows.text_right > 0 ? rows.text_right : p->right, y, 0.3 * p->u,
                      INK_FAINT, DASH_NONE);
        double most = n == 1 || chart->form == CHART_FORM_BAR ? 9 : 8;
        double thickness = fmin(most * p->u, (rows.height - 2.5 * p->u) / (double)n);
        double first = middle - (double)n * thickness / 2;
        for (size_t s = 0; s < n; s++) {
            double top = first + (double)s * thickness;
            if (chart->form == CHART_FORM_BAR)
                draw_bar(p, &rows, s, i, top + 0.4 * p->u, thickness - 0.8 * p->u);
            else
                draw_point(p, &rows, s, i, top + thickness / 2);
        }
        if (rows.text_right > 0)
            draw_text(p->c, rows.text_right, base, ANCHOR_END, p->small, INK_TEXT,
                      interval_text(p, &chart->series[0], i));
    }
}

// An interval at the end of a bar of the pyramid.
static void draw_whisker(struct plot *p, const struct chart_axis *axis,
                         const struct series *s, size_t i, double y, double row)
{
    if (!isfinite(value_of(s->low, i)) || !isfinite(value_of(s->high, i)))
        return;
    double low = axis_clamp(axis, fabs(s->low[i])),
           high = axis_clamp(axis, fabs(s->high[i]));
    draw_line(p->c, low, y, high, y, 0.9 * p->u, INK_TEXT, DASH_NONE);
    draw_line(p->c, low, y - row * 0.2, low, y + row * 0.2, 0.9 * p->u, INK_TEXT,
              DASH_NONE);
    draw_line(p->c, high, y - row * 0.2, high, y + row * 0.2, 0.9 * p->u, INK_TEXT,
              DASH_NONE);
}

// An earlier time as the outline of its bars: the third and fourth series.
static void draw_outline(struct plot *p, const struct chart_axis *axis,
                         const struct series *s, double row)
{
    double *xy = ARENA_ARRAY(p->a, double, 4 * p->part.count + 1);
    size_t n = 0;
    p->failed |= !xy;
    for (size_t k = 0; xy && k < p->part.count; k++) {
        size_t i = p->chart->n_categories - 1 - (p->part.first + k);
        double value = fabs(value_of(s->value, i)), y = p->top + (double)k * row;
        if (!isfinite(value))
            continue;
        xy[2 * n] = xy[2 * n + 2] = axis_clamp(axis, value);
        xy[2 * n + 1] = y;
        xy[2 * n + 3] = y + row;
        n += 2;
    }
    if (n)
        draw_path(p->c, xy, n, 1.1 * p->u, INK_TEXT, DASH_SHORT);
}

// The first category stands at the bottom; in parts, the last categories come first.
// Behind the two sides may stand the same two at an earlier time (SERIES_BEFORE).
void chart_draw_pyramid(struct plot *p)
{
    const struct doc_chart *chart = p->chart;
    double label = fmin(widest_label(p), p->part.width * 0.3) + 10 * p->u;
    double middle = p->part.x + p->part.width / 2, height = p->bottom - p->top;
    double row = height / fmax(1, (double)p->part.count);
    struct range r = plot_range(chart, true, false);
    double most = fmax(chart->most, fmax(fabs(r.low), fabs(r.high)));
    double half = p->part.width / 2 - label / 2 - 8 * p->u;
    int steps = (int)fmax(1, half / (44 * p->u));
    struct chart_axis axis = axis_nice(0, most, steps, plot_least_step(chart));
    for (size_t side = 0; side < 2; side++) {
        axis.from = side ? middle + label / 2 : middle - label / 2;
        axis.to = side ? axis.from + half : axis.from - half;
        p->left = fmin(axis.from, axis.to);
        p->right = fmax(axis.from, axis.to);
        plot_axis_below(p, &axis, STR(""), true);
        if (side >= chart->n_series)
            continue;
        const struct series *s = &chart->series[side];
        struct font bold = {p->label.size, true};
        draw_text(p->c, axis.from, p->top - 4.5 * p->u, side ? ANCHOR_START : ANCHOR_END,
                  bold, INK_TEXT, plot_fit(p, bold, s->label, half));
        for (size_t k = 0; k < p->part.count; k++) {
            size_t i = chart->n_categories - 1 - (p->part.first + k);
            double value = fabs(value_of(s->value, i));
            double y = p->top + (double)k * row + row * 0.08;
            if (!isfinite(value))
                continue;
            double end = axis_clamp(&axis, value);
            draw_box(p->c, fmin(axis.from, end), y, fabs(end - axis.from), row * 0.84,
                     ink_series(plot_look(chart, side)),
                     plot_look(chart, side) == 1 ? FILL_STRIPES : FILL_SOLID);
            draw_whisker(p, &axis, s, i, y + row * 0.42, row);
        }
        if (side + 2 < chart->n_series && chart->series[side + 2].role == SERIES_BEFORE)
            draw_outline(p, &axis, &chart->series[side + 2], row);
    }
    draw_text(p->c, middle, p->bottom + 21 * p->u, ANCHOR_MIDDLE, p->small, INK_TEXT,
              plot_fit(p, p->small, chart->value_label, p->part.width));
    for (size_t k = 0; k < p->part.count; k++) {
        size_t i = chart->n_categories - 1 - (p->part.first + k);
        draw_text(p->c, middle, p->top + ((double)k + 0.5) * row + p->label.size * 0.35,
                  ANCHOR_MIDDLE, p->label, INK_TEXT,
                  plot_fit(p, p->label, chart->categories[i], label - 6 * p->u));
    }
}
