// SPDX-License-Identifier: AGPL-3.0-or-later
// People that never were, some of them registered more than once with slips of the pen:
//   make_people OUT.csv RECORDS SEED
// unique_id,first_name,surname,dob,postcode,email,cluster. Names are made of syllables
// and come with frequencies as real ones do (Zipf-Mandelbrot, the exponents of surname
// and given-name registers: about 0.9 and 1.0). About 30 % of the records are second ones
// of a person; each field of these is changed with 12 % (a character other, added, lost,
// swapped), and lost with 4 %.
#include "base/rng.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SURNAMES = 30000, FIRST_NAMES = 6000, POSTCODES = 20000, FIELDS = 5, WIDTH = 48 };

static const char *const starts[] = {"b",  "br", "c", "ch", "d", "f", "g",
                                     "gr", "h",  "j", "k",  "l", "m", "n",
                                     "p",  "r",  "s", "st", "t", "v", "w"};
static const char *const middles[] = {"a", "e", "i", "o", "u", "ai", "ee", "ou"};
static const char *const ends[] = {"n", "r", "l", "s", "t", "ck", "nd", "", "", "m"};

static void make_name(struct rng *r, char out[WIDTH])
{
    int syllables = rng_chance(r, 0.25) ? 3 : 2;
    size_t at = 0;
    for (int i = 0; i < syllables; i++)
        at += (size_t)snprintf(out + at, WIDTH - at, "%s%s%s", starts[rng_below(r, 21)],
                               middles[rng_below(r, 8)], ends[rng_below(r, 10)]);
}

struct names {
    char (*text)[WIDTH];
    double *below; // cumulated frequency
    size_t n;
};

static struct names make_names(struct rng *r, size_t n, double exponent)
{
    struct names s = {calloc(n, sizeof *s.text), calloc(n, sizeof *s.below), n};
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        make_name(r, s.text[i]);
        sum += pow((double)i + 3.9, -exponent);
        s.below[i] = sum;
    }
    return s;
}

static size_t draw_name(struct rng *r, const struct names *s)
{
    double u = rng_uniform(r) * s->below[s->n - 1];
    size_t low = 0, high = s->n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->below[middle] < u)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct person {
    char fields[FIELDS][WIDTH];
    size_t number;
};

static struct person make_person(struct rng *r, const struct names *first,
                                 const struct names *last, size_t number)
{
    struct person p = {.number = number};
    const char *a = first->text[draw_name(r, first)], *b = last->text[draw_name(r, last)];
    unsigned code = (unsigned)rng_below(r, POSTCODES);
    snprintf(p.fields[0], WIDTH, "%s", a);
    snprintf(p.fields[1], WIDTH, "%s", b);
    snprintf(p.fields[2], WIDTH, "%d-%02d-%02d", 1935 + (int)rng_below(r, 85),
             1 + (int)rng_below(r, 12), 1 + (int)rng_below(r, 28));
    snprintf(p.fields[3], WIDTH, "%c%c%u %u%c%c", 'A' + (int)(code % 23),
             'A' + (int)(code / 23 % 23), code % 29 + 1, code % 9,
             'A' + (int)(code / 7 % 20), 'A' + (int)(code / 140 % 20));
    char handle[WIDTH];
    make_name(r, handle);
    if (rng_chance(r, 0.2)) // some people put their names into it
        snprintf(handle, WIDTH, "%.10s.%.12s", a, b);
    snprintf(p.fields[4], WIDTH, "%.24s%u@mail%u.org", handle,
             (unsigned)rng_below(r, 1000), (unsigned)rng_below(r, 20));
    return p;
}

static void spoil(struct rng *r, char *s)
{
    size_t n = str_of(s).n;
    if (rng_chance(r, 0.04))
        s[0] = 0;
    if (!s[0] || !rng_chance(r, 0.12))
        return;
    size_t at = rng_below(r, n);
    char c = s[at] >= '0' && s[at] <= '9' ? (char)('0' + rng_below(r, 10))
                                          : (char)('a' + rng_below(r, 26));
    switch (rng_below(r, 4)) {
    case 0:
        s[at] = c;
        break;
    case 1: // lost
        for (size_t i = at; i < n; i++)
            s[i] = s[i + 1];
        break;
    case 2: // added
        if (n + 2 < WIDTH) {
            for (size_t i = n + 1; i > at; i--)
                s[i] = s[i - 1];
            s[at] = c;
        }
        break;
    default: // swapped
        if (at + 1 < n) {
            c = s[at];
            s[at] = s[at + 1];
            s[at + 1] = c;
        }
        break;
    }
}

static void print_person(FILE *f, const struct person *p, long id)
{
    fprintf(f, "%ld", id);
    for (int i = 0; i < FIELDS; i++)
        fprintf(f, ",%s", p->fields[i]);
    fprintf(f, ",%zu\n", p->number);
}

int main(int argc, char **argv)
{
    int64_t n = 0, seed = 1;
    if (argc != 4 || !str_to_int(str_of(argv[2]), &n) ||
        !str_to_int(str_of(argv[3]), &seed)) {
        fputs("make_people OUT.csv RECORDS SEED\n", stderr);
        return 64;
    }
    FILE *f = fopen(argv[1], "w");
    if (!f) {
        perror(argv[1]);
        return 73;
    }
    struct rng r = rng_seed((uint64_t)seed);
    struct names first = make_names(&r, FIRST_NAMES, 1.0);
    struct names last = make_names(&r, SURNAMES, 0.9);
    fputs("unique_id,first_name,surname,dob,postcode,email,cluster\n", f);
    size_t people = 0;
    for (int64_t i = 0; i < n;) {
        struct person p = make_person(&r, &first, &last, people++);
        print_person(f, &p, (long)i++);
        for (double u = rng_uniform(&r); u < 0.33 && i < n; u = rng_uniform(&r)) {
            struct person again = p;
            for (int k = 0; k < FIELDS; k++)
                spoil(&r, again.fields[k]);
            print_person(f, &again, (long)i++);
        }
    }
    free(first.text);
    free(first.below);
    free(last.text);
    free(last.below);
    return fclose(f) ? 74 : 0;
}
