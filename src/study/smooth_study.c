// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/smooth_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { DRAWS = 2000, FEWEST_DRAWS = 300, MOST_DRAWN = 40000000, REFERENCES = 33 };

// A model under construction, its rows the cells.
struct builder {
    const struct smooth_input *in;
    struct smooth_study *out;
    struct arena *a;
    struct error *e;
    uint32_t n; // cells
    double *y, *size;
    uint32_t *levels[SRB_MAX_LEVELS], *period, *order, *cell;
    double *covariate[SMOOTH_MAX_COVARIATES];
    double covariate_sd[SMOOTH_MAX_COVARIATES];
    double *dummy[SMOOTH_MAX_FIXED_ORDERS], *trend, trend_sd;
    struct latent_fixed fixed[1 + SMOOTH_MAX_COVARIATES + SMOOTH_MAX_FIXED_ORDERS + 1];
    struct smooth_parameter
        about_fixed[1 + SMOOTH_MAX_COVARIATES + SMOOTH_MAX_FIXED_ORDERS + 1];
    struct latent_effect effect[SRB_MAX_LEVELS + 3];
    struct latent_model model;
    struct latent_fit *fit;
};

static const struct frame_groups *innermost(const struct srb_input *in)
{
    return in->n_levels ? in->areas[in->n_levels - 1] : NULL;
}

// Cells ---------------------------------------------------------------------------------

