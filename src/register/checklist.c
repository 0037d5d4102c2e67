// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/checklist.h"

#include <math.h>
#include <string.h>

#include "register/rule_check.h"

// --- the items of all sections

size_t checklist_n_items(const struct checklist *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n_sections; i++)
        n += x->sections[i].n_items;
    return n;
}

const struct checklist_item *checklist_item(const struct checklist *x, size_t i,
                                            const struct checklist_section **section)
{
    for (size_t s = 0; s < x->n_sections; s++) {
        if (i < x->sections[s].n_items) {
            if (section)
                *section = &x->sections[s];
            return &x->sections[s].items[i];
        }
        i -= x->sections[s].n_items;
    }
    return NULL;
}

// --- marks

static const struct item_score *score_of(const struct checklist_item *item,
                                         const struct datum *value)
{
    for (size_t i = 0; i < item->n_scores; i++)
        if (item->scores[i].code == value->i)
            return &item->scores[i];
    return NULL;
}

static bool is_answered(const struct field *f, const struct datum *value)
{
    return !value->null && (f->type != TYPE_TEXT || value->s.n > 0);
}

static struct checklist_mark mark_item(const struct checklist_item *item,
                                       const struct datum *value, bool asked)
{
    struct checklist_mark m = {.asked = asked,
                               .answered = is_answered(item->field, value)};
    const struct item_score *score = m.asked && m.answered ? score_of(item, value) : NULL;
    m.photo = item->photo && item->required && m.asked && m.answered &&
              !(score && score->not_applicable);
    if (!score || score->not_applicable)
        return m;
    m.counts = item->points > 0;
    m.points = m.counts ? score->points : 0;
    m.failed = score->failed;
    m.not_met = item->critical && (m.failed || (m.counts && m.points <= 0));
    return m;
}

enum err checklist_mark(struct arena *a, const struct county *c,
                        const struct checklist *x, const struct datum *values, size_t n,
                        struct expr_scratch *scratch, struct checklist_mark **out,
                        struct error *e)
{
    const struct reg *r = x->reg;
    size_t n_items = checklist_n_items(x), size;
    bool *used = ARENA_ARRAY(a, bool, r->n_fields);
    uint8_t *keep = ARENA_ARRAY(a, uint8_t, n + 1);
    struct checklist_mark *marks =
        size_mul(n, n_items, &size) ? ARENA_ARRAY(a, struct checklist_mark, size) : NULL;
    if (!used || !keep || !marks)
        return error_memory(e);
    for (size_t k = 0; k < n_items; k++) {
        const struct checklist_item *item = checklist_item(x, k, NULL);
        if (item->ask)
            expr_fields(item->ask, used);
    }
    struct batch batch;
    enum err code = rule_columns(a, c, r, values, n, used, &batch, e);
    for (size_t k = 0; !code && k < n_items; k++) {
        const struct checklist_item *item = checklist_item(x, k, NULL);
        if (item->ask)
            expr_select(item->ask, &batch, 0, n, keep, scratch);
        for (size_t i = 0; i < n; i++)
            marks[i * n_items + k] =
                mark_item(item, &values[i * r->n_fields + item->field->index],
                          !item->ask || keep[i]);
    }
    *out = marks;
    return code;
}

struct checklist_score checklist_score(const struct checklist *x,
                                       const struct checklist_mark *marks)
{
    struct checklist_score out = {.percent = NAN};
    size_t n = checklist_n_items(x);
    for (size_t k = 0; k < n; k++) {
        const struct checklist_item *item = checklist_item(x, k, NULL);
        const struct checklist_mark *m = &marks[k];
        out.asked += m->asked;
        out.answered += m->asked && m->answered;
        out.missing += m->asked && item->required && !m->answered;
        out.critical += m->not_met;
        if (!m->counts)
            continue;
        out.earned += m->points;
        out.possible += item->points;
    }
    if (out.possible > 0)
        out.percent = 100 * out.earned / out.possible;
    out.passed = x->pass > 0 && out.percent >= x->pass && out.critical == 0;
    return out;
}

