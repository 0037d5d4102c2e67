// SPDX-License-Identifier: AGPL-3.0-or-later
// Different texts, each stored once and numbered from 1 in the order in which they came;
// 0 is the empty text. The index is open addressing on 32 bits of the hash, 8 bytes a
// slot; the texts lie one behind the other, so that nothing else is kept beside them.
// One thread at a time. Time is that of one hash a text.
#ifndef LINK_DICTIONARY_H
#define LINK_DICTIONARY_H

#include "base/pool.h"
#include "link/records.h"

// Texts that grow one by one; zeroed memory has none. False: memory is out.
struct text_room {
    size_t offsets, bytes; // that there is memory for
};
bool link_texts_add(struct link_texts *t, struct text_room *room,
                    struct str text) WARN_UNUSED;
// Makes room for n texts as long as those there are.
bool link_texts_expect(struct link_texts *t, struct text_room *room,
                       uint64_t n) WARN_UNUSED;
// Gives up memory that is not in use.
void link_texts_fit(struct link_texts *t);
void link_texts_free(struct link_texts *t);

struct dictionary_slot {
    uint32_t tag;    // upper half of the text's hash; its upper bits say where it begins
    uint32_t number; // 0: free
};

struct dictionary {
    struct link_texts texts; // [number + 1] of them; number 0 is ""
    struct text_room room;
    struct dictionary_slot *slots;
    unsigned log2_slots;
};

// Zeroed memory is a dictionary that must be opened before use and may be closed at once.
enum err dictionary_open(struct dictionary *d, struct error *e) WARN_UNUSED;
void dictionary_close(struct dictionary *d);
static inline uint32_t dictionary_size(const struct dictionary *d)
{
    return (uint32_t)(d->texts.n - 1);
}
// The numbers of n texts, new ones added.
enum err dictionary_add(struct dictionary *d, const struct str *texts, size_t n,
                        uint32_t *numbers, struct error *e) WARN_UNUSED;
// Makes room for so many values in all, each as long as those there are; without it the
// dictionary doubles as it grows.
enum err dictionary_expect(struct dictionary *d, uint64_t n, struct error *e) WARN_UNUSED;
// 0 when it is not there.
uint32_t dictionary_find(const struct dictionary *d, struct str text);
// An index over texts that exist and are different (number 0 empty); it owns them then.
// On failure they are the caller's still.
enum err dictionary_of(struct dictionary *d, struct link_texts texts,
                       struct error *e) WARN_UNUSED;
// Gives up the index, and memory that is not in use; the texts are the caller's.
struct link_texts dictionary_finish(struct dictionary *d);
size_t dictionary_memory(const struct dictionary *d);

// Text number i of a series, appended to *out (empty for null), on any thread.
typedef enum err dictionary_make(void *argument, unsigned thread, uint64_t i,
                                 struct buf *out, struct error *e);
// Makes the texts 0 to n - 1 on all threads while those made before are added in order:
// numbers[i] is that of text i, the same for any number of threads. pool may be NULL.
enum err dictionary_fill(struct dictionary *d, uint64_t n, dictionary_make *make,
                         void *argument, uint32_t *numbers, struct pool *pool,
                         struct error *e) WARN_UNUSED;

#endif
