// SPDX-License-Identifier: AGPL-3.0-or-later
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "store_test.h"

enum { THREADS = 8, JOBS = 200 };

struct worker {
    struct store *s;
    int64_t first;
    int failed, surprises;
    pthread_t thread;
};

static void *write_many(void *argument)
{
    struct worker *w = argument;
    struct error e;
    for (int64_t i = 0; i < JOBS; i++) {
        int64_t id = w->first + i;
        w->failed += store_write(w->s, insert_job, &id, &e) != ERR_OK;
    }
    return NULL;
}

static void groups_share_a_commit(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    struct worker workers[THREADS];
    int64_t before = s->commits;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.s = s, .first = 1 + i * JOBS};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, write_many, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].failed, 0);
    }
    int64_t commits = s->commits - before;
    assert_true(commits > 0 && commits < THREADS * JOBS);
    print_message("# %d jobs in %lld commits\n", THREADS * JOBS, (long long)commits);
    store_close(s);
    assert_ok(store_open(&s, path, STORE_READ, &e));
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), THREADS * JOBS);
    assert_int_equal(ask_store(s, "SELECT max(id) FROM birth"), THREADS * JOBS);
    store_close(s);
}

// Inserts id and, when id is a multiple of 5, fails in one of four ways afterwards.
static enum err sometimes_failing(struct conn *c, void *argument, struct error *e)
{
    int64_t id = *(int64_t *)argument;
    enum err code = insert(c, id, e);
    if (code || id % 5)
        return code;
    struct stmt *s;
    switch (id / 5 % 4) {
    case 0: // by itself, leaving a statement in the middle of its rows
        code = conn_stmt(c, "birth.all", "SELECT id FROM birth", &s, e);
        bool row;
        if (!code && !(code = stmt_step(s, &row, e)))
            return error_set(e, ERR_INPUT, "test", NULL, "no");
        return code;
    case 1: // a name that is taken
        return insert(c, id, e);
    case 2: // a mother that does not exist, found only when the work is finished
        return conn_run(c, "UPDATE birth SET mother = -1 WHERE id % 5 = 0", e);
    default:
        return conn_run(c, "DROP TABLE birth; no such statement", e);
    }
}

static void *write_some_failing(void *argument)
{
    static const enum err expected[] = {ERR_INPUT, ERR_CONFLICT, ERR_CONFLICT,
                                        ERR_INTERNAL};
    struct worker *w = argument;
    for (int64_t i = 0; i < JOBS; i++) {
        struct error e = {0};
        int64_t id = w->first + i;
        enum err code = store_write(w->s, sometimes_failing, &id, &e);
        enum err right = id % 5 ? ERR_OK : expected[id / 5 % 4];
        w->failed += code != ERR_OK;
        w->surprises += code != right || (code && (e.code != code || !e.text[0]));
    }
    return NULL;
}

static void a_failing_job_leaves_no_trace(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.s = s, .first = 1 + i * JOBS};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, write_some_failing, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].failed, JOBS / 5);
        assert_int_equal(workers[i].surprises, 0);
    }
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), THREADS * JOBS * 4 / 5);
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth WHERE id % 5 = 0"), 0);
    assert_ok(store_check(s, &e));
    int64_t id = 5; // the caller need not want the text
    assert_int_equal(store_write(s, sometimes_failing, &id, NULL), ERR_CONFLICT);
    store_close(s);
}

static enum err own_transaction(struct conn *c, void *argument, struct error *e)
{
    return conn_run(c, argument, e);
}

static enum err part_of_job(struct conn *c, void *argument, struct error *e)
{
    int64_t id = *(const int64_t *)argument;
    enum err code = insert(c, id, e);
    if (!code && id % 2) // odd ones think better of it
        code = error_set(e, ERR_INPUT, "test", NULL, "odd");
    return code;
}

static enum err job_of_parts(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    for (int64_t id = 100; id < 104; id++) {
        enum err code = store_part(c, part_of_job, &id, e);
        if (code != (id % 2 ? ERR_INPUT : ERR_OK))
            return error_set(e, ERR_INTERNAL, "test", NULL, "part: %d", code);
    }
    return ERR_OK;
}

