// SPDX-License-Identifier: AGPL-3.0-or-later
// The figures of a scan: clusters, and areas.
#include "report/scan_doc.h"
#include "stats/interval.h"

#include <math.h>

// One list of columns serves for the headings and for every row: `put` adds a column
// while there is no row yet, and fills its cell afterwards.
struct writer {
    const struct scan_study *s;
    bool zh;
    struct result_column *columns; // while headings are made
    size_t n;
    struct result_cell *row; // NULL: headings
};

static struct result_cell *next(struct writer *w, const char *name, const char *en,
                                const char *zh, enum result_kind kind, int decimals)
{
    if (w->row)
        return &w->row[w->n++];
    w->columns[w->n++] = (struct result_column){
        .name = name, .label = w->zh ? zh : en, .kind = kind, .decimals = decimals};
    return NULL;
}

static void put(struct writer *w, const char *name, const char *en, const char *zh,
                int decimals, double value)
{
    struct result_cell *cell = next(w, name, en, zh, RESULT_NUMBER, decimals);
    if (cell)
        cell->value = value;
}

static void put_count(struct writer *w, const char *name, const char *en, const char *zh,
                      double value)
{
    struct result_cell *cell = next(w, name, en, zh, RESULT_COUNT, 0);
    if (cell)
        cell->value = value;
}

static void put_text(struct writer *w, const char *name, const char *en, const char *zh,
                     struct str value)
{
    struct result_cell *cell = next(w, name, en, zh, RESULT_TEXT, 0);
    if (cell)
        cell->text = value;
}

static void put_interval(struct writer *w, const char *low_name, const char *high_name,
                         bool shown, int decimals, double low, double high)
{
    put(w, low_name, shown ? "from" : NULL, shown ? "下限" : NULL, decimals, low);
    put(w, high_name, shown ? "to" : NULL, shown ? "上限" : NULL, decimals, high);
    for (size_t i = w->n - 2; !w->row && i < w->n; i++)
        w->columns[i].group = "95 %";
}

// Names of a cluster's areas, nearest first.
static struct str names_of(const struct scan_study *s, const struct scan_cluster *c)
{
    struct buf list = BUF_INIT(16 << 20);
    for (uint32_t i = 0; i < c->n_areas; i++) {
        buf_add_c(&list, i ? "; " : "");
        buf_add(&list, scan_study_label(s, c->areas[i]));
    }
    struct str copy = list.failed ? STR("") : str_copy(s->arena, buf_str(&list));
    buf_free(&list);
    return copy;
}

static bool has_circle(const struct scan_study *s)
{
    return s->x && s->options.span != SCAN_TEMPORAL && s->options.shape != SCAN_FLEXIBLE;
}

static void put_place(struct writer *w, const struct scan_cluster *c)
{
    const struct scan_study *s = w->s;
    bool grid = s->data.n_centres > 0, round = s->options.metric == SCAN_GREAT_CIRCLE;
    if (!has_circle(s))
        return;
    put(w, round ? "longitude" : "x", NULL, NULL, 6,
        grid ? s->data.centre_x[c->centre] : s->x[c->centre]);
    put(w, round ? "latitude" : "y", NULL, NULL, 6,
        grid ? s->data.centre_y[c->centre] : s->y[c->centre]);
    if (s->options.shape == SCAN_ELLIPSE) {
        put(w, "shorter_half_axis", NULL, NULL, 3, c->radius);
        put(w, "axis_ratio", "Shape", "长短轴比", 1, c->axis_ratio);
        put(w, "angle", NULL, NULL, 0, c->angle);
    } else if (round)
        put(w, "radius_km", "Radius (km)", "半径（公里）", 1, c->radius);
    else
        put(w, "radius", "Radius", "半径", c->radius < 10 ? 3 : 1, c->radius);
}

