// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_constrain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

// ---- raking ----

static enum err check_rake(const struct project_rake *r, struct error *e)
{
    double wholes = 0, of_parts = 0;
    for (size_t i = 0; i < r->parts * r->cells; i++)
        if (!(r->value[i] >= 0) || !isfinite(r->value[i])) {
            error_set(e, ERR_INPUT, "rake.value", NULL, "part %zu, cell %zu is %g",
                      i / r->cells + 1, i % r->cells + 1, r->value[i]);
            return error_cure(e, "Raking multiplies: give numbers that are 0 or more.");
        }
    for (size_t c = 0; c < r->cells; c++) {
        if (!(r->whole[c] >= 0) || !isfinite(r->whole[c]))
            return error_set(e, ERR_INPUT, "rake.total", NULL,
                             "the whole's cell %zu is %g", c + 1, r->whole[c]);
        wholes += r->whole[c];
    }
    for (size_t p = 0; r->part && p < r->parts; p++) {
        if (!(r->part[p] >= 0) || !isfinite(r->part[p]))
            return error_set(e, ERR_INPUT, "rake.total", NULL,
                             "the total of part %zu is %g", p + 1, r->part[p]);
        of_parts += r->part[p];
    }
    if (r->part && fabs(wholes - of_parts) > 1e-6 * wholes) {
        error_set(e, ERR_INPUT, "rake.sums", NULL,
                  "the whole's cells add up to %.10g and the parts' totals to %.10g",
                  wholes, of_parts);
        return error_cure(e, "Make both add up to the same number first.");
    }
    return ERR_OK;
}

// A cell that the whole has and no part: shared out by the seeds.
static size_t seed_empty(const struct project_rake *r)
{
    size_t seeded = 0;
    double seeds = 0;
    for (size_t p = 0; p < r->parts; p++)
        seeds += r->seed ? r->seed[p] : 1;
    for (size_t c = 0; c < r->cells; c++) {
        double sum = 0;
        for (size_t p = 0; p < r->parts; p++)
            sum += r->value[p * r->cells + c];
        if (sum > 0 || r->whole[c] == 0)
            continue;
        seeded++;
        for (size_t p = 0; p < r->parts; p++)
            r->value[p * r->cells + c] =
                r->whole[c] *
                (r->seed && seeds > 0 ? r->seed[p] / seeds : 1 / (double)r->parts);
    }
    return seeded;
}

// Meets the whole's cells; the greatest relative difference that there was.
static double meet_whole(const struct project_rake *r)
{
    double worst = 0;
    for (size_t c = 0; c < r->cells; c++) {
        double sum = 0;
        for (size_t p = 0; p < r->parts; p++)
            sum += r->value[p * r->cells + c];
        if (!(sum > 0))
            continue;
        double factor = r->whole[c] / sum;
        worst = fmax(worst, r->whole[c] > 0 ? fabs(sum / r->whole[c] - 1) : 1);
        for (size_t p = 0; p < r->parts; p++)
            r->value[p * r->cells + c] *= factor;
    }
    return worst;
}

static double meet_parts(const struct project_rake *r)
{
    double worst = 0;
    for (size_t p = 0; p < r->parts; p++) {
        double sum = 0, *row = r->value + p * r->cells;
        for (size_t c = 0; c < r->cells; c++)
            sum += row[c];
        if (!(sum > 0)) {
            worst = r->part[p] > 0 ? 1 : worst;
            continue;
        }
        worst = fmax(worst, r->part[p] > 0 ? fabs(sum / r->part[p] - 1) : 1);
        for (size_t c = 0; c < r->cells; c++)
            row[c] *= r->part[p] / sum;
    }
    return worst;
}

enum err project_rake(const struct project_rake *r, struct project_raked *out,
                      struct error *e)
{
    double tolerance = r->tolerance > 0 ? r->tolerance : 1e-10;
    int most = r->most_rounds > 0 ? r->most_rounds : 500;
    enum err code = check_rake(r, e);
    if (code)
        return code;
    *out = (struct project_raked){.seeded = seed_empty(r)};
    if (!r->part) {
        meet_whole(r);
        out->rounds = 1;
        out->converged = true;
        return ERR_OK;
    }
    for (out->rounds = 1; out->rounds <= most; out->rounds++) {
        meet_whole(r);
        out->worst = meet_parts(r); // how far parts were when the whole's cells were met
        if (out->worst <= tolerance)
            break;
    }
    out->converged = out->worst <= tolerance;
    if (!out->converged)
        out->rounds = most;
    return ERR_OK;
}

