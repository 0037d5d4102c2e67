// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/history.h"
#include "register/attachment.h"
#include "register/explain.h"
#include "register/history_private.h"
#include "register/imports.h"
#include "register/ledger.h"
#include "register/submission.h"

#include <sodium.h>
#include <string.h>

static const char *const schema[] = {
    "CREATE TABLE heng_log (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who INTEGER "
    "NOT NULL,"
    " register TEXT NOT NULL, row INTEGER NOT NULL, change TEXT NOT NULL, before TEXT,"
    " after TEXT, reason TEXT, hash BLOB NOT NULL) STRICT;"
    // rows that come in are found by their ids, which grow with seq; an index over them
    // would slow every import
    "CREATE INDEX heng_log_later ON heng_log (register, row) WHERE change <> 'insert';"
    "CREATE TABLE heng_imports (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who INTEGER "
    "NOT NULL,"
    " register TEXT NOT NULL, source TEXT, file TEXT NOT NULL, hash BLOB NOT NULL,"
    " rows INTEGER NOT NULL, inserted INTEGER NOT NULL, corrected INTEGER NOT NULL,"
    " unchanged INTEGER NOT NULL, rejected INTEGER NOT NULL) STRICT;"
    "CREATE TABLE heng_maps (register TEXT NOT NULL, source TEXT NOT NULL,"
    " heading TEXT NOT NULL, field TEXT NOT NULL,"
    " PRIMARY KEY (register, source, heading)) STRICT, WITHOUT ROWID;",
    // the sender's own names of rows that came in one by one (row.h)
    "CREATE TABLE heng_sent (user INTEGER NOT NULL, register TEXT NOT NULL, key TEXT NOT"
    " NULL, row INTEGER NOT NULL, PRIMARY KEY (user, register, key)) STRICT, WITHOUT"
    " ROWID;",
    // up to which entry of the log the search index of a register is true (search.h)
    ("CREATE TABLE heng_search (register TEXT PRIMARY KEY, seq INTEGER NOT NULL, shape"
     " INTEGER NOT NULL) STRICT;"),
    "CREATE TABLE heng_map (code TEXT PRIMARY KEY, geometry TEXT NOT NULL) STRICT;",
};

static const char *const change_names[] = {
    [HISTORY_INSERT] = "insert", [HISTORY_CORRECT] = "correct",
    [HISTORY_STRIKE] = "strike", [HISTORY_RESTORE] = "restore",
    [HISTORY_MOVE] = "move",
};

enum err history_migrate(struct conn *c, struct error *e)
{
    enum err code =
        store_migrate(c, "register", schema, sizeof schema / sizeof *schema, e);
    if (!code)
        code = imports_migrate(c, e);
    if (!code)
        code = attachment_migrate(c, e);
    if (!code)
        code = ledger_migrate(c, e);
    if (!code)
        code = submission_migrate(c, e);
    return code ? code : explain_migrate(c, e);
}

