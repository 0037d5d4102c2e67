// SPDX-License-Identifier: AGPL-3.0-or-later
// Files attached to a row: attach, download, strike.
#include <stdio.h>

#include "base/chain.h"
#include "register/attachment.h"
#include "serve/files.h"
#include "serve/routes.h"
#include "serve/rows_json.h"

void files_attachment(struct json_writer *j, const struct attachment *a)
{
    char hex[CHAIN_HEX_SIZE];
    struct chain_hash hash;
    for (int i = 0; i < CHAIN_HASH_SIZE; i++)
        hash.bytes[i] = a->hash[i];
    chain_to_hex(&hash, hex);
    json_put_object(j);
    put_id(j, "id", a->id);
    put_text(j, "name", a->name);
    put_text_or_null(j, "item", a->item);
    put_text(j, "type", str_of(sniff_type(a->kind)));
    put_number(j, "size", a->size);
    put_text(j, "hash", str_of(hex));
    put_moment(j, "at", a->at);
    put_text(j, "who", a->who);
    json_put_object_end(j);
}

enum err attachments_add(struct request *q, struct error *e)
{
    int64_t row;
    struct attachment_new file = {.item = request_query(q, "item")};
    struct attachment a;
    bool repeated;
    enum err code = request_id(q, "id", &row, e);
    if (!code)
        code = files_name(q, &file.name, e);
    if (!code && !q->upload)
        code = error_set(e, ERR_INPUT, "attachment.empty", NULL, "the file is empty");
    if (!file.item.n)
        file.item.p = NULL;
    if (!code)
        code = attachment_add(q->county, &q->who, request_register(q), row, &file,
                              q->upload, q->arena, &a, &repeated, e);
    if (code)
        return code;
    server_touch(q->server);
    answer_status(q, repeated ? 200 : 201);
    files_attachment(answer_json(q), &a);
    return ERR_OK;
}

// A page of the same origin must never come of it: the type is one that was found in the
// bytes, the browser is to believe it, to save it, and to give it no rights if it does
// not.
enum err attachments_get(struct request *q, struct error *e)
{
    int64_t id;
    struct attachment a = {0};
    struct str bytes = {NULL, 0};
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = attachment_get(q->county, &q->who, id, q->arena, &a, &bytes, e);
    if (!code)
        code = rows_note_reading(q, a.reg, a.row, e);
    if (code)
        return code;
    answer_header(q, "Content-Disposition", files_disposition(q->arena, a.name));
    answer_header(q, "Content-Security-Policy", STR("sandbox; default-src 'none'"));
    answer_header(q, "Cache-Control", STR("no-store"));
    struct buf *out = answer_text(q, sniff_type(a.kind));
    buf_add(out, bytes);
    return buf_check(out, e);
}

enum err attachments_strike(struct request *q, struct error *e)
{
    int64_t id;
    struct str reason = {NULL, 0};
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = files_reason(q, &reason, e);
    if (!code)
        code = attachment_strike(q->county, &q->who, id, reason, e);
    if (code)
        return code;
    server_touch(q->server);
    answer_status(q, 204);
    return ERR_OK;
}
