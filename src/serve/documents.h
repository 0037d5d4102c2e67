// SPDX-License-Identifier: AGPL-3.0-or-later
// A document (report/doc.h) as an answer: HTML to be looked at, PDF or XLSX to be saved.
#ifndef SERVE_DOCUMENTS_H
#define SERVE_DOCUMENTS_H

#include "report/doc.h"
#include "serve/request.h"

enum document_format {
    DOCUMENT_JSON,
    DOCUMENT_HTML,
    DOCUMENT_PDF,
    DOCUMENT_XLSX,
    DOCUMENT_ZIP,
    DOCUMENT_FORMATS
};

// ?format=, one of `formats` (n of them, the first where none is asked for). ERR_INPUT
// names them.
enum err documents_format(const struct request *q, const enum document_format *formats,
                          size_t n, enum document_format *out,
                          struct error *e) WARN_UNUSED;
// A new file in the server's folder that nobody else uses; in the arena.
enum err documents_path(struct request *q, enum document_format format, const char **out,
                        struct error *e) WARN_UNUSED;
// Sends the file at path, which is removed then. name: of the download, without its
// ending; HTML is shown.
enum err documents_send(struct request *q, const char *path, enum document_format format,
                        struct str name, struct error *e) WARN_UNUSED;
// Writes the document and sends it.
enum err documents_answer(struct request *q, const struct doc *d,
                          enum document_format format, struct str name,
                          struct error *e) WARN_UNUSED;

#endif
