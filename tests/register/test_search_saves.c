// SPDX-License-Identifier: AGPL-3.0-or-later
// Search while others save: what was saved is found by the next search, by whomever it
// was saved, in this process or another, and also when that one was killed in between.
#include "county_test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "register/row_list.h"
#include "register/search.h"

static const char pack_file[] =
    "pack: rows\nversion: \"1\"\nlabel: {en: Rows, zh: 个案}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char births_file[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: residence\nkey: [number]\nfields:\n"
    "  number: {type: text, identifies: true, label: {en: Number, zh: 编号}}\n"
    "  residence: {type: area, label: {en: Residence, zh: 居住地}}\n"
    "  child: {type: name, identifies: true, label: {en: Child, zh: 新生儿}}\n";

enum { SAVERS = 4, SAVES = 30, NUMBER_SIZE = 16, KILLS = 5, KILLED_AFTER = 40 };

static const struct reg *births;

static void open_own(void)
{
    open_county();
    assert_ok(county_register(county, STR("births"), &births, &error));
}

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "births", births_file);
    make_own_county();
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"),
              "");
    county_close(county);
    open_own();
    return 0;
}

// The index of each register has the words of its rows and no others.
static int teardown(void **state)
{
    (void)state;
    double done = 0;
    while (done < 1)
        assert_ok(search_follow(county, 1000, &done, &error));
    tamper("INSERT INTO heng_search_births (heng_search_births)"
           " VALUES ('integrity-check')");
    assert_sound();
    end_county();
    return 0;
}

static enum err save(struct county *c, const struct reg *r, const char *number,
                     int64_t *id, struct error *e)
{
    struct arena a;
    arena_init(&a, 0);
    struct row_change values[] = {{STR("number"), str_of(number)},
                                  {STR("residence"), STR("340221100")},
                                  {STR("child"), STR("王小明")}};
    struct row_new row = {.values = values, .n = 3};
    struct row_saved saved;
    enum err code = row_create(c, &who, r, &row, &a, &saved, e);
    *id = saved.id;
    arena_free(&a);
    return code ? code : saved.id ? ERR_OK : ERR_INTERNAL;
}

// How many rows have the words; -1: the list failed, or the index had not all.
static int count_found(const char *words)
{
    struct arena a;
    struct error e;
    struct row_query q = {.search = str_of(words), .limit = 10};
    struct row_list list;
    arena_init(&a, 0);
    enum err code = row_list(county, &who, births, &q, &a, &list, &e);
    int n = code || list.indexed < 1 ? -1 : (int)list.n;
    arena_free(&a);
    return n;
}

static enum err rename_child(int64_t id, const char *name)
{
    struct error e;
    struct row_change change = {STR("child"), str_of(name)};
    return row_correct(county, &who, births, id, 0, &change, 1, STR("x"), &e);
}

// --- the index follows with the saves

static void assert_nothing_missing(void)
{
    assert_int_equal(ask("SELECT seq FROM heng_search WHERE register = ''"),
                     ask("SELECT max(seq) FROM heng_log"));
}

static void saves_are_in_the_index_at_once(void **state)
{
    (void)state;
    int64_t id;
    struct row_change stray = {STR("child"), STR("x")};
    assert_int_equal(count_found("王"), 0);
    assert_ok(save(county, births, "A1", &id, &error));
    assert_nothing_missing();
    assert_ok(rename_child(id, "李红"));
    assert_nothing_missing();
    assert_ok(row_strike(county, &who, births, id, STR("x"), &error));
    assert_nothing_missing();
    assert_int_not_equal(
        row_correct(county, &who, births, id, 0, &stray, 1, STR("x"), &error), ERR_OK);
    assert_nothing_missing();
    assert_ok(row_restore(county, &who, births, id, STR("x"), &error));
    assert_nothing_missing();
    assert_int_equal(count_found("王"), 0);
    assert_int_equal(count_found("lihong"), 1);
}

