// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows that owe are read with the days of their points; then related rows are read once,
// and each finds the points it may serve by a hash of the key: by its day it lies in the
// time of one point of a row at the most.
#include "measure/schedule_private.h"

#include <assert.h>
#include <string.h>

#include "register/rights.h"

struct debtor { // a row that owes
    int64_t id;
    int32_t area, facility, from;
    int32_t next; // another with the same key, -1
    uint64_t key; // hash of it
    size_t text;  // where its key is in `keys`
    uint32_t length;
    bool done; // by its own condition
    int32_t done_on;
};

struct scanning {
    const struct schedule_scan *scan;
    const struct schedule *schedule;
    struct debtor *debtors;
    size_t n, capacity;
    int32_t *due, *served; // n x points; served DATE_NONE: by none
    char *keys;
    size_t n_keys, keys_capacity;
    int32_t *table; // by hash: debtor, -1
    size_t mask;
};

// --- days

int32_t schedule_after(int32_t day, struct span s)
{
    int32_t moved = s.months ? date_add_months(day, s.months) : day, low, high;
    if (moved == DATE_NONE || !date_from_ymd(1, 1, 1, &low) ||
        !date_from_ymd(9999, 12, 31, &high))
        return DATE_NONE;
    moved += s.days;
    return moved < low || moved > high ? DATE_NONE : moved;
}

int32_t schedule_first_day(void)
{
    int32_t first;
    return date_from_ymd(1, 1, 1, &first) ? first : DATE_NONE;
}

int32_t schedule_before(int32_t day, struct span s)
{
    return schedule_after(day, (struct span){-s.months, -s.days});
}

static bool digits(const char *p, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        unsigned d = (unsigned)(p[i] - '0');
        if (d > 9)
            return false;
        *out = *out * 10 + (int)d;
    }
    return true;
}

static int32_t day_of(struct str s) // ISO, as all stored days; DATE_NONE for null
{
    int year, month, day;
    int32_t out;
    return s.n == 10 && digits(s.p, 4, &year) && digits(s.p + 5, 2, &month) &&
                   digits(s.p + 8, 2, &day) && date_from_ymd(year, month, day, &out)
               ? out
               : DATE_NONE;
}

// Days from which a point can fall due between from and to: at the least and the most.
static int32_t shift(int32_t day, int64_t by)
{
    int32_t low, high;
    if (!date_from_ymd(1, 1, 1, &low) || !date_from_ymd(9999, 12, 31, &high))
        return day;
    int64_t out = day + by;
    return out < low ? low : out > high ? high : (int32_t)out;
}

static void first_and_last_from(const struct scanning *g, int32_t *first, int32_t *last)
{
    const struct schedule *s = g->schedule;
    int64_t longest = INT32_MIN, shortest = INT32_MAX;
    for (size_t i = 0; i < s->n_points; i++) {
        int64_t months = s->points[i].at.months, days = s->points[i].at.days;
        int64_t most = months * (months > 0 ? 31 : 28) + days,
                least = months * (months > 0 ? 28 : 31) + days;
        longest = most > longest ? most : longest;
        shortest = least < shortest ? least : shortest;
    }
    *first = shift(g->scan->from, -longest);
    *last = shift(g->scan->to, -shortest);
}

// --- SQL

static void add_condition(const struct scanning *g, const struct expr *x, struct buf *sql)
{
    if (!x)
        return;
    buf_add_c(sql, " AND (");
    expr_sql(x, STR("t"), g->scan->measure->today, sql);
    buf_add_char(sql, ')');
}

// An index by date leads to rows one by one: good for a season, and far slower than the
// whole table for years.
static const char *way(int32_t first, int32_t last)
{
    enum { SEASON = 200 };
    return (int64_t)last - first > SEASON ? " NOT INDEXED" : "";
}

static void bind_day(struct stmt *s, int n, int32_t day, char space[DATE_TEXT_SIZE])
{
    date_format(day, space);
    stmt_bind_text(s, n, str_of(space));
}

