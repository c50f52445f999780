/*
 * An order whose items lie in several slots, in the worker that coordinates it:
 * sends the calls of lib's trade_cart and trade_participant.
 */

#include "sim_cart.h"


static void sim_cart_reserve(sim_t *sim, sim_cart_t *cart);
static int sim_cart_reserve_call(sim_t *sim, sim_cart_command_t *command);
static void sim_cart_reserved(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static trade_result_e sim_cart_reserved_reply(sim_t *sim,
    sim_cart_command_t *command, sim_cmd_t *cmd);
static void sim_cart_home(sim_t *sim, sim_cart_t *cart, int dry_run);
static trade_str_t sim_cart_versions(sim_t *sim, sim_cart_t *cart);


void
sim_cart_prepare(sim_t *sim, sim_order_t *order,
    const trade_write_args_t *write, const trade_order_t *items)
{
    void        *mem;
    size_t       i, size;
    sim_cart_t  *cart;

    cart = sim_alloc(sim, sizeof(sim_cart_t));
    cart->order = order;
    cart->worker = order->worker;
    cart->write = *write;
    cart->home = order->slot;
    order->cart = cart;

    size = trade_cart_size(items);
    mem = sim_alloc(sim, size);

    if (trade_cart_split(&cart->cart, mem, size, items) != 0
        || cart->cart.parts[0].order.slot != sim_slots[order->slot])
    {
        sim_fail(sim, "a cart is split, and its home is another");
    }

    cart->nparticipants = cart->cart.nparts - 1;

    for (i = 0; i < cart->nparticipants; i++) {
        cart->participants[i].part = &cart->cart.parts[i + 1];
        cart->commands[i].cart = cart;
        cart->commands[i].participant = &cart->participants[i];
        cart->commands[i].slot = sim_slot(cart->cart.parts[i + 1].order.slot);
    }

    if (order->attempt->dry_run) {
        trade_cart_flow_refuse(&cart->flow, TRADE_BACKLOG_FULL);

    } else {
        trade_cart_flow_start(&cart->flow, cart->nparticipants);
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

    for (i = 0; i < cart->nparticipants; i++) {
        if (sim_cart_reserve_call(sim, &cart->commands[i]) != 0) {
            trade_cart_flow_participant(&cart->flow, TRADE_SHARD_DOWN);
        }

        sim_step(sim, cart->worker, "a part is asked");
    }
}


static int
sim_cart_reserve_call(sim_t *sim, sim_cart_command_t *command)
{
    int                   rc;
    void                 *mem;
    size_t                size;
    int64_t               now;
    sim_cmd_t            *cmd;
    sim_cart_t           *cart;
    const trade_order_t  *order;

    cart = command->cart;
    order = &command->participant->part->order;
    now = sim_steady(sim, cart->worker);
    cmd = sim_cart_cmd(sim, cart, command->slot, sim_cart_reserved, command);

    size = trade_call_place_size(&cart->write, order);
    mem = sim_alloc(sim, size);

    if (trade_participant_reserve(command->participant, &cmd->call, mem, size,
                                  &cart->write, &cmd->seen,
                                  cart->worker->clock[command->slot] + now,
                                  (int64_t) cart->order->deadline - now)
        != 0)
    {
        sim_fail(sim, "a reserve finds no room");
    }

    rc = sim_cart_send(sim, cart, cmd);
    trade_participant_reserving(command->participant, rc == 0);

    return rc;
}


static void
sim_cart_reserved(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_cart_t          *cart;
    trade_result_e       vote;
    sim_cart_command_t  *command;

    command = cmd->data;
    cart = command->cart;
    (void) trade_cart_flow_done(&cart->flow);

    switch (result) {

    case SIM_OK:
        vote = sim_cart_reserved_reply(sim, command, cmd);
        break;

    case SIM_ERR:
        vote = trade_participant_reserved(command->participant, NULL, 0);
        break;

    default:
        vote = trade_participant_lost(command->participant,
                                      result == SIM_UNSENT);
        break;
    }

    trade_cart_flow_participant(&cart->flow, vote);

    if (cart->flow.waits == 0) {
        sim_order_ready(sim, cart->order);
    }
}


static trade_result_e
sim_cart_reserved_reply(sim_t *sim, sim_cart_command_t *command,
    sim_cmd_t *cmd)
{
    trade_reply_t  reply;

    if (trade_reply_read(&reply, cmd->text) != 0) {
        sim_fail(sim, "a reply that is none: %.*s", (int) cmd->text.len,
                 cmd->text.data);
    }

    sim_slot_reply(sim, command->cart->worker, cmd, &reply, NULL);

    if (reply.kind != TRADE_REPLY_HELD && reply.kind != TRADE_REPLY_REFUSED) {
        sim_fail(sim, "a reserve is answered with something else");
    }

    return trade_participant_reserved(command->participant, &reply,
                                      cmd->replicated);
}


/* Lays order->call out */

static void
sim_cart_home(sim_t *sim, sim_cart_t *cart, int dry_run)
{
    void                 *mem;
    size_t                size;
    sim_order_t          *order;
    const trade_order_t  *home;

    order = cart->order;
    home = &cart->cart.parts[0].order;

    if (dry_run) {
        trade_flow_dry_run(&order->flow);

    } else {
        order->record.participants = sim_cart_versions(sim, cart);
    }

    sim_seen(cart->worker, cart->home, order->call);
    cart->write.seen = order->call->seen;

    size = trade_call_place_size(&cart->write, home);
    mem = sim_alloc(sim, size);

    if (trade_call_place(&order->call->call, mem, size, &cart->write, home,
                         dry_run)
        != 0)
    {
        sim_fail(sim, "a cart's order finds no room");
    }
}


static trade_str_t
sim_cart_versions(sim_t *sim, sim_cart_t *cart)
{
    void         *mem;
    size_t        size;
    trade_buf_t   b;

    size = trade_participant_versions_size(cart->nparticipants);
    mem = sim_alloc(sim, size);
    trade_buf_init(&b, mem, size);

    return trade_participant_versions(&b, cart->participants,
                                      cart->nparticipants);
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
    sim_seen(cart->worker, slot, cmd);

    return cmd;
}


int
sim_cart_send(sim_t *sim, sim_cart_t *cart, sim_cmd_t *cmd)
{
    int  rc;

    rc = sim_send(sim, cart->worker, cmd->slot, cmd);

    if (rc == 0) {
        trade_cart_flow_sent(&cart->flow);
    }

    return rc;
}


void
sim_cart_leave(sim_t *sim, sim_cart_t *cart)
{
    if (trade_cart_flow_abandoned(&cart->flow, cart->order->flow.ambiguous)) {
        sim_cart_end(sim, cart, 0);
    }

    cart->order = NULL;
    sim_cart_done(sim, cart);
}


void
sim_cart_done(sim_t *sim, sim_cart_t *cart)
{
    if (trade_cart_flow_done(&cart->flow) == TRADE_CART_ACKED) {
        sim_order_event(sim, cart->order, TRADE_FLOW_ACKED, TRADE_DONE);
    }
}
