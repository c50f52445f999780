/*
 * change.lua
 */

#include "fake_redis.h"


enum { TOTAL, AVAILABLE, HELD, LIMIT, OPENS, CLOSES, CHANGED, FIELDS };


static void fake_change_make(fake_call_t *call, const trade_str_t *fields,
    const trade_str_t *stock, const trade_str_t *terms, int64_t total,
    int64_t available);
static int fake_change_condition(fake_call_t *call, const trade_str_t *stock);
static void fake_change_terms(fake_call_t *call, const trade_str_t *stock,
    trade_str_t *terms);
static int fake_change_window(fake_call_t *call, const trade_str_t *terms);


void
fake_change(fake_call_t *call)
{
    int          set, add;
    char         mem[FIELDS][TRADE_SLOT_KEY_MAX], text[24];
    size_t       i;
    int64_t      total, available, added;
    trade_str_t  fields[FIELDS], stock[FIELDS], terms[3];

    static const char *const  names[] = {
        "total|", "available|", "held|", "limit|", "opens|", "closes|",
        "changed|"
    };

    for (i = 0; i < FIELDS; i++) {
        fields[i] = fake_join(mem[i], trade_str_c(names[i]), "",
                              fake_arg(call, 6));
        stock[i] = fake_store_hget(call->store, fake_key(call, 1),
                                   fields[i]);
    }

    if (fake_regressed(call) || fake_before(call)) {
        return;
    }

    if (call->closed) {
        trade_buf_c(&call->reply, "CLOSED ");
        trade_buf_str(&call->reply, fake_store_hget(call->store,
                                                    fake_key(call, 1),
                                                    FAKE_CLOSED));
        return;
    }

    if ((int64_t) call->now > fake_number(call, 7)) {
        trade_buf_c(&call->reply, "LATE ");
        trade_buf_u64(&call->reply, call->now);
        return;
    }

    set = trade_str_eq(fake_arg(call, 11), trade_str_c("set"));
    add = trade_str_eq(fake_arg(call, 11), trade_str_c("add"));
    fake_change_terms(call, stock, terms);
    total = fake_integer(stock[TOTAL]);
    available = fake_integer(stock[AVAILABLE]);
    added = add ? fake_number(call, 12) : fake_number(call, 12) - total;

    if (!set && stock[TOTAL].data == NULL) {
        trade_buf_c(&call->reply, "UNKNOWN 1");

    } else if (!fake_change_condition(call, stock)) {
        trade_buf_c(&call->reply, "FAILED");

    } else if (!fake_change_window(call, terms)) {
        trade_buf_c(&call->reply, "WINDOW");

    } else if (available + added < 0) {
        trade_buf_c(&call->reply, "BELOW ");
        trade_buf_str(&call->reply, fake_text(text, total - available));

    } else if (total + added > TRADE_STOCK_MAX) {
        trade_buf_c(&call->reply, "ABOVE");

    } else {
        fake_change_make(call, fields, stock, terms, total + added,
                         available + added);
    }
}


static int
fake_change_condition(fake_call_t *call, const trade_str_t *stock)
{
    char         tag[TRADE_STOCK_TAG_MAX];
    size_t       i;
    trade_buf_t  b;

    trade_buf_init(&b, tag, sizeof(tag));
    trade_buf_str(&b, stock[TOTAL]);

    for (i = LIMIT; i <= CLOSES; i++) {
        trade_buf_c(&b, ".");
        trade_buf_str(&b, stock[i]);
    }

    return fake_condition_met(call, 16,
                              stock[TOTAL].data ? trade_buf_done(&b)
                                                : trade_str_of(NULL, 0),
                              stock[CHANGED].data
                              ? (uint64_t) fake_integer(stock[CHANGED])
                              : TRADE_PRECONDITION_UNSET);
}


static void
fake_change_make(fake_call_t *call, const trade_str_t *fields,
    const trade_str_t *stock, const trade_str_t *terms, int64_t total,
    int64_t available)
{
    char          text[24];
    size_t        i;
    int64_t       changed;
    trade_buf_t  *reply;

    reply = &call->reply;
    trade_buf_c(reply, "STOCK 1 ");
    trade_buf_str(reply, fake_arg(call, 4));
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->version + 1);
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->now);
    trade_buf_c(reply, "\n");
    trade_buf_str(reply, fake_arg(call, 10));
    trade_buf_c(reply, "\n");
    trade_buf_str(reply, fake_arg(call, 6));
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, total);
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, available);
    trade_buf_c(reply, " ");
    trade_buf_str(reply, stock[HELD].data ? stock[HELD] : trade_str_c("0"));

    for (i = 0; i < 3; i++) {
        trade_buf_c(reply, " ");
        trade_buf_str(reply, terms[i].data ? terms[i] : trade_str_c("-"));
    }

    if (!fake_record(call, trade_buf_done(reply))) {
        reply->pos = reply->start;
        (void) fake_before(call);
        return;
    }

    fake_store_hset(call->store, fake_key(call, 1), FAKE_VERSION,
                    fake_text(text, call->version + 1));
    fake_store_hset(call->store, fake_key(call, 1), fields[TOTAL],
                    fake_text(text, total));
    fake_store_hset(call->store, fake_key(call, 1), fields[AVAILABLE],
                    fake_text(text, available));

    fake_returned(call);

    changed = fake_integer(stock[CHANGED]) + 1;
    changed = changed > (int64_t) (call->now / 1000)
              ? changed : (int64_t) (call->now / 1000);
    fake_store_hset(call->store, fake_key(call, 1), fields[CHANGED],
                    fake_text(text, changed));

    for (i = 0; i < 3; i++) {
        if (terms[i].data) {
            fake_store_hset(call->store, fake_key(call, 1),
                            fields[LIMIT + i], terms[i]);

        } else {
            fake_store_hdel(call->store, fake_key(call, 1),
                            fields[LIMIT + i]);
        }
    }
}


static void
fake_change_terms(fake_call_t *call, const trade_str_t *stock,
    trade_str_t *terms)
{
    size_t  i;

    for (i = 0; i < 3; i++) {
        terms[i] = fake_arg(call, 13 + i);

        if (trade_str_eq(terms[i], trade_str_c("="))) {
            terms[i] = stock[LIMIT + i];

        } else if (terms[i].len == 0) {
            terms[i].data = NULL;
        }
    }
}


static int
fake_change_window(fake_call_t *call, const trade_str_t *terms)
{
    int  kept;

    kept = trade_str_eq(fake_arg(call, 14), trade_str_c("="))
           && trade_str_eq(fake_arg(call, 15), trade_str_c("="));

    return kept || terms[1].data == NULL || terms[2].data == NULL
           || fake_integer(terms[2]) > fake_integer(terms[1]);
}