static void put_ratio(struct writer *w, const struct scan_cluster *c)
{
    const struct scan_study *s = w->s;
    struct scan_limits limits = {NAN, NAN};
    if (w->row)
        limits = scan_study_limits(s, c);
    bool shown = !s->cases_are_boys; // one ratio is enough for a table
    put(w, "expected", shown ? "Expected" : NULL, shown ? "期望" : NULL, 1, c->expected);
    put(w, "ratio", shown ? "Ratio" : NULL, shown ? "比值" : NULL, 2, c->ratio);
    put_interval(w, "ratio_low", "ratio_high", shown, 2, limits.low, limits.high);
    put(w, "relative_risk", NULL, NULL, 2, c->relative_risk);
    if (s->cases_are_boys) {
        struct interval i = {NAN, NAN};
        double girls = (double)(c->total - c->cases), boys = (double)c->cases;
        if (w->row)
            i = interval_ratio(boys, girls, 100, 0.95);
        put(w, "sex_ratio", "Boys per 100 girls", "性别比", 1, 100 * boys / girls);
        put_interval(w, "sex_ratio_low", "sex_ratio_high", true, 1, i.low, i.high);
    }
}

static void put_p(struct writer *w, const struct scan_cluster *c)
{
    const struct scan_study *s = w->s;
    bool gumbel = false;
    double p = w->row ? scan_study_p(s, c, &gumbel) : NAN;
    put(w, "log_likelihood_ratio", "LLR", "LLR", 2, c->log_likelihood_ratio);
    put(w, "statistic", NULL, NULL, 6, c->statistic);
    put(w, "p", "p", "p", 4, p);
    put(w, "p_gumbel", NULL, NULL, 6, c->p_gumbel);
    if (s->options.span == SCAN_PROSPECTIVE)
        put(w, "recurrence_times", "Once in so many looks", "重现期（次）", 0,
            c->recurrence_times);
    if (s->gini)
        put_count(w, "gini", NULL, NULL, 0); // set by the caller, who knows which
}

static void put_counts(struct writer *w, double cases, double total)
{
    bool boys = w->s->cases_are_boys;
    put_count(w, "cases", boys ? "Boys" : "Cases", boys ? "男" : "病例", cases);
    if (w->s->options.model == SCAN_BERNOULLI)
        put_count(w, "total", boys ? NULL : "Cases and controls", boys ? NULL : "合计",
                  total);
}

static void cluster_row(struct writer *w, uint32_t i)
{
    const struct scan_study *s = w->s;
    static const struct scan_cluster none = {0};
    const struct scan_cluster *c = w->row ? &s->result.clusters[i] : &none;
    bool timed = s->slices != NULL, placed = s->options.span != SCAN_TEMPORAL;
    put_count(w, "cluster", "Cluster", "序号", i + 1);
    if (placed) {
        put_text(w, "centre", "Centre", "中心",
                 w->row && c->n_areas ? scan_study_label(s, c->areas[0]) : STR(""));
        put_count(w, "areas", "Areas", "地区数", c->n_areas);
        put_text(w, "area_names", NULL, NULL, w->row ? names_of(s, c) : STR(""));
        put_place(w, c);
    }
    if (timed) {
        bool shown = s->options.span != SCAN_SPATIAL;
        put_text(w, "first_time", shown ? "From" : NULL, shown ? "起" : NULL,
                 w->row ? s->slices[c->first_time].first : STR(""));
        put_text(w, "last_time", shown ? "To" : NULL, shown ? "止" : NULL,
                 w->row ? s->slices[c->last_time].last : STR(""));
    }
    bool both = s->options.rates == SCAN_HIGH_AND_LOW;
    struct str high = w->zh ? STR("偏高") : STR("high"),
               low = w->zh ? STR("偏低") : STR("low");
    put_text(w, "rates", both ? "Rates" : NULL, both ? "高低" : NULL,
             c->high ? high : low);
    put_counts(w, (double)c->cases, (double)c->total);
    if (s->options.model == SCAN_POISSON && s->has_population) {
        double persons = 0;
        for (uint32_t k = 0; w->row && k < c->n_areas; k++)
            persons += s->population[c->areas[k]];
        put_count(w, "population", "Population", "人口", persons);
    }
    for (uint32_t k = 0; k < s->n_categories && s->categories && k < 12; k++) {
        struct str name = str_format(s->arena, "category_%u", k + 1);
        struct str label = str_format(s->arena, STR_FMT, STR_ARG(s->categories[k]));
        put_count(w, name.p ? name.p : "category", label.p, label.p,
                  c->by_category ? (double)c->by_category[k] : NAN);
        if (!w->row)
            w->columns[w->n - 1].group = w->zh ? "类别" : "Category";
    }
    if (s->options.model != SCAN_ORDINAL)
        put_ratio(w, c);
    put_p(w, c);
    if (s->gini && w->row)
        w->row[w->n - 1].value = s->gini[i];
}

