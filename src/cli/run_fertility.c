// SPDX-License-Identifier: AGPL-3.0-or-later
// fertility: rates by age and what they add up to; births before a census.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/session.h"
#include "report/fertility_doc.h"

struct run {
    struct cli *c;
    struct error *e;
    struct frame f;
    struct fertility_input in;
    struct fertility_study study;
    struct fertility_page page;
};

static enum err bad(struct run *r, const char *name, const char *found,
                    const char *expected, const char *cure)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", name);
    error_set(r->e, ERR_USAGE, "fertility.option", where, "'%.80s' is not %s", found,
              expected);
    return error_cure(r->e, "%s", cure);
}

static enum err number(struct run *r, const char *name, double least, double most,
                       double *out)
{
    const char *text = cli_option(r->c, name);
    char expected[80];
    if (!text || (str_to_double(str_of(text), out) && *out >= least && *out <= most))
        return ERR_OK;
    snprintf(expected, sizeof expected, "a number from %g to %g", least, most);
    return bad(r, name, text, expected, "See 'heng help fertility'.");
}

static const struct {
    const char *option, *names;
} columns[] = {
    {"area",
     "|area|area_name|area_code|region|province|county|district|township|town|village|"
     "country|country_code|name|地区|省|县|区县|市|乡镇|街道|地区名称|地区代码|"},
    {"year", "|year|period|census|年|年份|年度|普查年份|"},
    {"sex", "|sex|gender|性别|"},
    {"age", "|age|ages|age_group|agegroup|age_start|年龄|年龄组|育龄组|"},
    {"order", "|order|birth_order|parity|孩次|"},
    {"births", "|births|birth|b|live_births|出生|出生数|出生人数|活产数|"},
    {"women", "|women|w|exposure|female_population|person_years|妇女|妇女数|育龄妇女|"
              "妇女人数|平均妇女人数|"},
    {"rate", "|asfr|rate|fertility_rate|fx|f_x|生育率|年龄别生育率|"},
    {"mother", "|mother_age|age_of_mother|mothers_age|mother|母亲年龄|"},
    {"people", "|population|pop|people|persons|count|n|人口|人口数|人数|"},
};

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

static enum err numbers(struct run *r, const char *option, const double **out, size_t *at)
{
    double *values = NULL;
    enum err code = column(r, option, at);
    if (!code && *at != SIZE_MAX)
        code = frame_numbers(&r->f, *at, true, &values, r->e);
    *out = values;
    return code;
}

static enum err read_areas(struct run *r)
{
    const char *const *names;
    unsigned n;
    size_t order;
    struct age_columns *c = &r->in.columns;
    enum err code = session_names(r->c, "area", &names, &n, r->e);
    if (!code && n >= AGE_ROWS_LEVELS) {
        error_set(r->e, ERR_USAGE, "fertility.levels", "--area",
                  "%u columns of areas are given, and at most %d are expected", n,
                  AGE_ROWS_LEVELS - 1);
        return error_cure(r->e, "Leave out some of them.");
    }
    for (unsigned i = 0; !code && i < n; i++)
        code = frame_column(&r->f, names[i], &c->area[c->n_areas++], r->e);
    if (!code && !n) {
        code = column(r, "area", &c->area[0]);
        c->n_areas = c->area[0] != SIZE_MAX;
    }
    if (!code && !r->in.reverse && !r->in.own) {
        code = column(r, "order", &order);
        r->in.has_order = order != SIZE_MAX;
        if (!code && r->in.has_order)
            c->area[c->n_areas++] = order;
    }
    return code;
}

static enum err nothing(struct run *r, const char *what, const char *cure)
{
    error_set(r->e, ERR_INPUT, "fertility.columns", r->f.path, "%s", what);
    return error_cure(r->e, "%s", cure);
}

