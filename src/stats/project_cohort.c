// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_cohort.h"

#include <math.h>

#include "stats/project_demand.h"

enum { YOUNGEST_GAP = -15, OLDEST_GAP = 20, BLOCK = 16 };

int32_t project_cohort_age(enum project_cohort_figure figure)
{
    return figure < PROJECT_COHORT_MEN        ? 0
           : figure < PROJECT_COHORT_MEASURED ? PROJECT_COHORT_AGE
                                              : MARRIAGE_END;
}

// ---- measures ----

// Men of the group from 30, and of each their wives' ages.
static void weigh(const struct project_shape *s, const struct marriage_schedule *schedule,
                  double *men, double *women)
{
    double all = 0;
    for (int gap = YOUNGEST_GAP; gap <= OLDEST_GAP; gap++)
        all += marriage_gap(schedule, gap);
    for (int32_t x = PROJECT_COHORT_AGE; x < PROJECT_COHORT_AGE + s->width; x++) {
        project_age_weights(s->width, s->ages, x, x, 1, men);
        for (int gap = YOUNGEST_GAP; gap <= OLDEST_GAP; gap++)
            project_age_weights(s->width, s->ages, x - gap, x - gap,
                                marriage_gap(schedule, gap) / all, women);
    }
}

bool project_cohort_measures(struct arena *a, const struct project_shape *shape,
                             const struct marriage_schedule *schedule, double reference,
                             size_t first, struct project_measure *out)
{
    double *men = ARENA_ARRAY(a, double, shape->ages + 1);
    double *women = ARENA_ARRAY(a, double, shape->ages + 1);
    double *fewer = ARENA_ARRAY(a, double, shape->ages + 1);
    if (!men || !women || !fewer)
        return false;
    weigh(shape, schedule, men, women);
    for (size_t i = 0; i < shape->ages; i++)
        fewer[i] = -women[i];
    for (int i = 0; i < PROJECT_COHORT_MEASURED; i++)
        out[i] = (struct project_measure){.scale = 1};
    out[PROJECT_COHORT_BOYS].births[PROJECT_MALE] = 1;
    out[PROJECT_COHORT_GIRLS].births[PROJECT_FEMALE] = 1;
    out[PROJECT_COHORT_MISSING].births[PROJECT_MALE] = 1 / reference;
    out[PROJECT_COHORT_MISSING].births[PROJECT_FEMALE] = -1;
    out[PROJECT_COHORT_MEN].people[PROJECT_MALE] = men;
    out[PROJECT_COHORT_WOMEN].people[PROJECT_FEMALE] = women;
    out[PROJECT_COHORT_TO_100] =
        (struct project_measure){.people[PROJECT_MALE] = men,
                                 .ratio = true,
                                 .per = first + PROJECT_COHORT_WOMEN,
                                 .scale = 100};
    out[PROJECT_COHORT_BEYOND].people[PROJECT_MALE] = men;
    out[PROJECT_COHORT_BEYOND].people[PROJECT_FEMALE] = fewer;
    return true;
}

// ---- couples ----

// Single ages from 10, so that a cohort of 15 can be followed from the moment before.
enum { LOWEST = MARRIAGE_FROM - 5, SINGLES = MARRIAGE_END + 5 - LOWEST };

struct couples {
    const struct project_shape *shape;
    const struct marriage_model *model;
    size_t trajectories, years;
    const double *const *people;
    double weights[SINGLES][PROJECT_BATCH_MAX_AGES]; // of groups in a single age
    size_t from[SINGLES], to[SINGLES];               // where they are not 0
    double *scratch;                                 // [thread] of `room`
    size_t room;
    double *single[PROJECT_SEXES]; // [moment][trajectory] of 100
};

static void set_weights(struct couples *c)
{
    for (int32_t i = 0; i < SINGLES; i++) {
        project_age_weights(c->shape->width, c->shape->ages, LOWEST + i, LOWEST + i, 1,
                            c->weights[i]);
        c->from[i] = c->shape->ages;
        for (size_t a = 0; a < c->shape->ages; a++)
            if (c->weights[i][a] != 0) {
                c->from[i] = a < c->from[i] ? a : c->from[i];
                c->to[i] = a + 1;
            }
    }
}

// People of a single age at a moment; Sprague's fifths may fall below 0.
static double people_at(const struct couples *c, int sex, size_t age, size_t moment,
                        size_t trajectory)
{
    size_t moments = c->shape->steps + 1, i = age - LOWEST;
    double sum = 0;
    for (size_t a = c->from[i]; a < c->to[i]; a++)
        sum += c->weights[i][a] *
               c->people[sex][(a * moments + moment) * c->trajectories + trajectory];
    return fmax(sum, 0);
}

