// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas, facilities and the map, and the search over everything that has a name. What a
// place is called is nobody's secret: anyone who is signed in may ask.
#include <string.h>

#include "access/audit.h"
#include "base/text.h"
#include "register/area_map.h"
#include "register/rights.h"
#include "register/search.h"
#include "serve/files.h"
#include "serve/routes.h"
#include "serve/rows_json.h"

enum { MOST_FACILITIES = 500, MOST_FOUND = 8, MOST_PEOPLE = 6 };

// --- areas

static void put_area(struct json_writer *j, const struct request *q, int32_t i)
{
    const struct places *p = q->county->places;
    const struct pack *pack = q->county->pack;
    const struct area *a = &p->areas[i];
    int64_t children = 0;
    for (int32_t k = i + 1; k <= a->last; k = p->areas[k].last + 1)
        children++;
    json_put_object(j);
    put_text_or_null(j, "code", a->code);
    put_text_or_null(j, "name", a->name);
    put_text_or_null(j, "name_en", a->name_en.p ? a->name_en : STR(""));
    put_text_or_null(j, "level", a->level >= 0 ? pack->levels[a->level].name : STR(""));
    put_text_or_null(j, "parent", a->parent >= 0 ? p->areas[a->parent].code : STR(""));
    put_day(j, "from", a->valid_from);
    put_day(j, "to", a->valid_to);
    put_number(j, "children", children);
    json_put_object_end(j);
}

struct area_list {
    int32_t *list;
    size_t n;
};

static void add_area(struct area_list *l, int32_t i)
{
    for (size_t k = 0; k < l->n; k++)
        if (l->list[k] == i)
            return;
    l->list[l->n++] = i;
}

// What "" means: the roots of the caller's figures and rows.
static enum err own_roots(const struct request *q, struct area_list *out, struct error *e)
{
    const struct places *p = q->county->places;
    int32_t roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    out->list = ARENA_ARRAY(q->arena, int32_t, p->n_areas + 1);
    if (!out->list)
        return error_memory(e);
    size_t n = rights_home(p, &q->who, roots, &everywhere);
    for (size_t i = 0; !everywhere && i < n; i++)
        add_area(out, roots[i]);
    for (int32_t i = 0; everywhere && i < (int32_t)p->n_areas; i = p->areas[i].last + 1)
        add_area(out, i);
    return ERR_OK;
}

static enum err roots_asked_for(const struct request *q, struct area_list *out,
                                struct error *e)
{
    struct str under = request_query(q, "under");
    enum err code = own_roots(q, out, e);
    if (code || !under.n)
        return code;
    int32_t i = places_area_by_code(q->county->places, under);
    if (i < 0) {
        error_set(e, ERR_NOT_FOUND, "area.unknown", "under",
                  "there is no area with the code '" STR_FMT "'",
                  STR_ARG(text_cut(under, 40)));
        return error_cure(e, "/api/areas lists those there are");
    }
    out->list[0] = i;
    out->n = 1;
    return ERR_OK;
}

// The only part of an area, -1: it has none, or several.
static int32_t only_part(const struct places *p, int32_t i)
{
    bool one = p->areas[i].last > i && p->areas[i + 1].last == p->areas[i].last;
    return one ? i + 1 : -1;
}

