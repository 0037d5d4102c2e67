// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/fertility.h"

#include <math.h>

enum { MOST_ROUNDS = 60, MARITAL_GROUPS = 7 };

static double middle_of(const struct fertility_ages *ages, size_t i)
{
    return ages->from + ages->width * ((double)i + .5);
}

struct fertility fertility_sum(const struct fertility_ages *ages, const double *rate,
                               const double *births, const double *lived, double boys)
{
    double sum = 0, by_age = 0, variance = 0, net = 0, girls = 1 / (1 + boys);
    for (size_t i = 0; i < ages->n; i++) {
        sum += rate[i];
        by_age += rate[i] * middle_of(ages, i);
        if (births && births[i] > 0) // var (births / women) = rate^2 / births
            variance += rate[i] * rate[i] / births[i];
        if (lived)
            net += rate[i] * lived[i] * girls;
    }
    double tfr = ages->width * sum;
    return (struct fertility){.tfr = tfr,
                              .tfr_sd = births ? ages->width * sqrt(variance) : NAN,
                              .mean_age = sum > 0 ? by_age / sum : NAN,
                              .gross = tfr * girls,
                              .net = lived ? net : NAN};
}

// Coale and Trussell

// 15-19 ... 45-49; of 20 on as the technical note of 1978 has them.
static const double natural[MARITAL_GROUPS] = {.411, .460, .431, .395, .322, .167, .024};
static const double control[MARITAL_GROUPS] = {0,      0,      -.279, -.667,
                                               -1.042, -1.414, -1.671};

// Straight lines between 17.5, 22.5 ... 47.5; flat outside.
static double between(const double y[MARITAL_GROUPS], double age)
{
    double place = (age - 17.5) / 5;
    if (place <= 0)
        return y[0];
    if (place >= MARITAL_GROUPS - 1)
        return y[MARITAL_GROUPS - 1];
    size_t i = (size_t)place;
    return y[i] + (place - (double)i) * (y[i + 1] - y[i]);
}

double fertility_natural(double age)
{
    return age < 15 || age >= 50 ? 0 : between(natural, age);
}

double fertility_control(double age)
{
    return between(control, age);
}

enum err fertility_marital_fit(const struct fertility_ages *ages, const double *births,
                               const double *exposure, struct fertility_marital *out,
                               struct error *e)
{
    double all = 0, expected = 0, log_M, m = 0, A = 0, B = 0, C = 0;
    size_t used = 0;
    for (size_t i = 0; i < ages->n; i++) {
        double age = middle_of(ages, i);
        if (age < 20 || age >= 50 || !(exposure[i] > 0))
            continue;
        used++;
        all += births[i];
        expected += exposure[i] * fertility_natural(age);
    }
    if (used < 3 || !(all > 0)) {
        error_set(
            e, ERR_INPUT, "fertility.marital", NULL,
            "Coale and Trussell's M and m were to be fitted to %zu groups of married "
            "women of 20-49 with %g births",
            used, all);
        return error_cure(e, "Give births and married women of at least three groups.");
    }
    log_M = log(all / expected);
    for (int round = 0; round < MOST_ROUNDS; round++) { // Newton's rounds
        double u = 0, v = 0, a = 0, b = 0, c = 0;
        for (size_t i = 0; i < ages->n; i++) {
            double age = middle_of(ages, i), x = fertility_control(age);
            if (age < 20 || age >= 50 || !(exposure[i] > 0))
                continue;
            double mean = exposure[i] * fertility_natural(age) * exp(log_M + m * x);
            u += births[i] - mean;
            v += (births[i] - mean) * x;
            a += mean;
            b += mean * x;
            c += mean * x * x;
        }
        double det = a * c - b * b;
        double step_M = (c * u - b * v) / det, step_m = (a * v - b * u) / det;
        double largest = fmax(fabs(step_M), fabs(step_m));
        double share = largest > 1 ? 1 / largest : 1;
        log_M += share * step_M;
        m += share * step_m;
        A = a / det;
        B = c / det;
        C = largest;
        if (C < 1e-12)
            break;
    }
    *out = (struct fertility_marital){exp(log_M), m, sqrt(B), sqrt(A), 0, used};
    for (size_t i = 0; i < ages->n; i++) {
        double age = middle_of(ages, i);
        if (age < 20 || age >= 50 || !(exposure[i] > 0))
            continue;
        double mean = exposure[i] * fertility_natural(age) *
                      exp(log_M + m * fertility_control(age));
        double part = births[i] > 0 ? births[i] * log(births[i] / mean) : 0;
        out->deviance += 2 * (part - (births[i] - mean));
    }
    return ERR_OK;
}

