// SPDX-License-Identifier: AGPL-3.0-or-later
// A page is found in two steps: which rows stand on it (sort value and id), by the way
// that is shortest, and then their columns, one by one.
//
// Rows of everywhere are gone through in their order by an index (date, or the id). Those
// of some areas or facilities are taken from each in turn, by the index (area, date) or
// (area), only as far as they can still get onto the page. By id among very many places,
// or in a range of days, the newest rows of all are looked through first.
#include "register/row_list.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "register/row.h"
#include "register/row_list_private.h"
#include "register/search.h"

enum {
    WINDOW_ROWS = 8000,
    WINDOW_OF_DAYS = 1000,
    FEW_PLACES = 400,
    SAVERS = 8,
    CURSOR_HEAD = 13,
    CURSOR_MAX = 4096
};

struct pick { // a row that stands on the page, as far as is known
    struct sql_value key;
    int64_t id;
};

struct page {
    struct row_lister *l;
    struct pick *picks; // in order
    size_t n, most;
    bool has_after;
    struct pick after;
};

// --- order

static int compare_keys(const struct sql_value *a, const struct sql_value *b)
{
    if (a->kind == STMT_TEXT && b->kind == STMT_TEXT)
        return str_compare(a->s, b->s);
    if (a->kind == STMT_INT && b->kind == STMT_INT)
        return (a->i > b->i) - (a->i < b->i);
    double x = a->kind == STMT_INT ? (double)a->i : a->d;
    double y = b->kind == STMT_INT ? (double)b->i : b->d;
    return (x > y) - (x < y);
}

// Before, at or behind on the page.
static int compare_picks(const struct row_lister *l, const struct pick *a,
                         const struct pick *b)
{
    bool a_none = a->key.kind == STMT_NULL, b_none = b->key.kind == STMT_NULL;
    if (a_none != b_none)
        return a_none ? 1 : -1;
    int order = a_none ? 0 : compare_keys(&a->key, &b->key);
    if (!order)
        order = (a->id > b->id) - (a->id < b->id);
    return l->down ? -order : order;
}

// *behind: it comes after all that fit on the page.
static enum err keep_pick(struct page *p, const struct pick *pick, bool *behind,
                          struct error *e)
{
    size_t low = 0, high = p->n;
    *behind = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_picks(p->l, pick, &p->picks[middle]);
        if (!order)
            return ERR_OK; // reached by two ways
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *behind = low == p->most;
    if (*behind)
        return ERR_OK;
    struct pick kept = *pick;
    if (kept.key.kind == STMT_TEXT) {
        kept.key.s = str_copy(p->l->arena, kept.key.s);
        if (!kept.key.s.p)
            return error_memory(e);
    }
    size_t n = p->n < p->most ? p->n++ : p->most - 1;
    memmove(&p->picks[low + 1], &p->picks[low], (n - low) * sizeof *p->picks);
    p->picks[low] = kept;
    return ERR_OK;
}

// The rows of a way come in the order of the page: behind the first that does not fit on
// it there is none that does.
static enum err take_picks(struct page *p, struct stmt *s, struct error *e)
{
    enum err code;
    bool behind = false;
    for (bool row; !behind && !(code = stmt_step(s, &row, e)) && row;) {
        struct pick pick = {.key = stmt_value(s, 0), .id = stmt_int(s, 1)};
        if ((code = keep_pick(p, &pick, &behind, e)) != ERR_OK)
            break;
    }
    stmt_reset(s);
    return code;
}

// --- one way

struct way {
    enum row_place place;
    const char *index; // of sql_indexes; "": none; NULL: as SQLite likes
    const char *each;  // instead of the place: "t.area = ?", bound for each in turn
    bool nulls;        // rows without the value that is sorted by
    int64_t least_id;  // 0: all
    bool no_better;    // bind the last pick: only what comes before it
    int last_at;       // then its first parameter, as prepare_way says
};

