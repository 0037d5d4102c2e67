// SPDX-License-Identifier: AGPL-3.0-or-later
// moves.csv: what was done of the rows since they came in, day by day, for `heng moves`.
// It follows the plan of the campaign: papers handed in (some late, some not), visits
// made, most findings put right and looked at again by another hand, a case decided.
#include "demo/supervision.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOVES_MAX = 1000, FILLED = 3 };

struct move {
    int32_t day;
    unsigned order; // of the day, as they were planned
    const char *reg, *move;
    char row[80], by[96], reason[96];
    const char *file;
    struct {
        const char *field;
        char text[96];
    } filled[FILLED];
};

struct plan {
    struct county *c;
    struct move *list;
    size_t n;
};

static uint64_t chance(const struct county *c, unsigned what, uint64_t key)
{
    return draw_next(draw(c->options.seed, TOPIC_SUPERVISION, 20000 + key), what);
}

// A move of a day; later ones are not in the files. The caller fills in the rest.
static struct move *plan_move(struct plan *p, int32_t day, const char *reg,
                              const char *row, const char *move, const char *by)
{
    if (day == DATE_NONE || day > p->c->end || p->n == MOVES_MAX)
        return &p->list[MOVES_MAX]; // written to and never read
    struct move *m = &p->list[p->n];
    *m = (struct move){.day = day, .order = (unsigned)p->n++, .reg = reg, .move = move};
    snprintf(m->row, sizeof m->row, "%s", row);
    snprintf(m->by, sizeof m->by, "%s", by);
    return m;
}

static void fill(struct move *m, size_t i, const char *field, const char *text)
{
    m->filled[i].field = field;
    snprintf(m->filled[i].text, sizeof m->filled[i].text, "%s", text);
}

static void fill_day(struct move *m, size_t i, const char *field, int32_t day)
{
    char text[DATE_TEXT_SIZE] = "";
    if (day != DATE_NONE)
        date_format(day, text);
    fill(m, i, field, text);
}

static int32_t any_day(const struct county *c, int month, int day)
{
    int32_t out = DATE_NONE;
    (void)date_from_ymd(supervision_year(c), month, day, &out);
    return out;
}

// --- papers

static void plan_paper(struct plan *p, size_t paper, int township)
{
    const struct supervision_paper *of = &supervision_papers[paper];
    struct county *c = p->c;
    const uint64_t x = chance(c, (unsigned)paper, (uint64_t)(township + 1));
    char row[80], body[8], by[96], document[64];
    int32_t in = any_day(c, of->month, of->day) - (int32_t)draw_below(x, 5);
    snprintf(body, sizeof body, "B-T%02d", township + 1);
    snprintf(row, sizeof row, "%d-01/%s/%s", supervision_year(c), of->item,
             of->body ? of->body : body);
    snprintf(by, sizeof by, "%s",
             of->body ? "牵头单位" : county_township(c, township)->name);
    snprintf(document, sizeof document, "%s〔%d〕%zu号",
             of->body ? "青卫" : county_township(c, township)->name, supervision_year(c),
             10 + paper);
    if (township == 4 || township == 8)
        in += township == 4 ? 4 : 6; // two townships are late
    bool report = of->month == 8;
    if (report) // due in August: five were early
        in = township >= 0 && township < 5 ? any_day(c, 7, 14 + township) : DATE_NONE;
    if (of->month == 6 && of->day == 25 && (township == 8 || township == 11))
        return; // and two have sent no plan of rectification
    struct move *m = plan_move(p, in, "campaign_tasks", row, "hand_in", by);
    fill_day(m, 0, "handed_in_on", in);
    fill(m, 1, "document", document);
    if (in != DATE_NONE && !report)
        (void)plan_move(p, in + 2, "campaign_tasks", row, "take", "领导小组办公室");
}

static void plan_papers(struct plan *p)
{
    for (size_t i = 0; i < n_supervision_papers; i++) {
        if (supervision_papers[i].body)
            plan_paper(p, i, -1);
        for (int t = 0; !supervision_papers[i].body && t < TOWNSHIPS; t++)
            plan_paper(p, i, t);
    }
}

// --- phases, visits

static void plan_phases(struct plan *p)
{
    struct county *c = p->c;
    char row[80], document[48];
    snprintf(row, sizeof row, "%d-01", supervision_year(c));
    snprintf(document, sizeof document, "青卫发〔%d〕21号", supervision_year(c));
    struct move *m = plan_move(p, any_day(c, 4, 24), "campaigns", row, "begin_self_check",
                               "领导小组办公室");
    fill(m, 0, "document", document);
    (void)plan_move(p, any_day(c, 5, 19), "campaigns", row, "begin_supervision",
                    "领导小组办公室");
    (void)plan_move(p, any_day(c, 6, 16), "campaigns", row, "begin_rectification",
                    "领导小组办公室");
}

