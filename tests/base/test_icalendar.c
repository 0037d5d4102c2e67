// SPDX-License-Identifier: AGPL-3.0-or-later
// The feed read back by a strict reader of RFC 5545: line ends, folding, escaping.
#include <string.h>

#include "../tap.h"
#include "base/icalendar.h"
#include "base/rng.h"
#include "base/utf8.h"

static int32_t day(int year, int month, int date)
{
    int32_t out;
    assert_true(date_from_ymd(year, month, date, &out));
    return out;
}

// Unfolds into content lines that end in "\n"; checks the ends, lengths and characters of
// the physical ones.
static void unfold(const struct buf *b, struct buf *out)
{
    size_t begin = 0;
    assert_false(b->failed);
    for (size_t i = 0; i < b->n; i++) {
        unsigned char c = (unsigned char)b->p[i];
        if (c != '\r') {
            assert_true(c >= 0x20);
            continue;
        }
        assert_true(i + 1 < b->n && b->p[i + 1] == '\n');
        assert_true(i - begin <= 75 && i > begin);
        struct str line = {b->p + begin, i - begin};
        for (size_t at = 0; at < line.n;)
            assert_true(utf8_next(line, &at) >= 0);
        bool more = i + 2 < b->n && b->p[i + 2] == ' ';
        bool goes_on = begin > 0 && b->p[begin] == ' ';
        buf_add(out, (struct str){line.p + goes_on, line.n - goes_on});
        if (!more)
            buf_add_char(out, '\n');
        begin = ++i + 1;
    }
    assert_int_equal(begin, b->n); // nothing behind the last line end
    buf_add_char(out, '\0');
}

// The value of the n-th line of this name, unescaped.
static struct str value(const struct buf *lines, const char *name, int nth, char *space)
{
    size_t n = strlen(name), k = 0;
    for (const char *at = lines->p; *at; at = strchr(at, '\n') + 1) {
        if (strncmp(at, name, n) != 0 || nth-- > 0)
            continue;
        for (at += n; *at != '\n'; at++) {
            bool escaped = *at == '\\';
            assert_false(*at == ';' || *at == ',');
            if (escaped)
                assert_true(strchr("\\;,n", *++at) != NULL);
            space[k++] = escaped && *at == 'n' ? '\n' : *at;
        }
        break;
    }
    space[k] = '\0';
    return (struct str){space, k};
}

static bool has_line(const struct buf *lines, const char *text)
{
    size_t n = strlen(text);
    for (const char *at = lines->p; *at; at = strchr(at, '\n') + 1)
        if (strncmp(at, text, n) == 0 && at[n] == '\n')
            return true;
    return false;
}

static const int64_t stamp = 1405845330123; // 2014-07-20T08:35:30.123Z

static void one_event(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16), lines = BUF_INIT(1 << 16);
    char space[1000];
    struct str summary =
        STR("3 × Newborn visits; of T1, T2\\ and\nmore 新生儿访视（满月）"
            "新生儿访视（满月）新生儿访视（满月）");
    icalendar_begin(&b, STR("Heng, 青禾县"), true);
    icalendar_event(&b,
                    &(struct icalendar_event){.uid = STR("7.licences.renew@heng"),
                                              .day = day(2014, 12, 31),
                                              .summary = summary,
                                              .category = STR("Licences")},
                    stamp);
    icalendar_end(&b);
    unfold(&b, &lines);
    assert_ptr_equal(strstr(lines.p, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:"), lines.p);
    assert_string_equal(lines.p + lines.n - strlen("END:VEVENT\nEND:VCALENDAR\n") - 1,
                        "END:VEVENT\nEND:VCALENDAR\n");
    assert_true(has_line(&lines, "UID:7.licences.renew@heng"));
    assert_true(has_line(&lines, "DTSTAMP:20140720T083530Z"));
    assert_true(has_line(&lines, "DTSTART;VALUE=DATE:20141231"));
    assert_true(has_line(&lines, "DTEND;VALUE=DATE:20150101"));
    assert_true(str_equal(value(&lines, "SUMMARY:", 0, space), summary));
    assert_true(str_equal(value(&lines, "NAME:", 0, space), STR("Heng, 青禾县")));
    assert_false(has_line(&lines, "DESCRIPTION:")); // empty: left out
    assert_null(strstr(lines.p, "DESCRIPTION"));
    assert_true(has_line(&lines, "CATEGORIES:Licences"));
    buf_free(&b);
    buf_free(&lines);
}

// Whatever a label holds comes back as it was, but for control characters.
static void any_text_comes_back(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",  ",", ";", "\\", "\n", "é",  "访",
                                         "𠀀", " ", ":", "\"", "\r", "\t", "n"};
    uint64_t seed = 5545;
    struct rng r = rng_stream(seed, 0);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 300; round++) {
        struct buf b = BUF_INIT(1 << 16), lines = BUF_INIT(1 << 16);
        char text[800] = "", expected[800] = "", space[1000];
        for (uint64_t n = rng_below(&r, 160); n > 0; n--) {
            const char *piece = pieces[rng_below(&r, 14)];
            memcpy(text + strlen(text), piece, strlen(piece) + 1);
            if (*piece != '\r' && *piece != '\t')
                memcpy(expected + strlen(expected), piece, strlen(piece) + 1);
        }
        icalendar_begin(&b, STR("x"), false);
        icalendar_event(&b,
                        &(struct icalendar_event){.uid = STR("u"),
                                                  .day = day(2016, 2, 29),
                                                  .summary = STR("s"),
                                                  .description = str_of(text)},
                        stamp);
        icalendar_end(&b);
        unfold(&b, &lines);
        assert_string_equal(value(&lines, "DESCRIPTION:", 0, space).p, expected);
        assert_true(has_line(&lines, "DTEND;VALUE=DATE:20160301"));
        buf_free(&b);
        buf_free(&lines);
    }
}

static void a_full_buffer_is_said(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(100);
    icalendar_begin(&b, STR("a long name of a calendar"), false);
    assert_true(b.failed);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event),
        cmocka_unit_test(any_text_comes_back),
        cmocka_unit_test(a_full_buffer_is_said),
    };
    return cmocka_run_group_tests_name("base-icalendar", tests, NULL, NULL);
}
