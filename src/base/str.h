// SPDX-License-Identifier: AGPL-3.0-or-later
// Text as pointer and length (UTF-8, not zero-terminated unless said), and a growing
// buffer with a maximum. A struct str owns nothing; what it points to belongs to an
// arena, a buffer or the program's constants. To print one:
// printf("a " STR_FMT " b", STR_ARG(s)), which stops at a zero byte.
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/error.h"
#include "base/memory.h"

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)((s).n > INT32_MAX ? INT32_MAX : (s).n), (s).n ? (s).p : ""

struct str str_of(const char *c_string); // NULL gives the empty string
bool str_equal(struct str a, struct str b);
bool str_equal_c(struct str a, const char *b);
bool str_equal_fold(struct str a, struct str b); // ASCII letters without case
int str_compare(struct str a, struct str b);     // bytes, then length
bool str_starts(struct str s, struct str prefix);
struct str str_trim(struct str s); // ASCII white space, U+3000 and U+FEFF at both ends
bool str_split(struct str s, char separator, struct str *head,
               struct str *rest);               // false: absent
uint64_t str_hash(struct str s, uint64_t seed); // 64 bits, not for secrets

// Copies into the arena with a terminating zero behind the text. .p is NULL when memory
// is out.
struct str str_copy(struct arena *a, struct str s);
const char *str_c(struct arena *a,
                  struct str s); // the same as a C string; NULL when memory is out
struct str str_format(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

// Whole text is one number. Accepts a leading sign; no spaces, no thousands marks. False
// and *out untouched when it is not a number or does not fit. Decimals: point only,
// finite only.
bool str_to_int(struct str s, int64_t *out);
bool str_to_double(struct str s, double *out);
// Decimal digits at the end of space, without a zero behind them.
enum { STR_INT_SIZE = 20 };
struct str str_of_int(int64_t value, char space[STR_INT_SIZE]);

// A growing buffer. Zero-initialise with BUF_INIT(max); every append checks the maximum
// and sets `failed` (sticky) instead of returning a code, so that a run of appends is
// checked once at its end.
struct buf {
    char *p;
    size_t n, capacity, max;
    bool failed, no_memory; // no_memory: failed for want of memory, not at the maximum
    bool wiped;             // set by the caller: what it leaves behind is overwritten
};

#define BUF_INIT(maximum) ((struct buf){.max = (maximum)})

bool buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, struct str s);
void buf_add_c(struct buf *b, const char *c_string);
void buf_add_char(struct buf *b, char c);
// Text inside HTML or XML: < > & " ' as entities.
void buf_add_markup(struct buf *b, struct str s);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_clear(struct buf *b); // keeps the memory, forgets the failure
void buf_free(struct buf *b);
struct str buf_str(const struct buf *b); // valid until the next append
// Zero-terminated view; NULL when memory is out or the buffer has failed.
const char *buf_c(struct buf *b);
// ERR_OK, or ERR_LIMIT / ERR_MEMORY when an append has failed.
enum err buf_check(const struct buf *b, struct error *e) WARN_UNUSED;

#endif