static void plan_visits(struct plan *p)
{
    struct county *c = p->c;
    char row[80], record[48];
    for (size_t i = 0; i < INSPECTED; i++) {
        const int32_t on = supervision_visit_day(c, i);
        const char *team = i % 2 ? "第二检查组" : "第一检查组";
        snprintf(row, sizeof row, "%d-J%03zu", supervision_year(c), i + 1);
        if (!supervision_visited(i)) {
            struct move *m = plan_move(p, on, "inspections", row, "call_off", team);
            fill(m, 0, "why_not", "机构停业");
            snprintf(m->reason, sizeof m->reason, "到达时机构未营业");
            continue;
        }
        snprintf(record, sizeof record, "青卫监笔〔%d〕%zu号", supervision_year(c),
                 i + 1);
        struct move *m = plan_move(p, on, "inspections", row, "make", team);
        fill_day(m, 0, "done_on", on);
        fill(m, 1, "record", record);
    }
}

// --- findings

static const char *measure_of(enum item item)
{
    switch (item) {
    case ITEM_NOTICE:
        return "已在各超声检查室张贴警示标识";
    case ITEM_HOTLINE:
        return "已在候诊区公布投诉举报电话";
    case ITEM_FILED:
        return "已补办备案手续，备案前设备封存";
    case ITEM_BOOK:
    case ITEM_TWO_PRESENT:
        return "已培训操作人员，落实逐日登记和双签名";
    case ITEM_TRAINING:
        return "已组织全员培训并考核";
    case ITEM_LICENCE:
    case ITEM_MATERNAL:
        return "已停止相关服务并申请换证";
    default:
        return "已按要求整改并完善制度";
    }
}

static void plan_finding(struct plan *p, const struct supervision_finding *f, size_t i)
{
    struct county *c = p->c;
    const uint64_t x = chance(c, 1, 100 + i);
    const uint32_t fate = draw_below(x, 100);
    const int32_t put_right =
        f->found + (fate < 72 ? 4 + (int32_t)draw_below(draw_next(x, 1), 22)
                              : 36 + (int32_t)draw_below(draw_next(x, 1), 18));
    if (f->facility == supervision_case_facility(c) && f->item == ITEM_FILED) {
        struct move *m = plan_move(p, any_day(c, 5, 27), "findings", f->number, "to_case",
                                   "县卫生监督所");
        char number[32];
        fill(m, 0, "case_file", supervision_number(c, OF_CASE, 1, number));
        return;
    }
    if (fate >= 88)
        return; // nobody has put it right
    struct move *m = plan_move(p, put_right, "findings", f->number, "rectify",
                               c->facilities[f->facility].name);
    fill(m, 0, "measure_taken", measure_of(f->item));
    fill_day(m, 1, "rectified_on", put_right);
    m->file = "supervision/rectification.txt";
    const int32_t seen = put_right + 3 + (int32_t)draw_below(draw_next(x, 2), 9);
    if (fate % 6 == 5)
        return; // still to be looked at
    m = plan_move(p, seen, "findings", f->number, "verify",
                  f->facility % 2 ? "第二检查组" : "第一检查组");
    fill_day(m, 0, "verified_on", seen);
}

// --- cases, licences

static void plan_case(struct plan *p)
{
    struct county *c = p->c;
    char number[32], text[48];
    supervision_number(c, OF_CASE, 1, number);
    (void)plan_move(p, any_day(c, 6, 20), "cases", number, "end_investigation",
                    "县卫生监督所");
    (void)plan_move(p, any_day(c, 6, 25), "cases", number, "give_notice", "县卫生监督所");
    struct move *m =
        plan_move(p, any_day(c, 7, 8), "cases", number, "decide", "局案件审议委员会");
    fill(m, 0, "decision", "fine");
    fill(m, 1, "amount", "5000");
    snprintf(text, sizeof text, "青卫医罚〔%d〕7号", supervision_year(c));
    fill(m, 2, "document", text);
    // decided_on is of the same day
}

static void plan_renewals(struct plan *p)
{
    struct county *c = p->c;
    for (size_t i = 0; i < INSPECTED; i++) {
        char row[40], decision[48];
        const int32_t last = supervision_maternal_end(c, i);
        if (!c->facilities[i].delivers || i == 5 || last == DATE_NONE ||
            last < any_day(c, 4, 25))
            continue; // one did not ask for it
        snprintf(row, sizeof row, "MY%06zu", 97000 + i);
        snprintf(decision, sizeof decision, "青卫母婴〔%d〕%zu号", supervision_year(c),
                 30 + i);
        struct move *m =
            plan_move(p, last - 15, "licences", row, "renew", "县卫生和计划生育局");
        fill_day(m, 0, "valid_until", date_add_months(last + 1, 36) - 1);
        fill(m, 1, "decision", decision);
    }
}

