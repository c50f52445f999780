#define _GNU_SOURCE                     /* memmem() */
#include "trade_fault.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


typedef struct {
    const char     *name;
    const char     *text;
    const char     *advice;
} trade_fault_t;


typedef struct {
    const char     *begin;
    trade_fault_e   fault;
} trade_fault_word_t;


static const trade_fault_t  trade_faults[TRADE_FAULTS] = {
    [TRADE_FAULT_NONE] = { "", "nothing is wrong", "nothing is to be done" },

    [TRADE_FAULT_RESOLVE] = { "resolve", "its name can't be resolved",
        "check the name and the resolver" },

    [TRADE_FAULT_CONNECT] = { "connect", "it can't be connected to",
        "check the address and the network" },

    [TRADE_FAULT_REFUSED] = { "refused", "it refuses connections",
        "check that Redis runs there" },

    [TRADE_FAULT_TIMEOUT] = { "timeout", "it does not answer",
        "check the server and the network" },

    [TRADE_FAULT_CLOSED] = { "closed", "it has closed the connection",
        "see the log of Redis" },

    [TRADE_FAULT_PROTOCOL] = { "protocol", "it does not speak Redis's protocol",
        "check the address" },

    [TRADE_FAULT_TLS] = { "tls", "TLS with it fails",
        "check the certificates and the directives ssl" },

    [TRADE_FAULT_ERROR] = { "error", "it answers with an error",
        "see the log of Redis" },

    [TRADE_FAULT_BUSY] = { "busy", "it runs a script that does not end",
        "end the script with SCRIPT KILL" },

    [TRADE_FAULT_LOADING] = { "loading", "it loads its data",
        "wait until it has loaded" },

    [TRADE_FAULT_AUTH] = { "auth", "it refuses AUTH",
        "check user and password_file" },

    [TRADE_FAULT_COMMAND] = { "command", "a command may not be used",
        "allow it, by its own name, for the gateway's user" },

    [TRADE_FAULT_VERSION] = { "version", "it is older than Redis 7.0",
        "upgrade it" },

    [TRADE_FAULT_CLUSTER] = { "cluster", "it runs in cluster mode",
        "set \"cluster-enabled no\"" },

    [TRADE_FAULT_REPLICA] = { "replica", "it is a replica",
        "let the name lead to the master, or promote this server" },

    [TRADE_FAULT_NO_SHARD] = { "no-shard", "it holds data, but no shard's",
        "check the address" },

    [TRADE_FAULT_IDENTITY] = { "identity",
        "it is another shard, or of another ring",
        "compare the \"server\" lines of all hosts" },

    [TRADE_FAULT_NOREPLICAS] = { "noreplicas",
        "it refuses writes, having too few replicas",
        "check its replicas and min-replicas-to-write" },

    [TRADE_FAULT_MISCONF] = { "misconf",
        "it refuses writes, for it can't save its data",
        "check its disk" },

    [TRADE_FAULT_OOM] = { "oom", "it refuses writes, for its memory is full",
        "raise its maxmemory" }
};


