// SPDX-License-Identifier: AGPL-3.0-or-later
// lifetable: life tables of a file, one for each area, year and sex.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/session.h"
#include "report/lifetable_doc.h"

struct run {
    struct cli *c;
    struct error *e;
    struct frame f;
    struct lifetable_input in;
    struct lifetable_study study;
    struct lifetable_page page;
};

// Options ------------------------------------------------------------------------------

static enum err bad(struct run *r, const char *name, const char *found,
                    const char *expected, const char *cure)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", name);
    error_set(r->e, ERR_USAGE, "lifetable.option", where, "'%.80s' is not %s", found,
              expected);
    return error_cure(r->e, "%s", cure);
}

// One of a list of words; *out stays when the option is not given.
static enum err choice(struct run *r, const char *name, const char *const *words,
                       int *out)
{
    const char *text = cli_option(r->c, name);
    if (!text)
        return ERR_OK;
    for (int i = 0; words[i]; i++)
        if (str_equal_fold(str_of(text), str_of(words[i]))) {
            *out = i;
            return ERR_OK;
        }
    char cure[200];
    size_t n = 0;
    for (int i = 0; words[i] && n < sizeof cure; i++)
        n += (size_t)snprintf(cure + n, sizeof cure - n, "%s%s",
                              i ? ", " : "Choose one of ", words[i]);
    return bad(r, name, text, "known here", cure);
}

static enum err number(struct run *r, const char *name, double least, double most,
                       double *out)
{
    const char *text = cli_option(r->c, name);
    char expected[80];
    if (!text || (str_to_double(str_of(text), out) && *out >= least && *out <= most))
        return ERR_OK;
    snprintf(expected, sizeof expected, "a number from %g to %g", least, most);
    return bad(r, name, text, expected, "See 'heng help lifetable'.");
}

static enum err age(struct run *r, const char *name, int32_t *out)
{
    double value = *out;
    enum err code = number(r, name, 0, 150, &value);
    *out = (int32_t)value;
    return code;
}

static enum err read_fit(struct run *r)
{
    const char *text = cli_option(r->c, "fit");
    struct str head, rest;
    int64_t from, to;
    if (!text)
        return ERR_OK;
    if (!str_split(str_of(text), '-', &head, &rest) || !str_to_int(head, &from) ||
        !str_to_int(rest, &to) || from < 0 || to <= from || to > 150)
        return bad(r, "fit", text, "two ages", "Write for instance --fit 70-90.");
    r->in.fit_from = (int32_t)from;
    r->in.fit_to = (int32_t)to + 1;
    return ERR_OK;
}

static enum err read_rule(struct run *r)
{
    static const char *const separations[] = {"un", "greville", "keyfitz-flieger",
                                              "middle", NULL};
    static const char *const infants[] = {"coale-demeny", "andreev-kingkade",
                                          "andreev-kingkade-un", NULL};
    static const char *const families[] = {"west", "north", "east", "south", NULL};
    static const char *const laws[] = {"kannisto", "gompertz", "makeham", NULL};
    struct lifetable_input *in = &r->in;
    int separation = 0, infant = 0, family = 0, law = 0;
    double draws = 0, seed = 1;
    enum err code = choice(r, "separation", separations, &separation);
    if (!code)
        code = choice(r, "infant", infants, &infant);
    if (!code)
        code = choice(r, "family", families, &family);
    if (!code)
        code = choice(r, "close", laws, &law);
    if (!code)
        code = read_fit(r);
    if (!code)
        code = age(r, "from", &in->close_from);
    if (!code)
        code = age(r, "to", &in->close_to);
    if (!code)
        code = number(r, "radix", 1e-6, 1e9, &in->rule.radix);
    if (!code)
        code = number(r, "years", .001, 100, &in->years);
    if (!code)
        code = number(r, "level", .01, .9999, &in->level);
    if (!code)
        code = number(r, "draws", 100, 1e6, &draws);
    if (!code)
        code = number(r, "seed", 0, 1e15, &seed);
    in->rule.separation = (enum lifetable_separation)separation;
    in->rule.infant = (enum lifetable_infant)infant;
    in->rule.family = (enum lifetable_family)family;
    in->law = (enum lifetable_law_kind)law;
    in->close = cli_option(r->c, "close");
    in->single = cli_switch(r->c, "single");
    in->ages.ragged = cli_switch(r->c, "ragged");
    in->draws = (size_t)draws;
    in->seed = (uint64_t)seed;
    return code;
}

