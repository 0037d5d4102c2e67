// SPDX-License-Identifier: AGPL-3.0-or-later
// The loops are written for the compiler to do many rows at once, in the column's own
// width.
#include <string.h>

#include "cube/cube_private.h"

void sieve_open(struct sieve *s, const struct column *c, int64_t low, int64_t high)
{
    *s = (struct sieve){.column = c};
    switch (c->storage) {
    case COLUMN_U8:
        s->null = UINT8_MAX;
        s->low = low < 0 ? 0 : low > UINT8_MAX ? UINT8_MAX : (int32_t)low;
        s->high = high < 0 ? -1 : high >= UINT8_MAX ? UINT8_MAX - 1 : (int32_t)high;
        break;
    case COLUMN_U16:
        s->null = UINT16_MAX;
        s->low = low < 0 ? 0 : low > UINT16_MAX ? UINT16_MAX : (int32_t)low;
        s->high = high < 0 ? -1 : high >= UINT16_MAX ? UINT16_MAX - 1 : (int32_t)high;
        break;
    default:
        s->null = INT32_MIN;
        s->low = low <= INT32_MIN  ? INT32_MIN + 1
                 : low > INT32_MAX ? INT32_MAX
                                   : (int32_t)low;
        s->high = high > INT32_MAX    ? INT32_MAX
                  : high <= INT32_MIN ? INT32_MIN
                                      : (int32_t)high;
        if (low > INT32_MAX)
            s->high = INT32_MIN;
    }
}

void sieve_open_of(struct sieve *s, const struct column *c, const bool *of, size_t n)
{
    const bool *first = memchr(of, true, n), *last = memrchr(of, true, n);
    if (!first) {
        sieve_open(s, c, 1, 0);
        return;
    }
    sieve_open(s, c, first - of, last - of);
    size_t between = (size_t)(last - first);
    if (memchr(first, false, between))
        s->of = of;
}

static void keep_u8(const uint8_t *restrict v, size_t n, uint8_t low, uint8_t high,
                    uint8_t also, uint8_t *restrict keep)
{
    for (size_t i = 0; i < n; i++)
        keep[i] &= (uint8_t)(((v[i] >= low) & (v[i] <= high)) | (v[i] == also));
}

static void keep_u16(const uint16_t *restrict v, size_t n, uint16_t low, uint16_t high,
                     uint16_t also, uint8_t *restrict keep)
{
    for (size_t i = 0; i < n; i++)
        keep[i] &= (uint8_t)(((v[i] >= low) & (v[i] <= high)) | (v[i] == also));
}

static void keep_i32(const int32_t *restrict v, size_t n, int32_t low, int32_t high,
                     int32_t also, uint8_t *restrict keep)
{
    for (size_t i = 0; i < n; i++)
        keep[i] &= (uint8_t)(((v[i] >= low) & (v[i] <= high)) | (v[i] == also));
}

static void keep_range(const struct sieve *s, size_t from, size_t n, bool nulls,
                       uint8_t *keep)
{
    bool some = s->low <= s->high;
    if (!some && !nulls) {
        memset(keep, 0, n);
        return;
    }
    int32_t low = some ? s->low : s->null, high = some ? s->high : s->null,
            also = nulls ? s->null : low;
    const struct column *c = s->column;
    if (c->storage == COLUMN_U8)
        keep_u8((const uint8_t *)c->data + from, n, (uint8_t)low, (uint8_t)high,
                (uint8_t)also, keep);
    else if (c->storage == COLUMN_U16)
        keep_u16((const uint16_t *)c->data + from, n, (uint16_t)low, (uint16_t)high,
                 (uint16_t)also, keep);
    else
        keep_i32((const int32_t *)c->data + from, n, low, high, also, keep);
}

void sieve_keep(const struct sieve *s, size_t from, size_t n, bool nulls, uint8_t *keep)
{
    keep_range(s, from, n, nulls, keep);
    if (!s->of)
        return;
    for (size_t i = 0; (i = sieve_next(keep, i, n)) < n; i++) {
        int64_t value = cube_int(s->column, from + i);
        keep[i] = value == NULL_INT || s->of[value];
    }
}

size_t sieve_next(const uint8_t *keep, size_t i, size_t n)
{
    const uint8_t *at = memchr(keep + i, 1, n - i);
    return at ? (size_t)(at - keep) : n;
}