static const trade_fault_word_t  trade_fault_words[] = {
    { "READONLY ", TRADE_FAULT_REPLICA },
    { "MASTERDOWN ", TRADE_FAULT_REPLICA },
    { "UNBLOCKED ", TRADE_FAULT_REPLICA },
    { "LOADING ", TRADE_FAULT_LOADING },
    { "BUSY ", TRADE_FAULT_BUSY },
    { "OOM ", TRADE_FAULT_OOM },
    { "MISCONF ", TRADE_FAULT_MISCONF },
    { "NOREPLICAS ", TRADE_FAULT_NOREPLICAS },
    { "NOAUTH ", TRADE_FAULT_AUTH },
    { "WRONGPASS ", TRADE_FAULT_AUTH },
    { "ERR AUTH ", TRADE_FAULT_AUTH },
    { "ERR invalid password", TRADE_FAULT_AUTH },
    { "NOPERM ", TRADE_FAULT_COMMAND },
    { "ERR ACL failure in script: ", TRADE_FAULT_COMMAND },
    { "ERR The user executing the script can't run", TRADE_FAULT_COMMAND },
    { "ERR The user executing the script can't access", TRADE_FAULT_COMMAND },
    { "ERR unknown command", TRADE_FAULT_COMMAND },
    { "ERR Unknown Redis command", TRADE_FAULT_COMMAND },
    { "ERR Can not run script on cluster", TRADE_FAULT_CLUSTER },
    { "CROSSSLOT ", TRADE_FAULT_CLUSTER },
    { "CLUSTERDOWN ", TRADE_FAULT_CLUSTER },
    { "MOVED ", TRADE_FAULT_CLUSTER },
    { "ASK ", TRADE_FAULT_CLUSTER },

    /* Redis before 7.0 does not know a script's first line, "#!lua" */

    { "ERR Error compiling script", TRADE_FAULT_VERSION },
    { "ERR VERSION ", TRADE_FAULT_VERSION }
};


static const char *const  trade_fault_commands[] = {
    "", "AUTH", "DBSIZE", "DEL", "EVAL", "EVALSHA", "EXISTS", "GET", "GETEX",
    "GETRANGE", "HDEL", "HGET", "HGETALL", "HINCRBY", "HLEN", "HMGET", "HSCAN",
    "HSET", "INFO", "PERSIST", "PEXPIRE", "PING", "PTTL", "PUBLISH", "SET",
    "SUBSCRIBE", "TIME", "WAIT", "ZADD", "ZCARD", "ZCOUNT", "ZRANGE", "ZRANK",
    "ZREM", "ZREMRANGEBYSCORE", "ZSCORE"
};


#define TRADE_FAULT_COMMANDS                                                  \
    (sizeof(trade_fault_commands) / sizeof(trade_fault_commands[0]))


trade_fault_e
trade_fault_of(trade_str_t error)
{
    size_t                     i, n;
    const trade_fault_word_t  *word;

    n = sizeof(trade_fault_words) / sizeof(trade_fault_words[0]);

    for (i = 0; i < n; i++) {
        word = &trade_fault_words[i];

        if (error.len >= strlen(word->begin)
            && memcmp(error.data, word->begin, strlen(word->begin)) == 0)
        {
            return word->fault;
        }
    }

    return TRADE_FAULT_ERROR;
}


/*
 * Redis quotes a command as it was sent, 'hset', and names the user before it;
 * the gateway's scripts write the command in upper case.
 */

unsigned
trade_fault_command(trade_str_t error)
{
    size_t       n;
    unsigned     i;
    const char  *p, *end, *name;

    static const char  to_run[] = " has no permissions to run ";

    end = error.data + error.len;
    p = memmem(error.data, error.len, to_run, sizeof(to_run) - 1);

    for (p = p ? p : error.data; p < end; p += n ? n : 1) {

        for (n = 0; p + n < end && isalpha((unsigned char) p[n]); n++) {
            /* void */
        }

        for (i = 1; i < TRADE_FAULT_COMMANDS; i++) {
            name = trade_fault_commands[i];

            if (strlen(name) == n
                && (memcmp(p, name, n) == 0
                    || (p > error.data && p[-1] == '\''
                        && strncasecmp(p, name, n) == 0)))
            {
                return i;
            }
        }
    }

    return 0;
}


const char *
trade_fault_command_name(unsigned command)
{
    return trade_fault_commands[command < TRADE_FAULT_COMMANDS ? command : 0];
}


int
trade_fault_refuses(trade_fault_e fault)
{
    return fault >= TRADE_FAULT_NOREPLICAS;
}


const char *
trade_fault_name(trade_fault_e fault)
{
    return trade_faults[fault].name;
}


const char *
trade_fault_text(trade_fault_e fault)
{
    return trade_faults[fault].text;
}


const char *
trade_fault_advice(trade_fault_e fault)
{
    return trade_faults[fault].advice;
}
