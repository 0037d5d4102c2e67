// SPDX-License-Identifier: AGPL-3.0-or-later
// Sealed letters: what opens them and what does not, what changed passwords do, what a
// letter looks like at rest, and how it goes.
#include "access_test.h"

#include <sodium.h>

#include "access/letter.h"
#include "access/seal.h"
#include "base/date.h"

static const struct str reader_roles[] = {STR_INIT("tip_reader")};
static struct channel channel = {.name = STR_INIT("tips"),
                                 .readers = reader_roles,
                                 .n_readers = 1,
                                 .answer_within = {0, 15},
                                 .keep = {1, 0}};

static int setup(void **state)
{
    (void)state;
    now = 1406000000000;
    begin_access();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_access();
    return 0;
}
