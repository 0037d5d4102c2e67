// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../tap.h"
#include "base/date.h"
#include "base/id.h"

static const int64_t epoch = 1577836800000, now = 1577836800000 + 86400000;

static void the_layout(void **state)
{
    (void)state;
    struct id_source s = id_source_from(1023, 0);
    int64_t id = id_next(&s, now);
    assert_true(id == (INT64_C(86400000) << 22 | INT64_C(1023) << 12));
    assert_true(id_time(id) == now);
    assert_int_equal(id_site(id), 1023);
    assert_true(id_next(&s, now) == id + 1);
    s = id_source_from(0, 0);
    assert_true(id_next(&s, epoch) == 1); // 0 is never an id
    s = id_source_from(5, 0);
    assert_true(id_time(id_next(&s, date_now_ms())) <= date_now_ms());
}

static void ids_grow_whatever_the_clock_does(void **state)
{
    (void)state;
    struct id_source s = id_source_from(7, 0);
    int64_t last = 0, clock = now;
    uint64_t x = 99;
    print_message("# seed %llu\n", (unsigned long long)x);
    for (int i = 0; i < 200000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        if (x >> 54 == 0)
            clock += (int64_t)(x >> 30 & 0xFFFFF) - 0x80000; // stepped, both ways
        else
            clock += x >> 60 == 0;
        int64_t id = id_next(&s, clock);
        assert_true(id > last);
        assert_int_equal(id_site(id), 7);
        last = id;
    }
    // before 2020: the clock of a machine without a battery
    assert_true(id_next(&s, 0) > last);
    assert_true(id_next(&s, INT64_MIN) > last);
}

static void a_full_millisecond_borrows(void **state)
{
    (void)state;
    struct id_source s = id_source_from(1, 0);
    int64_t id = 0;
    for (int i = 0; i < 4096; i++)
        id = id_next(&s, now);
    assert_true(id_time(id) == now);
    assert_true(id_time(id_next(&s, now)) == now + 1);
    assert_true(id_time(id_next(&s, now + 1)) ==
                now + 1); // what was lent is not given twice
    assert_true(id_time(id_next(&s, now + 2)) == now + 2);
}

static void a_restart_goes_on(void **state)
{
    (void)state;
    struct id_source s = id_source_from(3, 0);
    int64_t id = 0;
    for (int i = 0; i < 5000; i++)
        id = id_next(&s, now);
    struct id_source again = id_source_from(3, id);
    assert_true(again.last_tick == s.last_tick);
    assert_true(id_next(&again, now - 3600000) == id_next(&s, now));
}

static void the_end(void **state)
{
    (void)state;
    int64_t last_ms = epoch + (INT64_C(1) << 41) - 1;
    struct id_source s = id_source_from(1023, 0);
    int64_t id = id_next(&s, last_ms);
    for (int i = 1; i < 4096; i++) {
        int64_t next = id_next(&s, last_ms);
        assert_true(next == id + 1);
        id = next;
    }
    assert_true(id == INT64_MAX);
    assert_true(id_next(&s, last_ms) == 0);
    assert_true(id_next(&s, now) == 0);
    s = id_source_from(0, 0);
    assert_true(id_next(&s, last_ms + 1) == 0);
    assert_true(id_next(&s, INT64_MAX) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout),
        cmocka_unit_test(ids_grow_whatever_the_clock_does),
        cmocka_unit_test(a_full_millisecond_borrows),
        cmocka_unit_test(a_restart_goes_on),
        cmocka_unit_test(the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
