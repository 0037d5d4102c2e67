// SPDX-License-Identifier: AGPL-3.0-or-later
// A file read in parts gives what one reader gives.
#include "link/records_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/pool.h"
#include "base/rng.h"

static void write_file(char path[64], struct str content)
{
    snprintf(path, 64, "/tmp/heng-parts-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *to = fdopen(fd, "w");
    assert_non_null(to);
    assert_int_equal(fwrite(content.p, 1, content.n, to), content.n);
    assert_int_equal(fclose(to), 0);
}

// ---- the reader ----

enum { MOST_BATCHES = 5 };

struct way { // of reading a file
    unsigned n_batches;
    uint32_t max_rows; // of the first batch, and at most of the others
    uint64_t part_bytes;
    bool skip_second; // column
};

struct totals {
    uint64_t parts, misses;
};

static void add_rows(struct buf *out, const struct read_file *f,
                     const struct read_batch *b)
{
    for (uint32_t i = 0; i < b->n_rows; i++) {
        buf_printf(out, "%" PRIu32, b->row[i]);
        for (unsigned k = 0; k < f->width; k++) {
            buf_add_char(out, '|');
            if (!f->skipped[k])
                buf_add(out, read_text(b, k, i));
        }
        buf_add_char(out, '\n');
    }
}

// All that the file holds, as text: rows with their numbers, then what was counted.
static void read_all(const char *path, const struct way *way, struct buf *out,
                     struct totals *totals)
{
    struct read_file f = {0};
    struct read_batch batches[MOST_BATCHES] = {0};
    struct error e = {0};
    enum err code = read_open(&f, path, &e);
    f.part_bytes = way->part_bytes;
    f.part_fixed = true;
    for (unsigned i = 0; i < way->n_batches && !code; i++) {
        code = read_batch_open(&batches[i], f.width, &e);
        batches[i].max_rows = i ? 1 + way->max_rows * i / way->n_batches : way->max_rows;
    }
    if (!code && f.width > 1)
        f.skipped[1] = way->skip_second;
    double share = 0;
    for (unsigned used = 1; !code && used;) {
        code = read_plan(&f, batches, way->n_batches, &used, &e);
        assert_true(used <= way->n_batches);
        for (unsigned i = used; i-- > 0;) // in any order
            read_fill(&f, &batches[i]);
        if (!code)
            code = read_settle(&f, batches, used, &e);
        for (unsigned i = 0; i < used && !code; i++)
            add_rows(out, &f, &batches[i]);
        assert_true(f.share >= share && f.share <= 1);
        share = f.share;
    }
    buf_printf(out, "code %d rows %" PRIu64 " bad %" PRIu64 " ragged %" PRIu64 "\n",
               (int)code, f.n_rows, f.n_bad, f.n_ragged);
    if (code)
        buf_printf(out, "%s %s %s\n", e.key, e.where, e.text);
    if (f.n_bad)
        buf_printf(out, "%s %s %s %s\n", f.first_bad.key, f.first_bad.where,
                   f.first_bad.text, f.first_bad.cure);
    totals->parts += f.parts;
    totals->misses += f.misses;
    for (unsigned i = 0; i < way->n_batches; i++)
        read_batch_close(&batches[i]);
    read_close(&f);
}

static void assert_same_text(struct str a, struct str b)
{
    if (str_equal(a, b))
        return;
    size_t i = 0;
    while (i < a.n && i < b.n && a.p[i] == b.p[i])
        i++;
    size_t from = i > 60 ? i - 60 : 0;
    fail_msg("they part at %zu: \"%.120s\" and \"%.120s\"", i,
             a.p + (from < a.n ? from : a.n), b.p + (from < b.n ? from : b.n));
}

// Read in parts of some sizes, the content is what one reader gives.
static struct totals assert_parts(struct str content, struct rng *g)
{
    char path[64];
    write_file(path, content);
    struct totals totals = {0};
    bool skip = rng_chance(g, 0.3);
    struct way one = {1, READ_MAX_ROWS, 0, skip};
    struct buf whole = BUF_INIT(64 << 20), parts = BUF_INIT(64 << 20);
    read_all(path, &one, &whole, &totals);
    assert_int_equal(totals.parts, 0);
    for (int i = 0; i < 4; i++) {
        struct way way = {2 + (unsigned)rng_below(g, MOST_BATCHES - 1),
                          1 + (uint32_t)rng_below(g, rng_chance(g, 0.5) ? 5 : 500),
                          1 + rng_below(g, rng_chance(g, 0.5) ? 60 : 3000), skip};
        buf_clear(&parts);
        read_all(path, &way, &parts, &totals);
        buf_add_char(&whole, '\0');
        buf_add_char(&parts, '\0');
        assert_same_text((struct str){whole.p, --whole.n},
                         (struct str){parts.p, --parts.n});
    }
    unlink(path);
    buf_free(&whole);
    buf_free(&parts);
    return totals;
}

static void files_of_all_kinds(void **state)
{
    (void)state;
    static const struct str contents[] = {
        STR("id,name,town\n1,ann,x\n2,bob,y\n3,eve,z\n"),
        STR("id,name,town\r\n1,ann,x\r\n2,bob,y\r\n3,eve,z\r\n"),
        STR("id,name,town\r1,ann,x\r2,bob,y\r3,eve,z\r"),
        STR("\xEF\xBB\xBFid,name,town\n1,ann,x\n2,\"b\no\nb\",y\n3,eve,z"),
        STR("id;name\n1;\"a\n2;b\n3;c\"\n4;\"a\n\n\n5;\"\"x\"\n6;\"y\n7;z\n"),
        STR("id,name,town\n1,ann\n2,bob,y,more\n\n , ,\n3,eve,z,\n4, \"a, b\" ,c\n"),
        STR("id,name\n1,\"ann\n2,bob\n3,e\"ve\n4,\"x\"y\n5,\xFF\xFE\n6,ok\n7,\"no end"),
        STR("id,name\n1,a\n2,b\0c\n3,c\n4,d\n5,\0\n6,f\n\n\n\n\n\n\n\n\n\n7,g\n"),
        STR("\xFF\xFEi\0d\0,\0n\0\n\0"
            "1\0,\0a\0\n\0"
            "2\0,\0b\0\n\0"),
        STR("id,\xD0\xD5\xC3\xFB\n1,\xD5\xC5\xCE\xB0\n2,\xC0\xEE\xC4\xC8\n3,\xCD\xF5\n"),
        STR("id,姓名\n1,张伟\n2,　李娜　\n3,\"王\n芳\"\n4, \"刘，洋\"\n5,陈\"静\n"),
        STR("Table 1\n\nid,name\n1,ann\n2,bob\n3,eve\n"),
        STR("id\n1\n2\n\"\n\"\n3\n\"\"\n4"),
    };
    struct rng g = rng_seed(1);
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++)
        for (int k = 0; k < 20; k++)
            (void)assert_parts(contents[i], &g);
}

