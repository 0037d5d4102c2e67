// SPDX-License-Identifier: AGPL-3.0-or-later
// How alike two texts are. On Unicode code points, never bytes: the Levenshtein distance
// of 张伟 and 张玮 is 1. Input is valid UTF-8. Pure functions: no state, any thread, no
// heap, at most 160 kB of stack. Texts over COMPARE_MAX code points are compared by their
// first COMPARE_MAX. Bytes that are no UTF-8 count as U+FFFD. All are symmetric.
//
// Fastest are texts of up to 16 characters and ASCII of up to 56, which go by SSE2 where
// it is there; the others, and other machines, give the same in more time.
//
// Sources
//   Levenshtein: Myers, A fast bit-vector algorithm, JACM 46(3), 1999; Hyyro 2003.
//   OSA (restricted Damerau): Hyyro, A bit-vector algorithm for computing Levenshtein and
//     Damerau edit distances, Nordic J. Computing 10, 2003.
//   Damerau (unrestricted): Lowrance and Wagner, JACM 22(2), 1975; Zhao 2019.
//   Jaro: Jaro, JASA 84(406), 1989. Winkler: prefix of at most 4, p = 0.1, applied when
//     Jaro > 0.7 (as DuckDB and rapidfuzz do).
//   Jaccard as DuckDB's jaccard(): of the sets of characters. q-gram Jaccard: of the
//     multisets of q-grams, padded with q - 1 blanks at both ends.
//   Soundex: The National Archives' rules (American Soundex).
#ifndef LINK_COMPARE_H
#define LINK_COMPARE_H

#include "base/str.h"

enum { COMPARE_MAX = 4096 };

// Each distance is exact up to `most`, and most + 1 for anything beyond; UINT32_MAX - 1
// means no cut-off. O(n m / 64), less with a small `most`.
uint32_t compare_levenshtein(struct str a, struct str b, uint32_t most);
uint32_t compare_osa(struct str a, struct str b, uint32_t most);
uint32_t compare_damerau(struct str a, struct str b, uint32_t most);
double compare_jaro(struct str a, struct str b);         // 0 to 1; two empty texts: 1
double compare_jaro_winkler(struct str a, struct str b); // 0 to 1
double compare_jaccard(struct str a, struct str b);
double compare_qgram(struct str a, struct str b, unsigned q); // q from 1 to 8
// Tokens are parts between spaces. Share of tokens of the shorter text that have a
// partner in the longer one (Jaro-Winkler of at least `alike`; each used once, best
// first), weighted by their length, over the longer text's total. Lengths are of the
// letters; of 48 tokens at most. Two texts without tokens: 1.
double compare_tokens(struct str a, struct str b, double alike);
// Cosine of the two texts' counts of character bigrams. Where one is too short for a
// bigram: 1 for the same text, else 0.
double compare_cosine(struct str a, struct str b);

// Dates as YYYY-MM-DD. Whole days between; INT32_MAX when one is no date.
int32_t compare_days(struct str a, struct str b);
// Day and month change places, and are not the same; 1990-13-05 need not be a day.
bool compare_dates_swapped(struct str a, struct str b);
// Kilometres on a sphere of 6,371.0088 km (haversine; mean radius of WGS 84, Moritz
// 2000).
double compare_km(double latitude_a, double longitude_a, double latitude_b,
                  double longitude_b);
// Arrays as JSON lists of strings or as text between | or ; : how many different elements
// are in both. Empty ones and null do not count; the first 2,048 are looked at. O(n log
// n).
uint32_t compare_common(struct str a, struct str b);

// "R163"; empty when there is no letter. Writes at most 4 characters and a zero.
void compare_soundex(struct str s, char out[5]);

#endif
