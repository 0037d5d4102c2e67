// SPDX-License-Identifier: AGPL-3.0-or-later
// What the reading half (import_read.c) and the saving half (import.c) of an import
// share: batches of validated rows that go from one to the other.
#ifndef REGISTER_IMPORT_PRIVATE_H
#define REGISTER_IMPORT_PRIVATE_H

#include <pthread.h>

#include "pack/expr.h"
#include "register/datum.h"
#include "register/import.h"

enum { BATCH_ROWS = EXPR_BLOCK, BATCHES = 4 };

struct import_batch {
    struct arena arena;    // texts of the values
    struct datum *values;  // BATCH_ROWS x reg->n_fields
    uint64_t *row_numbers; // of the file
    uint64_t *fingerprints;
    bool *warned; // a rule gave a warning
    bool *keyed;  // the fingerprint is of the key, see import_fingerprint
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
    int source;        // index into reg->sources, -1
    struct queue queue;
    struct table *table;
    struct import_reader *reader;
};

enum err import_reader_open(struct importer *m, struct error *e)
    WARN_UNUSED; // opens the file, makes the mapping
void *import_reader_thread(void *importer);
// Flushes and renames the rejects file when there is one. Before the commit, so that a
// crash between the two leaves a rejects file too many, never one too few.
enum err import_reader_keep_rejects(struct importer *m, struct error *e) WARN_UNUSED;
void import_reader_close(struct importer *m);

// Content: 64 bits over source and all fields. Keyed: the key's hash above, the content's
// hash below, 32 bits each; so one index finds a key, and an unchanged content is seen
// without a look at the columns.
uint64_t import_fingerprint(const struct county *c, const struct reg *r,
                            const struct datum *values, bool *keyed, uint64_t *key_hash);

#endif