// Married women and years lived: only where they are asked for.
static enum err read_beside(struct run *r)
{
    struct fertility_input *in = &r->in;
    enum err code = ERR_OK;
    if (cli_option(r->c, "married"))
        code = numbers(r, "married", &in->married, &in->column_married);
    if (!code && in->married && in->rate) {
        error_set(r->e, ERR_USAGE, "fertility.option", "--married",
                  "the file has rates, and M and m are fitted to counts of births");
        return error_cure(r->e, "Give births and women beside them.");
    }
    if (!code && cli_option(r->c, "lived"))
        code = numbers(r, "lived", &in->lived, &in->column_lived);
    return code;
}

// Reverse survival and own children.
static enum err read_people(struct run *r)
{
    struct fertility_input *in = &r->in;
    enum err code = column(r, "sex", &in->columns.sex);
    if (!code)
        code = numbers(r, "people", &in->people, &in->column_people);
    if (!code && in->own)
        code = column(r, "mother", &in->column_mother);
    if (code)
        return code;
    if (in->columns.sex == SIZE_MAX || (in->reverse && !in->people))
        return nothing(r, "people by age and sex are not in the file",
                       "Name the columns: --sex COL --people COL.");
    if (in->own && in->column_mother == SIZE_MAX)
        return nothing(r, "no column says the age of the mother in the household",
                       "Name it with --mother COL; its cells may be empty.");
    return ERR_OK;
}

static enum err read_columns(struct run *r)
{
    struct fertility_input *in = &r->in;
    enum err code = column(r, "age", &in->columns.age);
    if (!code && in->columns.age == SIZE_MAX && !in->own && !in->reverse)
        in->columns.age = age_column_named(&r->f, "|母亲年龄|");
    if (!code && in->columns.age == SIZE_MAX)
        return nothing(r, "no column is called age, age_group or 年龄",
                       "Name it with --age COL.");
    in->columns.sex = SIZE_MAX;
    in->columns.only = LIFETABLE_FEMALE;
    if (!code)
        code = read_areas(r);
    if (!code)
        code = column(r, "year", &in->columns.year);
    if (!code && (in->reverse || in->own))
        return read_people(r);
    if (!code)
        code = numbers(r, "births", &in->births, &in->column_births);
    if (!code)
        code = numbers(r, "women", &in->women, &in->column_women);
    if (!code)
        code = numbers(r, "rate", &in->rate, &in->column_rate);
    if (!code && in->births && in->women && !cli_option(r->c, "rate"))
        in->rate = NULL;
    else if (!code && !in->rate)
        code =
            nothing(r, "there are neither births and women nor rates (asfr) in the file",
                    "Name the columns: --births COL --women COL, or --rate COL.");
    return code ? code : read_beside(r);
}

// Seven shares, or those of China in 2010-2015 (World Population Prospects 2019).
static enum err read_shares(struct run *r)
{
    static const double usual[7] = {2.24909, 36.57073, 34.6497, 18.5003,
                                    5.92927, 1.78994,  .31098};
    const char *text = cli_option(r->c, "shares");
    struct str rest = str_of(text), head = rest;
    double sum = 0;
    for (size_t i = 0; i < 7; i++) {
        r->in.share[i] = usual[i];
        bool more = text && i < 6 && str_split(rest, ',', &head, &rest);
        if (text && ((i < 6 && !more) ||
                     !str_to_double(str_trim(i < 6 ? head : rest), &r->in.share[i]) ||
                     !(r->in.share[i] >= 0)))
            return bad(r, "shares", text, "seven shares with commas between them",
                       "Write those of ages 15-19 ... 45-49: 2,37,35,18,6,2,0.");
        sum += r->in.share[i];
    }
    if (!(sum > 0))
        return bad(r, "shares", text, "shares of something", "One must be above 0.");
    for (size_t i = 0; i < 7; i++)
        r->in.share[i] /= sum;
    return ERR_OK;
}

