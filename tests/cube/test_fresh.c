// SPDX-License-Identifier: AGPL-3.0-or-later
// What a view holds is what the file holds: after loading by any number of threads, after
// writes of this process and of another, and while others write.
#include "cube_test.h"

#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>

extern char **environ;

// --- a view against the file

static int64_t expect_place(const struct places *p, bool facility, struct stmt *s, int n)
{
    int64_t id = stmt_int(s, n);
    int32_t index = facility ? places_facility_index(p, id) : places_area_index(p, id);
    return stmt_kind(s, n) == STMT_NULL || index < 0 ? INT64_MIN : index;
}

static int64_t cell(const struct column *c, size_t row)
{
    switch (c->storage) {
    case COLUMN_U8: {
        uint8_t v = ((const uint8_t *)c->data)[row];
        return v == UINT8_MAX ? INT64_MIN : v;
    }
    case COLUMN_U16: {
        uint16_t v = ((const uint16_t *)c->data)[row];
        return v == UINT16_MAX ? INT64_MIN : v;
    }
    case COLUMN_I32: {
        int32_t v = ((const int32_t *)c->data)[row];
        return v == INT32_MIN ? INT64_MIN : v;
    }
    default:
        assert_int_equal(c->storage, COLUMN_I64);
        return ((const int64_t *)c->data)[row];
    }
}

static int64_t expect_day(struct stmt *s, int n)
{
    int32_t day;
    struct error e = {0};
    if (stmt_kind(s, n) == STMT_NULL)
        return INT64_MIN;
    assert_ok(date_parse(stmt_text(s, n), &day, &e));
    return day;
}

