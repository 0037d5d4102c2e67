// SPDX-License-Identifier: AGPL-3.0-or-later
// Sealed letters inside the program: for their readers, and for who may write into a
// channel that is not public. A reader needs the channel's role, a second factor, and a
// key that is unlocked (access/login.h); without these no letter is shown, and why.
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "access/audit.h"
#include "access/letter.h"
#include "access/login.h"
#include "base/date.h"
#include "serve/people.h"
#include "serve/put.h"
#include "serve/routes.h"
#include "serve/server_private.h"
#include "serve/tip_content.h"

enum { MOST_QUESTIONS = 30, PASSWORD = 256, RECOVERY = 200 };

// --- who may

static bool holds(const struct request *q, const struct str *roles, size_t n)
{
    int64_t roots[ACCESS_MAX_GRANTS];
    bool everywhere = false;
    return n && (access_role_areas(&q->who, roles, n, roots, &everywhere) || everywhere);
}

static bool reads(const struct request *q, const struct channel *ch)
{
    return holds(q, ch->readers, ch->n_readers);
}

static bool writes(const struct request *q, const struct channel *ch)
{
    return !ch->public_ && holds(q, ch->writers, ch->n_writers);
}

static enum err no_channel(struct error *e)
{
    error_set(e, ERR_NOT_FOUND, "letters.channel", "channel",
              "there is no such channel for you");
    return error_cure(e, "GET /api/channels lists those that you read or write");
}

static enum err has_totp(struct request *q, bool *out, struct error *e)
{
    struct account_person p;
    struct conn *c;
    *out = false;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = account_get(c, q->arena, q->who.user, &p, e);
    store_read_end(c);
    *out = !code && p.totp;
    return code;
}

static enum err need_totp(struct request *q, struct error *e)
{
    bool totp;
    enum err code = has_totp(q, &totp, e);
    if (code || totp)
        return code;
    error_set(e, ERR_FORBIDDEN, "letters.totp", NULL,
              "letters are shown only to accounts with a second factor");
    return error_cure(e, "set one up under your account, then come back");
}

// The channel of the path, for one of its readers who has a second factor.
static enum err reader_door(struct request *q, const struct channel **out,
                            struct error *e)
{
    *out = pack_channel(q->county->pack, request_path(q, "channel"));
    if (!*out || !reads(q, *out))
        return no_channel(e);
    return need_totp(q, e);
}

static enum err any_reader(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    for (size_t i = 0; i < p->n_channels; i++)
        if (reads(q, &p->channels[i]))
            return need_totp(q, e);
    return no_channel(e);
}

// --- GET /api/channels

