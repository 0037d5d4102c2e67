// SPDX-License-Identifier: AGPL-3.0-or-later
// A rota's choices in words.
#include "study/rota.h"

static void say(struct buf *out, bool zh, const char *en, const char *chinese)
{
    buf_add_c(out, zh ? chinese : en);
}

static struct str kept(struct buf *out, struct arena *a)
{
    struct str s = out->failed ? (struct str){0} : str_copy(a, buf_str(out));
    buf_free(out);
    return s;
}

// "risk 2 and 190 days since the last visit: place 4 of 31"
static void put_weight(struct buf *b, const struct rota_input *in, uint32_t facility,
                       uint32_t rank, bool zh)
{
    const struct rota_facility *f = &in->facilities[facility];
    if (f->since < 0 && zh)
        buf_printf(b, "风险%.3g，无检查记录，权重居第%u位（共%zu家）", f->risk, rank,
                   in->n);
    else if (f->since < 0)
        buf_printf(b, "risk %.3g and no visit known: place %u of %zu by weight", f->risk,
                   rank, in->n);
    else if (zh)
        buf_printf(b, "风险%.3g，距上次检查%d天，权重居第%u位（共%zu家）", f->risk,
                   (int)f->since, rank, in->n);
    else
        buf_printf(b,
                   "risk %.3g, %d days since the last visit: place %u of %zu by weight",
                   f->risk, (int)f->since, rank, in->n);
}

static void put_why(struct buf *b, const struct rota_input *in,
                    const struct rota_visit *v, bool zh)
{
    switch (v->why) {
    case ROTA_NEVER:
        say(b, zh, "must be visited: no visit is known; ", "必查：尚无检查记录；");
        break;
    case ROTA_DUE:
        if (zh)
            buf_printf(b, "必查：到下一轮将超过%d天的期限；", (int)in->most_days);
        else
            buf_printf(b,
                       "must be visited: by the next round more than %d days would have "
                       "passed; ",
                       (int)in->most_days);
        break;
    case ROTA_AHEAD:
        say(b, zh, "drawn ahead of time: later rounds could not take all that come due; ",
            "提前抽取：否则以后各轮容纳不下到期的机构；");
        break;
    case ROTA_DRAWN:
        if (v->lucky)
            say(b, zh, "drawn by lot, before some of larger weight; ",
                "随机抽中（先于部分权重更大的机构）；");
        else
            say(b, zh, "drawn by lot; ", "随机抽中；");
        break;
    case ROTA_ROOM:
        say(b, zh, "the round has room for all; ", "本轮可全部检查；");
        break;
    }
}

struct str rota_reason(const struct rota_input *in, const struct rota_visit *v,
                       struct arena *a, bool zh)
{
    struct buf b = BUF_INIT(4096);
    int32_t last = in->facilities[v->facility].last_team;
    put_why(&b, in, v, zh);
    put_weight(&b, in, v->facility, v->rank, zh);
    if (last >= 0 && (uint32_t)last < in->teams)
        buf_printf(
            &b, zh ? "；上次由第%d组检查，本次换组" : "; team %d was there the last time",
            (int)last + 1);
    for (size_t i = 0; i < in->n_conflicts; i++)
        if (in->conflicts[i].facility == v->facility)
            buf_printf(&b,
                       zh ? "；第%u组有成员属于该机构，回避"
                          : "; a member of team %u belongs to it",
                       in->conflicts[i].team + 1);
    return kept(&b, a);
}

struct str rota_left_reason(const struct rota_input *in, const struct rota_left *l,
                            struct arena *a, bool zh)
{
    struct buf b = BUF_INIT(4096);
    switch (l->why) {
    case ROTA_NOT_DRAWN:
        if (zh)
            buf_printf(&b, "本轮未抽中，%d天内须检查；", (int)l->within);
        else
            buf_printf(&b, "not drawn this time, to be visited within %d days; ",
                       (int)l->within);
        break;
    case ROTA_NO_TEAM:
        say(&b, zh,
            "no team may go: each was there the last time or has a member of it; ",
            "无组可派：各组或上次刚检查过，或有成员属于该机构；");
        break;
    case ROTA_FULL:
        say(&b, zh, "must be visited, and the round has no room: add days or a team; ",
            "必查，但本轮已无名额：请增加天数或检查组；");
        break;
    }
    put_weight(&b, in, l->facility, l->rank, zh);
    return kept(&b, a);
}
