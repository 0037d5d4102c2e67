// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "stats/reference.h"

static void names_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *name, *region;
    } names[] = {
        {"Eastern Asia", "Eastern Asia"},
        {"east asia", "Eastern Asia"},
        {"EAST-ASIA", "Eastern Asia"},
        {"  Eastern   asia ", "Eastern Asia"},
        {"Eastern Asa", "Eastern Asia"},
        {"Estern Asia", NULL}, // east or west
        {"东亚", "Eastern Asia"},
        {"中国", "Eastern Asia"},
        {"China", "Eastern Asia"},
        {"Republic of Korea", "Eastern Asia"},
        {"东南亚", "South-Eastern Asia"},
        {"S.E. Asia", "South-Eastern Asia"},
        {"Southeastern Asia", "South-Eastern Asia"},
        {"south-east asia", "South-Eastern Asia"},
        {"Viet Nam", "South-Eastern Asia"},
        {"South Asia", "Southern Asia"},
        {"India", "Southern Asia"},
        {"sub saharan africa", "Sub-Saharan Africa"},
        {"撒哈拉以南非洲地区", "Sub-Saharan Africa"},
        {"North Africa", "Northern Africa"},
        {"West Asia", "Western Asia"},
        {"Latin America & Caribbean", "Latin America and the Caribbean"},
        {"the Caucasus and central Asia", "Caucasus and Central Asia"},
        {"高加索与中亚", "Caucasus and Central Asia"},
        {"Europe, N America, Australia, NZ", NULL},
        {"Europe", "Europe, North America, Australia and New Zealand"},
        {"oceana", "Oceania"},
        {"Asia", NULL},
        {"", NULL},
        {" ,.", NULL},
        {"Atlantis", NULL},
        {"亚洲", NULL},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
         NULL},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct reference *r = reference_find(str_of(names[i].name));
        if (!r || !names[i].region ? r || names[i].region
                                   : strcmp(r->name, names[i].region) != 0)
            fail_msg("'%s' gives %s", names[i].name, r ? r->name : "nothing");
    }
    for (size_t i = 0; i < reference_count(); i++) { // each by its own names
        const struct reference *r = reference_at(i);
        assert_ptr_equal(reference_find(str_of(r->name)), r);
        assert_ptr_equal(reference_find(str_of(r->name_zh)), r);
        assert_true(r->low < r->ratio && r->ratio < r->high);
    }
}

static void the_doubt_of_a_reference(void **state)
{
    (void)state;
    double sd = reference_log_sd(105.4, 107.2);
    assert_true(fabs(exp(2 * 1.959963984540054 * sd) - 107.2 / 105.4) < 1e-12);
    assert_true(reference_log_sd(106, 106) == 0);
}

// The table as published, where the file is at hand.
static void as_published(void **state)
{
    (void)state;
    const char *source = getenv("HENG_SOURCE");
    char path[512], line[512];
    snprintf(path, sizeof path,
             "%s/../shared/data/srb/pnas2019_table1_regional_baseline_and_srb.csv",
             source ? source : ".");
    FILE *f = fopen(path, "r");
    if (!f)
        skip();
    size_t seen = 0;
    while (fgets(line, sizeof line, f)) {
        char *name = line, *rest = strchr(line, ',');
        if (*line == '"') {
            name = line + 1;
            rest = strchr(name, '"');
            *rest++ = '\0';
        } else if (rest) {
            *rest = '\0';
        }
        double value, low, high;
        if (!rest || sscanf(rest + 1, "%lf,%lf,%lf", &value, &low, &high) != 3)
            continue;
        if (!strncmp(name, "ENAN", 4))
            name[4] = '\0';
        const struct reference *r = reference_find(str_of(name));
        if (!r)
            fail_msg("no region %s", name);
        assert_true(r && fabs(r->ratio - 100 * value) < 1e-9);
        assert_true(fabs(r->low - 100 * low) < 1e-9 && fabs(r->high - 100 * high) < 1e-9);
        seen++;
    }
    fclose(f);
    assert_int_equal(seen, reference_count());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(the_doubt_of_a_reference),
        cmocka_unit_test(as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
