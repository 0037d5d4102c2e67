// SPDX-License-Identifier: AGPL-3.0-or-later
// Letters: the receipt, and what changes them. Reading: letter_read.c.
#include "access/letter.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "access/access_private.h"
#include "base/date.h"
#include "base/utf8.h"

enum { DIGITS = 16 };

static const char *const schema[] = {
    // ids are random numbers, not of the clock
    "CREATE TABLE heng_letters (id INTEGER PRIMARY KEY, channel TEXT NOT NULL,"
    " receipt BLOB NOT NULL UNIQUE, public BLOB NOT NULL, state TEXT NOT NULL,"
    " arrived_on TEXT NOT NULL, due_on TEXT NOT NULL, answered_on TEXT, closed_on TEXT,"
    " keep_until TEXT NOT NULL) STRICT;"
    "CREATE INDEX heng_letters_channel ON heng_letters (channel, due_on);"
    "CREATE INDEX heng_letters_keep ON heng_letters (keep_until);"
    "CREATE TABLE heng_letter_messages (id INTEGER PRIMARY KEY, letter INTEGER NOT NULL"
    " REFERENCES heng_letters (id), number INTEGER NOT NULL, of_reader INTEGER NOT NULL,"
    " on_day TEXT NOT NULL, box BLOB NOT NULL, keys BLOB NOT NULL,"
    " UNIQUE (letter, number)) STRICT;"
    "CREATE TABLE heng_letter_files (id INTEGER PRIMARY KEY, letter INTEGER NOT NULL"
    " REFERENCES heng_letters (id), message INTEGER NOT NULL, number INTEGER NOT NULL,"
    " box BLOB NOT NULL, keys BLOB NOT NULL) STRICT;"
    "CREATE INDEX heng_letter_files_letter ON heng_letter_files (letter);"
    "CREATE TABLE heng_letter_counts (channel TEXT NOT NULL, month TEXT NOT NULL,"
    " received INTEGER NOT NULL, in_time INTEGER NOT NULL, late INTEGER NOT NULL,"
    " PRIMARY KEY (channel, month)) STRICT, WITHOUT ROWID;",
};

static const char *const states[] = {"new", "read", "answered", "closed"};

enum err letter_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "letters", schema, sizeof schema / sizeof *schema, e);
}

const char *letter_state_name(enum letter_state s)
{
    return s <= LETTER_CLOSED ? states[s] : "?";
}

// --- the receipt

void letter_receipt_new(char digits[LETTER_RECEIPT_TEXT])
{
    for (size_t i = 0, at = 0; i < DIGITS; i++) {
        if (i && i % 4 == 0)
            digits[at++] = ' ';
        digits[at++] = (char)('0' + randombytes_uniform(10));
        digits[at] = '\0';
    }
}

static bool read_digits(struct str text, char out[DIGITS])
{
    size_t n = 0;
    for (size_t at = 0; at < text.n;) {
        int32_t c = utf8_next(text, &at);
        if (c == ' ' || c == '-' || c == '\t' || c == 0x3000)
            continue;
        if (c >= 0xFF10 && c <= 0xFF19)
            c -= 0xFF10 - '0';
        if (c < '0' || c > '9' || n == DIGITS)
            return false;
        out[n++] = (char)c;
    }
    return n == DIGITS;
}

static enum err read_salt(struct store *s, unsigned char salt[crypto_pwhash_SALTBYTES],
                          struct error *e)
{
    static const char purpose[] = "heng receipts";
    unsigned char secret[32];
    struct conn *c;
    enum err code = store_read_begin(s, &c, e);
    if (code)
        return code;
    code = account_secret(c, secret, e);
    store_read_end(c);
    if (!code)
        crypto_generichash(salt, crypto_pwhash_SALTBYTES, (const unsigned char *)purpose,
                           sizeof purpose - 1, secret, sizeof secret);
    sodium_memzero(secret, sizeof secret);
    return code;
}

