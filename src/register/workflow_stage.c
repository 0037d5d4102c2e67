// SPDX-License-Identifier: AGPL-3.0-or-later
// The three fields of a row that has a workflow, and its deadline.
#include <assert.h>

#include "register/workflow_private.h"

size_t workflow_field(const struct reg *r, enum stage_field which)
{
    static const char *const names[] = {"stage", "stage_on", "stage_due"};
    const struct field *f = reg_field(r, str_of(names[which]));
    assert(f);
    return f->index;
}

int32_t workflow_deadline(const struct stage *s, int32_t since,
                          const struct datum *values)
{
    if (!s->by && !s->within.months && !s->within.days)
        return DATE_NONE;
    int32_t from = !s->by                      ? since
                   : values[s->by->index].null ? DATE_NONE
                                               : (int32_t)values[s->by->index].i;
    if (from == DATE_NONE)
        return DATE_NONE;
    int32_t day = date_add_months(from, s->within.months);
    if (day == DATE_NONE)
        return DATE_NONE;
    // a day outside the calendar is no deadline
    int64_t due = (int64_t)day + s->within.days;
    int32_t first = 0, last = 0;
    bool known = date_from_ymd(1, 1, 1, &first) && date_from_ymd(9999, 12, 31, &last);
    return known && due >= first && due <= last ? (int32_t)due : DATE_NONE;
}

static struct datum day(int32_t date)
{
    return date == DATE_NONE ? DATUM_NULL : (struct datum){.i = date};
}

void workflow_put(const struct reg *r, struct datum *values, int stage, int32_t since)
{
    values[workflow_field(r, STAGE)] = (struct datum){.i = stage};
    values[workflow_field(r, STAGE_ON)] = day(since);
    workflow_set_due(r, values);
}

void workflow_begin(const struct reg *r, struct datum *values, int32_t today)
{
    if (r->workflow)
        workflow_put(r, values, 0, today);
}

void workflow_set_due(const struct reg *r, struct datum *values)
{
    if (!r->workflow)
        return;
    const struct datum *stage = &values[workflow_field(r, STAGE)],
                       *on = &values[workflow_field(r, STAGE_ON)];
    if (stage->null || on->null)
        return;
    values[workflow_field(r, STAGE_DUE)] =
        day(workflow_deadline(&r->workflow->stages[stage->i], (int32_t)on->i, values));
}

void workflow_keep(const struct reg *r, const struct datum *old, struct datum *values,
                   bool *where)
{
    if (!r->workflow)
        return;
    size_t stage = workflow_field(r, STAGE), on = workflow_field(r, STAGE_ON),
           due = workflow_field(r, STAGE_DUE);
    values[stage] = old[stage];
    values[on] = old[on];
    values[due] = old[due];
    where[due] = !old[stage].null;
    if (old[stage].null || old[on].null)
        return;
    const struct stage *s = &r->workflow->stages[old[stage].i];
    const struct datum *from = s->by && where[s->by->index] ? values : old;
    values[due] = day(workflow_deadline(s, (int32_t)old[on].i, from));
}

void workflow_where(const struct reg *r, const struct datum *values, int32_t today,
                    struct workflow_now *out)
{
    const struct datum *stage = &values[workflow_field(r, STAGE)],
                       *on = &values[workflow_field(r, STAGE_ON)],
                       *due = &values[workflow_field(r, STAGE_DUE)];
    *out = (struct workflow_now){.stage = stage->null ? 0 : (int)stage->i,
                                 .since = on->null ? DATE_NONE : (int32_t)on->i,
                                 .due = due->null ? DATE_NONE : (int32_t)due->i,
                                 .version = values[FIELD_VERSION].i};
    out->late = out->due != DATE_NONE && out->due < today &&
                !r->workflow->stages[out->stage].final;
}
