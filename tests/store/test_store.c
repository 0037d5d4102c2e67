// SPDX-License-Identifier: AGPL-3.0-or-later
#include <fcntl.h>
#include <sys/wait.h>

#include "store_test.h"

static void create_write_read_again(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    int64_t id = 7;
    assert_ok(store_write(s, insert_job, &id, &e));
    assert_int_equal(ask_store(s, "SELECT id FROM birth"), 7);
    assert_int_equal(ask_store(s, "PRAGMA page_size"), STORE_PAGE_SIZE);
    assert_int_equal(ask_store(s, "PRAGMA foreign_keys"), 1);
    assert_int_equal(ask_store(s, "PRAGMA trusted_schema"), 0);
    assert_string_equal(store_path(s), path);
    assert_ok(store_check(s, &e));
    store_close(s);
    assert_int_equal(files_in_folder(), 1); // no log is left behind
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_ok(store_open(&s, path, STORE_READ, &e));
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), 1);
    assert_int_equal(store_write(s, insert_job, &id, &e), ERR_FORBIDDEN);
    assert_true(e.cure[0]);
    store_close(s);
    store_close(NULL);
    store_read_end(NULL);
}

static void write_file(const char *name, const void *bytes, size_t n)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void raw_sql(const char *name, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(name, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

// Each refusal names the file, says what is there and what to do; the file stays as it
// is.
static void assert_refused(const char *name, enum store_mode mode, enum err expected,
                           const char *key, const char *word)
{
    struct error e = {0};
    struct store *s = (struct store *)&e;
    assert_int_equal(store_open(&s, name, mode, &e), expected);
    assert_null(s);
    assert_int_equal(e.code, expected);
    assert_string_equal(e.key, key);
    assert_string_equal(e.where, name);
    assert_non_null(strstr(e.text, word));
    assert_true(e.cure[0]);
}

static void what_is_not_a_heng_file_is_refused(void **state)
{
    (void)state;
    char name[128];
    for (enum store_mode mode = STORE_READ; mode <= STORE_WRITE; mode++) {
        assert_refused(in_folder(name, sizeof name, "missing"), mode, ERR_NOT_FOUND,
                       "base.errno", "No such file");
        assert_refused(folder, mode, ERR_INPUT, "store.folder", "folder");
        assert_refused("/dev/null", mode, ERR_INPUT, "store.not_file", "device");
        write_file(in_folder(name, sizeof name, "empty"), "", 0);
        assert_refused(name, mode, ERR_INPUT, "store.empty", "empty");
        const char csv[] = "name,sex,born_on\n张伟,m,2024-03-01\n";
        write_file(in_folder(name, sizeof name, "text.csv"), csv, sizeof csv - 1);
        assert_refused(name, mode, ERR_INPUT, "store.not_heng", "not a Heng file");
        char text[20000];
        memset(text, 'x', sizeof text);
        write_file(in_folder(name, sizeof name, "long.txt"), text, sizeof text);
        assert_refused(name, mode, ERR_INPUT, "store.not_heng", "not a Heng file");
    }
    raw_sql(in_folder(name, sizeof name, "plain.db"), "CREATE TABLE t (a)");
    assert_refused(name, STORE_WRITE, ERR_INPUT, "store.not_heng", "not made by Heng");
    char head[20] = {0};
    FILE *file = fopen(name, "rb");
    assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
    fclose(file);
    assert_int_equal(head[18], 1); // still in its own journal mode
}

static void a_newer_file_is_refused(void **state)
{
    (void)state;
    store_close(new_store());
    raw_sql(path, "PRAGMA user_version = 2");
    assert_refused(path, STORE_READ, ERR_INPUT, "store.newer", "layout 2");
    assert_refused(path, STORE_WRITE, ERR_INPUT, "store.newer", "layout 2");
}

static void create_never_overwrites(void **state)
{
    (void)state;
    char name[128];
    write_file(in_folder(name, sizeof name, "notes.txt"), "keep me", 7);
    assert_refused(name, STORE_CREATE, ERR_CONFLICT, "store.exists", "there already");
    struct stat status;
    assert_int_equal(stat(name, &status), 0);
    assert_int_equal(status.st_size, 7);
    assert_refused(in_folder(name, sizeof name, "no/such/folder"), STORE_CREATE,
                   ERR_NOT_FOUND, "base.errno", "No such file");
    assert_int_equal(files_in_folder(), 1);
}

static void a_cut_off_file_is_damaged(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    for (int64_t id = 1; id <= 3; id++)
        assert_ok(store_write(s, insert_job, &id, &e));
    store_close(s);
    assert_int_equal(truncate(path, 2 * STORE_PAGE_SIZE), 0);
    assert_refused(path, STORE_READ, ERR_CORRUPT, "store.corrupt", "damaged");
    assert_refused(path, STORE_WRITE, ERR_CORRUPT, "store.corrupt", "damaged");
}

static void check_finds_damage(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    for (int64_t id = 1; id <= 50; id++)
        assert_ok(store_write(s, insert_job, &id, &e));
    int64_t root =
        ask_store(s, "SELECT rootpage FROM sqlite_schema WHERE type = 'index' LIMIT 1");
    store_close(s);
    int file = open(path, O_WRONLY);
    char noise[200];
    memset(noise, 0x5a, sizeof noise);
    assert_int_equal(pwrite(file, noise, sizeof noise, root * STORE_PAGE_SIZE - 300),
                     (ssize_t)sizeof noise);
    close(file);
    assert_ok(store_open(&s, path, STORE_WRITE, &e));
    assert_int_equal(store_check(s, &e), ERR_CORRUPT);
    assert_non_null(strstr(e.cure, "backup"));
    store_close(s);
}

static void check_finds_a_broken_reference(void **state)
{
    (void)state;
    struct error e;
    store_close(new_store());
    raw_sql(path, "PRAGMA foreign_keys = OFF;"
                  "INSERT INTO birth (id, name, mother) VALUES (5, 'x', 99)");
    struct store *s;
    assert_ok(store_open(&s, path, STORE_READ, &e));
    assert_int_equal(store_check(s, &e), ERR_CORRUPT);
    assert_non_null(strstr(e.text, "row 5 of table birth"));
    store_close(s);
}

// Runs as a user without rights, in a child: root may do everything.
static enum err open_as_stranger(enum store_mode mode)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error e;
        struct store *s;
        if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
            _exit(99);
        enum err code = store_open(&s, path, mode, &e);
        if (!code) {
            struct conn *c;
            code = store_read_begin(s, &c, &e);
            if (!code)
                store_read_end(c);
            store_close(s);
        } else if (!e.cure[0]) {
            _exit(98);
        }
        _exit((int)code);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (enum err)WEXITSTATUS(status);
}

static void rights_are_told_apart(void **state)
{
    (void)state;
    store_close(new_store());
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(open_as_stranger(STORE_WRITE), ERR_FORBIDDEN);
    assert_int_equal(files_in_folder(), 1);
    assert_int_equal(open_as_stranger(STORE_READ), ERR_OK);
    char log[160];
    snprintf(log, sizeof log, "%s-wal", path);
    unlink(log);
    snprintf(log, sizeof log, "%s-shm", path);
    unlink(log);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(open_as_stranger(STORE_WRITE), ERR_FORBIDDEN);
    assert_int_equal(open_as_stranger(STORE_READ), ERR_FORBIDDEN);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(folder, 0555), 0); // no place for the log
    assert_int_equal(open_as_stranger(STORE_WRITE), ERR_FORBIDDEN);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(open_as_stranger(STORE_CREATE), ERR_FORBIDDEN);
    assert_int_equal(chmod(folder, 0777), 0);
}

