// SPDX-License-Identifier: AGPL-3.0-or-later
// The pack's rules over rows of values, for an import's batches and for one typed row
// alike. Pure functions of their arguments; inside the register room.
#ifndef REGISTER_RULE_CHECK_H
#define REGISTER_RULE_CHECK_H

#include "pack/expr.h"
#include "register/county.h"
#include "register/datum.h"

enum { RULE_MOST_BROKEN = 40 }; // of one row; further ones are not told

struct rule_broken {
    const struct rule *rule;
    const struct field *field; // that the rule belongs to; NULL: the register's
};

struct rule_findings { // by row, in the order of the fields, then the register's checks
    struct rule_broken (*broken)[RULE_MOST_BROKEN];
    uint8_t *n;
};

// values: n rows (at most EXPR_BLOCK) of r->n_fields. All in the arena. ERR_MEMORY.
enum err rule_check(struct arena *a, const struct county *c, const struct reg *r,
                    const struct datum *values, size_t n, struct expr_scratch *scratch,
                    struct rule_findings *out, struct error *e) WARN_UNUSED;

// Does a condition on rows of r hold of this one (null does not)? values: r->n_fields.
enum err rule_holds(struct arena *a, const struct county *c, const struct reg *r,
                    const struct expr *condition, const struct datum *values, bool *out,
                    struct error *e) WARN_UNUSED;
// The columns that row expressions read, of the fields in `used` (by index): *out for
// expr_select and expr_eval. All in the arena. ERR_MEMORY.
enum err rule_columns(struct arena *a, const struct county *c, const struct reg *r,
                      const struct datum *values, size_t n, const bool *used,
                      struct batch *out, struct error *e) WARN_UNUSED;

#endif
