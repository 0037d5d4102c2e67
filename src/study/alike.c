// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/alike.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/chinese.h"
#include "link/compare.h"

enum { BY_NAME = 60, BY_DAY = 200, MOST_CANDIDATES = 400, SHORTEST_NUMBER = 4 };
static const double most_probable = 0.999;

struct typed { // one field that has a value
    const struct field *field;
    size_t column;   // of the lists, which have all fields that the pack declares
    struct str text; // as the outside sees it
    struct datum value;
    double frequency; // of this very value among rows, for names
};

struct search {
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    struct arena *arena;
    struct typed *typed;
    size_t n_typed;
    struct str source;
    int64_t except;
    double rows, days; // of the register: how many, and over how many days

    struct row_list list; // of candidates
    struct row_listed *candidates;
    size_t n;
};

// --- what was typed

static bool is_compared(const struct field *f)
{
    return !f->system && f->type != TYPE_PERIOD &&
           (f->type != TYPE_TEXT || f->identifies);
}

static struct str outside_text(const struct search *s, const struct field *f,
                               const struct datum *v)
{
    const struct places *p = s->county->places;
    char space[DATUM_TEXT_SIZE];
    if (f->type == TYPE_AREA)
        return p->areas[v->i].code;
    if (f->type == TYPE_FACILITY)
        return p->facilities[v->i].code;
    return str_copy(s->arena, datum_text(f, v, p, space));
}

static struct str text_of(const struct row_new *row, const struct field *f)
{
    for (size_t i = row->n; i-- > 0;)
        if (str_equal(row->values[i].field, f->name))
            return row->values[i].text;
    return (struct str){NULL, 0};
}

static size_t column_of(const struct reg *r, const struct field *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->index; i++)
        n += !r->fields[i].system;
    return n;
}

// The date first, then the area, as an import reads them.
static enum err read_typed(struct search *s, const struct row_new *row, struct error *e)
{
    const struct reg *r = s->reg;
    struct datum *values = ARENA_ARRAY(s->arena, struct datum, r->n_fields);
    s->typed = ARENA_ARRAY(s->arena, struct typed, r->n_fields);
    if (!values || !s->typed)
        return error_memory(e);
    for (size_t i = 0; i < r->n_fields; i++)
        values[i] = DATUM_NULL;
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < r->n_fields; i++) {
            const struct field *f = &r->fields[i];
            struct str text = text_of(row, f);
            struct reader *reader;
            int turn = f == r->date ? 0 : f == r->area ? 1 : 2;
            if (turn != pass || !text.n || !is_compared(f))
                continue;
            enum err code = reader_open(s->arena, f, &reader, e);
            if (code)
                return code;
            code = row_read_cell(reader, r, f, text, s->county->places, s->arena, values,
                                 NULL);
            if (code == ERR_MEMORY)
                return error_memory(e);
            if (code || values[i].null)
                continue;
            struct str shown = outside_text(s, f, &values[i]);
            if (!shown.p)
                return error_memory(e);
            s->typed[s->n_typed++] = (struct typed){
                .field = f, .column = column_of(r, f), .text = shown, .value = values[i]};
        }
    }
    return ERR_OK;
}

static const struct typed *typed_field(const struct search *s, const struct field *f)
{
    for (size_t i = 0; f && i < s->n_typed; i++)
        if (s->typed[i].field == f)
            return &s->typed[i];
    return NULL;
}

// --- candidates

static enum err take(struct search *s, struct row_query *q, struct row_list *out,
                     struct error *e)
{
    struct row_filter filters[ROW_FILTERS_MAX];
    size_t n = q->n_filters;
    for (size_t i = 0; i < n; i++)
        filters[i] = q->filters[i];
    if (s->source.n && s->reg->n_sources)
        filters[n++] = (struct row_filter){s->reg->fields[FIELD_SOURCE].name, s->source};
    q->filters = filters;
    q->n_filters = n;
    enum err code = row_list(s->county, s->who, s->reg, q, s->arena, out, e);
    for (size_t i = 0; !code && i < out->n && s->n < MOST_CANDIDATES; i++) {
        bool known = out->rows[i].id == s->except;
        for (size_t k = 0; k < s->n && !known; k++)
            known = s->candidates[k].id == out->rows[i].id;
        if (!known)
            s->candidates[s->n++] = out->rows[i];
    }
    assert(!out->n || s->n_typed == 0 ||
           out->columns[s->typed[0].column] == s->typed[0].field);
    s->list.columns = out->columns;
    s->list.n_columns = out->n_columns;
    return code;
}

