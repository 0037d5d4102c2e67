// SPDX-License-Identifier: AGPL-3.0-or-later
// account list, account invite, account reset: people who sign in at 'heng serve', looked
// after by the person at the shell of the machine that holds the file.
#include <string.h>

#include "access/login.h"
#include "base/date.h"
#include "base/text.h"
#include "cli/session.h"

struct desk {
    struct session session;
    struct login *login;
};

static enum err open_desk(struct cli *c, struct desk *d, struct error *e)
{
    *d = (struct desk){0};
    enum err code = session_open(c, STORE_WRITE, &d->session, e);
    return code ? code : login_open(&d->login, d->session.county->store, e);
}

static void close_desk(struct desk *d)
{
    login_close(d->login);
    session_close(&d->session);
}

static bool lies_in(const void *argument, int64_t facility, int64_t area)
{
    const struct places *p = argument;
    int32_t at = places_facility_index(p, facility);
    int32_t root = area ? places_area_index(p, area) : -1;
    return at >= 0 && (!area || (root >= 0 && p->facilities[at].area >= 0 &&
                                 places_within(p, p->facilities[at].area, root)));
}

static struct account_editor editor(const struct desk *d)
{
    return (struct account_editor){.user = d->session.who.user,
                                   .at_shell = true,
                                   .lies_in = lies_in,
                                   .argument = d->session.county->places,
                                   .now = date_now_ms()};
}

// --- account list

static const char *state_of(const struct cli *c, const struct account_person *p)
{
    if (p->state == ACCOUNT_OFF)
        return cli_say(c, "off", "停用");
    if (p->state == ACCOUNT_INVITED)
        return cli_say(c, "invited", "已邀请");
    if (p->locked_until > date_now_ms())
        return cli_say(c, "locked", "锁定");
    return cli_say(c, "active", "启用");
}

static void print_holds(struct cli *c, const struct desk *d,
                        const struct account_person *p)
{
    const struct places *places = d->session.county->places;
    for (size_t i = 0; i < p->n_holds; i++) {
        const struct account_holds *h = &p->holds[i];
        int32_t area = h->area ? places_area_index(places, h->area) : -1;
        char until[DATE_TEXT_SIZE];
        int32_t facility = h->facility ? places_facility_index(places, h->facility) : -1;
        struct str own =
            facility >= 0 ? facility_name(&places->facilities[facility], c->zh)
            : h->facility ? str_of(cli_say(c, "no such facility", "已无此机构"))
                          : STR("");
        date_format(h->until, until);
        buf_printf(&c->out, "%s" STR_FMT " (" STR_FMT "%s" STR_FMT "%s%s)", i ? ", " : "",
                   STR_ARG(h->role), STR_ARG(own),
                   h->facility ? cli_say(c, ", ", "，") : "",
                   STR_ARG(area >= 0 ? area_name(&places->areas[area], c->zh)
                           : h->area ? str_of(cli_say(c, "no such area", "已无此地区"))
                                     : str_of(cli_say(c, "everywhere", "全部地区"))),
                   until[0] ? cli_say(c, ", until ", "，至 ") : "", until);
    }
    buf_add_char(&c->out, '\n');
}

static enum err print_people(struct cli *c, const struct desk *d, struct conn *conn,
                             struct error *e)
{
    struct account_person *list;
    size_t n;
    enum err code = account_list(conn, &c->arena, &list, &n, e);
    for (size_t i = 0; !code && i < n; i++) {
        text_pad(&c->out, list[i].name, 20, false);
        buf_add_char(&c->out, ' ');
        text_pad(&c->out, str_of(state_of(c, &list[i])), 8, false);
        buf_add_char(&c->out, ' ');
        text_pad(&c->out, str_of(list[i].totp ? cli_say(c, "+code", "+验证码") : ""), 8,
                 false);
        buf_add_char(&c->out, ' ');
        print_holds(c, d, &list[i]);
    }
    if (!code && !n)
        buf_add_c(&c->out, cli_say(c,
                                   "there are no accounts yet: 'heng serve' prints the "
                                   "link for the first\n",
                                   "尚无账户：运行 'heng serve' 会显示首个账户的链接\n"));
    return code;
}

