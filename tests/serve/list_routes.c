// SPDX-License-Identifier: AGPL-3.0-or-later
// Prints the table of routes for the matrix test: method, path, need, function, largest
// body, whether it is JSON, the parameters.
#include <stdio.h>

#include "serve/route.h"

int main(void)
{
    static const char *const needs[] = {
        [NEED_NOTHING] = "nothing",     [NEED_SESSION] = "session",
        [NEED_READ_ROWS] = "read_rows", [NEED_WRITE_ROWS] = "write_rows",
        [NEED_FUNCTION] = "function",   [NEED_DEVICE] = "device"};
    for (size_t i = 0; i < n_routes; i++) {
        if (routes[i].page) // for anyone, and asks nobody who it is: test_tips.py
            continue;
        printf("%s\t%s\t%s\t%s\t%zu\t%d\t", method_name(routes[i].method), routes[i].path,
               needs[routes[i].need],
               routes[i].need == NEED_FUNCTION ? access_function_name(routes[i].function)
                                               : "",
               routes[i].max_body, !routes[i].any_body);
        for (size_t k = 0; k < ROUTE_MAX_QUERY && routes[i].query[k].name; k++)
            printf("%s%s", k ? "," : "", routes[i].query[k].name);
        putchar('\n');
    }
    return 0;
}
