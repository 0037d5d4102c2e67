// SPDX-License-Identifier: AGPL-3.0-or-later
// Answers that many ask for, kept while the data stay as they are.
//
// An entry is found by its key (scope, address, language) and the state of the data; a
// newer state drops all older entries. Of several who ask for what is not there yet, the
// first makes it and the others are held (single flight): they wait as data, not as
// threads. What an entry holds is the owner's (here: responses of MHD); the cache counts
// its bytes and drops the ones unused longest beyond the maximum. Any thread; all calls
// take O(1) but the first of a new state, O(entries).
#ifndef SERVE_CACHE_H
#define SERVE_CACHE_H

#include <pthread.h>

#include "base/str.h"

struct cache_entry;

enum { CACHE_BUCKETS = 4096 };

struct cache_value {
    void *plain, *packed, *same; // whole; gzip; "not modified"; NULL: there is none
    char etag[48];
    size_t bytes;
};

struct cache_calls {
    void (*hold)(
        void *waiter); // called under the cache's lock, before anyone may wake it
    // found NULL: nothing came of it, make it yourself; else a reference is handed over.
    void (*wake)(void *waiter, struct cache_entry *found);
    void (*release)(struct cache_value *v);
};

struct cache {
    pthread_mutex_t lock;
    const struct cache_calls *calls;
    struct cache_entry *buckets[CACHE_BUCKETS];
    struct cache_entry *newest, *oldest; // by use; whole entries only
    size_t bytes, most, n;
    int64_t state;
    uint64_t hits, misses;
};

enum cache_found {
    CACHE_HIT,  // *out: a reference
    CACHE_WAIT, // the waiter was held; it will be woken
    CACHE_MAKE  // *out: cache_fill or cache_give_up it; NULL: make it for yourself only
};

void cache_open(struct cache *c, size_t most, const struct cache_calls *calls);
void cache_close(struct cache *c); // no references and no makers may be left
enum cache_found cache_find(struct cache *c, struct str key, int64_t state, void *waiter,
                            struct cache_entry **out);
// The maker's reference stays. The value is the cache's from here on.
void cache_fill(struct cache *c, struct cache_entry *entry, struct cache_value value);
void cache_give_up(struct cache *c, struct cache_entry *entry); // and the reference ends
void cache_let_go(struct cache *c, struct cache_entry *entry);  // NULL is fine
const struct cache_value *cache_value(const struct cache_entry *entry);

struct cache_figures {
    size_t answers, bytes;
    uint64_t hits, misses;
};
void cache_figures(struct cache *c, struct cache_figures *out);

#endif
