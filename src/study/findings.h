// SPDX-License-Identifier: AGPL-3.0-or-later
// What the checks found (measure/check.h) together with what people have explained
// (register/explain.h), and how many findings are open.
//
// Running all checks of a pack takes a tenth of a second on a county of 400,000 people
// and seconds on one with millions of rows, so pages that only show the counts take them
// from a cache: the counts of the same state of the data, or of a state that is at most
// twenty times as old as counting takes. What a caller may see differs, so the scope of
// the access is part of what is asked for.
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

struct findings_cache;
enum err findings_cache_open(struct findings_cache **out, struct error *e) WARN_UNUSED;
void findings_cache_close(struct findings_cache *c); // NULL is fine

// state: grows with every change of what the checks or the explanations depend on. False:
// not known; *out untouched.
bool findings_known(struct findings_cache *c, const struct measure *m,
                    struct period period, int32_t root, int64_t state,
                    struct findings_counts *out);
// After findings_run of all checks that took `cost` milliseconds.
void findings_keep(struct findings_cache *c, const struct measure *m,
                   struct period period, int32_t root, int64_t state, int64_t cost,
                   const struct findings_counts *counts);
// Somebody has explained a finding, and looks at once whether the counts say so.
void findings_forget(struct findings_cache *c);

#endif
