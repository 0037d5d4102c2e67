// SPDX-License-Identifier: AGPL-3.0-or-later
// The server with routes of the test's own: doors, bodies, streams, the cache, lanes,
// jobs, events, and want of memory. Over sockets on 127.0.0.1.
#include "../tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/login.h"
#include "base/init.h"
#include "serve/routes.h"
#include "serve/server_private.h"
#include "talk.h"

static struct error e;
static char folder[64], db[96], cookie[80], csrf[LOGIN_SECRET_SIZE];
static struct server *server;
static atomic_int made, streams_ended, streams_broken, job_may_end;

// --- routes

static void put_text(struct json_writer *j, const char *key, const char *value)
{
    json_put_key(j, str_of(key));
    json_put_string(j, str_of(value));
}

static enum err answer_pair(struct request *q, const char *key, int64_t value)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, str_of(key));
    json_put_int(j, value);
    json_put_object_end(j);
    return ERR_OK;
}

static enum err run_hello(struct request *q, struct error *error)
{
    (void)error;
    return answer_pair(q, "user", q->who.user);
}

static enum err run_cached(struct request *q, struct error *error)
{
    (void)error;
    int n = atomic_fetch_add(&made, 1) + 1;
    usleep(200000);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("n"));
    json_put_int(j, n);
    char text[3000];
    memset(text, 'x', sizeof text);
    json_put_key(j, STR("long"));
    json_put_string(j, (struct str){text, sizeof text});
    json_put_object_end(j);
    return ERR_OK;
}

static enum err run_cached_error(struct request *q, struct error *error)
{
    (void)q;
    atomic_fetch_add(&made, 1);
    usleep(50000);
    return error_set(error, ERR_INPUT, "test.wrong", "x", "this is wrong");
}

static enum err run_stream(struct request *q, struct error *error)
{
    int64_t kilobytes;
    enum err code = request_int(q, "kb", 100, 0, 1 << 20, &kilobytes, error);
    struct buf *out = answer_text(q, "text/plain");
    for (int64_t i = 0; !code && i < kilobytes; i++) {
        for (int k = 0; k < 128; k++)
            buf_printf(out, "%07lld\n", (long long)(i * 128 + k));
        code = answer_flush(q, error);
    }
    atomic_fetch_add(code ? &streams_broken : &streams_ended, 1);
    if (!code && request_query(q, "fail").p)
        return error_set(error, ERR_INTERNAL, "test.broken", NULL, "it broke");
    return code;
}

static enum err run_slow(struct request *q, struct error *error)
{
    (void)error;
    usleep(300000);
    return answer_pair(q, "slow", 1);
}

static enum err run_echo(struct request *q, struct error *error)
{
    json_t *body;
    struct str name;
    int64_t number = -1;
    bool yes = false;
    enum err code = request_json(q, &body, error);
    if (!code)
        code = json_text(body, "name", true, 20, &name, error);
    if (!code)
        code = json_whole(body, "number", false, &number, error);
    if (!code)
        code = json_yes(body, "yes", true, &yes, error);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("name"));
    json_put_string(j, name);
    json_put_key(j, STR("number"));
    json_put_int(j, number);
    json_put_key(j, STR("yes"));
    json_put_bool(j, yes);
    json_put_object_end(j);
    return ERR_OK;
}

static enum err run_upload(struct request *q, struct error *error)
{
    struct stat status;
    if (stat(q->upload, &status))
        return error_set(error, ERR_INTERNAL, "test.upload", NULL, "no file");
    if (request_query(q, "keep").p) {
        char kept[120];
        snprintf(kept, sizeof kept, "%s/kept", folder);
        rename(q->upload, kept);
    }
    return answer_pair(q, "size",
                       (int64_t)q->upload_size == status.st_size ? status.st_size : -1);
}

static enum err run_error(struct request *q, struct error *error)
{
    int64_t code;
    if (request_int(q, "code", 0, 1, ERR_COUNT - 1, &code, error))
        return ERR_INPUT;
    struct json_writer *j = answer_json(q);
    json_put_object(j); // half an answer, which must not be seen
    error_set(error, (enum err)code, "test.error", "here", "secret words");
    return error_cure(error, "do this");
}

static enum err run_conflict(struct request *q, struct error *error)
{
    struct error cause;
    struct json_writer *j;
    error_set(&cause, ERR_CONFLICT, "test.conflict", "row", "somebody was faster");
    enum err code = answer_conflict(q, &cause, &j, error);
    if (code)
        return code;
    put_text(j, "current", "theirs");
    return ERR_OK;
}

struct job_argument {
    struct str text; // in the request's arena
    bool fails;
};

