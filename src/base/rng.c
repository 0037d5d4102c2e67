// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/rng.h"

#include <assert.h>
#include <math.h>

uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

struct rng rng_seed(uint64_t seed)
{
    struct rng r;
    for (int i = 0; i < 4; i++)
        r.s[i] = splitmix64(&seed);
    return r;
}

struct rng rng_stream(uint64_t seed, uint64_t stream)
{
    uint64_t a = seed,
             b = stream ^ 0x6a09e667f3bcc909u; // so that stream 0 is not rng_seed
    struct rng r;
    for (int i = 0; i < 4; i++) {
        uint64_t both = splitmix64(&a) ^ (splitmix64(&b) * 0x9e3779b97f4a7c15u);
        r.s[i] = splitmix64(&both);
    }
    if (!(r.s[0] | r.s[1] | r.s[2] | r.s[3])) // the one state that would stay 0
        r.s[0] = 1;
    return r;
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

// The jump as a polynomial in one step: the bits say which later states are summed.
static void jump_by(struct rng *r, const uint64_t polynomial[4])
{
    struct rng sum = {{0}};
    for (int bit = 0; bit < 256; bit++) {
        if (polynomial[bit / 64] >> bit % 64 & 1)
            for (int i = 0; i < 4; i++)
                sum.s[i] ^= r->s[i];
        (void)rng_next(r);
    }
    *r = sum;
}

void rng_jump(struct rng *r)
{
    static const uint64_t by_2_128[4] = {0x180ec6d33cfd0aba, 0xd5a61266f0c9392c,
                                         0xa9582618e03fc9aa, 0x39abdc4529b1661c};
    jump_by(r, by_2_128);
}

void rng_long_jump(struct rng *r)
{
    static const uint64_t by_2_192[4] = {0x76e15d3efefdcbbf, 0xc5004e441c522fb3,
                                         0x77710069854ee241, 0x39109bb02acbe635};
    jump_by(r, by_2_192);
}

double rng_uniform(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}

// (0, 1]: its logarithm is finite.
static double uniform_above_0(struct rng *r)
{
    return 1 - rng_uniform(r);
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
    assert(n > 0);
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)rng_next(r) * n;
    if ((uint64_t)product < n) {
        uint64_t too_low = -n % n; // 2^64 mod n
        while ((uint64_t)product < too_low)
            product = (wide)rng_next(r) * n;
    }
    return (uint64_t)(product >> 64);
}

bool rng_chance(struct rng *r, double p)
{
    return rng_uniform(r) < p;
}

double rng_exponential(struct rng *r)
{
    return -log(uniform_above_0(r));
}

double rng_normal(struct rng *r)
{
    double x, y, square;
    do {
        x = 2 * rng_uniform(r) - 1;
        y = 2 * rng_uniform(r) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    return x * sqrt(-2 * log(square) /
                    square); // y would give a second one; state is kept out
}

double rng_gamma(struct rng *r, double shape)
{
    assert(shape > 0 && isfinite(shape));
    if (shape < 1) // section 6 of the paper
        return rng_gamma(r, shape + 1) * pow(uniform_above_0(r), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = rng_normal(r), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(uniform_above_0(r)) < 0.5 * x * x + d * (1 - v + log(v)))
            return d * v;
    }
}

double rng_beta(struct rng *r, double a, double b)
{
    assert(a > 0 && b > 0 && isfinite(a) && isfinite(b));
    if (a > 1 || b > 1) {
        double x = rng_gamma(r, a), y = rng_gamma(r, b);
        return x / (x + y);
    }
    for (;;) { // in logarithms: with small shapes the powers underflow
        double x = log(uniform_above_0(r)) / a, y = log(uniform_above_0(r)) / b;
        double larger = x > y ? x : y;
        double log_sum = larger + log(exp(x - larger) + exp(y - larger));
        if (log_sum <= 0)
            return exp(x - log_sum);
    }
}

static const double half_log_2_pi = 0.91893853320467274178;

