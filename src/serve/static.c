// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages: files that the program carries.
#include "serve/server_private.h"

enum MHD_Result static_answer(struct exchange *x)
{
    struct error e;
    error_set(&e, ERR_NOT_FOUND, "serve.address", NULL,
              "there is nothing at this address");
    error_cure(&e, "GET /api/openapi.json describes every address");
    exchange_fail(x, 404, &e);
    return send_answer(x);
}
