// SPDX-License-Identifier: AGPL-3.0-or-later
// A file of births counted and judged: the whole, each level of areas, orders, periods.
// What `heng srb` writes as CSV, JSON and a page (srb_doc.h) is made from it.
//
// Plain data in the caller's arena; one thread. Whatever is judged is an area, an order
// or a period, never a person. An area with fewer births than could tell 115 from 105 is
// never ranked by its ratio: such areas stand by name, behind those that can be told
// from the reference and those with births enough.
#ifndef STUDY_SRB_STUDY_H
#define STUDY_SRB_STUDY_H

#include "base/frame.h"
#include "stats/srb.h"

enum { SRB_MAX_LEVELS = 8, SRB_MAX_ORDERS = 60 };

struct srb_input {
    size_t n; // rows
    const int64_t *boys, *girls;
    const struct frame_groups *areas[SRB_MAX_LEVELS]; // of the rows, outermost first
    struct str area_columns[SRB_MAX_LEVELS];
    size_t n_levels;
    const struct frame_groups *orders, *periods; // sorted; NULL: none
    struct srb_reference reference;
    double level;                    // of intervals, .95
    double found_below;              // false discovery rate of findings, .05
    struct str compare_a, compare_b; // areas or periods; empty: first and last period
};

struct srb_row { // an area, an order, a period, or all
    struct str name;
    uint32_t group; // its number among the groups of the input
    double boys, girls, ratio;
    struct interval wilson, jeffreys, exact;
    double above; // probability of being above the reference
    struct srb_p p;
    double q; // two-sided, among its kind
    struct srb_missing missing;
    bool enough;       // births to tell 115 from 105
    double detectable; // the smallest ratio that so many births would find, 80 %
    struct srb_standard standard; // NaN without orders
};

struct srb_level {
    struct str column; // its heading in the file
    struct srb_row *rows;
    size_t n;
    uint32_t *row_of; // of each group of the input
    struct srb_spread spread;
    size_t high, low;        // found at the false discovery rate
    size_t small;            // rows with too few births to be ranked
    size_t tested;           // rows with births
    size_t p_below_05;       // their number; chance alone gives about tested / 20
    double usual_births;     // of the area in the middle
    double usual_detectable; // the smallest ratio that it would be found with
};

struct srb_change { // b to a
    struct str a, b;
    double boys[2], girls[2]; // of a and b
    struct srb_difference difference;
    struct srb_decomposition parts; // NaN without orders
};

struct srb_study {
    struct srb_reference reference;
    double level, found_below, enough; // births
    struct srb_row all;
    struct srb_level levels[SRB_MAX_LEVELS];
    size_t n_levels;
    struct srb_row *orders, *periods;
    size_t n_orders, n_periods;
    struct srb_level cross; // innermost areas by order; n 0 without either
    bool has_change;
    struct srb_change change;
};

// ERR_INPUT: no births at all, only one sex, too many orders; ERR_LIMIT: sums beyond
// 2^53; ERR_NOT_FOUND: what is to be compared is neither area nor period; ERR_MEMORY.
// O(rows + areas log areas).
enum err srb_study_make(struct srb_study *out, const struct srb_input *input,
                        struct arena *a, struct error *e) WARN_UNUSED;

// Can this row be told from the reference, at the false discovery rate: 1 above, -1
// below, 0 no.
int srb_study_finding(const struct srb_study *s, const struct srb_row *row);

#endif