static void put_question(struct json_writer *j, const struct channel_question *x)
{
    json_put_object(j);
    put_text(j, "name", x->name);
    put_text(j, "type", str_of(type_name(x->type)));
    put_label(j, "label", x->label);
    put_label(j, "help", x->help);
    put_yes(j, "required", x->required);
    put_number(j, "max_length", (int64_t)x->max_length);
    json_put_key(j, STR("codes"));
    json_put_array(j);
    for (size_t i = 0; i < x->n_codes; i++) {
        json_put_object(j);
        put_text(j, "value", x->codes[i].value);
        put_label(j, "label", x->codes[i].label);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
}

static enum err put_counts(struct request *q, struct json_writer *j,
                           const struct channel *ch, struct error *e)
{
    struct letter_count *list;
    struct conn *c;
    size_t n = 0;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = letter_counts(c, ch->name, q->arena, &list, &n, e);
    store_read_end(c);
    json_put_key(j, STR("counts"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_text(j, "month", list[i].month);
        put_number(j, "received", list[i].received);
        put_number(j, "in_time", list[i].in_time);
        put_number(j, "late", list[i].late);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return code;
}

static enum err put_channel(struct request *q, struct json_writer *j,
                            const struct channel *ch, struct error *e)
{
    json_put_object(j);
    put_text(j, "name", ch->name);
    put_label(j, "label", ch->label);
    put_label(j, "intro", ch->intro);
    put_label(j, "promise", ch->promise);
    put_yes(j, "public", ch->public_);
    put_yes(j, "reads", reads(q, ch));
    put_yes(j, "writes", writes(q, ch));
    json_put_key(j, STR("questions"));
    json_put_array(j);
    for (size_t i = 0; i < ch->n_questions; i++)
        put_question(j, &ch->questions[i]);
    json_put_array_end(j);
    enum err code = put_counts(q, j, ch, e);
    json_put_object_end(j);
    return code;
}

enum err letters_channels(struct request *q, struct error *e)
{
    static const char *const states[] = {"none", "locked", "open"};
    const struct pack *p = q->county->pack;
    struct error quiet;
    enum login_seal_state state;
    bool totp, figures = !access_may(&q->who, ACCESS_FIGURES, &quiet);
    enum err code = has_totp(q, &totp, e);
    if (!code)
        code =
            login_seal_state(q->login, q->who.user, q->session, date_now_ms(), &state, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "key", str_of(states[state]));
    put_yes(j, "totp", totp);
    json_put_key(j, STR("channels"));
    json_put_array(j);
    for (size_t i = 0; !code && i < p->n_channels; i++)
        if (figures || reads(q, &p->channels[i]) || writes(q, &p->channels[i]))
            code = put_channel(q, j, &p->channels[i], e);
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

// --- the key

enum err letters_key_make(struct request *q, struct error *e)
{
    struct str password;
    char recovery[SEAL_RECOVERY_TEXT];
    json_t *body;
    int retry_after = 0;
    enum err code = any_reader(q, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "password", true, PASSWORD, &password, e);
    if (!code)
        code = login_seal_make(q->login, q->who.user, q->session, password, date_now_ms(),
                               recovery, &retry_after, e);
    if (code)
        return people_wait_or(q, code, retry_after, e);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "recovery", str_of(recovery));
    json_put_object_end(j);
    sodium_memzero(recovery, sizeof recovery);
    return ERR_OK;
}

enum err letters_key_unlock(struct request *q, struct error *e)
{
    struct str password, recovery;
    json_t *body;
    int retry_after = 0;
    enum err code = any_reader(q, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "password", true, PASSWORD, &password, e);
    if (!code)
        code = json_text(body, "recovery", false, RECOVERY, &recovery, e);
    if (!code)
        code = recovery.n
                   ? login_seal_recover(q->login, q->who.user, q->session, recovery,
                                        password, date_now_ms(), &retry_after, e)
                   : login_seal_unlock(q->login, q->who.user, q->session, password,
                                       date_now_ms(), &retry_after, e);
    if (code)
        return people_wait_or(q, code, retry_after, e);
    answer_status(q, 204);
    return ERR_OK;
}

// --- reading

static void put_head(struct json_writer *j, const struct letter *l)
{
    put_id(j, "id", l->id);
    put_text(j, "state", str_of(letter_state_name(l->state)));
    put_day(j, "arrived_on", l->arrived_on);
    put_day(j, "due_on", l->due_on);
    put_day(j, "answered_on", l->answered_on);
    put_day(j, "closed_on", l->closed_on);
    put_day(j, "keep_until", l->keep_until);
    put_number(j, "messages", (int64_t)l->messages);
    put_number(j, "files", (int64_t)l->files);
}

enum err letters_list(struct request *q, struct error *e)
{
    const struct channel *ch;
    struct letter *list;
    struct conn *c;
    size_t n = 0;
    enum err code = reader_door(q, &ch, e);
    if (!code)
        code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = letter_list(c, ch->name, q->arena, &list, &n, e);
    store_read_end(c);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("letters"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_head(j, &list[i]);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

struct opened { // one letter, for a reader
    const struct channel *channel;
    struct letter letter;
    struct letter_message *messages;
    struct letter_file *files;
    size_t n_messages, n_files;
    unsigned char *secret;
};

static enum err read_rows(struct request *q, int64_t id, struct opened *o,
                          struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = letter_get(c, o->channel->name, id, q->arena, &o->letter, e);
    if (!code)
        code = letter_messages(c, id, q->arena, &o->messages, &o->n_messages, e);
    if (!code)
        code = letter_files(c, id, q->arena, &o->files, &o->n_files, e);
    store_read_end(c);
    return code;
}

// That a letter was opened is noted, before it is shown; what is in it is not.
struct letter_look {
    int64_t user, letter, now;
};

static enum err look_job(struct conn *c, void *argument, struct error *e)
{
    const struct letter_look *l = argument;
    bool is_new;
    return audit_append_read(c, l->user, STR("letters"), l->letter, l->now, &is_new, e);
}

static enum err open_letter(struct request *q, struct opened *o, struct error *e)
{
    int64_t id;
    *o = (struct opened){0};
    enum err code = reader_door(q, &o->channel, e);
    if (!code)
        code = request_id(q, "id", &id, e);
    if (!code)
        code = login_seal_key(q->login, q->session, date_now_ms(), &o->secret, e);
    if (!code)
        code = read_rows(q, id, o, e);
    struct letter_look look = {q->who.user, o->letter.id, date_now_ms()};
    if (!code)
        code = store_write(q->county->store, look_job, &look, e);
    return code;
}

// Members of one message, from what was sealed.
static void put_content(struct json_writer *j, struct str content)
{
    json_t *root = json_loadb(content.p, content.n, 0, NULL), *one;
    const char *name;
    const char *const texts[] = {"text", "from"};
    for (size_t i = 0; i < 2; i++) {
        json_t *text = json_object_get(root, texts[i]);
        if (json_is_string(text))
            put_text(j, texts[i],
                     (struct str){json_string_value(text), json_string_length(text)});
    }
    json_put_key(j, STR("answers"));
    json_put_object(j);
    json_object_foreach(json_object_get(root, "answers"), name, one)
    {
        if (json_is_string(one))
            put_text(j, name,
                     (struct str){json_string_value(one), json_string_length(one)});
    }
    json_put_object_end(j);
    json_decref(root);
}

static enum err put_message(struct request *q, struct json_writer *j,
                            const struct opened *o, const struct letter_message *m,
                            struct error *e)
{
    struct str content;
    enum err code = seal_open(q->who.user, o->secret, &m->sealed, q->arena, &content, e);
    if (code && code != ERR_FORBIDDEN)
        return code;
    json_put_object(j);
    put_id(j, "id", m->id);
    put_day(j, "on", m->on_day);
    put_yes(j, "of_reader", m->of_reader);
    put_yes(j, "readable", !code); // it was sealed before this reader had a key
    put_content(j, code ? STR("{}") : content);
    json_put_key(j, STR("files"));
    json_put_array(j);
    for (size_t i = 0; i < o->n_files; i++)
        if (o->files[i].message == m->id) {
            json_put_object(j);
            put_id(j, "id", o->files[i].id);
            json_put_object_end(j);
        }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

enum err letters_one(struct request *q, struct error *e)
{
    struct opened o;
    enum err code = open_letter(q, &o, e);
    if (!code && o.letter.state == LETTER_NEW) {
        code = letter_mark_read(q->county->store, o.channel, o.letter.id, e);
        o.letter.state = LETTER_READ;
    }
    if (!code) {
        struct json_writer *j = answer_json(q);
        json_put_object(j);
        json_put_key(j, STR("letter"));
        json_put_object(j);
        put_head(j, &o.letter);
        json_put_object_end(j);
        json_put_key(j, STR("messages"));
        json_put_array(j);
        for (size_t i = 0; !code && i < o.n_messages; i++)
            code = put_message(q, j, &o, &o.messages[i], e);
        json_put_array_end(j);
        json_put_object_end(j);
    }
    seal_forget(o.secret);
    return code;
}

enum err letters_file(struct request *q, struct error *e)
{
    struct opened o;
    struct letter_file file;
    struct conn *c;
    struct str content, bytes;
    enum strip_kind kind;
    int64_t id;
    enum err code = open_letter(q, &o, e);
    if (!code)
        code = request_id(q, "file", &id, e);
    if (!code)
        code = store_read_begin(q->county->store, &c, e);
    if (!code) {
        code = letter_file_get(c, o.letter.id, id, q->arena, &file, e);
        store_read_end(c);
    }
    if (!code)
        code = seal_open(q->who.user, o.secret, &file.sealed, q->arena, &content, e);
    seal_forget(o.secret);
    if (!code)
        code = tip_file_read(content, &kind, &bytes, e);
    if (code)
        return code;
    struct str name = str_format(q->arena, "attachment; filename=\"letter-file%s\"",
                                 strip_ending(kind));
    if (!name.p)
        return error_memory(e);
    buf_add(answer_text(q, strip_type(kind)), bytes);
    answer_header(q, "Content-Disposition", name);
    answer_header(q, "Cache-Control", STR("no-store"));
    return ERR_OK;
}

// --- writing

enum err letters_answer(struct request *q, struct error *e)
{
    struct opened o;
    struct str text, content;
    json_t *body;
    enum err code = open_letter(q, &o, e); // who cannot open it does not answer it
    seal_forget(o.secret);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "text", true, LETTER_MAX_TEXT, &text, e);
    if (!code)
        code = tip_message(text, q->arena, &content, e);
    if (!code)
        code = letter_answer(q->county->store, o.channel, o.letter.id, content,
                             date_today(), e);
    if (!code)
        answer_status(q, 204);
    return code;
}

enum err letters_close(struct request *q, struct error *e)
{
    struct opened o;
    enum err code = open_letter(q, &o, e);
    seal_forget(o.secret);
    if (!code)
        code = letter_close(q->county->store, o.channel, o.letter.id, date_today(), e);
    if (!code)
        answer_status(q, 204);
    return code;
}

// --- readers who join later

enum err letters_newcomers(struct request *q, struct error *e)
{
    const struct channel *ch;
    struct letter_newcomer *list;
    struct conn *c;
    size_t n = 0;
    enum err code = reader_door(q, &ch, e);
    if (!code)
        code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = letter_newcomers(c, ch, q->who.user, date_today(), q->arena, &list, &n, e);
    store_read_end(c);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("newcomers"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_id(j, "id", list[i].user);
        put_text(j, "name", list[i].name);
        put_number(j, "letters", list[i].letters);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

enum err letters_share(struct request *q, struct error *e)
{
    const struct channel *ch;
    unsigned char *secret = NULL;
    struct str text;
    json_t *body;
    int64_t user = 0, letters = 0;
    enum err code = reader_door(q, &ch, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "id", true, 30, &text, e);
    if (!code && !str_to_int(text, &user))
        code = error_set(e, ERR_INPUT, "letters.newcomer", "id", "'id' is no id");
    if (!code)
        code = login_seal_key(q->login, q->session, date_now_ms(), &secret, e);
    if (!code)
        code = letter_share(q->county->store, ch, q->who.user, secret, user, date_today(),
                            date_now_ms(), &letters, e);
    seal_forget(secret);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_number(j, "letters", letters);
    json_put_object_end(j);
    return ERR_OK;
}

// --- referrals

static enum err check_answers(struct request *q, const struct channel *ch, json_t *given,
                              struct str *answers, struct error *e)
{
    for (size_t i = 0; i < ch->n_questions && i < MOST_QUESTIONS; i++) {
        const struct channel_question *x = &ch->questions[i];
        const char *name = str_c(q->arena, x->name);
        enum err code =
            name ? json_text(given, name, false, LETTER_MAX_TEXT, &answers[i], e)
                 : error_memory(e);
        if (code)
            return code;
        answers[i] = answers[i].p ? str_trim(answers[i]) : STR("");
        enum tip_fault fault =
            tip_answer_check(x, q->county->places, date_today(), answers[i]);
        if (!fault)
            continue;
        struct str why = tip_fault_text(fault, x, q->zh, q->arena);
        error_set(e, ERR_INPUT, "letters.answer", name, STR_FMT, STR_ARG(why));
        return error_cure(e, "correct it and send again");
    }
    return ERR_OK;
}

// A referral: its writer gets a receipt, as anyone does, and their name goes with it.
enum err letters_send(struct request *q, struct error *e)
{
    const struct channel *ch = pack_channel(q->county->pack, request_path(q, "channel"));
    struct str answers[MOST_QUESTIONS] = {0};
    struct letter_receipt receipt;
    struct letter_part part = {0};
    char digits[LETTER_RECEIPT_TEXT];
    json_t *body;
    int64_t id;
    if (!ch || !writes(q, ch))
        return no_channel(e);
    enum err code = request_json(q, &body, e);
    json_t *given = code ? NULL : json_object_get(body, "answers");
    if (!code && !json_is_object(given))
        code = error_set(e, ERR_INPUT, "letters.answers", "answers",
                         "'answers' must be an object");
    if (!code)
        code = check_answers(q, ch, given, answers, e);
    if (!code)
        code = tip_content(ch, answers, q->who.name, q->arena, &part.text, e);
    if (code)
        return code;
    letter_receipt_new(digits);
    code = letter_receipt_open(q->county->store, str_of(digits), &receipt, e);
    if (!code)
        code = letter_send(q->county->store, ch, &receipt, &part, date_today(), &id, e);
    sodium_memzero(&receipt, sizeof receipt);
    if (!code) {
        struct json_writer *j = answer_json(q);
        json_put_object(j);
        put_text(j, "receipt", str_of(digits));
        json_put_object_end(j);
        answer_status(q, 201);
    }
    sodium_memzero(digits, sizeof digits);
    return code;
}
