// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/rng.h"
#include "base/table.h"
#include "base/xlsx_write.h"

// ---- files ----

struct file {
    char folder[64], path[128];
};

static void write_as(struct file *f, const char *name, struct str content)
{
    snprintf(f->folder, sizeof f->folder, "/tmp/heng-records-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/%s", f->folder, name);
    FILE *to = fopen(f->path, "w");
    assert_non_null(to);
    assert_int_equal(fwrite(content.p, 1, content.n, to), content.n);
    assert_int_equal(fclose(to), 0);
}

static void forget(struct file *f)
{
    unlink(f->path);
    rmdir(f->folder);
}

static enum err load_text(struct link_records **r, struct str content, const char *id,
                          unsigned threads, struct error *e)
{
    struct file f;
    write_as(&f, "people.csv", content);
    const char *path = f.path;
    struct link_load load = {.paths = &path, .n_paths = 1, .id = id ? &id : NULL};
    load.n_id = id ? 1 : 0;
    struct pool *pool = NULL;
    if (threads)
        assert_int_equal(pool_open(&pool, threads, e), ERR_OK);
    enum err code = link_records_load(r, &load, pool, e);
    pool_close(pool);
    forget(&f);
    return code;
}

static struct link_records *loaded(const char *content, const char *id)
{
    struct link_records *r;
    struct error e = {0};
    assert_ok(load_text(&r, str_of(content), id, 2, &e));
    return r;
}

// ---- looking at records ----

static struct str text_at(const struct link_records *r, const char *column, uint32_t i)
{
    const struct link_column *c = link_records_column(r, str_of(column));
    assert_non_null(c);
    assert_true(i < r->n && c->value[i] <= c->n_values);
    return link_text(c, c->value[i]);
}

// The record that stands in row `row` of a source.
static uint32_t record_of(const struct link_records *r, unsigned source, uint32_t row)
{
    for (uint32_t i = r->sources[source].begin; i < r->sources[source].end; i++)
        if (r->row[i] == row)
            return i;
    fail_msg("no record of row %u", row);
    return 0;
}

static void assert_text(struct str found, const char *expected)
{
    if (!str_equal_c(found, expected))
        fail_msg("\"" STR_FMT "\" found, \"%s\" expected", STR_ARG(found), expected);
}

#define assert_cell(r, column, row, text)                                                \
    assert_text(text_at(r, column, record_of(r, 0, row)), text)
#define assert_id(r, row, text)                                                          \
    assert_text(link_record_id((r), record_of(r, 0, row)), text)

static int by_text(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

// What must hold of any records.
static void assert_sound(const struct link_records *r)
{
    uint32_t at = 0;
    for (unsigned s = 0; s < r->n_sources; s++) {
        assert_int_equal(r->sources[s].begin, at);
        at = r->sources[s].end;
        for (uint32_t i = r->sources[s].begin + 1; i < at; i++)
            assert_true(r->content[i - 1] <= r->content[i]);
    }
    assert_int_equal(at, r->n);
    assert_int_equal(r->ids.n, r->n);
    for (unsigned k = 0; k < r->n_columns; k++) {
        const struct link_column *c = &r->columns[k];
        assert_ptr_equal(link_records_column(r, c->name), c);
        assert_int_equal(c->texts.n, (uint64_t)c->n_values + 1);
        assert_int_equal(link_text(c, 0).n, 0);
        if (!c->value)
            continue;
        uint32_t *count = calloc((size_t)c->n_values + 1, sizeof *count);
        uint32_t last = 0;
        for (uint32_t i = 0; i < r->n; i++) {
            if (c->kind != LINK_ID) // by first record
                assert_true(c->value[i] <= last + 1);
            last = c->value[i] > last ? c->value[i] : last;
            count[c->value[i]]++;
        }
        assert_int_equal(last, c->n_values);
        assert_memory_equal(count, c->count, ((size_t)c->n_values + 1) * sizeof *count);
        free(count);
        struct str *texts = calloc((size_t)c->n_values + 1, sizeof *texts);
        for (uint32_t v = 0; v <= c->n_values; v++)
            texts[v] = link_text(c, v);
        qsort(texts, (size_t)c->n_values + 1, sizeof *texts, by_text);
        for (uint32_t v = 1; v <= c->n_values; v++)
            assert_true(str_compare(texts[v - 1], texts[v]) < 0);
        free(texts);
    }
}

static void assert_same(const struct link_records *a, const struct link_records *b,
                        bool rows)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_columns, b->n_columns);
    assert_memory_equal(a->content, b->content, a->n * sizeof *a->content);
    if (rows)
        assert_memory_equal(a->row, b->row, a->n * sizeof *a->row);
    for (unsigned k = 0; k < a->n_columns; k++) {
        const struct link_column *x = &a->columns[k], *y = &b->columns[k];
        assert_true(str_equal(x->name, y->name));
        assert_int_equal(x->n_values, y->n_values);
        assert_int_equal(x->value == NULL, y->value == NULL);
        if (x->value && x->kind != LINK_ID)
            assert_memory_equal(x->value, y->value, a->n * sizeof *x->value);
        for (uint32_t v = 0; v <= x->n_values && x->kind != LINK_ID; v++)
            assert_true(str_equal(link_text(x, v), link_text(y, v)));
    }
    for (uint32_t i = 0; rows && i < a->n; i++)
        assert_true(str_equal(link_record_id(a, i), link_record_id(b, i)));
}

