/*
 * The part of a reply about its slot, whichever call it answers: whether the
 * slot is open, the shard's clock, and the version that the slot has for sure.
 */

#ifndef TRADE_SLOT_REPLY_H
#define TRADE_SLOT_REPLY_H

#include "trade_flow_reply.h"


typedef struct {
    trade_reply_slot_e   state;
    trade_str_t          why;       /* CLOSED: the reason */
    uint64_t             clock;     /* ms of the shard's clock at the reply;
                                       0: the reply does not tell */
    uint64_t             version;   /* from now on a lower one is a loss;
                                       0: the reply does not tell */
    trade_str_t          made;      /* the id of the record made at `version`,
                                       whose absence is a loss from now on, a
                                       view of op->id; empty: none */
} trade_slot_reply_t;


/*
 * Whether as many replicas as `durability` asks for have what a reply is about.
 * Without durability that is always so; with it, the call must be `durable`,
 * which means that a WAIT followed it, and `replicated`, which means that the
 * WAIT has counted enough of them.
 */
int trade_slot_reply_confirmed(int replicated, int durable, size_t durability);

/*
 * `op` is the operation that the call is for, NULL if that makes no record.
 * `confirmed`: see above.
 */
void trade_slot_reply(trade_slot_reply_t *slot, const trade_reply_t *reply,
    const trade_flow_op_t *op, int confirmed);


#endif /* TRADE_SLOT_REPLY_H */
