// SPDX-License-Identifier: AGPL-3.0-or-later
// The cube over a register of many rows: loading, group by area and sex, the same by a
// loop written by hand over two arrays, and by SQLite. Prints Markdown.
//   bench_cube [FOLDER [ROWS]]     the county's file is made in a new folder inside
//   FOLDER bench_cube FILE REGISTER [THREADS]     only the loading, of a county that
//   there is
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/init.h"
#include "cube/cube.h"

static const char *const texts[][2] = {
    {"pack.yaml", "pack: bench\nversion: \"1\"\nlabel: {en: Bench, zh: 测试}\nlevels:\n"
                  "  county:   {label: {en: County, zh: 县}, digits: 6}\n"
                  "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n"
                  "  village:  {label: {en: Village, zh: 村}, digits: 3}\n"},
    {"registers/areas.yaml",
     "register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\nfields:\n"
     "  successor: {type: text, label: {en: Successor, zh: 继任}}\n"},
    {"registers/births.yaml",
     "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
     "area: residence\ndate: born_on\nsources:\n"
     "  hospital: {en: Hospital, zh: 医院}\n  household: {en: Household, zh: 户籍}\n"
     "fields:\n"
     "  child: {type: name, identifies: true, label: {en: Name, zh: 姓名}}\n"
     "  residence: {type: area, label: {en: Residence, zh: 居住地}}\n"
     "  born_on: {type: date, label: {en: Born on, zh: 出生日期}}\n"
     "  registered_on: {type: date, label: {en: Registered on, zh: 登记日期}}\n"
     "  sex: {type: code, codes: {m: {en: boy, zh: 男}, f: {en: girl, zh: 女}}, label: "
     "{en: "
     "Sex, zh: 性别}}\n"
     "  birth_order: {type: int, min: 1, max: 9, label: {en: Order, zh: 孩次}}\n"
     "  weight: {type: int, min: 300, max: 7000, label: {en: Weight, zh: 体重}}\n"
     "  mother_born: {type: int, label: {en: Mother's year of birth, zh: 母亲出生年}}\n"},
};

enum { TOWNSHIPS = 30, VILLAGES = 20 };

static struct error e;

static void must(enum err code)
{
    if (!code)
        return;
    fprintf(stderr, "bench_cube: %s: %s (%s)\n", e.where, e.text, e.cure);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static enum err run(struct conn *c, void *argument, struct error *error)
{
    return conn_run(c, argument, error);
}

// Of all threads: what the step costs where other programs use the cores too.
static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void sql(struct county *c, const char *text)
{
    must(store_write(c->store, run, (void *)(uintptr_t)text, &e));
}

static void make_county(const char *folder, char *path, size_t size, int64_t rows,
                        struct county **out)
{
    char name[512];
    snprintf(name, sizeof name, "%s/pack", folder);
    mkdir(name, 0777);
    snprintf(name, sizeof name, "%s/pack/registers", folder);
    mkdir(name, 0777);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        snprintf(name, sizeof name, "%s/pack/%s", folder, texts[i][0]);
        FILE *f = fopen(name, "w");
        if (!f || fputs(texts[i][1], f) < 0 || fclose(f)) {
            fprintf(stderr, "bench_cube: cannot write %s\n", name);
            exit(1);
        }
    }
    snprintf(name, sizeof name, "%s/pack", folder);
    snprintf(path, size, "%s/county.heng", folder);
    must(county_create(path, name, &e));
    must(county_open(out, path, STORE_WRITE, &e));
    snprintf(
        name, sizeof name,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO r_areas (id, state, version, saved_by, saved_at, fingerprint, code, "
        "name, level, parent) SELECT 5000 + i, 'current', 1, 0, 0, 1, "
        "printf('110000%%03d%%03d',"
        " i / %d, i %% %d), 'x', 'village', '' FROM n",
        TOWNSHIPS * VILLAGES - 1, VILLAGES, VILLAGES);
    sql(*out, name);
    sql(*out, "DROP INDEX IF EXISTS r_births_area;"
              "DROP INDEX IF EXISTS r_births_fingerprint;");
    char insert[2048];
    snprintf(
        insert, sizeof insert,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %lld) "
        "INSERT INTO r_births (id, area, date, source, state, version, saved_by,"
        " saved_at, fingerprint, child, registered_on, sex, birth_order, weight,"
        " mother_born) SELECT ((1400000000000 + i / 40) << 22) + i %% 40,"
        " 5000 + abs(random()) %% %d, date('2010-01-01', '+' || (i %% 3650) || ' days'),"
        " CASE WHEN i & 1 THEN 'hospital' ELSE 'household' END, 'current', 1, 1,"
        " 1400000000000, random(), '王小明', date('2010-01-15', '+' || (i %% 3650) || "
        "' days'), CASE WHEN abs(random()) %% 100 < 53 THEN 'm' ELSE 'f' END,"
        " 1 + abs(random()) %% 4, 2000 + abs(random()) %% 2500, 1970 + i %% 30 FROM n",
        (long long)rows - 1, TOWNSHIPS * VILLAGES);
    sql(*out, insert);
}

