// SPDX-License-Identifier: AGPL-3.0-or-later
// From texts to the words of the index, and from a question to what it asks for.
#ifndef REGISTER_SEARCH_PRIVATE_H
#define REGISTER_SEARCH_PRIVATE_H

#include "base/chinese.h"
#include "register/search.h"

enum { SEARCH_WORDS = 1 }; // edition of the words: another makes every index anew

// Appends the words of a text, each with a space behind it: the same for the same text,
// always. name: pinyin too.
enum err search_words(struct chinese *readings, struct str text, bool name,
                      struct arena *scratch, struct buf *out,
                      struct error *e) WARN_UNUSED;
// "\"王明\" AND \"wang\"*"; nothing when the question has no word.
enum err search_question(struct str question, struct arena *scratch, struct buf *out,
                         struct error *e) WARN_UNUSED;

#endif
