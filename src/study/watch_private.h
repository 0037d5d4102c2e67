// SPDX-License-Identifier: AGPL-3.0-or-later
// Inside of the watch: counts by subject, stratum and stretch of time; one function a
// kind of look; words.
#ifndef STUDY_WATCH_PRIVATE_H
#define STUDY_WATCH_PRIVATE_H

#include "stats/tree_scan.h"
#include "study/watch.h"

enum { WATCH_MAX_STRETCHES = 12, WATCH_DEFAULT_REPLICATIONS = 9999 };

#define WATCH_KEEP_IN_MIND 0.1

// Stretches of time end with the period: stretch i is segments i .. n - 1, oldest first.
struct stretches {
    int32_t first[WATCH_MAX_STRETCHES], last;
    uint32_t n;
    struct period range; // from first[0] to last, of the period's kind
};

struct watching {
    const struct measure *m;
    const struct watch *w;
    struct pool *pool;
    struct arena *a;
    struct watch_run *run;
    struct stretches time;
    uint32_t replications;
    uint64_t seed;
    double reference_share, doubt; // share of the first count; sd of its log odds
    uint32_t n_strata;             // codes and "not recorded"; 1 without strata
    double *stratum_share; // what is expected, by stratum: above the reference share
                           // where the stratum was found raised
    const struct look *area_look; // the first look at areas: what facilities are held
                                  // against
    double *area_shift;           // by area index: log odds found above what was expected
    size_t capacity;              // of run->signals
};

// Counts of two measures over axes, time made into segments:
// [axis 0][axis 1] .. [segment].
struct watch_counts {
    struct figures figures;  // of the first, for its buckets
    size_t n_groups;         // without time
    int64_t *first, *second; // n_groups x segments
};
enum err watch_count(struct watching *x, const struct expr *first,
                     const struct expr *second, const struct axis *axes, size_t n_axes,
                     struct watch_counts *out, struct error *e) WARN_UNUSED;

enum err watch_strata(struct watching *x, const struct look *look, struct watch_look *out,
                      struct error *e) WARN_UNUSED;
enum err watch_areas(struct watching *x, const struct look *look, struct watch_look *out,
                     struct error *e) WARN_UNUSED;
enum err watch_facilities(struct watching *x, const struct look *look,
                          struct watch_look *out, struct error *e) WARN_UNUSED;
enum err watch_contrast(struct watching *x, const struct look *look,
                        struct watch_look *out, struct error *e) WARN_UNUSED;
enum err watch_round(struct watching *x, const struct look *look, struct watch_look *out,
                     struct error *e) WARN_UNUSED;
enum err watch_even(struct watching *x, const struct look *look, struct watch_look *out,
                    struct error *e) WARN_UNUSED;
enum err watch_rows(struct watching *x, const struct look *look, struct watch_look *out,
                    struct error *e) WARN_UNUSED;
enum err watch_ledger(struct watching *x, const struct look *look, struct watch_look *out,
                      struct error *e) WARN_UNUSED;
enum err watch_smooth(struct watching *x, struct error *e) WARN_UNUSED;

// Adds a signal when its p is small enough, and writes its words.
enum err watch_signal(struct watching *x, struct watch_look *look,
                      const struct watch_signal *signal, struct error *e) WARN_UNUSED;
enum err watch_words(struct watching *x, const struct watch_look *look,
                     struct watch_signal *signal, struct error *e) WARN_UNUSED;
enum err watch_suppressed(struct error *e) WARN_UNUSED;
// 1 - (1 - p)^n without loss: n tests of which the least is p.
double watch_least_of(double p, size_t n);

#endif