void project_shift(double *value, size_t parts, size_t cells, const double *whole,
                   const double *weight)
{
    for (size_t c = 0; c < cells; c++) {
        double sum = 0, weights = 0;
        for (size_t p = 0; p < parts; p++) {
            sum += value[p * cells + c];
            weights += weight[p * cells + c];
        }
        for (size_t p = 0; p < parts; p++)
            value[p * cells + c] +=
                (whole[c] - sum) *
                (weights > 0 ? weight[p * cells + c] / weights : 1 / (double)parts);
    }
}

// ---- parts stepped beside a whole ----

struct stepping {
    const struct project_input *parts;
    size_t n;
    const struct project_whole *whole;
    const struct project_output *out;
    double *cells, *seed; // [part][age]; [part]
    double **place;       // [part]
    struct project_constrained *about;
};

// One step of one part, from what its output holds.
static void step_part(const struct stepping *s, size_t i, size_t t)
{
    const struct project_input *in = &s->parts[i];
    const struct project_output *out = &s->out[i];
    size_t ages = in->shape.ages;
    struct project_input one = *in;
    struct project_output to = {0};
    one.shape.steps = 1;
    one.shape.year += (int32_t)t * in->shape.width;
    one.fertility += t * ages;
    one.boys += t;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        one.population[sex] = out->population[sex] + t * ages;
        one.survival[sex] += t * (ages + 1);
        if (one.migration[sex])
            one.migration[sex] += t * ages;
        to.population[sex] = out->population[sex] + t * ages;
        to.births[sex] = out->births[sex] ? out->births[sex] + t : NULL;
        to.deaths[sex] = out->deaths[sex] ? out->deaths[sex] + t * (ages + 1) : NULL;
    }
    to.births_by_age = out->births_by_age ? out->births_by_age + t * ages : NULL;
    project_run(&one, &to);
}

static double apart_of(const struct stepping *s, size_t i, int sex, size_t age)
{
    const double *apart = s->parts[i].apart[sex];
    return apart ? apart[age] : 0;
}

// People of one sex at a moment, those who live apart left as they are.
static enum err constrain_people(const struct stepping *s, int sex, size_t moment,
                                 struct error *e)
{
    size_t ages = s->parts[0].shape.ages;
    const double *wanted = s->whole->population[sex] + moment * ages;
    double whole[PROJECT_MAX_AGES], before[PROJECT_MAX_AGES];
    for (size_t a = 0; a < ages; a++) {
        whole[a] = wanted[a];
        before[a] = 0;
    }
    for (size_t i = 0; i < s->n; i++) {
        const double *people = s->out[i].population[sex] + moment * ages;
        s->seed[i] = 0;
        for (size_t a = 0; a < ages; a++) {
            double apart = apart_of(s, i, sex, a);
            whole[a] -= apart;
            s->cells[i * ages + a] = fmax(0, people[a] - apart);
            before[a] += s->cells[i * ages + a];
            s->seed[i] += s->cells[i * ages + a];
        }
    }
    for (size_t a = 0; a < ages; a++) {
        whole[a] = fabs(whole[a]) < 1e-9 * wanted[a] ? 0 : whole[a];
        if (wanted[a] >= 1 && before[a] > 0 && whole[a] > 0) {
            double factor = whole[a] / before[a];
            s->about->worst_factor =
                fmax(s->about->worst_factor, fmax(factor, 1 / factor));
        }
    }
    struct project_rake rake = {
        .parts = s->n, .cells = ages, .value = s->cells, .whole = whole, .seed = s->seed};
    struct project_raked raked;
    enum err code = project_rake(&rake, &raked, e);
    if (code) {
        error_set(e, code, "constrain.apart", NULL,
                  "at moment %zu the whole has fewer people of an age than live apart in "
                  "its parts",
                  moment);
        return error_cure(e, "Correct the whole's population or those who live apart.");
    }
    s->about->seeded += raked.seeded;
    for (size_t i = 0; i < s->n; i++)
        for (size_t a = 0; a < ages; a++)
            s->out[i].population[sex][moment * ages + a] =
                s->cells[i * ages + a] + apart_of(s, i, sex, a);
    return ERR_OK;
}