static void plan_licences(struct plan *p)
{
    struct county *c = p->c;
    char row[40], decision[32];
    plan_renewals(p);
    snprintf(row, sizeof row, "PDY%06zu", 97000 + (size_t)7);
    struct move *m =
        plan_move(p, any_day(c, 6, 5), "licences", row, "change", "县卫生和计划生育局");
    fill_day(m, 0, "changed_on", any_day(c, 6, 5));
    snprintf(decision, sizeof decision, "青卫医变〔%d〕12号", supervision_year(c));
    fill(m, 1, "decision", decision);
    fill(m, 2, "scope", "全科医疗科；妇产科；预防保健科；中医科；医学影像科");
    snprintf(row, sizeof row, "PDY%06zu", 97000 + supervision_case_facility(c));
    unsigned lapsed = 0;
    bool over = false;
    for (size_t i = 0; i <= supervision_case_facility(c); i++)
        over = office_licence(c, i, &lapsed).lapsed;
    if (over)
        return; // run out already: nothing to suspend
    m = plan_move(p, any_day(c, 7, 9), "licences", row, "suspend", "县卫生和计划生育局");
    fill_day(m, 0, "suspended_until", any_day(c, 10, 8));
    snprintf(decision, sizeof decision, "青卫医停〔%d〕2号", supervision_year(c));
    fill(m, 1, "decision", decision);
    snprintf(m->reason, sizeof m->reason, "使用未备案超声设备，责令停业整顿3个月");
}

// --- the file

static int by_day(const void *a, const void *b)
{
    const struct move *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static const char *const fields[] = {
    "handed_in_on", "document",      "done_on",         "record",
    "why_not",      "measure_taken", "rectified_on",    "verified_on",
    "case_file",    "decision",      "amount",          "decided_on",
    "changed_on",   "scope",         "suspended_until", "valid_until"};
enum { FIELDS = sizeof fields / sizeof *fields };

static void write_move(struct sheet *s, const struct move *m)
{
    sheet_date(s, m->day, FORM_ISO);
    sheet_text(s, m->reg);
    sheet_text(s, m->row);
    sheet_text(s, m->move);
    sheet_text(s, m->by);
    sheet_text(s, m->reason);
    sheet_text(s, m->file ? m->file : "");
    for (size_t i = 0; i < FIELDS; i++) {
        const char *text = "";
        for (size_t k = 0; k < FILLED; k++)
            if (m->filled[k].field && str_equal_c(str_of(fields[i]), m->filled[k].field))
                text = m->filled[k].text;
        char day[DATE_TEXT_SIZE];
        if (i == 11 && str_equal_c(str_of(m->move), "decide")) {
            date_format(m->day, day);
            text = day;
        }
        sheet_text(s, text);
    }
    sheet_end_row(s);
}

static enum err write_moves(struct plan *p, struct error *e)
{
    const char *headings[7 + FIELDS + 1] = {"day", "register", "row", "move",
                                            "for", "reason",   "file"};
    for (size_t i = 0; i < FIELDS; i++)
        headings[7 + i] = fields[i];
    struct sheet *s;
    enum err result =
        sheet_open(&s, p->c->options.folder, "moves.csv", SHEET_UTF8, headings, e);
    if (result)
        return result;
    if (p->n)
        qsort(p->list, p->n, sizeof *p->list, by_day);
    for (size_t i = 0; i < p->n; i++)
        write_move(s, &p->list[i]);
    return sheet_close(s, e);
}

static enum err write_evidence(struct county *c, struct error *e)
{
    struct buf text = BUF_INIT(4096);
    buf_add_c(&text, "整改情况说明（虚构）\n"
                     "对监督检查提出的问题，本机构已逐条整改，现将整改情况报告如下。\n"
                     "Note on what was put right (invented)\n");
    enum err result = demo_save(c, "supervision/rectification.txt", &text, e);
    buf_free(&text);
    return result;
}

// Those who check what another did: at the shell such steps are taken for accounts alone.
static enum err write_people(struct county *c, struct error *e)
{
    struct buf text = BUF_INIT(4096);
    buf_add_c(&text,
              "第一检查组 inspector\n第二检查组 inspector\n局案件审议委员会 leader\n");
    enum err result = demo_save(c, "people.txt", &text, e);
    buf_free(&text);
    return result;
}

enum err supervision_moves(struct county *c, struct error *e)
{
    struct supervision_finding *findings =
        mem_alloc(CAMPAIGN_FINDINGS_MAX, sizeof *findings);
    struct plan p = {.c = c, .list = mem_alloc(MOVES_MAX + 1, sizeof *p.list)};
    enum err result = findings && p.list ? write_evidence(c, e) : error_memory(e);
    if (!result) {
        plan_papers(&p);
        plan_phases(&p);
        plan_visits(&p);
        size_t n = supervision_findings(c, findings);
        for (size_t i = 0; i < n; i++)
            plan_finding(&p, &findings[i], i);
        plan_case(&p);
        plan_licences(&p);
        result = write_moves(&p, e);
    }
    if (!result)
        result = write_people(c, e);
    mem_free(findings);
    mem_free(p.list);
    return result;
}