static enum err work(struct serve_job *job, struct error *error)
{
    const struct job_argument *a = job->argument;
    for (int i = 0; i < 1000 && !atomic_load(&job_may_end); i++)
        usleep(10000);
    atomic_store(&job->rows, 7);
    atomic_store(&job->done, 0.5);
    if (a->fails)
        return error_set(error, ERR_INPUT, "test.job", NULL, "the job failed");
    struct json_writer j = json_on(&job->result);
    json_put_string(&j, a->text);
    return ERR_OK;
}

static enum err run_job(struct request *q, struct error *error)
{
    int64_t id;
    struct job_argument a = {str_copy(q->arena, STR("from the request's arena")),
                             request_query(q, "fail").p != NULL};
    enum err code = serve_job_start(q, "test", work, &a, sizeof a, &id, error);
    return code ? code : answer_pair(q, "id", id);
}

static enum err run_places(struct request *q, struct error *error)
{
    (void)error;
    if (request_query(q, "pack").p)
        server_pack_changed(q->server);
    else
        server_places_changed(q->server);
    return answer_pair(q, "changed", 1);
}

// On a lane of its own, for what fails stays with the thread.
static enum err run_memory(struct request *q, struct error *error)
{
    int64_t n;
    if (request_int(q, "n", 0, -1, 1000, &n, error))
        return ERR_INPUT;
    mem_fail_after(n);
    struct json_writer *j = answer_json(q);
    json_put_array(j);
    for (int i = 0; i < 500; i++)
        json_put_int(j, i);
    json_put_array_end(j);
    answer_header(q, "X-Test", STR("yes"));
    return ERR_OK;
}

static enum err run_file(struct request *q, struct error *error)
{
    char path[120];
    int64_t lines;
    if (request_int(q, "lines", 300000, 0, 1000000, &lines, error))
        return ERR_INPUT;
    snprintf(path, sizeof path, "%s/file-%d", folder, atomic_fetch_add(&made, 1));
    FILE *f = fopen(path, "wb");
    if (!f)
        return error_set(error, ERR_IO, "test.file", NULL, "no file");
    for (int i = 0; i < (int)lines; i++)
        fprintf(f, "%07d\n", i);
    fclose(f);
    usleep(50000); // so that those who ask at once do
    return answer_file(q, path, "application/pdf", STR("r\xE8\xA1\xA8.pdf"), true, error);
}

// Whatever one of them reads.
#define QUERY                                                                            \
    .query = {{.name = "a"},    {.name = "b"},  {.name = "code"},  {.name = "fail"},     \
              {.name = "keep"}, {.name = "kb"}, {.name = "lines"}, {.name = "n"},        \
              {.name = "pack"}, {.name = "f.*"}},                                        \
    .help = "test"
#define GET(address, door, on, function_)                                                \
    {                                                                                    \
        .method = METHOD_GET, .path = address, .need = door, .lane = on, QUERY,          \
        .run = function_                                                                 \
    }
#define POST(address, on, most, function_)                                               \
    {                                                                                    \
        .method = METHOD_POST, .path = address, .need = NEED_SESSION, .lane = on,        \
        .max_body = most, QUERY, .run = function_                                        \
    }
#define CACHED(address, function_)                                                       \
    {                                                                                    \
        .method = METHOD_GET, .path = address, .need = NEED_SESSION, .lane = LANE_READ,  \
        .cached = true, QUERY, .run = function_                                          \
    }

static const struct route list[] = {
    GET("/api/anyone", NEED_NOTHING, LANE_READ, run_hello),
    GET("/api/hello", NEED_SESSION, LANE_READ, run_hello),
    POST("/api/hello", LANE_WRITE, 0, run_hello),
    {.method = METHOD_GET,
     .path = "/api/figures",
     .need = NEED_FUNCTION,
     .function = ACCESS_AUDIT,
     .lane = LANE_READ,
     .help = "test",
     .run = run_hello},
    {.method = METHOD_GET,
     .path = "/api/own",
     .need = NEED_SESSION,
     .lane = LANE_READ,
     .session_only = true,
     .help = "test",
     .run = run_hello},
    GET("/api/registers/{register}", NEED_READ_ROWS, LANE_READ, run_hello),
    CACHED("/api/cached", run_cached),
    CACHED("/api/cached-error", run_cached_error),
    CACHED("/api/cached-file", run_file),
    GET("/api/stream", NEED_SESSION, LANE_SLOW, run_stream),
    GET("/api/stream-read", NEED_SESSION, LANE_READ, run_stream),
    GET("/api/slow", NEED_SESSION, LANE_SLOW, run_slow),
    POST("/api/echo", LANE_READ, 2000, run_echo),
    {.method = METHOD_POST,
     .path = "/api/upload",
     .need = NEED_SESSION,
     .lane = LANE_SLOW,
     .max_body = 100000,
     .any_body = true,
     QUERY,
     .run = run_upload},
    GET("/api/error", NEED_SESSION, LANE_READ, run_error),
    GET("/api/conflict", NEED_SESSION, LANE_READ, run_conflict),
    GET("/api/file", NEED_SESSION, LANE_READ, run_file),
    POST("/api/job", LANE_WRITE, 0, run_job),
    GET("/api/jobs/{id}", NEED_SESSION, LANE_READ, serve_job_get),
    GET("/api/events", NEED_SESSION, LANE_READ, serve_events),
    POST("/api/places", LANE_WRITE, 0, run_places),
    GET("/api/memory", NEED_SESSION, LANE_PASSWORD, run_memory),
};

