// SPDX-License-Identifier: AGPL-3.0-or-later
// What opens reviews beside the births: inspections of records that found signatures
// missing, and a stock that does not add up; truth/signals.csv says where.
#include "demo/supervision.h"

#include <stdio.h>

enum {
    STORE = 0,         // the hospital that gives out to the health centres
    CENTRES = 8,       // that get goods
    FIRST_CENTRE = 3,  // the first of them
    SHORT_COUNT = 5,   // the one whose count is short
    SHORT_ARRIVAL = 8, // the one that got less than was sent
    MOST_ENTRIES = 64
};

struct signals {
    struct county *c;
    struct sheet *truth;
};

static void plant(struct signals *x, const char *look, size_t facility, const char *why)
{
    sheet_text(x->truth, look);
    sheet_text(x->truth, x->c->facilities[facility].code);
    sheet_text(x->truth, why);
    sheet_end_row(x->truth);
}

// --- records

static uint64_t chance(const struct county *c, unsigned what, uint64_t key)
{
    return draw_next(draw(c->options.seed, TOPIC_SUPERVISION, 30000 + key), what);
}

// Hospitals and health centres, for these keep records of admission.
static bool has_records(size_t facility)
{
    return facility < 3 + TOWNSHIPS && supervision_visited(facility);
}

static bool misses_hands(size_t facility)
{
    return facility == 1 || facility == 9;
}

static bool misses_consent(size_t facility)
{
    return facility == 14;
}

// Of what is judged in part here and there, and never as missing.
static const char *usual(const struct county *c, size_t facility, unsigned item)
{
    return draw_chance(chance(c, item, facility), 200000) ? "部分符合" : "完全符合";
}

static void write_sheet(struct county *c, struct sheet *s, size_t i, bool own, int32_t on)
{
    char number[32], team[32], text[16];
    const uint32_t records = 60 + draw_below(chance(c, 1, i), 300);
    const bool bad = !own && (misses_hands(i) || misses_consent(i));
    sheet_text(s, c->facilities[i].code);
    sheet_date(s, on, FORM_ISO);
    sheet_text(s, own ? "自查" : "检查");
    sheet_text(s, own ? "" : i < 3 ? "计划内" : "突击");
    sheet_text(s, own ? "" : supervision_number(c, OF_TEAM, 1 + i % 2, team));
    sheet_text(s, own ? "" : supervision_number(c, OF_VISIT, i + 1, number));
    snprintf(text, sizeof text, "%u", records);
    sheet_text(s, text);
    sheet_text(s, "24");
    snprintf(text, sizeof text, "%u", bad ? 7 : draw_below(chance(c, 2, i), 3));
    sheet_text(s, text);
    sheet_text(s, "2");
    sheet_text(s, !own && misses_hands(i) ? "不符合" : own ? "完全符合" : usual(c, i, 3));
    sheet_text(s, !own && misses_consent(i) ? "不符合"
                  : own                     ? "完全符合"
                                            : usual(c, i, 4));
    sheet_text(s, c->facilities[i].delivers ? usual(c, i, 5) : "不适用");
    sheet_text(s, usual(c, i, 6));
    sheet_text(s, usual(c, i, 7));
    sheet_text(s, usual(c, i, 8));
    sheet_text(s, usual(c, i, 9));
    sheet_end_row(s);
}

static enum err write_records(struct signals *x, struct error *e)
{
    static const char *const headings[] = {"机构",
                                           "检查日期",
                                           "检查类型",
                                           "计划或突击",
                                           "检查组",
                                           "检查任务",
                                           "检查期内病历总份数",
                                           "随机抽查份数",
                                           "其中不完整份数",
                                           "抽样方案允许的不完整份数",
                                           "病历由经治医师和上级医师双签名",
                                           "知情同意书医患双方签名齐全",
                                           "出生医学证明双人核对签发",
                                           "处方由开具人和调配人双签名",
                                           "入院记录24小时内完成",
                                           "科室负责人每周质控检查",
                                           "县级每月抽查质控",
                                           NULL};
    struct county *c = x->c;
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "supervision/record-signature.csv",
                   SHEET_GB18030, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < INSPECTED; i++) {
        const int32_t own = supervision_day(c, 4, 22 + (int)(i % 8)),
                      on = supervision_visit_day(c, i);
        if (!has_records(i) || own == DATE_NONE || on == DATE_NONE)
            continue;
        write_sheet(c, s, i, true, own);
        write_sheet(c, s, i, false, on);
        if (misses_hands(i) || misses_consent(i))
            plant(x, "record_signatures", i,
                  misses_hands(i) ? "records signed by one hand" : "consent not signed");
    }
    for (size_t i = 0; i < INSPECTED; i++)
        if (supervision_visited(i) && supervision_visit_day(c, i) != DATE_NONE &&
            supervision_answer(c, i, ITEM_TWO_PRESENT, false) == ANSWER_NOT)
            plant(x, "examination_signatures", i, "ultrasound with one signature");
    return sheet_close(s, e);
}

