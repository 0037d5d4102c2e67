// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/attachment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/utf8.h"
#include "register/attachment_private.h"
#include "register/county.h"
#include "register/history.h"
#include "register/row.h"

static const char *const schema[] = {
    "CREATE TABLE heng_blobs (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE heng_attachments (id INTEGER PRIMARY KEY, register TEXT NOT NULL,"
    " row INTEGER NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL,"
    " hash BLOB NOT NULL REFERENCES heng_blobs (hash), size INTEGER NOT NULL,"
    " at INTEGER NOT NULL, who INTEGER NOT NULL, struck_at INTEGER) STRICT;"
    "CREATE INDEX heng_attachments_row ON heng_attachments (register, row);"
    "CREATE TABLE heng_attachment_log (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " who INTEGER NOT NULL, attachment INTEGER NOT NULL, register TEXT NOT NULL,"
    " row INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, blob BLOB NOT NULL,"
    " size INTEGER NOT NULL, reason TEXT, hash BLOB NOT NULL) STRICT;",
    "ALTER TABLE heng_attachments ADD COLUMN item TEXT;"
    "ALTER TABLE heng_attachment_log ADD COLUMN item TEXT;",
};

enum err attachment_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "attachments", schema, sizeof schema / sizeof *schema, e);
}

// --- the chain

struct chain_hash attachment_hash(const struct chain_hash *before,
                                  const struct attachment_entry *x)
{
    struct chain_state s;
    chain_begin(&s);
    chain_add(&s, (struct str){(const char *)before->bytes, CHAIN_HASH_SIZE});
    const int64_t numbers[] = {x->seq, x->at, x->who, x->attachment, x->row, x->size};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        chain_add_int(&s, numbers[i]);
    chain_add_field(&s, x->reg);
    chain_add_field(&s, x->name);
    chain_add_field(&s, x->type);
    chain_add_field(&s, x->blob);
    chain_add_int(&s, x->reason.p != NULL);
    chain_add_field(&s, x->reason);
    if (x->item.p) // entries of before there were items have their hash still
        chain_add_field(&s, x->item);
    return chain_end(&s);
}

