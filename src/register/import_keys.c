// SPDX-License-Identifier: AGPL-3.0-or-later
// Keys and fingerprints: which rows of a file are the same.
#include <string.h>

#include "register/import_private.h"
#include "register/row.h"

enum { SEEN_START = 1 << 12 };

static bool seen_grow(struct import_seen *s)
{
    size_t capacity = s->capacity ? s->capacity * 2 : SEEN_START;
    uint64_t *hashes = mem_alloc(capacity, sizeof *hashes);
    if (!hashes)
        return false;
    for (size_t i = 0; i < s->capacity; i++) {
        if (!s->hashes[i])
            continue;
        size_t k = s->hashes[i] & (capacity - 1);
        while (hashes[k])
            k = (k + 1) & (capacity - 1);
        hashes[k] = s->hashes[i];
    }
    mem_free(s->hashes);
    s->hashes = hashes;
    s->capacity = capacity;
    return true;
}

int import_seen_add(struct import_seen *s, uint64_t hash)
{
    hash |= hash == 0;
    if (s->n * 2 >= s->capacity && !seen_grow(s))
        return -1;
    size_t k = hash & (s->capacity - 1);
    while (s->hashes[k]) {
        if (s->hashes[k] == hash)
            return 1;
        k = (k + 1) & (s->capacity - 1);
    }
    s->hashes[k] = hash;
    s->n++;
    return 0;
}

static uint64_t hash_value(const struct county *c, const struct field *f,
                           const struct datum *v, int slot, uint64_t hash)
{
    char space[DATUM_TEXT_SIZE];
    struct str text = datum_text(f, v, c->places, space);
    return text.p ? str_hash(text,
                             hash ^ (uint64_t)(slot + 1) * UINT64_C(0x9E3779B97F4A7C15))
                  : hash;
}

uint64_t import_fingerprint(const struct county *c, const struct reg *r,
                            const struct datum *values, bool *keyed, uint64_t *key_hash)
{
    const int *slot = county_slots(c, r)->slot;
    uint64_t content = 1, key = 2;
    for (size_t i = 0; i < r->n_fields; i++)
        if (!r->fields[i].system || i == FIELD_SOURCE)
            content = hash_value(c, &r->fields[i], &values[i], slot[i], content);
    *keyed = r->n_key > 0;
    for (size_t i = 0; i < r->n_key; i++) {
        size_t k = r->key[i]->index;
        if (values[k].null)
            *keyed = false;
        key = hash_value(c, r->key[i], &values[k], slot[k], key);
    }
    *key_hash = key;
    return *keyed ? (key & 0xFFFFFFFF00000000ULL) | (content & 0xFFFFFFFFULL) : content;
}

enum err import_apply_keys(struct import_reader *r, struct error *e)
{
    size_t kept = 0, n = r->batch->n, width = r->m->reg->n_fields;
    for (size_t i = 0; i < n; i++) {
        bool keyed;
        uint64_t key_hash;
        uint64_t print = import_fingerprint(r->m->county, r->m->reg,
                                            import_row_values(r, i), &keyed, &key_hash);
        if (keyed) {
            // two entries a row: the whole key, and key with content (of which half the
            // bits are kept)
            int whole = import_seen_add(&r->seen, print);
            int key = whole < 0 ? -1 : import_seen_add(&r->keys, key_hash);
            if (key < 0)
                return error_memory(e);
            if (whole == 1) {
                r->m->repeated++;
                continue;
            }
            if (key == 1) {
                r->n_problems = 0;
                struct import_row_problem *p = import_problem_add(r, r->m->reg->key[0]);
                error_set(&p->error, ERR_INPUT, "import.key_twice", NULL,
                          "a row above has the same key with another content");
                error_cure(&p->error, "keep the one that is right");
                enum err code = import_reject(r, r->batch->row_numbers[i], r->cells[i],
                                              r->n_cells[i], e);
                if (code)
                    return code;
                continue;
            }
        }
        if (kept != i) {
            memcpy(import_row_values(r, kept), import_row_values(r, i),
                   width * sizeof(struct datum));
            r->batch->row_numbers[kept] = r->batch->row_numbers[i];
        }
        r->m->out->warned += r->batch->warned[i];
        import_row_values(r, kept)[FIELD_FINGERPRINT] =
            (struct datum){.i = (int64_t)print};
        row_image(r->m->county, r->m->reg, import_row_values(r, kept), &r->image);
        r->batch->images[kept] = str_copy(&r->batch->arena, buf_str(&r->image));
        enum err code = buf_check(&r->image, e);
        if (code)
            return code;
        if (!r->batch->images[kept].p)
            return error_memory(e);
        r->batch->keyed[kept] = keyed;
        kept++;
    }
    r->batch->n = kept;
    return ERR_OK;
}
