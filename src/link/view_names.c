// SPDX-License-Identifier: AGPL-3.0-or-later
// Functions on names and identity numbers, for the evaluator.
#include "link/identity.h"
#include "link/view_private.h"

#include <math.h>

void view_names_close(struct view_evaluator *ev)
{
    (void)ev;
}

double view_shape(struct str a, struct str b)
{
    return a.n == b.n ? (double)NAN : 0;
}

static struct view_value chinese_call(struct view_evaluator *ev)
{
    struct error e = {0};
    error_set(&e, ERR_INPUT, "link.view.chinese", NULL,
              "functions of Chinese names are not in this build");
    view_fail(ev, &e);
    return view_null();
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
    case FUNCTION_IDENTITY_BIRTH:
    case FUNCTION_IDENTITY_SEX:
    case FUNCTION_IDENTITY_REGION:
        return identity_call(ev, f, s);
    default:
        return chinese_call(ev);
    }
}
