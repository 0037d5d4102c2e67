// SPDX-License-Identifier: AGPL-3.0-or-later
// Charts on two axes: lines over time, the funnel.
#include <stdlib.h>

#include "report/chart_plot.h"

#define Z_95 1.959964
#define Z_998 3.090232

enum { MARKED_POINTS = 36, CURVE_POINTS = 90, MOST_LABELS = 24 };

static double *points(struct plot *p, size_t n)
{
    double *xy = ARENA_ARRAY(p->a, double, 2 * n);
    p->failed |= !xy;
    return xy;
}

// Lines -------------------------------------------------------------------------------

struct line_plot {
    struct chart_axis axis;
    size_t n;
    double *xy; // room for twice the categories
};

static double line_x(const struct plot *p, size_t i)
{
    double n = (double)p->chart->n_categories;
    double inset = fmin(6 * p->u, (p->right - p->left) / 4);
    if (n < 2)
        return (p->left + p->right) / 2;
    return p->left + inset + (p->right - p->left - 2 * inset) * (double)i / (n - 1);
}

static bool is_point(const struct series *s, size_t i, size_t n)
{
    return i < n && isfinite(value_of(s->value, i));
}

static void draw_run(struct plot *p, const struct line_plot *l, size_t series,
                     size_t from, size_t to)
{
    const struct series *s = &p->chart->series[series];
    enum ink ink = plot_ink(p->chart, series);
    size_t n = to - from;
    bool band = n > 1;
    for (size_t i = from; i < to; i++)
        band &= isfinite(value_of(s->low, i)) && isfinite(value_of(s->high, i));
    if (band) {
        for (size_t i = 0; i < n; i++) {
            size_t back = 2 * n - 1 - i;
            l->xy[2 * i] = l->xy[2 * back] = line_x(p, from + i);
            l->xy[2 * i + 1] = axis_clamp(&l->axis, s->high[from + i]);
            l->xy[2 * back + 1] = axis_clamp(&l->axis, s->low[from + i]);
        }
        draw_area(p->c, l->xy, 2 * n, ink, 0.16);
    }
    for (size_t i = 0; i < n; i++) {
        l->xy[2 * i] = line_x(p, from + i);
        l->xy[2 * i + 1] = axis_clamp(&l->axis, s->value[from + i]);
    }
    draw_path(p->c, l->xy, n, 1.4 * p->u, ink,
              (enum draw_dash)(plot_look(p->chart, series) % 4));
}

static void draw_series_line(struct plot *p, const struct line_plot *l, size_t series)
{
    const struct series *s = &p->chart->series[series];
    size_t n = l->n;
    for (size_t i = 0; i < n;) {
        if (!is_point(s, i, n)) {
            i++;
            continue;
        }
        size_t to = i;
        while (is_point(s, to, n))
            to++;
        draw_run(p, l, series, i, to);
        i = to;
    }
    for (size_t i = 0; i < n; i++) {
        bool alone = (i == 0 || !is_point(s, i - 1, n)) && !is_point(s, i + 1, n);
        if (!is_point(s, i, n) || (n > MARKED_POINTS && !alone))
            continue;
        bool interval = plot_has_interval(s, i);
        double x = line_x(p, i);
        if (interval && alone && isfinite(value_of(s->low, i)) &&
            isfinite(value_of(s->high, i)))
            draw_line(p->c, x, axis_clamp(&l->axis, s->low[i]), x,
                      axis_clamp(&l->axis, s->high[i]), p->u, plot_ink(p->chart, series),
                      DASH_NONE);
        draw_marker(p->c, x, axis_clamp(&l->axis, s->value[i]), 4.2 * p->u,
                    (enum draw_shape)(plot_look(p->chart, series) % SHAPE_COUNT),
                    plot_ink(p->chart, series), interval);
    }
}

struct end_label {
    struct str text;
    enum ink ink;
    double wish, y;
};

static int by_wish(const void *a, const void *b)
{
    const struct end_label *x = a, *y = b;
    return (x->wish > y->wish) - (x->wish < y->wish);
}

