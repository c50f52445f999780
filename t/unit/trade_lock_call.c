/* Shows the calls of the locks' scripts, and how their answers are read. */

#include "trade_lock_call.h"
#include "unit.h"


#define WORKER  "0123456789abcdefghjkmnpqrs"
#define ID      WORKER ".17"
#define LONGEST WORKER ".18446744073709551615"

#define KEY           "trade:{s%1$u}:"
#define TAKE_KEYS     KEY "lock:chair " KEY "queue:chair "                    \
    KEY "holders:chair " KEY "fence " KEY "late:" ID " "
#define RELEASE_KEYS  KEY "lock:chair " KEY "queue:chair "                    \
    KEY "holders:chair " KEY "late:" ID " "


static const trade_lock_who_t  who = {
    trade_str("chair"), trade_str(ID), trade_str("=me"), 5000, 0
};


static const struct {
    const char  *kind;
    size_t       nkeys;
    const char  *argv;                  /* joined with ' ' */
} calls[] = {
    { "take", 5, TAKE_KEYS ID " =me 5000 0 0 3000 " },
    { "wait", 5, TAKE_KEYS ID " =me 5000 8000 0 3000 " },
    { "renew", 2, KEY "lock:chair " KEY "holders:chair " ID
      " 5000 1700000000000001 " },
    { "release", 4, RELEASE_KEYS ID " 3000 0 " },
    { "late", 4, RELEASE_KEYS ID " 3000 60000 " }
};


static const struct {
    const char          *text;
    int                  rc;
    trade_lock_event_e   event;
    unsigned             newly_queued;
    uint64_t             value;
} replies[] = {
    { "TAKEN 0 1700000000000001", 0, TRADE_LOCK_TAKEN, 0, 1700000000000001 },
    { "TAKEN 1 18446744073709551615", 0, TRADE_LOCK_TAKEN, 1, UINT64_MAX },
    { "QUEUED 1 4987", 0, TRADE_LOCK_QUEUED, 1, 4987 },
    { "QUEUED 0 0", 0, TRADE_LOCK_QUEUED, 0, 0 },
    { "BUSY", 0, TRADE_LOCK_BUSY, 0, 0 },
    { "FULL", 0, TRADE_LOCK_FULL, 0, 0 },
    { "GONE", 0, TRADE_LOCK_BUSY, 0, 0 },
    { "RENEWED", 0, TRADE_LOCK_RENEWED, 0, 0 },
    { "LOST", 0, TRADE_LOCK_GONE, 0, 0 },
    { "RELEASED 1", 0, TRADE_LOCK_RELEASED, 1, 0 },
    { "RELEASED 0", 0, TRADE_LOCK_NOTHING, 0, 0 },
    { "", -1, 0, 0, 0 },
    { "TAKE", -1, 0, 0, 0 },
    { "TAKEN", -1, 0, 0, 0 },
    { "TAKEN 1", -1, 0, 0, 0 },
    { "TAKEN 0 -1", -1, 0, 0, 0 },
    { "TAKEN 2 1", -1, 0, 0, 0 },
    { "TAKEN 0 1 2", -1, 0, 0, 0 },
    { "TAKEN 0 18446744073709551616", -1, 0, 0, 0 },
    { "QUEUED 4987", -1, 0, 0, 0 },
    { "QUEUED 2 1", -1, 0, 0, 0 },
    { "QUEUED 1 1.5", -1, 0, 0, 0 },
    { "BUSY 1", -1, 0, 0, 0 },
    { "RELEASED 2", -1, 0, 0, 0 }
};


static int
write(const char *kind, trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *w, uint64_t token)
{
    if (strcmp(kind, "renew") == 0) {
        return trade_lock_call_renew(call, mem, size, w, token);
    }

    if (strcmp(kind, "take") == 0 || strcmp(kind, "wait") == 0) {
        return trade_lock_call_take(call, mem, size, w, kind[0] == 'w');
    }

    return trade_lock_call_release(call, mem, size, w, kind[0] == 'l');
}


