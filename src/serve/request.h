// SPDX-License-Identifier: AGPL-3.0-or-later
// What a handler sees. A handler reads the request, asks the other rooms, and writes the
// answer; it returns an error to have it sent as {"error": {...}} with its HTTP status
// (error_http_status). One request has one arena and one thread at a time; a handler
// never frees what is in the arena, and may block (it runs on its lane's threads).
//
//   enum err rows_one(struct request *q, struct error *e)
//   {
//       struct json_writer *j = answer_json(q);
//       json_put_object(j); ... json_put_object_end(j);
//       return ERR_OK;
//   }
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include <jansson.h>

#include "base/json.h"
#include "measure/measure.h"
#include "serve/route.h"

struct server;
struct answer;
struct findings_cache;
struct login;

struct request {
    struct server *server;
    const struct route *route;
    struct county *county;
    struct cube *cube;
    struct arena *arena;
    struct access who;      // of nobody: n_grants 0
    struct measure measure; // county, cube, &who, today
    int64_t session;        // row of heng_sessions; 0: none, or a token
    struct str csrf;        // of the session; .p NULL: none
    struct login *login;    // access/login.h
    bool zh;                // the language of who asks (identity_language)
    struct str body;        // whole; JSON routes
    const char *upload;   // any_body: the file on disk that holds the body; it is removed
    uint64_t upload_size; // after the handler unless the handler has renamed it
    struct answer *answer;
};

// --- reading

// A {name} of the path, decoded; always there.
struct str request_path(const struct request *q, const char *name);
// .p NULL: not given. Decoded, valid UTF-8. The n-th value of a name given several times.
struct str request_query(const struct request *q, const char *name);
// The n-th query of any name; false: there are no more.
bool request_query_at(const struct request *q, size_t n, struct str *name,
                      struct str *value);
struct str request_header(const struct request *q, const char *name); // .p NULL: none
// ERR_INPUT names the parameter, what was found and what was expected.
enum err request_int(const struct request *q, const char *name, int64_t otherwise,
                     int64_t least, int64_t most, int64_t *out,
                     struct error *e) WARN_UNUSED;
// ?period= (a DHIS2 id) and ?area= (code or id; "": the caller's own); ERR_FORBIDDEN and
// ERR_NOT_FOUND for an area that is not the caller's are one answer.
enum err request_period(const struct request *q, struct period *out,
                        struct error *e) WARN_UNUSED;
// The same, or a span of them: 2010..2014.
enum err request_span(const struct request *q, struct period *out,
                      struct error *e) WARN_UNUSED;
enum err request_area(const struct request *q, int32_t *out, struct error *e) WARN_UNUSED;
// {register} of the path, which the route's need has let pass.
const struct reg *request_register(const struct request *q);
enum err request_id(const struct request *q, const char *name, int64_t *out,
                    struct error *e) WARN_UNUSED;
// The body as a JSON object; parsed once, freed with the request. ERR_INPUT with the
// position. Duplicate keys, depth over 32, bad UTF-8 and members that the route's type
// does not have (known.h) are refused.
enum err request_json(struct request *q, json_t **out, struct error *e) WARN_UNUSED;
// Members of an object. ERR_INPUT names the member. text: .p NULL when absent or null and
// not required.
enum err json_text(const json_t *object, const char *name, bool required, size_t most,
                   struct str *out, struct error *e) WARN_UNUSED;
enum err json_whole(const json_t *object, const char *name, bool required, int64_t *out,
                    struct error *e) WARN_UNUSED;
// The version of a row that a change was made on; 0: none was given. A 0 that is given is
// refused, for it would pass on any version.
enum err json_version(const json_t *object, bool required, int64_t *out,
                      struct error *e) WARN_UNUSED;
enum err json_yes(const json_t *object, const char *name, bool otherwise, bool *out,
                  struct error *e) WARN_UNUSED;

// --- answering

// 200, application/json; the writer is good until the handler returns.
struct json_writer *answer_json(struct request *q);
// Between the items of a long answer: sends what there is when it is more than 64 KiB,
// and waits for a client that reads slowly. ERR_IO: the client is gone; return it.
enum err answer_flush(struct request *q, struct error *e) WARN_UNUSED;
void answer_status(struct request *q, int status); // before the first flush
// Value is copied; CR and LF in it are refused (asserted).
void answer_header(struct request *q, const char *name, struct str value);
// The buffer of an answer that is not JSON (CSV, HTML); answer_flush works on it too.
struct buf *answer_text(struct request *q, const char *content_type);
// A file; removed after it was sent when temporary. name: of the download, .p NULL:
// shown.
enum err answer_file(struct request *q, const char *path, const char *content_type,
                     struct str name, bool temporary, struct error *e) WARN_UNUSED;
// {"error": {code, key, where, text, cure}} and members that explain it: `more` is
// written by the caller (an object's members, e.g. the row as it is now). For a plain
// error just return it.
enum err answer_conflict(struct request *q, const struct error *cause,
                         struct json_writer **j, struct error *e) WARN_UNUSED;

// --- what the server has for all handlers

// A job that outlives the request (an import, a backup). Its progress goes to the
// caller's event stream and to GET /api/jobs/{id}, for the caller alone. Texts that the
// argument points to may lie in the request's arena: request, upload and arena stay until
// the job has ended. run may not allocate in it, but has an arena of its own.
struct serve_job {
    int64_t id;
    struct server *server;
    struct county *county;
    struct cube *cube;
    struct access who;
    struct arena arena;
    bool zh;
    void *argument;         // a copy
    struct buf result;      // JSON, set by run
    _Atomic double done;    // 0 to 1
    _Atomic uint64_t rows;  // gone through
    _Atomic int64_t import; // that it works on, set by run; 0: none
};
typedef enum err serve_job_run(struct serve_job *job, struct error *e);
// *argument: size bytes are copied. kind: static. ERR_BUSY when too many wait. Two jobs
// run at a time.
enum err serve_job_start(struct request *q, const char *kind, serve_job_run *run,
                         const void *argument, size_t size, int64_t *id,
                         struct error *e) WARN_UNUSED;

// Whether the job waits or runs in this server now.
bool serve_job_alive(struct server *s, int64_t id);

struct serve_job_running { // texts in the arena
    const char *kind;
    struct str who;
    int64_t since, import;
    double done;
    uint64_t rows;
};
// The jobs of all people that run now.
enum err serve_job_running(struct request *q, struct serve_job_running **out, size_t *n,
                           struct error *e) WARN_UNUSED;

// Rows of areas or facilities, or the pack, have changed: they are read again when this
// handler (or job) has returned and nobody else reads, and before its answer is sent.
// What other processes change is noticed by the server itself.
void server_places_changed(struct server *s);
void server_pack_changed(struct server *s);
// The state of the data: grows with every change of any row by any process, and with
// everything else that a cached answer may depend on (explanations, the day, the pack).
enum err server_state(struct server *s, int64_t *out, struct error *e) WARN_UNUSED;
void server_touch(struct server *s); // something other than a row has changed
const char *server_folder(const struct server *s);
// How many findings are open, as counted last (study/findings.h).
struct findings_cache *server_findings(struct server *s);
bool server_is_secure(const struct server *s);    // by its own TLS or its proxy's
bool server_takes_digest(const struct server *s); // of phones

#endif
