// SPDX-License-Identifier: AGPL-3.0-or-later
// The lists of choices of a form, and what a choice_filter makes of them: every choice is
// offered, and the answer is checked against the one that it depends on.
#include <string.h>

#include "pack/xlsform_private.h"

static void mark_yes_no(struct xls_list *l)
{
    static const char *const no_words[] = {"no", "false", "0", "n", "否"};
    if (l->n != 2)
        return;
    for (size_t yes = 0; yes < 2; yes++)
        for (size_t i = 0; i < sizeof no_words / sizeof *no_words; i++)
            if (xls_says_yes(l->choices[yes].original) &&
                str_equal_fold(l->choices[1 - yes].original, str_of(no_words[i]))) {
                l->yes_no = true;
                l->yes = yes;
            }
    // points of its answers stay with the answers
    for (size_t i = 0; i < 2; i++)
        if (l->choices[i].points.n || l->choices[i].fails || l->choices[i].not_applicable)
            l->yes_no = false;
}

struct xls_list *xls_list_named(struct xls *x, struct str name)
{
    for (size_t i = 0; i < x->n_lists; i++)
        if (str_equal(x->lists[i].name, name))
            return &x->lists[i];
    return NULL;
}

// A name that comes again belongs to another answer above (choice_filter): one code with
// both conditions. Without any other column it is a slip.
static void take_again(struct xls *x, struct xls_choice *first,
                       const struct xls_choice *c, struct str list)
{
    const struct xls_sheet *s = &x->choices;
    bool differs = false;
    for (size_t i = 0; i < s->n && i < c->row->n && i < first->row->n; i++) {
        const char *base = s->headings[i].base;
        differs |= strcmp(base, "list_name") != 0 && strcmp(base, "name") != 0 &&
                   strcmp(base, "label") != 0 &&
                   !str_equal(c->row->cells[i], first->row->cells[i]);
    }
    if (!differs) {
        xls_note(x, s, c->row->line, "name", c->original, true,
                 "the list '" STR_FMT "' has this choice twice; give each a name of its "
                 "own",
                 STR_ARG(list));
        return;
    }
    struct xls_choice *again = ARENA_NEW(x->arena, struct xls_choice);
    x->no_memory |= !again;
    if (!again)
        return;
    *again = *c;
    again->again = first->again;
    first->again = again;
    if (str_equal(first->label.en, c->label.en) &&
        str_equal(first->label.zh, c->label.zh))
        return;
    first->label =
        (struct label){str_format(x->arena, STR_FMT " / " STR_FMT,
                                  STR_ARG(first->label.en), STR_ARG(c->label.en)),
                       str_format(x->arena, STR_FMT " / " STR_FMT,
                                  STR_ARG(first->label.zh), STR_ARG(c->label.zh))};
    x->no_memory |= !first->label.en.p || !first->label.zh.p;
}

static void read_choice(struct xls *x, const struct xls_row *row)
{
    struct xls_sheet *s = &x->choices;
    struct str list = xls_cell(s, row, "list_name"), name = xls_cell(s, row, "name");
    if (!list.n)
        return;
    if (!name.n) {
        xls_note(x, s, row->line, "name", list, true,
                 "a choice has no name; give it one");
        return;
    }
    struct xls_list *l = xls_list_named(x, list);
    if (!l) {
        l = &x->lists[x->n_lists++];
        l->name = list;
        l->choices = ARENA_ARRAY(x->arena, struct xls_choice, s->n_rows + 1);
    }
    if (!l->choices) {
        x->no_memory = true;
        return;
    }
    struct xls_choice c = {.original = name,
                           .name = xls_tame(x, name, true),
                           .label = xls_label(x, s, row, "label"),
                           .points = xls_cell(s, row, "points"),
                           .fails = xls_says_yes(xls_cell(s, row, "fails")),
                           .not_applicable =
                               xls_says_yes(xls_cell(s, row, "not_applicable")),
                           .row = row};
    if (!c.label.en.n)
        c.label = (struct label){name, name};
    for (size_t i = 0; i < l->n; i++) {
        if (!str_equal(l->choices[i].name, c.name))
            continue;
        if (str_equal(l->choices[i].original, name)) {
            take_again(x, &l->choices[i], &c, list);
            return;
        }
        c.name = str_format(x->arena, STR_FMT "_%zu", STR_ARG(c.name), l->n);
        x->no_memory |= !c.name.p;
    }
    l->choices[l->n++] = c;
}

void xls_read_choices(struct xls *x)
{
    x->lists = ARENA_ARRAY(x->arena, struct xls_list, x->choices.n_rows + 1);
    if (!x->lists) {
        x->no_memory = true;
        return;
    }
    for (size_t i = 0; i < x->choices.n_rows && !x->no_memory; i++)
        read_choice(x, &x->choices.rows[i]);
    for (size_t i = 0; i < x->n_lists; i++)
        mark_yes_no(&x->lists[i]);
}

// --- filters

bool xls_choice_condition(struct xls *x, const struct xls_question *q,
                          const struct xls_choice *c, struct str *out, struct str *why)
{
    struct buf b = BUF_INIT(1 << 16);
    bool always = false;
    for (; c; c = c->again) {
        struct str one;
        if (!xls_filter_expression(x, q->filter, c->row, &one, why)) {
            buf_free(&b);
            return false;
        }
        always |= str_equal_c(one, "true");
        if (!str_equal_c(one, "false"))
            buf_printf(&b, "%s(" STR_FMT ")", b.n ? " or " : "", STR_ARG(one));
    }
    *out = always ? STR("true") : b.n ? str_copy(x->arena, buf_str(&b)) : STR("false");
    x->no_memory |= b.failed || !out->p;
    buf_free(&b);
    return true;
}

// Choices of one condition stand together: in (a, b) and condition.
bool xls_filter(struct xls *x, const struct xls_question *q, struct buf *out,
                struct str *why)
{
    size_t n = q->list->n;
    struct str *conditions = ARENA_ARRAY(x->arena, struct str, n + 1);
    if (!conditions) {
        x->no_memory = true;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        if (!xls_choice_condition(x, q, &q->list->choices[i], &conditions[i], why))
            return false;
    for (size_t i = 0; i < n; i++) {
        bool before = str_equal_c(conditions[i], "false");
        for (size_t k = 0; k < i && !before; k++)
            before = str_equal(conditions[k], conditions[i]);
        if (before)
            continue;
        buf_printf(out, "%s(" STR_FMT " in (", out->n ? " or " : "", STR_ARG(q->name));
        for (size_t k = i; k < n; k++)
            if (str_equal(conditions[k], conditions[i]))
                buf_printf(out, "%s" STR_FMT, k > i ? ", " : "",
                           STR_ARG(q->list->choices[k].name));
        if (str_equal_c(conditions[i], "true"))
            buf_add_c(out, "))");
        else
            buf_printf(out, ") and (" STR_FMT "))", STR_ARG(conditions[i]));
    }
    return true;
}
