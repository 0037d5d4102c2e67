// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows as a table.
#include <stdatomic.h>
#include <string.h>

#include "register/checklist.h"
#include "register/search.h"
#include "serve/routes.h"
#include "serve/rows_json.h"

enum { PAGE = 50 };

// --- what is asked for

static enum err read_filters(const struct request *q, struct row_query *out,
                             struct error *e)
{
    struct row_filter *list = ARENA_ARRAY(q->arena, struct row_filter, ROW_FILTERS_MAX);
    struct str name, value;
    if (!list)
        return error_memory(e);
    for (size_t i = 0; request_query_at(q, i, &name, &value); i++) {
        if (!str_starts(name, STR("f.")))
            continue;
        if (out->n_filters == ROW_FILTERS_MAX)
            return error_set(e, ERR_LIMIT, "filter.many", "f", "more than %d filters",
                             ROW_FILTERS_MAX);
        list[out->n_filters++] = (struct row_filter){{name.p + 2, name.n - 2}, value};
    }
    out->filters = list;
    return ERR_OK;
}

static enum err read_columns(const struct request *q, struct row_query *out,
                             struct error *e)
{
    struct str rest = request_query(q, "columns"), head;
    size_t n = 1;
    for (size_t i = 0; i < rest.n; i++)
        n += rest.p[i] == ',';
    struct str *list = ARENA_ARRAY(q->arena, struct str, n);
    if (!list)
        return error_memory(e);
    for (bool more = rest.n > 0; more;) {
        struct str name = rest;
        more = str_split(rest, ',', &head, &rest);
        list[out->n_columns++] = more ? head : name;
    }
    out->columns = list;
    return ERR_OK;
}

static enum err read_state(const struct request *q, struct row_query *out,
                           struct error *e)
{
    struct str state = request_query(q, "state");
    out->state = str_equal_c(state, "struck") ? ROW_STRUCK
                 : str_equal_c(state, "all")  ? ROW_ALL
                                              : ROW_CURRENT;
    if (!state.n || out->state != ROW_CURRENT || str_equal_c(state, "current"))
        return ERR_OK;
    error_set(e, ERR_INPUT, "rows.state", "state", "'" STR_FMT "' is no state of a row",
              STR_ARG(state));
    return error_cure(e, "ask for current, struck or all");
}

enum err rows_query(const struct request *q, struct row_query *out, struct error *e)
{
    int64_t limit = PAGE, count = 0;
    *out = (struct row_query){0};
    enum err code = read_filters(q, out, e);
    if (!code)
        code = read_columns(q, out, e);
    if (!code)
        code = read_state(q, out, e);
    if (!code)
        code = request_int(q, "limit", PAGE, 1, ROW_LIST_MAX, &limit, e);
    if (!code)
        code = request_int(q, "count", 0, 0, 1, &count, e);
    struct str search = request_query(q, "q"), sort = request_query(q, "sort"),
               after = request_query(q, "after");
    out->search = str_trim(search.p ? search : STR(""));
    out->sort = sort.p ? sort : STR("");
    out->after = after.p ? after : STR("");
    out->limit = (size_t)limit;
    out->count = count == 1;
    return code;
}

// --- a page

enum err rows_photos_owed(const struct request *q, const struct row_list *list,
                          const size_t **out, struct error *e)
{
    const struct reg *r = request_register(q);
    const struct checklist *x = pack_checklist_of(q->county->pack, r);
    *out = NULL;
    if (!x || !checklist_has_photos(x))
        return ERR_OK;
    int64_t *ids = ARENA_ARRAY(q->arena, int64_t, list->n + 1);
    size_t *owed = ARENA_ARRAY(q->arena, size_t, list->n + 1);
    if (!ids || !owed)
        return error_memory(e);
    for (size_t i = 0; i < list->n; i++)
        ids[i] = list->rows[i].id;
    *out = owed;
    return checklist_photos_owed(q->county, r, ids, list->n, q->arena, owed, e);
}

enum err rows_list(struct request *q, struct error *e)
{
    struct row_query query;
    struct row_list list;
    const struct row_memory memory = cube_memory(q->cube);
    enum err code = rows_query(q, &query, e);
    query.memory = &memory;
    query.brief = query.n_columns > 0;
    if (!code)
        code =
            row_list(q->county, &q->who, request_register(q), &query, q->arena, &list, e);
    if (code)
        return code;
    const size_t *owed;
    code = rows_photos_owed(q, &list, &owed, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    code = put_list_rows(j, q, &list, query.brief, e);
    if (owed) {
        put_key(j, "photos_missing");
        json_put_array(j);
        for (size_t i = 0; i < list.n; i++)
            json_put_int(j, (int64_t)owed[i]);
        json_put_array_end(j);
    }
    if (!code)
        code = put_list_names(j, q, &list, e);
    put_text_or_null(j, "next", list.next);
    if (query.count) {
        put_key(j, "count");
        json_put_object(j);
        put_number(j, "shown", list.shown);
        put_number(j, "all", list.all);
        put_number(j, "hidden", list.hidden);
        json_put_object_end(j);
    }
    if (list.indexed < 1) {
        put_key(j, "indexing");
        json_put_double(j, list.indexed);
    }
    json_put_object_end(j);
    return code;
}
