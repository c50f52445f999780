/*
 * Redis transport on nginx's event loop: a few pipelined connections a worker
 * and shard.  It sends commands and calls back; it knows no orders.
 *
 * Commands queued in one round of the event loop go out in one write.  Each
 * command's handler is called exactly once:
 *
 *      OK       replied; the text is valid during the call
 *      ERR      Redis answered with an error; its text likewise
 *      UNSENT   the connection broke before all of it was written, or there
 *               was none: nothing ran
 *      LOST     written, and no reply will come: it may have run
 *
 * A script is called by its SHA-1.  On NOSCRIPT nothing has run, so that one
 * call is repeated with the script's body.
 *
 * A durable command has a WAIT for replicas behind it, and its handler is
 * called when the WAIT is answered.  A connection has one WAIT under way,
 * because it blocks all commands behind it.  Durable commands that come
 * meanwhile are kept, and go out together, with one WAIT, when it is answered.
 */

#ifndef NGX_TRADE_REDIS_H
#define NGX_TRADE_REDIS_H

#include "ngx_trade_types.h"
#include "ngx_trade_zone.h"
#include "trade_pipe.h"
#include "trade_queue.h"
#include "trade_script.h"
#include "trade_slot.h"


#define NGX_TRADE_REDIS_NAME_MAX  64


typedef struct {
    ngx_str_t               name;       /* the shard's name in the ring */
    ngx_str_t               address;    /* as written */
    ngx_uint_t              weight;
    ngx_addr_t             *addrs;      /* NULL: the host is resolved */
    ngx_uint_t              naddrs;
    ngx_str_t               host;       /* at each connect */
    in_port_t               port;
    ngx_str_t               ssl_name;   /* in the certificate; ends in NUL */
    unsigned                sni:1;      /* ssl_name is no address */
    ngx_str_t               identity;   /* trade_identity.h */
    ngx_trade_shard_t      *shared;
} ngx_trade_redis_server_t;


typedef struct {
    ngx_flag_t              enabled;
    ngx_flag_t              verify;
    ngx_str_t               trusted_certificate;
    ngx_str_t               name;       /* for all servers; empty: the host */
    ngx_str_t               certificate;
    ngx_str_t               certificate_key;
    ngx_ssl_t              *ctx;        /* NULL: no TLS */
} ngx_trade_redis_ssl_t;


struct ngx_trade_redis_conf_s {
    ngx_str_t               name;       /* of the trade_redis block */
    ngx_uint_t              index;
    ngx_str_t               file;       /* of the block, for messages */
    ngx_uint_t              line;
    ngx_array_t             servers;    /* ngx_trade_redis_server_t */
    ngx_str_t               user;
    ngx_str_t               password;
    ngx_trade_redis_ssl_t   ssl;
    ngx_msec_t              connect_timeout;    /* and of the TLS handshake */
    ngx_msec_t              timeout;    /* of a command */
    ngx_msec_t              queue_delay;        /* trade_queue.h: the target;
                                                   0: none */
    ngx_uint_t              connections;
    ngx_uint_t              durability; /* replicas to WAIT for, 0: none */
    ngx_msec_t              durability_timeout;
    ngx_resolver_t         *resolver;
    ngx_msec_t              resolver_timeout;
    ngx_trade_slots_t      *slots;
    ngx_trade_kafka_conf_t *kafka;      /* the trade_kafka block it goes with */
    unsigned                locks:1;    /* trade_lock uses it */
    unsigned                hints:1;    /* trade_hint is on somewhere */
    unsigned                counted:1;  /* "connections" was set */
    uint16_t                owner[TRADE_SLOTS];     /* index into servers */
};


typedef enum {
    NGX_TRADE_REDIS_OK = 0,
    NGX_TRADE_REDIS_ERR,
    NGX_TRADE_REDIS_UNSENT,
    NGX_TRADE_REDIS_LOST
} ngx_trade_redis_result_e;


typedef struct ngx_trade_redis_s      ngx_trade_redis_t;
typedef struct ngx_trade_redis_cmd_s  ngx_trade_redis_cmd_t;

