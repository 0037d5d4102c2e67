// SPDX-License-Identifier: AGPL-3.0-or-later
// Letters of a sealed channel (pack/engines.h): a tip or a referral, and what is written
// about it in both directions. Content comes in here as bytes and is kept only as
// seal_close has it; nothing of it, and nothing of who sent it, reaches another table,
// the history, the audit log or a text of an error. Times are kept to the day.
//
// The receipt is 16 random digits, shown once and kept by the sender alone. From it come,
// by argon2id (as for log-ins) with one salt for the file and BLAKE2b: an index by which
// the letter is found, and a key pair. The public key stays with the letter, so that
// readers' answers are sealed to it too: only whoever has the receipt, or a reader, reads
// them. The sender's own words are sealed to the readers alone: a receipt that is found
// shows nothing of what was reported.
//
// Why one salt: a salt for each letter would have to be tried one after the other, so
// that the time of an answer told how many letters there are. The price is that one guess
// is good against all letters at once: with a thousand letters 10^13 guesses of 0.2 s,
// some 60,000 years of one core; the salt is the file's own, so nothing can be worked out
// beforehand. Every guess costs the same and ends in the same look-up of 32 pseudo-random
// bytes in an index, whose time tells nothing of the digits.
//
// Functions that take a conn read in its snapshot; those that take a store write in one
// job. Texts are in the arena. Any thread.
#ifndef ACCESS_LETTER_H
#define ACCESS_LETTER_H

#include "access/seal.h"
#include "pack/engines.h"

enum {
    LETTER_RECEIPT_TEXT = 20, // "1234 5678 9012 3456" and a zero
    LETTER_INDEX = 32,
    LETTER_MAX_FILES = 3,       // sent at once
    LETTER_MAX_FILE = 5 << 20,  // bytes
    LETTER_MAX_TEXT = 32 << 10, // bytes of a message
    LETTER_MAX_MESSAGES = 200   // of one letter
};

enum err letter_migrate(struct conn *c, struct error *e) WARN_UNUSED;

// --- the receipt

struct letter_receipt {
    unsigned char index[LETTER_INDEX], secret[SEAL_SECRET], public_[SEAL_PUBLIC];
};

void letter_receipt_new(char digits[LETTER_RECEIPT_TEXT]);
// About 0.2 s and 64 MiB. Spaces and hyphens are passed over; full-width digits are read.
// ERR_INPUT: these are not 16 digits (told at once: it says nothing of any letter).
enum err letter_receipt_open(struct store *s, struct str digits,
                             struct letter_receipt *out, struct error *e) WARN_UNUSED;

// --- writing

enum letter_state { LETTER_NEW, LETTER_READ, LETTER_ANSWERED, LETTER_CLOSED };
const char *letter_state_name(enum letter_state s); // "new"

struct letter_part { // a message and the files that came with it
    struct str text;
    const struct str *files; // each with its name and kind inside, as the caller has it
    size_t n_files;
};

// A new letter, sealed to the channel's readers of today. ERR_CONFLICT: there are none.
enum err letter_send(struct store *s, const struct channel *ch,
                     const struct letter_receipt *receipt, const struct letter_part *part,
                     int32_t today, int64_t *id, struct error *e) WARN_UNUSED;
// More of the sender; ERR_CONFLICT: it is closed; ERR_LIMIT: too many messages.
enum err letter_add(struct store *s, const struct channel *ch, int64_t letter,
                    const struct letter_part *part, int32_t today,
                    struct error *e) WARN_UNUSED;
// A reader's answer, to the sender and all readers.
enum err letter_answer(struct store *s, const struct channel *ch, int64_t letter,
                       struct str text, int32_t today, struct error *e) WARN_UNUSED;
// A reader has opened it: new becomes read.
enum err letter_mark_read(struct store *s, const struct channel *ch, int64_t letter,
                          struct error *e) WARN_UNUSED;
enum err letter_close(struct store *s, const struct channel *ch, int64_t letter,
                      int32_t today, struct error *e) WARN_UNUSED;
// Removes, with everything that hangs on them, letters whose time is over; overwrites
// their pages in the file (secure_delete). What is left are the counts of their month.
enum err letter_sweep(struct store *s, int32_t today, int64_t *removed,
                      struct error *e) WARN_UNUSED;

// --- readers who join later

// Who reads the channel today, has a key, and cannot open what `reader` can.
struct letter_newcomer {
    int64_t user;
    struct str name;
    int64_t letters; // with something that is closed to them and open to the reader
};
enum err letter_newcomers(struct conn *c, const struct channel *ch, int64_t reader,
                          int32_t today, struct arena *a, struct letter_newcomer **out,
                          size_t *n, struct error *e) WARN_UNUSED;
// The reader lets a newcomer read all of it, with the reader's own opened key: the keys
// of messages and files are sealed once more, their content is not opened. Noted in the
// audit log by name and number, in the same job. At most 4,000 messages and files at a
// time: the rest is still told by letter_newcomers. ERR_NOT_FOUND: no such newcomer.
enum err letter_share(struct store *s, const struct channel *ch, int64_t reader,
                      const unsigned char *secret, int64_t newcomer, int32_t today,
                      int64_t now, int64_t *letters, struct error *e) WARN_UNUSED;

// --- reading

struct letter {
    int64_t id;
    struct str channel;
    enum letter_state state;
    int32_t arrived_on, due_on, answered_on, closed_on, keep_until; // DATE_NONE: not
    size_t messages, files;
    unsigned char public_[SEAL_PUBLIC];
};
// ERR_NOT_FOUND, in the same words: never was, has been removed, another channel's.
enum err letter_get(struct conn *c, struct str channel, int64_t id, struct arena *a,
                    struct letter *out, struct error *e) WARN_UNUSED;
enum err letter_find(struct conn *c, const struct letter_receipt *receipt,
                     struct arena *a, struct letter *out, struct error *e) WARN_UNUSED;
// Due first, then by day; closed ones last. At most 1,000.
enum err letter_list(struct conn *c, struct str channel, struct arena *a,
                     struct letter **out, size_t *n, struct error *e) WARN_UNUSED;

struct letter_message {
    int64_t id;
    bool of_reader;
    int32_t on_day;
    struct seal_letter sealed;
};
enum err letter_messages(struct conn *c, int64_t letter, struct arena *a,
                         struct letter_message **out, size_t *n,
                         struct error *e) WARN_UNUSED;

struct letter_file {
    int64_t id, message;
    struct seal_letter sealed; // only of letter_file_get
};
enum err letter_files(struct conn *c, int64_t letter, struct arena *a,
                      struct letter_file **out, size_t *n, struct error *e) WARN_UNUSED;
enum err letter_file_get(struct conn *c, int64_t letter, int64_t id, struct arena *a,
                         struct letter_file *out, struct error *e) WARN_UNUSED;

// Of a month ("2014-06"), for supervision; they stay when letters go.
struct letter_count {
    struct str month;
    int64_t received, in_time, late; // answered first in time, or not
};
enum err letter_counts(struct conn *c, struct str channel, struct arena *a,
                       struct letter_count **out, size_t *n, struct error *e) WARN_UNUSED;

#endif
