// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/kind.h"

static const char *const names[LINK_KINDS] = {
    [LINK_RAW] = "raw",           [LINK_TEXT] = "text",     [LINK_NAME] = "name",
    [LINK_PLACE] = "place",       [LINK_DATE] = "date",     [LINK_SEX] = "sex",
    [LINK_CODE] = "code",         [LINK_PHONE] = "phone",   [LINK_EMAIL] = "email",
    [LINK_IDENTITY] = "identity", [LINK_NUMBER] = "number", [LINK_ID] = "id",
    [LINK_IGNORED] = "ignored",
};

const char *link_kind_name(enum link_kind kind)
{
    return (unsigned)kind < LINK_KINDS ? names[kind] : "?";
}

bool link_kind_of_name(struct str name, enum link_kind *out)
{
    for (unsigned i = 0; i < LINK_KINDS; i++)
        if (str_equal_c(name, names[i])) {
            *out = (enum link_kind)i;
            return true;
        }
    return false;
}
