// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/overview.h"

#include <math.h>

#include "study/overview_private.h"

int32_t overview_top(const struct places *p, int32_t root)
{
    if (root >= 0 || !p->n_areas || p->areas[0].last != (int32_t)p->n_areas - 1)
        return root;
    root = 0;
    while (root + 1 < (int32_t)p->n_areas &&
           p->areas[root + 1].last == p->areas[root].last)
        root++;
    return root;
}

const struct indicator *overview_edition(const struct measure *m,
                                         const struct indicator *i, struct period period)
{
    const struct indicator *valid = pack_indicator(m->county->pack, i->name, period.last);
    return valid ? valid : i;
}

enum err overview_measure(struct overview_work *w, const struct indicator *i,
                          struct period period, const struct axis *axis,
                          struct figures *out, struct error *e)
{
    struct measure_scope scope = {period, w->out->root, axis, axis ? 1 : 0};
    return measure_indicator(w->m, w->arena, i, &scope, out, e);
}

static enum err one_figure(struct overview_work *w, const struct indicator *i,
                           struct period period, struct figure *out, struct error *e)
{
    struct figures f;
    enum err code =
        overview_measure(w, overview_edition(w->m, i, period), period, NULL, &f, e);
    if (!code)
        *out = f.list[0];
    return code;
}

static enum err now_and_before(struct overview_work *w, const struct indicator *i,
                               struct figure *now, struct figure *before, struct error *e)
{
    enum err code = one_figure(w, i, w->out->period, now, e);
    return code ? code : one_figure(w, i, w->out->before, before, e);
}

// --- coverage

static enum err make_coverage(struct overview_work *w, struct error *e)
{
    const struct pack_overview *plan = &w->m->county->pack->overview;
    struct overview *o = w->out;
    o->coverage = ARENA_ARRAY(w->arena, struct overview_rate, plan->n_coverage + 1);
    if (!o->coverage)
        return error_memory(e);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < plan->n_coverage; i++) {
        struct overview_rate *x = &o->coverage[o->n_coverage++];
        x->indicator = overview_edition(w->m, plan->coverage[i], o->period);
        code = now_and_before(w, x->indicator, &x->figure, &x->before, e);
        if (!code)
            x->band = certainty_band(x->indicator, &x->figure);
    }
    return code;
}

// --- cards

static struct figure share(double numerator, double denominator,
                           const struct indicator *i)
{
    struct figure f = {.state = denominator > 0 ? FIGURE_OK : FIGURE_NO_DATA,
                       .numerator = numerator,
                       .denominator = denominator,
                       .value = NAN,
                       .low = NAN,
                       .high = NAN};
    if (f.state != FIGURE_OK)
        return f;
    f.value = i->per * numerator / denominator;
    if (i->interval == INTERVAL_PROPORTION) {
        struct interval x = interval_wilson(numerator, denominator, 0.95);
        f.low = i->per * x.low;
        f.high = i->per * x.high;
    }
    return f;
}

static const struct indicator timeliness_card = {
    .name = {"timeliness", 10},
    .label = {{"Reports on time", 15}, {"按时报送率", 15}},
    .unit = {{"%", 1}, {"%", 1}},
    .per = 100,
    .decimals = 1,
    .interval = INTERVAL_PROPORTION,
    .better = 1,
};
static const struct indicator coverage_card = {
    .name = {"coverage", 8},
    .label = {{"Targets met", 11}, {"达标指标数", 15}},
    .unit = {{"indicators", 10}, {"项", 3}},
    .per = 1,
    .better = 1,
};
static const struct indicator findings_card = {
    .name = {"findings", 8},
    .label = {{"Open findings", 13}, {"待处理核查问题", 21}},
    .unit = {{"findings", 8}, {"个", 3}},
    .per = 1,
    .better = -1,
};

static enum err timeliness_figures(struct overview_work *w, struct overview_figure *c,
                                   struct error *e)
{
    struct overview_timeliness then;
    const struct overview_timeliness *now = &w->out->timeliness;
    c->indicator = &timeliness_card;
    enum err code =
        overview_timeliness(w->m, w->arena, w->out->before, w->out->root, &then, e);
    if (code)
        return code;
    c->figure = share((double)now->on_time, (double)now->owed, c->indicator);
    c->before = share((double)then.on_time, (double)then.owed, c->indicator);
    return certainty_words(w->arena, c->indicator, &c->figure, &c->before, w->out->period,
                           w->m->today, &c->certainty, e);
}

// "of 12 with a target; near: 2; far from it: 1"
static enum err say_bands(struct overview_work *w, const size_t bands[BAND_FAR + 1],
                          struct label *out, struct error *e)
{
    static const struct {
        enum coverage_band band;
        const char *en, *zh;
    } parts[] = {{BAND_NEAR, "near", "接近"},
                 {BAND_FAR, "far from it", "差距较大"},
                 {BAND_NONE, "cannot be judged", "无法判断"}};
    size_t judged = bands[BAND_MET] + bands[BAND_NEAR] + bands[BAND_FAR];
    out->en = str_format(w->arena, "of %zu with a target", judged);
    out->zh = str_format(w->arena, "共%zu项有目标", judged);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = bands[parts[i].band];
        if (!n || !out->en.p || !out->zh.p)
            continue;
        out->en =
            str_format(w->arena, STR_FMT "; %s: %zu", STR_ARG(out->en), parts[i].en, n);
        out->zh =
            str_format(w->arena, STR_FMT "；%s%zu项", STR_ARG(out->zh), parts[i].zh, n);
    }
    return out->en.p && out->zh.p ? ERR_OK : error_memory(e);
}

