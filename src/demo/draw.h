// SPDX-License-Identifier: AGPL-3.0-or-later
// Keyed draws: every chance event of the demo county is a function of (seed, topic, key),
// not of its place in a sequence. So one office's file can change without changing the
// births, and the order of loops does not matter. The mixing is the finaliser of
// splitmix64 (Steele, Lea, Flood 2014), applied once for the topic and once for the key.
#ifndef DEMO_DRAW_H
#define DEMO_DRAW_H

#include <stdbool.h>
#include <stdint.h>

enum topic {
    TOPIC_PLACE = 1,
    TOPIC_PERSON,
    TOPIC_NAME,
    TOPIC_CONCEPTION,
    TOPIC_DEATH,
    TOPIC_BIRTH,
    TOPIC_SEX,
    TOPIC_HOSPITAL,
    TOPIC_IMMUNISATION,
    TOPIC_HOUSEHOLD,
    TOPIC_SCHOOL,
    TOPIC_EVENT,
    TOPIC_REPORT,
    TOPIC_LATE,
    TOPIC_SUPERVISION,
};

static inline uint64_t draw_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

// 64 random bits for this key.
static inline uint64_t draw(uint64_t seed, enum topic topic, uint64_t key)
{
    uint64_t stream = draw_mix(seed + 0x9E3779B97F4A7C15u * (uint64_t)topic);
    return draw_mix(stream ^ draw_mix(key + 0x9E3779B97F4A7C15u));
}

// The n-th further draw of a value: for several small choices of one key.
static inline uint64_t draw_next(uint64_t x, unsigned n)
{
    return draw_mix(x + 0x9E3779B97F4A7C15u * (n + 1u));
}

// 0 to n-1; n at least 1.
static inline uint32_t draw_below(uint64_t x, uint32_t n)
{
    return (uint32_t)(((x >> 32) * n) >> 32);
}

// True in `share` of a million.
static inline bool draw_chance(uint64_t x, uint32_t share)
{
    return draw_below(x, 1000000) < share;
}

// Index into weights (their sum must be over 0 and under 2^32).
static inline uint32_t draw_weighted(uint64_t x, const uint16_t *weights, uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += weights[i];
    uint32_t at = draw_below(x, sum);
    for (uint32_t i = 0; i < n; i++) {
        if (at < weights[i])
            return i;
        at -= weights[i];
    }
    return n - 1;
}

#endif
