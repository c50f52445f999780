#include "ngx_trade_lock.h"
#include "ngx_trade_status.h"


void
ngx_trade_status_sum(ngx_shm_zone_t *zone, ngx_trade_cell_t *sum,
    ngx_uint_t *workers)
{
    ngx_uint_t         i, n;
    ngx_trade_cell_t  *cell;
    ngx_trade_root_t  *root;

    root = ngx_trade_zone_get(zone);

    ngx_memzero(sum, sizeof(ngx_trade_cell_t));
    *workers = 0;

    for (i = 0; i < root->ncells; i++) {
        cell = &root->cells[i];

        for (n = 0; n < TRADE_RESULTS; n++) {
            sum->results[n] += cell->results[n];
        }

        for (n = 0; n < NGX_TRADE_COUNTERS; n++) {
            sum->counters[n] += cell->counters[n];
        }

        ngx_trade_lock_status_sum(&sum->locks, &cell->locks,
                                  ngx_trade_zone_alive(cell));

        if (ngx_trade_zone_alive(cell)) {
            sum->in_flight += cell->in_flight;
            sum->queued += cell->queued;
            sum->sweeping += cell->sweeping;
            (*workers)++;
        }
    }

    sum->pending = ngx_trade_backlog_pending(zone);
}


void
ngx_trade_status_sum_view(ngx_shm_zone_t *zone, ngx_trade_shard_t *shard,
    ngx_trade_shard_view_t *view)
{
    uint32_t                  left;
    ngx_uint_t                i;
    ngx_trade_root_t         *root;
    ngx_trade_shard_view_t    one;

    root = ngx_trade_zone_get(zone);
    left = (uint32_t) (shard->left >> (sizeof(ngx_atomic_uint_t) * 4));

    ngx_memzero(view, sizeof(ngx_trade_shard_view_t));

    for (i = 0; i < root->ncells; i++) {
        one = shard->view[i];

        if ((one.state >= NGX_TRADE_SHARD_REFUSING && one.left != left)
            || !ngx_trade_zone_alive(&root->cells[i]))
        {
            continue;
        }

        if (one.state > view->state
            || (one.state == view->state
                && (one.fault > view->fault
                    || (one.fault == view->fault
                        && one.since < view->since))))
        {
            *view = one;
        }
    }
}