enum err letter_receipt_open(struct store *s, struct str digits,
                             struct letter_receipt *out, struct error *e)
{
    char clean[DIGITS];
    unsigned char salt[crypto_pwhash_SALTBYTES], seed[crypto_box_SEEDBYTES];
    if (!read_digits(digits, clean)) {
        error_set(e, ERR_INPUT, "letter.digits", "receipt",
                  "a receipt has 16 digits and nothing else");
        return error_cure(e, "type it as it was shown, with or without the spaces");
    }
    enum err code = read_salt(s, salt, e);
    unsigned char *key = sodium_malloc(32);
    if (!code && !key)
        code = error_memory(e);
    if (!code && crypto_pwhash(key, 32, clean, sizeof clean, salt, LOGIN_PASSES,
                               LOGIN_MEMORY, crypto_pwhash_ALG_ARGON2ID13))
        code = error_memory(e);
    if (!code) {
        crypto_kdf_derive_from_key(out->index, sizeof out->index, 1, "hengtips", key);
        crypto_kdf_derive_from_key(seed, sizeof seed, 2, "hengtips", key);
        crypto_box_seed_keypair(out->public_, out->secret, seed);
    }
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(clean, sizeof clean);
    sodium_free(key);
    return code;
}

// --- writing

struct sending {
    const struct channel *channel;
    const struct letter_receipt *receipt; // of a new one
    struct str text;
    const struct str *files;
    size_t n_files;
    int64_t letter;
    int32_t today;
    bool of_reader;
    struct arena arena;
};

static void bind_day(struct stmt *s, int n, int32_t day, char text[DATE_TEXT_SIZE])
{
    date_format(day, text);
    stmt_bind_text(s, n, str_of(text));
}

static int32_t day_after(int32_t day, struct span span)
{
    int32_t later = span.months ? date_add_months(day, span.months) : day;
    return (later == DATE_NONE ? day : later) + span.days;
}

// Counters of the month of arrival; which: 0 received, 1 in time, 2 late.
static enum err count(struct conn *c, struct str channel, struct str day, int which,
                      struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(c, "letter.count",
                  "INSERT INTO heng_letter_counts (channel, month, received, in_time,"
                  " late) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (channel, month) DO"
                  " UPDATE SET received = received + ?3, in_time = in_time + ?4,"
                  " late = late + ?5",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, channel);
    stmt_bind_text(s, 2, (struct str){day.p, day.n < 7 ? day.n : 7});
    for (int i = 0; i < 3; i++)
        stmt_bind_int(s, 3 + i, which == i);
    return stmt_done(s, e);
}

static enum err insert_letter(struct conn *c, struct sending *x, struct error *e)
{
    const struct channel *ch = x->channel;
    struct stmt *s;
    char day[DATE_TEXT_SIZE], due[DATE_TEXT_SIZE], keep[DATE_TEXT_SIZE];
    enum err code = conn_stmt(c, "letter.insert",
                              "INSERT INTO heng_letters (id, channel, receipt, public,"
                              " state, arrived_on, due_on, keep_until)"
                              " VALUES (?, ?, ?, ?, 'new', ?, ?, ?)",
                              &s, e);
    if (code)
        return code;
    x->letter = login_random_id();
    stmt_bind_int(s, 1, x->letter);
    stmt_bind_text(s, 2, ch->name);
    stmt_bind_blob(s, 3, x->receipt->index, LETTER_INDEX);
    stmt_bind_blob(s, 4, x->receipt->public_, SEAL_PUBLIC);
    bind_day(s, 5, x->today, day);
    bind_day(s, 6, day_after(x->today, ch->answer_within), due);
    bind_day(s, 7, day_after(x->today, ch->keep), keep);
    code = stmt_done(s, e);
    return code ? code : count(c, ch->name, str_of(day), 0, e);
}

