/* Shows that each script is embedded whole, under the name EVALSHA knows. */

#include "trade_script.h"
#include "unit.h"

#include <openssl/evp.h>


static const struct {
    const trade_script_t  *script;
    const char            *name;
    const char            *begin;
    const char            *end;
} scripts[] = {
    { &trade_script_place, "place", "local call", "or 'NONE'\n" },
    { &trade_script_ack, "ack", "#!lua flags=allow-oom\nlocal call",
      "unpack(ARGV, 3))\n" },
    { &trade_script_ack_effects, "ack_effects",
    "#!lua flags=allow-oom\nlocal call",
      ".. n\n" },
    { &trade_script_transition, "transition", "local call", "or record\n" },
    { &trade_script_claim, "claim", "#!lua flags=allow-oom\nlocal call",
      "table.concat(out)\n" },
    { &trade_script_peek, "peek", "local call", "table.concat(due)\n" },
    { &trade_script_reserve, "reserve", "local call", "or refusal()\n" },
    { &trade_script_outcome, "outcome", "#!lua flags=allow-oom\nlocal call",
      "now - at)\n" },
    { &trade_script_confirm, "confirm", "#!lua flags=allow-oom\nlocal call",
      "return 'DONE'\n" },
    { &trade_script_release, "release", "#!lua flags=allow-oom\nlocal call",
      "return 'DONE'\n" },
    { &trade_script_confirmed, "confirmed", "#!lua flags=allow-oom\nlocal call",
      "member)\n" },
    { &trade_script_indoubt, "indoubt", "#!lua flags=allow-oom\nlocal call",
      "'\\n')\n" },
    { &trade_script_republish, "republish", "local call", "'APPLIED'\n" },
    { &trade_script_order, "order", "local call", ".. record\n" },
    { &trade_script_stock, "stock", "local call", "unpack(slot, 3, 8))\n" },
    { &trade_script_change, "change", "local call", "return record\n" },
    { &trade_script_identify, "identify", "local identity", ".. id\n" },
    { &trade_script_writable, "writable", "#!lua flags=no-cluster",
      "1\n" },
    { &trade_script_open, "open", "local call", ".. slot[2]\n" },
    { &trade_script_fence, "fence", "local call", "'reconcile')\n" },
    { &trade_script_dump_slot, "dump_slot", "#!lua flags=no-writes\nlocal call",
      "}\n" },
    { &trade_script_restore_order, "restore_order", "local call",
      "'APPLIED'\n" },
    { &trade_script_restore_stock, "restore_stock", "local call",
      "'APPLIED'\n" },
    { &trade_script_lock_take, "lock_take", "local call", "now) - now\n" },
    { &trade_script_lock_renew, "lock_renew",
      "#!lua flags=allow-oom\nlocal call", "'RENEWED'\n" },
    { &trade_script_lock_release, "lock_release",
      "#!lua flags=allow-oom\nlocal call", "or 0)\n" },
    { &trade_script_restore_hold, "restore_hold", "local call", "'APPLIED'\n" },
    { &trade_script_freed_at, "freed_at", "#!lua flags=no-writes\nlocal call",
      "return out\n" }
};


static trade_str_t
sha1_hex(trade_str_t s)
{
    unsigned        i, n;
    static char     hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned char   sum[EVP_MAX_MD_SIZE];

    if (!EVP_Digest(s.data, s.len, sum, &n, EVP_sha1(), NULL)) {
        n = 0;
    }

    for (i = 0; i < n; i++) {
        (void) sprintf(hex + 2 * i, "%02x", sum[i]);
    }

    return trade_str_of(hex, 2 * n);
}


/* Whether no line is empty, a comment, or a file that was not put in */

static int
only_code(trade_str_t body)
{
    trade_str_t  line;

    while (body.len) {
        line = trade_str_cut(&body, '\n');

        while (line.len && line.data[0] == ' ') {
            line = trade_str_of(line.data + 1, line.len - 1);
        }

        if (line.len == 0 || memcmp(line.data, "--", 2) == 0) {
            return 0;
        }
    }

    return 1;
}


int
main(void)
{
    size_t       i, begin, end;
    trade_str_t  body;

    for (i = 0; i < UNIT_ROWS(scripts); i++) {
        body = scripts[i].script->body;
        begin = strlen(scripts[i].begin);
        end = strlen(scripts[i].end);

        is_str(scripts[i].script->name, trade_str_c(scripts[i].name),
               "script %s has its name", scripts[i].name);
        is_str(scripts[i].script->sha1, sha1_hex(body),
               "the SHA-1 of a script is that of its body");
        is_int(body.len, strlen(body.data), "the body has no NUL");
        ok(body.len > begin + end
           && memcmp(body.data, scripts[i].begin, begin) == 0,
           "the body begins with %s", scripts[i].begin);
        ok(body.len > begin + end
           && memcmp(body.data + body.len - end, scripts[i].end, end) == 0,
           "the body ends with %s", scripts[i].end);
        ok(only_code(body), "carries neither comments nor blank lines");
    }

    ok(strstr(trade_script_order.body.data, "' 0\\n' or ' 1\\n'") != NULL,
       "Lua's escapes are Lua's, not C's");

    return done_testing();
}
