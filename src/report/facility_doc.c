// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/facility_doc.h"

#include <math.h>

#include "report/row_table.h"

enum { MOST_ROWS = 60 };

struct teller {
    const struct measure *m;
    struct arena *a;
    const struct facility_file *f;
    struct doc *d;
    bool zh, no_memory;
};

static const char *say(const struct teller *t, const char *en, const char *zh)
    __attribute__((format_arg(2), format_arg(3)));

static const char *say(const struct teller *t, const char *en, const char *zh)
{
    return t->zh ? zh : en;
}

static void head(struct teller *t, struct str text)
{
    t->no_memory |= !doc_heading(t->d, 1, text);
}

static void tell(struct teller *t, struct str text)
{
    t->no_memory |= !text.p || !doc_paragraph(t->d, text);
}

static void none(struct teller *t)
{
    tell(t, str_of(say(t, "None on record.", "无记录。")));
}

// --- what it is

static void tell_facility(struct teller *t)
{
    const struct reg *r = t->m->county->pack->facilities;
    const struct row_about *row = &t->f->row;
    const struct field *until = rows_about_last_day(r);
    size_t n, shown = 0;
    const struct field **fields = row_table_fields(t->a, r, &n);
    struct cell *cells = fields ? ARENA_ARRAY(t->a, struct cell, 2 * n + 1) : NULL;
    if (!row->values) // not the caller's to read
        return;
    if (!cells) {
        t->no_memory = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct datum *v = &row->values[fields[i]->index];
        if (v->null || fields[i]->identifies)
            continue;
        struct cell *c = &cells[2 * shown++];
        c[0] =
            (struct cell){.kind = CELL_TEXT, .text = label_in(fields[i]->label, t->zh)};
        c[1] = (struct cell){
            .kind = CELL_TEXT,
            .tone = fields[i] == until && v->i < t->m->today ? TONE_BAD : TONE_NONE,
            .text = row_table_words(t->m, t->a, fields[i], v, t->zh, &t->no_memory)};
    }
    const struct table_column columns[] = {
        {.title = str_of(say(t, "item", "项目"))},
        {.title = str_of(say(t, "entry", "内容")), .width = 3}};
    const struct doc_table table = {.title = label_in(r->label, t->zh),
                                    .columns = columns,
                                    .n_columns = 2,
                                    .cells = cells,
                                    .n_rows = shown,
                                    .small = true};
    t->no_memory |= !doc_table(t->d, &table);
}

static void tell_standing(struct teller *t)
{
    const struct facility_standing *all = &t->f->all;
    struct buf text = BUF_INIT(8192);
    buf_printf(&text,
               say(t, "%zu rows are on record: %zu of them are open, %zu past their day.",
                   "共有记录%zu条，其中未办结%zu条，逾期%zu条。"),
               all->n, all->open, all->late);
    for (size_t i = 0; i < t->f->n_parts; i++) {
        const struct facility_standing *x = &t->f->parts[i].is;
        if (x->running_out || x->over)
            buf_printf(&text,
                       say(t, "\n- " STR_FMT ": %zu run out within %d days, %zu have.",
                           "\n- " STR_FMT "：%zu条将在%d天内到期，%zu条已过期。"),
                       STR_ARG(label_in(t->f->parts[i].group.reg->label, t->zh)),
                       x->running_out, FACILITY_SOON, x->over);
    }
    t->no_memory |= text.no_memory;
    tell(t, buf_str(&text));
    buf_free(&text);
}

// --- registers

static void tell_standing_of(struct teller *t, const struct facility_standing *x)
{
    struct buf text = BUF_INIT(1024);
    if (x->late)
        buf_printf(&text, say(t, "%zu past their day. ", "逾期%zu条。"), x->late);
    if (x->running_out)
        buf_printf(&text, say(t, "%zu run out within %d days. ", "%zu条将在%d天内到期。"),
                   x->running_out, FACILITY_SOON);
    if (x->over)
        buf_printf(&text, say(t, "%zu have run out.", "%zu条已过期。"), x->over);
    t->no_memory |= text.no_memory;
    if (text.n)
        tell(t, str_trim(buf_str(&text)));
    buf_free(&text);
}

