// SPDX-License-Identifier: AGPL-3.0-or-later
// A scan gives what SELECT gives: for every kind of value, for rows that go over several
// pages or are older than a column, from the log and from the file, as of its snapshot,
// and where the table has to be read by SELECT after all.
#include "store_test.h"

#include <fcntl.h>

static const struct str columns[] = {
    {"whole", 5}, {"share", 5}, {"later", 5}, {"word", 4}, {"bytes", 5}, {"flag", 4},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

// --- what was taken

struct taken {
    int64_t *ids, last;
    struct sql_value (*values)[COLUMNS]; // texts and blobs are copied into the arena
    bool *whole;
    size_t n, capacity, without, anew;
    size_t fail_at; // 0: never
    struct arena arena;
};

static void taken_close(struct taken *t)
{
    mem_free(t->ids);
    mem_free(t->values);
    mem_free(t->whole);
    arena_free(&t->arena);
    *t = (struct taken){0};
}

static void put(struct taken *t, size_t at, const struct sql_value *values)
{
    memcpy(t->values[at], values, sizeof t->values[at]);
    for (size_t i = 0; i < COLUMNS; i++)
        if (values[i].kind == STMT_TEXT || values[i].kind == STMT_BLOB) {
            t->values[at][i].s = str_copy(&t->arena, values[i].s);
            assert_non_null(t->values[at][i].s.p);
        }
    t->whole[at] = true;
}

static enum err take(void *argument, int64_t id, const struct sql_value *values,
                     struct error *e)
{
    struct taken *t = argument;
    if (t->fail_at && t->n + 1 == t->fail_at)
        return error_set(e, ERR_LIMIT, "test.full", "here", "no more of these");
    if (t->n && id <= t->last) { // one that came without its values
        size_t at = 0;
        while (at < t->n && t->ids[at] != id)
            at++;
        assert_true(at < t->n && !t->whole[at] && values);
        put(t, at, values);
        return ERR_OK;
    }
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? t->capacity * 2 : 256;
        t->ids = mem_resize(t->ids, t->capacity, sizeof *t->ids);
        t->values = mem_resize(t->values, t->capacity, sizeof *t->values);
        t->whole = mem_resize(t->whole, t->capacity, sizeof *t->whole);
        assert_true(t->ids && t->values && t->whole);
    }
    t->ids[t->n] = t->last = id;
    t->whole[t->n] = false;
    t->without += !values;
    if (values)
        put(t, t->n, values);
    t->n++;
    return ERR_OK;
}

static void anew(void *argument)
{
    struct taken *t = argument;
    t->n = 0;
    t->anew++;
}

static enum err scan(struct conn *c, struct taken *t, struct error *e)
{
    _Atomic int done = 0;
    struct table_scan of = {.table = STR("mixed"),
                            .columns = columns,
                            .n_columns = COLUMNS,
                            .take = take,
                            .anew = anew,
                            .argument = t,
                            .done = &done};
    arena_init(&t->arena, 0);
    enum err code = conn_scan(c, &of, e);
    assert_true(done >= 0 && done <= 1000);
    return code;
}

static void assert_same(const struct sql_value *a, const struct sql_value *b)
{
    assert_int_equal(a->kind, b->kind);
    if (a->kind == STMT_INT)
        assert_true(a->i == b->i);
    else if (a->kind == STMT_DOUBLE)
        assert_memory_equal(&a->d, &b->d, sizeof a->d);
    else if (a->kind != STMT_NULL)
        assert_true(str_equal(a->s, b->s));
}

static void assert_like_select(struct conn *c, const struct taken *t)
{
    struct stmt *s;
    struct error e = {0};
    bool row;
    size_t n = 0;
    assert_ok(conn_prepare(c,
                           STR("SELECT id, whole, share, later, word, bytes, flag"
                               " FROM mixed ORDER BY id"),
                           &s, &e));
    for (;; n++) {
        assert_ok(stmt_step(s, &row, &e));
        if (!row)
            break;
        assert_true(n < t->n && t->whole[n] && t->ids[n] == stmt_int(s, 0));
        for (int i = 0; i < COLUMNS; i++) {
            struct sql_value v = stmt_value(s, i + 1);
            assert_same(&v, &t->values[n][i]);
        }
    }
    assert_int_equal(n, t->n);
    stmt_finish(s);
}

// --- a table with everything in it

static enum err run(struct conn *c, void *argument, struct error *e)
{
    return conn_run(c, argument, e);
}

static void sql(struct store *s, const char *text)
{
    struct error e = {0};
    assert_ok(store_write(s, run, (void *)(uintptr_t)text, &e));
}

