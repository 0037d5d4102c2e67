// SPDX-License-Identifier: AGPL-3.0-or-later
// A broken rule of a row in words: the rule's label, the values it looked at, the rule
// itself, and what to do. Pure; inside the register room.
#ifndef REGISTER_RULE_TEXT_H
#define REGISTER_RULE_TEXT_H

#include "register/datum.h"

// Fills text, key and cure of *e; e->where is left empty for the caller. values: NULL
// when the caller may not see the row. field: the one the rule belongs to, NULL when it
// is the register's.
void rule_text(const struct reg *r, const struct rule *rule, const struct field *field,
               const struct datum *values, const struct places *p, struct error *e);

// The same as a page or a report says it in one language: text with what was read, cure
// (may be empty). Copies in the arena; empty when memory is out.
void rule_words(const struct reg *r, const struct rule *rule, const struct datum *values,
                const struct places *p, struct arena *a, struct label *text,
                struct label *cure);

#endif
