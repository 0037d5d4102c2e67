// SPDX-License-Identifier: AGPL-3.0-or-later
// Secrets of readers who are signed in.
#include "access/seal.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/memory.h"

struct entry {
    int64_t session, user, used_at;
    unsigned char *secret; // NULL: free
};

struct seal_ring {
    pthread_mutex_t lock;
    struct entry list[SEAL_RING_ENTRIES];
};

enum err seal_ring_open(struct seal_ring **out, struct error *e)
{
    *out = mem_alloc(1, sizeof **out);
    if (!*out)
        return error_memory(e);
    pthread_mutex_init(&(*out)->lock, NULL);
    return ERR_OK;
}

static void clear(struct entry *x)
{
    seal_forget(x->secret);
    *x = (struct entry){0};
}

void seal_ring_close(struct seal_ring *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < SEAL_RING_ENTRIES; i++)
        clear(&r->list[i]);
    pthread_mutex_destroy(&r->lock);
    mem_free(r);
}

void seal_ring_put(struct seal_ring *r, int64_t session, int64_t user,
                   unsigned char *secret, int64_t now)
{
    if (!secret)
        return;
    pthread_mutex_lock(&r->lock);
    struct entry *place = &r->list[0];
    for (size_t i = 0; i < SEAL_RING_ENTRIES; i++) {
        struct entry *x = &r->list[i];
        if (x->secret && x->session == session) {
            place = x;
            break;
        }
        if (!x->secret ? place->secret != NULL
                       : place->secret && x->used_at < place->used_at)
            place = x;
    }
    clear(place);
    *place = (struct entry){session, user, now, secret};
    pthread_mutex_unlock(&r->lock);
}

unsigned char *seal_ring_get(struct seal_ring *r, int64_t session, int64_t now,
                             int64_t idle)
{
    unsigned char *copy = NULL;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < SEAL_RING_ENTRIES; i++) {
        struct entry *x = &r->list[i];
        if (x->secret && now - x->used_at > idle)
            clear(x);
        if (!x->secret || x->session != session)
            continue;
        copy = sodium_malloc(SEAL_SECRET);
        if (copy)
            memcpy(copy, x->secret, SEAL_SECRET);
        x->used_at = now;
    }
    pthread_mutex_unlock(&r->lock);
    return copy;
}

void seal_ring_drop(struct seal_ring *r, int64_t session)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < SEAL_RING_ENTRIES; i++)
        if (r->list[i].session == session)
            clear(&r->list[i]);
    pthread_mutex_unlock(&r->lock);
}

void seal_ring_drop_user(struct seal_ring *r, int64_t user, int64_t but_session)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < SEAL_RING_ENTRIES; i++) {
        struct entry *x = &r->list[i];
        if (x->secret && x->user == user && (!but_session || x->session != but_session))
            clear(x);
    }
    pthread_mutex_unlock(&r->lock);
}
