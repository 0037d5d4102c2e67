// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "link/dictionary.h"
#include "link/records_private.h"

void records_run(struct pool *pool, size_t n_tasks, pool_task *task, void *argument)
{
    if (pool)
        pool_run(pool, n_tasks, task, argument);
    else
        for (size_t i = 0; i < n_tasks; i++)
            task(argument, i, 0);
}

struct link_column *link_records_column(const struct link_records *r, struct str name)
{
    name = str_trim(name);
    for (unsigned i = 0; i < r->n_columns; i++)
        if (str_equal_fold(r->columns[i].name, name))
            return &r->columns[i];
    return NULL;
}

enum err records_add_column(struct link_records *r, struct str name, struct error *e)
{
    if (r->n_columns == LINK_MAX_COLUMNS) {
        (void)error_set(e, ERR_LIMIT, "records.columns", NULL,
                        "there are more than %d different columns", LINK_MAX_COLUMNS);
        return error_cure(e, "Leave out columns that say nothing of the person.");
    }
    struct link_column *columns =
        mem_resize(r->columns, r->n_columns + 1u, sizeof *columns);
    if (!columns)
        return error_memory(e);
    r->columns = columns;
    struct str copy = str_copy(&r->arena, name);
    if (!copy.p)
        return error_memory(e);
    columns[r->n_columns++] = (struct link_column){.name = copy};
    return ERR_OK;
}

enum err records_drop_column(struct link_column *c, uint32_t n, struct error *e)
{
    struct link_texts empty = {mem_alloc(1, 1), mem_alloc(2, sizeof(uint64_t)), 1};
    uint32_t *count = mem_alloc(1, sizeof *count);
    if (!empty.bytes || !empty.offset || !count) {
        link_texts_free(&empty);
        mem_free(count);
        return error_memory(e);
    }
    count[0] = n;
    mem_free(c->value);
    mem_free(c->count);
    link_texts_free(&c->texts);
    c->value = NULL;
    c->n_values = 0;
    c->count = count;
    c->texts = empty;
    return ERR_OK;
}

static void free_column(struct link_column *c)
{
    mem_free(c->value);
    mem_free(c->count);
    link_texts_free(&c->texts);
}

void link_records_close(struct link_records *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < r->n_columns; i++)
        free_column(&r->columns[i]);
    mem_free(r->columns);
    mem_free(r->sources);
    mem_free(r->content);
    mem_free(r->row);
    link_texts_free(&r->ids);
    arena_free(&r->arena);
    mem_free(r);
}

static size_t texts_memory(const struct link_texts *t)
{
    return t->offset ? t->offset[t->n] + (t->n + 1) * sizeof *t->offset : 0;
}

size_t link_records_memory(const struct link_records *r)
{
    size_t bytes = sizeof *r + r->arena.total + r->n_sources * sizeof *r->sources +
                   r->n_columns * sizeof *r->columns + texts_memory(&r->ids);
    bytes += (size_t)r->n *
             ((r->content ? sizeof *r->content : 0) + (r->row ? sizeof *r->row : 0));
    for (unsigned i = 0; i < r->n_columns; i++) {
        const struct link_column *c = &r->columns[i];
        bytes += texts_memory(&c->texts);
        bytes += c->value ? (size_t)r->n * sizeof *c->value : 0;
        bytes += c->count ? ((size_t)c->n_values + 1) * sizeof *c->count : 0;
    }
    return bytes;
}

// ---- ids ----

struct ids {
    struct link_records *r;
    struct link_texts texts;
    struct dictionary known; // ids of the column; made when an id must be invented
    const struct link_column *indexed; // the column that `known` is about
    struct buf made;
};

enum { LONGEST_MADE = 32 }; // what invention adds to an id: "row:4294967294#4294967294"

static void forget_index(struct ids *ids)
{
    ids->known.texts = (struct link_texts){0}; // they are the column's
    dictionary_close(&ids->known);
    ids->indexed = NULL;
}

// An id that the column does not have: "7#2", or "row:7" where it was empty.
static enum err invent(struct ids *ids, const struct link_column *c, uint32_t record,
                       uint32_t times, struct error *e)
{
    if (ids->indexed != c) {
        forget_index(ids);
        enum err code = dictionary_of(&ids->known, c->texts, e);
        if (code)
            return code;
        ids->indexed = c;
    }
    struct str id = link_text(c, c->value[record]);
    for (;; times++) {
        buf_clear(&ids->made);
        if (id.n)
            buf_add(&ids->made, id);
        else
            buf_printf(&ids->made, "row:%" PRIu32, ids->r->row[record]);
        if (times > 1)
            buf_printf(&ids->made, "#%" PRIu32, times);
        enum err code = buf_check(&ids->made, e);
        if (code || dictionary_find(&ids->known, buf_str(&ids->made)) == LINK_NULL)
            return code;
    }
}

// times[i]: how often the id of record i has stood in its source up to its row, which is
// counted in the order of the file, whatever the order of the records.
static enum err count_times(const struct link_records *r, const struct link_source *s,
                            const struct link_column *c, uint32_t *times, struct error *e)
{
    uint32_t last = 0;
    for (uint32_t i = s->begin; i < s->end; i++)
        last = r->row[i] > last ? r->row[i] : last;
    uint32_t *record = mem_alloc((size_t)last + 1, sizeof *record); // + 1; by row
    uint32_t *seen = mem_alloc((size_t)c->n_values + 1, sizeof *seen);
    enum err code = record && seen ? ERR_OK : error_memory(e);
    for (uint32_t i = s->begin; i < s->end && !code; i++)
        record[r->row[i]] = i + 1;
    for (size_t k = 0; k <= last && !code; k++)
        if (record[k])
            times[record[k] - 1] = ++seen[c->value[record[k] - 1]];
    mem_free(record);
    mem_free(seen);
    return code;
}