// Where the page begins, and (for each) how far it can still reach.
static void add_seek(struct page *p, struct sql_parts *parts, struct way *w)
{
    struct row_lister *l = p->l;
    bool by_id = l->sorted_by == SORT_ID;
    const struct str key = l->key_sql;
    const char *beyond = l->down ? "<" : ">", *before = l->down ? ">" : "<";
    if (!by_id)
        buf_printf(&parts->sql, " AND " STR_FMT " IS %sNULL", STR_ARG(key),
                   w->nulls ? "" : "NOT ");
    bool after_null = p->after.key.kind == STMT_NULL;
    if (p->has_after && (by_id || (w->nulls && after_null))) {
        buf_printf(&parts->sql, " AND t.id %s ?", beyond);
        sql_parts_int(l, parts, p->after.id);
    } else if (p->has_after && !w->nulls) {
        buf_printf(&parts->sql, " AND (" STR_FMT ", t.id) %s (?, ?)", STR_ARG(key),
                   beyond);
        sql_parts_value(l, parts, &p->after.key);
        sql_parts_int(l, parts, p->after.id);
    }
    if (w->least_id) {
        sql_parts_add(parts, " AND t.id > ?");
        sql_parts_int(l, parts, w->least_id);
    }
    if (!w->no_better)
        return;
    const struct pick *last = &p->picks[p->n - 1];
    w->last_at = (int)parts->n + (w->each ? 2 : 1);
    if (by_id) {
        buf_printf(&parts->sql, " AND t.id %s ?", before);
        sql_parts_int(l, parts, last->id);
        return;
    }
    buf_printf(&parts->sql, " AND (" STR_FMT ", t.id) %s (?, ?)", STR_ARG(key), before);
    sql_parts_value(l, parts, &last->key);
    sql_parts_int(l, parts, last->id);
}

// Another last pick than the one that the statement was prepared with.
static void bind_last(const struct page *p, const struct way *w, struct stmt *s)
{
    const struct pick *last = &p->picks[p->n - 1];
    int at = w->last_at;
    if (p->l->sorted_by != SORT_ID)
        sql_bind(s, at++, &last->key);
    stmt_bind_int(s, at, last->id);
}

// The statement of a way, with everything bound but the first parameter of `each`.
static enum err prepare_way(struct page *p, struct way *w, struct stmt **s,
                            struct error *e)
{
    struct row_lister *l = p->l;
    const char *down = l->down ? "DESC" : "ASC";
    struct sql_parts parts = {.sql = BUF_INIT(1 << 20)};
    bool by_id = l->sorted_by == SORT_ID;
    buf_printf(&parts.sql, "SELECT %.*s, t.id FROM ", by_id ? 4 : (int)l->key_sql.n,
               by_id ? "NULL" : l->key_sql.p);
    if (l->match.p)
        buf_printf(&parts.sql,
                   "\"heng_search_" STR_FMT "\" AS f CROSS JOIN \"" STR_FMT
                   "\" AS t ON t.id = f.rowid WHERE f.\"heng_search_" STR_FMT
                   "\" MATCH ?",
                   STR_ARG(l->reg->name), STR_ARG(l->reg->table), STR_ARG(l->reg->name));
    else if (w->index && !w->index[0])
        buf_printf(&parts.sql, "\"" STR_FMT "\" AS t NOT INDEXED WHERE 1",
                   STR_ARG(l->reg->table));
    else if (w->index)
        buf_printf(&parts.sql,
                   "\"" STR_FMT "\" AS t INDEXED BY \"" STR_FMT "_%s\" WHERE 1",
                   STR_ARG(l->reg->table), STR_ARG(l->reg->table), w->index);
    else
        buf_printf(&parts.sql, "\"" STR_FMT "\" AS t WHERE 1", STR_ARG(l->reg->table));
    if (l->match.p)
        sql_parts_text(l, &parts, l->match);
    if (w->each)
        buf_printf(&parts.sql, " AND %s", w->each);
    else
        row_place_condition(l, &parts, w->place, !l->match.p);
    bool covered = w->index && w->index[0] && !l->others && l->sorted_by != SORT_OTHER;
    row_state_condition(l, &parts, covered);
    sql_parts_more(l, &parts, &l->filter);
    if (w->index && w->index[0])
        sql_parts_more(l, &parts, &l->days);
    add_seek(p, &parts, w);
    if (by_id || w->nulls)
        buf_printf(&parts.sql, " ORDER BY %s %s LIMIT ?", l->match.p ? "f.rowid" : "t.id",
                   down);
    else
        buf_printf(&parts.sql, " ORDER BY " STR_FMT " %s, t.id %s LIMIT ?",
                   STR_ARG(l->key_sql), down, down);
    sql_parts_int(l, &parts, (int64_t)p->most);
    enum err code = parts.no_memory ? error_memory(e) : buf_check(&parts.sql, e);
    if (!code)
        code = conn_prepare(l->conn, buf_str(&parts.sql), s, e);
    if (!code)
        sql_parts_bind(&parts, *s, w->each ? 2 : 1);
    buf_free(&parts.sql);
    return code;
}

