// SPDX-License-Identifier: AGPL-3.0-or-later
// Filled forms as phones send them (docs.getodk.org/openrosa, form submission): first a
// HEAD that finds the log-in, then one or more posts of multipart/form-data, each with
// the form itself (xml_submission_file) and some of its files.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "register/submission.h"
#include "serve/multipart.h"
#include "serve/openrosa.h"
#include "serve/routes.h"
#include "serve/server_private.h"

enum err openrosa_ask(struct request *q, struct error *e)
{
    (void)e;
    answer_status(q, 204);
    return ERR_OK;
}

// --- the body

static enum err map_body(const struct request *q, struct str *out, struct error *e)
{
    *out = (struct str){"", 0};
    if (!q->upload || !q->upload_size)
        return ERR_OK;
    int fd = open(q->upload, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(e, errno, NULL, "read what was sent");
    void *p = mmap(NULL, q->upload_size, PROT_READ, MAP_PRIVATE, fd, 0);
    int why = errno;
    close(fd);
    if (p == MAP_FAILED)
        return error_errno(e, why, NULL, "read what was sent");
    *out = (struct str){p, q->upload_size};
    return ERR_OK;
}

// The form and its files among the parts. Collect sends "*isIncomplete*" beside them when
// more posts will follow.
static enum err sort_parts(struct request *q, const struct multipart_part *parts,
                           size_t n, struct submission_sent *sent, struct error *e)
{
    struct submission_file *files = ARENA_ARRAY(q->arena, struct submission_file, n + 1);
    if (!files)
        return error_memory(e);
    size_t forms = 0;
    for (size_t i = 0; i < n; i++) {
        if (str_equal_c(parts[i].name, "xml_submission_file")) {
            sent->xml = parts[i].bytes;
            forms++;
        } else if (!str_equal_c(parts[i].name, "*isIncomplete*")) {
            struct str name = parts[i].filename.n ? parts[i].filename : parts[i].name;
            files[sent->n_files++] = (struct submission_file){name, parts[i].bytes};
        }
    }
    sent->files = files;
    if (forms == 1)
        return ERR_OK;
    error_set(e, ERR_INPUT, "openrosa.parts", NULL,
              "there are %zu parts 'xml_submission_file' where there must be one", forms);
    return error_cure(e, "send the form with each post");
}

// --- the answer

static int refused_status(enum err why)
{
    int status = error_http_status(why);
    return status == 422 ? 400 : status; // phones know 400
}

// What is wrong before anything could be kept: 4xx in XML.
static enum err unreadable(struct request *q, enum err code, const struct error *e)
{
    char text[sizeof e->text + sizeof e->where + 8];
    struct error_words words = error_words(e, q->zh);
    if (code != ERR_INPUT && code != ERR_LIMIT)
        return code;
    answer_status(q, code == ERR_LIMIT ? 413 : 400);
    snprintf(text, sizeof text, "%s%s%s", e->where, e->where[0] ? ": " : "", words.text);
    answer_write_openrosa(q->answer, "error", str_of(text));
    return ERR_OK;
}

// 202 as long as photographs of its items are still to come: more posts will bring them.
static void say_done(struct request *q, const struct submission_done *done)
{
    bool again = done->answer == SUBMISSION_AGAIN;
    struct str text = q->zh   ? again ? STR("此前已收到") : STR("已保存")
                        : again ? STR("received before")
                              : STR("saved");
    answer_status(q, done->owed ? 202 : 201);
    if (done->owed)
        text = str_format(q->arena,
                          q->zh ? STR_FMT "；还缺 %zu 张照片，补齐之前不完整"
                                : STR_FMT "; incomplete until %zu more photographs come",
                          STR_ARG(text), done->owed);
    answer_write_openrosa(q->answer, "submit_success", text.p ? text : STR("saved"));
}

static void say_refused(struct request *q, const struct submission_done *done)
{
    bool conflict = done->answer == SUBMISSION_CONFLICT;
    int status = conflict ? 409 : refused_status(done->why);
    struct str text = label_in(done->text, q->zh);
    answer_status(q, status);
    answer_write_openrosa(q->answer, "error", text);
}

static enum err take(struct request *q, struct str body, struct error *e)
{
    struct multipart_part *parts;
    size_t n;
    struct submission_sent sent = {0};
    struct submission_done done;
    enum err code =
        multipart_read(q->arena, request_header(q, "Content-Type"), body, &parts, &n, e);
    if (!code)
        code = sort_parts(q, parts, n, &sent, e);
    if (!code)
        code = submission_take(q->county, &q->who, &sent, q->arena, &done, e);
    if (code)
        return unreadable(q, code, e);
    server_touch(q->server); // files of a row change no row
    if (done.answer == SUBMISSION_SAVED || done.answer == SUBMISSION_AGAIN)
        say_done(q, &done);
    else
        say_refused(q, &done);
    return ERR_OK;
}

enum err openrosa_submit(struct request *q, struct error *e)
{
    struct str body;
    enum err code = map_body(q, &body, e);
    if (code)
        return code;
    code = take(q, body, e);
    if (body.n)
        munmap((void *)(uintptr_t)body.p, body.n);
    return code;
}
