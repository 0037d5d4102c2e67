// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of a register from the store into a table of columns: all of them by several
// threads, or those that the log names.
//
// Where rows lie among ids is not known (an import is a dense cluster), so ranges are not
// cut beforehand: one thread begins with all ids, and a thread without work takes the
// upper half of what another has still before it.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cube/cube_private.h"

// --- codes

struct code_slot {
    struct str value;
    int32_t index; // -1: free
};

struct code_map {
    struct code_slot *slots;
    size_t mask;
};

static inline size_t code_hash(struct str s)
{
    uint64_t h = s.n;
    if (s.n)
        h += (uint64_t)(unsigned char)s.p[0] << 8 |
             (uint64_t)(unsigned char)s.p[s.n - 1] << 16 |
             (uint64_t)(unsigned char)s.p[s.n / 2] << 24;
    h *= 0x9E3779B97F4A7C15ULL;
    return (size_t)(h >> 40);
}

static struct code_map *code_map_make(struct arena *a, const struct field *f)
{
    struct code_map *m = ARENA_NEW(a, struct code_map);
    size_t size = 8;
    while (size < f->n_codes * 4)
        size *= 2;
    if (!m || !(m->slots = ARENA_ARRAY(a, struct code_slot, size)))
        return NULL;
    m->mask = size - 1;
    for (size_t i = 0; i < size; i++)
        m->slots[i].index = -1;
    for (size_t i = f->n_codes; i-- > 0;) { // of equal values the first is found
        size_t at = code_hash(f->codes[i].value) & m->mask;
        while (m->slots[at].index >= 0 &&
               !str_equal(m->slots[at].value, f->codes[i].value))
            at = (at + 1) & m->mask;
        m->slots[at] = (struct code_slot){f->codes[i].value, (int32_t)i};
    }
    return m;
}

// A value that the pack does not know (any more) reads as null.
static inline int64_t code_find(const struct code_map *m, struct str s)
{
    for (size_t at = code_hash(s) & m->mask; m->slots[at].index >= 0;
         at = (at + 1) & m->mask)
        if (m->slots[at].value.n == s.n && memcmp(m->slots[at].value.p, s.p, s.n) == 0)
            return m->slots[at].index;
    return NULL_INT;
}

// --- places

static inline size_t id_hash(int64_t id)
{
    return (size_t)(((uint64_t)id * 0x9E3779B97F4A7C15ULL) >> 32);
}

static bool id_map_make(struct arena *a, size_t n, struct id_map *m)
{
    size_t size = 8;
    while (size < n * 2)
        size *= 2;
    m->mask = size - 1;
    m->ids = ARENA_ARRAY(a, int64_t, size);
    m->indices = ARENA_ARRAY(a, int32_t, size);
    for (size_t i = 0; m->indices && i < size; i++)
        m->indices[i] = -1;
    return m->ids && m->indices;
}

static void id_map_add(struct id_map *m, int64_t id, int32_t index)
{
    size_t at = id_hash(id) & m->mask;
    while (m->indices[at] >= 0)
        at = (at + 1) & m->mask;
    m->ids[at] = id;
    m->indices[at] = index;
}

static inline int64_t id_map_find(const struct id_map *m, int64_t id)
{
    for (size_t at = id_hash(id) & m->mask; m->indices[at] >= 0; at = (at + 1) & m->mask)
        if (m->ids[at] == id)
            return m->indices[at];
    return NULL_INT;
}

// --- days

enum { FIRST_YEAR = 1800, LAST_YEAR = 2200, N_MONTHS = (LAST_YEAR - FIRST_YEAR) * 12 };

static int32_t *months_make(struct arena *a)
{
    int32_t *months = ARENA_ARRAY(a, int32_t, N_MONTHS + 1);
    for (int i = 0; months && i <= N_MONTHS; i++)
        if (!date_from_ymd(FIRST_YEAR + i / 12, i % 12 + 1, 1, &months[i]))
            return NULL;
    return months;
}

static inline bool digits(const char *p, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        unsigned d = (unsigned)(p[i] - '0');
        if (d > 9)
            return false;
        v = v * 10 + (int)d;
    }
    *out = v;
    return true;
}

static inline int64_t day_of(const int32_t *months, struct str s)
{
    int year, month, day;
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !digits(s.p, 4, &year) ||
        !digits(s.p + 5, 2, &month) || !digits(s.p + 8, 2, &day))
        return NULL_INT;
    if (year >= FIRST_YEAR && year < LAST_YEAR && month >= 1 && month <= 12) {
        const int32_t *at = months + (year - FIRST_YEAR) * 12 + month - 1;
        return day >= 1 && day <= at[1] - at[0] ? at[0] + day - 1 : NULL_INT;
    }
    int32_t out;
    return date_from_ymd(year, month, day, &out) ? out : NULL_INT;
}