// --- tests

static void doors_open_for_whom_they_should(void **state)
{
    (void)state;
    struct str none = {NULL, 0};
    expect(ask("GET", "/api/anyone", "", none), 200, "{\"user\":0}");
    expect(ask("GET", "/api/hello", "", none), 401, "serve.sign_in");
    expect(ask("GET", "/api/hello", "Cookie: heng_session=wrong\r\n", none), 401, NULL);
    expect(get("/api/hello"), 200, "{\"user\":");
    expect(get("/api/figures"), 200, "{\"user\":");
    expect(get("/api/own"), 200, NULL);
    expect(post("/api/hello", none), 200, NULL);
    // a page of another site has the cookie, but not the token
    expect(ask("POST", "/api/hello", signed_in, none), 403, "serve.csrf");
    char foreign[500];
    snprintf(foreign, sizeof foreign, "%sSec-Fetch-Site: cross-site\r\n", with_json);
    expect(ask("POST", "/api/hello", foreign, none), 403, "serve.csrf");
    // registers: none there and none for you are one answer, but for its name
    struct reply unknown = get("/api/registers/nothing"),
                 there = get("/api/registers/births");
    assert_int_equal(unknown.status, 404);
    assert_true(there.status == 200 || there.status == 404);
    buf_free(&unknown.all);
    buf_free(&there.all);
}

static void tokens_need_no_csrf(void **state)
{
    (void)state;
    char secret[LOGIN_TOKEN_SIZE], bearer[200];
    int64_t id, user;
    struct arena a;
    struct conn *c;
    struct str none = {NULL, 0};
    arena_init(&a, 0);
    assert_ok(store_read_begin(server->county->store, &c, &e));
    assert_ok(account_find(c, &a, STR("admin"), &user, &e));
    store_read_end(c);
    assert_ok(login_token_make(server->login, user, STR("program"), DATE_NONE, false,
                               date_now_ms(), secret, &id, &e));
    snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", secret);
    expect(ask("POST", "/api/hello", bearer, none), 200, NULL);
    expect(ask("GET", "/api/own", bearer, none), 403, "serve.session_only");
    snprintf(bearer, sizeof bearer, "Cookie: heng_session=%s\r\n", secret);
    expect(ask("GET", "/api/hello", bearer, none), 401, NULL);
    arena_free(&a);
}