// A text of pieces that a CSV may go wrong with. `calm` files have few of them.
static void random_file(struct buf *out, struct rng *g, bool calm)
{
    static const struct str pieces[] = {
        STR("a"),   STR("ann"),  STR("x y"),  STR(" "),    STR("张伟"),     STR("\""),
        STR(","),   STR("\n"),   STR("\r"),   STR("\r\n"), STR("\"\""),     STR(",\""),
        STR("\","), STR("\"\n"), STR("\xC3"), STR("\0"),   STR("\xE5\xBC"), STR(", \""),
    };
    enum { TAME = 5, PIECES = sizeof pieces / sizeof pieces[0] };
    const char *end = rng_chance(g, 0.5) ? "\n" : rng_chance(g, 0.8) ? "\r\n" : "\r";
    unsigned width = 1 + (unsigned)rng_below(g, 4);
    uint64_t rows = rng_below(g, calm ? 400 : 60);
    for (unsigned k = 0; k < width; k++)
        buf_printf(out, "%sc%u", k ? "," : "", k);
    buf_add_c(out, end);
    for (uint64_t i = 0; i < rows; i++) {
        for (unsigned k = 0; k < width; k++) {
            buf_add_c(out, k ? "," : "");
            bool quoted = rng_chance(g, 0.2);
            buf_add_c(out, quoted ? "\"" : "");
            for (uint64_t n = rng_below(g, 4); n-- > 0;) {
                bool wild = rng_chance(g, calm ? 0.001 : 0.15);
                buf_add(out, pieces[rng_below(g, wild ? PIECES : TAME)]);
                if (quoted && rng_chance(g, 0.2))
                    buf_add_c(out, rng_chance(g, 0.5) ? end : "\"\"");
            }
            buf_add_c(out, quoted ? "\"" : "");
        }
        if (i + 1 < rows || rng_chance(g, 0.5))
            buf_add_c(out, end);
    }
}

