// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/put.h"

#include <stdio.h>

#include "base/date.h"

void put_text(struct json_writer *j, const char *key, struct str text)
{
    json_put_key(j, str_of(key));
    json_put_string(j, text);
}

void put_text_or_null(struct json_writer *j, const char *key, struct str text)
{
    json_put_key(j, str_of(key));
    if (text.p)
        json_put_string(j, text);
    else
        json_put_null(j);
}

void put_number(struct json_writer *j, const char *key, int64_t value)
{
    json_put_key(j, str_of(key));
    json_put_int(j, value);
}

void put_double(struct json_writer *j, const char *key, double value)
{
    json_put_key(j, str_of(key));
    json_put_double(j, value);
}

void put_yes(struct json_writer *j, const char *key, bool value)
{
    json_put_key(j, str_of(key));
    json_put_bool(j, value);
}

void put_id(struct json_writer *j, const char *key, int64_t id)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)id);
    put_text(j, key, str_of(text));
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
    json_put_key(j, str_of(key));
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

void put_moment(struct json_writer *j, const char *key, int64_t ms)
{
    enum { DAY_MS = 86400000 };
    char date[DATE_TEXT_SIZE], text[40];
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0), rest = ms - day * DAY_MS;
    date_format((int32_t)day, date);
    snprintf(text, sizeof text, "%sT%02d:%02d:%02d.%03dZ", date, (int)(rest / 3600000),
             (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
    put_text_or_null(j, key, ms ? str_of(text) : (struct str){NULL, 0});
}
