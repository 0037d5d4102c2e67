// SPDX-License-Identifier: AGPL-3.0-or-later
// A good file spoiled in every way that chance finds: bytes changed, lines cut, quotes
// and separators put in, pieces twice, the end missing. Nothing crashes, and every row
// that the table reader sees is in the register, was there before, or comes back.
#include "county_test.h"

#include <time.h>

#include "base/rng.h"

enum { FILES = 400, ROWS = 60, SIZE_MAX_ = 1 << 15 };

static int setup(void **state)
{
    (void)state;
    make_county("minimal");
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,芜湖县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"
                                      "340221101,六郎镇,township,340221\n"),
              "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

struct text {
    char p[SIZE_MAX_];
    size_t n;
};

static void good_file(struct text *t, struct rng *r, int number)
{
    t->n =
        (size_t)snprintf(t->p, sizeof t->p, "certificate,sex,born_on,weight,residence\n");
    for (int i = 0; i < ROWS; i++)
        t->n += (size_t)snprintf(
            t->p + t->n, sizeof t->p - t->n, "R%d-%d,%s,2014-%02d-%02d,%d,%s\n", number,
            i, rng_chance(r, 0.5) ? "男" : "f", (int)rng_below(r, 6) + 1,
            (int)rng_below(r, 28) + 1, 2500 + (int)rng_below(r, 1500),
            rng_chance(r, 0.5) ? "\"湾沚镇\"" : "340221101");
}

static void insert(struct text *t, size_t at, const char *piece, size_t n)
{
    if (t->n + n > sizeof t->p)
        return;
    memmove(t->p + at + n, t->p + at, t->n - at);
    memcpy(t->p + at, piece, n);
    t->n += n;
}

static void cut(struct text *t, size_t at, size_t n)
{
    n = n < t->n - at ? n : t->n - at;
    memmove(t->p + at, t->p + at + n, t->n - at - n);
    t->n -= n;
}

static void spoil(struct text *t, struct rng *r)
{
    static const char *const pieces[] = {
        "\"",         "\"\"",         ",",        "\n",
        "\r",         "\r\n",         ",,,,,,,,", "\xFF",
        "\xE6\xB9",   "\t",           ";",        "\xEF\xBB\xBF",
        "=1+1",       "''",           "\"\n\"",   "　",
        "2014-02-31", "certificate,", "\x1A",     "\xCD\xE5\xE4\xDA\xD5\xF2"};
    char copied[400];
    // the headings are spoiled now and then; most often it would end there
    size_t from = rng_chance(r, 0.05) ? 0 : 42;
    if (t->n <= from + 1)
        return;
    size_t at = from + rng_below(r, t->n - from), n;
    const char *piece;
    switch (rng_below(r, 8)) {
    case 0:
        t->p[at] = (char)rng_below(r, 256);
        break;
    case 1:
        t->p[at] = (char)(t->p[at] ^ (char)(1 << rng_below(r, 8)));
        break;
    case 2:
        cut(t, at, 1 + rng_below(r, 90));
        break;
    case 3:
        if (rng_chance(r, 0.3))
            t->n = at;
        break;
    case 4: // a piece of the file once more
        n = 1 + rng_below(r, sizeof copied - 1);
        n = n < t->n - at ? n : t->n - at;
        memcpy(copied, t->p + at, n);
        insert(t, from + rng_below(r, t->n - from), copied, n);
        break;
    case 5:
        insert(t, at, "\0", 1);
        break;
    default:
        piece = pieces[rng_below(r, sizeof pieces / sizeof *pieces)];
        insert(t, at, piece, strlen(piece));
    }
}

// Rows as the table reader sees them: not blank, not the headings again.
static int64_t rows_seen(const char *file)
{
    struct table *t;
    struct table_row row;
    struct error e = {0};
    struct str headings[64];
    size_t n = 0;
    int64_t rows = 0;
    struct arena a;
    arena_init(&a, 0);
    assert_ok(table_open(&t, file, &(struct table_options){0}, &error));
    for (bool first = true;;) {
        assert_ok(table_read(t, &row, &e));
        if (row.end)
            break;
        if (row.blank)
            continue;
        if (first) {
            first = false;
            while (row.n && !str_trim(row.cells[row.n - 1]).n)
                row.n--;
            for (n = 0; n < row.n && n < 64; n++)
                headings[n] = str_copy(&a, str_trim(row.cells[n]));
            continue;
        }
        bool again = !row.problem.code && row.n == n;
        for (size_t i = 0; again && i < n; i++)
            again = str_equal(str_trim(row.cells[i]), headings[i]);
        rows += !again;
    }
    table_close(t);
    arena_free(&a);
    return rows;
}

static int64_t rows_of_rejects(void)
{
    if (access("x.csv.rejects.csv", F_OK) != 0)
        return 0;
    int64_t rows = rows_seen("x.csv.rejects.csv");
    unlink("x.csv.rejects.csv");
    return rows;
}

static void nothing_is_lost(void **state)
{
    (void)state;
    const char *given = getenv("HENG_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    struct rng r = rng_seed(seed);
    static struct text t;
    int refused = 0, rejected = 0;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < FILES; i++) {
        struct import_result out;
        good_file(&t, &r, i);
        for (size_t k = 1 + rng_below(&r, 12); k; k--)
            spoil(&t, &r);
        FILE *f = fopen("x.csv", "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(t.p, 1, t.n, f), t.n);
        assert_int_equal(fclose(f), 0);
        int64_t before = ask("SELECT count(*) FROM r_births");
        struct arena own = arena; // what one import needs is not kept for the next
        arena_init(&arena, 0);
        enum err code = import_file("births", "x.csv", "", &out);
        int64_t in = ask("SELECT count(*) FROM r_births") - before;
        if (code) {
            refused++;
            if (code != ERR_INPUT || !error.text[0] || !error.cure[0])
                fail_msg("file %d: %d %s (%s)", i, code, error.text, error.cure);
            assert_int_equal(in, 0);
            assert_int_equal(access("x.csv.rejects.csv", F_OK), -1);
        } else {
            int64_t seen = rows_seen("x.csv"), back = rows_of_rejects();
            rejected += out.rejected > 0;
            if ((int64_t)out.rows != seen ||
                (int64_t)(out.inserted + out.corrected + out.unchanged + out.rejected) !=
                    seen ||
                in != (int64_t)out.inserted || back != (int64_t)out.rejected)
                fail_msg(
                    "file %d: %lld rows, %llu seen by the import; %llu + %llu + %llu"
                    " + %llu; %lld more in the register, %lld in the rejects file",
                    i, (long long)seen, (unsigned long long)out.rows,
                    (unsigned long long)out.inserted, (unsigned long long)out.corrected,
                    (unsigned long long)out.unchanged, (unsigned long long)out.rejected,
                    (long long)in, (long long)back);
        }
        arena_free(&arena);
        arena = own;
    }
    print_message("# %d files: %d refused as a whole, %d with rows that came back\n",
                  FILES, refused, rejected);
    assert_true(refused < FILES / 2 && rejected > FILES / 4);
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