// Names at the ends of the lines, moved apart where they would touch.
static void draw_end_labels(struct plot *p, const struct line_plot *l)
{
    const struct doc_chart *chart = p->chart;
    size_t n = chart->n_series, used = 0;
    struct end_label *labels = ARENA_ARRAY(p->a, struct end_label, n + 1);
    if (!labels) {
        p->failed = true;
        return;
    }
    for (size_t k = 0; k < n; k++) {
        const struct series *s = &p->chart->series[k];
        size_t i = l->n;
        while (i > 0 && !is_point(s, i - 1, l->n))
            i--;
        if (i == 0)
            continue;
        double y = axis_clamp(&l->axis, s->value[i - 1]);
        labels[used++] = (struct end_label){s->label, plot_ink(chart, k), y, y};
    }
    if (chart->has_reference && isfinite(chart->reference) && chart->reference_label.n) {
        double y = axis_clamp(&l->axis, chart->reference);
        labels[used++] = (struct end_label){chart->reference_label, INK_TEXT, y, y};
    }
    qsort(labels, used, sizeof *labels, by_wish);
    double apart = p->label.size * 1.45;
    for (size_t i = 1; i < used; i++)
        labels[i].y = fmax(labels[i].y, labels[i - 1].y + apart);
    double over = used ? labels[used - 1].y - (p->bottom - 2) : 0;
    for (size_t i = used; over > 0 && i-- > 0;) {
        double limit = i + 1 < used ? labels[i + 1].y - apart : p->bottom - 2;
        labels[i].y = fmin(labels[i].y, limit);
    }
    double x = p->right + 8 * p->u;
    for (size_t i = 0; i < used; i++) {
        if (fabs(labels[i].y - labels[i].wish) > 2 * p->u)
            draw_line(p->c, p->right, labels[i].wish, x - 1.5 * p->u, labels[i].y,
                      0.5 * p->u, labels[i].ink, DASH_NONE);
        draw_text(p->c, x, labels[i].y + p->label.size * 0.35, ANCHOR_START, p->label,
                  INK_TEXT,
                  plot_fit(p, p->label, labels[i].text, p->part.x + p->part.width - x));
    }
}

static void draw_times(struct plot *p)
{
    const struct doc_chart *chart = p->chart;
    size_t n = chart->n_categories, every = 1;
    double widest = 0;
    for (size_t i = 0; i < n; i++)
        widest = fmax(widest, typeset_width(p->t, p->small, chart->categories[i]));
    widest = fmin(widest, (p->right - p->left) / 2);
    double step = n > 1 ? line_x(p, 1) - line_x(p, 0) : INFINITY;
    static const size_t rounds[] = {1, 2, 3, 4, 6, 12, 24, 36, 60, 120};
    for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
        every = rounds[i];
        if (step * (double)every >= widest + 6 * p->u)
            break;
    }
    while (step * (double)every < widest + 6 * p->u)
        every *= 2;
    draw_line(p->c, p->left, p->bottom, p->right, p->bottom, 0.7 * p->u, INK_MUTED,
              DASH_NONE);
    for (size_t i = 0; i < n; i += every) {
        double x = line_x(p, i);
        draw_line(p->c, x, p->bottom, x, p->bottom + 2.5 * p->u, 0.5 * p->u, INK_MUTED,
                  DASH_NONE);
        struct str label = plot_fit(p, p->small, chart->categories[i], widest + 1);
        double half = typeset_width(p->t, p->small, label) / 2;
        double right = p->part.x + p->part.width;
        x = fmax(p->part.x + half, fmin(x, right - half));
        draw_text(p->c, x, p->bottom + 11 * p->u, ANCHOR_MIDDLE, p->small, INK_MUTED,
                  label);
    }
}

// A line across the plot with its name above its left end.
static void draw_reference(struct plot *p, const struct chart_axis *axis,
                           double reference)
{
    const struct doc_chart *chart = p->chart;
    double low = chart->reference_low, high = chart->reference_high;
    if (!isfinite(reference))
        return;
    if (chart->has_reference && isfinite(low) && isfinite(high) && high > low) {
        double y = axis_clamp(axis, high);
        draw_box(p->c, p->left, y, p->right - p->left, axis_clamp(axis, low) - y,
                 INK_MUTED, FILL_LIGHT);
    }
    double y = axis_clamp(axis, reference);
    draw_line(p->c, p->left, y, p->right, y, 0.9 * p->u, INK_TEXT, DASH_LONG);
}

