// SPDX-License-Identifier: AGPL-3.0-or-later
// Lanes: everything that was taken is run once, what does not fit is refused, figures.
#include "../tap.h"
#include "serve/crowd.h"
#include "serve/lane.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static struct error e;
static atomic_int runs;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void count(void *argument)
{
    (void)argument;
    atomic_fetch_add(&runs, 1);
}

static void wait_at_gate(void *argument)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    count(argument);
}

static void what_is_taken_is_run(void **state)
{
    (void)state;
    static struct lane_pool l;
    atomic_store(&runs, 0);
    assert_ok(lane_open(&l, "read", 4, 5000, 64 << 10, &e));
    for (int i = 0; i < 3000; i++)
        assert_true(lane_submit(&l, count, NULL));
    lane_stop(&l);
    assert_int_equal(atomic_load(&runs), 3000);
    assert_false(lane_submit(&l, count, NULL));
    struct lane_figures f;
    lane_figures(&l, &f);
    assert_int_equal(f.done, 3000);
    assert_int_equal(f.refused, 1);
    assert_int_equal(f.waiting, 0);
    assert_int_equal(f.running, 0);
    assert_true(f.p50_ms > 0 && f.p50_ms <= f.p99_ms && f.p99_ms < 60000);
    lane_close(&l);
}

static void a_full_queue_refuses(void **state)
{
    (void)state;
    static struct lane_pool l;
    struct lane_figures f;
    atomic_store(&runs, 0);
    assert_ok(lane_open(&l, "password", 2, 16, 0, &e));
    pthread_mutex_lock(&gate);
    // two run, sixteen wait
    for (int i = 0; i < 2; i++)
        assert_true(lane_submit(&l, wait_at_gate, NULL));
    for (int i = 0; i < 5000; i++) {
        lane_figures(&l, &f);
        if (f.running == 2)
            break;
        usleep(1000);
    }
    assert_int_equal(f.running, 2);
    for (int i = 0; i < 16; i++)
        assert_true(lane_submit(&l, wait_at_gate, NULL));
    for (int i = 0; i < 5; i++)
        assert_false(lane_submit(&l, wait_at_gate, NULL));
    lane_figures(&l, &f);
    assert_int_equal(f.waiting, 16);
    assert_int_equal(f.refused, 5);
    assert_true(lane_patience(&l) >= 1 && lane_patience(&l) <= 60);
    pthread_mutex_unlock(&gate);
    lane_close(&l);
    assert_int_equal(atomic_load(&runs), 18);
}

static void a_crowd_is_counted_by_its_address(void **state)
{
    (void)state;
    static struct crowd c;
    crowd_open(&c);
    assert_int_equal(crowd_place(&c, STR("")), 0);
    assert_int_equal(crowd_place(&c, STR("10.0.0.1, ")), 0);
    unsigned one = crowd_place(&c, STR("6.6.6.6, 10.0.0.1"));
    assert_true(one >= 1 && one < CROWD_PLACES);
    // only the last one was written by the proxy
    assert_int_equal(crowd_place(&c, STR("7.7.7.7,10.0.0.1 ")), one);
    assert_int_not_equal(crowd_place(&c, STR("10.0.0.2")), one);
    for (int i = 0; i < 3; i++)
        assert_true(crowd_enter(&c, one, 3));
    assert_false(crowd_enter(&c, one, 3));
    crowd_leave(&c, one);
    assert_true(crowd_enter(&c, one, 3));
    crowd_leave(&c, 0);
}

static void no_memory_no_lane(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 2; n++) {
        static struct lane_pool l;
        mem_fail_after(n);
        enum err code = lane_open(&l, "read", 2, 8, 0, &e);
        mem_fail_after(-1);
        assert_int_equal(code, ERR_MEMORY);
        lane_close(&l);
    }
    static struct lane_pool never;
    lane_close(&never);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_run),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(a_crowd_is_counted_by_its_address),
        cmocka_unit_test(no_memory_no_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
