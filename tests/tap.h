// SPDX-License-Identifier: AGPL-3.0-or-later
// What every test includes: cmocka with what it needs before it.
#ifndef TESTS_TAP_H
#define TESTS_TAP_H
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "base/error.h"

// The call succeeds; what went wrong stands in the struct error `e` of the place.
#define assert_ok(call)                                                                  \
    do {                                                                                 \
        enum err code_ = (call);                                                         \
        if (code_)                                                                       \
            fail_msg("%s: %s: %s (%s)", error_name(code_), e.where, e.text, e.cure);     \
    } while (0)

#endif
