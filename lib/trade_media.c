#include "trade_media.h"

#include <string.h>
#include <strings.h>


static int trade_media_parameter(trade_str_t *rest);
static trade_str_t trade_media_cut(trade_str_t *rest);
static int trade_media_quoted(trade_str_t *rest, trade_buf_t *value);
static int trade_media_is(trade_str_t s, const char *word);


int
trade_media_json(trade_str_t value)
{
    trade_str_t  type, subtype;

    trade_str_blanks(&value);
    type = trade_media_cut(&value);

    if (value.len == 0 || value.data[0] != '/') {
        return 0;
    }

    value.data++;
    value.len--;
    subtype = trade_media_cut(&value);

    if (!trade_media_is(type, "application")
        || !trade_media_is(subtype, "json"))
    {
        return 0;
    }

    trade_str_blanks(&value);

    while (value.len) {
        if (!trade_media_parameter(&value)) {
            return 0;
        }
    }

    return 1;
}


/*
 * Cuts `;name=value`, or a lone `;`, off the front.  Returns 0 if it is not
 * allowed
 */

static int
trade_media_parameter(trade_str_t *rest)
{
    char         mem[16];
    trade_str_t  name, value;
    trade_buf_t  unquoted;

    if (rest->data[0] != ';') {
        return 0;
    }

    rest->data++;
    rest->len--;
    trade_str_blanks(rest);

    if (rest->len == 0 || rest->data[0] == ';') {
        return 1;
    }

    name = trade_media_cut(rest);

    if (name.len == 0 || rest->len == 0 || rest->data[0] != '=') {
        return 0;
    }

    rest->data++;
    rest->len--;

    if (rest->len && rest->data[0] == '"') {
        trade_buf_init(&unquoted, mem, sizeof(mem));

        if (!trade_media_quoted(rest, &unquoted)) {
            return 0;
        }

        /* a value that does not fit is no charset that is accepted */

        value = unquoted.overflow ? trade_str_of(NULL, 0)
                                  : trade_buf_done(&unquoted);

    } else {
        value = trade_media_cut(rest);

        if (value.len == 0) {
            return 0;
        }
    }

    trade_str_blanks(rest);

    return !trade_media_is(name, "charset")
           || trade_media_is(value, "utf-8") || trade_media_is(value, "utf8");
}


/* Cuts a token off the front; empty if there is none */

static trade_str_t
trade_media_cut(trade_str_t *rest)
{
    trade_str_t  token;

    token = trade_str_of(rest->data, 0);

    while (rest->len && trade_media_token(rest->data[0])) {
        rest->data++;
        rest->len--;
        token.len++;
    }

    return token;
}


/* Reads a quoted string behind its first quote.  Returns 0 if it has no end */

static int
trade_media_quoted(trade_str_t *rest, trade_buf_t *value)
{
    size_t         i;
    unsigned char  c;

    for (i = 1; i < rest->len; i++) {
        c = rest->data[i];

        if (c == '"') {
            rest->data += i + 1;
            rest->len -= i + 1;
            return 1;
        }

        if (c == '\\' && ++i < rest->len) {
            c = rest->data[i];
        }

        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return 0;
        }

        trade_buf_put(value, (char *) &c, 1);
    }

    return 0;
}


int
trade_media_token(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
           || (c >= 'a' && c <= 'z')
           || (c && strchr("!#$%&'*+-.^_`|~", c));
}


static int
trade_media_is(trade_str_t s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.data, word, s.len) == 0;
}
