// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/checklist_compare.h"

#include <math.h>

static const double level = 0.95;

enum verdict { VERDICT_NONE, VERDICT_SAME, VERDICT_OVER, VERDICT_UNDER, VERDICT_OTHER };

struct pair { // what two sheets say of one item
    const struct datum *self, *inspection;
    const struct checklist_mark *self_mark, *inspection_mark;
};

static bool comparable(const struct checklist_item *item)
{
    enum type t = item->field->type;
    return t == TYPE_BOOL || t == TYPE_CODE || t == TYPE_INT;
}

// Categories of kappa; a number has none.
static size_t categories(const struct field *f)
{
    return f->type == TYPE_BOOL ? 2 : f->type == TYPE_CODE ? f->n_codes : 0;
}

static bool said(const struct datum *value, const struct checklist_mark *mark)
{
    return mark->asked && mark->answered && !value->null;
}

static enum verdict judge(const struct pair *p)
{
    if (!said(p->self, p->self_mark) || !said(p->inspection, p->inspection_mark))
        return VERDICT_NONE;
    if (p->self->i == p->inspection->i)
        return VERDICT_SAME;
    const struct checklist_mark *s = p->self_mark, *t = p->inspection_mark;
    if (s->failed != t->failed)
        return t->failed ? VERDICT_OVER : VERDICT_UNDER;
    if (s->counts && t->counts && s->points > t->points)
        return VERDICT_OVER;
    if (s->counts && t->counts && s->points < t->points)
        return VERDICT_UNDER;
    return VERDICT_OTHER;
}

static void count(struct compare_counts *c, enum verdict v)
{
    c->n += v != VERDICT_NONE;
    c->same += v == VERDICT_SAME;
    c->over += v == VERDICT_OVER;
    c->under += v == VERDICT_UNDER;
    c->other += v == VERDICT_OTHER;
}

static struct pair pair_of(const struct compare_facility *f, size_t k)
{
    const struct checklist_sheet *s = &f->self->sheet, *t = &f->inspection->sheet;
    size_t i = checklist_item(s->checklist, k, NULL)->field->index;
    return (struct pair){&s->values[i], &t->values[i], &s->marks[k], &t->marks[k]};
}

// --- facilities

static enum err gather(struct checklist_comparison *x, const struct checklist_visit *list,
                       size_t n, struct arena *a, struct error *e)
{
    x->facilities = ARENA_ARRAY(a, struct compare_facility, n + 1);
    if (!x->facilities)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        struct compare_facility *f =
            x->n_facilities ? &x->facilities[x->n_facilities - 1] : NULL;
        if (!f || f->facility != list[i].facility) {
            f = &x->facilities[x->n_facilities++];
            f->facility = list[i].facility;
        }
        *(list[i].kind == CHECKLIST_SELF ? &f->self : &f->inspection) = &list[i];
    }
    return ERR_OK;
}

static bool same_edition(const struct compare_facility *f)
{
    size_t k = reg_field(f->self->sheet.checklist->reg, STR("edition"))->index;
    const struct datum *s = &f->self->sheet.values[k],
                       *t = &f->inspection->sheet.values[k];
    return s->null == t->null && (s->null || str_equal(s->s, t->s));
}

static void compare_facilities(struct checklist_comparison *x)
{
    size_t n = checklist_n_items(x->checklist), scored = 0;
    double self = 0, inspection = 0;
    for (size_t i = 0; i < x->n_facilities; i++) {
        struct compare_facility *f = &x->facilities[i];
        x->only_self += f->self && !f->inspection;
        x->only_inspection += f->inspection && !f->self;
        if (f->self && f->inspection) {
            x->both++;
            x->other_edition += !same_edition(f);
            double s = checklist_visit_score(f->self),
                   t = checklist_visit_score(f->inspection);
            if (!isnan(s) && !isnan(t)) {
                scored++;
                self += s;
                inspection += t;
            }
            for (size_t k = 0; k < n; k++) {
                struct pair p = pair_of(f, k);
                if (comparable(checklist_item(x->checklist, k, NULL)))
                    count(&f->counts, judge(&p));
            }
        }
        f->counts.share =
            interval_wilson((double)f->counts.same, (double)f->counts.n, level);
    }
    x->mean_self = scored ? self / (double)scored : NAN;
    x->mean_inspection = scored ? inspection / (double)scored : NAN;
}