// --- the layout

// What is counted: never a text, nor (but for place, day, source and state) what
// identifies.
static bool countable(const struct field *f, enum decode *out)
{
    if (f->index == FIELD_ID || (f->index > FIELD_STATE && f->index < SYSTEM_FIELDS) ||
        (f->identifies && f->index >= SYSTEM_FIELDS))
        return false;
    switch (f->type) {
    case TYPE_BOOL:
        *out = DECODE_BOOL;
        return true;
    case TYPE_INT:
        *out = DECODE_INT;
        return true;
    case TYPE_DECIMAL:
        *out = DECODE_DECIMAL;
        return true;
    case TYPE_DATE:
        *out = DECODE_DATE;
        return true;
    case TYPE_CODE:
        *out = DECODE_CODE;
        return true;
    case TYPE_AREA:
        *out = DECODE_AREA;
        return true;
    case TYPE_FACILITY:
        *out = DECODE_FACILITY;
        return true;
    default:
        return false;
    }
}

static enum column_storage start_of(const struct layout_column *c)
{
    switch (c->decode) {
    case DECODE_DECIMAL:
        return COLUMN_F64;
    case DECODE_DATE:
    case DECODE_AREA:
    case DECODE_FACILITY:
        return COLUMN_I32;
    case DECODE_CODE:
        return c->field->n_codes <= UINT8_MAX    ? COLUMN_U8
               : c->field->n_codes <= UINT16_MAX ? COLUMN_U16
                                                 : COLUMN_I32;
    default:
        return COLUMN_U8;
    }
}

static enum err layout_sql(struct layout *p, struct error *e)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_add_c(&b, "SELECT id");
    for (size_t i = 0; i < p->n_columns; i++)
        buf_printf(&b, ", \"" STR_FMT "\"", STR_ARG(p->columns[i].field->column));
    buf_printf(&b, " FROM \"" STR_FMT "\" WHERE id ", STR_ARG(p->reg->table));
    enum err code = b.failed ? error_memory(e) : ERR_OK;
    if (!code) {
        p->sql_range = str_format(&p->arena, STR_FMT "BETWEEN ? AND ? ORDER BY id",
                                  STR_ARG(buf_str(&b)));
        p->sql_row = str_format(&p->arena, STR_FMT "= ?", STR_ARG(buf_str(&b)));
        p->sql_first = str_format(&p->arena, "SELECT min(id) FROM \"" STR_FMT "\"",
                                  STR_ARG(p->reg->table));
        p->sql_last = str_format(&p->arena, "SELECT max(id) FROM \"" STR_FMT "\"",
                                 STR_ARG(p->reg->table));
        if (!p->sql_range.p || !p->sql_row.p || !p->sql_first.p || !p->sql_last.p)
            code = error_memory(e);
    }
    buf_free(&b);
    return code;
}

enum err layout_open(struct layout *p, const struct reg *r, const struct places *places,
                     struct error *e)
{
    *p = (struct layout){.reg = r};
    arena_init(&p->arena, 0);
    p->columns = ARENA_ARRAY(&p->arena, struct layout_column, r->n_fields);
    p->start = ARENA_ARRAY(&p->arena, enum column_storage, r->n_fields);
    p->months = months_make(&p->arena);
    if (!p->columns || !p->start || !p->months ||
        !id_map_make(&p->arena, places->n_areas, &p->areas) ||
        !id_map_make(&p->arena, places->n_facilities, &p->facilities))
        return error_memory(e);
    for (size_t i = 0; i < places->n_areas; i++)
        id_map_add(&p->areas, places->areas[i].id, (int32_t)i);
    for (size_t i = 0; i < places->n_facilities; i++)
        id_map_add(&p->facilities, places->facilities[i].id, (int32_t)i);
    for (size_t i = 0; i < r->n_fields; i++) {
        struct layout_column *c = &p->columns[p->n_columns];
        if (!countable(&r->fields[i], &c->decode))
            continue;
        c->field = &r->fields[i];
        if (c->decode == DECODE_CODE && !(c->codes = code_map_make(&p->arena, c->field)))
            return error_memory(e);
        p->start[p->n_columns++] = start_of(c);
    }
    return layout_sql(p, e);
}

void layout_close(struct layout *p)
{
    arena_free(&p->arena);
    *p = (struct layout){0};
}

// --- one row

