// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "register/slip.h"

// One text by which a place is known. Sorted by hash; 64 bits over at most a few million
// texts make a chance collision less likely than a disk error.
struct place_text {
    uint64_t hash;
    int32_t index;
    bool facility;
};

struct place_table {
    struct place_text *texts;
    size_t n, capacity;
    uint64_t *area_masks, *facility_masks; // of the names, see slip.h
};

struct place_id {
    int64_t id;
    int32_t index;
};

struct place_ids {
    struct place_id *areas, *facilities;
};

// --- keys of texts

enum { KEY_MAX = 512 };

// Letters without case, without spaces and without what people put between the parts of a
// place.
static uint64_t add_part(uint64_t hash, struct str s, size_t *length)
{
    char text[KEY_MAX];
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < sizeof text;) {
        if (i + 3 <= s.n && memcmp(s.p + i, "\xE3\x80\x80", 3) == 0) {
            i += 3;
            continue;
        }
        char c = s.p[i++];
        if (c == '\0' || !strchr(" \t/-,>|", c))
            text[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    // byte-wise (FNV-1a), so that joined parts hash like one text
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ULL;
    *length += n;
    return hash;
}

enum { HASH_START = 0x2545F491 };

static int by_hash(const void *a, const void *b)
{
    const struct place_text *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return x->facility - y->facility;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct place_id *)a)->id, y = ((const struct place_id *)b)->id;
    return (x > y) - (x < y);
}

static void add_text(struct place_table *t, const struct str *parts, size_t n_parts,
                     int32_t index, bool facility)
{
    uint64_t hash = HASH_START;
    size_t length = 0;
    for (size_t i = 0; i < n_parts; i++)
        hash = add_part(hash, parts[i], &length);
    if (length && t->n < t->capacity)
        t->texts[t->n++] = (struct place_text){hash, index, facility};
}

static void add_area_texts(struct place_table *t, const struct places *p, int32_t i)
{
    const struct area *a = &p->areas[i];
    add_text(t, &a->code, 1, i, false);
    for (int english = 0; english < 2; english++) {
        struct str chain[8];
        int n = 0;
        for (int32_t k = i; k >= 0 && n < 8; k = p->areas[k].parent)
            chain[n++] = english ? p->areas[k].name_en : p->areas[k].name;
        if (!chain[0].n)
            continue;
        for (int from = 0; from < n;
             from++) { // name, parent name, grandparent parent name ...
            struct str parts[8];
            for (int k = 0; k <= from; k++)
                parts[k] = chain[from - k];
            add_text(t, parts, (size_t)from + 1, i, false);
        }
        if (n > 2) { // grandparent name, without the one between
            struct str parts[2] = {chain[2], chain[0]};
            add_text(t, parts, 2, i, false);
        }
    }
}

// --- loading

static int32_t day_of(struct str text)
{
    int32_t day = DATE_NONE;
    if (text.n && date_parse(text, &day, NULL))
        day = DATE_NONE;
    return day;
}

struct raw_area {
    struct area area;
    struct str parent;
};

static int by_code(const void *a, const void *b)
{
    return str_compare(((const struct raw_area *)a)->area.code,
                       ((const struct raw_area *)b)->area.code);
}

static int32_t raw_find(const struct raw_area *raw, size_t n, struct str code)
{
    struct raw_area key = {.area.code = code};
    const struct raw_area *found =
        code.n ? bsearch(&key, raw, n, sizeof *raw, by_code) : NULL;
    return found ? (int32_t)(found - raw) : -1;
}

// Where no parent is given the code says it: its first digits, as they are or filled up
// with zeros.
static int32_t parent_by_code(const struct pack *p, const struct raw_area *raw, size_t n,
                              const struct area *area)
{
    char code[64];
    if (area->level <= 0 || area->code.n >= sizeof code)
        return -1;
    for (int level = area->level - 1; level >= 0; level--) {
        size_t digits = 0;
        for (int i = 0; i <= level; i++)
            digits += (size_t)p->levels[i].code_length;
        if (!digits || digits >= area->code.n)
            continue;
        memset(code, '0', area->code.n);
        memcpy(code, area->code.p, digits);
        int32_t found = raw_find(raw, n, (struct str){code, digits});
        if (found < 0)
            found = raw_find(raw, n, (struct str){code, area->code.n});
        if (found >= 0 && raw[found].area.level == level)
            return found;
    }
    return -1;
}