static void a_reader_keeps_its_snapshot(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    struct conn *old, *new;
    int64_t id = 1, before, same, after;
    assert_ok(store_write(s, insert_job, &id, &e));
    assert_ok(store_read_begin(s, &old, &e));
    assert_ok(store_data_version(old, &before, &e));
    for (id = 2; id <= 40; id++) // the snapshot was taken at once, not at the first read
        assert_ok(store_write(s, insert_job, &id, &e));
    assert_int_equal(ask(old, "SELECT count(*) FROM birth"), 1);
    assert_ok(store_read_begin(s, &new, &e));
    assert_int_equal(ask(new, "SELECT count(*) FROM birth"), 40);
    assert_int_equal(ask(old, "SELECT count(*) FROM birth"), 1);
    assert_ok(store_data_version(old, &same, &e));
    assert_ok(store_data_version(new, &after, &e));
    assert_true(same == before);
    assert_true(after != before);
    store_read_end(old);
    store_read_end(new);
    assert_ok(store_read_begin(s, &old, &e)); // whichever conn of the pool it is
    assert_ok(store_data_version(old, &same, &e));
    assert_true(same == after);
    store_read_end(old);
    store_close(s);
}

static void a_reader_cannot_write(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    struct conn *c;
    assert_ok(store_read_begin(s, &c, &e));
    assert_int_equal(conn_run(c, "INSERT INTO birth (id, name) VALUES (1, 'x')", &e),
                     ERR_FORBIDDEN);
    assert_int_equal(conn_run(c, "COMMIT", &e), ERR_INTERNAL);
    assert_string_equal(e.key, "store.own_transaction");
    store_read_end(c);
    store_close(s);
}

