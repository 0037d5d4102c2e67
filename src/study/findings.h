// SPDX-License-Identifier: AGPL-3.0-or-later
// What the checks found (measure/check.h) together with what people have explained
// (register/explain.h), and how many findings are open.
//
// Running all checks of a pack takes a tenth of a second on a county of 400,000 people
// and seconds on one with millions of rows. So what was found is kept, for each question
// (whose rights, area, period) and state of the data: all pages of an answer are of one
// run, and of several who ask at once one works and the others wait for it. Pages that
// only show the counts take those of the same state, or of a state that is at most twenty
// times as old as counting takes. What was asked lately can be worked out anew
// (findings_renew) before somebody asks again. At most FINDINGS_KEPT questions are kept,
// and FINDINGS_BYTES; the ones not asked for longest go first.
//
// Threads: the cache from any; the rest is pure.
#ifndef STUDY_FINDINGS_H
#define STUDY_FINDINGS_H

#include "measure/check.h"
#include "register/explain.h"

struct findings_counts { // explained ones are counted apart, whatever their severity
    size_t errors, warnings, notes, explained;
    int64_t at; // when they were counted, UTC milliseconds
};

struct explained_findings {
    struct findings found;
    struct str *keys;                 // by finding
    struct explanation *explanations; // by finding
    struct findings_counts counts;
    int32_t root; // as asked for
};

// Runs the checks (only: one of them, empty: all) and looks each finding up. Arguments
// and errors of check_run.
enum err findings_run(const struct measure *m, struct arena *a, struct period period,
                      int32_t root, struct str only, struct explained_findings *out,
                      struct error *e) WARN_UNUSED;

// What an explanation of the finding is kept by.
struct explain_finding findings_explained(const struct finding *f, int32_t root);

enum { FINDINGS_KEPT = 8, FINDINGS_BYTES = 16 << 20 };

struct findings_cache;
enum err findings_cache_open(struct findings_cache **out, struct error *e) WARN_UNUSED;
void findings_cache_close(struct findings_cache *c); // NULL is fine; nothing may be held

// state: grows with every change of what the checks or the explanations depend on, with
// places and the pack among it. What is kept points into those: it is asked for and let
// go while they cannot change.
struct findings_held {
    struct explained_findings findings;
};
// findings_run of all checks, or what it gave before for this state; to be let go.
enum err findings_get(struct findings_cache *c, const struct measure *m,
                      struct period period, int32_t root, int64_t state,
                      const struct findings_held **out, struct error *e) WARN_UNUSED;
void findings_let_go(struct findings_cache *c, const struct findings_held *held); // NULL
// Is there a question of the last three days that was answered for an older state?
bool findings_are_old(struct findings_cache *c, int64_t state);
// Answers one such question for this state; of *m all but who asks is used. *more: it was
// not the last. One that fails is not tried again.
enum err findings_renew(struct findings_cache *c, const struct measure *m, int64_t state,
                        bool *more, struct error *e) WARN_UNUSED;

// How many are open; false: not known; *out untouched.
bool findings_known(struct findings_cache *c, const struct measure *m,
                    struct period period, int32_t root, int64_t state,
                    struct findings_counts *out);
// After findings_run of all checks that took `cost` milliseconds; findings_get does it.
void findings_keep(struct findings_cache *c, const struct measure *m,
                   struct period period, int32_t root, int64_t state, int64_t cost,
                   const struct findings_counts *counts);
// Somebody has explained a finding, and looks at once whether the counts say so; or the
// pack is read again.
void findings_forget(struct findings_cache *c);

#endif
