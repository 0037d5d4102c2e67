// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/findings.h"

#include <pthread.h>
#include <string.h>

// --- the checks, with what people have explained

struct explain_finding findings_explained(const struct finding *f, int32_t root)
{
    return (struct explain_finding){.check = f->check,
                                    .reg = f->reg,
                                    .area = f->area,
                                    .facility = f->facility,
                                    .root = root,
                                    .period = f->period,
                                    .figures = {f->figures[0], f->figures[1]}};
}

static enum err look_up(const struct measure *m, struct arena *a, int32_t root,
                        struct conn *conn, struct explained_findings *x, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < x->found.n; i++) {
        const struct finding *f = &x->found.list[i];
        struct explain_finding about = findings_explained(f, root);
        x->keys[i] = explain_key(m->county->places, a, &about);
        if (!x->keys[i].p)
            return error_memory(e);
        code = explain_find(conn, x->keys[i], f->figures, a, &x->explanations[i], e);
        if (code)
            return code;
        bool explained = x->explanations[i].state == EXPLAIN_SAME;
        x->counts.explained += explained;
        x->counts.errors += !explained && f->severity == SEVERITY_ERROR;
        x->counts.warnings += !explained && f->severity == SEVERITY_WARNING;
        x->counts.notes += !explained && f->severity == SEVERITY_NOTE;
    }
    return code;
}

enum err findings_run(const struct measure *m, struct arena *a, struct period period,
                      int32_t root, struct str only, struct explained_findings *out,
                      struct error *e)
{
    *out = (struct explained_findings){.counts = {.at = date_now_ms()}, .root = root};
    enum err code = check_run(m, a, period, root, only, &out->found, e);
    if (code)
        return code;
    out->keys = ARENA_ARRAY(a, struct str, out->found.n + 1);
    out->explanations = ARENA_ARRAY(a, struct explanation, out->found.n + 1);
    if (!out->keys || !out->explanations)
        return error_memory(e);
    struct conn *conn;
    code = store_read_begin(m->county->store, &conn, e);
    if (!code)
        code = look_up(m, a, root, conn, out, e);
    store_read_end(conn);
    return code;
}

// --- counts that are kept

enum { MOST_KEPT = 256, TIMES_ITS_COST = 20, LONGEST_MS = 600000 };

struct kept {
    uint64_t scope;
    int64_t root; // id of the area; its index may change
    int32_t first, last;
    int64_t state, cost, used;
    struct findings_counts counts;
};

struct findings_cache {
    pthread_mutex_t lock;
    int64_t clock;
    size_t n;
    struct kept list[MOST_KEPT];
};

enum err findings_cache_open(struct findings_cache **out, struct error *e)
{
    struct findings_cache *c = mem_alloc(1, sizeof *c);
    *out = c;
    if (!c)
        return error_memory(e);
    pthread_mutex_init(&c->lock, NULL);
    return ERR_OK;
}

void findings_cache_close(struct findings_cache *c)
{
    if (!c)
        return;
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

static int64_t root_id(const struct measure *m, int32_t root)
{
    return root < 0 ? 0 : m->county->places->areas[root].id;
}

static struct kept *find(struct findings_cache *c, const struct measure *m,
                         struct period period, int32_t root)
{
    uint64_t scope = access_scope(m->who);
    for (size_t i = 0; i < c->n; i++) {
        struct kept *k = &c->list[i];
        if (k->scope == scope && k->root == root_id(m, root) &&
            k->first == period.first && k->last == period.last)
            return k;
    }
    return NULL;
}

bool findings_known(struct findings_cache *c, const struct measure *m,
                    struct period period, int32_t root, int64_t state,
                    struct findings_counts *out)
{
    pthread_mutex_lock(&c->lock);
    struct kept *k = find(c, m, period, root);
    bool known = false;
    if (k) {
        int64_t age = date_now_ms() - k->counts.at;
        known = k->state == state ||
                (age >= 0 && age <= k->cost * TIMES_ITS_COST && age <= LONGEST_MS);
        k->used = ++c->clock;
        *out = known ? k->counts : *out;
    }
    pthread_mutex_unlock(&c->lock);
    return known;
}

static struct kept *place_for(struct findings_cache *c)
{
    if (c->n < MOST_KEPT)
        return &c->list[c->n++];
    struct kept *oldest = c->list;
    for (size_t i = 1; i < c->n; i++)
        if (c->list[i].used < oldest->used)
            oldest = &c->list[i];
    return oldest;
}

void findings_keep(struct findings_cache *c, const struct measure *m,
                   struct period period, int32_t root, int64_t state, int64_t cost,
                   const struct findings_counts *counts)
{
    pthread_mutex_lock(&c->lock);
    struct kept *k = find(c, m, period, root);
    if (!k)
        k = place_for(c);
    *k = (struct kept){.scope = access_scope(m->who),
                       .first = period.first,
                       .last = period.last,
                       .root = root_id(m, root),
                       .state = state,
                       .cost = cost,
                       .used = ++c->clock,
                       .counts = *counts};
    pthread_mutex_unlock(&c->lock);
}

void findings_forget(struct findings_cache *c)
{
    pthread_mutex_lock(&c->lock);
    c->n = 0;
    pthread_mutex_unlock(&c->lock);
}
