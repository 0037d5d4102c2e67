// SPDX-License-Identifier: AGPL-3.0-or-later
// One line on standard error for whoever runs the program: UTC time, level, text.
//   2014-07-20T08:15:30.123Z warn  2 rows of births.csv were refused
//
// The level comes from HENG_LOG (debug, info, warn, error; warn when it is unset or none
// of these). Any thread may log: a line is one write, so lines never mix. Text is cut at
// LOG_LINE_SIZE; control characters are shown as "?", so that data cannot forge a line.
// No names, no health data in a log: ids and counts only. Logging never fails and never
// allocates.
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVELS };

enum { LOG_LINE_SIZE = 1200 };

bool log_enabled(enum log_level level);
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);
// where, text and cure of an error, in one line.
void log_error(enum log_level level, const struct error *e);

#endif
