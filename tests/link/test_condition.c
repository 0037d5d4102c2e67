// SPDX-License-Identifier: AGPL-3.0-or-later
// condition.h: every condition that Splink's libraries write reads into a tree that
// prints to itself; meanings, bad texts, and trees made at random.
#include "../tap.h"

#include "base/rng.h"
#include "link/condition_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct condition *read(struct arena *a, const char *sql)
{
    struct condition *c = NULL;
    struct error e = {0};
    if (condition_parse(&c, a, str_of(sql), "test", &e))
        fail_msg("%s\n%s: %s (%s)", sql, e.where, e.text, e.cure);
    assert_non_null(c);
    return c;
}

// The tree printed, read again and compared; the text stays in *out.
static void there_and_back(struct arena *a, const struct condition *c, struct buf *out)
{
    buf_clear(out);
    condition_print(c, out);
    assert_non_null(buf_c(out));
    struct condition *again = read(a, buf_c(out));
    if (!condition_equal(c, again))
        fail_msg("another tree after printing: %s", buf_c(out));
}

// Lines of "yes or no<TAB>dialect<TAB>condition": whether it is understood. The texts are
// what Splink 3.9, 4.0 and 5.0 wrote.
static void splink_conditions(void **state)
{
    (void)state;
    const char *source = getenv("HENG_SOURCE");
    char path[1024], line[8192];
    snprintf(path, sizeof path, "%s/tests/link/splink_conditions.txt",
             source ? source : ".");
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    struct arena a;
    arena_init(&a, 0);
    struct buf out = BUF_INIT(1 << 16);
    unsigned read_all = 0, refused = 0, wrong = 0;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        char *dialect = strchr(line, '\t');
        char *sql = dialect ? strchr(dialect + 1, '\t') : NULL;
        if (!sql)
            continue;
        sql++;
        bool spark = strncmp(dialect + 1, "spark", 5) == 0;
        struct condition *c = NULL;
        struct error e = {0};
        bool understood = !condition_parse_dialect(
            &c, &a, str_of(sql), spark ? CONDITION_SPARK : CONDITION_DUCKDB, "line", &e);
        if (understood != (line[0] == 'y')) {
            print_message("%s\n  %s: %s\n", line, e.where, e.text);
            wrong++;
        }
        if (understood)
            there_and_back(&a, c, &out);
        read_all += understood;
        refused += !understood;
    }
    fclose(f);
    buf_free(&out);
    arena_free(&a);
    print_message("%u read, %u refused\n", read_all, refused);
    assert_int_equal(wrong, 0);
    assert_true(read_all > 500 && refused > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splink_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
