// SPDX-License-Identifier: AGPL-3.0-or-later
#include "access_test.h"

static int setup(void **state)
{
    (void)state;
    now = 1406000000000;
    begin_access();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_access();
    return 0;
}

static void write_event(enum audit_kind kind, const char *subject, const char *text,
                        int64_t at)
{
    const struct audit_entry entry = {.kind = kind,
                                      .who = who.user,
                                      .subject = str_of(subject),
                                      .text = str_of(text),
                                      .at = at};
    assert_ok(audit_write(county->store, &entry, &error));
}

static enum err verify(struct audit_report *out)
{
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    error = (struct error){0};
    enum err code = audit_verify(c, &arena, out, &error);
    store_read_end(c);
    return code;
}

static struct audit_event *search(struct audit_filter f, size_t *n, bool *more)
{
    struct audit_event *out;
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(audit_search(c, &f, &arena, &out, n, more, &error));
    store_read_end(c);
    return out;
}

static void what_was_done_is_found(void **state)
{
    (void)state;
    size_t n;
    bool more;
    sign_up("clerk", "clerk", 0, NULL);
    log_in("clerk", "wrong wrong wrong", "");
    login_settle(login);
    write_event(AUDIT_EXPORT, "births", "48 rows, 100%_\\ sure", now + 5);
    write_event(AUDIT_BACKUP, "county-2014.db", "", now + 10);
    struct audit_event *v = search((struct audit_filter){.limit = 100}, &n, &more);
    assert_int_equal(n, 7); // made, link, used, log-in, failure, export, backup
    assert_false(more);
    static const char *const order[] = {"backup", "export",    "log_in_failed",
                                        "log_in", "link_used", "link_made",
                                        "person"};
    for (size_t i = 0; i < n; i++) {
        assert_true(str_equal_c(v[i].kind, order[i]));
        assert_int_equal(v[i].seq, 7 - (int64_t)i);
    }
    assert_true(str_equal_c(v[2].subject, "clerk"));
    assert_int_equal(v[2].user, 0);
    assert_true(str_equal_c(v[3].who, "clerk"));
    v = search((struct audit_filter){.limit = 3}, &n, &more);
    assert_int_equal(n, 3);
    assert_true(more);
    v = search((struct audit_filter){.limit = 10, .after = v[2].seq}, &n, &more);
    assert_int_equal(n, 4);
    assert_false(more);
    v = search((struct audit_filter){.text = STR("BIRTHS")}, &n, &more);
    assert_int_equal(n, 1);
    v = search((struct audit_filter){.text = STR("100%_\\ s")}, &n, &more);
    assert_int_equal(n, 1);
    v = search((struct audit_filter){.text = STR("1%s")}, &n, &more); // no pattern
    assert_int_equal(n, 0);
    v = search((struct audit_filter){.who = STR("clerk")}, &n, &more);
    assert_int_equal(n, 2);
    v = search((struct audit_filter){.kind = STR("export"), .who = who.name}, &n, &more);
    assert_int_equal(n, 1);
    v = search((struct audit_filter){.from = now + 5, .to = now + 10}, &n, &more);
    assert_int_equal(n, 1);
    enum audit_kind kind;
    for (int k = 0; k < AUDIT_KINDS; k++) {
        assert_true(audit_kind_of(str_of(audit_kind_name((enum audit_kind)k)), &kind));
        assert_int_equal(kind, k);
    }
    assert_false(audit_kind_of(STR("nothing"), &kind));
}

