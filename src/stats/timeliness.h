// SPDX-License-Identifier: AGPL-3.0-or-later
// Do boys and girls reach the register at the same pace? A sex ratio may be high, or look
// normal, only because one sex is registered later, twice, or by fewer sources.
//
// Pure; arrays are the caller's. Late registration has many causes (distance, fees, a
// clinic that sends its list in January); the figures say where to look.
//
// Sources: differences of shares: Newcombe 1998, method 10; log-rank: Mantel 1966; ratio
// of pace: Peto, exp((O - E) / V); medians: Kaplan and Meier 1958; odds ratio: Woolf
// 1955 with 1/2 added where a cell is empty; p of a fourfold table: Fisher's exact, or
// chi-square where all expected numbers are at least 50.
#ifndef STATS_TIMELINESS_H
#define STATS_TIMELINESS_H

#include "base/date.h"
#include "stats/interval.h"

enum { TIMELINESS_BOY, TIMELINESS_GIRL, TIMELINESS_NO_SEX };
enum { TIMELINESS_MOST_DAYS = 8 };

struct timeliness_births {
    size_t n;
    const int32_t *born, *registered; // DATE_NONE: no date; registered: not yet
    const uint8_t *sex;
    int32_t as_of; // the last day that could be known; DATE_NONE: the latest registration
};

struct timeliness_at { // so many days after birth
    int days;
    uint64_t in[2], all[2];        // registered by then, of those followed
    double late[2];                // share not in by then
    struct interval late_range[2]; // Wilson, 95 %
    double difference;             // girls' share late less boys'
    struct interval difference_range;
    double p;     // of no difference
    double ratio; // boys per 100 girls among those that are in
    struct interval ratio_range;
};

struct timeliness {
    uint64_t births[2], unregistered[2];
    uint64_t no_date, no_sex, before_birth; // left out
    int32_t as_of;
    int followed_days; // births that `at` counts were born at least so long before as_of
    struct timeliness_at at[TIMELINESS_MOST_DAYS];
    size_t n_at;  // days that are longer than followed_days are not among them
    double ratio; // of the births followed, late ones too
    struct interval ratio_range;
    double median[2], nine_tenths[2]; // days; NaN: not reached
    double log_rank, p;               // 1 degree of freedom
    double pace; // girls' pace of registration over boys'; below 1: girls come later
    struct interval pace_range;
};

// days: rising, 1 to TIMELINESS_MOST_DAYS of them. Births are followed for the longest of
// them that at least half of all births reach. Where every birth has a registration (a
// file of the register itself) pace and medians use the births followed only, since late
// ones of the rest are not there yet. ERR_INPUT: no birth of one of the sexes, no
// registrations; ERR_MEMORY. O(n + longest delay).
enum err timeliness_run(const struct timeliness_births *births, const int *days,
                        size_t n_days, struct arena *a, struct timeliness *out,
                        struct error *e) WARN_UNUSED;

// Boys and girls of a part (duplicates; births that a source did not report) and of the
// rest. ratio NaN without girls.
struct timeliness_part {
    double ratio[2]; // boys per 100 girls: of the rest, of the part
    struct interval range[2];
    double odds; // ratio of the part over that of the rest
    struct interval odds_range;
    double p;
};
struct timeliness_part timeliness_compare(uint64_t boys_rest, uint64_t girls_rest,
                                          uint64_t boys_part, uint64_t girls_part);

#endif
