// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_together.h"

#include <math.h>

size_t project_together_cells(const struct project_shape *shape)
{
    return PROJECT_TOGETHER_PEOPLE + 2 * shape->ages + 2;
}

void project_together_rake(double *part, size_t cells, size_t n, const double *whole,
                           const double *sum)
{
    for (size_t i = 0; i < n; i++) { // the part of all people is wanted for the others
        double share = sum[i] > 0 ? part[i] / sum[i] : 0;
        for (size_t c = PROJECT_TOGETHER_ALL + 1; c < cells; c++) {
            size_t at = c * n + i;
            part[at] = sum[at] > 0 ? part[at] * (whole[at] / sum[at]) : share * whole[at];
        }
    }
    for (size_t i = 0; i < n; i++) {
        part[i] = 0;
        for (size_t c = PROJECT_TOGETHER_PEOPLE; c + 2 < cells; c++)
            part[i] += part[c * n + i];
    }
}

static void add(double *to, const double *from, double weight, size_t n)
{
    for (size_t i = 0; weight != 0 && i < n; i++)
        to[i] += weight * from[i];
}

void project_together_measure(const struct project_measure *measure, size_t measures,
                              size_t first, const struct project_shape *shape, size_t n,
                              double *value)
{
    size_t last = first + project_together_cells(shape);
    const double *cells = value + first * n,
                 *deaths = cells + PROJECT_TOGETHER_DEATHS * n;
    const double *boys = value + (last - 2) * n, *girls = value + (last - 1) * n;
    for (size_t m = 0; m < measures; m++) {
        const struct project_measure *what = &measure[m];
        double *to = value + m * n;
        if (m >= first && m < last)
            continue;
        for (size_t i = 0; i < n; i++)
            to[i] = 0;
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t a = 0; what->people[sex] && a < shape->ages; a++)
                add(to,
                    cells + (PROJECT_TOGETHER_PEOPLE + (size_t)sex * shape->ages + a) * n,
                    what->people[sex][a], n);
        add(to, boys, what->births[PROJECT_MALE], n);
        add(to, girls, what->births[PROJECT_FEMALE], n);
        add(to, deaths, what->deaths, n);
    }
    for (size_t m = 0; m < measures; m++)
        for (size_t i = 0; measure[m].ratio && i < n; i++)
            value[m * n + i] *= measure[m].scale / value[measure[m].per * n + i];
}
