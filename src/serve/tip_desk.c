// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/tip_desk.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { NONCE = 16, MAC = 16, BODY = NONCE + 8 + 2, TOKEN = BODY + MAC, USED = 8192 };

_Static_assert(sodium_base64_ENCODED_LEN(TOKEN,
                                         sodium_base64_VARIANT_URLSAFE_NO_PADDING) <=
                   TIP_TOKEN_TEXT,
               "room for a token");

struct bucket {
    double level;
    int64_t at;
};

struct used {
    unsigned char nonce[NONCE];
    int64_t until; // 0: free
};

struct tip_desk {
    pthread_mutex_t lock;
    unsigned char key[32];
    struct bucket letters, tries, returns;
    struct used used[USED];
};

// Each needs a little sense and no eyes, ears or school. Answers in both languages.
static const struct {
    const char *en, *zh, *answers;
} questions[] = {
    {"How much is three and four? Write the number.", "三加四等于几？请写数字。",
     "7|seven|七"},
    {"Which of these can one eat: stone, bread, cloud?",
     "下面哪一样可以吃：石头、面包、云？", "bread|面包"},
    {"Which day comes after Monday?", "星期一的后一天是星期几？",
     "tuesday|星期二|二|周二|礼拜二|2"},
    {"Which of these is an animal: table, horse, window?",
     "下面哪一个是动物：桌子、马、窗户？", "horse|马"},
    {"How many legs has a cat? Write the number.", "一只猫有几条腿？请写数字。",
     "4|four|四"},
    {"What is the opposite of hot?", "“热”的反义词是什么？", "cold|冷|寒|凉"},
    {"Which is larger: an ant or a cow?", "蚂蚁和牛，哪个大？", "cow|a cow|牛"},
    {"How much is ten less two? Write the number.", "十减二等于几？请写数字。",
     "8|eight|八"},
    {"Which of these flies: fish, bird, tree?", "下面哪一个会飞：鱼、鸟、树？",
     "bird|鸟"},
    {"What do people wear on their feet: hats, shoes or gloves?",
     "脚上穿的是：帽子、鞋、手套？", "shoes|shoe|鞋|鞋子"},
    {"How many days has a week? Write the number.", "一个星期有几天？请写数字。",
     "7|seven|七"},
    {"Which of these is wet: water, sand, paper?", "下面哪一样是湿的：水、沙、纸？",
     "water|水"},
    {"What colour is snow?", "雪是什么颜色？", "white|白|白色"},
    {"What comes after morning, noon and evening: night or spring?",
     "早晨、中午、傍晚之后是：夜里还是春天？", "night|夜里|夜|夜晚"},
    {"How much is five and five? Write the number.", "五加五等于几？请写数字。",
     "10|ten|十"},
    {"Which of these has wheels: bicycle, river, shirt?",
     "下面哪一样有轮子：自行车、河、衬衫？", "bicycle|自行车"},
};
enum { QUESTIONS = sizeof questions / sizeof *questions };

struct str tip_question(unsigned question, bool zh)
{
    question %= QUESTIONS;
    return str_of(zh ? questions[question].zh : questions[question].en);
}

bool tip_answers(unsigned question, struct str answer, struct arena *a)
{
    struct str said, head, rest = str_of(questions[question % QUESTIONS].answers);
    struct error ignored;
    if (answer.n > 100 || text_normalise(a, answer, &said, &ignored))
        return false;
    while (said.n && (said.p[said.n - 1] == '.' || said.p[said.n - 1] == '!'))
        said.n--;
    for (bool more = true; more;) {
        more = str_split(rest, '|', &head, &rest);
        if (said.n && str_equal(said, more ? head : rest))
            return true;
    }
    return false;
}

enum err tip_desk_open(struct tip_desk **out, struct error *e)
{
    *out = mem_alloc(1, sizeof **out);
    if (!*out)
        return error_memory(e);
    pthread_mutex_init(&(*out)->lock, NULL);
    randombytes_buf((*out)->key, sizeof(*out)->key);
    return ERR_OK;
}

void tip_desk_close(struct tip_desk *d)
{
    if (!d)
        return;
    pthread_mutex_destroy(&d->lock);
    sodium_memzero(d->key, sizeof d->key);
    mem_free(d);
}

