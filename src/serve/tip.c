// SPDX-License-Identifier: AGPL-3.0-or-later
// The tip line's public pages. Nothing here asks who it is, notes an address or a time of
// day, or puts what was sent into an error, a log or a file.
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "base/date.h"
#include "serve/form.h"
#include "serve/routes.h"
#include "serve/server_private.h"
#include "serve/tip_page.h"

#define SAY(english, chinese) (q->zh ? STR(chinese) : STR(english))

static const struct channel *open_channel(const struct request *q)
{
    const struct pack *p = q->county->pack;
    for (size_t i = 0; i < p->n_channels; i++)
        if (p->channels[i].public_)
            return &p->channels[i];
    return NULL;
}

static enum err none_here(struct request *q)
{
    struct buf *b = tip_page_begin(q, SAY("Nothing is taken here", "此处不受理"), "/tip");
    answer_status(q, 404);
    tip_page_say(b,
                 SAY("This office has no tip line on this server.",
                     "本单位没有在此服务器上开设反映渠道。"),
                 TIP_PLAIN);
    tip_page_end(q);
    return ERR_OK;
}

static enum err say_only(struct request *q, int status, struct str title, struct str text)
{
    struct buf *b = tip_page_begin(q, title, "/tip");
    answer_status(q, status);
    tip_page_say(b, text, TIP_ALARM);
    tip_page_end(q);
    return ERR_OK;
}

static enum err later(struct request *q)
{
    answer_header(q, "Retry-After", STR("600"));
    return say_only(q, 429, SAY("Please come again later", "请稍后再来"),
                    SAY("More came in this hour than can be taken. Nothing was saved.",
                        "一小时内收到的太多。本次没有保存。"));
}

// Whether somebody could read it.
static enum err is_ready(struct request *q, const struct channel *ch, bool *out,
                         struct error *e)
{
    struct conn *c;
    struct seal_reader *readers;
    size_t n = 0;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = seal_readers(c, ch->readers, ch->n_readers, date_today(), q->arena, &readers,
                        &n, e);
    store_read_end(c);
    *out = !code && n > 0;
    return code;
}

static enum err not_ready(struct request *q)
{
    return say_only(
        q, 503, SAY("Nobody can read it yet", "暂时无人阅读"),
        SAY("The office has not set up a reader. Nothing is taken until then, "
            "so that nothing is lost.",
            "本单位尚未设置阅读人员；为避免丢失，暂不受理。"));
}

// --- the form

static void new_token(struct request *q, struct tip_form *f, enum tip_page_kind kind,
                      int64_t since)
{
    tip_token_new(q->server->tips, kind, date_now_ms(), since, &f->token, f->token_text);
}

enum err tip_get(struct request *q, struct error *e)
{
    struct tip_form f = {.channel = open_channel(q)};
    bool ready;
    if (!f.channel)
        return none_here(q);
    enum err code = is_ready(q, f.channel, &ready, e);
    if (code)
        return code;
    if (!ready)
        return not_ready(q);
    new_token(q, &f, TIP_FORM, 0);
    tip_page_form(q, &f);
    return ERR_OK;
}

static enum err again(struct request *q, struct tip_form *f, int64_t since,
                      struct str fault)
{
    f->fault = fault;
    answer_status(q, 422);
    new_token(q, f, TIP_FORM, since);
    tip_page_form(q, f);
    return ERR_OK;
}

// Answers of the form into *f; false: something is wrong with one.
static bool read_answers(struct request *q, const struct form *form, struct tip_form *f)
{
    bool good = true;
    for (size_t i = 0; i < f->channel->n_questions && i < TIP_MOST_QUESTIONS; i++) {
        const struct channel_question *x = &f->channel->questions[i];
        struct str name = str_format(q->arena, "q_" STR_FMT, STR_ARG(x->name));
        f->answers[i] = form_text(form, name.p ? name.p : "");
        f->faults[i] =
            tip_answer_check(x, q->county->places, date_today(), f->answers[i]);
        good &= f->faults[i] == TIP_ANSWER_GOOD;
    }
    return good;
}

static struct str stale_text(const struct request *q, enum tip_refusal said)
{
    return said == TIP_EARLY
               ? SAY("That was quicker than a person writes. Wait some seconds and send "
                     "it "
                     "again; files must be chosen again.",
                     "发送太快。请稍等几秒再发送；附件需重新选择。")
               : SAY("This form was used already or is too old. Send it again; files "
                     "must "
                     "be chosen again.",
                     "此表单已用过或已过期。请再发送一次；附件需重新选择。");
}