static void
test_call(size_t row)
{
    char          mem[2048], got[512], want[512];
    size_t        i, n;
    unsigned      slot;
    trade_buf_t   b;
    trade_call_t  call;

    slot = trade_slot_of(who.name);
    (void) snprintf(want, sizeof(want), calls[row].argv, slot);
    trade_buf_init(&b, got, sizeof(got));

    is_int(write(calls[row].kind, &call, mem, trade_lock_call_size(&who), &who,
                 1700000000000001),
           0, "%s", calls[row].kind);

    for (i = 0; i < call.argc; i++) {
        trade_buf_str(&b, call.argv[i]);
        trade_buf_c(&b, " ");
    }

    is_str(trade_buf_done(&b), trade_str_c(want),
           "the call has its keys and arguments");
    is_int(call.nkeys, calls[row].nkeys, "the call has as many keys");

    for (n = 0; n < 200; n++) {
        if (write(calls[row].kind, &call, mem, n, &who, 1) == 0) {
            break;
        }
    }

    ok(n == 200, "a call that has no room says so");
}


/* The size is enough for any names */

static void
test_longest(void)
{
    char              mem[2048], name[TRADE_LOCK_NAME_MAX + 1];
    size_t            i;
    trade_call_t      call;
    trade_lock_who_t  longest;

    memset(name, 'x', sizeof(name));
    longest.name = trade_str_of(name, TRADE_LOCK_NAME_MAX);
    longest.owner = trade_str_of(name, TRADE_LOCK_NAME_MAX + 1);
    longest.id = trade_str_c(LONGEST);
    longest.ttl = UINT64_MAX;
    longest.max = UINT64_MAX;

    for (i = 0; i < UNIT_ROWS(calls); i++) {
        is_int(write(calls[i].kind, &call, mem, trade_lock_call_size(&longest),
                     &longest, UINT64_MAX),
               0, "the longest %s fits", calls[i].kind);
    }
}


static void
test_id(void)
{
    char         mem[TRADE_LOCK_ID_MAX];
    trade_str_t  worker;

    worker = trade_str_c(WORKER);

    is_str(trade_lock_call_id(mem, worker, 17), trade_str_c(ID),
           "an id has the worker and the number");
    is_str(trade_lock_call_id(mem, worker, UINT64_MAX), trade_str_c(LONGEST),
           "the longest id has the worker and the number");
    is_int(trade_lock_call_id_number(trade_str_c(ID), worker), 17,
           "the number is read from an id");
    is_int(trade_lock_call_id_number(trade_str_c("x" ID), worker), 0,
           "an id of another worker has no number");
    is_int(trade_lock_call_id_number(trade_str_c(WORKER), worker), 0,
           "an id without a number has none");
    is_int(trade_lock_call_id_number(trade_str_c(ID ".1"), worker), 0,
           "an id with more behind it has no number");
    is_int(trade_lock_call_id_number(trade_str_c(""), worker), 0,
           "an empty id has no number");
}


static void
test_replies(void)
{
    size_t              i;
    trade_lock_reply_t  reply;

    for (i = 0; i < UNIT_ROWS(replies); i++) {
        is_int(trade_lock_call_reply(unit_guard(trade_str_c(replies[i].text)),
                                     &reply),
               replies[i].rc, "\"%s\" is read or refused", replies[i].text);

        if (replies[i].rc == 0) {
            ok(reply.event == replies[i].event
               && reply.newly_queued == replies[i].newly_queued
               && reply.value == replies[i].value,
               "the reply says the right thing");
        }
    }
}


int
main(void)
{
    size_t  i;

    for (i = 0; i < UNIT_ROWS(calls); i++) {
        test_call(i);
    }

    test_longest();
    test_id();
    test_replies();

    return done_testing();
}
