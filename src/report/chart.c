// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/chart.h"

#include "report/chart_plot.h"

// Heights at unit 1.
#define AXIS_BELOW 25.0
#define REFERENCE_ROW 12.0
#define LEGEND_ROW 13.0
#define LINE_PLOT 165.0
#define FUNNEL_PLOT 205.0
#define EMPTY_HEIGHT 34.0

bool chart_can_be_cut(const struct doc_chart *chart)
{
    return chart->form == CHART_FORM_BAR || chart->form == CHART_FORM_INTERVAL ||
           chart->form == CHART_FORM_PYRAMID;
}

size_t plot_look(const struct doc_chart *chart, size_t series)
{
    enum { MALE, FEMALE, OTHER };
    bool sexes = false;
    for (size_t i = 0; i < chart->n_series; i++)
        sexes |= chart->series[i].role == SERIES_MALE ||
                 chart->series[i].role == SERIES_FEMALE;
    switch (chart->series[series].role) {
    case SERIES_MALE:
        return MALE;
    case SERIES_FEMALE:
        return FEMALE;
    case SERIES_TOTAL:
    case SERIES_BEFORE:
    case SERIES_ANY:
        break;
    }
    return sexes ? OTHER + series : series;
}

enum ink plot_ink(const struct doc_chart *chart, size_t series)
{
    if (chart->n_series == 1)
        return INK_ACCENT;
    switch (chart->series[series].role) {
    case SERIES_TOTAL:
        return INK_TEXT;
    case SERIES_BEFORE:
        return INK_MUTED;
    case SERIES_ANY:
    case SERIES_MALE:
    case SERIES_FEMALE:
        break;
    }
    return ink_series(plot_look(chart, series));
}

enum draw_fill plot_fill(const struct doc_chart *chart, size_t series)
{
    static const enum draw_fill fills[] = {FILL_SOLID,   FILL_STRIPES, FILL_SOLID,
                                           FILL_COUNTER, FILL_CROSS,   FILL_SOLID};
    return chart->n_series == 1 ? FILL_SOLID : fills[plot_look(chart, series) % 6];
}

bool plot_has_interval(const struct series *s, size_t i)
{
    return isfinite(value_of(s->low, i)) || isfinite(value_of(s->high, i));
}

struct range plot_range(const struct doc_chart *chart, bool bounds, bool reference)
{
    struct range r = RANGE_EMPTY;
    for (size_t k = 0; k < chart->n_series; k++)
        for (size_t i = 0; i < chart->n_categories; i++) {
            const struct series *s = &chart->series[k];
            range_add(&r, value_of(s->value, i));
            if (bounds && isfinite(value_of(s->value, i))) {
                range_add(&r, value_of(s->low, i));
                range_add(&r, value_of(s->high, i));
            }
        }
    if (reference && chart->has_reference && !range_is_empty(r)) {
        range_add(&r, chart->reference);
        range_add(&r, chart->reference_low);
        range_add(&r, chart->reference_high);
    }
    return r;
}

double plot_least_step(const struct doc_chart *chart)
{
    return pow(10, -(chart->decimals < 0   ? 0
                     : chart->decimals > 9 ? 9
                                           : chart->decimals));
}

struct str plot_value_label(struct plot *p, const struct chart_axis *axis)
{
    struct str label = p->chart->value_label;
    if (!axis->log || !label.n)
        return label;
    struct str out = str_format(p->a, STR_FMT STR_FMT, STR_ARG(label),
                                STR_ARG(doc_word(p->part.zh, WORD_LOG_SCALE)));
    p->failed |= !out.p;
    return out;
}

struct str plot_number(struct plot *p, double value)
{
    char text[TEXT_NUMBER_SIZE];
    struct str s = str_copy(p->a, text_number(value, p->chart->decimals, text));
    p->failed |= !s.p;
    return s;
}

struct str plot_fit(struct plot *p, struct font font, struct str s, double width)
{
    struct str out = typeset_fit(p->t, p->a, font, s, width);
    p->failed |= !out.p && s.n > 0;
    return out;
}

void plot_axis_below(struct plot *p, const struct chart_axis *axis, struct str title,
                     bool absolute)
{
    char text[TEXT_NUMBER_SIZE];
    double last = NAN, last_half = 0;
    for (size_t i = 0; i < axis_ticks(axis); i++) {
        double value = axis_tick(axis, i), x = axis_at(axis, value);
        bool zero = fabs(value) < axis->step * 1e-6;
        draw_line(p->c, x, p->top, x, p->bottom, (zero ? 0.7 : 0.5) * p->u,
                  zero ? INK_MUTED : INK_FAINT, DASH_NONE);
        struct str label = axis_label(axis, absolute ? fabs(value) : value, text);
        double half = typeset_width(p->t, p->small, label) / 2;
        x = fmax(p->part.x + half, fmin(x, p->part.x + p->part.width - half));
        if (fabs(x - last) < half + last_half + 4 * p->u)
            continue;
        draw_text(p->c, x, p->bottom + 10 * p->u, ANCHOR_MIDDLE, p->small, INK_MUTED,
                  label);
        last = x;
        last_half = half;
    }
    double most = p->right - p->part.x;
    title = plot_fit(p, p->small, title, most);
    double width = typeset_width(p->t, p->small, title);
    double x = (p->left + p->right) / 2 - width / 2;
    x = fmax(p->part.x, fmin(x, p->part.x + p->part.width - width));
    draw_text(p->c, x, p->bottom + 21 * p->u, ANCHOR_START, p->small, INK_TEXT, title);
}

