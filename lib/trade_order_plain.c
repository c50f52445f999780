/*
 * Each function takes a part of the body off the front of the text, with the
 * blanks behind it.  It returns 0, or -1 to decline the body.
 */

#include "trade_order_plain.h"
#include "trade_body.h"
#include "trade_json_scan.h"
#include "trade_name.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    const char                 *pos;
    const char                 *end;
    trade_order_form_t         *form;
    trade_order_t              *order;
    const trade_order_rules_t  *rules;
    size_t                      nitems_max;     /* there is room for these */
} trade_order_plain_t;


static int trade_order_plain_body(trade_order_plain_t *p);
static int trade_order_plain_items(trade_order_plain_t *p);
static int trade_order_plain_item(trade_order_plain_t *p, trade_item_t *item);
static int trade_order_plain_metadata(trade_order_plain_t *p);
static int trade_order_plain_quantity(trade_order_plain_t *p,
    uint64_t *quantity);
static int trade_order_plain_member(trade_order_plain_t *p,
    trade_str_t *name);
static int trade_order_plain_name(trade_order_plain_t *p, trade_str_t *name);
static int trade_order_plain_string(trade_order_plain_t *p, trade_str_t *s);
static int trade_order_plain_is(trade_str_t s, const char *name, size_t len);
static int trade_order_plain_take(trade_order_plain_t *p, char c);
static void trade_order_plain_space(trade_order_plain_t *p);


int
trade_order_plain_read(trade_order_form_t *form, trade_order_t *order,
    trade_str_t body, const trade_order_rules_t *rules)
{
    trade_order_plain_t  p;

    memset(order, 0, sizeof(*order));

    if (body.len == 0) {
        return -1;
    }

    p.pos = body.data;
    p.end = body.data + body.len;
    p.form = form;
    p.order = order;
    p.rules = rules;
    p.nitems_max = body.len / (sizeof("{\"sku\":\"A\",\"quantity\":1}") - 1);

    if (p.nitems_max > rules->max_items) {
        p.nitems_max = rules->max_items;
    }

    if (trade_order_form_create(form, order, p.nitems_max, body, rules) == 0
        && trade_order_plain_body(&p) == 0
        && p.pos == p.end)
    {
        return 0;
    }

    free(order->mem);
    memset(order, 0, sizeof(*order));

    return -1;
}


static int
trade_order_plain_body(trade_order_plain_t *p)
{
    trade_str_t  member, buyer;

    buyer = trade_str_of(NULL, 0);

    trade_order_plain_space(p);

    if (trade_order_plain_take(p, '{') != 0) {
        return -1;
    }

    do {
        if (trade_order_plain_member(p, &member) != 0) {
            return -1;
        }

        if (trade_order_plain_is(member, "buyer_id", 8)) {
            if (buyer.len || trade_order_plain_name(p, &buyer) != 0) {
                return -1;
            }

        } else if (trade_order_plain_is(member, "items", 5)) {
            if (p->order->nitems || trade_order_plain_items(p) != 0) {
                return -1;
            }

        } else if (trade_order_plain_is(member, "metadata", 8)) {
            if (p->form->metadata.len || trade_order_plain_metadata(p) != 0) {
                return -1;
            }

        } else {
            return -1;
        }

    } while (trade_order_plain_take(p, ',') == 0);

    if (trade_order_plain_take(p, '}') != 0 || p->order->nitems == 0) {
        return -1;
    }

    return trade_order_form_buyer(p->order, buyer.len ? &buyer : NULL,
                                  p->rules)
           ? -1 : 0;
}


static int
trade_order_plain_items(trade_order_plain_t *p)
{
    size_t         n;
    trade_item_t  *item;

    if (trade_order_plain_take(p, '[') != 0) {
        return -1;
    }

    n = 0;

    do {
        if (n == p->nitems_max) {
            return -1;
        }

        item = &p->order->items[n];
        item->index = n++;

        if (trade_order_plain_item(p, item) != 0) {
            return -1;
        }

    } while (trade_order_plain_take(p, ',') == 0);

    p->order->nitems = n;

    return trade_order_plain_take(p, ']');
}


