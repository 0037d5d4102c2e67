// SPDX-License-Identifier: AGPL-3.0-or-later
// project: trajectories, scenarios and what is needed.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/run_project.h"
#include "report/project_doc.h"
#include "study/project_given.h"

enum { MOST_PAGES = 12, MOST_TRAJECTORIES = 100000 };

bool project_ahead_wanted(const struct cli *c)
{
    return cli_option(c, "trajectories") || cli_option(c, "scenario") ||
           cli_switch(c, "demand") || cli_option(c, "needs") || cli_option(c, "normal") ||
           cli_option(c, "error") || cli_option(c, "given") || cli_option(c, "marriage");
}

static enum err wrong(const char *option, const char *found, const char *expected,
                      struct error *e)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", option);
    error_set(e, ERR_USAGE, "project.option", where, "'%.80s' is not %s", found,
              expected);
    return error_cure(e, "See 'heng help project'.");
}

static enum err read_count(const struct cli *c, const char *option, int64_t low,
                           int64_t high, int64_t *out, struct error *e)
{
    const char *text = cli_option(c, option);
    char expected[80];
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld",
             (long long)low, (long long)high);
    if (text && (!str_to_int(str_of(text), out) || *out < low || *out > high))
        return wrong(option, text, expected, e);
    return ERR_OK;
}

// tfr=0.1,0.9: standard deviation and memory in five years.
static enum err read_errors(struct cli *c, const struct project_given *given,
                            struct project_error out[PROJECT_SERIES], struct error *e)
{
    static const char *const names[PROJECT_SERIES] = {"tfr", "e0", "gap", "boys", "net"};
    const char *const *values;
    size_t n;
    project_forecast_errors(out);
    for (int s = 0; given && s < PROJECT_SERIES; s++)
        out[s].sd = 0; // what the file does not have stays as it is
    enum err code = cli_options(c, "error", &values, &n, e);
    for (size_t i = 0; !code && i < n; i++) {
        struct str name, rest, sd, rho = {"", 0};
        double x = 0, memory = -1;
        bool ok = str_split(str_of(values[i]), '=', &name, &rest);
        int series = -1;
        for (int s = 0; ok && s < PROJECT_SERIES; s++)
            series = str_equal_c(name, names[s]) ? s : series;
        if (ok && !str_split(rest, ',', &sd, &rho)) {
            sd = rest;
            rho = (struct str){"", 0};
        }
        ok = ok && series >= 0 && str_to_double(sd, &x) && x >= 0 &&
             (!rho.n || (str_to_double(rho, &memory) && memory >= 0 && memory <= 1));
        if (!ok)
            return wrong(
                "error", values[i],
                "an error such as tfr=0.1,0.9 (tfr, e0, gap, boys, net; standard "
                "deviation and memory in five years)",
                e);
        if (given && given->has[series]) {
            error_set(e, ERR_USAGE, "project.option", "--error",
                      "'%.40s' is given by the file of --given", values[i]);
            return error_cure(e, "Leave --error out for it, or the column.");
        }
        out[series].sd = x;
        out[series].by_level = false; // as it is declared
        if (memory >= 0)
            out[series].rho = memory;
        else if (series == PROJECT_NET)
            out[series].rho = .5;
    }
    return code;
}

static enum err read_changes(struct cli *c, struct project_forecast_choice *choice,
                             struct error *e)
{
    const char *path = cli_option(c, "scenario"), *name = cli_option(c, "case");
    struct project_change *list = NULL;
    size_t n = 0;
    int64_t year = 0;
    enum err code = read_count(c, "normal", 1800, 2500, &year, e);
    if (!code && path && year) {
        error_set(e, ERR_USAGE, "project.scenario", "--normal",
                  "a scenario was given beside it");
        return error_cure(e, "Put the year into the file: series boys, how step.");
    }
    if (!code && path)
        code = project_changes_read(&c->arena, path, &list, &n, e);
    if (!code && year) { // the ratio at birth is 106 from a year on
        list = ARENA_NEW(&c->arena, struct project_change);
        if (!list)
            return error_memory(e);
        *list = (struct project_change){
            str_format(&c->arena, cli_say(c, "106 from %d", "%d年起106"), (int)year),
            PROJECT_BOYS,
            PROJECT_STEP,
            PROJECT_VALUE,
            (double)year,
            (double)year,
            1.06};
        n = 1;
    }
    if (code || !n)
        return code;
    // moments of a county are ends of years: 2020 begins with that of 2019
    for (size_t i = 0; i < n && project_of_county(c); i++) {
        list[i].from--;
        list[i].to--;
    }
    choice->changes = list;
    choice->n_changes = n;
    choice->scenario = name ? str_of(name) : list[0].scenario;
    for (size_t i = 0; i < n; i++)
        if (str_equal(list[i].scenario, choice->scenario))
            return ERR_OK;
    return wrong("case", name, "a scenario of the file", e);
}