// --- what runs at the end of a group

struct ending {
    int64_t next; // the row that the end inserts
    int runs;
    bool fails;
};

static enum err end_of_group(struct conn *c, void *argument, struct error *e)
{
    struct ending *x = argument;
    x->runs++;
    enum err code = insert(c, x->next, e);
    if (!code && x->fails)
        code = error_set(e, ERR_INPUT, "test", NULL, "no");
    x->next += !code;
    return code;
}

struct asking {
    struct ending *end;
    int64_t id;
    bool fails;
};

static enum err asking_job(struct conn *c, void *argument, struct error *e)
{
    const struct asking *x = argument;
    store_at_end(c, end_of_group, x->end);
    store_at_end(c, end_of_group, x->end);
    enum err code = insert(c, x->id, e);
    return !code && x->fails ? error_set(e, ERR_INPUT, "test", NULL, "odd") : code;
}

struct asker {
    struct store *s;
    struct ending *end;
    int64_t first;
    int failed;
    pthread_t thread;
};

static void *ask_many(void *argument)
{
    struct asker *w = argument;
    struct error e;
    for (int64_t i = 0; i < JOBS; i++) {
        struct asking x = {.end = w->end, .id = w->first + i};
        w->failed += store_write(w->s, asking_job, &x, &e) != ERR_OK;
    }
    return NULL;
}

static void an_end_runs_once_a_group(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    struct ending end = {.next = 100000};
    struct asking one = {.end = &end, .id = 1};
    assert_ok(store_write(s, asking_job, &one, &e));
    assert_int_equal(end.runs, 1);
    int64_t id = 2; // who does not ask has none
    assert_ok(store_write(s, insert_job, &id, &e));
    assert_int_equal(end.runs, 1);
    one.id = 3;
    one.fails = true; // nothing is kept, so there is no end
    assert_int_equal(store_write(s, asking_job, &one, &e), ERR_INPUT);
    assert_ok(store_write(s, insert_job, &one.id, &e));
    assert_int_equal(end.runs, 1);
    one = (struct asking){.end = &end, .id = 4};
    end.fails = true; // undone alone
    assert_ok(store_write(s, asking_job, &one, &e));
    assert_int_equal(end.runs, 2);
    assert_int_equal(ask_store(s, "SELECT max(id) FROM birth"), 100000);
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth WHERE id = 4"), 1);

    end = (struct ending){.next = 200000};
    struct asker askers[THREADS];
    int64_t before = s->commits;
    for (int i = 0; i < THREADS; i++) {
        askers[i] = (struct asker){.s = s, .end = &end, .first = 1000 + i * JOBS};
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_many, &askers[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(askers[i].thread, NULL);
        assert_int_equal(askers[i].failed, 0);
    }
    assert_int_equal(end.runs, s->commits - before);
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth WHERE id >= 200000"),
                     end.runs);
    store_close(s);
}

static void a_part_that_fails_is_undone_alone(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    assert_ok(store_write(s, job_of_parts, NULL, &e));
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), 2);
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth WHERE id % 2"), 0);
    store_close(s);
}

static void a_job_cannot_end_the_transaction(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    static char *const forbidden[] = {"COMMIT",      "ROLLBACK",    "BEGIN",
                                      "SAVEPOINT a", "RELEASE job", "ATTACH 'x.db' AS x"};
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        assert_int_equal(store_write(s, own_transaction, forbidden[i], &e), ERR_INTERNAL);
        assert_string_equal(e.key, "store.own_transaction");
    }
    int64_t id = 1;
    assert_ok(store_write(s, insert_job, &id, &e));
    store_close(s);
}

static void a_held_lock_is_busy(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    sqlite3 *other;
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(ask_store(s, "PRAGMA busy_timeout"), STORE_BUSY_MS);
    sqlite3_busy_timeout(s->writer->db, 20);
    int64_t id = 1;
    assert_int_equal(store_write(s, insert_job, &id, &e), ERR_BUSY);
    assert_true(e.cure[0]);
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), 0); // readers go on
    sqlite3_close(other);
    assert_ok(store_write(s, insert_job, &id, &e));
    store_close(s);
}

