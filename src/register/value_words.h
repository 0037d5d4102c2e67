// SPDX-License-Identifier: AGPL-3.0-or-later
// What is wrong with a typed value, in both languages. The readers of values (datum.h,
// places.h, date.h) say it in English in a struct error; here the Chinese sentence is
// put beside it, found by the error's key. Pure; inside the register room.
#ifndef REGISTER_VALUE_WORDS_H
#define REGISTER_VALUE_WORDS_H

#include "register/datum.h"

// Copies in the arena; empty when memory is out (nothing else is lost). The cure may be
// empty.
void value_words(const struct error *e, struct arena *a, struct label *text,
                 struct label *cure);

#endif
