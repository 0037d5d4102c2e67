// SPDX-License-Identifier: AGPL-3.0-or-later
// The file of `srb --ccm`: a row is an area, a year, perhaps a source, and either counts
// of boys and girls (added up) or a ratio with its sampling error.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/srb_ccm.h"

struct reading { // columns as numbers, by row of the file
    int32_t *year;
    double *boys, *girls;       // counts; NaN: empty
    double *ratio, *sd;         // log ratio
    double *births;             // NaN: none
    struct frame_groups *areas; // NULL: one area
};

static enum err missing_option(struct ccm_run *r, const char *text, const char *cure)
{
    error_set(r->e, ERR_USAGE, "ccm.columns", NULL, "%s", text);
    return error_cure(r->e, "%s", cure);
}

static enum err numbers_of(struct ccm_run *r, const char *option, bool may_be_empty,
                           double **out, size_t *column)
{
    enum err code = frame_column(&r->f, cli_option(r->c, option), column, r->e);
    return code ? code : frame_numbers(&r->f, *column, may_be_empty, out, r->e);
}

// --- columns

static enum err read_years(struct ccm_run *r, struct reading *in)
{
    size_t column;
    double *years;
    if (!cli_option(r->c, "period"))
        return missing_option(r, "Which column holds the year is not said.",
                              "Add --period COL.");
    enum err code = numbers_of(r, "period", false, &years, &column);
    if (code)
        return code;
    in->year = ARENA_ARRAY(&r->arena, int32_t, r->f.n_rows + 1);
    if (!in->year)
        return error_memory(r->e);
    for (size_t i = 0; i < r->f.n_rows; i++) {
        if (years[i] != floor(years[i]) || fabs(years[i]) > 9999) {
            struct str cell = frame_cell(&r->f, i, column);
            return frame_error(&r->f, i, column, "Write years as 2014.", r->e,
                               "'%.*s' is not a year", cell.n > 40 ? 40 : (int)cell.n,
                               cell.p);
        }
        in->year[i] = (int32_t)years[i];
    }
    return ERR_OK;
}

static enum err read_counts(struct ccm_run *r, struct reading *in)
{
    static const char *const options[2] = {"boys", "girls"};
    double **out[2] = {&in->boys, &in->girls};
    for (int k = 0; k < 2; k++) {
        size_t column;
        enum err code = numbers_of(r, options[k], true, out[k], &column);
        if (code)
            return code;
        for (size_t i = 0; i < r->f.n_rows; i++)
            if ((*out[k])[i] < 0 || (*out[k])[i] != floor((*out[k])[i]))
                if (!isnan((*out[k])[i]))
                    return frame_error(&r->f, i, column, "Write counts as whole numbers.",
                                       r->e, "%g is not a count", (*out[k])[i]);
    }
    return ERR_OK;
}

// Ratio of boys to girls, as 1.06, 106 or its logarithm.
static enum err read_ratios(struct ccm_run *r, struct reading *in, bool logs)
{
    size_t column, of_sd;
    enum err code =
        numbers_of(r, logs ? "log-ratio" : "ratio", true, &in->ratio, &column);
    if (!code)
        code = numbers_of(r, "sd", true, &in->sd, &of_sd);
    if (code)
        return code;
    bool per_100 = false;
    for (size_t i = 0; i < r->f.n_rows; i++)
        per_100 = per_100 || in->ratio[i] > 20;
    for (size_t i = 0; i < r->f.n_rows; i++) {
        if (isnan(in->ratio[i]))
            continue;
        if (!logs && !(in->ratio[i] > 0))
            return frame_error(&r->f, i, column,
                               "Leave a year without boys or girls out, or give counts.",
                               r->e, "A ratio must be above 0; %g was found",
                               in->ratio[i]);
        if (!(in->sd[i] > 0))
            return frame_error(
                &r->f, i, of_sd,
                "It is the standard deviation of the log ratio; from counts "
                "sqrt(1 / boys + 1 / girls).",
                r->e, "A sampling error must be above 0");
        if (!logs)
            in->ratio[i] = log(per_100 ? in->ratio[i] / 100 : in->ratio[i]);
    }
    return ERR_OK;
}

static enum err read_measure(struct ccm_run *r, struct reading *in)
{
    bool counts = cli_option(r->c, "boys") && cli_option(r->c, "girls");
    bool logs = cli_option(r->c, "log-ratio"), ratios = cli_option(r->c, "ratio");
    if (counts + logs + ratios != 1 || (!counts && !cli_option(r->c, "sd")))
        return missing_option(r,
                              "What the ratio is made from is not said, or said twice.",
                              "Give --boys COL and --girls COL; or --ratio COL (or "
                              "--log-ratio COL) with --sd COL.");
    return counts ? read_counts(r, in) : read_ratios(r, in, logs);
}