static inline union number read_value(const struct layout *p,
                                      const struct layout_column *c, struct stmt *s,
                                      int column)
{
    switch (c->decode) {
    case DECODE_DATE: {
        struct str text = stmt_text(s, column);
        return (union number){.i = text.p ? day_of(p->months, text) : NULL_INT};
    }
    case DECODE_CODE: {
        struct str text = stmt_text(s, column);
        return (union number){.i = text.p ? code_find(c->codes, text) : NULL_INT};
    }
    default:
        break;
    }
    if (stmt_kind(s, column) == STMT_NULL)
        return c->decode == DECODE_DECIMAL ? (union number){.d = NAN}
                                           : (union number){.i = NULL_INT};
    switch (c->decode) {
    case DECODE_DECIMAL:
        return (union number){.d = stmt_double(s, column)};
    case DECODE_AREA:
        return (union number){.i = id_map_find(&p->areas, stmt_int(s, column))};
    case DECODE_FACILITY:
        return (union number){.i = id_map_find(&p->facilities, stmt_int(s, column))};
    case DECODE_BOOL:
        return (union number){.i = stmt_int(s, column) != 0};
    default:
        return (union number){.i = stmt_int(s, column)};
    }
}

static inline void read_row(const struct layout *p, struct stmt *s, int64_t *id,
                            union number *values)
{
    *id = stmt_int(s, 0);
    for (size_t i = 0; i < p->n_columns; i++)
        values[i] = read_value(p, &p->columns[i], s, (int)i + 1);
}

// --- the whole register

enum { MAX_PIECES = 4096, WORTH_TAKING = 4096, LOOK_EVERY = 64 };

struct piece {
    int64_t first, last; // ids; last is lowered by a thread that takes the upper half
    int64_t cursor;      // all up to here are read
    bool taken, done;
    struct loaded_rows table;
};

struct loader {
    const struct layout *layout;
    struct store *store;
    pthread_mutex_t lock;
    struct piece *pieces[MAX_PIECES];
    size_t n_pieces;
    enum err code;
    struct error error;
};

static void fail(struct loader *l, enum err code, const struct error *e)
{
    pthread_mutex_lock(&l->lock);
    if (!l->code) {
        l->code = code;
        l->error = *e;
    }
    pthread_mutex_unlock(&l->lock);
}

static struct piece *piece_new(struct loader *l, int64_t first, int64_t last)
{
    struct piece *p = l->n_pieces < MAX_PIECES ? mem_alloc(1, sizeof *p) : NULL;
    if (!p)
        return NULL;
    *p = (struct piece){.first = first, .last = last, .cursor = first};
    l->pieces[l->n_pieces++] = p;
    return p;
}

// A piece to read, or NULL when there is nothing left to share.
static struct piece *take(struct loader *l)
{
    pthread_mutex_lock(&l->lock);
    struct piece *widest = NULL, *out = NULL;
    for (size_t i = 0; i < l->n_pieces && !l->code; i++) {
        struct piece *p = l->pieces[i];
        if (!p->taken) {
            out = p;
            break;
        }
        if (!p->done && (!widest || p->last - p->cursor > widest->last - widest->cursor))
            widest = p;
    }
    if (!out && widest && widest->last - widest->cursor > WORTH_TAKING && !l->code) {
        int64_t middle = widest->cursor + (widest->last - widest->cursor) / 2;
        out = piece_new(l, middle + 1, widest->last);
        if (out)
            widest->last = middle;
    }
    if (out)
        out->taken = true;
    pthread_mutex_unlock(&l->lock);
    return out;
}

// False when reading past id is no longer wanted.
static bool advance(struct loader *l, struct piece *p, int64_t id)
{
    pthread_mutex_lock(&l->lock);
    p->cursor = id < p->last ? id : p->last;
    bool on = id < p->last && !l->code;
    pthread_mutex_unlock(&l->lock);
    return on;
}

static enum err read_piece(struct loader *l, struct piece *p, struct stmt *s,
                           union number *values, struct error *e)
{
    const struct layout *layout = l->layout;
    enum err code = rows_open(&p->table, layout->n_columns, layout->start, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, p->first);
    pthread_mutex_lock(&l->lock);
    stmt_bind_int(s, 2, p->last);
    pthread_mutex_unlock(&l->lock);
    bool row;
    while (!(code = stmt_step(s, &row, e)) && row) {
        int64_t id;
        read_row(layout, s, &id, values);
        code = rows_reserve(&p->table, 1, e);
        if (!code)
            code = rows_put(&p->table, p->table.n, id, values, e);
        if (code || (p->table.n % LOOK_EVERY == 0 && !advance(l, p, id)))
            break;
    }
    stmt_reset(s);
    pthread_mutex_lock(&l->lock);
    p->done = true;
    while (p->table.n && p->table.ids[p->table.n - 1] > p->last)
        p->table.n--; // another thread reads these
    pthread_mutex_unlock(&l->lock);
    return code;
}

