// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything that supervision holds about a facility, from the model alone: the rows of
// every register of purpose supervision that stand at it (licences, devices, credentials,
// visits, checklists, findings, cases, signals ...), and of registers without a facility
// those that belong to these (study/rows_about.h; the papers of its cases); with what is
// only known elsewhere: its latest self-check beside the latest inspection, and what of
// stock is there. Nobody's care is in it.
//
// Parts that the caller may not see are not there; parts that the caller may see and that
// have nothing are, with no rows. In the arena; one thread. O(those rows x log rows).
#ifndef STUDY_FACILITY_FILE_H
#define STUDY_FACILITY_FILE_H

#include "register/ledger.h"
#include "study/checklist_compare.h"
#include "study/rows_about.h"

enum { FACILITY_SOON = 60 }; // days

struct facility_standing {
    size_t n;                 // rows
    size_t open, late;        // of a workflow: in no final stage; past their deadline
    size_t running_out, over; // with a last day (rows_about_last_day): within 60 days
                              // from today; before today. Of a workflow only what is not
                              // final
};

struct facility_part { // rows of one register
    struct row_group group;
    struct facility_standing is;
};

struct facility_check {
    const struct checklist *checklist;
    const struct compare_facility *found;
};

struct facility_stock {
    const struct ledger *ledger;
    struct ledger_balance *list;
    size_t n;
};

struct facility_file {
    int32_t facility;             // index
    struct row_about row;         // of the register of facilities; values NULL: not the
                                  // caller's
    struct facility_standing all; // of all parts
    struct facility_part *parts;  // in the pack's order
    size_t n_parts;
    struct facility_check *checks; // of checklists that it has answered
    size_t n_checks;
    struct facility_stock *stocks; // of ledgers that the caller may read
    size_t n_stocks;
};

// code: of the facility. ERR_NOT_FOUND: no such facility, or none that the caller may see
// anything of: one answer.
enum err facility_file_read(const struct measure *m, struct arena *a, struct str code,
                            struct facility_file *out, struct error *e) WARN_UNUSED;

#endif
