/* The connection: a pipeline of calls, and their replies. */

#include "scripts.h"


static int
scripts_is(const redisReply *reply, const char *want)
{
    if (reply->type == REDIS_REPLY_INTEGER) {
        return reply->integer == atoll(want);
    }

    return reply->type == REDIS_REPLY_STRING
           && strncmp(reply->str, want, strlen(want)) == 0;
}


void
scripts_take(scripts_t *bench, long replies, const char *want)
{
    redisReply  *reply;

    for ( /* void */ ; replies; replies--) {
        if (redisGetReply(bench->redis, (void **) &reply) != REDIS_OK) {
            bench_die(bench->redis->errstr);
        }

        if (reply->type == REDIS_REPLY_ERROR
            || (want && !scripts_is(reply, want)))
        {
            bench_die(reply->str ? reply->str : "unexpected reply");
        }

        freeReplyObject(reply);
    }
}


void
scripts_send(scripts_t *bench, const trade_call_t *call)
{
    char         nkeys[16];
    size_t       i, n, len[64];
    const char  *argv[64];

    n = 0;

    if (call->script) {
        snprintf(nkeys, sizeof(nkeys), "%zu", call->nkeys);

        argv[0] = "EVALSHA";
        len[0] = 7;
        argv[1] = call->script->sha1.data;
        len[1] = call->script->sha1.len;
        argv[2] = nkeys;
        len[2] = strlen(nkeys);
        n = 3;
    }

    for (i = 0; i < call->argc; i++, n++) {
        argv[n] = call->argv[i].data;
        len[n] = call->argv[i].len;
    }

    redisAppendCommandArgv(bench->redis, (int) n, argv, len);
}


void
scripts_load(scripts_t *bench, const char *text, size_t len, char sha[41])
{
    redisReply  *reply;

    reply = redisCommand(bench->redis, "SCRIPT LOAD %b", text, len);

    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {
        bench_die("a script is refused");
    }

    memcpy(sha, reply->str, 41);
    freeReplyObject(reply);
}
