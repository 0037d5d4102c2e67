// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of the store share: a folder of their own, and a small table.
#ifndef TESTS_STORE_TEST_H
#define TESTS_STORE_TEST_H
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"
#include "store/store_internal.h"

static char folder[64];
static char path[128];

static inline int folder_make(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/heng-store-XXXXXX");
    if (!mkdtemp(folder) || chmod(folder, 0777))
        return -1;
    snprintf(path, sizeof path, "%s/county.heng", folder);
    return 0;
}

static inline int folder_visit(const char *name, const struct stat *status, int type,
                               struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(name);
}

static inline int folder_remove(void **state)
{
    (void)state;
    return nftw(folder, folder_visit, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *in_folder(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/%s", folder, name);
    return out;
}

static inline size_t files_in_folder(void)
{
    char command[128];
    size_t count = 0;
    snprintf(command, sizeof command, "ls -A %s", folder);
    FILE *list = popen(command, "r");
    for (int c; list && (c = fgetc(list)) != EOF;)
        count += c == '\n';
    if (list)
        pclose(list);
    return count;
}

static inline enum err make_table(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    return conn_run(
        c,
        "CREATE TABLE birth (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
        " weight REAL, mother INTEGER REFERENCES birth (id)"
        " DEFERRABLE INITIALLY DEFERRED) STRICT",
        e);
}

static inline enum err insert(struct conn *c, int64_t id, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(c, "birth.insert", "INSERT INTO birth (id, name) VALUES (?, ?)", &s, e);
    if (code)
        return code;
    char name[32];
    int n = snprintf(name, sizeof name, "name %lld", (long long)id);
    stmt_bind_int(s, 1, id);
    stmt_bind_text(s, 2, (struct str){name, (size_t)n});
    return stmt_done(s, e);
}

// argument: int64_t id
static inline enum err insert_job(struct conn *c, void *argument, struct error *e)
{
    return insert(c, *(int64_t *)argument, e);
}

static inline int64_t ask(struct conn *c, const char *sql)
{
    struct stmt *s;
    struct error e;
    bool row;
    assert_ok(conn_prepare(c, str_of(sql), &s, &e));
    assert_ok(stmt_step(s, &row, &e));
    assert_true(row);
    int64_t answer = stmt_int(s, 0);
    stmt_finish(s);
    return answer;
}

static inline int64_t ask_store(struct store *s, const char *sql)
{
    struct conn *c;
    struct error e;
    assert_ok(store_read_begin(s, &c, &e));
    int64_t answer = ask(c, sql);
    store_read_end(c);
    return answer;
}

static inline struct store *new_store(void)
{
    struct store *s;
    struct error e;
    assert_ok(store_open(&s, path, STORE_CREATE, &e));
    assert_ok(store_write(s, make_table, NULL, &e));
    return s;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

#endif
