// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/run_private.h"

#include "link/guess.h"

#include <math.h>
#include <string.h>

static bool training_progress(void *run, double share)
{
    return run_progress(run, LINK_TRAINING, share);
}

void run_close_view(struct link_run *r)
{
    candidates_close(r->candidates);
    link_view_close(r->view);
    r->candidates = NULL;
    r->view = NULL;
}

enum err run_open_view(struct link_run *r, bool again, struct error *e)
{
    run_close_view(r);
    enum err code = r->shared
                        ? link_view_part(&r->view, r->shared, 0, r->model->n_rules, e)
                        : link_view_open(&r->view, r->records, r->model, r->pool, e);
    if (code)
        return code;
    struct candidates_set set = {.keep = again ? 20000000 : 0,
                                 .first_new = r->options.first_new,
                                 .progress = training_progress,
                                 .argument = r};
    set.blocks.first_new = r->n_old; // as a record, not as a source
    if (!r->options.model)
        set.blocks.most_total = fmin(fmax(20.0 * r->records->n, 3e6), 40e6);
    if (r->options.memory && again)
        set.keep = r->options.memory / 4 / sizeof(struct candidate);
    return candidates_open(&r->candidates, r->view, &set, r->pool, e);
}

// Patterns of random pairs do not depend on rules: they are drawn once.
static enum err draw_random(struct link_run *r, struct error *e)
{
    struct random_pairs set = {.seed = r->options.seed,
                               .enough = 1000,
                               .most = 1000000,
                               .go_on = run_goes_on,
                               .argument = r};
    if (r->random.n)
        return ERR_OK;
    enum err code = pattern_table_random(&r->random, r->view, &set, r->pool, e);
    for (uint64_t i = 0; i < r->random.n; i++)
        r->account.random_pairs += r->random.rows[i].pairs;
    return code;
}

// A model of Splink does not say what its columns hold.
static enum err guess_of_comparisons(struct link_run *r, const enum link_kind **out,
                                     struct error *e)
{
    struct arena *a = &r->account.arena;
    enum link_kind *kinds = ARENA_ARRAY(a, enum link_kind, LINK_MAX_COMPARISONS);
    enum err code = kinds ? ERR_OK : error_memory(e);
    for (unsigned c = 0; c < r->model->n_comparisons && !code; c++) {
        struct str name;
        code = train_column(&r->model->comparisons[c], a, &name, e);
        const struct link_column *column =
            code || !name.n ? NULL : link_records_column(r->records, name);
        kinds[c] = LINK_RAW;
        if (column)
            code = guess_kind(r->records, column, &kinds[c], e);
    }
    *out = kinds;
    return code;
}

enum err run_train_joint(struct link_run *r, struct error *e)
{
    struct pattern_table table = {0};
    enum err code = draw_random(r, e);
    if (!code)
        code = pattern_table_of(&table, r->candidates, true, e);
    r->stopped |= !code && candidates_stopped(r->candidates);
    struct train_tables tables = {&table, &r->random, link_all_pairs(r->view), NULL};
    if (!code && r->options.model && !r->model->n_kinds)
        code = guess_of_comparisons(r, &tables.kinds, e);
    if (!code)
        code = train_joint(r->model, r->view, &tables, &r->account.arena, &r->told, e);
    pattern_table_free(&table);
    return code;
}

// --- sessions

// The view of the model with the rules of the sessions behind its own, then those of the
// prior.
static enum err open_shared(struct link_run *r, struct error *e)
{
    const struct link_options *o = &r->options;
    struct link_model *all;
    unsigned own = r->model->n_rules, n = own + o->n_train_by + o->n_prior_by;
    enum err code = link_model_copy(&all, r->model, e);
    if (code)
        return code;
    struct link_rule *rules = ARENA_ARRAY(&all->arena, struct link_rule, n);
    for (unsigned i = 0; rules && i < n; i++)
        rules[i].condition = i < own ? all->rules[i].condition
                             : i < own + o->n_train_by
                                 ? str_of(o->train_by[i - own])
                                 : str_of(o->prior_by[i - own - o->n_train_by]);
    all->rules = rules;
    all->n_rules = n;
    code =
        rules ? link_view_open(&r->shared, r->records, all, r->pool, e) : error_memory(e);
    link_model_close(all);
    return code;
}

// Some of the rules of the shared view, for one look at their pairs.
struct detour {
    struct link_view *view;
    struct candidates *candidates;
};

