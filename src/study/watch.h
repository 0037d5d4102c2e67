// SPDX-License-Identifier: AGPL-3.0-or-later
// The watch on a county's own rows: what a pack's watch looks at (pack/model.h), with the
// engines of stats, at each level of the tree, by stratum and by facility.
//
// Each look is a family of tests. A p-value is corrected for everything that its look
// looked at (tree_scan.h), so a run in which nothing is wrong raises an alarm of that
// look with at most the chance that the pack accepts. Looks are taken in the pack's
// order: strata that were found raised are left out of the looks at areas, and what
// strata and areas have above the reference is not held against the facilities that serve
// them. Areas and facilities share the accepted chance by their births. Contrasts and
// round values are held against what the other areas and facilities show.
//
// Two kinds of look are at facts and not at chance: rows that should not be there at all
// (double signatures that inspectors found missing), and goods that do not add up (a
// count that differs, a consignment of which other was received than was sent). They are
// of the period alone; all that is found opens a review, and p is 0.
//
// A signal says what is known, with its doubt, and what is not. It is about an area, a
// stratum or a facility, never about a person. Counts come through measure, so access and
// suppression hold. One thread calls; the pool is used inside.
#ifndef STUDY_WATCH_H
#define STUDY_WATCH_H

#include "base/pool.h"
#include "measure/measure.h"

struct watch_signal {
    const struct look *look;
    int32_t area, facility; // index, -1: none
    int32_t stratum;        // code index of the watch's strata; -1: all together
    int32_t first, last;    // days counted
    double counted, of_all; // boys of births; of[0] of both; round values of all
    double expected;        // of counted
    double value, low,
        high;       // the ratio; contrast: how many times the odds; round: per cent
    double against; // what value is held against, on its scale; goods: of counted, those
                    // between two facilities
    double p;       // corrected
    bool review;    // p is at most look->alarm
    struct label text;
};

struct watch_look { // how a look went
    const struct look *look;
    size_t n_subjects; // areas, strata, facilities with anything to look at
    size_t n_windows;  // tests
    double least_p;    // 1 where there was none
    double typical;    // counted at a subject of middle size, over the longest stretch
    double detectable; // value that such a subject must have to be found four times in
                       // five; NaN where that is not said
    size_t n_reviews;
};

struct watch_area { // an area of the first look at areas, over the longest stretch
    int32_t area;
    double of_all, value, low, high;        // as counted
    double smooth, smooth_low, smooth_high; // borrowing from the other areas (latent.h)
    double above; // chance that its ratio is above the reference
};

struct watch_run { // in the arena
    const struct watch *watch;
    struct period period;
    int32_t root, first; // first day of the longest stretch looked at
    double reference, reference_low, reference_high;
    struct watch_signal whole;    // the ratio of the whole in the period; not a signal
    struct watch_signal *signals; // reviews first, then by p
    size_t n_signals, n_reviews;
    struct watch_look *looks;
    size_t n_looks;
    struct watch_area *areas; // in tree order; none where there are fewer than three
    size_t n_areas;
};

struct watch_options {
    uint32_t replications; // 0: 9,999
    uint64_t seed;
};

// Signals are those that open a review, and those with a corrected p of at most 0.1 to be
// kept in mind. ERR_INPUT: a period shorter than a month, or the watch's ratio is
// suppressed for the caller; else as measure_indicator.
enum err watch_run(const struct measure *m, const struct watch *w, struct period period,
                   int32_t root, const struct watch_options *options, struct pool *pool,
                   struct arena *a, struct watch_run *out, struct error *e) WARN_UNUSED;

// Saves the signals as rows of the watch's register, in one transaction. A signal that
// was kept before (the same look, period, stratum, place) is corrected where it changed;
// findings of reviews stay. One that is no longer found stays too, with its text.
struct watch_kept {
    uint64_t added, changed, same;
};
enum err watch_keep(const struct measure *m, const struct watch_run *run, struct arena *a,
                    struct watch_kept *out, struct error *e) WARN_UNUSED;

#endif