static int by_id(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void compare_row(const struct world *w, const struct cube_view *v, size_t row,
                        struct stmt *s)
{
    const struct reg *r = v->reg;
    const struct column *c = v->batch.columns;
    const struct places *p = w->county->places;
    assert_int_equal(cell(&c[FIELD_AREA], row), expect_place(p, false, s, 1));
    assert_int_equal(cell(&c[FIELD_FACILITY], row), expect_place(p, true, s, 2));
    assert_int_equal(cell(&c[FIELD_DATE], row), expect_day(s, 3));
    int code = stmt_kind(s, 4) == STMT_NULL
                   ? -1
                   : field_code(reg_field(r, STR("sex")), stmt_text(s, 4));
    assert_int_equal(cell(&c[reg_field(r, STR("sex"))->index], row),
                     code < 0 ? INT64_MIN : code);
    assert_int_equal(cell(&c[FIELD_STATE], row),
                     field_code(&r->fields[FIELD_STATE], stmt_text(s, 5)));
    assert_int_equal(cell(&c[reg_field(r, STR("weight"))->index], row),
                     stmt_kind(s, 6) == STMT_NULL ? INT64_MIN : stmt_int(s, 6));
    double length = ((const double *)c[reg_field(r, STR("length"))->index].data)[row];
    if (stmt_kind(s, 7) == STMT_NULL)
        assert_true(isnan(length));
    else
        assert_true(length == stmt_double(s, 7));
    assert_int_equal(cell(&c[reg_field(r, STR("alive"))->index], row),
                     stmt_kind(s, 8) == STMT_NULL ? INT64_MIN : stmt_int(s, 8));
}

static void compare_view(struct world *w, struct cube *cube)
{
    struct error e = {0};
    struct cube_view v;
    struct conn *c;
    struct stmt *s;
    bool row;
    assert_ok(cube_view_begin(cube, world_register(w, "births"), &v, &e));
    int64_t(*order)[2] = mem_alloc(v.batch.n_rows, sizeof *order); // id, row
    assert_non_null(order);
    for (size_t i = 0; i < v.batch.n_rows; i++) {
        order[i][0] = cube_id(&v, i);
        order[i][1] = (int64_t)i;
    }
    qsort(order, v.batch.n_rows, sizeof *order, by_id);
    assert_ok(store_read_begin(w->county->store, &c, &e));
    assert_ok(
        conn_prepare(c,
                     STR("SELECT id, area, facility, date, sex, state, weight, length,"
                         " alive FROM r_births ORDER BY id"),
                     &s, &e));
    size_t n = 0;
    for (;; n++) {
        assert_ok(stmt_step(s, &row, &e));
        if (!row)
            break;
        assert_true(n < v.batch.n_rows);
        assert_int_equal(order[n][0], stmt_int(s, 0));
        compare_row(w, &v, (size_t)order[n][1], s);
    }
    assert_int_equal(n, v.batch.n_rows);
    stmt_finish(s);
    store_read_end(c);
    mem_free(order);
    assert_int_equal(v.batch.columns[reg_field(v.reg, STR("name"))->index].storage,
                     COLUMN_ABSENT);
    assert_int_equal(v.batch.columns[reg_field(v.reg, STR("note"))->index].storage,
                     COLUMN_ABSENT);
    cube_view_end(cube, v.reg);
}

// --- tests

static void loads_by_any_number_of_threads(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    assert_int_equal(world_open(&w, 11), 0);
    for (int round = 0; round < 3; round++) { // empty, a few, many
        static const unsigned threads[] = {1, 2, 7};
        if (round)
            world_add(&w, "births", round == 1 ? 1 : 9000);
        if (round == 2) // rows that go over several pages of the file
            world_sql(&w, "UPDATE r_births SET note = hex(zeroblob(5000 + id % 4000)),"
                          " name = hex(zeroblob(id % 6000)) WHERE id % 40 = 3");
        for (size_t i = 0; i < 3; i++) {
            struct cube *cube;
            assert_ok(cube_open(&cube, w.county, threads[i], &e));
            assert_int_equal(cube_bytes(cube), 0);
            compare_view(&w, cube);
            assert_true(round == 0 || cube_bytes(cube) > 0);
            cube_close(cube);
        }
    }
    world_close(&w);
}

static void write_elsewhere(struct world *w, const char *seed)
{
    char next[32];
    snprintf(next, sizeof next, "%lld", (long long)w->next_id);
    char *const args[] = {(char *)(uintptr_t) "test_cube_fresh", w->path,
                          (char *)(uintptr_t)seed, next, NULL};
    pid_t child;
    int status;
    assert_int_equal(posix_spawn(&child, "/proc/self/exe", NULL, NULL, args, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    w->next_id += 100000;
}

// The other process.
static int write_here(char **argv)
{
    struct world w = {0};
    struct error e = {0};
    int64_t seed;
    assert_ok(base_init(&e));
    assert_true(str_to_int(str_of(argv[2]), &seed));
    assert_true(str_to_int(str_of(argv[3]), &w.next_id));
    w.rng = rng_seed((uint64_t)seed);
    assert_ok(county_open(&w.county, argv[1], STORE_WRITE, &e));
    world_change(&w, "births", 50);
    county_close(w.county);
    return 0;
}

static void is_fresh_after_writes(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct cube *cube;
    assert_int_equal(world_open(&w, 12), 0);
    world_add(&w, "births", 3000);
    assert_ok(cube_open(&cube, w.county, 2, &e));
    compare_view(&w, cube);
    for (int i = 0; i < 12; i++) {
        world_change(&w, "births", (size_t)1 << i); // corrections, strikes, rows between
        world_change(&w, "stock", 3);
        compare_view(&w, cube);
    }
    world_change(&w, "births", 9000); // so many that it is loaded again
    compare_view(&w, cube);
    write_elsewhere(&w, "1");
    compare_view(&w, cube);
    write_elsewhere(&w, "2");
    world_change(&w, "births", 10);
    compare_view(&w, cube);

    // an area that comes in between moves the indices of others
    world_sql(&w,
              "INSERT INTO r_areas (id, state, version, saved_by, saved_at, fingerprint,"
              " code, name, level, parent) VALUES (3, 'current', 1, 0, 0, 1, "
              "'110000001000', 'z', 'village', '110000001')");
    compare_view(&w, cube);
    assert_ok(county_reload_places(w.county, &e));
    compare_view(&w, cube);
    world_sql(&w, "UPDATE r_facilities SET state = 'struck' WHERE id = 70");
    assert_ok(county_reload_places(w.county, &e));
    compare_view(&w, cube);
    cube_close(cube);
    world_close(&w);
}

static void a_holder_keeps_its_state(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct cube *cube;
    struct cube_view first, second, third;
    assert_int_equal(world_open(&w, 13), 0);
    world_add(&w, "births", 100);
    const struct reg *r = world_register(&w, "births");
    assert_ok(cube_open(&cube, w.county, 2, &e));
    assert_ok(cube_view_begin(cube, r, &first, &e));
    world_add(&w, "births", 50);
    assert_ok(cube_view_begin(cube, r, &second, &e)); // must not wait for itself
    assert_int_equal(first.epoch, second.epoch);
    assert_int_equal(second.batch.n_rows, 100);
    cube_view_end(cube, r);
    cube_view_end(cube, r);
    assert_ok(cube_view_begin(cube, r, &third, &e));
    assert_int_equal(third.batch.n_rows, 150);
    assert_true(third.epoch > first.epoch);
    cube_view_end(cube, r);
    cube_close(cube);
    world_close(&w);
}

// --- readers beside a writer: rows come ten at a time, so no reader may see another
// count

enum { READERS = 3, BATCHES = 40, BATCH = 10 };

struct beside {
    struct world *w;
    struct cube *cube;
    atomic_bool done;
};

static void *reader(void *argument)
{
    struct beside *b = argument;
    struct error e = {0};
    const struct reg *r = world_register(b->w, "births");
    struct aggregate g = {.function = AGGREGATE_COUNT, .reg = r};
    struct cube_query q = {.aggregate = &g, .first = -40000, .last = 40000, .root = -1};
    double before = 0;
    int64_t epoch = 0;
    for (bool last = false; !last;) {
        last = b->done;
        struct arena a;
        struct cube_result out;
        struct cube_view v;
        arena_init(&a, 0);
        assert_ok(cube_aggregate(b->cube, &a, &q, &out, &e));
        assert_true(fmod(out.values[0], BATCH) == 0 && out.values[0] >= before);
        before = out.values[0];
        arena_free(&a);
        assert_ok(cube_view_begin(b->cube, r, &v, &e));
        assert_true(v.batch.n_rows % BATCH == 0 && (double)v.batch.n_rows >= before);
        assert_true(v.epoch >= epoch && v.epoch == (int64_t)v.batch.n_rows);
        epoch = v.epoch;
        cube_view_end(b->cube, r);
    }
    assert_true(before == BATCHES * BATCH);
    return NULL;
}

static enum err batch_job(struct conn *c, void *argument, struct error *e)
{
    int64_t *n = argument;
    enum err code = ERR_OK;
    for (int i = 0; i < BATCH && !code; i++) {
        struct stmt *s;
        code = conn_stmt(
            c, "test.row",
            "INSERT INTO r_births (id, date, state, version, saved_by, saved_at,"
            " fingerprint) VALUES (?, '2014-06-05', 'current', 1, 0, 0, 0)",
            &s, e);
        if (!code) {
            stmt_bind_int(s, 1, ++*n);
            code = stmt_done(s, e);
        }
        if (!code)
            code = conn_stmt(
                c, "test.entry",
                "INSERT INTO heng_log (seq, at, who, register, row, change, hash)"
                " VALUES (?1, 0, 0, 'births', ?1, 'insert', x'00')",
                &s, e);
        if (!code) {
            stmt_bind_int(s, 1, *n);
            code = stmt_done(s, e);
        }
    }
    return code;
}

static void readers_beside_a_writer_see_whole_states(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct beside b = {.w = &w};
    pthread_t threads[READERS];
    int64_t n = 0;
    assert_int_equal(world_open(&w, 14), 0);
    assert_ok(cube_open(&b.cube, w.county, 2, &e));
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader, &b), 0);
    for (int i = 0; i < BATCHES; i++)
        assert_ok(store_write(w.county->store, batch_job, &n, &e));
    b.done = true;
    for (int i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    cube_close(b.cube);
    world_close(&w);
}

int main(int argc, char **argv)
{
    if (argc == 4)
        return write_here(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_by_any_number_of_threads),
        cmocka_unit_test(is_fresh_after_writes),
        cmocka_unit_test(a_holder_keeps_its_state),
        cmocka_unit_test(readers_beside_a_writer_see_whole_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
