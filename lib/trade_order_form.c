#include "trade_order_form.h"
#include "trade_name.h"
#include "trade_refusal.h"
#include "trade_slot.h"

#include <stdlib.h>
#include <string.h>


#define TRADE_ORDER_FORM_FIXED  64      /* bytes of text that the canonical
                                           form may add to a body */


static size_t trade_order_form_escapes(trade_str_t body);
static int trade_order_form_item_cmp(const void *one, const void *two);
static void trade_order_form_merge(trade_order_t *order);
static trade_result_e trade_order_form_quantities(trade_order_t *order,
    uint64_t max);
static void trade_order_form_write(trade_order_form_t *form,
    trade_order_t *order);
static trade_str_t trade_order_form_write_name(trade_order_form_t *form,
    trade_str_t s);


int
trade_order_form_create(trade_order_form_t *form, trade_order_t *order,
    size_t n, trade_str_t body, const trade_order_rules_t *rules)
{
    size_t  size, extra;

    order->buyer = rules->buyer.len ? rules->buyer : rules->unnamed;

    size = body.len + trade_order_form_escapes(body) + TRADE_ORDER_FORM_FIXED
           + trade_name_json_len(order->buyer);
    extra = body.len + order->buyer.len;

    order->mem = malloc(n * sizeof(trade_item_t) + size + extra);
    if (order->mem == NULL) {
        return -1;
    }

    order->items = order->mem;
    trade_buf_init(&form->json, (char *) (order->items + n), size);
    trade_buf_init(&form->names, form->json.end, extra);
    form->metadata = trade_str_of(NULL, 0);

    return 0;
}


/*
 * Each escape of the canonical form has six bytes; in the body it had two at
 * least
 */

static size_t
trade_order_form_escapes(trade_str_t body)
{
    size_t       more;
    const char  *p, *end;

    end = body.data + body.len;

    for (more = 0, p = body.data; p < end; p++, more += 4) {
        p = memchr(p, '\\', end - p);
        if (p == NULL) {
            break;
        }
    }

    return more;
}


const char *
trade_order_form_buyer(trade_order_t *order, const trade_str_t *named,
    const trade_order_rules_t *rules)
{
    if (named == NULL) {
        return order->buyer.len ? NULL : "is missing";
    }

    if (rules->buyer.len == 0) {
        order->buyer = *named;
        return NULL;
    }

    return trade_str_eq(*named, rules->buyer) ? NULL
                                              : "is not the buyer who asks";
}


trade_result_e
trade_order_form_finish(trade_order_form_t *form, trade_order_t *order,
    const trade_order_rules_t *rules)
{
    trade_order_form_merge(order);
    trade_order_form_write(form, order);

    if (form->json.overflow || form->names.overflow) {
        return TRADE_OVERLOADED;
    }

    return trade_order_form_quantities(order, rules->max_quantity);
}


static int
trade_order_form_item_cmp(const void *one, const void *two)
{
    const trade_item_t  *a = one, *b = two;

    return trade_str_cmp(a->sku, b->sku);
}


/* Sorts the items, adds equal SKUs up, finds the home slot */

static void
trade_order_form_merge(trade_order_t *order)
{
    size_t         i, n;
    trade_item_t  *item;

    item = order->items;
    qsort(item, order->nitems, sizeof(*item), trade_order_form_item_cmp);

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

    for (i = 1; i < order->nitems; i++) {
        if (trade_slot_of(item[i].sku) != order->slot) {
            order->spans = 1;
        }
    }
}


/* Each item is in range; their sum may not be */

static trade_result_e
trade_order_form_quantities(trade_order_t *order, uint64_t max)
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


/* Writes the canonical form and turns all names into views of form->names */

static void
trade_order_form_write(trade_order_form_t *form, trade_order_t *order)
{
    size_t         i;
    trade_buf_t   *b;
    trade_item_t  *item;

    b = &form->json;

    trade_buf_c(b, "{\"buyer_id\":");
    order->buyer = trade_order_form_write_name(form, order->buyer);
    trade_buf_c(b, ",\"items\":[");

    for (i = 0; i < order->nitems; i++) {
        item = &order->items[i];

        trade_buf_c(b, i ? ",{\"sku\":" : "{\"sku\":");
        item->sku = trade_order_form_write_name(form, item->sku);
        trade_buf_c(b, ",\"quantity\":");
        trade_buf_u64(b, item->quantity);
        trade_buf_c(b, "}");
    }

    trade_buf_c(b, "]");

    if (form->metadata.len) {
        trade_buf_c(b, ",\"metadata\":");
        trade_buf_str(b, form->metadata);
    }

    trade_buf_c(b, "}");

    order->json = trade_buf_done(b);
}


static trade_str_t
trade_order_form_write_name(trade_order_form_t *form, trade_str_t s)
{
    trade_str_t  view;

    trade_buf_json(&form->json, s);

    view = trade_str_of(form->names.pos, s.len);
    trade_buf_str(&form->names, s);

    return view;
}
