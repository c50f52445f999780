/*
 * The sweeper of one shard, as a state machine: finds the due events there,
 * claims them and publishes them again.  It decides and does nothing itself.
 *
 *      look -----> slots with due events -----> claim -----> publish
 *        ^ every period                          |             |
 *        '----------- none left -----------------'      acked: ack
 *
 * A look asks all slots of the shard, and finds those that have a due event.
 * These are claimed one after the other, some at a time, and the worker that
 * claimed events publishes them.  When Kafka does not take an event, no more is
 * claimed, except one event now and then, to see whether Kafka takes it.
 *
 * The events of a worker that died are due only when their lease is over.  So
 * after a death there is a look at all events that were recorded before it: an
 * event that still has no ack a moment later is taken to be the dead worker's.
 * If that is wrong the event is published twice, which is allowed.
 */

#ifndef TRADE_SWEEP_H
#define TRADE_SWEEP_H

#include "trade_slot.h"


/* From a death to the look that it brings: the living get their acks. */
#define TRADE_SWEEP_DEATH_MS  500


typedef struct {
    uint64_t              period;       /* ms from a look to the next */
    uint64_t              pause;        /* ms, after a first failure; twice as
                                           many after each more, */
    uint64_t              pause_max;    /* up to so many */
    size_t                claims;       /* under way at a time */
    size_t                batch;        /* events of a claim, at most */
    size_t                window;       /* events being published, at most */
} trade_sweep_conf_t;


typedef enum {
    TRADE_SWEEP_AWAIT = 0,  /* nothing, until the next event or `at` */
    TRADE_SWEEP_LOOK,       /* ask all slots what is due */
    TRADE_SWEEP_CLAIM       /* at most `most` events of `slot` */
} trade_sweep_action_e;


typedef struct {
    trade_sweep_action_e  type;
    unsigned              slot;
    size_t                most;
    uint64_t              at;           /* AWAIT: ms */
    uint64_t              death;        /* LOOK, CLAIM: ms; an event that was
                                           recorded until then counts as due;
                                           0: none does */
} trade_sweep_action_t;


typedef struct {
    trade_sweep_conf_t    conf;
    uint16_t              slots[TRADE_SLOTS];   /* due: a ring of them */
    unsigned char         queued[TRADE_SLOTS];  /* is it among them? */
    size_t                head;
    size_t                nslots;
    uint64_t              look_at;
    uint64_t              shut_until;   /* no claim before */
    size_t                failures;     /* of Kafka, since an ack */
    size_t                claiming;     /* claims under way */
    size_t                publishing;   /* events claimed, no report yet */
    uint64_t              died;         /* the last death, if not looked at */
    uint64_t              death;        /* of this look */
    unsigned              looking:1;
} trade_sweep_t;


/* `now` is ms of any steady clock, here and below. */
void trade_sweep_init(trade_sweep_t *sweep, const trade_sweep_conf_t *conf,
    uint64_t now);

/* A worker of this host has died, with all the events that it had under way. */
void trade_sweep_died(trade_sweep_t *sweep, uint64_t now);

/*
 * The look found a slot with due events; and it ended, with an answer or
 * without.
 */
void trade_sweep_due(trade_sweep_t *sweep, unsigned slot);
void trade_sweep_looked(trade_sweep_t *sweep);

/*
 * A claim of `slot` is answered: `n` events are being published.  With `more`
 * the slot has more.  A claim that failed has no events, and no more.
 */
void trade_sweep_claimed(trade_sweep_t *sweep, unsigned slot, size_t n,
    int more);

/* Kafka has acknowledged an event of a claim, or has not. */
void trade_sweep_published(trade_sweep_t *sweep, int acked, uint64_t now);

/* Returns the next action.  Call it until it returns AWAIT. */
void trade_sweep_next(trade_sweep_t *sweep, uint64_t now,
    trade_sweep_action_t *action);

/*
 * The horizon of an action with this `death`: events whose lease ends until
 * then count as due.  It is in ms of the shard's clock, which shows `clock` at
 * `now`.  0: only events that are due now.
 */
uint64_t trade_sweep_horizon(uint64_t death, uint64_t now, uint64_t clock,
    uint64_t lease);


#endif /* TRADE_SWEEP_H */
