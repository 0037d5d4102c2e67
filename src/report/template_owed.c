// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables of what rows owe by the pack's schedules: how much of it was done, and what
// is late or to be done now.
#include <math.h>

#include "report/template_private.h"

enum { MOST_SHOWN = 200 };

static struct cell count_cell(struct builder *b, double n)
{
    if (isfinite(n))
        return (struct cell){.kind = CELL_NUMBER, .value = n};
    b->suppressed = true;
    return (struct cell){.kind = CELL_SUPPRESSED, .text = STR("*")};
}

static struct cell share_cell(struct builder *b, double part, double whole, bool known)
{
    if (!isfinite(whole))
        return count_cell(b, whole);
    if (whole == 0 || !known)
        return (struct cell){.kind = CELL_NOT_DEFINED};
    return (struct cell){.kind = CELL_NUMBER, .value = 100 * part / whole};
}

static enum err rates(struct builder *b, const struct owed_query *q, struct error *e)
{
    static const char *const counts[][2] = {{"Owed", "应完成"},
                                            {"On time", "按时"},
                                            {"Done late", "逾期完成"},
                                            {"Late", "逾期未完成"}};
    static const char *const shares[][2] = {{"Completeness", "完成率"},
                                            {"Timeliness", "及时率"}};
    struct owed_rates *list;
    struct grid g;
    size_t n;
    enum err code =
        schedule_rates(b->m, b->m->who, b->a, b->root, q->from, q->to, &list, &n, e);
    if (!code)
        code = grid_begin(&g, b, 7, n, e);
    if (code)
        return code;
    grid_column(&g, builder_say(b, "Schedule", "日程"), false);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        grid_column(&g, str_of(counts[i][b->zh]), true);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct table_column *c = grid_column(&g, str_of(shares[i][b->zh]), true);
        c->unit = STR("%");
        c->decimals = 1;
    }
    bool hidden = false;
    for (size_t i = 0; i < n; i++) {
        const struct owed_rates *x = &list[i];
        if (q->schedule && q->schedule != x->schedule)
            continue;
        struct cell *c = grid_row(&g, 0);
        bool known = schedule_is_ticked(x->schedule);
        hidden |= !isfinite(x->owed);
        *c++ = text_cell(label_in(x->schedule->label, b->zh));
        *c++ = count_cell(b, x->owed);
        *c++ = count_cell(b, x->on_time);
        *c++ = count_cell(b, x->late_done);
        *c++ = count_cell(b, x->late);
        *c++ = share_cell(b, x->on_time + x->late_done, x->owed, known);
        *c++ = share_cell(b, x->on_time, x->owed, known);
    }
    struct str note =
        hidden ? builder_say(b,
                             "*: small counts of care, and counts of care over days that "
                             "are no whole months, are not shown.",
                             "*：医疗服务的小数目，以及非整月的数目，不予显示。")
               : STR("");
    return grid_end(&g, builder_say(b, "What rows owe", "按日程应完成的事项"), note, e);
}

static const char *const state_words[][2] = {
    [OWED_LATER] = {"later", "未到"},
    [OWED_OPEN] = {"due", "应办"},
    [OWED_LATE] = {"late", "逾期"},
    [OWED_DONE] = {"done", "已完成"},
    [OWED_DONE_LATE] = {"done late", "逾期完成"}};

static enum err rows(struct builder *b, const struct owed_list *l, struct error *e)
{
    static const char *const names[][2] = {{"Due", "日期"},   {"Schedule", "日程"},
                                           {"What", "事项"},  {"Row", "编号"},
                                           {"Place", "地点"}, {"State", "状态"}};
    struct grid g;
    enum err code = grid_begin(&g, b, 6, l->n, e);
    if (code)
        return code;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        grid_column(&g, str_of(names[i][b->zh]), false);
    for (size_t i = 0; i < l->n; i++) {
        const struct owed *x = &l->items[i];
        bool facility = x->facility >= 0;
        struct cell *c = grid_row(&g, 0);
        *c++ = (struct cell){.kind = CELL_DATE, .value = x->due};
        *c++ = text_cell(label_in(x->schedule->label, b->zh));
        *c++ = text_cell(label_in(x->point->label, b->zh));
        *c++ = text_cell(x->key);
        *c++ = facility || x->area >= 0
                   ? text_cell(builder_place(b, facility ? -1 : x->area, x->facility))
                   : text_cell(STR(""));
        *c = text_cell(str_of(state_words[x->state][b->zh]));
        if (x->state == OWED_LATE)
            c->tone = TONE_BAD;
    }
    struct str note = l->n == l->total ? STR("")
                      : b->zh
                          ? str_format(b->a, "共 %zu 项，仅列前 %zu 项。", l->total, l->n)
                          : str_format(b->a, "The first %zu of %zu.", l->n, l->total);
    return grid_end(&g, builder_say(b, "Late, and due now", "逾期与应办事项"), note, e);
}

