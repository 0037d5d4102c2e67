// SPDX-License-Identifier: AGPL-3.0-or-later
// How many pairs of names the comparators decide in a second, on one core: each pair by a
// call, and with a memory of the pairs of values that were seen. Prints Markdown.
//   bench_comparators FOLDER [PAIRS [FILE]]     FILE gets the first million pairs of
//   the first table and their values, for a peer
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "link/compare.h"

enum {
    PEOPLE = 100000, // two records of each
    NAMES = 4000,    // different ones, before the typos
    VARIANTS = 2 * PEOPLE,
    LONGEST = 48,
    RUNS = 5,
    ALL = 99,
    WRITTEN = 1000000,
    SLOTS_LOG2 = 16 // of 16 bytes: 1 MiB
};

struct names { // a value for each different text
    struct str *text;
    char *bytes;
    size_t n, used;
    uint32_t *table; // by hash, 0: free, else the value's number plus one
};

struct pair {
    uint32_t a, b;
};

struct slot {
    uint64_t key; // 0: free
    double value;
};

static struct names names;
static struct pair *pairs;
static size_t n_pairs = 4000000;
static struct slot *slots;

static void *need(size_t n, size_t size)
{
    void *p = mem_alloc(n, size);
    if (!p) {
        fprintf(stderr, "bench_comparators: out of memory\n");
        exit(1);
    }
    return p;
}

// Of this thread only: what else runs on the machine does not count.
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// Names ----------------------------------------------------------------------------

enum { TABLE = 1 << 20 };

static uint32_t value_of(struct str s)
{
    uint32_t at = (uint32_t)str_hash(s, 1) % TABLE;
    for (; names.table[at]; at = (at + 1) % TABLE)
        if (str_equal(names.text[names.table[at] - 1], s))
            return names.table[at] - 1;
    memcpy(names.bytes + names.used, s.p, s.n);
    names.text[names.n] = (struct str){names.bytes + names.used, s.n};
    names.used += s.n;
    names.table[at] = (uint32_t)++names.n;
    return (uint32_t)names.n - 1;
}

// Two to four syllables, most often two or three: 6 to 7 letters in the mean.
static size_t make_latin(struct rng *r, char *out)
{
    static const char *const begin[] = {"m", "j", "l", "s",  "b",  "k", "r",
                                        "d", "c", "h", "n",  "t",  "w", "g",
                                        "p", "f", "v", "ch", "st", "br"};
    static const char *const middle[] = {"a", "e", "i", "o", "u", "a", "e", "ie", "ea"};
    static const char *const end[] = {"", "", "", "n", "r", "l", "s", "t", "ck", "y"};
    size_t n = 0;
    static const unsigned many[] = {2, 2, 2, 2, 3, 3, 3, 4};
    unsigned syllables = many[rng_below(r, 8)];
    for (unsigned i = 0; i < syllables; i++) {
        const char *parts[3] = {
            begin[rng_below(r, 20) * rng_below(r, 20) / 20], middle[rng_below(r, 9)],
            i + 1 == syllables || rng_chance(r, 0.3) ? end[rng_below(r, 10)] : ""};
        for (unsigned k = 0; k < 3; k++) {
            memcpy(out + n, parts[k], strlen(parts[k]));
            n += strlen(parts[k]);
        }
    }
    return n;
}

static size_t add_han(char *out, uint32_t c)
{
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 63));
    out[2] = (char)(0x80 | (c & 63));
    return 3;
}

// Two characters or three; a few are frequent.
static size_t make_chinese(struct rng *r, char *out)
{
    size_t n =
        add_han(out, 0x4E00 + 37 * (uint32_t)(rng_below(r, 20) * rng_below(r, 20)));
    for (unsigned given = rng_chance(r, 0.8) ? 2 : 1; given > 0; given--)
        n += add_han(out + n,
                     0x5000 + 13 * (uint32_t)(rng_below(r, 35) * rng_below(r, 35)));
    return n;
}

static size_t make_address(struct rng *r, char *out)
{
    size_t n = (size_t)snprintf(out, LONGEST, "%u ", 1 + (unsigned)rng_below(r, 200));
    n += make_latin(r, out + n);
    out[n++] = ' ';
    n += make_latin(r, out + n);
    memcpy(out + n, " road", 5);
    return n + 5;
}

// One edit: a letter lost, doubled or changed, or two neighbours swapped.
static size_t add_typo(struct rng *r, char *out, size_t n, size_t letter)
{
    size_t at = rng_below(r, n / letter) * letter;
    char kept[LONGEST];
    memcpy(kept, out, n);
    switch (rng_below(r, 4)) {
    case 0:
        if (n <= 2 * letter)
            return n;
        memmove(out + at, out + at + letter, n - at - letter);
        return n - letter;
    case 1:
        memmove(out + at + letter, out + at, n - at);
        return n + letter;
    case 2:
        memcpy(out + at, kept + rng_below(r, n / letter) * letter, letter);
        return n;
    default:
        if (at + letter < n) {
            memcpy(out + at, kept + at + letter, letter);
            memcpy(out + at + letter, kept + at, letter);
        }
        return n;
    }
}

