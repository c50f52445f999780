/*
 * One connection of the Redis transport, from resolving its name to the reply
 * of its last command.
 *
 *   DOWN -> RESOLVING -> CONNECTING -> TLS -> HANDSHAKING -> READY
 *     ^---- backoff -------'----------'----------'----------'
 *
 * A connection without TLS goes from CONNECTING to HANDSHAKING.  There it
 * authenticates and asks for the shard's identity; a server with another
 * identity is disconnected.
 */

#ifndef NGX_TRADE_REDIS_CONN_H
#define NGX_TRADE_REDIS_CONN_H

#include <ngx_event.h>
#include <ngx_event_connect.h>
#include <hiredis/hiredis.h>

#include "ngx_trade_redis.h"
#include "ngx_trade_timer.h"
#include "trade_fault.h"


typedef enum {
    NGX_TRADE_REDIS_DOWN = 0,
    NGX_TRADE_REDIS_RESOLVING,
    NGX_TRADE_REDIS_CONNECTING,
    NGX_TRADE_REDIS_TLS,
    NGX_TRADE_REDIS_HANDSHAKING,
    NGX_TRADE_REDIS_READY
} ngx_trade_redis_state_e;


typedef struct ngx_trade_redis_channel_s  ngx_trade_redis_channel_t;
typedef struct ngx_trade_redis_shard_s  ngx_trade_redis_shard_t;


typedef struct {
    ngx_trade_redis_shard_t  *shard;
    ngx_trade_redis_state_e   state;
    ngx_peer_connection_t     pc;
    ngx_resolver_ctx_t       *resolving;
    ngx_event_t               timer;    /* backoff, connect, oldest command */
    ngx_event_t               flush;    /* posted once a round */
    ngx_event_t               probe;    /* of one that is idle */
    ngx_uint_t                replies;  /* since the last probe */
    ngx_uint_t                failures; /* since it was ready */
    ngx_uint_t                naddrs;   /* of its server; 0: not known yet */
    ngx_uint_t                addr_turn;        /* the next of them, if
                                                   configured */
    trade_fault_e             fault;    /* why it is to fail, if it is known */
    trade_fault_e             worst;    /* of the addresses tried */
    ngx_str_t                 peer;     /* the address it leads to, for logs */
    uint32_t                  peer_hash;

    redisReader              *reader;
    trade_pipe_t              pipe;     /* its commands */

    u_char                   *out;      /* bytes to be written */
    size_t                    out_size;
    size_t                    out_len;
    size_t                    out_pos;
    unsigned                  sub:1;    /* listens to channels, does no more */
    unsigned                  leaving:1;        /* ends with this round */

    ngx_trade_redis_channel_t *channels;        /* it listens to */
    ngx_trade_redis_cmd_t     handshake[4];
    trade_str_t               handshake_argv[8];
    ngx_trade_redis_cmd_t     wait_cmd;
    ngx_trade_redis_cmd_t     ping_cmd;
    struct sockaddr_storage   sockaddr; /* resolved, the last one tried */
    u_char                    peer_text[NGX_SOCKADDR_STRLEN];
} ngx_trade_redis_conn_t;


/* Hashes of the last log lines about an address. */
typedef struct {
    uint32_t                  peer;
    uint32_t                  text;
} ngx_trade_redis_said_t;

#define NGX_TRADE_REDIS_SAID  8         /* addresses of a shard */


struct ngx_trade_redis_shard_s {
    ngx_trade_redis_t          *redis;
    ngx_trade_redis_server_t   *server;
    ngx_trade_redis_conn_t     *conns;  /* conf->connections of them */
    ngx_trade_redis_conn_t     *sub;    /* NULL: none */
    ngx_uint_t                  ready;
    ngx_queue_t                 waiting;        /* until it connects */
    ngx_event_t                 first_connect_timer;
    ngx_event_t                 leave;  /* posted: some are `leaving` */
    ngx_trade_redis_cmd_t       writable;
    ngx_msec_t                  asked;  /* when it was sent */
    ngx_atomic_uint_t           left;   /* as last seen in shared memory */
    ngx_atomic_uint_t           well;
    trade_fault_e               fault;  /* if it is not well */
    unsigned                    command;        /* that may not be used */
    trade_fault_e               refuses;        /* why it does not write, as
                                                   its handshake has said */
    ngx_trade_redis_said_t      said[NGX_TRADE_REDIS_SAID];
    ngx_uint_t                  nsaid;
    int64_t                     clock;  /* the shard's minus ngx_current_msec */
    trade_queue_t               queue;  /* awaited commands */
    ngx_msec_t                  full_said;      /* the last line that it is
                                                   full; 0: none */
    unsigned                    first_connect_pending:1;
    unsigned                    asking:1;
    unsigned                    evicts:1;       /* when its memory is full,
                                                   as INFO has said */
    unsigned                    unchecked:1;    /* INFO may not be used */
};


struct ngx_trade_redis_s {
    ngx_trade_redis_conf_t     *conf;
    ngx_log_t                  *log;
    trade_str_t                 ping;
    trade_str_t                 wait_argv[3];
    u_char                      wait_text[2][NGX_INT_T_LEN];
    ngx_trade_redis_shard_t    *shards;
    ngx_trade_redis_sub_t      *subs;   /* channels, a list */
    ngx_uint_t                  nsubs;
    ngx_event_t                 watch;
    unsigned                    stopping:1;
};


void ngx_trade_redis_conn_init(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_shard_t *shard);