enum err history_has_table(struct conn *c, const char *name, bool *there, struct error *e)
{
    struct stmt *s;
    *there = false;
    enum err code = conn_stmt(c, "history.has_table",
                              "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name"
                              " = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, str_of(name));
    code = stmt_step(s, there, e);
    stmt_finish(s);
    return code;
}

// --- the hash

static void add_number(struct buf *b, uint64_t v)
{
    char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(v >> (8 * i));
    buf_add(b, (struct str){bytes, 8});
}

static void add_part(struct buf *b, struct str s)
{
    add_number(b, s.p ? s.n : UINT64_MAX); // null is not the empty text
    buf_add(b, s);
}

void history_hash(struct buf *scratch, unsigned char hash[HISTORY_HASH],
                  const struct hashed *x)
{
    buf_clear(scratch);
    buf_add(scratch, (struct str){(const char *)hash, HISTORY_HASH});
    add_number(scratch, (uint64_t)x->seq);
    add_number(scratch, (uint64_t)x->at);
    add_number(scratch, (uint64_t)x->who);
    add_number(scratch, (uint64_t)x->row);
    add_part(scratch, x->reg);
    add_part(scratch, x->change);
    add_part(scratch, x->before);
    add_part(scratch, x->after);
    add_part(scratch, x->reason);
    add_part(scratch, x->image);
    crypto_generichash(hash, HISTORY_HASH, (const unsigned char *)scratch->p, scratch->n,
                       NULL, 0);
}

void history_image_add(struct buf *image, int slot, struct str text)
{
    char head[6] = {(char)slot, (char)(slot >> 8)};
    for (int i = 0; i < 4; i++)
        head[2 + i] = (char)(text.n >> (8 * i));
    buf_add(image, (struct str){head, sizeof head});
    buf_add(image, text);
}

// --- writing

static enum err read_head(struct conn *c, int64_t *seq, unsigned char hash[HISTORY_HASH],
                          struct error *e)
{
    struct stmt *s;
    *seq = 0;
    memset(hash, 0, HISTORY_HASH);
    enum err code =
        conn_stmt(c, "history.head",
                  "SELECT seq, hash FROM heng_log ORDER BY seq DESC LIMIT 1", &s, e);
    if (code)
        return code;
    bool row;
    code = stmt_step(s, &row, e);
    if (!code && row) {
        *seq = stmt_int(s, 0);
        struct str blob = stmt_blob(s, 1);
        if (blob.n == HISTORY_HASH)
            memcpy(hash, blob.p, HISTORY_HASH);
        else
            code = error_set(e, ERR_CORRUPT, "history.hash", NULL,
                             "the last entry of the history has no valid hash");
    }
    stmt_finish(s);
    return code;
}

enum err history_head(struct conn *c, int64_t *seq, char hex[2 * HISTORY_HASH + 1],
                      struct error *e)
{
    unsigned char hash[HISTORY_HASH];
    enum err code = read_head(c, seq, hash, e);
    if (!code)
        sodium_bin2hex(hex, 2 * HISTORY_HASH + 1, hash, HISTORY_HASH);
    return code;
}

enum err history_find(struct conn *c, const unsigned char hash[HISTORY_HASH],
                      int64_t *seq, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "history.find",
                              "SELECT seq FROM heng_log WHERE hash = ?"
                              " ORDER BY seq LIMIT 1",
                              &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, hash, HISTORY_HASH);
    bool row;
    code = stmt_step(s, &row, e);
    *seq = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

enum err history_begin(struct conn *c, struct history *h, struct error *e)
{
    *h = (struct history){.conn = c, .scratch = BUF_INIT((size_t)64 << 20)};
    enum err code = read_head(c, &h->seq, h->hash, e);
    if (code)
        return code;
    return conn_stmt(
        c, "history.append",
        "INSERT INTO heng_log (seq, at, who, register, row, change, before, after,"
        " reason, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &h->append, e);
}

void history_end(struct history *h)
{
    stmt_finish(h->append);
    buf_free(&h->scratch);
}

enum err history_append(struct history *h, const struct history_entry *entry,
                        struct error *e)
{
    struct str change = str_of(change_names[entry->change]);
    int64_t seq = h->seq + 1;
    history_hash(&h->scratch, h->hash,
                 &(struct hashed){.seq = seq,
                                  .at = entry->at,
                                  .who = entry->who,
                                  .row = entry->row,
                                  .reg = entry->reg->name,
                                  .change = change,
                                  .before = entry->before,
                                  .after = entry->after,
                                  .reason = entry->reason,
                                  .image = entry->image});
    enum err code = buf_check(&h->scratch, e);
    if (code)
        return code;
    h->seq = seq;
    struct stmt *s = h->append;
    stmt_bind_int(s, 1, seq);
    stmt_bind_int(s, 2, entry->at);
    stmt_bind_int(s, 3, entry->who);
    stmt_bind_text(s, 4, entry->reg->name);
    stmt_bind_int(s, 5, entry->row);
    stmt_bind_text(s, 6, change);
    stmt_bind_text(s, 7, entry->before);
    stmt_bind_text(s, 8, entry->after);
    stmt_bind_text(s, 9, entry->reason);
    stmt_bind_blob(s, 10, h->hash, HISTORY_HASH);
    return stmt_done(s, e);
}
