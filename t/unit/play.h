/*
 * Plays: the events of a state machine, and its actions, as text.
 *
 *      start: send; made: publish; acked: ack, answer created
 *
 * A play names the events that are fed and the actions that follow each of
 * them, "nothing" for none.  An event may be followed by a word that goes with
 * it, and the action that tells something by the result that it tells.
 */

#ifndef PLAY_H
#define PLAY_H

#include "trade_result.h"
#include "unit.h"


typedef struct {
    const char        *(*event)(unsigned event);    /* its name */
    unsigned             events;                    /* how many */
    const char *const   *actions;                   /* names; 0: "nothing" */
    unsigned             tells;                     /* the action with a
                                                       result */

    unsigned           (*next)(void *machine);      /* an action, or 0 */
    trade_result_e    (*result)(const void *machine);

    /* `with` is what stands behind the event's name, after a blank */

    void               (*feed)(void *machine, unsigned event, trade_str_t with);
} play_t;


/* Takes the actions, and writes them */

static inline void
play_actions(trade_buf_t *b, const play_t *play, void *machine)
{
    unsigned     action;
    const char  *between;

    between = ": ";
    action = play->next(machine);

    do {
        trade_buf_c(b, between);
        trade_buf_c(b, play->actions[action]);

        if (action == play->tells) {
            trade_buf_c(b, " ");
            trade_buf_str(b, trade_result_name(play->result(machine)));
        }

        between = ", ";

    } while (action && (action = play->next(machine)) != 0);
}


/* The event with the longest name that `text` begins with; *with is the rest */

static inline unsigned
play_event(const play_t *play, trade_str_t text, trade_str_t *with)
{
    size_t       len, longest;
    unsigned     event, found;
    const char  *name;

    for (longest = 0, found = 0, event = 0; event < play->events; event++) {
        name = play->event(event);
        len = strlen(name);

        if (len > longest && text.len >= len
            && memcmp(text.data, name, len) == 0
            && (text.len == len || text.data[len] == ' '))
        {
            longest = len;
            found = event;
        }
    }

    if (longest == 0) {
        (void) printf("Bail out! %.*s\n", (int) text.len, text.data);
        abort();
    }

    *with = text;
    with->data += longest;
    with->len -= longest;

    if (with->len) {
        with->data++;
        with->len--;
    }

    return found;
}


/* Plays `text` to a machine that was just started, and compares */

static inline void
play_run(const play_t *play, void *machine, const char *name, trade_str_t text)
{
    char         mem[1024];
    unsigned     event;
    trade_str_t  rest, part, with;
    trade_buf_t  b;

    trade_buf_init(&b, mem, sizeof(mem));
    trade_buf_c(&b, "start");
    play_actions(&b, play, machine);

    rest = text;
    (void) trade_str_cut(&rest, ';');

    while (rest.len) {
        part = trade_str_cut(&rest, ';');
        part = trade_str_of(part.data + 1, part.len - 1);
        part = trade_str_cut(&part, ':');
        event = play_event(play, part, &with);

        trade_buf_c(&b, "; ");
        trade_buf_str(&b, part);

        play->feed(machine, event, with);
        play_actions(&b, play, machine);
    }

    is_str(trade_buf_done(&b), text, "%s", name);
}


#endif /* PLAY_H */
