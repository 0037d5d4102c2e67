// SPDX-License-Identifier: AGPL-3.0-or-later
// What the server says about itself.
#include "serve/routes.h"
#include "serve/server_private.h"

enum err serve_health(struct request *q, struct error *e)
{
    (void)e;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("ok"));
    json_put_bool(j, true);
    json_put_key(j, STR("version"));
    json_put_string(j, STR(HENG_VERSION));
    json_put_object_end(j);
    return ERR_OK;
}