static enum err go(struct page *p, struct way *w, struct error *e)
{
    struct stmt *s = NULL;
    enum err code = prepare_way(p, w, &s, e);
    if (!code)
        code = take_picks(p, s, e);
    stmt_finish(s);
    return code;
}

static enum err go_places(struct page *p, struct way w, struct error *e)
{
    enum row_place places[ROW_PLACES];
    size_t n = row_places(p->l, places);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < n; i++) {
        w.place = places[i];
        code = go(p, &w, e);
    }
    return code;
}

// --- each area or facility in turn

struct each {
    int64_t *ids;
    size_t n;
};

static enum err read_each(struct page *p, struct str list, struct each *out,
                          struct error *e)
{
    size_t most = 1;
    for (size_t i = 0; i < list.n; i++)
        most += list.p[i] == ',';
    *out = (struct each){.ids = ARENA_ARRAY(p->l->arena, int64_t, most)};
    if (!out->ids)
        return error_memory(e);
    char *at = (char *)list.p + 1, *end;
    for (; out->n < most; at = end + 1) {
        long long id = strtoll(at, &end, 10);
        if (end == at)
            break;
        out->ids[out->n++] = id;
    }
    return ERR_OK;
}

// Once the page is full, only what comes before its last row is asked for.
static enum err go_each(struct page *p, const struct each *each, struct way w,
                        struct error *e)
{
    struct stmt *s = NULL;
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < each->n; i++) {
        bool full = p->n == p->most && !w.nulls;
        if (!s || full != w.no_better) {
            stmt_finish(s);
            s = NULL;
            w.no_better = full;
            code = prepare_way(p, &w, &s, e);
        } else if (full) {
            bind_last(p, &w, s);
        }
        if (code)
            break;
        stmt_bind_int(s, 1, each->ids[i]);
        code = take_picks(p, s, e);
    }
    stmt_finish(s);
    return code;
}

// The places of the query one after the other: in the order of their index with the date,
// or of that without.
static enum err go_through(struct page *p, struct way w, bool dated, struct error *e)
{
    struct row_lister *l = p->l;
    enum row_place places[ROW_PLACES];
    size_t n = row_places(l, places);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < n; i++) {
        bool area = places[i] == ROW_IN_AREAS, own = places[i] == ROW_IN_FACILITIES;
        struct each each;
        if (places[i] == ROW_OF_OWN_FACILITIES) {
            code = go(p, &(struct way){.place = places[i], .nulls = w.nulls}, e);
            continue;
        }
        code = read_each(p,
                         area  ? l->area_ids
                         : own ? l->facility_ids
                               : l->facility_filter,
                         &each, e);
        w.index = area ? dated ? "area" : "in_area" : dated ? "facility" : "in_facility";
        w.each = area                  ? "t.area = ?"
                 : own && l->reg->area ? "t.facility = ? AND t.area IS NULL"
                                       : "t.facility = ?";
        if (!code)
            code = go_each(p, &each, w, e);
    }
    return code;
}

static enum err go_by_date(struct page *p, bool nulls, struct error *e)
{
    struct row_lister *l = p->l;
    struct way w = {.nulls = nulls};
    if (l->match.p || l->query->state == ROW_STRUCK)
        return go_places(p, w, e);
    if (l->limited || l->facility)
        return go_through(p, w, true, e);
    w.index = "date";
    return go_places(p, w, e);
}

