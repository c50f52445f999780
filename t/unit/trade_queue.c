/*
 * Shows how long a queue gets before a server that answers a fixed number of
 * calls a second, at several speeds, loads and lengths of the way there.
 */

#include "trade_queue.h"
#include "unit.h"


#define TARGET  500                 /* ms */
#define CALLS   (1 << 16)           /* at once, at most */
#define WAIT    4000                /* ms, the longest that is told apart */


static trade_queue_t  queue;


/* A server, as `run` left it. */
static struct {
    trade_queue_call_t  calls[CALLS];   /* a ring */
    size_t              first, n;       /* the oldest, and how many */
    double              offered, spare; /* parts of a call */
    uint64_t            now;            /* ms */

    size_t              refused, answered;
    size_t              waits[WAIT + 1];
} server;


static void
fresh(uint64_t target)
{
    trade_queue_init(&queue, target);
    memset(&server, 0, sizeof(server));
    server.now = 1000000;
}


static void
forget(void)
{
    server.refused = server.answered = 0;
    memset(server.waits, 0, sizeof(server.waits));
}


/*
 * For `ms`, `load` calls a second come; the server answers `speed` calls a
 * second, none before it was `way` ms there.
 */

static void
run(unsigned ms, double load, double speed, unsigned way)
{
    size_t               waited;
    trade_queue_call_t  *call;

    for (/* void */; ms; ms--) {
        server.now++;
        server.spare += speed / 1000;

        while (server.n && server.spare >= 1
               && server.now - server.calls[server.first].at >= way)
        {
            call = &server.calls[server.first];
            waited = server.now - call->at;
            server.waits[waited < WAIT ? waited : WAIT]++;
            trade_queue_replied(&queue, call, server.now);

            server.first = (server.first + 1) % CALLS;
            server.n--;
            server.spare--;
            server.answered++;
        }

        server.spare = server.spare > 1 + speed / 1000 ? 1 + speed / 1000
                                                       : server.spare;

        for (server.offered += load / 1000; server.offered >= 1;
             server.offered--)
        {
            if (trade_queue_full(&queue, server.now)
                || trade_queue_stalled(&queue, server.now)
                || server.n == CALLS)
            {
                server.refused++;
                continue;
            }

            call = &server.calls[(server.first + server.n++) % CALLS];
            trade_queue_enter(&queue, call, server.now);
        }
    }
}


/* The wait that `part` of the calls did not exceed */

static unsigned
wait_of(double part)
{
    size_t    n;
    unsigned  wait;

    for (wait = 0, n = server.waits[0];
         wait < WAIT && (double) n < part * (double) server.answered; wait++)
    {
        n += server.waits[wait + 1];
    }

    return wait;
}


static void
test_overload(void)
{
    size_t  i;

    static const struct {
        double      speed, load;
        unsigned    way;
        const char *name;
    } rows[] = {
        { 20000, 4, 1, "a fast server" },
        { 4000, 4, 1, "a server" },
        { 4000, 1.1, 1, "a server with a little too much" },
        { 4000, 20, 1, "a server with far too much" },
        { 4000, 4, 50, "a distant server" },
        { 200, 4, 5, "a slow server" },
        { 50, 4, 5, "a very slow server" },
    };

    for (i = 0; i < UNIT_ROWS(rows); i++) {
        fresh(TARGET);
        run(10000, rows[i].speed * rows[i].load, rows[i].speed, rows[i].way);
        forget();
        run(20000, rows[i].speed * rows[i].load, rows[i].speed, rows[i].way);

        ok(server.answered >= 0.9 * 20 * rows[i].speed,
           "overloaded, %s answers nine tenths of what it can (%u)",
           rows[i].name, (unsigned) server.answered);
        ok(wait_of(0.99) <= 2 * TARGET,
           "overloaded, %s lets no call wait for over twice the target (%u)",
           rows[i].name, wait_of(0.99));
        ok(wait_of(0.5) >= TARGET / 2 && wait_of(0.5) <= TARGET * 5 / 4,
           "overloaded, %s lets most calls wait for about the target (%u)",
           rows[i].name, wait_of(0.5));
    }
}


/* A server whose pace changes, as where processes share its processor */