// log(k!) less Stirling's formula written in k + 1.
static double stirling_rest(double k)
{
    double z = k + 1;
    if (k < 10) {
        int sign;
        return lgamma_r(z, &sign) - (half_log_2_pi + (k + 0.5) * log(z) - z);
    }
    double square = z * z;
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / z;
}

// Walks up the probabilities from 0; n p is below 10, so that the first does not
// underflow.
static int64_t binomial_by_inversion(struct rng *r, int64_t n, double p)
{
    double odds = p / (1 - p), first = exp((double)n * log1p(-p));
    for (;;) {
        double u = rng_uniform(r), f = first;
        for (int64_t k = 0; k <= n && k < 200; k++) { // beyond 200: below 1e-150
            if (u < f)
                return k;
            u -= f;
            f *= odds * (double)(n - k) / (double)(k + 1);
        }
    }
}

static int64_t binomial_by_rejection(struct rng *r, int64_t trials, double p)
{
    double n = (double)trials, odds = p / (1 - p);
    double spread = sqrt(n * p * (1 - p));
    double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
    double centre = n * p + 0.5, v_sure = 0.92 - 4.2 / b;
    double alpha = (2.83 + 5.1 / b) * spread;
    double mode = floor((n + 1) * p);
    for (;;) {
        double u = rng_uniform(r) - 0.5, v = uniform_above_0(r);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + centre);
        if (!(k >= 0 && k <= n))
            continue;
        if (us >= 0.07 && v <= v_sure)
            return (int64_t)k;
        double bound = (mode + 0.5) * log((mode + 1) / (odds * (n - mode + 1))) +
                       (n + 1) * log1p((k - mode) / (n - k + 1)) +
                       (k + 0.5) * log(odds * (n - k + 1) / (k + 1)) +
                       stirling_rest(mode) + stirling_rest(n - mode) - stirling_rest(k) -
                       stirling_rest(n - k);
        if (log(v * alpha / (a / (us * us) + b)) <= bound)
            return (int64_t)k;
    }
}

int64_t rng_binomial(struct rng *r, int64_t n, double p)
{
    assert(n >= 0 && n <= INT64_C(1000000000000) && p >= 0 && p <= 1);
    if (p > 0.5)
        return n - rng_binomial(r, n, 1 - p);
    if (n == 0 || p == 0)
        return 0;
    return (double)n * p < 10 ? binomial_by_inversion(r, n, p)
                              : binomial_by_rejection(r, n, p);
}

static int64_t poisson_by_products(struct rng *r, double mean)
{
    double limit = exp(-mean), product = 1;
    for (int64_t k = 0;; k++) {
        product *= rng_uniform(r);
        if (product <= limit)
            return k;
    }
}

int64_t rng_poisson(struct rng *r, double mean)
{
    assert(mean >= 0 && mean <= 1e15);
    if (mean == 0)
        return 0;
    if (mean < 10)
        return poisson_by_products(r, mean);
    double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4),
           v_sure = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = rng_uniform(r) - 0.5, v = uniform_above_0(r);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_sure)
            return (int64_t)k;
        if (!(k >= 0) || k > 0x1p62 || (us < 0.013 && v > us))
            continue;
        // log of the probability of k, written so that nothing large cancels
        double log_p = k * log1p((mean - k - 1) / (k + 1)) + (k + 1 - mean) -
                       0.5 * log(k + 1) - half_log_2_pi - stirling_rest(k);
        if (log(v) + log(inverse_alpha) - log(a / (us * us) + b) <= log_p)
            return (int64_t)k;
    }
}

size_t rng_choose(struct rng *r, const double *weights, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        assert(weights[i] >= 0);
        sum += weights[i];
    }
    assert(sum > 0 && isfinite(sum));
    double rest = rng_uniform(r) * sum;
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        if (weights[i] == 0)
            continue;
        if (rest < weights[i])
            return i;
        rest -= weights[i];
        last = i;
    }
    return last; // rounding left a little over
}

void rng_shuffle(struct rng *r, size_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)rng_below(r, i);
        size_t held = items[i - 1];
        items[i - 1] = items[k];
        items[k] = held;
    }
}
