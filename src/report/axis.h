// SPDX-License-Identifier: AGPL-3.0-or-later
// An axis: a range of values with round ticks, laid on a line of the page. Pure; any
// thread.
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include "report/doc_text.h"

enum { AXIS_LOG_TICKS = 24 };

struct chart_axis {
    double min, max, step; // multiples of step; min < max, step > 0
    int decimals;          // what its ticks need
    double from, to;       // where min and max stand (points); to may be less than from
    bool log;              // equal ratios take equal room; its ticks are listed
    double ticks[AXIS_LOG_TICKS];
    size_t n_ticks;
};

// A range that holds low..high, with at most this many steps (at least 1) of 1, 2 or 5
// times a power of ten, none smaller than least_step. What is not finite counts as 0;
// an empty range is widened.
struct chart_axis axis_nice(double low, double high, int steps, double least_step);
// The axis as it is, without rounding its ends out: for charts that cut off what lies
// beyond. Ticks are the multiples of step inside, at least three where least_step lets
// them be (steps may then be more than asked for).
struct chart_axis axis_exact(double low, double high, int steps, double least_step);
// For ratios: low..high as they are (both above 0; else as axis_exact), on a logarithmic
// scale, with about this many round ticks (60 80 100 125 150 200 ...). step is that of
// the smallest difference between them.
struct chart_axis axis_log(double low, double high, int steps, double least_step);
double axis_at(const struct chart_axis *axis, double value);
// The same, held between from and to.
double axis_clamp(const struct chart_axis *axis, double value);
size_t axis_ticks(const struct chart_axis *axis);
double axis_tick(const struct chart_axis *axis, size_t i);
struct str axis_label(const struct chart_axis *axis, double value,
                      char out[TEXT_NUMBER_SIZE]);

#endif
