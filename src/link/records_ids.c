// SPDX-License-Identifier: AGPL-3.0-or-later
// The ids of the records: that each is different in its source, and what is done where
// one is not.
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "link/dictionary.h"
#include "link/records_private.h"

bool records_add_number(struct link_texts *ids, struct text_room *room, uint32_t row)
{
    char digits[16];
    int n = snprintf(digits, sizeof digits, "%" PRIu32, row);
    return link_texts_add(ids, room, (struct str){digits, (size_t)n});
}

// ---- is any empty, or there twice? ----

enum { PARTITION = 256, TABLE = 1024, PARTITIONS_A_TASK = 64 };

struct looking {
    const struct link_records *r;
    uint64_t *hash;   // [n] of each id and its source
    uint64_t *sorted; // [n] by their first bits
    uint32_t *end;    // [n_partitions] of each partition in it
    size_t n_partitions;
    atomic_bool found;
};

static void hash_ids(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct looking *l = argument;
    const struct link_records *r = l->r;
    uint64_t end = (uint64_t)(task + 1) * RECORDS_SLICE;
    if (end > r->n)
        end = r->n;
    unsigned source = 0;
    for (uint64_t i = (uint64_t)task * RECORDS_SLICE; i < end; i++) {
        while (i >= r->sources[source].end)
            source++;
        struct str id = link_texts_at(&r->ids, i);
        if (id.n == 0)
            atomic_store_explicit(&l->found, true, memory_order_relaxed);
        l->hash[i] = str_hash(id, source);
    }
}

// Equal ids have equal hashes, which lie in the same partition.
static bool has_equal(const uint64_t *hash, uint32_t n)
{
    uint64_t table[TABLE] = {0};
    if (n > TABLE / 2)
        return true; // as good as certain
    for (uint32_t i = 0; i < n; i++) {
        size_t at = hash[i] & (TABLE - 1);
        while (table[at] && table[at] != hash[i])
            at = (at + 1) & (TABLE - 1);
        if (table[at] || !hash[i])
            return true;
        table[at] = hash[i];
    }
    return false;
}

static void look_through(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct looking *l = argument;
    size_t first = task * PARTITIONS_A_TASK, last = first + PARTITIONS_A_TASK;
    for (size_t k = first; k < last && k < l->n_partitions; k++) {
        uint32_t begin = k ? l->end[k - 1] : 0;
        if (has_equal(l->sorted + begin, l->end[k] - begin))
            atomic_store_explicit(&l->found, true, memory_order_relaxed);
    }
}

static void sort_hashes(struct looking *l, unsigned shift)
{
    uint32_t n = l->r->n, sum = 0;
    for (uint32_t i = 0; i < n; i++)
        l->end[l->hash[i] >> shift]++;
    for (size_t k = 0; k < l->n_partitions; k++) {
        uint32_t count = l->end[k];
        l->end[k] = sum; // the begin, until the hashes are put in
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++)
        l->sorted[l->end[l->hash[i] >> shift]++] = l->hash[i];
}

// *found: an id may be empty, or stand twice in its source. Seldom so when none does.
static enum err look_for_doubtful(const struct link_records *r, struct pool *pool,
                                  bool *found, struct error *e)
{
    unsigned log2_partitions = 1;
    while (log2_partitions < 30 && (uint64_t)PARTITION << log2_partitions < r->n)
        log2_partitions++;
    struct looking l = {.r = r, .n_partitions = (size_t)1 << log2_partitions};
    l.hash = mem_alloc(r->n, sizeof *l.hash);
    l.sorted = mem_alloc(r->n, sizeof *l.sorted);
    l.end = mem_alloc(l.n_partitions, sizeof *l.end);
    enum err code = l.hash && l.sorted && l.end ? ERR_OK : error_memory(e);
    if (!code) {
        records_run(pool, records_slices(r->n), hash_ids, &l);
        sort_hashes(&l, 64 - log2_partitions);
        records_run(pool, (l.n_partitions + PARTITIONS_A_TASK - 1) / PARTITIONS_A_TASK,
                    look_through, &l);
        *found = l.found;
    }
    mem_free(l.hash);
    mem_free(l.sorted);
    mem_free(l.end);
    return code;
}

// ---- making them different ----

struct ids {
    struct link_records *r;
    const uint32_t *column;  // [n_sources] the column they are of
    struct dictionary known; // those of one column
    uint32_t *number;        // [n] of each in it
    uint32_t *times;         // [n] how often it has stood in its source up to its row
    uint32_t *row;           // [n]
    struct link_texts texts; // all, made different
    struct text_room room;
    struct buf made;
};

// An id that the column does not have: "7#2", or "row:7" where it was empty.
static enum err invent(struct ids *ids, uint32_t i, struct error *e)
{
    struct str id = link_texts_at(&ids->r->ids, i);
    for (uint32_t times = id.n ? ids->times[i] : 1;; times++) {
        buf_clear(&ids->made);
        if (id.n)
            buf_add(&ids->made, id);
        else
            buf_printf(&ids->made, "row:%" PRIu32, ids->row[i]);
        if (times > 1)
            buf_printf(&ids->made, "#%" PRIu32, times);
        enum err code = buf_check(&ids->made, e);
        if (code || dictionary_find(&ids->known, buf_str(&ids->made)) == LINK_NULL)
            return code;
    }
}

