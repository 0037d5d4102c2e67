// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages: files that the program carries, as responses that are made once.
#include <string.h>

#include "serve/assets.h"
#include "serve/server_private.h"

struct page {
    struct MHD_Response *plain, *packed, *same;
};

static struct MHD_Response *make(struct server *s, const struct asset *asset,
                                 struct str body)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(
        body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_PERSISTENT);
    if (!r)
        return NULL;
    send_security(s, r);
    MHD_add_response_header(r, "Content-Type", asset->content_type.p);
    MHD_add_response_header(r, "ETag", asset->etag.p);
    MHD_add_response_header(r, "Vary", "Accept-Encoding");
    MHD_add_response_header(r, "Cache-Control",
                            asset->immutable ? "public, max-age=31536000, immutable"
                                             : "no-cache");
    return r;
}

enum err static_open(struct server *s, struct error *e)
{
    bool good = true;
    s->pages = mem_alloc(asset_count, sizeof *s->pages);
    if (!s->pages)
        return error_memory(e);
    for (size_t i = 0; i < asset_count; i++) {
        const struct asset *asset = &asset_list[i];
        struct page *p = &s->pages[i];
        p->plain = make(s, asset, asset->body);
        p->same = make(s, asset, STR(""));
        good = good && p->plain && p->same;
        if (asset->gzip.n && (p->packed = make(s, asset, asset->gzip)) != NULL)
            MHD_add_response_header(p->packed, "Content-Encoding", "gzip");
    }
    return good ? ERR_OK : error_memory(e);
}

void static_close(struct server *s)
{
    for (size_t i = 0; s->pages && i < asset_count; i++) {
        struct MHD_Response *all[] = {s->pages[i].plain, s->pages[i].packed,
                                      s->pages[i].same};
        for (size_t k = 0; k < 3; k++)
            if (all[k])
                MHD_destroy_response(all[k]);
    }
    mem_free(s->pages);
}

// What is no file is an address of the pages, which find their own way; but a name with
// an ending is a file that is not there.
static const struct asset *choose(const struct exchange *x)
{
    size_t n = strcspn(x->uri, "?");
    const struct asset *asset = asset_find((struct str){x->uri, n});
    if (asset || !x->path.n)
        return asset;
    struct str last = x->path.segments[x->path.n - 1];
    return last.n && memchr(last.p, '.', last.n) ? NULL : asset_find(STR("/"));
}

enum MHD_Result static_answer(struct exchange *x)
{
    const struct asset *asset = choose(x);
    if (!asset) {
        struct error e;
        error_set(&e, ERR_NOT_FOUND, "serve.address", NULL,
                  "there is nothing at this address");
        error_cure(&e, "GET /api/openapi.json describes every address of the API");
        exchange_fail(x, 404, &e);
        return send_answer(x);
    }
    const struct page *p = &x->server->pages[asset - asset_list];
    return send_kept(x, p->plain, p->packed, p->same, asset->etag.p, asset->body.n);
}
