// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/project_within.h"

#include <stdio.h>
#include <string.h>

// The parts of a whole, side by side.
struct family {
    struct project_projection *whole, **parts;
    size_t n;
};

static struct str name_of(const struct project_area *area)
{
    return area->code.n ? area->code : area->name;
}

static void find_parts(const struct project_files *files, struct project_projection *list,
                       struct project_projection *whole, struct family *f)
{
    f->whole = whole;
    f->n = 0;
    for (size_t i = 0; i < files->n_areas; i++)
        if (files->areas[i].within == whole->area)
            f->parts[f->n++] = &list[i];
}

static void say_where(const struct project_area *area, struct error *e)
{
    snprintf(e->where, sizeof e->where, "area " STR_FMT, STR_ARG(name_of(area)));
}

static enum err check_shapes(const struct family *f, struct error *e)
{
    const struct project_shape *w = &f->whole->area->in.shape;
    for (size_t i = 0; i < f->n; i++) {
        const struct project_shape *s = &f->parts[i]->area->in.shape;
        if (s->year == w->year && s->width == w->width && s->ages == w->ages &&
            s->steps == w->steps)
            continue;
        error_set(e, ERR_INPUT, "project.within", NULL,
                  "%zu groups of age and %zu steps of %d years from %d; " STR_FMT
                  ", which it is within, has %zu, %zu, %d and %d",
                  s->ages, s->steps, (int)s->width, (int)s->year,
                  STR_ARG(name_of(f->whole->area)), w->ages, w->steps, (int)w->width,
                  (int)w->year);
        say_where(f->parts[i]->area, e);
        return error_cure(e, "give parts and whole the same years and ages; --from, --to "
                             "and --width choose them");
    }
    return ERR_OK;
}

static enum err run_family(const struct family *f, struct arena *a, struct error *e)
{
    struct project_input *in = ARENA_ARRAY(a, struct project_input, f->n);
    struct project_output *out = ARENA_ARRAY(a, struct project_output, f->n);
    struct project_whole whole = {{NULL}, {NULL}, {NULL}};
    enum err code = check_shapes(f, e);
    if (!code && (!in || !out))
        code = error_memory(e);
    for (size_t i = 0; !code && i < f->n; i++) {
        in[i] = f->parts[i]->area->in;
        out[i] = f->parts[i]->out;
        f->parts[i]->balanced = true;
    }
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        whole.population[sex] = f->whole->out.population[sex];
        whole.births[sex] = f->whole->out.births[sex];
        whole.deaths[sex] = f->whole->out.deaths[sex];
    }
    if (code)
        return code;
    f->whole->parts = f->n;
    code = project_run_constrained(in, f->n, &whole, out, &f->whole->about, e);
    if (code == ERR_INPUT)
        say_where(f->whole->area, e);
    return code;
}

// Wholes before their parts. ERR_INPUT: some are within each other.
static enum err order(const struct project_files *files, struct project_projection *list,
                      struct project_projection **queue, struct error *e)
{
    size_t n = 0;
    for (size_t i = 0; i < files->n_areas; i++)
        if (!files->areas[i].within)
            queue[n++] = &list[i];
    for (size_t at = 0; at < n; at++)
        for (size_t i = 0; i < files->n_areas; i++)
            if (files->areas[i].within == queue[at]->area)
                queue[n++] = &list[i];
    if (n == files->n_areas)
        return ERR_OK;
    for (size_t i = 0; i < files->n_areas; i++) {
        bool reached = false;
        for (size_t k = 0; k < n; k++)
            reached |= queue[k] == &list[i];
        if (reached)
            continue;
        error_set(e, ERR_INPUT, "project.within", NULL,
                  "is within " STR_FMT ", and that at last within it again",
                  STR_ARG(name_of(files->areas[i].within)));
        say_where(&files->areas[i], e);
        break;
    }
    return error_cure(e, "leave the parent of the largest area empty");
}

static enum err begin(const struct project_files *files, struct project_projection *list,
                      struct arena *a, struct project_projection ***queue,
                      struct family *f, struct error *e)
{
    *queue = ARENA_ARRAY(a, struct project_projection *, files->n_areas + 1);
    f->parts = ARENA_ARRAY(a, struct project_projection *, files->n_areas + 1);
    return *queue && f->parts ? order(files, list, *queue, e) : error_memory(e);
}

