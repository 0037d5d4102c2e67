// SPDX-License-Identifier: AGPL-3.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/log.h"

// Standard error goes to a temporary file meanwhile.
static int kept = -1;
static FILE *captured;

static void capture(void)
{
    captured = tmpfile();
    assert_non_null(captured);
    kept = dup(STDERR_FILENO);
    assert_true(dup2(fileno(captured), STDERR_FILENO) >= 0);
    assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, O_APPEND), 0);
}

static size_t release(char *out, size_t size)
{
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(captured);
    size_t n = fread(out, 1, size - 1, captured);
    out[n] = '\0';
    fclose(captured);
    return n;
}

static void levels(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        enum log_level least;
    } cases[] = {{NULL, LOG_WARN},   {"debug", LOG_DEBUG}, {"info", LOG_INFO},
                 {"warn", LOG_WARN}, {"error", LOG_ERROR}, {"loud", LOG_WARN}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].set)
            setenv("HENG_LOG", cases[i].set, 1);
        else
            unsetenv("HENG_LOG");
        for (int level = 0; level < LOG_LEVELS; level++)
            assert_int_equal(log_enabled((enum log_level)level),
                             level >= (int)cases[i].least);
    }
    unsetenv("HENG_LOG");
}

static void a_line(void **state)
{
    (void)state;
    char text[8192];
    capture();
    log_line(LOG_INFO, "not shown");
    errno = 5;
    log_line(LOG_WARN, "%d rows\nof a file\x1B[2J", 3);
    int errno_after = errno;
    release(text, sizeof text);
    assert_int_equal(errno_after, 5);
    int y, m, d, hour, minute, second, ms, end = 0;
    assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ warn  %n", &y, &m, &d,
                            &hour, &minute, &second, &ms, &end),
                     7);
    assert_true(y >= 2020 && m <= 12 && d <= 31 && end == 31);
    assert_string_equal(text + end, "3 rows?of a file?[2J\n");
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[8192], input[3002];
    for (int shift = 0; shift < 3; shift++) {
        memset(input, 'x', sizeof input);
        for (size_t i = (size_t)shift; i + 3 < sizeof input; i += 3)
            memcpy(input + i, "衡", 3);
        input[sizeof input - 1] = '\0';
        capture();
        log_line(LOG_ERROR, "%s", input);
        size_t n = release(text, sizeof text);
        assert_true(n > LOG_LINE_SIZE - 10 && n <= LOG_LINE_SIZE + 1);
        assert_int_equal(text[n - 1], '\n');
        assert_memory_equal(text + n - 4, "衡", 3);
    }
}

static void errors(void **state)
{
    (void)state;
    char text[8192];
    struct error e;
    (void)error_set(&e, ERR_INPUT, "k", "births.csv:17 born_on", "\"x\" is no date");
    (void)error_cure(&e, "write 2014-06-05");
    capture();
    log_error(LOG_ERROR, &e);
    release(text, sizeof text);
    assert_non_null(strstr(
        text, "error births.csv:17 born_on: \"x\" is no date; write 2014-06-05\n"));
}

enum { THREADS = 4, LINES = 200 };

static void *log_many(void *argument)
{
    for (int i = 0; i < LINES; i++)
        log_line(LOG_ERROR, "thread %c line %03d end", *(char *)argument, i);
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    static char text[THREADS * LINES * 80];
    pthread_t threads[THREADS];
    char names[] = "abcd";
    capture();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, &names[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    release(text, sizeof text);
    int seen[THREADS] = {0}, lines = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        char name;
        int number, used = 0;
        *end = '\0';
        assert_int_equal(
            sscanf(line, "%*s error thread %c line %d end%n", &name, &number, &used), 2);
        assert_true(used == (int)(end - line));
        assert_int_equal(number, seen[name - 'a']++);
    }
    assert_int_equal(lines, THREADS * LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(a_line),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(errors),
        cmocka_unit_test(lines_of_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