static void bodies_are_read_with_care(void **state)
{
    (void)state;
    expect(post("/api/echo",
                STR("{\"name\":\"\\u5e86\",\"number\":\"9223372036854775807\"}")),
           200,
           "{\"name\":\"\xE5\xBA\x86\",\"number\":9223372036854775807,\"yes\":true}");
    static const struct {
        const char *body, *part;
    } bad[] = {
        {"{\"name\":1}", "request.member"},
        {"{}", "request.missing"},
        {"{\"name\":\"123456789012345678901\"}", "request.long"},
        {"{\"name\":\"a\",\"number\":1.5}", "request.member"},
        {"{\"name\":\"a\",\"yes\":1}", "request.member"},
        {"{\"name\":\"a\",\"name\":\"b\"}", "request.json"},
        {"[1]", "request.json_object"},
        {"", "request.json"},
        {"{\"name\":\"\xff\"}", "request.json"},
        {"{\"name\":\"\\u0000\"}", "request.json"},
        {"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
         "request.json_depth"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect(post("/api/echo", str_of(bad[i].body)), 422, bad[i].part);
    char large[2001];
    memset(large, ' ', sizeof large);
    expect(post("/api/echo", (struct str){large, 2001}), 413, "serve.body");
    expect(post("/api/echo", (struct str){large, 2000}), 422, "request.json");
    // where nothing is taken {} is nothing too
    expect(post("/api/hello", STR("{}")), 200, NULL);
    expect(post("/api/hello", STR(" {\n} ")), 200, NULL);
    expect(post("/api/hello", STR("x")), 422, "serve.no_body");
    expect(post("/api/hello", STR("{]")), 422, "serve.no_body");
    expect(post("/api/hello", STR("{\"a\":1}")), 422, "serve.no_body");
    expect(post("/api/hello", (struct str){large, 2000}), 422, "serve.no_body");
    char plain[500];
    snprintf(plain, sizeof plain, "%sX-Heng-CSRF: %s\r\nContent-Type: text/plain\r\n",
             signed_in, csrf);
    expect(ask("POST", "/api/echo", plain, STR("{}")), 415, "serve.type");
    // in chunks: taken, and cut off when they go on
    char chunked[500];
    snprintf(chunked, sizeof chunked, "%sTransfer-Encoding: chunked\r\n", with_json);
    struct buf text = BUF_INIT(1 << 20);
    int s = dial();
    buf_printf(&text,
               "POST /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n"
               "5\r\n{\"nam\r\n8\r\ne\":\"xy\"}\r\n0\r\n\r\n",
               chunked);
    struct reply r;
    say(s, buf_str(&text));
    read_to_end(s, &r);
    expect(r, 200, "{\"name\":\"xy\"");
    buf_clear(&text);
    buf_printf(&text, "POST /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
               chunked);
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "40\r\n%.64s\r\n", large);
    buf_add_c(&text, "0\r\n\r\n");
    s = dial();
    say(s, buf_str(&text));
    read_to_end(s, &r);
    expect(r, 413, "serve.body");
    buf_free(&text);
    assert_int_equal(atomic_load(&server->body_bytes), 0);
}

static bool folder_has_uploads(void)
{
    char command[150];
    struct stat status;
    for (int i = 0; i < 100; i++) {
        snprintf(command, sizeof command, "%s/upload-%d", server_folder(server), i);
        if (stat(command, &status) == 0)
            return true;
    }
    return false;
}

static void uploads_are_files(void **state)
{
    (void)state;
    static char data[100001];
    memset(data, 'z', sizeof data);
    expect(post("/api/upload", (struct str){data, 100000}), 200, "{\"size\":100000}");
    expect(post("/api/upload", STR("")), 200, "{\"size\":0}");
    expect(post("/api/upload", (struct str){data, 100001}), 413, NULL);
    expect(post("/api/upload?keep=1", STR("abc")), 200, "{\"size\":3}");
    char kept[120];
    snprintf(kept, sizeof kept, "%s/kept", folder);
    assert_int_equal(unlink(kept), 0);
    // one who promises more than comes
    int s = dial();
    struct buf text = BUF_INIT(4000);
    buf_printf(&text,
               "POST /api/upload HTTP/1.1\r\nHost: x\r\n%sContent-Length: 50\r\n\r\nab",
               with_json);
    say(s, buf_str(&text));
    buf_free(&text);
    usleep(100000);
    close(s);
    for (int i = 0; i < 500 && folder_has_uploads(); i++)
        usleep(10000);
    assert_false(folder_has_uploads());
}

static void errors_say_what_they_should(void **state)
{
    (void)state;
    static const struct {
        enum err code;
        int status;
    } cases[] = {{ERR_INPUT, 422},     {ERR_NOT_FOUND, 404}, {ERR_CONFLICT, 409},
                 {ERR_FORBIDDEN, 403}, {ERR_LIMIT, 413},     {ERR_BUSY, 503},
                 {ERR_FULL, 507},      {ERR_MEMORY, 503}};
    char path[60];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(path, sizeof path, "/api/error?code=%d", (int)cases[i].code);
        expect(get(path), cases[i].status,
               "\"key\":\"test.error\",\"where\":\"here\",\"text\":\"secret "
               "words\",\"cure\":"
               "\"do this\"");
    }
    // what went wrong inside is for the log
    snprintf(path, sizeof path, "/api/error?code=%d", ERR_INTERNAL);
    struct reply r = get(path);
    assert_int_equal(r.status, 500);
    assert_null(strstr(r.all.p, "secret"));
    assert_non_null(strstr(r.all.p, "its log has it under"));
    buf_free(&r.all);
    expect(get("/api/error?code=x"), 422, "request.number");
    expect(
        get("/api/conflict"), 409,
        "{\"error\":{\"code\":\"conflict\",\"key\":\"test.conflict\",\"where\":\"row\","
        "\"text\":\"somebody was faster\",\"cure\":\"\"},\"current\":\"theirs\"}");
}

static void *ask_for_cached(void *argument)
{
    *(struct reply *)argument = get("/api/cached?b=2&a=1");
    return NULL;
}

