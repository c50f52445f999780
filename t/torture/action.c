#include "action.h"

#include <stdio.h>
#include <string.h>


/* One after the other; two that are done at once. */

static const struct {
    unsigned     of_100;
    const char  *todo[2];
} action_lives[] = {
    { 7, { "c" } },
    { 5, { "p" } },
    { 4, { "pd" } },
    { 2, { "pc" } },
    { 2, { "p", "c" } },
    { 1, { "pdc" } },
    { 1, { "d" } },
    { 1, { "cp" } },
};


static void actions_add(actions_t *actions, const action_t *action);


void
actions_of(actions_t *actions, uint64_t intent, const char *id, int64_t when)
{
    size_t    i, n;
    unsigned  draw;
    action_t  action;

    draw = intent * 0x9e3779b97f4a7c15 >> 32;
    draw %= 100;

    for (i = 0; i < sizeof(action_lives) / sizeof(action_lives[0]); i++) {

        if (draw >= action_lives[i].of_100) {
            draw -= action_lives[i].of_100;
            continue;
        }

        snprintf(action.id, sizeof(action.id), "%s", id);
        action.at = when;

        for (n = 0; n < 2 && action_lives[i].todo[n]; n++) {
            action.todo = action_lives[i].todo[n];
            actions_add(actions, &action);
        }

        return;
    }
}


/* Of more than there is room for at a time nothing becomes. */

static void
actions_add(actions_t *actions, const action_t *action)
{
    if (actions->n < ACTIONS_MOST) {
        actions->action[actions->n++] = *action;
    }
}


int
actions_take(actions_t *actions, int64_t now, action_t *action)
{
    int  i;

    for (i = 0; i < actions->n; i++) {
        if (actions->action[i].at <= now) {
            *action = actions->action[i];
            actions->action[i] = actions->action[--actions->n];
            return 1;
        }
    }

    return 0;
}


void
actions_answered(actions_t *actions, const action_t *action,
    const response_t *response, int64_t when)
{
    action_t  next;

    next = *action;
    next.at = when;

    if (response && response->status < 300) {
        next.todo++;

    } else if (response && (response->status < 500
                            || strcmp(response->name, "slot-closed") == 0))
    {
        return;
    }

    if (*next.todo) {
        actions_add(actions, &next);
    }
}


const char *
action_name(const action_t *action)
{
    return *action->todo == 'p' ? "pay" : *action->todo == 'd' ? "deliver"
                                                               : "cancel";
}


size_t
action_request(const action_t *action, int keep_alive, char *out)
{
    return sprintf(out, "POST /v1/orders/%s/%s HTTP/1.1\r\nHost: shop\r\n"
                   "%sContent-Length: 0\r\n\r\n", action->id,
                   action_name(action),
                   keep_alive ? "" : "Connection: close\r\n");
}
