// SPDX-License-Identifier: AGPL-3.0-or-later
// Filters and rights of a list of rows as conditions of SQL.
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "register/rights.h"
#include "register/row_list_private.h"

enum { MOST_VALUES = 500, DAY_MS = 86400000 };

// --- parts

void sql_parts_add(struct sql_parts *p, const char *sql)
{
    buf_add_c(&p->sql, sql);
}

void sql_parts_value(struct row_lister *l, struct sql_parts *p, const struct sql_value *v)
{
    if (p->n == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 16;
        struct sql_value *values = ARENA_ARRAY(l->arena, struct sql_value, capacity);
        if (!values) {
            p->no_memory = true;
            return;
        }
        if (p->n)
            memcpy(values, p->values, p->n * sizeof *values);
        p->values = values;
        p->capacity = capacity;
    }
    p->values[p->n++] = *v;
}

void sql_parts_int(struct row_lister *l, struct sql_parts *p, int64_t value)
{
    sql_parts_value(l, p, &(struct sql_value){.kind = STMT_INT, .i = value});
}

void sql_parts_text(struct row_lister *l, struct sql_parts *p, struct str value)
{
    sql_parts_value(l, p, &(struct sql_value){.kind = STMT_TEXT, .s = value});
}

void sql_parts_more(struct row_lister *l, struct sql_parts *to,
                    const struct sql_parts *more)
{
    buf_add(&to->sql, buf_str(&more->sql));
    for (size_t i = 0; i < more->n; i++)
        sql_parts_value(l, to, &more->values[i]);
}

void sql_bind(struct stmt *s, int at, const struct sql_value *v)
{
    if (v->kind == STMT_INT)
        stmt_bind_int(s, at, v->i);
    else if (v->kind == STMT_DOUBLE)
        stmt_bind_double(s, at, v->d);
    else
        stmt_bind_text(s, at, v->s);
}

int sql_parts_bind(const struct sql_parts *p, struct stmt *s, int at)
{
    for (size_t i = 0; i < p->n; i++, at++)
        sql_bind(s, at, &p->values[i]);
    return at;
}

// --- one value

static enum err bad(const struct field *f, struct str text, const char *expected,
                    struct error *e)
{
    char where[80];
    snprintf(where, sizeof where, "f." STR_FMT, STR_ARG(f->name));
    error_set(e, ERR_INPUT, "filter.value", where, "'" STR_FMT "' is not %s",
              STR_ARG(text_cut(text, 60)), expected);
    return error_cure(e, "write value, a,b,c, from..to, ~part, null or notnull");
}

// saved_at: a day or UTC milliseconds. end: the day's last moment.
static bool read_moment(struct str text, bool end, int64_t *out)
{
    int32_t day;
    if (str_to_int(text, out) && text.n > 8)
        return true;
    if (date_parse(text, &day, NULL))
        return false;
    *out = (int64_t)day * DAY_MS + (end ? DAY_MS - 1 : 0);
    return true;
}

static enum err read_number(const struct field *f, struct str text, bool end,
                            struct sql_value *out, struct error *e)
{
    *out = (struct sql_value){.kind = STMT_INT};
    if (f->index == FIELD_SAVED_AT)
        return read_moment(text, end, &out->i) ? ERR_OK
                                               : bad(f, text, "a day or a moment", e);
    if (str_to_int(text, &out->i))
        return ERR_OK;
    out->kind = STMT_DOUBLE;
    return str_to_double(text, &out->d) ? ERR_OK : bad(f, text, "a number", e);
}

