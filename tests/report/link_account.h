// SPDX-License-Identifier: AGPL-3.0-or-later
// An invented linkage, as a run of it would tell: 48,113 records of two files, six
// comparisons, some 200 patterns, 40 example pairs, 13 clusters to look into. Names,
// texts of the model and warnings hold markup that must not become part of a page.
#ifndef LINK_ACCOUNT_TEST_H
#define LINK_ACCOUNT_TEST_H

#include "link/account.h"

struct link_account {
    struct arena arena;
    struct link_records records;
    struct link_model *model;
    struct link_view view;
    struct account account;
};

// zh: labels of levels in Chinese. NULL when memory is out.
struct link_account *link_account_open(bool zh);
void link_account_close(struct link_account *l);

#endif
