// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/srb_study.h"

#include <math.h>
#include <stdlib.h>

#include "stats/multiple.h"

#define MOST_BIRTHS 9007199254740992.0 // 2^53: sums stay whole
#define POWER 0.8

struct maker {
    struct srb_study *s;
    const struct srb_input *in;
    struct arena *a;
    struct error *e;
};

int srb_study_finding(const struct srb_study *s, const struct srb_row *row)
{
    if (!(row->q <= s->found_below))
        return 0;
    return row->p.high < row->p.low ? 1 : -1;
}

static void judge(const struct srb_study *s, struct srb_row *row)
{
    double b = row->boys, g = row->girls;
    row->ratio = srb_ratio(b, g);
    row->wilson = srb_wilson(b, g, s->level);
    row->jeffreys = srb_jeffreys(b, g, s->level);
    row->exact = srb_exact(b, g, s->level);
    row->above = srb_probability_above(b, g, &s->reference);
    row->p = srb_p_values(b, g, &s->reference);
    row->q = NAN;
    row->missing = srb_missing_girls(b, g, &s->reference, s->level);
    row->enough = b + g >= s->enough;
    row->detectable = srb_detectable(b + g, s->reference.ratio, s->level, POWER);
    row->standard = (struct srb_standard){NAN, NAN, NAN};
}

// A row for each group, summed and judged; q among them.
static enum err count(struct maker *m, const struct frame_groups *groups,
                      struct srb_row **rows)
{
    size_t n = groups->n;
    *rows = ARENA_ARRAY(m->a, struct srb_row, n + 1);
    double *p = ARENA_ARRAY(m->a, double, n + 1), *q = ARENA_ARRAY(m->a, double, n + 1);
    if (!*rows || !p || !q)
        return error_memory(m->e);
    for (size_t i = 0; i < m->in->n; i++) {
        struct srb_row *row = &(*rows)[groups->of_row[i]];
        row->boys += (double)m->in->boys[i];
        row->girls += (double)m->in->girls[i];
    }
    for (size_t i = 0; i < n; i++) {
        (*rows)[i].name = groups->names[i];
        (*rows)[i].group = (uint32_t)i;
        judge(m->s, &(*rows)[i]);
        p[i] = (*rows)[i].p.two_sided;
    }
    enum err code = multiple_benjamini_hochberg(p, n, q, m->a, m->e);
    for (size_t i = 0; !code && i < n; i++)
        (*rows)[i].q = q[i];
    return code;
}

// Each group's births by order: cells [group][order].
static enum err by_order(struct maker *m, const struct frame_groups *groups,
                         double **boys, double **girls)
{
    size_t orders = m->in->orders->n, cells;
    if (!size_mul(groups->n, orders, &cells))
        return error_memory(m->e);
    *boys = ARENA_ARRAY(m->a, double, cells + 1);
    *girls = ARENA_ARRAY(m->a, double, cells + 1);
    if (!*boys || !*girls)
        return error_memory(m->e);
    for (size_t i = 0; i < m->in->n; i++) {
        size_t cell = (size_t)groups->of_row[i] * orders + m->in->orders->of_row[i];
        (*boys)[cell] += (double)m->in->boys[i];
        (*girls)[cell] += (double)m->in->girls[i];
    }
    return ERR_OK;
}

// By the births by order of all areas together.
static enum err standardise(struct maker *m, const struct frame_groups *groups,
                            struct srb_row *rows)
{
    size_t orders = m->s->n_orders;
    double *boys = NULL, *girls = NULL;
    double *weight = ARENA_ARRAY(m->a, double, orders + 1);
    if (!orders)
        return ERR_OK;
    enum err code = weight ? by_order(m, groups, &boys, &girls) : error_memory(m->e);
    for (size_t k = 0; !code && k < orders; k++)
        weight[k] = m->s->orders[k].boys + m->s->orders[k].girls;
    for (size_t i = 0; !code && i < groups->n; i++)
        rows[i].standard = srb_standardise(boys + i * orders, girls + i * orders, weight,
                                           orders, m->s->level);
    return code;
}

struct sorted {
    const struct srb_row *row;
    int class; // found, enough births, too few, none
};

static int by_evidence(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    if (x->class != y->class)
        return x->class - y->class;
    double p = x->row->p.two_sided, q = y->row->p.two_sided;
    if (x->class < 2 && p != q)
        return p < q ? -1 : 1;
    int order = str_compare(x->row->name, y->row->name);
    return order ? order
                 : (x->row->group > y->row->group) - (x->row->group < y->row->group);
}

