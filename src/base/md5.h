// SPDX-License-Identifier: AGPL-3.0-or-later
// MD5 (RFC 1321), for protocols that name it and nothing else: the hashes of OpenRosa's
// lists of forms, and digest log-in (RFC 7616). It protects nothing; what must not be
// forged is hashed with base/chain.h. Pure functions, any thread, O(bytes).
#ifndef BASE_MD5_H
#define BASE_MD5_H

#include "base/str.h"

enum { MD5_SIZE = 16, MD5_HEX = 33 };

struct md5 {
    uint32_t state[4];
    uint64_t bytes;
    unsigned char block[64];
};

void md5_begin(struct md5 *m);
void md5_add(struct md5 *m, struct str s);
void md5_end(struct md5 *m, unsigned char out[MD5_SIZE]);

// Of one text, as 32 lower-case hex digits and a zero.
void md5_hex(struct str s, char out[MD5_HEX]);
void md5_to_hex(const unsigned char hash[MD5_SIZE], char out[MD5_HEX]);

#endif