static void one_works_for_all(void **state)
{
    (void)state;
    enum { ASKING = 30 };
    pthread_t threads[ASKING];
    struct reply replies[ASKING];
    atomic_store(&made, 0);
    for (int i = 0; i < ASKING; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_cached, &replies[i]),
                         0);
    for (int i = 0; i < ASKING; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < ASKING; i++)
        expect(replies[i], 200, "{\"n\":1,");
    assert_int_equal(atomic_load(&made), 1);
    // what is not known, or said twice, is told
    expect(get("/api/cached?a=1&lins=2"), 422,
           "did you mean 'lines'? known are: a, b, code");
    expect(get("/api/cached?a=1&quite-another=2"), 422, "\"where\":\"quite-another\"");
    expect(get("/api/cached?a=1&a=1"), 422, "request.twice");
    expect(get("/api/cached?f.x=1&f.x=1&lang=en"), 200, NULL);
    atomic_store(&made, 1);
    // the order of the query does not matter, its values do
    expect(get("/api/cached?a=1&b=2"), 200, "{\"n\":1,");
    expect(get("/api/cached?a=1&b=3"), 200, "{\"n\":2,");
    server_touch(server);
    expect(get("/api/cached?a=1&b=2"), 200, "{\"n\":3,");
    // packed, and not sent twice
    char packed[400], same[500];
    struct reply r;
    snprintf(packed, sizeof packed, "%sAccept-Encoding: gzip\r\n", signed_in);
    r = ask("GET", "/api/cached?a=1&b=2", packed, (struct str){NULL, 0});
    assert_non_null(strstr(r.all.p, "Content-Encoding: gzip"));
    assert_true(r.all.n < 1500);
    const char *etag = strstr(r.all.p, "ETag: ");
    assert_non_null(etag);
    snprintf(same, sizeof same, "%sIf-None-Match: %.*s\r\n", signed_in,
             (int)strcspn(etag + 6, "\r"), etag + 6);
    buf_free(&r.all);
    expect(ask("GET", "/api/cached?b=2&a=1", same, (struct str){NULL, 0}), 304, NULL);
    expect(ask("HEAD", "/api/cached?b=2&a=1", signed_in, (struct str){NULL, 0}), 200,
           NULL);
    assert_int_equal(atomic_load(&made), 3);
}

static void *ask_for_file(void *argument)
{
    *(struct reply *)argument = get("/api/cached-file?lines=50000");
    return NULL;
}

static void files_too_are_made_once(void **state)
{
    (void)state;
    enum { ASKING = 8 };
    pthread_t threads[ASKING];
    struct reply replies[ASKING];
    atomic_store(&made, 0);
    for (int i = 0; i < ASKING; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_file, &replies[i]), 0);
    for (int i = 0; i < ASKING; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < ASKING; i++) {
        assert_non_null(strstr(replies[i].all.p, "ETag: "));
        assert_non_null(strstr(replies[i].all.p, "application/pdf"));
        assert_non_null(strstr(replies[i].all.p, "%E8%A1%A8.pdf"));
        assert_true(replies[i].all.n > 400000);
        expect(replies[i], 200, "\r\n\r\n0000000\n0000001\n");
    }
    assert_int_equal(atomic_load(&made), 1);
    // what is larger than may be kept is made for each
    for (int i = 2; i < 4; i++) {
        struct reply r = get("/api/cached-file?lines=600000");
        assert_true(r.all.n > 4800000);
        expect(r, 200, "\n0599999\n");
        assert_int_equal(atomic_load(&made), i);
    }
}

static void *ask_for_cached_error(void *argument)
{
    *(struct reply *)argument = get("/api/cached-error");
    return NULL;
}

static void errors_are_not_kept(void **state)
{
    (void)state;
    pthread_t threads[8];
    struct reply replies[8];
    atomic_store(&made, 0);
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, ask_for_cached_error, &replies[i]);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 8; i++)
        expect(replies[i], 422, "test.wrong");
    assert_int_equal(atomic_load(&made), 8);
    expect(get("/api/cached-error"), 422, NULL);
    assert_int_equal(atomic_load(&made), 9);
}

// The chunks of a body put together; false: it ends before its end.
static bool whole_of(struct str in, struct buf *out)
{
    for (;;) {
        size_t n = 0;
        struct str line, rest;
        if (!str_split(in, '\n', &line, &rest))
            return false;
        if (sscanf(line.p, "%zx", &n) != 1)
            return false;
        if (n == 0)
            return true;
        if (rest.n < n + 2)
            return false;
        buf_add(out, (struct str){rest.p, n});
        in = (struct str){rest.p + n + 2, rest.n - n - 2};
    }
}

