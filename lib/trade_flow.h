/*
 * The placement of one order, as a state machine: events in, actions out.  It
 * decides and does nothing itself, so that every schedule of replies, losses
 * and deadlines can be played to it on a fake clock.
 *
 *              start, FIND ---> FINDING -- absent: ANSWER, FREE
 *                | SEND           | SEND
 *                v <--------------'
 *                |        retry, unsent
 *      +----> SENDING  ----------------> PAUSING
 *      |  lost |  |  \   <------ SEND ------ |
 *      +-SEND--+  |   \ refused, found, view | deadline
 *                 |    `---> ANSWER, FREE <--+
 *            made | PUBLISH
 *                 v
 *             PUBLISHING -- not acked: ANSWER 202, FREE
 *                 |      `- deadline, stalled: ANSWER 202, and stays
 *                 | acked
 *                 v ACK, ANSWER 201
 *               ACKING -- ack done: FREE
 *
 * Changes of stock take the same way; a look-up ends at the reply.  FIND asks
 * for the order of an Idempotency-Key, where a hint (trade_hint.h) refuses the
 * order unless the key has led to one before.
 *
 * The caller feeds an event, then takes actions from trade_flow_next() until it
 * returns AWAIT.  After FREE there is nothing more.  An answer is given once,
 * whatever happens before and after; the order goes its way without a client.
 *
 * An ambiguous loss is never a refusal: once a command may have run and its
 * reply is gone, only a success or "unknown" can be answered, for the lost copy
 * may still run.  It is sent again, until the deadline if there is no
 * connection.  An order that was found, and not yet published, stays accepted
 * whatever becomes of the second look, unless its slot was closed.
 * trade_flow_order.c decides which order the answer names.
 */

#ifndef TRADE_FLOW_H
#define TRADE_FLOW_H

#include "trade_id.h"
#include "trade_result.h"


typedef enum {
    TRADE_FLOW_UNSENT = 0,  /* the command could not be sent: nothing ran */
    TRADE_FLOW_LOST,        /* sent, and its reply will never come */
    TRADE_FLOW_MADE,        /* reply: recorded, to be published */
    TRADE_FLOW_UNDURABLE,   /* reply: recorded, on too few replicas */
    TRADE_FLOW_FINAL,       /* reply: refused, found or view; a result */
    TRADE_FLOW_RETRY,       /* reply: a result that may soon be another */
    TRADE_FLOW_ABSENT,      /* FIND: the order is refused; a result */
    TRADE_FLOW_PRESENT,     /* FIND: it is not: the command is to be sent */
    TRADE_FLOW_PAUSED,      /* the pause is over */
    TRADE_FLOW_ACKED,       /* Kafka has it */
    TRADE_FLOW_NOT_ACKED,   /* Kafka has it not, or may have it */
    TRADE_FLOW_STALLED,     /* Kafka makes no progress: do not wait for it */
    TRADE_FLOW_DEADLINE,    /* the client has waited long enough */
    TRADE_FLOW_ACK_DONE     /* replied, lost or unsent: it was tried */
} trade_flow_event_e;


typedef enum {
    TRADE_FLOW_AWAIT = 0,   /* nothing, until the next event */
    TRADE_FLOW_FIND,        /* ask for the order of the Idempotency-Key */
    TRADE_FLOW_SEND,        /* the command to its shard */
    TRADE_FLOW_PAUSE,       /* for TRADE_FLOW_PAUSE_MS, then PAUSED */
    TRADE_FLOW_PUBLISH,     /* the record to Kafka */
    TRADE_FLOW_ACK,         /* tell the shard of the ack */
    TRADE_FLOW_ANSWER,      /* flow->result to the client, if still there */
    TRADE_FLOW_FREE
} trade_flow_action_e;

#define TRADE_FLOW_PAUSE_MS  20


typedef enum {
    TRADE_FLOW_SENDING = 0,
    TRADE_FLOW_FINDING,
    TRADE_FLOW_PAUSING,
    TRADE_FLOW_PUBLISHING,
    TRADE_FLOW_ACKING,
    TRADE_FLOW_ENDED
} trade_flow_state_e;


typedef struct {
    trade_flow_state_e   state;
    unsigned             todo;          /* bit set of actions */
    trade_result_e       result;        /* of ANSWER */
    trade_result_e       success;       /* the answer to an ack */
    uint64_t             sent_at;       /* ms, first SEND */
    uint64_t             window;        /* ms after it to begin to publish */
    unsigned             changes:1;     /* makes a record; else a look-up */
    unsigned             answered:1;
    unsigned             expired:1;     /* the deadline has passed */
    unsigned             ambiguous:1;   /* a command was lost */
    unsigned             accepted:1;    /* found recorded, not published */
    unsigned             resent:1;
    unsigned             paused:1;      /* for a reply that may change */
    unsigned             shown:1;       /* a reply has named this order: */
    char                 order[TRADE_ID_LEN];
} trade_flow_t;


/*
 * Starts with SEND.  `success` is what the client gets once Kafka has the
 * record.  A publication begins at most `window` ms after the first SEND: the
 * lease of the order is then still long enough for it.
 */
void trade_flow_start(trade_flow_t *flow, int changes,
    trade_result_e success, uint64_t window, uint64_t now);

/*
 * The command is a dry run, which makes no record, and no other command was
 * sent: its loss is not ambiguous.
 */
void trade_flow_dry_run(trade_flow_t *flow);

/* Call it right after the start: FIND comes before SEND. */
void trade_flow_find(trade_flow_t *flow);

/* Refused, or known, before anything is sent: ANSWER, FREE. */
void trade_flow_refuse(trade_flow_t *flow, trade_result_e result);

/*
 * The event when an operation's timer fires, `left` ms before its deadline, in
 * a pause or not.
 */
trade_flow_event_e trade_flow_timer(int pausing, int64_t left);

/* `result` goes with FINAL and RETRY; `now` is ms of any steady clock. */
void trade_flow_event(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now);

trade_flow_action_e trade_flow_next(trade_flow_t *flow);


/*
 * The order that an answer names (trade_flow_order.c).  "Order" stands for any
 * record: a change of stock has an id, too.  A 404 at the id that an answer
 * names must mean that there is no order, so an answer names no id that may be
 * the wrong one.
 */

/*
 * Call it before the event of a reply that names an order: the order that this
 * request has made, or that its id or key has led to.  `result` is that of the
 * event.  Copies `id`.  A later reply replaces an earlier one, but an order
 * that was accepted stays the one to answer with.
 */
void trade_flow_show(trade_flow_t *flow, trade_str_t id,
    trade_result_e result);

/*
 * The id that the answer, flow->result, names.  Empty: none.  A view of `own`,
 * the id of the record that this request makes or looks up, or of *flow.
 *
 *  - A success names the order that a reply has shown.
 *  - A refusal names none.
 *  - An unknown outcome names the order that a reply has shown.  If no reply
 *    has, it names `own`, which a lost copy of the call may have made.  With
 *    an Idempotency-Key (`keyed`) it names none then: the key may have led to
 *    an order with another id, while there is none with `own`.
 */
trade_str_t trade_flow_named(const trade_flow_t *flow, trade_str_t own,
    int keyed);

/*
 * The id to log when the client has gone, perhaps before the answer.  Empty:
 * there is no such order.  Otherwise the order exists, or the call under way
 * may still make it.  A view, as above.
 */
trade_str_t trade_flow_possible(const trade_flow_t *flow, trade_str_t own);


/* For logs. */
const char *trade_flow_event_name(trade_flow_event_e event);


#endif /* TRADE_FLOW_H */
