// SPDX-License-Identifier: AGPL-3.0-or-later
#include "measure/due.h"

#include <string.h>

struct reporter {
    int32_t area, facility;
};

struct due_work {
    const struct measure *m;
    const struct reg *reg;
    struct period period;
    struct reporter *reporters;
    size_t n_reporters;
    int32_t *by_area, *by_facility; // reporter of an index, -1
};

static bool overlaps(int32_t from, int32_t to, struct period p)
{
    return (from == DATE_NONE || from <= p.last) && (to == DATE_NONE || to >= p.first);
}

static bool owes(const struct reg *r, const struct facility *f)
{
    for (size_t i = 0; i < r->due.n_kinds; i++)
        if (str_equal(r->due.kinds[i], f->kind))
            return true;
    return false;
}

static enum err find_reporters(struct due_work *w, struct arena *a, int32_t root,
                               struct error *e)
{
    const struct places *p = w->m->county->places;
    w->reporters = ARENA_ARRAY(a, struct reporter, p->n_areas + p->n_facilities + 1);
    w->by_area = ARENA_ARRAY(a, int32_t, p->n_areas + 1);
    w->by_facility = ARENA_ARRAY(a, int32_t, p->n_facilities + 1);
    if (!w->reporters || !w->by_area || !w->by_facility)
        return error_memory(e);
    int level =
        w->reg->due.level.n ? pack_level(w->m->county->pack, w->reg->due.level) : -1;
    for (size_t i = 0; i < p->n_areas; i++) {
        const struct area *x = &p->areas[i];
        bool is = level >= 0 && x->level == level && places_within(p, (int32_t)i, root) &&
                  overlaps(x->valid_from, x->valid_to, w->period);
        w->by_area[i] = is ? (int32_t)w->n_reporters : -1;
        if (is)
            w->reporters[w->n_reporters++] = (struct reporter){(int32_t)i, -1};
    }
    for (size_t i = 0; i < p->n_facilities; i++) {
        const struct facility *x = &p->facilities[i];
        bool is = owes(w->reg, x) && (root < 0 || places_within(p, x->area, root)) &&
                  overlaps(x->valid_from, x->valid_to, w->period);
        w->by_facility[i] = is ? (int32_t)w->n_reporters : -1;
        if (is)
            w->reporters[w->n_reporters++] = (struct reporter){-1, (int32_t)i};
    }
    return ERR_OK;
}

// The day by which a period's report must be there: by_day of the month after its end.
static int32_t due_day(const struct reg *r, struct period p)
{
    int32_t next_month = p.last + 1;
    int year, month, day, length;
    date_to_ymd(next_month, &year, &month, &day);
    length = date_month_length(year, month);
    return next_month + (r->due.by_day < length ? r->due.by_day : length) - 1;
}

static bool lives_in(const struct due_work *w, struct reporter x, struct period p)
{
    const struct places *places = w->m->county->places;
    if (x.area >= 0)
        return overlaps(places->areas[x.area].valid_from, places->areas[x.area].valid_to,
                        p);
    return overlaps(places->facilities[x.facility].valid_from,
                    places->facilities[x.facility].valid_to, p);
}

// A day, an area or a facility; INT32_MIN: none.
static int32_t read_i32(const struct column *c, size_t i)
{
    int64_t v = c->storage == COLUMN_ABSENT ? INT64_MIN : cube_int(c, i);
    return v == INT64_MIN ? INT32_MIN : (int32_t)v;
}

// Notes for every row that is a report of the period which item it fills; the first to
// come counts.
static void fill(struct due_work *w, const struct cube_view *v, struct due_summary *out,
                 bool *here)
{
    const struct column *area = &v->batch.columns[FIELD_AREA];
    const struct column *facility = &v->batch.columns[FIELD_FACILITY];
    const struct column *date = &v->batch.columns[FIELD_DATE];
    const struct column *received =
        w->reg->due.received ? &v->batch.columns[w->reg->due.received->index] : NULL;
    const struct column *state = &v->batch.columns[FIELD_STATE];
    for (size_t i = 0; i < v->batch.n_rows; i++) {
        int32_t day = read_i32(date, i), at = read_i32(area, i),
                by = read_i32(facility, i);
        if (cube_int(state, i) != 0 || day == INT32_MIN ||
            !period_contains(w->period, day))
            continue;
        int32_t reporter = by >= 0 ? w->by_facility[by] : -1;
        if (reporter < 0 && at >= 0)
            reporter = w->by_area[at];
        if (reporter < 0)
            continue;
        size_t k = 0;
        while (k + 1 < out->n_periods && day > out->items[k].period.last)
            k++;
        struct due_item *item = &out->items[(size_t)reporter * out->n_periods + k];
        int32_t came = received ? read_i32(received, i) : INT32_MIN;
        bool *is_here = &here[(size_t)reporter * out->n_periods + k];
        if (!*is_here ||
            (came != DATE_NONE && (item->received == DATE_NONE || came < item->received)))
            item->received = came;
        *is_here = true;
    }
}

static void judge(struct due_summary *out, const bool *here, const struct due_work *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        struct due_item *x = &out->items[i];
        if (!lives_in(w, (struct reporter){x->area, x->facility}, x->period))
            continue;
        if (here[i])
            x->state =
                x->received != DATE_NONE && x->received > x->due ? DUE_LATE : DUE_ON_TIME;
        else
            x->state = x->due < w->m->today ? DUE_MISSING : DUE_OPEN;
        out->owed += x->state != DUE_OPEN;
        out->on_time += x->state == DUE_ON_TIME;
        out->late += x->state == DUE_LATE;
        out->missing += x->state == DUE_MISSING;
        out->items[kept++] = *x;
    }
    out->n = kept;
}

enum err due_list(const struct measure *m, struct arena *a, const struct reg *r,
                  struct period period, int32_t root, struct due_summary *out,
                  struct error *e)
{
    *out = (struct due_summary){.reg = r};
    if (!r->due.set)
        return ERR_OK;
    struct due_work w = {.m = m, .reg = r, .period = period};
    enum err code = measure_allows(m, root, e);
    if (!code)
        code = find_reporters(&w, a, root, e);
    if (code)
        return code;
    out->n_reporters = w.n_reporters;
    out->n_periods = period_count(period, r->due.every);
    out->n = out->n_reporters * out->n_periods;
    out->items = ARENA_ARRAY(a, struct due_item, out->n + 1);
    bool *here = ARENA_ARRAY(a, bool, out->n + 1);
    if (!out->items || !here)
        return error_memory(e);
    for (size_t i = 0; i < out->n; i++) {
        struct period part = period_part(period, r->due.every, i % out->n_periods);
        struct reporter x = w.reporters[i / out->n_periods];
        out->items[i] = (struct due_item){.reg = r,
                                          .period = part,
                                          .area = x.area,
                                          .facility = x.facility,
                                          .due = due_day(r, part),
                                          .received = DATE_NONE};
    }
    if (!out->n)
        return ERR_OK;
    struct cube_view view;
    code = cube_view_begin(m->cube, r, &view, e);
    if (code)
        return code;
    fill(&w, &view, out, here);
    cube_view_end(m->cube, r);
    judge(out, here, &w);
    return ERR_OK;
}
