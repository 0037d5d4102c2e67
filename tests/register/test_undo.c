// SPDX-License-Identifier: AGPL-3.0-or-later
// Taking imports back: what comes of rows, of the history, of the same file sent again.
#include "county_test.h"

#include "base/rng.h"
#include "register/import_look.h"
#include "register/imports.h"

static const char pack_file[] =
    "pack: undo\nversion: \"1\"\nlabel: {en: Undo, zh: 撤销}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char births_file[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: residence\ndate: born_on\nkey: [number]\nfields:\n"
    "  number: {type: text, label: {en: Number, zh: 编号}}\n"
    "  residence: {type: area, level: township, label: {en: Residence, zh: 居住地}}\n"
    "  born_on: {type: date, label: {en: Born, zh: 出生}}\n"
    "  weight: {type: decimal, label: {en: Weight, zh: 体重}}\n"
    "  note: {type: text, label: {en: Note, zh: 说明}}\n";

static const char visits_file[] =
    "register: visits\npurpose: care\nlabel: {en: Visits, zh: 随访}\n"
    "area: place\ndate: seen_on\nfields:\n"
    "  place: {type: area, label: {en: Place, zh: 地点}}\n"
    "  seen_on: {type: date, label: {en: Seen, zh: 日期}}\n"
    "  number: {type: text, label: {en: Number, zh: 编号}}\n";

static const char areas_csv[] = "code,name,level,parent\n340221,县,county,\n"
                                "340221100,湾沚镇,township,340221\n"
                                "340221101,六郎镇,township,340221\n";

