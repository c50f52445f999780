#include "trade_identity.h"

#include <stdlib.h>
#include <string.h>


#define TRADE_IDENTITY_WEIGHT_LEN  20


static int trade_identity_cmp(const void *one, const void *two);


int
trade_identity_write(trade_buf_t *b, trade_str_t name,
    const trade_ring_t *ring, trade_digest_t *digest)
{
    int                  rc;
    char                *weights, hex[TRADE_DIGEST_LEN];
    uint32_t             i, n;
    trade_buf_t          w;
    trade_str_t         *parts;
    trade_ring_node_t   *nodes;

    n = ring->nnodes;

    nodes = malloc(n * sizeof(*nodes) + 1);
    parts = malloc(2 * n * sizeof(*parts) + 1);
    weights = malloc(n * TRADE_IDENTITY_WEIGHT_LEN + 1);
    rc = -1;

    if (nodes && parts && weights) {
        for (i = 0; i < n; i++) {
            nodes[i] = ring->nodes[i];
        }

        qsort(nodes, n, sizeof(*nodes), trade_identity_cmp);

        for (i = 0; i < n; i++) {
            trade_buf_init(&w, weights + i * TRADE_IDENTITY_WEIGHT_LEN,
                           TRADE_IDENTITY_WEIGHT_LEN);
            trade_buf_u64(&w, nodes[i].weight);

            parts[2 * i] = trade_str_c(nodes[i].name);
            parts[2 * i + 1] = trade_buf_done(&w);
        }

        rc = trade_digest_hex(digest, parts, 2 * n, hex);
    }

    free(weights);
    free(parts);
    free(nodes);

    if (rc == 0) {
        trade_buf_str(b, name);
        trade_buf_c(b, " ");
        trade_buf_put(b, hex, sizeof(hex));
    }

    return rc;
}


static int
trade_identity_cmp(const void *one, const void *two)
{
    const trade_ring_node_t  *a = one, *b = two;

    return strcmp(a->name, b->name);
}