// Rows of every width of whole numbers, and a long one in every hundred if wanted.
static void fill(struct store *s, int from, int n, bool has_long)
{
    char text[1024];
    if (n == 0)
        return;
    snprintf(text, sizeof text,
             "WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE"
             " i < %d) INSERT INTO mixed (id, lead, whole, share, word, flag, bytes)"
             " SELECT i * 1000003, CASE WHEN %d AND i %% 100 = 7 THEN"
             " hex(zeroblob(9000 + i)) ELSE 'x' END,"
             " CASE i %% 4 WHEN 0 THEN NULL WHEN 1 THEN (1 << (i %% 63)) - 1"
             " WHEN 2 THEN -(1 << (i %% 63)) ELSE i %% 3 END,"
             " CASE i %% 3 WHEN 0 THEN i WHEN 1 THEN i / 7.0 END,"
             " CASE i %% 5 WHEN 0 THEN '' WHEN 1 THEN NULL ELSE printf('%%.*c', i %% 120,"
             " 'w') END, i & 1, CASE WHEN i %% 6 THEN zeroblob(i %% 20) END FROM n",
             from, from + n - 1, has_long);
    sql(s, text);
}

static struct store *make(bool has_long, int rows)
{
    struct store *s;
    struct error e = {0};
    assert_ok(store_open(&s, path, STORE_CREATE, &e));
    sql(s, "CREATE TABLE mixed (id INTEGER PRIMARY KEY, lead TEXT, whole INTEGER,"
           " share REAL, word TEXT, flag INTEGER, bytes BLOB) STRICT;"
           "CREATE INDEX mixed_word ON mixed (word)");
    if (rows)
        fill(s, -rows / 2, rows / 2, has_long);
    sql(s, "ALTER TABLE mixed ADD COLUMN later TEXT");
    if (rows) {
        fill(s, 0, rows - rows / 2, has_long);
        sql(s, "UPDATE mixed SET later = '2014-06-01' WHERE id > 0");
    }
    return s;
}

static struct taken whole_scan(struct store *s)
{
    struct conn *c;
    struct taken t = {0};
    struct error e = {0};
    assert_ok(store_scan_begin(s, &c, &e));
    assert_ok(scan(c, &t, &e));
    assert_like_select(c, &t);
    store_read_end(c);
    return t;
}

// --- tests

static void gives_what_select_gives(void **state)
{
    (void)state;
    static const int rows[] = {0, 1, 150, 60000}; // of the last the tree has three levels
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool has_long = rows[i] == 150;
        assert_int_equal(folder_make(NULL), 0);
        struct store *s = make(has_long, rows[i]);
        struct taken t = whole_scan(s);
        assert_int_equal(t.n, rows[i]);
        assert_int_equal(t.without, has_long);
        assert_int_equal(t.anew, 0);
        taken_close(&t);
        store_close(s); // the log goes into the file
        struct error e = {0};
        assert_ok(store_open(&s, path, STORE_READ, &e));
        t = whole_scan(s);
        assert_int_equal(t.n, rows[i]);
        assert_int_equal(t.anew, 0);
        taken_close(&t);
        store_close(s);
        assert_int_equal(folder_remove(NULL), 0);
    }
}

static void keeps_to_its_snapshot(void **state)
{
    (void)state;
    struct conn *c;
    struct error e = {0};
    struct taken t = {0};
    struct store *s = make(true, 3000);
    assert_ok(store_scan_begin(s, &c, &e));
    sql(s, "UPDATE mixed SET whole = 5, word = 'changed', lead = 'short'");
    fill(s, 50000, 2000, false);
    sql(s, "DELETE FROM mixed WHERE id < 0");
    assert_ok(scan(c, &t, &e));
    assert_int_equal(t.n, 3000);
    assert_int_equal(t.anew, 0);
    assert_like_select(c, &t);
    store_read_end(c);
    taken_close(&t);
    t = whole_scan(s);
    assert_int_equal(t.n, 3500);
    taken_close(&t);
    store_close(s);
}

