// SPDX-License-Identifier: AGPL-3.0-or-later
// srb --smooth: areas with few births borrow from neighbours, other times and the whole.
#include "cli/run_srb_smooth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/session.h"
#include "report/smooth_doc.h"

struct run {
    struct cli *c;
    const struct srb_smooth_task *task;
    struct error *e;
    struct smooth_input in;
    struct smooth_study study;
    struct smooth_page page;
    struct graph graph;
};

static enum err bad_option(struct run *r, const char *name, const char *found,
                           const char *expected, const char *cure)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", name);
    error_set(r->e, ERR_USAGE, "srb.option", where, "'%.80s' is not %s", found, expected);
    return error_cure(r->e, "%s", cure);
}

static enum err number_option(struct run *r, const char *name, double least, double most,
                              const char *expected, double *out)
{
    const char *text = cli_option(r->c, name);
    double value;
    if (!text)
        return ERR_OK;
    if (!str_to_double(str_of(text), &value) || !(value >= least) || !(value <= most))
        return bad_option(r, name, text, expected, "Leave it out for the usual value.");
    *out = value;
    return ERR_OK;
}

static enum err read_time(struct run *r)
{
    static const char *const words[] = {"none", "iid", "rw1", "rw2", "ar1"};
    const char *text = cli_option(r->c, "time");
    r->in.time = SMOOTH_TIME_RW1;
    for (int i = 0; text && i < 5; i++)
        if (strcmp(text, words[i]) == 0) {
            r->in.time = (enum smooth_time)i;
            return ERR_OK;
        }
    return text ? bad_option(r, "time", text, "none, iid, rw1, rw2 or ar1",
                             "rw1 (near periods are alike) is the usual one.")
                : ERR_OK;
}

static enum err read_interaction(struct run *r)
{
    static const char *const words[] = {"none", "1", "2",  "3",   "4",
                                        "0",    "I", "II", "III", "IV"};
    const char *text = cli_option(r->c, "interaction");
    const struct srb_input *in = r->task->in;
    bool both = in->n_levels && in->areas[in->n_levels - 1]->n > 1 && in->periods &&
                in->periods->n > 1;
    r->in.interaction = both;
    for (unsigned i = 0; text && i < 10; i++)
        if (strcmp(text, words[i]) == 0) {
            r->in.interaction = i % 5;
            return ERR_OK;
        }
    return text ? bad_option(r, "interaction", text, "none, I, II, III or IV",
                             "I (each area in each period for itself) is the usual one.")
                : ERR_OK;
}

static enum err read_covariates(struct run *r)
{
    const char *const *names;
    const struct frame *f = r->task->frame;
    unsigned n;
    enum err code = session_names(r->c, "covariate", &names, &n, r->e);
    if (code || !n)
        return code;
    if (n > SMOOTH_MAX_COVARIATES) {
        error_set(r->e, ERR_USAGE, "smooth.covariates", "--covariate",
                  "%u covariates are more than %d", n, (int)SMOOTH_MAX_COVARIATES);
        return error_cure(r->e, "Leave out some of them.");
    }
    double **values = ARENA_ARRAY(f->arena, double *, n);
    struct str *labels = ARENA_ARRAY(f->arena, struct str, n);
    if (!values || !labels)
        return error_memory(r->e);
    for (unsigned i = 0; i < n && !code; i++) {
        size_t column;
        code = frame_column(f, names[i], &column, r->e);
        if (!code)
            code = frame_numbers(f, column, false, values + i, r->e);
        if (!code)
            labels[i] = f->names[column];
    }
    r->in.covariates = (const double *const *)values;
    r->in.covariate_names = labels;
    r->in.n_covariates = n;
    return code;
}

// Neighbours ----------------------------------------------------------------------------