// ---- tests ----

static void a_small_file(void **state)
{
    (void)state;
    struct link_records *r = loaded("rec_id, Given Name , , born\n"
                                    "a1, Ann ,x,1990-01-01\n"
                                    "\n"
                                    "a2, Bob,,\n"
                                    "a3,Ann,y\n"
                                    "a4,Bob,,,\n"
                                    "a5,Eve,z,1991,more\n",
                                    "REC_ID");
    assert_sound(r);
    assert_int_equal(r->n, 5);
    assert_int_equal(r->n_columns, 4);
    assert_int_equal(r->n_sources, 1);
    assert_text(r->sources[0].name, "people");
    assert_int_equal(r->sources[0].n_ragged, 2); // a3 and a5
    assert_int_equal(r->sources[0].n_bad, 0);
    assert_text(r->columns[1].name, "Given Name");
    assert_text(r->columns[2].name, "column 3");
    assert_cell(r, "given name", 1, "Ann");
    assert_cell(r, "column 3", 3, "");
    assert_cell(r, "column 3", 4, "y");
    assert_cell(r, "born", 4, "");
    assert_cell(r, "born", 6, "1991");
    assert_id(r, 6, "a5");
    assert_int_equal(r->columns[0].kind, LINK_ID);
    assert_int_equal(r->columns[1].n_values, 3);
    // the ids aside, rows 3 and 5 are the same
    assert_int_equal(r->content[record_of(r, 0, 3)], r->content[record_of(r, 0, 5)]);
    assert_int_equal(record_of(r, 0, 5), record_of(r, 0, 3) + 1);
    assert_null(link_records_column(r, STR("born ok")));
    link_records_close(r);
    link_records_close(NULL);
}

static void quotes_behind_spaces(void **state)
{
    (void)state;
    struct link_records *r =
        loaded("name, \"address\",city\n"
               "\"plain, quoted\",1 High St,x\n"
               "Arnie, \"435 s. la cienega, blvd.\", \"los angeles\"\n"
               "Bea, \"say \"\"hi\"\" \", y\n"
               "\"\"\"Cee\"\"\", \" a, \"\"b\"\", c\" ,z\n"
               "Dan, \"open, y\n"
               "Eve, \"one, two, three\",u,v\n",
               NULL);
    assert_sound(r);
    assert_int_equal(r->n, 6);
    assert_cell(r, "name", 1, "plain, quoted");
    assert_cell(r, "address", 2, "435 s. la cienega, blvd.");
    assert_cell(r, "city", 2, "los angeles");
    assert_cell(r, "address", 3, "say \"hi\"");
    assert_cell(r, "city", 3, "y");
    assert_cell(r, "address", 4, "a, \"b\", c");
    assert_cell(r, "address", 5, "\"open");
    assert_cell(r, "address", 6, "\"one");
    assert_int_equal(r->sources[0].n_ragged, 1); // of Eve nothing can be made
    assert_id(r, 6, "6");
    link_records_close(r);
}

// A file of the folder with third-party data; skips the test when it is not there.
static struct link_records *of_others(const char *name)
{
    char path[512];
    const char *source = getenv("HENG_SOURCE");
    snprintf(path, sizeof path, "%s/../shared/data/linkage/%s", source ? source : ".",
             name);
    if (access(path, R_OK) != 0)
        skip();
    struct link_records *r;
    struct error e = {0};
    const char *paths[] = {path};
    struct link_load load = {.paths = paths, .n_paths = 1};
    assert_ok(link_records_load(&r, &load, NULL, &e));
    assert_sound(r);
    assert_int_equal(r->sources[0].n_bad + r->sources[0].n_ragged, 0);
    for (unsigned k = 0; k < r->n_columns; k++)
        for (uint32_t v = 1; v <= r->columns[k].n_values; v++) {
            struct str text = link_text(&r->columns[k], v);
            assert_true(text.p[0] != '"' && text.p[0] != ' ');
        }
    return r;
}

static void restaurants(void **state)
{
    (void)state;
    struct link_records *r = of_others("restaurant.csv");
    assert_int_equal(r->n, 864);
    assert_int_equal(r->n_columns, 5);
    // 112 restaurants stand there twice
    assert_int_equal(link_records_column(r, STR("unique_id"))->n_values, 752);
    link_records_close(r);
}