double fertility_marriage(double age, double a0, double k)
{
    double x = (age - a0) / k - 6.06;
    if (age < a0 || !(k > 0))
        return 0;
    return .19465 / k * exp(-.174 * x - exp(-.288 * x));
}

double fertility_married(double age, double a0, double k)
{
    enum { STEPS = 200 };
    if (age <= a0 || !(k > 0))
        return 0;
    double step = (age - a0) / STEPS, sum = 0; // Simpson's rule
    for (int i = 0; i < STEPS; i += 2) {
        double x = a0 + step * i;
        sum += step / 3 *
               (fertility_marriage(x, a0, k) + 4 * fertility_marriage(x + step, a0, k) +
                fertility_marriage(x + 2 * step, a0, k));
    }
    return fmin(sum, 1);
}

void fertility_model(const struct fertility_ages *ages, double a0, double k, double ever,
                     double M, double m, double *rate)
{
    for (size_t i = 0; i < ages->n; i++) {
        double age = middle_of(ages, i);
        rate[i] = ever * fertility_married(age, a0, k) * M * fertility_natural(age) *
                  exp(m * fertility_control(age));
    }
}

// Reverse survival ---------------------------------------------------------------------

static enum err no_reverse(struct error *e, const char *what, const char *cure)
{
    error_set(e, ERR_INPUT, "fertility.reverse", NULL, "%s", what);
    return error_cure(e, "%s", cure);
}

static enum err check_reverse(const struct fertility_reverse *in, struct error *e)
{
    double sum = 0;
    size_t first = in->width > 0 ? (size_t)(in->from / in->width) : 0;
    for (size_t i = 0; i < in->mothers; i++)
        sum += in->share[i] >= 0 ? in->share[i] : NAN;
    if (!(fabs(sum - 1) < 1e-6))
        return no_reverse(e, "the shares of fertility by age do not sum to 1",
                          "Give shares of 0 or more, of all ages of mothers.");
    if (in->width <= 0 || in->from % in->width || !in->periods ||
        in->groups < first + in->mothers + in->periods)
        return no_reverse(
            e, "women of the ages that were mothers before are not all given",
            "Give women up to the last age of mothers plus the years back.");
    for (size_t i = 0; i < in->periods; i++)
        if (!(in->lived_children[i] > 0))
            return no_reverse(e,
                              "by the life table no child is left at an age that has "
                              "children",
                              "Choose a life table of less mortality.");
    for (size_t i = 0; i < in->groups; i++)
        if (!(in->lived_women[i] > 0))
            return no_reverse(e,
                              "by the life table no woman is left at an age that has "
                              "women",
                              "Choose a life table of less mortality.");
    return ERR_OK;
}

// Women of a group so many periods before the census.
static double women_before(const struct fertility_reverse *in, size_t group,
                           size_t periods)
{
    return in->women[group + periods] * in->lived_women[group] /
           in->lived_women[group + periods];
}

enum err fertility_reverse(const struct fertility_reverse *in, struct fertility_past *out,
                           struct error *e)
{
    enum err code = check_reverse(in, e);
    size_t first = code ? 0 : (size_t)(in->from / in->width);
    for (size_t k = 0; !code && k < in->periods; k++) {
        double births = in->children[k] / in->lived_children[k], women = 0, expected = 0;
        for (size_t i = 0; i < in->mothers; i++) { // mean of the period's two ends
            double w =
                (women_before(in, first + i, k) + women_before(in, first + i, k + 1)) / 2;
            women += w;
            expected += w * in->share[i] / in->width;
        }
        out[k] = (struct fertility_past){births, women > 0 ? births / women : NAN,
                                         expected > 0 ? births / expected : NAN};
    }
    return code;
}

double fertility_tempo(double tfr, double mean_before, double mean_after, double years)
{
    double change = (mean_after - mean_before) / years;
    return change < 1 ? tfr / (1 - change) : NAN;
}
