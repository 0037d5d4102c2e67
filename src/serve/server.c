// SPDX-License-Identifier: AGPL-3.0-or-later
// Opening and closing: the file, the folder, the lanes, the listening socket.
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/login.h"
#include "base/log.h"
#include "base/pool.h"
#include "serve/server_private.h"
#include "study/findings.h"

enum { SPARE_FILES = 300 }; // descriptors for all that is no connection

struct listen_at {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } at;
    socklen_t n;
    bool loopback;
};

// --- where to listen

static enum err wrong_listen(const char *text, struct error *e)
{
    error_set(e, ERR_USAGE, "serve.listen", "--listen", "'%s' is no address and port",
              text);
    return error_cure(e, "write 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080");
}

static enum err read_listen(const char *text, struct listen_at *out, struct error *e)
{
    *out = (struct listen_at){0};
    const char *colon = strrchr(text, ':');
    int64_t port;
    char host[64];
    if (!colon || !str_to_int(str_of(colon + 1), &port) || port < 0 || port > 65535 ||
        (size_t)(colon - text) >= sizeof host)
        return wrong_listen(text, e);
    size_t n = (size_t)(colon - text);
    bool six = n > 2 && text[0] == '[' && text[n - 1] == ']';
    memcpy(host, text + six, n - 2 * six);
    host[n - 2 * six] = '\0';
    if (strcmp(host, "localhost") == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    if (six && inet_pton(AF_INET6, host, &out->at.six.sin6_addr) == 1) {
        out->at.six.sin6_family = AF_INET6;
        out->at.six.sin6_port = htons((uint16_t)port);
        out->n = sizeof out->at.six;
        out->loopback = IN6_IS_ADDR_LOOPBACK(&out->at.six.sin6_addr);
        return ERR_OK;
    }
    if (!six && inet_pton(AF_INET, host, &out->at.four.sin_addr) == 1) {
        out->at.four.sin_family = AF_INET;
        out->at.four.sin_port = htons((uint16_t)port);
        out->n = sizeof out->at.four;
        out->loopback = ntohl(out->at.four.sin_addr.s_addr) >> 24 == 127;
        return ERR_OK;
    }
    return wrong_listen(text, e);
}

static enum err open_listener(struct server *s, struct listen_at *at, struct error *e)
{
    int yes = 1;
    s->listener =
        socket(at->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listener < 0)
        return error_errno(e, errno, s->options.listen, "open a socket");
    setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s->listener, &at->at.any, at->n) || listen(s->listener, 1024)) {
        bool taken = errno == EADDRINUSE;
        enum err code =
            error_errno(e, errno, s->options.listen, "listen at this address");
        if (taken)
            error_cure(e, "another program has this port; give another with --listen");
        return code;
    }
    getsockname(s->listener, &at->at.any, &at->n);
    return ERR_OK;
}

// "http://127.0.0.1:8080"; an address that means all is shown as loopback.
static enum err name_address(struct server *s, const struct listen_at *at,
                             struct error *e)
{
    char host[64] = "", text[100];
    const char *scheme = s->options.certificate ? "https" : "http";
    if (at->at.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &at->at.six.sin6_addr, host, sizeof host);
        bool all = IN6_IS_ADDR_UNSPECIFIED(&at->at.six.sin6_addr);
        snprintf(text, sizeof text, "%s://[%s]:%d", scheme, all ? "::1" : host,
                 ntohs(at->at.six.sin6_port));
    } else {
        inet_ntop(AF_INET, &at->at.four.sin_addr, host, sizeof host);
        bool all = at->at.four.sin_addr.s_addr == 0;
        snprintf(text, sizeof text, "%s://%s:%d", scheme, all ? "127.0.0.1" : host,
                 ntohs(at->at.four.sin_port));
    }
    size_t n = strlen(text) + 1;
    s->address = mem_alloc(n, 1);
    if (!s->address)
        return error_memory(e);
    memcpy(s->address, text, n);
    return ERR_OK;
}

// As many descriptors as the system lets us have; connections are cut to them.
static void fit_descriptors(struct server *s)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    rlim_t want = s->options.connections + SPARE_FILES;
    if (limit.rlim_cur < want) {
        limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < want)
        s->options.connections = limit.rlim_cur > 2 * SPARE_FILES
                                     ? (unsigned)limit.rlim_cur - SPARE_FILES
                                     : 64;
}

// --- TLS

static enum err read_pem(const char *path, char **out, struct error *e)
{
    enum { MOST = 1 << 20 };
    *out = NULL;
    FILE *f = fopen(path, "rb");
    if (!f) {
        error_errno(e, errno, path, "read the file");
        return ERR_INPUT;
    }
    char *text = mem_alloc(MOST, 1);
    size_t n = text ? fread(text, 1, MOST - 1, f) : 0;
    fclose(f);
    if (!text)
        return error_memory(e);
    *out = text;
    if (n && strstr(text, "-----BEGIN "))
        return ERR_OK;
    error_set(e, ERR_INPUT, "serve.pem", path, "this is no PEM file");
    return error_cure(e, "give the certificate and its key as PEM (-----BEGIN ...)");
}