static void load_task(void *argument, size_t index, unsigned thread)
{
    (void)index, (void)thread;
    struct loader *l = argument;
    struct error e = {0};
    struct piece *p = take(l);
    if (!p)
        return;
    union number *values = mem_alloc(l->layout->n_columns, sizeof *values);
    struct conn *c = NULL;
    struct stmt *s = NULL;
    enum err code = values ? store_read_begin(l->store, &c, &e) : error_memory(&e);
    if (!code)
        code = conn_prepare(c, l->layout->sql_range, &s, &e);
    while (!code && p) {
        code = read_piece(l, p, s, values, &e);
        p = code ? NULL : take(l);
    }
    if (code)
        fail(l, code, &e);
    stmt_finish(s);
    store_read_end(c);
    mem_free(values);
}

static int by_first(const void *a, const void *b)
{
    int64_t x = (*(struct piece *const *)a)->first,
            y = (*(struct piece *const *)b)->first;
    return (x > y) - (x < y);
}

static enum err one_number(struct conn *c, struct str sql, int64_t *out, bool *null,
                           struct error *e)
{
    struct stmt *s;
    enum err code = conn_prepare(c, sql, &s, e);
    if (code)
        return code;
    bool row;
    code = stmt_step(s, &row, e);
    if (!code) {
        *null = !row || stmt_kind(s, 0) == STMT_NULL;
        *out = *null ? 0 : stmt_int(s, 0);
    }
    stmt_finish(s);
    return code;
}

static enum err ends(const struct layout *p, struct store *store, int64_t *first,
                     int64_t *last, bool *empty, struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(store, &c, e);
    if (code)
        return code;
    code = one_number(c, p->sql_first, first, empty, e);
    if (!code && !*empty)
        code = one_number(c, p->sql_last, last, empty, e);
    store_read_end(c);
    return code;
}

static enum err join(struct loader *l, struct loaded_rows *out, struct error *e)
{
    struct loaded_rows **parts = mem_alloc(l->n_pieces, sizeof *parts);
    if (!parts)
        return error_memory(e);
    qsort(l->pieces, l->n_pieces, sizeof *l->pieces, by_first);
    for (size_t i = 0; i < l->n_pieces; i++)
        parts[i] = &l->pieces[i]->table;
    enum err code = rows_join(out, parts, l->n_pieces, e);
    if (code)
        rows_close(out);
    mem_free(parts);
    return code;
}

enum err layout_load(const struct layout *p, struct store *store, struct pool *pool,
                     struct loaded_rows *out, struct error *e)
{
    int64_t first = 0, last = 0;
    bool empty = true;
    *out = (struct loaded_rows){0};
    enum err code = ends(p, store, &first, &last, &empty, e);
    if (code || empty)
        return code ? code : rows_open(out, p->n_columns, p->start, e);
    struct loader *l = mem_alloc(1, sizeof *l);
    if (!l)
        return error_memory(e);
    l->layout = p;
    l->store = store;
    pthread_mutex_init(&l->lock, NULL);
    if (!piece_new(l, first, last))
        code = error_memory(e);
    else
        pool_run(pool, pool_threads(pool), load_task, l);
    if (!code && l->code) {
        code = l->code;
        if (e)
            *e = l->error;
    }
    if (!code)
        code = join(l, out, e);
    for (size_t i = 0; i < l->n_pieces; i++) {
        rows_close(&l->pieces[i]->table);
        mem_free(l->pieces[i]);
    }
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
    return code;
}

// --- what the log names

