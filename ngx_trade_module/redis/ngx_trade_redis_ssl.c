/*
 * TLS to Redis: the context of a block, and a connection between CONNECTING and
 * HANDSHAKING.  Nothing is sent to a server, and so no password, before it has
 * shown its certificate.
 *
 * The hard part: a command is UNSENT, and refused as one that never ran, if it
 * ends past pipe.written; so all bytes that Redis may read have to be counted
 * there.  That is so because one send is one record:
 *
 *   - SSL_write() takes it when the kernel has all of the record, and counts
 *     it; "again" means that a byte is missing.  Then Redis can read nothing of
 *     it: the bytes that prove a record come at its end.
 *   - The rest of a record goes out with the next send, or never: connections
 *     are closed without SSL_shutdown().
 *   - OpenSSL may split a longer write into several records, and does not count
 *     the first ones if a later one waits; the kernel (KTLS) makes a record of
 *     as much of a write as it has room for.  So a send is cut to a record's
 *     size, and KTLS is off.
 */

#include "ngx_trade_redis_conf.h"
#include "ngx_trade_redis_conn.h"


#if (NGX_SSL)


#define NGX_TRADE_REDIS_SSL_DEPTH   9       /* of a chain of certificates */
#define NGX_TRADE_REDIS_SSL_RECORD  16384   /* bytes that a record may hold */


static ngx_int_t ngx_trade_redis_ssl_files(ngx_conf_t *cf,
    ngx_trade_redis_conf_t *conf);
static ngx_int_t ngx_trade_redis_ssl_names(ngx_conf_t *cf,
    ngx_trade_redis_conf_t *conf);
static ngx_int_t ngx_trade_redis_ssl_context(ngx_conf_t *cf,
    ngx_trade_redis_ssl_t *ssl);
static void ngx_trade_redis_ssl_handshaked(ngx_connection_t *c);
static ngx_int_t ngx_trade_redis_ssl_named(ngx_connection_t *c,
    ngx_trade_redis_server_t *server);
static ssize_t ngx_trade_redis_ssl_send(ngx_connection_t *c, u_char *buf,
    size_t size);


#endif


char *
ngx_trade_redis_ssl_conf(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf)
{
    ngx_trade_redis_ssl_t  *ssl;

    ssl = &conf->ssl;

    if (ssl->enabled == NGX_CONF_UNSET
        && (ssl->verify != NGX_CONF_UNSET || ssl->trusted_certificate.data
            || ssl->name.data || ssl->certificate.data
            || ssl->certificate_key.data))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ssl_...\" directives in trade_redis \"%V\" need "
                           "\"ssl on\", or \"ssl off\"", &conf->name);
        return NGX_CONF_ERROR;
    }

    ngx_conf_init_value(ssl->enabled, 0);
    ngx_conf_init_value(ssl->verify, 1);

    if (!ssl->enabled) {
        return NGX_CONF_OK;
    }

#if (NGX_SSL)

    if (ngx_trade_redis_ssl_files(cf, conf) != NGX_OK
        || ngx_trade_redis_ssl_names(cf, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_trade_redis_ssl_context(cf, ssl) != NGX_OK) {

        /* nginx has logged the cause, but not the place */

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ssl\" in trade_redis \"%V\" can't be set up: the "
                           "line above has the cause",
                           &conf->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;

#else

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"ssl\" in trade_redis \"%V\" needs an nginx that is "
                       "built with SSL", &conf->name);
    return NGX_CONF_ERROR;

#endif
}


#if (NGX_SSL)

/* A certificate needs its key, and verification the certificates it trusts */

