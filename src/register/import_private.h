// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of an import share. The reading half (import_read.c, with
// import_areas.c, import_rules.c, import_keys.c and import_rejects.c) runs on its own
// thread and fills batches of validated rows; the saving half (import.c) takes them on
// the writer's.
#ifndef REGISTER_IMPORT_PRIVATE_H
#define REGISTER_IMPORT_PRIVATE_H

#include <pthread.h>
#include <stdio.h>

#include "pack/expr.h"
#include "register/datum.h"
#include "register/import.h"

enum { BATCH_ROWS = EXPR_BLOCK, BATCHES = 4 };

struct import_batch {
    struct arena arena;    // texts of the values
    struct datum *values;  // BATCH_ROWS x reg->n_fields
    uint64_t *row_numbers; // of the file
    bool *warned;          // a rule gave a warning
    bool *keyed;           // the fingerprint (a value of the row) is of the key, see
                           // import_fingerprint
    struct str *images;    // for the history; made here, since the saver has more to do
    size_t n;
};

struct queue { // full and empty batches, handed over under one lock
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct import_batch batches[BATCHES];
    size_t filled, taken; // counters; filled - taken batches wait
    bool finished;        // the reader has no more
    bool stopped;         // the saver wants no more
    struct error error;   // of the reader
};

struct importer {
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    const struct import_options *options;
    struct arena *arena;
    struct import_result *out;
    uint64_t repeated; // rows with a key and content that stand in the file twice; of the
                       // reader
    bool tried;        // a dry run came to its end; its error only undoes it
    int source;        // index into reg->sources, -1
    bool limited;      // rows of the register may be others'
    struct queue queue;
    struct table *table;
    struct import_reader *reader;
};

// Content: 64 bits over source and all fields. Keyed: the key's hash above, the content's
// hash below, 32 bits each; so one index finds a key, and an unchanged content is seen
// without a look at the columns. Never 0: that of a row whose import was undone, so that
// no file finds it.
uint64_t import_fingerprint(const struct county *c, const struct reg *r,
                            const struct datum *values, bool *keyed, uint64_t *key_hash);

// Has the row that a fingerprint found (row_sql) the key of these values?
bool import_same_key(const struct county *c, const struct reg *r, struct stmt *found,
                     const struct datum *values);

// --- the reading half

enum { MAX_ROW_PROBLEMS = 40, MAX_PROBLEM_KINDS = 200 };

struct import_row_problem {
    const struct field *field; // NULL: of the whole row
    struct error error;
    bool warning, note;
    // For its words in both languages; they live as long as the row is in hand.
    struct str cell;                      // as it stands in the file
    const struct rule *rule;              // broken, by
    const struct datum *values;           // these
    const struct checklist_problem *said; // by a checklist
};

// Keys seen in this file, each with the content that came with it first.
struct import_seen {
    struct import_seen_entry {
        uint64_t hash; // 0: free
        uint64_t content;
    } * entries;
    size_t n, capacity;
};

enum import_seen_as { SEEN_NEW, SEEN_SAME, SEEN_OTHER, SEEN_NO_MEMORY };

struct import_reader {
    struct importer *m;
    const struct reader **readers; // by column of the file
    struct str *headings;
    size_t n_headings;
    struct table_row ahead; // read already, to see whether the headings go on in it
    bool has_ahead;
    int own_area_column; // of the area field itself, -1
    bool has_levels;     // and columns of its levels beside it
    size_t *order; // columns in the order of reading: date, then area, then the others
    size_t n_order;
    struct expr_scratch *scratch;

    struct import_batch *batch; // being filled
    struct str **cells; // copies by row of the batch, for rejects; in the batch's arena
    size_t *n_cells;
    struct import_row_problem problems[MAX_ROW_PROBLEMS];
    size_t n_problems;

    struct import_seen keys;
    struct buf image;              // of the row in hand
    struct import_seen area_codes; // of a list of areas by level

