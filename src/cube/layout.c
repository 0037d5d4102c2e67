// SPDX-License-Identifier: AGPL-3.0-or-later
// How a register is read: which columns, and from the store's text and ids to narrow
// numbers.
#include <math.h>
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

// Codes are short: a call to memcmp takes longer than this.
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
    uint64_t x, y;
    if (n > 2 * sizeof x)
        return memcmp(a, b, n) == 0;
    if (n >= sizeof x) {
        uint64_t last, other;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        memcpy(&last, a + n - sizeof last, sizeof last);
        memcpy(&other, b + n - sizeof other, sizeof other);
        return x == y && last == other;
    }
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

// A value that the pack does not know (any more) reads as null.
static inline int64_t code_find(const struct code_map *m, struct str s)
{
    for (size_t at = code_hash(s) & m->mask; m->slots[at].index >= 0;
         at = (at + 1) & m->mask)
        if (m->slots[at].value.n == s.n && same_bytes(m->slots[at].value.p, s.p, s.n))
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

size_t layout_width(const struct reg *r)
{
    size_t sum = 0;
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        enum decode decode;
        if (!countable(f, &decode))
            continue;
        if (decode == DECODE_BOOL || (decode == DECODE_CODE && f->n_codes < UINT8_MAX))
            sum += 1;
        else if (decode == DECODE_DECIMAL)
            sum += 8;
        else if (decode == DECODE_INT && !(f->has_max && f->max < UINT16_MAX))
            sum += 4;
        else
            sum += 2;
    }
    return sum;
}

static enum err keep_sql(struct layout *p, const struct buf *b, struct str *out,
                         struct error *e)
{
    enum err code = buf_check(b, e);
    if (!code && !(*out = str_copy(&p->arena, buf_str(b))).p)
        code = error_memory(e);
    return code;
}

static enum err layout_sql(struct layout *p, struct error *e)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_add_c(&b, "SELECT id");
    for (size_t i = 0; i < p->n_columns; i++)
        buf_printf(&b, ", \"" STR_FMT "\"", STR_ARG(p->columns[i].field->column));
    buf_printf(&b, " FROM \"" STR_FMT "\"", STR_ARG(p->reg->table));
    size_t n = b.n;
    buf_add_c(&b, " WHERE id = ?");
    enum err code = keep_sql(p, &b, &p->sql_row, e);
    b.n = n < b.n ? n : b.n;
    buf_add_c(&b, " ORDER BY id");
    if (!code)
        code = keep_sql(p, &b, &p->sql_all, e);
    buf_free(&b);
    return code;
}

// As rights_place has it: rows of a register without an area stand where their facility
// is. Where a register has both, a row without an area has none (a birth whose mother's
// home is not known is not one of the hospital's township).
static bool place_by_facility(struct layout *p, const struct places *places)
{
    int32_t *placed;
    if (p->reg->area || !p->reg->facility)
        return true;
    for (size_t i = 0; i < p->n_columns; i++) {
        if (p->columns[i].field == &p->reg->fields[FIELD_AREA])
            p->area_at = i;
        if (p->columns[i].field == &p->reg->fields[FIELD_FACILITY])
            p->facility_at = i;
    }
    p->placed = placed = ARENA_ARRAY(&p->arena, int32_t, places->n_facilities + 1);
    for (size_t i = 0; placed && i < places->n_facilities; i++)
        placed[i] = places->facilities[i].area;
    return placed != NULL;
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
        p->start[p->n_columns++] = c->decode == DECODE_DECIMAL ? COLUMN_F64 : COLUMN_U8;
    }
    if (!place_by_facility(p, places))
        return error_memory(e);
    return layout_sql(p, e);
}

void layout_close(struct layout *p)
{
    arena_free(&p->arena);
    *p = (struct layout){0};
}

// --- one row

static inline int64_t decode(const struct layout *p, const struct layout_column *c,
                             const struct sql_value *v)
{
    switch (c->decode) {
    case DECODE_DATE:
        return v->kind == STMT_TEXT ? day_of(p->months, v->s) : NULL_INT;
    case DECODE_CODE:
        return v->kind == STMT_TEXT ? code_find(c->codes, v->s) : NULL_INT;
    default:
        break;
    }
    if (v->kind != STMT_INT)
        return NULL_INT;
    switch (c->decode) {
    case DECODE_AREA:
        return id_map_find(&p->areas, v->i);
    case DECODE_FACILITY:
        return id_map_find(&p->facilities, v->i);
    case DECODE_BOOL:
        return v->i != 0;
    default:
        return v->i;
    }
}

void layout_decode(const struct layout *p, const struct sql_value *values,
                   union number *out)
{
    for (size_t i = 0; i < p->n_columns; i++)
        if (p->columns[i].decode == DECODE_DECIMAL)
            out[i].d = values[i].kind == STMT_DOUBLE ? values[i].d
                       : values[i].kind == STMT_INT  ? (double)values[i].i
                                                     : (double)NAN;
        else
            out[i].i = decode(p, &p->columns[i], &values[i]);
    if (!p->placed || out[p->facility_at].i == NULL_INT)
        return;
    const int32_t area = p->placed[out[p->facility_at].i];
    if (out[p->area_at].i == NULL_INT && area >= 0)
        out[p->area_at].i = area;
}
