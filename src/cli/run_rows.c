// SPDX-License-Identifier: AGPL-3.0-or-later
// areas, show, history, correct, strike, unstrike.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/session.h"
#include "register/area_map.h"
#include "register/row.h"

enum { MOST_MAP_BYTES = 64 << 20 };

static enum err read_map(struct cli *c, const char *path, struct str *out,
                         struct error *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_errno(e, errno, path, "open");
    struct buf text = BUF_INIT(MOST_MAP_BYTES);
    char part[65536];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0 && !text.failed;)
        buf_add(&text, (struct str){part, n});
    int problem = ferror(f) ? errno : 0;
    fclose(f);
    enum err code = problem ? error_errno(e, problem, path, "read") : buf_check(&text, e);
    if (!code && !(*out = str_copy(&c->arena, buf_str(&text))).p)
        code = error_memory(e);
    buf_free(&text);
    return code;
}

// The shapes of areas, which the pages draw.
static enum err put_map(struct cli *c, struct session *s, const char *path,
                        struct error *e)
{
    struct str text = {0};
    struct area_map_report r;
    enum err code = access_administer(&s->who, e);
    if (!code)
        code = read_map(c, path, &text, e);
    if (!code)
        code = area_map_put(s->county, text, path, &c->arena, &r, e);
    if (code)
        return code;
    buf_printf(&c->out,
               cli_say(c, "%zu areas have a shape now, from %zu features\n",
                       "%zu 个地区已有边界（文件共 %zu 个要素）\n"),
               r.areas, r.features);
    for (size_t i = 0; i < r.n_unknown && i < sizeof r.unknown / sizeof *r.unknown; i++)
        buf_printf(&c->out,
                   cli_say(c, "  no area of the county: " STR_FMT "\n",
                           "  不是本县的地区：" STR_FMT "\n"),
                   STR_ARG(r.unknown[i]));
    return ERR_OK;
}

enum err run_areas(struct cli *c, struct error *e)
{
    struct session s = {0};
    int32_t root = -1;
    const char *map = cli_option(c, "map");
    enum err code = session_open(c, map ? STORE_WRITE : STORE_READ, &s, e);
    if (map) {
        if (!code)
            code = put_map(c, &s, map, e);
        session_close(&s);
        return code;
    }
    if (!code && cli_option(c, "area")) {
        s.measure =
            (struct measure){.county = s.county, .who = &s.who, .today = date_today()};
        code = session_area(c, &s, &root, e);
    }
    const struct places *p = code ? NULL : s.county->places;
    for (size_t i = 0; p && i < p->n_areas; i++) {
        const struct area *a = &p->areas[i];
        if (!places_within(p, (int32_t)i, root))
            continue;
        text_pad(&c->out, a->code, 18, false);
        for (int k = 0; k < a->level; k++)
            buf_add_c(&c->out, "  ");
        buf_add(&c->out, area_name(a, c->zh));
        char day[DATE_TEXT_SIZE];
        if (a->valid_to != DATE_NONE) {
            date_format(a->valid_to, day);
            buf_printf(&c->out, cli_say(c, "  (until %s", "  （至 %s"), day);
            if (a->successor.n)
                buf_printf(&c->out, cli_say(c, ", then " STR_FMT, "，后为 " STR_FMT),
                           STR_ARG(a->successor));
            buf_add_c(&c->out, cli_say(c, ")", "）"));
        }
        buf_add_char(&c->out, '\n');
    }
    session_close(&s);
    return code;
}

// UTC to the second, as the history has it.
static void add_moment(struct buf *out, int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm parts;
    char text[32] = "";
    if (gmtime_r(&t, &parts))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    buf_add_c(out, text);
}

enum err run_show(struct cli *c, struct error *e)
{
    struct session s = {0};
    const struct reg *r;
    int64_t id;
    struct datum *values = NULL;
    enum err code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_row(c, &s, &r, &id, e);
    if (!code)
        code = row_get(s.county, &s.who, r, id, &c->arena, &values, e);
    for (size_t i = 0; !code && i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        // who saved it is told, by name, by the history
        if (i == FIELD_FINGERPRINT || i == FIELD_SAVED_BY ||
            (f->system && values[i].null))
            continue;
        text_pad(&c->out, f->name, 20, false);
        buf_add_c(&c->out, "  ");
        if (i == FIELD_SAVED_AT)
            add_moment(&c->out, values[i].i);
        else if (!values[i].null)
            buf_add(&c->out,
                    datum_show(&c->arena, f, &values[i], s.county->places, c->zh));
        buf_add_char(&c->out, '\n');
    }
    session_close(&s);
    return code;
}

enum err run_history(struct cli *c, struct error *e)
{
    struct session s = {0};
    const struct reg *r;
    int64_t id;
    struct row_event *events = NULL;
    size_t n = 0;
    enum err code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_row(c, &s, &r, &id, e);
    if (!code)
        code = row_history(s.county, &s.who, r, id, &c->arena, &events, &n, e);
    for (size_t i = 0; !code && i < n; i++) {
        const struct row_event *v = &events[i];
        buf_printf(&c->out, "%lld  ", (long long)v->seq);
        add_moment(&c->out, v->at);
        buf_printf(&c->out, "  " STR_FMT "  " STR_FMT "\n", STR_ARG(v->change),
                   STR_ARG(access_name(&c->arena, v->who, c->zh)));
        if (v->before.n)
            buf_printf(&c->out,
                       cli_say(c, "    before  " STR_FMT "\n", "    原值  " STR_FMT "\n"),
                       STR_ARG(v->before));
        if (v->after.n)
            buf_printf(&c->out,
                       cli_say(c, "    after   " STR_FMT "\n", "    新值  " STR_FMT "\n"),
                       STR_ARG(v->after));
        if (v->reason.n)
            buf_printf(&c->out,
                       cli_say(c, "    reason  " STR_FMT "\n", "    理由  " STR_FMT "\n"),
                       STR_ARG(v->reason));
    }
    session_close(&s);
    return code;
}

