/*
 * An order whose items lie in several slots, in the worker that coordinates
 * it, as ngx_trade_cart.c.
 */

#include "sim_cart.h"


#define SIM_CART_GRACE  1000            /* ms, as there */


static void sim_cart_act(sim_t *sim, sim_cart_t *cart,
    trade_cart_action_e action);
static void sim_cart_reserve(sim_t *sim, sim_cart_t *cart, int look);
static int sim_cart_reserve_call(sim_t *sim, sim_cart_other_t *other,
    int look);
static void sim_cart_reserved(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static trade_verdict_e sim_cart_reserved_reply(sim_t *sim,
    sim_cart_other_t *other, sim_cmd_t *cmd);
static void sim_cart_commit(sim_t *sim, sim_cart_t *cart);
static trade_str_t sim_cart_versions(sim_t *sim, sim_cart_t *cart);


/* Lays out order->call, a begin */

void
sim_cart_prepare(sim_t *sim, sim_order_t *order, trade_call_make_t *make,
    const trade_order_t *items)
{
    void        *mem;
    size_t       i, size;
    sim_cart_t  *cart;

    cart = sim_alloc(sim, sizeof(sim_cart_t));
    cart->order = order;
    cart->worker = order->worker;
    cart->make = *make;
    cart->home = order->slot;
    cart->under_way = 1;
    order->cart = cart;

    size = trade_cart_size(items);
    mem = sim_alloc(sim, size);

    if (trade_cart_split(&cart->cart, mem, size, items) != 0
        || cart->cart.parts[0].order.slot != sim_slots[order->slot])
    {
        sim_fail(sim, "a cart is split, and its home is another");
    }

    cart->nothers = cart->cart.nparts - 1;

    for (i = 0; i < cart->nothers; i++) {
        cart->others[i].cart = cart;
        cart->others[i].part = &cart->cart.parts[i + 1];
        cart->others[i].slot = sim_slot(cart->others[i].part->order.slot);
    }

    make->lease = SIM_TIMEOUT + SIM_CART_GRACE;
    size = trade_call_cart_size(make, &cart->cart, &cart->cart.parts[0]);
    mem = sim_alloc(sim, size);

    if (trade_call_begin(&order->call->call, mem, size, make, &cart->cart)
        != 0)
    {
        sim_fail(sim, "a begin finds no room");
    }
}


int
sim_cart_made(sim_t *sim, sim_order_t *order, const trade_reply_t *reply)
{
    sim_cart_t  *cart;

    cart = order->cart;

    if (trade_record_is(&reply->record, "REFUSED")) {
        sim_order_event(sim, order, TRADE_FLOW_FINAL, TRADE_LATE);
        return 1;
    }

    if (!trade_record_is(&reply->record, "PREPARING")) {
        return 0;
    }

    if (order->call->replicated) {
        sim_learn(cart->worker, cart->home, reply->record.version,
                  order->id);
        trade_cart_flow_begun(&cart->flow, cart->nothers);

    } else {
        trade_cart_flow_abort(&cart->flow, TRADE_NOT_REPLICATED);
    }

    if (!order->flow.resent) {
        cart->worker->clock[cart->home] = reply->record.at
                                          - order->call->replied;
    }

    sim_cart_run(sim, cart);

    return 1;
}


int
sim_cart_refused(sim_t *sim, sim_order_t *order, const trade_reply_t *reply)
{
    sim_cart_t  *cart;

    cart = order->cart;

    if (cart->flow.state == TRADE_CART_COMMITTING) {
        trade_cart_flow_abort(&cart->flow, reply->verdict);

    } else if (trade_cart_of_items(reply->verdict)) {
        trade_cart_flow_refused(&cart->flow, cart->nothers, reply->verdict);

    } else {
        return 0;
    }

    sim_cart_run(sim, cart);

    return 1;
}


void
sim_cart_run(sim_t *sim, sim_cart_t *cart)
{
    trade_cart_action_e  action;

    if (cart->running) {
        return;
    }

    cart->running = 1;
    cart->under_way++;

    for ( ;; ) {
        action = trade_cart_flow_next(&cart->flow);

        if (action == TRADE_CART_AWAIT) {
            break;
        }

        sim_step(sim, cart->worker, "before a cart's step");
        sim_cart_act(sim, cart, action);
        sim_step(sim, cart->worker, "after a cart's step");
    }

    cart->running = 0;
    sim_cart_done(cart);
}


static void
sim_cart_act(sim_t *sim, sim_cart_t *cart, trade_cart_action_e action)
{
    switch (action) {

    case TRADE_CART_RESERVE:
        sim_cart_reserve(sim, cart, 0);
        break;

    case TRADE_CART_LOOK:
        sim_cart_reserve(sim, cart, 1);
        break;

    case TRADE_CART_COMMIT:
        sim_cart_commit(sim, cart);
        break;

    case TRADE_CART_ABORT:
        sim_cart_abort(sim, cart);
        break;

    case TRADE_CART_RELEASE:
        sim_cart_end(sim, cart, 0);
        break;

    default:
        sim_order_event(sim, cart->order, TRADE_FLOW_FINAL,
                        cart->flow.verdict);
        break;
    }
}


static void
sim_cart_reserve(sim_t *sim, sim_cart_t *cart, int look)
{
    size_t  i;

    for (i = 0; i < cart->nothers; i++) {
        if (sim_cart_reserve_call(sim, &cart->others[i], look) != 0) {
            trade_cart_flow_part(&cart->flow, TRADE_SHARD_DOWN);
        }

        sim_step(sim, cart->worker, "a part is asked");
    }
}


static int
sim_cart_reserve_call(sim_t *sim, sim_cart_other_t *other, int look)
{
    void               *mem;
    size_t              size;
    int64_t             left;
    sim_cmd_t          *cmd;
    sim_cart_t         *cart;
    trade_call_make_t   make;

    cart = other->cart;
    left = cart->order->deadline - sim_steady(sim, cart->worker);
    left = left > 0 ? left : 0;
    cmd = sim_cart_cmd(sim, cart, other->slot, sim_cart_reserved, other);

    make = cart->make;
    make.known = cmd->known;
    make.deadline = cart->worker->clock[other->slot]
                    + sim_steady(sim, cart->worker) + left;
    make.lease = left + SIM_CART_GRACE;

    size = trade_call_cart_size(&make, &cart->cart, other->part);
    mem = sim_alloc(sim, size);

    if (trade_call_reserve(&cmd->call, mem, size, &make, other->part, look)
        != 0)
    {
        sim_fail(sim, "a reserve finds no room");
    }

    cmd->durable = !look && sim->durability;

    return sim_cart_send(sim, cart, cmd);
}


static void
sim_cart_reserved(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_cart_t        *cart;
    trade_verdict_e    verdict;
    sim_cart_other_t  *other;

    other = cmd->data;
    cart = other->cart;

    switch (result) {

    case SIM_OK:
        verdict = sim_cart_reserved_reply(sim, other, cmd);
        break;

    case SIM_ERR:
        verdict = TRADE_REDIS_REFUSED;
        break;

    default:
        verdict = TRADE_SHARD_DOWN;
        break;
    }

    trade_cart_flow_part(&cart->flow, verdict);
    sim_cart_run(sim, cart);
    sim_cart_done(cart);
}


static trade_verdict_e
sim_cart_reserved_reply(sim_t *sim, sim_cart_other_t *other, sim_cmd_t *cmd)
{
    trade_reply_t   reply;
    sim_worker_t   *worker;

    worker = other->cart->worker;

    if (trade_reply_read(&reply, cmd->text) != 0) {
        sim_fail(sim, "a reply that is none: %.*s", (int) cmd->text.len,
                 cmd->text.data);
    }

    if (reply.kind == TRADE_REPLY_NONE) {
        return TRADE_DONE;
    }

    if (reply.kind == TRADE_REPLY_HELD) {

        if (!cmd->replicated) {
            return TRADE_NOT_REPLICATED;
        }

        other->version = reply.value;
        sim_learn(worker, other->slot, reply.value, trade_str_of(NULL, 0));

        return TRADE_DONE;
    }

    if (reply.kind != TRADE_REPLY_REFUSED) {
        sim_fail(sim, "a reserve is answered with something else");
    }

    if (reply.verdict == TRADE_SLOT_CLOSED) {
        worker->host->closed[other->slot] = 1;

    } else if (reply.verdict == TRADE_LATE && reply.value) {
        worker->clock[other->slot] = reply.value - cmd->replied;
    }

    return reply.verdict;
}


/* From here on the order's call is the commit */

static void
sim_cart_commit(sim_t *sim, sim_cart_t *cart)
{
    void         *mem;
    size_t        size;
    sim_cmd_t    *cmd;
    sim_order_t  *order;
    trade_str_t   others;

    order = cart->order;
    others = sim_cart_versions(sim, cart);
    size = trade_call_commit_size(others.len);
    mem = sim_alloc(sim, size);

    cmd = sim_cart_cmd(sim, cart, cart->home, sim_reply_handler, order);
    cmd->durable = sim->durability;
    cmd->attempt = order->attempt;

    cart->make.lease = SIM_LEASE;
    cart->make.known = cmd->known;

    if (trade_call_commit(&cmd->call, mem, size, &cart->make, others) != 0) {
        sim_fail(sim, "a commit finds no room");
    }

    order->record.others = others;
    order->call = cmd;

    if (sim_send(sim, order->worker, order->slot, cmd) != 0) {
        sim_order_event(sim, order, TRADE_FLOW_UNSENT, TRADE_DONE);
    }
}


static trade_str_t
sim_cart_versions(sim_t *sim, sim_cart_t *cart)
{
    char         *mem;
    size_t        i;
    trade_buf_t   b;

    mem = sim_alloc(sim, cart->nothers * 32);
    trade_buf_init(&b, mem, cart->nothers * 32);

    for (i = 0; i < cart->nothers; i++) {
        trade_buf_c(&b, i ? "," : "");
        trade_buf_u64(&b, cart->others[i].part->order.slot);
        trade_buf_c(&b, "=");
        trade_buf_u64(&b, cart->others[i].version);
    }

    return trade_buf_done(&b);
}


sim_cmd_t *
sim_cart_cmd(sim_t *sim, sim_cart_t *cart, size_t slot, sim_cmd_pt handler,
    void *data)
{
    sim_cmd_t  *cmd;

    cmd = sim_alloc(sim, sizeof(sim_cmd_t));
    cmd->handler = handler;
    cmd->data = data;
    sim_known(cart->worker, slot, cmd);

    return cmd;
}


int
sim_cart_send(sim_t *sim, sim_cart_t *cart, sim_cmd_t *cmd)
{
    cart->under_way++;

    if (sim_send(sim, cart->worker, cmd->slot, cmd) != 0) {
        cart->under_way--;
        return -1;
    }

    return 0;
}


void
sim_cart_leave(sim_cart_t *cart)
{
    cart->order = NULL;
    sim_cart_done(cart);
}


void
sim_cart_done(sim_cart_t *cart)
{
    cart->under_way--;
}
