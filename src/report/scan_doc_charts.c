// SPDX-License-Identifier: AGPL-3.0-or-later
// The map of a scan, and how high chance alone reaches.
#include "base/geojson.h"
#include "report/scan_doc.h"
#include "stats/interval.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_OUTLINES = 12, BINS = 10 };

// ---- the map ----

struct values {
    double *value, *low, *high, *size;
};

// The ratio of each area with its interval: boys per 100 girls, else cases / expected.
static void fill_values(const struct scan_study *s, struct values *v)
{
    for (uint32_t i = 0; i < s->areas.n; i++) {
        struct scan_share share = scan_study_area(s, i, NULL);
        struct interval limits = {NAN, NAN};
        double boys = (double)share.cases, girls = (double)(share.total - share.cases);
        v->size[i] =
            s->options.model == SCAN_BERNOULLI ? (double)share.total : share.expected;
        if (s->cases_are_boys) {
            v->value[i] = girls > 0 ? 100 * boys / girls : NAN;
            limits = interval_ratio(boys, girls, 100, 0.95);
        } else {
            struct scan_cluster c = {
                .cases = share.cases, .total = share.total, .expected = share.expected};
            struct scan_limits l = scan_study_limits(s, &c);
            v->value[i] = share.expected > 0 ? boys / share.expected : NAN;
            limits = (struct interval){l.low, l.high};
        }
        v->low[i] = limits.low;
        v->high[i] = limits.high;
    }
}

static enum err outline(const struct scan_study *s, struct map_outline *outlines,
                        size_t *n, struct error *e)
{
    *n = s->result.n_clusters < MOST_OUTLINES ? s->result.n_clusters : MOST_OUTLINES;
    for (size_t i = 0; i < *n; i++) {
        const struct scan_cluster *c = &s->result.clusters[i];
        outlines[i] = (struct map_outline){.label = str_format(s->arena, "%zu", i + 1),
                                           .areas = c->areas,
                                           .n_areas = c->n_areas};
        if (!outlines[i].label.p)
            return error_memory(e);
    }
    return ERR_OK;
}

static struct str value_label(const struct scan_study *s, bool zh)
{
    if (s->cases_are_boys)
        return zh ? STR("性别比（女=100）") : STR("Boys per 100 girls");
    return zh ? STR("实际 / 期望") : STR("Observed / expected");
}

static struct str map_note(const struct scan_study *s, bool zh)
{
    if (s->map)
        return zh ? STR("线内为各聚集的地区，编号同表。有斜线者其区间包含总体水平。")
                  : STR("Lines are around the areas of each cluster, numbered as in the "
                        "table. Hatched areas are not told apart from the whole.");
    return zh ? STR("线内为各聚集的地区，编号同表。圆点大小表示数量，"
                    "有斜线者其区间包含总体水平。")
              : STR("Lines are around the areas of each cluster, numbered as in the "
                    "table. Circles are as large as the counts; hatched ones are not "
                    "told apart from the whole.");
}

static struct doc_chart map_chart(const struct scan_study *s, bool zh,
                                  const struct series *series, const struct doc_map *map)
{
    double girls = (double)(s->result.total - s->result.cases);
    return (struct doc_chart){
        .form = CHART_FORM_MAP,
        .title = zh ? STR("各地区与聚集") : STR("Areas and clusters"),
        .note = map_note(s, zh),
        .value_label = value_label(s, zh),
        .categories = s->areas.list,
        .n_categories = s->areas.n,
        .series = series,
        .n_series = 1,
        .has_reference = true,
        .reference = s->cases_are_boys ? 100 * (double)s->result.cases / girls : 1,
        .reference_low = NAN,
        .reference_high = NAN,
        .reference_label = zh ? STR("总体") : STR("the whole"),
        .decimals = s->cases_are_boys ? 1 : 2,
        .ratio = s->cases_are_boys,
        .bare = true,
        .map = map};
}

// Areas without a map are circles at their places.
static enum err make_points(const struct scan_study *s, struct arena *a,
                            const struct geo **out, struct error *e)
{
    struct geo *geo = ARENA_NEW(a, struct geo);
    if (!geo)
        return error_memory(e);
    enum err code = geojson_points(geo, s->areas.n, s->areas.list, s->x, s->y, a, e);
    geo->geographic = s->options.metric == SCAN_GREAT_CIRCLE;
    *out = geo;
    return code;
}

