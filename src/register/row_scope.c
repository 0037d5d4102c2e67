// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/row_scope.h"

#include "register/rights.h"
#include "register/row_list_private.h"

// --- one filter

struct reading {
    const struct places *places;
    struct arena *arena;
    bool no_memory;
};

static bool *table(struct reading *x, size_t n)
{
    bool *out = ARENA_ARRAY(x->arena, bool, n + 1);
    x->no_memory |= !out;
    return out;
}

static bool read_area(const struct places *p, struct str text, bool *of)
{
    int32_t root = places_area_by_code(p, text);
    for (int32_t i = root; root >= 0 && i <= p->areas[root].last; i++)
        of[i] = true;
    return root >= 0;
}

static bool read_one(const struct reading *x, const struct field *f, struct str text,
                     bool *of)
{
    int32_t index;
    if (f->type == TYPE_AREA)
        return read_area(x->places, text, of);
    if (f->type == TYPE_BOOL) {
        bool yes = str_equal_c(text, "1") || str_equal_c(text, "true");
        of[yes] = true;
        return yes || str_equal_c(text, "0") || str_equal_c(text, "false");
    }
    if (f->type == TYPE_CODE)
        index = field_code(f, text);
    else if (places_find_facility(x->places, text, -1, DATE_NONE, &index, NULL))
        return false;
    if (index >= 0)
        of[index] = true;
    return index >= 0;
}

// a,b,c
static bool read_list(struct reading *x, struct str text, struct row_test *t)
{
    const struct field *f = t->field;
    t->n = f->type == TYPE_AREA       ? x->places->n_areas
           : f->type == TYPE_FACILITY ? x->places->n_facilities
           : f->type == TYPE_CODE     ? f->n_codes
                                      : 2;
    bool *of = table(x, t->n);
    struct str rest = text, part;
    for (bool more = true; more;) {
        struct str head = rest;
        more = str_split(rest, ',', &part, &rest);
        if (!of || !read_one(x, f, more ? part : head, of))
            return false;
    }
    t->of = of;
    return true;
}

static bool read_number(const struct field *f, struct str text, int64_t *out)
{
    int32_t day;
    if (f->type == TYPE_INT)
        return str_to_int(text, out);
    if (date_parse(text, &day, NULL))
        return false;
    *out = day;
    return true;
}

// a, or from..to with either end open
static bool read_range(struct str text, struct row_test *t)
{
    struct str from = text, to = text;
    for (size_t i = 0; i + 1 < text.n; i++)
        if (text.p[i] == '.' && text.p[i + 1] == '.') {
            from = (struct str){text.p, i};
            to = (struct str){text.p + i + 2, text.n - i - 2};
            break;
        }
    t->low = INT64_MIN + 1;
    t->high = INT64_MAX;
    return (from.n || to.n) && (!from.n || read_number(t->field, from, &t->low)) &&
           (!to.n || read_number(t->field, to, &t->high));
}

static bool read_test(struct reading *x, const struct reg *r, const struct row_filter *f,
                      struct row_test *out)
{
    *out = (struct row_test){.field = reg_field(r, f->field)};
    struct str text = f->text;
    if (!out->field || !text.n || text.p[0] == '~' || str_equal_c(text, "null") ||
        str_equal_c(text, "notnull"))
        return false;
    switch (out->field->type) {
    case TYPE_BOOL:
    case TYPE_CODE:
    case TYPE_AREA:
    case TYPE_FACILITY:
        return read_list(x, text, out);
    case TYPE_INT:
    case TYPE_DATE:
        return read_range(text, out);
    default:
        return false;
    }
}

// --- what the caller may see

static void read_rights(struct reading *x, const struct access *who, const struct reg *r,
                        struct row_scope *out)
{
    const struct places *p = x->places;
    int32_t roots[ACCESS_MAX_GRANTS], facilities[ACCESS_MAX_GRANTS];
    bool everywhere;
    size_t n = rights_row_roots(p, who, r, ACCESS_READ, roots, &everywhere);
    if (everywhere)
        return;
    bool *areas = table(x, p->n_areas), *own = NULL;
    for (size_t i = 0; areas && i < n; i++)
        for (int32_t k = roots[i]; k <= p->areas[roots[i]].last; k++)
            areas[k] = true;
    size_t n_own = rights_facilities(p, who, r, ACCESS_READ, facilities);
    if (n_own)
        own = table(x, p->n_facilities);
    for (size_t i = 0; own && i < n_own; i++)
        own[facilities[i]] = true;
    out->areas = areas;
    out->own = own;
}

// Rows placed where each filter of the register's area wants them.
static void ask_areas(struct row_scope *s, const struct row_test *t)
{
    bool *of = (bool *)t->of;
    for (size_t i = 0; s->asked && i < t->n; i++)
        of[i] = of[i] && s->asked[i];
    s->asked = of;
}

// A row of an area that is struck has none in memory, and would stand where its facility
// does.
static enum err check_areas(const struct county *c, struct conn *conn,
                            const struct reg *r, const struct row_scope *s, bool *whole,
                            struct error *e)
{
    bool struck;
    if (!*whole || !(s->areas || s->asked) || !r->area || !r->facility)
        return ERR_OK;
    enum err code = row_areas_struck(c->pack, conn, &struck, e);
    *whole = !code && !struck;
    return code;
}

enum err row_scope_read(const struct county *c, struct conn *conn,
                        const struct access *who, const struct reg *r,
                        const struct row_query *q, struct arena *a, struct row_scope *out,
                        bool *whole, struct error *e)
{
    struct reading x = {.places = c->places, .arena = a};
    *out = (struct row_scope){.state = q->state};
    *whole = r->kind == REG_ROWS && q->n_filters <= ROW_FILTERS_MAX &&
             !access_read_some(who, r, NULL);
    if (!*whole)
        return ERR_OK;
    out->tests = ARENA_ARRAY(a, struct row_test, q->n_filters + 1);
    if (!out->tests)
        return error_memory(e);
    read_rights(&x, who, r, out);
    for (size_t i = 0; *whole && i < q->n_filters; i++) {
        struct row_test *t = &out->tests[out->n_tests];
        *whole = read_test(&x, r, &q->filters[i], t);
        if (*whole && t->field->index == FIELD_AREA)
            ask_areas(out, t);
        else
            out->n_tests += *whole;
    }
    return x.no_memory ? error_memory(e) : check_areas(c, conn, r, out, whole, e);
}

int64_t row_scope_hidden(const struct access *who, const struct reg *r, bool owns,
                         int64_t visible, int64_t everywhere)
{
    int64_t hidden = everywhere - visible;
    // one who answers for a facility is not told of the others
    return owns || !access_shows_count(who, r->purpose, (double)hidden) ? 0 : hidden;
}