int64_t tip_wait_ms(enum tip_page_kind kind)
{
    return kind == TIP_FORM ? 8000 : 2000;
}

// --- tokens

static void sign(const struct tip_desk *d, enum tip_page_kind kind,
                 const unsigned char *body, unsigned char mac[MAC])
{
    unsigned char text[BODY + 1];
    memcpy(text, body, BODY);
    text[BODY] = (unsigned char)kind;
    crypto_generichash(mac, MAC, text, sizeof text, d->key, sizeof d->key);
}

void tip_token_new(struct tip_desk *d, enum tip_page_kind kind, int64_t now,
                   int64_t since, struct tip_token *out, char text[TIP_TOKEN_TEXT])
{
    unsigned char token[TOKEN];
    out->issued_at = since ? since : now;
    out->question = randombytes_uniform(QUESTIONS);
    randombytes_buf(token, NONCE);
    for (int i = 0; i < 8; i++)
        token[NONCE + i] = (unsigned char)((uint64_t)out->issued_at >> (8 * i));
    token[NONCE + 8] = (unsigned char)out->question;
    token[NONCE + 9] = 0;
    sign(d, kind, token, token + BODY);
    sodium_bin2base64(text, TIP_TOKEN_TEXT, token, TOKEN,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

// A bucket that is filled anew over an hour. Under the lock.
static bool take(struct bucket *b, int per_hour, int64_t now)
{
    double most = per_hour;
    if (!b->at || now < b->at) {
        b->level = b->at ? b->level : most;
        b->at = now;
    }
    b->level += (double)(now - b->at) / 3600000 * most;
    b->at = now;
    if (b->level > most)
        b->level = most;
    if (b->level < 1)
        return false;
    b->level -= 1;
    return true;
}

// False: used before, or no room to note it. Under the lock.
static enum tip_refusal use_up(struct tip_desk *d, const unsigned char *nonce,
                               int64_t until, int64_t now)
{
    struct used *room = NULL;
    for (size_t i = 0; i < USED; i++) {
        struct used *u = &d->used[i];
        if (u->until <= now)
            room = u;
        else if (memcmp(u->nonce, nonce, NONCE) == 0)
            return TIP_STALE;
    }
    if (!room)
        return TIP_FULL;
    memcpy(room->nonce, nonce, NONCE);
    room->until = until;
    return TIP_GOOD;
}

enum tip_refusal tip_token_take(struct tip_desk *d, enum tip_page_kind kind,
                                struct str text, int64_t now, struct tip_token *out)
{
    unsigned char token[TOKEN], mac[MAC];
    size_t n;
    *out = (struct tip_token){0};
    if (sodium_base642bin(token, TOKEN, text.p ? text.p : "", text.n, NULL, &n, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) ||
        n != TOKEN)
        return TIP_STALE;
    sign(d, kind, token, mac);
    if (sodium_memcmp(mac, token + BODY, MAC))
        return TIP_STALE;
    uint64_t issued = 0;
    for (int i = 0; i < 8; i++)
        issued |= (uint64_t)token[NONCE + i] << (8 * i);
    int64_t age = now - (int64_t)issued;
    if (age < 0 || age > TIP_LIFE_MS)
        return TIP_STALE;
    if (age < tip_wait_ms(kind))
        return TIP_EARLY;
    out->issued_at = (int64_t)issued;
    out->question = token[NONCE + 8];
    pthread_mutex_lock(&d->lock);
    enum tip_refusal said = TIP_FULL;
    bool room = kind == TIP_FORM ? take(&d->tries, TIP_TRIES_PER_HOUR, now)
                                 : take(&d->returns, TIP_RETURNS_PER_HOUR, now);
    if (room)
        said = use_up(d, token, (int64_t)issued + TIP_LIFE_MS, now);
    pthread_mutex_unlock(&d->lock);
    return said;
}

bool tip_letter_take(struct tip_desk *d, int per_hour, int64_t now)
{
    pthread_mutex_lock(&d->lock);
    bool there = take(&d->letters, per_hour, now);
    pthread_mutex_unlock(&d->lock);
    return there;
}
