// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/tip_page.h"

#include <sodium.h>
#include <string.h>

#include "base/date.h"

static const char style[] =
    "body{max-width:42rem;margin:0 auto;padding:1rem;font:1rem/1.6 sans-serif;"
    "color:#1a1a1a;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
    "label,legend{display:block;font-weight:bold;margin-top:1.2rem}"
    "input,select,textarea,button{font:inherit;width:100%;box-sizing:border-box;"
    "padding:.5rem;border:1px solid #555;border-radius:4px;background:#fff;color:#1a1a1a}"
    "textarea{height:14rem}button{background:#0b5a5a;color:#fff;margin-top:1.5rem;"
    "border-color:#0b5a5a}"
    "a{color:#0b5a5a}.q{color:#444;margin:.2rem 0}"
    ".x{border-left:5px solid #b3261e;padding:.3rem .8rem;background:#fdecea}"
    ".r{font:bold 1.8rem monospace;letter-spacing:.05em;border:2px solid #0b5a5a;"
    "padding:1rem;text-align:center}"
    ".b{white-space:pre-wrap;border-left:5px solid #0b5a5a;padding:.3rem .8rem}"
    ":focus{outline:3px solid #c77700;outline-offset:2px}";

#define SAY(english, chinese) (q->zh ? STR(chinese) : STR(english))

// --- the frame

static void policy(struct request *q)
{
    unsigned char hash[32];
    char text[48];
    crypto_hash_sha256(hash, (const unsigned char *)style, sizeof style - 1);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash,
                      sodium_base64_VARIANT_ORIGINAL);
    struct str said = str_format(q->arena,
                                 "default-src 'none'; style-src 'sha256-%s'; form-action"
                                 " 'self'; base-uri 'none'; frame-ancestors 'none'",
                                 text);
    answer_header(q, "Content-Security-Policy",
                  said.p ? said : STR("default-src 'none'"));
    answer_header(q, "Cache-Control", STR("no-store"));
}

struct buf *tip_page_begin(struct request *q, struct str title, const char *path)
{
    struct buf *b = answer_text(q, "text/html; charset=utf-8");
    policy(q);
    buf_printf(b,
               "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">"
               "<meta name=\"viewport\" content=\"width=device-width\"><title>",
               q->zh ? "zh" : "en");
    buf_add_markup(b, title);
    buf_printf(b,
               "</title><style>%s</style></head><body><p><a href=\"%s?lang=%s\">%s</a>",
               style, path, q->zh ? "en" : "zh", q->zh ? "English" : "中文");
    buf_printf(b, " · <a href=\"/tip?lang=%s\">", q->zh ? "zh" : "en");
    buf_add(b, SAY("Write", "填写"));
    buf_printf(b, "</a> · <a href=\"/tip/return?lang=%s\">", q->zh ? "zh" : "en");
    buf_add(b, SAY("I have a receipt", "我有回执号"));
    buf_add_c(b, "</a></p><main><h1>");
    buf_add_markup(b, title);
    buf_add_c(b, "</h1>");
    return b;
}

void tip_page_end(struct request *q)
{
    buf_add_c(answer_text(q, "text/html; charset=utf-8"), "</main></body></html>");
}

void tip_page_say(struct buf *b, struct str text, enum tip_mood mood)
{
    static const char *const open[] = {"<p>", "<p class=\"x\" role=\"alert\">",
                                       "<p class=\"q\">"};
    if (!text.n)
        return;
    buf_add_c(b, open[mood]);
    buf_add_markup(b, text);
    buf_add_c(b, "</p>");
}

