// SPDX-License-Identifier: AGPL-3.0-or-later
// The results as SaTScan writes them: one text for people, and tables for a GIS.
#include "base/date.h"
#include "study/satscan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MARGIN_RIGHT = 95,
    LABEL_SUMMARY = 35,
    LABEL_CLUSTER = 22,
    WIDTH_NUMBER = 19,
    WIDTH_NAME = 30,
    FIGURE_SIZE = 48
};

// SaTScan's figures: so many decimals, but below 1 at least two digits that count.
static const char *figure(double value, unsigned decimals, char out[FIGURE_SIZE])
{
    double size = fabs(value);
    if (!isfinite(value))
        snprintf(out, FIGURE_SIZE, "%s", isnan(value) ? "n/a" : "infinity");
    else if (size < 1e-300)
        snprintf(out, FIGURE_SIZE, "0");
    else {
        int more = size < 1 ? 1 - (int)floor(log10(size)) : 0;
        if (more > 17)
            snprintf(out, FIGURE_SIZE, "%.1e", value);
        else
            snprintf(out, FIGURE_SIZE, "%.*f",
                     more > (int)decimals ? more : (int)decimals, value);
    }
    return out;
}

// ---- names and words ----

bool satscan_wants(const struct satscan_outputs *o, enum satscan_file file)
{
    switch (file) {
    case SATSCAN_RESULTS:
        return o->results != NULL;
    case SATSCAN_COL:
        return o->results && o->col;
    case SATSCAN_GIS:
        return o->results && o->gis;
    case SATSCAN_RR:
        return o->results && o->rr;
    case SATSCAN_LLR:
        return o->results && o->llr;
    case SATSCAN_SCI:
        return o->results && o->sci;
    case SATSCAN_FILES:
        break;
    }
    return false;
}

enum err satscan_path(const struct satscan_outputs *o, enum satscan_file file,
                      struct arena *a, const char **path, struct error *e)
{
    static const char *const endings[SATSCAN_FILES] = {"",        ".col.txt", ".gis.txt",
                                                       ".rr.txt", ".llr.txt", ".sci.txt"};
    *path = o->results;
    if (file == SATSCAN_RESULTS)
        return ERR_OK;
    const char *slash = strrchr(o->results, '/'), *dot = strrchr(o->results, '.');
    const char *name = slash ? slash + 1 : o->results;
    int n = dot && dot > name ? (int)(dot - o->results) : (int)strlen(o->results);
    struct str whole = str_format(a, "%.*s%s", n, o->results, endings[file]);
    *path = whole.p;
    return whole.p ? ERR_OK : error_memory(e);
}

struct satscan_outputs satscan_all_outputs(const struct scan_study *s, const char *path)
{
    enum scan_model model = s->options.model;
    unsigned digits = 1;
    for (uint32_t n = s->options.replications; n >= 10; n /= 10)
        digits++;
    return (struct satscan_outputs){
        .results = path,
        .col = true,
        .gis = true,
        .rr = model == SCAN_BERNOULLI || model == SCAN_POISSON,
        .llr = s->options.replications > 0,
        .sci = model == SCAN_ORDINAL,
        .headers = true,
        .critical_values = true,
        .replication_digits = digits,
    };
}

static const char *const model_names[] = {[SCAN_BERNOULLI] = "Bernoulli",
                                          [SCAN_POISSON] = "Discrete Poisson",
                                          [SCAN_PERMUTATION] = "Space-Time Permutation",
                                          [SCAN_ORDINAL] = "Ordinal"};
static const char *const span_names[] = {[SCAN_SPATIAL] = "Purely Spatial",
                                         [SCAN_TEMPORAL] =
                                             "Retrospective Purely Temporal",
                                         [SCAN_SPACE_TIME] = "Retrospective Space-Time",
                                         [SCAN_PROSPECTIVE] = "Prospective Space-Time"};
static const char *rates_name(const struct scan_study *s)
{
    static const char *const rates[] = {"high rates", "low rates", "high or low rates"};
    static const char *const values[] = {"high values", "low values",
                                         "high or low values"};
    return s->options.model == SCAN_ORDINAL ? values[s->options.rates]
                                            : rates[s->options.rates];
}