// --- disk full

static enum err fill(struct conn *c, void *argument, struct error *e)
{
    int64_t first = *(int64_t *)argument;
    enum err code = ERR_OK;
    for (int64_t id = first; id < first + 200000 && !code; id++)
        code = insert(c, id, e);
    return code;
}

// In a child whose files may not grow beyond `most` bytes. Says what went wrong by its
// exit status.
static int child_on_a_full_disk(rlim_t most)
{
    pid_t child = fork();
    if (child == 0) {
        struct error e = {0};
        struct store *s;
        struct rlimit limit = {most, most};
        int64_t id = 1, many = 1000;
        signal(SIGXFSZ, SIG_IGN);
        if (store_open(&s, path, STORE_WRITE, &e) || store_write(s, insert_job, &id, &e))
            _exit(1);
        if (setrlimit(RLIMIT_FSIZE, &limit))
            _exit(2);
        if (store_write(s, fill, &many, &e) != ERR_FULL)
            _exit(3);
        if (!e.cure[0] || e.code != ERR_FULL)
            _exit(4);
        id =
            2; // a small job still has room, and the failed one has left none of its rows
        enum err code = store_write(s, insert_job, &id, &e);
        if (code && code != ERR_FULL)
            _exit(5);
        if (ask_store(s, "SELECT count(*) FROM birth") != (code ? 1 : 2))
            _exit(6);
        store_close(s);
        _exit(code ? 100 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_full_disk_is_told_and_harms_nothing(void **state)
{
    (void)state;
    struct error e;
    for (rlim_t most = 70000; most < 6000000; most *= 3) {
        store_close(new_store());
        int status = child_on_a_full_disk(most);
        if (status != 0 && status != 100)
            fail_msg("status %d at %llu", status, (unsigned long long)most);
        struct store *s;
        assert_ok(store_open(&s, path, STORE_WRITE, &e));
        assert_ok(store_check(s, &e));
        assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), status ? 1 : 2);
        int64_t id = 3; // with space again it goes on
        assert_ok(store_write(s, insert_job, &id, &e));
        store_close(s);
        assert_int_equal(unlink(path), 0);
    }
}

static void no_space_to_create(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct error e;
        struct store *s;
        struct rlimit limit = {4096, 4096};
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit))
            _exit(99);
        _exit((int)store_open(&s, path, STORE_CREATE, &e));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ERR_FULL);
    assert_int_equal(files_in_folder(), 0);
}

// --- kill -9

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

struct acknowledger {
    struct store *s;
    int64_t first;
    int pipe;
};

// Two rows a job, so that half a job would show.
static enum err insert_pair(struct conn *c, void *argument, struct error *e)
{
    int64_t id = *(int64_t *)argument;
    enum err code = insert(c, id, e);
    return code ? code : insert(c, -id, e);
}

static void *write_and_acknowledge(void *argument)
{
    struct acknowledger *a = argument;
    struct error e;
    for (int64_t id = a->first;; id++)
        if (store_write(a->s, insert_pair, &id, &e) ||
            write(a->pipe, &id, sizeof id) != sizeof id)
            _exit(1);
    return NULL;
}

static void writing_child(int pipe, int64_t first)
{
    struct error e;
    struct acknowledger a[3];
    pthread_t thread;
    struct store *s;
    if (store_open(&s, path, STORE_WRITE, &e))
        _exit(2);
    for (int i = 0; i < 3; i++) {
        a[i] = (struct acknowledger){s, first + i * 1000000, pipe};
        if (i < 2)
            pthread_create(&thread, NULL, write_and_acknowledge, &a[i]);
    }
    write_and_acknowledge(&a[2]);
}

