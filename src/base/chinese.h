// SPDX-License-Identifier: AGPL-3.0-or-later
// Chinese names: sound, shape, parts. Input is cleaned text (simplified, NFKC); what is
// not Chinese passes through unchanged, so that the functions can be used on any name.
// Bytes that are no UTF-8 pass through, too.
//
// Readings are ICU's (Han-Latin), each character looked up once. Surnames that are read
// otherwise (单 shan, 仇 qiu, 尉迟 yuchi) stand in a list from the Xiandai Hanyu Cidian:
// it knows more of them than ICU's Han-Latin/Names. u with diaeresis is written v, as on
// keyboards (吕 lv). Which characters look alike is decided from their parts: a table in
// the source, made from rules that the file names.
#ifndef BASE_CHINESE_H
#define BASE_CHINESE_H

#include "base/str.h"

// The readings that were looked up (some 220 KB); one thread at a time. The first use in
// a process loads ICU's rules (0.2 s).
struct chinese;
enum err chinese_open(struct chinese **out, struct error *e) WARN_UNUSED;
void chinese_close(struct chinese *c);

bool chinese_is(struct str s); // most of its letters are Han characters
// These append to *out. ERR_MEMORY; ERR_LIMIT when *out is full.
// "zhang wei": one syllable a character, tone marks taken off; or "zhang1 wei3" (5: no
// tone). A text of one character is read as a surname.
enum err chinese_pinyin(struct chinese *c, struct str name, bool tones, struct buf *out,
                        struct error *e) WARN_UNUSED;
// "zw": first letters of the syllables, and of words that are not Chinese.
enum err chinese_initials(struct chinese *c, struct str name, struct buf *out,
                          struct error *e) WARN_UNUSED;
// How sounds run together in many dialects and keyboards: zh/z, ch/c, sh/s, n/l, f/hu,
// ang/an, eng/en, ing/in, v/u made one. Of the pinyin without tones.
enum err chinese_sound(struct chinese *c, struct str name, struct buf *out,
                       struct error *e) WARN_UNUSED;
// Surname and given name; compound surnames (欧阳, 司马, ...) are known. All given name
// is a text that is not Chinese, or has one character, or more than four and no compound
// surname (names of peoples that have none).
void chinese_split(struct str name, struct str *surname, struct str *given);
// Appends the given name's characters in code point order behind the surname: 张伟国 and
// 张国伟 become one.
void chinese_sorted(struct str name, struct buf *out);
// 0 to 1: how alike two single characters look (1: the same; 0.5 and more: easily taken
// for each other; 0: not in the table). And of names: mean over their characters, 0 when
// their numbers differ, 1 for two empty ones. Some 0.1 us a character.
double chinese_shape(uint32_t a, uint32_t b);
double chinese_shape_names(struct str a, struct str b);

#endif