static void long_answers_stream(void **state)
{
    (void)state;
    struct reply r = get("/api/stream?kb=4000");
    struct buf body = BUF_INIT((size_t)200 << 20);
    assert_int_equal(r.status, 200);
    assert_true(whole_of(r.body, &body));
    assert_int_equal(body.n, 4000 * 1024);
    for (int64_t i = 0; i < 4000 * 128; i += 999) {
        char line[16];
        snprintf(line, sizeof line, "%07lld\n", (long long)i);
        assert_memory_equal(body.p + 8 * i, line, 8);
    }
    buf_free(&r.all);
    buf_free(&body);
    // short ones have a length
    expect(get("/api/stream?kb=10"), 200, "Content-Length: 10240");
    expect(get("/api/file"), 200, "Content-Length: 2400000");
    r = get("/api/file");
    assert_int_equal(r.body.n, 2400000);
    assert_non_null(strstr(r.all.p, "filename*=UTF-8''r%E8%A1%A8.pdf"));
    buf_free(&r.all);
    expect(ask("HEAD", "/api/stream?kb=4000", signed_in, (struct str){NULL, 0}), 200,
           NULL);
    // one that fails in the middle must not look whole
    r = get("/api/stream?kb=300&fail=1");
    body = BUF_INIT(1 << 22);
    assert_int_equal(r.status, 200);
    assert_false(whole_of(r.body, &body));
    buf_free(&body);
    buf_free(&r.all);
}

static void a_reader_who_goes_away_is_noticed(void **state)
{
    (void)state;
    atomic_store(&streams_broken, 0);
    struct buf text = BUF_INIT(1000);
    buf_printf(&text, "GET /api/stream?kb=200000 HTTP/1.1\r\nHost: x\r\n%s\r\n",
               signed_in);
    for (int i = 0; i < 4; i++) {
        char piece[1000];
        int s = dial();
        say(s, buf_str(&text));
        assert_true(recv(s, piece, sizeof piece, 0) > 0);
        usleep(100000);
        close(s);
    }
    buf_free(&text);
    for (int i = 0; i < 1000 && atomic_load(&streams_broken) < 4; i++)
        usleep(10000);
    assert_int_equal(atomic_load(&streams_broken), 4);
    expect(get("/api/hello"), 200, NULL);
}

static void a_slow_reader_gets_all(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1000), body = BUF_INIT((size_t)100 << 20);
    struct reply r = {0};
    buf_printf(
        &text,
        "GET /api/stream?kb=20000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
        signed_in);
    int s = dial();
    say(s, buf_str(&text));
    usleep(1500000); // its handler waits meanwhile
    expect(get("/api/hello"), 200, NULL);
    read_to_end(s, &r);
    assert_true(whole_of(r.body, &body));
    assert_int_equal(body.n, 20000 * 1024);
    buf_free(&r.all);
    buf_free(&text);
    buf_free(&body);
}

static void a_full_lane_says_so(void **state)
{
    (void)state;
    enum { ASKING = 45 };
    int sockets[ASKING], busy = 0, well = 0;
    struct buf text = BUF_INIT(1000);
    buf_printf(&text, "GET /api/slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
               signed_in);
    for (int i = 0; i < ASKING; i++) {
        sockets[i] = dial();
        say(sockets[i], buf_str(&text));
    }
    expect(get("/api/hello"), 200, NULL); // another lane is free
    for (int i = 0; i < ASKING; i++) {
        struct reply r;
        read_to_end(sockets[i], &r);
        busy += r.status == 503 && strstr(r.all.p, "Retry-After: ");
        well += r.status == 200;
        buf_free(&r.all);
    }
    buf_free(&text);
    assert_int_equal(busy + well, ASKING);
    assert_true(well >= 32); // those that wait, and two that run
    assert_true(busy >= 1);
}

static int64_t id_of(struct reply *r)
{
    const char *at = strstr(r->all.p, "{\"id\":");
    assert_non_null(at);
    return strtoll(at + 6, NULL, 10);
}

static void jobs_run_and_are_their_owners(void **state)
{
    (void)state;
    char path[60];
    atomic_store(&job_may_end, 0);
    struct reply r = post("/api/job", (struct str){NULL, 0});
    int64_t id = id_of(&r);
    expect(r, 200, NULL);
    snprintf(path, sizeof path, "/api/jobs/%lld", (long long)id);
    r = get(path);
    assert_int_equal(r.status, 200);
    assert_true(strstr(r.all.p, "\"running\"") || strstr(r.all.p, "\"waiting\""));
    buf_free(&r.all);
    atomic_store(&job_may_end, 1);
    for (int i = 0; i < 500; i++) {
        r = get(path);
        if (strstr(r.all.p, "\"done\",") || i == 499)
            break;
        buf_free(&r.all);
        usleep(10000);
    }
    expect(r, 200,
           "\"state\":\"done\",\"done\":1,\"rows\":7,\"result\":\"from the request's");
    expect(get("/api/jobs/1"), 404, "request.id");
    expect(get("/api/jobs/x"), 404, "request.id");
    r = post("/api/job?fail=1", (struct str){NULL, 0});
    snprintf(path, sizeof path, "/api/jobs/%lld", (long long)id_of(&r));
    buf_free(&r.all);
    for (int i = 0; i < 500; i++) {
        r = get(path);
        if (strstr(r.all.p, "\"failed\"") || i == 499)
            break;
        buf_free(&r.all);
        usleep(10000);
    }
    expect(r, 200, "\"error\":{\"code\":\"input\",\"key\":\"test.job\"");
}