static enum err count_rows(struct conn *c, const char *name, const char *sql, size_t *n,
                           struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, name, sql, &s, e);
    bool row = false;
    if (!code)
        code = stmt_step(s, &row, e);
    *n = !code && row ? (size_t)stmt_int(s, 0) : 0;
    if (!code)
        stmt_finish(s);
    return code;
}

static enum err read_areas(struct arena *a, const struct pack *p, struct conn *c,
                           struct raw_area **out, size_t *n, struct error *e)
{
    size_t count;
    enum err code =
        count_rows(c, "places.count_areas",
                   "SELECT count(*) FROM r_areas WHERE state = 'current'", &count, e);
    if (code)
        return code;
    struct raw_area *raw = ARENA_ARRAY(a, struct raw_area, count + 1);
    if (!raw)
        return error_memory(e);
    struct stmt *s;
    code =
        conn_stmt(c, "places.areas",
                  "SELECT id, code, name, name_en, level, parent, valid_from, valid_to,"
                  " successor FROM r_areas WHERE state = 'current' ORDER BY id",
                  &s, e);
    if (code)
        return code;
    size_t k = 0;
    for (bool row; !(code = stmt_step(s, &row, e)) && row && k < count; k++) {
        struct area *area = &raw[k].area;
        area->id = stmt_int(s, 0);
        area->code = str_copy(a, stmt_text(s, 1));
        area->name = str_copy(a, stmt_text(s, 2));
        area->name_en = str_copy(a, stmt_text(s, 3));
        area->level = pack_level(p, stmt_text(s, 4));
        raw[k].parent = str_copy(a, stmt_text(s, 5));
        area->valid_from = day_of(stmt_text(s, 6));
        area->valid_to = day_of(stmt_text(s, 7));
        area->successor = str_copy(a, stmt_text(s, 8));
        if (!area->code.p || !area->name.p || !raw[k].parent.p)
            code = error_memory(e);
        if (code)
            break;
    }
    stmt_finish(s);
    *out = raw;
    *n = k;
    return code;
}

// Walks down from every top so that a subtree is a run of indices. A parent chain that
// closes in a circle has no top; its areas are added as tops, so that no row loses its
// place.
static enum err order_areas(struct arena *a, struct places *p, struct raw_area *raw,
                            size_t n, struct error *e)
{
    qsort(raw, n, sizeof *raw, by_code);
    int32_t *parent = ARENA_ARRAY(a, int32_t, n + 1);
    int32_t *first = ARENA_ARRAY(a, int32_t, n + 1); // first child
    int32_t *next = ARENA_ARRAY(a, int32_t, n + 1);  // next sibling
    int32_t *placed = ARENA_ARRAY(a, int32_t, n + 1);
    p->areas = ARENA_ARRAY(a, struct area, n + 1);
    if (!parent || !first || !next || !placed || !p->areas)
        return error_memory(e);
    for (size_t i = 0; i <= n; i++)
        first[i] = next[i] = placed[i] = -1;
    for (size_t i = n; i-- > 0;) {
        parent[i] = raw[i].parent.n ? raw_find(raw, n, raw[i].parent)
                                    : parent_by_code(p->pack, raw, n, &raw[i].area);
        if (parent[i] >= 0 && parent[i] != (int32_t)i) {
            next[i] = first[parent[i]];
            first[parent[i]] = (int32_t)i;
        } else {
            parent[i] = -1;
        }
    }
    p->n_areas = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t top = 0; top < n; top++) {
            if (placed[top] >= 0 || (pass == 0 && parent[top] >= 0))
                continue;
            int32_t at = (int32_t)top;
            bool down = true;
            for (;;) {
                if (down) {
                    placed[at] = (int32_t)p->n_areas;
                    struct area *area = &p->areas[p->n_areas++];
                    *area = raw[at].area;
                    area->parent = at == (int32_t)top ? -1 : placed[parent[at]];
                }
                int32_t child = down ? first[at] : -1;
                while (child >= 0 && placed[child] >= 0)
                    child = next[child];
                if (child >= 0) {
                    at = child;
                    down = true;
                    continue;
                }
                p->areas[placed[at]].last = (int32_t)p->n_areas - 1;
                if (at == (int32_t)top)
                    break;
                int32_t sibling = next[at];
                while (sibling >= 0 && placed[sibling] >= 0)
                    sibling = next[sibling];
                down = sibling >= 0;
                at = down ? sibling : parent[at];
            }
        }
    }
    return ERR_OK;
}

