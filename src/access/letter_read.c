// SPDX-License-Identifier: AGPL-3.0-or-later
// Letters as they are kept.
#include <string.h>

#include "access/letter.h"
#include "base/date.h"

enum { MOST_LETTERS = 1000, MOST_MONTHS = 600 };

#define LETTER_SQL                                                                       \
    "SELECT l.id, l.channel, l.state, l.arrived_on, l.due_on, l.answered_on,"            \
    " l.closed_on, l.keep_until, l.public,"                                              \
    " (SELECT count(*) FROM heng_letter_messages m WHERE m.letter = l.id),"              \
    " (SELECT count(*) FROM heng_letter_files f WHERE f.letter = l.id)"                  \
    " FROM heng_letters l "

static enum err read_day(struct stmt *s, int column, int32_t *out, struct error *e)
{
    struct str text = stmt_text(s, column);
    *out = DATE_NONE;
    return text.p ? date_parse(text, out, e) : ERR_OK;
}

static enum err read_letter(struct stmt *s, struct arena *a, struct letter *out,
                            struct error *e)
{
    struct str state = stmt_text(s, 2), key = stmt_blob(s, 8);
    *out = (struct letter){.id = stmt_int(s, 0),
                           .channel = str_copy(a, stmt_text(s, 1)),
                           .messages = (size_t)stmt_int(s, 9),
                           .files = (size_t)stmt_int(s, 10)};
    if (!out->channel.p)
        return error_memory(e);
    bool good = key.n == SEAL_PUBLIC, found = false;
    if (good)
        memcpy(out->public_, key.p, SEAL_PUBLIC);
    for (int i = LETTER_NEW; i <= LETTER_CLOSED; i++)
        if (str_equal_c(state, letter_state_name((enum letter_state)i))) {
            out->state = (enum letter_state)i;
            found = true;
        }
    if (!good || !found)
        return error_set(e, ERR_CORRUPT, "letter.row", NULL, "a letter is not readable");
    int32_t *const days[] = {&out->arrived_on, &out->due_on, &out->answered_on,
                             &out->closed_on, &out->keep_until};
    enum err code = ERR_OK;
    for (int i = 0; !code && i < 5; i++)
        code = read_day(s, 3 + i, days[i], e);
    return code;
}

static enum err unknown(struct error *e)
{
    error_set(e, ERR_NOT_FOUND, "letter.unknown", NULL, "there is no such letter");
    return error_cure(e, "it never was, or its time was over and it was removed");
}

static enum err one(struct stmt *s, struct arena *a, struct letter *out, struct error *e)
{
    bool row = false;
    enum err code = stmt_step(s, &row, e);
    if (!code)
        code = row ? read_letter(s, a, out, e) : unknown(e);
    stmt_finish(s);
    return code;
}

enum err letter_get(struct conn *c, struct str channel, int64_t id, struct arena *a,
                    struct letter *out, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(c, "letter.get", LETTER_SQL "WHERE l.id = ? AND l.channel = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    stmt_bind_text(s, 2, channel);
    return one(s, a, out, e);
}

enum err letter_find(struct conn *c, const struct letter_receipt *receipt,
                     struct arena *a, struct letter *out, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "letter.find", LETTER_SQL "WHERE l.receipt = ?", &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, receipt->index, LETTER_INDEX);
    return one(s, a, out, e);
}

enum err letter_list(struct conn *c, struct str channel, struct arena *a,
                     struct letter **out, size_t *n, struct error *e)
{
    struct stmt *s;
    *n = 0;
    *out = ARENA_ARRAY(a, struct letter, MOST_LETTERS);
    if (!*out)
        return error_memory(e);
    enum err code = conn_stmt(c, "letter.list",
                              LETTER_SQL "WHERE l.channel = ? ORDER BY"
                                         " l.state = 'closed', l.state = 'answered',"
                                         " l.due_on, l.id LIMIT 1000",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, channel);
    for (bool row; !code && *n < MOST_LETTERS && !(code = stmt_step(s, &row, e)) && row;
         ++*n)
        code = read_letter(s, a, &(*out)[*n], e);
    stmt_finish(s);
    return code;
}