static double time_query(struct cube *cube, const struct cube_query *q, double *total)
{
    double best = 1e9;
    for (int i = 0; i < 7; i++) {
        struct arena a;
        struct cube_result r;
        arena_init(&a, 0);
        double start = now();
        must(cube_aggregate(cube, &a, q, &r, &e));
        double t = now() - start;
        best = t < best ? t : best;
        *total = 0;
        for (size_t k = 0; k < r.n_groups; k++)
            *total += r.values[k];
        arena_free(&a);
    }
    return best;
}

static double time_hand(const int32_t *area, const uint8_t *sex, size_t n,
                        int64_t *counts)
{
    double best = 1e9;
    for (int i = 0; i < 7; i++) {
        memset(counts, 0, sizeof(int64_t) * TOWNSHIPS * VILLAGES * 4);
        double start = now();
        for (size_t k = 0; k < n; k++)
            counts[(size_t)area[k] * 4 + (sex[k] & 3)]++;
        double t = now() - start;
        best = t < best ? t : best;
    }
    return best;
}

static double time_sql(struct county *c, const char *text, double *total)
{
    struct conn *conn;
    struct stmt *s;
    must(store_read_begin(c->store, &conn, &e));
    double start = now();
    must(conn_prepare(conn, str_of(text), &s, &e));
    *total = 0;
    for (bool row;;) {
        must(stmt_step(s, &row, &e));
        if (!row)
            break;
        *total += stmt_double(s, 2);
    }
    stmt_finish(s);
    double t = now() - start;
    store_read_end(conn);
    return t;
}

static void line(const char *what, double seconds, const char *note, double factor)
{
    printf("| %s | %.5f | ", what, seconds);
    if (factor > 0)
        printf("%.1f x", factor);
    printf(" | %s |\n", note);
}

// What the memory in use has come to at most, in bytes.
static double peak(void)
{
    char text[200];
    double kilobytes = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(text, sizeof text, f))
        if (sscanf(text, "VmHWM: %lf", &kilobytes) == 1)
            break;
    if (f)
        fclose(f);
    return kilobytes * 1024;
}

static int load_only(const char *path, const char *name, const char *threads)
{
    struct county *c;
    const struct reg *r;
    struct cube *cube;
    struct cube_view v;
    int64_t n = 0;
    if (threads && !str_to_int(str_of(threads), &n))
        return 1;
    mem_return_large(); // as the server does
    must(county_open(&c, path, STORE_READ, &e));
    must(county_register(c, str_of(name), &r, &e));
    must(cube_open(&cube, c, (unsigned)n, &e));
    double before = peak(), start = now(), cpu_start = cpu();
    must(cube_view_begin(cube, r, &v, &e));
    double took = now() - start, took_cpu = cpu() - cpu_start,
           rows = (double)v.batch.n_rows;
    printf("%s: %.0f rows; %.0f ms and %.0f ms of CPU a million rows; %.1f bytes a row, "
           "%.1f at most while loading\n",
           name, rows, took * 1e9 / rows, took_cpu * 1e9 / rows,
           (double)cube_bytes(cube) / rows, (peak() - before) / rows);
    cube_view_end(cube, r);
    cube_close(cube);
    county_close(c);
    return 0;
}