// Where nobody searches the saves do not pay for it.
static void only_while_somebody_searches(void **state)
{
    (void)state;
    int64_t id;
    assert_int_equal(count_found("王"), 0);
    for (int i = 0; i <= SEARCH_WANTED; i++) {
        char number[NUMBER_SIZE];
        snprintf(number, sizeof number, "W%03d", i);
        assert_ok(save(county, births, number, &id, &error));
    }
    assert_int_equal(ask("SELECT seq FROM heng_search WHERE register = ''"),
                     ask("SELECT max(seq) FROM heng_log") - 1);
    assert_int_equal(count_found("W100"), 1);
    assert_nothing_missing();
}

// Too much for the transaction of the save itself: it is told, and follows behind.
static void much_is_left_to_the_background(void **state)
{
    (void)state;
    assert_int_equal(count_found("王"), 0);
    FILE *f = fopen("many.csv", "wb");
    assert_non_null(f);
    fprintf(f, "number,residence,child\n");
    for (int i = 0; i < 2 * SEARCH_LITTLE; i++)
        fprintf(f, "M%d,湾沚镇,王大山\n", i);
    assert_int_equal(fclose(f), 0);
    import_ok("births", "many.csv", "");
    assert_int_equal(count_found("大山"), -1);
    int64_t id;
    assert_ok(save(county, births, "A1", &id, &error));
    assert_int_equal(count_found("A1"), -1);
    double done;
    assert_ok(search_follow(county, 4 * SEARCH_LITTLE, &done, &error));
    assert_true(done == 1);
    assert_int_equal(count_found("大山"), 10);
    assert_int_equal(count_found("A1"), 1);
    // as if an older Heng had kept it, and of a register that the pack no longer has
    tamper("INSERT INTO heng_search (register, seq, shape) VALUES ('gone', 1, 1)");
    tamper("UPDATE heng_search SET seq = (SELECT max(seq) FROM heng_search)"
           " WHERE register <> 'gone'");
    tamper("DELETE FROM heng_search WHERE register = ''");
    assert_int_equal(count_found("A1"), 1);
    assert_int_equal(ask("SELECT count(*) FROM heng_search WHERE register = 'gone'"), 0);
    assert_ok(save(county, births, "A2", &id, &error));
    assert_nothing_missing();
}

// --- many at once

struct saver {
    pthread_t thread;
    int number;
    int failed, missed, stale;
};

static void *save_and_search(void *argument)
{
    struct saver *x = argument;
    struct error e;
    for (int i = 0; i < SAVES; i++) {
        char number[NUMBER_SIZE], before[40], after[40];
        int64_t id;
        snprintf(number, sizeof number, "T%02dN%03d", x->number, i);
        snprintf(before, sizeof before, "%s 王小明", number);
        snprintf(after, sizeof after, "%s 李红", number);
        if (save(county, births, number, &id, &e)) {
            dprintf(2, "# %s: %s: %s\n", e.key, e.where, e.text);
            x->failed++;
            continue;
        }
        x->missed += count_found(before) != 1;
        if (i % 3)
            continue;
        x->failed += rename_child(id, "李红") != ERR_OK;
        x->missed += count_found(after) != 1;
        x->stale += count_found(before) != 0;
    }
    return NULL;
}

static void begin_savers(struct saver *savers)
{
    for (int i = 0; i < SAVERS; i++) {
        savers[i] = (struct saver){.number = i};
        assert_int_equal(
            pthread_create(&savers[i].thread, NULL, save_and_search, &savers[i]), 0);
    }
}

static void end_savers(struct saver *savers)
{
    for (int i = 0; i < SAVERS; i++) {
        pthread_join(savers[i].thread, NULL);
        assert_int_equal(savers[i].failed, 0);
        assert_int_equal(savers[i].missed, 0);
        assert_int_equal(savers[i].stale, 0);
    }
}

static void each_finds_its_own(void **state)
{
    (void)state;
    struct saver savers[SAVERS];
    begin_savers(savers);
    end_savers(savers);
}

// --- another process on the file

