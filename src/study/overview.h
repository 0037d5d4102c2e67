// SPDX-License-Identifier: AGPL-3.0-or-later
// The page Overview of an area and period, computed: the pack's cards (pack/model.h,
// struct pack_overview) with the same period a year earlier, births taken apart, the
// ratio in the areas below, trends, coverage by bands, who reported in time, signals.
//
// Every figure comes through measure with the caller's access, so what is hidden there is
// hidden here; signals are rows and are shown to those who may read their register. What
// the checks found is not part of it, for it takes seconds on a large file: see
// study/findings.h; a card for it is there without a figure.
//
// Everything lives in the arena and points into the pack and the places. One thread.
#ifndef STUDY_OVERVIEW_H
#define STUDY_OVERVIEW_H

#include "measure/due.h"
#include "study/certainty.h"

struct overview_figure { // one card
    enum card_kind kind;
    const struct indicator *indicator; // its valid edition; also of the computed cards,
                                       // with label, unit, interval
    struct figure figure, before;
    struct label certainty;
};

struct overview_births { // by a field of codes
    struct axis axis;
    struct cube_axis buckets;
    const struct figure *boys, *girls, *all, *ratio; // by bucket; all NULL: not counted
    const double *unknown; // of all, neither; NaN: hidden. NULL: not counted
};

struct overview_children { // of the next level
    struct axis axis;
    struct cube_axis buckets;
    const struct indicator *indicator;
    const struct figure *figures, *births; // births NULL: not counted
};

struct overview_trend {
    const struct indicator *indicator;
    struct cube_axis periods; // of the period's kind, from the first that has rows; the
                              // last is the period itself
    const struct figure *figures;
};

struct overview_rate {
    const struct indicator *indicator;
    struct figure figure, before;
    enum coverage_band band;
};

struct overview_reporter {
    int32_t area, facility; // index, the other is -1
};

enum { OVERVIEW_NOT_OWED = -1 }; // beside enum due_state

struct overview_timeliness {
    const struct reg **registers;
    size_t n_registers;
    struct period *periods;
    size_t n_periods; // a year of months (quarters .. where no register is of months)
    struct overview_reporter *reporters;
    size_t n_reporters, n_left_out; // past 300 those with the fewest gaps are left out
    int8_t *states;                 // reporter x period: the worst of the registers
    size_t owed, on_time;           // of the period asked for
};

struct overview_signal {
    const struct reg *reg; // that the watch keeps
    int64_t id;            // its row
    struct label text;
    bool review;
    int32_t area, facility; // index, -1: none
    struct period period;
    int64_t at;         // saved, UTC milliseconds
    struct str finding; // of the review; empty: none yet
};

struct overview {
    struct period period, before;
    int32_t root, area; // area: what root -1 comes to (the one top of the tree), or -1
    struct overview_figure cards[OVERVIEW_MAX_CARDS];
    size_t n_cards;
    struct overview_births *births;     // NULL: the pack has none
    struct overview_children *children; // NULL: there is nothing below
    struct overview_trend *trend;
    size_t n_trend;
    struct overview_rate *coverage;
    size_t n_coverage;
    struct overview_timeliness timeliness;
    struct overview_signal *signals;
    size_t n_signals;
};

// ERR_FORBIDDEN: root is not the caller's; ERR_INPUT: the period is a day.
// O(figures x rows of their registers) through the cube.
enum err overview_make(const struct measure *m, struct arena *a, struct period period,
                       int32_t root, struct overview *out, struct error *e) WARN_UNUSED;

// The parts that other pages use.

// Of signals whose `until` lies in the days first to last and whose place is in root, the
// latest first, at most `most`. n 0 where the caller may not read them.
enum err overview_signals(const struct measure *m, struct arena *a, int32_t root,
                          int32_t first, int32_t last, size_t most,
                          struct overview_signal **out, size_t *n,
                          struct error *e) WARN_UNUSED;
enum err overview_timeliness(const struct measure *m, struct arena *a,
                             struct period period, int32_t root,
                             struct overview_timeliness *out,
                             struct error *e) WARN_UNUSED;
// The area that -1 (everywhere) comes to where the tree has one top: the lowest area that
// holds all of them. -1: there are several.
int32_t overview_top(const struct places *p, int32_t root);
// The indicator's edition that holds at the end of the period, or the one given.
const struct indicator *overview_edition(const struct measure *m,
                                         const struct indicator *i, struct period period);

#endif