static bool hear(int s, struct buf *heard, const char *what)
{
    char piece[4096];
    for (;;) {
        if (buf_c(heard) && strstr(heard->p, what))
            return true;
        ssize_t n = recv(s, piece, sizeof piece, 0);
        if (n <= 0)
            return false;
        buf_add(heard, (struct str){piece, (size_t)n});
    }
}

static void listeners_are_told(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1000), heard = BUF_INIT(1 << 20);
    buf_printf(&text, "GET /api/events HTTP/1.1\r\nHost: x\r\n%s\r\n", signed_in);
    int s = dial();
    say(s, buf_str(&text));
    assert_true(hear(s, &heard, "event: fresh"));
    assert_non_null(strstr(heard.p, "text/event-stream"));
    buf_clear(&heard);
    server_touch(server);
    assert_true(hear(s, &heard, "event: fresh\ndata: {\"state\":\""));
    atomic_store(&job_may_end, 1);
    struct reply r = post("/api/job", (struct str){NULL, 0});
    expect(r, 200, NULL);
    assert_true(hear(s, &heard, "event: job\ndata: {\"id\":\""));
    assert_true(hear(s, &heard, "\"state\":\"done\""));
    close(s);
    buf_free(&text);
    buf_free(&heard);
}

static void *keep_asking(void *argument)
{
    (void)argument;
    for (int i = 0; i < 40; i++)
        expect(get("/api/hello"), 200, NULL);
    return NULL;
}

static void places_and_pack_are_read_again(void **state)
{
    (void)state;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, keep_asking, NULL);
    const struct places *before = server->county->places;
    int64_t then, now;
    assert_ok(server_state(server, &then, &e));
    for (int i = 0; i < 10; i++)
        expect(post("/api/places", (struct str){NULL, 0}), 200, NULL);
    assert_true(atomic_load(&server->places_done) >= 10);
    (void)before;
    assert_ok(server_state(server, &now, &e));
    assert_true(now > then);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    expect(post("/api/places?pack=1", (struct str){NULL, 0}), 200, NULL);
    assert_int_equal(atomic_load(&server->pack_done), 1);
    expect(get("/api/hello"), 200, NULL);
}

static void *change_places(void *argument)
{
    *(struct reply *)argument = post("/api/places", (struct str){NULL, 0});
    return NULL;
}

// One who reads a long answer slowly holds a change up, but nobody else.
static void a_change_waits_alone(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1000);
    buf_printf(&text, "GET /api/stream-read?kb=100000 HTTP/1.1\r\nHost: x\r\n%s\r\n",
               signed_in);
    int s = dial();
    say(s, buf_str(&text));
    buf_free(&text);
    char piece[100];
    assert_true(recv(s, piece, sizeof piece, 0) > 0);
    pthread_t thread;
    struct reply changed;
    uint64_t before = atomic_load(&server->places_done);
    pthread_create(&thread, NULL, change_places, &changed);
    usleep(300000);
    for (int i = 0; i < 5; i++)
        expect(get("/api/hello"), 200, NULL);
    assert_int_equal(atomic_load(&server->places_done), before);
    close(s);
    pthread_join(thread, NULL);
    expect(changed, 200, NULL);
    assert_int_equal(atomic_load(&server->places_done), before + 1);
}

static void want_of_memory_ends_one_request(void **state)
{
    (void)state;
    char path[60];
    int bad = 0, well = 0;
    for (int n = 0; n < 25; n++) {
        snprintf(path, sizeof path, "/api/memory?n=%d", n);
        struct reply r = get(path);
        bad += r.status == 503 || r.status == 0;
        well +=
            r.status == 200 && strstr(r.all.p, "X-Test: yes") && strstr(r.all.p, "499]");
        buf_free(&r.all);
        assert_int_equal(bad + well, n + 1);
    }
    assert_true(bad > 0);
    assert_true(well > 0);
    for (int i = 0; i < 4; i++) // both threads of the lane
        expect(get("/api/memory?n=-1"), 200, "499]");
}

// --- the house

