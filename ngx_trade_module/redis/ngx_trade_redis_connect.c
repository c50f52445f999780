/*
 * Sets up a connection of the Redis transport: resolves its name without
 * blocking, connects, and does the TLS handshake, as far as needed.
 */

#include "ngx_trade_redis_conn.h"


static void ngx_trade_redis_conn_resolved(ngx_resolver_ctx_t *ctx);
static ngx_resolver_addr_t *ngx_trade_redis_conn_address(
    ngx_trade_redis_conn_t *conn, ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_trade_redis_conn_cmp(struct sockaddr *a,
    struct sockaddr *b);
static void ngx_trade_redis_conn_peer(ngx_trade_redis_conn_t *conn,
    struct sockaddr *sockaddr, socklen_t socklen);
static void ngx_trade_redis_conn_connect(ngx_trade_redis_conn_t *conn,
    struct sockaddr *sockaddr, socklen_t socklen);


void
ngx_trade_redis_connect_open(ngx_trade_redis_conn_t *conn)
{
    ngx_addr_t                *addr;
    ngx_resolver_ctx_t        *ctx;
    ngx_trade_redis_conf_t    *conf;
    ngx_trade_redis_server_t  *server;

    server = conn->shard->server;
    conf = conn->shard->redis->conf;

    if (server->addrs) {
        conn->naddrs = server->naddrs;
        addr = &server->addrs[conn->addr_turn % server->naddrs];
        ngx_trade_redis_conn_connect(conn, addr->sockaddr, addr->socklen);
        return;
    }

    ctx = ngx_resolve_start(conf->resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "can't be resolved: ngx_resolve_start() "
                                  "failed", NULL);
        return;
    }

    ctx->name = server->host;
    ctx->handler = ngx_trade_redis_conn_resolved;
    ctx->data = conn;
    ctx->timeout = conf->resolver_timeout;
    ctx->cancelable = 1;

    conn->state = NGX_TRADE_REDIS_RESOLVING;
    conn->resolving = ctx;

    if (ngx_resolve_name(ctx) != NGX_OK) {
        conn->resolving = NULL;
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "can't be resolved: ngx_resolve_name() "
                                  "failed", NULL);
    }
}


static void
ngx_trade_redis_conn_resolved(ngx_resolver_ctx_t *ctx)
{
    socklen_t                  socklen;
    ngx_str_t                  reason;
    struct sockaddr           *sockaddr;
    ngx_resolver_addr_t       *addr;
    ngx_trade_redis_conn_t    *conn;

    conn = ctx->data;
    conn->resolving = NULL;

    if (ctx->state) {
        reason.data = (u_char *) ngx_resolver_strerror(ctx->state);
        reason.len = ngx_strlen(reason.data);

        ngx_resolve_name_done(ctx);
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0, "can't be resolved:",
                                  &reason);
        return;
    }

    conn->naddrs = ctx->naddrs;
    addr = ngx_trade_redis_conn_address(conn, ctx);
    sockaddr = (struct sockaddr *) &conn->sockaddr;
    socklen = addr->socklen;

    ngx_memcpy(sockaddr, addr->sockaddr, socklen);
    ngx_inet_set_port(sockaddr, conn->shard->server->port);
    ngx_resolve_name_done(ctx);

    ngx_trade_redis_conn_connect(conn, sockaddr, socklen);
}


/*
 * Chooses the address to try.  After a failure this is the one behind the last
 * one tried, ordered by value: the resolver rotates them at random.
 */

static ngx_resolver_addr_t *
ngx_trade_redis_conn_address(ngx_trade_redis_conn_t *conn,
    ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t            i;
    struct sockaddr      *last;
    ngx_resolver_addr_t  *addr, *first, *next;

    if (conn->failures == 0) {
        return &ctx->addrs[0];
    }

    last = (struct sockaddr *) &conn->sockaddr;
    first = NULL;
    next = NULL;

    for (i = 0; i < ctx->naddrs; i++) {
        addr = &ctx->addrs[i];

        if (first == NULL
            || ngx_trade_redis_conn_cmp(addr->sockaddr, first->sockaddr) < 0)
        {
            first = addr;
        }

        if (ngx_trade_redis_conn_cmp(addr->sockaddr, last) > 0
            && (next == NULL
                || ngx_trade_redis_conn_cmp(addr->sockaddr, next->sockaddr)
                   < 0))
        {
            next = addr;
        }
    }

    return next ? next : first;
}