void checklist_put(const struct checklist *x, const struct checklist_score *score,
                   struct datum *values)
{
    const struct field *edition = reg_field(x->reg, STR("edition")),
                       *percent = reg_field(x->reg, STR("score")),
                       *critical = reg_field(x->reg, STR("critical"));
    values[edition->index] = (struct datum){.s = x->edition};
    values[percent->index] = isnan(score->percent)
                                 ? DATUM_NULL
                                 : (struct datum){.d = round(score->percent * 100) / 100};
    values[critical->index] = (struct datum){.i = score->critical};
}

// --- for what saves rows

static void find_problems(const struct checklist *x, const struct checklist_mark *marks,
                          struct checklist_problem *list, uint8_t *n)
{
    size_t n_items = checklist_n_items(x);
    for (size_t k = 0; k < n_items && *n < CHECKLIST_MOST; k++) {
        const struct checklist_item *item = checklist_item(x, k, NULL);
        const struct checklist_mark *m = &marks[k];
        if (m->asked ? item->required && !m->answered : m->answered)
            list[(*n)++] = (struct checklist_problem){item, !m->asked};
    }
}

enum err checklist_check(struct arena *a, const struct county *c, const struct reg *r,
                         struct datum *values, size_t n, struct expr_scratch *scratch,
                         struct checklist_findings *out, struct error *e)
{
    const struct checklist *x = pack_checklist_of(c->pack, r);
    struct checklist_mark *marks = NULL;
    *out = (struct checklist_findings){0};
    if (!x)
        return ERR_OK;
    out->list = arena_alloc(a, n, sizeof *out->list);
    out->n = ARENA_ARRAY(a, uint8_t, n + 1);
    out->photos = ARENA_ARRAY(a, uint16_t, n + 1);
    if (!out->list || !out->n || !out->photos)
        return error_memory(e);
    enum err code = checklist_mark(a, c, x, values, n, scratch, &marks, e);
    size_t n_items = checklist_n_items(x);
    for (size_t i = 0; !code && i < n; i++) {
        struct checklist_score score = checklist_score(x, marks + i * n_items);
        find_problems(x, marks + i * n_items, out->list[i], &out->n[i]);
        checklist_put(x, &score, values + i * r->n_fields);
        for (size_t k = 0; k < n_items; k++)
            out->photos[i] = (uint16_t)(out->photos[i] + marks[i * n_items + k].photo);
    }
    return code;
}

#define LABEL(english, chinese) ((struct label){STR(english), STR(chinese)})

struct label checklist_words(const struct checklist_problem *p)
{
    return p->warning ? LABEL("was answered but is not asked here; it does not count",
                              "此处无需填写，该回答不计分")
                      : LABEL("is asked here and has no answer", "此项须填写");
}

struct label checklist_cure(const struct checklist_problem *p)
{
    return p->warning ? LABEL("check the answer that this item depends on",
                              "请核对决定此项的前一项回答")
                      : LABEL("answer it; 'not applicable' where the list offers it",
                              "请作答；如选项中有“不适用”可选择");
}

void checklist_error(const struct checklist_problem *p, struct error *e)
{
    struct label text = checklist_words(p), cure = checklist_cure(p);
    (void)error_set(
        e, ERR_INPUT, p->warning ? "checklist.not_asked" : "checklist.unanswered", NULL,
        "'" STR_FMT "' " STR_FMT, STR_ARG(p->item->field->name), STR_ARG(text.en));
    error_set_zh(e, "“" STR_FMT "”：" STR_FMT, STR_ARG(p->item->field->label.zh),
                 STR_ARG(text.zh));
    (void)error_cure(e, STR_FMT, STR_ARG(cure.en));
    error_cure_zh(e, STR_FMT, STR_ARG(cure.zh));
}

bool checklist_judges(const struct checklist *x, const struct datum *values,
                      const bool *fields)
{
    const struct datum *edition = &values[reg_field(x->reg, STR("edition"))->index];
    if (!edition->null && str_equal(edition->s, x->edition))
        return true;
    size_t n = checklist_n_items(x);
    for (size_t k = 0; k < n; k++)
        if (fields[checklist_item(x, k, NULL)->field->index])
            return true;
    return false;
}
