#include "trade_order_plain.h"
#include "trade_body.h"

#include <stdlib.h>
#include <string.h>


#define TRADE_ORDER_POINTER  48         /* bytes of a JSON pointer */


static trade_result_e trade_order_read(trade_order_t *order,
    const trade_json_t *json, const trade_order_rules_t *rules,
    trade_errors_t *errors);
static void trade_order_read_buyer(trade_order_t *order,
    const trade_json_t *json, const cJSON *node,
    const trade_order_rules_t *rules, trade_errors_t *errors);
static trade_result_e trade_order_read_items(trade_order_t *order,
    const trade_json_t *json, const cJSON *node,
    const trade_order_rules_t *rules, trade_errors_t *errors);
static trade_result_e trade_order_read_item(trade_item_t *item,
    const trade_json_t *json, const cJSON *node, size_t index,
    const trade_order_rules_t *rules, trade_errors_t *errors);
static void trade_order_pointer(char pointer[TRADE_ORDER_POINTER],
    size_t index, const char *member);


trade_result_e
trade_order_parse(trade_order_t *order, trade_str_t body,
    const trade_order_rules_t *rules, trade_errors_t *errors)
{
    trade_order_form_t  form;

    if (trade_order_plain_read(&form, order, body, rules) == 0) {
        return trade_order_form_finish(&form, order, rules);
    }

    return trade_order_parse_strict(order, body, rules, errors);
}


trade_result_e
trade_order_parse_strict(trade_order_t *order, trade_str_t body,
    const trade_order_rules_t *rules, trade_errors_t *errors)
{
    trade_json_t    json;
    trade_result_e  result;

    memset(order, 0, sizeof(*order));

    result = trade_body_parse(&json, body, errors);

    if (result == TRADE_DONE) {
        result = trade_order_read(order, &json, rules, errors);
        trade_json_free(&json);
    }

    return result;
}


void
trade_order_free(trade_order_t *order)
{
    free(order->refused.list);
    free(order->mem);

    order->refused.list = NULL;
    order->refused.n = 0;
    order->mem = NULL;
}


static trade_result_e
trade_order_read(trade_order_t *order, const trade_json_t *json,
    const trade_order_rules_t *rules, trade_errors_t *errors)
{
    enum { BUYER, ITEMS, METADATA, FIELDS };

    size_t                    n;
    const cJSON              *field[FIELDS];
    trade_result_e            result;
    trade_order_form_t        form;
    static const char *const  names[] = { "buyer_id", "items", "metadata" };

    result = trade_body_fields(json->root, "", names, field, FIELDS, errors);
    if (result != TRADE_DONE) {
        return result;
    }

    n = cJSON_IsArray(field[ITEMS]) ? cJSON_GetArraySize(field[ITEMS]) : 0;
    n = n <= rules->max_items ? n : 0;

    if (trade_order_form_create(&form, order, n,
                                trade_json_text(json, json->root), rules)
        != 0)
    {
        return TRADE_OVERLOADED;
    }

    trade_order_read_buyer(order, json, field[BUYER], rules, errors);

    result = trade_order_read_items(order, json, field[ITEMS], rules, errors);
    if (result != TRADE_DONE) {
        return result;
    }

    if (field[METADATA]) {
        form.metadata = trade_json_text(json, field[METADATA]);

        if (!cJSON_IsObject(field[METADATA])) {
            trade_problem_add(errors, "/metadata", "must be an object");
        }
    }

    if (errors->n) {
        return TRADE_INVALID_FIELD;
    }

    return trade_order_form_finish(&form, order, rules);
}


static void
trade_order_read_buyer(trade_order_t *order, const trade_json_t *json,
    const cJSON *node, const trade_order_rules_t *rules,
    trade_errors_t *errors)
{
    const char   *fault;
    trade_str_t   buyer;

    if (node
        && trade_body_name(json, node, "/buyer_id", &buyer, errors) != 0)
    {
        return;
    }

    fault = trade_order_form_buyer(order, node ? &buyer : NULL, rules);

    if (fault) {
        trade_problem_add(errors, "/buyer_id", "%s", fault);
    }
}


static trade_result_e
trade_order_read_items(trade_order_t *order, const trade_json_t *json,
    const cJSON *node, const trade_order_rules_t *rules,
    trade_errors_t *errors)
{
    const cJSON      *item;
    trade_result_e    result;

    if (node == NULL) {
        trade_problem_add(errors, "/items", "is missing");
        return TRADE_DONE;
    }

    if (!cJSON_IsArray(node) || node->child == NULL
        || (size_t) cJSON_GetArraySize(node) > rules->max_items)
    {
        trade_problem_add(errors, "/items", "must be an array of 1 to %zu "
                          "items", rules->max_items);
        return TRADE_DONE;
    }

    for (item = node->child; item; item = item->next) {
        result = trade_order_read_item(&order->items[order->nitems], json,
                                       item, order->nitems, rules, errors);
        if (result != TRADE_DONE) {
            return result;
        }

        order->nitems++;
    }

    return TRADE_DONE;
}


static trade_result_e
trade_order_read_item(trade_item_t *item, const trade_json_t *json,
    const cJSON *node, size_t index, const trade_order_rules_t *rules,
    trade_errors_t *errors)
{
    enum { SKU, QUANTITY, FIELDS };

    char                      pointer[TRADE_ORDER_POINTER];
    int64_t                   quantity;
    const cJSON              *field[FIELDS];
    trade_result_e            result;
    static const char *const  names[] = { "sku", "quantity" };

    trade_order_pointer(pointer, index, "");

    if (!cJSON_IsObject(node)) {
        trade_problem_add(errors, pointer, "must be an object");
        return TRADE_DONE;
    }

    result = trade_body_fields(node, pointer, names, field, FIELDS, errors);
    if (result != TRADE_DONE) {
        return result;
    }

    trade_order_pointer(pointer, index, "/sku");
    (void) trade_body_name(json, field[SKU], pointer, &item->sku, errors);
    item->index = index;

    trade_order_pointer(pointer, index, "/quantity");

    if (trade_body_integer(json, field[QUANTITY], pointer, 1,
                           rules->max_quantity, &quantity, errors)
        == 0)
    {
        item->quantity = quantity;
    }

    return TRADE_DONE;
}


/* A JSON pointer to an item, or to a member of it */

static void
trade_order_pointer(char pointer[TRADE_ORDER_POINTER], size_t index,
    const char *member)
{
    trade_buf_t  b;

    trade_buf_init(&b, pointer, TRADE_ORDER_POINTER);
    trade_buf_c(&b, "/items/");
    trade_buf_u64(&b, index);
    trade_buf_put(&b, member, strlen(member) + 1);
}
