// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of xform share.
#ifndef REGISTER_XFORM_PRIVATE_H
#define REGISTER_XFORM_PRIVATE_H

#include "pack/engines.h"
#include "register/xform.h"

enum xform_list { // of places
    XFORM_OWN_AREAS,
    XFORM_ALL_AREAS,
    XFORM_OWN_FACILITIES,
    XFORM_ALL_FACILITIES
};

struct xform_place {
    struct str code, name;
    struct str level;  // of an area
    struct str within; // code of the area of the grouping level around it; may be ""
};

struct xform_places {
    struct xform_place *list;
    size_t n, groups; // groups: how many different `within`
};

const char *xform_list_name(enum xform_list l); // "areas"
// The list that a field's choices come from.
enum xform_list xform_list_of(const struct xform *x, const struct field *f);
// The level of areas by which long lists are made short: the last but one; -1: none.
int xform_group_level(const struct pack *p);
enum err xform_places(const struct xform *x, enum xform_list which, struct arena *a,
                      struct xform_places *out, struct error *e) WARN_UNUSED;
// All lists that the register's form needs, each once; has must come all false.
enum err xform_all_places(const struct xform *x, struct arena *a,
                          struct xform_places out[XFORM_LISTS], bool has[XFORM_LISTS],
                          struct error *e) WARN_UNUSED;
// A first question for the township is worth asking.
bool xform_is_long(const struct xform_places *p);

// Names of Heng's own fields of a checklist or a workflow.
bool xform_is_set_by_heng(const struct pack *p, const struct reg *r, struct str name);

#endif
