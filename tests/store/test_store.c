// SPDX-License-Identifier: AGPL-3.0-or-later
#include <fcntl.h>
#include <sqlite3.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(create_write_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
