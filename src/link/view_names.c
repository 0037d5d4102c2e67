// SPDX-License-Identifier: AGPL-3.0-or-later
// Functions on names and identity numbers, for the evaluator.
#include "base/chinese.h"
#include "link/identity.h"
#include "link/view_private.h"

void view_names_close(struct view_evaluator *ev)
{
    chinese_close(ev->chinese);
}

double view_shape(struct str a, struct str b)
{
    return chinese_shape_names(a, b);
}

static struct view_value chinese_call(struct view_evaluator *ev,
                                      enum condition_function f, struct str s)
{
    struct error e = {0};
    struct buf b = BUF_INIT(1 << 20);
    struct view_value v = view_null();
    enum err code = ERR_OK;
    if (!ev->chinese)
        code = chinese_open(&ev->chinese, &e);
    if (!code && f == FUNCTION_INITIALS)
        code = chinese_initials(ev->chinese, s, &b, &e);
    else if (!code && f == FUNCTION_SOUND)
        code = chinese_sound(ev->chinese, s, &b, &e);
    else if (!code)
        code = chinese_pinyin(ev->chinese, s, f == FUNCTION_PINYIN_TONES, &b, &e);
    if (code)
        view_fail(ev, &e);
    else if (b.n && !b.failed)
        v = view_new_text(ev, buf_str(&b));
    buf_free(&b);
    return v;
}

static struct view_value name_call(struct view_evaluator *ev, enum condition_function f,
                                   struct str s)
{
    struct str surname, given;
    if (f == FUNCTION_SORTED) {
        struct buf b = BUF_INIT(1 << 20);
        chinese_sorted(s, &b);
        struct view_value v = b.failed ? view_null() : view_new_text(ev, buf_str(&b));
        buf_free(&b);
        return v;
    }
    chinese_split(s, &surname, &given);
    struct str one = f == FUNCTION_SURNAME ? surname : given;
    return one.n ? view_text(one) : view_null();
}

static struct view_value identity_call(struct view_evaluator *ev,
                                       enum condition_function f, struct str s)
{
    struct identity id;
    if (!identity_read(s, &id))
        return view_null();
    struct str text = str_of(id.region);
    if (f == FUNCTION_IDENTITY_BIRTH)
        text = str_of(id.born);
    if (f == FUNCTION_IDENTITY_SEX)
        text = (struct str){&id.sex, id.sex != 0};
    return text.n ? view_new_text(ev, text) : view_null();
}

struct view_value view_call_name(struct view_evaluator *ev, enum condition_function f,
                                 struct str s)
{
    switch (f) {
    case FUNCTION_SURNAME:
    case FUNCTION_GIVEN:
    case FUNCTION_SORTED:
        return name_call(ev, f, s);
    case FUNCTION_IDENTITY_BIRTH:
    case FUNCTION_IDENTITY_SEX:
    case FUNCTION_IDENTITY_REGION:
        return identity_call(ev, f, s);
    default:
        return chinese_call(ev, f, s);
    }
}
