// SPDX-License-Identifier: AGPL-3.0-or-later
// Look-alikes: pairs of two people who have much in common (train.h).
#include "link/train_private.h"

#include "link/score.h"

#include <math.h>
#include <string.h>

// Two people who have much in common still have a day of birth each, and a number; that
// they are of one sex is chance, which blocking by sex would hide.
static const double MOST_SAME_DATE = 0.04;

static bool is_own(enum link_kind kind)
{
    return kind == LINK_DATE || kind == LINK_IDENTITY;
}

// The level of all that is not null; LINK_MAX_LEVELS when there is none.
static unsigned exact_level(const struct link_comparison *c)
{
    unsigned k = 0;
    while (k < c->n_levels && c->levels[k].is_null)
        k++;
    return k < c->n_levels ? k : LINK_MAX_LEVELS;
}

static void limit_own(struct link_comparison *c)
{
    unsigned exact = exact_level(c);
    if (exact == LINK_MAX_LEVELS)
        return;
    double most = fmax(c->levels[exact].u, MOST_SAME_DATE), over = 0, rest = 0;
    over = c->levels[exact].alike - most;
    for (unsigned k = exact + 1; k < c->n_levels; k++)
        rest += c->levels[k].is_null ? 0 : c->levels[k].u;
    if (over <= 0 || rest <= 0)
        return;
    c->levels[exact].alike = most;
    for (unsigned k = exact + 1; k < c->n_levels; k++)
        if (!c->levels[k].is_null)
            c->levels[k].alike += over * c->levels[k].u / rest;
}

// Among look-alikes a quite different day of birth means another person (a father and a
// son of one name), else these make themselves matches.
static const double MOST_OTHER_DATE = 0.03;

static void limit_other_date(struct link_comparison *c)
{
    unsigned exact = exact_level(c), last = c->n_levels - 1;
    if (exact >= last || c->levels[last].is_null || c->levels[exact].m < 0.5 ||
        c->levels[last].m <= MOST_OTHER_DATE)
        return;
    c->levels[exact].m += c->levels[last].m - MOST_OTHER_DATE;
    c->levels[last].m = MOST_OTHER_DATE;
}

void train_maximise_alike(struct train_state *j)
{
    for (unsigned c = 0; c < j->m->n_comparisons; c++) {
        struct link_comparison *cmp = &j->m->comparisons[c];
        const double *counts =
            train_counts_for(j, c, j->alike_counts[c], j->alike_all[c]);
        double sum = train_sum(cmp, counts) + TRAIN_START_PAIRS;
        for (unsigned k = 0; k < cmp->n_levels; k++)
            if (!cmp->levels[k].is_null)
                cmp->levels[k].alike =
                    (counts[k] + TRAIN_START_PAIRS * j->alike_start[c][k]) / sum;
        enum link_kind kind = j->kinds[c];
        for (unsigned k = 0; kind == LINK_SEX && k < cmp->n_levels; k++)
            cmp->levels[k].alike = cmp->levels[k].is_null ? 0 : cmp->levels[k].u;
        if (is_own(kind))
            limit_own(cmp);
        if (kind == LINK_DATE)
            limit_other_date(cmp);
    }
    j->m->alike_prior = fmin((j->alike + 0.5) / (j->t->all_pairs + 1), 0.3);
}

// --- a third class is tried

// Households and families: they share surname, address and phone, and so look more alike
// than strangers do. In two classes they would be taken for matches, or weaken them; so a
// third class is tried. It starts with what is shared in a household and is kept when
// it is one of other people (its names and days of birth are as those of strangers) and
// when it says of pairs that seemed matches that they are none.
static double shared_at_start(enum link_kind kind)
{
    switch (kind) {
    case LINK_PLACE:
    case LINK_PHONE:
    case LINK_TEXT:
    case LINK_EMAIL:
        return 0.9;
    case LINK_NAME:
    case LINK_CODE:
    case LINK_RAW:
        return 0.5;
    default:
        return 0;
    }
}

