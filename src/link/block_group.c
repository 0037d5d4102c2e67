// SPDX-License-Identifier: AGPL-3.0-or-later
// Gathers ids by key. Keys are scattered into parts by their highest bits, in the order
// of ids (so that the number of threads does not matter); a part is small enough for the
// cache, where a hash table finds its groups. When there are too many keys for the memory
// set aside, several passes take some of the parts each.
#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "link/block_private.h"

enum {
    KEYS_OF_PART = 2048,
    MOST_PARTS = 4096,
    KEYS_OF_PASS = 4 << 20, // 64 MiB
    IDS_OF_LANE = 8192,
    FIRST_SLOTS = 2048,
    MARKS = 16384 // bits of a key that tell whether it may come again: 4 KiB
};

struct cell { // of a key in a part
    uint64_t key;
    uint32_t count, first;
    uint32_t place;  // where its next id goes; when only counting: `count` before source
    uint32_t source; // of its latest id
    uint64_t pairs;
};

struct table {
    uint32_t *slot; // number of a cell + 1; 0: free
    struct cell *cell;
    uint32_t slots, cells, n;
};

struct gathering {
    const struct block_input *in;
    const struct link_view *view; // when counting
    unsigned shift;
    uint32_t parts, first, end; // parts of this pass
    size_t lanes;
    uint64_t *at;    // [lanes][parts]
    uint64_t *null;  // [lanes]
    uint64_t *begin; // [parts + 1] of a part in `entry` and `id`
    uint64_t *total; // [parts] keys
    struct block_entry *entry;
    uint32_t *id;
    uint64_t *key;           // of groups, from begin[part] on; when wanted
    uint64_t room;           // of entry, id and key
    uint32_t *made, *placed; // [parts] groups, ids in them
    uint64_t *pairs, *most;  // [parts] when counting
    struct table *tables;    // [threads]
    unsigned n_tables;
    bool counting;
    atomic_bool no_memory;
};

void block_key_make(struct block_key *k, const struct link_view *v,
                    const unsigned *columns, unsigned n)
{
    *k = (struct block_key){.n = n, .exact = true};
    unsigned used = 0;
    for (unsigned i = 0; i < n; i++) {
        uint32_t values = v->records->columns[v->column[columns[i]]].n_values;
        unsigned bits = values ? 32 - (unsigned)__builtin_clz(values) : 1;
        k->column[i] = columns[i];
        k->shift[i] = (uint8_t)bits;
        used += bits;
        if (used > 64) {
            k->shift[i] = 64;
            k->exact = false;
            used = bits;
        }
    }
}

// ---- the table of a part

static bool table_grow(struct table *t)
{
    uint32_t slots = t->slots ? t->slots * 2 : FIRST_SLOTS, cells = slots / 2;
    uint32_t *slot = mem_alloc(slots, sizeof *slot);
    struct cell *cell = slot ? mem_resize(t->cell, cells, sizeof *cell) : NULL;
    if (!cell) {
        mem_free(slot);
        return false;
    }
    mem_free(t->slot);
    *t = (struct table){slot, cell, slots, cells, t->n};
    for (uint32_t c = 0; c < t->n; c++) {
        uint32_t i = (uint32_t)cell[c].key & (slots - 1);
        while (slot[i])
            i = (i + 1) & (slots - 1);
        slot[i] = c + 1;
    }
    return true;
}

// The cell of a key, made when it is new; NULL when memory is out.
static inline struct cell *table_find(struct table *t, const struct block_input *in,
                                      uint64_t key, uint32_t id)
{
    uint32_t mask = t->slots - 1, i = (uint32_t)key & mask;
    for (; t->slot[i]; i = (i + 1) & mask) {
        struct cell *c = &t->cell[t->slot[i] - 1];
        if (c->key == key && (!in->same || in->same(in->argument, c->first, id)))
            return c;
    }
    if (t->n == t->cells) {
        if (!table_grow(t))
            return NULL;
        mask = t->slots - 1;
        for (i = (uint32_t)key & mask; t->slot[i];)
            i = (i + 1) & mask;
    }
    struct cell *c = &t->cell[t->n++];
    t->slot[i] = t->n;
    *c = (struct cell){.key = key, .first = id, .source = UINT32_MAX};
    return c;
}

static struct table *table_begin(struct gathering *g, unsigned thread)
{
    struct table *t = &g->tables[thread];
    t->n = 0;
    if (t->slots)
        memset(t->slot, 0, t->slots * sizeof *t->slot);
    else if (!table_grow(t))
        return NULL;
    return t;
}

static inline uint64_t key_of(const struct block_entry *x)
{
    return (uint64_t)x->high << 32 | x->low;
}