static enum err read_facilities(struct arena *a, struct places *p, struct conn *c,
                                struct error *e)
{
    size_t count;
    enum err code = count_rows(
        c, "places.count_facilities",
        "SELECT count(*) FROM r_facilities WHERE state = 'current'", &count, e);
    if (code)
        return code;
    p->facilities = ARENA_ARRAY(a, struct facility, count + 1);
    if (!p->facilities)
        return error_memory(e);
    struct stmt *s;
    code = conn_stmt(c, "places.facilities",
                     "SELECT id, code, name, name_en, kind, area, valid_from, valid_to"
                     " FROM r_facilities WHERE state = 'current' ORDER BY code, id",
                     &s, e);
    if (code)
        return code;
    size_t k = 0;
    for (bool row; !(code = stmt_step(s, &row, e)) && row && k < count; k++) {
        struct facility *f = &p->facilities[k];
        f->id = stmt_int(s, 0);
        f->code = str_copy(a, stmt_text(s, 1));
        f->name = str_copy(a, stmt_text(s, 2));
        f->name_en = str_copy(a, stmt_text(s, 3));
        f->kind = str_copy(a, stmt_text(s, 4));
        f->area = places_area_index(p, stmt_int(s, 5));
        f->valid_from = day_of(stmt_text(s, 6));
        f->valid_to = day_of(stmt_text(s, 7));
        if (!f->code.p || !f->name.p) {
            code = error_memory(e);
            break;
        }
    }
    p->n_facilities = k;
    stmt_finish(s);
    return code;
}

// --- columns for lookup() ---------------------------------------------------------

static bool is_countable(const struct field *f)
{
    return !f->system &&
           (f->type == TYPE_CODE || f->type == TYPE_INT || f->type == TYPE_BOOL ||
            f->type == TYPE_DATE || f->type == TYPE_DECIMAL);
}

static void store_value(const struct column *column, const struct field *f,
                        struct stmt *s, int at, size_t row)
{
    bool null = stmt_kind(s, at) == STMT_NULL;
    if (f->type == TYPE_DECIMAL) {
        ((double *)(uintptr_t)column->data)[row] =
            null ? __builtin_nan("") : stmt_double(s, at);
        return;
    }
    int64_t value = INT64_MIN;
    if (!null && f->type == TYPE_CODE) {
        int code = field_code(f, stmt_text(s, at));
        value = code < 0 ? INT64_MIN : code;
    } else if (!null && f->type == TYPE_DATE) {
        int32_t day = day_of(stmt_text(s, at));
        value = day == DATE_NONE ? INT64_MIN : day;
    } else if (!null) {
        value = stmt_int(s, at);
    }
    ((int64_t *)(uintptr_t)column->data)[row] = value;
}

