// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/heaping.h"

#include <math.h>

static bool has(size_t n, int from, int to)
{
    return from >= 0 && to >= from && (size_t)to < n;
}

static double sum(const double *count, int from, int to)
{
    double s = 0;
    for (int age = from; age <= to; age++)
        s += count[age];
    return s;
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static bool ends_in(int age, int digit)
{
    return digit == HEAPING_ZERO_AND_FIVE ? age % 5 == 0 : age % 10 == digit;
}

double heaping_whipple(const double *count, size_t n, int from, int to, int digit)
{
    bool both = digit == HEAPING_ZERO_AND_FIVE;
    if (from < 0 || digit < 0 || digit > HEAPING_ZERO_AND_FIVE)
        return NAN;
    while (from <= to && !ends_in(from, digit))
        from++;
    while (from <= to && !ends_in(to, digit))
        to--;
    if (from > to || !has(n, from - (both ? 2 : 7), to + 2))
        return NAN;
    double heaped = 0;
    for (int age = from; age <= to; age += both ? 5 : 10)
        heaped += count[age];
    return (both ? 5 : 10) * share(heaped, sum(count, from - (both ? 2 : 7), to + 2));
}

// Half the sum of the distances from a tenth, in per cent.
static double index_of(const double part[10], const double whole[10], double shares[10])
{
    double index = 0;
    for (int digit = 0; digit < 10; digit++) {
        double p = share(part[digit], whole[digit]);
        if (shares)
            shares[digit] = 100 * p;
        index += 50 * fabs(p - 0.1);
    }
    return index;
}

double heaping_myers(const double *count, size_t n, int from, int to, bool blend_all,
                     double shares[10])
{
    to = from + (to - from + 1) / 10 * 10 - 1;
    if (to - from < 19 || !has(n, from, to))
        return NAN;
    double blended[10] = {0}, all[10], total = 0;
    for (int age = from; age <= to; age++) {
        int place = (age - from) % 10;
        double weight = 0;
        if (age <= to - 10 || blend_all)
            weight += place + 1;
        if (age >= from + 10)
            weight += 9 - place;
        blended[age % 10] += weight * count[age];
        total += weight * count[age];
    }
    for (int digit = 0; digit < 10; digit++)
        all[digit] = total;
    return index_of(blended, all, shares);
}

double heaping_bachi(const double *count, size_t n, int from, int to, bool pooled,
                     double shares[10])
{
    int span = (to - from) / 10 * 10; // ages of a range
    if (from + 4 + span > to)         // the last of the ranges would pass the end
        span -= 10;
    if (span < 10 || !has(n, from, from + 4 + span))
        return NAN;
    double part[10] = {0}, whole[10] = {0};
    for (int start = from; start < from + 5; start++)
        for (int digit = start % 5; digit < 10; digit += 5) {
            double fractions = 0;
            for (int second = 0; second < 2; second++) {
                int low = start + second, high = low + span - 1;
                double with = 0, all = sum(count, low, high);
                for (int age = low; age <= high; age++)
                    with += ends_in(age, digit) ? count[age] : 0;
                part[digit] += with;
                whole[digit] += all;
                fractions += share(with, all) / 2;
            }
            if (!pooled) {
                part[digit] = fractions;
                whole[digit] = 1;
            }
        }
    return index_of(part, whole, shares);
}

double heaping_noumbissi(const double *count, size_t n, int from, int to, int digit)
{
    double with = 0, around = 0;
    bool any = false;
    if (from < 0 || digit < 0 || digit > 9)
        return NAN;
    for (int age = from; age <= to; age++)
        if (ends_in(age, digit)) {
            if (!has(n, age - 2, age + 2))
                return NAN;
            with += count[age];
            around += sum(count, age - 2, age + 2);
            any = true;
        }
    return any ? 5 * share(with, around) : NAN;
}

double heaping_spoorenberg(const double *count, size_t n, int from, int to)
{
    double total = 0, people = 0;
    if (to - from < 9 || !has(n, from - 2, to + 2))
        return NAN;
    for (int digit = 0; digit < 10; digit++) {
        double w = heaping_noumbissi(count, n, from, to, digit);
        total += isnan(w) ? 1 : fabs(1 - w);
    }
    people = sum(count, from - 2, to + 2);
    return people > 0 ? total : NAN;
}

// Five ages around each of the five ages around this one.
static double twice_averaged(const double *count, int age)
{
    static const double weight[9] = {1, 2, 3, 4, 5, 4, 3, 2, 1};
    double s = 0;
    for (int i = 0; i < 9; i++)
        s += weight[i] * count[age - 4 + i];
    return s / 25;
}

double heaping_coale_li(const double *count, size_t n, int from, int to, int digit)
{
    double total = 0;
    int ages = 0;
    if (digit < 0 || digit > 9)
        return NAN;
    for (int age = from; age <= to; age++) {
        if (!ends_in(age, digit) || !has(n, age - 4, age + 4))
            continue;
        total += share(count[age], twice_averaged(count, age));
        ages++;
    }
    return ages ? total / ages : NAN;
}

double heaping_kannisto(const double *count, size_t n, int age)
{
    double logs = 0;
    if (!has(n, age - 2, age + 2))
        return NAN;
    for (int a = age - 2; a <= age + 2; a++)
        logs += log(count[a]);
    return isfinite(logs) ? count[age] / exp(logs / 5) : NAN;
}

double heaping_sawtooth(const double *count, size_t n)
{
    double mean[2] = {0, 0};
    int pairs = 0;
    for (int age = 40; has(n, age - 5, age + 14); age += 10, pairs++)
        for (int five = 0; five < 2; five++) {
            int a = age + 5 * five;
            double beside = sum(count, a - 5, a - 1) + sum(count, a + 5, a + 9);
            mean[five] += share(sum(count, a, a + 4), beside / 2);
        }
    return pairs ? share(mean[0], mean[1]) : NAN;
}

double heaping_age_ratio_score(const double *five, size_t n, enum heaping_ratio kind)
{
    double total = 0, own = kind == HEAPING_UN ? 0 : kind == HEAPING_ZELNIK ? 1 : 2;
    if (n < 3)
        return NAN;
    for (size_t i = 1; i + 1 < n; i++) {
        double ratio =
            (2 + own) * share(five[i], five[i - 1] + five[i + 1] + own * five[i]);
        total += fabs(100 * ratio - 100);
    }
    return total / (double)(n - 2);
}

double heaping_sex_ratio_score(const double *males, const double *females, size_t n)
{
    double total = 0;
    if (n < 2)
        return NAN;
    for (size_t i = 1; i < n; i++)
        total += fabs(share(males[i], females[i]) - share(males[i - 1], females[i - 1]));
    return 100 * total / (double)(n - 1);
}

double heaping_age_sex(const double *males, const double *females, size_t n,
                       enum heaping_ratio kind, double people)
{
    double score = 3 * heaping_sex_ratio_score(males, females, n) +
                   heaping_age_ratio_score(males, n, kind) +
                   heaping_age_ratio_score(females, n, kind);
    if (people > 0 && people < 1e6)
        score -= 3500 / sqrt(people) - 3.5;
    return score;
}

// Das Gupta's age ratio index: distances of each group from the mean of it and the one
// before, against what a population that rises to its largest group and falls to its
// last would have.
static double das_gupta_ages(const double *five, size_t n)
{
    double distances = 0, largest = five[0], first = five[0] + five[1];
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, five[i]);
    for (size_t i = 1; i < n; i++)
        distances += fabs(200 * share(five[i], five[i] + five[i - 1]) - 100);
    double high = 200 * share(largest, first), last = 200 * share(five[n - 1], first);
    return share(distances, 2 * high - 100 - last);
}

double heaping_das_gupta(const double *males, const double *females, size_t n)
{
    if (n < 3)
        return NAN;
    double changes = heaping_sex_ratio_score(males, females, n) * (double)(n - 1);
    double first = share(males[0] + males[1], females[0] + females[1]);
    double last = share(males[n - 2] + males[n - 1], females[n - 2] + females[n - 1]);
    double sexes = (changes - fabs(100 * first - 100 * last)) / (double)(n - 1);
    return sexes * das_gupta_ages(males, n) * das_gupta_ages(females, n);
}

void heaping_fives(double *five, const double *count, size_t n)
{
    for (size_t i = 0; i + 5 <= n; i += 5)
        five[i / 5] = sum(count, (int)i, (int)i + 4);
}