static void close_detour(struct detour *d)
{
    candidates_close(d->candidates);
    link_view_close(d->view);
}

static enum err open_detour(struct detour *d, struct link_run *r, unsigned first,
                            unsigned n, bool bare, struct error *e)
{
    *d = (struct detour){0};
    enum err code = link_view_part(&d->view, r->shared, first, n, e);
    // No cap: what the user names is done.
    struct candidates_set set = {.blocks = {.most_pairs = UINT64_MAX},
                                 .bare = bare,
                                 .progress = training_progress,
                                 .argument = r};
    return code ? code : candidates_open(&d->candidates, d->view, &set, r->pool, e);
}

static enum err count_only(void *argument, unsigned thread, const struct candidate *pairs,
                           const uint32_t *rules, size_t n, struct error *e)
{
    (void)argument, (void)thread, (void)pairs, (void)rules, (void)n, (void)e;
    return ERR_OK;
}

// Splink's estimate: pairs that the rules find / the share they find / all pairs.
static enum err find_prior(struct link_run *r, struct error *e)
{
    const struct link_options *o = &r->options;
    struct detour d;
    enum err code =
        open_detour(&d, r, r->model->n_rules + o->n_train_by, o->n_prior_by, true, e);
    if (!code)
        code = candidates_each(d.candidates, false, count_only, NULL, e);
    if (!code) {
        double recall = isnan(o->prior_recall) ? 0.8 : o->prior_recall;
        double prior =
            (double)candidates_pairs(d.candidates) / recall / link_all_pairs(d.view);
        r->model->prior = fmin(fmax(prior, 1e-12), 0.5);
    }
    close_detour(&d);
    return code;
}

static enum err find_u(struct link_run *r, struct error *e)
{
    double u[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1];
    struct random_pairs set = {.seed = r->options.seed,
                               .enough = 200,
                               .most = 1500000,
                               .go_on = run_goes_on,
                               .argument = r};
    enum err code =
        random_levels(u, r->shared, &set, r->pool, &r->account.random_pairs, e);
    if (!code)
        train_set_u(r->model, u);
    return code;
}

static enum err one_session(struct link_run *r, unsigned session, double *found,
                            struct account_session *told, struct error *e)
{
    struct detour d;
    struct pattern_table table = {0};
    uint32_t uses[LINK_MAX_COMPARISONS];
    bool skip[LINK_MAX_COMPARISONS];
    struct link_rule rule = {str_of(r->options.train_by[session])};
    struct link_model one = *r->model; // with this rule alone
    one.rules = &rule;
    one.n_rules = 1;
    enum err code = open_detour(&d, r, r->model->n_rules + session, 1, false, e);
    if (!code)
        code = train_uses(&one, uses, e);
    for (unsigned c = 0; !code && c < r->model->n_comparisons; c++)
        skip[c] = uses[c] & 1;
    if (!code)
        code = pattern_table_of(&table, d.candidates, false, e);
    told->name = rule.condition;
    if (!code)
        code = train_session(r->model, d.view, &table, skip, found, &r->account.arena,
                             told, e);
    pattern_table_free(&table);
    close_detour(&d);
    return code;
}

enum err run_train_sessions(struct link_run *r, struct error *e)
{
    const struct link_options *o = &r->options;
    struct arena *a = &r->account.arena;
    size_t n_levels = 0;
    for (unsigned c = 0; c < r->model->n_comparisons; c++)
        n_levels += r->model->comparisons[c].n_levels;
    double **found = ARENA_ARRAY(a, double *, o->n_train_by);
    r->account.sessions = ARENA_ARRAY(a, struct account_session, o->n_train_by);
    if (!found || !r->account.sessions)
        return error_memory(e);
    train_start(r->model);
    enum err code = open_shared(r, e);
    if (!code)
        code = find_u(r, e);
    if (!code && o->n_prior_by)
        code = find_prior(r, e);
    for (unsigned i = 0; i < o->n_train_by && !code; i++) {
        found[i] = ARENA_ARRAY(a, double, n_levels);
        code = found[i] ? one_session(r, i, found[i], &r->account.sessions[i], e)
                        : error_memory(e);
        r->account.n_sessions = i + 1;
        // As Splink does: the next session begins with what is known by now.
        if (!code)
            code = train_median(r->model, (const double *const *)found, i + 1, e);
    }
    return code;
}