static void random_files(void **state)
{
    (void)state;
    uint64_t seed = (uint64_t)getpid() * 2654435761u;
    print_message("# random_files: seed %" PRIu64 "\n", seed);
    struct rng g = rng_seed(seed);
    struct totals all = {0};
    struct buf text = BUF_INIT(1 << 24);
    for (int i = 0; i < 400; i++) {
        buf_clear(&text);
        random_file(&text, &g, i % 2);
        struct totals t = assert_parts(buf_str(&text), &g);
        all.parts += t.parts;
        all.misses += t.misses;
    }
    // it was in parts, some of which were guessed wrong, and most right
    assert_true(all.parts > 10000);
    assert_true(all.misses > 100);
    assert_true(all.misses < all.parts / 4);
    buf_free(&text);
}

// ---- the records ----

static void load(const char *path, unsigned threads, struct link_records **r,
                 struct error *problem)
{
    const char *id = "c0";
    struct link_load set = {.paths = &path, .n_paths = 1, .id = &id, .n_id = 1};
    struct pool *pool = NULL;
    struct error e = {0};
    if (threads)
        assert_ok(pool_open(&pool, threads, &e));
    *problem = (struct error){0};
    problem->code = link_records_load(r, &set, pool, problem);
    pool_close(pool);
}

static void assert_same_records(const struct link_records *a,
                                const struct link_records *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_columns, b->n_columns);
    assert_int_equal(a->n_no_id, b->n_no_id);
    assert_int_equal(a->n_same_id, b->n_same_id);
    const struct link_source *x = a->sources, *y = b->sources;
    assert_int_equal(x->n_bad, y->n_bad);
    assert_int_equal(x->n_ragged, y->n_ragged);
    assert_string_equal(x->first_bad.where, y->first_bad.where);
    assert_string_equal(x->first_bad.text, y->first_bad.text);
    assert_memory_equal(a->row, b->row, a->n * sizeof *a->row);
    assert_memory_equal(a->content, b->content, a->n * sizeof *a->content);
    for (uint32_t i = 0; i < a->n; i++) {
        assert_true(str_equal(link_record_id(a, i), link_record_id(b, i)));
    }
    for (unsigned k = 0; k < a->n_columns; k++) {
        const struct link_column *c = &a->columns[k], *d = &b->columns[k];
        assert_int_equal(c->n_values, d->n_values);
        assert_memory_equal(c->value, d->value, a->n * sizeof *c->value);
        assert_memory_equal(c->count, d->count, (c->n_values + 1) * sizeof *c->count);
        for (uint32_t v = 0; v <= c->n_values; v++)
            assert_true(str_equal(link_text(c, v), link_text(d, v)));
    }
}

// Enough rows for many rounds, with long ones and bad ones among them.
static void large_file(struct buf *text, struct rng *g, bool bad)
{
    buf_add_c(text, "c0,name,words,town\r\n");
    for (uint32_t i = 0; i < 60000; i++) {
        buf_printf(text, "%" PRIu32 ",\"n%d\",", i, (int)rng_below(g, 5000));
        uint64_t lines = rng_chance(g, 0.001) ? rng_below(g, 3000) : 0;
        buf_add_c(text, "\"");
        for (uint64_t k = 0; k < lines; k++)
            buf_printf(text, "%d,\"\"x\"\"\r\n", (int)k);
        buf_add_c(text, bad && rng_chance(g, 0.0002) ? "\xFF" : "ok");
        buf_add_c(text, bad && rng_chance(g, 0.0002) ? ",t\r\n" : "\",t\r\n");
    }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    for (int bad = 0; bad < 2; bad++) {
        struct rng g = rng_seed(7 + (uint64_t)bad);
        struct buf text = BUF_INIT(256 << 20);
        large_file(&text, &g, bad);
        assert_false(text.failed);
        char path[64];
        write_file(path, buf_str(&text));
        struct link_records *one, *more;
        struct error first, e;
        load(path, 0, &one, &first);
        assert_int_equal(first.code, ERR_OK);
        assert_true(bad ? one->sources[0].n_bad > 5 : one->n == 60000);
        for (unsigned threads = 1; threads <= 5; threads += 2) {
            load(path, threads, &more, &e);
            assert_int_equal(e.code, ERR_OK);
            assert_same_records(one, more);
            link_records_close(more);
        }
        link_records_close(one);
        unlink(path);
        buf_free(&text);
    }
}