static enum err read_code(const struct field *f, struct str text, struct error *e)
{
    if (field_code(f, text) >= 0)
        return ERR_OK;
    struct buf list = BUF_INIT(400);
    for (size_t i = 0; i < f->n_codes && list.n < 300; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(f->codes[i].value));
    (void)bad(f, text, "one of the codes of this field", e);
    (void)error_cure(e, "the codes are: " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_INPUT;
}

static enum err read_value(struct row_lister *l, const struct field *f, struct str text,
                           bool end, struct sql_value *out, struct error *e)
{
    const struct places *p = l->county->places;
    int32_t day, index;
    *out = (struct sql_value){.kind = STMT_TEXT, .s = text};
    switch (f->type) {
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_NONE:
        return read_number(f, text, end, out, e);
    case TYPE_BOOL:
        out->kind = STMT_INT;
        out->i = str_equal_c(text, "1") || str_equal_c(text, "true");
        return out->i || str_equal_c(text, "0") || str_equal_c(text, "false")
                   ? ERR_OK
                   : bad(f, text, "1 or 0", e);
    case TYPE_DATE: {
        char *iso = arena_alloc(l->arena, 1, DATE_TEXT_SIZE);
        if (!iso)
            return error_memory(e);
        if (date_parse(text, &day, NULL))
            return bad(f, text, "a day like 2014-06-05", e);
        date_format(day, iso);
        out->s = str_of(iso);
        return ERR_OK;
    }
    case TYPE_CODE:
        return read_code(f, text, e);
    case TYPE_FACILITY:
        if (places_find_facility(p, text, -1, DATE_NONE, &index, NULL))
            return bad(f, text, "the code of a facility", e);
        *out = (struct sql_value){.kind = STMT_INT, .i = p->facilities[index].id};
        return ERR_OK;
    case TYPE_AREA:
        index = places_area_by_code(p, text);
        if (index < 0)
            return bad(f, text, "the code of an area", e);
        *out = (struct sql_value){.kind = STMT_INT, .i = index};
        return ERR_OK;
    case TYPE_TEXT:
    case TYPE_NAME:
    case TYPE_PERIOD:
        break;
    }
    return ERR_OK;
}

// --- a whole filter

static void add_column(struct row_lister *l, const struct field *f)
{
    // the plus keeps the planner from choosing this column's index: the way to the rows
    // is chosen in row_list.c
    buf_printf(&l->filter.sql, "+t.\"" STR_FMT "\"", STR_ARG(f->column));
}

static enum err add_list(struct row_lister *l, const struct field *f, struct str text,
                         struct error *e)
{
    struct sql_parts *p = &l->filter;
    struct str rest = text, part;
    size_t n = 0;
    sql_parts_add(p, " AND ");
    add_column(l, f);
    sql_parts_add(p, f->index == FIELD_SAVED_BY
                         ? " IN (SELECT id FROM heng_users WHERE name IN ("
                         : " IN (");
    for (bool more = true; more; n++) {
        struct sql_value v;
        struct str head = rest;
        more = str_split(rest, ',', &part, &rest);
        if (more)
            head = part;
        if (n == MOST_VALUES)
            return bad(f, text, "a list of at most 500 values", e);
        enum err code = ERR_OK;
        v = (struct sql_value){.kind = STMT_TEXT, .s = head};
        if (f->index != FIELD_SAVED_BY)
            code = read_value(l, f, head, false, &v, e);
        if (code)
            return code;
        sql_parts_add(p, n ? ", ?" : "?");
        sql_parts_value(l, p, &v);
    }
    sql_parts_add(p, f->index == FIELD_SAVED_BY ? "))" : ")");
    if (f->index == FIELD_DATE && n == 1) {
        sql_parts_add(&l->days, " AND t.date = ?");
        sql_parts_value(l, &l->days, &p->values[p->n - 1]);
    }
    return ERR_OK;
}

static bool has_order(const struct field *f)
{
    return f->type == TYPE_INT || f->type == TYPE_DECIMAL || f->type == TYPE_DATE ||
           f->type == TYPE_TEXT || f->type == TYPE_NAME || f->type == TYPE_PERIOD;
}

// "a..b"; false: no range.
static bool split_range(struct str text, struct str *from, struct str *to)
{
    for (size_t i = 0; i + 1 < text.n; i++) {
        if (text.p[i] != '.' || text.p[i + 1] != '.')
            continue;
        *from = (struct str){text.p, i};
        *to = (struct str){text.p + i + 2, text.n - i - 2};
        return true;
    }
    return false;
}

static enum err add_range(struct row_lister *l, const struct field *f, struct str from,
                          struct str to, struct error *e)
{
    struct sql_value v;
    if (!has_order(f) || f->index == FIELD_SAVED_BY)
        return bad(f, from, "a range of this field, which has no order", e);
    const struct str ends[] = {from, to};
    for (int k = 0; k < 2; k++) {
        if (!ends[k].n)
            continue;
        enum err code = read_value(l, f, ends[k], k == 1, &v, e);
        if (code)
            return code;
        sql_parts_add(&l->filter, " AND ");
        add_column(l, f);
        sql_parts_add(&l->filter, k ? " <= ?" : " >= ?");
        sql_parts_value(l, &l->filter, &v);
        if (f->index != FIELD_DATE)
            continue;
        sql_parts_add(&l->days, k ? " AND t.date <= ?" : " AND t.date >= ?");
        sql_parts_value(l, &l->days, &v);
    }
    if (!from.n && !to.n) {
        sql_parts_add(&l->filter, " AND ");
        add_column(l, f);
        sql_parts_add(&l->filter, " IS NOT NULL");
    }
    return ERR_OK;
}

static enum err add_part(struct row_lister *l, const struct field *f, struct str text,
                         struct error *e)
{
    if (f->type != TYPE_TEXT && f->type != TYPE_NAME && f->type != TYPE_PERIOD)
        return bad(f, text, "asked of a text, and this field is none", e);
    buf_printf(&l->filter.sql, " AND instr(lower(t.\"" STR_FMT "\"), lower(?)) > 0",
               STR_ARG(f->column));
    sql_parts_text(l, &l->filter, text);
    return ERR_OK;
}

// --- areas

// Marks the subtrees of a list of codes in a fresh table.
static enum err mark_areas(struct row_lister *l, const struct field *f, struct str text,
                           bool **out, struct error *e)
{
    const struct places *p = l->county->places;
    bool *marked = ARENA_ARRAY(l->arena, bool, p->n_areas + 1);
    if (!marked)
        return error_memory(e);
    struct str rest = text, part;
    for (bool more = true; more;) {
        struct str head = rest;
        more = str_split(rest, ',', &part, &rest);
        if (more)
            head = part;
        struct sql_value v;
        enum err code = read_value(l, f, head, false, &v, e);
        if (code)
            return code;
        for (int32_t i = (int32_t)v.i; i <= p->areas[v.i].last; i++)
            marked[i] = true;
    }
    *out = marked;
    return ERR_OK;
}

static void add_id(struct buf *b, int64_t id)
{
    char space[STR_INT_SIZE];
    if (b->n > 1)
        buf_add_char(b, ',');
    buf_add(b, str_of_int(id, space));
}

static struct str ids_of_areas(struct row_lister *l, const bool *marked)
{
    const struct places *p = l->county->places;
    struct buf b = BUF_INIT(64 << 20);
    buf_add_char(&b, '[');
    for (size_t i = 0; i < p->n_areas; i++)
        if (marked[i])
            add_id(&b, p->areas[i].id);
    buf_add_char(&b, ']');
    struct str out = b.failed ? (struct str){NULL, 0} : str_copy(l->arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static struct str ids_of_facilities(struct row_lister *l, const bool *marked)
{
    const struct places *p = l->county->places;
    struct buf b = BUF_INIT(64 << 20);
    buf_add_char(&b, '[');
    for (size_t i = 0; i < p->n_facilities; i++)
        if (p->facilities[i].area >= 0 && marked[p->facilities[i].area])
            add_id(&b, p->facilities[i].id);
    buf_add_char(&b, ']');
    struct str out = b.failed ? (struct str){NULL, 0} : str_copy(l->arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static void limit_to(struct row_lister *l, const bool *marked)
{
    const struct places *p = l->county->places;
    l->asks_area = true;
    for (size_t i = 0; i < p->n_areas; i++)
        l->asked[i] = l->asked[i] && marked[i];
    if (!l->limited) {
        l->limited = true;
        for (size_t i = 0; i < p->n_areas; i++)
            l->areas[i] = marked[i];
        return;
    }
    for (size_t i = 0; i < p->n_areas; i++)
        l->areas[i] = l->areas[i] && marked[i];
}

static enum err add_areas(struct row_lister *l, const struct field *f, struct str text,
                          struct error *e)
{
    bool *marked = NULL;
    enum err code = mark_areas(l, f, text, &marked, e);
    if (code)
        return code;
    if (f->index == FIELD_AREA) { // where the row is placed
        limit_to(l, marked);
        return ERR_OK;
    }
    struct str ids = ids_of_areas(l, marked);
    if (!ids.p)
        return error_memory(e);
    sql_parts_add(&l->filter, " AND ");
    add_column(l, f);
    sql_parts_add(&l->filter, " IN (SELECT value FROM json_each(?))");
    sql_parts_text(l, &l->filter, ids);
    return ERR_OK;
}

// Facilities of the register's own field are a way to the rows.
static enum err add_facilities(struct row_lister *l, const struct field *f,
                               struct str text, struct error *e)
{
    struct buf b = BUF_INIT(1 << 20);
    struct str rest = text, part;
    enum err code = ERR_OK;
    buf_add_char(&b, '[');
    for (bool more = true; more && !code;) {
        struct str head = rest;
        struct sql_value v;
        more = str_split(rest, ',', &part, &rest);
        if (more)
            head = part;
        code = read_value(l, f, head, false, &v, e);
        if (!code)
            buf_printf(&b, "%s%lld", b.n > 1 ? "," : "", (long long)v.i);
    }
    buf_add_char(&b, ']');
    struct str ids = str_copy(l->arena, buf_str(&b));
    buf_free(&b);
    if (!code && !ids.p)
        code = error_memory(e);
    if (code)
        return code;
    l->facility = f;
    l->facility_filter = ids;
    sql_parts_add(&l->filter, " AND ");
    add_column(l, f);
    sql_parts_add(&l->filter, " IN (SELECT value FROM json_each(?))");
    sql_parts_text(l, &l->filter, ids);
    return ERR_OK;
}

// --- the query

static enum err read_filter(struct row_lister *l, const struct row_filter *filter,
                            struct error *e)
{
    const struct field *f = reg_field(l->reg, filter->field);
    if (!f || f->index == FIELD_FINGERPRINT) {
        char where[80];
        snprintf(where, sizeof where, "f." STR_FMT, STR_ARG(text_cut(filter->field, 40)));
        error_set(e, ERR_INPUT, "filter.field", where,
                  STR_FMT " has no field '" STR_FMT "'", STR_ARG(l->reg->name),
                  STR_ARG(text_cut(filter->field, 40)));
        return error_cure(e, "/api/model lists the fields of each register");
    }
    struct str text = filter->text, from, to;
    bool none = str_equal_c(text, "null");
    if (none || str_equal_c(text, "notnull")) {
        sql_parts_add(&l->filter, " AND ");
        add_column(l, f);
        sql_parts_add(&l->filter, none ? " IS NULL" : " IS NOT NULL");
        return ERR_OK;
    }
    if (!text.n)
        return bad(f, text, "a filter: it is empty", e);
    if (text.p[0] == '~')
        return add_part(l, f, (struct str){text.p + 1, text.n - 1}, e);
    if (f->type == TYPE_AREA)
        return add_areas(l, f, text, e);
    if (split_range(text, &from, &to))
        return add_range(l, f, from, to, e);
    if (f->type == TYPE_FACILITY && f->index == FIELD_FACILITY)
        return add_facilities(l, f, text, e);
    return add_list(l, f, text, e);
}

// Facilities whose rows are the caller's wherever they lie.
static enum err read_own(struct row_lister *l, struct error *e)
{
    const struct places *p = l->county->places;
    int32_t own[ACCESS_MAX_GRANTS];
    size_t n = rights_facilities(p, l->who, l->reg, ACCESS_READ, own);
    struct buf b = BUF_INIT(4096);
    buf_add_char(&b, '[');
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s%lld", i ? "," : "", (long long)p->facilities[own[i]].id);
    buf_add_char(&b, ']');
    l->own = n ? str_copy(l->arena, buf_str(&b)) : (struct str){NULL, 0};
    buf_free(&b);
    return n && !l->own.p ? error_memory(e) : ERR_OK;
}

static enum err read_rights(struct row_lister *l, struct error *e)
{
    const struct places *p = l->county->places;
    int32_t roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    size_t n = rights_row_roots(p, l->who, l->reg, ACCESS_READ, roots, &everywhere);
    l->areas = ARENA_ARRAY(l->arena, bool, p->n_areas + 1);
    l->asked = ARENA_ARRAY(l->arena, bool, p->n_areas + 1);
    if (!l->areas || !l->asked)
        return error_memory(e);
    l->limited = !everywhere;
    for (size_t i = 0; !everywhere && i < n; i++)
        for (int32_t k = roots[i]; k <= p->areas[roots[i]].last; k++)
            l->areas[k] = true;
    for (size_t i = 0; i < p->n_areas; i++)
        l->asked[i] = true;
    return everywhere ? ERR_OK : read_own(l, e);
}

enum err row_areas_struck(const struct pack *p, struct conn *c, bool *any,
                          struct error *e)
{
    struct stmt *s = NULL;
    struct buf sql = BUF_INIT(1024);
    *any = false;
    if (!p->areas)
        return ERR_OK;
    buf_printf(&sql, "SELECT 1 FROM \"" STR_FMT "\" WHERE state <> 'current' LIMIT 1",
               STR_ARG(p->areas->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(c, buf_str(&sql), &s, e);
    if (!code)
        code = stmt_step(s, any, e);
    stmt_finish(s);
    buf_free(&sql);
    return code;
}

// A few areas and "no area", of each of which the index tells whether a row lies there.
enum { FEW_OUTSIDE = 8 };

static enum err any_outside(struct row_lister *l, const int64_t *ids, size_t n, bool *out,
                            struct error *e)
{
    struct stmt *s = NULL;
    struct str table = l->reg->table;
    struct str sql = str_format(l->arena,
                                "SELECT 1 FROM \"" STR_FMT "\" INDEXED BY \"" STR_FMT
                                "_in_area\" WHERE area IS ? LIMIT 1",
                                STR_ARG(table), STR_ARG(table));
    *out = false;
    enum err code = sql.p ? conn_prepare(l->conn, sql, &s, e) : error_memory(e);
    for (size_t i = 0; !code && !*out && i <= n; i++) {
        if (i < n)
            stmt_bind_int(s, 1, ids[i]);
        else
            stmt_bind_null(s, 1);
        code = stmt_step(s, out, e);
        stmt_reset(s);
    }
    stmt_finish(s);
    return code;
}

// Who may see all rows, and asks for an area that has them all, asks for nothing: such a
// list takes the ways of one without areas.
static enum err forget_whole(struct row_lister *l, bool everywhere, struct error *e)
{
    const struct places *p = l->county->places;
    int64_t outside[FEW_OUTSIDE];
    size_t n = 0;
    if (!everywhere || !l->limited || !l->reg->area || l->reg->kind != REG_ROWS)
        return ERR_OK;
    for (size_t i = 0; i < p->n_areas; i++) {
        if (l->areas[i])
            continue;
        if (n == FEW_OUTSIDE)
            return ERR_OK;
        outside[n++] = p->areas[i].id;
    }
    bool struck; // its rows lie in no area that there is
    enum err code = row_areas_struck(l->county->pack, l->conn, &struck, e);
    return code || struck ? code : any_outside(l, outside, n, &l->limited, e);
}

enum err row_filters_read(struct row_lister *l, struct error *e)
{
    const struct row_query *q = l->query;
    l->filter.sql = BUF_INIT(1 << 20);
    l->days.sql = BUF_INIT(1 << 16);
    enum err code = access_read_some(l->who, l->reg, e);
    if (!code)
        code = read_rights(l, e);
    bool everywhere = !l->limited;
    if (!code && q->n_filters > ROW_FILTERS_MAX)
        code = error_set(e, ERR_LIMIT, "filter.many", "f", "more than %d filters",
                         ROW_FILTERS_MAX);
    for (size_t i = 0; !code && i < q->n_filters; i++) {
        size_t days = l->days.n, all = l->filter.sql.n;
        code = read_filter(l, &q->filters[i], e);
        l->others |= l->days.n == days && l->filter.sql.n > all;
    }
    if (!code)
        code = forget_whole(l, everywhere, e);
    if (code || !l->limited)
        return code;
    l->area_ids = ids_of_areas(l, l->areas);
    l->facility_ids = ids_of_facilities(l, l->areas);
    if (l->own.p && l->asks_area) {
        l->asked_ids = ids_of_areas(l, l->asked);
        l->asked_facilities = ids_of_facilities(l, l->asked);
        if (!l->asked_ids.p || !l->asked_facilities.p)
            return error_memory(e);
    }
    return l->area_ids.p && l->facility_ids.p ? ERR_OK : error_memory(e);
}

// --- ways to the rows

size_t row_places(const struct row_lister *l, enum row_place out[ROW_PLACES])
{
    const struct reg *r = l->reg;
    size_t n = 0;
    if (!l->limited) {
        out[n++] = l->facility ? ROW_IN_FACILITY_FILTER : ROW_ANYWHERE;
        return n;
    }
    if (r->area)
        out[n++] = ROW_IN_AREAS;
    if (r->facility && !(r->area && r->area->required))
        out[n++] = ROW_IN_FACILITIES;
    if (l->own.p)
        out[n++] = ROW_OF_OWN_FACILITIES;
    return n;
}

static void placed_in(struct row_lister *l, struct sql_parts *p, struct str areas,
                      struct str facilities)
{
    sql_parts_add(p, "((+t.area IS NOT NULL AND +t.area IN (SELECT value FROM"
                     " json_each(?))) OR (+t.area IS NULL AND +t.facility IS NOT NULL AND"
                     " +t.facility IN (SELECT value FROM json_each(?))))");
    sql_parts_text(l, p, areas);
    sql_parts_text(l, p, facilities);
}

// What is of a facility of the caller's, in the areas that are asked for, and not reached
// by its area already.
static void of_own(struct row_lister *l, struct sql_parts *p, bool by_index)
{
    bool itself = l->reg->kind == REG_FACILITIES;
    buf_printf(&p->sql, " AND %st.%s IN (SELECT value FROM json_each(?)) AND NOT ",
               by_index ? "" : "+", itself ? "id" : "facility");
    sql_parts_text(l, p, l->own);
    placed_in(l, p, l->area_ids, l->facility_ids);
    if (!l->asks_area)
        return;
    sql_parts_add(p, " AND ");
    placed_in(l, p, l->asked_ids, l->asked_facilities);
}

static void in_list(struct row_lister *l, struct sql_parts *p, const char *column,
                    bool by_index, struct str ids)
{
    buf_printf(&p->sql, " AND %st.%s IN (SELECT value FROM json_each(?))",
               by_index ? "" : "+", column);
    sql_parts_text(l, p, ids);
}

void row_place_condition(struct row_lister *l, struct sql_parts *p, enum row_place place,
                         bool by_index)
{
    switch (place) {
    case ROW_ANYWHERE:
        return;
    case ROW_IN_AREAS:
        in_list(l, p, "area", by_index, l->area_ids);
        return;
    case ROW_IN_FACILITIES:
        if (l->reg->area)
            sql_parts_add(p, by_index ? " AND t.area IS NULL" : " AND +t.area IS NULL");
        in_list(l, p, "facility", by_index, l->facility_ids);
        return;
    case ROW_IN_FACILITY_FILTER:
        in_list(l, p, "facility", by_index, l->facility_filter);
        return;
    case ROW_OF_OWN_FACILITIES:
        of_own(l, p, by_index);
        return;
    }
}

void row_state_condition(struct row_lister *l, struct sql_parts *p, bool by_index)
{
    enum row_state state = l->query->state;
    struct str table = l->reg->table;
    if (state == ROW_CURRENT && by_index) // the first condition is what that index asks
        buf_printf(&p->sql,
                   " AND NOT EXISTS (SELECT 1 FROM \"" STR_FMT "\" AS x INDEXED BY "
                   "\"" STR_FMT
                   "_struck\" WHERE x.state <> 'current' AND x.state = 'struck' "
                   "AND x.id = t.id)",
                   STR_ARG(table), STR_ARG(table));
    else if (state == ROW_CURRENT)
        sql_parts_add(p, " AND t.state = 'current'");
    else if (state == ROW_STRUCK)
        buf_printf(&p->sql,
                   " AND t.id IN (SELECT id FROM \"" STR_FMT
                   "\" WHERE state <> 'current')",
                   STR_ARG(table));
}
