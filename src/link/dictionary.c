// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/dictionary.h"

#include <string.h>

#include "link/records_private.h"

enum {
    FIRST_LOG2_SLOTS = 6,
    LAST_LOG2_SLOTS = 32,
    AHEAD = 32 // texts whose slots are fetched together
};

// ---- texts ----

// Half as much again at a time. The heap moves large blocks by their pages and gives none
// before it is written to, so that this costs neither copies nor memory.
static void *grow(void *block, size_t *capacity, size_t needed, size_t size)
{
    size_t more = *capacity + *capacity / 2;
    if (more < needed)
        more = needed;
    void *p = mem_resize(block, more, size);
    if (p)
        *capacity = more;
    return p;
}

static bool make_room(struct link_texts *t, struct text_room *room, size_t texts,
                      size_t bytes)
{
    if (bytes > room->bytes) {
        char *p = grow(t->bytes, &room->bytes, bytes, 1);
        if (!p)
            return false;
        t->bytes = p;
    }
    if (texts + 1 > room->offsets) {
        uint64_t *p = grow(t->offset, &room->offsets, texts + 1, sizeof *p);
        if (!p)
            return false;
        t->offset = p;
        p[0] = 0;
    }
    return true;
}

bool link_texts_add(struct link_texts *t, struct text_room *room, struct str text)
{
    size_t end = t->n ? t->offset[t->n] : 0;
    if ((end + text.n > room->bytes || t->n + 2 > room->offsets) &&
        !make_room(t, room, t->n + 1, end + text.n))
        return false;
    if (text.n)
        memcpy(t->bytes + end, text.p, text.n);
    t->n++;
    t->offset[t->n] = end + text.n;
    return true;
}

bool link_texts_expect(struct link_texts *t, struct text_room *room, uint64_t n)
{
    double each = t->n ? (double)t->offset[t->n] / (double)t->n : 0;
    return n <= t->n || make_room(t, room, n, (size_t)(each * (double)n) + 1);
}

void link_texts_fit(struct link_texts *t)
{
    // a block that cannot be made smaller stays as it is
    char *bytes = t->n ? mem_resize(t->bytes, t->offset[t->n] + 1, 1) : NULL;
    uint64_t *offset = t->n ? mem_resize(t->offset, t->n + 1, sizeof *offset) : NULL;
    t->bytes = bytes ? bytes : t->bytes;
    t->offset = offset ? offset : t->offset;
}

void link_texts_free(struct link_texts *t)
{
    mem_free(t->bytes);
    mem_free(t->offset);
    *t = (struct link_texts){0};
}

// ---- the index ----

static inline uint32_t tag_of(struct str text)
{
    return (uint32_t)(str_hash(text, 0) >> 32);
}

static inline uint64_t first_slot(const struct dictionary *d, uint32_t tag)
{
    return (uint64_t)tag >> (32 - d->log2_slots);
}

// Free slots. They are written at once: a lookup reads them first, and a page of the
// heap that is read before it is written costs two faults and a stop of all threads.
static struct dictionary_slot *new_slots(unsigned log2_slots)
{
    size_t n = (size_t)1 << log2_slots;
    struct dictionary_slot *slots = mem_resize(NULL, n, sizeof *slots);
    if (slots)
        memset(slots, 0, n * sizeof *slots);
    return slots;
}

enum err dictionary_open(struct dictionary *d, struct error *e)
{
    *d = (struct dictionary){.log2_slots = FIRST_LOG2_SLOTS, .room = {64, 1}};
    d->slots = new_slots(d->log2_slots);
    d->texts.offset = mem_alloc(d->room.offsets, sizeof *d->texts.offset);
    d->texts.bytes = mem_alloc(1, 1);
    d->texts.n = 1;
    if (d->slots && d->texts.offset && d->texts.bytes)
        return ERR_OK;
    dictionary_close(d);
    return error_memory(e);
}

void dictionary_close(struct dictionary *d)
{
    mem_free(d->slots);
    link_texts_free(&d->texts);
    *d = (struct dictionary){0};
}

static void place(struct dictionary *d, struct dictionary_slot entry)
{
    uint64_t mask = ((uint64_t)1 << d->log2_slots) - 1;
    uint64_t at = first_slot(d, entry.tag);
    while (d->slots[at].number)
        at = (at + 1) & mask;
    d->slots[at] = entry;
}

static unsigned log2_slots_for(uint64_t n)
{
    unsigned log2_slots = FIRST_LOG2_SLOTS;
    while (log2_slots < LAST_LOG2_SLOTS && (n + 1) * 4 > ((uint64_t)1 << log2_slots) * 3)
        log2_slots++;
    return log2_slots;
}