static bool not_words(void *argument, struct str name)
{
    (void)argument;
    return !str_equal_c(name, "words") && !str_equal_c(name, "c0");
}

static void columns_that_are_not_wanted(void **state)
{
    (void)state;
    char path[64];
    write_file(path, STR("c0,name,words\n1,ann,x\n2,bob,y\n3,\"a\"\"b\",z,more\n4,x\n"));
    const char *paths[] = {path, path}, *id = "C0";
    struct link_load set = {
        .paths = paths, .n_paths = 2, .id = &id, .n_id = 1, .wanted = not_words};
    struct link_records *r;
    struct error e = {0};
    assert_ok(link_records_load(&r, &set, NULL, &e));
    assert_int_equal(r->n, 8);
    assert_int_equal(r->n_columns, 3);
    assert_int_equal(r->columns[0].kind, LINK_ID); // wanted, because it is the ids
    assert_int_equal(r->sources[1].n_ragged, 2);
    const struct link_column *words = link_records_column(r, STR("words"));
    assert_null(words->value);
    assert_int_equal(words->kind, LINK_IGNORED);
    assert_int_equal(words->n_values, 0);
    assert_int_equal(words->count[0], 8);
    assert_int_equal(words->sources, 3);
    assert_int_equal(r->columns[1].n_values, 4);
    const enum link_kind kinds[] = {LINK_ID, LINK_NAME, LINK_IGNORED};
    assert_ok(link_records_clean(r, kinds, NULL, &e));
    assert_int_equal(link_records_set_id(r, 2, &e), ERR_USAGE);
    link_records_close(r);
    unlink(path);
}

static void memory_that_fails(void **state)
{
    (void)state;
    char path[64];
    struct buf text = BUF_INIT(4096);
    buf_add_c(&text, "id,name\n1,ann\n2,\"b\nb\"\n3,\"e\"\"e\"\n");
    for (int i = 4; i < 30; i++)
        buf_printf(&text, "%d,%s\n", i,
                   i == 18   ? "\xFFx"
                   : i == 20 ? "\"b\"\"b\""
                             : "name");
    write_file(path, buf_str(&text));
    buf_free(&text);
    bool done = false;
    for (int64_t n = 0; !done; n++) {
        struct read_file f = {0};
        struct read_batch batches[3] = {0};
        struct error e = {0};
        mem_fail_after(n);
        enum err code = read_open(&f, path, &e);
        f.part_bytes = 8;
        f.part_fixed = true;
        if (!code)
            code = read_batch_open(&batches[0], f.width, &e);
        batches[0].max_rows = 1;
        for (unsigned used = 1; !code && used;) {
            code = read_plan(&f, batches, 3, &used, &e);
            for (unsigned i = 0; i < used && !code; i++)
                read_fill(&f, &batches[i]);
            if (!code)
                code = read_settle(&f, batches, used, &e);
        }
        mem_fail_after(-1);
        done = code == ERR_OK;
        if (!done) {
            assert_int_equal(code, ERR_MEMORY);
            assert_int_equal(e.code, ERR_MEMORY);
        } else {
            assert_int_equal(f.n_rows, 28);
            assert_int_equal(f.n_bad, 1);
            assert_true(f.parts > 3 && n > 20);
        }
        for (unsigned i = 0; i < 3; i++)
            read_batch_close(&batches[i]);
        read_close(&f);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_all_kinds),
        cmocka_unit_test(random_files),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(columns_that_are_not_wanted),
        cmocka_unit_test(memory_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