// --- by id

// The id that the rows of a window lie beyond; 0: there are not so many. A range of days
// is mostly of one time, and so are ids: a short window tells whether it is now.
static enum err find_window(struct page *p, int64_t *least, struct error *e)
{
    struct row_lister *l = p->l;
    struct stmt *s = NULL;
    bool row;
    struct str sql =
        str_format(l->arena,
                   "SELECT id FROM \"" STR_FMT "\" WHERE id < ? ORDER BY id DESC LIMIT 1"
                   " OFFSET %d",
                   STR_ARG(l->reg->table), l->days.n ? WINDOW_OF_DAYS : WINDOW_ROWS);
    enum err code = sql.p ? conn_prepare(l->conn, sql, &s, e) : error_memory(e);
    if (code)
        return code;
    stmt_bind_int(s, 1, p->has_after ? p->after.id : INT64_MAX);
    code = stmt_step(s, &row, e);
    *least = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

static enum err go_by_id(struct page *p, struct error *e)
{
    struct row_lister *l = p->l;
    if (l->match.p || l->query->state == ROW_STRUCK)
        return go_places(p, (struct way){0}, e);
    if (!l->limited && !l->facility && !l->days.n)
        return go_places(p, (struct way){.index = ""}, e);
    bool few = !l->days.n;
    for (size_t i = 0, n = 0; few && i < l->area_ids.n; i++)
        few = (n += l->area_ids.p[i] == ',') < FEW_PLACES;
    if (l->down && !few) {
        int64_t least = 0;
        enum err code = find_window(p, &least, e);
        if (!code)
            code = go_places(p, (struct way){.index = "", .least_id = least}, e);
        if (code || p->n == p->most || !least)
            return code;
        p->n = 0;
    }
    if (l->limited || l->facility) // in a range of days, of each place that range
        return go_through(p, (struct way){0}, l->days.n > 0, e);
    return go_places(p, (struct way){.index = "date"}, e);
}

// --- cursors

static uint32_t cursor_check(const struct row_lister *l)
{
    struct str sort = l->query->sort;
    return (uint32_t)str_hash(l->reg->name, str_hash(sort, 17));
}

static void put_number(unsigned char *to, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t get_number(const unsigned char *from, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v |= (uint64_t)from[i] << (8 * i);
    return v;
}

static struct str write_cursor(const struct row_lister *l, const struct pick *last)
{
    unsigned char head[CURSOR_HEAD + 8];
    struct buf raw = BUF_INIT(CURSOR_MAX);
    const struct sql_value *v = &last->key;
    uint64_t bits = (uint64_t)v->i;
    if (v->kind == STMT_DOUBLE)
        memcpy(&bits, &v->d, sizeof bits);
    head[0] = (unsigned char)v->kind;
    put_number(head + 1, (uint64_t)last->id, 8);
    put_number(head + 9, cursor_check(l), 4);
    put_number(head + CURSOR_HEAD, bits, 8);
    buf_add(&raw, (struct str){(char *)head, sizeof head});
    if (v->kind == STMT_TEXT)
        buf_add(&raw, v->s);
    struct str out = {NULL, 0};
    size_t size =
        sodium_base64_ENCODED_LEN(raw.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = raw.failed ? NULL : arena_alloc(l->arena, 1, size);
    if (text) {
        sodium_bin2base64(text, size, (const unsigned char *)raw.p, raw.n,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        out = str_of(text);
    }
    buf_free(&raw);
    return out;
}

static enum err read_cursor(struct row_lister *l, struct str text, struct pick *out,
                            struct error *e)
{
    unsigned char *raw = arena_alloc(l->arena, 1, text.n + 1);
    size_t n = 0;
    if (!raw)
        return error_memory(e);
    bool good = text.n <= CURSOR_MAX &&
                !sodium_base642bin(raw, text.n + 1, text.p, text.n, NULL, &n, NULL,
                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING) &&
                n >= CURSOR_HEAD + 8 && raw[0] <= STMT_TEXT &&
                get_number(raw + 9, 4) == cursor_check(l);
    if (!good) {
        error_set(e, ERR_INPUT, "rows.after", "after",
                  "this is not the end of a page of this list");
        return error_cure(e, "take `next` of the page before, with the same sort");
    }
    uint64_t bits = get_number(raw + CURSOR_HEAD, 8);
    *out = (struct pick){.key = {.kind = (enum stmt_kind)raw[0], .i = (int64_t)bits},
                         .id = (int64_t)get_number(raw + 1, 8)};
    if (out->key.kind == STMT_DOUBLE)
        memcpy(&out->key.d, &bits, sizeof bits);
    out->key.s = (struct str){(char *)raw + CURSOR_HEAD + 8, n - CURSOR_HEAD - 8};
    return ERR_OK;
}

// --- what is asked for

static enum err no_field(const struct row_lister *l, const char *where, struct str name,
                         struct error *e)
{
    error_set(e, ERR_INPUT, "rows.field", where, STR_FMT " has no field '" STR_FMT "'",
              STR_ARG(l->reg->name), STR_ARG(text_cut(name, 40)));
    return error_cure(e, "/api/model lists the fields of each register");
}

static enum err read_sort(struct row_lister *l, struct error *e)
{
    struct str name = l->query->sort.n ? l->query->sort : STR("-id");
    const struct pack *pack = l->county->pack;
    l->down = name.p[0] == '-';
    if (l->down)
        name = (struct str){name.p + 1, name.n - 1};
    const struct field *f = reg_field(l->reg, name);
    if (!f || f->index == FIELD_FINGERPRINT)
        return no_field(l, "sort", name, e);
    if (f == l->reg->date) // a period stands in the order of its first day
        f = &l->reg->fields[FIELD_DATE];
    l->sort = f;
    l->sorted_by = f->index == FIELD_ID     ? SORT_ID
                   : f->index == FIELD_DATE ? SORT_DATE
                                            : SORT_OTHER;
    const struct reg *of = f->type == TYPE_AREA       ? pack->areas
                           : f->type == TYPE_FACILITY ? pack->facilities
                                                      : NULL;
    if (of) // places in the order of their codes
        l->key_sql = str_format(l->arena,
                                "(SELECT p.code FROM \"" STR_FMT
                                "\" AS p WHERE p.id = t.\"" STR_FMT "\")",
                                STR_ARG(of->table), STR_ARG(f->column));
    else
        l->key_sql = str_format(l->arena, "t.\"" STR_FMT "\"", STR_ARG(f->column));
    return l->key_sql.p ? ERR_OK : error_memory(e);
}

static enum err read_columns(struct row_lister *l, struct row_list *out, struct error *e)
{
    const struct row_query *q = l->query;
    const struct reg *r = l->reg;
    out->columns = arena_alloc(l->arena, q->n_columns + r->n_fields, sizeof(void *));
    if (!out->columns)
        return error_memory(e);
    for (size_t i = 0; i < q->n_columns && i < r->n_fields; i++) {
        const struct field *f = reg_field(r, q->columns[i]);
        if (!f || f->index == FIELD_FINGERPRINT)
            return no_field(l, "columns", q->columns[i], e);
        out->columns[out->n_columns++] = f;
    }
    for (size_t i = 0; !q->n_columns && i < r->n_fields; i++)
        if (!r->fields[i].system || i >= SYSTEM_FIELDS)
            out->columns[out->n_columns++] = &r->fields[i];
    return ERR_OK;
}

// --- the rows of the page

// Rows of the page are asked for many at a time, by their ids in the order of the page:
// to begin a question takes as long as to answer it. Places of the list that are left
// over are null, which is no row's id.
static enum err prepare_fetch(struct row_lister *l, const struct row_list *out,
                              size_t at_once, struct stmt **s, struct error *e)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_add_c(&b, "SELECT t.id, t.version, t.state");
    if (!l->query->brief)
        buf_add_c(&b, ", t.source, t.saved_at, t.saved_by");
    for (size_t i = 0; i < out->n_columns; i++) {
        buf_add_c(&b, ", t.\""); // for every page: printf would show in its time
        buf_add(&b, out->columns[i]->column);
        buf_add_char(&b, '"');
    }
    buf_add_c(&b, " FROM (VALUES (?)");
    for (size_t i = 1; i < at_once; i++)
        buf_add(&b, STR(",(?)"));
    buf_add_c(&b, ") AS p CROSS JOIN \"");
    buf_add(&b, l->reg->table);
    buf_add_c(&b, "\" AS t ON t.id = p.column1");
    enum err code = buf_check(&b, e);
    if (!code)
        code = conn_prepare(l->conn, buf_str(&b), s, e);
    buf_free(&b);
    return code;
}

// Few people save the rows of one page.
struct savers {
    int64_t ids[SAVERS];
    struct str names[SAVERS];
    size_t n; // also those that no longer stand here
};

static enum err name_of_saver(struct row_lister *l, struct savers *known, int64_t id,
                              struct str *out, struct error *e)
{
    for (size_t i = 0; i < known->n && i < SAVERS; i++)
        if (known->ids[i] == id) {
            *out = known->names[i];
            return ERR_OK;
        }
    struct stmt *s;
    bool row;
    enum err code = conn_stmt(l->conn, "row_list.saver",
                              "SELECT name FROM heng_users WHERE id = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    code = stmt_step(s, &row, e);
    *out = str_copy(l->arena, !code && row ? stmt_text(s, 0) : STR(""));
    stmt_finish(s);
    if (!code && !out->p)
        code = error_memory(e);
    known->ids[known->n % SAVERS] = id;
    known->names[known->n++ % SAVERS] = *out;
    return code;
}

// What is read of a page, and the room that its texts lie in.
struct reading {
    struct row_lister *l;
    struct row_list *list;
    struct savers savers;
    struct row_value *values; // of the rows to come
    char *room;
    size_t left;
};

// A page has hundreds of short texts: they lie close together.
static bool keep_text(struct reading *r, struct str *text)
{
    enum { ROOM = 4096 };
    if (!text->p)
        return true;
    if (r->left <= text->n) {
        r->left = text->n < ROOM ? ROOM : text->n + 1;
        r->room = ARENA_ARRAY(r->l->arena, char, r->left);
        if (!r->room)
            return false;
    }
    memcpy(r->room, text->p, text->n);
    text->p = r->room;
    r->room += text->n + 1; // a zero behind each
    r->left -= text->n + 1;
    return true;
}

static enum err read_listed(struct reading *r, struct stmt *s, struct error *e)
{
    enum { BRIEF = 3, WHOLE = 6 };
    const struct row_list *list = r->list;
    bool brief = r->l->query->brief;
    const struct places *places = r->l->county->places;
    char space[DATUM_TEXT_SIZE];
    struct row_listed *out = &r->list->rows[r->list->n++];
    *out = (struct row_listed){.id = stmt_int(s, 0),
                               .version = stmt_int(s, 1),
                               .struck = !str_equal_c(stmt_text(s, 2), "current"),
                               .saved_by = STR(""),
                               .values = r->values};
    r->values += list->n_columns;
    if (!brief) {
        out->source = stmt_text(s, 3);
        out->saved_at = stmt_int(s, 4);
    }
    if (!keep_text(r, &out->source))
        return error_memory(e);
    for (size_t i = 0; i < list->n_columns; i++) {
        const struct field *f = list->columns[i];
        struct sql_value value = stmt_value(s, (brief ? BRIEF : WHOLE) + (int)i);
        struct row_value *v = &out->values[i];
        v->text = row_value_text(&value, f, places, &v->place, space);
        // what a place is called lies with the places
        if (v->place < 0 && !keep_text(r, &v->text))
            return error_memory(e);
    }
    struct sql_value saver = brief ? (struct sql_value){0} : stmt_value(s, 5);
    return saver.kind == STMT_INT
               ? name_of_saver(r->l, &r->savers, saver.i, &out->saved_by, e)
               : ERR_OK;
}

static enum err fetch(struct page *p, struct row_list *out, struct error *e)
{
    enum { AT_ONCE = 64 };
    struct row_lister *l = p->l;
    struct stmt *s = NULL;
    size_t n = p->n < l->query->limit ? p->n : l->query->limit;
    size_t at_once = n > 1 ? AT_ONCE : 1;
    struct reading r = {.l = l, .list = out};
    out->rows = ARENA_ARRAY(l->arena, struct row_listed, n + 1);
    r.values = ARENA_ARRAY(l->arena, struct row_value, n * out->n_columns + 1);
    enum err code = !out->rows || !r.values ? error_memory(e) : ERR_OK;
    if (!code && n)
        code = prepare_fetch(l, out, at_once, &s, e);
    for (size_t i = 0; !code && i < n; i += at_once) {
        for (size_t k = 0; k < at_once; k++)
            if (i + k < n)
                stmt_bind_int(s, (int)k + 1, p->picks[i + k].id);
            else
                stmt_bind_null(s, (int)k + 1);
        for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;)
            code = read_listed(&r, s, e);
        stmt_reset(s);
    }
    stmt_finish(s);
    if (!code && p->n > n) {
        out->next = write_cursor(l, &p->picks[n - 1]);
        if (!out->next.p)
            code = error_memory(e);
    }
    return code;
}

// --- all of it

// The newest of some rows, found in memory; *known false: the file is to be asked.
static enum err find_newest(struct page *p, struct row_known *k, bool *known,
                            struct error *e)
{
    struct row_lister *l = p->l;
    bool some = l->limited || l->filter.sql.n || l->match.p;
    *known = false;
    if (!k->whole || !some || l->sorted_by != SORT_ID || !l->down)
        return ERR_OK;
    int64_t *ids = ARENA_ARRAY(l->arena, int64_t, p->most);
    if (!ids)
        return error_memory(e);
    int64_t below = p->has_after ? p->after.id : INT64_MAX;
    enum err code = row_memory_newest(l, k, below, p->most, ids, &p->n, known, e);
    for (size_t i = 0; i < p->n; i++)
        p->picks[i] = (struct pick){.id = ids[i]};
    return code;
}

// The key that the file would give.
static bool key_of_value(struct row_lister *l, const struct row_found *x,
                         struct sql_value *out)
{
    *out = (struct sql_value){.kind = STMT_NULL};
    if (x->null)
        return true;
    *out = (struct sql_value){.kind = STMT_INT, .i = x->value};
    if (l->sort->type != TYPE_DATE)
        return true;
    char *iso = arena_alloc(l->arena, 1, DATE_TEXT_SIZE);
    if (!iso)
        return false;
    date_format((int32_t)x->value, iso);
    *out = (struct sql_value){.kind = STMT_TEXT, .s = str_of(iso)};
    return true;
}

static bool value_of_key(const struct pick *after, struct row_found *out)
{
    int32_t day;
    *out = (struct row_found){.id = after->id, .null = after->key.kind == STMT_NULL};
    if (after->key.kind == STMT_INT)
        out->value = after->key.i;
    else if (after->key.kind == STMT_TEXT && !date_parse(after->key.s, &day, NULL))
        out->value = day;
    else
        return out->null;
    return true;
}

// By a number or a day without an index: all rows of the scope are gone through.
static enum err find_first(struct page *p, struct row_known *k, bool *known,
                           struct error *e)
{
    struct row_lister *l = p->l;
    struct row_order order = {
        .field = l->sort, .down = l->down, .has_after = p->has_after};
    *known = false;
    if (!k->whole || l->sorted_by != SORT_OTHER ||
        (l->sort->type != TYPE_INT && l->sort->type != TYPE_DATE) ||
        (p->has_after && !value_of_key(&p->after, &order.after)))
        return ERR_OK;
    struct row_found *rows = ARENA_ARRAY(l->arena, struct row_found, p->most);
    if (!rows)
        return error_memory(e);
    size_t n = 0;
    enum err code = row_memory_first(l, k, &order, p->most, rows, &n, known, e);
    if (code || !*known)
        return code;
    for (p->n = 0; p->n < n; p->n++) {
        p->picks[p->n].id = rows[p->n].id;
        if (!key_of_value(l, &rows[p->n], &p->picks[p->n].key))
            return error_memory(e);
    }
    return ERR_OK;
}

static enum err find_page(struct page *p, struct row_known *k, struct error *e)
{
    struct row_lister *l = p->l;
    bool known;
    enum err found = find_newest(p, k, &known, e);
    if (!found && !known)
        found = find_first(p, k, &known, e);
    if (found || known)
        return found;
    p->n = 0;
    if (l->sorted_by == SORT_ID)
        return go_by_id(p, e);
    enum err code = ERR_OK;
    for (int nulls = 0; !code && nulls < 2; nulls++) {
        if (nulls ? p->n == p->most : p->has_after && p->after.key.kind == STMT_NULL)
            continue;
        code = l->sorted_by == SORT_DATE ? go_by_date(p, nulls, e)
                                         : go_places(p, (struct way){.nulls = nulls}, e);
    }
    return code;
}

static enum err list_rows(struct row_lister *l, struct row_list *out, struct error *e)
{
    const struct row_query *q = l->query;
    struct page p = {.l = l, .most = q->limit + 1, .has_after = q->after.n > 0};
    p.picks = ARENA_ARRAY(l->arena, struct pick, p.most + 1);
    enum err code = p.picks ? row_filters_read(l, e) : error_memory(e);
    if (!code)
        code = read_sort(l, e);
    if (!code)
        code = read_columns(l, out, e);
    if (!code && p.has_after)
        code = read_cursor(l, q->after, &p.after, e);
    if (!code && q->search.n)
        code = search_match(l->reg, l->conn, q->search, l->arena, &l->match, e);
    bool nothing = q->search.n && !l->match.p, counted = false;
    struct row_known k;
    if (!code)
        code = row_memory_ask(l, &k, e);
    if (!code && !nothing)
        code = find_page(&p, &k, e);
    if (!code)
        code = fetch(&p, out, e);
    if (!code && q->count)
        code = row_memory_count(l, &k, out, &counted, e);
    if (!code && q->count && !counted)
        code = row_count(l, nothing, out, e);
    return code;
}

enum err row_list(struct county *c, const struct access *who, const struct reg *r,
                  const struct row_query *q, struct arena *a, struct row_list *out,
                  struct error *e)
{
    struct row_lister l = {.county = c, .who = who, .reg = r, .query = q, .arena = a};
    *out = (struct row_list){.indexed = 1};
    if (q->limit < 1 || q->limit > ROW_LIST_MAX)
        return error_set(e, ERR_INPUT, "rows.limit", "limit",
                         "%zu rows are no page; 1 to %d", q->limit, ROW_LIST_MAX);
    enum err code = q->search.n ? search_refresh(c, &out->indexed, e) : ERR_OK;
    if (!code)
        code = store_read_begin(c->store, &l.conn, e);
    if (!code)
        code = list_rows(&l, out, e);
    store_read_end(l.conn);
    buf_free(&l.filter.sql);
    buf_free(&l.days.sql);
    return code;
}

enum err row_list_one(struct county *c, const struct access *who, const struct reg *r,
                      int64_t id, struct arena *a, struct row_list *out, struct error *e)
{
    const struct row_query one = {.limit = 1};
    struct row_lister l = {.county = c, .who = who, .reg = r, .query = &one, .arena = a};
    struct pick pick = {.id = id};
    struct page p = {.l = &l, .picks = &pick, .n = 1, .most = 1};
    struct datum *values;
    *out = (struct row_list){.indexed = 1};
    enum err code = row_get(c, who, r, id, a, &values, e);
    if (!code)
        code = read_columns(&l, out, e);
    if (!code)
        code = store_read_begin(c->store, &l.conn, e);
    if (!code)
        code = fetch(&p, out, e);
    store_read_end(l.conn);
    if (!code && !out->n)
        code = error_set(e, ERR_NOT_FOUND, "row.unknown", r->name.p,
                         "there is no row %lld", (long long)id);
    return code;
}
