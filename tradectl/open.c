#include "command.h"
#include "trade_slot.h"

#include <stdio.h>


int
command_open_check(int argc, char **argv)
{
    uint64_t  slot;

    if (argc > 1 && argv[1][0] == '-') {
        return command_wrong("\"open\" has no option %s", argv[1]);
    }

    if (argc != 2) {
        return command_wrong("\"open\" needs one slot, and has %d", argc - 1);
    }

    if (trade_str_u64(trade_str_c(argv[1]), TRADE_SLOTS - 1, &slot) != 0) {
        return command_wrong("\"%s\" is no slot: 0 to %u", argv[1],
                             TRADE_SLOTS - 1);
    }

    return 0;
}


int
command_open(const conn_conf_t *conf, const shards_t *shards, int argc,
    char **argv)
{
    int              rc;
    char             key[TRADE_SLOT_KEY_MAX];
    conn_t           conn;
    uint64_t         slot = 0;
    trade_buf_t      b;
    trade_str_t      k, answer;
    redisReply      *reply;
    const shard_t   *shard;

    (void) argc;
    (void) trade_str_u64(trade_str_c(argv[1]), TRADE_SLOTS - 1, &slot);

    shard = shards_owner(shards, slot);

    if (conn_open(&conn, conf, shards, shard) != 0) {
        return 1;
    }

    trade_buf_init(&b, key, sizeof(key));
    k = trade_slot_key(&b, slot, TRADE_KEY_SLOT, trade_str_of(NULL, 0));

    rc = 1;
    reply = conn_script(&conn, &trade_script_open, &k, 1, 1);

    if (reply) {
        answer = conn_str(reply);

        if (trade_str_eq(answer, trade_str_c("OPEN"))) {
            printf("slot %u of shard %s is not closed\n", (unsigned) slot,
                   shard->name);
            rc = 0;

        } else {
            printf("slot %u of shard %s: %.*s\n", (unsigned) slot,
                   shard->name, (int) answer.len, answer.data);
            rc = conn_vouch(&conn) == 0 ? 0 : 1;
        }

        freeReplyObject(reply);
    }

    conn_close(&conn);

    return rc;
}
