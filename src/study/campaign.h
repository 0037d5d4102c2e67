// SPDX-License-Identifier: AGPL-3.0-or-later
// The dashboard of a campaign, from what the pack says a campaign is (pack/engines.h,
// struct campaign_shape): what every body owes and has done by phase, which gate is shut
// and why, visits, findings by severity and stage, what facilities said of themselves
// beside what inspectors saw, and the targets.
//
// Rows are those that the caller may read; a gate counts all rows, for it is shut or open
// for everyone. Everything is in the arena and points into the pack and the places. One
// thread.
#ifndef STUDY_CAMPAIGN_H
#define STUDY_CAMPAIGN_H

#include "study/checklist_compare.h"
#include "study/rows_about.h"

struct campaign_count {
    size_t owed;  // all
    size_t begun; // neither in the first stage nor in a final one: handed in
    size_t done;  // in a final stage
    size_t late;  // not done, and the deadline of the stage has passed
};

enum campaign_time { CAMPAIGN_PAST, CAMPAIGN_NOW, CAMPAIGN_AHEAD };

struct campaign_phase { // a stage of the campaign's workflow
    const struct stage *stage;
    enum campaign_time time;
    int32_t until; // its last day; DATE_NONE: none
    bool late;     // it is the present one, and its last day has passed
    struct campaign_count count;
};

struct campaign_body { // one that owes something
    struct str key;
    struct label label;
    int32_t area;                  // of its first task; -1: none
    struct campaign_count *phases; // by phase
    struct campaign_count all;
};

struct campaign_task {
    int64_t id;
    size_t body; // index
    int phase;   // index of the stage; -1: none
    int item;    // code of shape->task_item; -1
    int stage;   // of the task's own workflow
    int32_t due; // DATE_NONE
    bool late;
};

struct campaign_gate { // of a move that leads out of the present phase
    const struct move *move;
    bool when; // false: the move is for another kind of campaign; the gate does not count
    const struct move_gate *gate; // NULL: the move has none
    bool open;
    int64_t rows; // in the way; of a gate `some`: there are
};

struct campaign_round { // visits of a team on a day
    struct str team;
    struct label label;
    int32_t on; // DATE_NONE: no day is set
    size_t planned, made, waiting, late;
};

struct campaign_visits {
    size_t planned;    // rows
    size_t made;       // of them, with all photographs
    size_t waiting;    // made, and answers lack the photographs that they ask for
    size_t late;       // not made, and their deadline has passed
    size_t facilities; // that were visited
    int64_t wanted;    // facilities to be visited, as the campaign says; -1: not said
    const struct reg *reg;
    size_t *stages; // by stage of the visits' workflow; NULL: they have none
    struct campaign_round *rounds; // by day, then team
    size_t n_rounds;
};

struct campaign_findings {
    const struct reg *reg; // NULL: the pack has none
    const struct field *severity;
    size_t n_severities, n_stages; // the last severity is "not recorded"
    size_t *counts;                // severity x stage
    size_t n, late;
};

struct campaign_answers { // one checklist
    const struct checklist *checklist;
    // The latest self-check beside the latest inspection of each facility, of the rows
    // that belong to the campaign.
    struct checklist_comparison found;
    size_t n_self, n_inspected, passed; // facilities
};

struct campaign_target {
    const struct indicator *indicator; // the edition that holds
    struct figure figure;
};

struct campaign {
    const struct campaign_shape *shape;
    int64_t id, version;
    struct str number;
    struct label label; // its name
    int32_t area, begins, until;
    int stage; // the present phase
    struct row_about row;
    struct campaign_phase *phases;
    size_t n_phases;
    struct campaign_count tasks; // all of them
    struct campaign_task *task;
    size_t n_tasks;
    struct campaign_body *bodies; // the one with most to do first
    size_t n_bodies;
    struct campaign_gate *gates;
    size_t n_gates;
    struct campaign_visits visits;
    struct campaign_findings findings;
    struct campaign_answers *answers;
    size_t n_answers;
    struct campaign_target *targets;
    size_t n_targets;
};

// ERR_NOT_FOUND: the pack has no campaigns, or none of this number that the caller may
// read. O(rows of the registers it is made of).
enum err campaign_make(const struct measure *m, struct arena *a, struct str number,
                       struct campaign *out, struct error *e) WARN_UNUSED;

#endif