// By each name and number: rows that have its words. More rows than a page: a frequent
// name, and how frequent is known only to be as much.
static enum err take_by_names(struct search *s, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < s->n_typed; i++) {
        struct typed *t = &s->typed[i];
        bool number = t->field->identifies && t->field->type != TYPE_NAME &&
                      t->text.n >= SHORTEST_NUMBER;
        struct row_query q = {.search = t->text, .limit = BY_NAME, .state = ROW_CURRENT};
        struct row_list list;
        if (t->field->type != TYPE_NAME && !number)
            continue;
        code = take(s, &q, &list, e);
        t->frequency = (double)(list.next.p ? 2 * BY_NAME : list.n);
    }
    return code;
}

static enum err take_by_day(struct search *s, struct error *e)
{
    const struct typed *day = typed_field(s, s->reg->date),
                       *area = typed_field(s, s->reg->area);
    struct row_filter filters[ROW_FILTERS_MAX];
    char low[DATE_TEXT_SIZE], high[DATE_TEXT_SIZE];
    struct row_list list;
    if (!day || day->field->type != TYPE_DATE)
        return ERR_OK;
    date_format((int32_t)day->value.i - 1, low);
    date_format((int32_t)day->value.i + 1, high);
    struct str range = str_format(s->arena, "%s..%s", low, high);
    if (!range.p)
        return error_memory(e);
    filters[0] = (struct row_filter){day->field->name, range};
    struct row_query q = {.filters = filters,
                          .n_filters = 1,
                          .sort = day->field->name,
                          .limit = BY_DAY,
                          .state = ROW_CURRENT};
    if (area) { // the township around a village: places are mistaken for neighbours
        const struct places *p = s->county->places;
        int32_t i = (int32_t)area->value.i, above = p->areas[i].parent;
        if (above >= 0 && p->areas[above].parent >= 0)
            i = above;
        filters[q.n_filters++] = (struct row_filter){area->field->name, p->areas[i].code};
    }
    return take(s, &q, &list, e);
}

static enum err measure_register(struct search *s, struct error *e)
{
    int32_t first, last;
    enum err code = row_list_days(s->county, s->reg, s->arena, &first, &last, e);
    s->days = code || first == DATE_NONE ? 1 : 1 + (double)last - first;
    double rows;
    if (!code)
        code = row_list_roughly(s->county, s->reg, &rows, e);
    s->rows = code || rows < 100 ? 100 : rows;
    return code;
}

// --- scores

enum agreement { SAME, NEAR, OTHER };

// One character of another shape or in another place; of a long name two.
static bool names_are_near(struct str a, struct str b)
{
    uint32_t edits = compare_osa(a, b, 2);
    if (chinese_is(a) && chinese_is(b))
        return edits == 1 ? a.n > 6 || b.n > 6 || chinese_shape_names(a, b) >= 0.75
                          : chinese_shape_names(a, b) >= 0.75;
    return compare_jaro_winkler(a, b) >= 0.92;
}

static enum agreement agree_dates(struct str a, struct str b)
{
    int32_t days = compare_days(a, b);
    if (days == 0)
        return SAME;
    return abs(days) <= 1 || compare_dates_swapped(a, b) ||
                   compare_levenshtein(a, b, 1) <= 1
               ? NEAR
               : OTHER;
}

static enum agreement agree(const struct search *s, const struct typed *t,
                            const struct row_value *v)
{
    const struct places *p = s->county->places;
    if (str_equal(t->text, v->text))
        return SAME;
    switch (t->field->type) {
    case TYPE_NAME:
        return names_are_near(t->text, v->text) ? NEAR : OTHER;
    case TYPE_DATE:
        return agree_dates(t->text, v->text);
    case TYPE_TEXT:
        return t->text.n >= 6 && compare_osa(t->text, v->text, 1) <= 1 ? NEAR : OTHER;
    case TYPE_AREA:
        return v->place >= 0 && p->areas[v->place].parent == p->areas[t->value.i].parent
                   ? NEAR
                   : OTHER;
    default:
        return OTHER;
    }
}

struct chances { // of same and near, for the same and for any two
    double m_same, m_near, u_same, u_near;
};

static double one_in(double n)
{
    return 1 / (n < 2 ? 2 : n);
}

static size_t siblings(const struct places *p, int32_t area)
{
    int32_t above = p->areas[area].parent;
    if (above < 0)
        return 1;
    size_t n = 0;
    for (int32_t i = above + 1; i <= p->areas[above].last; i = p->areas[i].last + 1)
        n++;
    return n;
}

static size_t of_level(const struct places *p, int level)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_areas; i++)
        n += p->areas[i].level == level;
    return n;
}

