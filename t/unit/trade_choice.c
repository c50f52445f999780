/* Shows in which order a command tries the connections of its shard. */

#include "trade_choice.h"
#include "unit.h"


/*
 * `conns`: a letter for each connection: r is ready, w is ready and has a WAIT
 * under way, and - is not ready.  `order`: the connections that are tried.
 */
static const struct {
    size_t       slot;
    const char  *conns;
    int          durable;
    int          locks;
    int          apart;
    const char  *order;
    const char  *name;
} rows[] = {
    { 0, "r", 0, 0, 0, "0", "the only connection is tried" },
    { 7, "r", 0, 1, 0, "0", "the only connection is tried where locks are" },
    { 7, "r", 0, 1, 1, "0", "the only connection is tried by a lock's call" },
    { 0, "-", 0, 0, 0, "", "a connection that is not ready is not tried" },
    { 0, "", 0, 0, 0, "", "a shard without connections has none to try" },

    { 0, "rrr", 0, 0, 0, "012", "slot 0 begins with the first connection" },
    { 4, "rrr", 0, 0, 0, "120", "slot 4 of three connections begins with 1" },
    { 4, "r-r", 0, 0, 0, "20", "a slot passes over the one that is not ready" },

    { 0, "wrr", 0, 0, 0, "120", "a command avoids a WAIT that it can avoid" },
    { 0, "ww", 0, 0, 0, "01", "a command stands behind a WAIT if it must" },
    { 0, "w-", 0, 0, 0, "0", "a command stands behind the only one's WAIT" },
    { 0, "wrr", 1, 0, 0, "012", "a durable command avoids no WAIT" },

    { 3, "rrr", 0, 1, 0, "102", "an order takes the last connection last" },
    { 3, "rrr", 0, 1, 1, "210", "a lock's call takes the last one first" },
    { 3, "rr-", 0, 1, 1, "10", "a lock's call takes another if it must" },
    { 3, "wwr", 0, 1, 0, "210", "an order avoids a WAIT also beside locks" }
};


static const trade_pipe_t  idle, waits = { .waiting = 1 };


static const trade_pipe_t *
pipe_of(void *data, size_t i)
{
    const char  *conns = data;

    return conns[i] == '-' ? NULL : conns[i] == 'w' ? &waits : &idle;
}


int
main(void)
{
    size_t          row, i, n;
    char            order[8];
    trade_choice_t  choice;

    for (row = 0; row < UNIT_ROWS(rows); row++) {
        memset(&choice, 0, sizeof(choice));
        choice.slot = rows[row].slot;
        choice.connections = strlen(rows[row].conns);
        choice.durable = rows[row].durable;
        choice.locks = rows[row].locks;
        choice.apart = rows[row].apart;

        for (n = 0; trade_choice_next(&choice, pipe_of,
                                      (void *) rows[row].conns, &i); n++)
        {
            order[n] = '0' + (char) i;
        }

        is_str(trade_str_of(order, n), trade_str_c(rows[row].order), "%s",
               rows[row].name);
    }

    return done_testing();
}