// "west:70" or "west:72,68", women's and men's.
static enum err read_model(struct run *r, const char *option, bool *given)
{
    const char *text = cli_option(r->c, option);
    struct str name, level, women, men;
    double *e0 = r->in.e0;
    *given = text;
    if (!text)
        return ERR_OK;
    bool fine = str_split(str_of(text), ':', &name, &level) &&
                lifetable_model_find(str_trim(name), &r->in.model);
    if (fine && str_split(level, ',', &women, &men))
        fine = str_to_double(str_trim(women), &e0[0]) &&
               str_to_double(str_trim(men), &e0[1]);
    else if (fine) {
        fine = str_to_double(str_trim(level), &e0[0]);
        e0[1] = e0[0];
    }
    return fine
               ? ERR_OK
               : bad(r, option, text, "a model life table and its life expectancies",
                     "Write west:75,71 (women, men); north, east, south, latin-american, "
                     "chilean, south-asian, far-eastern, general, log-quadratic.");
}

// What cannot go together: each reads another kind of file.
static enum err read_models(struct run *r)
{
    static const char *const of_births[] = {"births", "women",   "rate",
                                            "order",  "married", "lived"};
    struct fertility_input *in = &r->in;
    enum err code = read_model(r, "reverse", &in->reverse);
    if (!code)
        code = read_model(r, "own-children", &in->own);
    if (!code)
        code = read_model(r, "mortality", &in->mortality);
    if (code)
        return code;
    if (in->reverse + in->own + in->mortality > 1)
        return bad(r, in->reverse ? "reverse" : "own-children", "two of them",
                   "what one run can do",
                   "Give one of --reverse, --own-children, --mortality.");
    for (size_t i = 0;
         (in->reverse || in->own) && i < sizeof of_births / sizeof *of_births; i++)
        if (cli_option(r->c, of_births[i]))
            return bad(r, of_births[i], cli_option(r->c, of_births[i]),
                       "of any effect where births are counted back",
                       "Leave it out, or leave out --reverse and --own-children.");
    if (in->mortality && cli_option(r->c, "lived"))
        return bad(r, "lived", cli_option(r->c, "lived"), "wanted beside --mortality",
                   "Give one of them.");
    return in->reverse ? read_shares(r) : ERR_OK;
}

static enum err write_out(struct run *r)
{
    struct result results[FERTILITY_DOC_RESULTS];
    const struct result *list[FERTILITY_DOC_RESULTS];
    struct doc *d = fertility_doc_make(&r->c->arena, &r->page);
    size_t n = fertility_doc_results(&r->c->arena, &r->page, results);
    if (!d)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++)
        list[i] = &results[i];
    const char *pdf = cli_option(r->c, "pdf");
    enum err code = pdf ? doc_write_pdf(d, pdf, r->e) : ERR_OK;
    return code ? code : session_results(r->c, d, list, n, r->e);
}

enum err run_fertility(struct cli *c, struct error *e)
{
    enum err code = session_outputs(c, e);
    struct run *r = ARENA_NEW(&c->arena, struct run);
    if (!code && !r)
        code = error_memory(e);
    if (code)
        return code;
    r->c = c;
    r->e = e;
    r->in.f = &r->f;
    r->in.years = 1;
    r->in.boys = 1.06;
    r->in.level = .95;
    r->in.ages.closed = true;
    r->in.ages.ragged = cli_switch(c, "ragged");
    const char *path = cli_argument(c, "FILE");
    code = number(r, "years", .001, 100, &r->in.years);
    if (!code)
        code = number(r, "boys", .8, 1.6, &r->in.boys);
    if (!code)
        code = number(r, "level", .01, .9999, &r->in.level);
    if (!code)
        code = read_models(r);
    if (!code && cli_option(c, "shares") && !r->in.reverse)
        code =
            bad(r, "shares", cli_option(c, "shares"), "of any effect without --reverse",
                "Add --reverse west:75,71, or leave it out.");
    if (!code)
        code = frame_read(&r->f, path, &c->arena, e);
    if (!code)
        code = read_columns(r);
    if (!code)
        code = fertility_study_make(&r->study, &r->in, e);
    if (code)
        return code;
    const char *base = strrchr(path, '/');
    r->page = (struct fertility_page){.study = &r->study,
                                      .input = &r->in,
                                      .file = str_of(base ? base + 1 : path),
                                      .zh = c->zh};
    return write_out(r);
}