struct keyed {
    uint64_t key;
    uint32_t row;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool cell_space(struct builder *b, uint32_t n)
{
    bool ok = (b->y = ARENA_ARRAY(b->a, double, n)) != NULL;
    ok = (b->size = ARENA_ARRAY(b->a, double, n)) && ok;
    for (size_t k = 0; k < b->in->counts->n_levels; k++)
        ok = (b->levels[k] = ARENA_ARRAY(b->a, uint32_t, n)) && ok;
    ok = (b->period = ARENA_ARRAY(b->a, uint32_t, n)) && ok;
    ok = (b->order = ARENA_ARRAY(b->a, uint32_t, n)) && ok;
    ok = (b->cell = ARENA_ARRAY(b->a, uint32_t, n)) && ok;
    for (size_t k = 0; k < b->in->n_covariates; k++)
        ok = (b->covariate[k] = ARENA_ARRAY(b->a, double, n)) && ok;
    ok = (b->out->cells = ARENA_ARRAY(b->a, struct smooth_cell, n)) && ok;
    return ok;
}

static uint32_t group_of(const struct frame_groups *g, size_t row)
{
    return g ? g->of_row[row] : 0;
}

// Rows of one area, period and order are one cell; a covariate is their mean by births.
static enum err make_cells(struct builder *b)
{
    const struct srb_input *in = b->in->counts;
    const struct frame_groups *areas = innermost(in);
    struct keyed *keys = ARENA_ARRAY(b->a, struct keyed, in->n + 1);
    if (!keys || in->n > LATENT_MAX_ROWS)
        return keys ? error_set(b->e, ERR_LIMIT, "smooth.rows", NULL,
                                "%zu rows are more than %d, the most that are smoothed",
                                in->n, LATENT_MAX_ROWS)
                    : error_memory(b->e);
    uint64_t periods = in->periods ? in->periods->n : 1;
    uint64_t orders = in->orders ? in->orders->n : 1;
    for (size_t i = 0; i < in->n; i++)
        keys[i] = (struct keyed){
            (group_of(areas, i) * periods + group_of(in->periods, i)) * orders +
                group_of(in->orders, i),
            (uint32_t)i};
    qsort(keys, in->n, sizeof *keys, by_key);
    uint32_t n = 0;
    for (size_t i = 0; i < in->n; i++)
        n += !i || keys[i].key != keys[i - 1].key;
    if (!cell_space(b, n))
        return error_memory(b->e);
    uint32_t at = 0;
    double rows = 0;
    for (size_t i = 0; i < in->n; i++) {
        uint32_t row = keys[i].row;
        bool fresh = !i || keys[i].key != keys[i - 1].key;
        at = fresh && i ? at + 1 : at;
        rows = fresh ? 0 : rows;
        double births = (double)in->boys[row] + (double)in->girls[row];
        for (size_t k = 0; k < b->in->n_covariates; k++) {
            double before = b->size[at], value = b->in->covariates[k][row];
            double *mean = b->covariate[k] + at;
            double share =
                before + births > 0 ? births / (before + births) : 1 / (rows + 1);
            *mean += (value - *mean) * share;
        }
        rows++;
        b->y[at] += (double)in->boys[row];
        b->size[at] += births;
        for (size_t k = 0; k < in->n_levels; k++)
            b->levels[k][at] = in->areas[k]->of_row[row];
        b->period[at] = group_of(in->periods, row);
        b->order[at] = group_of(in->orders, row);
        b->cell[at] = (uint32_t)(group_of(areas, row) * periods + b->period[at]);
    }
    b->n = n;
    return ERR_OK;
}

// Model ---------------------------------------------------------------------------------

static void add_fixed(struct builder *b, enum smooth_parameter_kind kind, struct str name,
                      const double *x, double sd)
{
    uint32_t k = b->model.n_fixed++;
    b->fixed[k] = (struct latent_fixed){"covariate", x, 0, sd};
    b->about_fixed[k] = (struct smooth_parameter){.kind = kind, .name = name};
}

// Centres x and gives it unit variance over the cells; false when it does not vary.
static bool standardise(double *x, uint32_t n, double *sd)
{
    double mean = 0, square = 0;
    for (uint32_t i = 0; i < n; i++)
        mean += x[i] / n;
    for (uint32_t i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean) / n;
    *sd = sqrt(square);
    if (!(*sd > 1e-12 * (1 + fabs(mean))))
        return false;
    for (uint32_t i = 0; i < n; i++)
        x[i] = (x[i] - mean) / *sd;
    return true;
}

static enum err add_covariates(struct builder *b)
{
    for (size_t k = 0; k < b->in->n_covariates; k++) {
        struct str name = b->in->covariate_names[k];
        if (!standardise(b->covariate[k], b->n, b->covariate_sd + k)) {
            error_set(b->e, ERR_INPUT, "smooth.covariate", "--covariate",
                      "'%.*s' is the same in all cells, so nothing can be learnt of it",
                      name.n > 60 ? 60 : (int)name.n, name.p);
            return error_cure(b->e, "Leave it out.");
        }
        add_fixed(b, SMOOTH_COVARIATE, name, b->covariate[k], 1);
    }
    return ERR_OK;
}

static struct latent_effect *add_effect(struct builder *b, const char *name,
                                        enum latent_kind kind, uint32_t n,
                                        const uint32_t *level)
{
    struct latent_effect *f = b->effect + b->model.n_effects++;
    *f =
        (struct latent_effect){.name = name, .kind = kind, .n_levels = n, .level = level};
    f->graph = b->in->graph;
    f->sigma = (struct latent_prior){LATENT_PRIOR_PC, b->in->spread, 0.01};
    return f;
}

static enum err add_orders(struct builder *b)
{
    const struct frame_groups *orders = b->in->counts->orders;
    if (!orders || orders->n < 2)
        return ERR_OK;
    if (orders->n > SMOOTH_MAX_FIXED_ORDERS) {
        add_effect(b, "order", LATENT_IID, orders->n, b->order);
        return ERR_OK;
    }
    for (uint32_t k = 1; k < orders->n; k++) {
        b->dummy[k] = ARENA_ARRAY(b->a, double, b->n);
        if (!b->dummy[k])
            return error_memory(b->e);
        for (uint32_t i = 0; i < b->n; i++)
            b->dummy[k][i] = b->order[i] == k;
        add_fixed(b, SMOOTH_ORDER, orders->names[k], b->dummy[k], 1);
    }
    return ERR_OK;
}

static enum err add_areas(struct builder *b)
{
    const struct srb_input *in = b->in->counts;
    for (size_t k = 0; k < in->n_levels; k++) {
        bool last = k + 1 == in->n_levels;
        uint32_t n = in->areas[k]->n;
        if (n < 2 || (!last && n == in->areas[k + 1]->n))
            continue; // a level that tells no more than the one below it
        const char *name = last ? "area" : str_c(b->a, in->area_columns[k]);
        if (!name)
            return error_memory(b->e);
        bool map = last && b->in->graph && b->in->graph->n_edges;
        add_effect(b, name, map ? LATENT_BYM2 : LATENT_IID, n, b->levels[k]);
        b->out->neighbours |= map;
    }
    return ERR_OK;
}

static enum err add_time(struct builder *b)
{
    const struct frame_groups *periods = b->in->counts->periods;
    uint32_t n = periods ? periods->n : 1;
    enum smooth_time time = b->in->time;
    if (n < 2)
        time = SMOOTH_NO_TIME;
    else if (n < 3 && time != SMOOTH_NO_TIME)
        time = SMOOTH_TIME_IID; // two periods have no course
    else if (n < 4 && time == SMOOTH_TIME_RW2)
        time = SMOOTH_TIME_RW1;
    b->out->time = time;
    if (time == SMOOTH_NO_TIME)
        return ERR_OK;
    static const enum latent_kind kinds[] = {[SMOOTH_TIME_IID] = LATENT_IID,
                                             [SMOOTH_TIME_RW1] = LATENT_RW1,
                                             [SMOOTH_TIME_RW2] = LATENT_RW2,
                                             [SMOOTH_TIME_AR1] = LATENT_AR1};
    add_effect(b, "period", kinds[time], n, b->period);
    if (time != SMOOTH_TIME_RW2)
        return ERR_OK;
    b->trend = ARENA_ARRAY(b->a, double, b->n);
    if (!b->trend)
        return error_memory(b->e);
    for (uint32_t i = 0; i < b->n; i++)
        b->trend[i] = b->period[i];
    if (standardise(b->trend, b->n, &b->trend_sd))
        add_fixed(b, SMOOTH_TREND, STR(""), b->trend, 1);
    return ERR_OK;
}

static enum err add_interaction(struct builder *b)
{
    const struct srb_input *in = b->in->counts;
    const struct frame_groups *areas = innermost(in);
    unsigned type = b->in->interaction;
    uint32_t n_areas = areas ? areas->n : 1, n_times = in->periods ? in->periods->n : 1;
    if (!type)
        return ERR_OK;
    if (n_areas < 2 || n_times < 2)
        return error_set(b->e, ERR_INPUT, "smooth.interaction", "--interaction",
                         "there are %u areas and %u periods; an interaction needs two of "
                         "each",
                         n_areas, n_times);
    if (type >= 3 && !b->out->neighbours) {
        error_set(b->e, ERR_INPUT, "smooth.interaction", "--interaction",
                  "type %s needs neighbours, and none are known",
                  type == 3 ? "III" : "IV");
        return error_cure(b->e, "Give --neighbours, or a map whose areas touch (--map); "
                                "or choose type I or II.");
    }
    uint64_t levels = (uint64_t)n_areas * n_times;
    if (levels > LATENT_MAX_ROWS)
        return error_set(b->e, ERR_LIMIT, "smooth.interaction", "--interaction",
                         "%u areas of %u periods are more than %d cells", n_areas,
                         n_times, LATENT_MAX_ROWS);
    struct latent_effect *f =
        add_effect(b, "area_period", (enum latent_kind)(LATENT_TYPE_1 + (int)type - 1),
                   (uint32_t)levels, b->cell);
    f->n_times = n_times;
    f->time_order = b->out->time == SMOOTH_TIME_RW2 && n_times > 3 ? 2 : 1;
    b->out->interaction = type;
    return ERR_OK;
}

static enum err make_model(struct builder *b)
{
    b->model = (struct latent_model){.family = LATENT_BINOMIAL,
                                     .n_rows = b->n,
                                     .y = b->y,
                                     .size = b->size,
                                     .fixed = b->fixed,
                                     .effects = b->effect};
    add_fixed(b, SMOOTH_INTERCEPT, STR(""), NULL, 5);
    enum err code = add_orders(b);
    if (!code)
        code = add_covariates(b);
    if (!code)
        code = add_areas(b);
    if (!code)
        code = add_time(b);
    return code ? code : add_interaction(b);
}

// Results -------------------------------------------------------------------------------

// What stands for the reference's doubt: quantiles of its logarithm.
struct references {
    double log_odds[REFERENCES];
    size_t n;
};

static struct references make_references(const struct srb_reference *r)
{
    struct references out = {.n = r->log_sd > 0 ? REFERENCES : 1};
    for (size_t k = 0; k < out.n; k++) {
        // midpoints of equal shares, by halving the distribution function
        double p = ((double)k + 0.5) / (double)out.n, low = -6, high = 6;
        for (int i = 0; i < 50; i++) {
            double middle = (low + high) / 2;
            if (erfc(-middle / M_SQRT2) / 2 < p)
                low = middle;
            else
                high = middle;
        }
        out.log_odds[k] = log(r->ratio / 100) + r->log_sd * (out.n > 1 ? low : 0);
    }
    return out;
}

static void judge_cell(const struct builder *b, uint32_t i, const struct references *refs)
{
    struct smooth_cell *c = b->out->cells + i;
    const struct srb_input *in = b->in->counts;
    double chance[REFERENCES];
    *c = (struct smooth_cell){
        .area = UINT32_MAX, .period = UINT32_MAX, .order = UINT32_MAX};
    if (in->n_levels)
        c->area = b->levels[in->n_levels - 1][i];
    if (in->periods)
        c->period = b->period[i];
    if (in->orders)
        c->order = b->order[i];
    c->boys = b->y[i];
    c->girls = b->size[i] - b->y[i];
    c->ratio = latent_odds(b->fit, i, 100);
    latent_predictor_chances(b->fit, i, refs->log_odds, refs->n, chance);
    for (size_t k = 0; k < refs->n; k++)
        c->above += chance[k] / (double)refs->n;
    c->cpo = latent_cpo(b->fit, i);
    c->pit = latent_pit(b->fit, i);
}

enum { CELLS_A_TASK = 32 };

struct judging {
    const struct builder *b;
    struct references refs;
};

static void judge_task(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    const struct judging *j = argument;
    for (size_t i = task * CELLS_A_TASK; i < (task + 1) * CELLS_A_TASK && i < j->b->n;
         i++)
        judge_cell(j->b, (uint32_t)i, &j->refs);
}

static void judge_cells(struct builder *b, struct pool *pool)
{
    struct judging j = {b, make_references(&b->out->reference)};
    size_t tasks = (b->n + CELLS_A_TASK - 1) / CELLS_A_TASK;
    if (pool)
        pool_run(pool, tasks, judge_task, &j);
    else
        for (size_t k = 0; k < tasks; k++)
            judge_task(&j, k, 0);
    b->out->n_cells = b->n;
    for (uint32_t i = 0; i < b->n; i++) {
        double pit = b->out->cells[i].pit;
        b->out->surprising += pit < 0.025 || pit > 0.975;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t k = (size_t)at;
    return k + 1 < n ? sorted[k] + (at - (double)k) * (sorted[k + 1] - sorted[k])
                     : sorted[k];
}

// Cells by group of one kind, as lists.
struct lists {
    uint32_t *start, *cell;
};

static bool list_cells(struct builder *b, const uint32_t *group, uint32_t n_groups,
                       struct lists *out)
{
    out->start = ARENA_ARRAY(b->a, uint32_t, (size_t)n_groups + 2);
    out->cell = ARENA_ARRAY(b->a, uint32_t, (size_t)b->n + 1);
    if (!out->start || !out->cell)
        return false;
    for (uint32_t i = 0; i < b->n; i++)
        out->start[(group ? group[i] : 0) + 2]++;
    for (uint32_t g = 0; g < n_groups; g++)
        out->start[g + 2] += out->start[g + 1];
    for (uint32_t i = 0; i < b->n; i++)
        out->cell[out->start[(group ? group[i] : 0) + 1]++] = i;
    return true;
}

// Joint draws of the cells' shares of boys, and as many of the reference.
struct drawn {
    double *share, *reference;
};

// The ratio of all births of some cells, were they to be born again: from joint draws.
static void join_cells(const struct builder *b, const uint32_t *cells, uint32_t n,
                       const struct drawn *drawn, double *ratio, struct smooth_row *out)
{
    uint32_t draws = b->out->draws;
    double births = 0, mean = 0, square = 0, above = 0;
    for (uint32_t k = 0; k < n; k++)
        births += b->size[cells[k]];
    for (uint32_t d = 0; d < draws; d++) {
        const double *share = drawn->share + (size_t)d * b->n;
        double boys = 0, girls = 0;
        for (uint32_t k = 0; k < n; k++) {
            double weight = births > 0 ? b->size[cells[k]] : 1;
            boys += weight * share[cells[k]];
            girls += weight * (1 - share[cells[k]]);
        }
        ratio[d] = 100 * boys / girls;
        above += ratio[d] > drawn->reference[d];
        mean += ratio[d] / draws;
    }
    for (uint32_t d = 0; d < draws; d++)
        square += (ratio[d] - mean) * (ratio[d] - mean) / draws;
    qsort(ratio, draws, sizeof *ratio, by_value);
    out->ratio = (struct latent_marginal){
        mean, sqrt(square), quantile(ratio, draws, 0.025), quantile(ratio, draws, 0.5),
        quantile(ratio, draws, 0.975)};
    out->above = above / draws;
}

static enum err judge_groups(struct builder *b, const uint32_t *group,
                             const struct frame_groups *names, const struct drawn *drawn,
                             struct smooth_row **out)
{
    uint32_t n = names ? names->n : 1;
    struct lists lists;
    struct smooth_row *rows = *out = ARENA_ARRAY(b->a, struct smooth_row, (size_t)n + 1);
    double *ratio = ARENA_ARRAY(b->a, double, b->out->draws + 1);
    if (!rows || !ratio || !list_cells(b, group, n, &lists))
        return error_memory(b->e);
    for (uint32_t g = 0; g < n; g++) {
        struct smooth_row *row = rows + g;
        const uint32_t *cells = lists.cell + lists.start[g];
        uint32_t n_cells = lists.start[g + 1] - lists.start[g];
        row->group = g;
        row->name = names ? names->names[g] : STR("");
        for (uint32_t k = 0; k < n_cells; k++) {
            row->boys += b->out->cells[cells[k]].boys;
            row->girls += b->out->cells[cells[k]].girls;
        }
        row->raw = srb_ratio(row->boys, row->girls);
        row->raw_interval = srb_wilson(row->boys, row->girls, 0.95);
        row->enough = row->boys + row->girls >= b->out->enough;
        if (n_cells == 1) {
            row->ratio = b->out->cells[cells[0]].ratio;
            row->above = b->out->cells[cells[0]].above;
        } else {
            join_cells(b, cells, n_cells, drawn, ratio, row);
        }
    }
    return ERR_OK;
}

static int by_rank(const void *a, const void *b)
{
    const struct smooth_row *x = a, *y = b;
    if (x->enough != y->enough)
        return x->enough ? -1 : 1;
    if (x->enough && x->above != y->above)
        return x->above > y->above ? -1 : 1;
    if (x->enough && x->ratio.mean != y->ratio.mean)
        return x->ratio.mean > y->ratio.mean ? -1 : 1;
    size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
    int order = n ? memcmp(x->name.p, y->name.p, n) : 0;
    if (!order)
        order = (x->name.n > y->name.n) - (x->name.n < y->name.n);
    return order ? order : (x->group > y->group) - (x->group < y->group);
}

static enum err judge_all(struct builder *b, struct pool *pool)
{
    const struct srb_input *in = b->in->counts;
    struct smooth_study *out = b->out;
    const struct frame_groups *areas = innermost(in);
    uint64_t draws = MOST_DRAWN / b->n;
    out->draws = (uint32_t)(draws > DRAWS          ? DRAWS
                            : draws < FEWEST_DRAWS ? FEWEST_DRAWS
                                                   : draws);
    size_t n = (size_t)out->draws * b->n;
    struct drawn drawn = {mem_alloc(n, sizeof(double)),
                          ARENA_ARRAY(b->a, double, out->draws)};
    if (!drawn.share || !drawn.reference) {
        mem_free(drawn.share);
        return error_memory(b->e);
    }
    struct smooth_row *all = NULL;
    enum err code =
        latent_draws(b->fit, out->draws, b->in->seed, drawn.share, pool, b->e);
    for (size_t i = 0; i < n && !code; i++)
        drawn.share[i] = 1 / (1 + exp(-drawn.share[i]));
    for (uint32_t d = 0; d < out->draws; d++) {
        struct rng r = rng_stream(b->in->seed, (1ull << 40) + d);
        drawn.reference[d] =
            out->reference.ratio * exp(out->reference.log_sd * rng_normal(&r));
    }
    judge_cells(b, pool);
    if (!code)
        code = judge_groups(b, NULL, NULL, &drawn, &all);
    if (!code && areas)
        code = judge_groups(b, b->levels[in->n_levels - 1], areas, &drawn, &out->areas);
    if (!code && in->periods)
        code = judge_groups(b, b->period, in->periods, &drawn, &out->periods);
    if (!code && in->orders)
        code = judge_groups(b, b->order, in->orders, &drawn, &out->orders);
    mem_free(drawn.share);
    if (code)
        return code;
    out->all = *all;
    out->n_areas = areas ? areas->n : 0;
    out->n_periods = in->periods ? in->periods->n : 0;
    out->n_orders = in->orders ? in->orders->n : 0;
    out->row_of = ARENA_ARRAY(b->a, uint32_t, out->n_areas + 1);
    if (!out->row_of)
        return error_memory(b->e);
    if (out->n_areas)
        qsort(out->areas, out->n_areas, sizeof *out->areas, by_rank);
    for (size_t i = 0; i < out->n_areas; i++) {
        out->row_of[out->areas[i].group] = (uint32_t)i;
        out->without_births += out->areas[i].boys + out->areas[i].girls == 0;
    }
    return ERR_OK;
}

static struct latent_marginal divided(struct latent_marginal m, double by)
{
    return (struct latent_marginal){m.mean / by, m.sd / by, m.low / by, m.median / by,
                                    m.high / by};
}

static enum err list_parameters(struct builder *b)
{
    struct smooth_study *out = b->out;
    uint32_t fixed = b->model.n_fixed, hyper = latent_n_hyper(b->fit);
    out->parameters =
        ARENA_ARRAY(b->a, struct smooth_parameter, (size_t)fixed + hyper + 1);
    if (!out->parameters)
        return error_memory(b->e);
    for (uint32_t k = 0, covariate = 0; k < fixed; k++) {
        struct smooth_parameter *p = out->parameters + out->n_parameters++;
        *p = b->about_fixed[k];
        p->value = latent_fixed_effect(b->fit, k);
        if (p->kind == SMOOTH_COVARIATE)
            p->value = divided(p->value, b->covariate_sd[covariate++]);
        else if (p->kind == SMOOTH_TREND)
            p->value = divided(p->value, b->trend_sd);
    }
    static const enum smooth_parameter_kind kinds[] = {[LATENT_SIGMA] = SMOOTH_SIGMA,
                                                       [LATENT_PHI] = SMOOTH_PHI,
                                                       [LATENT_RHO] = SMOOTH_RHO};
    for (uint32_t h = 0; h < hyper; h++) {
        struct smooth_parameter *p = out->parameters + out->n_parameters++;
        uint32_t effect;
        enum latent_hyper_kind kind;
        p->value = latent_hyper(b->fit, h, &effect, &kind);
        p->kind = kinds[kind];
        p->name = str_of(b->effect[effect].name);
    }
    return ERR_OK;
}

static enum err count_islands(struct builder *b)
{
    const struct graph *g = b->in->graph;
    for (uint32_t i = 0; b->out->neighbours && i < g->n; i++)
        b->out->islands += g->start[i] == g->start[i + 1];
    b->out->n_edges = b->out->neighbours ? g->n_edges : 0;
    return ERR_OK;
}

enum err smooth_study_make(struct smooth_study *out, const struct smooth_input *input,
                           struct pool *pool, struct arena *a, struct error *e)
{
    struct builder *b = ARENA_NEW(a, struct builder);
    *out = (struct smooth_study){.reference = input->counts->reference,
                                 .enough = input->raw->enough};
    if (!b)
        return error_memory(e);
    b->in = input;
    b->out = out;
    b->a = a;
    b->e = e;
    if (input->counts->n_levels)
        out->area_column = input->counts->area_columns[input->counts->n_levels - 1];
    enum err code = make_cells(b);
    if (!code)
        code = make_model(b);
    if (!code)
        code = latent_estimate(&b->fit, &b->model, NULL, pool, e);
    if (!code)
        code = judge_all(b, pool);
    if (!code)
        code = list_parameters(b);
    if (!code) {
        out->criteria = latent_criteria_of(b->fit);
        out->account = latent_account_of(b->fit);
        code = count_islands(b);
    }
    latent_close(b->fit);
    return code;
}