/*
 * ngx_trade_redis_connect.c; the second when the socket says that it is, the
 * third when the server may be spoken to.
 */
void ngx_trade_redis_connect_open(ngx_trade_redis_conn_t *conn);
void ngx_trade_redis_connect_connected(ngx_trade_redis_conn_t *conn);
void ngx_trade_redis_connect_established(ngx_trade_redis_conn_t *conn);

/*
 * ngx_trade_redis_ssl.c: the handshake, which ends in _established() or
 * _fail(); and what there is of TLS is freed, without a word to the server.
 */
void ngx_trade_redis_ssl_handshake(ngx_trade_redis_conn_t *conn);
void ngx_trade_redis_ssl_close(ngx_connection_t *c);

/* Its socket's handlers. */
void ngx_trade_redis_conn_read(ngx_event_t *rev);
void ngx_trade_redis_conn_write(ngx_event_t *wev);

#define NGX_TRADE_REDIS_PROBE  10000        /* ms without a reply */

/* The command that a link of a connection's pipe is a part of. */
#define ngx_trade_redis_cmd_of(l)                                             \
    ((ngx_trade_redis_cmd_t *)                                                \
     ((u_char *) (l) - offsetof(ngx_trade_redis_cmd_t, link)))

/* Closes it; commands under way are handed back, and it stays down. */
void ngx_trade_redis_conn_stop(ngx_trade_redis_conn_t *conn);

/*
 * Closes it for `reason`, with `what` behind it if not empty, and opens it
 * again after a while.  The log says so once, until another reason comes, or
 * the shard is up again.
 */
void ngx_trade_redis_conn_fail(ngx_trade_redis_conn_t *conn,
    ngx_uint_t level, ngx_err_t err, const char *reason, ngx_str_t *what);

/* Queues a command; NGX_ERROR: out of memory, nothing was queued. */
ngx_int_t ngx_trade_redis_cmd_send(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_cmd_t *cmd);

/* Calls the command's handler. */
void ngx_trade_redis_cmd_end(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);

/*
 * ngx_trade_redis_cmd.c: _wait puts a WAIT behind what is queued.  _reply takes
 * the reply of the oldest command over.  _drop hands the commands of a closed
 * connection back, each with its fate.
 */
void ngx_trade_redis_cmd_init(ngx_trade_redis_conn_t *conn);
ngx_int_t ngx_trade_redis_cmd_wait(ngx_trade_redis_conn_t *conn);
void ngx_trade_redis_cmd_reply(ngx_trade_redis_conn_t *conn,
    redisReply *reply);
void ngx_trade_redis_cmd_drop(ngx_trade_redis_conn_t *conn);

/* ngx_trade_redis_handshake.c: begins a new connection. */
void ngx_trade_redis_handshake(ngx_trade_redis_conn_t *conn);

/* ngx_trade_redis_handshake.c calls it when the shard is who it should be. */
void ngx_trade_redis_conn_ready(ngx_trade_redis_conn_t *conn);

/*
 * ngx_trade_redis_sub.c: begins a connection that listens; and takes a reply
 * that comes in on it.
 */
void ngx_trade_redis_sub_ready(ngx_trade_redis_conn_t *conn);
void ngx_trade_redis_sub_reply(ngx_trade_redis_conn_t *conn,
    redisReply *reply);
void ngx_trade_redis_sub_stop(ngx_trade_redis_t *redis);

/*
 * ngx_trade_redis_fault.c: why a connection fails, before it is closed, for
 * the log and for trade_status, with `err` if a system call has failed; and,
 * once it is closed, how long it stays so.
 */
void ngx_trade_redis_fault_log(ngx_trade_redis_conn_t *conn,
    ngx_uint_t level, ngx_err_t err, const char *reason, ngx_str_t *what);
void ngx_trade_redis_fault_take(ngx_trade_redis_conn_t *conn, ngx_err_t err);
void ngx_trade_redis_fault_pause(ngx_trade_redis_conn_t *conn);

/* ngx_trade_redis_shard.c */

void ngx_trade_redis_shard_init(ngx_trade_redis_shard_t *shard,
    ngx_trade_redis_t *redis, ngx_trade_redis_server_t *server);
void ngx_trade_redis_shard_stop(ngx_trade_redis_shard_t *shard);

/* The first connection is there, or did not come: nothing waits any more. */
void ngx_trade_redis_shard_tried(ngx_trade_redis_shard_t *shard);

/* Tells shared memory how the shard is seen from here. */
void ngx_trade_redis_shard_seen(ngx_trade_redis_shard_t *shard);

/*
 * Takes in what an error reply on a ready connection says about the server, if
 * it says something.
 */
void ngx_trade_redis_shard_error(ngx_trade_redis_conn_t *conn,
    trade_str_t error);

/* Takes in what another worker has told so. */
void ngx_trade_redis_shard_news(ngx_trade_redis_shard_t *shard);

/* Tells all workers that there is a connection to a master again. */
void ngx_trade_redis_shard_well(ngx_trade_redis_shard_t *shard);

/* Whether the server writes: TRADE_FAULT_NONE, or why not. */
void ngx_trade_redis_shard_writes(ngx_trade_redis_shard_t *shard,
    trade_fault_e fault);

/*
 * ngx_trade_redis_watch.c: the timer that looks for what other workers have
 * found out, and asks servers whether they write; and the handler of that.
 */
void ngx_trade_redis_watch(ngx_event_t *ev);
void ngx_trade_redis_watch_asked(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


#endif /* NGX_TRADE_REDIS_CONN_H */
