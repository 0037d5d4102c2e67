// SPDX-License-Identifier: AGPL-3.0-or-later
#include "cube_test.h"

#include <ftw.h>
#include <sys/stat.h>

static const struct {
    const char *name, *text;
} pack_texts[] = {
    {"pack.yaml", "pack: cube\nversion: \"1\"\nlabel: {en: Cube, zh: 测试}\nlevels:\n"
                  "  county:   {label: {en: County, zh: 县}, digits: 6}\n"
                  "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n"
                  "  village:  {label: {en: Village, zh: 村}, digits: 3}\n"},
    {"registers/areas.yaml",
     "register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\nfields:\n"
     "  successor: {type: text, label: {en: Successor, zh: 继任}}\n"},
    {"registers/facilities.yaml",
     "register: facilities\nkind: facilities\npurpose: supervision\n"
     "label: {en: Facilities, zh: 机构}\narea: area\nkey: [code]\nfields:\n"
     "  code: {type: text, required: true, label: {en: Code, zh: 代码}}\n"
     "  name: {type: text, required: true, label: {en: Name, zh: 名称}}\n"
     "  name_en: {type: text, label: {en: English name, zh: 英文名称}}\n"
     "  kind: {type: code, codes: {hospital: {en: Hospital, zh: 医院}, clinic: {en: "
     "Clinic, zh: 诊所}}, label: {en: Kind, zh: 类别}}\n"
     "  area: {type: area, label: {en: Area, zh: 所在地}}\n"
     "  valid_from: {type: date, label: {en: From, zh: 自}}\n"
     "  valid_to: {type: date, label: {en: To, zh: 至}}\n"},
    {"registers/births.yaml",
     "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
     "area: residence\nfacility: facility\ndate: born_on\nsources:\n"
     "  hospital: {en: Hospital, zh: 医院}\n  household: {en: Household, zh: 户籍}\n"
     "fields:\n"
     "  name: {type: name, identifies: true, label: {en: Name, zh: 姓名}}\n"
     "  residence: {type: area, label: {en: Residence, zh: 居住地}}\n"
     "  facility: {type: facility, label: {en: Facility, zh: 机构}}\n"
     "  born_on: {type: date, label: {en: Born on, zh: 出生日期}}\n"
     "  registered_on: {type: date, label: {en: Registered on, zh: 登记日期}}\n"
     "  sex: {type: code, codes: {m: {en: boy, zh: 男}, f: {en: girl, zh: 女}, u: {en: "
     "unknown, zh: 不详}}, label: {en: Sex, zh: 性别}}\n"
     "  alive: {type: bool, label: {en: Alive, zh: 存活}}\n"
     "  birth_order: {type: int, min: 1, max: 9, label: {en: Order, zh: 孩次}}\n"
     "  visits: {type: int, label: {en: Visits, zh: 访视}}\n"
     "  weight: {type: int, label: {en: Weight, zh: 体重}}\n"
     "  length: {type: decimal, label: {en: Length, zh: 身长}}\n"
     "  note: {type: text, label: {en: Note, zh: 备注}}\n"},
    {"registers/stock.yaml",
     "register: stock\npurpose: statistics\nlabel: {en: Stock, zh: 报表}\n"
     "area: place\nfacility: facility\ndate: month\nfields:\n"
     "  place: {type: area, label: {en: Place, zh: 地点}}\n"
     "  facility: {type: facility, label: {en: Facility, zh: 机构}}\n"
     "  month: {type: period, every: month, label: {en: Month, zh: 月份}}\n"
     "  sex: {type: code, codes: {f: {en: girl, zh: 女}, x: {en: other, zh: 其他}, m: "
     "{en: "
     "boy, zh: 男}}, label: {en: Sex, zh: 性别}}\n"
     "  people: {type: int, label: {en: People, zh: 人数}}\n"
     "  share: {type: decimal, label: {en: Share, zh: 比例}}\n"},
    {"registers/rounds.yaml", // stands at a facility, and names no area
     "register: rounds\npurpose: supervision\nlabel: {en: Rounds, zh: 巡查}\n"
     "facility: facility\ndate: made_on\nfields:\n"
     "  facility: {type: facility, label: {en: Facility, zh: 机构}}\n"
     "  made_on: {type: date, label: {en: Made on, zh: 日期}}\n"},
};

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f))
        fail_msg("cannot write %s", path);
}

