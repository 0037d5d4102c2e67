// SPDX-License-Identifier: AGPL-3.0-or-later
// Charts with two axes: distribution of weights, thresholds, unlinkable records,
// training.
#include <math.h>
#include <string.h>

#include "report/link_page_private.h"

enum { WIDE = 880, NARROW = 358, MAX_LINES = 6, MAX_SESSIONS = 40 };

enum scale { SCALE_SHARE, SCALE_COUNT, SCALE_LOG };

struct plot {
    struct page *page;
    struct canvas *canvas;
    bool narrow;
    enum scale scale;
    struct font font;
    double left, right, top, bottom;
    struct chart_axis x, y; // y of SCALE_LOG in decades
    enum page_text x_title, y_title;
};

typedef void plot_marks(struct plot *f);

struct plot_set {
    enum page_text label, x_title, y_title;
    enum scale scale;
    double height, x_low, x_high, y_low, y_high;
    plot_marks *marks;
    bool cut;          // with the threshold
    double least_left; // room left of the plot, so that two plots stand in line
};

static struct str y_label(struct plot *f, double value)
{
    struct page *p = f->page;
    if (f->scale == SCALE_SHARE)
        return page_percent(p, value);
    if (f->scale == SCALE_COUNT)
        return page_number(p, value, f->y.decimals);
    double power = pow(10, value);
    return value < 0 ? page_number(p, power, (int)-value) : page_number(p, power, 0);
}

static void frame_y(struct plot *f)
{
    double room = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < axis_ticks(&f->y); i++) {
            double value = axis_tick(&f->y, i);
            if (f->scale == SCALE_LOG && value != floor(value))
                continue;
            struct str label = y_label(f, value);
            double y = axis_at(&f->y, value);
            room = fmax(room, typeset_width(f->page->type, f->font, label));
            if (pass == 0)
                f->left = fmax(room + 10, f->left);
            else {
                draw_line(f->canvas, f->left, y, f->right, y, 1, INK_FAINT, DASH_NONE);
                draw_text(f->canvas, f->left - 6, y + 4, ANCHOR_END, f->font, INK_MUTED,
                          label);
            }
        }
    draw_text(f->canvas, 0, 12, ANCHOR_START, f->font, INK_MUTED,
              page_words(f->page, f->y_title));
}

static void frame_x(struct plot *f)
{
    f->x.from = f->left;
    f->x.to = f->right;
    for (size_t i = 0; i < axis_ticks(&f->x); i++) {
        double value = axis_tick(&f->x, i), x = axis_at(&f->x, value);
        draw_line(f->canvas, x, f->bottom, x, f->bottom + 4, 1, INK_MUTED, DASH_NONE);
        draw_text(f->canvas, x, f->bottom + 17, ANCHOR_MIDDLE, f->font, INK_MUTED,
                  page_number(f->page, value, f->x.decimals));
    }
    draw_line(f->canvas, f->left, f->bottom, f->right, f->bottom, 1, INK_MUTED,
              DASH_NONE);
    draw_text(f->canvas, f->right, f->bottom + 34, ANCHOR_END, f->font, INK_MUTED,
              page_words(f->page, f->x_title));
}

// The line of the threshold, in a group that the script may move.
static void cut_line(struct plot *f)
{
    struct page *p = f->page;
    double value = fmin(fmax(p->cut, f->x.min), f->x.max);
    if (isnan(p->cut))
        return;
    double x = axis_at(&f->x, value);
    buf_printf(p->out,
               "<g class=\"cut\" data-min=\"%.6g\" data-max=\"%.6g\" data-from=\"%.2f\" "
               "data-to=\"%.2f\" transform=\"translate(%.2f 0)\">",
               f->x.min, f->x.max, f->x.from, f->x.to, x);
    draw_line(f->canvas, 0, f->top - 18, 0, f->bottom, 1.5, INK_TEXT, DASH_LONG);
    draw_text(f->canvas, x > (f->left + f->right) / 2 ? -5 : 5, f->top - 9,
              x > (f->left + f->right) / 2 ? ANCHOR_END : ANCHOR_START,
              (struct font){f->font.size, true}, INK_TEXT, page_words(p, TEXT_THRESHOLD));
    page_raw(p, "</g>\n");
}

