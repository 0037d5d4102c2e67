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

// --- what is kept

enum { MOST_KEPT = 256, TIMES_ITS_COST = 20, LONGEST_MS = 600000 };
enum { LATELY_MS = 72 * 3600000, MOST_OF_ONE = 256 << 20 };

// All that was found for one question, and who asked it.
struct whole {
    struct findings_held held; // first
    uint64_t scope;
    int64_t root; // as below
    struct period period;
    int64_t state, asked_at;
    unsigned holders; // whoever works on it, waits for it or reads it; and the list
    bool listed, done;
    struct error error; // of the run
    struct access who;
    struct arena arena;
};

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
    pthread_cond_t done; // a run has ended
    size_t n_whole;
    struct whole *whole[FINDINGS_KEPT];
};

enum err findings_cache_open(struct findings_cache **out, struct error *e)
{
    struct findings_cache *c = mem_alloc(1, sizeof *c);
    *out = c;
    if (!c)
        return error_memory(e);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->done, NULL);
    return ERR_OK;
}

void findings_cache_close(struct findings_cache *c)
{
    if (!c)
        return;
    findings_forget(c);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->done);
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

// --- all that was found; up to begin and end with the lock

static void let_go(struct whole *x)
{
    if (--x->holders)
        return;
    arena_free(&x->arena);
    mem_free(x);
}

static void drop(struct findings_cache *c, struct whole *x)
{
    if (!x->listed)
        return;
    size_t i = 0;
    while (c->whole[i] != x)
        i++;
    c->whole[i] = c->whole[--c->n_whole];
    x->listed = false;
    let_go(x);
}

static struct whole *unused_longest(const struct findings_cache *c)
{
    struct whole *oldest = c->whole[0];
    for (size_t i = 1; i < c->n_whole; i++)
        if (c->whole[i]->asked_at < oldest->asked_at)
            oldest = c->whole[i];
    return oldest;
}

static bool are_too_large(const struct findings_cache *c)
{
    size_t bytes = 0;
    for (size_t i = 0; i < c->n_whole; i++)
        bytes += c->whole[i]->done ? c->whole[i]->arena.total : 0;
    return bytes > FINDINGS_BYTES;
}

static struct whole *find_whole(const struct findings_cache *c, const struct measure *m,
                                const struct period *period, int32_t root)
{
    uint64_t scope = access_scope(m->who);
    for (size_t i = 0; i < c->n_whole; i++) {
        struct whole *x = c->whole[i];
        if (x->scope == scope && x->root == root_id(m, root) &&
            strcmp(x->period.id, period->id) == 0)
            return x;
    }
    return NULL;
}

// In the place of the one of an older state, if there is one.
static struct whole *begin(struct findings_cache *c, const struct measure *m,
                           const struct period *period, int32_t root, int64_t state,
                           int64_t asked_at, struct whole *before)
{
    struct whole *x = mem_alloc(1, sizeof *x);
    if (!x)
        return NULL;
    *x = (struct whole){.scope = access_scope(m->who),
                        .root = root_id(m, root),
                        .period = *period,
                        .state = state,
                        .asked_at = asked_at,
                        .holders = 2, // the list's and the caller's
                        .listed = true};
    arena_init(&x->arena, MOST_OF_ONE);
    if (before)
        drop(c, before);
    else if (c->n_whole == FINDINGS_KEPT)
        drop(c, unused_longest(c));
    c->whole[c->n_whole++] = x;
    return x;
}

static void end(struct findings_cache *c, struct whole *x)
{
    x->done = true;
    if (x->error.code)
        drop(c, x);
    while (are_too_large(c))
        drop(c, unused_longest(c));
    pthread_cond_broadcast(&c->done);
}

static bool keep_text(struct arena *a, struct str *text)
{
    if (!text->p)
        return true;
    *text = str_copy(a, *text);
    return text->p != NULL;
}

static bool keep_label(struct arena *a, struct label *label)
{
    return keep_text(a, &label->zh) && keep_text(a, &label->en);
}

static bool keep_finding(struct arena *a, struct finding *f)
{
    int64_t *ids = ARENA_ARRAY(a, int64_t, f->n_ids + 1);
    if (ids && f->n_ids)
        memcpy(ids, f->ids, f->n_ids * sizeof *ids);
    f->ids = ids;
    return ids && keep_label(a, &f->label) && keep_label(a, &f->text) &&
           keep_label(a, &f->cure) && keep_label(a, &f->side_labels[0]) &&
           keep_label(a, &f->side_labels[1]);
}