static void made_up_people(void **state)
{
    (void)state;
    struct link_records *r = of_others("febrl3.csv");
    assert_int_equal(r->n, 5000);
    assert_int_equal(r->n_columns, 11);
    assert_int_equal(link_records_column(r, STR("rec_id"))->n_values, 5000);
    assert_cell(r, "given_name", 1, "mitchell");
    assert_cell(r, "soc_sec_id", 2, "6089216");
    link_records_close(r);
    r = of_others("essnet_cis.csv");
    assert_int_equal(r->n, 24613);
    assert_cell(r, "dob_day", 1, "");
    link_records_close(r);
}

static void ids_that_are_missing_or_twice(void **state)
{
    (void)state;
    struct link_records *r =
        loaded("name,id\nw,7\nv,\nu,7\nt,7#2\ns,7\nr,\nq,row:2\n", "id");
    assert_sound(r);
    assert_int_equal(r->n_no_id, 2);
    assert_int_equal(r->n_same_id, 2);
    assert_id(r, 1, "7");
    assert_id(r, 2, "row:2#2"); // "row:2" is somebody's
    assert_id(r, 3, "7#3");     // and so is "7#2"
    assert_id(r, 4, "7#2");
    assert_id(r, 5, "7#3");
    assert_id(r, 6, "row:6");
    link_records_close(r);
}

// Far apart in a large file, and in two files, where it is no fault.
static void one_id_twice_among_many(void **state)
{
    (void)state;
    enum { N = 50000 };
    for (int same = 0; same < 3; same++) {
        struct buf text = BUF_INIT(1 << 22);
        buf_add_c(&text, "id,name\n");
        for (int i = 0; i < N; i++)
            buf_printf(&text, "x%d,n%d\n", same == 1 && i == N - 5 ? 3 : i, i);
        struct file f;
        write_as(&f, "people.csv", buf_str(&text));
        const char *paths[] = {f.path, f.path}, *id = "id";
        struct link_load load = {.paths = paths, .n_paths = 1, .id = &id, .n_id = 1};
        load.n_paths = same == 2 ? 2 : 1;
        struct link_records *r;
        struct error e = {0};
        assert_ok(link_records_load(&r, &load, NULL, &e));
        assert_int_equal(r->n_same_id, same == 1);
        assert_id(r, N - 4, same == 1 ? "x3#2" : "x49995");
        assert_id(r, 4, "x3");
        link_records_close(r);
        forget(&f);
        buf_free(&text);
    }
}

static void setting_the_ids_later(void **state)
{
    (void)state;
    const char *text = "name,id,born\nw,7,1\nv,,2\nu,7,3\nt,8,4\nw,3,1\nw,2,1\n";
    struct link_records *a = loaded(text, "id"), *b = loaded(text, NULL);
    struct error e = {0};
    assert_ok(link_records_set_id(b, 1, &e));
    assert_sound(b);
    assert_same(a, b, true);
    assert_int_equal(b->n_no_id, 1);
    assert_int_equal(b->n_same_id, 1);
    assert_int_equal(link_records_set_id(b, 3, &e), ERR_USAGE);
    // another column: the first is one like others again
    assert_ok(link_records_set_id(b, 2, &e));
    assert_int_equal(b->columns[1].kind, LINK_RAW);
    assert_sound(b);
    assert_id(b, 5, "1#2");
    link_records_close(a);
    link_records_close(b);
}

static void several_files(void **state)
{
    (void)state;
    struct file f[3];
    write_as(&f[0], "people.csv", STR("Id,Name,Town\n1,ann,york\n2,bob,\n"));
    write_as(&f[1], "people.csv", STR("born;NAME;pid\n1990;bob;x1\n1991;;x2\n;ann;x2\n"));
    write_as(&f[2], "new.people.txt", STR("town\tname\nyork\tann\n"));
    const char *paths[] = {f[0].path, f[1].path, f[2].path};
    const char *ids[] = {"id", "pid", NULL};
    struct link_load load = {.paths = paths, .n_paths = 3, .id = ids, .n_id = 3};
    struct link_records *r;
    struct error e = {0};
    assert_ok(link_records_load(&r, &load, NULL, &e));
    assert_sound(r);
    assert_int_equal(r->n, 6);
    assert_int_equal(r->n_columns, 5);
    assert_text(r->sources[0].name, "people");
    assert_text(r->sources[1].name, "people-2");
    assert_text(r->sources[2].name, "new.people");
    assert_int_equal(link_records_column(r, STR("name"))->sources, 7);
    assert_int_equal(link_records_column(r, STR("town"))->sources, 5);
    assert_int_equal(link_records_column(r, STR("born"))->sources, 2);
    assert_int_equal(r->n_same_id, 1);
    uint32_t ann = record_of(r, 0, 1), other = record_of(r, 2, 1);
    assert_int_equal(r->content[ann], r->content[other]); // headings and nulls aside
    assert_text(text_at(r, "name", record_of(r, 1, 1)), "bob");
    assert_text(link_record_id(r, record_of(r, 1, 3)), "x2#2");
    assert_text(link_record_id(r, other), "1");
    link_records_close(r);
    for (int i = 0; i < 3; i++)
        forget(&f[i]);
}

