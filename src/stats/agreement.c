// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/agreement.h"

#include <assert.h>
#include <math.h>

#include "stats/interval.h"

struct agreement agreement_kappa(const double *table, size_t k, double level)
{
    assert(k > 0 && k <= AGREEMENT_MOST);
    double rows[AGREEMENT_MOST] = {0}, columns[AGREEMENT_MOST] = {0};
    struct agreement a = {.share = NAN,
                          .expected = NAN,
                          .kappa = NAN,
                          .error = NAN,
                          .kappa_low = NAN,
                          .kappa_high = NAN};
    double same = 0, chance = 0, one = 0, other = 0;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            a.n += table[i * k + j];
    if (!(a.n > 0))
        return a;
    for (size_t i = 0; i < k; i++) {
        same += table[i * k + i] / a.n;
        for (size_t j = 0; j < k; j++) {
            rows[i] += table[i * k + j] / a.n;
            columns[j] += table[i * k + j] / a.n;
        }
    }
    for (size_t i = 0; i < k; i++)
        chance += rows[i] * columns[i];
    a.share = same;
    a.expected = chance;
    if (!(1 - chance > 1e-12))
        return a;
    a.kappa = (same - chance) / (1 - chance);
    double apart = 1 - a.kappa;
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            double p = table[i * k + j] / a.n;
            double w = i == j ? 1 - (rows[i] + columns[i]) * apart
                              : (columns[i] + rows[j]) * apart;
            *(i == j ? &one : &other) += p * w * w;
        }
    }
    double bias = a.kappa - chance * apart;
    double variance = (one + other - bias * bias) / (a.n * (1 - chance) * (1 - chance));
    a.error = sqrt(fmax(0, variance));
    if (!(a.error > 1e-9))
        return a; // too few, or too alike, to say how sure it is
    double reach = normal_quantile(0.5 + level / 2) * a.error;
    a.kappa_low = fmax(-1, a.kappa - reach);
    a.kappa_high = fmin(1, a.kappa + reach);
    return a;
}