static void reference_label(struct plot *p, double y, struct str label)
{
    label = plot_fit(p, p->small, label, p->right - p->left - 8 * p->u);
    double above = y - 3 * p->u;
    if (above - p->small.size < p->top)
        above = y + p->small.size + 2 * p->u;
    draw_text(p->c, p->left + 4 * p->u, above, ANCHOR_START, p->small, INK_TEXT, label);
}

void chart_draw_line(struct plot *p)
{
    const struct doc_chart *chart = p->chart;
    struct line_plot l = {.n = chart->n_categories};
    struct range r = plot_range(chart, true, true);
    if (r.low >= 0 && r.low < 0.4 * r.high)
        r.low = 0;
    l.axis = axis_nice(r.low, r.high, 5, plot_least_step(chart));
    l.axis.from = p->bottom;
    l.axis.to = p->top;
    l.xy = points(p, 2 * l.n);
    if (!l.xy)
        return;
    bool narrow = p->part.width < 330 * p->u;
    bool named = chart->n_series > 1 && !narrow;
    double names =
        chart->has_reference ? typeset_width(p->t, p->label, chart->reference_label) : 0;
    for (size_t i = 0; named && i < chart->n_series; i++)
        names = fmax(names, typeset_width(p->t, p->label, chart->series[i].label));
    p->left = p->part.x + plot_axis_left_width(p, &l.axis);
    p->right = p->part.x + p->part.width - 4 * p->u;
    if (named)
        p->right -= fmin(names, p->part.width * 0.28) + 6 * p->u;
    plot_axis_left(p, &l.axis);
    draw_text(p->c, p->part.x, p->top - 6 * p->u, ANCHOR_START, p->small, INK_TEXT,
              plot_fit(p, p->small, chart->value_label, p->part.width));
    draw_times(p);
    if (chart->has_reference)
        draw_reference(p, &l.axis, chart->reference);
    for (size_t k = 0; k < chart->n_series; k++)
        draw_series_line(p, &l, k);
    if (!named && chart->has_reference && isfinite(chart->reference))
        reference_label(p, axis_clamp(&l.axis, chart->reference), chart->reference_label);
    if (named)
        draw_end_labels(p, &l);
}

// Funnel ------------------------------------------------------------------------------

double chart_funnel_limit(bool ratio, double reference, double size, double z)
{
    double share = ratio ? reference / (100 + reference) : reference / 100;
    if (!(share >= 0) || !(share <= 1) || !(size > 0))
        return NAN;
    double limit = share + z * sqrt(share * (1 - share) / size);
    limit = fmin(fmax(limit, 0), 1);
    if (!ratio)
        return 100 * limit;
    return limit >= 1 ? INFINITY : 100 * limit / (1 - limit);
}

// Without a reference, all points together.
static double funnel_reference(const struct doc_chart *chart)
{
    if (chart->has_reference && isfinite(chart->reference))
        return chart->reference;
    double events = 0, all = 0;
    for (size_t k = 0; k < chart->n_series; k++)
        for (size_t i = 0; i < chart->n_categories; i++) {
            double v = value_of(chart->series[k].value, i);
            double n = value_of(chart->series[k].size, i);
            if (!isfinite(v) || !(n > 0) || v < 0)
                continue;
            events += n * (chart->ratio ? v / (100 + v) : v / 100);
            all += n;
        }
    double share = all > 0 ? events / all : NAN;
    return chart->ratio ? 100 * share / (1 - share) : 100 * share;
}

struct funnel {
    struct chart_axis size, value;
    double reference;
    struct box {
        double x1, y1, x2, y2;
    } taken[MOST_LABELS];
    size_t n_taken;
};

// One limit as points from the left, where it is inside the plot.
static size_t limit_curve(struct plot *p, const struct funnel *f, double z, double *xy)
{
    size_t n = 0;
    for (size_t i = 0; i <= CURVE_POINTS; i++) {
        // close together where the curve is steep
        double part = (double)i / CURVE_POINTS;
        double size = f->size.max * part * part;
        double limit =
            chart_funnel_limit(p->chart->ratio, f->reference, fmax(size, 1e-9), z);
        if (isnan(limit))
            continue;
        xy[2 * n] = axis_at(&f->size, size);
        xy[2 * n++ + 1] = axis_clamp(&f->value, limit);
    }
    return n;
}

