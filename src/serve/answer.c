// SPDX-License-Identifier: AGPL-3.0-or-later
// What handlers write their answers with.
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/files.h"
#include "serve/server_private.h"

void answer_open(struct answer *a)
{
    *a = (struct answer){.file = -1, .text = BUF_INIT(SERVE_MAX_ANSWER)};
    a->stream.pending = BUF_INIT(SERVE_STREAM_BUFFER);
    pthread_mutex_init(&a->stream.lock, NULL);
    pthread_cond_init(&a->stream.room, NULL);
}

void answer_close(struct answer *a)
{
    buf_free(&a->text);
    buf_free(&a->stream.pending);
    if (a->file >= 0)
        close(a->file);
    pthread_mutex_destroy(&a->stream.lock);
    pthread_cond_destroy(&a->stream.room);
}

void answer_discard(struct answer *a)
{
    assert(!a->streams);
    buf_clear(&a->text);
    if (a->file >= 0)
        close(a->file);
    a->file = -1;
    a->headers = NULL;
    a->type = NULL; // whose answer it is stays
    a->status = 0;
    a->has_json = a->open_object = a->listens = false;
}

struct json_writer *answer_json(struct request *q)
{
    struct answer *a = q->answer;
    if (!a->has_json) {
        a->has_json = true;
        a->type = "application/json";
        a->json = json_on(&a->text);
    }
    return &a->json;
}

struct buf *answer_text(struct request *q, const char *content_type)
{
    q->answer->type = content_type;
    return &q->answer->text;
}

void answer_status(struct request *q, int status)
{
    assert(!q->answer->streams);
    q->answer->status = status;
}

void answer_header(struct request *q, const char *name, struct str value)
{
    assert(!q->answer->streams);
    for (size_t i = 0; i < value.n; i++)
        assert(value.p[i] != '\r' && value.p[i] != '\n' && value.p[i] != '\0');
    struct answer_header *h = ARENA_NEW(q->arena, struct answer_header);
    const char *copy = str_c(q->arena, value);
    if (!h || !copy) {
        // found by whoever finishes the answer
        q->answer->text.failed = q->answer->text.no_memory = true;
        return;
    }
    *h = (struct answer_header){q->answer->headers, name, copy};
    q->answer->headers = h;
}

enum err answer_too_many(struct error *e)
{
    error_set(e, ERR_BUSY, "serve.answers", NULL, "too many answers wait to be read");
    return error_cure(e, "try again in a moment");
}

enum err answer_flush(struct request *q, struct error *e)
{
    struct answer *a = q->answer;
    struct exchange *x = exchange_of(q);
    if (a->text.n <= SERVE_WHOLE_ANSWER && !a->text.failed)
        return ERR_OK;
    enum err code = buf_check(&a->text, e);
    if (code)
        return code;
    if (x->making && a->text.n < SERVE_MAX_KEPT)
        return ERR_OK; // it is kept as a whole
    if (!a->streams && !exchange_count_answer(x, SERVE_STREAM_BUFFER))
        return answer_too_many(e);
    struct str bytes = buf_str(&a->text);
    if (!stream_put(x, bytes)) {
        error_set(e, ERR_IO, "serve.gone", NULL,
                  "whoever asked is gone or reads nothing");
        return ERR_IO;
    }
    buf_clear(&a->text);
    return ERR_OK;
}

enum err answer_file(struct request *q, const char *path, const char *content_type,
                     struct str name, bool temporary, struct error *e)
{
    struct answer *a = q->answer;
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int why = errno;
    if (temporary)
        unlink(path); // what is open stays there until it is closed
    if (file < 0)
        return error_errno(e, why, NULL, "open the file");
    if (fstat(file, &status) || !S_ISREG(status.st_mode)) {
        close(file);
        return error_set(e, ERR_IO, "serve.file", NULL, "this is not a file");
    }
    if (a->file >= 0)
        close(a->file);
    a->file = file;
    a->file_size = (uint64_t)status.st_size;
    a->type = content_type;
    if (name.p)
        answer_header(q, "Content-Disposition", files_disposition(q->arena, name));
    return ERR_OK;
}

static const char *header_value(const struct answer *a, const char *name)
{
    for (const struct answer_header *h = a->headers; h; h = h->next)
        if (strcmp(h->name, name) == 0)
            return h->value;
    return NULL;
}

void answer_put_error(struct json_writer *j, const struct error *e, bool zh,
                      const struct answer *a)
{
    int64_t seconds;
    struct error_words words = error_words(e, zh);
    const char *retry = a ? header_value(a, "Retry-After") : NULL;
    json_put_key(j, STR("error"));
    json_put_object(j);
    json_put_key(j, STR("code"));
    json_put_string(j, str_of(error_name(e->code)));
    json_put_key(j, STR("key"));
    json_put_string(j, str_of(e->key));
    json_put_key(j, STR("where"));
    // a room that commands call too names their options
    json_put_string(j, str_of(e->where + (strncmp(e->where, "--", 2) == 0 ? 2 : 0)));
    json_put_key(j, STR("text"));
    json_put_string(j, str_of(words.text));
    json_put_key(j, STR("cure"));
    json_put_string(j, str_of(words.cure));
    if (words.detail[0]) {
        json_put_key(j, STR("detail"));
        json_put_string(j, str_of(words.detail));
    }
    if (retry && str_to_int(str_of(retry), &seconds)) {
        json_put_key(j, STR("retry_after"));
        json_put_int(j, seconds);
    }
    json_put_object_end(j);
}

void answer_write_openrosa(struct answer *a, const char *nature, struct str text)
{
    a->type = "text/xml; charset=utf-8";
    buf_printf(&a->text,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenRosaResponse"
               " xmlns=\"http://openrosa.org/http/response\"><message nature=\"%s\">",
               nature);
    buf_add_markup(&a->text, text);
    buf_add_c(&a->text, "</message></OpenRosaResponse>\n");
}

void answer_write_error(struct answer *a, const struct error *e, bool zh)
{
    if (a->openrosa) {
        struct error_words words = error_words(e, zh);
        char text[sizeof e->where + sizeof e->text + sizeof e->cure + 8];
        snprintf(text, sizeof text, "%s%s%s%s%s%s", e->where, e->where[0] ? ": " : "",
                 words.text, words.cure[0] ? " (" : "", words.cure,
                 words.cure[0] ? ")" : "");
        answer_write_openrosa(a, "error", str_of(text));
        return;
    }
    a->type = "application/json";
    a->json = json_on(&a->text);
    a->has_json = true;
    json_put_object(&a->json);
    answer_put_error(&a->json, e, zh, a);
    json_put_object_end(&a->json);
}

enum err answer_conflict(struct request *q, const struct error *cause,
                         struct json_writer **j, struct error *e)
{
    struct answer *a = q->answer;
    if (a->streams)
        return error_set(e, ERR_INTERNAL, "serve.late", NULL,
                         "an error came after the answer had begun");
    int status = a->status;
    struct answer_header *headers = a->headers;
    answer_discard(a);
    a->headers = headers;
    a->status = status ? status : error_http_status(cause->code);
    *j = answer_json(q);
    json_put_object(*j);
    answer_put_error(*j, cause, q->zh, a);
    a->open_object = true;
    return buf_check(&a->text, e);
}
