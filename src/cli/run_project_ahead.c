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
        *list = (struct project_change){str_format(&c->arena, "106 in %d", (int)year),
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

static enum err one_area(struct cli *c, struct pool *pool,
                         const struct project_files *files, size_t i,
                         const struct project_forecast_choice *all,
                         const struct project_given *given, struct doc *d,
                         struct result *results, struct error *e)
{
    const struct project_area *area = &files->areas[i];
    struct project_forecast *ahead, *without = NULL;
    struct project_forecast_choice own_choice = *all, *choice = &own_choice, plain;
    size_t groups = 0;
    enum err code = ERR_OK;
    if (area->in.shape.width == 1) { // pyramids of single years say little
        choice->needs = project_doc_needs(&c->arena, &area->in.shape, all->needs,
                                          &choice->n_needs, &groups);
        code = choice->needs ? ERR_OK : error_memory(e);
    }
    if (!code && given)
        code = project_given_of(given, area, own_choice.given, &c->arena, e);
    if (!code)
        code = project_forecast_make(&c->arena, pool, &area->in, choice, &ahead, e);
    if (!code && choice->scenario.n) {
        plain = own_choice;
        plain.scenario = (struct str){"", 0};
        code = project_forecast_make(&c->arena, pool, &area->in, &plain, &without, e);
    }
    if (code)
        return code;
    struct project_page page = {.area = area->name.n ? area->name : area->code,
                                .ahead = ahead,
                                .without = without,
                                .declared = choice->certain ? NULL : choice->error,
                                .thousands = files->thousands,
                                .zh = c->zh,
                                .n_groups = groups};
    struct result own[PROJECT_DOC_RESULTS];
    size_t n = project_doc_results(&c->arena, &page, own);
    for (size_t k = 0; k < n; k++)
        if (i == 0)
            results[k] = own[k];
        else
            merge(&results[k], &own[k]);
    bool ok = true;
    if (i < MOST_PAGES && files->n_areas > 1)
        ok = doc_break(d) && doc_heading(d, 1, page.area);
    if (i < MOST_PAGES)
        ok = ok && project_doc_add(d, &page);
    return ok ? ERR_OK : error_memory(e);
}

enum err project_ahead(struct cli *c, const struct project_files *files, struct doc *d,
                       struct result **results, size_t *n, struct error *e)
{
    struct project_forecast_choice choice;
    struct project_given given;
    struct pool *pool = NULL;
    bool some = false;
    enum err code = read_ahead(c, &choice, &given, &some, e);
    *n = PROJECT_DOC_RESULTS;
    *results = ARENA_ARRAY(&c->arena, struct result, PROJECT_DOC_RESULTS);
    if (!code && !*results)
        code = error_memory(e);
    if (!code)
        code = pool_open(&pool, 0, e);
    for (size_t i = 0; !code && i < files->n_areas; i++)
        code = one_area(c, pool, files, i, &choice, some ? &given : NULL, d, *results, e);
    pool_close(pool);
    return code;
}