// --- stock

struct posting {
    struct sheet *sent, *arrived, *used;
    int id; // of the last entry of `sent`, as the ledger numbers them
};

static void post(struct sheet *to_file, const char *movement, int32_t day,
                 const char *from, const char *to, const char *item, const char *lot,
                 int quantity, const char *document)
{
    sheet_text(to_file, movement);
    sheet_date(to_file, day, FORM_ISO);
    sheet_text(to_file, from);
    sheet_text(to_file, to);
    sheet_text(to_file, item);
    sheet_text(to_file, lot);
    sheet_int(to_file, quantity);
    sheet_text(to_file, document);
    sheet_end_row(to_file);
}

static void arrive(struct posting *p, int id, int32_t day, int quantity)
{
    sheet_int(p->arrived, id);
    sheet_date(p->arrived, day, FORM_ISO);
    sheet_int(p->arrived, quantity);
    sheet_end_row(p->arrived);
}

// What came to the store goes to the centres; each uses some, and in June all is counted.
static void write_goods(struct signals *x, struct posting *p, const char *item,
                        const char *lot)
{
    const struct county *c = x->c;
    const char *store = c->facilities[STORE].code;
    const bool planted = str_equal_c(str_of(item), "F-FA04");
    int sent[CENTRES], used[CENTRES], left = 1000;
    post(p->sent, "receive", supervision_day(c, 4, 2), "", store, item, lot, left,
         "青卫采〔4〕1号");
    p->id++;
    for (int k = 0; k < CENTRES; k++) {
        const size_t at = FIRST_CENTRE + (size_t)k;
        const uint64_t draws = chance(c, 20, at + (planted ? 100 : 0));
        sent[k] = 40 + 10 * (int)draw_below(draws, 6);
        left -= sent[k];
        post(p->sent, "send", supervision_day(c, 4, 10 + k), store,
             c->facilities[at].code, item, lot, sent[k], "青卫调〔4〕");
        const bool shorter = planted && at == SHORT_ARRIVAL;
        arrive(p, ++p->id, supervision_day(c, 4, 12 + k), sent[k] - (shorter ? 6 : 0));
        sent[k] -= shorter ? 6 : 0;
    }
    for (int k = 0; k < CENTRES; k++) {
        const size_t at = FIRST_CENTRE + (size_t)k;
        used[k] = 10 + (int)draw_below(chance(c, 21, at), 20);
        post(p->used, "hand_out", supervision_day(c, 5, 28), c->facilities[at].code, "",
             item, lot, used[k], "");
    }
    for (int k = 0; k < CENTRES; k++) {
        const size_t at = FIRST_CENTRE + (size_t)k;
        const bool is_short = planted && at == SHORT_COUNT;
        post(p->used, "stocktake", supervision_day(c, 6, 20), c->facilities[at].code, "",
             item, lot, sent[k] - used[k] - (is_short ? 9 : 0), "盘点表");
    }
    post(p->used, "stocktake", supervision_day(c, 6, 20), store, "", item, lot, left,
         "盘点表");
}

static enum err write_stock(struct signals *x, struct error *e)
{
    static const char *const of_entries[] = {"movement", "day",      "from",
                                             "to",       "item",     "lot",
                                             "quantity", "document", NULL},
                             *const of_arrived[] = {"entry", "day", "arrived", NULL};
    struct county *c = x->c;
    struct posting p = {.id = 0};
    enum err result = sheet_open(&p.sent, c->options.folder, "supervision/stock-sent.csv",
                                 SHEET_UTF8, of_entries, e);
    if (!result)
        result = sheet_open(&p.used, c->options.folder, "supervision/stock-used.csv",
                            SHEET_UTF8, of_entries, e);
    if (!result)
        result = sheet_open(&p.arrived, c->options.folder,
                            "supervision/stock-arrived.csv", SHEET_UTF8, of_arrived, e);
    if (!result && supervision_day(c, 6, 20) != DATE_NONE) {
        write_goods(x, &p, "F-FA04", "FA140201");
        write_goods(x, &p, "S-GLOVE", "G1403");
        plant(x, "stock", STORE, "sent more than arrived");
        plant(x, "stock", SHORT_COUNT, "counted less than the book has");
        plant(x, "stock", SHORT_ARRIVAL, "got less than was sent");
    }
    struct error later;
    struct sheet *const all[] = {p.sent, p.used, p.arrived};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        enum err closing = sheet_close(all[i], result ? &later : e);
        result = result ? result : closing;
    }
    return result;
}

enum err supervision_signals(struct county *c, struct error *e)
{
    static const char *const headings[] = {"look", "facility", "why", NULL};
    struct signals x = {.c = c};
    enum err result = sheet_open(&x.truth, c->options.folder, "truth/signals.csv",
                                 SHEET_UTF8, headings, e);
    if (!result)
        result = write_records(&x, e);
    if (!result)
        result = write_stock(&x, e);
    struct error later;
    enum err closing = sheet_close(x.truth, result ? &later : e);
    return result ? result : closing;
}