static enum err read_given(struct cli *c, struct project_given *given, bool *some,
                           int64_t *trajectories, struct error *e)
{
    const char *path = cli_option(c, "given");
    *some = path != NULL;
    if (!path)
        return ERR_OK;
    enum err code = project_given_read(given, path, &c->arena, e);
    if (!code && cli_option(c, "trajectories") &&
        *trajectories != (int64_t)given->trajectories) {
        error_set(e, ERR_USAGE, "project.option", "--trajectories",
                  "the file of --given has %zu", given->trajectories);
        return error_cure(e, "Leave --trajectories out.");
    }
    *trajectories = (int64_t)given->trajectories;
    return code;
}

// women=25,men=27,sd=4,gap-sd=3,ever=98,rule=harmonic: those that differ from the usual.
static enum err read_marriage(const struct cli *c, struct project_forecast_choice *choice,
                              struct error *e)
{
    const char *text = cli_option(c, "marriage");
    struct marriage_schedule *s = &choice->marriage;
    struct marriage_model tried;
    *s = marriage_schedule_usual();
    choice->couples = text != NULL;
    struct str rest = text ? str_of(text) : STR(""), part, name, value;
    if (str_equal(rest, STR("usual")))
        rest.n = 0;
    while (rest.n) {
        if (!str_split(rest, ',', &part, &rest)) {
            part = rest;
            rest.n = 0;
        }
        bool ok = str_split(part, '=', &name, &value);
        double x = 0;
        if (ok && str_equal_c(name, "rule")) {
            ok = str_equal_c(value, "harmonic") || str_equal_c(value, "matching");
            choice->rule =
                str_equal_c(value, "matching") ? MARRIAGE_MATCHING : MARRIAGE_HARMONIC;
        } else if (ok && str_to_double(value, &x)) {
            if (str_equal_c(name, "women"))
                s->mean[MARRIAGE_WOMEN] = x;
            else if (str_equal_c(name, "men"))
                s->mean[MARRIAGE_MEN] = x;
            else if (str_equal_c(name, "sd"))
                s->sd[MARRIAGE_WOMEN] = s->sd[MARRIAGE_MEN] = x;
            else if (str_equal_c(name, "gap-sd"))
                s->gap_sd = x;
            else if (str_equal_c(name, "ever"))
                s->ever = x > 1 ? x / 100 : x;
            else
                ok = false;
        } else {
            ok = false;
        }
        if (!ok)
            return wrong("marriage", text,
                         "usual, or such as women=25,men=27,sd=4,gap-sd=3,ever=98,"
                         "rule=harmonic (or matching)",
                         e);
    }
    enum err code = text ? marriage_model_make(&tried, s, choice->rule, e) : ERR_OK;
    if (code)
        memcpy(e->where, "--marriage", sizeof "--marriage");
    return code;
}

static enum err read_ahead(struct cli *c, struct project_forecast_choice *choice,
                           struct project_given *given, bool *some, struct error *e)
{
    int64_t trajectories = 1000, seed = 1;
    struct project_need *needs = NULL;
    *choice = (struct project_forecast_choice){0};
    enum err code = read_count(c, "trajectories", 0, MOST_TRAJECTORIES, &trajectories, e);
    if (!code)
        code = read_count(c, "seed", 0, INT64_MAX, &seed, e);
    if (!code)
        code = read_given(c, given, some, &trajectories, e);
    if (!code)
        code = read_errors(c, *some ? given : NULL, choice->error, e);
    if (!code)
        code = read_changes(c, choice, e);
    if (!code)
        code = read_marriage(c, choice, e);
    if (!code && cli_option(c, "needs"))
        code = project_needs_read(&c->arena, cli_option(c, "needs"), &needs,
                                  &choice->n_needs, e);
    choice->needs = needs;
    choice->trajectories = (size_t)trajectories;
    choice->certain = trajectories == 0;
    choice->seed = (uint64_t)seed;
    return code;
}

