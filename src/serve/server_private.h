// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of this room share: the server, one request on its way (an exchange),
// and what passes between the threads that hold connections and those that run handlers.
//
// An exchange belongs to its connection's I/O thread, is handed to a worker (the
// connection suspended), and is handed back. While a long answer streams, both have it:
// the worker fills `stream`, the I/O thread empties it. It is freed when both have let
// go.
#ifndef SERVE_SERVER_PRIVATE_H
#define SERVE_SERVER_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "serve/cache.h"
#include "serve/crowd.h"
#include "serve/lane.h"
#include "serve/path.h"
#include "serve/request.h"
#include "serve/server.h"
#include "serve/tip_desk.h"
#include "serve/zip.h"

enum {
    SERVE_MAX_URI = 6 << 10,
    // The head of a request and that of its answer. MHD clears all of it after each
    // request, so 10,000 connections really take it.
    SERVE_CONNECTION_MEMORY = 10 << 10,
    SERVE_IDLE_SECONDS = 60,
    SERVE_EVENT_IDLE_SECONDS = 180,
    SERVE_HEAD_SECONDS = 20,
    SERVE_BODY_SECONDS = 30, // and one more for each SERVE_SLOWEST bytes
    SERVE_SEND_SECONDS = 60, // likewise
    SERVE_SLOWEST = 16 << 10,
    SERVE_LONGEST_SECONDS = 3600,    // of an answer whose size is not known
    SERVE_SWEEPS = 4,                // parts in which connections are looked at
    SERVE_WHOLE_ANSWER = 64 << 10,   // up to this an answer is sent as one
    SERVE_STREAM_BUFFER = 256 << 10, // bytes that wait for a slow reader
    SERVE_STOP_SECONDS = 10,         // the same while the server ends
    SERVE_JOB_SECONDS = 30,          // for work under way when the server ends
    SERVE_STREAM_SECONDS = 30,       // how long a handler waits for one
    SERVE_MAX_ANSWER = 16 << 20,     // of a handler that never flushes
    SERVE_PACK_FROM = 1024,          // bytes of an answer that is packed
    SERVE_MAX_KEPT = 4 << 20,        // the largest answer that is kept
    SERVE_MAX_CACHE = 32 << 20,      // of all that are kept
    SERVE_MAX_OF_ADDRESS = 64,       // requests at once of one address behind a proxy
    SERVE_MAX_ANSWERS = 128 << 20,   // of all answers that wait for their readers
    SERVE_MAX_BODIES = 64 << 20,     // of all bodies in memory together
    SERVE_ARENA = 256 << 20,         // of one request
    OPENROSA_MOST = 12 << 20,        // bytes of a post, as phones are told
};

// Readers of places and pack, and the one who changes them.
struct server_gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned readers, long_readers; // long_readers are among readers
    bool wanted, writing;
};

struct server {
    struct server_options options;
    char *address;
    char *folder;
    struct county *county;
    struct cube *cube;
    struct findings_cache *findings;
    struct tip_desk *tips;
    struct MHD_Daemon *daemon;
    int listener;
    int folder_lock;
    int64_t started; // lane_now
    struct lane_pool lanes[LANES];
    struct server_gate gate;
    struct login *login;
    struct cache cache;
    struct zip_pool zips;
    struct page *pages;
    struct crowd *crowd; // behind a proxy; else NULL
    struct {
        pthread_mutex_t lock;
        struct job *first;
        size_t n;
        int64_t next_id;
        struct lane_pool lane;
    } jobs;
    struct {
        pthread_mutex_t lock;
        struct listener *first;
        size_t n;
        bool ended;
    } events;
    struct {
        pthread_mutex_t lock;
        struct visit *first[SERVE_SWEEPS]; // each looked at in turn
        size_t n, begun, part;
    } visits;
    struct {
        pthread_mutex_t lock;
        pthread_cond_t wake;
        pthread_t thread;
        bool running, wanted, stopping;
    } keeper;
    _Atomic size_t body_bytes;   // of bodies in memory
    _Atomic size_t answer_bytes; // of answers until they are sent
    _Atomic uint64_t next_upload;
    _Atomic bool renewing;       // warm_findings is at work
    _Atomic int64_t renew_after; // lane_now
    _Atomic bool indexing;       // the keeper's work on the index is under way
    _Atomic int64_t indexed;     // the state up to which there is nothing to do for it
    _Atomic bool stopping;
    struct phone_nonces *nonces; // phone.c; NULL: no digest log-in

    pthread_mutex_t state_lock; // guards what follows
    int64_t state, looked_at, data_version, last_seq, last_pack;
    int32_t day;
    _Atomic bool look_now;                       // something was written here
    _Atomic uint64_t places_wanted, pack_wanted; // counts of server_*_changed
    _Atomic uint64_t places_done, pack_done;
};

