// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables of columns that are as narrow as their values allow.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "cube/cube_private.h"

static size_t width(enum column_storage s)
{
    switch (s) {
    case COLUMN_U8:
        return 1;
    case COLUMN_U16:
        return 2;
    case COLUMN_I32:
        return 4;
    default:
        return 8;
    }
}

enum err rows_open(struct loaded_rows *t, size_t n_columns,
                   const enum column_storage *start, struct error *e)
{
    *t = (struct loaded_rows){.n_columns = n_columns};
    t->columns = mem_alloc(n_columns, sizeof *t->columns);
    if (!t->columns)
        return error_memory(e);
    for (size_t i = 0; i < n_columns; i++)
        t->columns[i].storage = start[i];
    return ERR_OK;
}

void rows_close(struct loaded_rows *t)
{
    for (size_t i = 0; t->columns && i < t->n_columns; i++)
        mem_free(t->columns[i].data);
    mem_free(t->columns);
    mem_free(t->ids);
    *t = (struct loaded_rows){0};
}

enum err rows_reserve(struct loaded_rows *t, size_t more, struct error *e)
{
    size_t need;
    if (!size_add(t->n, more, &need))
        return error_memory(e);
    if (need <= t->capacity)
        return ERR_OK;
    size_t capacity = t->capacity < 512 ? 1024 : t->capacity * 2;
    if (capacity < need)
        capacity = need;
    int64_t *ids = mem_resize(t->ids, capacity, sizeof *ids);
    if (!ids)
        return error_memory(e);
    t->ids = ids;
    for (size_t i = 0; i < t->n_columns; i++) {
        struct narrow *c = &t->columns[i];
        void *data = mem_resize(c->data, capacity, width(c->storage));
        if (!data)
            return error_memory(e);
        c->data = data;
    }
    t->capacity = capacity;
    return ERR_OK;
}

// --- values

static inline int64_t get(enum column_storage storage, const void *data, size_t row)
{
    switch (storage) {
    case COLUMN_U8: {
        uint8_t v = ((const uint8_t *)data)[row];
        return v == UINT8_MAX ? NULL_INT : v;
    }
    case COLUMN_U16: {
        uint16_t v = ((const uint16_t *)data)[row];
        return v == UINT16_MAX ? NULL_INT : v;
    }
    case COLUMN_I32: {
        int32_t v = ((const int32_t *)data)[row];
        return v == INT32_MIN ? NULL_INT : v;
    }
    case COLUMN_I64:
        return ((const int64_t *)data)[row];
    default:
        return NULL_INT;
    }
}

int64_t cube_int(const struct column *c, size_t row)
{
    return get(c->storage, c->data, row);
}

static inline enum column_storage storage_for(int64_t v)
{
    if (v == NULL_INT || (v >= 0 && v < UINT8_MAX))
        return COLUMN_U8;
    if (v >= 0 && v < UINT16_MAX)
        return COLUMN_U16;
    return v > INT32_MIN && v <= INT32_MAX ? COLUMN_I32 : COLUMN_I64;
}

// The value fits.
static inline void set(enum column_storage storage, void *data, size_t row, int64_t v)
{
    switch (storage) {
    case COLUMN_U8:
        ((uint8_t *)data)[row] = v == NULL_INT ? UINT8_MAX : (uint8_t)v;
        break;
    case COLUMN_U16:
        ((uint16_t *)data)[row] = v == NULL_INT ? UINT16_MAX : (uint16_t)v;
        break;
    case COLUMN_I32:
        ((int32_t *)data)[row] = v == NULL_INT ? INT32_MIN : (int32_t)v;
        break;
    default:
        ((int64_t *)data)[row] = v;
    }
}

static void copy(enum column_storage to, void *out, size_t at, enum column_storage from,
                 const void *in, size_t n)
{
    if (to == from) {
        if (n)
            memcpy((char *)out + at * width(to), in, n * width(to));
        return;
    }
    for (size_t i = 0; i < n; i++)
        set(to, out, at + i, get(from, in, i));
}

static enum err widen(struct loaded_rows *t, struct narrow *c,
                      enum column_storage storage, struct error *e)
{
    void *data = mem_alloc(t->capacity, width(storage));
    if (!data)
        return error_memory(e);
    copy(storage, data, 0, c->storage, c->data, t->n);
    mem_free(c->data);
    *c = (struct narrow){storage, data};
    return ERR_OK;
}

enum err rows_put(struct loaded_rows *t, size_t row, int64_t id,
                  const union number *values, struct error *e)
{
    assert(row <= t->n && row < t->capacity);
    t->ids[row] = id;
    for (size_t i = 0; i < t->n_columns; i++) {
        struct narrow *c = &t->columns[i];
        if (c->storage == COLUMN_F64) {
            ((double *)c->data)[row] = values[i].d;
            continue;
        }
        enum column_storage storage = storage_for(values[i].i);
        if (storage > c->storage) {
            enum err code = widen(t, c, storage, e);
            if (code)
                return code;
        }
        set(c->storage, c->data, row, values[i].i);
    }
    if (row == t->n)
        t->n++;
    return ERR_OK;
}

enum err rows_join(struct loaded_rows *out, struct loaded_rows **parts, size_t n_parts,
                   struct error *e)
{
    assert(n_parts > 0);
    if (n_parts == 1) {
        *out = *parts[0];
        *parts[0] = (struct loaded_rows){0};
        return ERR_OK;
    }
    *out = (struct loaded_rows){.n_columns = parts[0]->n_columns};
    out->columns = mem_alloc(out->n_columns, sizeof *out->columns);
    if (!out->columns)
        return error_memory(e);
    size_t n = 0;
    for (size_t k = 0; k < n_parts; k++)
        n += parts[k]->n;
    size_t capacity = n + n / 16 + 64;
    out->ids = mem_alloc(capacity, sizeof *out->ids);
    if (!out->ids)
        return error_memory(e);
    size_t at = 0;
    for (size_t k = 0; k < n_parts; k++) {
        copy(COLUMN_I64, out->ids, at, COLUMN_I64, parts[k]->ids, parts[k]->n);
        at += parts[k]->n;
        mem_free(parts[k]->ids);
        parts[k]->ids = NULL;
    }
    for (size_t i = 0; i < out->n_columns; i++) {
        struct narrow *c = &out->columns[i];
        for (size_t k = 0; k < n_parts; k++)
            if (parts[k]->columns[i].storage > c->storage)
                c->storage = parts[k]->columns[i].storage;
        c->data = mem_alloc(capacity, width(c->storage));
        if (!c->data)
            return error_memory(e);
        at = 0;
        for (size_t k = 0; k < n_parts; k++) {
            struct narrow *part = &parts[k]->columns[i];
            copy(c->storage, c->data, at, part->storage, part->data, parts[k]->n);
            at += parts[k]->n;
            mem_free(part->data);
            part->data = NULL;
        }
    }
    out->n = n;
    out->capacity = capacity;
    for (size_t k = 0; k < n_parts; k++)
        rows_close(parts[k]);
    return ERR_OK;
}

size_t rows_bytes(const struct loaded_rows *t)
{
    size_t row = sizeof *t->ids;
    for (size_t i = 0; i < t->n_columns; i++)
        row += width(t->columns[i].storage);
    return row * t->capacity;
}