static enum err read_groups(struct ccm_run *r, struct reading *in)
{
    const char *const *names;
    unsigned n;
    size_t columns[8];
    enum err code = session_names(r->c, "area", &names, &n, r->e);
    if (!code && n > 8)
        return missing_option(r, "More than 8 columns of areas are given.",
                              "Leave out some of them.");
    for (unsigned i = 0; i < n && !code; i++)
        code = frame_column(&r->f, names[i], &columns[i], r->e);
    if (!code && n) {
        code = frame_groups(&r->f, columns, n, &r->areas, r->e);
        if (!code)
            code = frame_groups_sort(&r->f, &r->areas, r->e);
        in->areas = &r->areas;
    }
    if (!code && cli_option(r->c, "source")) {
        code = frame_column(&r->f, cli_option(r->c, "source"), columns, r->e);
        if (!code)
            code = frame_groups(&r->f, columns, 1, &r->types, r->e);
    }
    return code;
}

// --- sources

static enum err read_sources(struct ccm_run *r)
{
    struct ccm_model *m = &r->in.model;
    const char *const *exact;
    unsigned n;
    enum err code = session_names(r->c, "registered", &exact, &n, r->e);
    if (code)
        return code;
    if (!cli_option(r->c, "source"))
        return n ? missing_option(r, "--registered is given without --source.",
                                  "Add --source COL.")
                 : ERR_OK;
    if (r->types.n > CCM_MAX_TYPES)
        return missing_option(r, "The file has more than 8 kinds of sources.",
                              "Join kinds that are alike.");
    m->n_types = r->types.n;
    for (uint32_t k = 0; k < r->types.n; k++)
        m->omega[k] = NAN;
    for (unsigned i = 0; i < n; i++) {
        uint32_t k = frame_group(&r->types, str_of(exact[i]));
        if (k == r->types.n) {
            error_set(r->e, ERR_NOT_FOUND, "ccm.source", "--registered",
                      "'%.60s' is no source of the file", exact[i]);
            return error_cure(r->e, "Write it as it stands in the column.");
        }
        m->omega[k] = 0;
    }
    r->page.type_names = r->types.names;
    return ERR_OK;
}

// --- observations

struct key {
    uint32_t area, type;
    int32_t year;
    size_t row;
};

static int by_key(const void *a, const void *b)
{
    const struct key *p = a, *q = b;
    if (p->area != q->area)
        return p->area < q->area ? -1 : 1;
    if (p->year != q->year)
        return p->year < q->year ? -1 : 1;
    if (p->type != q->type)
        return p->type < q->type ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

// Births of an area in a year: of several sources the one that has most.
static void add_births(struct ccm_births *all, size_t *n, const struct key *key,
                       double births)
{
    struct ccm_births *last = *n ? &all[*n - 1] : NULL;
    if (last && last->area == key->area && last->year == key->year) {
        last->births = fmax(last->births, births);
        return;
    }
    all[(*n)++] = (struct ccm_births){key->area, key->year, births};
}

// Rows of one area, year and source, from `from` up to the returned one.
static size_t join(struct ccm_run *r, const struct reading *in, const struct key *keys,
                   size_t from, struct ccm_observation *out, size_t *n,
                   struct ccm_births *births, size_t *n_births)
{
    size_t to = from;
    double boys = 0, girls = 0, expected = NAN;
    for (; to < r->f.n_rows && keys[to].area == keys[from].area &&
           keys[to].year == keys[from].year && keys[to].type == keys[from].type;
         to++) {
        size_t row = keys[to].row;
        const struct key *k = keys + to;
        if (in->births && !isnan(in->births[row]))
            expected = isnan(expected) ? in->births[row] : expected + in->births[row];
        if (in->boys) {
            boys += isnan(in->boys[row]) ? 0 : in->boys[row];
            girls += isnan(in->girls[row]) ? 0 : in->girls[row];
        } else if (!isnan(in->ratio[row])) {
            r->lines[*n] = r->f.lines[row];
            out[(*n)++] = (struct ccm_observation){k->area, k->type, k->year,
                                                   in->ratio[row], in->sd[row]};
        }
    }
    if (boys + girls > 0) {
        // half a birth more of each: the logarithm of few is then hardly biased
        r->lines[*n] = r->f.lines[keys[from].row];
        out[(*n)++] =
            (struct ccm_observation){keys[from].area, keys[from].type, keys[from].year,
                                     log((boys + 0.5) / (girls + 0.5)),
                                     sqrt(1 / (boys + 0.5) + 1 / (girls + 0.5))};
        if (isnan(expected))
            expected = boys + girls;
    }
    if (!isnan(expected))
        add_births(births, n_births, keys + from, expected);
    return to;
}

static enum err gather(struct ccm_run *r, const struct reading *in)
{
    size_t n = r->f.n_rows, n_out = 0, n_births = 0;
    struct key *keys = ARENA_ARRAY(&r->arena, struct key, n + 1);
    struct ccm_observation *out = ARENA_ARRAY(&r->arena, struct ccm_observation, n + 1);
    struct ccm_births *births = ARENA_ARRAY(&r->arena, struct ccm_births, n + 1);
    r->lines = ARENA_ARRAY(&r->arena, uint64_t, n + 1);
    if (!keys || !out || !births || !r->lines)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++)
        keys[i] = (struct key){in->areas ? in->areas->of_row[i] : 0,
                               r->types.n ? r->types.of_row[i] : 0, in->year[i], i};
    qsort(keys, n, sizeof *keys, by_key);
    for (size_t i = 0; i < n;)
        i = join(r, in, keys, i, out, &n_out, births, &n_births);
    r->in.data.observations = out;
    r->in.data.n_observations = n_out;
    r->in.births = births;
    r->in.n_births = n_births;
    return ERR_OK;
}