static void killed_while_writing(void **state)
{
    (void)state;
    enum { ROUNDS = 50, MOST = 200000 };
    struct error e;
    uint64_t random = (uint64_t)time(NULL) * 2654435761U + 1;
    print_message("# seed %llu\n", (unsigned long long)random);
    store_close(new_store());
    int64_t *acknowledged = calloc(MOST, sizeof *acknowledged);
    assert_non_null(acknowledged);
    size_t n = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            writing_child(ends[1], 1 + round * 10000000LL);
        close(ends[1]);
        struct timespec wait = {0, (long)(next_random(&random) % 40000000)};
        struct pollfd first = {ends[0], POLLIN, 0};
        if (round % 2) // else it may be killed while it still opens the file
            assert_int_equal(poll(&first, 1, 60000), 1);
        nanosleep(&wait, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status)); // it had not failed by itself
        while (n < MOST && read(ends[0], &acknowledged[n], sizeof *acknowledged) > 0)
            n++;
        close(ends[0]);
        struct store *s;
        assert_ok(store_open(&s, path, STORE_WRITE, &e));
        if (round % 10 == 9)
            assert_ok(store_check(s, &e));
        store_close(s);
    }
    struct store *s;
    struct conn *c;
    struct stmt *find;
    bool row;
    assert_ok(store_open(&s, path, STORE_READ, &e));
    assert_ok(store_check(s, &e));
    assert_ok(store_read_begin(s, &c, &e));
    assert_ok(conn_stmt(c, "both", "SELECT 1 FROM birth WHERE id IN (?, ?)", &find, &e));
    for (size_t i = 0; i < n; i++) {
        stmt_bind_int(find, 1, acknowledged[i]);
        stmt_bind_int(find, 2, -acknowledged[i]);
        for (int j = 0; j < 2; j++) {
            assert_ok(stmt_step(find, &row, &e));
            assert_true(row);
        }
        stmt_reset(find);
    }
    assert_int_equal(ask(c, "SELECT sum(id) FROM birth"), 0); // no half jobs
    assert_true(ask(c, "SELECT count(*) FROM birth") >= 2 * (int64_t)n);
    assert_true(n >= ROUNDS / 2);
    print_message("# %zu acknowledged writes\n", n);
    store_read_end(c);
    store_close(s);
    free(acknowledged);
}

static enum err write_a_lot(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    enum err code =
        conn_run(c, "CREATE TABLE large (id INTEGER PRIMARY KEY, body BLOB)", e);
    return code ? code
                : conn_run(c,
                           "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL "
                           "SELECT i + 1 FROM n WHERE i < 6000) "
                           "INSERT INTO large SELECT i, zeroblob(7000) FROM n",
                           e);
}

static enum err ask_pages(struct conn *c, void *kib, struct error *e)
{
    (void)e;
    int used = 0, highest;
    sqlite3_db_status(c->db, SQLITE_DBSTATUS_CACHE_USED, &used, &highest, 0);
    *(int *)kib = used / 1024;
    return ERR_OK;
}

static enum err write_and_ask(struct conn *c, void *kib, struct error *e)
{
    enum err code = write_a_lot(c, NULL, e);
    return code ? code : ask_pages(c, kib, e);
}

static void few_pages_stay_between_jobs(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    int within = 0, after = 0;
    assert_ok(store_write(s, write_and_ask, &within, &e));
    assert_true(within > 40 << 10); // a large job has what it needs
    assert_ok(store_write(s, ask_pages, &after, &e));
    assert_in_range(after, 1, 2 * STORE_WRITER_REST_KIB);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(groups_share_a_commit),
        IN_FOLDER(an_end_runs_once_a_group),
        IN_FOLDER(a_failing_job_leaves_no_trace),
        IN_FOLDER(a_part_that_fails_is_undone_alone),
        IN_FOLDER(a_job_cannot_end_the_transaction),
        IN_FOLDER(a_held_lock_is_busy),
        IN_FOLDER(a_full_disk_is_told_and_harms_nothing),
        IN_FOLDER(no_space_to_create),
        IN_FOLDER(killed_while_writing),
        IN_FOLDER(few_pages_stay_between_jobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
