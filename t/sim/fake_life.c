/*
 * An order after it was placed: transition.lua, ack_effects.lua and expire.lua,
 * which claim.lua includes.
 */

#include "fake_redis.h"
#include "trade_view.h"


static trade_str_t fake_placed_in(char mem[FAKE_RECORD_MAX], trade_str_t text,
    uint64_t latest, trade_str_t partition);
static int fake_transition_from(trade_str_t from, trade_state_e state);
static int fake_transition_condition(fake_call_t *call,
    const trade_record_t *had, int waits);
static void fake_transition_make(fake_call_t *call, trade_str_t text,
    const trade_record_t *had, int waits);
static void fake_header(trade_buf_t *b, trade_str_t state,
    const trade_record_t *had, uint64_t version, uint64_t now);
static trade_str_t fake_event(char *mem, trade_str_t id, uint64_t seq);
static void fake_wake(fake_call_t *call, trade_str_t event);
static void fake_participants(fake_call_t *call, trade_str_t id,
    trade_record_t record);
static void fake_expire_order(fake_call_t *call, trade_str_t id);


void
fake_transition(fake_call_t *call)
{
    int             waits;
    char            event[TRADE_SLOT_KEY_MAX];
    trade_str_t     text;
    trade_record_t  had;

    if (fake_regressed(call)) {
        return;
    }

    text = fake_absent(call);

    if (text.data == NULL) {
        return;
    }

    if (trade_record_read(&had, text) != 0 || had.state == TRADE_STATE_STOCK
        || had.state == TRADE_STATE_REFUSED
        || (fake_arg(call, 6).len
            && !trade_name_is(trade_record_buyer(&had), fake_arg(call, 6))))
    {
        trade_buf_c(&call->reply, "ABSENT");
        return;
    }

    waits = fake_store_zscore(call->store, fake_key(call, 2),
                              fake_event(event, fake_arg(call, 3), had.seq),
                              NULL);

    if (trade_str_eq(trade_state_name(had.state), fake_arg(call, 4))) {
        if (waits) {
            fake_version(call, call->version);
        }

        fake_found(call, fake_arg(call, 3), waits, text);

    } else if (call->closed) {
        fake_closed_reply(call);

    } else if (!fake_transition_from(fake_arg(call, 5), had.state)) {
        trade_buf_c(&call->reply, "WRONG ");
        trade_buf_str(&call->reply, trade_state_name(had.state));

    } else if ((int64_t) call->now > fake_number(call, 7)) {
        trade_buf_c(&call->reply, "LATE ");
        trade_buf_u64(&call->reply, call->now);

    } else if (!fake_transition_condition(call, &had, waits)) {
        trade_buf_c(&call->reply, "FAILED");

    } else {
        fake_transition_make(call, text, &had, waits);
    }
}


static int
fake_transition_from(trade_str_t from, trade_state_e state)
{
    while (from.len) {
        if (trade_state_find(trade_str_cut(&from, ' ')) == state) {
            return 1;
        }
    }

    return 0;
}


static int
fake_transition_condition(fake_call_t *call, const trade_record_t *had,
    int waits)
{
    char         tag[TRADE_VIEW_TAG_MAX];
    trade_buf_t  b;

    trade_buf_init(&b, tag, sizeof(tag));
    trade_view_order_tag(&b, had, !waits);

    return fake_condition_met(call, 11, trade_buf_done(&b),
                              trade_view_order_changed(had));
}


