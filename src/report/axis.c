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
    if (axis->log)
        return axis->from + log(fmax(value, 1e-300) / axis->min) /
                                log(axis->max / axis->min) * (axis->to - axis->from);
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
    if (axis->log)
        return axis->n_ticks;
    double n = floor(axis->max / axis->step + 1e-9) - first_tick(axis) + 1;
    return n < 1 ? 0 : n > MOST_TICKS ? MOST_TICKS : (size_t)n;
}

double axis_tick(const struct chart_axis *axis, size_t i)
{
    if (axis->log)
        return axis->ticks[i];
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

// Times a power of ten, from the closest to the widest apart.
static const double log_rounds[][8] = {{1, 1.25, 1.5, 2, 3, 4, 6, 8},
                                       {1, 1.5, 2, 3, 4, 6, 8},
                                       {1, 1.5, 2, 3, 5, 7},
                                       {1, 2, 5},
                                       {1, 3},
                                       {1}};

// Those of one set that are on the axis; how many there are, listed or not.
static size_t round_ticks(struct chart_axis *axis, const double rounds[8])
{
    size_t n = 0;
    axis->n_ticks = 0;
    for (double power = floor(log10(axis->min)); power <= log10(axis->max); power++)
        for (size_t k = 0; k < 8 && rounds[k] > 0; k++) {
            double tick = rounds[k] * pow(10, power);
            if (tick < axis->min * (1 - 1e-9) || tick > axis->max * (1 + 1e-9))
                continue;
            if (n++ < AXIS_LOG_TICKS)
                axis->ticks[axis->n_ticks++] = tick;
        }
    return n;
}

struct chart_axis axis_log(double low, double high, int steps, double least_step)
{
    struct chart_axis axis = axis_exact(low, high, steps, least_step);
    size_t most = steps < 2 ? 3 : (size_t)steps + 1;
    most = most < AXIS_LOG_TICKS ? most : AXIS_LOG_TICKS;
    if (!(axis.min > 0) || axis_ticks(&axis) > AXIS_LOG_TICKS)
        return axis;
    // over a short range equal steps are rounder than equal ratios
    bool wide = axis.max / axis.min > 2;
    if (!wide) {
        axis.n_ticks = axis_ticks(&axis);
        for (size_t i = 0; i < axis.n_ticks; i++)
            axis.ticks[i] = axis_tick(&axis, i);
    }
    axis.log = true;
    size_t sets = sizeof log_rounds / sizeof *log_rounds;
    for (size_t k = 0; wide && k < sets; k++)
        if (round_ticks(&axis, log_rounds[k]) <= most)
            break;
    for (size_t i = 1; i < axis.n_ticks; i++) {
        double apart = axis.ticks[i] - axis.ticks[i - 1];
        axis.step = i == 1 ? apart : fmin(axis.step, apart);
    }
    axis.decimals = 0;
    for (size_t i = 0; i < axis.n_ticks; i++)
        while (axis.decimals < 9) {
            double scaled = axis.ticks[i] * pow(10, axis.decimals);
            if (fabs(scaled - nearbyint(scaled)) < 1e-6 * scaled)
                break;
            axis.decimals++;
        }
    return axis;
}

struct str axis_label(const struct chart_axis *axis, double value,
                      char out[TEXT_NUMBER_SIZE])
{
    return text_number(value, axis->decimals, out);
}
