// SPDX-License-Identifier: AGPL-3.0-or-later
// What a column holds, and how its text is cleaned before it is compared.
//
// Cleaning never decides that two things are the same; it only takes away what says
// nothing: quotes and white space around the text, case, full-width forms, traditional
// against simplified characters, punctuation of a phone number. What is left empty, or
// says that nothing is known ("NULL", "n/a", "unknown", "-", "不详", "无"), is null.
#ifndef LINK_KIND_H
#define LINK_KIND_H

#include "base/str.h"

enum link_kind {
    LINK_RAW,      // as it is in the file (a model of Splink); only "" is null
    LINK_TEXT,     // free text: lower case, NFKC, accents off, Chinese made simplified;
                   // punctuation is one space, an apostrophe in a word goes; no spaces
                   // between Chinese characters
    LINK_NAME,     // of a person, whole or a part; as text, hyphens in a word go too
    LINK_PLACE,    // town, street, address; as text
    LINK_DATE,     // to YYYY-MM-DD, see below; what is no date stays as cleaned text
    LINK_SEX,      // to m, f (male, boy, 1, 男, ...; 0 and 9 null); others as text
    LINK_CODE,     // post code, number of a house, any code: upper case, no spaces, marks
                   // only between two digits (12/3)
    LINK_PHONE,    // digits only, without a country's 0086, +86, 0044, ... before them
                   // and the 0 of long distance; the first of two numbers, no extension
    LINK_EMAIL,    // lower case, without the name around <...>
    LINK_IDENTITY, // a number that stands for a person: letters and digits, upper case;
                   // a Chinese one of 15 digits in its form of 18
    LINK_NUMBER,   // a quantity: a decimal number in its shortest form
    LINK_ID,       // names the record, says nothing of the person: not compared, as RAW
    LINK_IGNORED,  // not compared for another reason, as RAW
    LINK_KINDS
};

// Dates are read from YYYY-MM-DD, YYYYMMDD, YYYY/M/D, D/M/YYYY (day first; month first
// when only that can be), 29 Feb 1980, 1980年2月29日; any mark or space separates, a time
// of day behind is dropped. Eight digits that are no YYYYMMDD are read as DDMMYYYY when
// that is a day. A year and a month become YYYY-MM. What has the form but is no day of
// the calendar keeps the layout, for one typing error made it: 19081332 is 1908-13-32.
// Two-digit years are guesses and stay text.
//
// "NA" and "NaN" in just this case are null among names too, "Na" and "nan" only in the
// other kinds.

const char *link_kind_name(enum link_kind kind); // "name", "date"; for messages and JSON
// False when there is no such kind.
bool link_kind_of_name(struct str name, enum link_kind *out);

// Holds ICU's transliterator and scratch memory (some 300 KB); one thread at a time.
struct link_cleaner;
enum err link_cleaner_open(struct link_cleaner **out, struct error *e) WARN_UNUSED;
void link_cleaner_close(struct link_cleaner *c);
// The cleaned text, valid until the next call; empty means null. Bytes that are no UTF-8
// count as U+FFFD. Text of 64 KiB and more is cut there (between characters). Cleaning
// twice changes nothing. ASCII takes a path without ICU. ERR_MEMORY.
enum err link_clean(struct link_cleaner *c, enum link_kind kind, struct str raw,
                    struct str *out, struct error *e) WARN_UNUSED;

#endif
