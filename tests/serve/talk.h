// SPDX-License-Identifier: AGPL-3.0-or-later
// A client of a few lines for tests in C: one question a connection.
#ifndef TESTS_SERVE_TALK_H
#define TESTS_SERVE_TALK_H

#include "../tap.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

static int port;
static char signed_in[300], with_json[400]; // header lines, each with its end

static int dial(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 30};
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s >= 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(s, (struct sockaddr *)&at, sizeof at), 0);
    return s;
}

static void say(int s, struct str text)
{
    while (text.n) {
        ssize_t n = send(s, text.p, text.n, MSG_NOSIGNAL);
        if (n <= 0)
            return; // the server has had enough; its answer may be there
        text = (struct str){text.p + n, text.n - (size_t)n};
    }
}

struct reply {
    int status;
    struct buf all;
    struct str head, body; // the body still in chunks where it came so
};

static void read_to_end(int s, struct reply *r)
{
    char piece[65536];
    r->all = BUF_INIT((size_t)200 << 20);
    for (ssize_t n; (n = recv(s, piece, sizeof piece, 0)) > 0;)
        buf_add(&r->all, (struct str){piece, (size_t)n});
    close(s);
    buf_add_char(&r->all, '\0');
    r->all.n--;
    r->status = r->all.n > 12 ? (int)strtol(r->all.p + 9, NULL, 10) : 0;
    char *split = strstr(r->all.p, "\r\n\r\n");
    r->head = split ? (struct str){r->all.p, (size_t)(split - r->all.p)} : STR("");
    r->body = split ? str_of(split + 4) : STR("");
}

// more: header lines, each with its end; body .p NULL: none.
static struct reply ask(const char *method, const char *path, const char *more,
                        struct str body)
{
    struct buf text = BUF_INIT(1 << 22);
    struct reply r;
    int s = dial();
    buf_printf(&text, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s", method,
               path, more);
    if (body.p)
        buf_printf(&text, "Content-Length: %zu\r\n", body.n);
    buf_add_c(&text, "\r\n");
    buf_add(&text, body);
    say(s, buf_str(&text));
    buf_free(&text);
    read_to_end(s, &r);
    return r;
}

static struct reply get(const char *path)
{
    return ask("GET", path, signed_in, (struct str){NULL, 0});
}

static struct reply post(const char *path, struct str body)
{
    return ask("POST", path, with_json, body);
}

static void expect(struct reply r, int status, const char *part)
{
    if (r.status != status || (part && !strstr(r.all.p, part)))
        fail_msg("expected %d and '%s', got %.2000s", status, part ? part : "", r.all.p);
    buf_free(&r.all);
}

#endif
