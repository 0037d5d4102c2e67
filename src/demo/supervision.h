// SPDX-License-Identifier: AGPL-3.0-or-later
// Private to src/demo: what the supervision office keeps. Bodies, licences, devices and
// credentials of 31 facilities; one campaign in the last year with its papers, two teams,
// visits on three days, self-checks, findings, two cases. import.txt has the files, and
// moves/ the steps that were made of the rows, a file a day (for `heng moves`): what an
// import brings in stands in its first stage.
#ifndef DEMO_SUPERVISION_H
#define DEMO_SUPERVISION_H

#include "demo/county.h"
#include "demo/sheet.h"

enum {
    INSPECTED = 31, // facilities of the round: the first of the list
    CAMPAIGN_FINDINGS_MAX = 200,
};

enum answer { ANSWER_MET, ANSWER_PARTLY, ANSWER_NOT, ANSWER_NA, ANSWER_NOT_ASKED };

// Items of the checklist on fetal sex control, in its order (machines is a number).
enum item {
    ITEM_LICENCE,
    ITEM_SCOPE,
    ITEM_MATERNAL,
    ITEM_OPERATORS,
    ITEM_NOTICE,
    ITEM_HOTLINE,
    ITEM_FILED,
    ITEM_SEALED,
    ITEM_SELLER,
    ITEM_BOOK,
    ITEM_TWO_PRESENT,
    ITEM_APPROVAL,
    ITEM_RULES,
    ITEM_TRAINING,
    ITEM_FEES,
    ITEMS
};

struct licence_days {
    int32_t from, to;
    bool lapsed;
};
// Of the licence to practise of a facility; n_lapsed counts those that have run out so
// far, in the order of the list (offices.c).
struct licence_days office_licence(const struct county *c, size_t facility,
                                   unsigned *n_lapsed);

// A day of the last year; past the end of the files it is DATE_NONE.
int32_t supervision_day(const struct county *c, int month, int day);
int supervision_year(const struct county *c);
// How many ultrasound devices a facility has.
int supervision_machines(const struct county *c, size_t facility);
// What inspectors saw, or (own) what the facility says of itself.
enum answer supervision_answer(const struct county *c, size_t facility, enum item item,
                               bool own);

// A row of texts, NULL at the end.
void sheet_texts(struct sheet *s, const char *const *texts);

// --- the campaign (supervision_campaign.c)

struct supervision_paper { // what is due
    const char *phase, *phase_zh, *item, *item_zh;
    int month, day;
    const char *body; // NULL: each township
};
extern const struct supervision_paper supervision_papers[];
extern const size_t n_supervision_papers;

struct supervision_finding {
    char number[24];
    size_t facility;
    enum item item;
    int32_t found;
};
// At most CAMPAIGN_FINDINGS_MAX.
size_t supervision_findings(const struct county *c, struct supervision_finding *out);

enum numbered { OF_CAMPAIGN, OF_TEAM, OF_VISIT, OF_CASE };
// "2014-01", "2014-J007"; n from 1.
const char *supervision_number(const struct county *c, enum numbered what, size_t n,
                               char out[32]);
int32_t supervision_visit_day(const struct county *c, size_t facility);
bool supervision_visited(size_t facility);
size_t supervision_case_facility(const struct county *c);

enum err offices_supervision(struct county *c, struct error *e) WARN_UNUSED;
enum err supervision_campaign(struct county *c, struct error *e) WARN_UNUSED;
enum err supervision_moves(struct county *c, struct error *e) WARN_UNUSED;
// Inspections of records, and the stock: supervision/stock-sent.csv for heng ledger post,
// stock-arrived.csv (what arrived of which entry) for heng ledger confirm, then
// stock-used.csv for heng ledger post.
enum err supervision_signals(struct county *c, struct error *e) WARN_UNUSED;

// The last day of the licence for maternal and child techniques; DATE_NONE: it was
// renewed before the campaign.
int32_t supervision_maternal_end(const struct county *c, size_t facility);

// The n-th file (from 0), in the order of importing; false past the last. day: on which
// it came in; DATE_NONE: on the last.
bool supervision_file(const struct county *c, size_t n, const char **register_name,
                      char file[64], int32_t *day);

#endif
