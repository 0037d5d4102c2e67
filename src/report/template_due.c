// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables of reports owed: how many came and when, who was late, which are missing.
#include <math.h>
#include <stdlib.h>

#include "report/template_private.h"

struct slow { // one reporter over all registers
    int32_t area, facility;
    size_t late, missing;
};

static struct slow *slow_of(struct slow *list, size_t *n, int32_t area, int32_t facility)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i].area == area && list[i].facility == facility)
            return &list[i];
    list[*n] = (struct slow){.area = area, .facility = facility};
    return &list[(*n)++];
}

static int slowest_first(const void *a, const void *b)
{
    const struct slow *x = a, *y = b;
    if (x->missing != y->missing)
        return x->missing < y->missing ? 1 : -1;
    if (x->late != y->late)
        return x->late < y->late ? 1 : -1;
    return x->area != y->area ? x->area - y->area : x->facility - y->facility;
}

static bool is_slow(const struct due_item *x)
{
    return x->state == DUE_LATE || x->state == DUE_MISSING;
}

static struct cell count_cell(size_t n)
{
    return (struct cell){.kind = CELL_NUMBER, .value = (double)n};
}

static struct cell share_cell(size_t part, size_t whole)
{
    if (!whole)
        return (struct cell){.kind = CELL_NOT_DEFINED};
    return (struct cell){.kind = CELL_NUMBER,
                         .value = 100 * (double)part / (double)whole};
}

static enum err totals(struct builder *b, const struct due_summary *due, size_t n,
                       struct str title, struct str note, struct error *e)
{
    static const char *const counts[][2] = {{"Reporters", "填报单位"},
                                            {"Owed", "应报"},
                                            {"On time", "按时"},
                                            {"Late", "迟报"},
                                            {"Missing", "缺报"}};
    static const char *const shares[][2] = {{"Completeness", "完整率"},
                                            {"Timeliness", "及时率"}};
    struct grid g;
    enum err code = grid_begin(&g, b, 8, n, e);
    if (code)
        return code;
    grid_column(&g, builder_say(b, "Report", "报表"), false);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        grid_column(&g, str_of(counts[i][b->zh]), true);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct table_column *c = grid_column(&g, str_of(shares[i][b->zh]), true);
        c->unit = STR("%");
        c->decimals = 1;
    }
    for (size_t i = 0; i < n; i++) {
        const struct due_summary *d = &due[i];
        struct cell *c = grid_row(&g, 0);
        *c++ = text_cell(label_in(d->reg->label, b->zh));
        *c++ = count_cell(d->n_reporters);
        *c++ = count_cell(d->owed);
        *c++ = count_cell(d->on_time);
        *c++ = count_cell(d->late);
        *c++ = count_cell(d->missing);
        *c++ = share_cell(d->on_time + d->late, d->owed);
        *c++ = share_cell(d->on_time, d->owed);
    }
    struct str otherwise = builder_say(b, "Reports owed and received", "应报与实报");
    return grid_end(&g, title.n ? title : otherwise, note, e);
}

static enum err reporters(struct builder *b, struct slow *slow, size_t n, struct error *e)
{
    enum { SHOWN = 20 };
    qsort(slow, n, sizeof *slow, slowest_first);
    struct grid g;
    size_t shown = n > SHOWN ? SHOWN : n;
    enum err code = grid_begin(&g, b, 3, shown, e);
    if (code)
        return code;
    grid_column(&g, builder_say(b, "Reporter", "填报单位"), false);
    grid_column(&g, builder_say(b, "Missing", "缺报"), true);
    grid_column(&g, builder_say(b, "Late", "迟报"), true);
    for (size_t i = 0; i < shown; i++) {
        struct cell *c = grid_row(&g, 0);
        *c++ = text_cell(builder_place(b, slow[i].area, slow[i].facility));
        *c++ = count_cell(slow[i].missing);
        *c++ = count_cell(slow[i].late);
    }
    struct str note = n <= shown ? STR("")
                      : b->zh
                          ? str_format(b->a, "共 %zu 个单位，仅列前 %zu 个。", n, shown)
                          : str_format(b->a, "The first %zu of %zu.", shown, n);
    return grid_end(&g, builder_say(b, "Late reporters", "迟报缺报单位"), note, e);
}

static enum err each_report(struct builder *b, const struct due_summary *due, size_t n,
                            size_t rows, struct error *e)
{
    struct grid g;
    enum err code = grid_begin(&g, b, 6, rows, e);
    if (code)
        return code;
    static const char *const names[][2] = {{"Report", "报表"}, {"Reporter", "填报单位"},
                                           {"Period", "期间"}, {"State", "状态"},
                                           {"Due", "期限"},    {"Received", "收到"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        grid_column(&g, str_of(names[i][b->zh]), false);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < due[i].n; k++) {
            const struct due_item *x = &due[i].items[k];
            if (!is_slow(x))
                continue;
            struct cell *c = grid_row(&g, 0);
            *c++ = text_cell(label_in(due[i].reg->label, b->zh));
            *c++ = text_cell(builder_place(b, x->area, x->facility));
            *c++ = text_cell(period_label(b->a, x->period, b->zh));
            *c++ = text_cell(x->state == DUE_LATE ? builder_say(b, "late", "迟报")
                                                  : builder_say(b, "missing", "缺报"));
            *c++ = (struct cell){.kind = CELL_DATE, .value = x->due};
            if (x->received != DATE_NONE)
                *c = (struct cell){.kind = CELL_DATE, .value = x->received};
        }
    return grid_end(&g, builder_say(b, "Reports late or missing", "迟报与缺报的报表"),
                    STR(""), e);
}

enum err builder_late(struct builder *b, const struct reg *const *registers, size_t n,
                      bool items, struct str title, struct str note, struct error *e)
{
    struct due_summary *due = ARENA_ARRAY(b->a, struct due_summary, n + 1);
    const struct places *p = b->m->county->places;
    struct slow *slow = ARENA_ARRAY(b->a, struct slow, p->n_areas + p->n_facilities + 1);
    if (!due || !slow)
        return error_memory(e);
    size_t n_slow = 0, rows = 0;
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < n; i++) {
        code = due_list(b->m, b->a, registers[i], b->period, b->root, &due[i], e);
        due[i].reg = registers[i];
        for (size_t k = 0; !code && k < due[i].n; k++) {
            const struct due_item *x = &due[i].items[k];
            if (!is_slow(x))
                continue;
            struct slow *who = slow_of(slow, &n_slow, x->area, x->facility);
            who->late += x->state == DUE_LATE;
            who->missing += x->state == DUE_MISSING;
            rows++;
        }
    }
    if (!code)
        code = totals(b, due, n, title, note, e);
    if (!code && n_slow)
        code = reporters(b, slow, n_slow, e);
    if (!code && rows && items)
        code = each_report(b, due, n, rows, e);
    return code;
}