static enum err read_head(struct conn *c, int64_t *seq, struct chain_hash *hash,
                          struct error *e)
{
    struct stmt *s;
    bool row = false;
    *seq = 0;
    memset(hash, 0, sizeof *hash);
    enum err code = conn_stmt(
        c, "attachment.head",
        "SELECT seq, hash FROM heng_attachment_log ORDER BY seq DESC LIMIT 1", &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    struct str blob = !code && row ? stmt_blob(s, 1) : (struct str){NULL, 0};
    if (!code && row && blob.n != CHAIN_HASH_SIZE)
        code = error_set(e, ERR_CORRUPT, "attachment.hash", NULL,
                         "the last entry about attached files has no valid hash");
    if (!code && row) {
        *seq = stmt_int(s, 0);
        memcpy(hash->bytes, blob.p, CHAIN_HASH_SIZE);
    }
    stmt_finish(s);
    return code;
}

enum err attachment_head(struct conn *c, int64_t *seq, char hex[2 * ATTACHMENT_HASH + 1],
                         struct error *e)
{
    struct chain_hash hash = {{0}};
    bool there = false;
    *seq = 0;
    enum err code = history_has_table(c, "heng_attachment_log", &there, e);
    if (!code && there)
        code = read_head(c, seq, &hash, e);
    chain_to_hex(&hash, hex);
    return code;
}

static enum err append(struct conn *c, struct attachment_entry *x, struct error *e)
{
    struct stmt *s;
    struct chain_hash hash;
    enum err code = read_head(c, &x->seq, &hash, e);
    if (!code)
        code = conn_stmt(c, "attachment.append",
                         "INSERT INTO heng_attachment_log (seq, at, who, attachment,"
                         " register, row, name, type, blob, size, reason, hash, item)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         &s, e);
    if (code)
        return code;
    x->seq++;
    hash = attachment_hash(&hash, x);
    stmt_bind_int(s, 1, x->seq);
    stmt_bind_int(s, 2, x->at);
    stmt_bind_int(s, 3, x->who);
    stmt_bind_int(s, 4, x->attachment);
    stmt_bind_text(s, 5, x->reg);
    stmt_bind_int(s, 6, x->row);
    stmt_bind_text(s, 7, x->name);
    stmt_bind_text(s, 8, x->type);
    stmt_bind_blob(s, 9, x->blob.p, x->blob.n);
    stmt_bind_int(s, 10, x->size);
    stmt_bind_text(s, 11, x->reason);
    stmt_bind_blob(s, 12, hash.bytes, sizeof hash.bytes);
    stmt_bind_text(s, 13, x->item);
    return stmt_done(s, e);
}

// --- reading

#define COLUMNS                                                                          \
    "SELECT a.id, a.row, a.size, a.at, a.kind, a.name, u.name, a.hash, a.struck_at,"     \
    " a.register, a.item FROM heng_attachments a LEFT JOIN heng_users u ON u.id = "      \
    "a.who WHERE "

static enum err read_one(struct stmt *s, const struct pack *p, struct arena *a,
                         struct attachment *out, struct error *e)
{
    int64_t kind = stmt_int(s, 4);
    *out = (struct attachment){
        .id = stmt_int(s, 0),
        .row = stmt_int(s, 1),
        .size = stmt_int(s, 2),
        .at = stmt_int(s, 3),
        .kind = kind >= 0 && kind <= SNIFF_BYTES ? (enum sniff_kind)kind : SNIFF_BYTES,
        .name = str_copy(a, stmt_text(s, 5)),
        .who = str_copy(a, stmt_text(s, 6)),
        .struck = stmt_kind(s, 8) != STMT_NULL,
        .reg = pack_register(p, stmt_text(s, 9))};
    struct str hash = stmt_blob(s, 7);
    if (hash.n == ATTACHMENT_HASH)
        memcpy(out->hash, hash.p, ATTACHMENT_HASH);
    bool item = stmt_kind(s, 10) != STMT_NULL;
    if (item)
        out->item = str_copy(a, stmt_text(s, 10));
    return out->name.p && out->who.p && (!item || out->item.p) ? ERR_OK : error_memory(e);
}

static enum err unknown(int64_t id, struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, "attachment.unknown", NULL,
                     "there is no attached file %lld", (long long)id);
}

static enum err find(struct conn *c, const struct pack *p, int64_t id, bool struck,
                     struct arena *a, struct attachment *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = history_has_table(c, "heng_attachments", &row, e);
    if (code || !row)
        return code ? code : unknown(id, e);
    code = conn_stmt(c, "attachment.find", COLUMNS "a.id = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    code = stmt_step(s, &row, e);
    if (!code)
        code = row ? read_one(s, p, a, out, e) : unknown(id, e);
    if (!code && (out->struck != struck || !out->reg))
        code = unknown(id, e);
    stmt_finish(s);
    return code;
}

static enum err read_bytes(struct conn *c, const struct attachment *of, struct arena *a,
                           struct str *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "attachment.bytes",
                              "SELECT bytes FROM heng_blobs WHERE hash = ?", &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, of->hash, ATTACHMENT_HASH);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        struct str bytes = stmt_blob(s, 0);
        struct chain_hash is = chain_hash_of(bytes);
        row = memcmp(is.bytes, of->hash, ATTACHMENT_HASH) == 0;
        *out = str_copy(a, bytes);
        if (!out->p)
            code = error_memory(e);
    }
    stmt_finish(s);
    if (code || row)
        return code;
    error_set(e, ERR_CORRUPT, "attachment.bytes", NULL,
              "the bytes of attached file %lld are not those that came in",
              (long long)of->id);
    return error_cure(e, "run heng verify, and restore a backup");
}

// The row may be seen by its own rules; where it may not, its files are not there.
static enum err may_read(struct county *c, const struct access *who, const struct reg *r,
                         int64_t row, struct datum **values, struct arena *a,
                         struct error *e)
{
    return row_get(c, who, r, row, a, values, e);
}

static enum err may_write(struct county *c, const struct access *who, const struct reg *r,
                          int64_t row, struct arena *a, struct error *e)
{
    struct datum *values;
    enum err code = may_read(c, who, r, row, &values, a, e);
    if (!code)
        code = access_write_some(who, r, e);
    if (code || row_may(c, who, r, ACCESS_WRITE, row, values))
        return code;
    return error_set(e, ERR_FORBIDDEN, "access.area", r->name.p,
                     STR_FMT " may not change rows of this area", STR_ARG(who->name));
}

