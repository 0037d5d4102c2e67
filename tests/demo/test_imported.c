// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole demo county goes into the county pack: every row that is refused was planted,
// and every planted one is refused.
#include "../register/county_test.h"

#include "demo/demo.h"

enum { PEOPLE = 30000 };

// Rows of the truth on this file whose `at`-th cell reads `value`.
static uint64_t planted(const char *file, size_t at, const char *truth, const char *value)
{
    char full[192];
    struct table *t;
    struct table_row row;
    uint64_t n = 0;
    snprintf(full, sizeof full, "%s/raw/truth/%s", folder, truth);
    assert_ok(table_open(&t, full, NULL, &error));
    for (;;) {
        assert_ok(table_read(t, &row, &error));
        if (row.end)
            break;
        n += row.n > at && str_equal_c(row.cells[0], file) &&
             str_equal_c(row.cells[at], value);
    }
    table_close(t);
    return n;
}

static void what_is_refused_was_planted(void **state)
{
    (void)state;
    char raw[128], list[160], line[256], reg[64], file[128], source[32];
    uint64_t refused = 0, files = 0;
    make_county("cn-county");
    snprintf(raw, sizeof raw, "%s/raw", folder);
    struct demo_options options = {
        .folder = raw, .people = PEOPLE, .seed = 12, .until = date_today()};
    assert_ok(demo_write(&options, &error));
    snprintf(list, sizeof list, "%s/import.txt", raw);
    FILE *f = fopen(list, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char full[320];
        assert_int_equal(sscanf(line, "%63s %127s %31s", reg, file, source), 3);
        snprintf(full, sizeof full, "%s/%s", raw, file);
        struct import_result out =
            import_ok(reg, full, strcmp(source, "-") == 0 ? "" : source);
        uint64_t bad = planted(file, 4, "bad-rows.csv", "reject");
        if (out.rejected != bad)
            fail_msg("%s: %llu rows refused, %llu planted", file,
                     (unsigned long long)out.rejected, (unsigned long long)bad);
        assert_int_equal(out.inserted + out.unchanged + out.rejected, out.rows);
        assert_int_equal(out.corrected, 0);
        assert_true(out.unchanged <= planted(file, 4, "duplicates.csv", "exact"));
        refused += bad;
        files++;
    }
    fclose(f);
    assert_true(refused > 10);
    assert_int_equal(files, 12 + 17 * 5 + 17);
    assert_true(ask("SELECT count(*) FROM r_births WHERE source = 'hospital'") > 1000);
    assert_sound();
    end_county();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused_was_planted),
    };
    return cmocka_run_group_tests_name("demo imported", tests, NULL, NULL);
}
