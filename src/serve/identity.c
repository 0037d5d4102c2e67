// SPDX-License-Identifier: AGPL-3.0-or-later
// Who asks: by the cookie of a session or by a personal access token.
#include "serve/server_private.h"

enum err identity_find(struct exchange *x, struct error *e)
{
    (void)e;
    struct request *q = &x->q;
    struct str lang = request_query(q, "lang");
    if (lang.n) {
        q->zh = str_equal(lang, STR("zh"));
    } else {
        const char *accept = exchange_header(x, "Accept-Language");
        q->zh = path_language(str_of(accept)) == 1;
    }
    return ERR_OK;
}