struct other {
    pid_t pid;
    int go,
        told; // pipes: it waits for the first and writes what it has saved to the other
};

static void read_or_leave(int fd)
{
    char c;
    if (read(fd, &c, 1) != 1)
        _exit(0);
}

// What it saves is numbered from "P<name>N00000" on. follows: it searches, too, so its
// own saves are in the index at once.
static void save_as_other(const struct other *o, int name, int saves, bool follows)
{
    struct county *own;
    struct error e;
    const struct reg *r;
    double done;
    read_or_leave(o->go);
    if (county_open(&own, path, STORE_WRITE, &e) ||
        county_register(own, STR("births"), &r, &e))
        _exit(2);
    if (follows && search_follow(own, 1000, &done, &e))
        _exit(3);
    for (int i = 0; i < saves; i++) {
        char number[NUMBER_SIZE] = "";
        int64_t id;
        snprintf(number, sizeof number, "P%02dN%05d", name, i);
        if (follows && search_refresh(own, &done, &e))
            _exit(3);
        if (save(own, r, number, &id, &e)) {
            dprintf(2, "# %s: %s: %s\n", e.key, e.where, e.text);
            _exit(4);
        }
        if (write(o->told, number, sizeof number) != sizeof number)
            _exit(5);
    }
    county_close(own);
    _exit(0);
}

// With the county closed: a process may not take over another's connections.
static struct other begin_other(int name, int saves, bool follows)
{
    int go[2], told[2];
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(told), 0);
    struct other o = {.go = go[0], .told = told[1]};
    county_close(county);
    county = NULL;
    o.pid = fork();
    assert_true(o.pid >= 0);
    if (!o.pid) {
        close(go[1]);
        close(told[0]);
        save_as_other(&o, name, saves, follows);
    }
    close(go[0]);
    close(told[1]);
    return (struct other){.pid = o.pid, .go = go[1], .told = told[0]};
}

static bool next_number(const struct other *o, char number[NUMBER_SIZE])
{
    return read(o->told, number, NUMBER_SIZE) == NUMBER_SIZE;
}

static int end_other(const struct other *o)
{
    int status;
    close(o->go);
    close(o->told);
    assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
    return status;
}

static void saves_of_another_process(void **state)
{
    (void)state;
    for (int follows = 0; follows < 2; follows++) {
        struct saver savers[SAVERS];
        char number[NUMBER_SIZE];
        int n = 0, missed = 0;
        struct other o = begin_other(follows, 2 * SAVES, follows);
        open_own();
        assert_int_equal(count_found("王"), follows ? 10 : 0);
        assert_int_equal(write(o.go, "", 1), 1);
        if (!follows)
            begin_savers(savers);
        for (; next_number(&o, number); n++)
            missed += count_found(number) != 1;
        if (!follows)
            end_savers(savers);
        assert_int_equal(end_other(&o), 0);
        assert_int_equal(n, 2 * SAVES);
        assert_int_equal(missed, 0);
    }
}

static void killed_in_between(void **state)
{
    (void)state;
    char numbers[KILLED_AFTER][NUMBER_SIZE];
    for (int i = 0; i < KILLS; i++) {
        struct other o = begin_other(10 + i, 1 << 20, true);
        assert_int_equal(write(o.go, "", 1), 1);
        for (int k = 0; k < KILLED_AFTER; k++)
            assert_true(next_number(&o, numbers[k]));
        kill(o.pid, SIGKILL);
        assert_true(WIFSIGNALED(end_other(&o)));
        open_own();
        assert_nothing_missing();
        for (int k = 0; k < KILLED_AFTER; k++)
            assert_int_equal(count_found(numbers[k]), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(saves_are_in_the_index_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(only_while_somebody_searches, setup, teardown),
        cmocka_unit_test_setup_teardown(much_is_left_to_the_background, setup, teardown),
        cmocka_unit_test_setup_teardown(each_finds_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(saves_of_another_process, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_in_between, setup, teardown),
    };
    signal(SIGPIPE, SIG_IGN); // another process that is gone is told of by its status
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