static void merge(struct result *all, const struct result *one)
{
    for (size_t r = 0; r < one->n_rows; r++) {
        struct result_cell *to = result_row(all);
        memcpy(to, one->cells + r * one->n_columns, one->n_columns * sizeof *to);
    }
    all->no_memory = all->no_memory || one->no_memory;
}

// Where life tables do not reach what was drawn, it need not be drawn.
static enum err with_cure(const struct project_forecast_choice *choice, enum err code,
                          struct error *e)
{
    bool drawn = !choice->certain && !choice->given[PROJECT_E0] &&
                 (choice->error[PROJECT_E0].sd > 0 || choice->error[PROJECT_GAP].sd > 0);
    char cure[sizeof e->cure];
    if (code != ERR_INPUT || !drawn || !str_starts(str_of(e->key), STR("survival.")))
        return code;
    memcpy(cure, e->cure, sizeof cure);
    return error_cure(e,
                      "%.200s Or let life expectancies be as projected, with "
                      "--error e0=0 --error gap=0.",
                      cure);
}

// ---- areas ----

// What is asked of every area.
struct ahead {
    struct cli *c;
    struct pool *pool;
    const struct project_files *files;
    const struct project_area *all; // with the wholes of the chosen ones
    size_t n;
    struct project_forecast_choice choice;
    const struct project_given *given;         // NULL: none
    struct project_forecast **made, **without; // [n], without the scenario
    bool *needed;                              // [n] wanted, or one within it is
    struct error *e;
};

// Counts of an area that its parts add up to.
struct counts {
    const double *whole, *sum;
    double *keep, *add_to;
};

static enum err forecast(const struct ahead *w, size_t i, bool plain, struct arena *a,
                         const struct counts *counts, struct project_forecast **out)
{
    struct project_forecast_choice choice = w->choice;
    enum err code = ERR_OK;
    const struct project_shape *s = &w->all[i].in.shape;
    size_t groups;
    if (plain)
        choice.scenario = (struct str){"", 0};
    if (s->width == 1) { // pyramids of single years say little
        choice.needs = project_doc_needs(a, s, choice.needs, &choice.n_needs, &groups);
        code = choice.needs ? ERR_OK : error_memory(w->e);
    }
    if (!code && w->given)
        code = project_given_of(w->given, &w->all[i], choice.given, a, w->e);
    if (counts) {
        choice.whole = counts->whole;
        choice.sum = counts->sum;
        choice.keep = counts->keep;
        choice.add_to = counts->add_to;
    }
    if (!code)
        code = project_forecast_make(a, w->pool, &w->all[i].in, &choice, out, w->e);
    return with_cure(&choice, code, w->e);
}

// The parts' sum, all of them: their whole is asked for nothing else of them.
static enum err add_parts(const struct ahead *w, size_t whole, bool plain, double *sum)
{
    enum err code = ERR_OK;
    for (size_t k = 0; !code && k < w->n; k++) {
        struct project_forecast *ignored;
        struct arena scratch;
        if (w->all[k].within != &w->all[whole])
            continue;
        arena_init(&scratch, 0);
        code = forecast(w, k, plain, &scratch, &(struct counts){.add_to = sum}, &ignored);
        arena_free(&scratch);
    }
    return code;
}

// An area and those within it, from the top down.
static enum err forecast_tree(const struct ahead *w, size_t i, bool plain,
                              struct counts counts)
{
    const struct project_shape *s = &w->all[i].in.shape;
    size_t trajectories = w->choice.certain ? 1 : w->choice.trajectories, n;
    struct project_forecast **out = plain ? w->without : w->made;
    double *sum = NULL;
    bool parts = false;
    enum err code = ERR_OK;
    for (size_t k = 0; k < w->n; k++)
        parts |= w->needed[k] && w->all[k].within == &w->all[i];
    if (parts && !size_mul(project_together_cells(s) * (s->steps + 1), trajectories, &n))
        return error_memory(w->e);
    counts.keep = parts ? mem_alloc(n, sizeof *counts.keep) : NULL;
    sum = parts ? mem_alloc(n, sizeof *sum) : NULL;
    if (parts && (!counts.keep || !sum))
        code = error_memory(w->e);
    if (!code)
        code = forecast(w, i, plain, &w->c->arena, &counts, &out[i]);
    if (!code && parts)
        code = add_parts(w, i, plain, sum);
    for (size_t k = 0; !code && parts && k < w->n; k++)
        if (w->needed[k] && w->all[k].within == &w->all[i])
            code =
                forecast_tree(w, k, plain, (struct counts){counts.keep, sum, NULL, NULL});
    mem_free(sum);
    mem_free(counts.keep);
    return code;
}