// --- items

static enum err compare_items(struct checklist_comparison *x, struct arena *a,
                              struct error *e)
{
    size_t n = checklist_n_items(x->checklist);
    x->items = ARENA_ARRAY(a, struct compare_item, n + 1);
    double *table = ARENA_ARRAY(a, double, AGREEMENT_MOST *AGREEMENT_MOST);
    if (!x->items || !table)
        return error_memory(e);
    for (size_t k = 0; k < n; k++) {
        struct compare_item *out = &x->items[x->n_items];
        out->item = checklist_item(x->checklist, k, &out->section);
        if (!comparable(out->item))
            continue;
        size_t codes = categories(out->item->field);
        for (size_t i = 0; i < codes * codes; i++)
            table[i] = 0;
        for (size_t i = 0; i < x->n_facilities; i++) {
            const struct compare_facility *at = &x->facilities[i];
            if (!at->self || !at->inspection)
                continue;
            struct pair p = pair_of(at, k);
            enum verdict v = judge(&p);
            count(&out->counts, v);
            if (v != VERDICT_NONE && codes)
                table[(size_t)p.self->i * codes + (size_t)p.inspection->i]++;
        }
        out->counts.share =
            interval_wilson((double)out->counts.same, (double)out->counts.n, level);
        table[0] = codes ? table[0] : 0;
        out->agreement = agreement_kappa(table, codes ? codes : 1, level);
        x->n_items++;
    }
    return ERR_OK;
}

// --- all together

static void compare_all(struct checklist_comparison *x)
{
    struct compare_counts *all = &x->all;
    for (size_t i = 0; i < x->n_facilities; i++) {
        const struct compare_counts *c = &x->facilities[i].counts;
        all->n += c->n;
        all->same += c->same;
        all->over += c->over;
        all->under += c->under;
        all->other += c->other;
    }
    double n = (double)all->n, same = (double)all->same, p = same / n;
    size_t clusters = 0;
    double squares = 0;
    for (size_t i = 0; i < x->n_facilities; i++) {
        const struct compare_counts *c = &x->facilities[i].counts;
        double apart = (double)c->same - p * (double)c->n;
        clusters += c->n > 0;
        squares += c->n > 0 ? apart * apart : 0;
    }
    x->design_effect = NAN;
    double shrink = 1;
    if (clusters > 1) {
        double m = (double)clusters, variance = m / (m - 1) * squares / (n * n);
        double simple = p * (1 - p) / n;
        x->design_effect = simple > 0 ? fmax(1, variance / simple) : 1;
        shrink = x->design_effect;
    }
    all->share = interval_wilson(same / shrink, n / shrink, level);
}

enum err checklist_compare_visits(const struct checklist *x,
                                  const struct checklist_visit *list, size_t n,
                                  struct arena *a, struct checklist_comparison *out,
                                  struct error *e)
{
    *out = (struct checklist_comparison){.checklist = x};
    enum err code = gather(out, list, n, a, e);
    if (code)
        return code;
    compare_facilities(out);
    code = compare_items(out, a, e);
    if (!code)
        compare_all(out);
    return code;
}

enum err checklist_compare(struct county *c, const struct access *who,
                           const struct checklist *x, int32_t first, int32_t last,
                           int32_t root, struct arena *a,
                           struct checklist_comparison *out, struct error *e)
{
    struct checklist_visit *list;
    size_t n;
    enum err code = checklist_visits(c, who, x, first, last, root, a, &list, &n, e);
    if (!code)
        code = checklist_compare_visits(x, list, n, a, out, e);
    out->first = first;
    out->last = last;
    return code;
}