// What related rows name the row by.
static const struct field *own_key(const struct schedule *s)
{
    if (!s->by.reg)
        return NULL;
    return s->by.by->refers == s->reg ? s->reg->key[0] : s->by.by;
}

// id, area, facility, from, key, done, done on.
static enum err prepare_debtors(const struct scanning *g, int32_t first, int32_t last,
                                struct stmt **out, struct error *e)
{
    const struct schedule *s = g->schedule;
    const struct field *key = own_key(s);
    struct buf sql = BUF_INIT(1 << 20);
    buf_printf(&sql, "SELECT t.id, t.area, t.facility, t.\"" STR_FMT "\", ",
               STR_ARG(s->from->column));
    if (key)
        buf_printf(&sql, "t.\"" STR_FMT "\", ", STR_ARG(key->column));
    else
        buf_add_c(&sql, "NULL, ");
    if (s->done)
        expr_sql(s->done, STR("t"), g->scan->measure->today, &sql);
    else
        buf_add_c(&sql, "NULL");
    if (s->done_on)
        buf_printf(&sql, ", t.\"" STR_FMT "\"", STR_ARG(s->done_on->column));
    else
        buf_add_c(&sql, ", NULL");
    buf_printf(&sql,
               " FROM \"" STR_FMT "\" AS t%s WHERE t.state = 'current' AND t.\"" STR_FMT
               "\" BETWEEN ? AND ?",
               STR_ARG(s->reg->table), way(first, last), STR_ARG(s->from->column));
    add_condition(g, s->where, &sql);
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(g->scan->conn, buf_str(&sql), out, e);
    buf_free(&sql);
    return code;
}

// --- rows that owe

static uint64_t hash_of(struct str s)
{
    uint64_t h = 1469598103934665603ULL;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211ULL;
    return h ^ h >> 29;
}

static bool grow(void **block, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return true;
    size_t more = *capacity + *capacity / 2 + 1024;
    if (more < needed)
        more = needed;
    void *wider = mem_resize(*block, more, size);
    if (!wider)
        return false;
    *block = wider;
    *capacity = more;
    return true;
}

static bool keep_key(struct scanning *g, struct debtor *d, struct str key)
{
    if (!grow((void **)&g->keys, &g->keys_capacity, g->n_keys + key.n, 1))
        return false;
    memcpy(g->keys + g->n_keys, key.p, key.n);
    d->text = g->n_keys;
    d->length = (uint32_t)key.n;
    d->key = hash_of(key);
    g->n_keys += key.n;
    return true;
}

static int32_t area_of(const struct places *p, struct stmt *s, int column)
{
    return stmt_kind(s, column) == STMT_NULL ? -1
                                             : places_area_index(p, stmt_int(s, column));
}

static void place_of(const struct scanning *g, struct stmt *s, struct debtor *d)
{
    const struct places *p = g->scan->measure->county->places;
    enum reg_kind kind = g->schedule->reg->kind;
    d->area = kind == REG_AREAS ? places_area_index(p, d->id) : area_of(p, s, 1);
    d->facility = kind == REG_FACILITIES ? places_facility_index(p, d->id)
                  : stmt_kind(s, 2) == STMT_NULL
                      ? -1
                      : places_facility_index(p, stmt_int(s, 2));
}

static bool is_asked(const struct scanning *g, const struct debtor *d)
{
    const struct places *p = g->scan->measure->county->places;
    int32_t area = rights_place(p, d->area, d->facility);
    if (area < 0 ? g->scan->unplaced : g->scan->areas[area])
        return true;
    return g->scan->facilities && d->facility >= 0 && g->scan->facilities[d->facility] &&
           (area < 0 ? g->scan->root < 0 : places_within(p, area, g->scan->root));
}

