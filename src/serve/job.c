// SPDX-License-Identifier: AGPL-3.0-or-later
// Jobs that outlive their request. They are kept in one list, newest first; each holds
// its request until it has ended, and itself an hour longer.
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "serve/routes.h"
#include "serve/server_private.h"

enum { MOST_JOBS = 200, MOST_RESULT = 1 << 20, KEEP_SECONDS = 3600 };

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED };

struct job {
    struct serve_job pub; // first
    const char *kind;
    serve_job_run *run;
    struct exchange *request; // NULL once it has ended
    uint64_t pack;            // count of packs when it was started
    enum job_state state;     // guarded by jobs.lock, with what follows
    struct error error;
    int64_t since, ended_at;
    int64_t told; // state and thousandths last told to the caller's event streams
    struct job *next;
};

void job_open(struct server *s)
{
    pthread_mutex_init(&s->jobs.lock, NULL);
    s->jobs.next_id = date_now_ms() * 1000;
}

static void free_job(struct job *j)
{
    exchange_let_go(j->request);
    buf_free(&j->pub.result);
    arena_free(&j->pub.arena);
    mem_free(j->pub.argument);
    mem_free(j);
}

void job_stop(struct server *s)
{
    lane_stop(&s->jobs.lane);
}

void job_close(struct server *s)
{
    lane_close(&s->jobs.lane);
    while (s->jobs.first) {
        struct job *next = s->jobs.first->next;
        free_job(s->jobs.first);
        s->jobs.first = next;
    }
    pthread_mutex_destroy(&s->jobs.lock);
}

static void run_job(void *argument)
{
    struct job *j = argument;
    struct server *s = j->pub.server;
    struct error e = {0};
    pthread_mutex_lock(&s->jobs.lock);
    j->state = JOB_RUNNING;
    j->since = date_now_ms();
    pthread_mutex_unlock(&s->jobs.lock);
    gate_enter(&s->gate, true);
    j->pub.county = s->county;
    j->pub.cube = s->cube;
    enum err code = ERR_OK;
    if (atomic_load(&s->pack_done) != j->pack) { // its rights point into the old one
        error_set(&e, ERR_CONFLICT, "serve.job_pack", NULL,
                  "the pack was changed before this could begin");
        code = error_cure(&e, "look at it again, then start it anew");
    } else if (!s->cube) {
        code = error_memory(&e);
    } else if (atomic_load(&s->stopping)) {
        code = error_set(&e, ERR_BUSY, "serve.ends", NULL, "the server was stopped");
    }
    if (!code)
        code = j->run(&j->pub, &e);
    if (!code)
        code = buf_check(&j->pub.result, &e);
    gate_leave(&s->gate, true);
    atomic_store(&s->look_now, true);
    state_settle(s, STATE_PATIENCE);
    if (code == ERR_INTERNAL || code == ERR_CORRUPT)
        log_line(LOG_ERROR, "job %s: %s: %s", j->kind, e.key ? e.key : "", e.text);
    pthread_mutex_lock(&s->jobs.lock);
    struct exchange *request = j->request;
    j->request = NULL;
    j->state = code ? JOB_FAILED : JOB_DONE;
    j->error = e;
    j->ended_at = lane_now();
    pthread_mutex_unlock(&s->jobs.lock);
    exchange_let_go(request);
    mem_trim(); // an import has held much
    keeper_wake(s);
}

enum err serve_job_start(struct request *q, const char *kind, serve_job_run *run,
                         const void *argument, size_t size, int64_t *id, struct error *e)
{
    struct server *s = q->server;
    struct job *j = mem_alloc(1, sizeof *j);
    void *copy = mem_alloc(1, size);
    if (!j || !copy) {
        mem_free(j);
        mem_free(copy);
        return error_memory(e);
    }
    if (size)
        memcpy(copy, argument, size);
    j->pub = (struct serve_job){.server = s,
                                .who = q->who,
                                .zh = q->zh,
                                .argument = copy,
                                .result = BUF_INIT(MOST_RESULT)};
    arena_init(&j->pub.arena, 0);
    j->kind = kind;
    j->run = run;
    j->told = -1;
    j->pack = atomic_load(&s->pack_done);
    j->request = exchange_of(q);
    atomic_fetch_add(&j->request->holders, 1);
    pthread_mutex_lock(&s->jobs.lock);
    *id = j->pub.id = ++s->jobs.next_id;
    bool fits = s->jobs.n < MOST_JOBS && lane_submit(&s->jobs.lane, run_job, j);
    if (fits) {
        j->next = s->jobs.first;
        s->jobs.first = j;
        s->jobs.n++;
    }
    pthread_mutex_unlock(&s->jobs.lock);
    if (fits)
        return ERR_OK;
    free_job(j);
    error_set(e, ERR_BUSY, "serve.jobs", NULL, "too much is being worked on");
    return error_cure(e, "try again when something of it is done");
}