static enum err load_columns(struct arena *a, const struct places *p, const struct reg *r,
                             struct conn *c, struct column **out, struct error *e)
{
    size_t n = r->kind == REG_AREAS ? p->n_areas : p->n_facilities;
    struct column *columns = ARENA_ARRAY(a, struct column, r->n_fields);
    struct buf sql = BUF_INIT(1 << 20);
    buf_add_c(&sql, "SELECT id");
    bool good = columns != NULL;
    for (size_t k = 0; good && k < r->n_fields; k++) {
        const struct field *f = &r->fields[k];
        if (!is_countable(f))
            continue;
        buf_printf(&sql, ", \"" STR_FMT "\"", STR_ARG(f->column));
        columns[k] = (struct column){f->type == TYPE_DECIMAL ? COLUMN_F64 : COLUMN_I64,
                                     arena_alloc(a, n + 1, 8)};
        good = columns[k].data != NULL;
    }
    buf_printf(&sql, " FROM \"" STR_FMT "\" WHERE state = 'current'", STR_ARG(r->table));
    struct stmt *s = NULL;
    enum err code = good ? buf_check(&sql, e) : error_memory(e);
    if (!code)
        code = conn_prepare(c, buf_str(&sql), &s, e);
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;) {
        int64_t id = stmt_int(s, 0);
        int32_t i = r->kind == REG_AREAS ? places_area_index(p, id)
                                         : places_facility_index(p, id);
        int at = 1;
        for (size_t k = 0; i >= 0 && k < r->n_fields; k++)
            if (columns[k].storage != COLUMN_ABSENT)
                store_value(&columns[k], &r->fields[k], s, at++, (size_t)i);
    }
    stmt_finish(s);
    buf_free(&sql);
    *out = columns;
    return code;
}

static struct place_id *index_ids(struct arena *a, size_t n)
{
    return ARENA_ARRAY(a, struct place_id, n + 1);
}

enum err places_load(struct arena *a, const struct pack *pack, struct conn *c,
                     struct places **out, struct error *e)
{
    struct places *p = ARENA_NEW(a, struct places);
    if (!p)
        return error_memory(e);
    p->pack = pack;
    p->by_text = ARENA_NEW(a, struct place_table);
    p->by_id = ARENA_NEW(a, struct place_ids);
    if (!p->by_text || !p->by_id)
        return error_memory(e);
    struct raw_area *raw = NULL;
    size_t n = 0;
    enum err code = read_areas(a, pack, c, &raw, &n, e);
    if (!code)
        code = order_areas(a, p, raw, n, e);
    if (code)
        return code;
    struct place_ids *ids = p->by_id;
    ids->areas = index_ids(a, n);
    if (!ids->areas)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        ids->areas[i] = (struct place_id){p->areas[i].id, (int32_t)i};
    qsort(ids->areas, n, sizeof *ids->areas, by_id);
    if (pack->facilities && (code = read_facilities(a, p, c, e)))
        return code;
    ids->facilities = index_ids(a, p->n_facilities);
    struct place_table *t = p->by_text;
    t->capacity = n * 19 + p->n_facilities * 3;
    t->texts = ARENA_ARRAY(a, struct place_text, t->capacity + 1);
    t->area_masks = ARENA_ARRAY(a, uint64_t, n + 1);
    t->facility_masks = ARENA_ARRAY(a, uint64_t, p->n_facilities + 1);
    if (!ids->facilities || !t->texts || !t->area_masks || !t->facility_masks)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        t->area_masks[i] = slip_mask(p->areas[i].name);
    for (size_t i = 0; i < p->n_facilities; i++)
        t->facility_masks[i] = slip_mask(p->facilities[i].name);
    for (size_t i = 0; i < p->n_facilities; i++)
        ids->facilities[i] = (struct place_id){p->facilities[i].id, (int32_t)i};
    qsort(ids->facilities, p->n_facilities, sizeof *ids->facilities, by_id);
    for (size_t i = 0; i < n; i++)
        add_area_texts(t, p, (int32_t)i);
    for (size_t i = 0; i < p->n_facilities; i++) {
        const struct facility *f = &p->facilities[i];
        add_text(t, &f->code, 1, (int32_t)i, true);
        add_text(t, &f->name, 1, (int32_t)i, true);
        add_text(t, &f->name_en, 1, (int32_t)i, true);
    }
    qsort(t->texts, t->n, sizeof *t->texts, by_hash);
    *out = p;
    code = load_columns(a, p, pack->areas, c, &p->area_columns, e);
    if (!code && pack->facilities)
        code = load_columns(a, p, pack->facilities, c, &p->facility_columns, e);
    return code;
}

