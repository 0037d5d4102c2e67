// SPDX-License-Identifier: AGPL-3.0-or-later
// Small readers of third-party files for the tests of latent models.
#ifndef TESTS_STATS_LATENT_DATA_H
#define TESTS_STATS_LATENT_DATA_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline FILE *open_shared(const char *name)
{
    const char *source = getenv("HENG_SOURCE");
    char path[4096];
    snprintf(path, sizeof path, "%s/../shared/data/%s", source ? source : ".", name);
    return fopen(path, "r");
}

// Splits a line at commas in place (no quotes around commas in these files).
static inline int split(char *line, char **field, int most)
{
    int n = 0;
    for (char *p = line; n < most; p++) {
        field[n++] = p;
        while (*p && *p != ',' && *p != '\n')
            p++;
        bool last = *p != ',';
        *p = 0;
        if (last)
            break;
    }
    return n;
}

#endif