int main(int argc, char **argv)
{
    char folder[300], path[400];
    struct stat about;
    if (argc > 2 && !stat(argv[1], &about) && S_ISREG(about.st_mode)) {
        must(base_init(&e));
        return load_only(argv[1], argv[2], argv[3]);
    }
    snprintf(folder, sizeof folder, "%s/heng-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
    int64_t rows = 5000000;
    if (argc > 2 && (!str_to_int(str_of(argv[2]), &rows) || rows < 1)) {
        fprintf(stderr, "bench_cube: ROWS must be a number, not %s\n", argv[2]);
        return 1;
    }
    must(base_init(&e));
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    struct county *c;
    make_county(folder, path, sizeof path, rows, &c);
    county_close(c);
    must(county_open(&c, path, STORE_READ, &e));
    printf("### Cube over %lld rows, %ld cores\n\n| step | seconds | ratio | note |\n"
           "| --- | ---: | ---: | --- |\n",
           (long long)rows, sysconf(_SC_NPROCESSORS_ONLN));

    const struct reg *births;
    must(county_register(c, STR("births"), &births, &e));
    struct cube *cube, *single;
    struct cube_view v;
    must(cube_open(&cube, c, 0, &e));
    double start = now(), cpu_start = cpu();
    must(cube_view_begin(cube, births, &v, &e));
    double load = now() - start, load_cpu = cpu() - cpu_start;
    char note[160];
    snprintf(note, sizeof note,
             "%.1f s of CPU; %.0f MB of columns; wanted: under 4 s for 5 M rows",
             load_cpu, (double)cube_bytes(cube) / 1e6);
    line("load from the file", load, note, 0);

    const struct field *sex = reg_field(births, STR("sex"));
    int64_t *counts = mem_alloc(TOWNSHIPS * VILLAGES * 4, sizeof *counts);
    if (!counts || v.batch.n_rows != (size_t)rows)
        return 1;
    int32_t *area = mem_alloc(v.batch.n_rows, sizeof *area);
    for (size_t i = 0; area && i < v.batch.n_rows; i++)
        area[i] = (int32_t)cube_int(&v.batch.columns[FIELD_AREA], i);
    if (!area)
        return 1;
    double hand =
        time_hand(area, v.batch.columns[sex->index].data, v.batch.n_rows, counts);
    mem_free(area);
    cube_view_end(cube, births);
    line("area and sex by hand", hand, "one thread, two arrays", 0);

    struct axis axes[] = {{.kind = AXIS_LEVEL, .level = 2},
                          {.kind = AXIS_FIELD, .field = sex}};
    struct aggregate g = {.function = AGGREGATE_COUNT, .reg = births};
    struct cube_query q = {.aggregate = &g, .root = -1, .axes = axes, .n_axes = 2};
    if (!date_from_ymd(2000, 1, 1, &q.first) || !date_from_ymd(2030, 1, 1, &q.last))
        return 1;
    double total, check;
    double pooled = time_query(cube, &q, &total);
    snprintf(note, sizeof note, "of the loop by hand; all threads; wanted: under 10 x");
    line("area and sex, cube", pooled, note, pooled / hand);
    must(cube_open(&single, c, 1, &e));
    double one = time_query(single, &q, &check);
    line("the same, one thread", one, "of the loop by hand; wanted: under 10 x",
         one / hand);
    double database = time_sql(c,
                               "SELECT area, sex, count(*) FROM r_births WHERE state = "
                               "'current' AND date BETWEEN '2000-01-01' AND '2030-01-01' "
                               "GROUP BY area, sex",
                               &check);
    line("the same, SQLite GROUP BY", database, "of the cube; wanted: over 50 x",
         database / pooled);
    if (total != check || total != (double)rows) {
        fprintf(stderr, "bench_cube: the counts differ: %.0f and %.0f\n", total, check);
        return 1;
    }
    database = time_sql(c, "SELECT area, sex, count(*) FROM r_births GROUP BY area, sex",
                        &check);
    line("SQLite, without conditions", database, "of the cube", database / pooled);
    // What the cube reads at loading, with as little done to it as SQL allows.
    database = time_sql(
        c,
        "SELECT max(area), max(date), 0, max(source), max(state), max(registered_on),"
        " max(sex), max(birth_order), max(weight), max(mother_born) FROM r_births",
        &check);
    line("SQLite scans the same columns", database, "max of each; ratio: of loading",
         load / database);
    struct arena a;
    arena_init(&a, 0);
    must(expr_parse_row(&a, c->pack, births, STR("weight < 2500 and birth_order >= 2"),
                        (struct place){STR("bench"), 1, 1}, &g.where, &e));
    double where = time_query(cube, &q, &total);
    line("with a condition, cube", where, "weight < 2500 and birth_order >= 2", 0);
    g.function = AGGREGATE_MEAN;
    g.where = NULL;
    must(expr_parse_row(&a, c->pack, births, STR("weight"),
                        (struct place){STR("bench"), 1, 1}, &g.value, &e));
    line("mean weight, cube", time_query(cube, &q, &total), "", 0);
    axes[1] = (struct axis){.kind = AXIS_PERIOD, .period = PERIOD_MONTH};
    line("mean weight by village and month, cube", time_query(cube, &q, &total), "", 0);
    g.function = AGGREGATE_AS_OF;
    line("as_of(weight) by village and month, cube", time_query(cube, &q, &total), "", 0);
    g = (struct aggregate){.function = AGGREGATE_COUNT, .reg = c->pack->areas};
    q.n_axes = 0;
    if (time_query(cube, &q, &total) > 1) // loads it
        return 1;
    line("count of 600 rows, cube", time_query(cube, &q, &total),
         "what a question costs by itself", 0);
    arena_free(&a);
    mem_free(counts);
    cube_close(single);
    cube_close(cube);
    county_close(c);
    snprintf(path, sizeof path, "rm -rf '%s'", folder);
    return system(path) == 0 ? 0 : 1;
}
