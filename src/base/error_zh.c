// SPDX-License-Identifier: AGPL-3.0-or-later
// The Chinese of errors: which sentence stands for which.
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const struct {
    const char *english, *chinese;
} said[] = {
#define CHINESE(english, chinese) {english, chinese},
#include "base/error_zh_base.def"
#include "base/error_zh_pack.def"
#include "base/error_zh_register.def"
#include "base/error_zh_serve.def"
#include "base/error_zh_study.def"
#include "base/error_zh_system.def"
#undef CHINESE
};

static const struct {
    const char *key, *text, *cure;
} general[] = {
#define GENERAL(key, text, cure) {key, text, cure},
#include "base/error_general_zh.def"
#undef GENERAL
};

enum { SAID = sizeof said / sizeof *said };

static uint16_t by_english[SAID];

static int compare(const void *a, const void *b)
{
    return strcmp(said[*(const uint16_t *)a].english, said[*(const uint16_t *)b].english);
}

static void sort_said(void)
{
    for (size_t i = 0; i < SAID; i++)
        by_english[i] = (uint16_t)i;
    qsort(by_english, SAID, sizeof *by_english, compare);
}

const char *error_chinese(const char *english)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, sort_said);
    size_t low = 0, high = SAID;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(english, said[by_english[middle]].english);
        if (order == 0)
            return said[by_english[middle]].chinese;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

struct error_words error_words(const struct error *e, bool zh)
{
    struct error_words words = {e->text, e->cure, ""};
    if (!zh)
        return words;
    size_t longest = 0, found = sizeof general / sizeof *general;
    for (size_t i = 0; e->key && i < sizeof general / sizeof *general; i++) {
        size_t n = strlen(general[i].key);
        if (n > longest && strncmp(e->key, general[i].key, n) == 0) {
            longest = n;
            found = i;
        }
    }
    if (e->text_zh[0]) {
        words.text = e->text_zh;
        if (e->cure_zh[0])
            words.cure = e->cure_zh;
        else if (e->cure[0] && longest && general[found].cure[0])
            words.cure = general[found].cure;
    } else if (longest) {
        words = (struct error_words){general[found].text, general[found].cure, e->text};
    }
    return words;
}
