// SPDX-License-Identifier: AGPL-3.0-or-later
#include "cli/session.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err open_as(struct cli *c, enum store_mode mode, struct session *s,
                        struct error *e)
{
    const char *path = cli_argument(c, "DB");
    enum err code =
        county_open(&s->county, path ? path : cli_argument(c, "FILE"), mode, e);
    if (!code)
        code = access_local_administrator(
            s->county->store, s->county->pack->suppress_below, &c->arena, &s->who, e);
    return code;
}

enum err session_open(struct cli *c, enum store_mode mode, struct session *s,
                      struct error *e)
{
    *s = (struct session){0};
    enum err code = open_as(c, mode, s, e);
    if (code)
        return code;
    fprintf(stderr,
            cli_say(c, "as " STR_FMT " (rows of care are not shown)\n",
                    "身份：" STR_FMT "（不显示诊疗类个案）\n"),
            STR_ARG(access_name(&c->arena, s->who.name, c->zh)));
    return ERR_OK;
}

enum err session_measures(struct session *s, struct error *e)
{
    enum err code = cube_open(&s->cube, s->county, 0, e);
    s->measure = (struct measure){
        .county = s->county, .cube = s->cube, .who = &s->who, .today = date_today()};
    return code;
}

void session_close(struct session *s)
{
    cube_close(s->cube);
    if (s->county)
        county_close(s->county);
    *s = (struct session){0};
}

enum err session_note(const struct session *s, enum audit_kind kind, struct str subject,
                      struct str text, struct error *e)
{
    return audit_write(s->county->store,
                       &(struct audit_entry){.kind = kind,
                                             .who = s->who.user,
                                             .subject = subject,
                                             .text = text,
                                             .at = date_now_ms()},
                       e);
}

static enum err of_period(enum err code, struct error *e)
{
    if (code && e && !e->where[0])
        snprintf(e->where, sizeof e->where, "--period");
    return code;
}

enum err session_period(const struct cli *c, struct period *out, struct error *e)
{
    return of_period(period_parse(str_of(cli_option(c, "period")), out, e), e);
}

enum err session_span(const struct cli *c, struct period *out, struct error *e)
{
    return of_period(period_span_parse(str_of(cli_option(c, "period")), out, e), e);
}

enum err session_area(const struct cli *c, const struct session *s, int32_t *out,
                      struct error *e)
{
    enum err code = measure_root(&s->measure, str_of(cli_option(c, "area")), out, e);
    if (code && e && !e->where[0])
        snprintf(e->where, sizeof e->where, "--area");
    return code;
}

// --- which row

static enum err no_row(const struct reg *r, struct str name, struct error *e)
{
    error_set(e, ERR_NOT_FOUND, "cli.row", NULL,
              "register " STR_FMT " has no row '" STR_FMT "'", STR_ARG(r->name),
              STR_ARG(text_cut(name, 80)));
    return error_cure(e, r->n_key ? "name its number, or its key (parts joined by /)"
                                  : "name its number");
}

// Binds the parts of the key: a place by the id behind its code, all else as it stands.
static bool bind_key(struct stmt *s, const struct county *c, const struct reg *r,
                     struct str name)
{
    struct str rest = name, part;
    for (size_t i = 0; i < r->n_key; i++) {
        bool more = str_split(rest, '/', &part, &rest);
        if (more != (i + 1 < r->n_key))
            return false;
        part = more ? part : rest;
        if (r->key[i]->type == TYPE_AREA) {
            int32_t area = places_area_by_code(c->places, part);
            stmt_bind_int(s, (int)i + 1, area < 0 ? 0 : c->places->areas[area].id);
        } else if (r->key[i]->type == TYPE_FACILITY) {
            int32_t at = -1;
            if (places_find_facility(c->places, part, -1, DATE_NONE, &at, NULL))
                return false;
            stmt_bind_int(s, (int)i + 1, c->places->facilities[at].id);
        } else {
            stmt_bind_text(s, (int)i + 1, part);
        }
    }
    return true;
}

