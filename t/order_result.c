/*
 * order_result: reads orders' bodies, each behind a line with its length, and
 * prints for each a line, the result and the length of the canonical form,
 * and that form behind it.  For t/order_differential.t.
 */

#include "trade_order.h"

#include <stdio.h>
#include <stdlib.h>


static void
order_result(trade_str_t body)
{
    trade_str_t     name;
    trade_order_t   order;
    trade_errors_t  errors = { 0 };
    trade_result_e  result;

    static const trade_order_rules_t  rules = { 1000, 50, trade_null_str,
                                                trade_null_str };

    result = trade_order_parse(&order, body, &rules, &errors);

    if (result == TRADE_DONE) {
        (void) printf("done %zu\n%.*s", order.json.len, (int) order.json.len,
                      order.json.data);

    } else {
        name = trade_result_name(result);
        (void) printf("%.*s 0\n", (int) name.len, name.data);
    }

    trade_order_free(&order);
}


int
main(void)
{
    char    *body;
    size_t   len;

    while (scanf("%zu", &len) == 1 && getchar() == '\n') {
        body = malloc(len + !len);

        if (body == NULL || fread(body, 1, len, stdin) != len) {
            return EXIT_FAILURE;
        }

        order_result(trade_str_of(body, len));
        free(body);
    }

    return EXIT_SUCCESS;
}
