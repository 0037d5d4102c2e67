// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/put.h"

#include <string.h>

#include "base/date.h"

void put_key(struct json_writer *j, const char *key)
{
    json_put_key(j, str_of(key));
}

void put_text(struct json_writer *j, const char *key, struct str text)
{
    put_key(j, key);
    json_put_string(j, text);
}

void text_or_null(struct json_writer *j, struct str text)
{
    if (text.p)
        json_put_string(j, text);
    else
        json_put_null(j);
}

void put_text_or_null(struct json_writer *j, const char *key, struct str text)
{
    put_key(j, key);
    text_or_null(j, text);
}

void put_number(struct json_writer *j, const char *key, int64_t value)
{
    put_key(j, key);
    json_put_int(j, value);
}

void put_double(struct json_writer *j, const char *key, double value)
{
    put_key(j, key);
    json_put_double(j, value);
}

void put_yes(struct json_writer *j, const char *key, bool value)
{
    put_key(j, key);
    json_put_bool(j, value);
}

void put_id(struct json_writer *j, const char *key, int64_t id)
{
    char space[STR_INT_SIZE];
    put_text(j, key, str_of_int(id, space));
}

void put_id_or_null(struct json_writer *j, const char *key, int64_t id)
{
    if (id)
        put_id(j, key, id);
    else
        put_text_or_null(j, key, (struct str){NULL, 0});
}

void put_label(struct json_writer *j, const char *key, struct label label)
{
    put_key(j, key);
    json_put_object(j);
    put_text(j, "en", label.en);
    put_text(j, "zh", label.zh);
    json_put_object_end(j);
}

void put_day(struct json_writer *j, const char *key, int32_t day)
{
    char text[DATE_TEXT_SIZE];
    date_format(day, text);
    put_text_or_null(j, key, text[0] ? str_of(text) : (struct str){NULL, 0});
}

static void two_digits(char *to, int64_t n)
{
    to[0] = (char)('0' + n / 10);
    to[1] = (char)('0' + n % 10);
}

struct str moment_text(int64_t ms, char text[MOMENT_TEXT_SIZE])
{
    enum { DAY_MS = 86400000, DAY_TEXT = 10 };
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0), rest = ms - day * DAY_MS;
    date_format((int32_t)day, text);
    if (!ms || !text[0])
        return (struct str){NULL, 0};
    char *p = text + DAY_TEXT;
    memcpy(p, "T00:00:00.000Z", sizeof "T00:00:00.000Z" - 1);
    two_digits(p + 1, rest / 3600000);
    two_digits(p + 4, rest / 60000 % 60);
    two_digits(p + 7, rest / 1000 % 60);
    p[10] = (char)('0' + rest % 1000 / 100);
    two_digits(p + 11, rest % 100);
    return (struct str){text, DAY_TEXT + sizeof "T00:00:00.000Z" - 1};
}

void put_moment(struct json_writer *j, const char *key, int64_t ms)
{
    char text[MOMENT_TEXT_SIZE];
    put_text_or_null(j, key, moment_text(ms, text));
}