// Neither the order of columns nor a column of nulls makes a row another.
static void order_of_columns(void **state)
{
    (void)state;
    struct link_records *a = loaded("name,town,born\nann,york,1\nbob,,2\n", NULL);
    struct link_records *b = loaded("BORN,none,town,name\n1,,york,ann\n2,,,bob\n", NULL);
    struct link_records *c = loaded("name,born,town\nann,york,1\nbob,,2\n", NULL);
    assert_int_equal(a->n, 2);
    assert_memory_equal(a->content, b->content, 2 * sizeof *a->content);
    assert_int_not_equal(a->content[record_of(a, 0, 1)], c->content[record_of(c, 0, 1)]);
    assert_int_not_equal(a->content[record_of(a, 0, 2)], c->content[record_of(c, 0, 2)]);
    link_records_close(a);
    link_records_close(b);
    link_records_close(c);
}

static void files_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *id;
        enum err code;
        const char *key, *named;
    } cases[] = {
        {"", NULL, ERR_INPUT, "table.empty", "empty"},
        {"%PDF-1.7 x", NULL, ERR_INPUT, "table.binary", "PDF"},
        {"\n,,\n \n", NULL, ERR_INPUT, "records.heading", "blank"},
        {"a,b\n", NULL, ERR_INPUT, "records.no_rows", "no row"},
        {"a,b\n\n,\n", NULL, ERR_INPUT, "records.no_rows", "no row"},
        {"a,b\n\"x\n\"y\n", NULL, ERR_INPUT, "records.no_rows", "none of the 2 rows"},
        {"a,b, A \n1,2,3\n", NULL, ERR_INPUT, "records.heading_twice", "1 and 3"},
        {"name,born\n1,2\n", "id", ERR_INPUT, "records.id", "name, born"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct link_records *r;
        struct error e = {0};
        enum err code = load_text(&r, str_of(cases[i].text), cases[i].id, 1, &e);
        assert_int_equal(code, cases[i].code);
        assert_null(r);
        assert_string_equal(e.key, cases[i].key);
        assert_non_null(strstr(e.text, cases[i].named));
        assert_non_null(strstr(e.where, "people.csv"));
        assert_true(e.cure[0] != '\0');
    }
}

static void bad_rows_are_left_out_and_counted(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(8 << 20);
    buf_add_c(&text, "name,note\nann,1\n\"bob,2\nc\x80,3\nlong,");
    for (int i = 0; i < 1100000; i++)
        buf_add_char(&text, 'x');
    buf_add_c(&text, "\neve,5\nfay,");
    for (int i = 0; i < 100000; i++)
        buf_add_char(&text, 'y');
    buf_add_char(&text, '\n');
    struct link_records *r;
    struct error e = {0};
    assert_ok(load_text(&r, buf_str(&text), NULL, 2, &e));
    assert_sound(r);
    assert_int_equal(r->n, 3);
    assert_int_equal(r->sources[0].n_bad, 3);
    assert_string_equal(r->sources[0].first_bad.key, "csv.quote");
    assert_non_null(strstr(r->sources[0].first_bad.where, ":3"));
    assert_cell(r, "name", 5, "eve");
    assert_int_equal(text_at(r, "note", record_of(r, 0, 6)).n, 100000);
    link_records_close(r);
    buf_free(&text);
}

static void other_encodings_and_workbooks(void **state)
{
    (void)state;
    // "姓名,镇", "王伟,东" in GB18030, more than once so that it is clear
    struct link_records *r =
        loaded("\xD0\xD5\xC3\xFB,\xD5\xF2\n\xCD\xF5\xCE\xB0,\xB6\xAB\n"
               "\xCD\xF5\xCE\xB0,\xB6\xAB\n\xCD\xF5\xCE\xB0,\n",
               NULL);
    assert_sound(r);
    assert_cell(r, "姓名", 1, "王伟");
    assert_cell(r, "镇", 2, "东");
    assert_int_equal(r->columns[0].n_values, 1);
    link_records_close(r);

    struct error e = {0};
    struct file f;
    write_as(&f, "book.xlsx", STR(""));
    struct xlsx_writer *w;
    assert_ok(xlsx_writer_open(&w, f.path, NULL, 0, &e));
    xlsx_sheet(w, STR("people"));
    struct str titles[] = {STR("id"), STR("name"), STR("age")};
    xlsx_header(w, 0, titles, 3);
    xlsx_int(w, 1, 0, 7, 0);
    xlsx_text(w, 1, 1, STR(" Ann \"A\" "), 0);
    xlsx_int(w, 2, 0, 8, 0);
    xlsx_text(w, 2, 1, STR("\"Bob\""), 0);
    xlsx_int(w, 2, 2, 40, 0);
    assert_ok(xlsx_writer_close(w, &e));
    const char *path = f.path, *id = "id";
    struct link_load load = {.paths = &path, .n_paths = 1, .id = &id, .n_id = 1};
    assert_ok(link_records_load(&r, &load, NULL, &e));
    assert_sound(r);
    assert_text(r->sources[0].name, "book");
    assert_int_equal(r->sources[0].n_ragged, 0); // cells at the end are simply not there
    assert_cell(r, "name", 1, "Ann \"A\"");
    assert_cell(r, "name", 2, "\"Bob\""); // nothing was wrapped in quotes here
    assert_cell(r, "age", 2, "40");
    assert_id(r, 2, "8");
    link_records_close(r);
    forget(&f);
}

