/*
 * The blocks of the configuration: trade_redis {} and trade_kafka {}.
 */

#ifndef NGX_TRADE_BLOCK_H
#define NGX_TRADE_BLOCK_H

#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Finds a block by its name, which its struct begins with.  Returns NULL if
 * there is none.
 */
static ngx_inline void *
ngx_trade_block_find(ngx_array_t *blocks, ngx_str_t *name)
{
    ngx_str_t   **block;
    ngx_uint_t    i;

    block = blocks->elts;

    for (i = 0; i < blocks->nelts; i++) {
        if (block[i]->len == name->len
            && ngx_memcmp(block[i]->data, name->data, name->len) == 0)
        {
            return block[i];
        }
    }

    return NULL;
}


#endif /* NGX_TRADE_BLOCK_H */
