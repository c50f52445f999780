#include "trade_order.h"
#include "trade_body.h"
#include "trade_name.h"
#include "trade_refusal.h"
#include "trade_slot.h"

#include <stdlib.h>
#include <string.h>


#define TRADE_ORDER_FIXED  64           /* bytes of text that the canonical
                                           form may add to a body */
#define TRADE_ORDER_POINTER  48         /* bytes of a JSON pointer */


static size_t trade_order_json_max(trade_str_t body, trade_str_t buyer);
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
static int trade_order_item_cmp(const void *one, const void *two);
static void trade_order_merge(trade_order_t *order);
static trade_result_e trade_order_quantities(trade_order_t *order,
    uint64_t max);
static void trade_order_write(trade_order_t *order, trade_buf_t *b,
    trade_buf_t *names, trade_str_t metadata);
static trade_str_t trade_order_write_name(trade_buf_t *b, trade_buf_t *names,
    trade_str_t s);


trade_result_e
trade_order_parse(trade_order_t *order, trade_str_t body,
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

    size_t                    n, size, extra;
    trade_str_t               metadata, body, buyer;
    trade_buf_t               b, raw;
    const cJSON              *field[FIELDS];
    trade_result_e            result;
    static const char *const  names[] = { "buyer_id", "items", "metadata" };

    result = trade_body_fields(json->root, "", names, field, FIELDS, errors);
    if (result != TRADE_DONE) {
        return result;
    }

    n = cJSON_IsArray(field[ITEMS]) ? cJSON_GetArraySize(field[ITEMS]) : 0;
    n = n <= rules->max_items ? n : 0;
    body = trade_json_text(json, json->root);
    buyer = rules->buyer.len ? rules->buyer : rules->unnamed;
    size = trade_order_json_max(body, buyer);
    extra = body.len + buyer.len;

    order->mem = malloc(n * sizeof(trade_item_t) + size + extra);
    if (order->mem == NULL) {
        return TRADE_OVERLOADED;
    }

    order->items = order->mem;
    trade_buf_init(&b, (char *) (order->items + n), size);
    trade_buf_init(&raw, b.end, extra);

    trade_order_read_buyer(order, json, field[BUYER], rules, errors);

    result = trade_order_read_items(order, json, field[ITEMS], rules, errors);
    if (result != TRADE_DONE) {
        return result;
    }

    metadata = trade_str_of(NULL, 0);

    if (field[METADATA]) {
        metadata = trade_json_text(json, field[METADATA]);

        if (!cJSON_IsObject(field[METADATA])) {
            trade_problem_add(errors, "/metadata", "must be an object");
        }
    }

    if (errors->n) {
        return TRADE_INVALID_FIELD;
    }

    trade_order_merge(order);
    trade_order_write(order, &b, &raw, metadata);

    if (b.overflow || raw.overflow) {
        return TRADE_OVERLOADED;
    }

    return trade_order_quantities(order, rules->max_quantity);
}


/*
 * Each escape of the canonical form has six bytes; in the body it had two at
 * least
 */

static size_t
trade_order_json_max(trade_str_t body, trade_str_t buyer)
{
    size_t  i, size;

    size = body.len + TRADE_ORDER_FIXED + trade_name_json_len(buyer);

    for (i = 0; i < body.len; i++) {
        size += body.data[i] == '\\' ? 4 : 0;
    }

    return size;
}


static void
trade_order_read_buyer(trade_order_t *order, const trade_json_t *json,
    const cJSON *node, const trade_order_rules_t *rules,
    trade_errors_t *errors)
{
    trade_str_t  buyer;

    order->buyer = rules->buyer.len ? rules->buyer : rules->unnamed;

    if (node == NULL) {
        if (order->buyer.len == 0) {
            trade_problem_add(errors, "/buyer_id", "is missing");
        }

        return;
    }

    if (trade_body_name(json, node, "/buyer_id", &buyer, errors) != 0) {
        return;
    }

    if (rules->buyer.len == 0) {
        order->buyer = buyer;

    } else if (!trade_str_eq(buyer, rules->buyer)) {
        trade_problem_add(errors, "/buyer_id", "is not the buyer who asks");
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


static int
trade_order_item_cmp(const void *one, const void *two)
{
    const trade_item_t  *a = one, *b = two;

    return trade_str_cmp(a->sku, b->sku);
}


/* Sorts the items, adds equal SKUs up, finds the home slot */

static void
trade_order_merge(trade_order_t *order)
{
    size_t         i, n;
    trade_item_t  *item;

    item = order->items;
    qsort(item, order->nitems, sizeof(*item), trade_order_item_cmp);

    for (n = 0, i = 1; i < order->nitems; i++) {
        if (trade_str_eq(item[n].sku, item[i].sku)) {
            item[n].quantity += item[i].quantity;

            if (item[i].index < item[n].index) {
                item[n].index = item[i].index;
            }

        } else {
            item[++n] = item[i];
        }
    }

    order->nitems = n + 1;
    order->slot = trade_slot_of(item[0].sku);
    order->spans = 0;

    for (i = 0; i < order->nitems; i++) {
        if (trade_slot_of(item[i].sku) != order->slot) {
            order->spans = 1;
        }
    }
}


/* Each item is in range; their sum may not be */

static trade_result_e
trade_order_quantities(trade_order_t *order, uint64_t max)
{
    size_t            i;
    trade_result_e    result;
    trade_refusal_t  *refusal;

    result = TRADE_DONE;

    for (i = 0; i < order->nitems; i++) {

        if (order->items[i].quantity <= max) {
            continue;
        }

        result = TRADE_INVALID_FIELD;
        refusal = trade_refusal_add(order, &order->items[i],
                                    trade_str_c("max-quantity"));
        if (refusal) {
            refusal->limit = max;
        }
    }

    return result;
}


/* Writes the canonical form and turns all names into views of `names` */

static void
trade_order_write(trade_order_t *order, trade_buf_t *b, trade_buf_t *names,
    trade_str_t metadata)
{
    size_t         i;
    trade_item_t  *item;

    trade_buf_c(b, "{\"buyer_id\":");
    order->buyer = trade_order_write_name(b, names, order->buyer);
    trade_buf_c(b, ",\"items\":[");

    for (i = 0; i < order->nitems; i++) {
        item = &order->items[i];

        trade_buf_c(b, i ? ",{\"sku\":" : "{\"sku\":");
        item->sku = trade_order_write_name(b, names, item->sku);
        trade_buf_c(b, ",\"quantity\":");
        trade_buf_u64(b, item->quantity);
        trade_buf_c(b, "}");
    }

    trade_buf_c(b, "]");

    if (metadata.len) {
        trade_buf_c(b, ",\"metadata\":");
        trade_buf_str(b, metadata);
    }

    trade_buf_c(b, "}");

    order->json = trade_buf_done(b);
}


static trade_str_t
trade_order_write_name(trade_buf_t *b, trade_buf_t *names, trade_str_t s)
{
    trade_str_t  view;

    trade_buf_json(b, s);

    view = trade_str_of(names->pos, s.len);
    trade_buf_str(names, s);

    return view;
}
