// SPDX-License-Identifier: AGPL-3.0-or-later
// Text encodings of files from outside: which one a file is in, and turning it into
// UTF-8.
//
// A file is looked at as a whole, in blocks of any size: sequences that cross a block's
// end are carried over. It is UTF-8 when all of it is valid UTF-8, or when it has at
// least twice as many valid wide sequences as invalid ones (a few bad rows, or a cut-off
// end, do not turn a UTF-8 file into another; in GB18030 text hardly one character in
// eight happens to be valid UTF-8). Otherwise it is whichever of UTF-8 and GB18030 has
// fewer invalid sequences; but not GB18030 when most of its wide characters end in a
// plain letter: that is a Western text ("M\xFCller"), and its rows are better refused
// than read as Chinese. In Chinese text such characters are rare. UTF-16 is known by its
// byte order mark only. Source: RFC 3629; GB 18030-2005 (ranges of the four-byte part as
// in the WHATWG Encoding Standard). One scan or decoder, one thread.
#ifndef BASE_ENCODING_H
#define BASE_ENCODING_H

#include "base/str.h"

enum encoding {
    ENCODING_UTF8,
    ENCODING_GB18030,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_COUNT
};

const char *encoding_name(enum encoding encoding); // "UTF-8", "GB18030", ...

// The byte order mark at the start of a file: its length, 0 for none. *encoding is set
// only when there is one.
size_t encoding_mark(struct str head, enum encoding *encoding);

// Zero-initialise; feed the blocks; end it once.
struct encoding_scan {
    uint64_t invalid;  // invalid sequences seen
    uint64_t wide;     // valid sequences of two bytes or more
    uint64_t lettered; // of these, those of two bytes that end in a letter
    unsigned char bytes[4];
    unsigned held; // bytes of a sequence begun in the block before
};
void encoding_scan_utf8(struct encoding_scan *scan, const char *p, size_t n);
void encoding_scan_gb18030(struct encoding_scan *scan, const char *p, size_t n);
void encoding_scan_end(struct encoding_scan *scan); // a sequence left open is invalid
// The rule above, from both ended scans of a file. gb18030 need not be filled when the
// UTF-8 scan alone decides (encoding_is_clear).
bool encoding_is_clear(const struct encoding_scan *utf8);
enum encoding encoding_decide(const struct encoding_scan *utf8,
                              const struct encoding_scan *gb18030);

// Bytes from the start that are valid UTF-8; text.n when all is. Pure ASCII runs at the
// speed of memory.
size_t encoding_valid_utf8(struct str text);
// The whole text is well-formed GB18030 and has something beyond ASCII.
bool encoding_is_gb18030(struct str text);

// From GB18030 or UTF-16 (without its mark) to UTF-8. A byte of no character comes out as
// the three bytes FF, 80|high half, 80|low half: never valid UTF-8, so the row it stands
// in is found by encoding_valid_utf8 and the byte can be named (encoding_marked_byte).
struct encoding_decoder;
enum err encoding_decoder_open(struct encoding_decoder **out, enum encoding from,
                               struct error *e) WARN_UNUSED;
void encoding_decoder_close(struct encoding_decoder *decoder);
// Takes what it can from *in and appends to out[*n..capacity). Call again with more room
// or more input; `final` says that no input follows. Capacity must leave 8 bytes of room
// or nothing happens. True while there is output that did not fit.
bool encoding_decode(struct encoding_decoder *decoder, struct str *in, bool final,
                     char *out, size_t *n, size_t capacity);
// The byte behind a decoder's mark at p (at least 3 bytes long).
unsigned char encoding_marked_byte(const char *p);

// Appends text with U+FFFD in place of what is not valid UTF-8. marks: the text came from
// a decoder.
void encoding_repair(struct buf *out, struct str text, bool marks);

#endif