static const struct reg *births;

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "births", births_file);
    write_text("pack/registers/visits.yaml", visits_file);
    make_own_county();
    import_ok("areas", write_text("areas.csv", areas_csv), "");
    assert_ok(county_register(county, STR("births"), &births, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_county();
    return 0;
}

static enum err undo(int64_t id, struct imports_undone *out)
{
    error = (struct error){0};
    return imports_undo(county, &who, id, STR("wrong file"), out, &error);
}

static void test_inserted_and_corrected(void **state)
{
    (void)state;
    struct imports_undone undone;
    struct import_result first =
        import_ok("births",
                  write_text("a.csv", "number,residence,born_on,weight,note\n"
                                      "A1,湾沚镇,2014-01-05,3.25,\n"
                                      "A2,六郎镇,2014-02-05,3,x\n"),
                  "");
    struct import_result second =
        import_ok("births",
                  write_text("b.csv", "number,residence,born_on,weight,note\n"
                                      "A1,六郎镇,2014-01-06,,late\n"
                                      "A3,六郎镇,2014-02-05,2.5,\n"
                                      ",六郎镇,2014-02-07,2.75,\n"),
                  "");
    assert_int_equal(second.corrected, 1);
    assert_int_equal(second.inserted, 2);
    assert_true(second.id > first.id);
    // the first one is built on
    assert_int_equal(undo(first.id, &undone), ERR_CONFLICT);
    assert_non_null(strstr(error.text, "changed since"));
    assert_ok(undo(second.id, &undone));
    assert_int_equal(undone.struck, 2);
    assert_int_equal(undone.put_back, 1);
    assert_false(undone.before);
    assert_int_equal(ask("SELECT count(*) FROM r_births WHERE state = 'current'"), 2);
    assert_int_equal(
        ask("SELECT count(*) FROM r_births b JOIN r_areas a ON a.id = b.area"
            " WHERE number = 'A1' AND weight = 3.25 AND note IS NULL AND"
            " b.date = '2014-01-05' AND a.code = '340221100' AND b.version = 3"),
        1);
    assert_sound();
    // again: nothing more is done
    assert_ok(undo(second.id, &undone));
    assert_true(undone.before);
    assert_int_equal(undone.struck, 0);
    // the second one being gone, the first one is as it came in
    assert_ok(undo(first.id, &undone));
    assert_int_equal(undone.struck, 2);
    assert_int_equal(ask("SELECT count(*) FROM r_births WHERE state = 'current'"), 0);
    assert_sound();
    // and both files come in as if they had never been there
    first = import_ok("births", "a.csv", "");
    assert_int_equal(first.inserted, 2);
    assert_int_equal(first.before_at, 0);
    second = import_ok("births", "b.csv", "");
    assert_int_equal(second.corrected, 1);
    assert_int_equal(second.inserted, 2);
    assert_int_equal(ask("SELECT count(*) FROM r_births WHERE state = 'current'"), 4);
    assert_int_equal(import_ok("births", "b.csv", "").unchanged, 3);
}

static void test_refused(void **state)
{
    (void)state;
    struct imports_undone undone;
    struct imports_entry *list;
    size_t n;
    int64_t next;
    assert_ok(imports_list(county, &who, 0, 10, &arena, &list, &n, &next, &error));
    assert_int_equal(n, 1);
    int64_t areas = list[0].id;
    assert_int_equal(list[0].inserted, 3);
    struct import_result r =
        import_ok("births", write_text("a.csv", "number,residence\nA1,湾沚镇\n"), "");
    // areas that rows lie in
    assert_int_equal(undo(areas, &undone), ERR_CONFLICT);
    assert_non_null(strstr(error.text, "point to its areas"));
    assert_int_equal(undo(12345, &undone), ERR_NOT_FOUND);
    assert_int_equal(imports_undo(county, &who, r.id, STR("  "), &undone, &error),
                     ERR_INPUT);
    // one who may not enter rows there
    struct access other = with_own_grant(&who);
    own_grant.writes_rows = 0;
    assert_int_equal(imports_undo(county, &other, r.id, STR("x"), &undone, &error),
                     ERR_FORBIDDEN);
    own_grant.writes_rows = who.grants[0].writes_rows;
    own_grant.area = ask("SELECT id FROM r_areas WHERE code = '340221101'");
    assert_int_equal(imports_undo(county, &other, r.id, STR("x"), &undone, &error),
                     ERR_FORBIDDEN);
    other.user = 99; // nor does another person of a part see it at all
    assert_int_equal(imports_undo(county, &other, r.id, STR("x"), &undone, &error),
                     ERR_NOT_FOUND);
    // a row struck since
    int64_t row = ask("SELECT id FROM r_births");
    assert_ok(row_strike(county, &who, births, row, STR("twice"), &error));
    assert_int_equal(undo(r.id, &undone), ERR_CONFLICT);
    assert_int_equal(ask("SELECT count(*) FROM heng_log WHERE reason LIKE 'undo%'"), 0);
    // an area that someone's role is for
    tamper("CREATE TABLE IF NOT EXISTS heng_account_roles (user INTEGER, role TEXT, area"
           " INTEGER, until TEXT)");
    tamper("PRAGMA foreign_keys = OFF; INSERT INTO heng_account_roles SELECT 1, 'clerk',"
           " id, NULL FROM r_areas WHERE code = '340221'");
    assert_int_equal(undo(areas, &undone), ERR_CONFLICT);
    assert_non_null(strstr(error.text, "roles"));
    tamper("DELETE FROM heng_account_roles");
    // struck rows do not hold areas
    assert_ok(undo(areas, &undone));
    assert_int_equal(undone.struck, 3);
    assert_ok(county_reload_places(county, &error));
    assert_int_equal(county->places->n_areas, 0);
    assert_int_equal(import_ok("areas", "areas.csv", "").inserted, 3);
}

static void test_areas_above_others(void **state)
{
    (void)state;
    struct imports_undone undone;
    struct import_result county_list = import_ok(
        "areas", write_text("c.csv", "code,name,level,parent\n340222,乙县,county,\n"),
        "");
    struct import_result below =
        import_ok("areas",
                  write_text("d.csv", "code,name,level,parent\n340222100,甲镇,township,"
                                      "340222\n"),
                  "");
    assert_int_equal(undo(county_list.id, &undone), ERR_CONFLICT);
    assert_ok(undo(below.id, &undone));
    assert_ok(undo(county_list.id, &undone));
    assert_ok(county_reload_places(county, &error));
    assert_int_equal(county->places->n_areas, 3);
}

static void test_restored_is_found_again(void **state)
{
    (void)state;
    struct imports_undone undone;
    const char *text = "number,residence,weight\nA1,湾沚镇,3\n,湾沚镇,2\n";
    struct import_result r = import_ok("births", write_text("a.csv", text), "");
    int64_t keyed = ask("SELECT id FROM r_births WHERE number = 'A1'");
    int64_t other = ask("SELECT id FROM r_births WHERE number IS NULL");
    assert_ok(undo(r.id, &undone));
    assert_ok(row_restore(county, &who, births, keyed, STR("was right"), &error));
    assert_ok(row_restore(county, &who, births, other, STR("was right"), &error));
    assert_sound();
    // the file finds both
    struct import_result again = import_ok("births", "a.csv", "");
    assert_int_equal(again.inserted, 0);
    assert_int_equal(again.unchanged, 2);
    // restored after the file came again: the key is taken
    r = import_ok("births", write_text("b.csv", "number,residence\nB1,湾沚镇\n"), "");
    keyed = ask("SELECT id FROM r_births WHERE number = 'B1'");
    assert_ok(undo(r.id, &undone));
    assert_int_equal(import_ok("births", "b.csv", "").inserted, 1);
    error = (struct error){0};
    assert_int_equal(row_restore(county, &who, births, keyed, STR("x"), &error),
                     ERR_CONFLICT);
    // nor is it corrected
    struct row_change change = {STR("number"), STR("C1")};
    assert_int_equal(
        row_correct(county, &who, births, keyed, 0, &change, 1, STR("typo"), &error),
        ERR_CONFLICT);
}

// How few came in is not told to those who give no care, but to who brought them.
static void test_small_counts_of_care(void **state)
{
    (void)state;
    struct imports_entry entry, *list;
    struct imports_undone undone;
    enum imports_undo may;
    struct label why;
    size_t n;
    int64_t next;
    struct import_result r =
        import_ok("visits", write_text("v.csv", "number\n1\n2\n3\n"), "");
    assert_ok(imports_find(county, &who, r.id, &arena, &entry, &error));
    assert_false(entry.hidden);
    assert_int_equal(entry.inserted, 3);
    struct access other = with_own_grant(&who);
    other.user = 99;
    assert_ok(imports_find(county, &other, r.id, &arena, &entry, &error));
    assert_true(entry.hidden);
    assert_int_equal(entry.inserted, 0);
    assert_ok(imports_list(county, &other, 0, 1, &arena, &list, &n, &next, &error));
    assert_true(list[0].hidden);
    assert_int_equal(list[0].rows, 0);
    assert_int_equal(next, r.id);
    // which does not keep it from being undone
    assert_ok(imports_may_undo(county, &other, &entry, &arena, &may, &why, &error));
    assert_int_equal(may, UNDO_MAY);
    assert_ok(imports_undo(county, &other, r.id, STR("x"), &undone, &error));
    assert_int_equal(undone.struck, 3);
    own_grant.reads_rows |= 1u << PURPOSE_CARE;
    assert_ok(imports_find(county, &other, r.id, &arena, &entry, &error));
    assert_false(entry.hidden);
}

// --- against a model

enum { ROWS = 4096, EVENTS = 256, KEYS = 12, IMPORTS = 512, STEPS = 150 };

struct event {
    int import; // index; -1: by hand
    int value, sent;
    bool struck; // as they were before it
};

struct row {
    int64_t id;
    int key; // -1: none
    int value, sent;
    bool dead, struck;
    int n_events;
    struct event events[EVENTS];
};

struct done_import {
    int64_t id;
    bool undone;
};

struct model {
    struct row rows[ROWS];
    int n;
    struct done_import imports[IMPORTS];
    int n_imports;
};

static void note(struct row *r, int import)
{
    assert_true(r->n_events < EVENTS);
    r->events[r->n_events++] = (struct event){import, r->value, r->sent, r->struck};
}

static struct row *by_key(struct model *m, int key)
{
    for (int i = 0; i < m->n; i++)
        if (!m->rows[i].dead && m->rows[i].key == key)
            return &m->rows[i];
    return NULL;
}

static int alike(struct model *m, int value)
{
    int n = 0;
    for (int i = 0; i < m->n; i++)
        n += !m->rows[i].dead && m->rows[i].key < 0 && m->rows[i].sent == value;
    return n;
}

static void model_insert(struct model *m, int key, int value, int import)
{
    assert_true(m->n < ROWS);
    struct row *r = &m->rows[m->n++];
    *r = (struct row){.key = key, .value = value, .sent = value};
    note(r, import);
}

static void one_import(struct model *m, struct rng *rng)
{
    struct buf text = BUF_INIT(4096);
    buf_add_c(&text, "number,residence,weight\n");
    bool used[KEYS] = {false};
    int here[6] = {0}, inserted = 0, corrected = 0, rejected = 0, first = m->n;
    int before[6];
    for (int v = 0; v < 6; v++)
        before[v] = alike(m, v);
    int n = 1 + (int)rng_below(rng, 8);
    for (int i = 0; i < n; i++) {
        int value = (int)rng_below(rng, 6);
        int key = rng_chance(rng, 0.7) ? (int)rng_below(rng, KEYS) : -1;
        if (key >= 0 && used[key])
            continue;
        if (key >= 0)
            buf_printf(&text, "K%d,湾沚镇,%d\n", key, value);
        else
            buf_printf(&text, ",湾沚镇,%d\n", value);
        struct row *r = key >= 0 ? by_key(m, key) : NULL;
        if (key >= 0)
            used[key] = true;
        if (r && r->sent != value && r->struck) {
            rejected++;
        } else if (r && r->sent != value) {
            note(r, m->n_imports);
            r->value = r->sent = value;
            corrected++;
        } else if (!r && (key >= 0 || ++here[value] > before[value])) {
            model_insert(m, key, value, m->n_imports);
            inserted++;
        }
    }
    int64_t last = ask("SELECT coalesce(max(id), 0) FROM r_births");
    struct import_result out = import_ok("births", write_text("x.csv", buf_c(&text)), "");
    if (out.inserted != (uint64_t)inserted || out.corrected != (uint64_t)corrected)
        print_message("# file:\n%s", text.p);
    buf_free(&text);
    assert_int_equal(out.inserted, inserted);
    assert_int_equal(out.corrected, corrected);
    assert_int_equal(out.rejected, rejected);
    for (int i = first; i < m->n; i++) {
        char sql[120];
        snprintf(sql, sizeof sql, "SELECT min(id) FROM r_births WHERE id > %lld",
                 (long long)last);
        last = m->rows[i].id = ask(sql);
    }
    assert_true((out.id != 0) == (inserted || corrected));
    if (out.id)
        m->imports[m->n_imports++] = (struct done_import){out.id, false};
}

static void one_change(struct model *m, struct rng *rng)
{
    if (!m->n)
        return;
    struct row *r = &m->rows[rng_below(rng, (uint64_t)m->n)];
    if (r->dead)
        return;
    if (rng_chance(rng, 0.3)) {
        assert_ok(r->struck ? row_restore(county, &who, births, r->id, STR("r"), &error)
                            : row_strike(county, &who, births, r->id, STR("s"), &error));
        note(r, -1);
        r->struck = !r->struck;
        return;
    }
    int value = (int)rng_below(rng, 6);
    char text[8];
    snprintf(text, sizeof text, "%d", value);
    struct row_change change = {STR("weight"), str_of(text)};
    enum err code =
        row_correct(county, &who, births, r->id, 0, &change, 1, STR("c"), &error);
    assert_int_equal(code, r->struck || value == r->value ? ERR_CONFLICT : ERR_OK);
    if (!code) {
        note(r, -1);
        r->value = value;
    }
}

static bool may(const struct model *m, int import)
{
    for (int i = 0; i < m->n; i++) {
        const struct row *r = &m->rows[i];
        bool touched = false;
        for (int k = 0; k < r->n_events; k++) {
            int of = r->events[k].import;
            if (touched && of != import && (of < 0 || !m->imports[of].undone))
                return false;
            touched |= of == import;
        }
    }
    return true;
}

static void one_undo(struct model *m, struct rng *rng)
{
    if (!m->n_imports)
        return;
    // mostly one of the last: older ones are built on
    int k = m->n_imports - 1 -
            (int)rng_below(rng, (uint64_t)(m->n_imports < 5 ? m->n_imports : 5));
    struct imports_undone undone;
    bool allowed = m->imports[k].undone || may(m, k);
    enum err code = undo(m->imports[k].id, &undone);
    assert_int_equal(code, allowed ? ERR_OK : ERR_CONFLICT);
    if (code)
        return;
    assert_true(undone.before == m->imports[k].undone);
    int struck = 0, put_back = 0;
    for (int i = 0; i < m->n && !undone.before; i++) {
        struct row *r = &m->rows[i];
        for (int x = 0; x < r->n_events; x++) {
            const struct event *was = &r->events[x];
            if (was->import != k)
                continue;
            if (x == 0) {
                r->dead = r->struck = true;
                struck++;
            } else {
                r->value = was->value;
                r->sent = was->sent;
                put_back++;
            }
        }
    }
    m->imports[k].undone = true;
    assert_int_equal(undone.struck, struck);
    assert_int_equal(undone.put_back, put_back);
}

static void compare(const struct model *m)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT state = 'struck', weight, count(*) OVER ()"
                           " FROM r_births WHERE id = ?",
                           -1, &s, NULL),
        SQLITE_OK);
    for (int i = 0; i < m->n; i++) {
        const struct row *r = &m->rows[i];
        sqlite3_bind_int64(s, 1, r->id);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(s, 0), r->struck);
        assert_int_equal(sqlite3_column_int(s, 1), r->value);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    sqlite3_close(db);
    assert_int_equal(ask("SELECT count(*) FROM r_births"), m->n);
}

static void test_against_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        if (seed > 1) {
            end_county();
            setup(NULL);
        }
        print_message("# seed %llu\n", (unsigned long long)seed);
        struct rng rng = rng_seed(seed);
        struct model *m = calloc(1, sizeof *m);
        assert_non_null(m);
        for (int step = 0; step < STEPS; step++) {
            double u = rng_uniform(&rng);
            if (u < 0.4)
                one_import(m, &rng);
            else if (u < 0.65)
                one_change(m, &rng);
            else
                one_undo(m, &rng);
            compare(m);
            assert_sound();
        }
        int undone = 0;
        for (int i = 0; i < m->n_imports; i++)
            undone += m->imports[i].undone;
        print_message("# %d imports, %d of them undone, %d rows\n", m->n_imports, undone,
                      m->n);
        assert_true(undone > 5);
        free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_inserted_and_corrected, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_areas_above_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restored_is_found_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_small_counts_of_care, setup, teardown),
        cmocka_unit_test_setup_teardown(test_against_model, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