// --- the file of areas

static bool has_column(const struct frame *f, const char *name)
{
    struct error ignored;
    size_t column;
    return !frame_column(f, name, &column, &ignored);
}

static enum err optional_numbers(const struct frame *f, const char *name, double **out,
                                 struct error *e)
{
    size_t column;
    *out = NULL;
    if (!has_column(f, name))
        return ERR_OK;
    enum err code = frame_column(f, name, &column, e);
    return code ? code : frame_numbers(f, column, true, out, e);
}

static enum err read_areas_file(struct ccm_run *r, struct ccm_area *areas)
{
    const char *path = cli_option(r->c, "areas");
    struct frame f;
    struct frame_groups groups = {0};
    size_t column;
    double *risk, *baseline, *start, *earliest;
    if (!path)
        return ERR_OK;
    enum err code = frame_read(&f, path, &r->arena, r->e);
    if (!code)
        code = optional_numbers(&f, "at_risk_from", &risk, r->e);
    if (!code)
        code = optional_numbers(&f, "baseline", &baseline, r->e);
    if (!code)
        code = optional_numbers(&f, "start", &start, r->e);
    if (!code)
        code = optional_numbers(&f, "earliest", &earliest, r->e);
    if (!code && has_column(&f, "group")) {
        code = frame_column(&f, "group", &column, r->e);
        if (!code)
            code = frame_groups(&f, &column, 1, &groups, r->e);
        if (!code)
            r->in.data.n_groups = groups.n;
    }
    if (!code)
        code = frame_column(&f, "area", &column, r->e);
    for (size_t i = 0; !code && i < f.n_rows; i++) {
        uint32_t k = frame_group(&r->areas, frame_cell(&f, i, column));
        if (k == r->areas.n)
            continue; // an area of which there are no data
        areas[k].group = groups.n ? groups.of_row[i] : 0;
        if (risk && !isnan(risk[i]))
            areas[k].at_risk_from = (int32_t)fmax(-9999, fmin(risk[i], 9999));
        if (baseline && !isnan(baseline[i]))
            areas[k].baseline = baseline[i] > 20 ? baseline[i] / 100 : baseline[i];
        if (start)
            areas[k].start = start[i];
        if (earliest)
            areas[k].earliest = earliest[i];
    }
    return code;
}

enum err ccm_run_read(struct ccm_run *r)
{
    static const struct str one_area[1] = {{NULL, 0}};
    struct reading in = {0};
    const char *path = cli_argument(r->c, "FILE");
    if (!path)
        return missing_option(
            r, "No file is given.",
            "heng srb births.csv --ccm --area COL --period COL --boys COL "
            "--girls COL");
    enum err code = frame_read(&r->f, path, &r->arena, r->e);
    if (!code)
        code = read_years(r, &in);
    if (!code)
        code = read_measure(r, &in);
    if (!code)
        code = read_groups(r, &in);
    if (!code)
        code = read_sources(r);
    size_t column;
    if (!code && cli_option(r->c, "births"))
        code = numbers_of(r, "births", true, &in.births, &column);
    if (!code)
        code = gather(r, &in);
    if (code)
        return code;
    size_t n = in.areas ? in.areas->n : 1;
    struct ccm_area *areas = ARENA_ARRAY(&r->arena, struct ccm_area, n);
    if (!areas)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++)
        areas[i] = (struct ccm_area){0, INT32_MAX, NAN, NAN, NAN};
    const char *base = strrchr(path, '/');
    r->page.file = str_of(base ? base + 1 : path);
    r->page.area_names = in.areas ? in.areas->names : one_area;
    if (!in.areas)
        r->page.area_names = &r->page.file;
    r->in.data.areas = areas;
    r->in.data.n_areas = n;
    r->in.data.n_groups = 1;
    return read_areas_file(r, areas);
}

enum err ccm_run_place(struct ccm_run *r, enum err code)
{
    unsigned long long number;
    char where[200];
    if (sscanf(r->e->where, "observation %llu", &number) == 1 && number &&
        number <= r->in.data.n_observations)
        snprintf(where, sizeof where, STR_FMT ":%llu", STR_ARG(r->page.file),
                 (unsigned long long)r->lines[number - 1]);
    else if (sscanf(r->e->where, "area %llu", &number) == 1 && number &&
             number <= r->in.data.n_areas)
        snprintf(where, sizeof where, STR_FMT, STR_ARG(r->page.area_names[number - 1]));
    else
        return code;
    snprintf(r->e->where, sizeof r->e->where, "%s", where);
    return code;
}
