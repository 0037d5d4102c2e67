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

enum err offices_supervision(struct county *c, struct error *e) WARN_UNUSED;
enum err supervision_campaign(struct county *c, struct error *e) WARN_UNUSED;
enum err supervision_moves(struct county *c, struct error *e) WARN_UNUSED;

// The n-th file (from 0), in the order of importing; false past the last.
bool supervision_file(const struct county *c, size_t n, const char **register_name,
                      char file[64]);

#endif
