// SPDX-License-Identifier: AGPL-3.0-or-later
// How sure a figure is, in words of both languages: against its reference, its target,
// and the same period a year earlier. Pure functions of figures as measure made them (so
// nothing is said of what is hidden); texts in the arena; safe on any thread.
//
// What is tested, always two-sided at 5 %:
//   ratio against its reference: exact binomial, the reference itself in doubt (srb.h)
//   ratio against a year ago: Wald on the log odds (srb_compare)
//   proportion against a year ago: Newcombe's interval of the difference (interval.h);
//     both as if drawn from what might have happened
//   count of rows against a year ago: given both together, the share of this year's is
//     binomial about its share of the days (exact); it holds for events one by one
// A sum of reported numbers, and a rate without an interval, have no test: the change is
// said, and that its certainty is not known.
#ifndef STUDY_CERTAINTY_H
#define STUDY_CERTAINTY_H

#include "measure/measure.h"

enum certainty_side {
    CERTAINTY_UNKNOWN, // no test, or nothing to compare with
    CERTAINTY_LOWER,
    CERTAINTY_ALIKE, // chance explains the difference
    CERTAINTY_HIGHER,
    CERTAINTY_TOO_FEW // of the reference: alike, and births too few to tell 115 from 105
};

// Births at which a ratio of 115 is told from one of 105 with 80 % power: 3,805. Below
// it no score may be made of a ratio (Charter, 3).
double certainty_enough(void);

// f beside the indicator's reference.
enum certainty_side certainty_reference(const struct indicator *i,
                                        const struct figure *f);
// now beside before; days: how long each period is. *change: now less before in the
// figure's unit, or for a plain count the growth in per cent; NaN where not known.
enum certainty_side certainty_change(const struct indicator *i, const struct figure *now,
                                     const struct figure *before, int32_t days_now,
                                     int32_t days_before, double *change);

enum coverage_band {
    BAND_NONE, // no target, or no figure
    BAND_MET,
    BAND_NEAR, // not met; the interval holds the target, or it is within 5 points of 100
    BAND_FAR
};
enum coverage_band certainty_band(const struct indicator *i, const struct figure *f);

// One sentence without a full stop: "above the reference of 106.3; not distinguishable
// from last year". today: where the period is not over that is said, and counts are not
// compared. before NULL: not asked for. ERR_MEMORY.
enum err certainty_words(struct arena *a, const struct indicator *i,
                         const struct figure *now, const struct figure *before,
                         struct period period, int32_t today, struct label *out,
                         struct error *e) WARN_UNUSED;

#endif