static void draw_limits(struct plot *p, const struct funnel *f)
{
    size_t room = 2 * (CURVE_POINTS + 1);
    double *upper = points(p, room), *lower = points(p, room);
    if (!upper || !lower)
        return;
    static const double zs[] = {Z_95, Z_998};
    for (size_t k = 0; k < 2; k++) {
        size_t n = limit_curve(p, f, zs[k], upper);
        size_t m = limit_curve(p, f, -zs[k], lower);
        if (n < 2 || m < 2)
            continue;
        draw_path(p->c, upper, n, 0.8 * p->u, INK_MUTED, k ? DASH_NONE : DASH_SHORT);
        draw_path(p->c, lower, m, 0.8 * p->u, INK_MUTED, k ? DASH_NONE : DASH_SHORT);
        if (k == 0) {
            for (size_t i = 0; i < m; i++) {
                upper[2 * (n + i)] = lower[2 * (m - 1 - i)];
                upper[2 * (n + i) + 1] = lower[2 * (m - 1 - i) + 1];
            }
            draw_area(p->c, upper, n + m, INK_MUTED, 0.09);
        }
    }
}

// What the lines are, in a row above the plot.
static void funnel_key(struct plot *p, struct str title)
{
    double y = p->part.y + 7 * p->u, x = p->right;
    const struct {
        enum draw_dash dash;
        enum doc_word word;
    } keys[] = {{DASH_NONE, WORD_LIMITS_998}, {DASH_SHORT, WORD_LIMITS_95}};
    for (size_t i = 0; i < 2; i++) {
        struct str word = doc_word(p->part.zh, keys[i].word);
        draw_text(p->c, x, y, ANCHOR_END, p->small, INK_MUTED, word);
        x -= typeset_width(p->t, p->small, word) + 4 * p->u;
        double middle = y - p->small.size * 0.35;
        draw_line(p->c, x - 15 * p->u, middle, x, middle, 0.8 * p->u, INK_MUTED,
                  keys[i].dash);
        x -= 26 * p->u;
    }
    draw_text(p->c, p->part.x, y, ANCHOR_START, p->small, INK_TEXT,
              plot_fit(p, p->small, title, x - p->part.x));
}

static bool is_free(const struct funnel *f, struct box b)
{
    for (size_t i = 0; i < f->n_taken; i++)
        if (b.x1 < f->taken[i].x2 && b.x2 > f->taken[i].x1 && b.y1 < f->taken[i].y2 &&
            b.y2 > f->taken[i].y1)
            return false;
    return true;
}

// Beside, above or below its point, wherever there is room; not at all when there is
// none.
static void label_point(struct plot *p, struct funnel *f, double x, double y,
                        struct str name)
{
    name = plot_fit(p, p->small, name, p->part.width * 0.3);
    double w = typeset_width(p->t, p->small, name), h = p->small.size, d = 4.5 * p->u;
    const struct box places[] = {{x + d, y - h / 2, x + d + w, y + h / 2},
                                 {x - d - w, y - h / 2, x - d, y + h / 2},
                                 {x - w / 2, y - d - h, x + w / 2, y - d},
                                 {x - w / 2, y + d, x + w / 2, y + d + h}};
    for (size_t i = 0; i < 4 && f->n_taken < MOST_LABELS; i++) {
        struct box b = places[i];
        if (b.x1 < p->left || b.x2 > p->right || b.y1 < p->top || b.y2 > p->bottom ||
            !is_free(f, b))
            continue;
        f->taken[f->n_taken++] = b;
        draw_text(p->c, b.x1, b.y2 - h * 0.15, ANCHOR_START, p->small, INK_TEXT, name);
        return;
    }
}

static bool is_outside(const struct plot *p, const struct funnel *f, double value,
                       double size, double z)
{
    bool ratio = p->chart->ratio;
    return value > chart_funnel_limit(ratio, f->reference, size, z) ||
           value < chart_funnel_limit(ratio, f->reference, size, -z);
}