// Files of the form, stripped. A refusal is said in *fault.
static enum err take_files(struct request *q, const struct form *form, struct str *files,
                           size_t *n, struct str *fault, struct error *e)
{
    struct str sent[LETTER_MAX_FILES + 1];
    size_t n_sent = form_files(form, "file", sent, LETTER_MAX_FILES + 1);
    *n = 0;
    *fault = STR("");
    if (n_sent > LETTER_MAX_FILES) {
        *fault = SAY("At most 3 files go at once.", "一次最多3个附件。");
        return ERR_OK;
    }
    for (size_t i = 0; i < n_sent; i++) {
        enum err code = ERR_LIMIT;
        struct error why = {0};
        if (sent[i].n > LETTER_MAX_FILE)
            error_set(&why, ERR_LIMIT, "tip.file", NULL, "it is larger than 5 MiB");
        else
            code = tip_file(sent[i], q->arena, &files[*n], &why);
        if (code == ERR_MEMORY) {
            *e = why;
            return code;
        }
        if (code) {
            *fault = str_format(
                q->arena,
                q->zh ? "第%zu个附件不能接收（%s；%s）。没有发送，附件需重新选择。"
                      : "File %zu is not taken: %s; %s. Nothing was sent; choose files "
                        "again.",
                i + 1, error_words(&why, q->zh).text, error_words(&why, q->zh).cure);
            return ERR_OK;
        }
        ++*n;
    }
    return ERR_OK;
}

static enum err send_it(struct request *q, const struct tip_form *f,
                        const struct str *files, size_t n_files, struct error *e)
{
    char digits[LETTER_RECEIPT_TEXT];
    struct letter_receipt receipt;
    struct letter_part part = {.files = files, .n_files = n_files};
    int64_t id;
    letter_receipt_new(digits);
    enum err code = letter_receipt_open(q->county->store, str_of(digits), &receipt, e);
    if (!code)
        code = tip_content(f->channel, f->answers, STR(""), q->arena, &part.text, e);
    if (!code)
        code = letter_send(q->county->store, f->channel, &receipt, &part, date_today(),
                           &id, e);
    sodium_memzero(&receipt, sizeof receipt);
    if (!code)
        tip_page_receipt(q, f->channel, digits);
    sodium_memzero(digits, sizeof digits);
    return code;
}

static enum err read_form(struct request *q, struct form *form, bool *good,
                          struct error *e)
{
    enum err code =
        form_read(request_header(q, "Content-Type"), q->body, q->arena, form, e);
    *good = !code;
    return code == ERR_MEMORY ? code : ERR_OK;
}

static enum err bad_form(struct request *q)
{
    return say_only(q, 400, SAY("This could not be read", "无法读取"),
                    SAY("The form did not arrive whole. Nothing was saved.",
                        "表单没有完整到达。没有保存。"));
}

enum err tip_send(struct request *q, struct error *e)
{
    struct tip_form f = {.channel = open_channel(q)};
    struct form form;
    struct tip_token token;
    struct str files[LETTER_MAX_FILES], fault;
    size_t n_files;
    bool good;
    int64_t now = date_now_ms();
    if (!f.channel)
        return none_here(q);
    enum err code = read_form(q, &form, &good, e);
    if (code)
        return code;
    if (!good)
        return bad_form(q);
    bool answered = read_answers(q, &form, &f);
    enum tip_refusal said =
        tip_token_take(q->server->tips, TIP_FORM, form_text(&form, "token"), now, &token);
    if (said == TIP_FULL)
        return later(q);
    if (said)
        return again(q, &f, 0, stale_text(q, said));
    if (!tip_answers(token.question, form_text(&form, "human"), q->arena))
        return again(
            q, &f, token.issued_at,
            SAY("The answer to the question at the end is another one. Here is a "
                "new question; files must be chosen again.",
                "最后一个问题答得不对，请回答新的问题；附件需重新选择。"));
    if (!answered)
        return again(q, &f, token.issued_at,
                     SAY("Something is missing; it is marked below. Files must be chosen "
                         "again.",
                         "有内容需要补充，见下面的标记；附件需重新选择。"));
    code = take_files(q, &form, files, &n_files, &fault, e);
    if (code)
        return code;
    if (fault.n)
        return again(q, &f, token.issued_at, fault);
    if (!tip_letter_take(q->server->tips, f.channel->per_hour, now))
        return later(q);
    code = send_it(q, &f, files, n_files, e);
    return code == ERR_CONFLICT ? not_ready(q) : code;
}

// --- coming back

enum err tip_return_get(struct request *q, struct error *e)
{
    struct tip_form f = {0};
    (void)e;
    new_token(q, &f, TIP_RETURN, 0);
    tip_page_ask(q, f.token_text, STR(""));
    return ERR_OK;
}

static enum err ask_again(struct request *q, int status, int64_t since, struct str fault)
{
    struct tip_form f = {0};
    answer_status(q, status);
    new_token(q, &f, TIP_RETURN, since);
    tip_page_ask(q, f.token_text, fault);
    return ERR_OK;
}

