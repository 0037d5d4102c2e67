// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of the register and the rooms above share: a county in a folder of its
// own, files written on the spot, questions in plain SQL.
#ifndef TESTS_COUNTY_TEST_H
#define TESTS_COUNTY_TEST_H

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/init.h"
#include "register/import.h"
#include "register/row.h"

static char folder[64], path[96];
static struct county *county;
static struct access who;
static struct arena arena;

#define assert_ok(call)                                                                  \
    do {                                                                                 \
        struct error e_ = {0};                                                           \
        enum err c_ = (call);                                                            \
        if (c_)                                                                          \
            fail_msg("%s: %d %s: %s (%s)", #call, c_, error.where, error.text,           \
                     error.cure);                                                        \
        (void)e_;                                                                        \
    } while (0)

static struct error error;

static inline const char *source_folder(void)
{
    const char *s = getenv("HENG_SOURCE");
    return s ? s : ".";
}

static inline void open_county(void)
{
    assert_ok(county_open(&county, path, STORE_WRITE, &error));
    assert_ok(access_local_administrator(county->store, county->pack->suppress_below,
                                         &arena, &who, &error));
}

// The same person with one grant that is the test's to change; the last one given out
// counts.
static struct access_grant own_grant;
static inline struct access with_own_grant(const struct access *of)
{
    struct access one = *of;
    own_grant = of->n_grants ? of->grants[0] : (struct access_grant){0};
    one.grants = &own_grant;
    one.n_grants = 1;
    return one;
}

// A pack of the test's own, written file by file into "pack"; end with make_own_county.
static inline void begin_own_county(void)
{
    setenv("HENG_TODAY", "2014-07-20", 1);
    assert_ok(base_init(&error));
    snprintf(folder, sizeof folder, "/tmp/heng-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    snprintf(path, sizeof path, "%s/county.db", folder);
    arena_init(&arena, 0);
}

static inline void make_county(const char *pack)
{
    char pack_path[512];
    begin_own_county();
    snprintf(pack_path, sizeof pack_path, "%s/packs/%s", source_folder(), pack);
    assert_ok(county_create(path, pack_path, &error));
    open_county();
}

static inline void end_county(void)
{
    county_close(county);
    county = NULL;
    arena_free(&arena);
    char command[128];
    assert_int_equal(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static inline const char *write_text(const char *name, const char *text)
{
    static char full[160];
    snprintf(full, sizeof full, "%s/%s", folder, name);
    FILE *f = fopen(full, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    return full;
}

static inline char *read_text(const char *name)
{
    char full[160];
    snprintf(full, sizeof full, "%s/%s", folder, name);
    FILE *f = fopen(full, "rb");
    assert_non_null(f);
    static char text[1 << 16];
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

// One number, by a connection that Heng knows nothing of.
static inline int64_t ask(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return answer;
}

static inline void tamper(const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

static inline void write_pack(const char *pack, const char *areas, const char *facilities,
                              const char *name, const char *reg)
{
    char file[64];
    assert_true(mkdir("pack", 0755) == 0 || access("pack", F_OK) == 0);
    assert_true(mkdir("pack/registers", 0755) == 0 ||
                access("pack/registers", F_OK) == 0);
    write_text("pack/pack.yaml", pack);
    write_text("pack/registers/areas.yaml", areas);
    if (facilities)
        write_text("pack/registers/facilities.yaml", facilities);
    snprintf(file, sizeof file, "pack/registers/%s.yaml", name);
    write_text(file, reg);
}

static inline void make_own_county(void)
{
    assert_ok(county_create(path, "pack", &error));
    open_county();
}

static inline enum err import_file(const char *reg, const char *file, const char *source,
                                   struct import_result *out)
{
    const struct reg *r;
    assert_ok(county_register(county, str_of(reg), &r, &error));
    struct import_options options = {.path = file, .source = str_of(source)};
    error = (struct error){0};
    enum err code = import_run(county, &who, r, &options, &arena, out, &error);
    if (!code && r->kind != REG_ROWS)
        assert_ok(county_reload_places(county, &error));
    return code;
}

static inline struct import_result import_ok(const char *reg, const char *file,
                                             const char *source)
{
    struct import_result out;
    assert_ok(import_file(reg, file, source, &out));
    return out;
}

static inline void assert_sound(void)
{
    struct history_report report;
    assert_ok(history_verify(county, &arena, &report, &error));
    assert_int_equal(report.problems, 0);
    assert_ok(store_check(county->store, &error));
}

#endif