double plot_axis_left_width(struct plot *p, const struct chart_axis *axis)
{
    char text[TEXT_NUMBER_SIZE];
    double width = 0;
    for (size_t i = 0; i < axis_ticks(axis); i++) {
        struct str label = axis_label(axis, axis_tick(axis, i), text);
        width = fmax(width, typeset_width(p->t, p->small, label));
    }
    return width + 6 * p->u;
}

void plot_axis_left(struct plot *p, const struct chart_axis *axis)
{
    char text[TEXT_NUMBER_SIZE];
    for (size_t i = 0; i < axis_ticks(axis); i++) {
        double value = axis_tick(axis, i), y = axis_at(axis, value);
        bool zero = fabs(value) < axis->step * 1e-6;
        draw_line(p->c, p->left, y, p->right, y, (zero ? 0.7 : 0.5) * p->u,
                  zero ? INK_MUTED : INK_FAINT, DASH_NONE);
        draw_text(p->c, p->left - 5 * p->u, y + p->small.size * 0.35, ANCHOR_END,
                  p->small, INK_MUTED, axis_label(axis, value, text));
    }
}

static bool has_legend(const struct doc_chart *chart, const struct chart_part *part)
{
    if (chart->n_series < 2 || chart->form == CHART_FORM_PYRAMID ||
        chart->form == CHART_FORM_FUNNEL)
        return false;
    // lines are named at their ends where there is room
    return chart->form != CHART_FORM_LINE || part->width / part->unit < 330;
}

// Where entry i of the legend stands; rows are counted from 0.
static size_t legend_place(struct typeset *t, const struct doc_chart *chart,
                           const struct chart_part *part, size_t i, double *x)
{
    struct font font = {7.5 * part->unit, false};
    size_t row = 0;
    double at = 0;
    for (size_t k = 0; k <= i && k < chart->n_series; k++) {
        double width = fmin(typeset_width(t, font, chart->series[k].label),
                            part->width - 20 * part->unit) +
                       14 * part->unit;
        if (at > 0 && at + width > part->width) {
            row++;
            at = 0;
        }
        *x = at;
        at += width + 14 * part->unit;
    }
    return row;
}

static double legend_height(struct typeset *t, const struct doc_chart *chart,
                            const struct chart_part *part)
{
    double x;
    if (!has_legend(chart, part))
        return 0;
    return LEGEND_ROW * part->unit *
               (double)(legend_place(t, chart, part, chart->n_series - 1, &x) + 1) +
           3 * part->unit;
}

void plot_legend(struct plot *p, double y, bool lines)
{
    const struct doc_chart *chart = p->chart;
    if (!has_legend(chart, &p->part))
        return;
    for (size_t i = 0; i < chart->n_series; i++) {
        double x;
        double row = (double)legend_place(p->t, chart, &p->part, i, &x);
        double middle = y + (row + 0.5) * LEGEND_ROW * p->u;
        x += p->part.x;
        enum ink ink = plot_ink(chart, i);
        if (lines) {
            draw_line(p->c, x, middle, x + 10 * p->u, middle, 1.3 * p->u, ink,
                      chart->form == CHART_FORM_LINE
                          ? (enum draw_dash)(plot_look(chart, i) % 4)
                          : DASH_NONE);
            draw_marker(p->c, x + 5 * p->u, middle, 4.5 * p->u,
                        (enum draw_shape)(plot_look(chart, i) % SHAPE_COUNT), ink, true);
        } else {
            draw_box(p->c, x, middle - 3.5 * p->u, 10 * p->u, 7 * p->u, ink,
                     plot_fill(chart, i));
        }
        struct str label =
            plot_fit(p, p->label, chart->series[i].label, p->part.width - 20 * p->u);
        draw_text(p->c, x + 14 * p->u, middle + p->label.size * 0.35, ANCHOR_START,
                  p->label, INK_TEXT, label);
    }
}

static bool is_empty(const struct doc_chart *chart)
{
    if (chart->form == CHART_FORM_MAP && (!chart->map || !chart->map->shapes->n))
        return true;
    return range_is_empty(plot_range(chart, false, false));
}