static void
fake_transition_make(fake_call_t *call, trade_str_t text,
    const trade_record_t *had, int waits)
{
    char         mem[FAKE_RECORD_MAX], event[TRADE_SLOT_KEY_MAX];
    char         key[TRADE_SLOT_KEY_MAX], kind;
    trade_buf_t  b;
    trade_str_t  id, carried;

    id = fake_arg(call, 3);
    carried = fake_arg(call, 10);
    kind = (char) had->key;

    fake_store_zadd(call->store, fake_key(call, 2),
                    fake_event(event, id, had->seq + 1),
                    call->now + (waits ? 1000 : fake_number(call, 8)));

    trade_buf_init(&b, mem, sizeof(mem));
    fake_header(&b, fake_arg(call, 4), had, call->version + 1, call->now);
    trade_buf_put(&b, &kind, 1);

    if (had->partition) {
        trade_buf_u64(&b, had->partition - 1);
    }

    trade_buf_put(&b, carried.data + 1, carried.len - 1);
    trade_buf_c(&b, "\n");
    trade_buf_str(&b, text);

    fake_store_set(call->store, fake_key(call, 4), trade_buf_done(&b),
                   fake_arg(call, 9).len ? call->now + fake_number(call, 9)
                                         : 0);

    fake_version(call, call->version + 1);
    fake_store_zrem(call->store, fake_sibling(call, key, FAKE_UNPAID,
                                              trade_str_of(NULL, 0)), id);

    if (waits) {
        fake_found(call, id, 1, trade_buf_done(&b));

    } else {
        trade_buf_str(&call->reply, trade_buf_done(&b));
    }
}


/* The first line of the event after those that it had */

static void
fake_header(trade_buf_t *b, trade_str_t state, const trade_record_t *had,
    uint64_t version, uint64_t now)
{
    trade_buf_str(b, state);
    trade_buf_c(b, " ");
    trade_buf_u64(b, had->seq + 1);
    trade_buf_c(b, " ");
    trade_buf_str(b, had->fingerprint);
    trade_buf_c(b, " ");
    trade_buf_u64(b, version);
    trade_buf_c(b, " ");
    trade_buf_u64(b, now);
    trade_buf_c(b, "\n");
}


static trade_str_t
fake_event(char *mem, trade_str_t id, uint64_t seq)
{
    char  text[24];

    return fake_join(mem, id, ".", fake_text(text, seq));
}


/* The record with the partition in each event's second line that has none */

static trade_str_t
fake_placed_in(char mem[FAKE_RECORD_MAX], trade_str_t text, uint64_t latest,
    trade_str_t partition)
{
    trade_buf_t  b;
    trade_str_t  line;

    trade_buf_init(&b, mem, FAKE_RECORD_MAX);

    for ( /* void */ ; latest; latest--) {
        trade_buf_str(&b, trade_str_cut(&text, '\n'));
        line = trade_str_cut(&text, '\n');
        trade_buf_c(&b, "\n");
        trade_buf_put(&b, line.data, 1);

        if (line.data[1] == ' ') {
            trade_buf_str(&b, partition);
        }

        trade_buf_put(&b, line.data + 1, line.len - 1);
        trade_buf_c(&b, "\n");
    }

    trade_buf_str(&b, text);

    return trade_buf_done(&b);
}


void
fake_ack_effects(fake_call_t *call)
{
    char            key[TRADE_SLOT_KEY_MAX], event[TRADE_SLOT_KEY_MAX];
    size_t          i;
    uint64_t        n;
    char            member[TRADE_SLOT_KEY_MAX], mem[FAKE_RECORD_MAX];
    trade_str_t     id, seq, text, partition, key_of;
    trade_record_t  record;

    if (fake_barred(call)) {
        return;
    }

    for (n = 0, i = 5; i <= call->call->argc - call->call->nkeys; i++) {
        partition = fake_arg(call, i);
        seq = trade_str_cut(&partition, ' ');
        id = trade_str_cut(&seq, '.');
        key_of = fake_sibling(call, key, TRADE_KEY_ORDER, id);
        text = fake_store_get(call->store, key_of, call->now);

        if (text.data == NULL
            || !fake_store_zrem(call->store, fake_key(call, 2),
                                fake_event(member, id, fake_integer(seq))))
        {
            continue;
        }

        n++;
        (void) trade_record_read(&record, text);

        if (partition.len) {
            text = fake_placed_in(mem, text, record.seq, partition);
            fake_store_set(call->store, key_of, text,
                           fake_store_expires(call->store, key_of));
            (void) trade_record_read(&record, text);
        }

        if (fake_integer(seq) == 1 && fake_arg(call, 4).len == 0) {
            fake_participants(call, id, record);
        }

        if (record.seq != (uint64_t) fake_integer(seq)) {
            fake_wake(call, fake_event(event, id, fake_integer(seq) + 1));

        } else if (record.state == TRADE_STATE_CANCELLED
                   || record.state == TRADE_STATE_EXPIRED)
        {
            fake_move(call, text, (fake_move_t) { 1, 0, -1 }, id);
            fake_participants(call, id, record);
            fake_returned(call);

        } else if (record.state == TRADE_STATE_PLACED
                   && fake_arg(call, 3).len)
        {
            fake_store_zadd(call->store,
                            fake_sibling(call, key, FAKE_UNPAID,
                                         trade_str_of(NULL, 0)),
                            id, call->now + fake_number(call, 3));
        }
    }

    trade_buf_c(&call->reply, "ACKED ");
    trade_buf_u64(&call->reply, n);
}