    int32_t today;
    struct conn *snapshot;     // for fields that refer to rows, and for keys of others
    struct import_seen struck; // keys (upper halves of fingerprints) of rows that are
    struct stmt *find;   // by fingerprint; NULL: no row may be another's or is struck
    struct datum *found; // the row that it found

    FILE *rejects;
    struct str rejects_path, rejects_temporary;
    bool rejects_kept, rejects_direct; // direct: to a device or pipe, not renamed
    struct buf line;
    struct arena words; // of the problem in hand
};

static inline struct datum *import_row_values(const struct import_reader *r, size_t i)
{
    return r->batch->values + i * r->m->reg->n_fields;
}

enum err import_reader_open(struct importer *m, struct error *e)
    WARN_UNUSED; // opens the file, makes the mapping
void *import_reader_thread(void *importer);
void import_reader_close(struct importer *m);
// One row of cells: read, checked, put into the batch or rejected.
enum err import_take_cells(struct import_reader *r, uint64_t number,
                           const struct str *cells, size_t n,
                           struct error *e) WARN_UNUSED;

// --- areas by level (import_areas.c)

// The cell of a field that several columns make up (township and village); `own` is the
// cell of the area's own column, where there is one, and stands last. .p NULL when
// memory is out.
struct str import_level_cell(struct import_reader *r, const struct str *cells, size_t n,
                             struct str own);
// Beside columns of the levels above, the area's own column may hold a name that only
// they make clear; a code or a name that is clear by itself stands alone.
struct str import_named_area(struct import_reader *r, const struct str *cells, size_t n,
                             struct str own, const struct datum *values);
// One row of a list of areas with a column a level: a row for every area on the way down
// that is new.
enum err import_take_area_list(struct import_reader *r, const struct table_row *row,
                               struct error *e) WARN_UNUSED;
// Columns beyond the file's own, for the areas that import_take_area_list makes up.
enum err import_add_area_columns(struct import_reader *r, struct error *e) WARN_UNUSED;

// A value that refers to a row which is not there is a problem of the row in hand
// (refers.c). Rows of this file do not count.
enum err import_check_refers(struct import_reader *r, const struct datum *values,
                             struct error *e) WARN_UNUSED;

// --- over a whole batch

// Rows that break a rule leave the batch for the rejects (import_rules.c).
enum err import_apply_rules(struct import_reader *r, struct error *e) WARN_UNUSED;
// Fingerprints, and keys that stand in the file twice: the same content is a repeat and
// falls away; another content is a contradiction that only the sender can solve. And keys
// of rows that are not the caller's, or struck (import_keys.c).
enum err import_apply_keys(struct import_reader *r, struct error *e) WARN_UNUSED;
enum import_seen_as import_seen_add(struct import_seen *s, uint64_t hash,
                                    uint64_t content);
bool import_seen_has(const struct import_seen *s, uint64_t hash);

// --- what is wrong (import_rejects.c)

// A place for one more problem of the row in hand; NULL when there are too many.
struct import_row_problem *import_problem_add(struct import_reader *r,
                                              const struct field *field);
// Counts it, with an example, for the result.
void import_problem_note(struct import_reader *r, uint64_t row,
                         const struct import_row_problem *p);
// Writes the row with all its problems into the rejects file.
enum err import_reject(struct import_reader *r, uint64_t row, const struct str *cells,
                       size_t n_cells, struct error *e) WARN_UNUSED;
enum err import_rejects_prepare(struct import_reader *r, struct error *e) WARN_UNUSED;
// Flushes and renames the rejects file when there is one. Before the commit, so that a
// crash between the two leaves a rejects file too many, never one too few.
enum err import_rejects_keep(struct importer *m, struct error *e) WARN_UNUSED;
// Closes the file; one that was not kept is removed.
void import_rejects_close(struct import_reader *r);

#endif
