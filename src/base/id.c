// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/id.h"

#include <assert.h>

static const int64_t epoch_ms = 1577836800000; // 2020-01-01 00:00 UTC

enum { SEQUENCE_BITS = 12, SITE_BITS = 10, TIME_BITS = 41 };

static const int64_t sequence_mask = (1 << SEQUENCE_BITS) - 1;
static const int64_t ticks_end = (int64_t)1 << (TIME_BITS + SEQUENCE_BITS);

struct id_source id_source_from(uint32_t site, int64_t last_id)
{
    assert(site < ID_SITES && last_id >= 0);
    return (struct id_source){
        .site = site,
        .last_tick = (last_id >> (SITE_BITS + SEQUENCE_BITS) << SEQUENCE_BITS) |
                     (last_id & sequence_mask),
    };
}

int64_t id_next(struct id_source *source, int64_t now_ms)
{
    // Time and sequence are one counter: stepping over the end of a sequence is
    // borrowing.
    int64_t tick = 0;
    if (now_ms > epoch_ms && (now_ms - epoch_ms) >> TIME_BITS == 0)
        tick = (now_ms - epoch_ms) << SEQUENCE_BITS;
    else if (now_ms > epoch_ms)
        return 0;
    if (tick <= source->last_tick)
        tick = source->last_tick + 1;
    if (tick >= ticks_end)
        return 0;
    source->last_tick = tick;
    return (tick >> SEQUENCE_BITS << (SITE_BITS + SEQUENCE_BITS)) |
           ((int64_t)source->site << SEQUENCE_BITS) | (tick & sequence_mask);
}

int64_t id_time(int64_t id)
{
    return epoch_ms + (id >> (SITE_BITS + SEQUENCE_BITS));
}

uint32_t id_site(int64_t id)
{
    return (uint32_t)(id >> SEQUENCE_BITS) & (ID_SITES - 1);
}
