/*
 * The actions that a state machine has still to hand out, as a set of bits.
 * They are numbered from 1, and 0 stands for none.
 */

#ifndef TRADE_BITS_H
#define TRADE_BITS_H


static inline void
trade_bits_add(unsigned *bits, unsigned action)
{
    *bits |= 1u << action;
}


/*
 * Takes the action with the lowest number out of the set.  Returns 0 if it is
 * empty.
 */

static inline unsigned
trade_bits_next(unsigned *bits)
{
    unsigned  action;

    if (*bits == 0) {
        return 0;
    }

    action = __builtin_ctz(*bits);
    *bits &= *bits - 1;

    return action;
}


#endif /* TRADE_BITS_H */