// Whatever the bytes, each row of the file is a record, or counted as bad, or blank.
static void random_bytes(void **state)
{
    (void)state;
    static const char alphabet[] = "ab,,,\"\" \n\n\r";
    uint64_t seed = 20261122;
    print_message("# seed %" PRIu64 "\n", seed);
    struct rng g = rng_seed(seed);
    for (int run = 0; run < 400; run++) {
        char text[400] = "p,q,r\n";
        size_t n = 6 + (size_t)rng_below(&g, 390);
        for (size_t i = 6; i < n; i++)
            text[i] = alphabet[rng_below(&g, sizeof alphabet - 1)];
        struct error e = {0};
        struct file f;
        write_as(&f, "people.csv", (struct str){text, n});
        struct table *t;
        struct table_row row;
        uint64_t good = 0, bad = 0;
        assert_ok(table_open(&t, f.path, NULL, &e));
        assert_ok(table_read(t, &row, &e));
        for (;;) {
            assert_ok(table_read(t, &row, &e));
            if (row.end)
                break;
            bad += row.problem.code != ERR_OK;
            good += !row.problem.code && !row.blank;
        }
        table_close(t);
        const char *path = f.path;
        struct link_load load = {.paths = &path, .n_paths = 1};
        struct link_records *r;
        enum err code = link_records_load(&r, &load, NULL, &e);
        assert_int_equal(code, good ? ERR_OK : ERR_INPUT);
        if (!code) {
            assert_sound(r);
            assert_int_equal(r->n, good);
            assert_int_equal(r->sources[0].n_bad, bad);
        }
        link_records_close(r);
        forget(&f);
    }
}

static void as_many_columns_as_there_may_be(void **state)
{
    (void)state;
    enum { ROWS = 600 };
    struct buf text = BUF_INIT(64 << 20);
    for (int row = 0; row <= ROWS; row++)
        for (int k = 0; k < LINK_MAX_COLUMNS; k++)
            buf_printf(&text, row ? "%d%s" : "c%d%s", row ? row * k % 7 : k,
                       k + 1 < LINK_MAX_COLUMNS ? "," : "\n");
    struct link_records *r;
    struct error e = {0};
    assert_ok(load_text(&r, buf_str(&text), NULL, 2, &e));
    assert_int_equal(r->n, ROWS);
    assert_int_equal(r->n_columns, LINK_MAX_COLUMNS);
    assert_cell(r, "c1000", 599, "3"); // 599 * 1000 % 7
    link_records_close(r);
    buf_clear(&text);
    for (int k = 0; k <= LINK_MAX_COLUMNS; k++)
        buf_printf(&text, "c%d,", k);
    buf_add_c(&text, "\n1\n");
    assert_int_equal(load_text(&r, buf_str(&text), NULL, 2, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "1026"));
    buf_free(&text);
}

// ---- cleaning ----

static void cleaning(void **state)
{
    (void)state;
    const char *names[] = {"id", "name", "raw", "none"};
    struct str cells[] = {
        STR("1"), STR("ANN"),  STR("X"), STR("q"), //
        STR("2"), STR(" ann"), STR("x"), STR("q"), //
        STR("3"), STR("NULL"), STR(""),  STR("q"), //
        STR("4"), STR("Bob"),  STR("x"), STR(""),  //
    };
    struct link_records *r;
    struct error e = {0};
    assert_ok(link_records_of(&r, names, 4, cells, 4, &e));
    assert_sound(r);
    assert_text(r->sources[0].name, "records");
    assert_id(r, 4, "4");
    assert_int_equal(r->columns[1].n_values, 4);
    const enum link_kind kinds[] = {LINK_ID, LINK_NAME, LINK_RAW, LINK_IGNORED};
    assert_ok(link_records_clean(r, kinds, NULL, &e));
    assert_sound(r);
    assert_int_equal(r->columns[1].n_values, 2);
    assert_int_equal(r->columns[1].count[0], 1);
    assert_cell(r, "name", 1, "ann");
    assert_cell(r, "name", 2, "ann");
    assert_cell(r, "name", 3, "");
    assert_cell(r, "raw", 1, "X");
    assert_null(r->columns[0].value);
    assert_null(r->columns[3].value);
    assert_int_equal(r->columns[3].count[0], 4);
    assert_true(r->content[record_of(r, 0, 1)] != r->content[record_of(r, 0, 2)]);
    assert_int_equal(r->columns[1].kind, LINK_NAME);
    link_records_close(r);
}

