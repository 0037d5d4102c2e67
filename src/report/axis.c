// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/axis.h"

#include <math.h>

enum { MOST_TICKS = 100 };

static double nice_step(double span, int steps, double least)
{
    double raw = span / (steps < 1 ? 1 : steps);
    double power = pow(10, floor(log10(raw)));
    double times = raw / power;
    double step = (times <= 1.0000001   ? 1
                   : times <= 2.0000001 ? 2
                   : times <= 5.0000001 ? 5
                                        : 10) *
                  power;
    return step < least ? least : step;
}

static int decimals_of(double step)
{
    double power = floor(log10(step) + 1e-9);
    return power >= 0 ? 0 : power < -9 ? 9 : (int)-power;
}

static struct chart_axis make(double low, double high, int steps, double least_step,
                              bool exact)
{
    static const double far = 1e200; // differences of two stay finite
    if (!isfinite(low))
        low = 0;
    if (!isfinite(high))
        high = 0;
    low = fmin(fmax(low, -far), far);
    high = fmin(fmax(high, -far), far);
    if (low > high) {
        double other = low;
        low = high;
        high = other;
    }
    double wide = fmax(fabs(low), fabs(high));
    if (high - low <= wide * 1e-9) {
        double by = wide > 0 ? wide * 0.1 : 1;
        low -= by;
        high += by;
    }
    struct chart_axis axis = {.min = low, .max = high, .from = 0, .to = 1};
    axis.step = nice_step(high - low, steps, least_step);
    axis.decimals = decimals_of(axis.step);
    if (exact)
        return axis;
    axis.min = floor(low / axis.step + 1e-9) * axis.step;
    axis.max = ceil(high / axis.step - 1e-9) * axis.step;
    if (axis.max <= axis.min)
        axis.max = axis.min + axis.step;
    return axis;
}

struct chart_axis axis_nice(double low, double high, int steps, double least_step)
{
    return make(low, high, steps, least_step, false);
}

double axis_at(const struct chart_axis *axis, double value)
{
    return axis->from +
           (value - axis->min) / (axis->max - axis->min) * (axis->to - axis->from);
}

double axis_clamp(const struct chart_axis *axis, double value)
{
    return axis_at(axis, fmin(fmax(value, axis->min), axis->max));
}

static double first_tick(const struct chart_axis *axis)
{
    return ceil(axis->min / axis->step - 1e-9);
}

size_t axis_ticks(const struct chart_axis *axis)
{
    double n = floor(axis->max / axis->step + 1e-9) - first_tick(axis) + 1;
    return n < 1 ? 0 : n > MOST_TICKS ? MOST_TICKS : (size_t)n;
}

double axis_tick(const struct chart_axis *axis, size_t i)
{
    return (first_tick(axis) + (double)i) * axis->step;
}

struct chart_axis axis_exact(double low, double high, int steps, double least_step)
{
    struct chart_axis axis = make(low, high, steps, least_step, true);
    // ends are not ticks: a finer step where too few are left to read a scale from
    for (int more = 1; more < 12 && axis_ticks(&axis) < 3; more++)
        axis = make(low, high, steps + more, least_step, true);
    return axis;
}

struct str axis_label(const struct chart_axis *axis, double value,
                      char out[DOC_NUMBER_SIZE])
{
    return doc_number(value, axis->decimals, out);
}