static enum err run_job(struct conn *c, void *argument, struct error *e)
{
    return conn_run(c, argument, e);
}

void world_sql(struct world *w, const char *sql)
{
    struct error e = {0};
    assert_ok(store_write(w->county->store, run_job, (void *)(uintptr_t)sql, &e));
}

static void add_area(struct buf *b, int id, const char *code, const char *level,
                     const char *parent, const char *from, const char *to)
{
    buf_printf(
        b,
        "INSERT INTO r_areas (id, state, version, saved_by, saved_at, fingerprint,"
        " code, name, level, parent, valid_from, valid_to) VALUES (%d, 'current', 1,"
        " 0, 0, 1, '%s', 'a%s', '%s', '%s', %s, %s);",
        id, code, code, level, parent, from, to);
}

static void add_places(struct world *w)
{
    struct buf b = BUF_INIT(1 << 16);
    char code[32], parent[16];
    // ids run against the order of codes
    add_area(&b, 900, "110000", "county", "", "NULL", "NULL");
    for (int t = 1; t <= TOWNSHIPS; t++) {
        snprintf(parent, sizeof parent, "110000%03d", t);
        add_area(&b, 900 - t, parent, "township", "110000",
                 t == 3 ? "'2014-03-01'" : "NULL", t == 4 ? "'2013-12-31'" : "NULL");
        for (int v = 1; v <= VILLAGES; v++) {
            snprintf(code, sizeof code, "%s%03d", parent, v);
            add_area(&b, 800 - t * 10 - v, code, "village", parent,
                     v == 3 ? "'2014-05-01'" : "NULL", v == 4 ? "'2014-02-01'" : "NULL");
        }
    }
    for (int i = 0; i < FACILITIES; i++)
        buf_printf(
            &b,
            "INSERT INTO r_facilities (id, state, version, saved_by, saved_at,"
            " fingerprint, code, name, kind, area) VALUES (%d, 'current', 1, 0, 0, 1,"
            " 'F%d', 'f%d', '%s', %d);",
            70 - i, i, i, i % 2 ? "clinic" : "hospital", 899 - i % TOWNSHIPS);
    assert_false(b.failed);
    world_sql(w, buf_c(&b));
    buf_free(&b);
    struct error e = {0};
    assert_ok(county_reload_places(w->county, &e));
}

int world_open(struct world *w, uint64_t seed)
{
    struct error e = {0};
    *w = (struct world){
        .folder = "/tmp/heng-cube-XXXXXX", .rng = rng_seed(seed), .next_id = 1};
    if (base_init(&e) || !mkdtemp(w->folder))
        return -1;
    char folder[128];
    snprintf(folder, sizeof folder, "%s/pack", w->folder);
    if (mkdir(folder, 0777))
        return -1;
    snprintf(folder, sizeof folder, "%s/pack/registers", w->folder);
    if (mkdir(folder, 0777))
        return -1;
    snprintf(folder, sizeof folder, "%s/pack", w->folder);
    for (size_t i = 0; i < sizeof pack_texts / sizeof *pack_texts; i++)
        write_file(folder, pack_texts[i].name, pack_texts[i].text);
    snprintf(w->path, sizeof w->path, "%s/county.heng", w->folder);
    assert_ok(county_create(w->path, folder, &e));
    assert_ok(county_open(&w->county, w->path, STORE_WRITE, &e));
    add_places(w);
    return 0;
}

static int remove_one(const char *name, const struct stat *status, int type,
                      struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(name);
}

