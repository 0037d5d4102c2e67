// SPDX-License-Identifier: AGPL-3.0-or-later
// ledger balances, post, reverse, confirm, reconcile, check.
#include <math.h>
#include <string.h>

#include "base/chain.h"
#include "base/frame.h"
#include "cli/session.h"
#include "register/ledger.h"
#include "report/result_table.h"

struct books {
    struct session session;
    const struct ledger *ledger;
};

static enum err open_books(struct cli *c, enum store_mode mode, struct books *b,
                           struct error *e)
{
    *b = (struct books){0};
    enum err code = session_open(c, mode, &b->session, e);
    const char *name = cli_argument(c, "LEDGER");
    if (code || !name)
        return code;
    const struct pack *p = b->session.county->pack;
    b->ledger = pack_ledger(p, str_of(name));
    if (b->ledger)
        return ERR_OK;
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < p->n_ledgers && list.n < 200; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(p->ledgers[i].name));
    error_set(e, ERR_NOT_FOUND, "ledger.unknown", NULL, "the pack has no ledger '%s'",
              name);
    error_cure(e, list.n ? "it has: " STR_FMT : "it has none" STR_FMT,
               STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

static enum err facility_of(const struct books *b, struct str text, int32_t day,
                            int64_t *out, struct error *e)
{
    const struct places *p = b->session.county->places;
    int32_t index;
    *out = 0;
    if (!text.n)
        return ERR_OK;
    enum err code = places_find_facility(p, text, -1, day, &index, e);
    if (!code)
        *out = p->facilities[index].id;
    return code;
}

static enum err day_option(const struct cli *c, const char *name, int32_t otherwise,
                           int32_t *out, struct error *e)
{
    const char *text = cli_option(c, name);
    *out = otherwise;
    return text ? date_parse(str_of(text), out, e) : ERR_OK;
}

static enum err whole_option(const struct cli *c, const char *name, int64_t otherwise,
                             int64_t most, int64_t *out, struct error *e)
{
    const char *text = cli_option(c, name);
    *out = otherwise;
    if (!text || (str_to_int(str_of(text), out) && *out >= 0 && *out <= most))
        return ERR_OK;
    return error_set(e, ERR_USAGE, "ledger.number", NULL,
                     "--%s %s is not a number from 0 to %lld", name, text,
                     (long long)most);
}

static struct str place_name(const struct cli *c, const struct books *b, int64_t facility)
{
    const struct places *p = b->session.county->places;
    int32_t i = facility ? places_facility_index(p, facility) : -1;
    return i >= 0 ? facility_name(&p->facilities[i], c->zh) : STR("");
}

static struct str day_text(struct cli *c, int32_t day)
{
    char text[DATE_TEXT_SIZE];
    date_format(day, text);
    return str_copy(&c->arena, str_of(text));
}

static double units(const struct ledger *g, int64_t quantity)
{
    return (double)quantity / (g->goods ? LEDGER_UNIT : LEDGER_CENT);
}

static enum err show(struct cli *c, const struct ledger *g, struct str subtitle,
                     const struct result *r, struct error *e)
{
    struct doc *d = doc_new(&c->arena, c->zh);
    if (!d)
        return error_memory(e);
    d->title = label_in(g->label, c->zh);
    d->subtitle = subtitle;
    if (!result_ok(r) || !result_table_doc(d, r, 0, STR("")))
        return error_memory(e);
    const struct result *const all[] = {r};
    return session_results(c, d, all, 1, e);
}

// --- balances

enum { PLACE, ACCOUNT, ITEM, LOT, EXPIRES, QUANTITY, VALUE, LAST, BALANCE_COLUMNS };

static enum err print_balances(struct cli *c, const struct books *b,
                               const struct ledger_balance *list, size_t n, int32_t day,
                               struct error *e)
{
    const struct ledger *g = b->ledger;
    const bool zh = c->zh;
    const struct result_column columns[] = {
        [PLACE] = {"facility", zh ? "机构" : "Facility", RESULT_TEXT},
        [ACCOUNT] = {"account", zh ? "账户" : "Account", RESULT_TEXT},
        [ITEM] = {"item", g->goods ? zh ? "物品" : "Item" : NULL, RESULT_TEXT},
        [LOT] = {"lot", g->lots ? zh ? "批号" : "Lot" : NULL, RESULT_TEXT},
        [EXPIRES] = {"expires", g->lots ? zh ? "有效期至" : "Expires" : NULL,
                     RESULT_TEXT},
        [QUANTITY] = {"quantity", zh ? "数量" : "Quantity", RESULT_NUMBER,
                      g->goods ? 1 : 2},
        [VALUE] = {"value", g->goods ? zh ? "金额" : "Value" : NULL, RESULT_NUMBER, 2},
        [LAST] = {"last", zh ? "最近发生" : "Last entry", RESULT_TEXT},
    };
    struct result r =
        result_new(&c->arena, "balances", STR(""), columns, BALANCE_COLUMNS);
    for (size_t i = 0; i < n; i++) {
        struct result_cell *cells = result_row(&r);
        cells[PLACE].text = place_name(c, b, list[i].facility);
        if (list[i].account >= 0)
            cells[ACCOUNT].text = label_in(g->accounts[list[i].account].label, zh);
        cells[ITEM].text = list[i].item;
        cells[LOT].text = list[i].lot.number;
        if (list[i].lot.expires != DATE_NONE)
            cells[EXPIRES].text = day_text(c, list[i].lot.expires);
        cells[QUANTITY].value = units(g, list[i].quantity);
        cells[VALUE].value =
            list[i].value ? (double)list[i].value / LEDGER_CENT : (double)NAN;
        cells[LAST].text = day_text(c, list[i].last);
    }
    return show(c, g,
                str_format(&c->arena, zh ? "%s 晚结存" : "on the evening of %s",
                           day_text(c, day).p),
                &r, e);
}

enum err run_ledger_balances(struct cli *c, struct error *e)
{
    struct books b;
    struct ledger_balance *list;
    size_t n;
    int32_t day;
    int64_t facility;
    enum err code = open_books(c, STORE_READ, &b, e);
    if (!code)
        code = day_option(c, "day", date_today(), &day, e);
    if (!code)
        code = facility_of(&b, str_of(cli_option(c, "facility")), day, &facility, e);
    if (!code)
        code = ledger_balances(b.session.county, &b.session.who, b.ledger, facility, day,
                               &c->arena, &list, &n, e);
    if (!code)
        code = print_balances(c, &b, list, n, day, e);
    session_close(&b.session);
    return code;
}

// --- post

// Columns of the file; the ones that are not there are empty.
enum {
    IN_ENTRY,
    IN_MOVEMENT,
    IN_DAY,
    IN_FROM,
    IN_TO,
    IN_ITEM,
    IN_LOT,
    IN_EXPIRES,
    IN_QUANTITY,
    IN_PRICE,
    IN_DOCUMENT,
    IN_NOTE,
    IN_TEMPERATURE,
    IN_KEY,
    IN_COLUMNS
};
static const char *const in_names[IN_COLUMNS] = {
    "entry",   "movement", "day",   "from",     "to",   "item",        "lot",
    "expires", "quantity", "price", "document", "note", "temperature", "key"};

struct file {
    struct frame frame;
    const char *path;
    size_t column[IN_COLUMNS]; // SIZE_MAX: not there
    struct ledger_entry *entries;
    size_t *row; // of each entry's first line
    size_t n;
    size_t problems;
};

static struct str cell(const struct file *f, size_t row, int column)
{
    return f->column[column] == SIZE_MAX
               ? STR("")
               : str_trim(frame_cell(&f->frame, row, f->column[column]));
}

static enum err read_file(struct cli *c, struct file *f, struct error *e)
{
    enum err code = frame_read(&f->frame, f->path, &c->arena, e);
    for (int i = 0; !code && i < IN_COLUMNS; i++) {
        f->column[i] = SIZE_MAX;
        if (i == IN_MOVEMENT || i == IN_DAY || i == IN_QUANTITY)
            code = frame_column(&f->frame, in_names[i], &f->column[i], e);
        else if (frame_column(&f->frame, in_names[i], &f->column[i], NULL))
            f->column[i] = SIZE_MAX;
    }
    return code;
}

// One problem of the file: told, and the next row is looked at.
static void tell(struct cli *c, struct file *f, size_t row, const struct error *e)
{
    f->problems++;
    buf_printf(&c->out, "%s:%zu %s%s%s", f->path, row + 2, e->where,
               e->where[0] ? ": " : "", e->text);
    if (e->cure[0])
        buf_printf(&c->out, " (%s)", e->cure);
    buf_add_char(&c->out, '\n');
}

static enum err read_line(const struct books *b, const struct file *f, size_t row,
                          struct ledger_line *out, struct error *e)
{
    static const struct ledger money = {.goods = false};
    struct str quantity = cell(f, row, IN_QUANTITY), price = cell(f, row, IN_PRICE);
    struct str expires = cell(f, row, IN_EXPIRES);
    *out = (struct ledger_line){.item = cell(f, row, IN_ITEM),
                                .lot = {cell(f, row, IN_LOT), DATE_NONE}};
    enum err code = expires.n ? date_parse(expires, &out->lot.expires, e) : ERR_OK;
    if (code)
        return code;
    if (!ledger_quantity_from(b->ledger, quantity, &out->quantity))
        return error_set(e, ERR_INPUT, "ledger.quantity", "quantity",
                         "'" STR_FMT "' is no quantity", STR_ARG(quantity));
    if (price.n && !ledger_quantity_from(&money, price, &out->price))
        return error_set(e, ERR_INPUT, "ledger.price", "price",
                         "'" STR_FMT "' is no price", STR_ARG(price));
    return ERR_OK;
}

// Without a key of its own an entry has one of the file's content: the same file sent
// twice is posted once.
static void hash_file(const struct file *f, char hex[CHAIN_HEX_SIZE])
{
    struct chain_state state;
    chain_begin(&state);
    for (size_t i = 0; i < f->frame.n_rows; i++)
        for (int k = 0; k < IN_COLUMNS; k++)
            chain_add_field(&state, cell(f, i, k));
    struct chain_hash hash = chain_end(&state);
    chain_to_hex(&hash, hex);
}

static struct str key_of(struct cli *c, const struct file *f, size_t row, const char *hex)
{
    struct str own = cell(f, row, IN_KEY);
    return own.n ? own : str_format(&c->arena, "file:%.24s:%zu", hex, row);
}

static enum err read_heading(const struct books *b, const struct file *f, size_t row,
                             struct ledger_entry *x, struct error *e)
{
    const struct ledger *g = b->ledger;
    struct str name = cell(f, row, IN_MOVEMENT);
    struct str temperature = cell(f, row, IN_TEMPERATURE);
    *x = (struct ledger_entry){.ledger = g,
                               .document = cell(f, row, IN_DOCUMENT),
                               .note = cell(f, row, IN_NOTE),
                               .temperature = NAN};
    for (size_t i = 0; i < g->n_movements; i++)
        if (str_equal(g->movements[i].name, name) ||
            str_equal(g->movements[i].label.en, name) ||
            str_equal(g->movements[i].label.zh, name))
            x->movement = &g->movements[i];
    if (!x->movement)
        return error_set(e, ERR_INPUT, "ledger.movement", "movement",
                         "the ledger has no movement '" STR_FMT "'", STR_ARG(name));
    if (temperature.n && !str_to_double(temperature, &x->temperature))
        return error_set(e, ERR_INPUT, "ledger.temperature", "temperature",
                         "'" STR_FMT "' is no temperature", STR_ARG(temperature));
    enum err code = date_parse(cell(f, row, IN_DAY), &x->day, e);
    if (!code)
        code = facility_of(b, cell(f, row, IN_FROM), x->day, &x->from, e);
    if (!code)
        code = facility_of(b, cell(f, row, IN_TO), x->day, &x->to, e);
    return code;
}

// Rows that follow each other with the same text in `entry` are one entry.
static enum err read_entries(struct cli *c, const struct books *b, struct file *f,
                             struct error *e)
{
    size_t rows = f->frame.n_rows;
    struct ledger_line *lines = ARENA_ARRAY(&c->arena, struct ledger_line, rows + 1);
    f->entries = ARENA_ARRAY(&c->arena, struct ledger_entry, rows + 1);
    f->row = ARENA_ARRAY(&c->arena, size_t, rows + 1);
    if (!lines || !f->entries || !f->row)
        return error_memory(e);
    struct str before = STR("");
    char hex[CHAIN_HEX_SIZE];
    hash_file(f, hex);
    for (size_t i = 0; i < rows; i++) {
        struct error one = {0};
        struct str number = cell(f, i, IN_ENTRY);
        bool goes_on = i && number.n && str_equal(number, before);
        before = number;
        if (read_line(b, f, i, &lines[i], &one))
            tell(c, f, i, &one);
        if (goes_on) {
            f->entries[f->n - 1].n_lines++;
            continue;
        }
        struct ledger_entry *x = &f->entries[f->n];
        f->row[f->n++] = i;
        one = (struct error){0};
        if (read_heading(b, f, i, x, &one))
            tell(c, f, i, &one);
        x->lines = &lines[i];
        x->n_lines = 1;
        x->key = key_of(c, f, i, hex);
        if (!x->key.p)
            return error_memory(e);
    }
    return ERR_OK;
}

static enum err refused(const struct file *f, struct error *e)
{
    error_set(e, ERR_INPUT, "ledger.file", f->path,
              "%zu of the file's entries or lines cannot be posted, so none is",
              f->problems);
    return error_cure(e, "put right what is named above, and post the file again");
}

static enum err post_file(struct cli *c, const struct books *b, struct file *f,
                          struct error *e)
{
    size_t repeated = 0;
    struct ledger_posted *out = ARENA_ARRAY(&c->arena, struct ledger_posted, f->n + 1);
    if (!out)
        return error_memory(e);
    enum err code = ledger_post_many(b->session.county, &b->session.who, f->entries, f->n,
                                     &c->arena, out, e);
    if (code != ERR_OK && code != ERR_INPUT && code != ERR_CONFLICT &&
        code != ERR_FORBIDDEN && code != ERR_LIMIT)
        return code;
    if (code && (f->n == 1 || f->n > LEDGER_MANY))
        out[0].error = *e;
    for (size_t i = 0; code && i < f->n; i++)
        if (out[i].error.code)
            tell(c, f, f->row[i], &out[i].error);
    if (code)
        return f->problems ? refused(f, e) : code;
    for (size_t i = 0; i < f->n; i++) {
        repeated += out[i].repeated;
        if (out[i].warning.en.n)
            buf_printf(&c->out, "%s:%zu " STR_FMT "\n", f->path, f->row[i] + 2,
                       STR_ARG(label_in(out[i].warning, c->zh)));
    }
    buf_printf(&c->out,
               cli_say(c, "%zu entries posted, %zu were there already\n",
                       "已记账 %zu 笔，此前已有 %zu 笔\n"),
               f->n - repeated, repeated);
    return ERR_OK;
}

enum err run_ledger_post(struct cli *c, struct error *e)
{
    struct books b;
    struct file f = {.path = cli_argument(c, "FILE")};
    enum err code = open_books(c, STORE_WRITE, &b, e);
    if (!code)
        code = read_file(c, &f, e);
    if (!code)
        code = read_entries(c, &b, &f, e);
    if (!code && f.problems)
        code = refused(&f, e);
    if (!code)
        code = post_file(c, &b, &f, e);
    session_close(&b.session);
    return code;
}

// --- reverse, confirm

static enum err entry_argument(const struct cli *c, const struct books *b,
                               struct ledger_kept **out, struct arena *a, struct error *e)
{
    struct ledger_wanted w = {.from = DATE_NONE, .to = DATE_NONE, .limit = 1};
    const char *text = cli_argument(c, "ID");
    size_t n = 0;
    if (!str_to_int(str_of(text), &w.id) || w.id < 1)
        return error_set(e, ERR_USAGE, "ledger.entry", NULL,
                         "'%s' is no number of an entry", text);
    enum err code =
        ledger_entries(b->session.county, &b->session.who, b->ledger, &w, a, out, &n, e);
    if (!code && !n)
        code = error_set(e, ERR_NOT_FOUND, "ledger.entry", NULL,
                         "the ledger has no entry %lld", (long long)w.id);
    return code;
}

static void say_posted(struct cli *c, const struct ledger_posted *posted)
{
    buf_printf(&c->out, cli_say(c, "entry %lld\n", "第 %lld 笔\n"),
               (long long)posted->id);
}

enum err run_ledger_reverse(struct cli *c, struct error *e)
{
    struct books b;
    struct ledger_kept *entry;
    struct ledger_posted posted;
    int32_t day;
    enum err code = open_books(c, STORE_WRITE, &b, e);
    if (!code)
        code = entry_argument(c, &b, &entry, &c->arena, e);
    if (!code)
        code = day_option(c, "day", entry->day, &day, e);
    if (!code)
        code = ledger_reverse(b.session.county, &b.session.who, entry->id, day,
                              str_of(cli_option(c, "reason")), &c->arena, &posted, e);
    if (!code)
        say_posted(c, &posted);
    session_close(&b.session);
    return code;
}

enum err run_ledger_confirm(struct cli *c, struct error *e)
{
    struct books b;
    struct ledger_kept *entry;
    struct ledger_posted posted;
    const char *const *given = NULL;
    unsigned n = 0;
    int32_t day;
    enum err code = open_books(c, STORE_WRITE, &b, e);
    if (!code)
        code = entry_argument(c, &b, &entry, &c->arena, e);
    if (!code)
        code = day_option(c, "day", date_today(), &day, e);
    if (!code)
        code = session_names(c, "arrived", &given, &n, e);
    int64_t *arrived = code ? NULL : ARENA_ARRAY(&c->arena, int64_t, n + 1);
    if (!code && !arrived)
        code = error_memory(e);
    for (unsigned i = 0; !code && i < n; i++)
        if (!ledger_quantity_from(b.ledger, str_of(given[i]), &arrived[i]))
            code = error_set(e, ERR_USAGE, "ledger.quantity", NULL, "'%s' is no quantity",
                             given[i]);
    if (!code)
        code = ledger_confirm(b.session.county, &b.session.who, entry->id, day, arrived,
                              n, &c->arena, &posted, e);
    if (!code)
        say_posted(c, &posted);
    session_close(&b.session);
    return code;
}

// --- reconcile

enum { D_ENTRY, D_DAY, D_FROM, D_TO, D_ITEM, D_LOT, D_SENT, D_ARRIVED, D_COLUMNS };

static enum err print_differences(struct cli *c, const struct books *b,
                                  const struct ledger_difference *list, size_t n,
                                  struct error *e)
{
    const bool zh = c->zh, goods = b->ledger->goods;
    const struct result_column columns[] = {
        [D_ENTRY] = {"entry", zh ? "凭证" : "Entry", RESULT_COUNT},
        [D_DAY] = {"day", zh ? "日期" : "Day", RESULT_TEXT},
        [D_FROM] = {"from", zh ? "发出方" : "From", RESULT_TEXT},
        [D_TO] = {"to", zh ? "接收方" : "To", RESULT_TEXT},
        [D_ITEM] = {"item", goods ? zh ? "物品" : "Item" : NULL, RESULT_TEXT},
        [D_LOT] = {"lot", b->ledger->lots ? zh ? "批号" : "Lot" : NULL, RESULT_TEXT},
        [D_SENT] = {"sent", zh ? "发出（账面）" : "Sent (book)", RESULT_NUMBER,
                    goods ? 1 : 2},
        [D_ARRIVED] = {"arrived", zh ? "收到（实盘）" : "Arrived (counted)",
                       RESULT_NUMBER, goods ? 1 : 2},
    };
    struct result r = result_new(&c->arena, "differences", STR(""), columns, D_COLUMNS);
    for (size_t i = 0; i < n; i++) {
        struct result_cell *cells = result_row(&r);
        cells[D_ENTRY].value = (double)list[i].entry;
        cells[D_DAY].text = day_text(c, list[i].day);
        cells[D_FROM].text = place_name(c, b, list[i].from);
        cells[D_TO].text = list[i].counted ? str_of(cli_say(c, "(counted)", "（盘点）"))
                                           : place_name(c, b, list[i].to);
        cells[D_ITEM].text = list[i].item;
        cells[D_LOT].text = list[i].lot;
        cells[D_SENT].value = units(b->ledger, list[i].sent);
        cells[D_ARRIVED].value =
            list[i].arrived < 0 ? (double)NAN : units(b->ledger, list[i].arrived);
    }
    return show(c, b->ledger,
                n ? str_of(cli_say(c,
                                   "what one side sent and the other did not get, and "
                                   "what counts did not find as the book has it",
                                   "一方发出而另一方未如数收到的，以及盘点与账面不符的"))
                  : str_of(cli_say(c,
                                   "nothing: what was sent has arrived, and what was "
                                   "counted is as the book has it",
                                   "无差异：发出的均已收到，盘点与账面相符")),
                &r, e);
}

enum err run_ledger_reconcile(struct cli *c, struct error *e)
{
    struct books b;
    struct ledger_difference *list;
    size_t n;
    int32_t from, to;
    int64_t wait;
    enum err code = open_books(c, STORE_READ, &b, e);
    if (!code)
        code = day_option(c, "from", DATE_NONE, &from, e);
    if (!code)
        code = day_option(c, "to", DATE_NONE, &to, e);
    if (!code)
        code = whole_option(c, "wait", 7, 3650, &wait, e);
    if (!code)
        code = ledger_reconcile(b.session.county, &b.session.who, b.ledger, from, to,
                                (int)wait, &c->arena, &list, &n, e);
    if (!code)
        code = print_differences(c, &b, list, n, e);
    session_close(&b.session);
    return code;
}

// --- check

struct found {
    struct cli *cli;
    int64_t n;
};

static void one_problem(void *argument, const char *text)
{
    struct found *f = argument;
    if (f->n++ < 100)
        buf_printf(&f->cli->out, "%s\n", text);
}

enum err run_ledger_check(struct cli *c, struct error *e)
{
    struct books b;
    struct conn *conn = NULL;
    struct found found = {c, 0};
    char head[2 * LEDGER_HASH + 1] = "";
    int64_t n = 0;
    enum err code = open_books(c, STORE_READ, &b, e);
    if (!code)
        code = access_administer(&b.session.who, e);
    if (!code)
        code = store_read_begin(b.session.county->store, &conn, e);
    if (!code)
        code = ledger_verify(conn, &n, head, one_problem, &found, e);
    store_read_end(conn);
    session_close(&b.session);
    if (code)
        return code;
    if (found.n) {
        error_set(e, ERR_CORRUPT, "ledger.check", cli_argument(c, "DB"),
                  "the ledgers are not as they were written: %lld problems",
                  (long long)found.n);
        return error_cure(e, "restore a backup made before the change, and find out who "
                             "can write to the file");
    }
    buf_printf(&c->out,
               cli_say(c,
                       "entries    " STR_FMT " proved, all balances follow from them\n"
                       "head hash  %s\n",
                       "凭证       " STR_FMT " 笔已证实，各结存与凭证一致\n"
                       "末端哈希   %s\n"),
               STR_ARG(session_count(c, n)), n ? head : "-");
    return ERR_OK;
}
