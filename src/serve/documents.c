// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/documents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
    const char *name, *type;
} kinds[DOCUMENT_FORMATS] = {
    [DOCUMENT_JSON] = {"json", "application/json"},
    [DOCUMENT_HTML] = {"html", "text/html; charset=utf-8"},
    [DOCUMENT_PDF] = {"pdf", "application/pdf"},
    [DOCUMENT_XLSX] =
        {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    [DOCUMENT_ZIP] = {"zip", "application/zip"},
};

// The page has its own style and no script; it may be framed by Heng's own pages.
static const char page_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-modals allow-popups";

enum err documents_format(const struct request *q, const enum document_format *formats,
                          size_t n, enum document_format *out, struct error *e)
{
    struct str name = request_query(q, "format");
    *out = formats[0];
    if (!name.n)
        return ERR_OK;
    struct buf list = BUF_INIT(100);
    for (size_t i = 0; i < n; i++) {
        *out = formats[i];
        if (str_equal_c(name, kinds[formats[i]].name)) {
            buf_free(&list);
            return ERR_OK;
        }
        buf_printf(&list, "%s%s",
                   !i          ? ""
                   : i + 1 < n ? ", "
                               : " or ",
                   kinds[formats[i]].name);
    }
    (void)error_set(e, ERR_INPUT, "report.format", "format",
                    "'" STR_FMT "' is not a format of this", STR_ARG(name));
    (void)error_cure(e, STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_INPUT;
}

enum err documents_path(struct request *q, enum document_format format, const char **out,
                        struct error *e)
{
    struct str path = str_format(q->arena, "%s/report-XXXXXX.%s",
                                 server_folder(q->server), kinds[format].name);
    if (!path.p)
        return error_memory(e);
    int fd = mkostemps((char *)path.p, (int)str_of(kinds[format].name).n + 1, O_CLOEXEC);
    if (fd < 0)
        return error_errno(e, errno, NULL, "make a file for the report");
    close(fd);
    *out = path.p;
    return ERR_OK;
}

static void say_policy(struct request *q)
{
    answer_header(q, "Content-Security-Policy", str_of(page_policy));
}

enum err documents_send(struct request *q, const char *path, enum document_format format,
                        struct str name, struct error *e)
{
    struct str file = {NULL, 0};
    if (format == DOCUMENT_HTML) {
        say_policy(q);
    } else {
        file = str_format(q->arena, STR_FMT ".%s", STR_ARG(name), kinds[format].name);
        if (!file.p) {
            unlink(path);
            return error_memory(e);
        }
    }
    return answer_file(q, path, kinds[format].type, file, true, e);
}

enum err documents_answer(struct request *q, const struct doc *d,
                          enum document_format format, struct str name, struct error *e)
{
    const char *path = NULL;
    if (format == DOCUMENT_HTML && q->route->cached) { // what is kept is in memory
        say_policy(q);
        return doc_put_html(d, answer_text(q, kinds[format].type), e);
    }
    enum err code = documents_path(q, format, &path, e);
    if (code)
        return code;
    code = doc_write(d, path, e);
    if (code) {
        unlink(path);
        return code;
    }
    return documents_send(q, path, format, name, e);
}