static void tell_parts(struct teller *t)
{
    for (size_t i = 0; i < t->f->n_parts; i++) {
        const struct row_group *x = &t->f->parts[i].group;
        head(t, label_in(x->reg->label, t->zh));
        if (!x->n) {
            none(t);
            continue;
        }
        tell_standing_of(t, &t->f->parts[i].is);
        const struct row_table table =
            row_table_choose(t->m->county, x->reg, x->rows, x->n, NULL);
        t->no_memory |= !row_table_add(t->d, t->m, &table, x->rows, x->n,
                                       label_in(x->reg->label, t->zh), MOST_ROWS);
    }
}

// --- self-check beside inspection

static struct cell score_of(const struct checklist_visit *v)
{
    if (!v)
        return (struct cell){.kind = CELL_MISSING};
    const double score = checklist_visit_score(v);
    return isnan(score) ? (struct cell){.kind = CELL_NOT_DEFINED}
                        : (struct cell){.kind = CELL_NUMBER, .value = score};
}

static struct cell day_of(const struct checklist_visit *v)
{
    return v ? (struct cell){.kind = CELL_DATE, .value = v->on}
             : (struct cell){.kind = CELL_MISSING};
}

static void tell_checks(struct teller *t)
{
    enum { COLUMNS = 7 };
    const struct table_column columns[COLUMNS] = {
        {.title = str_of(say(t, "checklist", "检查表")), .width = 2},
        {.title = str_of(say(t, "self-check", "自查日期"))},
        {.title = str_of(say(t, "score", "自查得分")), .decimals = 1},
        {.title = str_of(say(t, "inspection", "检查日期"))},
        {.title = str_of(say(t, "score", "检查得分")), .decimals = 1},
        {.title = str_of(say(t, "answers that agree", "答案一致")), .width = 1.2},
        {.title =
             str_of(say(t, "facility says well, inspectors not", "自查合格而检查不合格")),
         .width = 1.4}};
    if (!t->f->n_checks)
        return;
    struct cell *cells = ARENA_ARRAY(t->a, struct cell, t->f->n_checks * COLUMNS);
    t->no_memory |= !cells;
    for (size_t i = 0; cells && i < t->f->n_checks; i++) {
        const struct facility_check *x = &t->f->checks[i];
        const struct compare_counts *n = &x->found->counts;
        struct cell *c = &cells[i * COLUMNS];
        c[0] = (struct cell){.kind = CELL_TEXT,
                             .text = label_in(x->checklist->label, t->zh)};
        c[1] = day_of(x->found->self);
        c[2] = score_of(x->found->self);
        c[3] = day_of(x->found->inspection);
        c[4] = score_of(x->found->inspection);
        c[5] = c[6] = (struct cell){.kind = CELL_MISSING};
        if (!n->n)
            continue;
        c[5] = (struct cell){
            .kind = CELL_TEXT,
            .text = str_format(t->a, "%lld / %lld", (long long)n->same, (long long)n->n)};
        c[6] = (struct cell){.kind = CELL_NUMBER, .value = (double)n->over};
        t->no_memory |= !c[5].text.p;
    }
    head(t, str_of(say(t, "Self-check beside inspection", "自查与检查对照")));
    const struct doc_table table = {
        .title = str_of(say(t, "The latest of each", "最近一次自查与检查")),
        .columns = columns,
        .n_columns = COLUMNS,
        .cells = cells,
        .n_rows = t->f->n_checks,
        .small = true};
    if (!t->no_memory)
        t->no_memory |= !doc_table(t->d, &table);
}

// --- stock

static struct str item_words(struct teller *t, const struct ledger *l, struct str item)
{
    struct label label = {item, item};
    struct error e;
    if (l->items && rows_about_label(t->m, t->a, l->items, item, &label, &e))
        t->no_memory |= e.code == ERR_MEMORY;
    return label_in(label, t->zh);
}

