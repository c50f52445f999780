/* Shows which Content-Type headers say that a body is JSON in UTF-8. */

#include "trade_media.h"
#include "unit.h"


static const trade_str_t  accepted[] = {
    trade_str("application/json"), trade_str("Application/JSON"),
    trade_str("application/json;charset=utf-8"),
    trade_str("application/json; charset=UTF-8"),
    trade_str("application/json; Charset=utf8"),
    trade_str("application/json;charset=\"UTF-8\""),
    trade_str("application/json;charset=\"Utf8\""),
    trade_str("application/json;charset=\"ut\\f-8\""),
    trade_str("application/json \t; \t charset=utf-8 \t"),
    trade_str("application/json; odata=verbose; charset=\"UTF-8\""),
    trade_str("application/json; charset=utf-8; odata=verbose"),
    trade_str("application/json; profile=x"),
    trade_str("application/json;profile=\"a; charset=latin1\""),
    trade_str("application/json;profile=\"a\\\";charset=latin1\""),
    trade_str("application/json;profile=\"\""),
    trade_str("application/json;a=\"a much longer value than a charset\""),
    trade_str("application/json;"), trade_str("application/json; ;a=b;"),
    trade_str("application/json;xcharset=latin1"),
    trade_str("application/json;charset=utf-8;charset=UTF8")
};


static const trade_str_t  refused[] = {
    trade_null_str, trade_str(""), trade_str("json"), trade_str("/json"),
    trade_str("application"), trade_str("application/"),
    trade_str("application/json5"), trade_str("application/problem+json"),
    trade_str("text/json"), trade_str("application /json"),
    trade_str("application/json, text/plain"),
    trade_str("application/json charset=utf-8"),
    trade_str("application/json;charset"),
    trade_str("application/json;charset="),
    trade_str("application/json;charset=\"\""),
    trade_str("application/json;charset =utf-8"),
    trade_str("application/json;charset= utf-8"),
    trade_str("application/json;charset=latin1"),
    trade_str("application/json;charset=utf-16"),
    trade_str("application/json;charset=utf-81"),
    trade_str("application/json;charset='utf-8'"),
    trade_str("application/json;charset=\"utf-8"),
    trade_str("application/json;charset=\"utf-8\\"),
    trade_str("application/json;charset=\"utf-8\"x"),
    trade_str("application/json;charset=\"utf-8\0\""),
    trade_str("application/json;charset=\"utf-8                        \""),
    trade_str("application/json;charset=utf-8;charset=latin1"),
    trade_str("application/json;charset=latin1;charset=utf-8"),
    trade_str("application/json; odata=verbose; charset=latin1"),
    trade_str("application/json;=utf-8"),
    trade_str("application/json;a=\"\x01\""),
    trade_str("application/json;a=\"\x7f\"")
};


int
main(void)
{
    size_t  i;

    for (i = 0; i < UNIT_ROWS(accepted); i++) {
        ok(trade_media_json(unit_guard(accepted[i])), "%s is JSON in UTF-8",
           accepted[i].data);
    }

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        ok(!trade_media_json(unit_guard(refused[i])), "%.*s is another type",
           (int) refused[i].len, refused[i].data);
    }

    return done_testing();
}