static void more_readers_than_the_pool_keeps(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    enum { READERS = STORE_IDLE_READERS + 5 };
    struct conn *readers[READERS];
    for (int i = 0; i < READERS; i++)
        assert_ok(store_read_begin(s, &readers[i], &e));
    for (int i = 0; i < READERS; i++)
        assert_true(readers[i]->large == (i < STORE_LARGE_READERS));
    // a large one that finds no room is closed, and the next one is large
    for (int i = READERS - 1; i >= 0; i--)
        store_read_end(readers[i]);
    assert_int_equal(s->idle_count, STORE_IDLE_READERS);
    assert_int_equal(s->large, 0);
    for (int i = 0; i < READERS; i++)
        assert_ok(store_read_begin(s, &readers[i], &e));
    assert_int_equal(s->large, STORE_LARGE_READERS);
    for (int i = READERS - 1; i >= 0; i--)
        store_read_end(readers[i]);
    int n = 0; // those that are there are taken first
    for (struct conn *c = s->idle; c && c->large; c = c->next)
        n++;
    assert_int_equal(n, s->large);
    assert_int_equal(n, STORE_LARGE_READERS);
    store_close(s);
}

static void another_process_is_noticed(void **state)
{
    (void)state;
    struct error e;
    store_close(new_store());
    int go[2], done[2];
    assert_int_equal(pipe(go) | pipe(done), 0);
    pid_t child = fork(); // before this process has the file open
    if (child == 0) {
        char byte;
        struct store *s;
        close(go[1]), close(done[0]);
        for (int64_t id = 1; id <= 2 && read(go[0], &byte, 1) == 1; id++)
            if (store_open(&s, path, STORE_WRITE, &e) ||
                store_write(s, insert_job, &id, &e))
                _exit(1);
            else if (store_close(s), write(done[1], "d", 1) != 1)
                _exit(2);
        _exit(0);
    }
    close(go[0]), close(done[1]); // so that a child that fails ends the reads here
    struct store *s;
    struct conn *c;
    int64_t version[4];
    char byte;
    assert_ok(store_open(&s, path, STORE_READ, &e));
    for (int i = 0; i < 4; i++) {
        assert_ok(store_read_begin(s, &c, &e));
        assert_ok(store_data_version(c, &version[i], &e));
        assert_int_equal(ask(c, "SELECT count(*) FROM birth"), i / 2);
        store_read_end(c);
        if (i % 2 && i < 3) {
            assert_int_equal(write(go[1], "g", 1), 1);
            assert_int_equal(read(done[0], &byte, 1), 1);
        }
    }
    assert_true(version[0] == version[1]);
    assert_true(version[1] != version[2]);
    assert_true(version[2] == version[3]);
    close(go[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(done[0]);
    store_close(s);
}

static enum err memory_job(struct conn *c, void *argument, struct error *e)
{
    mem_fail_after(*(int64_t *)argument);
    enum err code = insert(c, 1, e);
    mem_fail_after(-1);
    return code;
}

static void without_memory_nothing_breaks(void **state)
{
    (void)state;
    struct error e;
    store_close(new_store());
    struct store *s = NULL;
    struct conn *c;
    int64_t n;
    for (n = 0; n < 100; n++) {
        mem_fail_after(n);
        enum err code = store_open(&s, path, STORE_WRITE, &e);
        if (!code) {
            code = store_read_begin(s, &c, &e);
            if (!code)
                store_read_end(c);
        }
        mem_fail_after(-1);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        store_close(s);
    }
    assert_in_range(n, 3, 99);
    for (n = 0; n < 100; n++) {
        enum err code = store_write(s, memory_job, &n, &e);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
    }
    assert_in_range(n, 2, 99);
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), 1);
    store_close(s);
}

