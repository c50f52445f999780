/*
 * The start and the end of a worker process.
 */

#ifndef NGX_TRADE_PROCESS_H
#define NGX_TRADE_PROCESS_H

#include "ngx_trade_worker.h"


/*
 * Made in init_process.  NULL: this process can't serve orders, and the log
 * says why.
 */
ngx_trade_worker_t *ngx_trade_process_start(ngx_cycle_t *cycle,
    ngx_trade_main_conf_t *conf);
void ngx_trade_process_stop(ngx_trade_worker_t *worker);


#endif /* NGX_TRADE_PROCESS_H */