enum err attachment_list(struct county *c, const struct access *who, const struct reg *r,
                         int64_t row, struct arena *a, struct attachment **out, size_t *n,
                         struct error *e)
{
    struct conn *conn;
    struct stmt *s;
    struct datum *values;
    bool there = false;
    *n = 0;
    *out = ARENA_ARRAY(a, struct attachment, ATTACHMENT_PER_ROW);
    enum err code = *out ? may_read(c, who, r, row, &values, a, e) : error_memory(e);
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = history_has_table(conn, "heng_attachments", &there, e);
    if (!code && there) {
        code = conn_stmt(conn, "attachment.list",
                         COLUMNS "a.register = ? AND a.row = ? AND a.struck_at IS NULL"
                                 " ORDER BY a.id",
                         &s, e);
        if (!code) {
            stmt_bind_text(s, 1, r->name);
            stmt_bind_int(s, 2, row);
        }
        for (bool one;
             !code && *n < ATTACHMENT_PER_ROW && !(code = stmt_step(s, &one, e)) && one;)
            if ((code = read_one(s, c->pack, a, &(*out)[*n], e)) == ERR_OK)
                ++*n;
        if (!code)
            stmt_finish(s);
    }
    store_read_end(conn);
    return code;
}

// Whom and why the chain of attached files says of one that was struck.
static enum err read_reason(struct conn *conn, struct arena *a, struct attachment *x,
                            struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(conn, "attachment.reason",
                              "SELECT l.at, u.name, l.reason FROM heng_attachment_log l"
                              " LEFT JOIN heng_users u ON u.id = l.who"
                              " WHERE l.attachment = ? AND l.reason IS NOT NULL"
                              " ORDER BY l.seq DESC LIMIT 1",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->id);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        x->struck_at = stmt_int(s, 0);
        x->struck_by = str_copy(a, stmt_text(s, 1));
        x->reason = str_copy(a, stmt_text(s, 2));
        if (!x->struck_by.p || !x->reason.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

static enum err read_all(struct conn *conn, const struct pack *p, const struct reg *r,
                         int64_t row, struct arena *a, struct attachment **out, size_t *n,
                         struct error *e)
{
    struct stmt *s;
    size_t room = 0;
    enum err code =
        conn_stmt(conn, "attachment.all",
                  COLUMNS "a.register = ? AND a.row = ? ORDER BY a.id", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, r->name);
    stmt_bind_int(s, 2, row);
    for (bool one; !code && !(code = stmt_step(s, &one, e)) && one;) {
        if (*n == room) {
            room = room ? 2 * room : 16;
            struct attachment *grown = ARENA_ARRAY(a, struct attachment, room);
            if (!grown) {
                code = error_memory(e);
                break;
            }
            if (*n)
                memcpy(grown, *out, *n * sizeof *grown);
            *out = grown;
        }
        code = read_one(s, p, a, &(*out)[*n], e);
        *n += !code;
    }
    stmt_finish(s);
    return code;
}

enum err attachment_list_all(struct county *c, const struct access *who,
                             const struct reg *r, int64_t row, struct arena *a,
                             struct attachment **out, size_t *n, struct error *e)
{
    struct conn *conn;
    struct datum *values;
    bool there = false;
    *n = 0;
    *out = NULL;
    enum err code = may_read(c, who, r, row, &values, a, e);
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = history_has_table(conn, "heng_attachments", &there, e);
    if (!code && there)
        code = read_all(conn, c->pack, r, row, a, out, n, e);
    for (size_t i = 0; !code && i < *n; i++)
        if ((*out)[i].struck)
            code = read_reason(conn, a, &(*out)[i], e);
    store_read_end(conn);
    return code;
}

static enum err get(struct county *c, const struct access *who, int64_t id, bool struck,
                    struct arena *a, struct attachment *out, struct str *bytes,
                    struct error *e)
{
    struct conn *conn;
    struct datum *values;
    enum err code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = find(conn, c->pack, id, struck, a, out, e);
    if (!code && may_read(c, who, out->reg, out->row, &values, a, NULL))
        code = unknown(id, e);
    if (!code && bytes)
        code = read_bytes(conn, out, a, bytes, e);
    store_read_end(conn);
    return code;
}

enum err attachment_get(struct county *c, const struct access *who, int64_t id,
                        struct arena *a, struct attachment *out, struct str *bytes,
                        struct error *e)
{
    return get(c, who, id, false, a, out, bytes, e);
}

enum err attachment_get_struck(struct county *c, const struct access *who, int64_t id,
                               struct arena *a, struct attachment *out, struct str *bytes,
                               struct error *e)
{
    return get(c, who, id, true, a, out, bytes, e);
}

// --- attaching

struct attaching {
    const struct pack *pack;
    struct arena *arena;
    const struct access *who;
    const struct reg *reg;
    int64_t row;
    struct str name, bytes, item;
    enum sniff_kind kind;
    struct chain_hash hash;
    struct attachment *out;
    bool repeated;
};

static enum err check_size(uint64_t size, struct error *e)
{
    if (size > ATTACHMENT_MAX) {
        error_set(e, ERR_LIMIT, "attachment.size", NULL,
                  "the file has %llu bytes; %d are the most", (unsigned long long)size,
                  ATTACHMENT_MAX);
        return error_cure(e, "make it smaller: a photograph of a form needs 1 MiB");
    }
    if (size)
        return ERR_OK;
    error_set(e, ERR_INPUT, "attachment.empty", NULL, "the file is empty");
    return error_cure(e, "choose the file again");
}

static enum err read_file(struct arena *a, const char *path, struct str *out,
                          struct error *e)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0) {
        int reason = errno;
        if (fd >= 0)
            close(fd);
        return error_errno(e, reason, NULL, "read the file");
    }
    enum err code = check_size((uint64_t)about.st_size, e);
    size_t size = (size_t)about.st_size, n = 0;
    char *p = code ? NULL : ARENA_ARRAY(a, char, size + 1);
    if (!code && !p)
        code = error_memory(e);
    while (!code && n < size) {
        ssize_t got = read(fd, p + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            code = error_errno(e, got < 0 ? errno : EIO, NULL, "read the file");
        else
            n += (size_t)got;
    }
    close(fd);
    *out = (struct str){p, n};
    return code;
}

// The last part of a path, without what a file system or a header would stumble on.
static enum err clean_name(struct arena *a, struct str name, struct str *out,
                           struct error *e)
{
    struct buf b = BUF_INIT(ATTACHMENT_NAME_MAX + 8);
    for (size_t i = name.n; i-- > 0;)
        if (name.p[i] == '/' || name.p[i] == '\\') {
            name = (struct str){name.p + i + 1, name.n - i - 1};
            break;
        }
    for (size_t at = 0; at < name.n;) {
        size_t from = at;
        int32_t c = utf8_next(name, &at);
        // controls, and the marks that turn the direction of writing (x.exe as exe.x)
        if (c < 32 || c == 127 || (c >= 0x80 && c < 0xA0) ||
            (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
            (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF)
            continue;
        if (b.n + at - from > ATTACHMENT_NAME_MAX)
            break;
        buf_add(&b, (struct str){name.p + from, at - from});
    }
    struct str is = str_trim(buf_str(&b));
    *out = str_copy(a, is.n ? is : STR("file"));
    enum err code = out->p ? buf_check(&b, e) : error_memory(e);
    buf_free(&b);
    return code;
}

static enum err keep_blob(struct conn *c, const struct attaching *x, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "attachment.blob",
                              "INSERT INTO heng_blobs (hash, bytes) VALUES (?, ?)"
                              " ON CONFLICT DO NOTHING",
                              &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, x->hash.bytes, ATTACHMENT_HASH);
    stmt_bind_blob(s, 2, x->bytes.p, x->bytes.n);
    return stmt_done(s, e);
}

// How many files the row has, and whether this one is among them.
static enum err look_around(struct conn *c, struct attaching *x, struct error *e)
{
    struct stmt *s;
    size_t n = 0;
    enum err code = conn_stmt(c, "attachment.around",
                              COLUMNS "a.register = ? AND a.row = ? AND a.struck_at IS"
                                      " NULL ORDER BY a.id",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->reg->name);
    stmt_bind_int(s, 2, x->row);
    for (bool row; !(code = stmt_step(s, &row, e)) && row; n++) {
        struct str hash = stmt_blob(s, 7);
        if (hash.n != ATTACHMENT_HASH ||
            memcmp(hash.p, x->hash.bytes, ATTACHMENT_HASH) != 0 ||
            !str_equal(stmt_text(s, 5), x->name) || !str_equal(stmt_text(s, 10), x->item))
            continue;
        x->repeated = true;
        code = read_one(s, x->pack, x->arena, x->out, e);
        break;
    }
    stmt_finish(s);
    if (code || x->repeated || n < ATTACHMENT_PER_ROW)
        return code;
    error_set(e, ERR_LIMIT, "attachment.many", NULL,
              "the row has %d files already; more are not taken", ATTACHMENT_PER_ROW);
    return error_cure(e, "strike those that are not needed");
}

// A row that was struck stays as it is, with its files.
static enum err check_current(struct conn *c, const struct reg *r, int64_t row,
                              struct error *e)
{
    struct stmt *s = NULL;
    bool there = false;
    struct buf sql = BUF_INIT(1000);
    buf_printf(&sql, "SELECT 1 FROM \"" STR_FMT "\" WHERE id = ? AND state <> 'current'",
               STR_ARG(r->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(c, buf_str(&sql), &s, e);
    buf_free(&sql);
    if (code)
        return code;
    stmt_bind_int(s, 1, row);
    code = stmt_step(s, &there, e);
    stmt_finish(s);
    if (code || !there)
        return code;
    error_set(e, ERR_CONFLICT, "row.struck", NULL,
              "row %lld is struck, and its files stay as they are", (long long)row);
    return error_cure(e, "restore it first (heng unstrike), if it is right after all");
}

static enum err add_job(struct conn *c, void *argument, struct error *e)
{
    struct attaching *x = argument;
    struct stmt *s;
    bool row = false;
    enum err code = attachment_migrate(c, e);
    if (!code)
        code = look_around(c, x, e);
    if (code || x->repeated) // sent again: it is there
        return code;
    code = check_current(c, x->reg, x->row, e);
    if (!code)
        code = keep_blob(c, x, e);
    if (!code)
        code = conn_stmt(c, "attachment.add",
                         "INSERT INTO heng_attachments (id, register, row, name, kind,"
                         " hash, size, at, who, item) SELECT coalesce(max(id), 0) + 1, ?,"
                         " ?, ?, ?, ?, ?, ?, ?, ? FROM heng_attachments RETURNING id",
                         &s, e);
    if (code)
        return code;
    int64_t at = date_now_ms(), id = 0;
    stmt_bind_text(s, 1, x->reg->name);
    stmt_bind_int(s, 2, x->row);
    stmt_bind_text(s, 3, x->name);
    stmt_bind_int(s, 4, x->kind);
    stmt_bind_blob(s, 5, x->hash.bytes, ATTACHMENT_HASH);
    stmt_bind_int(s, 6, (int64_t)x->bytes.n);
    stmt_bind_int(s, 7, at);
    stmt_bind_int(s, 8, x->who->user);
    stmt_bind_text(s, 9, x->item);
    code = stmt_step(s, &row, e);
    id = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    *x->out = (struct attachment){.id = id,
                                  .row = x->row,
                                  .size = (int64_t)x->bytes.n,
                                  .at = at,
                                  .reg = x->reg,
                                  .kind = x->kind,
                                  .name = x->name,
                                  .item = x->item,
                                  .who = x->who->name};
    memcpy(x->out->hash, x->hash.bytes, ATTACHMENT_HASH);
    struct attachment_entry entry = {
        .at = at,
        .who = x->who->user,
        .attachment = id,
        .row = x->row,
        .size = (int64_t)x->bytes.n,
        .reg = x->reg->name,
        .name = x->name,
        .item = x->item,
        .type = str_of(sniff_type(x->kind)),
        .blob = {(const char *)x->hash.bytes, ATTACHMENT_HASH}};
    return code ? code : append(c, &entry, e);
}

static enum err check_kind(struct str name, struct str bytes, enum sniff_kind *kind,
                           struct error *e)
{
    const char *what = NULL;
    *kind = sniff(bytes, name, &what);
    if (!what)
        return ERR_OK;
    error_set(e, ERR_INPUT, "attachment.kind", NULL,
              "'" STR_FMT "' is %s, which is not taken", STR_ARG(name), what);
    return error_cure(e, *kind == SNIFF_DAMAGED
                             ? "save or scan it again, and attach the whole file"
                             : "attach a picture, a PDF, a document without macros, a"
                               " table or plain text");
}

enum err attachment_check(struct str name, struct str bytes, struct arena *a,
                          struct error *e)
{
    enum sniff_kind kind;
    struct str clean;
    enum err code = check_size(bytes.n, e);
    if (!code)
        code = clean_name(a, name, &clean, e);
    return code ? code : check_kind(clean, bytes, &kind, e);
}

// An item is a field that is filled in: nothing else can be looked for in a row.
static enum err check_item(const struct reg *r, struct str item, struct error *e)
{
    const struct field *f = item.n ? reg_field(r, item) : NULL;
    if (!item.p || (f && !f->system))
        return ERR_OK;
    error_set(e, ERR_INPUT, "attachment.item", "item",
              "'" STR_FMT "' is no item of " STR_FMT, STR_ARG(text_cut(item, 60)),
              STR_ARG(r->name));
    return error_cure(e, "name the item that the file belongs to, or none");
}

enum err attachment_add_bytes(struct county *c, const struct access *who,
                              const struct reg *r, int64_t row,
                              const struct attachment_new *file, struct arena *a,
                              struct attachment *out, bool *repeated, struct error *e)
{
    struct attaching x = {.pack = c->pack,
                          .arena = a,
                          .who = who,
                          .reg = r,
                          .row = row,
                          .out = out,
                          .item = file->item,
                          .bytes = file->bytes};
    enum err code = may_write(c, who, r, row, a, e);
    if (!code)
        code = check_item(r, file->item, e);
    if (!code)
        code = check_size(x.bytes.n, e);
    if (!code)
        code = clean_name(a, file->name, &x.name, e);
    if (!code)
        code = check_kind(x.name, x.bytes, &x.kind, e);
    if (code)
        return code;
    x.hash = chain_hash_of(x.bytes);
    code = store_write(c->store, add_job, &x, e);
    *repeated = x.repeated;
    return code;
}

enum err attachment_add(struct county *c, const struct access *who, const struct reg *r,
                        int64_t row, const struct attachment_new *file, const char *path,
                        struct arena *a, struct attachment *out, bool *repeated,
                        struct error *e)
{
    struct attachment_new whole = *file;
    enum err code = may_write(c, who, r, row, a, e);
    if (!code)
        code = read_file(a, path, &whole.bytes, e);
    return code ? code
                : attachment_add_bytes(c, who, r, row, &whole, a, out, repeated, e);
}

// --- striking

struct striking {
    const struct attachment *of;
    int64_t who;
    struct str reason;
};

static enum err strike_job(struct conn *c, void *argument, struct error *e)
{
    const struct striking *x = argument;
    struct stmt *s;
    int64_t at = date_now_ms();
    enum err code = check_current(c, x->of->reg, x->of->row, e);
    if (!code)
        code = conn_stmt(c, "attachment.strike",
                         "UPDATE heng_attachments SET struck_at = ? WHERE id = ? AND"
                         " struck_at IS NULL",
                         &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, at);
    stmt_bind_int(s, 2, x->of->id);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) != 1)
        code = unknown(x->of->id, e);
    struct attachment_entry entry = {
        .at = at,
        .who = x->who,
        .attachment = x->of->id,
        .row = x->of->row,
        .size = x->of->size,
        .reg = x->of->reg->name,
        .name = x->of->name,
        .item = x->of->item,
        .type = str_of(sniff_type(x->of->kind)),
        .reason = x->reason,
        .blob = {(const char *)x->of->hash, ATTACHMENT_HASH}};
    return code ? code : append(c, &entry, e);
}

enum err attachment_strike(struct county *c, const struct access *who, int64_t id,
                           struct str reason, struct error *e)
{
    struct arena a;
    struct attachment of;
    struct striking x = {.of = &of, .who = who->user, .reason = str_trim(reason)};
    arena_init(&a, 16 << 20);
    enum err code = attachment_get(c, who, id, &a, &of, NULL, e);
    if (!code)
        code = may_write(c, who, of.reg, of.row, &a, e);
    if (!code && !x.reason.n) {
        error_set(e, ERR_INPUT, "attachment.reason", "reason", "striking needs a reason");
        code = error_cure(e, "say why in a few words; it stays in the history");
    }
    if (x.reason.n > 500)
        x.reason.n = 500;
    if (!code)
        code = store_write(c->store, strike_job, &x, e);
    arena_free(&a);
    return code;
}
