#include "bought.h"

#include <stdlib.h>
#include <string.h>


int
bought_add(boughts_t *boughts, trade_str_t sku, trade_str_t buyer,
    trade_str_t id, int64_t quantity)
{
    char      *mem;
    size_t     max;
    bought_t  *list;

    if (boughts->n == boughts->max) {
        max = boughts->max ? 2 * boughts->max : 64;

        list = realloc(boughts->list, max * sizeof(*list));
        if (list == NULL) {
            return -1;
        }

        boughts->list = list;
        boughts->max = max;
    }

    mem = malloc(sku.len + buyer.len + id.len + 1);
    if (mem == NULL) {
        return -1;
    }

    memcpy(mem, sku.data, sku.len);
    memcpy(mem + sku.len, buyer.data, buyer.len);

    if (id.len) {
        memcpy(mem + sku.len + buyer.len, id.data, id.len);
    }

    list = &boughts->list[boughts->n++];
    list->sku = trade_str_of(mem, sku.len);
    list->buyer = trade_str_of(mem + sku.len, buyer.len);
    list->id = trade_str_of(mem + sku.len + buyer.len, id.len);
    list->quantity = quantity;
    list->at = 0;

    return 0;
}


void
bought_free(boughts_t *boughts)
{
    size_t  i;

    for (i = 0; i < boughts->n; i++) {
        free((char *) boughts->list[i].sku.data);
    }

    free(boughts->list);
    memset(boughts, 0, sizeof(*boughts));
}