// What was found, without what it took to find it: kilobytes of megabytes.
static bool keep_findings(struct arena *a, const struct explained_findings *from,
                          struct explained_findings *out)
{
    size_t n = from->found.n;
    *out = *from;
    out->found.list = ARENA_ARRAY(a, struct finding, n + 1);
    out->keys = ARENA_ARRAY(a, struct str, n + 1);
    out->explanations = ARENA_ARRAY(a, struct explanation, n + 1);
    bool kept = out->found.list && out->keys && out->explanations;
    for (size_t i = 0; kept && i < n; i++) {
        struct explanation *why = &out->explanations[i];
        out->found.list[i] = from->found.list[i];
        out->keys[i] = from->keys[i];
        *why = from->explanations[i];
        kept = keep_finding(a, &out->found.list[i]) && keep_text(a, &out->keys[i]) &&
               keep_text(a, &why->text) && keep_text(a, &why->who);
    }
    return kept;
}

static void run(struct findings_cache *c, const struct measure *m, struct whole *x,
                int32_t root)
{
    int64_t started = date_now_ms();
    struct explained_findings *out = &x->held.findings, made;
    struct arena work;
    arena_init(&work, MOST_OF_ONE);
    enum err code = access_copy(m->who, &x->arena, &x->who, &x->error);
    if (!code)
        code = findings_run(m, &work, x->period, root, STR(""), &made, &x->error);
    if (!code && !keep_findings(&x->arena, &made, out))
        code = error_memory(&x->error);
    arena_free(&work);
    if (!code)
        findings_keep(c, m, x->period, root, x->state, date_now_ms() - started,
                      &out->counts);
}

// Asked at that time, by a person or for one who asked then.
static enum err get(struct findings_cache *c, const struct measure *m,
                    const struct period *period, int32_t root, int64_t state,
                    int64_t asked_at, struct whole **out, struct error *e)
{
    pthread_mutex_lock(&c->lock);
    struct whole *x = find_whole(c, m, period, root);
    bool mine = !x || x->state < state;
    if (mine) {
        x = begin(c, m, period, root, state, asked_at, x);
        pthread_mutex_unlock(&c->lock);
        if (!x)
            return error_memory(e);
        run(c, m, x, root);
        pthread_mutex_lock(&c->lock);
        end(c, x);
    } else {
        x->asked_at = asked_at > x->asked_at ? asked_at : x->asked_at;
        x->holders++;
        while (!x->done)
            pthread_cond_wait(&c->done, &c->lock);
    }
    enum err code = x->error.code;
    if (code && e)
        *e = x->error;
    if (code)
        let_go(x);
    *out = code ? NULL : x;
    pthread_mutex_unlock(&c->lock);
    return code;
}

enum err findings_get(struct findings_cache *c, const struct measure *m,
                      struct period period, int32_t root, int64_t state,
                      const struct findings_held **out, struct error *e)
{
    struct whole *x;
    enum err code = get(c, m, &period, root, state, date_now_ms(), &x, e);
    *out = code ? NULL : &x->held;
    return code;
}

void findings_let_go(struct findings_cache *c, const struct findings_held *held)
{
    if (!held)
        return;
    pthread_mutex_lock(&c->lock);
    let_go((struct whole *)held);
    pthread_mutex_unlock(&c->lock);
}

static struct whole *old_one(const struct findings_cache *c, int64_t state)
{
    int64_t since = date_now_ms() - LATELY_MS;
    for (size_t i = 0; i < c->n_whole; i++) {
        struct whole *x = c->whole[i];
        if (x->done && x->state < state && x->asked_at > since)
            return x;
    }
    return NULL;
}

bool findings_are_old(struct findings_cache *c, int64_t state)
{
    pthread_mutex_lock(&c->lock);
    bool are = old_one(c, state) != NULL;
    pthread_mutex_unlock(&c->lock);
    return are;
}

enum err findings_renew(struct findings_cache *c, const struct measure *m, int64_t state,
                        bool *more, struct error *e)
{
    struct whole *fresh = NULL;
    enum err code = ERR_OK;
    pthread_mutex_lock(&c->lock);
    struct whole *x = old_one(c, state);
    int64_t asked_at = x ? x->asked_at : 0;
    if (x)
        x->holders++;
    pthread_mutex_unlock(&c->lock);
    if (x) {
        struct measure of = *m;
        of.who = &x->who;
        int32_t root = x->root ? places_area_index(m->county->places, x->root) : -1;
        if (!x->root || root >= 0)
            code = get(c, &of, &x->period, root, state, asked_at, &fresh, e);
    }
    pthread_mutex_lock(&c->lock);
    if (x) {
        drop(c, x); // also where its area is gone, or the run has failed
        let_go(x);
    }
    if (fresh)
        let_go(fresh);
    *more = old_one(c, state) != NULL;
    pthread_mutex_unlock(&c->lock);
    return code;
}

void findings_forget(struct findings_cache *c)
{
    pthread_mutex_lock(&c->lock);
    c->n = 0;
    while (c->n_whole)
        drop(c, c->whole[0]);
    pthread_mutex_unlock(&c->lock);
}
