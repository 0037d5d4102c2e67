// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/tip_content.h"

#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "base/utf8.h"
#include "serve/put.h"

static size_t characters(struct str s)
{
    size_t n = 0;
    for (size_t at = 0; at < s.n; n++)
        (void)utf8_next(s, &at);
    return n;
}

static bool has_facility(const struct places *p, struct str code)
{
    for (size_t i = 0; i < p->n_facilities; i++)
        if (str_equal(p->facilities[i].code, code))
            return true;
    return false;
}

enum tip_fault tip_answer_check(const struct channel_question *q,
                                const struct places *places, int32_t today,
                                struct str answer)
{
    struct error ignored;
    int32_t day;
    if (!answer.n)
        return q->required ? TIP_ANSWER_MISSING : TIP_ANSWER_GOOD;
    if (q->type == TYPE_FACILITY)
        return has_facility(places, answer) ? TIP_ANSWER_GOOD : TIP_ANSWER_FACILITY;
    if (q->type == TYPE_DATE)
        return date_parse(answer, &day, &ignored) || day > today ? TIP_ANSWER_DATE
                                                                 : TIP_ANSWER_GOOD;
    if (q->type == TYPE_TEXT)
        return characters(answer) > q->max_length ? TIP_ANSWER_LONG : TIP_ANSWER_GOOD;
    for (size_t i = 0; i < q->n_codes; i++)
        if (str_equal(q->codes[i].value, answer))
            return TIP_ANSWER_GOOD;
    return TIP_ANSWER_CODE;
}

struct str tip_fault_text(enum tip_fault f, const struct channel_question *q, bool zh,
                          struct arena *a)
{
    switch (f) {
    case TIP_ANSWER_MISSING:
        return zh ? STR("这一项必填。") : STR("This must be filled in.");
    case TIP_ANSWER_LONG:
        return str_format(a,
                          zh ? "这一项最多%zu个字。" : "At most %zu characters fit here.",
                          q->max_length);
    case TIP_ANSWER_CODE:
    case TIP_ANSWER_FACILITY:
        return zh ? STR("请从列表中选择。") : STR("Choose one from the list.");
    case TIP_ANSWER_DATE:
        return zh ? STR("请写过去的日期，例如2014-06-05。")
                  : STR("Write a day that has been, for example 2014-06-05.");
    default:
        return STR("");
    }
}

static enum err finish(struct buf *text, struct arena *a, struct str *out,
                       struct error *e)
{
    enum err code = buf_check(text, e);
    if (!code) {
        *out = str_copy(a, buf_str(text));
        code = out->p ? ERR_OK : error_memory(e);
    }
    buf_free(text);
    return code;
}

enum err tip_content(const struct channel *ch, const struct str *answers, struct str from,
                     struct arena *a, struct str *out, struct error *e)
{
    struct buf text = {.max = 1 << 20, .wiped = true};
    struct json_writer j = json_on(&text);
    json_put_object(&j);
    json_put_key(&j, STR("answers"));
    json_put_object(&j);
    for (size_t i = 0; i < ch->n_questions; i++) {
        if (!answers[i].n)
            continue;
        json_put_key(&j, ch->questions[i].name);
        json_put_string(&j, answers[i]);
    }
    json_put_object_end(&j);
    if (from.n)
        put_text(&j, "from", from);
    json_put_object_end(&j);
    return finish(&text, a, out, e);
}

enum err tip_message(struct str said, struct arena *a, struct str *out, struct error *e)
{
    struct buf text = {.max = 1 << 20, .wiped = true};
    struct json_writer j = json_on(&text);
    json_put_object(&j);
    put_text(&j, "text", said);
    json_put_object_end(&j);
    return finish(&text, a, out, e);
}

enum err tip_file(struct str bytes, struct arena *a, struct str *out, struct error *e)
{
    struct strip_result clean;
    enum err code = strip_file(bytes, a, &clean, e);
    if (code)
        return code;
    char *p = arena_alloc(a, clean.bytes.n + 1, 1);
    if (!p)
        return error_memory(e);
    p[0] = (char)('A' + clean.kind);
    memcpy(p + 1, clean.bytes.p, clean.bytes.n);
    *out = (struct str){p, clean.bytes.n + 1};
    return ERR_OK;
}

enum err tip_file_read(struct str content, enum strip_kind *kind, struct str *bytes,
                       struct error *e)
{
    if (!content.n || content.p[0] < 'A' || content.p[0] >= 'A' + STRIP_KINDS)
        return error_set(e, ERR_CORRUPT, "tip.file", NULL, "this file is not readable");
    *kind = (enum strip_kind)(content.p[0] - 'A');
    *bytes = (struct str){content.p + 1, content.n - 1};
    return ERR_OK;
}
