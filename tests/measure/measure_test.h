// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of the measures share: a cube over the county, and questions in plain
// SQL that may be null.
#ifndef TESTS_MEASURE_TEST_H
#define TESTS_MEASURE_TEST_H

#include "../register/county_test.h"

#include <math.h>

#include "measure/check.h"
#include "measure/due.h"

static struct cube *cube;
static struct measure measure;
static sqlite3 *database; // a connection that Heng knows nothing of

static inline void begin_measures(void)
{
    assert_ok(cube_open(&cube, county, 2, &error));
    who.suppress_below = county->pack->suppress_below;
    measure = (struct measure){
        .county = county, .cube = cube, .who = &who, .today = date_today()};
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    sqlite3_busy_timeout(database, 5000);
}

static inline void end_measures(void)
{
    sqlite3_close(database);
    cube_close(cube);
    cube = NULL;
    end_county();
}

static inline void add_from(const char *reg, const char *text, const char *source)
{
    struct import_result r = import_ok(reg, write_text("rows.csv", text), source);
    if (r.rejected || r.inserted != r.rows)
        fail_msg("%s: of %llu rows %llu were inserted, %llu rejected: %.600s", reg,
                 (unsigned long long)r.rows, (unsigned long long)r.inserted,
                 (unsigned long long)r.rejected,
                 r.rejected ? read_text("rows.csv.rejects.csv") : "");
}

static inline void add(const char *reg, const char *text)
{
    add_from(reg, text, "");
}

// One number; NaN where SQL says null.
static inline double ask_number(const char *sql)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(database, sql, -1, &s, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    double answer = sqlite3_column_type(s, 0) == SQLITE_NULL
                        ? (double)NAN
                        : sqlite3_column_double(s, 0);
    sqlite3_finalize(s);
    return answer;
}

static inline struct period period_named(const char *id)
{
    struct period p;
    assert_ok(period_span_parse(str_of(id), &p, &error));
    return p;
}

static inline int32_t area_of(const char *code)
{
    int32_t i = places_area_by_code(county->places, str_of(code));
    assert_true(i >= 0);
    return i;
}

static inline int32_t facility_of(const char *code)
{
    for (size_t i = 0; i < county->places->n_facilities; i++)
        if (str_equal_c(county->places->facilities[i].code, code))
            return (int32_t)i;
    fail_msg("no facility %s", code);
    return -1;
}

static inline const struct indicator *indicator_named(const char *name,
                                                      const struct period *p)
{
    const struct indicator *i = pack_indicator(county->pack, str_of(name), p->last);
    if (!i)
        fail_msg("no indicator %s", name);
    return i;
}

static inline struct axis axis_of(const struct indicator *i, const char *by)
{
    struct axis out;
    assert_ok(measure_axis(&measure, i->numerator, str_of(by), &out, &error));
    return out;
}

// The figures of an indicator; by "": one figure.
static inline struct figures figures_of(const char *name, const char *period,
                                        int32_t root, const char *by)
{
    struct period p = period_named(period);
    const struct indicator *i = indicator_named(name, &p);
    struct axis axis = {0};
    struct measure_scope scope = {p, root, &axis, 0};
    struct figures out;
    if (*by) {
        axis = axis_of(i, by);
        scope.n_axes = 1;
    }
    assert_ok(measure_indicator(&measure, &arena, i, &scope, &out, &error));
    return out;
}

static inline struct figure figure_of(const char *name, const char *period, int32_t root)
{
    struct figures f = figures_of(name, period, root, "");
    assert_int_equal(f.n, 1);
    return f.list[0];
}

// The files of the demo county in `raw`, in the order of importing.
static inline void import_all(const char *raw)
{
    char list[192], line[256], reg[64], file[128], source[32];
    snprintf(list, sizeof list, "%s/import.txt", raw);
    FILE *f = fopen(list, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char full[384];
        assert_int_equal(sscanf(line, "%63s %127s %31s", reg, file, source), 3);
        snprintf(full, sizeof full, "%s/%s", raw, file);
        import_ok(reg, full, strcmp(source, "-") == 0 ? "" : source);
    }
    fclose(f);
}

#endif