// Texts of the innermost column and the areas that have them.
struct named {
    struct str name;
    uint32_t group;
    bool many; // stands for several areas
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
    int order = n ? memcmp(x->name.p, y->name.p, n) : 0;
    return order ? order : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

static enum err names_of_areas(struct run *r, struct named **out, size_t *n)
{
    const struct frame *f = r->task->frame;
    const struct frame_groups *areas = r->task->in->areas[r->task->in->n_levels - 1];
    struct frame_groups own;
    enum err code = frame_groups(f, &r->task->area_column, 1, &own, r->e);
    if (code)
        return code;
    struct named *list = ARENA_ARRAY(f->arena, struct named, (size_t)own.n + 1);
    if (!list)
        return error_memory(r->e);
    for (uint32_t i = 0; i < own.n; i++)
        list[i] = (struct named){own.names[i], UINT32_MAX, false};
    for (size_t i = 0; i < f->n_rows; i++) {
        struct named *name = list + own.of_row[i];
        name->many |= name->group != UINT32_MAX && name->group != areas->of_row[i];
        name->group = areas->of_row[i];
    }
    qsort(list, own.n, sizeof *list, by_name);
    *out = list;
    *n = own.n;
    return ERR_OK;
}

static enum err find_area(struct run *r, const struct frame *pairs, size_t row,
                          size_t column, const struct named *names, size_t n,
                          uint32_t *group)
{
    struct named key = {.name = frame_cell(pairs, row, column)};
    const struct named *found = bsearch(&key, names, n, sizeof *names, by_name);
    *group = found ? found->group : UINT32_MAX;
    if (found && found->many)
        return frame_error(pairs, row, column,
                           "Name areas by codes: --area with the column of codes.", r->e,
                           "'%.*s' names several areas",
                           key.name.n > 60 ? 60 : (int)key.name.n, key.name.p);
    return ERR_OK;
}

static enum err neighbours_of_file(struct run *r, const char *path)
{
    struct frame pairs;
    struct named *names = NULL;
    size_t n = 0, kept = 0, unknown = 0;
    enum err code = frame_read(&pairs, path, &r->c->arena, r->e);
    if (!code && pairs.n_columns < 2) {
        error_set(r->e, ERR_INPUT, "smooth.pairs", path,
                  "the file has one column, and two areas a row are expected");
        code = error_cure(r->e, "Write a row for each pair of areas that touch.");
    }
    if (!code)
        code = names_of_areas(r, &names, &n);
    uint32_t *ends =
        code ? NULL : ARENA_ARRAY(&r->c->arena, uint32_t, 2 * pairs.n_rows + 1);
    if (!code && !ends)
        code = error_memory(r->e);
    for (size_t i = 0; !code && i < pairs.n_rows; i++) {
        uint32_t a, b = UINT32_MAX;
        code = find_area(r, &pairs, i, 0, names, n, &a);
        if (!code)
            code = find_area(r, &pairs, i, 1, names, n, &b);
        if (a == UINT32_MAX || b == UINT32_MAX) {
            unknown++;
            continue;
        }
        ends[2 * kept] = a;
        ends[2 * kept++ + 1] = b;
    }
    if (code)
        return code;
    if (!kept) {
        error_set(r->e, ERR_INPUT, "smooth.pairs", path,
                  "none of its %zu pairs is of two areas of the file of births",
                  pairs.n_rows);
        return error_cure(r->e, "The first two columns must hold the same names or codes "
                                "as the column of --area.");
    }
    if (unknown)
        fprintf(stderr,
                cli_say(r->c,
                        "%zu of %zu pairs of neighbours name an area without births\n",
                        "邻接文件 %zu 对（共 %zu 对）中有不在出生文件里的地区\n"),
                unknown, pairs.n_rows);
    return graph_make(&r->graph, r->task->in->areas[r->task->in->n_levels - 1]->n, ends,
                      kept, &r->c->arena, r->e);
}

static enum err neighbours_of_map(struct run *r)
{
    const struct srb_page *page = r->task->page;
    uint32_t *pairs;
    size_t n, kept = 0;
    enum err code = geojson_neighbours(page->map, 1, &pairs, &n, &r->c->arena, r->e);
    for (size_t i = 0; !code && i < n; i++) {
        uint32_t a = page->map_group[pairs[2 * i]], b = page->map_group[pairs[2 * i + 1]];
        if (a == UINT32_MAX || b == UINT32_MAX || a == b)
            continue;
        pairs[2 * kept] = a;
        pairs[2 * kept++ + 1] = b;
    }
    if (!code && kept)
        code = graph_make(&r->graph, r->task->in->areas[r->task->in->n_levels - 1]->n,
                          pairs, kept, &r->c->arena, r->e);
    if (!code && !kept)
        fprintf(stderr, "%s",
                cli_say(r->c,
                        "no areas of the map touch, so none are neighbours (see "
                        "--neighbours)\n",
                        "地图上没有相接的地区，故不考虑邻接（见 --neighbours）\n"));
    return code;
}

static enum err read_neighbours(struct run *r)
{
    const char *path = cli_option(r->c, "neighbours");
    const struct srb_input *in = r->task->in;
    const struct srb_page *page = r->task->page;
    enum err code = ERR_OK;
    if (path && !in->n_levels) {
        error_set(r->e, ERR_USAGE, "smooth.area", "--neighbours",
                  "neighbours need the column of areas");
        return error_cure(r->e, "Add --area COL.");
    }
    if (path)
        code = neighbours_of_file(r, path);
    else if (page->map && page->map_level + 1 == in->n_levels)
        code = neighbours_of_map(r);
    if (!code && r->graph.n)
        r->in.graph = &r->graph;
    return code;
}

static enum err write_out(struct run *r)
{
    struct result results[SMOOTH_DOC_RESULTS];
    const struct result *list[SMOOTH_DOC_RESULTS];
    struct doc *d = smooth_doc_make(&r->c->arena, &r->page);
    size_t n = smooth_doc_results(&r->c->arena, &r->page, results);
    if (!d)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++)
        list[i] = &results[i];
    return session_results(r->c, d, list, n, r->e);
}

enum err run_srb_smooth(struct cli *c, const struct srb_smooth_task *task,
                        struct error *e)
{
    struct run *r = ARENA_NEW(&c->arena, struct run);
    struct pool *pool = NULL;
    double threads = 0, seed = 1;
    if (!r)
        return error_memory(e);
    r->c = c;
    r->task = task;
    r->e = e;
    r->in.counts = task->in;
    r->in.raw = task->page->study;
    r->in.spread = 0.3;
    enum err code = number_option(r, "spread", 0.001, 10,
                                  "a standard deviation of log odds between 0.001 and 10",
                                  &r->in.spread);
    if (!code)
        code = number_option(r, "threads", 1, POOL_MAX_THREADS, "a number of threads",
                             &threads);
    if (!code)
        code = number_option(r, "seed", 0, 9e15, "a whole number", &seed);
    r->in.seed = (uint64_t)seed;
    if (!code)
        code = read_time(r);
    if (!code)
        code = read_interaction(r);
    if (!code)
        code = read_covariates(r);
    if (!code)
        code = read_neighbours(r);
    if (!code)
        code = pool_open(&pool, (unsigned)threads, e);
    if (!code)
        code = smooth_study_make(&r->study, &r->in, pool, &c->arena, e);
    pool_close(pool);
    r->page =
        (struct smooth_page){.raw = task->page, .input = &r->in, .study = &r->study};
    return code ? code : write_out(r);
}