// --- MHD

// Addresses are decoded here (path.h), so MHD must leave them as they are.
static size_t leave_as_is(void *context, struct MHD_Connection *c, char *text)
{
    (void)context, (void)c;
    return strlen(text);
}

static enum err start(struct server *s, struct error *e)
{
    char *certificate = NULL, *key = NULL;
    enum err code = ERR_OK;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls[4] = {{MHD_OPTION_END, 0, NULL}};
    if (s->options.certificate) {
        code = read_pem(s->options.certificate, &certificate, e);
        if (!code)
            code = read_pem(s->options.key, &key, e);
        flags |= MHD_USE_TLS;
        tls[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, certificate};
        tls[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, key};
        tls[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                         "SECURE192:+SECURE128:-VERS-ALL:+VERS-TLS1.3:+"
                                         "VERS-TLS1.2:%SERVER_PRECEDENCE"};
        tls[3] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    }
    if (!code) {
        s->daemon = MHD_start_daemon(
            flags, 0, NULL, NULL, connection_handle, s, MHD_OPTION_LISTEN_SOCKET,
            s->listener, MHD_OPTION_THREAD_POOL_SIZE, s->options.io_threads,
            MHD_OPTION_CONNECTION_LIMIT, s->options.connections,
            MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->options.connections_per_address,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVE_CONNECTION_MEMORY,
            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVE_IDLE_SECONDS,
            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, leave_as_is,
            NULL, MHD_OPTION_URI_LOG_CALLBACK, connection_uri, s,
            MHD_OPTION_NOTIFY_COMPLETED, connection_completed, s,
            MHD_OPTION_NOTIFY_CONNECTION, visit_notify, s, MHD_OPTION_ARRAY, tls,
            MHD_OPTION_END);
        if (!s->daemon && certificate) {
            error_set(e, ERR_INPUT, "serve.tls", s->options.certificate,
                      "the certificate and its key cannot be used");
            code = error_cure(e, "give a certificate and the key that belongs to it");
        } else if (!s->daemon) {
            code = error_set(e, ERR_IO, "serve.start", s->options.listen,
                             "the HTTP server could not be started");
        } else {
            s->listener = -1; // it closes it
        }
    }
    mem_free(certificate);
    if (key)
        explicit_bzero(key, strlen(key));
    mem_free(key);
    return code;
}

// --- the folder

// What was on its way when a server was cut off.
static void sweep_uploads(const struct server *s)
{
    char path[4200];
    DIR *all = opendir(s->folder);
    for (struct dirent *one; all && (one = readdir(all)) != NULL;)
        if (strncmp(one->d_name, "upload-", 7) == 0 &&
            snprintf(path, sizeof path, "%s/%s", s->folder, one->d_name) <
                (int)sizeof path)
            unlink(path);
    if (all)
        closedir(all);
}

// One server a folder: two would take each other's uploads away.
static enum err take_folder(struct server *s, struct error *e)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/lock", s->folder);
    s->folder_lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->folder_lock < 0)
        return error_errno(e, errno, path, "make the file");
    if (flock(s->folder_lock, LOCK_EX | LOCK_NB)) {
        error_set(e, ERR_BUSY, "serve.folder", s->folder,
                  "another server of this file is running");
        return error_cure(e, "use that one, or end it first");
    }
    sweep_uploads(s);
    return ERR_OK;
}

static enum err make_folder(struct server *s, const char *path, struct error *e)
{
    struct buf name = BUF_INIT(4096);
    if (s->options.folder)
        buf_add_c(&name, s->options.folder);
    else
        buf_printf(&name, "%s.serve", path);
    if (!buf_c(&name)) {
        buf_free(&name);
        return error_memory(e);
    }
    s->folder = name.p;
    if (mkdir(s->folder, 0700) && errno != EEXIST)
        return error_errno(e, errno, s->folder, "make the folder");
    return take_folder(s, e);
}

// A core each for questions, and no more: threads that wait for a core only make some
// answers late.
static unsigned readers(void)
{
    enum { MOST = 8 }; // each keeps a connection with its pages
    unsigned cores = pool_cores();
    return cores < 2 ? 2 : cores > MOST ? MOST : cores;
}

static enum err open_lanes(struct server *s, struct error *e)
{
    const struct {
        const char *name;
        unsigned threads;
        size_t capacity, stack;
    } plan[LANES] = {
        [LANE_READ] = {"read", readers(), 1024, 0},
        // they only wait for the commit they share
        [LANE_WRITE] = {"write", 64, 1024, 512 << 10},
        [LANE_SLOW] = {"slow", 2, 32, 0},
        // one: a hash takes 64 MiB while it is made
        [LANE_PASSWORD] = {"password", 1, 32, 0},
    };
    enum err code = ERR_OK;
    for (int i = 0; !code && i < LANES; i++)
        code = lane_open(&s->lanes[i], plan[i].name, plan[i].threads, plan[i].capacity,
                         plan[i].stack, e);
    return code ? code : lane_open(&s->jobs.lane, "jobs", 2, 32, 0, e);
}