static void tell_stock(struct teller *t, const struct facility_stock *s)
{
    enum { COLUMNS = 6 };
    const struct table_column columns[COLUMNS] = {
        {.title = str_of(say(t, "item", "物资")), .width = 2},
        {.title = str_of(say(t, "lot", "批号"))},
        {.title = str_of(say(t, "expires", "有效期"))},
        {.title = str_of(say(t, "there", "结存数量"))},
        {.title = str_of(say(t, "where", "所在"))},
        {.title = str_of(say(t, "last entry", "最近记账日"))}};
    struct cell *cells = ARENA_ARRAY(t->a, struct cell, s->n * COLUMNS + 1);
    const int64_t unit = s->ledger->goods ? LEDGER_UNIT : LEDGER_CENT;
    head(t, label_in(s->ledger->label, t->zh));
    if (!s->n) {
        none(t);
        return;
    }
    t->no_memory |= !cells;
    for (size_t i = 0; cells && i < s->n; i++) {
        const struct ledger_balance *b = &s->list[i];
        struct cell *c = &cells[i * COLUMNS];
        c[0] =
            (struct cell){.kind = CELL_TEXT, .text = item_words(t, s->ledger, b->item)};
        c[1] = b->lot.number.n ? (struct cell){.kind = CELL_TEXT, .text = b->lot.number}
                               : (struct cell){.kind = CELL_EMPTY};
        c[2] = b->lot.expires == DATE_NONE
                   ? (struct cell){.kind = CELL_EMPTY}
                   : (struct cell){.kind = CELL_DATE,
                                   .value = b->lot.expires,
                                   .tone = b->lot.expires < t->m->today ? TONE_BAD
                                                                        : TONE_NONE};
        c[3] = (struct cell){.kind = CELL_NUMBER,
                             .value = (double)b->quantity / (double)unit,
                             .more_decimals =
                                 b->quantity % unit ? s->ledger->goods ? 3 : 2 : 0};
        c[4] =
            (struct cell){.kind = CELL_TEXT,
                          .text = str_of(b->account < 0 ? say(t, "there", "在库")
                                                        : say(t, "on the way", "在途"))};
        c[5] = (struct cell){.kind = CELL_DATE, .value = b->last};
    }
    const struct doc_table table = {.title = label_in(s->ledger->label, t->zh),
                                    .columns = columns,
                                    .n_columns = COLUMNS,
                                    .cells = cells,
                                    .n_rows = s->n,
                                    .small = true};
    if (!t->no_memory)
        t->no_memory |= !doc_table(t->d, &table);
}

enum err facility_doc_make(const struct measure *m, struct arena *a,
                           const struct facility_file *f, bool zh, struct doc **out,
                           struct error *e)
{
    struct teller t = {.m = m, .a = a, .f = f, .d = doc_new(a, zh), .zh = zh};
    const struct places *p = m->county->places;
    const struct facility *x = &p->facilities[f->facility];
    if (!t.d)
        return error_memory(e);
    struct str day = date_text(a, m->today, zh);
    t.d->title = str_format(a, say(&t, "Facility file: " STR_FMT, "机构档案：" STR_FMT),
                            STR_ARG(facility_name(x, zh)));
    t.d->subtitle =
        str_format(a, STR_FMT "%s" STR_FMT, STR_ARG(x->code), x->area >= 0 ? " · " : "",
                   STR_ARG(x->area >= 0 ? area_name(&p->areas[x->area], zh) : STR("")));
    t.d->made = str_format(
        a, say(&t, "Made " STR_FMT " by " STR_FMT, STR_FMT "由" STR_FMT "导出"),
        STR_ARG(day), STR_ARG(access_name(a, m->who->name, zh)));
    t.d->made_on = m->today;
    t.no_memory = !day.p || !t.d->title.p || !t.d->subtitle.p || !t.d->made.p;
    t.d->footer = t.d->title;
    tell_standing(&t);
    tell_facility(&t);
    tell_parts(&t);
    tell_checks(&t);
    for (size_t i = 0; i < f->n_stocks; i++)
        tell_stock(&t, &f->stocks[i]);
    *out = t.d;
    return t.no_memory ? error_memory(e) : ERR_OK;
}