static void
test_unsteady(void)
{
    size_t        i;
    unsigned      ms;
    double        pace, all;
    unsigned      seed;

    for (i = 0; i < 3; i++) {
        fresh(TARGET);
        seed = 7 + (unsigned) i;
        all = 0;

        for (ms = 0; ms < 60000; /* void */) {
            unsigned  span;

            seed = seed * 1103515245 + 12345;
            span = 20 + (seed >> 16) % 200;
            seed = seed * 1103515245 + 12345;
            pace = 2000 + (seed >> 16) % 4000;

            if (ms < 5000) {
                forget();
                all = 0;
            }

            run(span, 16000, pace, 1);
            all += pace * span / 1000;
            ms += span;
        }

        ok((double) server.answered >= 0.9 * all,
           "a server of changing pace answers nine tenths of what it can "
           "(%.2f)", (double) server.answered / all);
        ok(wait_of(0.99) <= 2 * TARGET,
           "a server of changing pace lets no call wait for over twice the "
           "target (%u, %u)", wait_of(0.5), wait_of(0.99));
    }
}


static void
test_enough(void)
{
    fresh(TARGET);
    run(10000, 3000, 4000, 1);
    is_int(server.refused, 0, "a server that is fast enough refuses nothing");

    run(50, 40000, 4000, 1);
    run(2000, 1000, 4000, 1);
    is_int(server.refused, 0, "a burst that fits into the target is taken");

    fresh(TARGET);
    run(10000, 3, 4000, 100);
    run(50, 30000, 4000, 100);
    is_int(server.refused, 0,
           "a burst is taken by a distant server that had little to do");

    fresh(0);
    run(1000, 16000, 4000, 1);
    is_int(server.refused, 0, "without a target nothing is refused");
}


static void
test_change(void)
{
    fresh(TARGET);
    run(5000, 8000, 20000, 1);
    is_int(server.refused, 0, "a fast server refuses nothing");

    run(2000, 8000, 2000, 1);
    ok(server.refused > 0, "a server that becomes slow refuses calls");
    forget();
    run(10000, 8000, 2000, 1);
    ok(wait_of(0.99) <= 2 * TARGET,
       "after a server has become slow, no call waits for long (%u)",
       wait_of(0.99));

    run(2000, 8000, 20000, 1);
    forget();
    run(5000, 8000, 20000, 1);
    is_int(server.refused, 0,
           "a server that becomes fast again refuses nothing");
}


static void
test_stall(void)
{
    fresh(TARGET);
    run(3000, 1000, 4000, 1);
    run(400, 1000, 0, 1);
    is_int(server.refused, 0,
           "calls are taken when the server has not answered for a moment");

    run(200, 1000, 0, 1);
    ok(server.refused >= 90 && server.refused <= 110,
       "no call is taken when it has not answered for the target (%u)",
       (unsigned) server.refused);

    run(3000, 1000, 4000, 1);
    forget();
    run(3000, 1000, 4000, 1);
    is_int(server.refused, 0, "after a stall nothing is refused");
}


static void
test_hiccup(void)
{
    size_t              i;
    trade_queue_call_t  call, calls[TRADE_QUEUE_START];

    fresh(TARGET);

    for (i = 0; i < 1000; i++) {
        trade_queue_enter(&queue, &call, server.now);
        server.now += 700;
        trade_queue_replied(&queue, &call, server.now);
    }

    is_int(queue.limit, TRADE_QUEUE_FEW,
           "slow replies to single calls leave room for a few");

    for (i = 0; i < TRADE_QUEUE_FEW; i++) {
        is_int(trade_queue_full(&queue, server.now), 0,
               "a few calls are taken from a slow server");
        trade_queue_enter(&queue, &calls[i], server.now);
    }

    is_int(trade_queue_full(&queue, server.now), 1,
           "a slow server takes no more than a few calls");

    server.now += TRADE_QUEUE_FORGET_MS + 1;
    is_int(trade_queue_full(&queue, server.now), 0,
           "a slow reply is forgotten after a while");

    for (/* void */; i < TRADE_QUEUE_START; i++) {
        trade_queue_enter(&queue, &calls[i], server.now);
    }

    is_int(trade_queue_full(&queue, server.now), 1,
           "a new queue is full at its first limit");

    trade_queue_left(&queue, server.now);
    is_int(trade_queue_full(&queue, server.now), 0,
           "a call that ends without a reply gives its place up");

    server.now += TARGET + 1;
    is_int(trade_queue_stalled(&queue, server.now), 1,
           "a queue of which no call ends stands still");
    trade_queue_left(&queue, server.now);
    is_int(trade_queue_stalled(&queue, server.now), 0,
           "a queue goes on when a call ends without a reply");
}


int
main(void)
{
    test_overload();
    test_unsteady();
    test_enough();
    test_change();
    test_stall();
    test_hiccup();

    return done_testing();
}
