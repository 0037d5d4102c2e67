// SPDX-License-Identifier: AGPL-3.0-or-later
// Random operations (post, back-dated, reverse, confirm, count) against a naive model
// that keeps every evening of every balance: each must say yes or no as the model does,
// and every balance be the same on every day. HENG_LEDGER_OPERATIONS says how many (a
// million: ./dev bench ledger), HENG_SEED which.
#include "ledger_test.h"

#include <time.h>

#include "base/rng.h"

enum {
    DAYS = 180,
    ENDS = 10, // 3 places, 3 on the way to them, 4 accounts
    ON_THE_WAY = 3,
    SUPPLIER = 6,
    PATIENTS,
    WASTE,
    DIFFERENCE,
    THINGS = 12, // 4 items of 3 lots
    LINES = 3,
    KEPT = 4096,
    BATCH = 20000
};

static const char *const items[] = {"oxytocin", "misoprostol", "bcg", "folic"};
static const char *const lots[] = {"L1", "L2", "L3"};
static const char *const accounts[] = {"supplier", "patients", "waste", "difference"};

struct move_of { // what an entry did, for the one that speaks of it
    int64_t id;
    int from, to, day, n;
    int thing[LINES];
    int64_t quantity[LINES];
    bool confirms, reversal, gone; // gone: reversed
    int of;                        // of a confirmation: index of its entry in the ring
    int64_t of_id;
    bool asks, confirmed;
};

struct world {
    struct rng rng;
    int64_t evening[ENDS][THINGS][DAYS];
    struct move_of ring[KEPT];
    int64_t n_kept;
    int32_t base;
    int64_t operations, done, refused, by_kind[8];
    struct ledger_book book;
    struct arena arena;
};

static bool may_be_negative(int end)
{
    return (end >= ON_THE_WAY && end <= SUPPLIER) || end == DIFFERENCE;
}

// Adds, and says whether no evening is under zero.
static bool add(struct world *w, int end, int thing, int day, int64_t delta)
{
    int64_t low = 0;
    for (int d = day; d < DAYS; d++) {
        w->evening[end][thing][d] += delta;
        low = w->evening[end][thing][d] < low ? w->evening[end][thing][d] : low;
    }
    return low == 0 || delta >= 0 || may_be_negative(end);
}

// The lines one after the other; taken back when one is refused.
static bool model(struct world *w, const struct move_of *m)
{
    bool good = true;
    int i = 0;
    for (; good && i < m->n; i++) {
        good &= add(w, m->from, m->thing[i], m->day, -m->quantity[i]);
        good &= add(w, m->to, m->thing[i], m->day, m->quantity[i]);
    }
    for (; !good && i-- > 0;) {
        add(w, m->from, m->thing[i], m->day, m->quantity[i]);
        add(w, m->to, m->thing[i], m->day, -m->quantity[i]);
    }
    return good;
}

static int pick(struct world *w, int n)
{
    return (int)rng_below(&w->rng, (uint64_t)n);
}

struct operation {
    struct world *w;
    struct move_of m;
    const char *movement; // NULL: of another entry
    int other;            // its index
    int64_t counted[LINES];
    bool count;
};

static struct ledger_lot lot_of(int thing)
{
    return (struct ledger_lot){str_of(lots[thing % 3]), DATE_NONE};
}

static enum err run_operation(struct conn *conn, void *argument, struct error *e)
{
    (void)conn;
    struct operation *o = argument;
    struct world *w = o->w;
    struct ledger_posted out;
    enum err code;
    if (!o->movement && o->m.reversal) {
        code = ledger_book_reverse(&w->book, w->ring[o->other].id, w->base + o->m.day,
                                   STR("wrong"), &out, e);
    } else if (!o->movement) {
        code = ledger_book_confirm(&w->book, w->ring[o->other].id, w->base + o->m.day,
                                   o->m.quantity, (size_t)o->m.n, &out, e);
    } else {
        struct ledger_line lines[LINES];
        for (int i = 0; i < o->m.n; i++)
            lines[i] = (struct ledger_line){
                str_of(items[o->m.thing[i] / 3]), lot_of(o->m.thing[i]),
                o->count ? o->counted[i] : o->m.quantity[i], 0};
        const struct ledger_movement *m = movement(o->movement);
        int to = o->m.to >= ON_THE_WAY ? o->m.to - ON_THE_WAY : o->m.to;
        struct ledger_entry entry = {
            .ledger = medicines,
            .movement = m,
            .day = w->base + o->m.day,
            .from = m->from == LEDGER_AT_PLACE ? places[o->m.from] : 0,
            .to = m->to == LEDGER_AT_PLACE ? places[to] : 0,
            .lines = lines,
            .n_lines = (size_t)o->m.n,
            .temperature = NAN};
        code = ledger_book_post(&w->book, &entry, &out, e);
    }
    o->m.id = out.id;
    return code;
}