static enum err coverage_figures(struct overview_work *w, struct overview_figure *c,
                                 struct error *e)
{
    size_t bands[BAND_FAR + 1] = {0}, then[BAND_FAR + 1] = {0};
    c->indicator = &coverage_card;
    for (size_t i = 0; i < w->out->n_coverage; i++) {
        const struct overview_rate *x = &w->out->coverage[i];
        bands[x->band]++;
        then[certainty_band(x->indicator, &x->before)]++;
    }
    size_t n = w->out->n_coverage;
    c->figure =
        share((double)bands[BAND_MET], (double)(n - bands[BAND_NONE]), c->indicator);
    c->before =
        share((double)then[BAND_MET], (double)(n - then[BAND_NONE]), c->indicator);
    // the card counts: 9 (of 13)
    c->figure.value = c->figure.state == FIGURE_OK ? c->figure.numerator : NAN;
    c->before.value = c->before.state == FIGURE_OK ? c->before.numerator : NAN;
    return say_bands(w, bands, &c->certainty, e);
}

static void findings_figures(struct overview_figure *c)
{
    c->indicator = &findings_card;
    c->figure = c->before = (struct figure){.state = FIGURE_NO_DATA,
                                            .numerator = NAN,
                                            .denominator = NAN,
                                            .value = NAN,
                                            .low = NAN,
                                            .high = NAN};
    c->certainty = (struct label){STR(""), STR("")};
}

static enum err indicator_figures(struct overview_work *w, const struct indicator *i,
                                  struct overview_figure *c, struct error *e)
{
    c->indicator = overview_edition(w->m, i, w->out->period);
    enum err code = now_and_before(w, c->indicator, &c->figure, &c->before, e);
    return code ? code
                : certainty_words(w->arena, c->indicator, &c->figure, &c->before,
                                  w->out->period, w->m->today, &c->certainty, e);
}

static enum err make_cards(struct overview_work *w, struct error *e)
{
    const struct pack_overview *plan = &w->m->county->pack->overview;
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < plan->n_cards; i++) {
        struct overview_figure *c = &w->out->cards[w->out->n_cards++];
        c->kind = plan->cards[i].kind;
        switch (c->kind) {
        case CARD_INDICATOR:
            code = indicator_figures(w, plan->cards[i].indicator, c, e);
            break;
        case CARD_TIMELINESS:
            code = timeliness_figures(w, c, e);
            break;
        case CARD_COVERAGE:
            code = coverage_figures(w, c, e);
            break;
        case CARD_FINDINGS:
            findings_figures(c);
        }
    }
    return code;
}

// --- births, children, trend

// The two sides of the ratio are boys and girls.
static struct indicator side_of(const struct indicator *ratio, const struct expr *side)
{
    return (struct indicator){.name = ratio->name, .numerator = side, .per = 1};
}

// What is neither boy nor girl; a small rest of care is hidden though its parts are not.
static enum err find_unknown(struct overview_work *w, struct overview_births *b,
                             const struct indicator *ratio, struct error *e)
{
    if (!b->all)
        return ERR_OK;
    double *unknown = ARENA_ARRAY(w->arena, double, b->buckets.n + 1);
    if (!unknown)
        return error_memory(e);
    enum purpose purpose = expr_aggregate(ratio->numerator, 0)->reg->purpose;
    for (size_t i = 0; i < b->buckets.n; i++) {
        bool known = b->all[i].state == FIGURE_OK && b->boys[i].state == FIGURE_OK &&
                     b->girls[i].state == FIGURE_OK;
        double rest = b->all[i].numerator - b->boys[i].numerator - b->girls[i].numerator;
        unknown[i] = known && access_shows_count(w->m->who, purpose, fabs(rest))
                         ? rest
                         : (double)NAN;
    }
    b->unknown = unknown;
    return ERR_OK;
}

static enum err make_births(struct overview_work *w, struct error *e)
{
    const struct pack_overview *plan = &w->m->county->pack->overview;
    if (!plan->ratio || !plan->by)
        return ERR_OK;
    struct overview_births *b = ARENA_NEW(w->arena, struct overview_births);
    if (!b)
        return error_memory(e);
    struct period p = w->out->period;
    const struct indicator *ratio = overview_edition(w->m, plan->ratio, p);
    struct indicator boys = side_of(ratio, ratio->numerator),
                     girls = side_of(ratio, ratio->denominator);
    struct figures f[4] = {0};
    b->axis = (struct axis){.kind = AXIS_FIELD, .field = plan->by};
    enum err code = overview_measure(w, ratio, p, &b->axis, &f[0], e);
    if (!code)
        code = overview_measure(w, &boys, p, &b->axis, &f[1], e);
    if (!code)
        code = overview_measure(w, &girls, p, &b->axis, &f[2], e);
    if (!code && plan->births)
        code = overview_measure(w, overview_edition(w->m, plan->births, p), p, &b->axis,
                                &f[3], e);
    if (code)
        return code;
    b->buckets = f[0].axes[0];
    b->ratio = f[0].list;
    b->boys = f[1].list;
    b->girls = f[2].list;
    b->all = f[3].n == f[0].n ? f[3].list : NULL;
    w->out->births = b;
    return find_unknown(w, b, ratio, e);
}