enum err load_epoch(struct conn *c, int64_t *out, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code =
        conn_stmt(c, "cube.epoch", "SELECT coalesce(max(seq), 0) FROM heng_log", &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    if (!code)
        *out = row ? stmt_int(s, 0) : 0;
    if (!code)
        stmt_finish(s);
    return code;
}

static size_t find_sorted(const int64_t *ids, size_t n, int64_t id)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// The row of an id; t->n when there is none.
static size_t find_row(const struct loaded *l, int64_t id)
{
    size_t at = find_sorted(l->table.ids, l->n_sorted, id);
    if (at < l->n_sorted && l->table.ids[at] == id)
        return at;
    at = find_sorted(l->tail.ids, l->tail.n, id);
    return at < l->tail.n && l->tail.ids[at] == id ? l->tail.rows[at] : l->table.n;
}

// Ids come nearly in order (another site's clock may be behind): most rows extend the
// sorted part, few are put into the finder.
static enum err finder_add(struct row_finder *f, int64_t id, size_t row, struct error *e)
{
    if (f->n == f->capacity) {
        size_t capacity = f->capacity ? f->capacity * 2 : 64;
        int64_t *ids = mem_resize(f->ids, capacity, sizeof *ids);
        if (!ids)
            return error_memory(e);
        f->ids = ids;
        size_t *rows = mem_resize(f->rows, capacity, sizeof *rows);
        if (!rows)
            return error_memory(e);
        f->rows = rows;
        f->capacity = capacity;
    }
    size_t at = find_sorted(f->ids, f->n, id);
    memmove(f->ids + at + 1, f->ids + at, (f->n - at) * sizeof *f->ids);
    memmove(f->rows + at + 1, f->rows + at, (f->n - at) * sizeof *f->rows);
    f->ids[at] = id;
    f->rows[at] = row;
    f->n++;
    return ERR_OK;
}

enum { MAX_TAIL = 1 << 15 };

static enum err put_row(struct loaded *l, struct stmt *s, union number *values,
                        bool *reload, struct error *e)
{
    int64_t id;
    read_row(&l->layout, s, &id, values);
    struct loaded_rows *t = &l->table;
    size_t at = find_row(l, id);
    bool appends = at == t->n,
         in_order = l->n_sorted == t->n && (t->n == 0 || id > t->ids[t->n - 1]);
    enum err code = ERR_OK;
    if (appends) {
        if (reload && !in_order && l->tail.n >= MAX_TAIL) {
            *reload = true;
            return ERR_OK;
        }
        code = rows_reserve(t, 1, e);
        if (!code && !in_order)
            code = finder_add(&l->tail, id, t->n, e);
    }
    if (!code)
        code = rows_put(t, at, id, values, e);
    if (!code && appends && in_order)
        l->n_sorted++;
    return code;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// The ids that changed, ascending. More than limit changes: *many.
static enum err changed_ids(struct loaded *l, struct conn *c, size_t limit, int64_t **out,
                            size_t *n, bool *many, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(
        c, "cube.changes",
        "SELECT row FROM heng_log WHERE seq > ? AND register = ? LIMIT ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, l->epoch);
    stmt_bind_text(s, 2, l->layout.reg->name);
    stmt_bind_int(s, 3, (int64_t)limit + 1);
    size_t capacity = 0;
    bool row;
    while (!(code = stmt_step(s, &row, e)) && row) {
        if (*n == limit) {
            *many = true;
            break;
        }
        if (*n == capacity) {
            capacity = capacity ? capacity * 2 : 256;
            int64_t *ids = mem_resize(*out, capacity, sizeof *ids);
            if (!ids) {
                code = error_memory(e);
                break;
            }
            *out = ids;
        }
        (*out)[(*n)++] = stmt_int(s, 0);
    }
    stmt_finish(s);
    if (code || *many || !*n)
        return code;
    qsort(*out, *n, sizeof **out, by_id);
    size_t kept = 1;
    for (size_t i = 1; i < *n; i++)
        if ((*out)[i] != (*out)[i - 1])
            (*out)[kept++] = (*out)[i];
    *n = kept;
    return ERR_OK;
}

enum { FEW = 4096 };

enum err load_changes(struct loaded *l, struct conn *c, bool *reload, struct error *e)
{
    int64_t *ids = NULL, epoch;
    size_t n = 0;
    union number *values = NULL;
    struct stmt *s = NULL;
    enum err code = load_epoch(c, &epoch, e);
    if (code || epoch <= l->epoch)
        return code;
    bool many = false;
    code =
        changed_ids(l, c, reload ? FEW + l->table.n / 10 : INT32_MAX, &ids, &n, &many, e);
    if (code || many || !n)
        goto out;
    values = mem_alloc(l->layout.n_columns, sizeof *values);
    code = values ? conn_prepare(c, l->layout.sql_row, &s, e) : error_memory(e);
    for (size_t i = 0; i < n && !code && !many; i++) {
        bool row;
        stmt_bind_int(s, 1, ids[i]);
        code = stmt_step(s, &row, e);
        if (!code && row) {
            code = put_row(l, s, values, reload ? &many : NULL, e);
            stmt_reset(s);
        }
    }
out:
    if (!code && many && reload)
        *reload = true;
    else if (!code)
        l->epoch = epoch;
    stmt_finish(s);
    mem_free(values);
    mem_free(ids);
    return code;
}
