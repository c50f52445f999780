/*
 * The Redis transport, on sockets that are memory: the input is a schedule of
 * commands, bytes from the server, broken connections and timers.  For any
 * bytes of the server, each command is handed back once, and with a fate that
 * fits the bytes that were written: a command is unsent if it did not go out
 * whole, and lost if it did.
 *
 * A byte of input is an operation in its lower half, an argument of it in its
 * upper half; see fuzz_step().  The first one configures.
 */

#include "redis_nginx.h"
#include "ngx_trade_redis_conn.h"


#define FUZZ_IDENTITY  "a 0123456789abcdef0123456789abcdef"
#define FUZZ_STEPS     400


typedef struct {
    ngx_trade_redis_cmd_t   cmd;        /* first: it is found by this */
    trade_str_t             argv[2];
    char                    name[16];   /* nothing else is written that has
                                           it in it */
    unsigned                chain:1;    /* its handler sends another one */
} fuzz_cmd_t;


static const trade_script_t  fuzz_script = {
    trade_str("fuzz"), trade_str("da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    trade_str("return 1")
};

/* texts of a server; the first is the reply that the handshakes expect */

static const char *const  fuzz_replies[] = {
    ":1\r\n$48\r\n1795766400000 " FUZZ_IDENTITY "\r\n",
    "+OK\r\n",
    "$29\r\nmaxmemory_policy:noeviction\r\n\r\n",
    ":1\r\n",
    ":0\r\n",
    "-NOSCRIPT No matching script.\r\n",
    "-NOSCRIPT\r\n",
    "-ERR x\r\n",
    "-READONLY You can't write against a read only replica.\r\n",
    "*2\r\n:1\r\n$1\r\nx\r\n",
    "*-1\r\n",
    "$14\r\nPLACED 1 f 1 1\r\n",
    "$2147483647\r\nx",
    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
    ":9223372036854775808\r\n",
    "\r\n"
};

static ngx_trade_redis_t  *fuzz_redis;
static ngx_uint_t          fuzz_current;    /* connection */
static ngx_uint_t          fuzz_live;       /* commands not handed back yet */
static ngx_uint_t          fuzz_sent;


static void fuzz_command(ngx_uint_t durable, ngx_uint_t script,
    ngx_uint_t chain);


static void
fuzz_handler(ngx_trade_redis_cmd_t *cmd, ngx_trade_redis_result_e result)
{
    size_t       n;
    fuzz_cmd_t  *f;
    unsigned     chain;

    f = (fuzz_cmd_t *) cmd;
    n = fuzz_nginx_written(f->name);

    switch (result) {

    case NGX_TRADE_REDIS_OK:
    case NGX_TRADE_REDIS_ERR:
        (void) trade_str_cmp(cmd->text, fuzz_script.sha1);  /* reads it */
        break;

    case NGX_TRADE_REDIS_UNSENT:
        fuzz_check(n <= cmd->link.body);     /* the call that was no script */
        break;

    case NGX_TRADE_REDIS_LOST:
        fuzz_check(n == (size_t) 1 + cmd->link.body);
        break;
    }

    chain = f->chain;
    free(f);
    fuzz_live--;

    if (chain) {
        fuzz_command(result == NGX_TRADE_REDIS_OK, 1, 0);
    }
}


static void
fuzz_command(ngx_uint_t durable, ngx_uint_t script, ngx_uint_t chain)
{
    fuzz_cmd_t  *f;

    f = calloc(1, sizeof(fuzz_cmd_t));
    fuzz_check(f);

    (void) snprintf(f->name, sizeof(f->name), "<%lu>\r\n", ++fuzz_sent);
    f->argv[0] = trade_str_c("ECHO");
    f->argv[1] = trade_str_of(f->name, strlen(f->name) - 2);

    f->cmd.script = script ? &fuzz_script : NULL;
    f->cmd.argv = f->argv;
    f->cmd.argc = 2;
    f->cmd.nkeys = 1;
    f->cmd.durable = durable && fuzz_redis->conf->durability;
    f->cmd.handler = fuzz_handler;
    f->chain = chain;

    fuzz_live++;

    if (ngx_trade_redis_send(fuzz_redis, fuzz_sent % TRADE_SLOTS, &f->cmd)
        != NGX_OK)
    {
        fuzz_live--;
        free(f);
    }
}


/* One operation on a socket, if there is one; returns as fuzz_step() does */

static size_t
fuzz_socket(ngx_connection_t *c, uint8_t step, const uint8_t *data,
    size_t size)
{
    size_t       n;
    ngx_uint_t   arg;
    const char  *reply;

    arg = step >> 4;

    switch (step & 15) {

    case 2:
    case 3:
        n = (step & 1) ? arg * 16 : arg + 1;
        n = ngx_min(n, size);

        if (c) {
            fuzz_nginx_read(c, data, n, NGX_AGAIN);
        }

        return n;

    case 4:
    case 5:
        reply = fuzz_replies[arg];

        if (c) {
            fuzz_nginx_read(c, (const uint8_t *) reply, strlen(reply),
                            (step & 1) ? 0 : NGX_AGAIN);
        }

        return 0;

    case 6:
        if (c) {
            fuzz_nginx_read(c, data, 0, (arg & 1) ? 0 : NGX_ERROR);
        }

        return 0;

    case 7:
        if (c) {
            c->close = 1;
            c->read->handler(c->read);
        }

        return 0;

    default:
        if (c) {
            c->write->handler(c->write);
        }

        return 0;
    }
}


/* One operation; returns how many bytes of `data` it took besides */

static size_t
fuzz_step(uint8_t step, const uint8_t *data, size_t size)
{
    ngx_uint_t               arg;
    ngx_trade_redis_conn_t  *conn;

    static const ngx_int_t  connects[] = { NGX_OK, NGX_AGAIN, NGX_ERROR };

    conn = &fuzz_redis->shards[0].conns[fuzz_current];
    arg = step >> 4;

    switch (step & 15) {

    case 0:
        fuzz_command(arg & 1, arg & 2, arg & 4);
        return 0;

    case 1:
        fuzz_nginx_posted();
        return 0;

    case 8:
        ngx_current_msec += (ngx_msec_t) 1 << arg;
        fuzz_nginx_timer(&conn->timer);
        return 0;

    case 9:
        fuzz_nginx_timer(&conn->probe);
        return 0;

    case 10:
        fuzz_nginx_timer((arg & 1)
                         ? &fuzz_redis->watch
                         : &fuzz_redis->shards[0].first_connect_timer);
        return 0;

    case 11:
        fuzz_room = (arg == 15) ? SIZE_MAX : arg * 8;
        return 0;

    case 12:
        fuzz_connect = connects[arg % 3];
        return 0;

    case 14:
        fuzz_current = arg % fuzz_redis->conf->connections;
        return 0;

    case 15:
        fuzz_nginx_posted();
        return 0;

    default:
        return fuzz_socket(conn->pc.connection, step, data, size);
    }
}


/* All commands are handed back, and nothing is left that could come back */

static void
fuzz_end(void)
{
    ngx_uint_t                i;
    ngx_trade_redis_shard_t  *shard;

    ngx_trade_redis_stop(fuzz_redis);

    fuzz_check(fuzz_live == 0);
    fuzz_check(ngx_queue_empty(&ngx_posted_events));

    shard = &fuzz_redis->shards[0];
    fuzz_check(!shard->first_connect_timer.timer_set && shard->ready == 0);
    fuzz_check(!fuzz_redis->watch.timer_set && !shard->leave.posted);

    for (i = 0; i < fuzz_redis->conf->connections; i++) {
        fuzz_check(!shard->conns[i].timer.timer_set
                   && !shard->conns[i].probe.timer_set
                   && shard->conns[i].pc.connection == NULL
                   && shard->conns[i].reader == NULL);
    }

    fuzz_nginx_free();
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t             i, n;
    struct sockaddr    sockaddr = { .sa_family = AF_UNIX };
    ngx_addr_t         addrs[] = { { .sockaddr = &sockaddr,
                                     .socklen = sizeof(sockaddr) } };
    ngx_trade_shard_t  shared;

    static ngx_log_t                 log;
    static ngx_trade_redis_conf_t    conf;
    static ngx_trade_redis_server_t  server;

    if (size == 0) {
        return 0;
    }

    memset(&shared, 0, sizeof(shared));
    memset(&server, 0, sizeof(server));

    ngx_str_set(&server.identity, FUZZ_IDENTITY);
    server.addrs = addrs;
    server.naddrs = 1;
    server.shared = &shared;

    conf.servers.elts = &server;
    conf.servers.nelts = 1;
    conf.timeout = 1000;
    conf.connect_timeout = 1000;
    conf.connections = 1 + (data[0] & 1);
    conf.durability = (data[0] >> 1) & 1;
    conf.password.len = 0;

    if (data[0] & 4) {
        ngx_str_set(&conf.password, "secret");
    }

    fuzz_nginx_init();
    fuzz_current = fuzz_sent = 0;

    fuzz_redis = ngx_trade_redis_start(&conf, NULL, &log);

    for (i = 1, n = 0; i < size && n < FUZZ_STEPS; n++) {
        i += 1 + fuzz_step(data[i], data + i + 1, size - i - 1);
    }

    fuzz_end();

    return 0;
}
