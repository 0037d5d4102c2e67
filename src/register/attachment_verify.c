// SPDX-License-Identifier: AGPL-3.0-or-later
// The proof of attached files: the chain, what it says against the table, every byte.
#include <stdio.h>
#include <string.h>

#include "register/attachment_private.h"
#include "register/history.h"

struct verifying {
    struct conn *conn;
    void (*tell)(void *, const char *);
    void *argument;
};

#define TELL(v, ...)                                                                     \
    do {                                                                                 \
        char text_[256];                                                                 \
        snprintf(text_, sizeof text_, __VA_ARGS__);                                      \
        (v)->tell((v)->argument, text_);                                                 \
    } while (0)

static enum err walk(struct verifying *v, int64_t *n, char *head, struct error *e)
{
    struct stmt *s;
    struct chain_hash hash = {{0}};
    enum err code =
        conn_stmt(v->conn, "attachment.walk",
                  "SELECT seq, at, who, attachment, register, row, name, type,"
                  " blob, size, reason, hash, item FROM heng_attachment_log"
                  " ORDER BY seq",
                  &s, e);
    if (code)
        return code;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        struct attachment_entry x = {.seq = stmt_int(s, 0),
                                     .at = stmt_int(s, 1),
                                     .who = stmt_int(s, 2),
                                     .attachment = stmt_int(s, 3),
                                     .reg = stmt_text(s, 4),
                                     .row = stmt_int(s, 5),
                                     .name = stmt_text(s, 6),
                                     .type = stmt_text(s, 7),
                                     .blob = stmt_blob(s, 8),
                                     .size = stmt_int(s, 9),
                                     .reason = stmt_text(s, 10),
                                     .item = stmt_text(s, 12)};
        struct str is = stmt_blob(s, 11);
        if (x.seq != ++*n) {
            TELL(v,
                 "the history of attached files has no entry %lld; entries were"
                 " removed",
                 (long long)*n);
            *n = x.seq;
        }
        hash = attachment_hash(&hash, &x);
        if (is.n == CHAIN_HASH_SIZE && memcmp(is.p, hash.bytes, is.n) == 0)
            continue;
        TELL(v, "entry %lld of the history of attached files was altered",
             (long long)x.seq);
        if (is.n == CHAIN_HASH_SIZE)
            memcpy(hash.bytes, is.p, is.n); // go on from here, to count all problems
    }
    stmt_finish(s);
    chain_to_hex(&hash, head);
    return code;
}

// Each question finds attached files that are not as their history says.
static enum err ask(struct verifying *v, const char *name, const char *sql,
                    const char *what, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(v->conn, name, sql, &s, e);
    if (code)
        return code;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;)
        TELL(v, "attached file %lld %s", (long long)stmt_int(s, 0), what);
    stmt_finish(s);
    return code;
}

static enum err read_blobs(struct verifying *v, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(v->conn, "attachment.blobs",
                              "SELECT b.hash, b.bytes, (SELECT min(a.id) FROM"
                              " heng_attachments a WHERE a.hash = b.hash)"
                              " FROM heng_blobs b",
                              &s, e);
    if (code)
        return code;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        struct str hash = stmt_blob(s, 0);
        struct chain_hash is = chain_hash_of(stmt_blob(s, 1));
        if (hash.n != CHAIN_HASH_SIZE || memcmp(hash.p, is.bytes, hash.n) != 0)
            TELL(v, "the bytes of attached file %lld were altered",
                 (long long)stmt_int(s, 2));
    }
    stmt_finish(s);
    return code;
}

enum err attachment_find(struct conn *c, const unsigned char hash[ATTACHMENT_HASH],
                         int64_t *seq, struct error *e)
{
    struct stmt *s;
    bool there, row = false;
    *seq = 0;
    enum err code = history_has_table(c, "heng_attachment_log", &there, e);
    if (code || !there)
        return code;
    code = conn_stmt(c, "attachment.find_hash",
                     "SELECT seq FROM heng_attachment_log WHERE hash = ?"
                     " ORDER BY seq LIMIT 1",
                     &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, hash, ATTACHMENT_HASH);
    code = stmt_step(s, &row, e);
    *seq = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

enum err attachment_verify(struct conn *c, int64_t *n, char head[2 * ATTACHMENT_HASH + 1],
                           void (*tell)(void *argument, const char *text), void *argument,
                           struct error *e)
{
    struct verifying v = {c, tell, argument};
    bool there;
    *n = 0;
    head[0] = '\0';
    enum err code = history_has_table(c, "heng_attachments", &there, e);
    if (code || !there)
        return code;
    code = walk(&v, n, head, e);
    if (!code)
        code =
            ask(&v, "attachment.differs",
                "SELECT l.attachment FROM heng_attachment_log l LEFT JOIN"
                " heng_attachments a ON a.id = l.attachment AND a.register = l.register"
                " AND a.row = l.row AND a.name = l.name AND a.item IS l.item AND a.hash "
                "= l.blob AND a.size ="
                " l.size WHERE a.id IS NULL",
                "is not as its history says", e);
    if (!code)
        code =
            ask(&v, "attachment.unheard",
                "SELECT a.id FROM heng_attachments a WHERE (SELECT count(*) FROM"
                " heng_attachment_log l WHERE l.attachment = a.id AND l.reason IS NULL)"
                " <> 1 OR (SELECT count(*) FROM heng_attachment_log l WHERE l.attachment"
                " = a.id AND l.reason IS NOT NULL) <> (a.struck_at IS NOT NULL)",
                "was attached or struck without its history", e);
    if (!code)
        code =
            ask(&v, "attachment.lost",
                "SELECT a.id FROM heng_attachments a LEFT JOIN heng_blobs b ON b.hash ="
                " a.hash WHERE b.hash IS NULL",
                "has lost its bytes", e);
    return code ? code : read_blobs(&v, e);
}