enum err scan_doc_map(const struct scan_study *s, struct doc *d, struct error *e)
{
    uint32_t n = s->areas.n;
    if ((!s->x && !s->map) || s->options.span == SCAN_TEMPORAL ||
        s->options.model == SCAN_ORDINAL)
        return ERR_OK;
    struct values v = {ARENA_ARRAY(d->arena, double, n), ARENA_ARRAY(d->arena, double, n),
                       ARENA_ARRAY(d->arena, double, n),
                       ARENA_ARRAY(d->arena, double, n)};
    const struct geo *shapes = s->map;
    struct doc_map *map = ARENA_NEW(d->arena, struct doc_map);
    struct map_outline *outlines =
        ARENA_ARRAY(d->arena, struct map_outline, MOST_OUTLINES);
    if (!v.value || !v.low || !v.high || !v.size || !map || !outlines)
        return error_memory(e);
    fill_values(s, &v);
    enum err code = shapes ? ERR_OK : make_points(s, d->arena, &shapes, e);
    if (code)
        return code;
    map->shapes = shapes;
    map->category = s->map_area;
    map->outlines = outlines;
    code = outline(s, outlines, &map->n_outlines, e);
    if (code)
        return code;
    struct series series = {.label = value_label(s, d->zh),
                            .value = v.value,
                            .low = v.low,
                            .high = v.high,
                            .size = v.size};
    struct doc_chart chart = map_chart(s, d->zh, &series, map);
    return doc_chart(d, &chart) ? ERR_OK : error_memory(e);
}

// ---- chance ----

static double nice_step(double span)
{
    double raw = span / BINS, power = pow(10, floor(log10(raw)));
    double lead = raw / power;
    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

// "; cluster 2" for the clusters whose statistic is in [low, high).
static void add_clusters(const struct scan_study *s, bool zh, double low, double high,
                         struct buf *out)
{
    unsigned named = 0;
    for (uint32_t i = 0; i < s->result.n_clusters; i++) {
        double t = s->result.clusters[i].statistic;
        if (!(t >= low && t < high))
            continue;
        if (named < 3)
            buf_printf(out, "%s%u",
                       named ? ", "
                       : zh  ? "  ◂ 聚集 "
                             : "  ◂ cluster ",
                       i + 1);
        else if (named == 3)
            buf_add_c(out, " ...");
        named++;
    }
}

struct bins {
    double first, step;
    size_t n; // the last one is open
    double count[BINS + 4];
    struct str labels[BINS + 4];
};

static enum err make_bins(const struct scan_study *s, bool zh, struct bins *b,
                          struct arena *a, struct error *e)
{
    const struct scan_result *r = &s->result;
    double low = INFINITY, high = -INFINITY;
    for (uint32_t i = 0; i < r->replications; i++) {
        low = fmin(low, r->maxima[i]);
        high = fmax(high, r->maxima[i]);
    }
    b->step = nice_step(fmax(high - low, 1e-6 * fmax(1, fabs(high))));
    b->first = floor(low / b->step) * b->step;
    b->n = (size_t)floor((high - b->first) / b->step) + 2;
    for (uint32_t i = 0; i < r->replications; i++)
        b->count[(size_t)((r->maxima[i] - b->first) / b->step)]++;
    int decimals = b->step < 1 ? (int)ceil(-log10(b->step)) : 0;
    for (size_t k = 0; k < b->n; k++) {
        double from = b->first + b->step * (double)k, to = from + b->step;
        struct buf label = BUF_INIT(200);
        bool open = k + 1 == b->n;
        if (open)
            buf_printf(&label, zh ? "%.*f 及以上" : "%.*f and more", decimals, from);
        else
            buf_printf(&label, "%.*f – %.*f", decimals, from, decimals, to);
        add_clusters(s, zh, k ? from : -INFINITY, open ? INFINITY : to, &label);
        b->labels[k] = str_copy(a, buf_str(&label));
        buf_free(&label);
        if (!b->labels[k].p)
            return error_memory(e);
    }
    return ERR_OK;
}

enum err scan_doc_maxima(const struct scan_study *s, struct doc *d, struct error *e)
{
    bool zh = d->zh;
    struct bins b = {0};
    if (s->result.replications < 19)
        return ERR_OK;
    enum err code = make_bins(s, zh, &b, d->arena, e);
    if (code)
        return code;
    struct series series = {.label = zh ? STR("模拟次数") : STR("Replications"),
                            .value = b.count};
    struct doc_chart chart = {
        .form = CHART_FORM_BAR,
        .title = zh ? STR("偶然性能达到多高") : STR("How high chance alone reaches"),
        .note = zh ? STR("每次模拟把同样多的病例随机分到各地区，取全图最高的统计量。"
                         "聚集若落在众多模拟之上，才难以归于偶然。")
                   : STR("Each replication deals the same number of cases out by chance "
                         "and keeps the highest window of the whole map. A cluster says "
                         "something when it stands above nearly all of them."),
        .value_label = zh ? STR("模拟次数") : STR("Replications"),
        .categories = b.labels,
        .n_categories = b.n,
        .series = &series,
        .n_series = 1,
        .bare = true};
    return doc_chart(d, &chart) ? ERR_OK : error_memory(e);
}
