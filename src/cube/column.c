// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables of columns that are as narrow as their values allow.
#include <assert.h>
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
    ids_close(&t->ids);
    *t = (struct loaded_rows){0};
}

static enum err resize(struct loaded_rows *t, size_t capacity, struct error *e)
{
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

// Large blocks are moved by the system without a copy, and what is not yet written to
// takes no memory.
enum err rows_reserve(struct loaded_rows *t, size_t more, struct error *e)
{
    size_t need, capacity;
    if (!size_add(t->n, more, &need) || !size_add(need, need / 4, &capacity))
        return error_memory(e);
    if (need <= t->capacity)
        return ERR_OK;
    return resize(t, capacity < 1024 ? 1024 : capacity, e);
}

enum err rows_fit(struct loaded_rows *t, struct error *e)
{
    size_t capacity = t->n + t->n / 64 + 64;
    if (!ids_fit(&t->ids))
        return error_memory(e);
    return capacity < t->capacity ? resize(t, capacity, e) : ERR_OK;
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

// False: the value is too wide.
static inline bool set(enum column_storage storage, void *data, size_t row, int64_t v)
{
    bool null = v == NULL_INT;
    switch (storage) {
    case COLUMN_U8:
        ((uint8_t *)data)[row] = null ? UINT8_MAX : (uint8_t)v;
        return null || (uint64_t)v < UINT8_MAX;
    case COLUMN_U16:
        ((uint16_t *)data)[row] = null ? UINT16_MAX : (uint16_t)v;
        return null || (uint64_t)v < UINT16_MAX;
    case COLUMN_I32:
        ((int32_t *)data)[row] = null ? INT32_MIN : (int32_t)v;
        return null || (v > INT32_MIN && v <= INT32_MAX);
    default:
        ((int64_t *)data)[row] = v;
        return true;
    }
}

static enum err widen(struct loaded_rows *t, struct narrow *c,
                      enum column_storage storage, struct error *e)
{
    void *data = mem_alloc(t->capacity, width(storage));
    if (!data)
        return error_memory(e);
    for (size_t i = 0; i < t->n; i++)
        set(storage, data, i, get(c->storage, c->data, i));
    mem_free(c->data);
    *c = (struct narrow){storage, data};
    return ERR_OK;
}

static enum err put_value(struct loaded_rows *t, struct narrow *c, size_t row, int64_t v,
                          struct error *e)
{
    if (storage_for(v) > c->storage) {
        enum err code = widen(t, c, storage_for(v), e);
        if (code)
            return code;
    }
    set(c->storage, c->data, row, v);
    return ERR_OK;
}

enum err rows_put(struct loaded_rows *t, size_t row, int64_t id,
                  const union number *values, struct error *e)
{
    assert(row <= t->n && row < t->capacity);
    for (size_t i = 0; i < t->n_columns; i++) {
        struct narrow *c = &t->columns[i];
        if (c->storage == COLUMN_F64) {
            ((double *)c->data)[row] = values[i].d;
            continue;
        }
        // A new row is written first and looked at then; one that is there stays whole.
        if (row == t->n && set(c->storage, c->data, row, values[i].i))
            continue;
        enum err code = put_value(t, c, row, values[i].i, e);
        if (code)
            return code;
    }
    if (row < t->n)
        return ERR_OK;
    if (!ids_add(&t->ids, id))
        return error_memory(e);
    t->n++;
    return ERR_OK;
}

void cube_days(const struct column *c, size_t from, size_t n, int32_t *restrict out)
{
    switch (c->storage) {
    case COLUMN_U8: {
        const uint8_t *data = (const uint8_t *)c->data + from;
        for (size_t i = 0; i < n; i++)
            out[i] = data[i] == UINT8_MAX ? INT32_MIN : data[i];
        break;
    }
    case COLUMN_U16: {
        const uint16_t *data = (const uint16_t *)c->data + from;
        for (size_t i = 0; i < n; i++)
            out[i] = data[i] == UINT16_MAX ? INT32_MIN : data[i];
        break;
    }
    default:
        assert(c->storage == COLUMN_I32);
        memcpy(out, (const int32_t *)c->data + from, n * sizeof *out);
    }
}

size_t rows_bytes(const struct loaded_rows *t)
{
    size_t row = 0;
    for (size_t i = 0; i < t->n_columns; i++)
        row += width(t->columns[i].storage);
    return row * t->capacity + ids_bytes(&t->ids);
}
