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

bool rights_of_row(const struct places *p, const struct access *who, const struct reg *r,
                   enum access_want want, int64_t id, int32_t area, int32_t facility)
{
    int32_t own[ACCESS_MAX_GRANTS];
    if (rights_row(p, who, r, want, rights_place(p, area, facility)))
        return true;
    if (r->kind == REG_FACILITIES)
        facility = id ? places_facility_index(p, id) : -1;
    size_t n = facility < 0 ? 0 : rights_facilities(p, who, r, want, own);
    for (size_t i = 0; i < n; i++)
        if (own[i] == facility)
            return true;
    return false;
}

bool rights_import_all(const struct access *who, const struct reg *r)
{
    int64_t roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    (void)access_areas(who, r, ACCESS_WRITE, roots, &everywhere);
    return everywhere && !access_may(who, ACCESS_IMPORT, NULL);
}

bool rights_import(const struct places *p, const struct access *who, const struct reg *r,
                   int32_t area, int32_t facility)
{
    int64_t ids[ACCESS_MAX_GRANTS];
    size_t n = access_import_facilities(who, r, ids);
    for (size_t i = 0; facility >= 0 && i < n; i++)
        if (ids[i] == p->facilities[facility].id)
            return true;
    return !access_may(who, ACCESS_IMPORT, NULL) &&
           rights_row(p, who, r, ACCESS_WRITE, rights_place(p, area, facility));
}

size_t rights_facilities(const struct places *p, const struct access *who,
                         const struct reg *r, enum access_want want,
                         int32_t facilities[ACCESS_MAX_GRANTS])
{
    int64_t ids[ACCESS_MAX_GRANTS];
    size_t n = access_facilities(who, r, want, ids), k = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t index = places_facility_index(p, ids[i]);
        if (index >= 0)
            facilities[k++] = index;
    }
    return k;
}

size_t rights_home(const struct places *p, const struct access *who,
                   int32_t roots[ACCESS_MAX_GRANTS], bool *everywhere)
{
    const struct pack *pack = p->pack;
    int32_t own[ACCESS_MAX_GRANTS];
    size_t n = rights_function_roots(p, who, ACCESS_FIGURES, roots, everywhere);
    for (size_t i = 0; !*everywhere && !n && i < pack->n_registers; i++)
        n = rights_row_roots(p, who, &pack->registers[i], ACCESS_READ, roots, everywhere);
    if (*everywhere || n || !pack->facilities)
        return n;
    size_t n_own = rights_facilities(p, who, pack->facilities, ACCESS_READ, own);
    for (size_t i = 0; i < n_own; i++) {
        int32_t area = p->facilities[own[i]].area;
        bool again = area < 0;
        for (size_t k = 0; k < n; k++)
            again |= roots[k] == area;
        if (!again)
            roots[n++] = area;
    }
    return n;
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
