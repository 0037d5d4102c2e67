// SPDX-License-Identifier: AGPL-3.0-or-later
// Days as an iCalendar feed (RFC 5545): all-day events that any calendar programme can
// subscribe to. Lines end in CRLF and are folded at 75 octets, never inside a character;
// text is escaped. Nothing is kept; one thread writes one buffer, whose failure says that
// it was too small.
#ifndef BASE_ICALENDAR_H
#define BASE_ICALENDAR_H

#include "base/date.h"

struct icalendar_event {
    struct str uid; // for ever the same for the same thing; unique in the world
    int32_t day;
    struct str summary, description, category; // the last two may be empty
};

// stamp: UTC milliseconds, when the feed was made (DTSTAMP of all events: the same for
// the same content, so that nothing looks new which is not). name: what the calendar is
// called; zh: the language of its texts.
void icalendar_begin(struct buf *out, struct str name, bool zh);
void icalendar_event(struct buf *out, const struct icalendar_event *x, int64_t stamp);
void icalendar_end(struct buf *out);

#endif
