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
ngx_trade_worker_seen(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot, trade_slot_seen_t *seen)
{
    ngx_trade_seen_t  *record;

    seen->slot = slot;
    seen->version = redis->slots->version[slot];
    seen->record = trade_str_of(NULL, 0);
    seen->record_version = 0;

    record = &worker->seen[redis->index][slot];

    if (record->version
        && ngx_current_msec - record->at < TRADE_LAST_SEEN)
    {
        seen->record = trade_str_of((char *) record->id, TRADE_ID_LEN);
        seen->record_version = record->version;
    }
}