static enum err make_children(struct overview_work *w, struct error *e)
{
    const struct pack_overview *plan = &w->m->county->pack->overview;
    const struct indicator *i = plan->ratio ? plan->ratio : plan->births;
    for (size_t k = 0; !i && k < plan->n_cards; k++)
        i = plan->cards[k].indicator;
    int level = overview_level_below(w->m->county->places, w->out->area, w->out->period);
    if (!i || level < 0)
        return ERR_OK;
    struct overview_children *c = ARENA_NEW(w->arena, struct overview_children);
    if (!c)
        return error_memory(e);
    struct period p = w->out->period;
    struct figures f, births = {0};
    c->axis = (struct axis){.kind = AXIS_LEVEL, .level = level};
    c->indicator = overview_edition(w->m, i, p);
    enum err code = overview_measure(w, c->indicator, p, &c->axis, &f, e);
    if (!code && plan->births && plan->births != i)
        code = overview_measure(w, overview_edition(w->m, plan->births, p), p, &c->axis,
                                &births, e);
    if (code || !f.n)
        return code;
    c->buckets = f.axes[0];
    c->figures = f.list;
    c->births = births.n == f.n ? births.list : NULL;
    w->out->children = c;
    return ERR_OK;
}

// How many periods of a kind make a trend.
static int trend_length(enum period_kind kind)
{
    return kind == PERIOD_MONTH ? 24 : kind == PERIOD_QUARTER ? 12 : 10;
}

static bool says_something(const struct figure *f)
{
    return f->state == FIGURE_SUPPRESSED || f->rows > 0;
}

// Before the first rows there was no register: a zero there would be no figure.
static void trim_trend(struct overview *o)
{
    size_t n = o->n_trend ? o->trend[0].periods.n : 0, start = n ? n - 1 : 0;
    for (size_t t = 0; t < o->n_trend; t++)
        for (size_t i = 0; i < start; i++)
            if (says_something(&o->trend[t].figures[i]))
                start = i;
    for (size_t t = 0; t < o->n_trend; t++) {
        o->trend[t].periods.buckets += start;
        o->trend[t].periods.n -= start;
        o->trend[t].figures += start;
    }
}

static enum err make_trend(struct overview_work *w, struct error *e)
{
    const struct pack_overview *plan = &w->m->county->pack->overview;
    struct overview *o = w->out;
    struct axis axis = {.kind = AXIS_PERIOD, .period = o->period.kind};
    struct period range = o->period,
                  first = period_step(o->period, 1 - trend_length(range.kind));
    if (first.first != DATE_NONE)
        range.first = first.first;
    o->trend = ARENA_ARRAY(w->arena, struct overview_trend, plan->n_cards + 1);
    if (!o->trend)
        return error_memory(e);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < plan->n_cards; i++) {
        if (plan->cards[i].kind != CARD_INDICATOR)
            continue;
        struct overview_trend *t = &o->trend[o->n_trend++];
        struct figures f;
        t->indicator = overview_edition(w->m, plan->cards[i].indicator, o->period);
        code = overview_measure(w, t->indicator, range, &axis, &f, e);
        if (code)
            return code;
        t->periods = f.axes[0];
        t->figures = f.list;
    }
    trim_trend(o);
    return code;
}

// --- all

enum err overview_make(const struct measure *m, struct arena *a, struct period period,
                       int32_t root, struct overview *out, struct error *e)
{
    *out = (struct overview){.period = period,
                             .before = period_year_before(period),
                             .root = root,
                             .area = overview_top(m->county->places, root)};
    struct overview_work w = {m, a, out};
    enum err code = measure_allows(m, root, e);
    if (!code && (period.kind == PERIOD_DAY || period.first == DATE_NONE)) {
        error_set(e, ERR_INPUT, "overview.period", "period",
                  "an overview is of a month or more, and '%s' was asked for", period.id);
        code = error_cure(e, "ask for a month, a quarter, a half-year or a year");
    }
    if (!code)
        code = overview_timeliness(m, a, period, root, &out->timeliness, e);
    if (!code)
        code = make_coverage(&w, e);
    if (!code)
        code = make_cards(&w, e);
    if (!code)
        code = make_births(&w, e);
    if (!code)
        code = make_children(&w, e);
    if (!code)
        code = make_trend(&w, e);
    if (!code)
        code = overview_signals(m, a, root, period.first, period.last, 50, &out->signals,
                                &out->n_signals, e);
    return code;
}
