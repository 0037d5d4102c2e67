// SPDX-License-Identifier: AGPL-3.0-or-later
// What keeps a flood from the public pages without knowing who comes: no address, no
// cookie, nothing that is kept on a disk. Forms carry a token that the server has signed:
// it is good once, only after some seconds of waiting, and for four hours; it names the
// question (drawn from a list in this file) that a person has to answer. Behind it three
// buckets for everybody together fill up again over time: letters (the channel's
// per_hour), tries with a wrong answer, receipts that were looked for.
//
// A flood can still keep others out for as long as it lasts; it cannot fill the file, and
// it cannot tire the machine (a refusal costs some microseconds). Any thread.
#ifndef SERVE_TIP_DESK_H
#define SERVE_TIP_DESK_H

#include "base/str.h"

struct tip_desk;

enum {
    TIP_TOKEN_TEXT = 60,
    TIP_LIFE_MS = 4 * 3600 * 1000,
    TIP_TRIES_PER_HOUR = 900, // forms that were looked at
    TIP_RETURNS_PER_HOUR = 600
};

enum tip_page_kind { TIP_FORM, TIP_RETURN };

enum err tip_desk_open(struct tip_desk **out, struct error *e) WARN_UNUSED;
void tip_desk_close(struct tip_desk *d); // NULL is fine

// How long a form must have been open: a person takes longer to fill it in.
int64_t tip_wait_ms(enum tip_page_kind kind);

struct tip_token {
    int64_t issued_at;
    unsigned question;
};
// A new token; since: when the one before was issued, for a form that is shown again (0:
// now).
void tip_token_new(struct tip_desk *d, enum tip_page_kind kind, int64_t now,
                   int64_t since, struct tip_token *out, char text[TIP_TOKEN_TEXT]);

enum tip_refusal {
    TIP_GOOD,
    TIP_STALE, // not this server's, too old, used
    TIP_EARLY, // not waited long enough
    TIP_FULL   // too many at once: come again later
};
// Takes the token: it is used up by TIP_GOOD.
enum tip_refusal tip_token_take(struct tip_desk *d, enum tip_page_kind kind,
                                struct str text, int64_t now, struct tip_token *out);
// One letter of the channel's per_hour. False: wait.
bool tip_letter_take(struct tip_desk *d, int per_hour, int64_t now);

// The question, and whether this answers it (any case and width, in either language).
struct str tip_question(unsigned question, bool zh);
bool tip_answers(unsigned question, struct str answer, struct arena *a);

#endif