static void comes_by_select_where_it_must(void **state)
{
    (void)state;
    struct conn *c;
    struct error e = {0};
    struct taken t = {0};
    struct store *s = make(true, 4000);
    // pages that SQLite already has do not go by
    assert_ok(store_scan_begin(s, &c, &e));
    assert_true(ask(c, "SELECT count(whole) FROM mixed WHERE id BETWEEN 0 AND 90000000"));
    assert_ok(scan(c, &t, &e));
    assert_int_equal(t.anew, 1);
    assert_like_select(c, &t);
    store_read_end(c);
    taken_close(&t);
    // a column whose old rows do not say what they hold
    sql(s, "ALTER TABLE mixed DROP COLUMN later;"
           "ALTER TABLE mixed ADD COLUMN later INTEGER DEFAULT 7");
    t = whole_scan(s);
    assert_int_equal(t.n, 4000);
    taken_close(&t);
    // a column that is not there
    sql(s, "ALTER TABLE mixed DROP COLUMN later");
    assert_ok(store_scan_begin(s, &c, &e));
    assert_int_not_equal(scan(c, &t, &e), ERR_OK);
    assert_non_null(strstr(e.text, "later"));
    store_read_end(c);
    taken_close(&t);
    store_close(s);
}

static enum err count_row(void *argument, int64_t id, const struct sql_value *values,
                          struct error *e)
{
    (void)id, (void)e;
    *(size_t *)argument += values != NULL;
    return ERR_OK;
}

static void ends_with_an_error(void **state)
{
    (void)state;
    struct conn *c;
    struct error e = {0};
    struct taken t = {.fail_at = 1700};
    struct store *s = make(true, 3000);
    assert_ok(store_scan_begin(s, &c, &e));
    assert_int_equal(scan(c, &t, &e), ERR_LIMIT);
    assert_string_equal(e.text, "no more of these");
    assert_int_equal(t.n, 1699);
    store_read_end(c);
    taken_close(&t);
    assert_ok(store_scan_begin(s, &c, &e));
    store_cancel(s, true);
    assert_int_equal(scan(c, &t, &e), ERR_BUSY);
    store_cancel(s, false);
    store_read_end(c);
    taken_close(&t);
    for (int64_t n = 0;; n++) {
        size_t rows = 0;
        assert_ok(store_scan_begin(s, &c, &e));
        struct table_scan of = {.table = STR("mixed"),
                                .columns = columns,
                                .n_columns = COLUMNS,
                                .take = count_row,
                                .argument = &rows};
        mem_fail_after(n);
        enum err code = conn_scan(c, &of, &e);
        mem_fail_after(-1);
        store_read_end(c);
        if (!code) {
            assert_int_equal(rows, 3000);
            assert_true(n > 4);
            break;
        }
        assert_int_equal(code, ERR_MEMORY);
    }
    store_close(s);
}

// Bytes of the file are changed: an error, or what is still there; never worse.
static void survives_damage(void **state)
{
    (void)state;
    struct error e = {0};
    unsigned random = 12345;
    store_close(make(true, 1500));
    int file = open(path, O_RDWR);
    off_t size = lseek(file, 0, SEEK_END);
    assert_true(file >= 0 && size > 8 * STORE_PAGE_SIZE);
    for (int round = 0; round < 150; round++) {
        struct store *s;
        struct conn *c;
        struct taken t = {0};
        off_t at[8];
        uint8_t old[8], fresh[8];
        for (size_t i = 0; i < 8; i++) { // heads of pages and of records more often
            random = random * 1103515245 + 12345;
            unsigned pages = (unsigned)(size / STORE_PAGE_SIZE) - 1;
            off_t page = (off_t)(1 + (random >> 8) % pages) * STORE_PAGE_SIZE;
            random = random * 1103515245 + 12345;
            at[i] = page + (off_t)((random >> 8) % (i % 2 ? 64 : STORE_PAGE_SIZE));
            fresh[i] = (uint8_t)(random >> 4);
            assert_int_equal(pread(file, &old[i], 1, at[i]), 1);
            assert_int_equal(pwrite(file, &fresh[i], 1, at[i]), 1);
        }
        if (!store_open(&s, path, STORE_READ, &e)) {
            if (!store_scan_begin(s, &c, &e)) {
                arena_init(&t.arena, 0);
                struct table_scan of = {.table = STR("mixed"),
                                        .columns = columns,
                                        .n_columns = COLUMNS,
                                        .take = take,
                                        .anew = anew,
                                        .argument = &t};
                enum err code = conn_scan(c, &of, &e);
                if (code)
                    assert_non_null(error_name(code));
                store_read_end(c);
                taken_close(&t);
            }
            store_close(s);
        }
        for (size_t i = 8; i-- > 0;)
            assert_int_equal(pwrite(file, &old[i], 1, at[i]), 1);
    }
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_select_gives),
        cmocka_unit_test_setup_teardown(keeps_to_its_snapshot, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(comes_by_select_where_it_must, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(ends_with_an_error, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(survives_damage, folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
