// SPDX-License-Identifier: AGPL-3.0-or-later
// What facilities say of themselves beside what inspectors saw: the latest self-check and
// the latest inspection of each facility in a period, item by item. In the arena; one
// thread.
//
// An item of a facility is compared when both were asked it and both answered (yes / no,
// code and int items; "does not apply" is an answer; kappa is not of numbers). `over`:
// the facility said it is well and the inspectors did not: their answer fails and its own
// did not, or both count and its own gives more points. `under` is the other way round;
// what is neither and not the same is `other`. Shares carry Wilson's interval; the items
// of one facility are not independent, so that of all items together counts facilities: n
// is divided by the design effect of a ratio over clusters (Kish 1965, Survey
// Sampling, 6.2), at least 1.
#ifndef STUDY_CHECKLIST_COMPARE_H
#define STUDY_CHECKLIST_COMPARE_H

#include "register/checklist.h"
#include "stats/agreement.h"
#include "stats/interval.h"

struct compare_counts {
    int64_t n, same, over, under, other; // n = same + over + under + other
    struct interval share;               // of same / n, level .95; NaN: n is 0
};

struct compare_item {
    const struct checklist_section *section;
    const struct checklist_item *item;
    struct compare_counts counts;
    struct agreement agreement; // over the item's codes
};

struct compare_facility {
    int32_t facility;
    const struct checklist_visit *self, *inspection; // one may be NULL: nothing compared
    struct compare_counts counts;
};

struct checklist_comparison {
    const struct checklist *checklist;
    int32_t first, last;
    struct compare_item *items; // those that can be compared, in their order
    size_t n_items;
    struct compare_facility *facilities; // with a self-check or an inspection; by place
    size_t n_facilities;
    size_t both, only_self, only_inspection; // facilities
    size_t other_edition;                    // of both: the two are not of one edition
    struct compare_counts all;
    double design_effect;              // of all.share; NaN: fewer than two facilities
    double mean_self, mean_inspection; // mean score of those with both; NaN: none
};

// The same of visits that others have chosen, as checklist_visits gives them; they must
// outlive the comparison. first and last are 0.
enum err checklist_compare_visits(const struct checklist *x,
                                  const struct checklist_visit *list, size_t n,
                                  struct arena *a, struct checklist_comparison *out,
                                  struct error *e) WARN_UNUSED;
// root: area index, -1 everywhere. ERR_FORBIDDEN: the rows are not the caller's.
// O(rows + facilities x items).
enum err checklist_compare(struct county *c, const struct access *who,
                           const struct checklist *x, int32_t first, int32_t last,
                           int32_t root, struct arena *a,
                           struct checklist_comparison *out, struct error *e) WARN_UNUSED;

#endif
