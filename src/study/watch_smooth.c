// SPDX-License-Identifier: AGPL-3.0-or-later
// What is best believed of each area's ratio: areas borrow strength from each other.
#include "study/watch_private.h"

#include <math.h>

#include "stats/interval.h"
#include "stats/latent.h"

// Areas of the first look at areas, over the longest stretch, all strata together.
static enum err count_areas(struct watching *x, const struct axis *axis, double **first,
                            double **all, struct error *e)
{
    struct watch_counts c;
    enum err code =
        watch_count(x, x->w->ratio->numerator, x->w->ratio->denominator, axis, 1, &c, e);
    size_t n = code ? 0 : c.n_groups;
    struct watch_area *areas = ARENA_ARRAY(x->a, struct watch_area, n);
    *first = ARENA_ARRAY(x->a, double, n);
    *all = ARENA_ARRAY(x->a, double, n);
    if (!code && (!areas || !*first || !*all))
        return error_memory(e);
    size_t kept = 0;
    double per = x->w->ratio->per;
    for (size_t i = 0; i < n; i++) {
        double boys = 0, girls = 0;
        for (size_t t = 0; t < x->time.n; t++) {
            boys += (double)c.first[i * x->time.n + t];
            girls += (double)c.second[i * x->time.n + t];
        }
        if (boys + girls <= 0)
            continue;
        struct interval raw = interval_ratio(boys, girls, per, 0.95);
        areas[kept] = (struct watch_area){.area = c.figures.axes[0].buckets[i].index,
                                          .of_all = boys + girls,
                                          .value = per * boys / girls,
                                          .low = raw.low,
                                          .high = raw.high};
        (*first)[kept] = boys;
        (*all)[kept++] = boys + girls;
    }
    x->run->areas = areas;
    x->run->n_areas = kept;
    return code;
}

enum err watch_smooth(struct watching *x, struct error *e)
{
    struct axis axis;
    double *first, *all;
    if (!x->area_look)
        return ERR_OK;
    enum err code = measure_axis(x->m, NULL, x->area_look->level, &axis, e);
    if (!code)
        code = count_areas(x, &axis, &first, &all, e);
    size_t n = x->run->n_areas;
    if (code || n < 3) { // too few to know how areas differ
        x->run->n_areas = code ? n : 0;
        return code;
    }
    uint32_t *level = ARENA_ARRAY(x->a, uint32_t, n);
    if (!level)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        level[i] = (uint32_t)i;
    const struct latent_fixed intercept = {.name = "intercept"};
    const struct latent_effect effect = {
        .name = "area",
        .kind = LATENT_IID,
        .n_levels = (uint32_t)n,
        .level = level,
        // on one map in a hundred the log ratios of areas differ with an sd above 0.2
        .sigma = {LATENT_PRIOR_PC, 0.2, 0.01}};
    const struct latent_model model = {.family = LATENT_BINOMIAL,
                                       .n_rows = (uint32_t)n,
                                       .y = first,
                                       .size = all,
                                       .n_fixed = 1,
                                       .fixed = &intercept,
                                       .n_effects = 1,
                                       .effects = &effect};
    const struct latent_options options = latent_defaults();
    struct latent_fit *fit = NULL;
    code = latent_estimate(&fit, &model, &options, x->pool, e);
    double reference = log(x->run->reference / x->w->ratio->per);
    for (size_t i = 0; !code && i < n; i++) {
        struct watch_area *area = &x->run->areas[i];
        struct latent_marginal odds = latent_odds(fit, (uint32_t)i, x->w->ratio->per);
        area->smooth = odds.median;
        area->smooth_low = odds.low;
        area->smooth_high = odds.high;
        area->above = latent_predictor_above(fit, (uint32_t)i, reference);
    }
    latent_close(fit);
    return code;
}
