// SPDX-License-Identifier: AGPL-3.0-or-later
// Audits of registers by sample, kept in the county: a facility's own record book is
// numbered lines 1 to N; a plan says how many to look at (stats/sample.h) and a seed
// which; people count those that are wrong; the verdict follows. No line's content and no
// patient is ever stored, only line numbers by way of the seed, and counts.
//
// A register holds audits when it has the fields facility, book, size, p0, p1, alpha,
// beta, n, d, seed, looked_at, wrong and verdict (code: accepted, refused) and a date;
// low, high and chance (of the error) are filled in where it has them. Its whole numbers
// whose names begin with wrong_ count what was wrong by kind: a record may be wrong in
// several ways and is once in `wrong`. Verdict, interval and error are worked out again
// each time an audit is read, so what stands in the row cannot say anything else.
//
// Rights as for any row. In the arena; any thread.
#ifndef STUDY_REGISTER_AUDIT_H
#define STUDY_REGISTER_AUDIT_H

#include "register/row.h"
#include "register/row_list.h"
#include "stats/sample.h"

enum { REGISTER_AUDIT_KINDS = 16, REGISTER_AUDIT_MOST = 10000 }; // lines to look at

struct register_audit_new {
    struct str facility, book; // facility: code
    int64_t size;
    double p0, p1, alpha, beta;
    uint64_t seed; // at most 2^53, so that every program can read it
    int32_t on;    // day
};

struct register_audit_kind {
    const struct field *field;
    int64_t wrong; // -1: not counted
};

struct register_audit {
    int64_t id, version;
    int32_t facility; // index in places, -1
    struct str book;
    int32_t on;
    int64_t size;
    double p0, p1, alpha, beta; // as asked for
    struct sample_plan plan;    // n and d of the row, errors as they are
    uint64_t seed;
    int64_t *lines; // plan.n, from 1, rising
    struct register_audit_kind kinds[REGISTER_AUDIT_KINDS];
    size_t n_kinds;
    bool judged;
    int64_t looked_at, wrong;
    struct sample_verdict verdict;
};

// Whether the register holds audits.
bool register_audit_is(const struct reg *r);

// A new row with its plan. ERR_INPUT: numbers, or a book so small that all of it must be
// read; else as row_create.
enum err register_audit_plan(struct county *c, const struct access *who,
                             const struct reg *r, const struct register_audit_new *audit,
                             struct arena *a, int64_t *id, struct error *e) WARN_UNUSED;

// ERR_NOT_FOUND: no such row, or outside of the caller's areas, or no register of audits.
// ERR_INPUT: the row's numbers cannot be (someone typed them).
enum err register_audit_get(struct county *c, const struct access *who,
                            const struct reg *r, int64_t id, struct arena *a,
                            struct register_audit *out, struct error *e) WARN_UNUSED;

// Saves what was counted, and the verdict. counts: fields wrong_* and their numbers.
// ERR_CONFLICT: someone was faster (version; 0: whatever it is).
enum err register_audit_count(struct county *c, const struct access *who,
                              const struct reg *r, int64_t id, int64_t version,
                              int64_t looked_at, int64_t wrong,
                              const struct row_change *counts, size_t n_counts,
                              struct arena *a, struct error *e) WARN_UNUSED;

#endif