static double row_height(const struct doc_chart *chart, double unit)
{
    double n = (double)(chart->n_series ? chart->n_series : 1);
    if (chart->form == CHART_FORM_PYRAMID)
        return 10.4 * unit;
    if (chart->form == CHART_FORM_INTERVAL)
        return (n > 1 ? 8.5 * n + 5 : 13.5) * unit;
    return (n > 1 ? 9.5 * n + 6 : 14) * unit;
}

// What is above and below the plotting area.
static double above(struct typeset *t, const struct doc_chart *chart,
                    const struct chart_part *part)
{
    double height = legend_height(t, chart, part) + 2 * part->unit;
    if (chart->form == CHART_FORM_PYRAMID || chart->form == CHART_FORM_LINE ||
        chart->form == CHART_FORM_FUNNEL ||
        (chart->has_reference && isfinite(chart->reference)))
        height += REFERENCE_ROW * part->unit;
    return height;
}

static double below(const struct doc_chart *chart, double unit)
{
    return (chart->form == CHART_FORM_LINE ? 16 : AXIS_BELOW) * unit;
}

double chart_height(struct typeset *t, const struct doc_chart *chart,
                    const struct chart_part *part)
{
    if (is_empty(chart))
        return EMPTY_HEIGHT * part->unit;
    if (chart->form == CHART_FORM_MAP)
        return chart_map_height(t, chart, part);
    double plot = (double)part->count * row_height(chart, part->unit);
    double squeeze = part->squeeze > 0 ? part->squeeze : 1;
    if (chart->form == CHART_FORM_LINE)
        plot = LINE_PLOT * part->unit;
    else if (chart->form == CHART_FORM_FUNNEL)
        plot = FUNNEL_PLOT * part->unit;
    return above(t, chart, part) + plot * squeeze + below(chart, part->unit);
}

size_t chart_fit(struct typeset *t, const struct doc_chart *chart,
                 const struct chart_part *part, double height)
{
    size_t left = chart->n_categories - part->first;
    if (!chart_can_be_cut(chart) || is_empty(chart))
        return left;
    double room = height - above(t, chart, part) - below(chart, part->unit);
    double n = floor(room / row_height(chart, part->unit) + 1e-6);
    return n < 1 ? (left ? 1 : 0) : n < (double)left ? (size_t)n : left;
}

static void draw_empty(struct plot *p)
{
    double height = (EMPTY_HEIGHT - 6) * p->u, y = p->part.y + 2 * p->u;
    draw_box(p->c, p->part.x, y, p->part.width, height, INK_SHADE, FILL_SOLID);
    draw_text(p->c, p->part.x + p->part.width / 2, y + height / 2 + p->label.size * 0.35,
              ANCHOR_MIDDLE, p->label, INK_MUTED, doc_word(p->part.zh, WORD_EMPTY));
}

enum err chart_draw(struct canvas *c, struct typeset *t, const struct doc_chart *chart,
                    const struct chart_part *part, struct error *e)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    double u = part->unit;
    struct plot p = {.c = c,
                     .t = t,
                     .a = &scratch,
                     .chart = chart,
                     .part = *part,
                     .u = u,
                     .label = {7.5 * u, false},
                     .small = {7 * u, false},
                     .left = part->x,
                     .right = part->x + part->width};
    p.top = part->y + above(t, chart, part);
    p.bottom = part->y + chart_height(t, chart, part) - below(chart, u);
    if (is_empty(chart)) {
        draw_empty(&p);
    } else {
        if (chart->form != CHART_FORM_MAP)
            plot_legend(&p, part->y, chart->form != CHART_FORM_BAR);
        switch (chart->form) {
        case CHART_FORM_BAR:
        case CHART_FORM_INTERVAL:
            chart_draw_rows(&p);
            break;
        case CHART_FORM_PYRAMID:
            chart_draw_pyramid(&p);
            break;
        case CHART_FORM_LINE:
            chart_draw_line(&p);
            break;
        case CHART_FORM_FUNNEL:
            chart_draw_funnel(&p);
            break;
        case CHART_FORM_MAP:
            chart_draw_map(&p);
            break;
        }
    }
    arena_free(&scratch);
    return p.failed ? error_memory(e) : ERR_OK;
}

enum err chart_render(struct typeset *t, const struct doc_chart *chart,
                      const struct chart_picture *picture, struct buf *out,
                      struct error *e)
{
    struct chart_part part = {.width = picture->width,
                              .unit = picture->unit > 0 ? picture->unit : 1,
                              .count = chart->n_categories,
                              .zh = picture->zh};
    struct canvas_set set = {.form = picture->form,
                             .width = picture->width,
                             .height = ceil(chart_height(t, chart, &part)),
                             .label = chart->title,
                             .css_class = picture->css_class,
                             .whole = picture->whole};
    struct canvas *canvas;
    enum err code = canvas_open(&canvas, t, &set, out, e);
    if (code)
        return code;
    code = chart_draw(canvas, t, chart, &part, e);
    struct error later;
    enum err closing = canvas_close(canvas, code ? &later : e);
    return code ? code : closing;
}
