// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/rights.h"

static bool within_any(const struct places *p, const int64_t *roots, size_t n,
                       int32_t area)
{
    for (size_t i = 0; area >= 0 && i < n; i++) {
        int32_t root = places_area_index(p, roots[i]);
        if (root >= 0 && places_within(p, area, root))
            return true;
    }
    return false;
}

static size_t as_indices(const struct places *p, const int64_t *ids, size_t n,
                         int32_t roots[ACCESS_MAX_GRANTS])
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t index = places_area_index(p, ids[i]);
        if (index >= 0)
            roots[k++] = index;
    }
    return k;
}

int32_t rights_place(const struct places *p, int32_t area, int32_t facility)
{
    return area >= 0 || facility < 0 ? area : p->facilities[facility].area;
}

bool rights_row(const struct places *p, const struct access *who, const struct reg *r,
                enum access_want want, int32_t area)
{
    int64_t roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    size_t n = access_areas(who, r, want, roots, &everywhere);
    return everywhere || within_any(p, roots, n, area);
}

bool rights_function(const struct places *p, const struct access *who,
                     enum access_function f, int32_t area)
{
    int64_t roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    size_t n = access_function_areas(who, f, roots, &everywhere);
    return everywhere || within_any(p, roots, n, area);
}

size_t rights_row_roots(const struct places *p, const struct access *who,
                        const struct reg *r, enum access_want want,
                        int32_t roots[ACCESS_MAX_GRANTS], bool *everywhere)
{
    int64_t ids[ACCESS_MAX_GRANTS];
    return as_indices(p, ids, access_areas(who, r, want, ids, everywhere), roots);
}

size_t rights_function_roots(const struct places *p, const struct access *who,
                             enum access_function f, int32_t roots[ACCESS_MAX_GRANTS],
                             bool *everywhere)
{
    int64_t ids[ACCESS_MAX_GRANTS];
    return as_indices(p, ids, access_function_areas(who, f, ids, everywhere), roots);
}
