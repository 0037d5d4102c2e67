// SPDX-License-Identifier: AGPL-3.0-or-later
// The public pages of the tip line as HTML: whole without script, pictures, cookies or
// anything from elsewhere, so that they work in Tor Browser at its safest. One request,
// one thread.
#ifndef SERVE_TIP_PAGE_H
#define SERVE_TIP_PAGE_H

#include "access/letter.h"
#include "serve/request.h"
#include "serve/tip_content.h"
#include "serve/tip_desk.h"

// Begins a page: headers, title, the link to the other language. path: "/tip".
struct buf *tip_page_begin(struct request *q, struct str title, const char *path);
void tip_page_end(struct request *q);
// A paragraph; what stands beside it decides whether it is an alarm.
enum tip_mood { TIP_PLAIN, TIP_ALARM, TIP_QUIET };
void tip_page_say(struct buf *b, struct str text, enum tip_mood mood);

enum { TIP_MOST_QUESTIONS = 30 }; // as pack/load_channel.c has it

struct tip_form { // what is shown of a form, once more after a fault
    const struct channel *channel;
    struct tip_token token;
    char token_text[TIP_TOKEN_TEXT];
    struct str answers[TIP_MOST_QUESTIONS]; // as they were sent
    enum tip_fault faults[TIP_MOST_QUESTIONS];
    struct str fault; // of the whole; empty: none
};
void tip_page_form(struct request *q, const struct tip_form *f);
void tip_page_receipt(struct request *q, const struct channel *ch, const char *receipt);
// To look for one's letter.
void tip_page_ask(struct request *q, const char *token, struct str fault);

struct tip_reply { // an answer that was opened
    int32_t on_day;
    struct str text;
};
struct tip_letter {
    const struct channel *channel; // NULL: the pack has it no more
    struct letter letter;
    struct str receipt;
    const char *token;
    const struct tip_reply *replies;
    size_t n_replies;
    struct str fault, done;
};
void tip_page_letter(struct request *q, const struct tip_letter *l);

#endif