static enum err sort_rows(struct maker *m, struct srb_level *level)
{
    struct sorted *order = ARENA_ARRAY(m->a, struct sorted, level->n + 1);
    struct srb_row *rows = ARENA_ARRAY(m->a, struct srb_row, level->n + 1);
    level->row_of = ARENA_ARRAY(m->a, uint32_t, level->n + 1);
    if (!order || !rows || !level->row_of)
        return error_memory(m->e);
    for (size_t i = 0; i < level->n; i++) {
        const struct srb_row *row = &level->rows[i];
        int class = row->boys + row->girls == 0    ? 3
                    : srb_study_finding(m->s, row) ? 0
                    : row->enough                  ? 1
                                                   : 2;
        order[i] = (struct sorted){row, class};
    }
    qsort(order, level->n, sizeof *order, by_evidence);
    for (size_t i = 0; i < level->n; i++) {
        rows[i] = *order[i].row;
        level->row_of[rows[i].group] = (uint32_t)i;
    }
    level->rows = rows;
    return ERR_OK;
}

static int by_births(const void *a, const void *b)
{
    const struct srb_row *const *x = a, *const *y = b;
    double p = (*x)->boys + (*x)->girls, q = (*y)->boys + (*y)->girls;
    return (p > q) - (p < q);
}

// The area in the middle by births, of those that have any.
static void set_usual(struct maker *m, struct srb_level *level)
{
    const struct srb_row **order =
        ARENA_ARRAY(m->a, const struct srb_row *, level->n + 1);
    size_t n = 0;
    level->usual_births = level->usual_detectable = NAN;
    for (size_t i = 0; order && i < level->n; i++)
        if (level->rows[i].boys + level->rows[i].girls > 0)
            order[n++] = &level->rows[i];
    if (!n)
        return;
    qsort(order, n, sizeof *order, by_births);
    const struct srb_row *usual = order[n / 2];
    level->usual_births = usual->boys + usual->girls;
    level->usual_detectable = usual->detectable;
}

static enum err make_level(struct maker *m, const struct frame_groups *groups,
                           struct str column, bool standard, struct srb_level *level)
{
    level->column = column;
    level->n = groups->n;
    enum err code = count(m, groups, &level->rows);
    if (!code && standard)
        code = standardise(m, groups, level->rows);
    double *boys = ARENA_ARRAY(m->a, double, level->n + 1);
    double *girls = ARENA_ARRAY(m->a, double, level->n + 1);
    if (!code && (!boys || !girls))
        code = error_memory(m->e);
    if (code)
        return code;
    for (size_t i = 0; i < level->n; i++) {
        const struct srb_row *row = &level->rows[i];
        boys[i] = row->boys;
        girls[i] = row->girls;
        int finding = srb_study_finding(m->s, row);
        level->high += finding > 0;
        level->low += finding < 0;
        level->small += row->enough ? 0 : 1;
        level->tested += row->boys + row->girls > 0;
        level->p_below_05 += row->p.two_sided < 0.05;
    }
    level->spread = srb_spread(boys, girls, level->n);
    set_usual(m, level);
    return sort_rows(m, level);
}

// The innermost areas by order: those combinations that the file has.
static enum err make_cross(struct maker *m)
{
    const struct frame_groups *areas = m->in->areas[m->in->n_levels - 1];
    const struct frame_groups *orders = m->in->orders;
    struct frame_groups cross = {0};
    size_t cells;
    if (!size_mul(areas->n, orders->n, &cells))
        return error_memory(m->e);
    uint32_t *number = ARENA_ARRAY(m->a, uint32_t, cells + 1); // from 1
    cross.names = ARENA_ARRAY(m->a, struct str, m->in->n + 1);
    cross.of_row = ARENA_ARRAY(m->a, uint32_t, m->in->n + 1);
    if (!number || !cross.names || !cross.of_row)
        return error_memory(m->e);
    for (size_t i = 0; i < m->in->n; i++) {
        uint32_t area = areas->of_row[i], order = orders->of_row[i];
        uint32_t *cell = &number[(size_t)area * orders->n + order];
        if (!*cell) {
            *cell = ++cross.n;
            struct str name =
                str_format(m->a, STR_FMT " \xC2\xB7 " STR_FMT,
                           STR_ARG(areas->names[area]), STR_ARG(orders->names[order]));
            if (!name.p)
                return error_memory(m->e);
            cross.names[*cell - 1] = name;
        }
        cross.of_row[i] = *cell - 1;
    }
    return make_level(m, &cross, m->in->area_columns[m->in->n_levels - 1], false,
                      &m->s->cross);
}

// Where a name stands: a period, else an area of the outermost level that has it.
static const struct frame_groups *find(const struct srb_input *in, struct str name,
                                       uint32_t *group)
{
    if (in->periods && (*group = frame_group(in->periods, name)) < in->periods->n)
        return in->periods;
    for (size_t i = 0; i < in->n_levels; i++)
        if ((*group = frame_group(in->areas[i], name)) < in->areas[i]->n)
            return in->areas[i];
    return NULL;
}