static void complete_options(struct server *s, bool loopback)
{
    struct server_options *o = &s->options;
    if (!o->routes) {
        o->routes = routes;
        o->n_routes = n_routes;
    }
    if (!o->io_threads) {
        unsigned half = pool_cores() / 2;
        o->io_threads = half < 1 ? 1 : half > 4 ? 4 : half;
    }
    if (!o->connections)
        o->connections = 12000;
    if (!o->connections_per_address)
        o->connections_per_address = loopback || o->behind_proxy ? o->connections : 200;
}

static enum err open_file(struct server *s, const char *path, struct error *e)
{
    int64_t state;
    enum err code = county_open(&s->county, path, STORE_WRITE, e);
    if (!code)
        code = make_folder(s, path, e);
    if (!code)
        code = login_open(&s->login, s->county->store, e);
    if (!code)
        code = phone_open(s, e);
    if (!code)
        code = cube_open(&s->cube, s->county, 0, e);
    if (!code)
        code = findings_cache_open(&s->findings, e);
    if (!code)
        code = tip_desk_open(&s->tips, e);
    return code ? code : server_state(s, &state, e);
}

// All that is needed before somebody may come in.
static enum err open_door(struct server *s, struct listen_at *at, struct error *e)
{
    enum err code = open_listener(s, at, e);
    if (!code)
        code = name_address(s, at, e);
    if (!code && s->options.behind_proxy) {
        s->crowd = mem_alloc(1, sizeof *s->crowd);
        if (!s->crowd)
            return error_memory(e);
        crowd_open(s->crowd);
    }
    if (!code)
        code = static_open(s, e);
    return code ? code : keeper_open(s, e);
}

enum err server_open(struct server **out, const char *path,
                     const struct server_options *options, struct error *e)
{
    struct listen_at at;
    *out = NULL;
    enum err code = read_listen(options->listen, &at, e);
    if (code)
        return code;
    struct server *s = mem_alloc(1, sizeof *s);
    if (!s)
        return error_memory(e);
    mem_return_large();
    s->options = *options;
    s->listener = s->folder_lock = -1;
    s->started = lane_now();
    complete_options(s, at.loopback);
    fit_descriptors(s);
    state_open(s);
    event_open(s);
    visit_open(s);
    job_open(s);
    zip_open(&s->zips);
    keep_open(s);
    code = open_file(s, path, e);
    if (!code)
        code = open_lanes(s, e);
    if (!code)
        code = open_door(s, &at, e);
    if (!code)
        code = start(s, e);
    if (code) {
        server_close(s);
        return code;
    }
    *out = s;
    if (!at.loopback && !server_is_secure(s))
        log_line(LOG_WARN,
                 "others can reach %s and nothing is encrypted: give "
                 "--certificate and --key, or put it behind a proxy that does",
                 s->options.listen);
    log_line(LOG_INFO, "heng %s serves at %s, %u connections at most", HENG_VERSION,
             s->address, s->options.connections);
    return ERR_OK;
}

const char *server_address(const struct server *s)
{
    return s->address;
}

struct findings_cache *server_findings(struct server *s)
{
    return s->findings;
}

const char *server_folder(const struct server *s)
{
    return s->folder;
}

bool server_takes_digest(const struct server *s)
{
    return s->options.digest;
}

bool server_is_secure(const struct server *s)
{
    return s->options.certificate || s->options.behind_proxy;
}

void server_close(struct server *s)
{
    if (!s)
        return;
    atomic_store(&s->stopping, true);
    if (s->daemon)
        s->listener = MHD_quiesce_daemon(s->daemon); // nobody new
    keeper_close(s);
    // Every connection that is suspended must be resumed before MHD may end: those that
    // wait for a worker by the lanes, those that listen by the end of their streams.
    // What takes longer than half a minute is broken off, and leaves nothing behind.
    int64_t until = lane_now() + (int64_t)SERVE_JOB_SECONDS * 1000000;
    bool in_time = lane_wait(&s->jobs.lane, until);
    for (int i = 0; i < LANES; i++)
        in_time &= lane_wait(&s->lanes[i], until);
    if (!in_time) {
        log_line(LOG_WARN, "what is under way is broken off");
        store_cancel(s->county->store, true);
    }
    for (int i = 0; i < LANES; i++)
        lane_stop(&s->lanes[i]);
    job_stop(s);
    if (!in_time) // sessions are still to be written
        store_cancel(s->county->store, false);
    event_end(s);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    for (int i = 0; i < LANES; i++)
        lane_close(&s->lanes[i]);
    if (s->listener >= 0)
        close(s->listener);
    if (s->folder_lock >= 0)
        close(s->folder_lock);
    job_close(s);
    event_close(s);
    cache_close(&s->cache);
    zip_close(&s->zips);
    static_close(s);
    visit_close(s);
    findings_cache_close(s->findings);
    tip_desk_close(s->tips);
    cube_close(s->cube);
    login_close(s->login);
    phone_close(s);
    county_close(s->county);
    state_close(s);
    mem_free(s->crowd);
    mem_free(s->folder);
    mem_free(s->address);
    mem_free(s);
}