/* ZADD XX */

static void
fake_wake(fake_call_t *call, trade_str_t event)
{
    if (fake_store_zscore(call->store, fake_key(call, 2), event, NULL)) {
        fake_store_zadd(call->store, fake_key(call, 2), event, call->now);
    }
}


/* Other slots are asked to sell, or give back */

static void
fake_participants(fake_call_t *call, trade_str_t id, trade_record_t record)
{
    char         key[TRADE_SLOT_KEY_MAX], member[TRADE_SLOT_KEY_MAX];
    trade_str_t  participant;

    (void) trade_record_as_of(&record, 1);

    while (record.participants.len) {
        participant = trade_str_cut(&record.participants, ',');

        fake_store_zadd(call->store, fake_asks_key(call, key),
                        fake_join(member, id, ".",
                                  trade_str_cut(&participant, '=')),
                        call->now);
    }
}


/* expire.lua */

void
fake_expire(fake_call_t *call)
{
    char         key[TRADE_SLOT_KEY_MAX];
    size_t       i, n;
    int64_t      scores[FAKE_CLAIM_MAX];
    trade_str_t  unpaid, ids[FAKE_CLAIM_MAX];

    if (fake_arg(call, 7).len == 0) {
        return;
    }

    unpaid = fake_sibling(call, key, FAKE_UNPAID, trade_str_of(NULL, 0));

    n = fake_store_zrange(call->store, unpaid, call->now, ids, scores,
                          fake_number(call, 5));

    for (i = 0; i < n; i++) {
        fake_store_zrem(call->store, unpaid, ids[i]);
        fake_expire_order(call, ids[i]);
    }
}


static void
fake_expire_order(fake_call_t *call, trade_str_t id)
{
    char            mem[FAKE_RECORD_MAX], key[TRADE_SLOT_KEY_MAX];
    char            event[TRADE_SLOT_KEY_MAX];
    trade_buf_t     b;
    trade_str_t     text, order, line;
    trade_record_t  had;

    order = fake_sibling(call, key, TRADE_KEY_ORDER, id);
    text = fake_store_get(call->store, order, call->now);

    if (text.data == NULL || trade_record_read(&had, text) != 0
        || had.state != TRADE_STATE_PLACED)
    {
        return;
    }

    call->version++;
    fake_version(call, call->version);

    fake_store_zadd(call->store, fake_key(call, 2),
                    fake_event(event, id, had.seq + 1), call->now);

    line = text;
    (void) trade_str_cut(&line, '\n');

    trade_buf_init(&b, mem, sizeof(mem));
    fake_header(&b, trade_str_c("EXPIRED"), &had, call->version, call->now);
    trade_buf_str(&b, trade_str_cut(&line, '\n'));
    trade_buf_c(&b, "\n");
    trade_buf_str(&b, text);

    fake_store_set(call->store, order, trade_buf_done(&b),
                   call->now + fake_number(call, 7));
}