static ngx_int_t
ngx_trade_redis_conn_cmp(struct sockaddr *a, struct sockaddr *b)
{
    if (a->sa_family != b->sa_family) {
        return (ngx_int_t) a->sa_family - (ngx_int_t) b->sa_family;
    }

#if (NGX_HAVE_INET6)
    if (a->sa_family == AF_INET6) {
        return ngx_memcmp(&((struct sockaddr_in6 *) a)->sin6_addr,
                          &((struct sockaddr_in6 *) b)->sin6_addr, 16);
    }
#endif

    return ngx_memcmp(&((struct sockaddr_in *) a)->sin_addr,
                      &((struct sockaddr_in *) b)->sin_addr, 4);
}


static void
ngx_trade_redis_conn_connect(ngx_trade_redis_conn_t *conn,
    struct sockaddr *sockaddr, socklen_t socklen)
{
    ngx_int_t                  rc;
    ngx_connection_t          *c;
    ngx_trade_redis_t         *redis;

    redis = conn->shard->redis;

    ngx_memzero(&conn->pc, sizeof(ngx_peer_connection_t));
    ngx_trade_redis_conn_peer(conn, sockaddr, socklen);

    conn->pc.sockaddr = sockaddr;
    conn->pc.socklen = socklen;
    conn->pc.name = &conn->shard->server->address;
    conn->pc.get = ngx_event_get_peer;
    conn->pc.log = redis->log;
    conn->pc.log_error = NGX_ERROR_ERR;

    rc = ngx_event_connect_peer(&conn->pc);

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, ngx_socket_errno,
                                  "can't be connected to", NULL);
        return;
    }

    c = conn->pc.connection;
    c->data = conn;
    c->read->handler = ngx_trade_redis_conn_read;
    c->write->handler = ngx_trade_redis_conn_write;

    conn->state = NGX_TRADE_REDIS_CONNECTING;

    ngx_trade_timer_set(&conn->timer, redis->conf->connect_timeout);

    if (rc == NGX_OK) {
        ngx_trade_redis_connect_connected(conn);
    }
}


static void
ngx_trade_redis_conn_peer(ngx_trade_redis_conn_t *conn,
    struct sockaddr *sockaddr, socklen_t socklen)
{
    ngx_uint_t  i;

    conn->peer.data = conn->peer_text;
    conn->peer.len = ngx_sock_ntop(sockaddr, socklen, conn->peer_text,
                                   NGX_SOCKADDR_STRLEN, 1);
    conn->peer_hash = 0;

    for (i = 0; i < conn->peer.len; i++) {
        conn->peer_hash = ngx_hash(conn->peer_hash, conn->peer_text[i]);
    }
}


void
ngx_trade_redis_connect_connected(ngx_trade_redis_conn_t *conn)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    c = conn->pc.connection;
    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, err,
                                  "can't be connected to", NULL);
        return;
    }

    if (conn->pc.sockaddr->sa_family != AF_UNIX
        && ngx_tcp_nodelay(c) != NGX_OK)
    {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "can't be connected to: "
                                  "setsockopt(TCP_NODELAY) failed", NULL);
        return;
    }

    if (conn->shard->redis->conf->ssl.ctx) {
        ngx_trade_redis_ssl_handshake(conn);
        return;
    }

    ngx_trade_redis_connect_established(conn);
}


void
ngx_trade_redis_connect_established(ngx_trade_redis_conn_t *conn)
{
    conn->reader = redisReaderCreate();
    if (conn->reader == NULL) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0, "out of memory", NULL);
        return;
    }

    conn->state = NGX_TRADE_REDIS_HANDSHAKING;
    ngx_memzero(&conn->pipe, sizeof(trade_pipe_t));

    ngx_trade_timer_set(&conn->timer, conn->shard->redis->conf->timeout);

    ngx_trade_redis_handshake(conn);
}