void world_close(struct world *w)
{
    county_close(w->county);
    nftw(w->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const struct reg *world_register(const struct world *w, const char *name)
{
    struct error e = {0};
    const struct reg *r = NULL;
    assert_ok(county_register(w->county, str_of(name), &r, &e));
    return r;
}

const struct expr *world_expr(struct world *w, struct arena *a, const struct reg *r,
                              const char *text)
{
    struct error e = {0};
    const struct expr *x = NULL;
    if (text)
        assert_ok(expr_parse_row(a, w->county->pack, r, str_of(text),
                                 (struct place){STR("test"), 1, 1}, &x, &e));
    return x;
}

// --- random rows

static int64_t random_area(struct world *w)
{
    int t = 1 + (int)rng_below(&w->rng, TOWNSHIPS),
        v = 1 + (int)rng_below(&w->rng, VILLAGES);
    switch (rng_below(&w->rng, 12)) {
    case 0:
        return 900;
    case 1:
        return 900 - t;
    case 2:
        return 424242; // no such area (any more)
    default:
        return 800 - t * 10 - v;
    }
}

static void bind_date(struct world *w, struct stmt *s, int n, char text[DATE_TEXT_SIZE])
{
    if (rng_chance(&w->rng, 0.03)) {
        stmt_bind_null(s, n);
        return;
    }
    int32_t day;
    assert_true(date_from_ymd(2013, 6, 1, &day));
    date_format(day + (int32_t)rng_below(&w->rng, 500), text);
    stmt_bind_text(s, n, str_of(text));
}

static void bind_maybe(struct world *w, struct stmt *s, int n, double null, int64_t value)
{
    if (rng_chance(&w->rng, null))
        stmt_bind_null(s, n);
    else
        stmt_bind_int(s, n, value);
}

static void bind_one_of(struct world *w, struct stmt *s, int n, const char *const *from,
                        size_t count)
{
    const char *text = from[rng_below(&w->rng, count)];
    stmt_bind_text(s, n, text ? str_of(text) : (struct str){NULL, 0});
}

static int64_t random_weight(struct world *w)
{
    switch (rng_below(&w->rng, 400)) {
    case 0:
        return -5 - (int64_t)rng_below(&w->rng, 9);
    case 1:
        return 70000;
    case 2:
        return (int64_t)3 << 32;
    default:
        return 2000 + (int64_t)rng_below(&w->rng, 2500);
    }
}

static enum err put_birth(struct world *w, struct conn *c, int64_t id, struct error *e)
{
    static const char *const states[] = {"current", "current", "current", "struck"};
    static const char *const sources[] = {"hospital", "household", NULL};
    static const char *const sexes[] = {"m", "f", "f", "u", NULL, "gone"};
    struct stmt *s;
    enum err code = conn_stmt(
        c, "test.birth",
        "INSERT OR REPLACE INTO r_births (id, area, facility, date, source, state, "
        "version,"
        " saved_by, saved_at, fingerprint, name, registered_on, sex, alive, birth_order,"
        " visits, weight, length, note) VALUES "
        "(?,?,?,?,?,?,1,0,0,0,'x',?,?,?,?,?,?,?,'y')",
        &s, e);
    if (code)
        return code;
    char born[DATE_TEXT_SIZE], registered[DATE_TEXT_SIZE];
    stmt_bind_int(s, 1, id);
    bind_maybe(w, s, 2, 0.05, random_area(w));
    bind_maybe(w, s, 3, 0.3, 70 - (int64_t)rng_below(&w->rng, FACILITIES + 1));
    bind_date(w, s, 4, born);
    bind_one_of(w, s, 5, sources, 3);
    bind_one_of(w, s, 6, states, 4);
    bind_date(w, s, 7, registered);
    bind_one_of(w, s, 8, sexes, 6);
    bind_maybe(w, s, 9, 0.1, (int64_t)rng_below(&w->rng, 2));
    bind_maybe(w, s, 10, 0.1, 1 + (int64_t)rng_below(&w->rng, 9));
    bind_maybe(w, s, 11, 0.1, (int64_t)rng_below(&w->rng, 12));
    bind_maybe(w, s, 12, 0.1, random_weight(w));
    if (rng_chance(&w->rng, 0.1))
        stmt_bind_null(s, 13);
    else
        stmt_bind_double(s, 13, (double)rng_below(&w->rng, 4000) / 64 - 5);
    return stmt_done(s, e);
}

static enum err put_stock(struct world *w, struct conn *c, int64_t id, struct error *e)
{
    static const char *const states[] = {"current", "current", "current", "struck"};
    static const char *const sexes[] = {"m", "f", "x", NULL};
    struct stmt *s;
    enum err code = conn_stmt(
        c, "test.stock",
        "INSERT OR REPLACE INTO r_stock (id, area, facility, date, state, version, "
        "saved_by,"
        " saved_at, fingerprint, sex, people, share) VALUES (?,?,?,?,?,1,0,0,0,?,?,?)",
        &s, e);
    if (code)
        return code;
    int month = (int)rng_below(&w->rng, 24);
    char text[DATE_TEXT_SIZE];
    int32_t day;
    assert_true(date_from_ymd(2013 + month / 12, month % 12 + 1, 1, &day));
    date_format(day, text);
    stmt_bind_int(s, 1, id);
    bind_maybe(w, s, 2, 0.05, random_area(w));
    bind_maybe(w, s, 3, 0.7, 70 - (int64_t)rng_below(&w->rng, FACILITIES));
    stmt_bind_text(s, 4, str_of(text));
    bind_one_of(w, s, 5, states, 4);
    bind_one_of(w, s, 6, sexes, 4);
    bind_maybe(w, s, 7, 0.1, (int64_t)rng_below(&w->rng, 300));
    if (rng_chance(&w->rng, 0.2))
        stmt_bind_null(s, 8);
    else
        stmt_bind_double(s, 8, (double)rng_below(&w->rng, 1024) / 256);
    return stmt_done(s, e);
}

static enum err log_row(struct world *w, struct conn *c, const char *reg, int64_t id,
                        struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "test.log",
                              "INSERT INTO heng_log (seq, at, who, register, row, change,"
                              " hash) VALUES (?, 0, 0, ?, ?, 'insert', x'00')",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, ++w->seq);
    stmt_bind_text(s, 2, str_of(reg));
    stmt_bind_int(s, 3, id);
    return stmt_done(s, e);
}

struct rows_job {
    struct world *w;
    const char *reg;
    size_t n;
    bool change;
};

static enum err one_int(struct conn *c, const char *name, const char *sql, int64_t *out,
                        struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code = conn_stmt(c, name, sql, &s, e);
    if (!code && !(code = stmt_step(s, &row, e)) && row)
        *out = stmt_int(s, 0);
    if (!code)
        stmt_finish(s);
    return code;
}

static enum err rows_job(struct conn *c, void *argument, struct error *e)
{
    struct rows_job *j = argument;
    struct world *w = j->w;
    bool births = strcmp(j->reg, "births") == 0;
    // another process may have written in between
    enum err code = one_int(c, "test.seq", "SELECT max(seq) FROM heng_log", &w->seq, e);
    for (size_t i = 0; i < j->n && !code; i++) {
        int64_t id = w->next_id;
        if (j->change && rng_chance(&w->rng, 0.5)) {
            id = 1 + (int64_t)rng_below(&w->rng, (uint64_t)w->next_id); // any, maybe new
        } else if (rng_chance(&w->rng, 0.02)) {
            id = w->next_id += (int64_t)(1 + rng_below(&w->rng, (uint64_t)1 << 20));
        }
        if (id >= w->next_id)
            w->next_id = id + 1;
        code = births ? put_birth(w, c, id, e) : put_stock(w, c, id, e);
        if (!code)
            code = log_row(w, c, j->reg, id, e);
    }
    return code;
}

static void add_rows(struct world *w, const char *reg, size_t n, bool change)
{
    struct error e = {0};
    struct rows_job j = {w, reg, n, change};
    assert_ok(store_write(w->county->store, rows_job, &j, &e));
}

void world_add(struct world *w, const char *reg, size_t n)
{
    add_rows(w, reg, n, false);
}

void world_change(struct world *w, const char *reg, size_t n)
{
    add_rows(w, reg, n, true);
}
