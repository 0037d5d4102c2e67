// SPDX-License-Identifier: AGPL-3.0-or-later
// What the handlers of files share: names that browsers send, JSON that was kept, sizes.
#ifndef SERVE_FILES_H
#define SERVE_FILES_H

#include "serve/put.h"
#include "serve/request.h"

// What the sender calls the body: X-File-Name, percent-encoded UTF-8; its last part,
// without controls, at most 200 bytes; "file" where there is none. In the arena.
enum err files_name(const struct request *q, struct str *out,
                    struct error *e) WARN_UNUSED;
// Content-Disposition of a download (RFC 6266, 8187): every byte that is no letter or
// digit as %XX. In the arena.
struct str files_disposition(struct arena *a, struct str name);
// The type Attachment of types.ts (attachments.c).
struct attachment;
void files_attachment(struct json_writer *j, const struct attachment *a);
// A value that jansson has read.
void files_value(struct json_writer *j, const json_t *value);
// A file of JSON, whole or not at all (written beside it, then renamed). read: *out NULL
// where there is none or it is no JSON; json_decref it.
enum err files_keep(const char *path, struct str text, struct error *e) WARN_UNUSED;
void files_read(const char *path, json_t **out);
// {reason} of a body; ERR_INPUT when it is missing.
enum err files_reason(struct request *q, struct str *out, struct error *e) WARN_UNUSED;
// The caller must hold f for the whole county: what concerns the file itself.
enum err files_everywhere(const struct request *q, enum access_function f,
                          struct error *e) WARN_UNUSED;
// When the newest backup in the server's folder was made (backups.c), as put_moment takes
// it; 0: there is none.
enum err backups_newest(struct request *q, int64_t *at, struct error *e) WARN_UNUSED;

#endif