// Births by order of the rows of one group; without orders, all in one.
static void of_group(const struct srb_input *in, const struct frame_groups *groups,
                     uint32_t group, double *boys, double *girls)
{
    for (size_t i = 0; i < in->n; i++) {
        if (groups->of_row[i] != group)
            continue;
        size_t order = in->orders ? in->orders->of_row[i] : 0;
        boys[order] += (double)in->boys[i];
        girls[order] += (double)in->girls[i];
    }
}

static enum err no_such(struct maker *m, struct str name)
{
    error_set(m->e, ERR_NOT_FOUND, "srb.compare", "--compare",
              "'" STR_FMT "' is neither a period nor an area of the file", STR_ARG(name));
    return error_cure(m->e, "Write two names as the file has them: --compare 2014:2010.");
}

static enum err make_change(struct maker *m)
{
    const struct srb_input *in = m->in;
    struct srb_change *c = &m->s->change;
    c->a = in->compare_a;
    c->b = in->compare_b;
    if (!c->a.n) {
        if (!in->periods || in->periods->n < 2)
            return ERR_OK;
        c->a = in->periods->names[in->periods->n - 1];
        c->b = in->periods->names[0];
    }
    uint32_t group[2];
    const struct frame_groups *groups[2] = {find(in, c->a, &group[0]),
                                            find(in, c->b, &group[1])};
    for (int i = 0; i < 2; i++)
        if (!groups[i])
            return no_such(m, i ? c->b : c->a);
    double counts[4][SRB_MAX_ORDERS] = {{0}};
    for (size_t i = 0; i < 2; i++) {
        of_group(in, groups[i], group[i], counts[2 * i], counts[2 * i + 1]);
        for (size_t k = 0; k < SRB_MAX_ORDERS; k++) {
            c->boys[i] += counts[2 * i][k];
            c->girls[i] += counts[2 * i + 1][k];
        }
    }
    c->difference =
        srb_compare(c->boys[0], c->girls[0], c->boys[1], c->girls[1], m->s->level);
    c->parts = (struct srb_decomposition){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (in->orders)
        c->parts = srb_decompose(counts[0], counts[1], counts[2], counts[3],
                                 in->orders->n, m->s->level);
    m->s->has_change = true;
    return ERR_OK;
}

static enum err make_all(struct maker *m)
{
    struct srb_row *all = &m->s->all;
    for (size_t i = 0; i < m->in->n; i++) {
        all->boys += (double)m->in->boys[i];
        all->girls += (double)m->in->girls[i];
    }
    if (all->boys + all->girls >= MOST_BIRTHS) {
        error_set(m->e, ERR_LIMIT, "srb.births", NULL,
                  "the file counts more than 9e15 births");
        return error_cure(m->e, "Look for a column that holds codes and not counts.");
    }
    if (all->boys + all->girls == 0 || all->boys == 0 || all->girls == 0) {
        bool none = all->boys + all->girls == 0;
        error_set(m->e, ERR_INPUT, "srb.one_sex", NULL,
                  none ? "the file counts no births%s"
                       : "the file counts births of one sex only: no %s",
                  none             ? ""
                  : all->boys == 0 ? "boys"
                                   : "girls");
        return error_cure(m->e, "Look whether --boys and --girls (or --sex and --count) "
                                "name the right columns.");
    }
    judge(m->s, all);
    return ERR_OK;
}

enum err srb_study_make(struct srb_study *out, const struct srb_input *input,
                        struct arena *a, struct error *e)
{
    *out = (struct srb_study){.reference = input->reference,
                              .level = input->level,
                              .found_below = input->found_below,
                              .enough = srb_sample(115, 105, 0.95, POWER),
                              .n_levels = input->n_levels};
    struct maker m = {out, input, a, e};
    enum err code = make_all(&m);
    if (!code && input->orders) {
        if (input->orders->n > SRB_MAX_ORDERS) {
            error_set(e, ERR_INPUT, "srb.orders", "--order",
                      "the column has %u different values, and at most %d are expected",
                      input->orders->n, (int)SRB_MAX_ORDERS);
            return error_cure(e, "Name the column of birth orders (1, 2, 3 and more).");
        }
        out->n_orders = input->orders->n;
        code = count(&m, input->orders, &out->orders);
    }
    if (!code && input->periods) {
        out->n_periods = input->periods->n;
        code = count(&m, input->periods, &out->periods);
        if (!code)
            code = standardise(&m, input->periods, out->periods);
    }
    for (size_t i = 0; !code && i < input->n_levels; i++)
        code = make_level(&m, input->areas[i], input->area_columns[i], true,
                          &out->levels[i]);
    if (!code && input->orders && input->n_levels)
        code = make_cross(&m);
    return code ? code : make_change(&m);
}
