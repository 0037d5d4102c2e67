// SPDX-License-Identifier: AGPL-3.0-or-later
// Row ids: 63 bits, positive, sorted by time, unique across counties without asking
// anyone.
//
//   bits 62-22  milliseconds since 2020-01-01 00:00 UTC (to September 2089)
//   bits 21-12  site, 0 to 1023: one number for each database that makes ids
//   bits 11-0   sequence within the millisecond
//
// A struct id_source belongs to the one writer of a database; it is plain data and has no
// lock. Its ids grow strictly: when the clock steps back, or more than 4,096 are asked
// for in a millisecond, it goes on from the last id and so borrows from the milliseconds
// to come. Pure functions of their arguments, O(1).
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdint.h>

enum { ID_SITES = 1024 };

struct id_source {
    int64_t last_tick; // millisecond * 4096 + sequence of the last id
    uint32_t site;
};

// last_id: the largest id of this site in the database, 0 for none, so that ids grow
// across a restart on a clock that was put back. site < ID_SITES.
struct id_source id_source_from(uint32_t site, int64_t last_id);

// now_ms: UTC milliseconds since 1970 (date_now_ms). 0, which is no id, when the
// milliseconds have run out.
int64_t id_next(struct id_source *source, int64_t now_ms);

int64_t id_time(int64_t id); // UTC milliseconds since 1970
uint32_t id_site(int64_t id);

#endif