static void the_chain_is_proved(void **state)
{
    (void)state;
    struct audit_report report;
    static const char *const damage[] = {
        "UPDATE heng_events SET text = 'none' WHERE seq = 3",
        "UPDATE heng_events SET subject = 'a' WHERE seq = 2",
        "UPDATE heng_events SET kind = 'read' WHERE seq = 2",
        "UPDATE heng_events SET who = 99 WHERE seq = 1",
        "UPDATE heng_events SET at = at + 1 WHERE seq = 4",
        "DELETE FROM heng_events WHERE seq = 2",
        "DELETE FROM heng_events WHERE seq = 1",
        "UPDATE heng_events SET hash = randomblob(32) WHERE seq = 4",
        "UPDATE heng_events SET hash = x'00' WHERE seq = 2",
        "INSERT INTO heng_events VALUES (6, 1, 1, 'log_in', 'x', '', randomblob(32))",
        "UPDATE heng_events SET subject = 'ab', text = 'c' WHERE seq = 5",
    };
    for (int i = 0; i < 4; i++)
        write_event(AUDIT_EXPORT, "births", "some rows", now + i);
    write_event(AUDIT_EXPORT, "a", "bc", now);
    assert_ok(verify(&report));
    assert_int_equal(report.entries, 5);
    assert_int_equal(report.problems, 0);
    struct chain_hash head;
    struct conn *c;
    int64_t seq;
    assert_true(chain_from_hex(str_of(report.head), &head));
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(audit_find(c, &head, &seq, &error));
    assert_int_equal(seq, 5);
    head.bytes[0] ^= 1;
    assert_ok(audit_find(c, &head, &seq, &error));
    assert_int_equal(seq, 0);
    store_read_end(c);
    tamper("CREATE TABLE kept_events AS SELECT * FROM heng_events");
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        tamper(damage[i]);
        assert_int_equal(verify(&report), ERR_CORRUPT);
        assert_true(report.problems > 0 && report.first_problem.n > 0);
        tamper("DELETE FROM heng_events; INSERT INTO heng_events SELECT * FROM "
               "kept_events");
        assert_ok(verify(&report));
    }
}

// A number that follows the last one, and nothing else, is a next entry.
static void entries_go_on_from_the_head(void **state)
{
    (void)state;
    struct audit_report before, after;
    write_event(AUDIT_EXPORT, "births", "", now);
    assert_ok(verify(&before));
    write_event(AUDIT_EXPORT, "births", "", now);
    assert_ok(verify(&after));
    assert_string_not_equal(before.head, after.head);
    assert_int_equal(after.entries, before.entries + 1);
    tamper("UPDATE heng_events SET hash = x'00' WHERE seq = 2");
    const struct audit_entry entry = {.kind = AUDIT_READ};
    assert_int_equal(audit_write(county->store, &entry, &error), ERR_CORRUPT);
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    static char text[3 * 1000 + 1];
    for (size_t i = 0; i < 1000; i++)
        memcpy(text + 3 * i, "县", 3);
    write_event(AUDIT_EXPORT, text, text, now);
    assert_int_equal(ask("SELECT length(text) FROM heng_events"), AUDIT_MAX_TEXT / 3);
    assert_int_equal(ask("SELECT length(CAST(subject AS BLOB)) FROM heng_events"),
                     AUDIT_MAX_TEXT / 3 * 3);
    struct audit_report report;
    assert_ok(verify(&report));
}

static void a_file_of_before_has_no_events(void **state)
{
    (void)state;
    struct audit_report report;
    struct chain_hash any = {0};
    struct conn *c;
    int64_t seq;
    tamper("DELETE FROM heng_schema WHERE room = 'accounts'; DROP TABLE heng_events");
    assert_ok(verify(&report));
    assert_int_equal(report.entries, 0);
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(audit_find(c, &any, &seq, &error));
    store_read_end(c);
    assert_int_equal(seq, 0);
}

static void no_memory(void **state)
{
    (void)state;
    struct conn *c;
    for (int i = 0; i < 5; i++)
        write_event(AUDIT_EXPORT, "births", "some rows", now + i);
    assert_ok(store_read_begin(county->store, &c, &error));
    for (int64_t n = 0;; n++) {
        struct audit_filter f = {.text = STR("rows"), .limit = 10};
        struct audit_event *out;
        size_t count;
        bool more;
        struct arena own;
        arena_init(&own, 0);
        mem_fail_after(n);
        enum err code = audit_search(c, &f, &own, &out, &count, &more, &error);
        mem_fail_after(-1);
        arena_free(&own);
        if (code == ERR_OK) {
            assert_int_equal(count, 5);
            break;
        }
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 100);
    }
    store_read_end(c);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_done_is_found),         TEST(the_chain_is_proved),
        TEST(entries_go_on_from_the_head),    TEST(long_texts_are_cut_between_characters),
        TEST(a_file_of_before_has_no_events), TEST(no_memory),
    };
    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
