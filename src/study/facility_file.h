// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything that supervision holds about a facility (related.h), with what is only known
// elsewhere: its latest self-check beside the latest inspection, and what of stock is
// there. Parts that the caller may not see are not there; parts that the caller may see
// and that have nothing are, with no rows. In the arena; one thread.
#ifndef STUDY_FACILITY_FILE_H
#define STUDY_FACILITY_FILE_H

#include "register/ledger.h"
#include "study/checklist_compare.h"
#include "study/related.h"

struct facility_part { // rows of one register
    const struct reg *reg;
    const struct related_rows *rows; // NULL: none on record
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
    struct related_file related;
    struct facility_part *parts; // in the pack's order
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
