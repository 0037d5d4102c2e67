// SPDX-License-Identifier: AGPL-3.0-or-later
// What a letter says, between a form and what is sealed: the answers to a channel's
// questions as JSON, {"answers": {"what": "fees", ...}, "from": "..."}. Later messages
// are {"text": "..."}. Pure; texts in the arena.
#ifndef SERVE_TIP_CONTENT_H
#define SERVE_TIP_CONTENT_H

#include "base/strip.h"
#include "pack/engines.h"
#include "register/places.h"

enum tip_fault {
    TIP_ANSWER_GOOD,
    TIP_ANSWER_MISSING,
    TIP_ANSWER_LONG,
    TIP_ANSWER_CODE,     // none of the codes
    TIP_ANSWER_FACILITY, // no such code
    TIP_ANSWER_DATE      // not 2014-06-05, or a day to come
};

enum tip_fault tip_answer_check(const struct channel_question *q,
                                const struct places *places, int32_t today,
                                struct str answer);
struct str tip_fault_text(enum tip_fault f, const struct channel_question *q, bool zh,
                          struct arena *a);
// answers: by question. from: who writes; empty in public.
enum err tip_content(const struct channel *ch, const struct str *answers, struct str from,
                     struct arena *a, struct str *out, struct error *e) WARN_UNUSED;
enum err tip_message(struct str text, struct arena *a, struct str *out,
                     struct error *e) WARN_UNUSED;
// A stripped file as it is sealed: one byte of its kind, then its bytes.
enum err tip_file(struct str bytes, struct arena *a, struct str *out,
                  struct error *e) WARN_UNUSED;
// The other way round. ERR_CORRUPT.
enum err tip_file_read(struct str content, enum strip_kind *kind, struct str *bytes,
                       struct error *e) WARN_UNUSED;

#endif