static enum err next_number(struct conn *c, int64_t letter, int64_t *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "letter.number",
                              "SELECT coalesce(max(number), 0) + 1"
                              " FROM heng_letter_messages WHERE letter = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, letter);
    code = stmt_step(s, &row, e);
    *out = !code && row ? stmt_int(s, 0) : 1;
    stmt_finish(s);
    if (!code && *out > LETTER_MAX_MESSAGES) {
        error_set(e, ERR_LIMIT, "letter.messages", NULL, "there are %d messages already",
                  LETTER_MAX_MESSAGES);
        code = error_cure(e, "send a new letter");
    }
    return code;
}

static enum err insert_file(struct conn *c, struct sending *x, int64_t message,
                            size_t number, const struct seal_reader *readers, size_t n,
                            struct error *e)
{
    struct seal_letter sealed;
    struct stmt *s;
    enum err code = seal_close(readers, n, x->files[number], &x->arena, &sealed, e);
    if (!code)
        code =
            conn_stmt(c, "letter.file",
                      "INSERT INTO heng_letter_files (id, letter, message, number, box,"
                      " keys) VALUES (?, ?, ?, ?, ?, ?)",
                      &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, login_random_id());
    stmt_bind_int(s, 2, x->letter);
    stmt_bind_int(s, 3, message);
    stmt_bind_int(s, 4, (int64_t)number);
    stmt_bind_blob(s, 5, sealed.box.p, sealed.box.n);
    stmt_bind_blob(s, 6, sealed.keys.p, sealed.keys.n);
    return stmt_done(s, e);
}