typedef size_t make_name(struct rng *r, char *out);

static size_t draw_rank(struct rng *r, const double *upto)
{
    double at = rng_uniform(r) * upto[NAMES - 1];
    size_t low = 0, high = NAMES - 1;
    while (low < high) {
        size_t half = (low + high) / 2;
        if (upto[half] > at)
            high = half;
        else
            low = half + 1;
    }
    return low;
}

// Rank k is drawn as often as 1 / (k + 2.7): the first name of 4000 for 4 of 100 people,
// the first ten for a quarter, as in a census.
static void make_pairs(make_name *make, size_t letter, uint64_t seed)
{
    struct rng r = rng_seed(seed);
    double *upto = need(NAMES, sizeof *upto), sum = 0;
    uint32_t *clean = need(NAMES, sizeof *clean),
             *people = need(2 * PEOPLE, sizeof *people);
    char text[LONGEST + 8];
    memset(names.table, 0, TABLE * sizeof *names.table);
    names.n = names.used = 0;
    for (size_t i = 0; i < NAMES; i++) {
        do {
            struct str s = {text, make(&r, text)};
            clean[i] = value_of(s);
        } while (clean[i] != i); // had before
        sum += 1 / ((double)i + 3.7);
        upto[i] = sum;
    }
    for (size_t i = 0; i < PEOPLE; i++) {
        people[2 * i] = clean[draw_rank(&r, upto)];
        people[2 * i + 1] = people[2 * i];
    }
    for (size_t i = 0; i < 2 * PEOPLE; i++)
        if (rng_chance(&r, 0.05)) {
            struct str s = names.text[people[i]];
            memcpy(text, s.p, s.n);
            s = (struct str){text, add_typo(&r, text, s.n, letter)};
            people[i] = value_of(s);
        }
    for (size_t i = 0; i < n_pairs; i++) {
        uint64_t a = rng_below(&r, 2 * PEOPLE);
        uint64_t b = rng_chance(&r, 0.1) ? a ^ 1 : rng_below(&r, 2 * PEOPLE);
        pairs[i] = (struct pair){people[a], people[b]};
    }
    mem_free(upto);
    mem_free(clean);
    mem_free(people);
}

// Comparators ----------------------------------------------------------------------

typedef double comparator(struct str a, struct str b);

static double jaro(struct str a, struct str b)
{
    return compare_jaro(a, b);
}
static double winkler(struct str a, struct str b)
{
    return compare_jaro_winkler(a, b);
}
static double edit_1(struct str a, struct str b)
{
    return compare_levenshtein(a, b, 1);
}
static double edit_2(struct str a, struct str b)
{
    return compare_levenshtein(a, b, 2);
}
static double edit(struct str a, struct str b)
{
    return compare_levenshtein(a, b, UINT32_MAX - 1);
}
static double osa_2(struct str a, struct str b)
{
    return compare_osa(a, b, 2);
}
static double osa(struct str a, struct str b)
{
    return compare_osa(a, b, UINT32_MAX - 1);
}
static double damerau_2(struct str a, struct str b)
{
    return compare_damerau(a, b, 2);
}
static double damerau(struct str a, struct str b)
{
    return compare_damerau(a, b, UINT32_MAX - 1);
}
static double jaccard(struct str a, struct str b)
{
    return compare_jaccard(a, b);
}
static double qgram(struct str a, struct str b)
{
    return compare_qgram(a, b, 2);
}
static double cosine(struct str a, struct str b)
{
    return compare_cosine(a, b);
}
static double tokens(struct str a, struct str b)
{
    return compare_tokens(a, b, 0.9);
}

static const struct {
    const char *name;
    comparator *call;
    double bar; // million pairs a second
} comparators[] = {
    {"Jaro-Winkler", winkler, 25},
    {"Levenshtein, up to 2", edit_2, 60},
    {"Levenshtein, up to 1", edit_1, 60},
    {"Levenshtein, no cut-off", edit, 0},
    {"Jaro", jaro, 0},
    {"OSA, up to 2", osa_2, 0},
    {"OSA, no cut-off", osa, 0},
    {"Damerau, up to 2", damerau_2, 0},
    {"Damerau, no cut-off", damerau, 0},
    {"Jaccard of characters", jaccard, 0},
    {"Jaccard of 2-grams", qgram, 0},
    {"cosine of 2-grams", cosine, 0},
    {"tokens", tokens, 0},
};

static double run_raw(comparator *call, double *sum)
{
    double start = now();
    *sum = 0;
    for (size_t i = 0; i < n_pairs; i++)
        *sum += call(names.text[pairs[i].a], names.text[pairs[i].b]);
    return now() - start;
}