static void area_row(struct writer *w, uint32_t area, uint32_t cluster)
{
    const struct scan_study *s = w->s;
    struct scan_share share = {0};
    bool round = s->options.metric == SCAN_GREAT_CIRCLE;
    if (w->row)
        share = scan_study_area(s, area, NULL);
    put_text(w, "area", "Area", "地区", w->row ? s->areas.list[area] : STR(""));
    if (s->labels)
        put_text(w, "name", NULL, NULL, w->row ? scan_study_label(s, area) : STR(""));
    put_count(w, "cluster", "Cluster", "聚集", cluster ? (double)cluster : NAN);
    if (s->x) {
        put(w, round ? "longitude" : "x", NULL, NULL, 6, s->x[area]);
        put(w, round ? "latitude" : "y", NULL, NULL, 6, s->y[area]);
    }
    put_counts(w, (double)share.cases, (double)share.total);
    if (s->options.model == SCAN_POISSON && s->has_population)
        put_count(w, "population", "Population", "人口", s->population[area]);
    put(w, "expected", "Expected", "期望", 1, share.expected);
}

static enum err begin(struct writer *w, struct error *e)
{
    w->columns = ARENA_ARRAY(w->s->arena, struct result_column, RESULT_MAX_COLUMNS);
    w->n = 0;
    w->row = NULL;
    return w->columns ? ERR_OK : error_memory(e);
}

enum err scan_doc_results(const struct scan_study *s, bool zh,
                          struct scan_report_parts *out, struct error *e)
{
    struct writer w = {.s = s, .zh = zh};
    uint32_t n = s->result.n_clusters;
    uint32_t *cluster = ARENA_ARRAY(s->arena, uint32_t, s->areas.n);
    enum err code = cluster ? begin(&w, e) : error_memory(e);
    if (code)
        return code;
    cluster_row(&w, 0);
    out->clusters = result_new(s->arena, "clusters", zh ? STR("聚集") : STR("Clusters"),
                               w.columns, w.n);
    for (uint32_t i = 0; i < n; i++) {
        w.row = result_row(&out->clusters);
        w.n = 0;
        cluster_row(&w, i);
    }
    code = begin(&w, e);
    if (code)
        return code;
    area_row(&w, 0, 0);
    out->areas =
        result_new(s->arena, "areas", zh ? STR("各地区") : STR("Areas"), w.columns, w.n);
    for (uint32_t i = n; i > 0; i--) // the best cluster has the last word
        for (uint32_t k = 0; k < s->result.clusters[i - 1].n_areas; k++)
            cluster[s->result.clusters[i - 1].areas[k]] = i;
    for (uint32_t i = 0; i < s->areas.n; i++) {
        w.row = result_row(&out->areas);
        w.n = 0;
        area_row(&w, i, cluster[i]);
    }
    return result_ok(&out->clusters) && result_ok(&out->areas) ? ERR_OK : error_memory(e);
}
