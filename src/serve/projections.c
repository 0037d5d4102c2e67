// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/projections and /api/projections/{name}: the years ahead of an area, as
// figures with intervals or as a document.
#include <math.h>

#include "base/result.h"
#include "report/projection_doc.h"
#include "serve/documents.h"
#include "serve/numbers.h"
#include "serve/routes.h"
#include "study/explained.h"
#include "study/projection.h"

enum {
    Q = PROJECT_QUANTILES,
    GROUP = PROJECT_DOC_GROUP,
    MOST_TRAJECTORIES = 5000,
    MOST_YEARS = 100
};

enum err projections_list(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    (void)e;
    json_put_object(j);
    put_key(j, "projections");
    json_put_array(j);
    for (size_t i = 0; i < p->n_projections; i++) {
        json_put_object(j);
        put_text(j, "name", p->projections[i].name);
        put_label(j, "label", p->projections[i].label);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

// --- what is asked

struct asking {
    struct request *q;
    const struct projection_plan *plan;
    struct projection_choice choice;
    struct project_forecast_choice draws;
    struct project_change normal;
    enum document_format format;
    struct projection_basis basis;
    struct project_files files;
    struct project_forecast *ahead, *without;
    size_t groups; // of five years of age
};

static enum err find_plan(struct asking *x, struct error *e)
{
    const struct pack *p = x->q->county->pack;
    struct str name = request_path(x->q, "name");
    x->plan = pack_projection(p, name);
    if (x->plan)
        return ERR_OK;
    error_set(e, ERR_NOT_FOUND, "projection.name", "name",
              "the pack " STR_FMT " has no projection '" STR_FMT "'", STR_ARG(p->name),
              STR_ARG(name));
    return error_cure(e, "GET /api/projections lists them");
}

// Left out: NaN.
static enum err read_real(const struct request *q, const char *name, double least,
                          double most, double *out, struct error *e)
{
    struct str text = request_query(q, name);
    double value = NAN;
    if (text.n && (!str_to_double(text, &value) || !(value >= least && value <= most))) {
        error_set(e, ERR_INPUT, "request.number", name,
                  "'" STR_FMT "' is not a number from %g to %g", STR_ARG(text), least,
                  most);
        return error_cure(e, "give a number in this range, or leave %s out", name);
    }
    *out = value;
    return ERR_OK;
}

static enum err read_year(const struct request *q, const char *name, int64_t least,
                          int64_t most, int32_t *out, struct error *e)
{
    int64_t year;
    enum err code = request_int(q, name, 0, least, most, &year, e);
    *out = code ? 0 : (int32_t)year;
    return code;
}

static int32_t this_year(const struct request *q)
{
    int year, month, day;
    date_to_ymd(q->measure.today, &year, &month, &day);
    return year;
}

static enum err read_steps(struct asking *x, struct error *e)
{
    struct projection_choice *c = &x->choice;
    int64_t width, now = this_year(x->q);
    enum err code = read_year(x->q, "from", 1900, now, &c->from, e);
    if (!code)
        code = read_year(x->q, "to", 1901, now + MOST_YEARS, &c->to, e);
    if (!code)
        code = read_year(x->q, "by", 1900, now + MOST_YEARS, &c->by, e);
    if (!code)
        code = request_int(x->q, "width", 1, 1, GROUP, &width, e);
    if (code)
        return code;
    c->width = (int32_t)width;
    if (width == 1 || width == GROUP)
        return ERR_OK;
    error_set(e, ERR_INPUT, "request.number", "width", "'%d' is not 1 or 5", c->width);
    return error_cure(e, "give 1 or 5, or leave width out");
}

static enum err read_supposed(struct asking *x, struct error *e)
{
    struct projection_choice *c = &x->choice;
    enum err code = read_real(x->q, "tfr", .5, 9, &c->children, e);
    if (!code)
        code = read_real(x->q, "e0f", 20, 100, &c->e0[PROJECT_FEMALE], e);
    if (!code)
        code = read_real(x->q, "e0m", 20, 100, &c->e0[PROJECT_MALE], e);
    if (!code)
        code = read_real(x->q, "boys", 95, 140, &c->boys, e);
    if (!code)
        code = read_real(x->q, "migrants", -1e7, 1e7, &c->migrants, e);
    c->boys /= 100;
    return code;
}

// 106 boys to 100 girls from a year on.
static enum err read_normal(struct asking *x, struct error *e)
{
    int32_t year;
    enum err code =
        read_year(x->q, "normal", 1900, this_year(x->q) + MOST_YEARS, &year, e);
    if (code || !year)
        return code;
    struct str name =
        str_format(x->q->arena, x->q->zh ? "%d年起106" : "106 from %d", (int)year);
    if (!name.p)
        return error_memory(e);
    x->normal = (struct project_change){.scenario = name,
                                        .series = PROJECT_BOYS,
                                        .how = PROJECT_STEP,
                                        .kind = PROJECT_VALUE,
                                        .from = year - 1, // moments are ends of years
                                        .to = year - 1,
                                        .value = 1.06};
    x->draws.changes = &x->normal;
    x->draws.n_changes = 1;
    x->draws.scenario = name;
    return ERR_OK;
}

static enum err read_asked(struct asking *x, struct error *e)
{
    static const enum document_format formats[] = {DOCUMENT_JSON, DOCUMENT_HTML,
                                                   DOCUMENT_PDF, DOCUMENT_XLSX};
    int64_t trajectories, seed;
    enum err code = find_plan(x, e);
    if (!code)
        code = request_area(x->q, &x->choice.root, e);
    if (!code)
        code = read_steps(x, e);
    if (!code)
        code = read_supposed(x, e);
    if (!code)
        code = read_normal(x, e);
    if (!code)
        code = request_int(x->q, "trajectories", 1000, 1, MOST_TRAJECTORIES,
                           &trajectories, e);
    if (!code)
        code = request_int(x->q, "seed", 1, 0, INT64_C(1) << 53, &seed, e);
    if (!code)
        code = documents_format(x->q, formats, sizeof formats / sizeof *formats,
                                &x->format, e);
    if (code)
        return code;
    x->draws.trajectories = (size_t)trajectories;
    x->draws.seed = (uint64_t)seed;
    project_forecast_errors(x->draws.error);
    return ERR_OK;
}

// --- what is drawn

static enum err check_length(const struct asking *x, struct error *e)
{
    const struct project_shape *s = &x->files.areas[0].in.shape;
    if (s->steps && s->steps * (size_t)s->width <= MOST_YEARS)
        return ERR_OK;
    error_set(e, ERR_INPUT, "projection.far", "to",
              "%d is not within %d years of the count of %d",
              (int)s->year + (int)s->steps * (int)s->width, MOST_YEARS, (int)s->year);
    return error_cure(e, "give a year from %d to %d", (int)s->year + (int)s->width,
                      (int)s->year + MOST_YEARS);
}

static enum err make(struct asking *x, struct error *e)
{
    struct request *q = x->q;
    struct pool *pool = NULL; // one area is one task
    enum err code = projection_make(&q->measure, q->arena, x->plan, &x->choice, &x->basis,
                                    &x->files, e);
    if (!code)
        code = check_length(x, e);
    if (!code) {
        x->draws.needs = project_doc_needs(q->arena, &x->files.areas[0].in.shape, NULL,
                                           &x->draws.n_needs, &x->groups);
        code = x->draws.needs ? ERR_OK : error_memory(e);
    }
    if (!code)
        code = pool_open(&pool, 1, e);
    const struct project_input *in = code ? NULL : &x->files.areas[0].in;
    if (!code)
        code = project_forecast_make(q->arena, pool, in, &x->draws, &x->ahead, e);
    if (!code && x->draws.n_changes) {
        struct project_forecast_choice plain = x->draws;
        plain.scenario = STR("");
        code = project_forecast_make(q->arena, pool, in, &plain, &x->without, e);
    }
    pool_close(pool);
    return code;
}

// --- as figures

// Thousandths are enough of anything here, and a fifth of the digits.
static void put_value(struct json_writer *j, double value)
{
    json_put_double(j, isfinite(value) ? round(value * 1000) / 1000 : value);
}

static void put_quantiles(struct json_writer *j, const double *q)
{
    json_put_array(j);
    for (size_t k = 0; k < Q; k++)
        put_value(j, q[k]);
    json_put_array_end(j);
}

static void put_line(struct json_writer *j, struct str name, struct label label,
                     struct label unit, const double *q, size_t moments)
{
    json_put_object(j);
    put_text(j, "name", name);
    put_label(j, "label", label);
    put_label(j, "unit", unit);
    put_key(j, "values");
    json_put_array(j);
    for (size_t t = 0; t < moments; t++)
        put_quantiles(j, q + t * Q);
    json_put_array_end(j);
    json_put_object_end(j);
}

static void put_figures(struct json_writer *j, const char *key,
                        const struct project_forecast *f)
{
    put_key(j, key);
    if (!f) {
        json_put_null(j);
        return;
    }
    json_put_array(j);
    for (int i = 0; i < PROJECT_FIGURES; i++) {
        const struct projection_figure *x = projection_doc_figure((enum project_figure)i);
        put_line(j, str_of(x->name), x->label, x->unit, f->figure[i], f->moments);
    }
    json_put_array_end(j);
}

static void put_sexes(struct json_writer *j, const char *key, const double by_sex[2])
{
    put_key(j, key);
    json_put_object(j);
    put_double(j, "female", by_sex[PROJECT_FEMALE]);
    put_double(j, "male", by_sex[PROJECT_MALE]);
    json_put_object_end(j);
}

static void put_interval(struct json_writer *j, const char *key, double value, double low,
                         double high)
{
    put_key(j, key);
    json_put_object(j);
    put_key(j, "value");
    put_value(j, value);
    put_key(j, "low");
    put_value(j, low);
    put_key(j, "high");
    put_value(j, high);
    json_put_object_end(j);
}

static void put_basis(struct json_writer *j, const struct projection_basis *b)
{
    put_key(j, "basis");
    json_put_object(j);
    put_day(j, "counted_on", b->counted_on);
    put_day(j, "earlier_on", b->earlier_on ? b->earlier_on : DATE_NONE);
    put_sexes(j, "people", b->people);
    put_number(j, "first", b->first);
    put_number(j, "last", b->last);
    put_sexes(j, "births", b->births);
    put_sexes(j, "deaths", b->deaths);
    put_double(j, "left_out", b->left_out);
    put_key(j, "left_over");
    put_value(j, b->left_over);
    put_double(j, "births_found", b->births_found);
    put_interval(j, "tfr", b->children, b->children_low, b->children_high);
    put_key(j, "e0");
    json_put_object(j);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        put_interval(j, sex == PROJECT_FEMALE ? "female" : "male", b->e0[sex],
                     b->e0_low[sex], b->e0_high[sex]);
    json_put_object_end(j);
    put_sexes(j, "e0_begin", b->e0_begin);
    put_interval(j, "boys", 100 * b->boys, 100 * b->boys_low, 100 * b->boys_high);
    put_key(j, "boys_begin");
    put_value(j, 100 * b->boys_begin);
    json_put_object_end(j);
}

static double migrants_of(const struct asking *x, size_t step)
{
    const struct project_input *in = &x->files.areas[0].in;
    double sum = x->ahead->target[PROJECT_NET][step];
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; in->migration[sex] && a < in->shape.ages; a++)
            sum += in->migration[sex][step * in->shape.ages + a];
    return sum / in->shape.width;
}

static void put_supposed(struct json_writer *j, const struct asking *x)
{
    const struct project_forecast *f = x->ahead;
    put_key(j, "supposed");
    json_put_array(j);
    for (size_t t = 0; t < f->shape.steps; t++) {
        json_put_object(j);
        put_number(j, "year", f->shape.year + 1 + (int64_t)t * f->shape.width);
        put_key(j, "tfr");
        put_value(j, f->target[PROJECT_TFR][t]);
        put_key(j, "e0_female");
        put_value(j, f->target[PROJECT_E0][t]);
        put_key(j, "e0_male");
        put_value(j, f->target[PROJECT_E0][t] - f->target[PROJECT_GAP][t]);
        put_key(j, "boys");
        put_value(j, 100 * f->target[PROJECT_BOYS][t]);
        put_key(j, "migrants");
        put_value(j, migrants_of(x, t));
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_ages(struct json_writer *j, size_t groups)
{
    put_key(j, "ages");
    json_put_array(j);
    for (size_t g = 0; g < groups; g++) {
        json_put_object(j);
        put_number(j, "from", (int64_t)g * GROUP);
        put_key(j, "to");
        if (g + 1 == groups)
            json_put_null(j);
        else
            json_put_int(j, (int64_t)g * GROUP + GROUP - 1);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_people(struct json_writer *j, const struct project_forecast *f,
                       size_t groups)
{
    size_t first = f->n_needs - 2 * groups;
    put_key(j, "people");
    json_put_object(j);
    for (size_t sex = 0; sex < PROJECT_SEXES; sex++) {
        put_key(j, sex == PROJECT_FEMALE ? "female" : "male");
        json_put_array(j);
        for (size_t t = 0; t < f->moments; t++) {
            json_put_array(j);
            for (size_t g = 0; g < groups; g++)
                put_quantiles(j, f->needed[first + sex * groups + g] + t * Q);
            json_put_array_end(j);
        }
        json_put_array_end(j);
    }
    json_put_object_end(j);
}

static void put_needs(struct json_writer *j, const struct project_forecast *f,
                      size_t groups)
{
    static const struct label none = {{"", 0}, {"", 0}};
    size_t n = f->n_needs - 2 * groups;
    put_key(j, "needs");
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        const struct project_need *need = &f->needs[f->need[i]];
        put_line(j, need->name, (struct label){need->name, need->name_zh}, none,
                 f->needed[i], f->moments);
    }
    json_put_array_end(j);
}

static struct project_page page_of(const struct asking *x, bool zh)
{
    return (struct project_page){
        .area = measure_root_name(&x->q->measure, x->choice.root, zh),
        .ahead = x->ahead,
        .without = x->without,
        .declared = x->draws.error,
        .thousands = x->files.thousands,
        .ends = true,
        .zh = zh,
        .n_groups = x->groups};
}

// Of every fifth year of birth, or of each step of five.
static enum err put_cohorts(struct json_writer *j, const struct asking *x,
                            struct error *e)
{
    static const char *const told[] = {"girls_missing", "men_to_100_women",
                                       "men_more_than_women"};
    enum { BORN = 2, BEFORE, YEAR, NAME, LOW, ALL = 3 };
    struct result r[PROJECT_DOC_RESULTS];
    struct project_page page = page_of(x, false);
    project_doc_results(x->q->arena, &page, r);
    if (!result_ok(&r[ALL]))
        return error_memory(e);
    put_key(j, "cohorts");
    json_put_array(j);
    for (size_t i = 0; i < r[ALL].n_rows; i++) {
        const struct result_cell *c = r[ALL].cells + i * r[ALL].n_columns;
        bool wanted = false;
        for (size_t k = 0; k < sizeof told / sizeof *told; k++)
            wanted = wanted || str_equal_c(c[NAME].text, told[k]);
        int64_t to = (int64_t)c[BEFORE].value - 1;
        if (!wanted || (x->ahead->shape.width == 1 && to % GROUP))
            continue;
        double values[Q];
        for (size_t k = 0; k < Q; k++)
            values[k] = c[LOW + k].value;
        json_put_object(j);
        put_text(j, "name", c[NAME].text);
        put_number(j, "born", (int64_t)c[BORN].value);
        put_number(j, "to", to);
        put_number(j, "year", (int64_t)c[YEAR].value);
        put_yes(j, "without", x->without && !c[1].text.n);
        put_key(j, "values");
        put_quantiles(j, values);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return ERR_OK;
}

static enum err put_note(struct json_writer *j, const struct asking *x, struct error *e)
{
    struct project_sentence en[PROJECT_DOC_SENTENCES], zh[PROJECT_DOC_SENTENCES];
    struct project_page english = page_of(x, false), chinese = page_of(x, true);
    size_t n = project_doc_note(x->q->arena, &english, en);
    if (!n || project_doc_note(x->q->arena, &chinese, zh) != n)
        return error_memory(e);
    put_key(j, "note");
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_text(j, "kind", str_of(en[i].kind));
        put_yes(j, "warns", en[i].warns);
        put_label(j, "text", (struct label){en[i].text, zh[i].text});
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return ERR_OK;
}

static enum err put_freshness(struct json_writer *j, const struct asking *x,
                              struct error *e)
{
    const struct reg *regs[] = {x->plan->people.reg, x->plan->births.reg,
                                x->plan->deaths.reg};
    struct conn *conn;
    int64_t latest = 0, saved;
    enum err code = store_read_begin(x->q->county->store, &conn, e);
    for (size_t i = 0; !code && i < sizeof regs / sizeof *regs; i++) {
        code = explained_saved(conn, regs[i], &saved, e);
        latest = !code && saved > latest ? saved : latest;
    }
    store_read_end(conn);
    if (!code)
        put_moment(j, "freshness", latest);
    return code;
}

static enum err put_all(struct asking *x, struct error *e)
{
    struct json_writer *j = answer_json(x->q);
    const struct project_forecast *f = x->ahead;
    json_put_object(j);
    put_text(j, "projection", x->plan->name);
    put_label(j, "label", x->plan->label);
    put_key(j, "area");
    numbers_root(j, x->q, x->choice.root);
    enum err code = put_freshness(j, x, e);
    put_basis(j, &x->basis);
    put_supposed(j, x);
    put_key(j, "probabilities");
    json_put_array(j);
    for (size_t k = 0; k < Q; k++)
        json_put_double(j, project_probabilities[k]);
    json_put_array_end(j);
    put_number(j, "trajectories", (int64_t)f->trajectories);
    put_id(j, "seed", (int64_t)x->draws.seed);
    put_number(j, "width", f->shape.width);
    put_key(j, "years");
    json_put_array(j);
    for (size_t t = 0; t < f->moments; t++)
        json_put_int(j, f->shape.year + (int64_t)t * f->shape.width);
    json_put_array_end(j);
    put_ages(j, x->groups);
    put_figures(j, "figures", f);
    put_needs(j, f, x->groups);
    put_figures(j, "without", x->without);
    if (!code)
        code = put_cohorts(j, x, e);
    put_people(j, f, x->groups);
    if (!code)
        code = put_note(j, x, e);
    json_put_object_end(j);
    return code;
}

enum err projections_get(struct request *q, struct error *e)
{
    struct asking x = {.q = q};
    struct doc *d;
    enum err code = read_asked(&x, e);
    if (!code)
        code = make(&x, e);
    if (code)
        return code;
    if (x.format == DOCUMENT_JSON)
        return put_all(&x, e);
    struct project_page page = page_of(&x, q->zh);
    code = projection_doc_make(&q->measure, q->arena, x.plan, &x.basis, &page,
                               x.format == DOCUMENT_XLSX, &d, e);
    if (code)
        return code;
    struct str name = str_format(q->arena, STR_FMT "-" STR_FMT "-%d", STR_ARG(d->title),
                                 STR_ARG(page.area), (int)x.ahead->shape.year);
    return name.p ? documents_answer(q, d, x.format, name, e) : error_memory(e);
}
