#include "act.h"

#include <stdio.h>
#include <string.h>


/* One after the other; two that are done at once. */

static const struct {
    unsigned     of_100;
    const char  *todo[2];
} act_lives[] = {
    { 7, { "c" } },
    { 5, { "p" } },
    { 4, { "pd" } },
    { 2, { "pc" } },
    { 2, { "p", "c" } },
    { 1, { "pdc" } },
    { 1, { "d" } },
    { 1, { "cp" } },
};


static void acts_add(acts_t *acts, const act_t *act);


void
acts_of(acts_t *acts, uint64_t wish, const char *id, int64_t when)
{
    size_t    i, n;
    unsigned  draw;
    act_t     act;

    draw = wish * 0x9e3779b97f4a7c15 >> 32;
    draw %= 100;

    for (i = 0; i < sizeof(act_lives) / sizeof(act_lives[0]); i++) {

        if (draw >= act_lives[i].of_100) {
            draw -= act_lives[i].of_100;
            continue;
        }

        snprintf(act.id, sizeof(act.id), "%s", id);
        act.at = when;

        for (n = 0; n < 2 && act_lives[i].todo[n]; n++) {
            act.todo = act_lives[i].todo[n];
            acts_add(acts, &act);
        }

        return;
    }
}


/* Of more than there is room for at a time nothing becomes. */

static void
acts_add(acts_t *acts, const act_t *act)
{
    if (acts->n < ACTS_MOST) {
        acts->act[acts->n++] = *act;
    }
}


int
acts_take(acts_t *acts, int64_t now, act_t *act)
{
    int  i;

    for (i = 0; i < acts->n; i++) {
        if (acts->act[i].at <= now) {
            *act = acts->act[i];
            acts->act[i] = acts->act[--acts->n];
            return 1;
        }
    }

    return 0;
}


void
acts_answered(acts_t *acts, const act_t *act, const answer_t *answer,
    int64_t when)
{
    act_t  next;

    next = *act;
    next.at = when;

    if (answer && answer->status < 300) {
        next.todo++;

    } else if (answer && (answer->status < 500
                          || strcmp(answer->name, "slot-closed") == 0))
    {
        return;
    }

    if (*next.todo) {
        acts_add(acts, &next);
    }
}


const char *
act_name(const act_t *act)
{
    return *act->todo == 'p' ? "pay" : *act->todo == 'd' ? "deliver"
                                                         : "cancel";
}


size_t
act_request(const act_t *act, int keep_alive, char *out)
{
    return sprintf(out, "POST /v1/orders/%s/%s HTTP/1.1\r\nHost: shop\r\n"
                   "%sContent-Length: 0\r\n\r\n", act->id, act_name(act),
                   keep_alive ? "" : "Connection: close\r\n");
}