static void choose_lines(struct world *w, struct move_of *m, bool large)
{
    m->n = 1 + pick(w, LINES);
    int first = pick(w, THINGS);
    for (int i = 0; i < m->n; i++) {
        m->thing[i] = (first + i * 5) % THINGS; // different ones
        m->quantity[i] = 1 + pick(w, large ? 4000 : 3000);
    }
}

static bool choose(struct world *w, struct operation *o)
{
    int kind = pick(w, 100), place = pick(w, 3), other = (place + 1 + pick(w, 2)) % 3;
    struct move_of *m = &o->m;
    m->day = pick(w, 2) ? DAYS - 1 - pick(w, 8) : pick(w, DAYS);
    m->from = place;
    if (kind < 76) {
        choose_lines(w, m, kind < 26);
        w->by_kind[kind < 26 ? 0 : kind < 50 ? 1 : kind < 58 ? 2 : kind < 68 ? 3 : 4]++;
    }
    if (kind < 26) {
        o->movement = pick(w, 4) ? "receive" : "deliver";
        m->asks = o->movement[0] == 'd';
        m->from = SUPPLIER;
        m->to = m->asks ? ON_THE_WAY + place : place;
    } else if (kind < 50) {
        o->movement = "use";
        m->to = PATIENTS;
    } else if (kind < 58) {
        o->movement = "move";
        m->to = other;
    } else if (kind < 68) {
        o->movement = "transfer";
        m->to = ON_THE_WAY + other;
        m->asks = true;
    } else if (kind < 71) {
        o->movement = "destroy";
        m->to = WASTE;
    } else if (kind < 76) {
        o->movement = "count";
        o->count = true;
        m->to = DIFFERENCE;
        for (int i = 0; i < m->n; i++) {
            int64_t is = w->evening[place][m->thing[i]][m->day];
            int64_t found = is + pick(w, 400) - 200;
            o->counted[i] = pick(w, 4) ? is : found > 0 ? found : 0;
            m->quantity[i] = is - o->counted[i];
        }
    } else {
        bool confirm = kind < 88;
        if (!w->n_kept)
            return false;
        int64_t back =
            1 + (int64_t)rng_below(&w->rng, w->n_kept < KEPT / 2 ? (uint64_t)w->n_kept
                                                                 : (uint64_t)KEPT / 2);
        o->other = (int)((w->n_kept - back) % KEPT);
        const struct move_of *of = &w->ring[o->other];
        w->by_kind[confirm ? 5 : 6]++;
        *m = *of;
        m->day = of->day + pick(w, DAYS - of->day);
        m->of = o->other;
        m->of_id = of->id;
        m->confirms = confirm;
        m->reversal = !confirm;
        m->asks = m->confirmed = m->gone = false;
        if (confirm) {
            m->from = of->to;
            m->to = of->to - ON_THE_WAY;
            for (int i = 0; of->asks && i < m->n; i++)
                if (!pick(w, 4))
                    m->quantity[i] += pick(w, 100) - 50 > -m->quantity[i]
                                          ? pick(w, 50)
                                          : -m->quantity[i];
        } else {
            m->from = of->to;
            m->to = of->from;
        }
    }
    return true;
}

// What the rules say before any balance is looked at.
static bool allowed(const struct world *w, const struct operation *o)
{
    const struct move_of *of = &w->ring[o->other];
    if (o->movement)
        return true;
    if (o->m.confirms)
        return of->asks && !of->confirmed && !of->gone;
    return !of->reversal && !of->gone && !of->confirmed;
}

static void keep(struct world *w, struct operation *o)
{
    if (!o->movement) {
        struct move_of *of = &w->ring[o->other];
        if (o->m.reversal) {
            of->gone = true;
            struct move_of *entry = &w->ring[of->of];
            if (of->confirms && entry->id == of->of_id)
                entry->confirmed = false;
        } else {
            of->confirmed = true;
        }
    }
    w->ring[w->n_kept++ % KEPT] = o->m;
}

static enum err one_operation(struct world *w, struct conn *conn, struct error *e)
{
    struct operation o = {.w = w};
    if (!choose(w, &o))
        return ERR_OK;
    bool yes = allowed(w, &o) && model(w, &o.m);
    enum err code =
        yes ? run_operation(conn, &o, e) : store_part(conn, run_operation, &o, e);
    w->operations++;
    w->done += yes;
    w->refused += !yes;
    if (yes && !code)
        keep(w, &o);
    if (yes == !code && (yes || code == ERR_CONFLICT))
        return ERR_OK;
    struct error was = e ? *e : (struct error){0};
    return error_set(e, ERR_INTERNAL, "test", NULL,
                     "operation %lld (%s): the model says %s, the ledger %d %.300s",
                     (long long)w->operations,
                     o.movement     ? o.movement
                     : o.m.reversal ? "reverse"
                                    : "confirm",
                     yes ? "yes" : "no", code, was.text);
}

