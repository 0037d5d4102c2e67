// SPDX-License-Identifier: AGPL-3.0-or-later
// A county with what the demo's supervision office keeps, and nobody's births.
#ifndef TESTS_STUDY_SUPERVISION_WORLD_H
#define TESTS_STUDY_SUPERVISION_WORLD_H

#include "../measure/measure_test.h"
#include "demo/demo.h"

static inline void import_supervision(const char *raw)
{
    char list[192], line[256], reg[64], file[128], source[32];
    snprintf(list, sizeof list, "%s/import.txt", raw);
    FILE *f = fopen(list, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char full[384];
        assert_int_equal(sscanf(line, "%63s %127s %31s", reg, file, source), 3);
        if (strncmp(file, "supervision/", 12) != 0 && strcmp(reg, "areas") != 0 &&
            strcmp(reg, "facilities") != 0)
            continue;
        snprintf(full, sizeof full, "%s/%s", raw, file);
        struct import_result r = import_ok(reg, full, "");
        if (r.rejected)
            fail_msg("%s: %llu rows refused", file, (unsigned long long)r.rejected);
    }
    fclose(f);
}

static inline void make_supervision(void)
{
    char raw[128];
    make_county("cn-county");
    snprintf(raw, sizeof raw, "%s/raw", folder);
    struct demo_options options = {
        .folder = raw, .people = 1000, .seed = 12, .until = date_today()};
    assert_ok(demo_write(&options, &error));
    import_supervision(raw);
}

#endif