static enum err read_debtors(struct scanning *g, struct error *e)
{
    struct stmt *s = NULL;
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    int32_t from, to;
    first_and_last_from(g, &from, &to);
    enum err code = prepare_debtors(g, from, to, &s, e);
    if (code)
        return code;
    bind_day(s, 1, from, first);
    bind_day(s, 2, to, last);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        struct debtor d = {.id = stmt_int(s, 0), .next = -1, .done_on = DATE_NONE};
        place_of(g, s, &d);
        d.from = day_of(stmt_text(s, 3));
        if (d.from == DATE_NONE || !is_asked(g, &d))
            continue;
        if (g->n >= INT32_MAX ||
            !grow((void **)&g->debtors, &g->capacity, g->n + 1, sizeof d)) {
            code = error_memory(e);
            break;
        }
        struct str key = stmt_text(s, 4);
        if (key.p && !keep_key(g, &d, key)) {
            code = error_memory(e);
            break;
        }
        d.done_on = day_of(stmt_text(s, 6));
        d.done = g->schedule->done ? stmt_int(s, 5) != 0
                                   : g->schedule->done_on && d.done_on != DATE_NONE;
        g->debtors[g->n++] = d;
    }
    stmt_finish(s);
    return code;
}

static bool count_points(struct scanning *g)
{
    const struct schedule *s = g->schedule;
    size_t cells;
    if (!size_mul(g->n, s->n_points, &cells))
        return false;
    g->due = mem_alloc(cells, sizeof *g->due);
    g->served = mem_alloc(cells, sizeof *g->served);
    if (!g->due || !g->served)
        return false;
    for (size_t i = 0, k = 0; i < g->n; i++)
        for (size_t j = 0; j < s->n_points; j++, k++) {
            g->due[k] = schedule_after(g->debtors[i].from, s->points[j].at);
            g->served[k] = DATE_NONE;
        }
    return true;
}

// --- related rows

static struct str key_of(const struct scanning *g, const struct debtor *d)
{
    return (struct str){g->keys + d->text, d->length};
}

static int32_t find(const struct scanning *g, struct str key, uint64_t hash, size_t *at)
{
    for (*at = hash & g->mask; g->table[*at] >= 0; *at = (*at + 1) & g->mask) {
        const struct debtor *d = &g->debtors[g->table[*at]];
        if (d->key == hash && str_equal(key_of(g, d), key))
            return g->table[*at];
    }
    return -1;
}

static bool make_table(struct scanning *g)
{
    size_t size = 16, at;
    while (size < 2 * g->n)
        size *= 2;
    g->mask = size - 1;
    g->table = mem_alloc(size, sizeof *g->table);
    if (!g->table)
        return false;
    memset(g->table, 0xff, size * sizeof *g->table); // -1
    for (size_t i = 0; i < g->n; i++) {
        struct debtor *d = &g->debtors[i];
        if (!d->length)
            continue;
        d->next = find(g, key_of(g, d), d->key, &at);
        g->table[at] = (int32_t)i;
    }
    return true;
}

// In time is better than late; then the nearest; then the earlier.
static bool serves_better(const struct schedule *s, int32_t due, int32_t day,
                          int32_t than)
{
    if (than == DATE_NONE)
        return true;
    int32_t last = schedule_after(due, s->grace);
    bool in_time = day <= last, was_in_time = than <= last;
    if (in_time != was_in_time)
        return in_time;
    int32_t near = day > due ? day - due : due - day,
            was_near = than > due ? than - due : due - than;
    return near != was_near ? near < was_near : day < than;
}

// The last point that had opened by the day is the one that it serves.
static void serve(struct scanning *g, size_t debtor, int32_t day)
{
    const struct schedule *s = g->schedule;
    const int32_t *due = g->due + debtor * s->n_points;
    for (size_t i = s->n_points; i-- > 0;) {
        int32_t opens =
            due[i] == DATE_NONE ? DATE_NONE : schedule_before(due[i], s->opens);
        if (opens == DATE_NONE || day < opens)
            continue;
        int32_t *served = &g->served[debtor * s->n_points + i];
        if (serves_better(s, due[i], day, *served))
            *served = day;
        return;
    }
}