static bool has_places(const struct scan_study *s)
{
    return s->options.span != SCAN_TEMPORAL && s->x;
}

static bool has_risk(const struct scan_study *s)
{
    return s->options.model == SCAN_POISSON || s->options.model == SCAN_BERNOULLI;
}

static bool has_population(const struct scan_study *s)
{
    return s->population && s->options.span != SCAN_TEMPORAL;
}

static double population_of(const struct scan_study *s, const struct scan_cluster *c)
{
    double sum = 0;
    for (uint32_t i = 0; i < c->n_areas; i++)
        sum += s->options.model == SCAN_BERNOULLI
                   ? (double)scan_study_area(s, c->areas[i], c).total
                   : s->population[c->areas[i]];
    return sum;
}

static struct str centre_name(const struct scan_study *s, const struct scan_cluster *c)
{
    if (s->options.span == SCAN_TEMPORAL || !c->n_areas)
        return STR("All");
    return s->areas.list[c->areas[0]];
}

static void centre_place(const struct scan_study *s, const struct scan_cluster *c,
                         double *x, double *y)
{
    bool grid = s->data.n_centres > 0;
    *x = grid ? s->data.centre_x[c->centre] : s->x[c->centre];
    *y = grid ? s->data.centre_y[c->centre] : s->y[c->centre];
}

// ---- the text ----

static void rule(struct buf *out)
{
    for (int i = 0; i < MARGIN_RIGHT; i++)
        buf_add_char(out, '_');
    buf_add_char(out, '\n');
}

static void label(struct buf *out, const char *text, size_t width)
{
    buf_add_c(out, text);
    for (size_t n = strlen(text); n < width; n++)
        buf_add_char(out, '.');
    buf_add_c(out, ": ");
}

static unsigned cluster_margin(uint32_t number)
{
    unsigned margin = 2;
    for (uint32_t n = number / 10; n; n /= 10)
        margin++;
    return margin;
}

struct text { // where the cluster section stands
    const struct scan_study *s;
    const struct satscan_outputs *o;
    struct buf *out;
    unsigned margin;
};