// Most keys of a part have one id only. Moves up the entries whose key may have another:
// some bits of it come again. Returns how many.
static uint64_t drop_alone(struct block_entry *entry, uint64_t n)
{
    uint64_t once[MARKS / 64] = {0}, again[MARKS / 64] = {0}, kept = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t mark = entry[i].low % MARKS;
        uint64_t bit = (uint64_t)1 << mark % 64;
        again[mark / 64] |= once[mark / 64] & bit;
        once[mark / 64] |= bit;
    }
    for (uint64_t i = 0; i < n; i++) {
        uint32_t mark = entry[i].low % MARKS;
        entry[kept] = entry[i];
        kept += again[mark / 64] >> mark % 64 & 1;
    }
    return kept;
}

// Leaves the part's groups in place of its entries: low is the first place in `id`, high
// the size.
static void group_part(void *argument, size_t index, unsigned thread)
{
    struct gathering *g = argument;
    uint32_t part = g->first + (uint32_t)index;
    struct block_entry *entry = g->entry + g->begin[part];
    uint64_t n = g->begin[part + 1] - g->begin[part];
    if (g->in->least > 1)
        n = drop_alone(entry, n);
    g->made[part] = g->placed[part] = 0;
    struct table *t = n ? table_begin(g, thread) : NULL;
    if (!n)
        return;
    if (!t) {
        g->no_memory = true;
        return;
    }
    for (uint64_t i = 0; i < n; i++) {
        struct cell *c = table_find(t, g->in, key_of(&entry[i]), entry[i].id);
        if (!c) {
            g->no_memory = true;
            return;
        }
        c->count++;
        entry[i].low = (uint32_t)(c - t->cell);
    }
    uint32_t at = 0, *id = g->id + g->begin[part];
    for (uint32_t i = 0; i < t->n; i++) {
        struct cell *c = &t->cell[i];
        bool kept = c->count >= g->in->least;
        c->place = kept ? at : UINT32_MAX;
        at += kept ? c->count : 0;
    }
    for (uint64_t i = 0; i < n; i++) {
        struct cell *c = &t->cell[entry[i].low];
        if (c->place != UINT32_MAX)
            id[c->place++] = entry[i].id;
    }
    uint32_t made = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        const struct cell *c = &t->cell[i];
        if (c->count < g->in->least)
            continue;
        if (g->key)
            g->key[g->begin[part] + made] = c->key;
        entry[made++] =
            (struct block_entry){.low = c->place - c->count, .high = c->count};
    }
    g->made[part] = made;
    g->placed[part] = at;
}

// Ids come in ascending order, so that records of one source come together.
static void count_part(void *argument, size_t index, unsigned thread)
{
    struct gathering *g = argument;
    uint32_t part = g->first + (uint32_t)index;
    const struct block_entry *entry = g->entry + g->begin[part];
    uint64_t n = g->begin[part + 1] - g->begin[part], pairs = 0, most = 0;
    struct table *t = table_begin(g, thread);
    if (!t) {
        g->no_memory = true;
        return;
    }
    bool apart = g->view->type == LINK_LINK_ONLY;
    const uint8_t *source = g->view->source;
    for (uint64_t i = 0; i < n; i++) {
        struct cell *c = table_find(t, g->in, key_of(&entry[i]), entry[i].id);
        if (!c) {
            g->no_memory = true;
            return;
        }
        if (!apart) {
            c->place = c->count;
        } else if (c->source != source[entry[i].id]) {
            c->place = c->count;
            c->source = source[entry[i].id];
        }
        c->pairs += c->place;
        c->count++;
    }
    for (uint32_t i = 0; i < t->n; i++) {
        pairs += t->cell[i].pairs;
        if (t->cell[i].pairs > most)
            most = t->cell[i].pairs;
    }
    g->pairs[part] = pairs;
    g->most[part] = most;
}

// ---- passes

static void emit_lane(void *argument, size_t lane, unsigned thread)
{
    (void)thread;
    struct gathering *g = argument;
    struct block_emit out = {.entry = g->entry,
                             .at = g->at + lane * g->parts,
                             .shift = g->shift,
                             .first = g->first,
                             .end = g->end};
    uint64_t n = g->in->n;
    g->in->emit(g->in->argument, (uint32_t)(n * lane / g->lanes),
                (uint32_t)(n * (lane + 1) / g->lanes), &out);
    if (!g->entry)
        g->null[lane] = out.null;
}