bool serve_job_alive(struct server *s, int64_t id)
{
    bool alive = false;
    pthread_mutex_lock(&s->jobs.lock);
    for (const struct job *j = s->jobs.first; j && !alive; j = j->next)
        alive = j->pub.id == id && j->state < JOB_DONE;
    pthread_mutex_unlock(&s->jobs.lock);
    return alive;
}

// --- telling of them

static void put_text(struct json_writer *w, struct str key, struct str value)
{
    json_put_key(w, key);
    json_put_string(w, value);
}

static double done_of(const struct job *j)
{
    double done = atomic_load(&j->pub.done);
    return done < 0 ? 0 : done > 1 ? 1 : done;
}

// With the list locked.
static void put_job(struct json_writer *w, const struct job *j, bool with_result)
{
    static const char *const names[] = {"waiting", "running", "done", "failed"};
    char id[24];
    int n = snprintf(id, sizeof id, "%lld", (long long)j->pub.id);
    json_put_object(w);
    put_text(w, STR("id"), (struct str){id, (size_t)n});
    put_text(w, STR("kind"), str_of(j->kind));
    put_text(w, STR("state"), str_of(names[j->state]));
    json_put_key(w, STR("done"));
    json_put_double(w, j->state == JOB_DONE ? 1 : done_of(j));
    json_put_key(w, STR("rows"));
    json_put_int(w, (int64_t)atomic_load(&j->pub.rows));
    if (with_result && j->state == JOB_DONE && j->pub.result.n) {
        json_put_key(w, STR("result"));
        json_put_raw(w, buf_str(&j->pub.result));
    }
    if (j->state == JOB_FAILED)
        answer_put_error(w, &j->error, j->pub.zh, NULL);
    json_put_object_end(w);
}

enum err serve_job_get(struct request *q, struct error *e)
{
    struct server *s = q->server;
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    if (code)
        return code;
    pthread_mutex_lock(&s->jobs.lock);
    struct job *j = s->jobs.first;
    while (j && (j->pub.id != id || j->pub.who.user != q->who.user))
        j = j->next;
    if (j)
        put_job(answer_json(q), j, true);
    pthread_mutex_unlock(&s->jobs.lock);
    if (j)
        return ERR_OK;
    return error_set(e, ERR_NOT_FOUND, "request.id", "id",
                     "there is nothing with the number '%lld'", (long long)id);
}

enum err serve_job_running(struct request *q, struct serve_job_running **out, size_t *n,
                           struct error *e)
{
    struct server *s = q->server;
    enum err code = ERR_OK;
    *n = 0;
    pthread_mutex_lock(&s->jobs.lock);
    *out = ARENA_ARRAY(q->arena, struct serve_job_running, s->jobs.n + 1);
    if (!*out)
        code = error_memory(e);
    for (const struct job *j = s->jobs.first; !code && j; j = j->next) {
        if (j->state != JOB_RUNNING)
            continue;
        (*out)[*n] =
            (struct serve_job_running){.kind = j->kind,
                                       .who = str_copy(q->arena, j->pub.who.name),
                                       .since = j->since,
                                       .import = atomic_load(&j->pub.import),
                                       .done = done_of(j),
                                       .rows = atomic_load(&j->pub.rows)};
        if (!(*out)[(*n)++].who.p)
            code = error_memory(e);
    }
    pthread_mutex_unlock(&s->jobs.lock);
    return code;
}

void job_tell(struct server *s,
              void (*tell)(struct server *s, int64_t user, struct str event))
{
    struct buf text = BUF_INIT(8192);
    pthread_mutex_lock(&s->jobs.lock);
    for (struct job *j = s->jobs.first; j; j = j->next) {
        int64_t now =
            (int64_t)j->state * 10000 + (int64_t)(atomic_load(&j->pub.done) * 1000);
        if (now == j->told)
            continue;
        j->told = now;
        buf_clear(&text);
        buf_add_c(&text, "event: job\ndata: ");
        struct json_writer w = json_on(&text);
        put_job(&w, j, false);
        buf_add_c(&text, "\n\n");
        if (!text.failed)
            tell(s, j->pub.who.user, buf_str(&text));
    }
    pthread_mutex_unlock(&s->jobs.lock);
    buf_free(&text);
}

void job_forget_old(struct server *s)
{
    int64_t now = lane_now();
    pthread_mutex_lock(&s->jobs.lock);
    for (struct job **at = &s->jobs.first; *at;) {
        struct job *j = *at;
        bool old =
            j->state >= JOB_DONE && now - j->ended_at > (int64_t)KEEP_SECONDS * 1000000;
        if (!old) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        s->jobs.n--;
        free_job(j);
    }
    pthread_mutex_unlock(&s->jobs.lock);
}