static int
trade_order_plain_item(trade_order_plain_t *p, trade_item_t *item)
{
    trade_str_t  member;

    item->sku = trade_str_of(NULL, 0);
    item->quantity = 0;

    if (trade_order_plain_take(p, '{') != 0) {
        return -1;
    }

    do {
        if (trade_order_plain_member(p, &member) != 0) {
            return -1;
        }

        if (trade_order_plain_is(member, "sku", 3)) {
            if (item->sku.len || trade_order_plain_name(p, &item->sku) != 0) {
                return -1;
            }

        } else if (trade_order_plain_is(member, "quantity", 8)) {
            if (item->quantity
                || trade_order_plain_quantity(p, &item->quantity) != 0)
            {
                return -1;
            }

        } else {
            return -1;
        }

    } while (trade_order_plain_take(p, ',') == 0);

    if (item->sku.len == 0 || item->quantity == 0) {
        return -1;
    }

    return trade_order_plain_take(p, '}');
}


/* Metadata may be any object that strict JSON allows one level below */

static int
trade_order_plain_metadata(trade_order_plain_t *p)
{
    size_t  n;

    if (p->pos == p->end || *p->pos != '{') {
        return -1;
    }

    n = trade_json_scan_first(trade_str_of(p->pos, p->end - p->pos),
                              TRADE_BODY_DEPTH_MAX - 1);
    if (n == 0) {
        return -1;
    }

    p->form->metadata = trade_str_of(p->pos, n);
    p->pos += n;
    trade_order_plain_space(p);

    return 0;
}


static int
trade_order_plain_quantity(trade_order_plain_t *p, uint64_t *quantity)
{
    trade_str_t  digits;

    digits = trade_str_of(p->pos, 0);

    while (p->pos < p->end && *p->pos >= '0' && *p->pos <= '9') {
        p->pos++;
    }

    digits.len = p->pos - digits.data;
    trade_order_plain_space(p);

    return trade_str_u64(digits, p->rules->max_quantity, quantity) == 0
           && *quantity
           ? 0 : -1;
}


static int
trade_order_plain_member(trade_order_plain_t *p, trade_str_t *name)
{
    return trade_order_plain_string(p, name) == 0
           ? trade_order_plain_take(p, ':') : -1;
}


/* A name without escapes is its own value */

static int
trade_order_plain_name(trade_order_plain_t *p, trade_str_t *name)
{
    return trade_order_plain_string(p, name) == 0
           && memchr(name->data, '\\', name->len) == NULL
           && trade_name_check(*name) == TRADE_NAME_VALID
           ? 0 : -1;
}


/* Takes up to the next quote; whether an escape is before it, callers see */

static int
trade_order_plain_string(trade_order_plain_t *p, trade_str_t *s)
{
    const char  *quote;

    if (p->pos == p->end || *p->pos != '"') {
        return -1;
    }

    p->pos++;
    quote = memchr(p->pos, '"', p->end - p->pos);

    if (quote == NULL) {
        return -1;
    }

    *s = trade_str_of(p->pos, quote - p->pos);
    p->pos = quote + 1;
    trade_order_plain_space(p);

    return 0;
}


static int
trade_order_plain_is(trade_str_t s, const char *name, size_t len)
{
    return s.len == len && memcmp(s.data, name, len) == 0;
}


static int
trade_order_plain_take(trade_order_plain_t *p, char c)
{
    if (p->pos == p->end || *p->pos != c) {
        return -1;
    }

    p->pos++;
    trade_order_plain_space(p);

    return 0;
}


static void
trade_order_plain_space(trade_order_plain_t *p)
{
    p->pos = trade_json_scan_blanks(p->pos, p->end);
}