// Counted in the order of the file, whatever the order of the records.
static enum err count_times(struct ids *ids, const struct link_source *s, struct error *e)
{
    uint32_t last = 0, values = dictionary_size(&ids->known);
    for (uint32_t i = s->begin; i < s->end; i++)
        last = ids->row[i] > last ? ids->row[i] : last;
    uint32_t *by_row = mem_alloc((size_t)last + 1, sizeof *by_row); // + 1
    uint32_t *seen = mem_alloc((size_t)values + 1, sizeof *seen);
    enum err code = by_row && seen ? ERR_OK : error_memory(e);
    for (uint32_t i = s->begin; i < s->end && !code; i++)
        by_row[ids->row[i]] = i + 1;
    for (size_t k = 0; k <= last && !code; k++)
        if (by_row[k])
            ids->times[by_row[k] - 1] = ++seen[ids->number[by_row[k] - 1]];
    mem_free(by_row);
    mem_free(seen);
    return code;
}

// The ids of all sources that take them from the same column as this one.
static enum err know(struct ids *ids, unsigned source, struct error *e)
{
    struct link_records *r = ids->r;
    dictionary_close(&ids->known);
    enum err code = dictionary_open(&ids->known, e);
    for (unsigned s = 0; s < r->n_sources; s++)
        for (uint32_t i = r->sources[s].begin; i < r->sources[s].end && !code; i++)
            if (ids->column[s] == ids->column[source]) {
                struct str id = link_texts_at(&r->ids, i);
                code = dictionary_add(&ids->known, &id, 1, &ids->number[i], e);
            }
    return code;
}

static enum err source_ids(struct ids *ids, unsigned source, struct error *e)
{
    struct link_records *r = ids->r;
    const struct link_source *s = &r->sources[source];
    bool has_column = ids->column[source] != RECORDS_NO_COLUMN;
    bool known = source && ids->column[source] == ids->column[source - 1];
    enum err code = has_column && !known ? know(ids, source, e) : ERR_OK;
    if (!code && has_column)
        code = count_times(ids, s, e);
    for (uint32_t i = s->begin; i < s->end && !code; i++) {
        struct str id = link_texts_at(&r->ids, i);
        // rows are different, so that an empty id needs no count
        if (has_column && (id.n == 0 || ids->times[i] > 1)) {
            code = invent(ids, i, e);
            r->n_no_id += id.n == 0;
            r->n_same_id += id.n > 0;
            id = buf_str(&ids->made);
        }
        if (!code && !link_texts_add(&ids->texts, &ids->room, id))
            code = error_memory(e);
    }
    return code;
}

static enum err make_different(struct link_records *r, const uint32_t *id_column,
                               struct error *e)
{
    struct ids ids = {.r = r, .column = id_column, .made = BUF_INIT((size_t)1 << 30)};
    ids.number = mem_alloc(r->n, sizeof *ids.number);
    ids.times = mem_alloc(r->n, sizeof *ids.times);
    ids.row = mem_alloc(r->n, sizeof *ids.row);
    enum err code = ids.number && ids.times && ids.row ? ERR_OK : error_memory(e);
    for (uint32_t i = 0; i < r->n && !code; i++)
        ids.row[r->id[i]] = r->row[i];
    for (unsigned s = 0; s < r->n_sources && !code; s++)
        code = source_ids(&ids, s, e);
    if (!code && r->n) {
        link_texts_free(&r->ids);
        r->ids = ids.texts;
    } else {
        link_texts_free(&ids.texts);
    }
    dictionary_close(&ids.known);
    mem_free(ids.number);
    mem_free(ids.times);
    mem_free(ids.row);
    buf_free(&ids.made);
    return code;
}

// ---- taking them ----

enum err records_take_ids(struct link_records *r, const uint32_t *id_column,
                          struct pool *pool, struct error *e)
{
    bool given = false;
    for (unsigned i = 0; i < r->n_columns; i++)
        if (r->columns[i].kind == LINK_ID)
            r->columns[i].kind = LINK_RAW;
    for (unsigned s = 0; s < r->n_sources; s++)
        if (id_column[s] != RECORDS_NO_COLUMN) {
            r->columns[id_column[s]].kind = LINK_ID;
            given = true;
        }
    r->n_no_id = r->n_same_id = 0;
    mem_free(r->id);
    r->id = mem_alloc(r->n, sizeof *r->id);
    if (!r->id)
        return error_memory(e);
    for (uint32_t i = 0; i < r->n; i++)
        r->id[i] = i;
    enum err code =
        r->unordered ? records_count(r, pool, e) : records_order(r, id_column, pool, e);
    bool doubtful = false;
    if (!code && given) // numbers are different
        code = look_for_doubtful(r, pool, &doubtful, e);
    if (!code && doubtful)
        code = make_different(r, id_column, e);
    if (!code)
        link_texts_fit(&r->ids);
    return code;
}

enum err link_records_set_id(struct link_records *r, unsigned column, struct error *e)
{
    if (column >= r->n_columns || !r->columns[column].value)
        return error_set(e, ERR_USAGE, "records.set_id", NULL,
                         "column %u is not there, or was cleaned away", column);
    const struct link_column *c = &r->columns[column];
    uint32_t id_column[LINK_MAX_SOURCES];
    struct text_room room = {0};
    link_texts_free(&r->ids);
    for (unsigned s = 0; s < r->n_sources; s++) {
        const struct link_source *source = &r->sources[s];
        bool has = c->sources >> s & 1;
        id_column[s] = has ? column : RECORDS_NO_COLUMN;
        for (uint32_t i = source->begin; i < source->end; i++)
            if (has ? !link_texts_add(&r->ids, &room, link_text(c, c->value[i]))
                    : !records_add_number(&r->ids, &room, r->row[i]))
                return error_memory(e);
    }
    return records_take_ids(r, id_column, NULL, e);
}
