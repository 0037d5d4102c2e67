// SPDX-License-Identifier: AGPL-3.0-or-later
// Third-party data that lie beside the sources, not in them; a test without them is
// skipped.
#ifndef TESTS_SHARED_DATA_H
#define TESTS_SHARED_DATA_H

#include <stdio.h>
#include <stdlib.h>

// NULL when it is not there. name: "quality/pop1m_pasex.csv".
static inline FILE *shared_data(const char *name)
{
    const char *source = getenv("HENG_SOURCE");
    char path[512];
    snprintf(path, sizeof path, "%s/../shared/data/%s", source ? source : ".", name);
    return fopen(path, "r");
}

#endif
