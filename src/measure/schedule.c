// SPDX-License-Identifier: AGPL-3.0-or-later
// One pass over the rows that owe, one over the rows that may have done it
// (schedule_scan.c); here is what is made of it: a list of the nearest, and counts that
// may be shown.
#include "measure/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/schedule_private.h"
#include "register/datum.h"
#include "register/rights.h"
#include "register/row.h"

const char *schedule_state_name(enum owed_state s)
{
    static const char *const names[] = {[OWED_LATER] = "later",
                                        [OWED_OPEN] = "open",
                                        [OWED_LATE] = "late",
                                        [OWED_DONE] = "done",
                                        [OWED_DONE_LATE] = "done_late"};
    return names[s];
}

bool schedule_is_ticked(const struct schedule *s)
{
    return s->done || s->done_on || s->by.reg;
}

// --- the list

struct listing { // the first `most` by day and row: the last of them on top of a heap
    const struct owed_query *query;
    struct owed_list *out;
};

static bool comes_before(const struct owed *a, const struct owed *b, bool down)
{
    if (a->due != b->due)
        return down ? a->due > b->due : a->due < b->due;
    if (a->row != b->row)
        return a->row < b->row;
    return a->point < b->point;
}

static void sift_down(struct owed *heap, size_t n, size_t at, bool down)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && comes_before(&heap[child], &heap[child + 1], down))
            child++;
        if (!comes_before(&heap[at], &heap[child], down))
            return;
        struct owed keep = heap[at];
        heap[at] = heap[child];
        heap[child] = keep;
    }
}

static void sift_up(struct owed *heap, size_t at, bool down)
{
    while (at && comes_before(&heap[(at - 1) / 2], &heap[at], down)) {
        struct owed keep = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = keep;
        at = (at - 1) / 2;
    }
}

static void count(struct owed_list *out, enum owed_state state)
{
    out->on_time += state == OWED_DONE;
    out->late_done += state == OWED_DONE_LATE;
    out->late += state == OWED_LATE;
    out->owed += state == OWED_DONE || state == OWED_DONE_LATE || state == OWED_LATE;
}

static void take(void *argument, const struct owed *x)
{
    struct listing *l = argument;
    struct owed_list *out = l->out;
    bool down = l->query->latest_first;
    count(out, x->state);
    if (l->query->states && !(l->query->states >> x->state & 1u))
        return;
    out->total++;
    if (out->n < l->query->most) {
        out->items[out->n] = *x;
        sift_up(out->items, out->n++, down);
    } else if (out->n && comes_before(x, &out->items[0], down)) {
        out->items[0] = *x;
        sift_down(out->items, out->n, 0, down);
    }
}

static int by_due(const void *a, const void *b)
{
    return comes_before(a, b, false) ? -1 : comes_before(b, a, false) ? 1 : 0;
}

static int by_due_down(const void *a, const void *b)
{
    return comes_before(a, b, true) ? -1 : comes_before(b, a, true) ? 1 : 0;
}

static int by_row(const void *a, const void *b)
{
    const struct owed *const *x = a, *const *y = b;
    return ((*x)->row > (*y)->row) - ((*x)->row < (*y)->row);
}

// The words of a key that people know a row by.
static enum err read_key(struct stmt *s, const struct reg *r, const struct places *p,
                         struct arena *a, struct str *out, struct error *e)
{
    struct buf text = BUF_INIT(4000);
    char space[DATUM_TEXT_SIZE];
    for (size_t i = 0; i < r->n_key; i++) {
        struct str part = row_stored_text(s, (int)i, r->key[i], p, space);
        if (part.n)
            buf_printf(&text, "%s" STR_FMT, text.n ? " " : "", STR_ARG(part));
    }
    enum err code = buf_check(&text, e);
    if (!code) {
        *out = text.n ? str_copy(a, buf_str(&text)) : STR("");
        code = out->p ? ERR_OK : error_memory(e);
    }
    buf_free(&text);
    return code;
}