static enum err by_key(struct county *c, const struct reg *r, struct str name,
                       int64_t *id, struct error *e)
{
    struct buf sql = BUF_INIT(1 << 16);
    struct conn *conn = NULL;
    struct stmt *s = NULL;
    bool row = false, current = false, other = false;
    buf_printf(&sql, "SELECT id, state = 'current' FROM \"" STR_FMT "\"",
               STR_ARG(r->table));
    for (size_t i = 0; i < r->n_key; i++)
        buf_printf(&sql, "%s \"" STR_FMT "\" = ?%zu", i ? " AND" : " WHERE",
                   STR_ARG(r->key[i]->column), i + 1);
    buf_add_c(&sql, " ORDER BY 2 DESC LIMIT 2");
    enum err code = buf_check(&sql, e);
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &s, e);
    if (!code && bind_key(s, c, r, name))
        code = stmt_step(s, &row, e);
    *id = !code && row ? stmt_int(s, 0) : 0;
    current = *id && stmt_int(s, 1);
    if (*id && !current)
        code = stmt_step(s, &other, e);
    if (other) // struck rows of one key: which of them is not said
        *id = 0;
    stmt_finish(s);
    store_read_end(conn);
    buf_free(&sql);
    return code;
}

enum err session_find_row(struct county *c, const struct reg *r, struct str name,
                          int64_t *id, struct error *e)
{
    enum err code = ERR_OK;
    *id = 0;
    if (r->n_key)
        code = by_key(c, r, name, id, e);
    if (!code && !*id && (!str_to_int(name, id) || *id < 1))
        code = no_row(r, name, e);
    return code;
}

enum err session_row(const struct cli *c, const struct session *s, const struct reg **r,
                     int64_t *id, struct error *e)
{
    enum err code = county_register(s->county, str_of(cli_argument(c, "REGISTER")), r, e);
    if (!code)
        code = session_find_row(s->county, *r, str_of(cli_argument(c, "ROW")), id, e);
    return code;
}

enum err session_names(struct cli *c, const char *option, const char *const **names,
                       unsigned *n, struct error *e)
{
    const char *const *values;
    size_t n_values, room = 0;
    enum err code = cli_options(c, option, &values, &n_values, e);
    if (code)
        return code;
    for (size_t i = 0; i < n_values; i++) {
        room++;
        for (const char *p = values[i]; *p; p++)
            room += *p == ',';
    }
    const char **list = ARENA_ARRAY(&c->arena, const char *, room);
    if (!list)
        return error_memory(e);
    unsigned used = 0;
    for (size_t i = 0; i < n_values; i++) {
        struct str rest = str_of(values[i]), head;
        bool more = true;
        while (more) {
            more = str_split(rest, ',', &head, &rest);
            list[used] = str_c(&c->arena, str_trim(more ? head : rest));
            if (!list[used++])
                return error_memory(e);
        }
    }
    *names = list;
    *n = used;
    return ERR_OK;
}

int session_columns(void)
{
    struct winsize size;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
        size.ws_col >= 40)
        return size.ws_col > 240 ? 240 : size.ws_col;
    return isatty(STDOUT_FILENO) ? 80 : 120;
}

enum err session_show(struct cli *c, const struct doc *d, struct error *e)
{
    const char *const *paths;
    size_t n;
    enum err code = cli_options(c, "out", &paths, &n, e);
    if (!code && !n)
        return doc_print(d, session_columns(), &c->out, e);
    for (size_t i = 0; !code && i < n; i++) {
        code = doc_write(d, paths[i], e);
        if (!code)
            session_written(c, paths[i]);
    }
    return code;
}

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    if (strcmp(a, b) == 0)
        return true;
    // a terminal or /dev/null may be named many times
    return stat(a, &one) == 0 && stat(b, &other) == 0 && S_ISREG(one.st_mode) &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static enum err clash(const struct cli_given *output, const char *other, struct error *e)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", output->option->name);
    error_set(e, ERR_USAGE, "cli.output", where, "'%.200s' is also what %s names",
              output->value, other);
    return error_cure(e, "Give the output a name of its own.");
}

// Which argument, FILE or DB, is this file; NULL: none.
static const char *argument_at(const struct cli *c, const char *path)
{
    const struct cli_argument *named = c->command->arguments;
    for (size_t i = 0; i < c->n_arguments; i++) {
        bool is_file = strcmp(named->name, "FILE") == 0 || strcmp(named->name, "DB") == 0;
        if (is_file && same_file(path, c->arguments[i]))
            return named->name;
        if (!named->many)
            named++;
    }
    return NULL;
}

