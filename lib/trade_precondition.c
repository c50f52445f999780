#include "trade_precondition.h"

#include <string.h>


static int trade_precondition_tag(trade_str_t *value, int *weak,
    trade_str_t *tag);
static int trade_precondition_has(trade_str_t set, trade_str_t tag);


int
trade_precondition_tags(trade_buf_t *b, trade_str_t value, int weak,
    int cut, trade_str_t *set)
{
    int          is_weak;
    char        *start;
    size_t       n;
    trade_str_t  tag;

    start = b->pos;
    trade_str_blanks(&value);

    if (value.len && value.data[0] == '*') {
        value = trade_str_of(value.data + 1, value.len - 1);
        trade_str_blanks(&value);
        trade_buf_c(b, "*");
        n = value.len == 0;

    } else {
        trade_buf_c(b, " ");

        for (n = 0; value.len; n++) {

            /* a list may have empty elements */

            while (value.len && value.data[0] == ',') {
                value = trade_str_of(value.data + 1, value.len - 1);
                trade_str_blanks(&value);
            }

            if (value.len == 0) {
                break;
            }

            if (trade_precondition_tag(&value, &is_weak, &tag) != 0) {
                return -1;
            }

            if (weak || !is_weak) {
                trade_buf_str(b, cut ? trade_str_cut(&tag, '/') : tag);
                trade_buf_c(b, " ");
            }
        }
    }

    *set = trade_str_of(start, b->pos - start);

    return n ? 0 : -1;
}


/* Cuts off a tag and the blanks behind it; a comma or the end must follow */

static int
trade_precondition_tag(trade_str_t *value, int *weak, trade_str_t *tag)
{
    size_t          i, start;
    unsigned char   c;

    *weak = value->len > 1 && memcmp(value->data, "W/", 2) == 0;
    start = *weak ? 2 : 0;

    if (start == value->len || value->data[start++] != '"') {
        return -1;
    }

    for (i = start; i < value->len && value->data[i] != '"'; i++) {
        c = (unsigned char) value->data[i];

        if (c <= 0x20 || c == 0x7f) {
            return -1;
        }
    }

    if (i == value->len) {
        return -1;
    }

    *tag = trade_str_of(value->data + start, i - start);
    *value = trade_str_of(value->data + i + 1, value->len - i - 1);
    trade_str_blanks(value);

    return value->len == 0 || value->data[0] == ',' ? 0 : -1;
}


trade_precondition_e
trade_precondition_check(const trade_precondition_t *condition,
    trade_str_t tag, uint64_t modified)
{
    trade_str_t  rest;

    if (condition->match.len) {

        rest = tag;

        if (!trade_precondition_has(condition->match,
                                    trade_str_cut(&rest, '/')))
        {
            return TRADE_PRECONDITION_FAILS;
        }

    } else if (condition->unmodified != TRADE_PRECONDITION_UNSET
               && modified != TRADE_PRECONDITION_UNSET
               && modified > condition->unmodified)
    {
        return TRADE_PRECONDITION_FAILS;
    }

    if (condition->none_match.len
        && trade_precondition_has(condition->none_match, tag))
    {
        return TRADE_PRECONDITION_LISTED;
    }

    return TRADE_PRECONDITION_HOLDS;
}


static int
trade_precondition_has(trade_str_t set, trade_str_t tag)
{
    trade_str_t  one;

    if (tag.data == NULL) {
        return 0;
    }

    if (trade_str_eq(set, trade_str_c("*"))) {
        return 1;
    }

    trade_str_cut(&set, ' ');

    while (set.len) {
        one = trade_str_cut(&set, ' ');

        if (trade_str_eq(one, tag)) {
            return 1;
        }
    }

    return 0;
}
