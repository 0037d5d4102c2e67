// SPDX-License-Identifier: AGPL-3.0-or-later
// OpenRosa 1.0 for phones: the list of forms, forms, and the lists of places they need.
// Sources: docs.getodk.org/openrosa (form list, form manifest, HTTP request).
#include "serve/openrosa.h"

#include <string.h>

#include "serve/routes.h"
#include "serve/server_private.h"

static const char xml_type[] = "text/xml; charset=utf-8";

// --- where we are

static bool is_host(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && (!c || !strchr(".:-_[]", c)))
            return false;
    }
    return s.n > 0 && s.n <= 260;
}

struct str openrosa_base(struct request *q)
{
    const struct server *s = q->server;
    struct str host = request_header(q, "Host");
    bool secure = s->options.certificate != NULL;
    if (s->options.behind_proxy) // a proxy that does not say is one that speaks TLS
        secure = !str_equal_c(request_header(q, "X-Forwarded-Proto"), "http");
    if (!host.p || !is_host(host))
        return str_of(s->address);
    return str_format(q->arena, "%s://" STR_FMT, secure ? "https" : "http",
                      STR_ARG(host));
}

struct xform openrosa_form(const struct request *q, const struct reg *r)
{
    return (struct xform){.pack = q->county->pack,
                          .places = q->county->places,
                          .who = &q->who,
                          .reg = r,
                          .zh = q->zh,
                          .today = q->measure.today};
}

static bool is_form(const struct request *q, const struct reg *r)
{
    return xform_suits(r) && !access_write_some(&q->who, r, NULL);
}

enum err openrosa_register(const struct request *q, const char *name,
                           const struct reg **out, struct error *e)
{
    struct str given = request_path(q, name), form = given;
    if (strcmp(name, "file") == 0) {
        form.n =
            given.n > 4 && str_equal_c((struct str){given.p + given.n - 4, 4}, ".xml")
                ? given.n - 4
                : 0;
    }
    *out = form.n ? pack_register(q->county->pack, form) : NULL;
    if (*out && is_form(q, *out))
        return ERR_OK;
    return error_set(e, ERR_NOT_FOUND, "openrosa.form", NULL,
                     q->zh ? "没有可供您填写的表单“" STR_FMT "”"
                           : "there is no form '" STR_FMT "' for you",
                     STR_ARG(given));
}

// --- the list of forms

static void put_element(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, "<%s>", name);
    buf_add_markup(out, text);
    buf_printf(out, "</%s>", name);
}

static void put_hash(struct buf *out, const char *hash)
{
    buf_printf(out, "<hash>md5:%s</hash>", hash);
}

static enum err put_form(struct request *q, const struct reg *r, bool verbose,
                         struct str base, struct xform_shared *shared, struct buf *out,
                         struct error *e)
{
    struct xform x = openrosa_form(q, r);
    x.shared = shared;
    struct xform_text text;
    struct xform_media media[XFORM_LISTS];
    size_t n;
    enum err code = xform_write(&x, q->arena, &text, e);
    if (!code)
        code = xform_media(&x, q->arena, media, &n, e);
    if (code)
        return code;
    buf_add_c(out, "<xform>");
    put_element(out, "formID", r->name);
    put_element(out, "name", label_in(r->label, q->zh));
    put_element(out, "version", text.version);
    put_hash(out, text.hash);
    if (verbose)
        put_element(out, "descriptionText", label_in(r->label, !q->zh));
    buf_printf(out,
               "<downloadUrl>" STR_FMT "/openrosa/forms/" STR_FMT ".xml</downloadUrl>",
               STR_ARG(base), STR_ARG(r->name));
    if (n)
        buf_printf(out,
                   "<manifestUrl>" STR_FMT "/openrosa/forms/" STR_FMT
                   "/manifest</manifestUrl>",
                   STR_ARG(base), STR_ARG(r->name));
    buf_add_c(out, "</xform>\n");
    return ERR_OK;
}

enum err openrosa_list(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct str only = request_query(q, "formID"), base = openrosa_base(q);
    bool verbose = str_equal_fold(request_query(q, "verbose"), STR("true"));
    struct buf *out = answer_text(q, xml_type);
    struct xform_shared shared = {0};
    enum err code = ERR_OK;
    buf_add_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">\n");
    // listAllVersions asks for nothing more: there is one version of each, today's
    for (size_t i = 0; !code && i < p->n_registers; i++)
        if (is_form(q, &p->registers[i]) &&
            (!only.n || str_equal(only, p->registers[i].name)))
            code = put_form(q, &p->registers[i], verbose, base, &shared, out, e);
    buf_add_c(out, "</xforms>\n");
    return code;
}

// --- a form, and what belongs to it

enum err openrosa_download(struct request *q, struct error *e)
{
    const struct reg *r;
    struct xform_text text;
    enum err code = openrosa_register(q, "file", &r, e);
    if (code)
        return code;
    struct xform x = openrosa_form(q, r);
    code = xform_write(&x, q->arena, &text, e);
    if (!code)
        buf_add(answer_text(q, xml_type), text.xml);
    return code;
}

static enum err find_media(struct request *q, const struct reg **r,
                           struct xform_media media[XFORM_LISTS], size_t *n,
                           struct error *e)
{
    enum err code = openrosa_register(q, "form", r, e);
    if (code)
        return code;
    struct xform x = openrosa_form(q, *r);
    return xform_media(&x, q->arena, media, n, e);
}

enum err openrosa_manifest(struct request *q, struct error *e)
{
    const struct reg *r;
    struct xform_media media[XFORM_LISTS];
    size_t n;
    enum err code = find_media(q, &r, media, &n, e);
    if (code)
        return code;
    struct str base = openrosa_base(q);
    struct buf *out = answer_text(q, xml_type);
    buf_add_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">\n");
    for (size_t i = 0; i < n; i++) {
        buf_add_c(out, "<mediaFile>");
        put_element(out, "filename", media[i].name);
        put_hash(out, media[i].hash);
        buf_printf(out,
                   "<downloadUrl>" STR_FMT "/openrosa/forms/" STR_FMT "/media/" STR_FMT
                   "</downloadUrl></mediaFile>\n",
                   STR_ARG(base), STR_ARG(r->name), STR_ARG(media[i].name));
    }
    buf_add_c(out, "</manifest>\n");
    return ERR_OK;
}

enum err openrosa_media(struct request *q, struct error *e)
{
    const struct reg *r;
    struct xform_media media[XFORM_LISTS];
    struct str name = request_path(q, "name");
    size_t n;
    enum err code = find_media(q, &r, media, &n, e);
    if (code)
        return code;
    for (size_t i = 0; i < n; i++)
        if (str_equal(media[i].name, name)) {
            buf_add(answer_text(q, "text/csv; charset=utf-8"), media[i].csv);
            return ERR_OK;
        }
    return error_set(e, ERR_NOT_FOUND, "openrosa.media", NULL,
                     "the form has no file '" STR_FMT "'", STR_ARG(name));
}
