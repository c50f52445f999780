#include "trade_lock_call.h"
#include "trade_args.h"


#define TRADE_LOCK_CALL_STRINGS  11


static void trade_lock_call_begin(trade_args_t *args, void *mem, size_t size,
    const trade_lock_who_t *who);
static void trade_lock_call_key(trade_args_t *args, trade_str_t lock,
    const char *kind, trade_str_t name);
static void trade_lock_call_copy(trade_args_t *args, trade_str_t s);
static int trade_lock_call_end(const trade_args_t *args, trade_call_t *call,
    const trade_script_t *script, size_t nkeys);


trade_str_t
trade_lock_call_id(char id[TRADE_LOCK_ID_MAX], trade_str_t worker,
    uint64_t number)
{
    trade_buf_t  b;

    trade_buf_init(&b, id, TRADE_LOCK_ID_MAX);
    trade_buf_str(&b, worker);
    trade_buf_c(&b, ".");
    trade_buf_u64(&b, number);

    return trade_buf_done(&b);
}


uint64_t
trade_lock_call_id_number(trade_str_t id, trade_str_t worker)
{
    uint64_t  number;

    number = 0;

    if (trade_str_eq(trade_str_cut(&id, '.'), worker)) {
        (void) trade_str_u64(id, UINT64_MAX, &number);
    }

    return number;
}


int
trade_lock_call_take(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, int waits)
{
    trade_args_t  args;

    trade_lock_call_begin(&args, mem, size, who);
    trade_lock_call_key(&args, who->name, TRADE_KEY_QUEUE, who->name);
    trade_lock_call_key(&args, who->name, TRADE_KEY_HOLDERS, who->name);
    trade_lock_call_key(&args, who->name, TRADE_KEY_FENCE,
                        trade_str_of(NULL, 0));
    trade_lock_call_key(&args, who->name, TRADE_KEY_LATE, who->id);

    trade_lock_call_copy(&args, who->id);
    trade_lock_call_copy(&args, who->owner);
    trade_args_u64(&args, who->ttl);
    trade_args_u64(&args, waits ? TRADE_LOCK_LEASE : 0);
    trade_args_u64(&args, who->max);
    trade_args_u64(&args, TRADE_LOCK_YOURS);

    return trade_lock_call_end(&args, call, &trade_script_lock_take, 5);
}


int
trade_lock_call_renew(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, uint64_t token)
{
    trade_args_t  args;

    trade_lock_call_begin(&args, mem, size, who);
    trade_lock_call_key(&args, who->name, TRADE_KEY_HOLDERS, who->name);

    trade_lock_call_copy(&args, who->id);
    trade_args_u64(&args, who->ttl);
    trade_args_u64(&args, token);

    return trade_lock_call_end(&args, call, &trade_script_lock_renew, 2);
}


int
trade_lock_call_release(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, int late)
{
    trade_args_t  args;

    trade_lock_call_begin(&args, mem, size, who);
    trade_lock_call_key(&args, who->name, TRADE_KEY_QUEUE, who->name);
    trade_lock_call_key(&args, who->name, TRADE_KEY_HOLDERS, who->name);
    trade_lock_call_key(&args, who->name, TRADE_KEY_LATE, who->id);

    trade_lock_call_copy(&args, who->id);
    trade_args_u64(&args, TRADE_LOCK_YOURS);
    trade_args_u64(&args, late ? TRADE_LOCK_LATE : 0);

    return trade_lock_call_end(&args, call, &trade_script_lock_release, 4);
}


/* The first key is the lock's own */

static void
trade_lock_call_begin(trade_args_t *args, void *mem, size_t size,
    const trade_lock_who_t *who)
{
    trade_args_init(args, mem, size, TRADE_LOCK_CALL_STRINGS);
    trade_lock_call_key(args, who->name, TRADE_KEY_LOCK, who->name);
}


static void
trade_lock_call_key(trade_args_t *args, trade_str_t lock, const char *kind,
    trade_str_t name)
{
    trade_args_str(args, trade_slot_key(&args->b, trade_slot_of(lock), kind,
                                        name));
}


static void
trade_lock_call_copy(trade_args_t *args, trade_str_t s)
{
    char  *start;

    start = args->b.pos;
    trade_buf_str(&args->b, s);
    trade_args_since(args, start);
}


static int
trade_lock_call_end(const trade_args_t *args, trade_call_t *call,
    const trade_script_t *script, size_t nkeys)
{
    call->script = script;
    call->durable = 0;
    call->argv = args->argv;
    call->argc = args->argc;
    call->nkeys = nkeys;

    return args->b.overflow ? -1 : 0;
}


int
trade_lock_call_reply(trade_str_t text, trade_lock_reply_t *reply)
{
    size_t       i;
    uint64_t     flag;
    trade_str_t  word;

    static const struct {
        trade_str_t         word;
        trade_lock_event_e  event;
        unsigned            flag:1;     /* 0 or 1 stands behind it */
        unsigned            value:1;    /* and a number */
    } words[] = {
        { trade_str("TAKEN"), TRADE_LOCK_TAKEN, 1, 1 },
        { trade_str("QUEUED"), TRADE_LOCK_QUEUED, 1, 1 },
        { trade_str("BUSY"), TRADE_LOCK_BUSY, 0, 0 },
        { trade_str("FULL"), TRADE_LOCK_FULL, 0, 0 },
        { trade_str("GONE"), TRADE_LOCK_BUSY, 0, 0 },
        { trade_str("RENEWED"), TRADE_LOCK_RENEWED, 0, 0 },
        { trade_str("LOST"), TRADE_LOCK_GONE, 0, 0 },
        { trade_str("RELEASED"), TRADE_LOCK_NOTHING, 1, 0 }
    };

    word = trade_str_cut(&text, ' ');

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {

        if (!trade_str_eq(word, words[i].word)) {
            continue;
        }

        flag = 0;
        reply->event = words[i].event;
        reply->value = 0;

        if (words[i].flag
            && trade_str_u64(trade_str_cut(&text, ' '), 1, &flag) != 0)
        {
            return -1;
        }

        if (words[i].value) {
            word = trade_str_cut(&text, ' ');

            if (trade_str_u64(word, UINT64_MAX, &reply->value) != 0) {
                return -1;
            }
        }

        reply->newly_queued = flag;

        if (reply->event == TRADE_LOCK_NOTHING && flag) {
            reply->event = TRADE_LOCK_RELEASED;
        }

        return text.len ? -1 : 0;
    }

    return -1;
}
