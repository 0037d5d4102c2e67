// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of the measures share: a county made from a pack or from a few texts,
// its cube, and questions in plain SQL that may be null.
#ifndef TESTS_MEASURE_TEST_H
#define TESTS_MEASURE_TEST_H

#include "../register/county_test.h"

#include <math.h>
#include <sys/stat.h>

#include "measure/check.h"
#include "measure/due.h"

static struct cube *cube;
static struct measure measure;
static sqlite3 *database; // a connection that Heng knows nothing of

struct pack_text {
    const char *path, *text;
};

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

// A county from a pack written here; pack.yaml, registers/..., in this order.
static inline void make_county_of(const struct pack_text *files, size_t n)
{
    char full[160];
    setenv("HENG_TODAY", "2014-07-20", 1);
    assert_ok(base_init(&error));
    snprintf(folder, sizeof folder, "/tmp/heng-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    snprintf(path, sizeof path, "%s/county.db", folder);
    static const char *const folders[] = {"pack", "pack/registers", "pack/indicators",
                                          "pack/checks", "pack/reports"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(full, sizeof full, "%s/%s", folder, folders[i]);
        assert_int_equal(mkdir(full, 0700), 0);
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(full, sizeof full, "pack/%s", files[i].path);
        write_text(full, files[i].text);
    }
    arena_init(&arena, 0);
    snprintf(full, sizeof full, "%s/pack", folder);
    assert_ok(county_create(path, full, &error));
    open_county();
    begin_measures();
}

static inline void add(const char *reg, const char *text)
{
    struct import_result r = import_ok(reg, write_text("rows.csv", text), "");
    if (r.rejected || r.inserted != r.rows)
        fail_msg("%s: of %llu rows %llu were inserted, %llu rejected", reg,
                 (unsigned long long)r.rows, (unsigned long long)r.inserted,
                 (unsigned long long)r.rejected);
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
    assert_ok(period_parse(str_of(id), &p, &error));
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

#endif