// --- questions

static int32_t find_id(const struct place_id *ids, size_t n, int64_t id)
{
    struct place_id key = {.id = id};
    const struct place_id *found = n ? bsearch(&key, ids, n, sizeof *ids, by_id) : NULL;
    return found ? found->index : -1;
}

int32_t places_area_index(const struct places *p, int64_t id)
{
    return find_id(p->by_id->areas, p->n_areas, id);
}

int32_t places_facility_index(const struct places *p, int64_t id)
{
    return find_id(p->by_id->facilities, p->n_facilities, id);
}

bool places_within(const struct places *p, int32_t area, int32_t root)
{
    return root < 0 || (area >= root && area <= p->areas[root].last);
}

static bool valid_on(int32_t from, int32_t to, int32_t day)
{
    return day == DATE_NONE ||
           ((from == DATE_NONE || from <= day) && (to == DATE_NONE || day <= to));
}

bool area_valid_on(const struct area *a, int32_t day)
{
    return valid_on(a->valid_from, a->valid_to, day);
}

struct str area_name(const struct area *a, bool zh)
{
    return !zh && a->name_en.n ? a->name_en : a->name;
}

struct str facility_name(const struct facility *f, bool zh)
{
    return !zh && f->name_en.n ? f->name_en : f->name;
}

int32_t places_at_level(const struct places *p, int32_t area, int level)
{
    while (area >= 0 && p->areas[area].level > level)
        area = p->areas[area].parent;
    return area >= 0 && p->areas[area].level == level ? area : -1;
}

// The run of texts with this hash.
static const struct place_text *texts_of(const struct places *p, struct str text,
                                         size_t *n)
{
    const struct place_table *t = p->by_text;
    size_t length = 0;
    uint64_t hash = add_part(HASH_START, text, &length);
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->texts[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < t->n && t->texts[end].hash == hash)
        end++;
    *n = length ? end - low : 0;
    return t->texts + low;
}

enum { SHOWN_WIDTH = 60 }; // columns of a cell that an error repeats

// The same, and where nothing has this text, of its normal form: full-width digits and
// letters as plain ones. The result does not depend on memory kept in `a`.
static const struct place_text *known_texts(const struct places *p, struct str text,
                                            size_t *n)
{
    const struct place_text *found = texts_of(p, text, n);
    struct arena a;
    struct str normal;
    if (*n || text.n > KEY_MAX)
        return found;
    arena_init(&a, 0);
    if (text_normalise(&a, text, &normal, NULL) == ERR_OK)
        found = texts_of(p, normal, n);
    arena_free(&a);
    return found;
}

int32_t places_area_by_code(const struct places *p, struct str code)
{
    size_t n;
    const struct place_text *t = texts_of(p, code, &n);
    for (size_t i = 0; i < n; i++)
        if (!t[i].facility && str_equal(p->areas[t[i].index].code, code))
            return t[i].index;
    return -1;
}

// Of joined names the last is looked at.
static struct slip_name last_name(struct str text)
{
    for (size_t i = text.n; i-- > 0;)
        if (text.p[i] == '/')
            return slip_name((struct str){text.p + i + 1, text.n - i - 1});
    return slip_name(text);
}

struct nearest { // so far
    int32_t index;
    int edits;
    bool shared; // by several
};

static void consider(struct nearest *best, const struct slip_name *text, struct str name,
                     int32_t index)
{
    struct slip_name candidate = slip_name(name);
    int edits = slip_edits(text, &candidate);
    if (edits < 0 || (best->index >= 0 && edits > best->edits))
        return;
    best->shared = best->index >= 0 && edits == best->edits;
    best->edits = edits;
    best->index = index;
}

