// SPDX-License-Identifier: AGPL-3.0-or-later
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/progress.h"
#include "base/utf8.h"

static const char *line_of(struct str label, uint64_t total, uint64_t done, int64_t ms,
                           unsigned columns)
{
    static char out[PROGRESS_LINE_SIZE];
    struct progress p = {.label = label, .total = total};
    progress_line(&p, done, ms, columns, out);
    return out;
}

static void lines(void **state)
{
    (void)state;
    assert_string_equal(
        line_of(STR("导入"), 1000000, 450000, 9820, 200),
        "导入  [#########-----------]  45%  450,000 of 1,000,000  0:12 left");
    assert_string_equal(line_of(STR("x"), 10, 0, 5000, 200),
                        "x  [--------------------]   0%  0 of 10");
    assert_string_equal(line_of(STR("x"), 10, 10, 5000, 200),
                        "x  [####################] 100%  10 of 10");
    assert_string_equal(line_of(STR("x"), 10, 12, 5000, 200),
                        "x  [####################] 100%  12 of 10");
    assert_string_equal(line_of(STR("x"), 0, 1234567, 5000, 200), "x  1,234,567");
    assert_string_equal(line_of(STR("x"), 7300, 100, 60000, 200),
                        "x  [--------------------]   1%  100 of 7,300  1:12:00 left");
    assert_string_equal(
        line_of(STR("x"), UINT64_MAX, 1, 60000, 200),
        "x  [--------------------]   0%  1 of 18,446,744,073,709,551,615");
    assert_string_equal(line_of(STR("a\x1B[2J\xFF\xE4\xB8"), 0, 1, 0, 200), "a?[2J??  1");
}

static void lines_fit_the_terminal(void **state)
{
    (void)state;
    struct str label = STR("县衡e\xCC\x81 births");
    for (unsigned columns = 0; columns < 90; columns++) {
        struct str line = str_of(line_of(label, 1000, 500, 2000, columns));
        unsigned width = 0;
        for (size_t i = 0; i < line.n;) {
            int32_t c = utf8_next(line, &i);
            assert_true(c >= 0);
            width += (unsigned)utf8_columns(c);
        }
        assert_true(width <= columns);
        assert_true(columns > 60 ||
                    width + 1 >= columns); // one is lost to a wide character
    }
    assert_string_equal(line_of(label, 0, 1, 0, 3), "县");
    assert_string_equal(line_of(label, 0, 1, 0, 5), "县衡e\xCC\x81");
    static char longer[5000];
    memset(longer, 'x', sizeof longer);
    assert_int_equal(strlen(line_of((struct str){longer, sizeof longer}, 0, 1, 0, 10000)),
                     PROGRESS_LINE_SIZE - 1);
}

static void run_a_job(void)
{
    struct progress p;
    progress_begin(&p, STR("job"), 1000);
    for (uint64_t i = 0; i <= 1000; i++)
        progress_at(&p, i);
    progress_end(&p);
}

static void nothing_but_on_a_terminal(void **state)
{
    (void)state;
    int kept = dup(STDERR_FILENO), pipes[2];
    assert_int_equal(pipe(pipes), 0);
    dup2(pipes[1], STDERR_FILENO);
    run_a_job();
    dup2(kept, STDERR_FILENO);
    close(pipes[1]);
    char text[4096];
    assert_int_equal(read(pipes[0], text, sizeof text), 0);
    close(pipes[0]);

    int terminal, inner;
    struct winsize size = {.ws_row = 25, .ws_col = 80};
    if (openpty(&terminal, &inner, NULL, NULL, &size) != 0) {
        close(kept);
        skip(); // a container without terminals
    }
    setenv("TERM", "xterm", 1);
    dup2(inner, STDERR_FILENO);
    run_a_job();
    dup2(kept, STDERR_FILENO);
    assert_int_equal(fcntl(terminal, F_SETFL, O_NONBLOCK), 0);
    size_t n = 0;
    for (ssize_t more; (more = read(terminal, text + n, sizeof text - 1 - n)) > 0;)
        n += (size_t)more;
    assert_true(n > 4);
    text[n] = '\0';
    assert_non_null(strstr(text, "\rjob  [--------------------]   0%  0 of 1,000\033[K"));
    assert_string_equal(text + n - 4, "\r\033[K"); // wiped at the end
    int drawn = 0;
    for (const char *at = text; (at = strstr(at, "job")); at++)
        drawn++;
    assert_true(drawn < 20); // a thousand calls, at most ten lines a second

    setenv("TERM", "dumb", 1);
    dup2(inner, STDERR_FILENO);
    run_a_job();
    dup2(kept, STDERR_FILENO);
    assert_true(read(terminal, text, sizeof text) < 0);
    close(inner);
    close(terminal);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(lines_fit_the_terminal),
        cmocka_unit_test(nothing_but_on_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
