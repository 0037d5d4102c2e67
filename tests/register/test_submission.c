// SPDX-License-Identifier: AGPL-3.0-or-later
// Filled forms of a checklist: photographs in several posts, what is refused and put
// right, and no allocation that fails leaves half a row.
#include "checklist_world.h"

#include "register/attachment.h"
#include "register/checklist.h"
#include "register/submission.h"

static int setup(void **state)
{
    (void)state;
    make_rounds();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_county();
    return 0;
}

static const char well[] =
    "<facility>F1</facility><checked_on>2014-07-01</checked_on><kind>inspection</kind>"
    "<notice_shown>1</notice_shown><unlicensed>0</unlicensed>"
    "<double_signature>every</double_signature><machines>0</machines>";

static struct str filled(const char *id, const char *older, const char *row,
                         const char *photos)
{
    struct str deprecated =
        older[0] ? str_format(&arena, "<deprecatedID>%s</deprecatedID>", older) : STR("");
    return str_format(&arena,
                      "<data id=\"sex_control\" version=\"\"><source/><choose/><row>%s"
                      "</row><photo>%s</photo><meta><instanceID>%s</instanceID>" STR_FMT
                      "</meta></data>",
                      row, photos, id, STR_ARG(deprecated));
}

static struct submission_done take(struct str xml, const struct submission_file *files,
                                   size_t n)
{
    const struct submission_sent sent = {xml, files, n};
    struct submission_done done;
    error = (struct error){0};
    assert_ok(submission_take(county, &who, &sent, &arena, &done, &error));
    return done;
}

static int64_t count_rows(void)
{
    return ask("SELECT count(*) FROM r_sex_control");
}

static void photographs_come_in_posts(void **state)
{
    (void)state;
    const char *photo = "<notice_shown>1.jpg</notice_shown>";
    const struct submission_file files[] = {{STR("1.jpg"), STR("as a text")},
                                            {STR("2.txt"), STR("of no item")}};
    struct submission_done done = take(filled("a", "", well, ""), NULL, 0);
    assert_int_equal(done.answer, SUBMISSION_REFUSED);
    assert_true(memmem(done.text.zh.p, done.text.zh.n, "照片", strlen("照片")) &&
                memmem(done.text.en.p, done.text.en.n, "photograph", 10));
    assert_int_equal(count_rows(), 0);
    struct str xml = filled("b", "", well, photo);
    done = take(xml, NULL, 0);
    assert_int_equal(done.answer, SUBMISSION_SAVED);
    assert_int_equal(done.owed, 1);
    done = take(xml, &files[1], 1);
    assert_int_equal(done.answer, SUBMISSION_AGAIN);
    assert_int_equal(done.owed, 1);
    done = take(xml, files, 2);
    assert_int_equal(done.owed, 0);
    struct attachment *list;
    size_t n;
    assert_ok(attachment_list(county, &who, rounds, done.row, &arena, &list, &n, &error));
    assert_int_equal(n, 2);
    assert_true(!list[0].item.p && str_equal_c(list[1].item, "notice_shown") &&
                str_equal_c(list[1].name, "1.jpg"));
    assert_int_equal(count_rows(), 1);
}

// What was refused has a new id when it was put right on the phone.
static void a_refused_form_is_put_right(void **state)
{
    (void)state;
    struct submission *list;
    size_t n;
    struct str bad = filled("a", "", "<facility>F1</facility>", "");
    assert_int_equal(take(bad, NULL, 0).answer, SUBMISSION_REFUSED);
    assert_ok(submission_waiting(county, &who, 10, &arena, &list, &n, &error));
    assert_int_equal(n, 1);
    struct str good = filled("b", "a", well, "<notice_shown>1.jpg</notice_shown>");
    struct submission_done done = take(good, NULL, 0), again;
    assert_int_equal(done.answer, SUBMISSION_SAVED);
    assert_ok(submission_waiting(county, &who, 10, &arena, &list, &n, &error));
    assert_int_equal(n, 0);
    again = take(bad, NULL, 0);
    assert_int_equal(again.answer, SUBMISSION_AGAIN);
    assert_int_equal(again.row, done.row);
    assert_int_equal(take(good, NULL, 0).answer, SUBMISSION_AGAIN);
    assert_int_equal(take(filled("c", "gone", well, ""), NULL, 0).answer,
                     SUBMISSION_REFUSED);
    assert_int_equal(count_rows(), 1);
}

static void no_memory(void **state)
{
    (void)state;
    const struct submission_file file = {STR("1.jpg"), STR("as a text")};
    const struct submission_sent sent = {
        filled("a", "", well, "<notice_shown>1.jpg</notice_shown>"), &file, 1};
    int64_t n = 0;
    for (;; n++) {
        struct arena a;
        struct submission_done done;
        arena_init(&a, 0);
        error = (struct error){0};
        mem_fail_after(n);
        enum err code = submission_take(county, &who, &sent, &a, &done, &error);
        mem_fail_after(-1);
        size_t owed = done.owed;
        arena_free(&a);
        if (!code) {
            assert_true(done.answer == SUBMISSION_SAVED ||
                        done.answer == SUBMISSION_AGAIN);
            assert_int_equal(owed, 0);
            break;
        }
        assert_int_equal(code, ERR_MEMORY);
        assert_true(count_rows() <= 1);
        assert_true(n < 2000);
    }
    assert_true(n > 10);
    assert_int_equal(count_rows(), 1);
    assert_int_equal(ask("SELECT count(*) FROM heng_attachments WHERE item ="
                         " 'notice_shown'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(photographs_come_in_posts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_form_is_put_right, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("register submission", tests, NULL, NULL);
}