static void funnel_points(struct plot *p, struct funnel *f, bool labels, double z)
{
    const struct doc_chart *chart = p->chart;
    double small = chart->n_categories > 400 ? 2.4 : 4.4; // so that a cloud is seen
    for (size_t k = 0; k < chart->n_series; k++)
        for (size_t i = 0; i < chart->n_categories; i++) {
            const struct series *s = &chart->series[k];
            double value = value_of(s->value, i), size = value_of(s->size, i);
            if (!isfinite(value) || !(size > 0) || !isfinite(size))
                continue;
            double x = axis_clamp(&f->size, size), y = axis_clamp(&f->value, value);
            bool far = is_outside(p, f, value, size, Z_998);
            bool outside = is_outside(p, f, value, size, Z_95);
            if (labels) {
                if (z > Z_95 ? far : outside && !far)
                    label_point(p, f, x, y, chart->categories[i]);
                continue;
            }
            bool filled = plot_has_interval(s, i);
            if (far)
                draw_marker(p->c, x, y, 6 * p->u, SHAPE_DIAMOND, INK_ALARM, filled);
            else
                draw_marker(p->c, x, y, small * p->u,
                            (enum draw_shape)(k % 2 ? SHAPE_SQUARE : SHAPE_CIRCLE),
                            plot_ink(chart, k), filled);
        }
}

// Values, and the limits of middling sizes, so that the funnel is seen.
static struct range funnel_range(const struct doc_chart *chart, double reference,
                                 double largest)
{
    struct range r = plot_range(chart, false, true);
    if (chart->ratio && r.low <= 0) { // areas without a boy stand on the edge
        r.low = INFINITY;
        for (size_t k = 0; k < chart->n_series; k++)
            for (size_t i = 0; i < chart->n_categories; i++) {
                double value = value_of(chart->series[k].value, i);
                r.low = value > 0 ? fmin(r.low, value) : r.low;
            }
    }
    range_add(&r, reference);
    for (int sign = -1; sign <= 1; sign += 2) {
        double limit =
            chart_funnel_limit(chart->ratio, reference, largest * 0.4, sign * Z_998);
        range_add(&r, chart->ratio && limit <= 0 ? NAN : limit);
    }
    if (chart->ratio && r.low > 0) { // equal ratios take equal room
        double times = pow(r.high / r.low, 0.12);
        return (struct range){r.low / times, r.high * times};
    }
    double by = (r.high - r.low) * 0.12;
    r.high += by;
    r.low = fmax(r.low - by, fmin(0, r.low));
    if (!chart->ratio)
        r.high = fmin(r.high, fmax(100, r.high - by));
    return r;
}

void chart_draw_funnel(struct plot *p)
{
    const struct doc_chart *chart = p->chart;
    struct funnel f = {.reference = funnel_reference(chart)};
    double largest = 0;
    for (size_t k = 0; k < chart->n_series; k++)
        for (size_t i = 0; i < chart->n_categories; i++) {
            double size = value_of(chart->series[k].size, i);
            if (isfinite(size))
                largest = fmax(largest, size);
        }
    struct range r = funnel_range(chart, f.reference, largest);
    f.value = chart->ratio ? axis_log(r.low, r.high, 7, plot_least_step(chart))
                           : axis_nice(r.low, r.high, 6, plot_least_step(chart));
    f.value.from = p->bottom;
    f.value.to = p->top;
    p->left = p->part.x + plot_axis_left_width(p, &f.value);
    p->right = p->part.x + p->part.width - 6 * p->u;
    int steps = (int)fmax(2, (p->right - p->left) / (50 * p->u));
    f.size = axis_nice(0, fmax(largest * 1.02, 1), steps, 1);
    f.size.from = p->left;
    f.size.to = p->right;
    plot_axis_left(p, &f.value);
    plot_axis_below(p, &f.size, chart->size_label, false);
    funnel_key(p, plot_value_label(p, &f.value));
    draw_limits(p, &f);
    draw_reference(p, &f.value, f.reference);
    struct str name = plot_fit(p, p->small, chart->reference_label, p->part.width * 0.4);
    if (chart->has_reference && isfinite(f.reference) && name.n) {
        double y = axis_clamp(&f.value, f.reference),
               w = typeset_width(p->t, p->small, name);
        draw_text(p->c, p->right - 2 * p->u, y - 3 * p->u, ANCHOR_END, p->small, INK_TEXT,
                  name);
        f.taken[f.n_taken++] =
            (struct box){p->right - w - 4 * p->u, y - 11 * p->u, p->right, y};
    }
    funnel_points(p, &f, false, 0);
    funnel_points(p, &f, true, Z_998);
    funnel_points(p, &f, true, Z_95);
}
