// SPDX-License-Identifier: AGPL-3.0-or-later
// What went wrong, where, and what to do about it.
//
// A call that can fail returns enum err (0 is success) and fills the struct error that
// the caller passed. The text is one plain sentence that names what was found and what
// was expected; the cure says what to do. `key` names the message in the catalogue
// ("csv.quote"), so that a page can say it in the reader's language. A struct error is
// plain data: no ownership, free to copy.
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum err {
    ERR_OK = 0,
    ERR_USAGE,     // the command or call was put wrongly
    ERR_INPUT,     // data from outside is not what it must be
    ERR_NOT_FOUND, // no such file, row, area, indicator
    ERR_CONFLICT,  // someone else changed it; a key is taken
    ERR_FORBIDDEN, // role, purpose or area does not allow it
    ERR_LIMIT,     // larger than a stated maximum
    ERR_IO,        // the operating system said no
    ERR_FULL,      // no space left
    ERR_CORRUPT,   // data at rest is not what was written
    ERR_BUSY,      // another process holds it; try again
    ERR_MEMORY,    // no memory
    ERR_INTERNAL,  // a defect of Heng
    ERR_COUNT
};

struct error {
    enum err code;
    const char *key; // what kind of error, static storage
    char where[256]; // "births.csv:17 born_on", "packs/x/births.yaml:12:5", ...
    char text[768];
    char cure[384];
    char text_zh[768]; // "": the sentence has no Chinese
    char cure_zh[384];
};

// What an error says in one language. English, where Chinese was asked for and only the
// general words are known: `detail` is then the sentence with what was found. "": none.
struct error_words {
    const char *text, *cure, *detail;
};

#define WARN_UNUSED __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

// Fills *e and returns code, so that a function can end with `return error_set(...)`.
// where may be NULL. e may be NULL (then only the code is returned). Text that is too
// long is cut between two characters.
enum err error_set(struct error *e, enum err code, const char *key, const char *where,
                   const char *format, ...) PRINTF_LIKE(5, 6);

enum err error_set_list(struct error *e, enum err code, const char *key,
                        const char *where, const char *format, va_list arguments);

// The Chinese of what a pack or another table says in both languages already.
void error_set_zh(struct error *e, const char *format, ...) PRINTF_LIKE(2, 3);
void error_cure_zh(struct error *e, const char *format, ...) PRINTF_LIKE(2, 3);

// Names the place anew.
void error_where(struct error *e, const char *where);

// Puts words before the text, as "line 3: ". Returns e->code.
enum err error_before(struct error *e, const char *format, ...) PRINTF_LIKE(2, 3);

// Adds what the user can do about it. Returns e->code (ERR_INTERNAL for NULL).
enum err error_cure(struct error *e, const char *format, ...) PRINTF_LIKE(2, 3);
enum err error_cure_list(struct error *e, const char *format, va_list arguments);

// Good as long as *e is.
struct error_words error_words(const struct error *e, bool zh);

// The Chinese of an English format or phrase, with {1}, {2} ...; NULL: none.
const char *error_chinese(const char *english);

// ERR_MEMORY with a fixed text; never allocates.
enum err error_memory(struct error *e);

// ERR_IO or ERR_FULL (and ERR_NOT_FOUND for ENOENT) from errno, with `what` as the action
// ("open").
enum err error_errno(struct error *e, int errno_value, const char *where,
                     const char *what);

// The one map from a code to an exit status (0, 64-78 after sysexits.h) and to an HTTP
// status.
int error_exit_status(enum err code);
int error_http_status(enum err code);

// Short name of a code ("input"); static storage.
const char *error_name(enum err code);

#endif
