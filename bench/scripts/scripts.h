/*
 * The benchmark of the Redis scripts: its state, and its files' functions.
 */

#ifndef SCRIPTS_H
#define SCRIPTS_H

#include "bench.h"
#include "trade_call.h"
#include "trade_id.h"
#include "trade_slot.h"

#include <hiredis/hiredis.h>


#define DEPTH       16
#define SKUS        100
#define CALL_MAX    4096


typedef struct {
    redisContext   *redis;
    long            pid;
    char            sha[2][41];         /* the peers' scripts */
    long            next;               /* order */
    char            last[SKUS][TRADE_ID_LEN];
    int             seen[SKUS];
} scripts_t;


typedef void (*scripts_run_pt)(scripts_t *bench, long orders);


/*
 * Reads so many replies; each begins with `want`, or is that integer, if it is
 * not NULL.
 */
void scripts_take(scripts_t *bench, long replies, const char *want);

/* Appends the call to the pipeline. */
void scripts_send(scripts_t *bench, const trade_call_t *call);

/* Loads a script, and writes its name for EVALSHA. */
void scripts_load(scripts_t *bench, const char *text, size_t len,
    char sha[41]);


/*
 * Lays out the call that places an order, in CALL_MAX bytes.  It has views into
 * `order`, which the caller frees, and into `id`, which is made if it is empty.
 */
void scripts_place(trade_call_t *call, void *mem, trade_order_t *order,
    const char *body, const char *hash, const char *key, uint64_t n,
    const trade_slot_seen_t *seen, char *id);

/* Prints the words of the command that places an order of the SKU. */
void scripts_print(const char *sku);


/* Load the scripts; run so many orders, a multiple of DEPTH. */
void scripts_ours_load(scripts_t *bench);
void scripts_ours(scripts_t *bench, long orders);

void scripts_peer_load(scripts_t *bench, const char *folder);
void scripts_peer(scripts_t *bench, long orders);


#endif /* SCRIPTS_H */