// Areas within others are made with their wholes, trajectory by trajectory.
static enum err forecast_nested(struct ahead *w)
{
    enum err code = ERR_OK;
    w->needed = ARENA_ARRAY(&w->c->arena, bool, w->n + 1);
    if (!w->needed)
        return error_memory(w->e);
    for (size_t i = 0; i < w->files->n_areas; i++)
        for (size_t k = 0; k < w->n; k++)
            if (str_equal(w->all[k].code, w->files->areas[i].code))
                for (const struct project_area *up = &w->all[k]; up; up = up->within)
                    w->needed[up - w->all] = true;
    for (size_t i = 0; !code && i < w->n; i++) {
        if (w->all[i].within || !w->needed[i])
            continue;
        code = forecast_tree(w, i, false, (struct counts){0});
        if (!code && w->choice.scenario.n)
            code = forecast_tree(w, i, true, (struct counts){0});
    }
    return code;
}

// The area's place among all; those chosen are copies.
static size_t place_of(const struct ahead *w, size_t chosen)
{
    for (size_t k = 0; w->files->all && k < w->n; k++)
        if (str_equal(w->all[k].code, w->files->areas[chosen].code))
            return k;
    return chosen;
}

static enum err one_area(struct ahead *w, size_t i, struct doc *d, struct result *results)
{
    const struct project_area *area = &w->files->areas[i];
    size_t k = place_of(w, i);
    enum err code = ERR_OK;
    if (!w->files->nested)
        code = forecast(w, k, false, &w->c->arena, NULL, &w->made[k]);
    if (!code && !w->files->nested && w->choice.scenario.n)
        code = forecast(w, k, true, &w->c->arena, NULL, &w->without[k]);
    if (code)
        return code;
    struct project_page page = {
        .area = area->name.n ? area->name : area->code,
        .ahead = w->made[k],
        .without = w->without[k],
        .declared = w->choice.certain ? NULL : w->choice.error,
        .nested = w->files->nested,
        .thousands = w->files->thousands,
        .ends = project_of_county(w->c),
        .zh = w->c->zh,
        .n_groups = area->in.shape.width == 1
                        ? (area->in.shape.ages - 1) / PROJECT_DOC_GROUP + 1
                        : 0};
    struct result own[PROJECT_DOC_RESULTS];
    size_t n = project_doc_results(&w->c->arena, &page, own);
    for (size_t r = 0; r < n; r++)
        if (i == 0)
            results[r] = own[r];
        else
            merge(&results[r], &own[r]);
    bool ok = true;
    if (i < MOST_PAGES && w->files->n_areas > 1)
        ok = doc_break(d) && doc_heading(d, 1, page.area);
    if (i < MOST_PAGES)
        ok = ok && project_doc_add(d, &page);
    return ok ? ERR_OK : error_memory(w->e);
}

enum err project_ahead(struct cli *c, const struct project_files *files, struct doc *d,
                       struct result **results, size_t *n, struct error *e)
{
    struct project_given given;
    bool some = false;
    struct ahead w = {.c = c,
                      .files = files,
                      .all = files->all ? files->all : files->areas,
                      .n = files->all ? files->n_all : files->n_areas,
                      .e = e};
    enum err code = read_ahead(c, &w.choice, &given, &some, e);
    w.given = some ? &given : NULL;
    *n = PROJECT_DOC_RESULTS;
    *results = ARENA_ARRAY(&c->arena, struct result, PROJECT_DOC_RESULTS);
    w.made = ARENA_ARRAY(&c->arena, struct project_forecast *, w.n + 1);
    w.without = ARENA_ARRAY(&c->arena, struct project_forecast *, w.n + 1);
    if (!code && (!*results || !w.made || !w.without))
        code = error_memory(e);
    if (!code)
        code = pool_open(&w.pool, 0, e);
    if (!code && files->nested)
        code = forecast_nested(&w);
    for (size_t i = 0; !code && i < files->n_areas; i++)
        code = one_area(&w, i, d, *results);
    pool_close(w.pool);
    return code;
}
