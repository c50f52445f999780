/*
 * Threads for calls of librdkafka that block.
 */

#include "ngx_trade_kafka_producer.h"


int
ngx_trade_kafka_thread(pthread_t *thread,
    void *(*start)(void *data), void *data)
{
    int       rc;
    sigset_t  all, old;

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &old);

    rc = pthread_create(thread, NULL, start, data);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);

    return rc;
}


/*
 * A worker that exits unloads its modules.  This keeps the module loaded, and
 * librdkafka with it, for the threads that are still running.
 */
