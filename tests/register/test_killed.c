// SPDX-License-Identifier: AGPL-3.0-or-later
// kill -9 in the middle of an import, two hundred times at random moments: each time the
// file opens, its history holds, and the rows of the import are all there or not at all.
#include "county_test.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/rng.h"

enum { KILLS = 200, MOST_ROWS = 20000, FEWEST_ROWS = 2000, BAD_EVERY = 50 };

static int setup(void **state)
{
    (void)state;
    make_county("minimal");
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"),
              "");
    import_ok("births",
              write_text("first.csv", "certificate,sex,born_on,residence\n"
                                      "A1,m,2014-01-05,湾沚镇\nA2,f,2014-02-05,湾沚镇\n"),
              "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void write_rows(int rows)
{
    FILE *f = fopen("many.csv", "wb");
    assert_non_null(f);
    fprintf(f, "certificate,sex,born_on,weight,residence\n");
    for (int i = 0; i < rows; i++)
        fprintf(f, "M%d,%s,2014-%02d-%02d,%d,湾沚镇\n", i, i % 2 ? "m" : "f", i % 6 + 1,
                i % 28 + 1, i % BAD_EVERY ? 3000 + i % 900 : 1);
    assert_int_equal(fclose(f), 0);
}

static void copy_file(const char *from, const char *to)
{
    char command[300];
    snprintf(command, sizeof command, "rm -f '%s' '%s-wal' '%s-shm' && cp '%s' '%s'", to,
             to, to, from, to);
    assert_int_equal(system(command), 0);
}

// The child: nothing of the parent's is open, so it is a process like any other.
static pid_t start_import(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child)
        return child;
    struct import_result out;
    const struct reg *r;
    struct import_options options = {.path = "many.csv"};
    struct error e = {0};
    enum err code = county_open(&county, path, STORE_WRITE, &e);
    if (!code)
        code = access_local_administrator(county->store, 5, &arena, &who, &e);
    if (!code)
        code = county_register(county, STR("births"), &r, &e);
    if (!code)
        code = import_run(county, &who, r, &options, &arena, &out, &e);
    _exit(code ? 1 : 0);
}

static double one_import(void)
{
    int status;
    double begun = now();
    pid_t child = start_import();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return now() - begun;
}

static void close_county(void)
{
    county_close(county);
    county = NULL;
    arena_free(&arena);
    arena_init(&arena, 0);
}

static void killed_at_random_moments(void **state)
{
    (void)state;
    const char *given = getenv("HENG_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    struct rng rng = rng_seed(seed);
    close_county();
    copy_file(path, "base.db");

    // as many rows as a quarter of a second reads and saves here
    int rows = MOST_ROWS;
    write_rows(rows);
    double whole = one_import();
    if (whole > 0.25) {
        rows = (int)(rows * 0.25 / whole);
        rows = rows < FEWEST_ROWS ? FEWEST_ROWS : rows;
        write_rows(rows);
        copy_file("base.db", path);
        whole = one_import();
    }
    int64_t good = rows - (rows + BAD_EVERY - 1) / BAD_EVERY;
    int finished = 0, kills = 0;
    print_message("# seed %llu, %d rows, %.2f s whole\n", (unsigned long long)seed, rows,
                  whole);
    copy_file("base.db", path);
    unlink("many.csv.rejects.csv");
    for (; kills < KILLS; kills++) {
        int status;
        pid_t child = start_import();
        double wait = rng_uniform(&rng) * whole * 1.1;
        struct timespec t = {(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)};
        nanosleep(&t, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);

        open_county();
        assert_sound();
        int64_t n = ask("SELECT count(*) FROM r_births") - 2;
        int64_t log = ask("SELECT count(*) FROM heng_log");
        if (n != 0 && n != good)
            fail_msg("kill %d: %lld rows of %lld are in", kills, (long long)n,
                     (long long)good);
        assert_int_equal(log, n + 4);
        assert_int_equal(ask("SELECT count(*) FROM heng_imports"), n ? 3 : 2);
        // the rows that are not in are in the rejects file
        if (n)
            assert_int_equal(access("many.csv.rejects.csv", F_OK), 0);
        close_county();
        if (n) { // it was too quick: from the beginning
            finished++;
            copy_file("base.db", path);
        }
        unlink("many.csv.rejects.csv");
    }
    print_message("# %d kills, %d after the end\n", kills, finished);
    assert_true(finished < KILLS);

    open_county();
    struct import_result r = import_ok("births", "many.csv", "");
    assert_int_equal(r.rows, rows);
    assert_int_equal(r.inserted, good);
    assert_int_equal(r.inserted + r.rejected + r.unchanged + r.corrected, rows);
    assert_int_equal(ask("SELECT count(*) FROM r_births"), good + 2);
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_random_moments, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