static bool gathering_open(struct gathering *g, const struct block_input *in,
                           struct pool *pool)
{
    *g = (struct gathering){.in = in};
    unsigned bits = 1;
    while ((uint64_t)KEYS_OF_PART << bits < in->expected && 1u << bits < MOST_PARTS)
        bits++;
    g->parts = 1u << bits;
    g->shift = 64 - bits;
    g->n_tables = pool_threads(pool);
    g->lanes = (size_t)g->n_tables * 4;
    if (g->lanes > in->n / IDS_OF_LANE + 1)
        g->lanes = in->n / IDS_OF_LANE + 1;
    g->at = mem_alloc(g->lanes * g->parts, sizeof *g->at);
    g->null = mem_alloc(g->lanes, sizeof *g->null);
    g->begin = mem_alloc(g->parts + 1, sizeof *g->begin);
    g->total = mem_alloc(g->parts, sizeof *g->total);
    g->made = mem_alloc(g->parts, sizeof *g->made);
    g->placed = mem_alloc(g->parts, sizeof *g->placed);
    g->pairs = mem_alloc(g->parts, sizeof *g->pairs);
    g->most = mem_alloc(g->parts, sizeof *g->most);
    g->tables = mem_alloc(g->n_tables, sizeof *g->tables);
    return g->at && g->null && g->begin && g->total && g->made && g->placed && g->pairs &&
           g->most && g->tables;
}

static void gathering_close(struct gathering *g)
{
    for (unsigned i = 0; g->tables && i < g->n_tables; i++) {
        mem_free(g->tables[i].slot);
        mem_free(g->tables[i].cell);
    }
    mem_free(g->at);
    mem_free(g->null);
    mem_free(g->begin);
    mem_free(g->total);
    mem_free(g->made);
    mem_free(g->placed);
    mem_free(g->pairs);
    mem_free(g->most);
    mem_free(g->tables);
    mem_free(g->entry);
    mem_free(g->id);
    mem_free(g->key);
}

static void count_all(struct gathering *g, struct pool *pool)
{
    pool_run(pool, g->lanes, emit_lane, g);
    for (uint32_t part = 0; part < g->parts; part++)
        for (size_t lane = 0; lane < g->lanes; lane++)
            g->total[part] += g->at[lane * g->parts + part];
}

// Chooses the parts from `first` on that fit a pass, and where each lane's keys go.
static enum err next_pass(struct gathering *g, uint32_t first, struct error *e)
{
    uint64_t sum = 0;
    uint32_t end = first;
    while (end < g->parts && (end == first || sum + g->total[end] <= KEYS_OF_PASS)) {
        g->begin[end] = sum;
        for (size_t lane = 0; lane < g->lanes; lane++) {
            uint64_t *at = &g->at[lane * g->parts + end];
            // what lanes emitted in all parts stands in `at` only for the first pass
            uint64_t n = *at;
            *at = sum;
            sum += n;
        }
        end++;
    }
    g->begin[end] = sum;
    g->first = first;
    g->end = end;
    if (sum <= g->room && g->entry)
        return ERR_OK;
    mem_free(g->entry);
    mem_free(g->id);
    mem_free(g->key);
    g->id = NULL;
    g->key = NULL;
    g->room = sum;
    g->entry = mem_resize(NULL, sum + 1, sizeof *g->entry);
    if (g->entry && !g->counting)
        g->id = mem_resize(NULL, sum + 1, sizeof *g->id);
    if (g->id && g->in->keys)
        g->key = mem_resize(NULL, sum + 1, sizeof *g->key);
    bool all = g->entry && (g->counting || (g->id && (g->key || !g->in->keys)));
    return all ? ERR_OK : error_memory(e);
}

// Adds the groups of a pass to the others.
static enum err add_groups(struct gathering *g, struct block_groups *out, struct error *e)
{
    uint64_t made = out->n, placed = out->n_ids;
    for (uint32_t part = g->first; part < g->end; part++) {
        made += g->made[part];
        placed += g->placed[part];
    }
    if (placed > UINT32_MAX)
        return error_set(e, ERR_LIMIT, "link.block.keys", NULL,
                         "A blocking rule files records under more than 4,294,967,295 "
                         "keys that others have too.");
    struct block_run *run = mem_resize(out->run, made + 1, sizeof *run);
    if (!run)
        return error_memory(e);
    out->run = run;
    uint32_t *id = mem_resize(out->id, placed + 1, sizeof *id);
    if (!id)
        return error_memory(e);
    out->id = id;
    if (g->key) {
        uint64_t *key = mem_resize(out->key, made + 1, sizeof *key);
        if (!key)
            return error_memory(e);
        out->key = key;
    }
    for (uint32_t part = g->first; part < g->end; part++) {
        const struct block_entry *entry = g->entry + g->begin[part];
        if (g->key && g->made[part])
            memcpy(out->key + out->n, g->key + g->begin[part],
                   g->made[part] * sizeof *out->key);
        for (uint32_t i = 0; i < g->made[part]; i++)
            out->run[out->n++] =
                (struct block_run){(uint32_t)out->n_ids + entry[i].low, entry[i].high};
        memcpy(out->id + out->n_ids, g->id + g->begin[part],
               g->placed[part] * sizeof *out->id);
        out->n_ids += g->placed[part];
    }
    return ERR_OK;
}

