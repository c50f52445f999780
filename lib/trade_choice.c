#include "trade_choice.h"


static size_t trade_choice_number(const trade_choice_t *choice, size_t n);


int
trade_choice_next(trade_choice_t *choice, trade_choice_pipe_pt pipe,
    void *data, size_t *i)
{
    int                  last_resort;
    const trade_pipe_t  *found;

    while (choice->tried < 2 * choice->connections) {
        last_resort = choice->tried >= choice->connections;
        *i = trade_choice_number(choice,
                                 choice->tried++ % choice->connections);
        found = pipe(data, *i);

        if (found && trade_pipe_avoids(found, choice->durable) == last_resort)
        {
            return 1;
        }
    }

    return 0;
}


static size_t
trade_choice_number(const trade_choice_t *choice, size_t n)
{
    size_t  last;

    last = choice->connections - 1;

    if (!choice->locks || last == 0) {
        return (choice->slot + n) % choice->connections;
    }

    if (choice->apart) {
        n = n ? n - 1 : last;
    }

    return n == last ? last : (choice->slot + n) % last;
}
