// SPDX-License-Identifier: AGPL-3.0-or-later
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store_test.h"

struct background {
    struct store *s;
    atomic_bool stop;
    atomic_int written, failed;
};

static enum err insert_pair(struct conn *c, void *argument, struct error *e)
{
    int64_t id = *(int64_t *)argument;
    enum err code = insert(c, id, e);
    return code ? code : insert(c, -id, e);
}

static void *keep_writing(void *argument)
{
    struct background *b = argument;
    for (int64_t id = 100000; !atomic_load(&b->stop); id++) {
        struct error e;
        atomic_fetch_add(&b->failed, store_write(b->s, insert_pair, &id, &e) != ERR_OK);
        atomic_fetch_add(&b->written, 1);
    }
    return NULL;
}

static enum err many_rows(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    enum err code = ERR_OK;
    for (int64_t id = 1; id <= 30000 && !code; id++)
        code = insert_pair(c, &id, e);
    return code;
}

struct seen {
    double last;
    int calls, backwards;
    struct background *b;
};

static void see(void *argument, double done)
{
    struct seen *seen = argument;
    seen->calls++;
    seen->backwards += done < seen->last || done > 1;
    seen->last = done;
    // Let the writer commit between two pieces of the copy: it may not start over.
    int now = atomic_load(&seen->b->written);
    for (int i = 0; i < 1000 && atomic_load(&seen->b->written) < now + 2; i++)
        usleep(1000);
}

static void backup_beside_a_writer(void **state)
{
    (void)state;
    struct error e;
    char copy[128];
    struct store *s = new_store();
    assert_ok(store_write(s, many_rows, NULL, &e));
    struct background b = {.s = s};
    struct seen seen = {.b = &b};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, keep_writing, &b), 0);
    in_folder(copy, sizeof copy, "copy.heng");
    enum err code = store_backup(s, copy, see, &seen, &e);
    atomic_store(&b.stop, true);
    pthread_join(thread, NULL);
    assert_ok(code);
    assert_int_equal(atomic_load(&b.failed), 0);
    assert_true(seen.last == 1 && seen.calls >= 2);
    assert_int_equal(seen.backwards, 0);
    assert_int_equal(store_backup(s, copy, NULL, NULL, &e), ERR_CONFLICT);
    store_close(s);
    assert_int_equal(files_in_folder(), 2);
    char head[20] = {0};
    FILE *file = fopen(copy, "rb");
    assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
    fclose(file);
    assert_int_equal(head[18], 1); // whole in one file
    assert_ok(store_open(&s, copy, STORE_READ, &e));
    assert_ok(store_check(s, &e));
    assert_true(ask_store(s, "SELECT count(*) FROM birth") >= 60000);
    assert_int_equal(ask_store(s, "SELECT sum(id) FROM birth"), 0); // no half job
    store_close(s);
}

static void restore_keeps_the_old_file(void **state)
{
    (void)state;
    struct error e;
    char copy[128], old[160];
    struct store *s = new_store();
    int64_t id = 1;
    assert_ok(store_write(s, insert_job, &id, &e));
    in_folder(copy, sizeof copy, "copy.heng");
    assert_ok(store_backup(s, copy, NULL, NULL, &e));
    id = 2;
    assert_ok(store_write(s, insert_job, &id, &e));
    sqlite3_busy_timeout(s->writer->db, 20);
    assert_int_equal(store_restore(copy, path, &e), ERR_BUSY); // it is in use
    assert_true(e.cure[0]);
    store_close(s);
    assert_ok(store_restore(copy, path, &e));
    assert_ok(store_open(&s, path, STORE_WRITE, &e));
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), 1);
    assert_ok(store_write(s, insert_job, &id, &e));
    store_close(s);
    snprintf(old, sizeof old, "%s.before-restore", path);
    assert_ok(store_open(&s, old, STORE_READ, &e));
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), 2);
    store_close(s);
    assert_int_equal(store_restore(copy, path, &e), ERR_CONFLICT); // the kept one stays
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(old), 0);
    assert_ok(store_restore(copy, path, &e)); // to where nothing is
}

static void a_bad_backup_is_refused(void **state)
{
    (void)state;
    struct error e;
    char copy[128], text[128];
    struct store *s = new_store();
    assert_ok(store_write(s, many_rows, NULL, &e));
    in_folder(copy, sizeof copy, "copy.heng");
    assert_ok(store_backup(s, copy, NULL, NULL, &e));
    store_close(s);
    struct stat status;
    assert_int_equal(stat(copy, &status), 0);
    assert_int_equal(truncate(copy, status.st_size - 5 * STORE_PAGE_SIZE), 0);
    assert_int_equal(store_restore(copy, path, &e), ERR_CORRUPT);
    assert_string_equal(e.where, copy);
    FILE *file = fopen(in_folder(text, sizeof text, "notes"), "w");
    fputs("not a backup", file);
    fclose(file);
    assert_int_equal(store_restore(text, path, &e), ERR_INPUT);
    assert_int_equal(store_restore("/nowhere/x", path, &e), ERR_NOT_FOUND);
    assert_int_equal(store_restore(folder, path, &e), ERR_INPUT);
    assert_int_equal(files_in_folder(), 3); // and nothing was touched
    assert_ok(store_open(&s, path, STORE_READ, &e));
    assert_int_equal(ask_store(s, "SELECT count(*) FROM birth"), 60000);
    store_close(s);
}

static void no_space_for_the_backup(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    assert_ok(store_write(s, many_rows, NULL, &e));
    store_close(s);
    pid_t child = fork();
    if (child == 0) {
        char copy[128];
        struct rlimit limit = {200000, 200000};
        signal(SIGXFSZ, SIG_IGN);
        if (store_open(&s, path, STORE_READ, &e) || setrlimit(RLIMIT_FSIZE, &limit))
            _exit(99);
        in_folder(copy, sizeof copy, "copy.heng");
        enum err code = store_backup(s, copy, NULL, NULL, &e);
        _exit(access(copy, F_OK) == 0 ? 98 : (int)code);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ERR_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(backup_beside_a_writer),
        IN_FOLDER(restore_keeps_the_old_file),
        IN_FOLDER(a_bad_backup_is_refused),
        IN_FOLDER(no_space_for_the_backup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
