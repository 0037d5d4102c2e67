// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/srb_rows.h"

#include <math.h>

#include "base/text.h"
#include "stats/multiple.h"
#include "stats/reference.h"
#include "stats/srb.h"
#include "study/certainty.h"
#include "study/overview_private.h"

#define LEVEL 0.95

struct asking {
    const struct measure *m;
    struct arena *arena;
    struct period period;
    int32_t root;
    struct srb_rows *out;
};

static enum err find_axis(struct asking *x, struct str by, struct error *e)
{
    const struct pack_overview *plan = &x->m->county->pack->overview;
    const struct places *p = x->m->county->places;
    if (!by.n) {
        int level = overview_level_below(p, overview_top(p, x->root), x->period);
        x->out->axis = (struct axis){.kind = AXIS_LEVEL, .level = level};
        if (level >= 0)
            return ERR_OK;
        by = STR("facility"); // of a village: where its children were born
    }
    if (str_equal(by, STR("order")) && plan->by) {
        x->out->axis = (struct axis){.kind = AXIS_FIELD, .field = plan->by};
        return ERR_OK;
    }
    enum err code =
        measure_axis(x->m, x->out->indicator->numerator, by, &x->out->axis, e);
    if (code == ERR_USAGE && e)
        e->code = code = ERR_INPUT;
    return code;
}

static struct srb_reference reference_of(const struct indicator *i)
{
    return (struct srb_reference){
        i->reference,
        i->reference_low > 0 ? reference_log_sd(i->reference_low, i->reference_high) : 0};
}

static void fill(struct srb_row *r, const struct figure *f, const struct indicator *i)
{
    *r = (struct srb_row){.bucket = r->bucket,
                          .hidden = f->state == FIGURE_SUPPRESSED,
                          .boys = NAN,
                          .girls = NAN,
                          .ratio = NAN,
                          .low = NAN,
                          .high = NAN,
                          .p = NAN,
                          .q = NAN,
                          .missing = NAN,
                          .missing_low = NAN,
                          .missing_high = NAN};
    if (r->hidden || isnan(f->numerator) || isnan(f->denominator))
        return;
    struct srb_reference reference = reference_of(i);
    r->boys = f->numerator;
    r->girls = f->denominator;
    if (r->boys + r->girls == 0)
        return;
    r->ratio = srb_ratio(r->boys, r->girls);
    struct interval interval = interval_ratio(r->boys, r->girls, 100, LEVEL);
    r->low = interval.low;
    r->high = interval.high;
    r->p = srb_p_values(r->boys, r->girls, &reference).two_sided;
    struct srb_missing missing = srb_missing_girls(r->boys, r->girls, &reference, LEVEL);
    r->missing = missing.girls;
    r->missing_low = missing.low;
    r->missing_high = missing.high;
}

static enum err correct(struct asking *x, struct error *e)
{
    struct srb_rows *o = x->out;
    double *p = ARENA_ARRAY(x->arena, double, o->n + 1);
    if (!p)
        return error_memory(e);
    for (size_t i = 0; i < o->n; i++) {
        p[i] = o->list[i].p;
        o->n_looks += isnan(p[i]) ? 0 : 1;
    }
    enum err code = multiple_benjamini_hochberg(p, o->n, p, x->arena, e);
    for (size_t i = 0; !code && i < o->n; i++)
        o->list[i].q = p[i];
    return code;
}

// Among many, what alone would be far may be chance: that is said.
static enum err say(struct asking *x, struct srb_row *r, const struct figure *f,
                    struct error *e)
{
    const struct indicator *i = x->out->indicator;
    bool far = r->p < 1 - LEVEL;
    if (!far || x->out->n_looks < 2) {
        enum err code = certainty_words(x->arena, i, f, NULL, x->period,
                                        x->period.last + 1, &r->certainty, e);
        return code;
    }
    char space[TEXT_NUMBER_SIZE];
    struct str reference =
        str_copy(x->arena, text_number(i->reference, i->decimals, space));
    bool high = r->ratio > i->reference, sure = r->q < 1 - LEVEL;
    r->certainty.en = str_format(
        x->arena,
        sure ? "%s the reference of %.*s, also when all %zu looks are counted"
             : "%s the reference of %.*s if looked at alone; among %zu looks chance "
               "explains it",
        high ? "above" : "below", STR_ARG(reference), x->out->n_looks);
    r->certainty.zh =
        str_format(x->arena,
                   sure ? "%s参考值%.*s，计入全部%zu次比较后仍成立"
                        : "单独看%s参考值%.*s；但共比较%zu次，可由偶然解释",
                   high ? "高于" : "低于", STR_ARG(reference), x->out->n_looks);
    return reference.p && r->certainty.en.p && r->certainty.zh.p ? ERR_OK
                                                                 : error_memory(e);
}

enum err srb_rows_make(const struct measure *m, struct arena *a, struct period period,
                       int32_t root, struct str by, struct srb_rows *out, struct error *e)
{
    const struct indicator *ratio = m->county->pack->overview.ratio;
    *out = (struct srb_rows){.enough = certainty_enough()};
    if (!ratio) {
        error_set(e, ERR_NOT_FOUND, "srb.none", NULL,
                  "the pack " STR_FMT " has no ratio of two counts with a reference",
                  STR_ARG(m->county->pack->name));
        return error_cure(e, "give an indicator interval: ratio and a reference, and put "
                             "it among the overview's cards");
    }
    struct asking x = {m, a, period, root, out};
    out->indicator = overview_edition(m, ratio, period);
    enum err code = measure_allows(m, root, e);
    if (!code)
        code = find_axis(&x, by, e);
    struct measure_scope scope = {period, root, &out->axis, 1};
    struct figures f;
    if (!code)
        code = measure_indicator(m, a, out->indicator, &scope, &f, e);
    if (code)
        return code;
    out->list = ARENA_ARRAY(a, struct srb_row, f.n + 1);
    const struct figure **figures = ARENA_ARRAY(a, const struct figure *, f.n + 1);
    if (!out->list || !figures)
        return error_memory(e);
    for (size_t i = 0; i < f.n; i++) {
        struct srb_row *r = &out->list[out->n];
        r->bucket = f.axes[0].buckets[i];
        fill(r, &f.list[i], out->indicator);
        // of all facilities there are, those that had births
        if (out->axis.kind == AXIS_FACILITY && !r->hidden && !(r->boys + r->girls > 0))
            continue;
        figures[out->n++] = &f.list[i];
    }
    code = correct(&x, e);
    for (size_t i = 0; !code && i < out->n; i++)
        code = say(&x, &out->list[i], figures[i], e);
    return code;
}