struct answer_header {
    struct answer_header *next;
    const char *name, *value;
};

// Bytes on their way from a worker to a connection.
struct stream {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct buf pending;
    size_t taken; // of pending
    bool ended;   // there will be no more
    bool broken;  // the handler failed in mid-answer
    bool gone;    // the client is
    bool idle;    // the connection is suspended until there is more
};

struct answer {
    int status; // 0: 200
    const char *type;
    struct buf text;
    struct json_writer json;
    struct answer_header *headers;
    bool has_json;
    bool open_object; // of answer_conflict; closed when the handler returns
    bool listens;     // an event stream
    bool openrosa;    // of a phone: errors are XML, and every answer says the version
    bool streams;     // the first part has been handed over: status and headers are sent
    int file;         // -1: none
    uint64_t file_size;
    struct stream stream;
    struct zip *zip; // of a stream that is packed
};

enum exchange_stage {
    STAGE_NEW,
    STAGE_BODY,
    STAGE_WORK,  // suspended
    STAGE_ALONE, // the answer that it waited for did not come; it makes its own
    STAGE_READY,
    STAGE_SENT
};

struct exchange {
    struct request q; // first: a request is an exchange
    struct server *server;
    struct MHD_Connection *connection;
    struct arena arena;
    _Atomic int holders;
    _Atomic int stage; // enum exchange_stage
    char *uri;         // as it came
    const char *method;
    bool head;
    bool uploading;
    struct path path;
    struct path_pair *query;
    size_t n_query;
    size_t body_capacity, body_n;
    char *body;
    bool body_too_large, body_no_room;
    int upload; // -1: none
    json_t *json;
    struct answer answer;
    struct answer_header *kept_headers;
    bool headers_kept, is_static;
    bool is_long;               // as a reader of the gate
    size_t answer_bytes;        // of its own answer
    unsigned crowd_place;       // 0: not counted
    bool alone;                 // do not look for a kept answer again
    struct cache_entry *making; // which others wait for
    struct cache_entry *found;
    uint64_t pack;  // count of packs when `who` was found: its rights point into that one
    bool signed_in; // by a session or a token
    bool reads_only;  // by a token that only looks
    int phone_waits;  // seconds until the phone's next try is looked at; 0: none
    bool phone_stale; // its digest was right, but its nonce is old
};

static inline struct exchange *exchange_of(struct request *q)
{
    return (struct exchange *)q;
}

// --- state.c
int64_t state_version(struct server *s); // store_data_version of the last look
void state_open(struct server *s);
void state_close(struct server *s);
// Held for reading by every handler. long: seconds or more.
void gate_enter(struct server_gate *g, bool is_long);
void gate_leave(struct server_gate *g, bool is_long);
// For an I/O thread, which may not wait for whom it serves: waits only while places are
// read.
void gate_enter_briefly(struct server_gate *g);
// A reader who turns out to take long: nobody waits behind it any more.
void gate_become_long(struct server_gate *g);
// Reads places or the pack again when they have changed; returns when that is done, or
// when others have read for this long.
void state_settle(struct server *s, int milliseconds);
// Not while there is a pack to read again: who has signed in holds to the one before.
void state_settle_places(struct server *s, int milliseconds);
// For who has changed something and wants to be answered after it; for who only looks.
enum { STATE_PATIENCE = 20000, STATE_GLANCE = 200 };

// --- exchange.c: one request on its way
struct exchange *exchange_open(struct server *s, const char *uri,
                               struct MHD_Connection *c);
void exchange_let_go(struct exchange *x);
void exchange_leave_crowd(struct exchange *x);
// Counts what waits to be sent; false: too much does already.
bool exchange_count_answer(struct exchange *x, size_t bytes);
// On the I/O thread, when the head of the request is there: reads the address, finds the
// route, asks who it is, opens the doors that need no pack. False: the answer is written
// (an error).
bool exchange_begin(struct exchange *x, const char *method);
// On a worker.
void exchange_run(void *exchange);
// Writes {"error": ...}; replaces what was written before.
void exchange_fail(struct exchange *x, int status, const struct error *e);
const char *exchange_header(const struct exchange *x, const char *name);
// Before a worker has it: header values outlive the connection.
void exchange_keep_headers(struct exchange *x);

// --- identity.c: who asks
// q->who, session, zh and csrf by cookie or token; of nobody when there is none.
// q->zh: of ?lang=, X-Heng-Language, the account, Accept-Language, in this order.
void identity_language(struct exchange *x, struct str of_account);
enum err identity_find(struct exchange *x, struct error *e) WARN_UNUSED;