typedef void (*ngx_trade_redis_pt)(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


/* Owned by the caller, like all it points to, until the handler is called. */
struct ngx_trade_redis_cmd_s {
    const trade_script_t   *script;     /* NULL: argv is the whole command */
    trade_str_t            *argv;       /* keys, then arguments */
    ngx_uint_t              argc;
    ngx_uint_t              nkeys;
    ngx_trade_redis_pt      handler;
    void                   *data;
    unsigned                durable:1;  /* waits for replicas; the transport
                                           clears it if the block has no
                                           `durability` */
    unsigned                patient:1;  /* it may take longer than `timeout` */
    unsigned                awaited:1;  /* by a request: counted for
                                           `queue_delay` */
    unsigned                apart:1;    /* other commands avoid its
                                           connection */

    /* valid in the handler */

    trade_str_t             text;       /* data is NULL: a nil reply */
    int64_t                 integer;
    unsigned                replicated:1;   /* enough replicas confirmed it */

    /* the transport's own */

    ngx_queue_t             queue;      /* until a connection is ready */
    trade_pipe_cmd_t        link;       /* of its connection */
    trade_queue_t          *in;         /* its shard's; NULL: not counted */
    trade_queue_call_t      call;       /* its place there */
    ngx_msec_t              queued;
    ngx_msec_t              replied;
    void                   *reply;      /* kept until its WAIT is answered */
};


/*
 * The transport of one block in this worker; it connects at once.  Returns NULL
 * when out of memory. ngx_trade_redis_stop() closes all connections, which
 * fails the commands under way.
 */
ngx_trade_redis_t *ngx_trade_redis_start(ngx_trade_redis_conf_t *conf,
    ngx_pool_t *pool, ngx_log_t *log);
void ngx_trade_redis_stop(ngx_trade_redis_t *redis);

/*
 * Queues a command for the shard that owns `slot`.  Returns NGX_DECLINED, and
 * calls no handler, when the shard has no connection that is ready.  Just after
 * the start the command waits for the first connection, so that a reload
 * refuses nothing.
 */
ngx_int_t ngx_trade_redis_send(ngx_trade_redis_t *redis, ngx_uint_t slot,
    ngx_trade_redis_cmd_t *cmd);

/*
 * Whether a command to the shard that owns `slot` would wait there for longer
 * than `queue_delay`.  It may be sent all the same.
 */
ngx_uint_t ngx_trade_redis_full(ngx_trade_redis_t *redis, ngx_uint_t slot);

/* ngx_trade_redis_sub.c */

typedef struct ngx_trade_redis_sub_s  ngx_trade_redis_sub_t;

struct ngx_trade_redis_sub_s {
    trade_str_t             channel;
    void                  (*message)(void *data, trade_str_t text);
    void                  (*ready)(void *data, ngx_trade_redis_conf_t *conf,
                                   ngx_uint_t server);  /* or NULL */
    void                   *data;
    const char             *without;    /* "refuses SUBSCRIBE, so ...", for
                                           the log */
    unsigned                required:1; /* a server that refuses SUBSCRIBE is
                                           asked again */
    ngx_trade_redis_sub_t  *next;
};

/*
 * Adds a channel to listen to, on each server; `sub` must live as long as the
 * transport.  It calls `message` with each text that is published there, and
 * `ready` when it listens, at first and after each break: texts published
 * before have not come.
 */
void ngx_trade_redis_sub_add(ngx_trade_redis_t *redis,
    ngx_trade_redis_sub_t *sub);

/*
 * Opens one more connection to each server if there are channels to listen to.
 * Returns NGX_ERROR when out of memory.  Call it once a transport, after the
 * channels are added.
 */
ngx_int_t ngx_trade_redis_sub_start(ngx_trade_redis_t *redis,
    ngx_pool_t *pool);


/*
 * The owner's clock, in ms since 1970, by its last reply; and how a reply sets
 * it.
 */
uint64_t ngx_trade_redis_clock(ngx_trade_redis_t *redis, ngx_uint_t slot);
void ngx_trade_redis_clock_is(ngx_trade_redis_t *redis, ngx_uint_t slot,
    const ngx_trade_redis_cmd_t *cmd, uint64_t ms);

ngx_str_t *ngx_trade_redis_shard_name(ngx_trade_redis_conf_t *conf,
    ngx_uint_t slot);


#endif /* NGX_TRADE_REDIS_H */
