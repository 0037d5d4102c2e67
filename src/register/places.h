// SPDX-License-Identifier: AGPL-3.0-or-later
// The tree of areas and the list of facilities, in memory: what rows point to. Read from
// the tables of the registers of kind areas and facilities; immutable afterwards, so many
// threads may read it.
//
// Areas stand in the order of a walk down the tree (parent before child), so that the
// subtree of area i is the indices i .. last[i]. An index is good for one struct places;
// ids are good for ever.
#ifndef REGISTER_PLACES_H
#define REGISTER_PLACES_H

#include "pack/expr.h"
#include "store/store.h"

struct area {
    int64_t id;
    struct str code, name, name_en;
    int level;                    // index into pack->levels
    int32_t parent;               // index, -1 at the top
    int32_t last;                 // last index of the subtree
    int32_t valid_from, valid_to; // DATE_NONE: open
    struct str successor;         // code, may be empty
};

struct facility {
    int64_t id;
    struct str code, name, name_en, kind; // kind: code value
    int32_t area;                         // index, -1: none
    int32_t valid_from, valid_to;
};

struct places {
    const struct pack *pack;
    struct area *areas;
    size_t n_areas;
    struct facility *facilities;
    size_t n_facilities;
    // for lookup() in expressions: codes, numbers and dates of the two registers, by
    // field index and in the order of the indices above; absent for texts
    struct column *area_columns, *facility_columns;
    struct place_table *by_text; // private: names and codes to indices
    struct place_ids *by_id;     // private
};
// Everything is in the arena; the pack must outlive it. O(n log n).
enum err places_load(struct arena *a, const struct pack *p, struct conn *c,
                     struct places **out, struct error *e) WARN_UNUSED;

// Both O(log n).
int32_t places_area_index(const struct places *p, int64_t id);     // -1: none
int32_t places_facility_index(const struct places *p, int64_t id); // -1: none
int32_t places_area_by_code(const struct places *p, struct str code);
bool places_within(const struct places *p, int32_t area,
                   int32_t root); // root -1: everywhere
bool area_valid_on(const struct area *a, int32_t day);
// As a reader of the language is told; the Chinese name where there is no English one.
struct str area_name(const struct area *a, bool zh);
struct str facility_name(const struct facility *f, bool zh);
// The ancestor (or itself) at a level; -1 when there is none.
int32_t places_at_level(const struct places *p, int32_t area, int level);

// The area meant by a cell: official code, name (zh or en, where only one area has it),
// or names from above joined ("Township/Village", spaces allowed). level -1: any. `on` is
// the row's day (DATE_NONE: not checked): an area that was not there on that day is
// refused, and its successor named. On failure e->text says which, e->cure what to do;
// e->where is left for the caller. An unknown name that is
// a slip away from just one name is told so; it is not taken for it.
enum err places_find_area(const struct places *p, struct str text, int level, int32_t on,
                          int32_t *out, struct error *e) WARN_UNUSED;
// The same for a facility, by code or name. near: an area index, or -1. Among facilities
// of one name, that of the smallest area around it is meant.
enum err places_find_facility(const struct places *p, struct str text, int32_t near,
                              int32_t on, int32_t *out, struct error *e) WARN_UNUSED;

#endif