// "west:70", "log-quadratic:65"; "areas".
static enum err read_standard(struct run *r)
{
    const char *text = cli_option(r->c, "standard");
    struct str name, level;
    struct lifetable_level *l = &r->in.model_level;
    *l = (struct lifetable_level){NAN, NAN, NAN};
    if (!text || str_equal_fold(str_of(text), STR("areas")))
        return ERR_OK;
    r->in.by_model = true;
    if (!str_split(str_of(text), ':', &name, &level) ||
        !lifetable_model_find(str_trim(name), &r->in.model) ||
        !str_to_double(str_trim(level), &l->e0))
        return bad(r, "standard", text, "a standard",
                   "Write areas (all areas of the file together) or a model and its life "
                   "expectancy: west:70, north, east, south, latin-american, chilean, "
                   "south-asian, far-eastern, general, log-quadratic.");
    return ERR_OK;
}

static enum err read_smooth(struct run *r)
{
    static const char *const smoothings[] = {"brass", "topals", NULL};
    int smoothing = 0;
    enum err code = choice(r, "smooth", smoothings, &smoothing);
    r->in.smooth = cli_option(r->c, "smooth");
    r->in.smoothing = (enum lifetable_smoothing)smoothing;
    return code ? code : read_standard(r);
}

static enum err read_compare(struct run *r)
{
    const char *text = cli_option(r->c, "compare");
    if (!text)
        return ERR_OK;
    if (!str_split(str_of(text), ':', &r->in.compare_a, &r->in.compare_b))
        return bad(r, "compare", text, "two names with a colon between them",
                   "Write for instance --compare 2020:2010 or --compare female:male.");
    r->in.compare_a = str_trim(r->in.compare_a);
    r->in.compare_b = str_trim(r->in.compare_b);
    if (!r->in.compare_a.n || !r->in.compare_b.n ||
        str_equal(r->in.compare_a, r->in.compare_b))
        return bad(r, "compare", text, "two different names",
                   "Write for instance --compare 2020:2010 or --compare female:male.");
    return ERR_OK;
}

// Columns ------------------------------------------------------------------------------

static const struct {
    const char *option, *names;
} columns[] = {
    {"area", "|area|area_name|area_code|code|region|province|county|district|township|"
             "town|village|"
             "location|country|country_code|name|地区|区域|省|县|区县|市|乡镇|街道|"
             "行政区|地区名称|"
             "地区代码|行政区划|"},
    {"year", "|year|period|time|date|time_start|年|年份|年度|时期|期间|"},
    {"sex", "|sex|gender|性别|"},
    {"age",
     "|age|ages|age_group|agegroup|age_start|agestart|x|年龄|年龄组|年龄段|岁|周岁|"},
    {"m", "|m|mx|nmx|m_x|m(x)|rate|death_rate|mortality|asdr|asmr|死亡率|年龄别死亡率|"
          "中心死亡率|"},
    {"q", "|q|qx|nqx|q_x|q(x)|probability|probability_of_dying|死亡概率|"},
    {"a", "|a|ax|nax|a_x|a(x)|平均存活年数|"},
    {"deaths", "|deaths|death|d|dx_count|died|number_of_deaths|死亡|死亡数|死亡人数|"},
    {"population",
     "|population|pop|people|persons|exposure|exposures|person_years|mid_year_population|"
     "midyear_population|人口|人口数|人数|平均人口|年平均人口|年中人口|暴露|"},
};

// By an option, else by name. SIZE_MAX: neither.
static enum err column(struct run *r, const char *option, size_t *out)
{
    const char *given = cli_option(r->c, option);
    *out = SIZE_MAX;
    if (given)
        return frame_column(&r->f, given, out, r->e);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (strcmp(columns[i].option, option) == 0)
            *out = age_column_named(&r->f, columns[i].names);
    return ERR_OK;
}

static enum err read_areas(struct run *r)
{
    const char *const *names;
    unsigned n;
    enum err code = session_names(r->c, "area", &names, &n, r->e);
    if (!code && n > AGE_ROWS_LEVELS) {
        error_set(r->e, ERR_USAGE, "lifetable.levels", "--area",
                  "%u columns of areas are given, and at most %d are expected", n,
                  (int)AGE_ROWS_LEVELS);
        return error_cure(r->e, "Leave out some of them.");
    }
    for (unsigned i = 0; !code && i < n; i++)
        code = frame_column(&r->f, names[i], &r->in.columns.area[i], r->e);
    r->in.columns.n_areas = n;
    if (code || n)
        return code;
    code = column(r, "area", &r->in.columns.area[0]);
    r->in.columns.n_areas = r->in.columns.area[0] != SIZE_MAX;
    return code;
}

