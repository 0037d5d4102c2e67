// SPDX-License-Identifier: AGPL-3.0-or-later
// check, report, due: documents about a period.
#include <stdio.h>

#include "cli/session.h"
#include "report/template.h"

// What the three have in common: a period, an open county, an area.
static enum err begin(struct cli *c, struct session *s, struct period *period,
                      int32_t *root, struct error *e)
{
    enum err code = session_period(c, period, e);
    if (!code)
        code = session_open(c, STORE_READ, s, e);
    if (!code)
        code = session_measures(s, e);
    if (!code)
        code = session_area(c, s, root, e);
    return code;
}

enum err run_check(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period;
    int32_t root;
    struct findings found;
    struct doc *d;
    enum err code = begin(c, &s, &period, &root, e);
    if (!code)
        code = check_run(&s.measure, &c->arena, period, root,
                         str_of(cli_option(c, "only")), &found, e);
    if (!code)
        code =
            template_findings(&s.measure, &c->arena, &found, period, root, c->zh, &d, e);
    if (!code)
        code = session_show(c, d, e);
    session_close(&s);
    return code;
}

static enum err find_report(struct cli *c, const struct pack *p,
                            const struct report **out, struct error *e)
{
    const char *name = cli_argument(c, "NAME");
    *out = pack_report(p, str_of(name));
    if (*out)
        return ERR_OK;
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < p->n_reports && list.n < 250; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(p->reports[i].name));
    error_set(e, ERR_NOT_FOUND, "report.name", NULL,
              "the pack " STR_FMT " has no report '%s'", STR_ARG(p->name), name);
    error_cure(e, "there are " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

enum err run_report(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period;
    int32_t root;
    const struct report *r;
    struct doc *d;
    enum err code = begin(c, &s, &period, &root, e);
    if (!code)
        code = find_report(c, s.county->pack, &r, e);
    if (!code)
        code = template_make(&s.measure, &c->arena, r, period, root, c->zh, &d, e);
    if (!code)
        code = session_show(c, d, e);
    session_close(&s);
    return code;
}

// --- due

static struct cell text_cell(struct str text)
{
    return (struct cell){.kind = CELL_TEXT, .text = text};
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

static struct cell day_cell(int32_t day)
{
    if (day == DATE_NONE)
        return (struct cell){.kind = CELL_EMPTY};
    return (struct cell){.kind = CELL_DATE, .value = day};
}

static enum err add_table(struct cli *c, struct doc *d, const char *title,
                          const char *const names[][2], size_t n,
                          const struct cell *cells, size_t rows, struct error *e)
{
    struct table_column *columns = ARENA_ARRAY(&c->arena, struct table_column, n);
    if (!columns)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        columns[i] = (struct table_column){
            .title = str_of(names[i][c->zh]),
            .align = rows && cells[i].kind != CELL_TEXT ? ALIGN_RIGHT : ALIGN_LEFT,
        };
    struct doc_table table = {.title = str_of(title),
                              .columns = columns,
                              .n_columns = n,
                              .cells = cells,
                              .n_rows = rows};
    return doc_table(d, &table) ? ERR_OK : error_memory(e);
}

static enum err due_totals(struct cli *c, struct doc *d, const struct due_summary *list,
                           size_t n, struct error *e)
{
    static const char *const names[][2] = {
        {"Register", "登记册"},     {"Reporters", "报告单位"}, {"Owed", "应报"},
        {"On time", "按时"},        {"Late", "迟报"},          {"Missing", "缺报"},
        {"Complete, %", "完整率%"}, {"On time, %", "及时率%"},
    };
    enum { COLUMNS = sizeof names / sizeof *names };
    struct cell *cells = ARENA_ARRAY(&c->arena, struct cell, (n + 1) * COLUMNS);
    if (!cells)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        const struct due_summary *s = &list[i];
        struct cell *row = &cells[i * COLUMNS];
        row[0] = text_cell(label_in(s->reg->label, c->zh));
        row[1] = count_cell(s->n_reporters);
        row[2] = count_cell(s->owed);
        row[3] = count_cell(s->on_time);
        row[4] = count_cell(s->late);
        row[5] = count_cell(s->missing);
        row[6] = share_cell(s->on_time + s->late, s->owed);
        row[7] = share_cell(s->on_time, s->owed);
    }
    return add_table(c, d, cli_say(c, "Reports owed", "应报情况"), names, COLUMNS, cells,
                     n, e);
}

static struct str reporter(const struct places *p, const struct due_item *i, bool zh)
{
    if (i->facility >= 0) {
        const struct facility *f = &p->facilities[i->facility];
        return !zh && f->name_en.n ? f->name_en : f->name;
    }
    const struct area *a = &p->areas[i->area];
    return !zh && a->name_en.n ? a->name_en : a->name;
}

// Everything that is not in order, one line each.
static enum err due_items(struct cli *c, const struct session *s, struct doc *d,
                          const struct due_summary *list, size_t n, struct error *e)
{
    static const char *const names[][2] = {
        {"Register", "登记册"}, {"Reporter", "报告单位"}, {"Period", "期间"},
        {"State", "状态"},      {"Due", "期限"},          {"Received", "收到"}};
    static const char *const states[][2] = {[DUE_ON_TIME] = {"on time", "按时"},
                                            [DUE_LATE] = {"late", "迟报"},
                                            [DUE_MISSING] = {"missing", "缺报"},
                                            [DUE_OPEN] = {"not due yet", "未到期"}};
    enum { COLUMNS = sizeof names / sizeof *names };
    size_t most = 0, used = 0;
    for (size_t i = 0; i < n; i++)
        most += list[i].n;
    struct cell *cells = ARENA_ARRAY(&c->arena, struct cell, (most + 1) * COLUMNS);
    if (!cells)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].n; k++) {
            const struct due_item *item = &list[i].items[k];
            if (item->state == DUE_ON_TIME || item->state == DUE_OPEN)
                continue;
            struct cell *row = &cells[used++ * COLUMNS];
            row[0] = text_cell(label_in(list[i].reg->label, c->zh));
            row[1] = text_cell(reporter(s->county->places, item, c->zh));
            row[2] = text_cell(period_label(&c->arena, item->period, c->zh));
            row[3] = text_cell(str_of(states[item->state][c->zh]));
            row[4] = day_cell(item->due);
            row[5] = day_cell(item->received);
        }
    if (!used)
        return ERR_OK;
    return add_table(c, d, cli_say(c, "Late and missing", "迟报与缺报"), names, COLUMNS,
                     cells, used, e);
}

