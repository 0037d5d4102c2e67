// SPDX-License-Identifier: AGPL-3.0-or-later
// Text fields that refer to a row of another register by its key: what is entered must be
// the key of a current row. Inside the register room.
#ifndef REGISTER_REFERS_H
#define REGISTER_REFERS_H

#include "register/row_private.h"

// Is there a current row of f->refers with this key? For one who sees its rows of a
// facility alone (who; NULL: not asked), there are no others. By the index of
// fingerprints, O(log rows). Small memory of the arena.
enum err refers_find(struct county *c, struct conn *conn, const struct access *who,
                     const struct field *f, const struct datum *value, struct arena *a,
                     bool *there, struct error *e) WARN_UNUSED;
// Adds a problem to what was typed for each value that refers to no row. old: the row
// that is changed (its values stand), NULL for a new one.
enum err refers_check(struct row_typing *t, struct conn *conn, const struct datum *old,
                      struct error *e) WARN_UNUSED;

#endif