// Every year's people of 15-49: at moments as they are, between them along the cohort.
static void fill_years(const struct couples *c, int sex, size_t trajectory,
                       double *singles, double *people)
{
    size_t width = (size_t)c->shape->width, moments = c->shape->steps + 1;
    for (size_t t = 0; t < moments; t++)
        for (size_t i = 0; i < SINGLES; i++)
            singles[t * SINGLES + i] = people_at(c, sex, LOWEST + i, t, trajectory);
    for (size_t year = 0; year < c->years; year++)
        for (size_t i = 0; i < MARRIAGE_AGES; i++) {
            size_t t = year / width, on = year % width;
            size_t at = t * SINGLES + i + MARRIAGE_FROM - LOWEST - on;
            double part = (double)on / (double)width, next = 0;
            if (on)
                next = singles[at + SINGLES + width];
            people[year * MARRIAGE_AGES + i] = (1 - part) * singles[at] + part * next;
        }
}

static void one_block(void *argument, size_t task, unsigned thread)
{
    const struct couples *c = argument;
    size_t width = (size_t)c->shape->width, moments = c->shape->steps + 1;
    double *singles = c->scratch + (size_t)thread * c->room;
    double *people[PROJECT_SEXES], *ever[PROJECT_SEXES];
    double *next = singles + moments * SINGLES;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        people[sex] = next;
        ever[sex] = next + c->years * MARRIAGE_AGES;
        next = ever[sex] + c->years + 1;
    }
    for (size_t k = task * BLOCK; k < (task + 1) * BLOCK && k < c->trajectories; k++) {
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            fill_years(c, sex, k, singles, people[sex]);
        marriage_run(c->model, c->years, (const double *const *)people, ever, NULL);
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t t = 0; t < moments;
                 t++) { // those of 50 + j now were 50 j years ago
                double mean = 0;
                for (size_t j = 0; j < width; j++)
                    mean += t * width >= MARRIAGE_AGES + j
                                ? ever[sex][t * width - j] / (double)width
                                : NAN;
                c->single[sex][t * c->trajectories + k] = 100 * (1 - mean);
            }
    }
}

enum err project_cohort_marry(struct pool *pool, const struct project_shape *shape,
                              const struct marriage_model *model, size_t trajectories,
                              const double *const people[PROJECT_SEXES],
                              const double *probability, size_t probabilities,
                              double *const out[PROJECT_SEXES], struct error *e)
{
    struct couples *c = mem_alloc(1, sizeof *c);
    size_t moments = shape->steps + 1, size, all = 0;
    enum err code = ERR_OK;
    if (!c)
        return error_memory(e);
    *c = (struct couples){.shape = shape,
                          .model = model,
                          .trajectories = trajectories,
                          .years = shape->steps * (size_t)shape->width,
                          .people = people};
    if ((int32_t)(shape->ages - 1) * shape->width < LOWEST + SINGLES) {
        error_set(e, ERR_LIMIT, "cohort.ages", NULL,
                  "the oldest group begins at %d, and couples want single ages up to %d",
                  (int)((int32_t)(shape->ages - 1) * shape->width), LOWEST + SINGLES - 1);
        code = error_cure(e, "Give people in groups to 55 and over, or older.");
        goto out;
    }
    set_weights(c);
    c->room =
        moments * SINGLES + PROJECT_SEXES * (c->years * MARRIAGE_AGES + c->years + 1);
    if (size_mul(c->room, pool_threads(pool), &size))
        c->scratch = mem_alloc(size, sizeof *c->scratch);
    if (size_mul(moments, trajectories, &all) && size_mul(all, PROJECT_SEXES, &size))
        c->single[0] = mem_alloc(size, sizeof *c->single[0]);
    if (!c->scratch || !c->single[0]) {
        code = error_memory(e);
        goto out;
    }
    c->single[1] = c->single[0] + all;
    pool_run(pool, (trajectories + BLOCK - 1) / BLOCK, one_block, c);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t t = 0; t < moments; t++)
            project_quantiles(c->single[sex] + t * trajectories, trajectories,
                              probability, probabilities, out[sex] + t * probabilities);
out:
    mem_free(c->single[0]);
    mem_free(c->scratch);
    mem_free(c);
    return code;
}