enum { FIRST_CHANGE = 3 }; // arguments before FIELD=VALUE

static enum err read_changes(struct cli *c, struct row_change **out, size_t *n,
                             struct error *e)
{
    *n = c->n_arguments - FIRST_CHANGE;
    *out = ARENA_ARRAY(&c->arena, struct row_change, *n);
    if (!*out)
        return error_memory(e);
    for (size_t i = 0; i < *n; i++) {
        const char *text = c->arguments[FIRST_CHANGE + i];
        struct row_change *change = &(*out)[i];
        if (str_split(str_of(text), '=', &change->field, &change->text) &&
            change->field.n)
            continue;
        error_set(e, ERR_USAGE, "cli.change", "FIELD=VALUE",
                  "'%s' is not of the form field=value", text);
        return error_cure(e, "write the field's name, = and the new value: weight=3200");
    }
    return ERR_OK;
}

enum err run_correct(struct cli *c, struct error *e)
{
    struct session s = {0};
    const struct reg *r;
    int64_t id, version = 0;
    struct row_change *changes;
    size_t n;
    const char *given = cli_option(c, "version");
    if (given && (!str_to_int(str_of(given), &version) || version < 1)) {
        error_set(e, ERR_USAGE, "cli.version", "--version", "'%s' is no version", given);
        return error_cure(e, "'heng show' shows the version of a row");
    }
    enum err code = read_changes(c, &changes, &n, e);
    if (!code)
        code = session_open(c, STORE_WRITE, &s, e);
    if (!code)
        code = session_row(c, &s, &r, &id, e);
    if (!code)
        code = row_correct(s.county, &s.who, r, id, version, changes, n,
                           str_of(cli_option(c, "reason")), e);
    if (!code)
        buf_printf(&c->out,
                   cli_say(c, STR_FMT " %lld corrected\n", STR_FMT " %lld 已更正\n"),
                   STR_ARG(r->name), (long long)id);
    session_close(&s);
    return code;
}

typedef enum err change_state(struct county *county, const struct access *who,
                              const struct reg *r, int64_t id, struct str reason,
                              struct error *e);

static enum err say_left_behind(struct cli *c, const struct session *s,
                                const struct reg *place, int64_t id, struct error *e);

static enum err run_state(struct cli *c, change_state *change, const char *said,
                          struct error *e)
{
    struct session s = {0};
    const struct reg *r;
    int64_t id;
    enum err code = session_open(c, STORE_WRITE, &s, e);
    if (!code)
        code = session_row(c, &s, &r, &id, e);
    if (!code)
        code = change(s.county, &s.who, r, id, str_of(cli_option(c, "reason")), e);
    if (!code)
        buf_printf(&c->out, STR_FMT " %lld %s\n", STR_ARG(r->name), (long long)id, said);
    if (!code && change == row_strike && r->kind != REG_ROWS)
        code = say_left_behind(c, &s, r, id, e);
    session_close(&s);
    return code;
}

// Rows that stand in a place which was struck are in no area or facility from now on.
static enum err say_left_behind(struct cli *c, const struct session *s,
                                const struct reg *place, int64_t id, struct error *e)
{
    const struct pack *p = s->county->pack;
    bool areas = place->kind == REG_AREAS;
    struct conn *conn;
    enum err code = store_read_begin(s->county->store, &conn, e);
    if (code)
        return code;
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        struct stmt *q = NULL;
        bool row = false;
        if (!(areas ? r->area : r->facility))
            continue;
        struct str sql = str_format(&c->arena,
                                    "SELECT count(*) FROM \"r_%.*s\" WHERE %s = ?1 AND "
                                    "state = 'current'",
                                    STR_ARG(r->name), areas ? "area" : "facility");
        code = sql.p ? conn_prepare(conn, sql, &q, e) : error_memory(e);
        if (code)
            break;
        stmt_bind_int(q, 1, id);
        code = stmt_step(q, &row, e);
        int64_t n = !code && row ? stmt_int(q, 0) : 0;
        stmt_finish(q);
        if (!n)
            continue;
        // of a register of care no number, as everywhere
        struct str count = access_shows_count(&s->who, r->purpose, 1)
                               ? str_format(&c->arena, "%lld", (long long)n)
                               : str_of(cli_say(c, "some", "若干"));
        buf_printf(
            &c->out,
            cli_say(c,
                    STR_FMT
                    " rows of " STR_FMT " are placed there and are now in no %s: "
                    "correct them, or take this back with 'heng unstrike'; a place "
                    "that was closed gets a last day instead\n",
                    STR_FMT "条 " STR_FMT
                            " 记录属于此处，现不属于任何%s：请更正这些记录，或用 heng "
                            "unstrike 撤回；已撤销的地点应填写截止日期\n"),
            STR_ARG(count), STR_ARG(r->name),
            areas ? cli_say(c, "area", "地区") : cli_say(c, "facility", "机构"));
    }
    store_read_end(conn);
    return code;
}

enum err run_strike(struct cli *c, struct error *e)
{
    return run_state(c, row_strike,
                     cli_say(c, "is struck and counts no more", "已作废，不再计入"), e);
}

enum err run_unstrike(struct cli *c, struct error *e)
{
    return run_state(c, row_restore, cli_say(c, "counts again", "恢复计入"), e);
}
