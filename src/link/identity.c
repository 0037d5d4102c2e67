// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/identity.h"

#include <string.h>

#include "base/date.h"

enum { OLD_LENGTH = 15, LENGTH = 18, REGION = 6 };

static bool are_digits(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < '0' || p[i] > '9')
            return false;
    return true;
}

// The first two digits of a region (GB/T 2260), those of Taiwan, Hong Kong and Macao, and
// of their residents' permits (81, 82, 83), and 91 for people from abroad.
static bool is_province(int code)
{
    static const unsigned char last_of_area[] = {
        [1] = 15, [2] = 23, [3] = 37, [4] = 46, [5] = 54,
        [6] = 65, [7] = 71, [8] = 83, [9] = 91};
    int area = code / 10;
    if (area < 1 || area > 9)
        return false;
    int first = area == 5 ? 50 : area * 10 + 1;
    return code >= first && code <= last_of_area[area];
}

char identity_check(struct str first17)
{
    static const unsigned char weight[LENGTH - 1] = {7, 9, 10, 5,  8, 4, 2, 1, 6,
                                                     3, 7, 9,  10, 5, 8, 4, 2};
    if (first17.n != LENGTH - 1 || !are_digits(first17.p, first17.n))
        return '\0';
    int sum = 0;
    for (size_t i = 0; i < LENGTH - 1; i++)
        sum += weight[i] * (first17.p[i] - '0');
    return "10X98765432"[sum % 11];
}

static int two_digits(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

bool identity_read(struct str s, struct identity *out)
{
    *out = (struct identity){0};
    bool whole = s.n == LENGTH;
    if (!whole && s.n != OLD_LENGTH)
        return false;
    if (!are_digits(s.p, s.n - 1))
        return false;
    char last = s.p[s.n - 1] == 'x' ? 'X' : s.p[s.n - 1];
    if (!are_digits(&last, 1) && !(whole && last == 'X'))
        return false;
    out->whole = whole;
    out->checks = !whole || identity_check((struct str){s.p, LENGTH - 1}) == last;
    memcpy(out->region, s.p, REGION);
    const char *date = s.p + REGION;
    int year =
        whole ? two_digits(date) * 100 + two_digits(date + 2) : 1900 + two_digits(date);
    date += whole ? 4 : 2;
    int32_t born;
    bool is_date = date_from_ymd(year, two_digits(date), two_digits(date + 2), &born);
    if (is_date)
        date_format(born, out->born);
    char sequence = s.p[whole ? LENGTH - 2 : OLD_LENGTH - 1];
    out->sex = (sequence - '0') % 2 ? 'm' : 'f';
    out->valid = out->checks && is_date && is_province(two_digits(s.p));
    return true;
}

bool identity_widen(struct str s, char out[19])
{
    struct identity old;
    if (s.n != OLD_LENGTH || !identity_read(s, &old) || !old.valid)
        return false;
    memcpy(out, s.p, REGION);
    memcpy(out + REGION, "19", 2);
    memcpy(out + REGION + 2, s.p + REGION, OLD_LENGTH - REGION);
    out[LENGTH - 1] = identity_check((struct str){out, LENGTH - 1});
    out[LENGTH] = '\0';
    return true;
}