static struct chances chances_of(const struct search *s, const struct typed *t)
{
    const struct places *p = s->county->places;
    const struct field *f = t->field;
    double frequency = (t->frequency < 1 ? 1 : t->frequency) / s->rows;
    switch (f->type) {
    case TYPE_NAME:
        return (struct chances){0.85, 0.10, frequency < 0.5 ? frequency : 0.5, 0.004};
    case TYPE_TEXT:
        return (struct chances){0.90, 0.06, frequency < 0.5 ? frequency : 0.5,
                                10 / s->rows};
    case TYPE_DATE:
        return f == s->reg->date
                   ? (struct chances){0.90, 0.07, one_in(s->days), 8 * one_in(s->days)}
                   : (struct chances){0.70, 0.10, 0.02, 0.06};
    case TYPE_AREA: {
        double all = (double)of_level(p, p->areas[t->value.i].level);
        double near = (double)siblings(p, (int32_t)t->value.i);
        return (struct chances){0.85, 0.08, one_in(all),
                                near > 1 && all > near ? near / all : 0.5};
    }
    case TYPE_FACILITY:
        return (struct chances){0.85, 0, one_in((double)p->n_facilities / 4), 0};
    case TYPE_CODE:
        return (struct chances){0.95, 0, one_in((double)f->n_codes - 1), 0};
    case TYPE_BOOL:
        return (struct chances){0.95, 0, 0.5, 0};
    default:
        return (struct chances){0.85, 0, 0.05, 0};
    }
}

static double log_ratio(const struct chances *x, enum agreement is)
{
    if (is == SAME)
        return log(x->m_same / x->u_same);
    if (is == NEAR && x->m_near > 0)
        return log(x->m_near / x->u_near);
    double m = 1 - x->m_same - x->m_near, u = 1 - x->u_same - x->u_near;
    return log(m / (u > 0.01 ? u : 0.01));
}

static enum err score(struct search *s, const struct row_listed *row,
                      struct alike_row *out, struct error *e)
{
    double sum = -log(s->rows);
    bool person = false; // something that few rows have in common agrees
    *out =
        (struct alike_row){.row = row,
                           .same = ARENA_ARRAY(s->arena, struct str, s->n_typed + 1),
                           .differs = ARENA_ARRAY(s->arena, struct str, s->n_typed + 1)};
    if (!out->same || !out->differs)
        return error_memory(e);
    for (size_t i = 0; i < s->n_typed; i++) {
        const struct typed *t = &s->typed[i];
        const struct row_value *v = &row->values[t->column];
        if (!v->text.n)
            continue;
        enum agreement is = agree(s, t, v);
        struct chances x = chances_of(s, t);
        sum += log_ratio(&x, is);
        person |= is != OTHER && (t->field->identifies || t->field->type == TYPE_NAME);
        if (is == SAME)
            out->same[out->n_same++] = t->field->name;
        else
            out->differs[out->n_differs++] = t->field->name;
    }
    double p = 1 / (1 + exp(-sum));
    out->probability = !person ? 0 : p < most_probable ? p : most_probable;
    return ERR_OK;
}

static int by_probability(const void *a, const void *b)
{
    const struct alike_row *x = a, *y = b;
    if (x->probability != y->probability)
        return x->probability < y->probability ? 1 : -1;
    return (x->row->id < y->row->id) - (x->row->id > y->row->id);
}

static enum err score_all(struct search *s, struct alike *out, struct error *e)
{
    struct alike_row *rows = ARENA_ARRAY(s->arena, struct alike_row, s->n + 1);
    enum err code = rows ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < s->n; i++)
        code = score(s, &s->candidates[i], &rows[i], e);
    if (code)
        return code;
    qsort(rows, s->n, sizeof *rows, by_probability);
    for (size_t i = 0; i < s->n && out->n < ALIKE_MOST; i++)
        if (rows[i].probability >= ALIKE_BAR)
            out->rows[out->n++] = rows[i];
    out->list = s->list;
    return ERR_OK;
}

enum err alike_find(struct county *c, const struct access *who, const struct reg *r,
                    const struct row_new *typed, int64_t except, struct arena *a,
                    struct alike *out, struct error *e)
{
    struct search s = {.county = c,
                       .who = who,
                       .reg = r,
                       .arena = a,
                       .source = typed->source,
                       .except = except};
    *out = (struct alike){.n = 0};
    if (r->kind != REG_ROWS || access_read_some(who, r, NULL))
        return ERR_OK;
    s.candidates = ARENA_ARRAY(a, struct row_listed, MOST_CANDIDATES);
    enum err code = s.candidates ? read_typed(&s, typed, e) : error_memory(e);
    bool names = false;
    for (size_t i = 0; i < s.n_typed; i++)
        names |= s.typed[i].field->identifies || s.typed[i].field->type == TYPE_NAME;
    if (code || !names)
        return code; // nothing typed yet that tells one from another
    code = take_by_names(&s, e);
    if (!code)
        code = take_by_day(&s, e);
    if (!code)
        code = measure_register(&s, e);
    return code ? code : score_all(&s, out, e);
}