static int open_all(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/heng-server-XXXXXX");
    if (!mkdtemp(folder) || base_init(&e))
        return 1;
    snprintf(db, sizeof db, "%s/county.db", folder);
    const char *source = getenv("HENG_SOURCE");
    char pack[600];
    snprintf(pack, sizeof pack, "%s/packs/minimal", source ? source : ".");
    struct server_options options = {
        .listen = "127.0.0.1:0", .routes = list, .n_routes = sizeof list / sizeof *list};
    if (county_create(db, pack, &e) || server_open(&server, db, &options, &e)) {
        print_error("%s: %s\n", e.where, e.text);
        return 1;
    }
    port = (int)strtol(strrchr(server_address(server), ':') + 1, NULL, 10);
    struct str link;
    struct login_done done;
    struct login_who who;
    struct arena a;
    arena_init(&a, 0);
    if (server_first_link(server, &a, &link, &e) ||
        login_link_use(server->login, str_of(strrchr(link.p, '/') + 1), STR("admin"),
                       STR(""), STR("a long enough password"), STR(""), date_now_ms(),
                       &done, &e)) {
        print_error("%s: %s\n", e.where, e.text);
        return 1;
    }
    struct login_at at = {
        .pack = server->county->pack, .today = date_today(), .now = date_now_ms()};
    if (login_resolve(server->login, str_of(done.secret), &at, &a, &who, &e))
        return 1;
    snprintf(cookie, sizeof cookie, "heng_session=%s", done.secret);
    snprintf(csrf, sizeof csrf, "%s", who.csrf);
    snprintf(signed_in, sizeof signed_in, "Cookie: a=b; %s; c=d\r\n", cookie);
    snprintf(with_json, sizeof with_json,
             "%sX-Heng-CSRF: %s\r\nContent-Type: application/json; charset=utf-8\r\n",
             signed_in, csrf);
    arena_free(&a);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    // with one who listens, one in mid-answer and one in mid-question
    int s[3] = {dial(), dial(), dial()};
    struct buf text = BUF_INIT(1000);
    buf_printf(&text, "GET /api/events HTTP/1.1\r\nHost: x\r\n%s\r\n", signed_in);
    say(s[0], buf_str(&text));
    buf_clear(&text);
    buf_printf(&text, "GET /api/slow HTTP/1.1\r\nHost: x\r\n%s\r\n", signed_in);
    say(s[1], buf_str(&text));
    say(s[2], STR("GET /api/hello HTTP/1.1\r\nHos"));
    usleep(100000);
    server_close(server);
    for (int i = 0; i < 3; i++)
        close(s[i]);
    buf_free(&text);
    server_close(NULL);
    char name[150];
    static const char *const files[] = {"county.db", "county.db.serve/lock",
                                        "county.db.serve"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, files[i]);
        remove(name);
    }
    return rmdir(folder); // nothing else was left behind
}

static void addresses_are_understood(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        "8080",    "127.0.0.1", "127.0.0.1:", "1.2.3.4:x",   "127.0.0.1:70000",
        "[::1:80", "name:80", "::1:80",    "[]:80",      "127.0.0.1:-1"};
    struct server *other;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct server_options o = {.listen = bad[i]};
        assert_int_equal(server_open(&other, db, &o, &e), ERR_USAGE);
    }
    char taken[40], none[120];
    snprintf(taken, sizeof taken, "127.0.0.1:%d", port);
    struct server_options o = {.listen = taken};
    enum err code = server_open(&other, db, &o, &e);
    assert_true(code == ERR_IO || code == ERR_BUSY);
    snprintf(none, sizeof none, "%s/none.db", folder);
    struct server_options free_port = {.listen = "127.0.0.1:0"};
    assert_int_equal(server_open(&other, none, &free_port, &e), ERR_NOT_FOUND);
    assert_null(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doors_open_for_whom_they_should),
        cmocka_unit_test(tokens_need_no_csrf),
        cmocka_unit_test(bodies_are_read_with_care),
        cmocka_unit_test(uploads_are_files),
        cmocka_unit_test(errors_say_what_they_should),
        cmocka_unit_test(one_works_for_all),
        cmocka_unit_test(files_too_are_made_once),
        cmocka_unit_test(errors_are_not_kept),
        cmocka_unit_test(long_answers_stream),
        cmocka_unit_test(a_reader_who_goes_away_is_noticed),
        cmocka_unit_test(a_slow_reader_gets_all),
        cmocka_unit_test(a_full_lane_says_so),
        cmocka_unit_test(jobs_run_and_are_their_owners),
        cmocka_unit_test(listeners_are_told),
        cmocka_unit_test(places_and_pack_are_read_again),
        cmocka_unit_test(a_change_waits_alone),
        cmocka_unit_test(want_of_memory_ends_one_request),
        cmocka_unit_test(addresses_are_understood),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