static void append_id(struct ids *ids, struct str text)
{
    struct link_texts *t = &ids->texts;
    size_t end = t->offset[t->n];
    if (text.n)
        memcpy(t->bytes + end, text.p, text.n);
    t->offset[++t->n] = end + text.n;
}

// The ids of one source, those of column `c`; NULL: rows are numbered. times may be NULL:
// there is no empty id, and none twice.
static enum err source_ids(struct ids *ids, const struct link_source *s,
                           const struct link_column *c, const uint32_t *times,
                           struct error *e)
{
    struct link_records *r = ids->r;
    for (uint32_t i = s->begin; i < s->end; i++) {
        if (!c) {
            char digits[16];
            int n = snprintf(digits, sizeof digits, "%" PRIu32, r->row[i]);
            append_id(ids, (struct str){digits, (size_t)n});
            continue;
        }
        bool empty = c->value[i] == LINK_NULL;
        if (!times || (!empty && times[i] == 1)) {
            append_id(ids, link_text(c, c->value[i]));
            continue;
        }
        // rows are different, so that an empty id needs no count
        enum err code = invent(ids, c, i, empty ? 1 : times[i], e);
        if (code)
            return code;
        append_id(ids, buf_str(&ids->made));
        r->n_no_id += empty;
        r->n_same_id += !empty;
    }
    return ERR_OK;
}

// At most as many bytes as the ids of a source take.
static size_t source_bytes(const struct link_source *s, const struct link_column *c,
                           const uint32_t *times)
{
    size_t bytes = 0;
    for (uint32_t i = s->begin; i < s->end; i++)
        if (!c)
            bytes += 10;
        else
            bytes +=
                link_text(c, c->value[i]).n + (times && times[i] != 1 ? LONGEST_MADE : 0);
    return bytes;
}

// Whether each record of the source must be asked how often its id was there.
static bool needs_times(const struct link_column *c)
{
    if (c->count[0])
        return true;
    for (uint32_t v = 1; v <= c->n_values; v++)
        if (c->count[v] > 1)
            return true;
    return false;
}

static enum err make_ids(struct ids *ids, const uint32_t *id_column, uint32_t **times,
                         struct error *e)
{
    struct link_records *r = ids->r;
    const struct link_column *of[LINK_MAX_SOURCES];
    const uint32_t *counted[LINK_MAX_SOURCES];
    size_t bytes = 0;
    for (unsigned s = 0; s < r->n_sources; s++) {
        of[s] = id_column[s] == RECORDS_NO_COLUMN ? NULL : &r->columns[id_column[s]];
        counted[s] = NULL;
        if (of[s] && needs_times(of[s])) {
            if (!*times && !(*times = mem_alloc(r->n, sizeof **times)))
                return error_memory(e);
            enum err code = count_times(r, &r->sources[s], of[s], *times, e);
            if (code)
                return code;
            counted[s] = *times;
        }
        bytes += source_bytes(&r->sources[s], of[s], counted[s]);
    }
    ids->texts.bytes = mem_alloc(bytes, 1);
    ids->texts.offset = mem_alloc((size_t)r->n + 1, sizeof(uint64_t));
    if (!ids->texts.bytes || !ids->texts.offset)
        return error_memory(e);
    for (unsigned s = 0; s < r->n_sources; s++) {
        enum err code = source_ids(ids, &r->sources[s], of[s], counted[s], e);
        if (code)
            return code;
    }
    char *fitted = mem_resize(ids->texts.bytes, ids->texts.offset[r->n] + 1, 1);
    ids->texts.bytes = fitted ? fitted : ids->texts.bytes;
    return ERR_OK;
}

enum err records_take_ids(struct link_records *r, const uint32_t *id_column,
                          struct pool *pool, struct error *e)
{
    for (unsigned i = 0; i < r->n_columns; i++)
        if (r->columns[i].kind == LINK_ID)
            r->columns[i].kind = LINK_RAW;
    for (unsigned s = 0; s < r->n_sources; s++)
        if (id_column[s] != RECORDS_NO_COLUMN)
            r->columns[id_column[s]].kind = LINK_ID;
    link_texts_free(&r->ids);
    r->n_no_id = r->n_same_id = 0;
    enum err code =
        r->unordered ? records_count(r, pool, e) : records_order(r, id_column, pool, e);
    if (code)
        return code;
    struct ids ids = {.r = r, .made = BUF_INIT((size_t)1 << 30)};
    uint32_t *times = NULL;
    code = make_ids(&ids, id_column, &times, e);
    if (code)
        link_texts_free(&ids.texts);
    r->ids = ids.texts;
    mem_free(times);
    forget_index(&ids);
    buf_free(&ids.made);
    return code;
}

enum err link_records_set_id(struct link_records *r, unsigned column, struct error *e)
{
    if (column >= r->n_columns || !r->columns[column].value)
        return error_set(e, ERR_USAGE, "records.set_id", NULL,
                         "column %u is not there, or was cleaned away", column);
    uint32_t id_column[LINK_MAX_SOURCES];
    for (unsigned s = 0; s < LINK_MAX_SOURCES; s++)
        id_column[s] = s < r->n_sources && r->columns[column].sources >> s & 1
                           ? column
                           : RECORDS_NO_COLUMN;
    return records_take_ids(r, id_column, NULL, e);
}