static void random_rows(struct buf *text, uint32_t n, const uint32_t *order,
                        uint64_t seed)
{
    buf_clear(text);
    buf_add_c(text, "id,name,town,sex,code\n");
    for (uint32_t i = 0; i < n; i++) {
        struct rng g = rng_stream(seed, order[i]);
        uint64_t x = rng_below(&g, 3000), y = rng_below(&g, 50), z = rng_below(&g, 3);
        buf_printf(text, "p%u,%s%" PRIu64 ",", order[i], x % 2 ? "Name" : "name", x / 2);
        buf_printf(text, y ? "town %" PRIu64 "," : "%.0" PRIu64 ",", y);
        buf_printf(text, "%s,%" PRIu64 "\n", z ? z > 1 ? "M" : "f" : "NULL",
                   rng_below(&g, 2));
    }
}

static void shuffle(uint32_t *order, uint32_t n, uint64_t seed)
{
    struct rng g = rng_seed(seed);
    for (uint32_t i = n; i > 1; i--) {
        uint32_t k = (uint32_t)rng_below(&g, i), swap = order[i - 1];
        order[i - 1] = order[k];
        order[k] = swap;
    }
}

// Same records for any number of threads, and, ids of equal rows included, for any order
// of the rows.
static void threads_and_order_change_nothing(void **state)
{
    (void)state;
    enum { N = 30000 };
    const enum link_kind kinds[] = {LINK_ID, LINK_NAME, LINK_PLACE, LINK_SEX, LINK_RAW};
    uint32_t *order = calloc(N, sizeof *order);
    struct buf text = BUF_INIT(64 << 20);
    for (uint32_t i = 0; i < N; i++)
        order[i] = i;
    struct link_records *first[2] = {NULL, NULL};
    for (unsigned run = 0; run < 5; run++) {
        uint64_t seed = 77 + run;
        bool shuffled = run > 2;
        if (shuffled)
            shuffle(order, N, seed);
        print_message("# seed %" PRIu64 "\n", seed);
        random_rows(&text, N, order, 4711);
        struct error e = {0};
        struct link_records *r[2];
        struct pool *pool;
        assert_ok(pool_open(&pool, run % 3 + 1, &e));
        for (int k = 0; k < 2; k++) {
            assert_ok(load_text(&r[k], buf_str(&text), "id", run % 3 + 1, &e));
            if (k)
                assert_ok(link_records_clean(r[k], kinds, pool, &e));
            assert_sound(r[k]);
            for (uint32_t i = 1; i < N; i++)
                assert_true(r[k]->content[i - 1] < r[k]->content[i] ||
                            str_compare(link_record_id(r[k], i - 1),
                                        link_record_id(r[k], i)) < 0);
            if (!first[k]) {
                first[k] = r[k];
                continue;
            }
            assert_same(first[k], r[k], !shuffled);
            for (uint32_t i = 0; i < N; i++)
                assert_true(
                    str_equal(link_record_id(first[k], i), link_record_id(r[k], i)));
            link_records_close(r[k]);
        }
        pool_close(pool);
    }
    assert_int_equal(first[0]->columns[1].n_values, 3000);
    assert_int_equal(first[1]->columns[1].n_values, 1500);
    link_records_close(first[0]);
    link_records_close(first[1]);
    buf_free(&text);
    free(order);
}

// Each record holds what its row holds, found by the slow way.
static void records_hold_what_the_file_holds(void **state)
{
    (void)state;
    enum { N = 20000 };
    uint32_t *order = calloc(N, sizeof *order);
    struct buf text = BUF_INIT(64 << 20);
    for (uint32_t i = 0; i < N; i++)
        order[i] = i;
    random_rows(&text, N, order, 99);
    struct error e = {0};
    struct link_records *r;
    assert_ok(load_text(&r, buf_str(&text), "id", 2, &e));
    uint32_t *record = calloc(N + 1, sizeof *record);
    for (uint32_t i = 0; i < N; i++)
        record[r->row[i]] = i;
    struct str rest = buf_str(&text), line;
    assert_true(str_split(rest, '\n', &line, &rest));
    for (uint32_t row = 1; str_split(rest, '\n', &line, &rest); row++)
        for (unsigned k = 0; k < 5; k++) {
            struct str cell = line;
            (void)str_split(line, ',', &cell, &line);
            const struct link_column *c = &r->columns[k];
            assert_true(str_equal(cell, link_text(c, c->value[record[row]])));
        }
    link_records_close(r);
    buf_free(&text);
    free(record);
    free(order);
}

