/*
 * Writes trade_status in JSON.  The memory behind it is shared, and changes
 * while it is written, so nothing here relies on a size that was computed
 * before.  If the text does not fit, b->overflow is set; then write again, into
 * more room.
 */

#ifndef TRADE_STATUS_H
#define TRADE_STATUS_H

#include "trade_slot.h"


typedef struct {
    trade_str_t           redis;        /* the name of its trade_redis block */
    trade_str_t           name;
    trade_str_t           address;      /* as written */
    const char           *state;
    const char           *reason;       /* of the state; "" if all is well */
    const char           *command;      /* the forbidden command, or "" */
    uint64_t              since;        /* ms since 1970, 0: not known */
    uint64_t              weight;
    uint64_t              due;
    const unsigned char  *closed;       /* TRADE_SLOTS of them; not 0: closed */
    const uint16_t       *owner;        /* TRADE_SLOTS indexes of servers */
    unsigned              server;       /* the server's own index */
} trade_status_shard_t;


/* `,"name":value`; `name` needs no escapes. */
void trade_status_count(trade_buf_t *b, const char *name, uint64_t value);

/* Writes a shard as an object, with its closed slots. */
void trade_status_shard(trade_buf_t *b, const trade_status_shard_t *shard);


#endif /* TRADE_STATUS_H */
