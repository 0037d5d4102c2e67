// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables of demand and of scenarios, read (project_demand.h).
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "stats/project_demand.h"

enum { MOST_ROWS = 10000, MOST_COLUMNS = 16 };

// A table with named columns; `at` is where each stands, SIZE_MAX: it is not there.
struct reading {
    struct table *table;
    const char *path;
    const char *const *names;
    size_t columns, at[MOST_COLUMNS];
    struct table_row row;
};

static enum err refuse(const struct reading *r, const char *column, const char *found,
                       size_t n, const char *expected, struct error *e)
{
    char where[300];
    snprintf(where, sizeof where, "%.180s:%llu %s", r->path,
             (unsigned long long)r->row.line, column);
    error_set(e, ERR_INPUT, "project.table", where, "found \"%.*s\", expected %s",
              n > 60 ? 60 : (int)n, found, expected);
    return error_cure(e, "Correct this cell.");
}

static struct str cell(const struct reading *r, size_t column)
{
    size_t at = r->at[column];
    return at < r->row.n ? str_trim(r->row.cells[at]) : (struct str){"", 0};
}

// The header; the first `needed` columns must be there.
static enum err begin(struct reading *r, size_t needed, struct error *e)
{
    struct table_options options = {.no_hash = true};
    enum err code = table_open(&r->table, r->path, &options, e);
    if (!code)
        code = table_read(r->table, &r->row, e);
    for (size_t c = 0; !code && c < r->columns; c++) {
        r->at[c] = SIZE_MAX;
        for (size_t i = 0; i < r->row.n && r->row.cells; i++)
            if (str_equal_fold(str_trim(r->row.cells[i]), str_of(r->names[c])))
                r->at[c] = i;
        if (r->at[c] == SIZE_MAX && c < needed) {
            error_set(e, ERR_INPUT, "project.columns", r->path,
                      "there is no column \"%s\"", r->names[c]);
            code = error_cure(e, "Give the first row the names of the columns.");
        }
    }
    return code;
}

// The next row with something in it; false at the end.
static enum err next(struct reading *r, bool *more, struct error *e)
{
    do {
        enum err code = table_read(r->table, &r->row, e);
        if (code)
            return code;
        if (r->row.problem.code) {
            *e = r->row.problem;
            return e->code;
        }
    } while (r->row.blank && !r->row.end);
    *more = !r->row.end;
    return ERR_OK;
}

static enum err word(const struct reading *r, size_t column, const char *const *words,
                     size_t n, int *out, struct error *e)
{
    struct str s = cell(r, column);
    char expected[160];
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (str_equal_fold(s, str_of(words[i]))) {
            *out = (int)i;
            return ERR_OK;
        }
        int more = snprintf(expected + used, sizeof expected - used, "%s%s",
                            i ? " or " : "", words[i]);
        used = used + (size_t)more < sizeof expected ? used + (size_t)more : used;
    }
    return refuse(r, r->names[column], s.p, s.n, expected, e);
}

static enum err number(const struct reading *r, size_t column, double low, double high,
                       bool may_be_empty, double *out, struct error *e)
{
    struct str s = cell(r, column);
    if (may_be_empty && !s.n)
        return ERR_OK;
    if (!str_to_double(s, out) || !(*out >= low && *out <= high)) {
        char expected[80];
        snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
        return refuse(r, r->names[column], s.p, s.n, expected, e);
    }
    return ERR_OK;
}

// ---- demand ----