static void all_rows_the_same(void **state)
{
    (void)state;
    enum { N = 50000 };
    struct buf text = BUF_INIT(64 << 20);
    buf_add_c(&text, "name,sex\n");
    for (int i = 0; i < N; i++)
        buf_add_c(&text, i % 2 ? "ann,f\n" : "bob,m\n");
    struct error e = {0};
    struct link_records *r;
    assert_ok(load_text(&r, buf_str(&text), NULL, 2, &e));
    assert_sound(r);
    assert_int_equal(r->n, N);
    assert_int_equal(r->columns[0].n_values, 2);
    assert_int_equal(r->columns[0].count[1], N / 2);
    link_records_close(r);
    buf_free(&text);
}

// ---- derived columns ----

struct calls {
    _Atomic unsigned n;
    bool fail;
};

static enum err initials(void *argument, const struct link_column *const *from,
                         const uint32_t *values, struct buf *out, struct error *e)
{
    struct calls *calls = argument;
    calls->n++;
    if (calls->fail)
        return error_set(e, ERR_INPUT, "test", NULL, "made to fail");
    for (int k = 0; k < 2; k++) {
        struct str text = link_text(from[k], values[k]);
        if (text.n == 0) {
            buf_clear(out);
            return ERR_OK;
        }
        buf_add_char(out, text.p[0]);
    }
    return ERR_OK;
}

static void deriving(void **state)
{
    (void)state;
    const char *names[] = {"first", "last"};
    struct str cells[] = {STR("ann"), STR("lee"), STR("bob"), STR("lee"), STR("abe"),
                          STR("low"), STR("ann"), STR("lee"), STR("ann"), STR("")};
    struct link_records *r;
    struct error e = {0};
    struct pool *pool;
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(link_records_of(&r, names, 2, cells, 5, &e));
    const unsigned from[] = {0, 1}, turned[] = {1, 0}, none[] = {0, 7};
    struct calls calls = {0};
    assert_ok(
        link_records_derive(r, STR("initials"), from, 2, initials, &calls, pool, &e));
    assert_int_equal(calls.n, 4); // different combinations
    assert_sound(r);
    assert_cell(r, "initials", 1, "al");
    assert_cell(r, "initials", 2, "bl");
    assert_cell(r, "Initials", 3, "al");
    assert_cell(r, "initials", 5, "");
    assert_int_equal(r->columns[2].n_values, 2);
    assert_int_equal(r->columns[2].sources, 1);
    assert_ok(
        link_records_derive(r, STR("turned"), turned, 2, initials, &calls, NULL, &e));
    assert_cell(r, "turned", 3, "la");
    assert_int_equal(
        link_records_derive(r, STR("FIRST"), from, 2, initials, &calls, pool, &e),
        ERR_CONFLICT);
    assert_int_equal(
        link_records_derive(r, STR("x"), none, 2, initials, &calls, pool, &e), ERR_USAGE);
    calls.fail = true;
    assert_int_equal(
        link_records_derive(r, STR("x"), from, 2, initials, &calls, pool, &e), ERR_INPUT);
    assert_string_equal(e.text, "made to fail");
    assert_int_equal(r->n_columns, 4);
    assert_sound(r);
    link_records_close(r);
    pool_close(pool);
}

static enum err joined(void *argument, const struct link_column *const *from,
                       const uint32_t *values, struct buf *out, struct error *e)
{
    (void)e;
    unsigned n = *(const unsigned *)argument;
    for (unsigned k = 0; k < n; k++) {
        buf_add(out, link_text(from[k], values[k]));
        buf_add_char(out, '/');
    }
    return ERR_OK;
}

static void derived_columns_hold_what_was_made(void **state)
{
    (void)state;
    enum { N = 30000 };
    uint32_t *order = calloc(N, sizeof *order);
    struct buf text = BUF_INIT(64 << 20);
    for (uint32_t i = 0; i < N; i++)
        order[i] = i;
    random_rows(&text, N, order, 5);
    struct error e = {0};
    struct pool *pool;
    assert_ok(pool_open(&pool, 3, &e));
    struct link_records *r;
    assert_ok(load_text(&r, buf_str(&text), "id", 3, &e));
    for (unsigned n = 1; n <= 3; n++) {
        const unsigned from[] = {1, 2, 4};
        char name[16];
        snprintf(name, sizeof name, "of %u", n);
        assert_ok(link_records_derive(r, str_of(name), from, n, joined, &n, pool, &e));
        for (uint32_t i = 0; i < N; i++) {
            char expected[256];
            int at = 0;
            for (unsigned k = 0; k < n; k++) {
                const struct link_column *c = &r->columns[from[k]];
                struct str part = link_text(c, c->value[i]);
                at += snprintf(expected + at, sizeof expected - (size_t)at, STR_FMT "/",
                               STR_ARG(part));
            }
            assert_text(text_at(r, name, i), expected);
        }
    }
    assert_sound(r);
    link_records_close(r);
    pool_close(pool);
    buf_free(&text);
    free(order);
}