static struct chart_axis log_axis(double low, double high)
{
    // a value of one must be seen above the line
    double min = floor(low) - 0.3, max = fmax(ceil(high), floor(low) + 1);
    double step = max - floor(low) > 7 ? 2 : 1;
    struct chart_axis a = {.min = min, .max = max, .step = step, .log = true};
    for (double t = floor(low); t <= max && a.n_ticks < AXIS_LOG_TICKS; t += step)
        a.ticks[a.n_ticks++] = t;
    return a;
}

static double place(const struct plot *f, double value)
{
    const struct chart_axis *a = &f->y;
    if (!(value >= a->min)) // -inf and NaN as well
        value = a->min;
    value = fmin(value, a->max);
    return a->from + (value - a->min) / (a->max - a->min) * (a->to - a->from);
}

static double place_x(const struct plot *f, double value)
{
    return axis_clamp(&f->x, value);
}

static void frame(struct plot *f, const struct plot_set *set)
{
    struct chart_axis *y = &f->y;
    *y = set->scale == SCALE_LOG ? log_axis(set->y_low, set->y_high)
                                 : axis_nice(set->y_low, set->y_high, 5, 0);
    y->from = f->bottom;
    y->to = f->top;
    f->x = axis_nice(set->x_low, set->x_high, f->narrow ? 6 : 12, 0);
    if (set->scale == SCALE_LOG) {
        // ticks stand in decades: the axis itself is linear in them
        struct chart_axis linear = *y;
        y->log = false;
        y->step = linear.step;
        y->min = floor(linear.min + 0.5);
        double unit = (f->top - f->bottom) / (linear.max - linear.min);
        y->from = f->bottom + (y->min - linear.min) * unit;
        frame_y(f);
        y->min = linear.min;
        y->from = f->bottom;
    } else {
        frame_y(f);
    }
    frame_x(f);
}

static enum err draw_plot(struct page *p, const struct plot_set *set, struct error *e)
{
    enum err code = ERR_OK;
    for (int narrow = 0; narrow < 2 && !code; narrow++) {
        double width = narrow ? NARROW : WIDE;
        struct canvas_set canvas = {.form = CANVAS_SVG,
                                    .width = width,
                                    .height = set->height,
                                    .label = page_words(p, set->label),
                                    .css_class = narrow ? "narrow" : "wide"};
        struct plot f = {.page = p,
                         .narrow = narrow,
                         .scale = set->scale,
                         .font = {narrow ? 11.5 : 12, false},
                         .left = set->least_left,
                         .right = width - 12,
                         .top = set->cut ? 42 : 26,
                         .bottom = set->height - 40,
                         .x_title = set->x_title,
                         .y_title = set->y_title};
        code = canvas_open(&f.canvas, p->type, &canvas, p->out, e);
        if (code)
            return code;
        frame(&f, set);
        set->marks(&f);
        if (set->cut)
            cut_line(&f);
        code = canvas_close(f.canvas, e);
    }
    return code;
}

static void key_of(struct page *p, enum ink ink, enum draw_dash dash, struct str text)
{
    static const char *const inks[] = {"s0", "s1", "s2", "s3", "s4", "s5"};
    static const char *const dashes[] = {"", " stroke-dasharray=\"5 2.5\"",
                                         " stroke-dasharray=\"2.5 2\"",
                                         " stroke-dasharray=\"1 1.8\""};
    buf_printf(p->out,
               "<span><svg width=\"26\" height=\"8\" aria-hidden=\"true\"><path "
               "class=\"l-%s\" stroke-width=\"2.5\"%s d=\"M0 4L26 4\"/></svg>",
               inks[ink - INK_SERIES], dashes[dash]);
    page_put(p, text);
    page_raw(p, "</span> ");
}

