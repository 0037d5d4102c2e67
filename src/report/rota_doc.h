// SPDX-License-Identifier: AGPL-3.0-or-later
// A rota (study/rota.h) as a page to print and as tables of figures, each choice with its
// reason. In English and in Chinese. Everything lives in the arena.
#ifndef REPORT_ROTA_DOC_H
#define REPORT_ROTA_DOC_H

#include "base/result.h"
#include "report/doc.h"
#include "study/rota.h"

struct rota_page {
    const struct rota_input *in;
    const struct rota *rota;
    const struct str *names; // of facilities
    const struct str *areas; // likewise; NULL: not known
    int32_t start;           // first day of the round; the others are its working days
    struct str subtitle;     // may be empty
};

enum { ROTA_DOC_RESULTS = 3 };
struct rota_doc {
    struct doc *doc;
    struct result results[ROTA_DOC_RESULTS]; // visits, left, settings
    size_t n_results;
};

enum err rota_doc_make(struct rota_doc *out, const struct rota_page *page,
                       struct arena *a, bool zh, struct error *e) WARN_UNUSED;

#endif