// ---- limits ----

static bool stop_after_two(void *argument, double share)
{
    int *calls = argument;
    assert_true(share > 0 && share <= 1);
    return ++*calls < 2;
}

static void stopping_and_limits(void **state)
{
    (void)state;
    enum { N = 60000 };
    uint32_t *order = calloc(N, sizeof *order);
    struct buf text = BUF_INIT(64 << 20);
    for (uint32_t i = 0; i < N; i++)
        order[i] = i;
    random_rows(&text, N, order, 6);
    struct file f;
    write_as(&f, "people.csv", buf_str(&text));
    const char *paths[] = {f.path, f.path};
    int calls = 0;
    bool stopped = false;
    struct link_load load = {.paths = paths,
                             .n_paths = 2,
                             .progress = stop_after_two,
                             .argument = &calls,
                             .stopped = &stopped};
    struct link_records *r;
    struct error e = {0};
    assert_ok(link_records_load(&r, &load, NULL, &e));
    assert_true(stopped);
    assert_int_equal(calls, 2);
    assert_sound(r);
    assert_int_equal(r->n, 16384);
    assert_int_equal(r->sources[1].end, r->n);
    link_records_close(r);

    struct link_load small = {.paths = paths, .n_paths = 2, .memory = 2 << 20};
    assert_int_equal(link_records_load(&r, &small, NULL, &e), ERR_LIMIT);
    assert_null(r);
    const char *about = strstr(e.cure, "about ");
    assert_non_null(about);
    small.memory = (size_t)strtoul(about + 6, NULL, 10) << 20;
    assert_ok(link_records_load(&r, &small, NULL, &e)); // what it says does
    assert_int_equal(r->n, 2 * N);
    link_records_close(r);

    struct link_load none = {.paths = paths};
    assert_int_equal(link_records_load(&r, &none, NULL, &e), ERR_USAGE);
    const char *ids[] = {"a", "b", "c"};
    struct link_load ids_wrong = {.paths = paths, .n_paths = 2, .id = ids, .n_id = 3};
    assert_int_equal(link_records_load(&r, &ids_wrong, NULL, &e), ERR_USAGE);
    forget(&f);
    buf_free(&text);
    free(order);
}

static void memory_that_fails(void **state)
{
    (void)state;
    struct file f;
    write_as(&f, "people.csv",
             STR("id,name,town\n1,ANN,x\n2,bob,\n2,ann, \"y,z\"\n,eve,x\n"));
    const char *path = f.path, *id = "id";
    struct link_load load = {.paths = &path, .n_paths = 1, .id = &id, .n_id = 1};
    const enum link_kind kinds[] = {LINK_ID, LINK_NAME, LINK_PLACE};
    const unsigned from[] = {1, 2};
    struct calls calls = {0};
    enum err code = ERR_MEMORY;
    int64_t n = 0;
    for (; code; n++) {
        struct error e = {0};
        struct link_records *r;
        mem_fail_after(n);
        code = link_records_load(&r, &load, NULL, &e);
        if (!code)
            code = link_records_clean(r, kinds, NULL, &e);
        if (!code)
            code =
                link_records_derive(r, STR("both"), from, 2, initials, &calls, NULL, &e);
        mem_fail_after(-1);
        if (code) {
            assert_int_equal(code, ERR_MEMORY);
            assert_int_equal(e.code, ERR_MEMORY);
        }
        link_records_close(r);
    }
    assert_true(n > 60);
    forget(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_file),
        cmocka_unit_test(quotes_behind_spaces),
        cmocka_unit_test(restaurants),
        cmocka_unit_test(made_up_people),
        cmocka_unit_test(ids_that_are_missing_or_twice),
        cmocka_unit_test(one_id_twice_among_many),
        cmocka_unit_test(setting_the_ids_later),
        cmocka_unit_test(several_files),
        cmocka_unit_test(order_of_columns),
        cmocka_unit_test(files_that_are_refused),
        cmocka_unit_test(bad_rows_are_left_out_and_counted),
        cmocka_unit_test(other_encodings_and_workbooks),
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(as_many_columns_as_there_may_be),
        cmocka_unit_test(cleaning),
        cmocka_unit_test(threads_and_order_change_nothing),
        cmocka_unit_test(records_hold_what_the_file_holds),
        cmocka_unit_test(all_rows_the_same),
        cmocka_unit_test(deriving),
        cmocka_unit_test(derived_columns_hold_what_was_made),
        cmocka_unit_test(stopping_and_limits),
        cmocka_unit_test(memory_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
