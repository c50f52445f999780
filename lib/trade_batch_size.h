/*
 * How many messages a producer puts into one batch.
 *
 * A broker's max.message.bytes limits the batch: a batch that is larger is
 * refused whole, with the small messages in it.  Where the limit is not known,
 * a refusal makes batches of one message, so that a message that is itself too
 * large is refused alone.  They grow slowly while nothing is refused (1, 2, 4,
 * ...), and halve with each refusal.
 */

#ifndef TRADE_BATCH_SIZE_H
#define TRADE_BATCH_SIZE_H

#include <stddef.h>
#include <stdint.h>


#define TRADE_BATCH_SIZE_GROW_MS  10000     /* without a refusal */
#define TRADE_BATCH_SIZE_MAX      1024      /* then there is no bound */

/* Of a batch, and what compression may add to it. */
#define TRADE_BATCH_SIZE_MARGIN   128


/* Begins with zeros.  `now` is ms of any steady clock. */
typedef struct {
    size_t    most;                 /* records in a batch; 0: no bound */
    uint64_t  grow_at;              /* ms */
} trade_batch_size_t;


/*
 * A batch was refused for its size.  To be called once for all refusals that
 * came before the new bound was in effect.
 */
void trade_batch_size_refused(trade_batch_size_t *size, uint64_t now);

/* Whether the bound has grown: asked now and then. */
int trade_batch_size_grow(trade_batch_size_t *size, uint64_t now);

/*
 * Bytes of records that a producer may put into a batch, by what it is set to
 * and what the topic takes (max.message.bytes; 0: not known).
 */
size_t trade_batch_size_bytes(size_t set, size_t limit);


#endif /* TRADE_BATCH_SIZE_H */
