// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/md5.h"

#include <string.h>

// RFC 1321, 3.4: T[i] = floor(2^32 * abs(sin(i))), i in radians from 1.
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
    0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
    0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
    0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
    0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
    0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
    0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
    0xeb86d391};
static const unsigned char turns[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t turn(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void add_block(struct md5 *m, const unsigned char *p)
{
    uint32_t word[16];
    for (int i = 0; i < 16; i++)
        word[i] = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 |
                  (uint32_t)p[4 * i + 2] << 16 | (uint32_t)p[4 * i + 3] << 24;
    uint32_t a = m->state[0], b = m->state[1], c = m->state[2], d = m->state[3];
    for (int i = 0; i < 64; i++) {
        uint32_t f;
        int at;
        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d);
            at = i;
            break;
        case 1:
            f = (b & d) | (c & ~d);
            at = (5 * i + 1) % 16;
            break;
        case 2:
            f = b ^ c ^ d;
            at = (3 * i + 5) % 16;
            break;
        default:
            f = c ^ (b | ~d);
            at = 7 * i % 16;
        }
        uint32_t next = b + turn(a + f + sines[i] + word[at], turns[i / 16][i % 4]);
        a = d;
        d = c;
        c = b;
        b = next;
    }
    m->state[0] += a;
    m->state[1] += b;
    m->state[2] += c;
    m->state[3] += d;
}

void md5_begin(struct md5 *m)
{
    *m = (struct md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void md5_add(struct md5 *m, struct str s)
{
    while (s.n) {
        size_t used = (size_t)(m->bytes % 64), n = 64 - used;
        if (n > s.n)
            n = s.n;
        memcpy(m->block + used, s.p, n);
        m->bytes += n;
        s = (struct str){s.p + n, s.n - n};
        if (used + n == 64)
            add_block(m, m->block);
    }
}

void md5_end(struct md5 *m, unsigned char out[MD5_SIZE])
{
    static const char padding[64] = {(char)0x80};
    uint64_t bits = m->bytes * 8;
    char length[8];
    size_t used = (size_t)(m->bytes % 64);
    md5_add(m, (struct str){padding, (used < 56 ? 56 : 120) - used});
    for (int i = 0; i < 8; i++)
        length[i] = (char)(bits >> 8 * i & 0xff);
    md5_add(m, (struct str){length, 8});
    for (int i = 0; i < 16; i++)
        out[i] = (unsigned char)(m->state[i / 4] >> 8 * (i % 4) & 0xff);
}

void md5_to_hex(const unsigned char hash[MD5_SIZE], char out[MD5_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < MD5_SIZE; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[MD5_HEX - 1] = '\0';
}

void md5_hex(struct str s, char out[MD5_HEX])
{
    struct md5 m;
    unsigned char hash[MD5_SIZE];
    md5_begin(&m);
    md5_add(&m, s);
    md5_end(&m, hash);
    md5_to_hex(hash, out);
}