enum err project_within_run(const struct project_files *files,
                            struct project_projection *list, struct arena *a,
                            struct error *e)
{
    struct project_projection **queue;
    struct family f;
    enum err code = begin(files, list, a, &queue, &f, e);
    for (size_t i = 0; !code && i < files->n_areas; i++) {
        find_parts(files, list, queue[i], &f);
        if (f.n)
            code = run_family(&f, a, e);
    }
    return code;
}

// --- whole numbers

// What adds up: [moment or step][group] of both sexes.
enum counted { PEOPLE, BIRTHS, DEATHS };

static double *counts(const struct project_projection *p, enum counted what, int sex,
                      size_t t, size_t *groups)
{
    size_t ages = p->area->in.shape.ages;
    *groups = what == PEOPLE ? ages : what == BIRTHS ? 1 : ages + 1;
    double *all = what == PEOPLE   ? p->out.population[sex]
                  : what == BIRTHS ? p->out.births[sex]
                                   : p->out.deaths[sex];
    return all + t * *groups;
}

struct rounding {
    double *cells;  // [part][sex][group]
    double *totals; // [sex][group] of the whole
    int64_t *whole; // as cells
};

static size_t take(const struct project_projection *p, enum counted what, size_t t,
                   double *to)
{
    size_t n = 0, groups;
    for (int sex = 0; sex < PROJECT_SEXES; sex++, n += groups) {
        const double *from = counts(p, what, sex, t, &groups);
        memcpy(to + n, from, groups * sizeof *to);
    }
    return n;
}

static void give(const struct project_projection *p, enum counted what, size_t t,
                 const int64_t *from)
{
    size_t groups;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double *to = counts(p, what, sex, t, &groups);
        for (size_t i = 0; i < groups; i++)
            to[i] = (double)*from++;
    }
}

// Parts next to a whole whose numbers are whole already.
static enum err round_parts(const struct family *f, enum counted what, size_t t,
                            const struct rounding *r, struct error *e)
{
    size_t n = take(f->whole, what, t, r->totals);
    struct project_raked raked;
    for (size_t i = 0; i < f->n; i++)
        take(f->parts[i], what, t, r->cells + i * n);
    struct project_rake rake = {
        .parts = f->n, .cells = n, .value = r->cells, .whole = r->totals};
    enum err code = project_rake(&rake, &raked, e);
    if (!code)
        code = project_round(r->cells, f->n, n, r->whole, e);
    for (size_t i = 0; !code && i < f->n; i++)
        give(f->parts[i], what, t, r->whole + i * n);
    return code;
}

static enum err round_all(const struct family *f, const struct rounding *r,
                          struct error *e)
{
    enum err code = ERR_OK;
    size_t steps = f->whole->area->in.shape.steps;
    for (int what = PEOPLE; what <= DEATHS; what++)
        for (size_t t = 0; !code && t < steps + (what == PEOPLE); t++) {
            if (f->n) {
                code = round_parts(f, (enum counted)what, t, r, e);
                continue;
            }
            size_t n = take(f->whole, (enum counted)what, t, r->cells);
            code = project_round_row(r->cells, n, r->whole, e);
            if (!code)
                give(f->whole, (enum counted)what, t, r->whole);
        }
    return code;
}

enum err project_within_round(const struct project_files *files,
                              struct project_projection *list, struct arena *a,
                              struct error *e)
{
    struct project_projection **queue;
    struct family f;
    size_t cells = 2 * (PROJECT_MAX_AGES + 1), room;
    if (files->thousands) {
        error_set(e, ERR_USAGE, "project.option", "--round",
                  "the folder's counts are thousands of persons");
        return error_cure(e, "Leave --round out, or give files that count persons.");
    }
    enum err code = begin(files, list, a, &queue, &f, e);
    if (code)
        return code;
    if (!size_mul(files->n_areas + 1, cells, &room))
        return error_memory(e);
    struct rounding r = {ARENA_ARRAY(a, double, room), ARENA_ARRAY(a, double, cells),
                         ARENA_ARRAY(a, int64_t, room)};
    if (!r.cells || !r.totals || !r.whole)
        return error_memory(e);
    for (size_t i = 0; !code && i < files->n_areas; i++) {
        queue[i]->balanced = true;
        if (!queue[i]->area->within) {
            f.whole = queue[i];
            f.n = 0;
            code = round_all(&f, &r, e);
        }
        find_parts(files, list, queue[i], &f);
        if (!code && f.n)
            code = round_all(&f, &r, e);
    }
    return code;
}
