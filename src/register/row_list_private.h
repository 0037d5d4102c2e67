// SPDX-License-Identifier: AGPL-3.0-or-later
// What row_list.c, row_filter.c, row_memory.c and row_count.c share.
#ifndef REGISTER_ROW_LIST_PRIVATE_H
#define REGISTER_ROW_LIST_PRIVATE_H

#include "register/row_scope.h"

struct sql_parts { // conditions, each beginning with " AND ", and what they bind
    struct buf sql;
    struct sql_value *values;
    size_t n, capacity;
    bool no_memory;
};

enum sort_key { SORT_ID, SORT_DATE, SORT_OTHER };

struct row_lister {
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    const struct row_query *query;
    struct arena *arena;
    struct conn *conn;

    struct sql_parts filter; // all but where the row is placed
    struct sql_parts days;   // of these, a range of the register's date, for its index
    bool others;             // of these, some that is no such range
    // where a row must be placed: its area, else the area of its facility
    bool limited;            // not everywhere
    bool *areas;             // by index in places; NULL: all
    struct str area_ids;     // those as a JSON list
    struct str facility_ids; // facilities in them
    struct str own;          // facilities whose rows are the caller's wherever they
                             // lie, as a JSON list; .p NULL: none
    bool asks_area;          // a filter says where rows are to lie:
    bool *asked;             // by index in places
    struct str asked_ids, asked_facilities; // as area_ids, facility_ids
    const struct field *facility; // a filter names facilities, and no area is asked for
    struct str facility_filter;   // their ids as a JSON list
    struct str match;             // of the search; .p NULL: none

    const struct field *sort;
    enum sort_key sorted_by;
    bool down;
    struct str key_sql;
};

// --- conditions (row_filter.c)

void sql_parts_add(struct sql_parts *p, const char *sql);
void sql_parts_value(struct row_lister *l, struct sql_parts *p,
                     const struct sql_value *v);
void sql_parts_int(struct row_lister *l, struct sql_parts *p, int64_t value);
void sql_parts_text(struct row_lister *l, struct sql_parts *p, struct str value);
void sql_parts_more(struct row_lister *l, struct sql_parts *to,
                    const struct sql_parts *more);
void sql_bind(struct stmt *s, int at, const struct sql_value *v);
// Binds from parameter `at`; the one after the last.
int sql_parts_bind(const struct sql_parts *p, struct stmt *s, int at);

// Rights, state and filters of the query into l. ERR_INPUT.
enum err row_filters_read(struct row_lister *l, struct error *e) WARN_UNUSED;

// --- where rows are (row_filter.c)

// Has any area been struck? Rows may still be placed there.
enum err row_areas_struck(const struct pack *p, struct conn *c, bool *any,
                          struct error *e) WARN_UNUSED;

enum row_place {
    ROW_ANYWHERE,
    ROW_IN_AREAS,           // area is one of area_ids
    ROW_IN_FACILITIES,      // no area, facility is one of facility_ids
    ROW_IN_FACILITY_FILTER, // facility is one of facility_filter
    ROW_OF_OWN_FACILITIES   // facility is one of own, and none of the ways by area leads
                            // there
};
enum { ROW_PLACES = 5 };
// The ways by which rows of the query can be reached, together all and each row once; 0:
// there are none.
size_t row_places(const struct row_lister *l, enum row_place out[ROW_PLACES]);
// by_index: the planner may take the place's index.
void row_place_condition(struct row_lister *l, struct sql_parts *p, enum row_place place,
                         bool by_index);

// by_index: asked by id, so that an index alone is read.
void row_state_condition(struct row_lister *l, struct sql_parts *p, bool by_index);

// --- by who has the register in memory (row_memory.c)

struct row_known {
    bool whole; // false: nobody can be asked
    struct row_scope scope;
    struct row_question question;
};

// After the filters were read, and what is searched for. With nobody in memory, and for
// what cannot be asked, out->whole is false.
enum err row_memory_ask(struct row_lister *l, struct row_known *out,
                        struct error *e) WARN_UNUSED;
enum err row_memory_newest(struct row_lister *l, struct row_known *k, int64_t below,
                           size_t most, int64_t *ids, size_t *n, bool *known,
                           struct error *e) WARN_UNUSED;
enum err row_memory_first(struct row_lister *l, struct row_known *k,
                          const struct row_order *order, size_t most,
                          struct row_found *out, size_t *n, bool *known,
                          struct error *e) WARN_UNUSED;
enum err row_memory_count(const struct row_lister *l, const struct row_known *k,
                          struct row_list *out, bool *known, struct error *e) WARN_UNUSED;

// --- counts (row_count.c)

// Of the snapshot that the list is read from. nothing: no row passes.
enum err row_count(struct row_lister *l, bool nothing, struct row_list *out,
                   struct error *e) WARN_UNUSED;

#endif