// The one area whose name differs least from the text, or -1.
static int32_t nearest_area(const struct places *p, struct str text, int level,
                            int32_t on)
{
    const uint64_t *masks = p->by_text->area_masks;
    struct slip_name name = last_name(text);
    struct nearest best = {.index = -1};
    for (size_t i = 0; name.n && i < p->n_areas; i++)
        if (slip_possible(name.mask, masks[i]) &&
            (level < 0 || p->areas[i].level == level) && area_valid_on(&p->areas[i], on))
            consider(&best, &name, p->areas[i].name, (int32_t)i);
    return best.shared ? -1 : best.index;
}

static int32_t nearest_facility(const struct places *p, struct str text, int32_t on)
{
    const uint64_t *masks = p->by_text->facility_masks;
    struct slip_name name = last_name(text);
    struct nearest best = {.index = -1};
    for (size_t i = 0; name.n && i < p->n_facilities; i++)
        if (slip_possible(name.mask, masks[i]) &&
            valid_on(p->facilities[i].valid_from, p->facilities[i].valid_to, on))
            consider(&best, &name, p->facilities[i].name, (int32_t)i);
    return best.shared ? -1 : best.index;
}

static enum err no_area(const struct places *p, struct str text, int level, int32_t on,
                        struct error *e)
{
    if (!e) // no message is wanted
        return ERR_INPUT;
    struct str want = level >= 0 ? p->pack->levels[level].label.en : STR("area");
    error_set(e, ERR_INPUT, "area.unknown", NULL, "there is no " STR_FMT " '" STR_FMT "'",
              STR_ARG(want), STR_ARG(text_cut(text, SHOWN_WIDTH)));
    error_set_zh(e, "没有名称或代码为“" STR_FMT "”的" STR_FMT,
                 STR_ARG(text_cut(text, SHOWN_WIDTH)),
                 STR_ARG(level >= 0 ? p->pack->levels[level].label.zh : STR("地区")));
    int32_t near = nearest_area(p, text, level, on);
    if (near >= 0)
        return error_cure(e,
                          "did you mean " STR_FMT " (" STR_FMT
                          ")? If so, write that; if not, give the official code",
                          STR_ARG(p->areas[near].name), STR_ARG(p->areas[near].code));
    return error_cure(
        e, "give its official code, or its name as in the register of areas; a new "
           "area must first be imported there");
}

static enum err closed_area(const struct places *p, int32_t i, int32_t on,
                            struct error *e)
{
    const struct area *a = &p->areas[i];
    char day[DATE_TEXT_SIZE], from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
    date_format(on, day);
    date_format(a->valid_from, from);
    date_format(a->valid_to, to);
    bool early = a->valid_from != DATE_NONE && on < a->valid_from;
    error_set(e, ERR_INPUT, "area.closed", NULL,
              "the area " STR_FMT " (" STR_FMT ") %s %s, and the row is of %s",
              STR_ARG(a->name), STR_ARG(a->code), early ? "begins on" : "ended on",
              early ? from : to, day);
    int32_t heir = a->successor.n ? places_area_by_code(p, a->successor) : -1;
    if (heir < 0)
        return error_cure(e, "use the area that was in being on that day");
    return error_cure(e, "use " STR_FMT " (" STR_FMT "), into which it went",
                      STR_ARG(p->areas[heir].name), STR_ARG(p->areas[heir].code));
}

