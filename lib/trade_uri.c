#include "trade_uri.h"

#include <string.h>


static int trade_uri_byte(trade_str_t *s, char *c);


int
trade_uri_decode(trade_buf_t *b, trade_str_t s, int form)
{
    char  c;

    while (s.len) {
        if (form && s.data[0] == '+') {
            trade_buf_c(b, " ");
            s.data++;
            s.len--;
            continue;
        }

        if (trade_uri_byte(&s, &c) != 0) {
            return -1;
        }

        trade_buf_put(b, &c, 1);
    }

    return 0;
}


/* Takes off the front a byte, or the escape of one */

static int
trade_uri_byte(trade_str_t *s, char *c)
{
    int     high, low;
    size_t  n;

    n = 1;
    *c = s->data[0];

    if (*c == '%') {
        n = 3;

        if (s->len < n) {
            return -1;
        }

        high = trade_str_hex(s->data[1]);
        low = trade_str_hex(s->data[2]);

        if (high < 0 || low < 0) {
            return -1;
        }

        *c = (char) (high << 4 | low);
    }

    s->data += n;
    s->len -= n;

    return 0;
}


size_t
trade_uri_argument(trade_str_t query, const char *name, trade_str_t *value)
{
    size_t       n;
    trade_str_t  one;

    *value = trade_str_of(NULL, 0);

    for (n = 0; query.len; /* void */ ) {
        one = trade_str_cut(&query, '&');

        if (trade_str_eq(trade_str_cut(&one, '='), trade_str_c(name))
            && n++ == 0)
        {
            *value = one;
        }
    }

    return n;
}


int
trade_uri_dotted(trade_str_t path)
{
    char         mem[2];
    trade_buf_t  b;
    trade_str_t  part;

    while (path.len) {
        part = trade_str_cut(&path, '/');
        trade_buf_init(&b, mem, sizeof(mem));

        if (trade_uri_decode(&b, part, 0) == 0 && !b.overflow
            && (trade_str_eq(trade_buf_done(&b), trade_str_c("."))
                || trade_str_eq(trade_buf_done(&b), trade_str_c(".."))))
        {
            return 1;
        }
    }

    return 0;
}
