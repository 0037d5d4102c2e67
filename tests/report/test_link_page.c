// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report_test.h"

#include "link_account.h"
#include "report/link_page.h"

static void a_page_is_made(void **state)
{
    (void)state;
    struct link_account *l = link_account_open(false);
    struct buf out = BUF_INIT(1 << 26);
    struct error e = {0};
    assert_non_null(l);
    assert_ok(link_page(&l->account, false, &out, &e));
    assert_true(out.n < 2 << 20);
    buf_free(&out);
    link_account_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