static void start_class(struct train_state *j, const double shared[LINK_MAX_COMPARISONS],
                        bool anew)
{
    for (unsigned c = 0; c < j->m->n_comparisons; c++)
        for (unsigned k = 0; k < j->m->comparisons[c].n_levels; k++) {
            struct link_level *l = &j->m->comparisons[c].levels[k];
            if (l->is_null || isnan(l->u))
                continue;
            if (!l->fix_m)
                l->m = j->start[c][k];
            if (anew)
                j->alike_start[c][k] =
                    shared[c] * j->start[c][k] + (1 - shared[c]) * l->u;
            l->alike = j->alike_start[c][k];
        }
    j->m->prior = j->first_prior;
    j->m->alike_prior = anew ? j->first_prior : j->first_alike_prior;
    j->has_alike = true;
}

// Whether look-alikes agree in it hardly more often than strangers, and how many bits
// matches get from it.
static bool at_chance(const struct link_comparison *c, double *bits)
{
    unsigned exact = exact_level(c);
    *bits = 0;
    for (unsigned k = exact; k < c->n_levels; k++)
        if (!c->levels[k].is_null && !isnan(c->levels[k].u))
            *bits += c->levels[k].m * log2(c->levels[k].m / c->levels[k].u);
    if (exact == LINK_MAX_LEVELS)
        return false;
    const struct link_level *l = &c->levels[exact];
    return l->alike - l->u < 0.2 * (l->m - l->u);
}

// That a name differs, or two columns else: such are the people of a household. Namesakes
// differ in what is a person's own and in another column.
static bool are_other_people(const struct train_state *j, bool namesakes)
{
    static const double LEAST_BITS = 2;
    unsigned names = 0, own = 0, others = 0, all = 0;
    for (unsigned c = 0; c < j->m->n_comparisons; c++) {
        enum link_kind kind = j->kinds[c];
        double bits;
        bool chance = at_chance(&j->m->comparisons[c], &bits);
        if (bits < LEAST_BITS)
            continue;
        if (is_own(kind) && !chance)
            return false;
        own += is_own(kind);
        all += chance;
        if (chance && (kind == LINK_NAME || kind == LINK_TEXT))
            names++;
        else if (chance && kind != LINK_PLACE && kind != LINK_PHONE)
            others++;
    }
    return (namesakes && own && all >= 2) || (names >= 1 && (own || names + others >= 2));
}

// Matches expected if look-alikes were strangers.
static double matches_without(struct train_state *j)
{
    double sum = 0;
    const struct pattern_table *t = j->t->candidates;
    for (uint64_t i = 0; i < t->n; i++)
        sum += score_probability(train_odds(j, t->rows[i].pattern)) *
               (double)t->rows[i].pairs;
    return sum;
}

static const double LEAST_TAKEN = 0.005, LEAST_MATCHES = 20;

static enum err open_trial(struct account_session *trial, double **changes,
                           const struct account_session *told, struct arena *a,
                           struct error *e)
{
    *trial = (struct account_session){.name = told->name};
    *changes = ARENA_ARRAY(a, double, TRAIN_ROUNDS);
    return *changes ? ERR_OK : error_memory(e);
}

// People of a household; what they share goes by the kinds of columns.
static enum err try_household(struct train_state *j, struct train_snapshot *clearest,
                              struct arena *a, struct account_session *told,
                              struct error *e)
{
    struct train_snapshot *before = ARENA_NEW(a, struct train_snapshot);
    struct account_session trial;
    double *changes, shared[LINK_MAX_COMPARISONS];
    enum err code = open_trial(&trial, &changes, told, a, e);
    if (code || !before)
        return code ? code : error_memory(e);
    train_take(j, before);
    for (unsigned c = 0; c < j->m->n_comparisons; c++)
        shared[c] = shared_at_start(j->kinds[c]);
    start_class(j, shared, !j->had_alike);
    train_rounds(j, clearest, &trial, changes);
    train_expect(j);
    double taken = matches_without(j) - j->matches;
    if (j->matches >= LEAST_MATCHES && are_other_people(j, false) &&
        (told->drifted || taken > fmax(3, LEAST_TAKEN * j->matches))) {
        *told = trial;
    } else {
        train_go_back(j, before);
        train_expect(j);
    }
    return ERR_OK;
}