// The tags say where each entry goes; no text is read again.
static bool set_slots(struct dictionary *d, unsigned log2_slots)
{
    uint64_t n = (uint64_t)1 << d->log2_slots;
    struct dictionary_slot *old = d->slots;
    struct dictionary_slot *slots = new_slots(log2_slots);
    if (!slots)
        return false;
    d->slots = slots;
    d->log2_slots = log2_slots;
    for (uint64_t i = 0; i < n; i++)
        if (old[i].number)
            place(d, old[i]);
    mem_free(old);
    return true;
}

// Doubles the index when it would be fuller than three quarters.
static bool grow_slots(struct dictionary *d)
{
    uint64_t n = (uint64_t)1 << d->log2_slots;
    if (d->texts.n * 4 <= n * 3 || d->log2_slots == LAST_LOG2_SLOTS)
        return d->texts.n < n;
    return set_slots(d, d->log2_slots + 1);
}

static inline uint64_t word_at(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

// Most texts are a few bytes long, and a call of memcmp would take longer than this.
static inline bool is_same(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    if (a.n < 8) {
        size_t i = 0;
        while (i < a.n && a.p[i] == b.p[i])
            i++;
        return i == a.n;
    }
    for (size_t i = 0; i + 8 < a.n; i += 8)
        if (word_at(a.p + i) != word_at(b.p + i))
            return false;
    return word_at(a.p + a.n - 8) == word_at(b.p + b.n - 8);
}

// The slot that holds the text, or the free one where it belongs.
static inline uint64_t seek(const struct dictionary *d, struct str text, uint32_t tag)
{
    uint64_t mask = ((uint64_t)1 << d->log2_slots) - 1;
    uint64_t at = first_slot(d, tag);
    for (; d->slots[at].number; at = (at + 1) & mask)
        if (d->slots[at].tag == tag &&
            is_same(link_texts_at(&d->texts, d->slots[at].number), text))
            break;
    return at;
}

// Texts that are looked up together. Each step touches memory that the step before has
// asked for, so that the waits for it overlap.
struct lookup {
    uint32_t tag[AHEAD];
    uint32_t number[AHEAD]; // of the first text with the same tag; 0: there is none
};

static void look_up(const struct dictionary *d, const struct str *texts, size_t n,
                    struct lookup *l)
{
    uint64_t mask = ((uint64_t)1 << d->log2_slots) - 1;
    for (size_t i = 0; i < n; i++) {
        l->tag[i] = tag_of(texts[i]);
        __builtin_prefetch(&d->slots[first_slot(d, l->tag[i])]);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t at = first_slot(d, l->tag[i]);
        while (d->slots[at].number && d->slots[at].tag != l->tag[i])
            at = (at + 1) & mask;
        l->number[i] = d->slots[at].number;
        __builtin_prefetch(&d->texts.offset[l->number[i]]);
    }
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(d->texts.bytes + d->texts.offset[l->number[i]]);
}

static bool add_new(struct dictionary *d, struct str text, uint32_t tag, uint64_t slot)
{
    if (!link_texts_add(&d->texts, &d->room, text))
        return false;
    d->slots[slot] = (struct dictionary_slot){tag, dictionary_size(d)};
    return grow_slots(d);
}

enum err dictionary_add(struct dictionary *d, const struct str *texts, size_t n,
                        uint32_t *numbers, struct error *e)
{
    struct lookup l;
    for (size_t begin = 0; begin < n; begin += AHEAD) {
        size_t k = n - begin < AHEAD ? n - begin : AHEAD;
        look_up(d, texts + begin, k, &l);
        for (size_t i = 0; i < k; i++) {
            struct str text = texts[begin + i];
            uint32_t number = l.number[i];
            if (text.n == 0) {
                number = LINK_NULL;
            } else if (!number || !is_same(link_texts_at(&d->texts, number), text)) {
                // new, or added a moment ago
                uint64_t at = seek(d, text, l.tag[i]);
                number = d->slots[at].number;
                if (!number && !add_new(d, text, l.tag[i], at))
                    return error_memory(e);
                number = number ? number : dictionary_size(d);
            }
            numbers[begin + i] = number;
        }
    }
    return ERR_OK;
}

enum err dictionary_expect(struct dictionary *d, uint64_t n, struct error *e)
{
    unsigned log2_slots = log2_slots_for(n);
    bool enough = log2_slots <= d->log2_slots || set_slots(d, log2_slots);
    return enough && link_texts_expect(&d->texts, &d->room, n + 1) ? ERR_OK
                                                                   : error_memory(e);
}

uint32_t dictionary_find(const struct dictionary *d, struct str text)
{
    return text.n ? d->slots[seek(d, text, tag_of(text))].number : LINK_NULL;
}

enum err dictionary_of(struct dictionary *d, struct link_texts texts, struct error *e)
{
    unsigned log2_slots = log2_slots_for(texts.n);
    *d = (struct dictionary){.log2_slots = log2_slots};
    d->slots = new_slots(log2_slots);
    if (!d->slots)
        return error_memory(e);
    d->texts = texts;
    d->room = (struct text_room){texts.n + 1, texts.offset[texts.n]};
    for (uint64_t i = 1; i < texts.n; i++)
        place(d, (struct dictionary_slot){tag_of(link_texts_at(&texts, i)), (uint32_t)i});
    return ERR_OK;
}

struct link_texts dictionary_finish(struct dictionary *d)
{
    struct link_texts t = d->texts;
    link_texts_fit(&t);
    d->texts = (struct link_texts){0};
    dictionary_close(d);
    return t;
}

size_t dictionary_memory(const struct dictionary *d)
{
    if (!d->texts.n)
        return 0;
    return d->texts.offset[d->texts.n] + (d->texts.n + 1) * sizeof *d->texts.offset +
           ((size_t)1 << d->log2_slots) * sizeof *d->slots;
}

// ---- filling on all threads ----

enum { SLICE = 4096, SLICES_A_THREAD = 4 };
static const size_t max_slice = (size_t)1 << 32; // bytes

// A stretch of texts made by one thread.
struct slice {
    uint64_t begin, n;
    struct buf bytes, one; // all texts; the one being made
    size_t ends[SLICE];
    struct error problem;
};

struct filling {
    struct dictionary *d;
    dictionary_make *make;
    void *argument;
    uint32_t *numbers;
    struct slice *making, *made;
    size_t n_making, n_made; // slices
    struct error problem;
};

static void make_slice(struct filling *f, struct slice *s, unsigned thread)
{
    buf_clear(&s->bytes);
    s->problem.code = ERR_OK;
    for (uint64_t i = 0; i < s->n && !s->problem.code; i++) {
        buf_clear(&s->one);
        enum err code = f->make(f->argument, thread, s->begin + i, &s->one, &s->problem);
        if (!code)
            code = buf_check(&s->one, &s->problem);
        buf_add(&s->bytes, buf_str(&s->one));
        if (!code)
            code = buf_check(&s->bytes, &s->problem);
        s->problem.code = code;
        s->ends[i] = s->bytes.n;
    }
}

static enum err add_slice(struct filling *f, struct slice *s, struct error *e)
{
    if (s->problem.code) {
        *e = s->problem;
        return e->code;
    }
    struct str texts[AHEAD];
    size_t begin = 0;
    for (uint64_t first = 0; first < s->n; first += AHEAD) {
        size_t k = 0;
        for (; k < AHEAD && first + k < s->n; k++) {
            size_t end = s->ends[first + k];
            texts[k] = (struct str){end > begin ? s->bytes.p + begin : "", end - begin};
            begin = end;
        }
        enum err code = dictionary_add(f->d, texts, k, f->numbers + s->begin + first, e);
        if (code)
            return code;
    }
    return ERR_OK;
}

static void fill_task(void *argument, size_t task, unsigned thread)
{
    struct filling *f = argument;
    if (task)
        make_slice(f, &f->making[task - 1], thread);
    for (size_t i = 0; !task && i < f->n_made && !f->problem.code; i++) {
        struct error e = {0};
        if (add_slice(f, &f->made[i], &e))
            f->problem = e;
    }
}

static void free_slices(struct slice *slices, size_t n)
{
    for (size_t i = 0; i < n && slices; i++) {
        buf_free(&slices[i].bytes);
        buf_free(&slices[i].one);
    }
    mem_free(slices);
}

enum err dictionary_fill(struct dictionary *d, uint64_t n, dictionary_make *make,
                         void *argument, uint32_t *numbers, struct pool *pool,
                         struct error *e)
{
    size_t window = SLICES_A_THREAD * (pool ? pool_threads(pool) : 1u);
    if (window > n / SLICE + 1)
        window = (size_t)(n / SLICE + 1);
    struct filling f = {.d = d, .make = make, .argument = argument, .numbers = numbers};
    f.making = mem_alloc(window, sizeof *f.making);
    f.made = mem_alloc(window, sizeof *f.made);
    enum err code = f.making && f.made ? ERR_OK : error_memory(e);
    for (size_t i = 0; i < window && !code; i++)
        f.making[i].bytes = f.making[i].one = f.made[i].bytes = f.made[i].one =
            BUF_INIT(max_slice);
    for (uint64_t at = 0; !code && (at < n || f.n_made);) {
        for (f.n_making = 0; f.n_making < window && at < n; f.n_making++) {
            struct slice *s = &f.making[f.n_making];
            s->begin = at;
            s->n = n - at < SLICE ? n - at : SLICE;
            at += s->n;
        }
        records_run(pool, f.n_making + 1, fill_task, &f);
        if (f.problem.code) {
            code = f.problem.code;
            if (e)
                *e = f.problem;
        }
        struct slice *swap = f.made;
        f.made = f.making;
        f.making = swap;
        f.n_made = f.n_making;
    }
    free_slices(f.making, window);
    free_slices(f.made, window);
    return code;
}