// --- phone.c: basic and digest log-in of phones
enum err phone_open(struct server *s, struct error *e) WARN_UNUSED; // nonces, if any
void phone_close(struct server *s);
// What Authorization says of a phone; false: nothing that is taken here.
struct login_phone;
bool phone_read(struct exchange *x, struct login_phone *out);
// 401 with what may be tried, 429, or 403 where nothing may.
void phone_refuse(struct exchange *x);

// --- job.c
void job_open(struct server *s);
void job_stop(struct server *s); // ends its threads when their jobs have ended
void job_close(struct server *s);
void job_forget_old(struct server *s);
// An event for each job that has moved on since it was last told of.
void job_tell(struct server *s,
              void (*tell)(struct server *s, int64_t user, struct str event));

// --- event.c
void event_open(struct server *s);
void event_close(struct server *s);
void event_end(struct server *s);                                  // all streams end
void event_tell(struct server *s, int64_t user, struct str event); // user 0: all
void event_tell_state(struct server *s, int64_t state);
struct MHD_Response *event_response(struct exchange *x); // NULL: too many, no memory

// --- keeper.c
enum err keeper_open(struct server *s, struct error *e) WARN_UNUSED;
void keeper_close(struct server *s);
void keeper_wake(struct server *s);

// --- warm.c: ahead of those who ask; both return at once
void warm_begin(struct server *s); // once, when those who came first have been answered
// What the checks found is worked out anew for those who asked lately, where the data
// have changed. It takes a twentieth of the time of a core at most.
void warm_findings(struct server *s, int64_t state);

// --- visit.c: connections, and how long each may take for what it does now
struct visit;
void visit_open(struct server *s);
void visit_close(struct server *s);
void visit_notify(void *server, struct MHD_Connection *c, void **context,
                  enum MHD_ConnectionNotificationCode what);
struct visit *visit_of(struct MHD_Connection *c);   // NULL: no memory was there
void visit_until(struct visit *v, int64_t seconds); // 0: as long as it likes
void visit_between(struct visit *v);                // one request is over
void visit_sweep(struct server *s); // a part of them; the next call the next part
size_t visit_count(struct server *s);

// --- answer.c
// "error": {...} in the language; a may be NULL.
void answer_put_error(struct json_writer *j, const struct error *e, bool zh,
                      const struct answer *a);
void answer_open(struct answer *a);
void answer_close(struct answer *a);
void answer_discard(struct answer *a); // what was written so far
enum err answer_too_many(struct error *e);
void answer_write_error(struct answer *a, const struct error *e, bool zh);
// <OpenRosaResponse> with one message.
void answer_write_openrosa(struct answer *a, const char *nature, struct str text);

// --- send.c: from an answer to MHD
void send_security(const struct server *s, struct MHD_Response *r);
// Those that the handler set; its own policy takes the place of the server's. True: it
// said how long the answer may be kept.
bool send_headers(struct MHD_Response *r, const struct answer *a);
enum MHD_Result send_answer(struct exchange *x);
// On the worker: ETag, 304, gzip of an answer that is whole.
void send_prepare(struct exchange *x);
void send_etag(struct str text, char out[48]);
// Hands what is pending over to a stream; false: the client is gone or too slow.
bool stream_put(struct exchange *x, struct str bytes);
// Of responses that are made already the one that the client takes. packed may be NULL.
enum MHD_Result send_kept(struct exchange *x, struct MHD_Response *plain,
                          struct MHD_Response *packed, struct MHD_Response *same,
                          const char *etag, size_t size);
bool send_is_same(const struct exchange *x, const char *etag); // If-None-Match
void stream_end(struct exchange *x, bool whole);

// --- keep.c: answers in the cache
void keep_open(struct server *s);
// Looks for the answer; true: *result says what MHD is told (it is sent, or one waits).
// False: make it.
bool keep_find(struct exchange *x, enum MHD_Result *result);
// On the worker: a good answer is kept and found by those who wait.
void keep_answer(struct exchange *x);
void keep_give_up(struct exchange *x);

// --- static.c
enum err static_open(struct server *s, struct error *e) WARN_UNUSED;
void static_close(struct server *s);
enum MHD_Result static_answer(struct exchange *x);

// --- connection.c: what MHD calls
enum MHD_Result connection_handle(void *server, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version,
                                  const char *upload, size_t *upload_size,
                                  void **context);
void *connection_uri(void *server, const char *uri, struct MHD_Connection *c);
void connection_completed(void *server, struct MHD_Connection *c, void **context,
                          enum MHD_RequestTerminationCode how);

// --- body.c
// 0, or the status of the refusal.
int body_expect(struct exchange *x, struct error *e);
void body_add(struct exchange *x, const char *bytes, size_t n);
int64_t body_seconds(const struct exchange *x); // within which it must be whole
int body_finish(struct exchange *x, struct error *e);

#endif