// --- strangers whom a rule holds together

enum { CLASSES = 3, MOST_STARTS = 8, SHARE_ROUNDS = 30 };

// Likelihood of a pattern by class, of the comparisons that the rule does not look at, as
// a share of the largest; returns the logarithm of that.
static double likelihoods(const struct train_state *j, uint64_t pattern, unsigned rule,
                          double out[CLASSES])
{
    double w[CLASSES] = {0}, most = -INFINITY;
    for (unsigned c = 0; c < j->v->n_comparisons; c++) {
        const struct link_level *l =
            &j->m->comparisons[c]
                 .levels[link_pattern_level(&j->v->comparisons[c], pattern)];
        if (j->uses[c] >> rule & 1 || l->is_null || isnan(l->m) || isnan(l->u))
            continue;
        const double of[CLASSES] = {l->m, l->u, j->has_alike ? l->alike : l->u};
        for (unsigned k = 0; k < CLASSES; k++)
            w[k] += log(fmax(of[k], 1e-300));
    }
    for (unsigned k = 0; k < CLASSES; k++)
        most = fmax(most, w[k]);
    for (unsigned k = 0; k < CLASSES; k++)
        out[k] = exp(w[k] - most);
    return most;
}

// Log likelihood of the pairs of one rule, each class with the share that suits it best;
// the agreement that the rule asks for does not count.
static double fit_of_rule(const struct train_state *j, unsigned rule, double *room,
                          double *pairs)
{
    const struct pattern_table *t = j->t->candidates;
    double sum = 0, share[CLASSES] = {0}, n_pairs = 0;
    uint64_t n = 0;
    for (uint64_t i = 0; i < t->n; i++)
        if (t->rows[i].rules >> rule & 1) {
            double *at = room + n++ * (CLASSES + 1);
            at[CLASSES] = (double)t->rows[i].pairs;
            n_pairs += at[CLASSES];
            sum += at[CLASSES] * likelihoods(j, t->rows[i].pattern, rule, at);
        }
    unsigned classes = j->has_alike ? CLASSES : CLASSES - 1;
    for (unsigned k = 0; k < classes; k++)
        share[k] = 1.0 / classes;
    for (unsigned round = 0; round <= SHARE_ROUNDS; round++) {
        double of[CLASSES] = {0}, log_sum = 0;
        for (uint64_t i = 0; i < n; i++) {
            const double *at = room + i * (CLASSES + 1);
            double all = 1e-300;
            for (unsigned k = 0; k < classes; k++)
                all += share[k] * at[k];
            for (unsigned k = 0; k < classes; k++)
                of[k] += at[CLASSES] * share[k] * at[k] / all;
            log_sum += round == SHARE_ROUNDS ? at[CLASSES] * log(all) : 0;
        }
        for (unsigned k = 0; k < classes && n; k++)
            share[k] = of[k] / n_pairs;
        sum += log_sum;
    }
    *pairs += n_pairs;
    return sum;
}

// How well the classes tell the pairs of each rule, less the price of the third one's
// parameters (BIC: Schwarz, Annals of Statistics 6(2), 1978).
static double fit(const struct train_state *j, double *room)
{
    double sum = 0, pairs = 0, parameters = j->m->n_rules;
    for (unsigned r = 0; r < j->m->n_rules; r++)
        sum += fit_of_rule(j, r, room, &pairs);
    for (unsigned c = 0; c < j->m->n_comparisons; c++)
        for (unsigned k = 0, first = 1; k < j->m->comparisons[c].n_levels; k++) {
            parameters += !first && !j->m->comparisons[c].levels[k].is_null;
            first &= j->m->comparisons[c].levels[k].is_null;
        }
    return j->has_alike ? sum - parameters / 2 * log(fmax(pairs, 1)) : sum;
}

