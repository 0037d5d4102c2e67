// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of judge.h share: a table with headings, and a world of records.
#ifndef LINK_JUDGE_PRIVATE_H
#define LINK_JUDGE_PRIVATE_H

#include "base/table.h"
#include "link/dictionary.h"
#include "link/judge.h"

enum { JUDGE_NONE = -1 }; // no such column

struct judge_sheet { // a table with headings
    const char *path;
    struct table *table;
    struct str *headings; // in the arena
    int n;
    struct table_row row;             // the last that was read
    const struct judge_options *told; // how far it is; set by the caller, may be NULL
};

enum err judge_sheet_open(struct judge_sheet *s, const char *path, struct arena *a,
                          struct error *e) WARN_UNUSED;
void judge_sheet_close(struct judge_sheet *s);
// The next row that is not blank; false in *more at the end. ERR_INPUT for one that
// cannot be read.
enum err judge_sheet_next(struct judge_sheet *s, bool *more, struct error *e) WARN_UNUSED;
// The first of these headings (letter case does not matter) that is there; a list ends
// with NULL.
int judge_sheet_column(const struct judge_sheet *s, const char *const *names);
int judge_sheet_column_named(const struct judge_sheet *s, struct str name);
struct str judge_sheet_cell(const struct judge_sheet *s,
                            int column); // trimmed; "" when it is short
void judge_sheet_list_headings(const struct judge_sheet *s, struct buf *out);
// "pairs.csv:17 probability", for errors.
const char *judge_sheet_where(const struct judge_sheet *s, int column, char where[256]);

struct judge_world {       // records by their ids
    struct dictionary ids; // record + 1; texts are id, or source, a mark and id
    struct dictionary sources, entities, clusters;
    struct buf key;
    bool by_source; // ids are told apart by source
    bool is_closed; // no record may come to it any more
    uint32_t n, capacity;
    uint32_t *truth;   // entity; UINT32_MAX: not known
    uint32_t *cluster; // UINT32_MAX: in none
    uint8_t *source;   // JUDGE_NO_SOURCE: not known
};

enum { JUDGE_NO_SOURCE = 255, JUDGE_MOST_SOURCES = 255 };

enum err judge_world_open(struct judge_world *w, struct error *e) WARN_UNUSED;
void judge_world_close(struct judge_world *w);
// The record of an id, added when the world is not closed; UINT32_MAX when it is not
// there. id is not empty; source may be, and is told apart only by_source.
enum err judge_world_record(struct judge_world *w, struct str source, struct str id,
                            uint32_t *record, struct error *e) WARN_UNUSED;
enum err judge_world_set_source(struct judge_world *w, uint32_t record, struct str source,
                                struct error *e) WARN_UNUSED; // empty: leaves it as it is
// The same text, the same number, from 0; UINT32_MAX for the empty text.
enum err judge_world_number(struct dictionary *d, struct str text, uint32_t *number,
                            struct error *e) WARN_UNUSED;

#endif