// The text of {"text": "..."}.
static struct str text_of(struct str content, struct arena *a)
{
    json_t *root = json_loadb(content.p, content.n, 0, NULL);
    json_t *text = json_object_get(root, "text");
    struct str out = STR("");
    if (json_is_string(text))
        out =
            str_copy(a, (struct str){json_string_value(text), json_string_length(text)});
    json_decref(root);
    return out.p ? out : STR("");
}

static enum err open_replies(struct request *q, const struct letter_receipt *receipt,
                             struct tip_letter *l, struct error *e)
{
    struct conn *c;
    struct letter_message *all;
    size_t n;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = letter_messages(c, l->letter.id, q->arena, &all, &n, e);
    store_read_end(c);
    struct tip_reply *list = code ? NULL : ARENA_ARRAY(q->arena, struct tip_reply, n + 1);
    if (!code && !list)
        code = error_memory(e);
    l->replies = list;
    for (size_t i = 0; !code && i < n; i++) {
        struct str content;
        if (!all[i].of_reader)
            continue;
        code = seal_open(0, receipt->secret, &all[i].sealed, q->arena, &content, e);
        if (!code)
            list[l->n_replies++] =
                (struct tip_reply){all[i].on_day, text_of(content, q->arena)};
    }
    return code;
}

static enum err find_letter(struct request *q, const struct letter_receipt *receipt,
                            struct letter *out, struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(q->county->store, &c, e);
    if (code)
        return code;
    code = letter_find(c, receipt, q->arena, out, e);
    store_read_end(c);
    return code;
}

// More of the sender, where the form brought it.
static enum err add_more(struct request *q, const struct form *form, struct tip_letter *l,
                         struct error *e)
{
    struct str text = form_text(form, "text"), files[LETTER_MAX_FILES];
    struct letter_part part = {.files = files};
    if (!text.n || !l->channel || l->letter.state == LETTER_CLOSED)
        return ERR_OK;
    if (text.n > LETTER_MAX_TEXT) {
        l->fault = SAY("That is too long; nothing was sent.", "内容过长，没有发送。");
        return ERR_OK;
    }
    enum err code = take_files(q, form, files, &part.n_files, &l->fault, e);
    if (code || l->fault.n)
        return code;
    if (!tip_letter_take(q->server->tips, l->channel->per_hour, date_now_ms())) {
        l->fault = SAY("More came in this hour than can be taken; nothing was sent.",
                       "一小时内收到的太多，本次没有发送。");
        return ERR_OK;
    }
    code = tip_message(text, q->arena, &part.text, e);
    if (!code)
        code = letter_add(q->county->store, l->channel, l->letter.id, &part, date_today(),
                          e);
    if (!code) {
        l->letter.state = LETTER_NEW;
        l->done = SAY("What you added has been received.", "您的补充已收到。");
    } else if (code == ERR_CONFLICT || code == ERR_LIMIT) {
        l->fault =
            SAY("Nothing can be added to this report any more.", "这件反映不能再补充。");
        code = ERR_OK;
    }
    return code;
}

static enum err show_letter(struct request *q, const struct form *form,
                            const struct letter_receipt *receipt, struct str digits,
                            struct error *e)
{
    struct tip_letter l = {.receipt = digits};
    struct tip_form next = {0};
    enum err code = find_letter(q, receipt, &l.letter, e);
    if (code == ERR_NOT_FOUND)
        return ask_again(q, 404, 0,
                         SAY("There is no report with this receipt. Look at the digits "
                             "once more; after its time a report is removed.",
                             "没有此回执号对应的反映。请核对数字；保存期满后会删除。"));
    if (code)
        return code;
    l.channel = pack_channel(q->county->pack, l.letter.channel);
    code = add_more(q, form, &l, e);
    if (!code)
        code = open_replies(q, receipt, &l, e);
    if (code)
        return code;
    new_token(q, &next, TIP_RETURN, 0);
    l.token = next.token_text;
    tip_page_letter(q, &l);
    return ERR_OK;
}

enum err tip_return_post(struct request *q, struct error *e)
{
    struct form form;
    struct tip_token token;
    struct letter_receipt receipt;
    bool good;
    enum err code = read_form(q, &form, &good, e);
    if (code)
        return code;
    if (!good)
        return bad_form(q);
    enum tip_refusal said = tip_token_take(
        q->server->tips, TIP_RETURN, form_text(&form, "token"), date_now_ms(), &token);
    if (said == TIP_FULL)
        return later(q);
    if (said)
        return ask_again(q, 422, 0, stale_text(q, said));
    struct str digits = form_text(&form, "receipt");
    code = letter_receipt_open(q->county->store, digits, &receipt, e);
    if (code == ERR_INPUT)
        return ask_again(q, 422, token.issued_at,
                         SAY("A receipt has 16 digits.", "回执号是16位数字。"));
    if (!code)
        code = show_letter(q, &form, &receipt, digits, e);
    sodium_memzero(&receipt, sizeof receipt);
    return code;
}