// As the engine does it: equal numbers are equal texts, else the memory, else a call.
static double run_memory(comparator *call, double *sum, size_t *calls)
{
    memset(slots, 0, sizeof *slots << SLOTS_LOG2);
    double start = now(), same = call(STR("same"), STR("same"));
    *sum = 0;
    *calls = 0;
    for (size_t i = 0; i < n_pairs; i++) {
        uint32_t a = pairs[i].a, b = pairs[i].b;
        if (a == b) {
            *sum += same;
            continue;
        }
        uint64_t key = (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a);
        struct slot *s = &slots[key * 0x9E3779B97F4A7C15u >> (64 - SLOTS_LOG2)];
        if (s->key != key) {
            *s = (struct slot){key, call(names.text[a], names.text[b])};
            ++*calls;
        }
        *sum += s->value;
    }
    return now() - start;
}

static void measure(size_t k, bool has_bar)
{
    double raw = 1e9, memory = 1e9, sum = 0, sum_memory = 0;
    size_t calls = 0;
    for (int i = 0; i < RUNS; i++) {
        double t = run_raw(comparators[k].call, &sum);
        raw = t < raw ? t : raw;
        t = run_memory(comparators[k].call, &sum_memory, &calls);
        memory = t < memory ? t : memory;
    }
    if (sum - sum_memory > 1e-6 * sum || sum_memory - sum > 1e-6 * sum) {
        fprintf(stderr, "bench_comparators: %s differs with a memory\n",
                comparators[k].name);
        exit(1);
    }
    double n = (double)n_pairs / 1e6, best = n / memory > n / raw ? n / memory : n / raw;
    printf("| %s | %.1f | %.1f | %.0f %% |", comparators[k].name, n / raw, n / memory,
           100 * (1 - (double)calls / (double)n_pairs));
    if (comparators[k].bar > 0 && has_bar)
        printf(" %.0f | %s |\n", comparators[k].bar,
               n / raw >= comparators[k].bar ? "met by calls alone"
               : best >= comparators[k].bar  ? "met"
                                             : "**not met**");
    else
        printf(" | |\n");
}

static void table(const char *title, make_name *make, size_t letter, uint64_t seed,
                  size_t most_rows)
{
    make_pairs(make, letter, seed);
    double letters = 0;
    for (size_t i = 0; i < n_pairs; i++)
        letters += (double)(names.text[pairs[i].a].n + names.text[pairs[i].b].n);
    printf("\n### %s\n\n%zu pairs of %zu different texts, %.1f characters in the mean\n\n"
           "| comparator | calls, M pairs/s | with memory, M pairs/s | decided without a "
           "call | bar | |\n| --- | ---: | ---: | ---: | ---: | --- |\n",
           title, n_pairs, names.n, letters / 2 / (double)n_pairs / (double)letter);
    for (size_t k = 0; k < sizeof comparators / sizeof *comparators && k < most_rows; k++)
        measure(k, most_rows == ALL);
    fflush(stdout);
}

// For a peer to run on and to agree with: both texts, Jaro-Winkler, Levenshtein, OSA,
// Damerau.
static void write_pairs(const char *path)
{
    FILE *f = fopen(path, "w");
    for (size_t i = 0; f && i < n_pairs && i < WRITTEN; i++) {
        struct str a = names.text[pairs[i].a], b = names.text[pairs[i].b];
        fprintf(f, STR_FMT "\t" STR_FMT "\t%.17g\t%.0f\t%.0f\t%.0f\n", STR_ARG(a),
                STR_ARG(b), winkler(a, b), edit(a, b), osa(a, b), damerau(a, b));
    }
    if (!f || fclose(f)) {
        fprintf(stderr, "bench_comparators: cannot write %s\n", path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    int64_t wanted = (int64_t)n_pairs;
    if (argc > 2 && (!str_to_int(str_of(argv[2]), &wanted) || wanted < 1000)) {
        fprintf(stderr, "bench_comparators: PAIRS must be 1000 or more, not %s\n",
                argv[2]);
        return 1;
    }
    n_pairs = (size_t)wanted;
    names.text = need(NAMES + VARIANTS, sizeof *names.text);
    names.bytes = need(NAMES + VARIANTS, LONGEST);
    names.table = need(TABLE, sizeof *names.table);
    pairs = need(n_pairs, sizeof *pairs);
    slots = need((size_t)1 << SLOTS_LOG2, sizeof *slots);
    printf("Seconds are of this one thread's processor time; the best of %d runs. Names "
           "are made of\nsyllables, %d different ones, drawn with the frequency "
           "1 / (rank + 2.7) that real first names\nand surnames follow; one in twenty "
           "has a typo; a tenth of the pairs are of the same person.\nThe memory holds "
           "%d pairs of values and begins empty.\n",
           RUNS, NAMES, 1 << SLOTS_LOG2);
    table("Names in Latin letters", make_latin, 1, 1, ALL);
    if (argc > 3)
        write_pairs(argv[3]);
    table("Chinese names", make_chinese, 3, 2, 13);
    table("Addresses", make_address, 1, 3, 4);
    return 0;
}