enum err run_account_list(struct cli *c, struct error *e)
{
    struct desk d;
    struct conn *conn;
    enum err code = open_desk(c, &d, e);
    if (!code)
        code = store_read_begin(d.session.county->store, &conn, e);
    if (!code) {
        code = print_people(c, &d, conn, e);
        store_read_end(conn);
    }
    close_desk(&d);
    return code;
}

// --- account invite

static enum err print_link(struct cli *c, struct desk *d, int64_t user, struct error *e)
{
    const struct account_editor by = editor(d);
    const char *address = cli_option(c, "address");
    char secret[LOGIN_SECRET_SIZE], day[DATE_TEXT_SIZE];
    int64_t until;
    enum err code = login_link_make(d->login, &by, user, secret, &until, e);
    if (code)
        return code;
    struct str base = str_of(address ? address : "http://127.0.0.1:8080");
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    date_format((int32_t)(until / 86400000), day);
    buf_printf(&c->out, STR_FMT "/link/%s\n", STR_ARG(base), secret);
    buf_printf(&c->out,
               cli_say(c,
                       "good once, until %s; give it to that person and to nobody else\n",
                       "仅可使用一次，有效期至 %s；只可交给本人\n"),
               day);
    return ERR_OK;
}

static enum err read_holds(struct cli *c, const struct desk *d,
                           struct account_change *out, struct error *e)
{
    const char *const *roles, *area = cli_option(c, "area"),
                              *until = cli_option(c, "until"),
                              *facility = cli_option(c, "facility");
    const struct places *places = d->session.county->places;
    int32_t index = -1, own = -1, day = DATE_NONE;
    enum err code = cli_options(c, "role", &roles, &out->n_holds, e);
    if (!code && area)
        code = places_find_area(places, str_of(area), -1, DATE_NONE, &index, e);
    if (!code && facility)
        code = places_find_facility(places, str_of(facility), index, DATE_NONE, &own, e);
    if (own >= 0 && !area)
        index = places->facilities[own].area;
    if (!code && until)
        code = date_parse(str_of(until), &day, e);
    if (code)
        return code;
    struct account_holds *holds =
        ARENA_ARRAY(&c->arena, struct account_holds, out->n_holds + 1);
    struct buf note = BUF_INIT(1000);
    if (!holds)
        return error_memory(e);
    for (size_t i = 0; i < out->n_holds; i++) {
        holds[i] = (struct account_holds){
            .role = str_of(roles[i]),
            .area = index >= 0 ? places->areas[index].id : 0,
            .until = day,
            .facility = own >= 0 ? places->facilities[own].id : 0,
        };
        buf_printf(&note, "%s%s %s" STR_FMT "%s" STR_FMT, i ? ", " : "", roles[i],
                   index >= 0 ? "in " : "everywhere",
                   STR_ARG(index >= 0 ? places->areas[index].code : STR("")),
                   own >= 0 ? " of facility " : "",
                   STR_ARG(own >= 0 ? places->facilities[own].code : STR("")));
    }
    out->holds = holds;
    out->note = str_copy(&c->arena, buf_str(&note));
    buf_free(&note);
    return out->note.p ? ERR_OK : error_memory(e);
}

enum err run_account_invite(struct cli *c, struct error *e)
{
    const char *full_name = cli_option(c, "full-name");
    struct account_change change = {.name = str_of(cli_argument(c, "NAME")),
                                    .full_name = str_of(full_name),
                                    .language = STR("")};
    struct desk d;
    int64_t user;
    enum err code = open_desk(c, &d, e);
    if (!code)
        code = read_holds(c, &d, &change, e);
    const struct account_editor by = editor(&d);
    if (!code)
        code = account_add(d.session.county->store, &by, &change, &user, e);
    if (!code)
        code = print_link(c, &d, user, e);
    close_desk(&d);
    return code;
}

// --- account reset

enum err run_account_reset(struct cli *c, struct error *e)
{
    struct desk d;
    struct conn *conn;
    int64_t user;
    enum err code = open_desk(c, &d, e);
    if (!code)
        code = store_read_begin(d.session.county->store, &conn, e);
    if (!code) {
        code = account_find(conn, &c->arena, str_of(cli_argument(c, "NAME")), &user, e);
        store_read_end(conn);
    }
    if (!code)
        code = print_link(c, &d, user, e);
    close_desk(&d);
    return code;
}