// What the columns of a rule hold is shared, but for what is a person's own; the rest is
// as among strangers. Returns which comparisons are shared, 0: none or all.
static uint32_t share_by_rule(const struct train_state *j, unsigned rule,
                              double shared[LINK_MAX_COMPARISONS])
{
    static const double SHARED = 0.9;
    uint32_t set = 0;
    for (unsigned c = 0; c < j->m->n_comparisons; c++) {
        bool is = j->uses[c] >> rule & 1 && !is_own(j->kinds[c]);
        shared[c] = is && j->kinds[c] != LINK_SEX ? SHARED : 0;
        set |= (uint32_t)is << c;
    }
    return set == (1u << j->m->n_comparisons) - 1 ? 0 : set;
}

struct contest { // of starts, for the third class
    struct train_snapshot *best, *clearest;
    double *room;             // of fit()
    double best_fit, matches; // matches without a third class
    uint32_t seen[MOST_STARTS];
    unsigned n_seen;
};

// Whether the rounds ended in a class of other people that leaves fewer matches and tells
// the pairs better than the best so far.
static bool wins(const struct train_state *j, struct contest *t, bool drifted)
{
    double taken = t->matches - j->matches, of = fit(j, t->room);
    if (drifted || j->matches < LEAST_MATCHES || !are_other_people(j, true) ||
        taken < fmax(3, LEAST_TAKEN * t->matches) || of <= t->best_fit)
        return false;
    t->best_fit = of;
    return true;
}

static enum err try_start(struct train_state *j, struct contest *t,
                          const double shared[LINK_MAX_COMPARISONS], struct arena *a,
                          struct account_session *told, struct error *e)
{
    struct account_session trial;
    double *changes;
    enum err code = open_trial(&trial, &changes, told, a, e);
    if (code)
        return code;
    start_class(j, shared, true);
    train_rounds(j, t->clearest, &trial, changes);
    train_expect(j);
    if (wins(j, t, trial.drifted)) {
        train_take(j, t->best);
        *told = trial;
    }
    return ERR_OK;
}

// Strangers who share what a rule asks for can have more in common than chance has it:
// people of one name have alike e-mail addresses. Two classes would take them for
// matches. So the class begins with the columns of each rule, and as a household.
static enum err try_all(struct train_state *j, struct train_snapshot *clearest,
                        struct arena *a, struct account_session *told, struct error *e)
{
    struct contest t = {.best = ARENA_NEW(a, struct train_snapshot),
                        .clearest = clearest,
                        .room =
                            ARENA_ARRAY(a, double, j->t->candidates->n *(CLASSES + 1))};
    if (!t.best || !t.room)
        return error_memory(e);
    train_expect(j);
    train_take(j, t.best);
    t.matches = j->matches;
    t.best_fit = fit(j, t.room);
    double shared[LINK_MAX_COMPARISONS];
    for (unsigned c = 0; c < j->m->n_comparisons; c++)
        shared[c] = shared_at_start(j->kinds[c]);
    enum err code = try_start(j, &t, shared, a, told, e);
    for (unsigned r = 0; r < j->m->n_rules && t.n_seen < MOST_STARTS && !code; r++) {
        uint32_t set = share_by_rule(j, r, shared);
        bool known = !set;
        for (unsigned i = 0; i < t.n_seen; i++)
            known |= t.seen[i] == set;
        if (known)
            continue;
        t.seen[t.n_seen++] = set;
        code = try_start(j, &t, shared, a, told, e);
    }
    train_go_back(j, t.best);
    train_expect(j);
    return code;
}

enum err train_look_alikes(struct train_state *j, struct train_snapshot *clearest,
                           struct arena *a, struct account_session *told, struct error *e)
{
    if (j->t->kinds)
        return try_all(j, clearest, a, told, e);
    return j->m->n_kinds ? try_household(j, clearest, a, told, e) : ERR_OK;
}
