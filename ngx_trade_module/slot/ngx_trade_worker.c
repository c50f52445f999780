#include "ngx_trade_worker.h"

#include <openssl/rand.h>


ngx_int_t
ngx_trade_worker_random(ngx_trade_worker_t *worker, u_char *p, size_t n)
{
    if (worker->random_left < n) {
        worker->random_left = 0;

        if (RAND_bytes(worker->random, NGX_TRADE_RANDOM_SIZE) != 1) {
            return NGX_ERROR;
        }

        worker->random_left = NGX_TRADE_RANDOM_SIZE;
    }

    worker->random_left -= n;
    ngx_memcpy(p, worker->random + worker->random_left, n);

    return NGX_OK;
}


void
ngx_trade_worker_known(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot, trade_known_t *known)
{
    ngx_trade_last_t  *last;

    known->slot = slot;
    known->version = redis->slots->version[slot];
    known->last = trade_str_of(NULL, 0);
    known->last_version = 0;

    last = &worker->last[redis->index][slot];

    if (last->version
        && ngx_current_msec - last->seen < TRADE_LAST_SEEN)
    {
        known->last = trade_str_of((char *) last->id, TRADE_ID_LEN);
        known->last_version = last->version;
    }
}