static void line(const struct text *t, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void line(const struct text *t, const char *name, const char *format, ...)
{
    char value[400];
    va_list list;
    va_start(list, format);
    vsnprintf(value, sizeof value, format, list);
    va_end(list);
    for (unsigned i = 0; i < t->margin; i++)
        buf_add_char(t->out, ' ');
    label(t->out, name, LABEL_CLUSTER);
    buf_add_c(t->out, value);
    buf_add_char(t->out, '\n');
}

// Names separated by commas, broken at the right margin.
static void names_line(const struct text *t, const struct scan_cluster *c)
{
    unsigned left = t->margin + LABEL_CLUSTER + 2;
    size_t column = left;
    if (t->s->options.span == SCAN_TEMPORAL) {
        buf_add_c(t->out, "All\n");
        return;
    }
    for (uint32_t i = 0; i < c->n_areas; i++) {
        struct str name = t->s->areas.list[c->areas[i]];
        size_t width = name.n + 1;
        if (i && column + 1 + width > MARGIN_RIGHT) {
            buf_printf(t->out, "\n%*s", (int)left, "");
            column = left;
        } else if (i) {
            buf_add_char(t->out, ' ');
            column++;
        }
        buf_add(t->out, name);
        if (i + 1 < c->n_areas)
            buf_add_char(t->out, ',');
        column += width;
    }
    buf_add_char(t->out, '\n');
}

static void overlap_line(const struct text *t, uint32_t number)
{
    const struct scan_result *r = &t->s->result;
    const struct scan_cluster *c = &r->clusters[number];
    char list[300] = "";
    size_t n = 0;
    for (uint32_t k = 0; k < r->n_clusters && n < 280; k++) {
        const struct scan_cluster *other = &r->clusters[k];
        bool shared = false;
        for (uint32_t i = 0; k != number && i < c->n_areas && !shared; i++)
            for (uint32_t j = 0; j < other->n_areas && !shared; j++)
                shared = c->areas[i] == other->areas[j];
        if (shared)
            n +=
                (size_t)snprintf(list + n, sizeof list - n, "%s%u", n ? ", " : "", k + 1);
    }
    line(t, "Overlap with clusters", "%s", n ? list : "No Overlap");
}

static void place_lines(const struct text *t, const struct scan_cluster *c)
{
    const struct scan_study *s = t->s;
    char a[FIGURE_SIZE], b[FIGURE_SIZE];
    double x, y;
    if (!has_places(s))
        return;
    centre_place(s, c, &x, &y);
    if (s->options.shape == SCAN_ELLIPSE) {
        line(t, "Coordinates", "(%g,%g)", x, y);
        line(t, "Semiminor axis", "%s", figure(c->radius, 2, a));
        line(t, "Semimajor axis", "%s", figure(c->radius * c->axis_ratio, 2, b));
        line(t, "Angle (degrees)", "%s", figure(c->angle, 2, a));
        line(t, "Shape", "%s", figure(c->axis_ratio, 2, a));
    } else if (s->options.metric == SCAN_GREAT_CIRCLE)
        line(t, "Coordinates / radius", "(%.6f %c, %.6f %c) / %s km", fabs(y),
             y < 0 ? 'S' : 'N', fabs(x), x < 0 ? 'W' : 'E', figure(c->radius, 2, a));
    else
        line(t, "Coordinates / radius", "(%g,%g) / %s", x, y, figure(c->radius, 2, a));
}

static void ordinal_lines(const struct text *t, const struct scan_cluster *c)
{
    const struct scan_study *s = t->s;
    struct buf names = BUF_INIT(380), counts = BUF_INIT(380), expected = BUF_INIT(380);
    char a[FIGURE_SIZE];
    line(t, "Total cases", "%lld", (long long)c->cases);
    for (uint32_t k = 0; k < s->n_categories && c->by_category; k++) {
        int64_t all = 0;
        for (size_t i = 0; i < (size_t)s->areas.n * s->n_times; i++)
            all += s->data.cases[i * s->n_categories + k];
        const char *comma = k ? ", " : "";
        buf_printf(&names, "%s[" STR_FMT "]", comma, STR_ARG(s->categories[k]));
        buf_printf(&counts, "%s%lld", comma, (long long)c->by_category[k]);
        double share = (double)all / (double)s->result.cases;
        buf_printf(&expected, "%s%s", comma, figure(share * (double)c->cases, 2, a));
    }
    line(t, "Category", STR_FMT, STR_ARG(buf_str(&names)));
    line(t, "Number of cases", STR_FMT, STR_ARG(buf_str(&counts)));
    line(t, "Expected cases", STR_FMT, STR_ARG(buf_str(&expected)));
    buf_free(&names);
    buf_free(&counts);
    buf_free(&expected);
}

static void count_lines(const struct text *t, const struct scan_cluster *c)
{
    const struct scan_study *s = t->s;
    char a[FIGURE_SIZE];
    if (s->options.model == SCAN_ORDINAL) {
        ordinal_lines(t, c);
        return;
    }
    if (has_population(s))
        line(t, "Population", "%.0f", population_of(s, c));
    line(t, "Number of cases", "%lld", (long long)c->cases);
    line(t, "Expected cases", "%s", figure(c->expected, 2, a));
    if (s->cases_per_population_year > 0)
        line(t, "Annual cases / 100000", "%s",
             figure(1e5 * s->cases_per_population_year * c->ratio, 1, a));
    line(t, "Observed / expected", "%s", figure(c->ratio, 2, a));
    if (has_risk(s))
        line(t, "Relative risk", "%s", figure(c->relative_risk, 2, a));
    if (s->options.model == SCAN_BERNOULLI)
        line(t, "Percent cases in area", "%s",
             figure(100 * (double)c->cases / (double)c->total, 1, a));
}

static void recurrence_line(const struct text *t, const struct scan_cluster *c)
{
    double times = c->recurrence_times, days = times * t->s->step_days;
    if (t->s->options.span != SCAN_PROSPECTIVE || isnan(times))
        return;
    if (!(days > 0))
        line(t, "Recurrence interval", "%.0f units", times);
    else if (days >= 365.2425)
        line(t, "Recurrence interval", "%.1f years", days / 365.2425);
    else
        line(t, "Recurrence interval", "%.0f days", days);
}

static void inference_lines(const struct text *t, const struct scan_cluster *c)
{
    const struct scan_study *s = t->s;
    char a[FIGURE_SIZE];
    bool gumbel, statistic = s->options.model == SCAN_PERMUTATION;
    double p = scan_study_p(s, c, &gumbel);
    if (!statistic)
        line(t, "Log likelihood ratio", "%.6f", c->log_likelihood_ratio);
    if (statistic || s->options.shape == SCAN_ELLIPSE)
        line(t, "Test statistic", "%.6f", c->statistic);
    if (t->o->rank && !isnan(c->p))
        line(t, "Monte Carlo rank", "%.0f/%u", c->p * (s->result.replications + 1),
             s->result.replications + 1);
    if (!isnan(p))
        line(t, "P-value", "%s", figure(p, gumbel ? 2 : t->o->replication_digits, a));
    if (t->o->gumbel && isfinite(c->p_gumbel))
        line(t, "Gumbel P-value", "%s", figure(c->p_gumbel, 2, a));
    recurrence_line(t, c);
}

static void write_cluster(const struct text *outer, uint32_t number)
{
    struct text t = *outer;
    const struct scan_study *s = t.s;
    const struct scan_cluster *c = &s->result.clusters[number];
    t.margin = cluster_margin(number + 1);
    buf_printf(t.out, "%u.", number + 1);
    label(t.out, "Location IDs included", LABEL_CLUSTER);
    names_line(&t, c);
    if (s->options.span != SCAN_TEMPORAL)
        overlap_line(&t, number);
    place_lines(&t, c);
    if (s->gini || s->options.report == SCAN_GINI)
        line(&t, "Gini Cluster", "%s", !s->gini || s->gini[number] ? "Yes" : "No");
    if (s->options.span != SCAN_SPATIAL)
        line(&t, "Time frame", STR_FMT " to " STR_FMT,
             STR_ARG(s->slices[c->first_time].first),
             STR_ARG(s->slices[c->last_time].last));
    if (s->options.rates == SCAN_HIGH_AND_LOW)
        line(&t, "Rates", "%s", c->high ? "High" : "Low");
    count_lines(&t, c);
    inference_lines(&t, c);
    buf_add_char(t.out, '\n');
}

static void summary_line(struct buf *out, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void summary_line(struct buf *out, const char *name, const char *format, ...)
{
    char value[300];
    va_list list;
    va_start(list, format);
    vsnprintf(value, sizeof value, format, list);
    va_end(list);
    label(out, name, LABEL_SUMMARY);
    buf_printf(out, "%s\n", value);
}

static void write_head(const struct scan_study *s, struct buf *out)
{
    char day[DATE_TEXT_SIZE], a[FIGURE_SIZE];
    double population = 0;
    date_format(date_today(), day);
    buf_printf(out, "%33s_____________________________\n\n%42sHeng scan\n", "", "");
    buf_printf(out, "%33s_____________________________\n\n\n", "");
    if (s->title.n)
        buf_printf(out, STR_FMT "\n\n", STR_ARG(s->title));
    buf_printf(out, "Program run on: %s\n\n", day);
    buf_printf(out, "%s analysis\nscanning for clusters with %s\nusing the %s model.\n",
               span_names[s->options.span], rates_name(s), model_names[s->options.model]);
    rule(out);
    buf_add_c(out, "\nSUMMARY OF DATA\n\n");
    if (s->first.n)
        summary_line(out, "Study period", STR_FMT " to " STR_FMT, STR_ARG(s->first),
                     STR_ARG(s->last));
    if (s->options.span != SCAN_TEMPORAL)
        summary_line(out, "Number of locations", "%u", s->areas.n);
    for (uint32_t i = 0; has_population(s) && i < s->areas.n; i++)
        population += s->population[i];
    if (has_population(s))
        summary_line(out,
                     s->options.model == SCAN_BERNOULLI
                         ? "Total population"
                         : "Population, averaged over time",
                     "%.0f", population);
    summary_line(out, "Total number of cases", "%lld", (long long)s->result.cases);
    if (s->options.model == SCAN_BERNOULLI)
        summary_line(
            out, "Percent cases in area", "%s",
            figure(100 * (double)s->result.cases / (double)s->result.total, 1, a));
    if (s->cases_per_population_year > 0)
        summary_line(out, "Annual cases / 100000", "%s",
                     figure(1e5 * s->cases_per_population_year, 1, a));
    rule(out);
}

static void write_settings(const struct scan_study *s, struct buf *out)
{
    const struct scan_options *o = &s->options;
    static const char *const shapes[] = {"Circular", "Elliptic", "Flexible"};
    static const char *const penalties[] = {"No", "Medium", "Strong"};
    static const char *const reports[] = {"No Geographical Overlap",
                                          "No Cluster Centers in Other Clusters",
                                          "Gini Optimized Collection", "No Restrictions"};
    buf_add_c(out, "\nPARAMETER SETTINGS\n\n");
    buf_printf(out, "  Data                                    : " STR_FMT "\n",
               STR_ARG(s->source));
    buf_printf(out, "  Type of Analysis                        : %s\n",
               span_names[o->span]);
    buf_printf(out, "  Probability Model                       : %s\n",
               model_names[o->model]);
    buf_printf(out, "  Scan for Areas with                     : %s\n", rates_name(s));
    if (o->span != SCAN_TEMPORAL) {
        if (s->x)
            buf_printf(out, "  Coordinates                             : %s\n",
                       o->metric == SCAN_GREAT_CIRCLE ? "Latitude/Longitude"
                                                      : "Cartesian");
        buf_printf(out,
                   "  Maximum Spatial Cluster Size            : %g percent of population "
                   "at risk\n",
                   100 * o->most_population);
        if (o->most_distance > 0)
            buf_printf(out, "  Maximum Radius                          : %g%s\n",
                       o->most_distance, o->metric == SCAN_GREAT_CIRCLE ? " km" : "");
        if (o->most_areas)
            buf_printf(out, "  Maximum Number of Locations             : %u\n",
                       o->most_areas);
        buf_printf(out, "  Window Shape                            : %s\n",
                   shapes[o->shape]);
        if (o->shape == SCAN_ELLIPSE)
            buf_printf(out, "  Non-Compactness Penalty                 : %s\n",
                       penalties[o->penalty]);
        buf_printf(out, "  Criteria for Reporting Clusters         : %s\n",
                   reports[o->report]);
    }
    if (o->span != SCAN_SPATIAL) {
        buf_printf(out, "  Time Aggregation                        : " STR_FMT "\n",
                   STR_ARG(s->step));
        if (o->most_time_share > 0)
            buf_printf(out,
                       "  Maximum Temporal Cluster Size           : %g percent of study "
                       "period\n",
                       100 * o->most_time_share);
        if (o->most_times)
            buf_printf(out, "  Maximum Temporal Cluster Size           : %u steps\n",
                       o->most_times);
        if (o->earlier_looks)
            buf_printf(out, "  Adjusted for Earlier Analyses           : %u\n",
                       o->earlier_looks);
    }
    buf_printf(out, "  Minimum Cases in Cluster for High Rates : %u\n",
               o->least_cases ? o->least_cases : 2);
    buf_printf(out, "  Number of Replications                  : %u", o->replications);
    if (s->result.stopped)
        buf_printf(out, " (stopped after %u)", s->result.replications);
    buf_printf(out, "\n  Random Number Seed                      : %llu\n",
               (unsigned long long)o->seed);
}

static void write_results(const struct scan_study *s, const struct satscan_outputs *o,
                          struct buf *out)
{
    const struct scan_result *r = &s->result;
    struct text t = {s, o, out, 2};
    write_head(s, out);
    buf_add_c(out, "\nCLUSTERS DETECTED\n\n");
    if (!r->n_clusters)
        buf_add_c(out, "No clusters were found.\n\n");
    for (uint32_t i = 0; i < r->n_clusters; i++)
        write_cluster(&t, i);
    if (o->critical_values && !isnan(r->critical_05)) {
        buf_printf(out,
                   "A cluster is statistically significant when its statistic\n"
                   "is greater than the critical value, which is, for significance "
                   "level:\n... Standard Monte Carlo Critical Values:\n"
                   "... 0.05.: %.6f\n",
                   r->critical_05);
        if (!isnan(r->critical_01))
            buf_printf(out, "... 0.01.: %.6f\n", r->critical_01);
        if (!isnan(r->critical_001))
            buf_printf(out, "... 0.001: %.6f\n", r->critical_001);
    }
    rule(out);
    write_settings(s, out);
    rule(out);
    if (s->n_notes)
        buf_add_c(out, "\nNOTES\n\n");
    for (uint32_t i = 0; i < s->n_notes; i++)
        buf_printf(out, "  " STR_FMT "\n", STR_ARG(s->notes[i].en));
    buf_printf(out, "\nTotal Running Time : %.2f seconds\n", s->seconds);
}

// ---- the tables ----

struct sheet { // a row being written; headings first
    struct buf *out;
    bool heading;
};

static void pad(struct sheet *w, struct str text, size_t width)
{
    buf_add(w->out, text);
    for (size_t n = text.n; n < width; n++)
        buf_add_char(w->out, ' ');
    buf_add_char(w->out, ' ');
}

static void put(struct sheet *w, const char *name, double value, unsigned decimals)
{
    char text[FIGURE_SIZE];
    pad(w, str_of(w->heading ? name : figure(value, decimals, text)), WIDTH_NUMBER);
}

static void put_count(struct sheet *w, const char *name, double value)
{
    char text[FIGURE_SIZE];
    snprintf(text, sizeof text, "%.0f", value);
    pad(w, str_of(w->heading ? name : isnan(value) ? "n/a" : text), WIDTH_NUMBER);
}

static void put_exact(struct sheet *w, const char *name, double value, bool degrees)
{
    char text[FIGURE_SIZE];
    snprintf(text, sizeof text, degrees ? "%.6f" : "%.10g", value);
    pad(w, str_of(w->heading ? name : isnan(value) ? "n/a" : text), WIDTH_NUMBER);
}

static void put_name(struct sheet *w, const char *name, struct str value)
{
    if (w->heading)
        pad(w, str_of(name), WIDTH_NAME);
    else if (memchr(value.n ? value.p : "", ' ', value.n)) {
        buf_add_char(w->out, '"');
        pad(w, value, 0);
        w->out->n--; // the space that pad put behind it
        buf_add_char(w->out, '"');
        pad(w, STR(""), value.n + 2 < WIDTH_NAME ? WIDTH_NAME - value.n - 2 : 0);
    } else
        pad(w, value, WIDTH_NAME);
}

static void put_inference(struct sheet *w, const struct scan_study *s,
                          const struct satscan_outputs *o, const struct scan_cluster *c)
{
    bool gumbel = false;
    double p = scan_study_p(s, c, &gumbel);
    put(w, "P_VALUE", p, gumbel ? 2 : o->replication_digits);
    if (s->options.span == SCAN_PROSPECTIVE)
        put_count(w, "RECURR_INT",
                  c->recurrence_times * (s->step_days > 0 ? s->step_days : 1));
    if (o->gumbel)
        put(w, "GUMBEL_P_VALUE", c->p_gumbel, 2);
}

static void col_row(struct sheet *w, const struct scan_study *s,
                    const struct satscan_outputs *o, uint32_t i)
{
    const struct scan_cluster *c = &s->result.clusters[i];
    bool round = s->options.metric == SCAN_GREAT_CIRCLE;
    put_count(w, "CLUSTER", i + 1);
    put_name(w, "LOC_ID", w->heading ? STR("") : centre_name(s, c));
    if (has_places(s)) {
        double x = NAN, y = NAN;
        if (!w->heading)
            centre_place(s, c, &x, &y);
        put_exact(w, round ? "LATITUDE" : "X", round ? y : x, round);
        put_exact(w, round ? "LONGITUDE" : "Y", round ? x : y, round);
        if (s->options.shape == SCAN_ELLIPSE) {
            put(w, "E_MINOR", c->radius, 2);
            put(w, "E_MAJOR", c->radius * c->axis_ratio, 2);
            put(w, "E_ANGLE", c->angle, 2);
            put(w, "E_SHAPE", c->axis_ratio, 2);
        } else
            put(w, "RADIUS", c->radius, 2);
    }
    struct str none = STR("n/a");
    put_name(w, "START_DATE",
             s->slices && !w->heading ? s->slices[c->first_time].first : none);
    put_name(w, "END_DATE",
             s->slices && !w->heading ? s->slices[c->last_time].last : none);
    put_count(w, "NUMBER_LOC", c->n_areas);
    if (s->options.model == SCAN_PERMUTATION)
        put(w, "TEST_STAT", c->statistic, 6);
    else {
        put(w, "LLR", c->log_likelihood_ratio, 6);
        if (s->options.shape == SCAN_ELLIPSE)
            put(w, "TEST_STAT", c->statistic, 6);
    }
    put_inference(w, s, o, c);
    if (s->options.model != SCAN_ORDINAL) {
        put_count(w, "OBSERVED", (double)c->cases);
        put(w, "EXPECTED", c->expected, 2);
        put(w, "ODE", c->ratio, 2);
        if (has_risk(s))
            put(w, "REL_RISK", c->relative_risk, 2);
        if (has_population(s))
            put_count(w, "POPULATION", w->heading ? 0 : population_of(s, c));
    }
    bool gini = s->options.report == SCAN_GINI || (s->gini && !w->heading && s->gini[i]);
    pad(w, w->heading ? STR("GINI_CLUST") : gini ? STR("T") : STR("F"), 10);
    buf_add_char(w->out, '\n');
}

static void gis_counts(struct sheet *w, const struct scan_study *s,
                       const struct scan_cluster *c, uint32_t area)
{
    struct scan_share share = {0};
    if (!w->heading)
        share = scan_study_area(s, area, c);
    put_count(w, "CLU_OBS", (double)c->cases);
    put(w, "CLU_EXP", c->expected, 2);
    put(w, "CLU_ODE", c->ratio, 2);
    if (has_risk(s))
        put(w, "CLU_RR", c->relative_risk, 2);
    if (has_population(s))
        put_count(w, "CLU_POP", w->heading ? 0 : population_of(s, c));
    double ratio = share.expected > 0 ? (double)share.cases / share.expected : NAN;
    put_count(w, "LOC_OBS", (double)share.cases);
    put(w, "LOC_EXP", share.expected, 2);
    put(w, "LOC_ODE", ratio, 2);
    if (has_risk(s))
        put(w, "LOC_RR", scan_study_relative_risk(s, (double)share.cases, share.expected),
            2);
    if (has_population(s))
        put_count(w, "LOC_POP",
                  s->options.model == SCAN_BERNOULLI ? (double)share.total
                                                     : s->population[area]);
}

static void gis_row(struct sheet *w, const struct scan_study *s,
                    const struct satscan_outputs *o, uint32_t i, uint32_t area)
{
    const struct scan_cluster *c = &s->result.clusters[i];
    bool round = s->options.metric == SCAN_GREAT_CIRCLE;
    put_name(w, "LOC_ID", w->heading ? STR("") : s->areas.list[area]);
    put_count(w, "CLUSTER", i + 1);
    put_inference(w, s, o, c);
    if (s->options.model != SCAN_ORDINAL)
        gis_counts(w, s, c, area);
    if (has_places(s)) {
        put_exact(w, round ? "LOC_LAT" : "LOC_X", round ? s->y[area] : s->x[area], round);
        put_exact(w, round ? "LOC_LONG" : "LOC_Y", round ? s->x[area] : s->y[area],
                  round);
    }
    buf_add_char(w->out, '\n');
}

static void rr_row(struct sheet *w, const struct scan_study *s, uint32_t area)
{
    struct scan_share share = {0};
    if (!w->heading)
        share = scan_study_area(s, area, NULL);
    put_name(w, "LOC_ID", w->heading ? STR("") : s->areas.list[area]);
    put_count(w, "OBSERVED", (double)share.cases);
    put(w, "EXPECTED", share.expected, 2);
    put(w, "ODE", share.expected > 0 ? (double)share.cases / share.expected : NAN, 2);
    put(w, "REL_RISK", scan_study_relative_risk(s, (double)share.cases, share.expected),
        2);
    buf_add_char(w->out, '\n');
}

static void sci_row(struct sheet *w, const struct scan_study *s, uint32_t i,
                    uint32_t category)
{
    const struct scan_cluster *c = &s->result.clusters[i];
    double cases = (double)c->cases, expected = c->expected;
    if (s->n_categories && !w->heading && c->by_category) {
        int64_t all = 0;
        for (size_t k = 0; k < (size_t)s->areas.n * s->n_times; k++)
            all += s->data.cases[k * s->n_categories + category];
        cases = (double)c->by_category[category];
        expected = (double)c->cases * (double)all / (double)s->result.cases;
    }
    put_count(w, "CLUSTER", i + 1);
    put_count(w, "DATASET", 1);
    put_count(w, "CATEGORY", category + 1);
    put_count(w, "OBSERVED", cases);
    put(w, "EXPECTED", expected, 2);
    put(w, "ODE", expected > 0 ? cases / expected : NAN, 2);
    buf_add_char(w->out, '\n');
}

static void write_tables(const struct scan_study *s, const struct satscan_outputs *o,
                         enum satscan_file file, struct buf *out)
{
    const struct scan_result *r = &s->result;
    struct scan_cluster none = {0};
    struct scan_study empty = *s; // its headings need a cluster to look at
    empty.result.clusters = &none;
    empty.gini = NULL;
    for (int pass = o->headers ? 0 : 1; pass < 2; pass++) {
        struct sheet w = {out, pass == 0};
        const struct scan_study *from = pass ? s : &empty;
        uint32_t clusters = pass ? r->n_clusters : 1, areas = pass ? s->areas.n : 1;
        uint32_t categories = pass && s->n_categories ? s->n_categories : 1;
        for (uint32_t i = 0; file == SATSCAN_COL && i < clusters; i++)
            col_row(&w, from, o, i);
        for (uint32_t i = 0; file == SATSCAN_GIS && i < clusters; i++)
            for (uint32_t k = 0; k < (pass ? r->clusters[i].n_areas : 1); k++)
                gis_row(&w, from, o, i, pass ? r->clusters[i].areas[k] : 0);
        for (uint32_t i = 0; file == SATSCAN_RR && i < areas; i++)
            rr_row(&w, from, i);
        for (uint32_t i = 0; file == SATSCAN_SCI && i < clusters; i++)
            for (uint32_t k = 0; k < categories; k++)
                sci_row(&w, from, i, k);
        for (uint32_t i = 0; file == SATSCAN_LLR && pass && i < r->replications; i++)
            buf_printf(out, "%.6f\n", r->maxima[i]);
        if (file == SATSCAN_LLR && !pass)
            buf_add_c(out, s->options.model == SCAN_PERMUTATION ||
                                   s->options.shape == SCAN_ELLIPSE
                               ? "TST_STAT\n"
                               : "LLR\n");
    }
}

enum err satscan_write(const struct scan_study *s, const struct satscan_outputs *o,
                       enum satscan_file file, struct buf *out, struct error *e)
{
    if (file == SATSCAN_RESULTS)
        write_results(s, o, out);
    else
        write_tables(s, o, file, out);
    return buf_check(out, e);
}