static void hidden(struct buf *b, const char *name, struct str value)
{
    buf_printf(b, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    buf_add_markup(b, value);
    buf_add_c(b, "\">");
}

// --- the form

static void option(struct buf *b, struct str value, struct str label, struct str chosen)
{
    buf_add_c(b, "<option value=\"");
    buf_add_markup(b, value);
    buf_add_c(b, value.n && str_equal(value, chosen) ? "\" selected>" : "\">");
    buf_add_markup(b, label);
    buf_add_c(b, "</option>");
}

static void facilities(struct request *q, struct buf *b, struct str chosen)
{
    const struct places *p = q->county->places;
    for (int32_t area = -1; area < (int32_t)p->n_areas; area++) {
        bool open = false;
        for (size_t i = 0; i < p->n_facilities; i++) {
            const struct facility *f = &p->facilities[i];
            if (f->area != area)
                continue;
            if (!open && area >= 0) {
                buf_add_c(b, "<optgroup label=\"");
                buf_add_markup(b, area_name(&p->areas[area], q->zh));
                buf_add_c(b, "\">");
                open = true;
            }
            option(b, f->code, facility_name(f, q->zh), chosen);
        }
        if (open)
            buf_add_c(b, "</optgroup>");
    }
}

static void choices(struct request *q, struct buf *b, const struct channel_question *x,
                    struct str chosen)
{
    option(b, STR(""), SAY("choose", "请选择"), chosen);
    if (x->type == TYPE_FACILITY)
        facilities(q, b, chosen);
    for (size_t i = 0; i < x->n_codes; i++)
        option(b, x->codes[i].value, label_in(x->codes[i].label, q->zh), chosen);
}

static void question(struct request *q, struct buf *b, const struct channel_question *x,
                     struct str answer, enum tip_fault fault)
{
    bool chooses = x->type == TYPE_FACILITY || x->type == TYPE_CODE;
    bool large = x->type == TYPE_TEXT && x->max_length > 200;
    buf_printf(b, "<label for=\"q_" STR_FMT "\">", STR_ARG(x->name));
    buf_add_markup(b, label_in(x->label, q->zh));
    if (!x->required)
        buf_add(b, SAY(" (may be left empty)", "（可不填）"));
    buf_add_c(b, "</label>");
    tip_page_say(b, label_in(x->help, q->zh), TIP_QUIET);
    if (fault)
        tip_page_say(b, tip_fault_text(fault, x, q->zh, q->arena), TIP_ALARM);
    buf_printf(b, "<%s id=\"q_" STR_FMT "\" name=\"q_" STR_FMT "\"%s",
               chooses ? "select"
               : large ? "textarea"
                       : "input",
               STR_ARG(x->name), STR_ARG(x->name), x->required ? " required" : "");
    if (x->type == TYPE_TEXT)
        buf_printf(b, " maxlength=\"%zu\"", x->max_length);
    if (x->type == TYPE_DATE)
        buf_add_c(b, " type=\"date\"");
    if (!chooses && !large) {
        buf_add_c(b, " autocomplete=\"off\" value=\"");
        buf_add_markup(b, answer);
        buf_add_c(b, "\">");
        return;
    }
    buf_add_c(b, " autocomplete=\"off\">");
    if (chooses)
        choices(q, b, x, answer);
    else
        buf_add_markup(b, answer);
    buf_add_c(b, chooses ? "</select>" : "</textarea>");
}

static void file_field(struct request *q, struct buf *b)
{
    buf_add_c(b, "<label for=\"file\">");
    buf_add(b, SAY("Files (may be left empty)", "附件（可不选）"));
    buf_add_c(b, "</label>");
    tip_page_say(
        b,
        SAY("At most 3, each up to 5 MiB: pictures (JPEG, PNG, WebP, GIF), plain "
            "text, documents (PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP). Names, places, "
            "times and "
            "devices that are noted inside are taken out; what a picture or a page "
            "shows is not.",
            "最多3个，每个不超过5MiB：图片（JPEG、PNG、WebP、GIF）、纯文本、文档（PDF、DO"
            "CX、X"
            "LSX、"
            "PPTX、ODT、ODS、ODP）。文件中记录的姓名、地点、时间和设备信息会被去除；图片"
            "和页面"
            "上看得见的内容不会。"),
        TIP_QUIET);
    buf_add_c(b, "<input id=\"file\" name=\"file\" type=\"file\" multiple>");
}

static void form_open(struct request *q, struct buf *b, const char *path,
                      const char *token)
{
    buf_printf(
        b,
        "<form method=\"post\" action=\"%s?lang=%s\" enctype=\"multipart/form-data\""
        " accept-charset=\"utf-8\">",
        path, q->zh ? "zh" : "en");
    hidden(b, "token", str_of(token));
}

static void form_close(struct request *q, struct buf *b, struct str button)
{
    (void)q;
    buf_add_c(b, "<button type=\"submit\">");
    buf_add(b, button);
    buf_add_c(b, "</button></form>");
}

void tip_page_form(struct request *q, const struct tip_form *f)
{
    const struct channel *ch = f->channel;
    struct buf *b = tip_page_begin(q, label_in(ch->label, q->zh), "/tip");
    tip_page_say(b, f->fault, TIP_ALARM);
    tip_page_say(b, label_in(ch->intro, q->zh), TIP_PLAIN);
    tip_page_say(b, label_in(ch->promise, q->zh), TIP_PLAIN);
    form_open(q, b, "/tip", f->token_text);
    for (size_t i = 0; i < ch->n_questions && i < TIP_MOST_QUESTIONS; i++)
        question(q, b, &ch->questions[i], f->answers[i], f->faults[i]);
    file_field(q, b);
    buf_add_c(b, "<label for=\"human\">");
    buf_add(b, SAY("So that no machine fills this in: ", "为防止机器填写："));
    buf_add_markup(b, tip_question(f->token.question, q->zh));
    buf_add_c(b, "</label><input id=\"human\" name=\"human\" required maxlength=\"100\""
                 " autocomplete=\"off\">");
    tip_page_say(b,
                 SAY("It can be sent some seconds after this page was opened, and for "
                     "four hours.",
                     "打开本页几秒钟后即可发送，四小时内有效。"),
                 TIP_QUIET);
    form_close(q, b, SAY("Send", "发送"));
    tip_page_end(q);
}

void tip_page_receipt(struct request *q, const struct channel *ch, const char *receipt)
{
    struct buf *b = tip_page_begin(q, SAY("It has been received", "已收到"), "/tip");
    tip_page_say(
        b,
        SAY("This is your receipt. Write it down now: it is shown this once, and "
            "nobody can find it again. Without your name it is the only way back "
            "to the answer.",
            "这是您的回执号，请现在抄下来：只显示这一次，谁也找不回来。没有姓名，"
            "它是查看答复的唯一凭据。"),
        TIP_PLAIN);
    buf_printf(b, "<p class=\"r\">%s</p>", receipt);
    if (ch->answer_within.days || ch->answer_within.months)
        tip_page_say(b, label_in(ch->promise, q->zh), TIP_QUIET);
    tip_page_say(
        b,
        SAY("Whoever has these digits can read the answers, not what you wrote. "
            "Keep them where nobody looks, not on a device of your work.",
            "拿到这些数字的人能看到答复，看不到您写的内容。请放在别人看不到的地方，"
            "不要存在单位的设备上。"),
        TIP_PLAIN);
    tip_page_end(q);
}

// --- coming back

void tip_page_ask(struct request *q, const char *token, struct str fault)
{
    struct buf *b = tip_page_begin(q, SAY("Read the answer", "查看答复"), "/tip/return");
    tip_page_say(b, fault, TIP_ALARM);
    form_open(q, b, "/tip/return", token);
    buf_add_c(b, "<label for=\"receipt\">");
    buf_add(b, SAY("Your receipt, 16 digits", "您的回执号，16位数字"));
    buf_add_c(b, "</label><input id=\"receipt\" name=\"receipt\" required"
                 " inputmode=\"numeric\" maxlength=\"40\" autocomplete=\"off\">");
    form_close(q, b, SAY("Open", "打开"));
    tip_page_end(q);
}

static void day(struct request *q, struct buf *b, struct str before, int32_t on)
{
    buf_add_c(b, "<p>");
    buf_add(b, before);
    buf_add(b, date_text(q->arena, on, q->zh));
    buf_add_c(b, "</p>");
}

static struct str state_text(const struct request *q, enum letter_state s)
{
    switch (s) {
    case LETTER_NEW:
        return SAY("Nobody has read it yet.", "还没有人阅读。");
    case LETTER_READ:
        return SAY("It has been read.", "已阅读。");
    case LETTER_ANSWERED:
        return SAY("It has been answered.", "已答复。");
    default:
        return SAY("It is closed.", "已办结。");
    }
}

void tip_page_letter(struct request *q, const struct tip_letter *l)
{
    struct buf *b = tip_page_begin(q, SAY("Your report", "您反映的问题"), "/tip/return");
    tip_page_say(b, l->fault, TIP_ALARM);
    tip_page_say(b, l->done, TIP_PLAIN);
    day(q, b, SAY("Received: ", "收到："), l->letter.arrived_on);
    tip_page_say(b, state_text(q, l->letter.state), TIP_PLAIN);
    if (l->letter.state == LETTER_NEW || l->letter.state == LETTER_READ)
        day(q, b, SAY("Answer due by: ", "答复期限："), l->letter.due_on);
    day(q, b, SAY("Removed after: ", "保存至："), l->letter.keep_until);
    for (size_t i = 0; i < l->n_replies; i++) {
        buf_add_c(b, "<h2>");
        buf_add(b, SAY("Answer, ", "答复，"));
        buf_add(b, date_text(q->arena, l->replies[i].on_day, q->zh));
        buf_add_c(b, "</h2><p class=\"b\">");
        buf_add_markup(b, l->replies[i].text);
        buf_add_c(b, "</p>");
    }
    tip_page_say(
        b,
        SAY("What you wrote yourself is not shown here, so that nobody who finds "
            "the receipt can read it.",
            "您自己写的内容不在这里显示，这样捡到回执号的人也看不到。"),
        TIP_QUIET);
    if (l->channel && l->letter.state != LETTER_CLOSED) {
        form_open(q, b, "/tip/return", l->token);
        hidden(b, "receipt", l->receipt);
        buf_add_c(b, "<label for=\"text\">");
        buf_add(b, SAY("Add something", "补充"));
        buf_add_c(b, "</label><textarea id=\"text\" name=\"text\" required"
                     " maxlength=\"8000\" autocomplete=\"off\"></textarea>");
        file_field(q, b);
        form_close(q, b, SAY("Send", "发送"));
    }
    tip_page_end(q);
}