static enum err keys_of_register(const struct measure *m, struct conn *c, struct arena *a,
                                 struct owed **list, size_t n, struct error *e)
{
    const struct reg *r = list[0]->schedule->reg;
    struct buf sql = BUF_INIT(1 << 16);
    struct stmt *s = NULL;
    buf_add_c(&sql, "SELECT ");
    for (size_t i = 0; i < r->n_key; i++)
        buf_printf(&sql, "%s\"" STR_FMT "\"", i ? ", " : "", STR_ARG(r->key[i]->column));
    buf_printf(&sql, " FROM \"" STR_FMT "\" WHERE id = ?", STR_ARG(r->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(c, buf_str(&sql), &s, e);
    for (size_t i = 0; !code && i < n; i++) {
        if (i && list[i]->row == list[i - 1]->row) {
            list[i]->key = list[i - 1]->key;
            continue;
        }
        bool row;
        stmt_bind_int(s, 1, list[i]->row);
        code = stmt_step(s, &row, e);
        if (!code && row)
            code = read_key(s, r, m->county->places, a, &list[i]->key, e);
        stmt_reset(s);
    }
    stmt_finish(s);
    buf_free(&sql);
    return code;
}

// Rows that were there a moment ago; one that has gone since has no key.
static enum err read_keys(const struct measure *m, struct arena *a, struct owed_list *out,
                          struct error *e)
{
    struct conn *c;
    struct owed **list = ARENA_ARRAY(a, struct owed *, out->n + 1);
    enum err code = list ? store_read_begin(m->county->store, &c, e) : error_memory(e);
    if (code)
        return code;
    for (size_t r = 0; !code && r < m->county->pack->n_registers; r++) {
        const struct reg *reg = &m->county->pack->registers[r];
        size_t n = 0;
        for (size_t i = 0; reg->n_key && i < out->n; i++)
            if (out->items[i].schedule->reg == reg)
                list[n++] = &out->items[i];
        qsort(list, n, sizeof *list, by_row);
        if (n)
            code = keys_of_register(m, c, a, list, n, e);
    }
    store_read_end(c);
    return code;
}

// Both registers are the caller's to read, somewhere.
static enum err may_read(const struct access *who, const struct schedule *s,
                         struct error *e)
{
    enum err code = access_read_some(who, s->reg, e);
    return code || !s->by.reg ? code : access_read_some(who, s->by.reg, e);
}

static enum err readable_places(const struct measure *m, const struct access *who,
                                struct arena *a, const struct reg *r, int32_t root,
                                struct schedule_scan *scan, struct error *e)
{
    const struct places *p = m->county->places;
    int32_t roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    size_t n = rights_row_roots(p, who, r, ACCESS_READ, roots, &everywhere);
    scan->areas = ARENA_ARRAY(a, bool, p->n_areas + 1);
    if (!scan->areas)
        return error_memory(e);
    for (size_t i = 0; i < p->n_areas; i++) {
        bool own = everywhere;
        for (size_t k = 0; k < n && !own; k++)
            own = places_within(p, (int32_t)i, roots[k]);
        scan->areas[i] = own && places_within(p, (int32_t)i, root);
    }
    scan->unplaced = everywhere && root < 0;
    int32_t own[ACCESS_MAX_GRANTS];
    size_t n_own = everywhere ? 0 : rights_facilities(p, who, r, ACCESS_READ, own);
    scan->root = root;
    scan->facilities = n_own ? ARENA_ARRAY(a, bool, p->n_facilities + 1) : NULL;
    if (n_own && !scan->facilities)
        return error_memory(e);
    for (size_t i = 0; i < n_own; i++)
        scan->facilities[own[i]] = true;
    return ERR_OK;
}

enum err schedule_scan_all(const struct measure *m, const struct access *who,
                           struct arena *a, const struct owed_query *q,
                           schedule_visit *visit, void *argument, struct error *e)
{
    const struct pack *p = m->county->pack;
    struct conn *c;
    struct error ignored;
    enum err code = q->schedule ? may_read(who, q->schedule, e) : ERR_OK;
    if (!code)
        code = store_read_begin(m->county->store, &c, e);
    if (code)
        return code;
    for (size_t i = 0; !code && i < p->n_schedules; i++) {
        const struct schedule *s = &p->schedules[i];
        if ((q->schedule && q->schedule != s) || may_read(who, s, &ignored))
            continue;
        bool stands = q->standing && !schedule_is_ticked(s);
        struct schedule_scan scan = {.measure = m,
                                     .conn = c,
                                     .schedule = s,
                                     .from = stands ? schedule_first_day() : q->from,
                                     .to = q->to,
                                     .visit = visit,
                                     .argument = argument};
        code = readable_places(m, who, a, s->reg, q->root, &scan, e);
        if (!code)
            code = schedule_scan(&scan, e);
    }
    store_read_end(c);
    return code;
}

enum err schedule_list(const struct measure *m, const struct access *who, struct arena *a,
                       const struct owed_query *q, struct owed_list *out, struct error *e)
{
    *out = (struct owed_list){0};
    out->items = ARENA_ARRAY(a, struct owed, q->most + 1);
    if (!out->items)
        return error_memory(e);
    struct listing listing = {q, out};
    enum err code = schedule_scan_all(m, who, a, q, take, &listing, e);
    if (!code && out->n)
        code = read_keys(m, a, out, e);
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items,
              q->latest_first ? by_due_down : by_due);
    return code;
}

// --- counts

enum part { PART_ON_TIME, PART_LATE_DONE, PART_LATE, PARTS };

struct counting {
    const struct places *places;
    double (*by_area)[PARTS]; // then of the whole subtree; the last: rows without an area
};

static void add(void *argument, const struct owed *x)
{
    struct counting *c = argument;
    int32_t area = rights_place(c->places, x->area, x->facility);
    double *at = c->by_area[area < 0 ? (int32_t)c->places->n_areas : area];
    at[PART_ON_TIME] += x->state == OWED_DONE;
    at[PART_LATE_DONE] += x->state == OWED_DONE_LATE;
    at[PART_LATE] += x->state == OWED_LATE;
}

static double sum_of(const double x[PARTS])
{
    return x[PART_ON_TIME] + x[PART_LATE_DONE] + x[PART_LATE];
}

static bool shows(const struct access *who, const struct reg *r, const double x[PARTS])
{
    bool good = access_shows_count(who, r->purpose, sum_of(x));
    for (int i = 0; i < PARTS; i++)
        good = good && access_shows_count(who, r->purpose, x[i]);
    return good;
}

static void add_to(double to[PARTS], const double x[PARTS], double sign)
{
    for (int i = 0; i < PARTS; i++)
        to[i] += sign * x[i];
}

// Which areas next below a parent may not be told (by_area are of whole subtrees). What
// is not told of them, and the parent's own rows, could be had by subtraction: while that
// is a small count, or one area alone, the smallest other area is hidden too.
static void hide_within(const struct places *p, const struct access *who,
                        const struct reg *r, double (*by_area)[PARTS], bool *hidden,
                        int32_t parent)
{
    double rest[PARTS], untold[PARTS];
    int32_t last = parent < 0 ? (int32_t)p->n_areas - 1 : p->areas[parent].last;
    size_t n_hidden = 0;
    memcpy(rest, by_area[parent < 0 ? (int32_t)p->n_areas + 1 : parent], sizeof rest);
    memset(untold, 0, sizeof untold);
    for (int32_t i = parent + 1; i <= last; i = p->areas[i].last + 1) {
        add_to(rest, by_area[i], -1);
        hidden[i] = (parent >= 0 && hidden[parent]) || !shows(who, r, by_area[i]);
        n_hidden += hidden[i];
        if (hidden[i])
            add_to(untold, by_area[i], 1);
    }
    add_to(untold, rest, 1);
    while (sum_of(untold) > 0 &&
           (!shows(who, r, untold) || (n_hidden == 1 && sum_of(rest) == 0))) {
        int32_t smallest = -1;
        for (int32_t i = parent + 1; i <= last; i = p->areas[i].last + 1)
            if (!hidden[i] && sum_of(by_area[i]) > 0 &&
                (smallest < 0 || sum_of(by_area[i]) < sum_of(by_area[smallest])))
                smallest = i;
        if (smallest < 0)
            return;
        hidden[smallest] = true;
        n_hidden++;
        add_to(untold, by_area[smallest], 1);
    }
}

static void roll_up(const struct places *p, double (*by_area)[PARTS])
{
    double *whole = by_area[p->n_areas + 1];
    memcpy(whole, by_area[p->n_areas], sizeof *by_area);
    for (size_t i = p->n_areas; i-- > 0;) {
        int32_t parent = p->areas[i].parent;
        double *to = parent < 0 ? whole : by_area[parent];
        for (int k = 0; k < PARTS; k++)
            to[k] += by_area[i][k];
    }
}

static bool whole_months(int32_t from, int32_t to)
{
    int year, month, day, first;
    date_to_ymd(from, &year, &month, &first);
    date_to_ymd(to, &year, &month, &day);
    return first == 1 && day == date_month_length(year, month);
}

static enum err rates_of(const struct measure *m, const struct access *who,
                         struct arena *a, struct schedule_scan *scan, int32_t root,
                         struct owed_rates *out, struct error *e)
{
    const struct places *p = m->county->places;
    const struct reg *r = scan->schedule->reg;
    struct counting counting = {.places = p};
    counting.by_area = arena_alloc(a, p->n_areas + 2, sizeof *counting.by_area);
    bool *hidden = ARENA_ARRAY(a, bool, p->n_areas + 1);
    scan->areas = ARENA_ARRAY(a, bool, p->n_areas + 1);
    if (!counting.by_area || !hidden || !scan->areas)
        return error_memory(e);
    memset(scan->areas, true, p->n_areas);
    scan->unplaced = true;
    scan->visit = add;
    scan->argument = &counting;
    enum err code = schedule_scan(scan, e);
    if (code)
        return code;
    roll_up(p, counting.by_area);
    const double *at = counting.by_area[root < 0 ? (int32_t)p->n_areas + 1 : root];
    *out = (struct owed_rates){scan->schedule, sum_of(at), at[PART_ON_TIME],
                               at[PART_LATE_DONE], at[PART_LATE]};
    if (access_shows_count(who, r->purpose, 1))
        return ERR_OK;
    bool told = whole_months(scan->from, scan->to) && shows(who, r, at);
    if (told && root >= 0) {
        hide_within(p, who, r, counting.by_area, hidden, -1);
        for (int32_t i = 0; i < root; i++)
            if (places_within(p, root, i))
                hide_within(p, who, r, counting.by_area, hidden, i);
        told = !hidden[root];
    }
    if (!told)
        out->owed = out->on_time = out->late_done = out->late = NAN;
    return ERR_OK;
}

enum err schedule_rates(const struct measure *m, const struct access *who,
                        struct arena *a, int32_t root, int32_t from, int32_t to,
                        struct owed_rates **out, size_t *n, struct error *e)
{
    const struct pack *p = m->county->pack;
    struct conn *c;
    *n = 0;
    *out = ARENA_ARRAY(a, struct owed_rates, p->n_schedules + 1);
    if (!*out)
        return error_memory(e);
    enum err code = measure_allows(m, root, e);
    if (!code)
        code = store_read_begin(m->county->store, &c, e);
    if (code)
        return code;
    for (size_t i = 0; !code && i < p->n_schedules; i++) {
        struct schedule_scan scan = {.measure = m,
                                     .conn = c,
                                     .schedule = &p->schedules[i],
                                     .from = from,
                                     .to = to};
        code = rates_of(m, who, a, &scan, root, &(*out)[*n], e);
        ++*n;
    }
    store_read_end(c);
    return code;
}
