// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/rota_doc.h"

#include <math.h>

#include "base/date.h"
#include "report/result_table.h"

struct page {
    struct rota_doc *out;
    const struct rota_page *in;
    struct doc *doc;
    struct arena *a;
    bool zh, no_memory;
};

__attribute__((format_arg(2), format_arg(3))) static const char *
say(const struct page *p, const char *en, const char *zh)
{
    return p->zh ? zh : en;
}

static void paragraph(struct page *p, struct str text)
{
    p->no_memory |= !text.p || !doc_paragraph(p->doc, text);
}

static struct result *figures(struct page *p, const char *name, const char *title,
                              const struct result_column *columns, size_t n)
{
    struct result_column *kept = ARENA_ARRAY(p->a, struct result_column, n);
    struct result *r = &p->out->results[p->out->n_results++];
    for (size_t i = 0; kept && i < n; i++)
        kept[i] = columns[i];
    *r = result_new(p->a, name, str_of(title), kept ? kept : columns, kept ? n : 0);
    p->no_memory |= !kept;
    return r;
}

static void summary(struct page *p)
{
    const struct rota_input *in = p->in->in;
    const struct rota *r = p->in->rota;
    paragraph(
        p,
        str_format(
            p->a,
            say(p,
                "%zu of %zu facilities are visited, by %u teams on %u days, %u visits a "
                "day at most. Whom a round visits is drawn by lot: chances are (1 + "
                "risk) x days since the last visit, so that nobody can foresee it; no "
                "facility goes longer than %d days. Where it lies has no part in that.",
                "本轮检查 %zu 家（共 %zu 家），%u 个组，%u 天，每组每天至多 %u "
                "家。检查对象随机抽取，机会与（1+"
                "风险）×距上次检查天数成正比，无法预知；任何机构"
                "间隔不超过 %d 天。机构远近不影响是否抽中。"),
            r->n_visits, in->n, in->teams, in->days, in->per_day, (int)in->most_days));
    if (r->overdue)
        paragraph(
            p, str_format(
                   p->a,
                   say(p,
                       "The round is too small: %zu facilities that must be visited now "
                       "are not. Add days, visits or a team.",
                       "本轮规模不足：%zu "
                       "家必查机构未能安排。请增加天数、每日家数或检查组。"),
                   r->overdue));
    paragraph(
        p, str_format(p->a,
                      say(p,
                          "Seed %llu: the same list and seed give the same rota. "
                          "Keep it to the teams: visits are not announced.",
                          "随机种子 %llu：同一名单与种子得出同样的安排。本表仅供检查组使"
                          "用，检查不预先通知。"),
                      (unsigned long long)in->seed));
}

static struct str date_words(struct page *p, uint32_t day)
{
    char text[DATE_TEXT_SIZE];
    date_format(rota_date(p->in->start, day), text);
    struct str s = str_format(p->a, "%s", text);
    p->no_memory |= !s.p;
    return s;
}

static void add_visits(struct page *p)
{
    const struct rota_input *in = p->in->in;
    const struct rota *r = p->in->rota;
    const struct result_column columns[] = {
        {"day", say(p, "day", "天"), RESULT_COUNT, 0, NULL},
        {"date", say(p, "date", "日期"), RESULT_TEXT, 0, NULL},
        {"team", say(p, "team", "组"), RESULT_COUNT, 0, NULL},
        {"order", NULL, RESULT_COUNT, 0, NULL},
        {"facility", say(p, "facility", "机构"), RESULT_TEXT, 0, NULL},
        {"area", p->in->areas ? say(p, "area", "地区") : NULL, RESULT_TEXT, 0, NULL},
        {"risk", NULL, RESULT_NUMBER, 2, NULL},
        {"days_since", NULL, RESULT_COUNT, 0, NULL},
        {"weight", NULL, RESULT_NUMBER, 1, NULL},
        {"rank", NULL, RESULT_COUNT, 0, NULL},
        {"reason", say(p, "why", "理由"), RESULT_TEXT, 0, NULL},
    };
    struct result *out = figures(p, "visits", say(p, "Visits", "检查安排"), columns,
                                 sizeof columns / sizeof *columns);
    for (size_t i = 0; i < r->n_visits; i++) {
        const struct rota_visit *v = &r->visits[i];
        const struct rota_facility *f = &in->facilities[v->facility];
        struct result_cell *row = result_row(out);
        row[0].value = v->day + 1;
        row[1].text = date_words(p, v->day);
        row[2].value = v->team + 1;
        row[3].value = v->order + 1;
        row[4].text = p->in->names[v->facility];
        if (p->in->areas)
            row[5].text = p->in->areas[v->facility];
        row[6].value = f->risk;
        row[7].value = f->since < 0 ? NAN : (double)f->since;
        row[8].value = v->weight;
        row[9].value = v->rank;
        row[10].text = rota_reason(in, v, p->a, p->zh);
        p->no_memory |= !row[10].text.p;
    }
    p->no_memory |= !result_table_doc(p->doc, out, 0, STR(""));
}