enum err builder_owed(struct builder *b, const struct owed_query *q, struct error *e)
{
    struct owed_query open = *q;
    struct owed_list list = {0};
    struct error why;
    open.root = b->root;
    open.states = 1u << OWED_LATE | 1u << OWED_OPEN;
    open.most = MOST_SHOWN;
    enum err code = rates(b, q, e);
    if (code)
        return code;
    code = schedule_list(b->m, b->m->who, b->a, &open, &list, &why);
    if (code == ERR_FORBIDDEN) // counts are not rows: those may be seen by more people
        return doc_paragraph(b->d, str_of(error_words(&why, b->zh).text))
                   ? ERR_OK
                   : error_memory(e);
    if (code) {
        *e = why;
        return code;
    }
    return list.n ? rows(b, &list, e) : ERR_OK;
}

enum err template_owed(const struct measure *m, struct arena *a,
                       const struct owed_query *q, bool zh, struct doc **out,
                       struct error *e)
{
    struct builder b;
    struct period p = period_of(PERIOD_DAY, q->from);
    struct str title = zh ? STR("应办事项") : STR("What is owed");
    enum err code = builder_begin(&b, m, a, title, p, q->root, zh, e);
    if (code)
        return code;
    struct str from = date_text(a, q->from, zh), to = date_text(a, q->to, zh);
    b.d->subtitle =
        str_format(a, STR_FMT " · " STR_FMT " – " STR_FMT, STR_ARG(builder_root_name(&b)),
                   STR_ARG(from), STR_ARG(to));
    b.d->footer = b.d->subtitle.p ? str_format(a, STR_FMT " · " STR_FMT, STR_ARG(title),
                                               STR_ARG(b.d->subtitle))
                                  : b.d->subtitle;
    if (!b.d->footer.p)
        return error_memory(e);
    *out = b.d;
    return builder_owed(&b, q, e);
}

enum err template_owed_result(const struct measure *m, struct arena *a,
                              const struct owed_query *q, bool zh, struct result *out,
                              struct error *e)
{
    static const struct result_column columns[] = {
        {"schedule", NULL, RESULT_TEXT}, {"label", NULL, RESULT_TEXT},
        {"point", NULL, RESULT_TEXT},    {"point_label", NULL, RESULT_TEXT},
        {"register", NULL, RESULT_TEXT}, {"row", NULL, RESULT_TEXT},
        {"key", NULL, RESULT_TEXT},      {"area", NULL, RESULT_TEXT},
        {"facility", NULL, RESULT_TEXT}, {"opens", NULL, RESULT_TEXT},
        {"due", NULL, RESULT_TEXT},      {"late_from", NULL, RESULT_TEXT},
        {"done", NULL, RESULT_TEXT},     {"state", NULL, RESULT_TEXT},
    };
    const struct places *p = m->county->places;
    struct owed_list l;
    enum err code = schedule_list(m, m->who, a, q, &l, e);
    if (code)
        return code;
    *out = result_new(a, "owed", STR(""), columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < l.n; i++) {
        const struct owed *x = &l.items[i];
        const int32_t days[] = {x->opens, x->due, x->late, x->done};
        struct result_cell *c = result_row(out);
        c++->text = x->schedule->name;
        c++->text = label_in(x->schedule->label, zh);
        c++->text = x->point->name;
        c++->text = label_in(x->point->label, zh);
        c++->text = x->schedule->reg->name;
        c++->text = str_format(a, "%lld", (long long)x->row);
        c++->text = x->key;
        c++->text = x->area < 0 ? STR("") : p->areas[x->area].code;
        c++->text = x->facility < 0 ? STR("") : p->facilities[x->facility].code;
        for (size_t k = 0; k < 4; k++) {
            char text[DATE_TEXT_SIZE];
            date_format(days[k], text);
            c++->text = str_copy(a, str_of(text));
        }
        c->text = str_of(schedule_state_name(x->state));
    }
    return result_ok(out) ? ERR_OK : error_memory(e);
}