static enum err numbers(struct run *r, const char *option, const double **out, size_t *at)
{
    double *values = NULL;
    enum err code = column(r, option, at);
    if (!code && *at != SIZE_MAX)
        code = frame_numbers(&r->f, *at, true, &values, r->e);
    *out = values;
    return code;
}

static enum err read_sex(struct run *r)
{
    const char *only = cli_option(r->c, "of");
    enum err code = column(r, "sex", &r->in.columns.sex);
    r->in.columns.only = LIFETABLE_BOTH;
    if (!code && only && !age_sex_read(str_of(only), &r->in.columns.only))
        code = bad(r, "of", only, "a sex", "Write female, male or both.");
    if (!code && only && r->in.columns.sex != SIZE_MAX) {
        error_set(r->e, ERR_USAGE, "lifetable.sex", "--of",
                  "the file has a column of sexes, \"" STR_FMT "\"",
                  STR_ARG(r->f.names[r->in.columns.sex]));
        code = error_cure(r->e, "Leave out --of.");
    }
    return code;
}

static enum err read_columns(struct run *r)
{
    struct lifetable_input *in = &r->in;
    enum err code = column(r, "age", &in->columns.age);
    if (!code && in->columns.age == SIZE_MAX) {
        error_set(r->e, ERR_INPUT, "lifetable.no_age", r->f.path,
                  "no column is called age, age_group or 年龄");
        return error_cure(r->e, "Name it with --age COL.");
    }
    if (!code)
        code = read_areas(r);
    if (!code)
        code = column(r, "year", &in->columns.year);
    if (!code)
        code = read_sex(r);
    if (!code)
        code = numbers(r, "deaths", &in->deaths, &in->column_deaths);
    if (!code)
        code = numbers(r, "population", &in->population, &in->column_population);
    if (!code)
        code = numbers(r, "q", &in->q, &in->column_q);
    if (!code)
        code = numbers(r, "m", &in->m, &in->column_m);
    if (!code)
        code = numbers(r, "a", &in->a, &in->column_a);
    return code;
}

// Counts say most; then rates; then probabilities. What an option names comes first.
static enum err choose_source(struct run *r)
{
    struct lifetable_input *in = &r->in;
    bool counts = in->deaths && in->population;
    if (cli_option(r->c, "q") || (!counts && !in->m && in->q)) {
        in->deaths = in->population = NULL;
        return ERR_OK;
    }
    in->q = NULL;
    if (cli_option(r->c, "m") || (!counts && in->m))
        return ERR_OK;
    in->m = NULL;
    if (counts)
        return ERR_OK;
    error_set(
        r->e, ERR_INPUT, "lifetable.no_rates", r->f.path,
        "there is no column of death rates (mx) or probabilities of dying (qx), nor "
        "both of deaths and of population");
    return error_cure(r->e, "Name the columns: --m COL, --q COL, or --deaths COL and "
                            "--population COL.");
}

// An option that would be passed over is an error: who gave it believes that it acts.
static enum err together(const struct cli *c, struct error *e)
{
    static const char *const of_model[] = {"model", "e0",   "q5",   "q45", "of",
                                           "csv",   "json", "html", "pdf", "lang"};
    bool model = cli_option(c, "model");
    for (size_t i = 0; i < c->n_given; i++) {
        const char *name = c->given[i].option->name;
        char where[48];
        size_t k = 0;
        while (k < 10 && strcmp(name, of_model[k]) != 0)
            k++;
        snprintf(where, sizeof where, "--%s", name);
        if (model ? k == 10 : k > 0 && k < 4) {
            error_set(e, ERR_USAGE, "lifetable.together", where,
                      model ? "it does not go with --model"
                            : "it has no effect without --model");
            return error_cure(e, model ? "Leave it out, or --model." : "Add --model.");
        }
    }
    if (model && cli_argument(c, "FILE")) {
        error_set(e, ERR_USAGE, "lifetable.together", "--model",
                  "a model table is made without a file");
        return error_cure(e, "Leave out the file; to smooth one by a model, say --smooth "
                             "topals --standard west:70.");
    }
    static const char *const needs[][2] = {
        {"fit", "close"}, {"from", "close"}, {"to", "close"}, {"standard", "smooth"}};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        char where[48];
        if (!cli_option(c, needs[i][0]) || cli_option(c, needs[i][1]))
            continue;
        snprintf(where, sizeof where, "--%s", needs[i][0]);
        error_set(e, ERR_USAGE, "lifetable.together", where,
                  "it has no effect without --%s", needs[i][1]);
        return error_cure(e, "Add --%s, or leave it out.", needs[i][1]);
    }
    return session_outputs(c, e);
}