static enum err read_sealed(struct stmt *s, int column, struct arena *a,
                            struct seal_letter *out, struct error *e)
{
    out->box = str_copy(a, stmt_blob(s, column));
    out->keys = str_copy(a, stmt_blob(s, column + 1));
    return out->box.p && out->keys.p ? ERR_OK : error_memory(e);
}

enum err letter_messages(struct conn *c, int64_t letter, struct arena *a,
                         struct letter_message **out, size_t *n, struct error *e)
{
    struct stmt *s;
    *n = 0;
    *out = ARENA_ARRAY(a, struct letter_message, LETTER_MAX_MESSAGES);
    if (!*out)
        return error_memory(e);
    enum err code = conn_stmt(c, "letter.messages",
                              "SELECT id, of_reader, on_day, box, keys"
                              " FROM heng_letter_messages WHERE letter = ?"
                              " ORDER BY number",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, letter);
    for (bool row;
         !code && *n < LETTER_MAX_MESSAGES && !(code = stmt_step(s, &row, e)) && row;
         ++*n) {
        struct letter_message *m = &(*out)[*n];
        m->id = stmt_int(s, 0);
        m->of_reader = stmt_int(s, 1);
        code = read_day(s, 2, &m->on_day, e);
        if (!code)
            code = read_sealed(s, 3, a, &m->sealed, e);
    }
    stmt_finish(s);
    return code;
}

enum err letter_files(struct conn *c, int64_t letter, struct arena *a,
                      struct letter_file **out, size_t *n, struct error *e)
{
    enum { MOST = LETTER_MAX_MESSAGES * LETTER_MAX_FILES };
    struct stmt *s;
    *n = 0;
    *out = ARENA_ARRAY(a, struct letter_file, MOST);
    if (!*out)
        return error_memory(e);
    enum err code = conn_stmt(c, "letter.files",
                              "SELECT id, message FROM heng_letter_files"
                              " WHERE letter = ? ORDER BY message, number",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, letter);
    for (bool row; *n < MOST && !(code = stmt_step(s, &row, e)) && row; ++*n)
        (*out)[*n] =
            (struct letter_file){.id = stmt_int(s, 0), .message = stmt_int(s, 1)};
    stmt_finish(s);
    return code;
}

enum err letter_file_get(struct conn *c, int64_t letter, int64_t id, struct arena *a,
                         struct letter_file *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "letter.file_get",
                              "SELECT id, message, box, keys FROM heng_letter_files"
                              " WHERE letter = ? AND id = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, letter);
    stmt_bind_int(s, 2, id);
    code = stmt_step(s, &row, e);
    if (!code && !row)
        code = unknown(e);
    if (!code) {
        *out = (struct letter_file){.id = stmt_int(s, 0), .message = stmt_int(s, 1)};
        code = read_sealed(s, 2, a, &out->sealed, e);
    }
    stmt_finish(s);
    return code;
}

enum err letter_counts(struct conn *c, struct str channel, struct arena *a,
                       struct letter_count **out, size_t *n, struct error *e)
{
    struct stmt *s;
    *n = 0;
    *out = ARENA_ARRAY(a, struct letter_count, MOST_MONTHS);
    if (!*out)
        return error_memory(e);
    enum err code = conn_stmt(c, "letter.counts",
                              "SELECT month, received, in_time, late"
                              " FROM heng_letter_counts WHERE channel = ?"
                              " ORDER BY month DESC",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, channel);
    for (bool row; *n < MOST_MONTHS && !(code = stmt_step(s, &row, e)) && row; ++*n) {
        struct letter_count *x = &(*out)[*n];
        *x = (struct letter_count){.month = str_copy(a, stmt_text(s, 0)),
                                   .received = stmt_int(s, 1),
                                   .in_time = stmt_int(s, 2),
                                   .late = stmt_int(s, 3)};
        if (!x->month.p) {
            code = error_memory(e);
            break;
        }
    }
    stmt_finish(s);
    return code;
}