enum err places_find_area(const struct places *p, struct str text, int level, int32_t on,
                          int32_t *out, struct error *e)
{
    text = str_trim(text);
    size_t n;
    const struct place_text *t = known_texts(p, text, &n);
    int32_t found = -1, other = -1, closed = -1, second = -1;
    for (size_t i = 0; i < n; i++) {
        if (t[i].facility)
            continue;
        const struct area *a = &p->areas[t[i].index];
        if (level >= 0 && a->level != level)
            other = t[i].index;
        else if (!area_valid_on(a, on))
            closed = t[i].index;
        else if (found < 0 || found == t[i].index)
            found = t[i].index;
        else
            second = t[i].index;
    }
    if (second >= 0) {
        error_set(e, ERR_INPUT, "area.ambiguous", NULL,
                  "'" STR_FMT "' is the name of more than one area (" STR_FMT
                  " and " STR_FMT ")",
                  STR_ARG(text_cut(text, SHOWN_WIDTH)), STR_ARG(p->areas[found].code),
                  STR_ARG(p->areas[second].code));
        return error_cure(
            e, "give the official code, or the name of the area above with it");
    }
    if (found >= 0) {
        *out = found;
        return ERR_OK;
    }
    if (closed >= 0)
        return closed_area(p, closed, on, e);
    if (other >= 0) {
        const struct level *is =
            &p->pack->levels[p->areas[other].level < 0 ? 0 : p->areas[other].level];
        error_set(e, ERR_INPUT, "area.level", NULL,
                  "'" STR_FMT "' is a " STR_FMT ", and this field wants a " STR_FMT,
                  STR_ARG(text_cut(text, SHOWN_WIDTH)), STR_ARG(is->label.en),
                  STR_ARG(p->pack->levels[level].label.en));
        error_set_zh(e, "“" STR_FMT "”是" STR_FMT "，本项应为" STR_FMT,
                     STR_ARG(text_cut(text, SHOWN_WIDTH)), STR_ARG(is->label.zh),
                     STR_ARG(p->pack->levels[level].label.zh));
        error_cure(e, "give the " STR_FMT, STR_ARG(p->pack->levels[level].label.en));
        error_cure_zh(e, "请填写" STR_FMT, STR_ARG(p->pack->levels[level].label.zh));
        return ERR_INPUT;
    }
    return no_area(p, text, level, on, e);
}

enum err places_find_facility(const struct places *p, struct str text, int32_t near,
                              int32_t on, int32_t *out, struct error *e)
{
    text = str_trim(text);
    size_t n;
    const struct place_text *t = known_texts(p, text, &n);
    int32_t found = -1, second = -1, closed = -1;
    int best = -1;
    for (size_t i = 0; i < n; i++) {
        if (!t[i].facility)
            continue;
        const struct facility *f = &p->facilities[t[i].index];
        if (!valid_on(f->valid_from, f->valid_to, on)) {
            closed = t[i].index;
            continue;
        }
        if (found == t[i].index)
            continue;
        // the one that serves the smallest area around the row wins
        bool is_near = near >= 0 && f->area >= 0 && places_within(p, near, f->area);
        int depth = is_near ? p->areas[f->area].level : -1;
        if (found < 0 || depth > best) {
            found = t[i].index;
            best = depth;
            second = -1;
        } else if (depth == best) {
            second = t[i].index;
        }
    }
    if (second >= 0) {
        error_set(e, ERR_INPUT, "facility.ambiguous", NULL,
                  "'" STR_FMT "' is the name of more than one facility (" STR_FMT
                  " and " STR_FMT ")",
                  STR_ARG(text_cut(text, SHOWN_WIDTH)),
                  STR_ARG(p->facilities[found].code),
                  STR_ARG(p->facilities[second].code));
        return error_cure(e, "give the facility's code");
    }
    if (found >= 0) {
        *out = found;
        return ERR_OK;
    }
    if (closed >= 0) {
        char day[DATE_TEXT_SIZE];
        date_format(on, day);
        error_set(e, ERR_INPUT, "facility.closed", NULL,
                  "the facility " STR_FMT " was not open on %s",
                  STR_ARG(p->facilities[closed].name), day);
        return error_cure(e,
                          "check the date, or the facility's validity in the register");
    }
    error_set(e, ERR_INPUT, "facility.unknown", NULL,
              "there is no facility '" STR_FMT "'", STR_ARG(text_cut(text, SHOWN_WIDTH)));
    int32_t nearest = e ? nearest_facility(p, text, on) : -1;
    if (nearest >= 0)
        return error_cure(e,
                          "did you mean " STR_FMT " (" STR_FMT
                          ")? If so, write that; if not, give the facility's code",
                          STR_ARG(p->facilities[nearest].name),
                          STR_ARG(p->facilities[nearest].code));
    return error_cure(
        e, "give its code, or its name as in the register of facilities; a new one "
           "must first be imported there");
}