static enum err insert_message(struct conn *c, struct sending *x,
                               const struct seal_reader *readers, size_t n,
                               struct error *e)
{
    struct seal_letter sealed;
    struct stmt *s;
    int64_t number, id = login_random_id();
    char day[DATE_TEXT_SIZE];
    enum err code = next_number(c, x->letter, &number, e);
    if (!code)
        code = seal_close(readers, n, x->text, &x->arena, &sealed, e);
    if (!code)
        code = conn_stmt(c, "letter.message",
                         "INSERT INTO heng_letter_messages (id, letter, number,"
                         " of_reader, on_day, box, keys) VALUES (?, ?, ?, ?, ?, ?, ?)",
                         &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    stmt_bind_int(s, 2, x->letter);
    stmt_bind_int(s, 3, number);
    stmt_bind_int(s, 4, x->of_reader);
    bind_day(s, 5, x->today, day);
    stmt_bind_blob(s, 6, sealed.box.p, sealed.box.n);
    stmt_bind_blob(s, 7, sealed.keys.p, sealed.keys.n);
    code = stmt_done(s, e);
    for (size_t i = 0; !code && i < x->n_files; i++)
        code = insert_file(c, x, id, i, readers, n, e);
    return code;
}

static enum err find_readers(struct conn *c, struct sending *x,
                             struct seal_reader **readers, size_t *n, struct error *e)
{
    return seal_readers(c, x->channel->readers, x->channel->n_readers, x->today,
                        &x->arena, readers, n, e);
}

static enum err send_job(struct conn *c, void *argument, struct error *e)
{
    struct sending *x = argument;
    struct seal_reader *readers;
    size_t n;
    enum err code = find_readers(c, x, &readers, &n, e);
    if (!code)
        code = insert_letter(c, x, e);
    return code ? code : insert_message(c, x, readers, n, e);
}

static enum err write_part(struct store *s, struct sending *x, store_job *job,
                           struct error *e)
{
    arena_init(&x->arena, 0);
    enum err code = store_write(s, job, x, e);
    arena_free(&x->arena);
    return code;
}

enum err letter_send(struct store *s, const struct channel *ch,
                     const struct letter_receipt *receipt, const struct letter_part *part,
                     int32_t today, int64_t *id, struct error *e)
{
    struct sending x = {.channel = ch,
                        .receipt = receipt,
                        .text = part->text,
                        .files = part->files,
                        .n_files = part->n_files,
                        .today = today};
    enum err code = write_part(s, &x, send_job, e);
    *id = x.letter;
    return code;
}

static enum err set_state(struct conn *c, const struct sending *x, const char *state,
                          bool closes, struct error *e)
{
    struct stmt *s;
    char day[DATE_TEXT_SIZE], due[DATE_TEXT_SIZE], keep[DATE_TEXT_SIZE];
    enum err code =
        conn_stmt(c, "letter.state",
                  "UPDATE heng_letters SET state = ?2,"
                  // something new from the sender is owed an answer again
                  " due_on = CASE WHEN ?2 = 'new' AND state <> 'new' THEN ?3 ELSE due_on"
                  " END, closed_on = ?4, keep_until = max(keep_until, ?5) WHERE id = ?1",
                  &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->letter);
    stmt_bind_text(s, 2, str_of(state));
    bind_day(s, 3, day_after(x->today, x->channel->answer_within), due);
    if (closes)
        bind_day(s, 4, x->today, day);
    bind_day(s, 5, closes ? x->today : day_after(x->today, x->channel->keep), keep);
    return stmt_done(s, e);
}

static enum err get(struct conn *c, struct sending *x, struct letter *out,
                    struct error *e)
{
    return letter_get(c, x->channel->name, x->letter, &x->arena, out, e);
}

static enum err is_closed(struct error *e)
{
    error_set(e, ERR_CONFLICT, "letter.closed", NULL, "this letter is closed");
    return error_cure(e, "send a new one");
}

static enum err add_job(struct conn *c, void *argument, struct error *e)
{
    struct sending *x = argument;
    struct seal_reader *readers;
    struct letter now;
    size_t n;
    enum err code = get(c, x, &now, e);
    if (!code && now.state == LETTER_CLOSED)
        code = is_closed(e);
    if (!code)
        code = find_readers(c, x, &readers, &n, e);
    if (!code)
        code = insert_message(c, x, readers, n, e);
    return code ? code : set_state(c, x, "new", false, e);
}

enum err letter_add(struct store *s, const struct channel *ch, int64_t letter,
                    const struct letter_part *part, int32_t today, struct error *e)
{
    struct sending x = {.channel = ch,
                        .letter = letter,
                        .text = part->text,
                        .files = part->files,
                        .n_files = part->n_files,
                        .today = today};
    return write_part(s, &x, add_job, e);
}

// The first answer is what is measured.
static enum err note_first(struct conn *c, const struct sending *x,
                           const struct letter *now, struct error *e)
{
    struct stmt *s;
    char day[DATE_TEXT_SIZE], arrived[DATE_TEXT_SIZE];
    if (now->answered_on != DATE_NONE)
        return ERR_OK;
    enum err code =
        conn_stmt(c, "letter.answered",
                  "UPDATE heng_letters SET answered_on = ? WHERE id = ?", &s, e);
    if (code)
        return code;
    bind_day(s, 1, x->today, day);
    stmt_bind_int(s, 2, x->letter);
    code = stmt_done(s, e);
    date_format(now->arrived_on, arrived);
    return code ? code
                : count(c, x->channel->name, str_of(arrived),
                        x->today <= now->due_on ? 1 : 2, e);
}

static enum err answer_job(struct conn *c, void *argument, struct error *e)
{
    struct sending *x = argument;
    struct seal_reader *readers;
    struct letter now;
    size_t n;
    enum err code = get(c, x, &now, e);
    if (!code && now.state == LETTER_CLOSED)
        code = is_closed(e);
    if (!code)
        code = find_readers(c, x, &readers, &n, e);
    if (code)
        return code;
    readers[n].user = 0; // there is room for one more
    memcpy(readers[n].key, now.public_, SEAL_PUBLIC);
    code = insert_message(c, x, readers, n + 1, e);
    if (!code)
        code = note_first(c, x, &now, e);
    return code ? code : set_state(c, x, "answered", false, e);
}

enum err letter_answer(struct store *s, const struct channel *ch, int64_t letter,
                       struct str text, int32_t today, struct error *e)
{
    struct sending x = {
        .channel = ch, .letter = letter, .text = text, .today = today, .of_reader = true};
    return write_part(s, &x, answer_job, e);
}

static enum err read_job(struct conn *c, void *argument, struct error *e)
{
    struct sending *x = argument;
    struct letter now;
    enum err code = get(c, x, &now, e);
    return code || now.state != LETTER_NEW
               ? code
               : account_run(c, "letter.read",
                             "UPDATE heng_letters SET state = 'read' WHERE id = ?",
                             &x->letter, 1, e);
}

enum err letter_mark_read(struct store *s, const struct channel *ch, int64_t letter,
                          struct error *e)
{
    struct sending x = {.channel = ch, .letter = letter};
    return write_part(s, &x, read_job, e);
}

static enum err close_job(struct conn *c, void *argument, struct error *e)
{
    struct sending *x = argument;
    struct letter now;
    enum err code = get(c, x, &now, e);
    if (!code && now.state == LETTER_CLOSED)
        code = is_closed(e);
    return code ? code : set_state(c, x, "closed", true, e);
}

enum err letter_close(struct store *s, const struct channel *ch, int64_t letter,
                      int32_t today, struct error *e)
{
    struct sending x = {.channel = ch, .letter = letter, .today = today};
    return write_part(s, &x, close_job, e);
}

// --- the end

struct sweep {
    char day[DATE_TEXT_SIZE];
    int64_t removed;
};

static enum err remove_from(struct conn *c, const char *name, const char *sql,
                            const struct sweep *x, int64_t *n, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, name, sql, &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, str_of(x->day));
    code = stmt_done(s, e);
    *n = code ? 0 : stmt_changes(s);
    return code;
}