static ngx_int_t
ngx_trade_redis_ssl_files(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf)
{
    ngx_trade_redis_ssl_t  *ssl;

    ssl = &conf->ssl;

    if (ssl->verify && ssl->trusted_certificate.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no \"ssl_trusted_certificate\" in trade_redis "
                           "\"%V\" for \"ssl_verify\", which is on by default",
                           &conf->name);
        return NGX_ERROR;
    }

    if (ssl->certificate.len && ssl->certificate_key.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no \"ssl_certificate_key\" in trade_redis \"%V\" "
                           "for certificate \"%V\"", &conf->name,
                           &ssl->certificate);
        return NGX_ERROR;
    }

    if (ssl->certificate_key.len && ssl->certificate.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no \"ssl_certificate\" in trade_redis \"%V\" "
                           "for key \"%V\"", &conf->name,
                           &ssl->certificate_key);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_trade_redis_ssl_names(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf)
{
    ngx_str_t                  name;
    ngx_addr_t                 addr;
    ngx_uint_t                 i;
    ngx_trade_redis_server_t  *server;

    server = conf->servers.elts;

    for (i = 0; i < conf->servers.nelts; i++) {

        name = conf->ssl.name.len ? conf->ssl.name : server[i].host;

        if (conf->ssl.name.len == 0 && server[i].addrs
            && server[i].addrs->sockaddr->sa_family == AF_UNIX)
        {
            if (conf->ssl.verify) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "no \"ssl_name\" in trade_redis \"%V\" for "
                                   "\"ssl_verify\" of \"%V\"", &conf->name,
                                   &server[i].address);
                return NGX_ERROR;
            }

            continue;
        }

        if (name.data[0] == '[') {
            name.data++;
            name.len -= 2;
        }

        server[i].ssl_name.data = ngx_pnalloc(cf->pool, name.len + 1);
        if (server[i].ssl_name.data == NULL) {
            return NGX_ERROR;
        }

        server[i].ssl_name.len = name.len;
        *ngx_cpymem(server[i].ssl_name.data, name.data, name.len) = '\0';

        /* RFC 6066 permits no addresses there */

        server[i].sni = ngx_parse_addr(cf->pool, &addr, name.data, name.len)
                        == NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_trade_redis_ssl_context(ngx_conf_t *cf, ngx_trade_redis_ssl_t *ssl)
{
    ngx_pool_cleanup_t  *cln;

    ssl->ctx = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (ssl->ctx == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    ssl->ctx->log = cf->log;

    if (ngx_ssl_create(ssl->ctx, NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3, NULL)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = ssl->ctx;

    /* the bytes to be written may move: see ngx_trade_redis_cmd_room() */

    SSL_CTX_set_mode(ssl->ctx->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE
                                    |SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

#ifdef SSL_OP_ENABLE_KTLS
    SSL_CTX_clear_options(ssl->ctx->ctx, SSL_OP_ENABLE_KTLS);
#endif

    if (ssl->certificate.len
        && ngx_ssl_certificate(cf, ssl->ctx, &ssl->certificate,
                               &ssl->certificate_key, NULL)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ssl->verify
        && ngx_ssl_trusted_certificate(cf, ssl->ctx, &ssl->trusted_certificate,
                                       NGX_TRADE_REDIS_SSL_DEPTH)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_trade_redis_ssl_handshake(ngx_trade_redis_conn_t *conn)
{
    ngx_connection_t          *c;
    ngx_trade_redis_server_t  *server;

    c = conn->pc.connection;
    server = conn->shard->server;

    conn->state = NGX_TRADE_REDIS_TLS;

    c->pool = ngx_create_pool(256, c->log);

    if (c->pool == NULL
        || ngx_ssl_create_connection(conn->shard->redis->conf->ssl.ctx, c,
                                     NGX_SSL_CLIENT)
           != NGX_OK)
    {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "can't be connected to: "
                                  "ngx_ssl_create_connection() failed", NULL);
        return;
    }

    if (server->sni
        && SSL_set_tlsext_host_name(c->ssl->connection,
                                    (char *) server->ssl_name.data)
           == 0)
    {
        ngx_ssl_error(NGX_LOG_ERR, c->log, 0,
                      "SSL_set_tlsext_host_name(\"%V\") failed",
                      &server->ssl_name);
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "can't be connected to: "
                                  "SSL_set_tlsext_host_name() failed", NULL);
        return;
    }

    c->ssl->handler = ngx_trade_redis_ssl_handshaked;

    if (ngx_ssl_handshake(c) != NGX_AGAIN) {
        ngx_trade_redis_ssl_handshaked(c);
    }
}


static void
ngx_trade_redis_ssl_handshaked(ngx_connection_t *c)
{
    long                       rc;
    ngx_str_t                  error;
    ngx_trade_redis_conn_t    *conn;
    ngx_trade_redis_server_t  *server;

    conn = c->data;
    server = conn->shard->server;

    if (!c->ssl->handshaked) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "fails the SSL handshake", NULL);
        return;
    }

    if (conn->shard->redis->conf->ssl.verify) {
        rc = SSL_get_verify_result(c->ssl->connection);

        if (rc != X509_V_OK) {
            error.data = (u_char *) X509_verify_cert_error_string(rc);
            error.len = ngx_strlen(error.data);

            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                      "has an SSL certificate that can't be "
                                      "trusted:", &error);
            return;
        }

        if (ngx_trade_redis_ssl_named(c, server) != NGX_OK) {
            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                      "has an SSL certificate that does not "
                                      "match", &server->ssl_name);
            return;
        }
    }

    c->send = ngx_trade_redis_ssl_send;
    c->read->handler = ngx_trade_redis_conn_read;
    c->write->handler = ngx_trade_redis_conn_write;

    /*
     * bytes that came with the end of the handshake make no event of their own
     */

    ngx_post_event(c->read, &ngx_posted_events);

    ngx_trade_redis_connect_established(conn);
}


static ngx_int_t
ngx_trade_redis_ssl_named(ngx_connection_t *c,
    ngx_trade_redis_server_t *server)
{
    int    rc;
    X509  *cert;

    if (ngx_ssl_check_host(c, &server->ssl_name) == NGX_OK) {
        return NGX_OK;
    }

    if (server->sni) {
        return NGX_ERROR;
    }

    /* a subjectAltName that is an address, which nginx does not look at */

    cert = SSL_get_peer_certificate(c->ssl->connection);
    if (cert == NULL) {
        return NGX_ERROR;
    }

    rc = X509_check_ip_asc(cert, (char *) server->ssl_name.data, 0);

    X509_free(cert);

    return rc == 1 ? NGX_OK : NGX_ERROR;
}


/* Sends one record: see above */

static ssize_t
ngx_trade_redis_ssl_send(ngx_connection_t *c, u_char *buf, size_t size)
{
    return ngx_ssl_write(c, buf, ngx_min(size, NGX_TRADE_REDIS_SSL_RECORD));
}


void
ngx_trade_redis_ssl_close(ngx_connection_t *c)
{
    if (c->ssl) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;

        (void) ngx_ssl_shutdown(c);
    }

    if (c->pool) {
        ngx_destroy_pool(c->pool);
        c->pool = NULL;
    }
}


#else


void
ngx_trade_redis_ssl_handshake(ngx_trade_redis_conn_t *conn)
{
    /* not called: there is no context */
}


void
ngx_trade_redis_ssl_close(ngx_connection_t *c)
{
}


#endif
