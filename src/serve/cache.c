// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/cache.h"

#include <assert.h>
#include <string.h>

struct waiter {
    struct waiter *next;
    void *who;
};

struct cache_entry {
    struct cache_entry *next; // of the bucket
    struct cache_entry *newer, *older;
    uint64_t hash;
    int64_t state;
    unsigned holders;
    bool listed; // in its bucket: can be found
    bool whole;
    struct waiter *waiters;
    struct cache_value value;
    size_t key_n;
    char key[];
};

void cache_open(struct cache *c, size_t most, const struct cache_calls *calls)
{
    *c = (struct cache){.most = most, .calls = calls};
    pthread_mutex_init(&c->lock, NULL);
}

static struct cache_entry **bucket(struct cache *c, uint64_t hash)
{
    return &c->buckets[hash % CACHE_BUCKETS];
}

static void destroy(struct cache *c, struct cache_entry *entry)
{
    if (entry->whole)
        c->calls->release(&entry->value);
    mem_free(entry);
}

// --- the order of use

static void unlink_use(struct cache *c, struct cache_entry *entry)
{
    *(entry->newer ? &entry->newer->older : &c->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &c->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void link_newest(struct cache *c, struct cache_entry *entry)
{
    entry->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = entry;
    c->newest = entry;
}

// Nobody finds it any more; it goes when the last one lets go.
static void drop(struct cache *c, struct cache_entry *entry)
{
    struct cache_entry **at = bucket(c, entry->hash);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    entry->listed = false;
    if (!entry->whole)
        return;
    unlink_use(c, entry);
    c->bytes -= entry->value.bytes;
    c->n--;
    if (--entry->holders == 0) // the cache's own
        destroy(c, entry);
}

static void drop_older_states(struct cache *c, int64_t state)
{
    c->state = state;
    for (size_t i = 0; i < CACHE_BUCKETS; i++)
        for (struct cache_entry *entry = c->buckets[i], *next; entry; entry = next) {
            next = entry->next;
            drop(c, entry);
        }
}

// --- finding

static bool add_waiter(struct cache_entry *entry, void *who)
{
    struct waiter *w = mem_alloc(1, sizeof *w);
    if (!w)
        return false;
    *w = (struct waiter){entry->waiters, who};
    entry->waiters = w;
    return true;
}

static struct cache_entry *add_entry(struct cache *c, struct str key, uint64_t hash)
{
    struct cache_entry *entry = mem_alloc(1, sizeof *entry + key.n);
    if (!entry)
        return NULL;
    entry->hash = hash;
    entry->state = c->state;
    entry->holders = 1; // the maker's
    entry->listed = true;
    entry->key_n = key.n;
    if (key.n)
        memcpy(entry->key, key.p, key.n);
    entry->next = *bucket(c, hash);
    *bucket(c, hash) = entry;
    return entry;
}

enum cache_found cache_find(struct cache *c, struct str key, int64_t state, void *waiter,
                            struct cache_entry **out)
{
    uint64_t hash = str_hash(key, 0);
    enum cache_found found = CACHE_MAKE;
    *out = NULL;
    pthread_mutex_lock(&c->lock);
    if (state > c->state)
        drop_older_states(c, state);
    struct cache_entry *entry = *bucket(c, hash);
    while (entry && !(entry->hash == hash &&
                      str_equal(key, (struct str){entry->key, entry->key_n})))
        entry = entry->next;
    if (state < c->state) {
        c->misses++; // who is that late makes it alone
    } else if (entry && entry->whole) {
        found = CACHE_HIT;
        entry->holders++;
        unlink_use(c, entry);
        link_newest(c, entry);
        *out = entry;
        c->hits++;
    } else if (entry && add_waiter(entry, waiter)) {
        found = CACHE_WAIT;
        c->calls->hold(waiter);
        c->hits++;
    } else {
        c->misses++;
        if (!entry)
            *out = add_entry(c, key, hash);
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

// --- making

static void wake_all(struct cache *c, struct waiter *list, struct cache_entry *found)
{
    while (list) {
        struct waiter *next = list->next;
        c->calls->wake(list->who, found);
        mem_free(list);
        list = next;
    }
}

void cache_fill(struct cache *c, struct cache_entry *entry, struct cache_value value)
{
    pthread_mutex_lock(&c->lock);
    assert(!entry->whole);
    entry->value = value;
    entry->whole = true;
    struct waiter *waiters = entry->waiters;
    entry->waiters = NULL;
    for (struct waiter *w = waiters; w; w = w->next)
        entry->holders++;
    if (entry->listed) { // else the state has moved on: for those who waited only
        entry->holders++;
        link_newest(c, entry);
        c->bytes += value.bytes;
        c->n++;
        while (c->bytes > c->most && c->oldest)
            drop(c, c->oldest);
    }
    pthread_mutex_unlock(&c->lock);
    wake_all(c, waiters, entry);
}

void cache_give_up(struct cache *c, struct cache_entry *entry)
{
    pthread_mutex_lock(&c->lock);
    if (entry->listed)
        drop(c, entry);
    struct waiter *waiters = entry->waiters;
    mem_free(entry);
    pthread_mutex_unlock(&c->lock);
    wake_all(c, waiters, NULL);
}

void cache_let_go(struct cache *c, struct cache_entry *entry)
{
    if (!entry)
        return;
    pthread_mutex_lock(&c->lock);
    if (--entry->holders == 0)
        destroy(c, entry);
    pthread_mutex_unlock(&c->lock);
}

const struct cache_value *cache_value(const struct cache_entry *entry)
{
    return &entry->value;
}

void cache_figures(struct cache *c, struct cache_figures *out)
{
    pthread_mutex_lock(&c->lock);
    *out = (struct cache_figures){c->n, c->bytes, c->hits, c->misses};
    pthread_mutex_unlock(&c->lock);
}

void cache_close(struct cache *c)
{
    while (c->oldest)
        drop(c, c->oldest);
    pthread_mutex_destroy(&c->lock);
}