static enum err due_registers(struct cli *c, const struct session *s,
                              const struct reg ***out, size_t *n, struct error *e)
{
    const struct pack *p = s->county->pack;
    const char *const *names;
    size_t n_names;
    enum err code = cli_options(c, "register", &names, &n_names, e);
    if (code)
        return code;
    *n = 0;
    *out = ARENA_ARRAY(&c->arena, const struct reg *, p->n_registers + n_names + 1);
    if (!*out)
        return error_memory(e);
    for (size_t i = 0; !code && i < n_names; i++)
        code = county_register(s->county, str_of(names[i]), &(*out)[(*n)++], e);
    for (size_t i = 0; !n_names && i < p->n_registers; i++)
        if (p->registers[i].due.set)
            (*out)[(*n)++] = &p->registers[i];
    return code;
}

enum err run_due(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period;
    int32_t root;
    const struct reg **registers;
    struct due_summary *list = NULL;
    size_t n = 0;
    enum err code = begin(c, &s, &period, &root, e);
    if (!code)
        code = due_registers(c, &s, &registers, &n, e);
    if (!code && !(list = ARENA_ARRAY(&c->arena, struct due_summary, n + 1)))
        code = error_memory(e);
    for (size_t i = 0; !code && i < n; i++) {
        code = due_list(&s.measure, &c->arena, registers[i], period, root, &list[i], e);
        list[i].reg = registers[i];
    }
    struct doc *d = code ? NULL : doc_new(&c->arena, c->zh);
    if (!code && !d)
        code = error_memory(e);
    if (!code) {
        d->title = str_of(cli_say(c, "Reports due", "报告报送情况"));
        d->subtitle = period_label(&c->arena, period, c->zh);
        d->made_on = s.measure.today;
        bool said =
            n || doc_paragraph(d, str_of(cli_say(c,
                                                 "No register of this pack is owed for a "
                                                 "period.",
                                                 "本数据包没有须定期报送的登记册。")));
        code = !said ? error_memory(e) : n ? due_totals(c, d, list, n, e) : ERR_OK;
    }
    if (!code)
        code = due_items(c, &s, d, list, n, e);
    if (!code)
        code = session_show(c, d, e);
    session_close(&s);
    return code;
}
