// SPDX-License-Identifier: AGPL-3.0-or-later
// Random numbers for simulation and sampling (never for secrets: libsodium has those).
//
// The state is explicit: a struct rng belongs to one thread at a time and is free to
// copy. The same seed gives the same numbers on every machine for the integers and
// uniforms; the other distributions use the C library's log, exp and pow. For the same
// answer on any number of threads give each task (not each thread) its own stream:
// rng_stream(seed, task).
//
// Sources
//   xoshiro256++, splitmix64, jump: Blackman and Vigna, Scrambled linear pseudorandom
//   number
//     generators, ACM TOMS 47(4), 2021; prng.di.unimi.it (public domain).
//   below: Lemire, Fast random integer generation in an interval, ACM TOMACS 29(1), 2019.
//   normal: Marsaglia and Bray, A convenient method..., SIAM Review 6, 1964 (polar).
//   gamma: Marsaglia and Tsang, A simple method..., ACM TOMS 26(3), 2000.
//   beta: ratio of gammas; both shapes <= 1: Joehnk, Metrika 8, 1964.
//   binomial: inversion below a mean of 10 (Kachitvichyanukul and Schmeiser, CACM 31(2),
//     1988, BINV), else transformed rejection (Hoermann, J. Stat. Comput. Simul. 46,
//     1993, BTRS).
//   Poisson: products of uniforms below 10 (Knuth, TAOCP 2, 3.4.1), else transformed
//     rejection (Hoermann, Insurance: Math. and Econ. 12, 1993, PTRS).
// All are exact methods (no normal approximation) and take O(1) expected time but where
// said.
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include "base/memory.h"

struct rng {
    uint64_t s[4];
};

uint64_t splitmix64(uint64_t *state);

struct rng rng_seed(uint64_t seed);
uint64_t rng_next(struct rng *r);  // 64 random bits
void rng_jump(struct rng *r);      // as 2^128 calls of rng_next
void rng_long_jump(struct rng *r); // as 2^192 calls
// Stream number `stream` of a seed: another start for each, in O(1). Starts are spread at
// random over a period of 2^256 - 1; that two of 2^32 streams of 2^40 numbers overlap has
// a probability below 2^-150. rng_jump gives streams that cannot overlap at all.
struct rng rng_stream(uint64_t seed, uint64_t stream);

double rng_uniform(struct rng *r);                        // [0, 1), a multiple of 2^-53
uint64_t rng_below(struct rng *r, uint64_t n);            // 0 to n - 1, unbiased; n > 0
bool rng_chance(struct rng *r, double p);                 // true with probability p
double rng_exponential(struct rng *r);                    // mean 1
double rng_normal(struct rng *r);                         // mean 0, variance 1
double rng_gamma(struct rng *r, double shape);            // scale 1; shape > 0
double rng_beta(struct rng *r, double a, double b);       // a, b > 0
int64_t rng_binomial(struct rng *r, int64_t n, double p); // 0 <= n <= 1e12, 0 <= p <= 1
int64_t rng_poisson(struct rng *r, double mean);          // 0 <= mean <= 1e15

// Index drawn in proportion to the weights (finite, >= 0, their sum > 0). O(n).
size_t rng_choose(struct rng *r, const double *weights, size_t n);
// Every order equally likely (Fisher and Yates). O(n).
void rng_shuffle(struct rng *r, size_t *items, size_t n);

#endif
