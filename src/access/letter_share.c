// SPDX-License-Identifier: AGPL-3.0-or-later
// Letters opened for readers who join later, by a reader who can open them.
#include <stdio.h>
#include <string.h>

#include "access/access_private.h"
#include "access/letter.h"

enum { MOST_AT_ONCE = 4000 };

// All that is sealed in a channel: by letter, messages before files.
#define SEALED_SQL                                                                       \
    "SELECT m.letter, 0, m.id, m.keys FROM heng_letter_messages m"                       \
    " JOIN heng_letters l ON l.id = m.letter WHERE l.channel = ?1"                       \
    " UNION ALL SELECT f.letter, 1, f.id, f.keys FROM heng_letter_files f"               \
    " JOIN heng_letters l ON l.id = f.letter WHERE l.channel = ?1 ORDER BY 1, 2, 3"

static enum err read_name(struct conn *c, int64_t user, struct arena *a, struct str *out,
                          struct error *e)
{
    struct account_person p;
    enum err code = account_get(c, a, user, &p, e);
    if (!code)
        *out = p.full_name.n ? p.full_name : p.name;
    return code;
}

enum err letter_newcomers(struct conn *c, const struct channel *ch, int64_t reader,
                          int32_t today, struct arena *a, struct letter_newcomer **out,
                          size_t *n, struct error *e)
{
    struct seal_reader *all;
    struct stmt *s;
    size_t n_all, kept = 0;
    *n = 0;
    enum err code =
        seal_readers(c, ch->readers, ch->n_readers, today, a, &all, &n_all, e);
    struct letter_newcomer *list =
        code ? NULL : ARENA_ARRAY(a, struct letter_newcomer, n_all + 1);
    int64_t *last = code ? NULL : ARENA_ARRAY(a, int64_t, n_all + 1);
    if (!code && (!list || !last))
        code = error_memory(e);
    if (!code)
        code = conn_stmt(c, "letter.sealed", SEALED_SQL, &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, ch->name);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        int64_t letter = stmt_int(s, 0);
        struct str keys = stmt_blob(s, 3);
        if (!seal_is_for(keys, reader))
            continue;
        for (size_t i = 0; i < n_all; i++)
            if (last[i] != letter && !seal_is_for(keys, all[i].user)) {
                last[i] = letter;
                list[i].letters++;
            }
    }
    stmt_finish(s);
    for (size_t i = 0; !code && i < n_all; i++)
        if (list[i].letters) {
            list[kept] =
                (struct letter_newcomer){.user = all[i].user, .letters = list[i].letters};
            code = read_name(c, all[i].user, a, &list[kept].name, e);
            kept++;
        }
    *out = list;
    *n = code ? 0 : kept;
    return code;
}

// --- one of them

struct sealed_row {
    int64_t id;
    bool is_file;
    struct str keys; // with the newcomer's
};

struct sharing {
    const struct channel *channel;
    const unsigned char *secret;
    int64_t reader, newcomer, now, letters;
    int32_t today;
    struct arena arena;
    struct seal_reader to;
    struct sealed_row *rows;
    size_t n;
};

static enum err find_newcomer(struct conn *c, struct sharing *x, struct error *e)
{
    struct seal_reader *all;
    size_t n;
    enum err code = seal_readers(c, x->channel->readers, x->channel->n_readers, x->today,
                                 &x->arena, &all, &n, e);
    for (size_t i = 0; !code && i < n; i++)
        if (all[i].user == x->newcomer && x->newcomer != x->reader) {
            x->to = all[i];
            return ERR_OK;
        }
    if (code)
        return code;
    error_set(e, ERR_NOT_FOUND, "letter.newcomer", "id",
              "this is nobody who reads the channel today");
    return error_cure(e, "they need the role, a second factor and a key of their own");
}

static enum err seal_rows(struct conn *c, struct sharing *x, struct error *e)
{
    struct stmt *s;
    int64_t last = 0;
    x->rows = ARENA_ARRAY(&x->arena, struct sealed_row, MOST_AT_ONCE);
    if (!x->rows)
        return error_memory(e);
    enum err code = conn_stmt(c, "letter.sealed", SEALED_SQL, &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->channel->name);
    for (bool row;
         !code && x->n < MOST_AT_ONCE && !(code = stmt_step(s, &row, e)) && row;) {
        struct str keys = stmt_blob(s, 3);
        if (!seal_is_for(keys, x->reader) || seal_is_for(keys, x->newcomer))
            continue;
        struct sealed_row *r = &x->rows[x->n++];
        *r = (struct sealed_row){.id = stmt_int(s, 2), .is_file = stmt_int(s, 1)};
        x->letters += !x->letters || last != stmt_int(s, 0);
        last = stmt_int(s, 0);
        code = seal_share(x->reader, x->secret, keys, &x->to, &x->arena, &r->keys, e);
    }
    stmt_finish(s);
    return code;
}

static enum err write_rows(struct conn *c, const struct sharing *x, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < x->n; i++) {
        const struct sealed_row *r = &x->rows[i];
        struct stmt *s;
        code =
            r->is_file
                ? conn_stmt(c, "letter.share_file",
                            "UPDATE heng_letter_files SET keys = ? WHERE id = ?", &s, e)
                : conn_stmt(c, "letter.share",
                            "UPDATE heng_letter_messages SET keys = ? WHERE id = ?", &s,
                            e);
        if (code)
            break;
        stmt_bind_blob(s, 1, r->keys.p, r->keys.n);
        stmt_bind_int(s, 2, r->id);
        code = stmt_done(s, e);
    }
    return code;
}

static enum err share_job(struct conn *c, void *argument, struct error *e)
{
    struct sharing *x = argument;
    struct str name = {0};
    enum err code = find_newcomer(c, x, e);
    if (!code)
        code = seal_rows(c, x, e);
    if (!code)
        code = write_rows(c, x, e);
    if (!code)
        code = read_name(c, x->newcomer, &x->arena, &name, e);
    struct str text = str_format(&x->arena, STR_FMT ": %lld", STR_ARG(x->channel->name),
                                 (long long)x->letters);
    if (!code && !text.p)
        code = error_memory(e);
    return code || !x->letters ? code
                               : audit_append(c,
                                              &(struct audit_entry){.kind = AUDIT_LETTERS,
                                                                    .who = x->reader,
                                                                    .subject = name,
                                                                    .text = text,
                                                                    .at = x->now},
                                              e);
}

enum err letter_share(struct store *s, const struct channel *ch, int64_t reader,
                      const unsigned char *secret, int64_t newcomer, int32_t today,
                      int64_t now, int64_t *letters, struct error *e)
{
    struct sharing x = {.channel = ch,
                        .secret = secret,
                        .reader = reader,
                        .newcomer = newcomer,
                        .today = today,
                        .now = now};
    arena_init(&x.arena, 0);
    enum err code = store_write(s, share_job, &x, e);
    *letters = code ? 0 : x.letters;
    arena_free(&x.arena);
    return code;
}