static enum err write_out(struct run *r)
{
    struct result results[LIFETABLE_DOC_RESULTS];
    const struct result *list[LIFETABLE_DOC_RESULTS];
    struct doc *d = lifetable_doc_make(&r->c->arena, &r->page);
    size_t n = lifetable_doc_results(&r->c->arena, &r->page, results);
    if (!d)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++)
        list[i] = &results[i];
    const char *pdf = cli_option(r->c, "pdf");
    enum err code = pdf ? doc_write_pdf(d, pdf, r->e) : ERR_OK;
    return code ? code : session_results(r->c, d, list, n, r->e);
}

// A model table, without a file.
static enum err model_table(struct run *r)
{
    struct lifetable_one *o = ARENA_NEW(&r->c->arena, struct lifetable_one);
    double *block = ARENA_ARRAY(&r->c->arena, double, 8 * LIFETABLE_MODEL_MOST);
    const char *name = cli_option(r->c, "model"), *of = cli_option(r->c, "of");
    struct lifetable_level level = {NAN, NAN, NAN};
    enum lifetable_model model;
    enum { N = LIFETABLE_MODEL_MOST };
    if (!o || !block || !(o->age = ARENA_ARRAY(&r->c->arena, int32_t, N)))
        return error_memory(r->e);
    if (!lifetable_model_find(str_of(name), &model))
        return bad(
            r, "model", name, "a model table",
            "Choose west, north, east, south, latin-american, chilean, south-asian, "
            "far-eastern, general or log-quadratic.");
    if (!of || !age_sex_read(str_of(of), &o->sex))
        return bad(r, "of", of ? of : "", "a sex", "Write --of female, male or both.");
    enum err code = number(r, "e0", 1, 150, &level.e0);
    if (!code)
        code = number(r, "q5", 0, 1, &level.q5);
    if (!code)
        code = number(r, "q45", 0, 1, &level.q45);
    o->t = (struct lifetable){0,
                              o->age,
                              block,
                              block + N,
                              block + 2 * N,
                              block + 3 * N,
                              block + 4 * N,
                              block + 5 * N,
                              block + 6 * N,
                              block + 7 * N};
    if (!code)
        code = lifetable_model_table(model, o->sex, &level, o->age, &o->t, r->e);
    if (code)
        return code;
    size_t five = lifetable_study_at(&o->t, 5), from = lifetable_study_at(&o->t, 15),
           to = lifetable_study_at(&o->t, 60);
    o->area = str_of(lifetable_model_name(model));
    o->e0 = (struct interval){NAN, NAN};
    o->all_deaths = o->people = NAN;
    o->q5 = 1 - o->t.l[five];
    o->q45_15 = 1 - o->t.l[to] / o->t.l[from];
    r->study = (struct lifetable_study){
        .list = o, .n = 1, .without_doubt = 1, .level = r->in.level};
    r->page = (struct lifetable_page){
        .study = &r->study, .input = &r->in, .file = o->area, .zh = r->c->zh};
    r->page.model = true;
    return write_out(r);
}

enum err run_lifetable(struct cli *c, struct error *e)
{
    enum err code = together(c, e);
    struct run *r = ARENA_NEW(&c->arena, struct run);
    if (!code && !r)
        code = error_memory(e);
    if (code)
        return code;
    r->c = c;
    r->e = e;
    r->in.years = 1;
    r->in.level = .95;
    r->in.f = &r->f;
    const char *path = cli_argument(c, "FILE");
    if (cli_option(c, "model"))
        return model_table(r);
    if (!path) {
        error_set(e, ERR_USAGE, "lifetable.file", NULL, "no file is given");
        return error_cure(e, "heng lifetable deaths.csv, or --model west --e0 65 --of "
                             "female.");
    }
    code = read_rule(r);
    if (!code)
        code = read_smooth(r);
    if (!code)
        code = read_compare(r);
    if (!code)
        code = frame_read(&r->f, path, &c->arena, e);
    if (!code)
        code = read_columns(r);
    if (!code)
        code = choose_source(r);
    if (!code)
        code = lifetable_study_make(&r->study, &r->in, e);
    if (code)
        return code;
    const char *base = strrchr(path, '/');
    r->page = (struct lifetable_page){.study = &r->study,
                                      .input = &r->in,
                                      .file = str_of(base ? base + 1 : path),
                                      .zh = c->zh};
    return write_out(r);
}
