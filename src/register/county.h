// SPDX-License-Identifier: AGPL-3.0-or-later
// A county's file of data, open: the store, the pack it was made with, and its places.
//
// county_open reads the pack that the store keeps, so a file explains itself; it takes
// the time to read all areas and facilities. A struct county may be used from many
// threads; county_reload_places must not run while others look at places.
#ifndef REGISTER_COUNTY_H
#define REGISTER_COUNTY_H

#include "access/access.h"
#include "base/id.h"
#include "register/places.h"

// Column slots: how the history knows a column for ever, whatever it is called later.
struct reg_slots {
    const int *slot;     // by field->index; -1: not part of a row's image (id, version,
                         // saved_by, saved_at)
    const size_t *order; // field indices of a row's image, by slot
    size_t n;
};

struct county {
    struct arena arena;
    struct store *store;
    struct pack *pack;
    struct places *places;
    struct arena places_arena;
    struct reg_slots *slots;  // by register, in the pack's order
    struct id_source ids;     // used on the writer thread only
    struct chinese *readings; // likewise, for the search; NULL: not used yet
    // store_data_version at which the index of the search held all of the log; 0: none
    _Atomic int64_t searched;
    _Atomic int search_wanted;     // transactions that the index still follows in
    _Atomic int64_t search_shapes; // of all its indexes (search.c); 0: not looked yet
};

// Makes the file from a pack's folder. ERR_CONFLICT when path is there already (it stays
// as it is); any other failure leaves no file behind.
enum err county_create(const char *path, const char *pack_folder,
                       struct error *e) WARN_UNUSED;
enum err county_open(struct county **out, const char *path, enum store_mode mode,
                     struct error *e) WARN_UNUSED;
void county_close(struct county *c); // NULL is fine
// Reads areas and facilities again, after rows of theirs were written: every index into
// the old ones is void. On an error the old ones stay.
enum err county_reload_places(struct county *c, struct error *e) WARN_UNUSED;
// The same for the pack that the file has now, its columns and places: every pointer into
// the old pack, a cube's too, is void. On an error the old ones stay.
enum err county_reload_pack(struct county *c, struct error *e) WARN_UNUSED;
// The register by name; ERR_NOT_FOUND lists those there are.
enum err county_register(const struct county *c, struct str name, const struct reg **out,
                         struct error *e) WARN_UNUSED;
const struct reg_slots *county_slots(const struct county *c, const struct reg *r);

#endif
