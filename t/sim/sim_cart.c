/*
 * An order whose items lie in several slots, in the worker that coordinates
 * it, as ngx_trade_cart.c.
 */

#include "sim_cart.h"


#define SIM_CART_GRACE  1000            /* ms, as there */


static void sim_cart_reserve(sim_t *sim, sim_cart_t *cart);
static int sim_cart_reserve_call(sim_t *sim, sim_cart_other_t *other);
static void sim_cart_reserved(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static trade_verdict_e sim_cart_reserved_reply(sim_t *sim,
    sim_cart_other_t *other, sim_cmd_t *cmd);
static void sim_cart_home(sim_t *sim, sim_cart_t *cart, int look);
static trade_str_t sim_cart_versions(sim_t *sim, sim_cart_t *cart);


void
sim_cart_prepare(sim_t *sim, sim_order_t *order,
    const trade_call_make_t *make, const trade_order_t *items)
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

    if (order->attempt->replay_only) {
        trade_cart_flow_refuse(&cart->flow, TRADE_BACKLOG_FULL);

    } else {
        trade_cart_flow_start(&cart->flow, cart->nothers);
    }
}


int
sim_cart_ready(sim_t *sim, sim_cart_t *cart)
{
    trade_cart_action_e  action;

    for ( ;; ) {
        action = trade_cart_flow_next(&cart->flow);
        sim_step(sim, cart->worker, "before a cart's step");

        switch (action) {

        case TRADE_CART_RESERVE:
            sim_cart_reserve(sim, cart);
            break;

        case TRADE_CART_RELEASE:
            sim_cart_end(sim, cart, 0);
            break;

        case TRADE_CART_LOOK:
        case TRADE_CART_PLACE:
            sim_cart_home(sim, cart, action == TRADE_CART_LOOK);
            return 1;

        default:
            return cart->flow.waits == 0;
        }
    }
}


static void
sim_cart_reserve(sim_t *sim, sim_cart_t *cart)
{
    size_t  i;

    for (i = 0; i < cart->nothers; i++) {
        if (sim_cart_reserve_call(sim, &cart->others[i]) != 0) {
            trade_cart_flow_part(&cart->flow, TRADE_SHARD_DOWN);
        }

        sim_step(sim, cart->worker, "a part is asked");
    }
}


static int
sim_cart_reserve_call(sim_t *sim, sim_cart_other_t *other)
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

    size = trade_call_place_size(&make, &other->part->order);
    mem = sim_alloc(sim, size);

    if (trade_call_reserve(&cmd->call, mem, size, &make, other->part) != 0) {
        sim_fail(sim, "a reserve finds no room");
    }

    other->holds = sim_cart_send(sim, cart, cmd) == 0;

    return other->holds ? 0 : -1;
}


static void
sim_cart_reserved(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_cart_t        *cart;
    trade_verdict_e    verdict;
    sim_cart_other_t  *other;

    other = cmd->data;
    cart = other->cart;
    cart->under_way--;

    switch (result) {

    case SIM_OK:
        verdict = sim_cart_reserved_reply(sim, other, cmd);
        break;

    case SIM_ERR:
        verdict = TRADE_REDIS_REFUSED;
        break;

    case SIM_UNSENT:
        other->holds = 0;
        verdict = TRADE_SHARD_DOWN;
        break;

    default:
        verdict = TRADE_SHARD_DOWN;
        break;
    }

    trade_cart_flow_part(&cart->flow, verdict);

    if (cart->flow.waits == 0) {
        sim_order_ready(sim, cart->order);
    }
}


static trade_verdict_e
sim_cart_reserved_reply(sim_t *sim, sim_cart_other_t *other, sim_cmd_t *cmd)
{
    trade_reply_t  reply;

    if (trade_reply_read(&reply, cmd->text) != 0) {
        sim_fail(sim, "a reply that is none: %.*s", (int) cmd->text.len,
                 cmd->text.data);
    }

    sim_slot_reply(sim, other->cart->worker, cmd, &reply, NULL);

    if (reply.kind == TRADE_REPLY_HELD) {

        if (!cmd->replicated) {
            return TRADE_REDIS_REFUSED;
        }

        other->version = reply.value;
        return TRADE_DONE;
    }

    if (reply.kind != TRADE_REPLY_REFUSED) {
        sim_fail(sim, "a reserve is answered with something else");
    }

    other->holds = 0;

    return reply.verdict;
}


/* Lays order->call out */

static void
sim_cart_home(sim_t *sim, sim_cart_t *cart, int look)
{
    void                 *mem;
    size_t                size;
    sim_order_t          *order;
    const trade_order_t  *home;

    order = cart->order;
    home = &cart->cart.parts[0].order;

    if (look) {
        trade_flow_look(&order->flow);

    } else {
        order->record.others = sim_cart_versions(sim, cart);
    }

    sim_known(cart->worker, cart->home, order->call);
    cart->make.known = order->call->known;

    size = trade_call_place_size(&cart->make, home);
    mem = sim_alloc(sim, size);

    if (trade_call_place(&order->call->call, mem, size, &cart->make, home,
                         look)
        != 0)
    {
        sim_fail(sim, "a cart's order finds no room");
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
    cmd->coordinates = 1;
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
sim_cart_leave(sim_t *sim, sim_cart_t *cart)
{
    if (cart->flow.placing && !cart->placed && !cart->order->flow.ambiguous) {
        sim_cart_end(sim, cart, 0);
    }

    cart->order = NULL;
    sim_cart_done(sim, cart);
}


void
sim_cart_done(sim_t *sim, sim_cart_t *cart)
{
    if (--cart->under_way == 1 && cart->acked) {
        cart->acked = 0;
        sim_order_event(sim, cart->order, TRADE_FLOW_ACKED, TRADE_DONE);
    }
}