static enum err read_need(const struct reading *r, struct arena *a,
                          struct project_need *need, struct error *e)
{
    static const char *const who[] = {"people", "women", "men", "births"};
    int kind = 0;
    double from = 0, to = -1, each = 0;
    enum err code = word(r, 1, who, 4, &kind, e);
    bool births = kind == PROJECT_OF_BIRTHS;
    if (!code)
        code = number(r, 2, 0, 1e6, false, &each, e);
    if (!code)
        code = number(r, 3, 0, 130, births, &from, e);
    if (!code)
        code = number(r, 4, births ? 0 : from, 130, true, &to, e);
    if (!code && (from != floor(from) || to != floor(to)))
        code = refuse(r, "from, to", "", 0, "whole years of age", e);
    struct str name = cell(r, 0);
    if (!code && !name.n)
        code = refuse(r, "name", "", 0, "a name", e);
    *need = (struct project_need){str_copy(a, name),
                                  str_copy(a, cell(r, 5)),
                                  (enum project_who)kind,
                                  (int32_t)from,
                                  (int32_t)to,
                                  each};
    if (!need->name_zh.n)
        need->name_zh = need->name;
    if (!code && (!need->name.p || !need->name_zh.p))
        code = error_memory(e);
    return code;
}

enum err project_needs_read(struct arena *a, const char *path, struct project_need **out,
                            size_t *n, struct error *e)
{
    static const char *const names[] = {"name", "who", "each", "from", "to", "name_zh"};
    struct reading r = {.path = path, .names = names, .columns = 6};
    bool more = false;
    enum err code = begin(&r, 3, e);
    *n = 0;
    *out = ARENA_ARRAY(a, struct project_need, MOST_ROWS);
    if (!code && !*out)
        code = error_memory(e);
    while (!code && !(code = next(&r, &more, e)) && more) {
        if (*n == MOST_ROWS)
            code = error_set(e, ERR_LIMIT, "project.rows", path, "more than %d rows",
                             MOST_ROWS);
        else
            code = read_need(&r, a, &(*out)[(*n)++], e);
    }
    table_close(r.table);
    if (!code && !*n) {
        error_set(e, ERR_INPUT, "project.empty", path, "there are no rows");
        code = error_cure(e, "Give one row for each need.");
    }
    return code;
}

// ---- scenarios ----

static enum err read_change(const struct reading *r, struct arena *a,
                            struct project_change *c, struct error *e)
{
    static const char *const series[] = {"tfr", "e0", "gap", "boys", "net"};
    static const char *const how[] = {"step", "linear"};
    static const char *const kinds[] = {"value", "plus", "times"};
    int at = 0, way = 0, kind = 0;
    enum err code = word(r, 1, series, PROJECT_SERIES, &at, e);
    if (!code)
        code = word(r, 2, how, 2, &way, e);
    if (!code)
        code = number(r, 3, 1800, 2500, false, &c->from, e);
    c->to = c->from;
    if (!code)
        code = number(r, 5, c->from, 2500, way == PROJECT_STEP, &c->to, e);
    if (!code && cell(r, 6).n)
        code = word(r, 6, kinds, 3, &kind, e);
    if (!code)
        code = number(r, 4, -1e12, 1e12, false, &c->value, e);
    if (!code && at == PROJECT_BOYS && kind == PROJECT_VALUE && c->value > 50)
        c->value /= 100; // 106 boys to 100 girls
    c->series = (enum project_series)at;
    c->how = (enum project_how)way;
    c->kind = (enum project_kind)kind;
    c->scenario = str_copy(a, cell(r, 0));
    if (!code && !c->scenario.p)
        code = error_memory(e);
    return code;
}

enum err project_changes_read(struct arena *a, const char *path,
                              struct project_change **out, size_t *n, struct error *e)
{
    static const char *const names[] = {"scenario", "series", "how", "from",
                                        "value",    "to",     "kind"};
    struct reading r = {.path = path, .names = names, .columns = 7};
    bool more = false;
    enum err code = begin(&r, 5, e);
    *n = 0;
    *out = ARENA_ARRAY(a, struct project_change, MOST_ROWS);
    if (!code && !*out)
        code = error_memory(e);
    while (!code && !(code = next(&r, &more, e)) && more) {
        if (*n == MOST_ROWS)
            code = error_set(e, ERR_LIMIT, "project.rows", path, "more than %d rows",
                             MOST_ROWS);
        else
            code = read_change(&r, a, &(*out)[(*n)++], e);
    }
    table_close(r.table);
    if (!code && !*n) {
        error_set(e, ERR_INPUT, "project.empty", path, "there are no rows");
        code = error_cure(e, "Give one row for each change.");
    }
    return code;
}
