// SPDX-License-Identifier: AGPL-3.0-or-later
// What a rota (rota.h) needs of a county: its open facilities with the last visit and the
// risk of each, from rows.
//
// Visits are the current rows of every checklist's register (pack/engines.h) but
// self-checks. risk adds up, each part said in words: 1 for each signal about the
// facility that opened a review which is not ended (registers that watches keep); 1 for a
// licence that has run out (a field licence_until of the register of facilities), .5 for
// one that does within 60 days; at the last visit .5 for each critical item not met, at
// most 1, and the points that were not reached, as a share. Where a facility lies is no
// risk. Nothing here is about a person.
#ifndef STUDY_ROTA_COUNTY_H
#define STUDY_ROTA_COUNTY_H

#include "measure/measure.h"
#include "study/rota.h"

struct rota_cause { // parts of a facility's risk
    uint32_t signals;
    int32_t licence_until; // DATE_NONE: not known
    double critical;       // items not met at the last visit
    double score;          // of it; NaN: none
    int32_t last;          // day of the last visit; DATE_NONE
};

struct rota_county {
    struct rota_facility *facilities;
    int32_t *places; // of each: index in places
    struct rota_cause *causes;
    size_t n;
    size_t n_checklists; // 0: the pack has none, so no visit is known
};

// Facilities open on `on`, in root (area index, -1: everywhere) and the caller's to read.
// last_team is the first number in the visit's team, from 1. ERR_FORBIDDEN: the caller
// may not read the rows of facilities, or of every checklist. O(rows of the checklists
// and signals).
// kinds: only facilities of these (code values); n_kinds 0: all.
enum err rota_county_read(const struct measure *m, int32_t root, int32_t on,
                          const struct str *kinds, size_t n_kinds, struct arena *a,
                          struct rota_county *out, struct error *e) WARN_UNUSED;

// The parts of the risk in words; empty where there is none. .p NULL: memory is out.
struct str rota_county_risk(const struct rota_cause *cause, int32_t on, struct arena *a,
                            bool zh);

#endif