enum err session_outputs(const struct cli *c, struct error *e)
{
    static const char *const outputs[] = {"csv",  "json",    "html",   "pdf",
                                          "xlsx", "geojson", "results"};
    static const char *const inputs[] = {"map",   "neighbours", "places",
                                         "areas", "facilities", "from",
                                         "given", "scenario",   "needs"};
    for (size_t i = 0; i < c->n_given; i++) {
        const struct cli_given *output = &c->given[i];
        if (!is_one_of(output->option->name, outputs, sizeof outputs / sizeof *outputs))
            continue;
        bool standard = strcmp(output->value, "-") == 0;
        const char *read = standard ? NULL : argument_at(c, output->value);
        if (read)
            return clash(output, read, e);
        for (size_t k = 0; k < c->n_given; k++) {
            const struct cli_given *other = &c->given[k];
            const char *name = other->option->name;
            char option[48];
            snprintf(option, sizeof option, "--%s", name);
            bool counts = k < i
                              ? is_one_of(name, outputs, sizeof outputs / sizeof *outputs)
                              : false;
            counts |= is_one_of(name, inputs, sizeof inputs / sizeof *inputs);
            if (k != i && counts && strncmp(output->value, "/dev/", 5) != 0 &&
                same_file(output->value, other->value))
                return clash(output, option, e);
        }
    }
    return ERR_OK;
}

void session_written(const struct cli *c, const char *path)
{
    fprintf(stderr, cli_say(c, "written: %s\n", "已写入：%s\n"), path);
}

enum err session_give(struct cli *c, const char *path, const struct buf *text,
                      struct error *e)
{
    enum err code = buf_check(text, e);
    if (code)
        return code;
    if (strcmp(path, "-") == 0) {
        buf_add(&c->out, buf_str(text));
        return ERR_OK;
    }
    code = session_save(path, buf_str(text), e);
    if (!code)
        session_written(c, path);
    return code;
}

enum err session_results(struct cli *c, const struct doc *d,
                         const struct result *const *results, size_t n, struct error *e)
{
    const char *csv = cli_option(c, "csv"), *json = cli_option(c, "json"),
               *html = cli_option(c, "html");
    enum err code = ERR_OK;
    struct buf text = BUF_INIT((size_t)1 << 31);
    for (size_t i = 0; i < n; i++)
        if (!result_ok(results[i]))
            return error_memory(e);
    if (csv) {
        result_csv(results[0], &text);
        code = session_give(c, csv, &text, e);
    }
    if (!code && json) {
        buf_clear(&text);
        result_json(results, n, &text);
        code = session_give(c, json, &text, e);
    }
    buf_free(&text);
    if (!code && html) {
        code = doc_write_html(d, html, e);
        if (!code)
            session_written(c, html);
    }
    bool printed = (csv && strcmp(csv, "-") == 0) || (json && strcmp(json, "-") == 0);
    if (!code && (!printed || cli_option(c, "out")))
        code = session_show(c, d, e);
    return code;
}

enum err session_save(const char *path, struct str text, struct error *e)
{
    struct buf name = BUF_INIT(8192);
    bool direct;
    enum err code = file_target(path, &direct, e);
    if (code)
        return code;
    buf_add_c(&name, path);
    if (!direct)
        buf_printf(&name, ".part.%ld", (long)getpid());
    const char *part = buf_c(&name);
    if (!part) {
        buf_free(&name);
        return error_memory(e);
    }
    FILE *f = fopen(part, "wb");
    if (!f) {
        code = error_errno(e, errno, path, "write the file");
        buf_free(&name);
        return code;
    }
    bool bad = text.n && fwrite(text.p, 1, text.n, f) != text.n;
    bad = bad || fflush(f) != 0 || (!direct && fsync(fileno(f)) != 0);
    int why = errno;
    if (fclose(f) != 0 && !bad) {
        bad = true;
        why = errno;
    }
    if (!bad && !direct && rename(part, path) != 0) {
        bad = true;
        why = errno;
    }
    if (bad) {
        if (!direct)
            unlink(part);
        code = error_errno(e, why, path, "write the file");
    }
    buf_free(&name);
    return code;
}

struct str session_count(struct cli *c, int64_t n)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)n);
    char *out = arena_alloc(&c->arena, 1, 2 * sizeof digits);
    if (!out)
        return STR("?");
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0 && digits[i - 1] != '-')
            out[used++] = ',';
        out[used++] = digits[i];
    }
    return (struct str){out, used};
}