// Whether what is deleted is overwritten as well; the statement gives its value as a row.
static enum err overwrite(struct conn *c, bool on, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code = conn_prepare(
        c, on ? STR("PRAGMA secure_delete=ON") : STR("PRAGMA secure_delete=OFF"), &s, e);
    if (!code) {
        code = stmt_step(s, &row, e);
        stmt_finish(s);
    }
    return code;
}

static enum err sweep_job(struct conn *c, void *argument, struct error *e)
{
    static const char *const steps[][2] = {
        {"letter.sweep_files", "DELETE FROM heng_letter_files WHERE letter IN"
                               " (SELECT id FROM heng_letters WHERE keep_until < ?)"},
        {"letter.sweep_messages", "DELETE FROM heng_letter_messages WHERE letter IN"
                                  " (SELECT id FROM heng_letters WHERE keep_until < ?)"},
        {"letter.sweep", "DELETE FROM heng_letters WHERE keep_until < ?"}};
    struct sweep *x = argument;
    struct error ignored;
    enum err code = overwrite(c, true, e);
    for (size_t i = 0; !code && i < 3; i++)
        code = remove_from(c, steps[i][0], steps[i][1], x, &x->removed, e);
    enum err after = overwrite(c, false, code ? &ignored : e);
    return code ? code : after;
}

static enum err any_over(struct store *s, const struct sweep *x, bool *out,
                         struct error *e)
{
    struct conn *c;
    struct stmt *q;
    *out = false;
    enum err code = store_read_begin(s, &c, e);
    if (code)
        return code;
    code = conn_stmt(c, "letter.over", "SELECT 1 FROM heng_letters WHERE keep_until < ?",
                     &q, e);
    if (!code) {
        stmt_bind_text(q, 1, str_of(x->day));
        code = stmt_step(q, out, e);
        stmt_finish(q);
    }
    store_read_end(c);
    return code;
}

enum err letter_sweep(struct store *s, int32_t today, int64_t *removed, struct error *e)
{
    struct sweep x = {0};
    bool any;
    *removed = 0;
    date_format(today, x.day);
    enum err code = any_over(s, &x, &any, e);
    if (!code && any)
        code = store_write(s, sweep_job, &x, e);
    if (!code)
        *removed = x.removed;
    return code;
}