static enum err compare(struct world *w, struct conn *conn, int day, struct error *e)
{
    struct stmt *s;
    int64_t seen = 0;
    enum err code = conn_stmt(conn, "random.balances",
                              "SELECT id, place, account, item, lot FROM"
                              " heng_ledger_balances",
                              &s, e);
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row; seen++) {
        int end = 0, thing = 0;
        int64_t sum, low, is;
        struct str account = stmt_text(s, 2);
        while (end < 3 && places[end] != stmt_int(s, 1))
            end++;
        if (account.n && end < 3)
            end += ON_THE_WAY;
        for (int i = 0; account.n && i < 4; i++)
            if (str_equal_c(account, accounts[i]))
                end = SUPPLIER + i;
        for (int i = 0; i < THINGS; i++)
            if (str_equal_c(stmt_text(s, 3), items[i / 3]) &&
                str_equal_c(stmt_text(s, 4), lots[i % 3]))
                thing = i;
        code = ledger_totals_on(conn, stmt_int(s, 0), w->base + day, &sum, &low, e);
        is = w->evening[end][thing][day];
        int64_t lowest = INT64_MAX;
        for (int d = day; d < DAYS; d++)
            lowest =
                w->evening[end][thing][d] < lowest ? w->evening[end][thing][d] : lowest;
        if (!code && (sum != is || low != lowest))
            code = error_set(e, ERR_INTERNAL, "test", NULL,
                             "end %d thing %d day %d: %lld (lowest %lld), the model %lld "
                             "(%lld)",
                             end, thing, day, (long long)sum, (long long)low,
                             (long long)is, (long long)lowest);
        if (code)
            break;
    }
    stmt_finish(s);
    return code;
}

static enum err batch_job(struct conn *conn, void *argument, struct error *e)
{
    struct world *w = argument;
    arena_reset(&w->arena);
    enum err code = ledger_book_begin(&w->book, county, conn, &who, &w->arena, e);
    for (int i = 0; !code && i < BATCH; i++) {
        code = one_operation(w, conn, e);
        if (i % 500 == 0) { // nothing in it is needed later
            arena_reset(&w->arena);
            w->book.items = NULL;
            w->book.n_items = w->book.capacity = 0;
        }
    }
    return code ? code : compare(w, conn, pick(w, DAYS), e);
}

static int64_t number_from(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    int64_t n;
    return text && str_to_int(str_of(text), &n) && n > 0 ? n : otherwise;
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void every_balance_is_the_models(void **state)
{
    (void)state;
    int64_t seed = number_from("HENG_SEED", (int64_t)time(NULL));
    int64_t wanted = number_from("HENG_LEDGER_OPERATIONS", 60000);
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    arena_init(&w->arena, 0);
    w->rng = rng_seed((uint64_t)seed);
    w->base = day_at("2014-07-20") - DAYS + 1;
    printf("# seed %lld\n", (long long)seed);
    double from = cpu_seconds();
    while (w->operations < wanted) {
        error = (struct error){0};
        if (store_write(county->store, batch_job, w, &error))
            fail_msg("seed %lld: %s", (long long)seed, error.text);
    }
    printf("# %lld operations, %lld of them refused: receipts %lld, uses %lld, moves "
           "%lld, transfers %lld, others and counts %lld, confirmations %lld, reversals "
           "%lld; %.1f s of processor\n",
           (long long)w->operations, (long long)w->refused, (long long)w->by_kind[0],
           (long long)w->by_kind[1], (long long)w->by_kind[2], (long long)w->by_kind[3],
           (long long)w->by_kind[4], (long long)w->by_kind[5], (long long)w->by_kind[6],
           cpu_seconds() - from);
    assert_true(w->done > wanted / 4);
    assert_true(w->refused > wanted / 20);
    // the sum over everything, on every evening
    for (int d = 0; d < DAYS; d++)
        for (int t = 0; t < THINGS; t++) {
            int64_t sum = 0;
            for (int end = 0; end < ENDS; end++)
                sum += w->evening[end][t][d];
            assert_int_equal(sum, 0);
        }
    struct conn *conn;
    county_close(county);
    open_county();
    find_ledgers();
    assert_ok(store_read_begin(county->store, &conn, &error));
    for (int d = 0; d < DAYS; d++)
        assert_ok(compare(w, conn, d, &error));
    store_read_end(conn);
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_entries"), w->done);
    from = cpu_seconds();
    assert_sound();
    printf("# proved in %.1f s of processor\n", cpu_seconds() - from);
    arena_free(&w->arena);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_balance_is_the_models, setup_ledgers,
                                        teardown_ledgers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