static void add_left(struct page *p)
{
    const struct rota_input *in = p->in->in;
    const struct rota *r = p->in->rota;
    const struct result_column columns[] = {
        {"facility", say(p, "facility", "机构"), RESULT_TEXT, 0, NULL},
        {"area", p->in->areas ? say(p, "area", "地区") : NULL, RESULT_TEXT, 0, NULL},
        {"risk", NULL, RESULT_NUMBER, 2, NULL},
        {"days_since", NULL, RESULT_COUNT, 0, NULL},
        {"weight", NULL, RESULT_NUMBER, 1, NULL},
        {"rank", NULL, RESULT_COUNT, 0, NULL},
        {"within", NULL, RESULT_NUMBER, 0, NULL},
        {"reason", say(p, "why", "理由"), RESULT_TEXT, 0, NULL},
    };
    struct result *out = figures(p, "left", say(p, "Not in this round", "本轮未安排"),
                                 columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < r->n_left; i++) {
        const struct rota_left *l = &r->left[i];
        const struct rota_facility *f = &in->facilities[l->facility];
        struct result_cell *row = result_row(out);
        row[0].text = p->in->names[l->facility];
        if (p->in->areas)
            row[1].text = p->in->areas[l->facility];
        row[2].value = f->risk;
        row[3].value = f->since < 0 ? NAN : (double)f->since;
        row[4].value = l->weight;
        row[5].value = l->rank;
        row[6].value = l->within;
        row[7].text = rota_left_reason(in, l, p->a, p->zh);
        p->no_memory |= !row[7].text.p;
    }
    if (r->n_left)
        p->no_memory |= !result_table_doc(p->doc, out, 0, STR(""));
}

static void add_settings(struct page *p)
{
    const struct rota_input *in = p->in->in;
    static const struct result_column columns[] = {
        {"facilities", NULL, RESULT_COUNT, 0, NULL},
        {"teams", NULL, RESULT_COUNT, 0, NULL},
        {"days", NULL, RESULT_COUNT, 0, NULL},
        {"per_day", NULL, RESULT_COUNT, 0, NULL},
        {"most_days", NULL, RESULT_COUNT, 0, NULL},
        {"next_days", NULL, RESULT_COUNT, 0, NULL},
        {"seed", NULL, RESULT_TEXT, 0, NULL},
        {"overdue", NULL, RESULT_COUNT, 0, NULL}};
    struct result *out = figures(p, "settings", "settings", columns, 8);
    struct result_cell *row = result_row(out);
    const double values[] = {
        (double)in->n,         in->teams,     in->days, in->per_day,
        (double)in->most_days, in->next_days, 0,        (double)p->in->rota->overdue};
    for (size_t i = 0; i < 8; i++)
        row[i].value = values[i];
    row[6].text = str_format(p->a, "%llu", (unsigned long long)in->seed);
    p->no_memory |= !row[6].text.p;
}

enum err rota_doc_make(struct rota_doc *out, const struct rota_page *page,
                       struct arena *a, bool zh, struct error *e)
{
    struct page p = {.out = out, .in = page, .a = a, .zh = zh};
    *out = (struct rota_doc){.doc = doc_new(a, zh)};
    p.doc = out->doc;
    if (!p.doc)
        return error_memory(e);
    p.doc->title = str_of(say(&p, "Rota of the inspection round", "检查轮次安排"));
    p.doc->subtitle = page->subtitle;
    summary(&p);
    add_visits(&p);
    add_left(&p);
    add_settings(&p);
    bool ok = !p.no_memory;
    for (size_t i = 0; i < out->n_results; i++)
        ok &= result_ok(&out->results[i]);
    return ok ? ERR_OK : error_memory(e);
}
