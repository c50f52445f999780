/*
 * The durations that more than one file, or program, must agree on.  All are in
 * ms.  A duration that one file decides alone stands in that file.
 */

#ifndef TRADE_DURATION_H
#define TRADE_DURATION_H


#define TRADE_HOUR          3600000
#define TRADE_DAY           86400000


/*
 * How long keys live in Redis.  The scripts of lib/scripts/ have a day of their
 * own: a record lives a day at least while it is due.
 */

#define TRADE_KEEP_ORDER    (7 * TRADE_DAY) /* default of trade_order_keep */
#define TRADE_KEEP_MIN      TRADE_DAY       /* every record lives this long
                                               at least */
#define TRADE_KEEP_ENDED    TRADE_DAY       /* an order without a further
                                               transition; a freed hold */
#define TRADE_KEEP_CHANGE   TRADE_DAY       /* a change of stock */
#define TRADE_KEEP_KEY      TRADE_DAY       /* an Idempotency-Key */

/*
 * A sold hold, given trade_order_keep; 0: for ever.  An order may be paid at
 * the end of its own life, and then be cancelled.
 */
#define trade_keep_hold(order_keep)                                           \
    ((order_keep) ? 2 * (order_keep) + 2 * TRADE_DAY : 0)


/*
 * From the end of a sale until its buyers are forgotten: units of its orders
 * may go back before.
 */
#define TRADE_FORGET_OVER   TRADE_DAY

/* A worker asks for the last record that it has seen made for this long. */
#define TRADE_LAST_SEEN     TRADE_HOUR

/* A lease must be so much longer than message.timeout.ms. */
#define TRADE_LEASE_MARGIN  2000

/* From the call that took the lease: an event is handed to Kafka within. */
#define trade_publish_window(lease, kafka_timeout)                            \
    ((lease) - (kafka_timeout) - TRADE_LEASE_MARGIN)


#endif /* TRADE_DURATION_H */
