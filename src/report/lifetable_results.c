// SPDX-License-Identifier: AGPL-3.0-or-later
// The figures of a study of life tables, for CSV and JSON.
#include <math.h>

#include "report/lifetable_doc.h"

static const char *const sexes[] = {"female", "male", "both"};

static const struct result_column table_columns[] = {
    {.name = "area"},
    {.name = "year"},
    {.name = "sex"},
    {.name = "age", .kind = RESULT_COUNT},
    {.name = "width", .kind = RESULT_COUNT},
    {.name = "m", .kind = RESULT_NUMBER},
    {.name = "q", .kind = RESULT_NUMBER},
    {.name = "a", .kind = RESULT_NUMBER},
    {.name = "l", .kind = RESULT_NUMBER},
    {.name = "d", .kind = RESULT_NUMBER},
    {.name = "L", .kind = RESULT_NUMBER},
    {.name = "T", .kind = RESULT_NUMBER},
    {.name = "e", .kind = RESULT_NUMBER},
    {.name = "e_low", .kind = RESULT_NUMBER},
    {.name = "e_high", .kind = RESULT_NUMBER},
};

enum { TABLE_COLUMNS = sizeof table_columns / sizeof *table_columns };

static void add_table(struct result *r, const struct lifetable_one *o)
{
    const struct lifetable *t = &o->t;
    for (size_t i = 0; i < t->n; i++) {
        struct result_cell *c = result_row(r);
        const double values[] = {
            t->age[i],
            i + 1 < t->n ? (double)(t->age[i + 1] - t->age[i]) : (double)NAN,
            t->m[i],
            t->q[i],
            t->a[i],
            t->l[i],
            t->d[i],
            t->L[i],
            t->T[i],
            t->e[i],
            o->low ? o->low[i] : NAN,
            o->high ? o->high[i] : NAN,
        };
        _Static_assert(sizeof values / sizeof *values == TABLE_COLUMNS - 3,
                       "a value a column");
        c[0].text = o->area;
        c[1].text = o->year;
        c[2].text = str_of(sexes[o->sex]);
        for (size_t k = 3; k < TABLE_COLUMNS; k++)
            c[k].value = values[k - 3];
    }
}

static const struct result_column summary_columns[] = {
    {.name = "area"},
    {.name = "year"},
    {.name = "sex"},
    {.name = "e0", .kind = RESULT_NUMBER},
    {.name = "e0_low", .kind = RESULT_NUMBER},
    {.name = "e0_high", .kind = RESULT_NUMBER},
    {.name = "e65", .kind = RESULT_NUMBER},
    {.name = "q5", .kind = RESULT_NUMBER},
    {.name = "q45_15", .kind = RESULT_NUMBER},
    {.name = "deaths", .kind = RESULT_NUMBER},
    {.name = "population", .kind = RESULT_NUMBER},
    {.name = "groups_without_deaths", .kind = RESULT_COUNT},
    {.name = "law_log_a", .kind = RESULT_NUMBER},
    {.name = "law_b", .kind = RESULT_NUMBER},
    {.name = "law_c", .kind = RESULT_NUMBER},
};

enum { SUMMARY_COLUMNS = sizeof summary_columns / sizeof *summary_columns };

static void add_summary(struct result *r, const struct lifetable_one *o)
{
    size_t old = lifetable_study_at(&o->t, 65);
    bool law = o->law.groups;
    const double values[] = {
        o->t.e[0],
        o->e0.low,
        o->e0.high,
        old < o->t.n ? o->t.e[old] : NAN,
        o->q5,
        o->q45_15,
        o->all_deaths,
        o->people,
        (double)o->empty,
        law ? o->law.log_a - o->law.b * o->law.from : NAN,
        law ? o->law.b : NAN,
        law && o->law.kind == LIFETABLE_MAKEHAM ? o->law.c : NAN,
    };
    _Static_assert(sizeof values / sizeof *values == SUMMARY_COLUMNS - 3,
                   "a value a column");
    struct result_cell *c = result_row(r);
    c[0].text = o->area;
    c[1].text = o->year;
    c[2].text = str_of(sexes[o->sex]);
    for (size_t k = 3; k < SUMMARY_COLUMNS; k++)
        c[k].value = values[k - 3];
}

static const struct result_column difference_columns[] = {
    {.name = "age", .kind = RESULT_COUNT},
    {.name = "width", .kind = RESULT_COUNT},
    {.name = "years", .kind = RESULT_NUMBER},
};

size_t lifetable_doc_results(struct arena *a, const struct lifetable_page *page,
                             struct result out[LIFETABLE_DOC_RESULTS])
{
    const struct lifetable_study *s = page->study;
    struct str title = page->zh ? STR("生命表") : STR("Life tables");
    size_t n = 0;
    out[n] = result_new(a, "tables", title, table_columns, TABLE_COLUMNS);
    for (size_t i = 0; i < s->n; i++)
        add_table(&out[n], &s->list[i]);
    n++;
    out[n] = result_new(a, "summary", title, summary_columns, SUMMARY_COLUMNS);
    for (size_t i = 0; i < s->n; i++)
        add_summary(&out[n], &s->list[i]);
    n++;
    if (s->a) {
        const struct lifetable *t = &s->a->t;
        out[n] = result_new(a, "difference", title, difference_columns, 3);
        for (size_t i = 0; i < t->n; i++) {
            struct result_cell *c = result_row(&out[n]);
            c[0].value = t->age[i];
            c[1].value = i + 1 < t->n ? (double)(t->age[i + 1] - t->age[i]) : (double)NAN;
            c[2].value = s->parts[i];
        }
        n++;
    }
    return n;
}
