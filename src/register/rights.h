// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether a place is the caller's: access names roots by id, places knows the tree.
// Pure functions of their arguments, O(grants x log areas).
#ifndef REGISTER_RIGHTS_H
#define REGISTER_RIGHTS_H

#include "access/access.h"
#include "register/places.h"

// May the caller read (write) rows of r that are placed in this area (index; -1: rows
// without an area, which only those see who hold the register everywhere)?
bool rights_row(const struct places *p, const struct access *who, const struct reg *r,
                enum access_want want, int32_t area);
// The same of one row: also by what the caller holds for its facility. id: of a row that
// is there (the register of facilities is of each row's own facility), 0: a new one. Who
// asks this may let in by access_read_some; who knows only an area asks rights_row.
bool rights_of_row(const struct places *p, const struct access *who, const struct reg *r,
                   enum access_want want, int64_t id, int32_t area, int32_t facility);
// May a file of the caller hold a row of r that is placed so (indices; -1: none)?
bool rights_import(const struct places *p, const struct access *who, const struct reg *r,
                   int32_t area, int32_t facility);
// Any row of r, wherever it is.
bool rights_import_all(const struct access *who, const struct reg *r);
// The facilities (indices) whose rows the caller may read (write) wherever they lie;
// those that were struck are left out.
size_t rights_facilities(const struct places *p, const struct access *who,
                         const struct reg *r, enum access_want want,
                         int32_t facilities[ACCESS_MAX_GRANTS]);
// What "" means as an area: the roots of the caller's figures; of one without figures,
// those of their rows, or the areas of their facilities. *everywhere as in access_areas.
size_t rights_home(const struct places *p, const struct access *who,
                   int32_t roots[ACCESS_MAX_GRANTS], bool *everywhere);
// Where a row is placed: its area, else that of its facility (indices; -1: none).
int32_t rights_place(const struct places *p, int32_t area, int32_t facility);
// May the caller do f for this area (-1: everywhere)?
bool rights_function(const struct places *p, const struct access *who,
                     enum access_function f, int32_t area);
// The same roots as indices, for queries; those that were struck are left out.
// *everywhere as in access_areas.
size_t rights_row_roots(const struct places *p, const struct access *who,
                        const struct reg *r, enum access_want want,
                        int32_t roots[ACCESS_MAX_GRANTS], bool *everywhere);
size_t rights_function_roots(const struct places *p, const struct access *who,
                             enum access_function f, int32_t roots[ACCESS_MAX_GRANTS],
                             bool *everywhere);

#endif