static enum err prepare_related(const struct scanning *g, int32_t from, struct stmt **out,
                                struct error *e)
{
    const struct related *by = &g->schedule->by;
    struct buf sql = BUF_INIT(1 << 20);
    buf_printf(&sql,
               "SELECT t.id, t.\"" STR_FMT "\", t.date FROM \"" STR_FMT
               "\" AS t%s WHERE t.state = 'current' AND t.date BETWEEN ? AND ? AND "
               "t.\"" STR_FMT "\" IS NOT NULL",
               STR_ARG(by->by->column), STR_ARG(by->reg->table),
               way(from, g->scan->measure->today), STR_ARG(by->by->column));
    add_condition(g, by->where, &sql);
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(g->scan->conn, buf_str(&sql), out, e);
    buf_free(&sql);
    return code;
}

// Rows dated from the first day on which a point of the scan is open, until today: what
// is planned for later is not done.
static enum err read_related(struct scanning *g, struct error *e)
{
    struct stmt *s = NULL;
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    const struct span opens = g->schedule->opens;
    if (!make_table(g))
        return error_memory(e);
    int32_t from = shift(g->scan->from, -(int64_t)opens.months * 31 - opens.days);
    enum err code = prepare_related(g, from, &s, e);
    if (code)
        return code;
    bind_day(s, 1, from, first);
    bind_day(s, 2, g->scan->measure->today, last);
    bool own = g->schedule->by.reg == g->schedule->reg;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        struct str key = stmt_text(s, 1);
        size_t at;
        int32_t day = day_of(stmt_text(s, 2));
        int64_t id = own ? stmt_int(s, 0) : 0;
        if (day == DATE_NONE || !key.n)
            continue;
        for (int32_t i = find(g, key, hash_of(key), &at); i >= 0; i = g->debtors[i].next)
            if (!own || g->debtors[i].id != id)
                serve(g, (size_t)i, day);
    }
    stmt_finish(s);
    return code;
}

// --- what each owes

static enum owed_state state_of(const struct owed *x, bool done, int32_t today)
{
    if (done)
        return x->done != DATE_NONE && x->done >= x->late ? OWED_DONE_LATE : OWED_DONE;
    return today >= x->late ? OWED_LATE : today >= x->opens ? OWED_OPEN : OWED_LATER;
}

static void visit_all(const struct scanning *g)
{
    const struct schedule_scan *scan = g->scan;
    const struct schedule *s = g->schedule;
    for (size_t i = 0; i < g->n; i++) {
        const struct debtor *d = &g->debtors[i];
        for (size_t k = 0; k < s->n_points; k++) {
            int32_t due = g->due[i * s->n_points + k];
            if (due == DATE_NONE || due < scan->from || due > scan->to)
                continue;
            struct owed x = {.schedule = s,
                             .point = &s->points[k],
                             .row = d->id,
                             .key = STR(""),
                             .area = d->area,
                             .facility = d->facility,
                             .opens = schedule_before(due, s->opens),
                             .due = due,
                             .late = schedule_after(due, s->grace),
                             .done = g->served[i * s->n_points + k]};
            x.late = x.late == DATE_NONE ? INT32_MAX : x.late + 1;
            bool done = x.done != DATE_NONE || d->done;
            if (d->done)
                x.done = d->done_on;
            x.state = state_of(&x, done, scan->measure->today);
            scan->visit(scan->argument, &x);
        }
    }
}

enum err schedule_scan(const struct schedule_scan *scan, struct error *e)
{
    struct scanning g = {.scan = scan, .schedule = scan->schedule};
    if (scan->from > scan->to)
        return ERR_OK;
    enum err code = read_debtors(&g, e);
    if (!code && !count_points(&g))
        code = error_memory(e);
    if (!code && g.n && g.schedule->by.reg)
        code = read_related(&g, e);
    if (!code)
        visit_all(&g);
    mem_free(g.debtors);
    mem_free(g.due);
    mem_free(g.served);
    mem_free(g.keys);
    mem_free(g.table);
    return code;
}