static void codes_mean_what_they_say(void **state)
{
    (void)state;
    static const struct {
        int rc;
        enum err code;
    } known[] = {
        {SQLITE_FULL, ERR_FULL},
        {SQLITE_BUSY, ERR_BUSY},
        {SQLITE_BUSY_SNAPSHOT, ERR_BUSY},
        {SQLITE_LOCKED, ERR_BUSY},
        {SQLITE_CONSTRAINT_UNIQUE, ERR_CONFLICT},
        {SQLITE_CONSTRAINT_FOREIGNKEY, ERR_CONFLICT},
        {SQLITE_CORRUPT, ERR_CORRUPT},
        {SQLITE_CORRUPT_INDEX, ERR_CORRUPT},
        {SQLITE_NOTADB, ERR_INPUT},
        {SQLITE_READONLY_DIRECTORY, ERR_FORBIDDEN},
        {SQLITE_PERM, ERR_FORBIDDEN},
        {SQLITE_IOERR_FSYNC, ERR_IO},
        {SQLITE_CANTOPEN, ERR_IO},
        {SQLITE_NOMEM, ERR_MEMORY},
        {SQLITE_IOERR_NOMEM, ERR_MEMORY},
        {SQLITE_TOOBIG, ERR_LIMIT},
        {SQLITE_MISUSE, ERR_INTERNAL},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct error e = {0};
        assert_int_equal(store_fault(&e, known[i].rc, NULL, "x.heng", "write"),
                         known[i].code);
        assert_int_equal(e.code, known[i].code);
        assert_true(e.text[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(create_write_read_again),
        IN_FOLDER(what_is_not_a_heng_file_is_refused),
        IN_FOLDER(a_newer_file_is_refused),
        IN_FOLDER(create_never_overwrites),
        IN_FOLDER(a_cut_off_file_is_damaged),
        IN_FOLDER(check_finds_damage),
        IN_FOLDER(check_finds_a_broken_reference),
        IN_FOLDER(rights_are_told_apart),
        IN_FOLDER(a_reader_keeps_its_snapshot),
        IN_FOLDER(a_reader_cannot_write),
        IN_FOLDER(more_readers_than_the_pool_keeps),
        IN_FOLDER(another_process_is_noticed),
        IN_FOLDER(without_memory_nothing_breaks),
        cmocka_unit_test(codes_mean_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