enum err block_group(struct block_groups *out, const struct block_input *in,
                     struct pool *pool, struct error *e)
{
    *out = (struct block_groups){0};
    struct gathering g;
    enum err code = ERR_OK;
    if (!gathering_open(&g, in, pool)) {
        code = error_memory(e);
        goto out;
    }
    count_all(&g, pool);
    for (size_t lane = 0; lane < g.lanes; lane++)
        out->null += g.null[lane];
    for (uint32_t first = 0; first < g.parts; first = g.end) {
        if ((code = next_pass(&g, first, e)))
            goto out;
        pool_run(pool, g.lanes, emit_lane, &g);
        pool_run(pool, g.end - g.first, group_part, &g);
        if (g.no_memory) {
            code = error_memory(e);
            goto out;
        }
        if ((code = add_groups(&g, out, e)))
            goto out;
    }
out:
    gathering_close(&g);
    if (code)
        block_groups_free(out);
    return code;
}

void block_groups_free(struct block_groups *g)
{
    mem_free(g->id);
    mem_free(g->run);
    mem_free(g->key);
    *g = (struct block_groups){0};
}

enum err block_count(const struct link_view *v, const struct block_input *in,
                     struct pool *pool, double *pairs, double *largest, struct error *e)
{
    *pairs = *largest = 0;
    struct gathering g;
    enum err code = ERR_OK;
    if (!gathering_open(&g, in, pool)) {
        code = error_memory(e);
        goto out;
    }
    g.view = v;
    g.counting = true;
    count_all(&g, pool);
    uint64_t sum = 0, most = 0;
    for (uint32_t first = 0; first < g.parts; first = g.end) {
        if ((code = next_pass(&g, first, e)))
            goto out;
        pool_run(pool, g.lanes, emit_lane, &g);
        pool_run(pool, g.end - g.first, count_part, &g);
        if (g.no_memory) {
            code = error_memory(e);
            goto out;
        }
        for (uint32_t part = g.first; part < g.end; part++) {
            sum += g.pairs[part];
            most = g.most[part] > most ? g.most[part] : most;
        }
    }
    *pairs = (double)sum;
    *largest = (double)most;
out:
    gathering_close(&g);
    return code;
}

// ---- records

// Those of r->keep alone.
static void emit_kept(const struct block_records *r, uint32_t from, uint32_t to,
                      struct block_emit *out)
{
    for (uint64_t word = from >> 6; word * 64 < to; word++) {
        uint64_t bits = r->keep[word];
        if (word == from >> 6)
            bits &= UINT64_MAX << (from & 63);
        if (to - word * 64 < 64)
            bits &= ((uint64_t)1 << (to & 63)) - 1;
        for (; bits; bits &= bits - 1) {
            uint32_t i = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
            uint64_t hash;
            if (block_key_of(r->key, link_view_row(r->view, i), &hash))
                block_emit(out, hash, i);
            else
                out->null++;
        }
    }
}

static void emit_records(const void *argument, uint32_t from, uint32_t to,
                         struct block_emit *out)
{
    const struct block_records *r = argument;
    if (r->keep) {
        emit_kept(r, from, to, out);
        return;
    }
    struct block_key key = *r->key;
    struct block_emit emit = *out; // in registers
    const uint32_t *row = link_view_row(r->view, from);
    for (uint32_t i = from; i < to; i++, row += r->view->width) {
        uint64_t hash;
        if (block_key_of(&key, row, &hash))
            block_emit(&emit, hash, i);
        else
            emit.null++;
    }
    *out = emit;
}

static bool same_records(const void *argument, uint32_t a, uint32_t b)
{
    const struct block_records *r = argument;
    return block_key_same(r->key, link_view_row(r->view, a), link_view_row(r->view, b));
}

void block_records_input(struct block_input *in, const struct block_records *r,
                         uint32_t least)
{
    *in = (struct block_input){.emit = emit_records,
                               .same = r->key->exact ? NULL : same_records,
                               .argument = r,
                               .n = r->view->n,
                               .expected = r->view->n,
                               .least = least};
}