enum err places_areas(struct request *q, struct error *e)
{
    const struct places *p = q->county->places;
    struct area_list roots = {0};
    int64_t deep = 0, through = 0;
    enum err code = roots_asked_for(q, &roots, e);
    if (!code)
        code = request_int(q, "deep", 0, 0, 1, &deep, e);
    if (!code)
        code = request_int(q, "through", 0, 0, 1, &through, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_key(j, "areas");
    json_put_array(j);
    for (size_t i = 0; !code && i < roots.n; i++) {
        int32_t root = roots.list[i];
        put_area(j, q, root);
        for (int32_t k = root + 1; !code && k <= p->areas[root].last;
             k = deep ? k + 1 : p->areas[k].last + 1) {
            put_area(j, q, k);
            code = answer_flush(q, e);
        }
        // Each part has been put with the area above it.
        for (int32_t at = only_part(p, root); through && !deep && !code && at >= 0;
             at = only_part(p, at)) {
            for (int32_t k = at + 1; !code && k <= p->areas[at].last;
                 k = p->areas[k].last + 1) {
                put_area(j, q, k);
                code = answer_flush(q, e);
            }
        }
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

// --- facilities

static void put_facility(struct json_writer *j, const struct request *q, size_t i)
{
    const struct places *p = q->county->places;
    const struct facility *f = &p->facilities[i];
    json_put_object(j);
    put_text_or_null(j, "code", f->code);
    put_text_or_null(j, "name", f->name);
    put_text_or_null(j, "name_en", f->name_en.p ? f->name_en : STR(""));
    put_text_or_null(j, "kind", f->kind.p ? f->kind : STR(""));
    put_text_or_null(j, "area", f->area >= 0 ? p->areas[f->area].code : STR(""));
    json_put_object_end(j);
}

static bool contains_fold(struct str text, struct str part)
{
    for (size_t i = 0; part.n && i + part.n <= text.n; i++)
        if (str_equal_fold((struct str){text.p + i, part.n}, part))
            return true;
    return false;
}

static bool is_called(struct str words, struct str code, struct str name,
                      struct str name_en)
{
    return str_starts(code, words) || contains_fold(name, words) ||
           contains_fold(name_en, words);
}

struct named_rows { // by the search: pinyin, initials, words in another order
    int64_t *ids;
    size_t n;
};

static enum err find_named(const struct request *q, const struct reg *r, struct str words,
                           size_t most, struct named_rows *out, struct error *e)
{
    *out = (struct named_rows){.ids = ARENA_ARRAY(q->arena, int64_t, most)};
    if (!out->ids)
        return error_memory(e);
    return r && words.n
               ? search_ids(q->county, r, words, q->arena, out->ids, most, &out->n, e)
               : ERR_OK;
}

static bool is_among(const struct named_rows *rows, int64_t id)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->ids[i] == id)
            return true;
    return false;
}

enum err places_facilities(struct request *q, struct error *e)
{
    const struct places *p = q->county->places;
    struct str code_asked = request_query(q, "area"),
               words = str_trim(request_query(q, "q"));
    int32_t root = code_asked.n ? places_area_by_code(p, code_asked) : -1;
    struct named_rows named;
    if (code_asked.n && root < 0)
        return error_set(e, ERR_NOT_FOUND, "area.unknown", "area",
                         "there is no area with the code '" STR_FMT "'",
                         STR_ARG(text_cut(code_asked, 40)));
    enum err code =
        find_named(q, q->county->pack->facilities, words, MOST_FACILITIES, &named, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_key(j, "facilities");
    json_put_array(j);
    for (size_t i = 0; !code && i < p->n_facilities; i++) {
        const struct facility *f = &p->facilities[i];
        bool here = root < 0 || (f->area >= 0 && places_within(p, f->area, root));
        if (!here || (words.n && !is_called(words, f->code, f->name, f->name_en) &&
                      !is_among(&named, f->id)))
            continue;
        put_facility(j, q, i);
        code = answer_flush(q, e);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

// --- the map

static void put_feature(struct json_writer *j, const struct request *q, int32_t area,
                        struct str geometry)
{
    const struct area *a = &q->county->places->areas[area];
    json_put_object(j);
    put_text_or_null(j, "type", STR("Feature"));
    put_text_or_null(j, "id", a->code);
    put_key(j, "properties");
    json_put_object(j);
    put_text_or_null(j, "code", a->code);
    put_text_or_null(j, "name", a->name);
    put_text_or_null(j, "name_en", a->name_en.p ? a->name_en : STR(""));
    json_put_object_end(j);
    put_key(j, "geometry");
    json_put_raw(j, geometry);
    json_put_object_end(j);
}

static enum err put_features(struct request *q, struct conn *conn,
                             const struct area_list *roots, struct error *e)
{
    const struct places *p = q->county->places;
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < roots->n; i++) {
        int32_t root = roots->list[i];
        for (int32_t k = root + 1; !code && k <= p->areas[root].last;
             k = p->areas[k].last + 1) {
            struct str geometry;
            code = area_map_get(q->county, conn, k, q->arena, &geometry, e);
            if (!code && geometry.p) {
                put_feature(j, q, k, geometry);
                code = answer_flush(q, e);
            }
        }
    }
    return code;
}

enum err places_map(struct request *q, struct error *e)
{
    struct area_list roots = {0};
    struct conn *conn = NULL;
    enum err code = roots_asked_for(q, &roots, e);
    if (!code)
        code = store_read_begin(q->county->store, &conn, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text_or_null(j, "type", STR("FeatureCollection"));
    put_key(j, "features");
    json_put_array(j);
    code = put_features(q, conn, &roots, e);
    store_read_end(conn);
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

enum err places_map_put(struct request *q, struct error *e)
{
    struct area_map_report report;
    enum err code = files_everywhere(q, ACCESS_FILE, e);
    if (!code)
        code = area_map_put(q->county, q->body, "GeoJSON", q->arena, &report, e);
    if (!code)
        code = audit_write(
            q->county->store,
            &(struct audit_entry){.kind = AUDIT_MAP,
                                  .who = q->who.user,
                                  .subject = STR("map"),
                                  .text = str_format(q->arena, "%zu areas", report.areas),
                                  .at = date_now_ms()},
            e);
    if (code)
        return code;
    server_touch(q->server);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_number(j, "features", (int64_t)report.features);
    put_number(j, "areas", (int64_t)report.areas);
    put_key(j, "unknown");
    json_put_array(j);
    for (size_t i = 0; i < report.n_unknown && i < 20; i++)
        json_put_string(j, report.unknown[i]);
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

// --- search

// Large areas first: of the many villages that have a syllable in their names, the first
// few would leave no room for the town that has it too.
static enum err put_found_areas(struct request *q, struct str words, struct error *e)
{
    const struct places *p = q->county->places;
    struct json_writer *j = answer_json(q);
    struct named_rows named;
    size_t n_found = 0, n = 0;
    int32_t *found = ARENA_ARRAY(q->arena, int32_t, p->n_areas + 1);
    if (!found)
        return error_memory(e);
    enum err code = find_named(q, q->county->pack->areas, words, 200, &named, e);
    for (int32_t i = 0; !code && i < (int32_t)p->n_areas; i++) {
        const struct area *a = &p->areas[i];
        if (is_called(words, a->code, a->name, a->name_en) || is_among(&named, a->id))
            found[n_found++] = i;
    }
    put_key(j, "areas");
    json_put_array(j);
    for (int level = -1; level < (int)q->county->pack->n_levels; level++)
        for (size_t i = 0; i < n_found && n < MOST_FOUND; i++)
            if (p->areas[found[i]].level == level) {
                put_area(j, q, found[i]);
                n++;
            }
    json_put_array_end(j);
    return code;
}

static enum err put_found_facilities(struct request *q, struct str words, struct error *e)
{
    const struct places *p = q->county->places;
    struct json_writer *j = answer_json(q);
    struct named_rows named;
    size_t n = 0;
    enum err code = find_named(q, q->county->pack->facilities, words, 200, &named, e);
    put_key(j, "facilities");
    json_put_array(j);
    for (size_t i = 0; !code && i < p->n_facilities && n < MOST_FOUND; i++) {
        const struct facility *f = &p->facilities[i];
        if (!is_called(words, f->code, f->name, f->name_en) && !is_among(&named, f->id))
            continue;
        put_facility(j, q, i);
        n++;
    }
    json_put_array_end(j);
    return code;
}

static void put_found_indicators(struct request *q, struct str words)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    size_t n = 0;
    put_key(j, "indicators");
    json_put_array(j);
    for (size_t i = 0; i < p->n_indicators && n < MOST_FOUND; i++) {
        const struct indicator *x = &p->indicators[i];
        bool again = i && str_equal(x->name, p->indicators[i - 1].name); // an edition
        if (again || !is_called(words, x->name, x->label.zh, x->label.en))
            continue;
        json_put_object(j);
        put_text_or_null(j, "name", x->name);
        put_label(j, "label", x->label);
        json_put_object_end(j);
        n++;
    }
    json_put_array_end(j);
}

static void add_value(const struct request *q, struct buf *to, const struct field *f,
                      const struct row_value *v)
{
    if (!v->text.n || to->n > 300)
        return;
    buf_add_c(to, to->n ? " · " : "");
    buf_add(to, f->type == TYPE_AREA && v->place >= 0
                    ? area_name(&q->county->places->areas[v->place], q->zh)
                    : v->text);
}

static void put_buf(struct json_writer *j, const char *key, struct buf *b)
{
    put_text_or_null(j, key, b->n ? buf_str(b) : STR(""));
    buf_free(b);
}

// `text` names the person, `detail` tells from others of the name.
static void put_person(struct request *q, const struct reg *r,
                       const struct row_list *list, const struct row_listed *row)
{
    struct json_writer *j = answer_json(q);
    struct buf text = BUF_INIT(2000), detail = BUF_INIT(2000);
    for (size_t i = 0; i < list->n_columns; i++) {
        const struct field *f = list->columns[i];
        if (f->type == TYPE_NAME)
            add_value(q, &text, f, &row->values[i]);
        else if (f->identifies || f == r->date || f == r->area)
            add_value(q, &detail, f, &row->values[i]);
    }
    json_put_object(j);
    put_text_or_null(j, "register", r->name);
    put_id(j, "id", row->id);
    put_buf(j, "text", &text);
    put_buf(j, "detail", &detail);
    json_put_object_end(j);
}

static bool has_people(const struct reg *r)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (r->fields[i].identifies)
            return true;
    return false;
}

static enum err put_found_people(struct request *q, struct str words, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    put_key(j, "people");
    json_put_array(j);
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        struct row_query query = {.search = words, .limit = MOST_PEOPLE};
        struct row_list list;
        if (!has_people(r) || access_read_some(&q->who, r, NULL))
            continue;
        code = row_list(q->county, &q->who, r, &query, q->arena, &list, e);
        for (size_t k = 0; !code && k < list.n; k++)
            put_person(q, r, &list, &list.rows[k]);
    }
    json_put_array_end(j);
    return code;
}

enum err places_search(struct request *q, struct error *e)
{
    struct str words = str_trim(request_query(q, "q"));
    if (!words.n) {
        error_set(e, ERR_INPUT, "search.empty", "q", "there is nothing to search for");
        return error_cure(e, "give ?q= with at least one character");
    }
    words = text_cut(words, 100);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    enum err code = put_found_areas(q, words, e);
    if (!code)
        code = put_found_facilities(q, words, e);
    if (!code) {
        put_found_indicators(q, words);
        code = put_found_people(q, words, e);
    }
    json_put_object_end(j);
    return code;
}
