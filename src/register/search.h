// SPDX-License-Identifier: AGPL-3.0-or-later
// Full-text search over the names and texts of rows.
#ifndef REGISTER_SEARCH_H
#define REGISTER_SEARCH_H

#include "register/county.h"

// What the index of a register is to be asked for (a MATCH of "heng_search_<register>"),
// .p NULL: nothing can match. *indexed: share of the register that the index knows.
enum err search_match(struct county *c, const struct reg *r, struct conn *conn,
                      struct str words, struct arena *a, struct str *match,
                      double *indexed, struct error *e) WARN_UNUSED;

#endif