// One number of each part to the whole's. Where no part has
// any, by their people of the group at the start of the step, or all alike.
static void meet_total(const struct stepping *s, double *const *value, double wanted,
                       int sex, size_t people)
{
    double sum = 0, seeds = 0;
    for (size_t i = 0; i < s->n; i++) {
        sum += *value[i];
        seeds += s->out[i].population[sex][people];
    }
    for (size_t i = 0; i < s->n; i++)
        if (sum > 0)
            *value[i] *= wanted / sum;
        else
            *value[i] = wanted * (seeds > 0 ? s->out[i].population[sex][people] / seeds
                                            : 1 / (double)s->n);
}

static void constrain_births(const struct stepping *s, int sex, size_t t)
{
    // who bears them is not looked at: by the babies that there are
    size_t babies = (t + 1) * s->parts[0].shape.ages;
    for (size_t i = 0; i < s->n; i++)
        s->place[i] = &s->out[i].births[sex][t];
    meet_total(s, s->place, s->whole->births[sex][t], sex, babies);
}

static void constrain_deaths(const struct stepping *s, int sex, size_t t)
{
    size_t ages = s->parts[0].shape.ages, groups = ages + 1;
    for (size_t a = 0; a < groups; a++) {
        size_t people = a ? t * ages + a - 1 : (t + 1) * ages;
        for (size_t i = 0; i < s->n; i++)
            s->place[i] = &s->out[i].deaths[sex][t * groups + a];
        meet_total(s, s->place, s->whole->deaths[sex][t * groups + a], sex, people);
    }
}

static enum err check_parts(const struct project_input *parts, size_t n,
                            const struct project_whole *whole,
                            const struct project_output *out, struct error *e)
{
    if (!n)
        return error_set(e, ERR_USAGE, "constrain.none", NULL, "there are no parts");
    for (size_t i = 0; i < n; i++) {
        const struct project_shape *s = &parts[i].shape, *first = &parts[0].shape;
        char where[300];
        struct error own;
        if (s->year != first->year || s->width != first->width ||
            s->ages != first->ages || s->steps != first->steps) {
            snprintf(where, sizeof where, "part %zu", i + 1);
            return error_set(e, ERR_INPUT, "constrain.shape", where,
                             "%zu ages and %zu steps of %d years from %d; the first part "
                             "has %zu, %zu, %d and %d",
                             s->ages, s->steps, (int)s->width, (int)s->year, first->ages,
                             first->steps, (int)first->width, (int)first->year);
        }
        enum err code = project_check(&parts[i], &own);
        if (code) {
            snprintf(where, sizeof where, "part %zu, %s", i + 1, own.where);
            error_set(e, code, own.key, where, "%s", own.text);
            return error_cure(e, "%s", own.cure);
        }
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            if ((whole->births[sex] && !out[i].births[sex]) ||
                (whole->deaths[sex] && !out[i].deaths[sex]))
                return error_set(e, ERR_USAGE, "constrain.output", NULL,
                                 "births and deaths that are constrained need a place");
    }
    return ERR_OK;
}

static enum err run_steps(struct stepping *s, struct error *e)
{
    size_t ages = s->parts[0].shape.ages, steps = s->parts[0].shape.steps;
    enum err code = ERR_OK;
    for (size_t i = 0; i < s->n; i++)
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            memcpy(s->out[i].population[sex], s->parts[i].population[sex],
                   ages * sizeof(double));
    for (int sex = 0; !code && sex < PROJECT_SEXES; sex++)
        code = constrain_people(s, sex, 0, e);
    for (size_t t = 0; !code && t < steps; t++) {
        for (size_t i = 0; i < s->n; i++)
            step_part(s, i, t);
        for (int sex = 0; !code && sex < PROJECT_SEXES; sex++) {
            code = constrain_people(s, sex, t + 1, e);
            if (s->whole->births[sex])
                constrain_births(s, sex, t);
            if (s->whole->deaths[sex])
                constrain_deaths(s, sex, t);
        }
    }
    return code;
}

enum err project_run_constrained(const struct project_input *parts, size_t n,
                                 const struct project_whole *whole,
                                 const struct project_output *out,
                                 struct project_constrained *about, struct error *e)
{
    enum err code = check_parts(parts, n, whole, out, e);
    if (code)
        return code;
    *about = (struct project_constrained){.worst_factor = 1};
    struct stepping s = {parts, n, whole, out, NULL, NULL, NULL, about};
    s.cells = mem_alloc(n, parts[0].shape.ages * sizeof(double));
    s.seed = mem_alloc(n, sizeof(double));
    s.place = mem_alloc(n, sizeof *s.place);
    code = s.cells && s.seed && s.place ? run_steps(&s, e) : error_memory(e);
    mem_free(s.place);
    mem_free(s.cells);
    mem_free(s.seed);
    return code;
}