static void bins_marks(struct plot *f)
{
    const struct account *a = f->page->a;
    for (int i = 0; i < ACCOUNT_BINS; i++) {
        if (!a->bins[i])
            continue;
        double begin = a->bin_from + i * a->bin_width;
        double x = place_x(f, begin), to = place_x(f, begin + a->bin_width);
        double y = place(f, log10((double)a->bins[i]));
        bool link = begin + a->bin_width / 2 >= f->page->cut;
        draw_box(f->canvas, x + 0.5, y, to - x - 1, f->bottom - y,
                 link ? INK_ACCENT : INK_RULE, FILL_SOLID);
    }
}

static void bins_table(struct page *p)
{
    static const struct page_head heads[] = {
        {TEXT_FROM, true, NULL}, {TEXT_TO, true, NULL}, {TEXT_PAIRS, true, NULL}};
    const struct account *a = p->a;
    page_details(p, TEXT_DATA);
    page_table(p, page_words(p, TEXT_S_HISTOGRAM), "", "tall", heads, 3);
    for (int i = 0; i < ACCOUNT_BINS; i++) {
        if (!a->bins[i])
            continue;
        double begin = a->bin_from + i * a->bin_width;
        page_raw(p, "<tr>");
        page_cell(p, "<td class=\"n\">", page_number(p, begin, 2));
        page_cell(p, "<td class=\"n\">", page_number(p, begin + a->bin_width, 2));
        page_cell(p, "<td class=\"n\">", page_count(p, (double)a->bins[i]));
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
    page_details_end(p);
}

enum err page_histogram(struct page *p, struct error *e)
{
    const struct account *a = p->a;
    uint64_t most = 0;
    int first = ACCOUNT_BINS, last = 0;
    for (int i = 0; i < ACCOUNT_BINS; i++)
        if (a->bins[i]) {
            first = i < first ? i : first;
            last = i;
            most = a->bins[i] > most ? a->bins[i] : most;
        }
    page_section(p, "histogram", TEXT_S_HISTOGRAM);
    if (!most) {
        page_paragraph(p, page_words(p, TEXT_NO_PAIRS));
        return ERR_OK;
    }
    page_raw(p, "<p>");
    page_say(p, TEXT_HISTOGRAM_TEXT);
    if (first == 0 || last == ACCOUNT_BINS - 1) {
        page_gap(p);
        page_say(p, TEXT_HISTOGRAM_ENDS);
    }
    page_raw(p, "</p>\n");
    struct plot_set set = {.label = TEXT_S_HISTOGRAM,
                           .x_title = TEXT_AXIS_WEIGHT,
                           .y_title = TEXT_AXIS_PAIRS_LOG,
                           .scale = SCALE_LOG,
                           .height = 278,
                           .x_low = a->bin_from + first * a->bin_width,
                           .x_high = a->bin_from + (last + 1) * a->bin_width,
                           .y_low = 0,
                           .y_high = log10((double)most),
                           .marks = bins_marks,
                           .cut = true};
    page_raw(p, "<figure>");
    if (!isnan(p->cut)) {
        page_raw(p, "<p class=\"key\"><span><i class=\"swatch\" style=\"background:"
                    "var(--accent);height:12px\"></i>");
        page_say(p, TEXT_KEY_LINKS);
        page_raw(p, "</span> <span><i class=\"swatch\" style=\"background:var(--rule);"
                    "height:12px\"></i>");
        page_say(p, TEXT_KEY_OTHERS);
        page_raw(p, "</span></p>\n");
    }
    enum err code = draw_plot(p, &set, e);
    bins_table(p);
    page_raw(p, "</figure>\n");
    return code;
}

static double rate_of(const struct account_threshold *t, int which)
{
    return which == 0 ? t->precision : which == 1 ? t->recall : page_f1(t);
}

static const struct {
    enum page_text text;
    enum ink ink;
    enum draw_dash dash;
} rates[] = {{TEXT_PRECISION, INK_SERIES + 2, DASH_NONE},
             {TEXT_RECALL, INK_SERIES + 1, DASH_LONG},
             {TEXT_F1, INK_SERIES, DASH_SHORT}};

static void threshold_line(struct plot *f, int which)
{
    const struct account *a = f->page->a;
    double xy[2 * PAGE_MAX_POINTS];
    size_t n = 0;
    for (unsigned i = 0; i < a->n_thresholds; i += page_step(a->n_thresholds)) {
        const struct account_threshold *t = &a->thresholds[i];
        double value = which < 3               ? rate_of(t, which)
                       : f->scale == SCALE_LOG ? log10(fmax(t->links, 1))
                                               : t->links;
        xy[2 * n] = place_x(f, t->threshold);
        xy[2 * n++ + 1] = place(f, value);
    }
    draw_path(f->canvas, xy, n, 2, which < 3 ? rates[which].ink : INK_ACCENT,
              which < 3 ? rates[which].dash : DASH_NONE);
}

static void rates_marks(struct plot *f)
{
    for (int which = 0; which < 3; which++)
        threshold_line(f, which);
}

static void links_marks(struct plot *f)
{
    threshold_line(f, 3);
}

static const struct page_head threshold_heads[] = {
    {TEXT_THRESHOLD, true, NULL}, {TEXT_PROBABILITY, true, NULL},
    {TEXT_LINKS, true, NULL},     {TEXT_PRECISION, true, NULL},
    {TEXT_RECALL, true, NULL},    {TEXT_F1, true, NULL},
    {TEXT_WRONG, true, NULL},     {TEXT_MISSED, true, NULL}};
enum { THRESHOLD_HEADS = sizeof threshold_heads / sizeof *threshold_heads };

static void threshold_texts(struct page *p, const struct account_threshold *t,
                            struct str out[THRESHOLD_HEADS])
{
    const struct str texts[THRESHOLD_HEADS] = {
        page_number(p, t->threshold, 2),
        page_probability(p, score_probability(t->threshold)),
        page_count(p, round(t->links)),
        page_share(p, t->precision),
        page_share(p, t->recall),
        page_share(p, page_f1(t)),
        page_count(p, round(page_wrong(t))),
        page_count(p, round(page_missed(t)))};
    memcpy(out, texts, sizeof texts);
}

static void threshold_table(struct page *p)
{
    const struct account *a = p->a;
    page_details(p, TEXT_DATA);
    page_table(p, page_words(p, TEXT_S_THRESHOLDS), "", "tall", threshold_heads,
               THRESHOLD_HEADS);
    for (unsigned i = 0; i < a->n_thresholds; i += page_step(a->n_thresholds)) {
        struct str texts[THRESHOLD_HEADS];
        threshold_texts(p, &a->thresholds[i], texts);
        page_raw(p, "<tr>");
        for (int k = 0; k < THRESHOLD_HEADS; k++)
            page_cell(p, "<td class=\"n\">", texts[k]);
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
    page_details_end(p);
}

// Which of the points that are shown is nearest to the threshold.
static unsigned point_at_cut(const struct page *p)
{
    const struct account_threshold *t = page_threshold_at(p, p->cut);
    return t ? (unsigned)(t - p->a->thresholds) / page_step(p->a->n_thresholds) : 0;
}

static void threshold_now(struct page *p)
{
    struct str texts[THRESHOLD_HEADS];
    threshold_texts(
        p, isnan(p->cut) ? &p->a->thresholds[0] : page_threshold_at(p, p->cut), texts);
    page_raw(p, "<dl class=\"figures few\" id=\"threshold-now\" aria-live=\"polite\">\n");
    for (int i = 0; i < THRESHOLD_HEADS; i++) {
        page_raw(p, "<div><dt>");
        page_say(p, threshold_heads[i].text);
        page_raw(p, "</dt><dd>");
        page_put(p, texts[i]);
        page_raw(p, "</dd></div>\n");
    }
    page_raw(p, "</dl>\n");
}

static void threshold_slider(struct page *p)
{
    const struct account *a = p->a;
    unsigned last = (a->n_thresholds - 1) / page_step(a->n_thresholds);
    page_raw(p, "<div class=\"tools\"><input type=\"range\" id=\"threshold-slider\" "
                "min=\"0\" aria-label=\"");
    page_say(p, TEXT_THRESHOLD_SLIDER);
    buf_printf(p->out, "\" max=\"%u\" value=\"%u\" step=\"1\"/></div>\n", last,
               point_at_cut(p));
}

static struct str best_f1(struct page *p)
{
    const struct account_threshold *best = &p->a->thresholds[0];
    for (unsigned i = 1; i < p->a->n_thresholds; i++)
        if (page_f1(&p->a->thresholds[i]) > page_f1(best))
            best = &p->a->thresholds[i];
    return page_number(p, best->threshold, 2);
}

enum err page_thresholds(struct page *p, struct error *e)
{
    const struct account *a = p->a;
    page_section(p, "thresholds", TEXT_S_THRESHOLDS);
    if (!a->n_thresholds) {
        page_paragraph(p, page_words(p, TEXT_NO_THRESHOLDS));
        return ERR_OK;
    }
    page_raw(p, "<p>");
    page_say(p, TEXT_THRESHOLDS_TEXT);
    page_gap(p);
    page_say(p, TEXT_BEST_F1, best_f1(p));
    page_raw(p, "</p>\n");
    double most = 0;
    for (unsigned i = 0; i < a->n_thresholds; i++)
        most = fmax(most, a->thresholds[i].links);
    struct plot_set set = {.label = TEXT_S_THRESHOLDS,
                           .x_title = TEXT_AXIS_WEIGHT,
                           .y_title = TEXT_AXIS_SHARE,
                           .scale = SCALE_SHARE,
                           .height = 298,
                           .x_low = a->thresholds[0].threshold,
                           .x_high = a->thresholds[a->n_thresholds - 1].threshold,
                           .y_high = 1,
                           .marks = rates_marks,
                           .cut = true,
                           .least_left = 66};
    struct plot_set links = set;
    links.label = links.y_title = TEXT_LINKS;
    links.scale = SCALE_COUNT;
    links.height = 208;
    links.y_high = most;
    links.marks = links_marks;
    threshold_now(p);
    page_raw(p, "<figure id=\"threshold-figure\"><p class=\"key\">");
    for (int i = 0; i < 3; i++)
        key_of(p, rates[i].ink, rates[i].dash, page_words(p, rates[i].text));
    page_raw(p, "</p>\n");
    threshold_slider(p);
    enum err code = draw_plot(p, &set, e);
    if (!code)
        code = draw_plot(p, &links, e);
    threshold_table(p);
    page_raw(p, "</figure>\n");
    return code;
}

double page_unlinkable_at(const struct page *p, double weight)
{
    const struct account *a = p->a;
    double share = NAN, nearest = INFINITY;
    for (unsigned i = 0; i < a->n_unlinkable; i++)
        if (fabs(a->unlinkable_weight[i] - weight) < nearest) {
            nearest = fabs(a->unlinkable_weight[i] - weight);
            share = a->unlinkable_share[i];
        }
    return share;
}

static void unlinkable_marks(struct plot *f)
{
    const struct account *a = f->page->a;
    double xy[2 * PAGE_MAX_POINTS + 4];
    size_t n = 0;
    for (unsigned i = 0; i < a->n_unlinkable; i += page_step(a->n_unlinkable)) {
        xy[2 * n] = place_x(f, a->unlinkable_weight[i]);
        xy[2 * n++ + 1] = place(f, a->unlinkable_share[i]);
    }
    size_t line = n;
    xy[2 * n] = xy[2 * n - 2];
    xy[2 * n++ + 1] = f->bottom;
    xy[2 * n] = xy[0];
    xy[2 * n++ + 1] = f->bottom;
    draw_area(f->canvas, xy, n, INK_SERIES + 2, 0.15);
    draw_path(f->canvas, xy, line, 2, INK_SERIES + 2, DASH_NONE);
}

enum err page_unlinkable(struct page *p, struct error *e)
{
    static const struct page_head heads[] = {{TEXT_AXIS_WEIGHT, true, NULL},
                                             {TEXT_AXIS_UNLINKABLE, true, NULL}};
    const struct account *a = p->a;
    page_section(p, "unlinkable", TEXT_S_UNLINKABLE);
    if (!a->n_unlinkable) {
        page_paragraph(p, page_words(p, TEXT_NO_UNLINKABLE));
        return ERR_OK;
    }
    page_paragraph(p, page_words(p, TEXT_UNLINKABLE_TEXT,
                                 page_share(p, page_unlinkable_at(p, p->cut))));
    double most = 0;
    for (unsigned i = 0; i < a->n_unlinkable; i++)
        most = fmax(most, a->unlinkable_share[i]);
    struct plot_set set = {.label = TEXT_S_UNLINKABLE,
                           .x_title = TEXT_AXIS_WEIGHT,
                           .y_title = TEXT_AXIS_UNLINKABLE,
                           .scale = SCALE_SHARE,
                           .height = 258,
                           .x_low = a->unlinkable_weight[0],
                           .x_high = a->unlinkable_weight[a->n_unlinkable - 1],
                           .y_high = most,
                           .marks = unlinkable_marks,
                           .cut = true};
    page_raw(p, "<figure>");
    enum err code = draw_plot(p, &set, e);
    page_details(p, TEXT_DATA);
    page_table(p, page_words(p, TEXT_S_UNLINKABLE), "", "tall", heads, 2);
    for (unsigned i = 0; i < a->n_unlinkable; i += page_step(a->n_unlinkable)) {
        page_raw(p, "<tr>");
        page_cell(p, "<td class=\"n\">", page_number(p, a->unlinkable_weight[i], 2));
        page_cell(p, "<td class=\"n\">", page_share(p, a->unlinkable_share[i]));
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
    page_details_end(p);
    page_raw(p, "</figure>\n");
    return code;
}

static double change_at(const struct account_session *s, unsigned i)
{
    return log10(fmax(s->change[i], 1e-8));
}

static void training_marks(struct plot *f)
{
    static const enum draw_dash dashes[] = {DASH_NONE, DASH_LONG, DASH_SHORT};
    struct page *p = f->page;
    double limit = place(f, log10(p->model->em_convergence));
    draw_line(f->canvas, f->left, limit, f->right, limit, 1, INK_TEXT, DASH_DOT);
    for (unsigned s = 0; s < p->a->n_sessions && s < MAX_LINES; s++) {
        const struct account_session *session = &p->a->sessions[s];
        double xy[2 * PAGE_MAX_POINTS];
        size_t n = 0;
        for (unsigned i = 0; i < session->n && n < PAGE_MAX_POINTS; i++) {
            xy[2 * n] = place_x(f, i + 1);
            xy[2 * n++ + 1] = place(f, change_at(session, i));
            draw_marker(f->canvas, xy[2 * n - 2], xy[2 * n - 1], 4, SHAPE_CIRCLE,
                        ink_series(s), true);
        }
        draw_path(f->canvas, xy, n, 1.8, ink_series(s), dashes[s % 3]);
    }
}

static void training_table(struct page *p)
{
    static const struct page_head heads[] = {{TEXT_SESSION, false, "w"},
                                             {TEXT_ROUNDS, true, NULL},
                                             {TEXT_LAST_CHANGE, true, NULL},
                                             {TEXT_REMARK, false, NULL}};
    static const enum draw_dash dashes[] = {DASH_NONE, DASH_LONG, DASH_SHORT};
    page_table(p, page_words(p, TEXT_S_TRAINING), "", "", heads, 4);
    for (unsigned s = 0; s < p->a->n_sessions && s < MAX_SESSIONS; s++) {
        const struct account_session *session = &p->a->sessions[s];
        page_raw(p, "<tr><th scope=\"row\"><span class=\"key\">");
        if (s < MAX_LINES)
            key_of(p, ink_series(s), dashes[s % 3], STR(""));
        page_raw(p, "</span><span class=\"code\">");
        page_put(p, page_known(p, session->name));
        page_raw(p, "</span></th>");
        page_cell(p, "<td class=\"n\">", page_count(p, session->n));
        page_cell(p, "<td class=\"n\">",
                  page_small(p, session->n ? session->change[session->n - 1] : NAN));
        page_cell(
            p, session->converged ? "<td class=\"good\">" : "<td class=\"bad\">",
            page_words(p, session->converged ? TEXT_CONVERGED : TEXT_NOT_CONVERGED));
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
}

// Every change by round, for those who do not see the lines.
static void training_data(struct page *p, unsigned rounds)
{
    const struct account *a = p->a;
    unsigned shown = a->n_sessions < MAX_LINES ? a->n_sessions : MAX_LINES;
    page_details(p, TEXT_DATA);
    page_raw(p,
             "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"");
    page_say(p, TEXT_AXIS_CHANGE);
    page_raw(p, "\"><table><thead><tr>");
    page_table_head(p, &(struct page_head){TEXT_AXIS_ROUND, true, NULL});
    for (unsigned s = 0; s < shown; s++)
        page_cell(p, "<th scope=\"col\" class=\"n code\">",
                  page_known(p, a->sessions[s].name));
    page_raw(p, "</tr></thead><tbody>\n");
    for (unsigned i = 0; i < rounds && i < PAGE_MAX_POINTS; i++) {
        page_raw(p, "<tr>");
        page_cell(p, "<th scope=\"row\" class=\"n\">", page_count(p, i + 1));
        for (unsigned s = 0; s < shown; s++)
            page_cell(p, "<td class=\"n\">",
                      i < a->sessions[s].n ? page_small(p, a->sessions[s].change[i])
                                           : STR(""));
        page_raw(p, "</tr>\n");
    }
    page_table_end(p);
    page_details_end(p);
}

enum err page_training(struct page *p, struct error *e)
{
    const struct account *a = p->a;
    page_section(p, "training", TEXT_S_TRAINING);
    unsigned rounds = 0;
    double low = log10(p->model->em_convergence), high = low;
    for (unsigned s = 0; s < a->n_sessions; s++) {
        rounds = a->sessions[s].n > rounds ? a->sessions[s].n : rounds;
        for (unsigned i = 0; i < a->sessions[s].n; i++) {
            low = fmin(low, change_at(&a->sessions[s], i));
            high = fmax(high, change_at(&a->sessions[s], i));
        }
    }
    if (!rounds) {
        page_paragraph(p, page_words(p, TEXT_TRAINING_NONE));
        return ERR_OK;
    }
    page_paragraph(p, page_words(p, TEXT_TRAINING_TEXT,
                                 page_count(p, (double)a->random_pairs),
                                 page_small(p, p->model->em_convergence)));
    struct plot_set set = {.label = TEXT_S_TRAINING,
                           .x_title = TEXT_AXIS_ROUND,
                           .y_title = TEXT_AXIS_CHANGE,
                           .scale = SCALE_LOG,
                           .height = 230,
                           .x_low = 1,
                           .x_high = rounds > 1 ? rounds : 2,
                           .y_low = low,
                           .y_high = high,
                           .marks = training_marks};
    page_raw(p, "<figure>");
    enum err code = draw_plot(p, &set, e);
    training_table(p);
    training_data(p, rounds);
    page_raw(p, "</figure>\n");
    return code;
}
