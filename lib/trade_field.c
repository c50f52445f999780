#include "trade_field.h"
#include "trade_media.h"


#define TRADE_FIELD_DIGITS    15        /* of an integer, */
#define TRADE_FIELD_WHOLE     12        /* of a decimal before its point, */
#define TRADE_FIELD_FRACTION  3         /* and behind it */


static int trade_field_next(trade_str_t *s, char c);
static int trade_field_is(trade_str_t s, char c);
static int trade_field_lower(trade_str_t s);
static int trade_field_alpha(trade_str_t s);
static int trade_field_digit(trade_str_t s);
static void trade_field_blanks(trade_str_t *s);
static int trade_field_text(trade_str_t *s, trade_buf_t *text);
static int trade_field_parameter(trade_str_t *s);
static int trade_field_item(trade_str_t *s);
static int trade_field_number(trade_str_t *s, int date);
static size_t trade_field_digits(trade_str_t *s);
static void trade_field_token(trade_str_t *s);
static int trade_field_binary(trade_str_t *s);
static int trade_field_display(trade_str_t *s);


int
trade_field_string(trade_str_t value, trade_buf_t *text)
{
    trade_field_blanks(&value);

    if (trade_field_text(&value, text) != 0) {
        return -1;
    }

    while (trade_field_next(&value, ';')) {
        if (trade_field_parameter(&value) != 0) {
            return -1;
        }
    }

    trade_field_blanks(&value);

    return value.len ? -1 : 0;
}


/* Takes that character off the front.  Returns 1 if it was there */

static int
trade_field_next(trade_str_t *s, char c)
{
    if (!trade_field_is(*s, c)) {
        return 0;
    }

    s->data++;
    s->len--;

    return 1;
}


static int
trade_field_is(trade_str_t s, char c)
{
    return s.len && s.data[0] == c;
}


static int
trade_field_lower(trade_str_t s)
{
    return s.len && s.data[0] >= 'a' && s.data[0] <= 'z';
}


static int
trade_field_alpha(trade_str_t s)
{
    return trade_field_lower(s)
           || (s.len && s.data[0] >= 'A' && s.data[0] <= 'Z');
}


static int
trade_field_digit(trade_str_t s)
{
    return s.len && s.data[0] >= '0' && s.data[0] <= '9';
}


static void
trade_field_blanks(trade_str_t *s)
{
    while (trade_field_next(s, ' ')) {
        /* void */
    }
}


static int
trade_field_text(trade_str_t *s, trade_buf_t *text)
{
    char  c;

    if (!trade_field_next(s, '"')) {
        return -1;
    }

    while (s->len) {
        if (trade_field_next(s, '"')) {
            return 0;
        }

        if (trade_field_next(s, '\\')
            && !trade_field_is(*s, '"') && !trade_field_is(*s, '\\'))
        {
            return -1;
        }

        c = s->data[0];

        if (c < 0x20 || c > 0x7e) {
            return -1;
        }

        trade_buf_put(text, &c, 1);
        (void) trade_field_next(s, c);
    }

    return -1;
}


/* Reads `key` or `key=item` behind a semicolon */

static int
trade_field_parameter(trade_str_t *s)
{
    trade_field_blanks(s);

    if (!trade_field_lower(*s) && !trade_field_is(*s, '*')) {
        return -1;
    }

    while (trade_field_lower(*s) || trade_field_digit(*s)
           || trade_field_is(*s, '_') || trade_field_is(*s, '-')
           || trade_field_is(*s, '.') || trade_field_is(*s, '*'))
    {
        (void) trade_field_next(s, s->data[0]);
    }

    return trade_field_next(s, '=') ? trade_field_item(s) : 0;
}


static int
trade_field_item(trade_str_t *s)
{
    char         mem[1];
    trade_buf_t  none;

    trade_buf_init(&none, mem, 0);

    if (trade_field_is(*s, '"')) {
        return trade_field_text(s, &none);
    }

    if (trade_field_alpha(*s) || trade_field_is(*s, '*')) {
        trade_field_token(s);
        return 0;
    }

    if (trade_field_next(s, ':')) {
        return trade_field_binary(s);
    }

    if (trade_field_next(s, '?')) {
        return trade_field_next(s, '0') || trade_field_next(s, '1') ? 0 : -1;
    }

    if (trade_field_next(s, '%')) {
        return trade_field_display(s);
    }

    return trade_field_number(s, trade_field_next(s, '@'));
}


/* Reads an integer or, unless it is a date, a decimal */

static int
trade_field_number(trade_str_t *s, int date)
{
    size_t  whole, fraction;

    (void) trade_field_next(s, '-');
    whole = trade_field_digits(s);

    if (whole == 0 || whole > TRADE_FIELD_DIGITS) {
        return -1;
    }

    if (!trade_field_next(s, '.')) {
        return 0;
    }

    fraction = trade_field_digits(s);

    return date || whole > TRADE_FIELD_WHOLE || fraction == 0
           || fraction > TRADE_FIELD_FRACTION ? -1 : 0;
}


static size_t
trade_field_digits(trade_str_t *s)
{
    size_t  n;

    for (n = 0; trade_field_digit(*s); n++) {
        (void) trade_field_next(s, s->data[0]);
    }

    return n;
}


static void
trade_field_token(trade_str_t *s)
{
    while (s->len && (trade_media_token(s->data[0])
                      || trade_field_is(*s, ':') || trade_field_is(*s, '/')))
    {
        (void) trade_field_next(s, s->data[0]);
    }
}


/* Reads base64, up to the second colon */

static int
trade_field_binary(trade_str_t *s)
{
    while (trade_field_alpha(*s) || trade_field_digit(*s)
           || trade_field_is(*s, '+') || trade_field_is(*s, '/')
           || trade_field_is(*s, '='))
    {
        (void) trade_field_next(s, s->data[0]);
    }

    return trade_field_next(s, ':') ? 0 : -1;
}


/* Reads text with %xx for bytes outside ASCII, behind its percent sign */

static int
trade_field_display(trade_str_t *s)
{
    int  i;

    if (!trade_field_next(s, '"')) {
        return -1;
    }

    while (s->len && s->data[0] >= 0x20 && s->data[0] <= 0x7e) {

        if (trade_field_next(s, '"')) {
            return 0;
        }

        if (!trade_field_next(s, '%')) {
            (void) trade_field_next(s, s->data[0]);
            continue;
        }

        for (i = 0; i < 2; i++) {
            if (!trade_field_digit(*s)
                && !(trade_field_lower(*s) && s->data[0] <= 'f'))
            {
                return -1;
            }

            (void) trade_field_next(s, s->data[0]);
        }
    }

    return -1;
}
