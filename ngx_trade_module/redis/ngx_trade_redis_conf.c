#include "ngx_trade_redis_conf.h"

#include "trade_id.h"
#include "trade_identity.h"


/* Whether the resolver has name servers: an array in nginx, a list in Angie. */
#ifdef angie_version
#define ngx_trade_redis_conf_resolves(resolver)                               \
    ((resolver)->connections != NULL)
#else
#define ngx_trade_redis_conf_resolves(resolver)                               \
    ((resolver)->connections.nelts != 0)
#endif


static ngx_int_t ngx_trade_redis_conf_name(ngx_conf_t *cf,
    ngx_trade_redis_conf_t *conf, ngx_trade_redis_server_t *server);
static char *ngx_trade_redis_conf_ring(ngx_conf_t *cf,
    ngx_trade_redis_conf_t *conf);
static int ngx_trade_redis_conf_identities(ngx_conf_t *cf,
    ngx_trade_redis_conf_t *conf, trade_ring_t *ring);


ngx_trade_redis_conf_t *
ngx_trade_redis_conf_create(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_trade_redis_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_trade_redis_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->name = *name;
    conf->file = cf->conf_file->file.name;
    conf->line = cf->conf_file->line;
    conf->ssl.enabled = NGX_CONF_UNSET;
    conf->ssl.verify = NGX_CONF_UNSET;
    conf->connect_timeout = NGX_CONF_UNSET_MSEC;
    conf->timeout = NGX_CONF_UNSET_MSEC;
    conf->queue_delay = NGX_CONF_UNSET_MSEC;
    conf->connections = NGX_CONF_UNSET_UINT;

    if (ngx_array_init(&conf->servers, cf->pool, 4,
                       sizeof(ngx_trade_redis_server_t))
        != NGX_OK)
    {
        return NULL;
    }

    return conf;
}


char *
ngx_trade_redis_conf_done(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf)
{
    ngx_conf_init_msec_value(conf->connect_timeout, 1000);
    ngx_conf_init_msec_value(conf->timeout, 1000);
    ngx_conf_init_msec_value(conf->queue_delay, TRADE_QUEUE_DELAY_MS
                                                + conf->durability_timeout);
    conf->counted = conf->connections != NGX_CONF_UNSET_UINT;
    ngx_conf_init_uint_value(conf->connections, conf->durability ? 2 : 1);

    if (conf->servers.nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no servers in trade_redis \"%V\"", &conf->name);
        return NGX_CONF_ERROR;
    }

    if (conf->connections == 0 || conf->connections > 64) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"connections\" in trade_redis \"%V\" must be "
                           "1 to 64", &conf->name);
        return NGX_CONF_ERROR;
    }

    if (conf->user.len && conf->password.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"user\" in trade_redis \"%V\" needs a "
                           "\"password_file\"", &conf->name);
        return NGX_CONF_ERROR;
    }

    if (conf->durability && conf->durability_timeout >= conf->timeout) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the time of \"durability\" in trade_redis \"%V\" "
                           "must be shorter than its \"timeout\"", &conf->name);
        return NGX_CONF_ERROR;
    }

    if (ngx_trade_redis_ssl_conf(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_trade_redis_conf_ring(cf, conf);
}


void
ngx_trade_redis_conf_locks(ngx_trade_redis_conf_t *conf)
{
    if (!conf->locks && !conf->counted) {
        conf->connections++;
    }

    conf->locks = 1;
}


char *
ngx_trade_redis_conf_server(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_redis_conf_t *rconf = conf;

    ngx_int_t                  weight;
    ngx_str_t                 *value;
    ngx_url_t                  u;
    ngx_uint_t                 i;
    ngx_trade_redis_server_t  *server;

    value = cf->args->elts;

    server = ngx_array_push(&rconf->servers);
    if (server == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(server, sizeof(ngx_trade_redis_server_t));
    server->address = value[1];
    server->name = value[1];
    server->weight = 1;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "name=", 5) == 0) {
            server->name.data = value[i].data + 5;
            server->name.len = value[i].len - 5;
            continue;
        }

        if (ngx_strncmp(value[i].data, "weight=", 7) == 0) {
            weight = ngx_atoi(value[i].data + 7, value[i].len - 7);

            if (weight > 0 && weight <= 1000) {
                server->weight = weight;
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    if (ngx_trade_redis_conf_name(cf, rconf, server) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url = value[1];
    u.default_port = 6379;
    u.no_resolve = 1;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in server \"%V\"",
                           u.err ? u.err : "error", &u.url);
        return NGX_CONF_ERROR;
    }

    server->host = u.host;
    server->port = u.port;
    server->addrs = u.naddrs ? u.addrs : NULL;
    server->naddrs = u.naddrs;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_trade_redis_conf_name(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf,
    ngx_trade_redis_server_t *server)
{
    size_t                     i;
    ngx_trade_redis_server_t  *other;

    if (server->name.len == 0 || server->name.len > NGX_TRADE_REDIS_NAME_MAX
        || (server->name.data != server->address.data
            && !trade_ident_valid(trade_str_of((char *) server->name.data,
                                               server->name.len))))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name of a shard \"%V\": 1 to 64 of "
                           "A-Z a-z 0-9 _ . : - (set it with name=)",
                           &server->name);
        return NGX_ERROR;
    }

    other = conf->servers.elts;

    for (i = 0; &other[i] != server; i++) {
        if (other[i].name.len == server->name.len
            && ngx_memcmp(other[i].name.data, server->name.data,
                          server->name.len) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate shard \"%V\"", &server->name);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


char *
ngx_trade_redis_conf_password(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_redis_conf_t *rconf = conf;

    u_char       buf[1024];
    size_t       len;
    ssize_t      n;
    ngx_fd_t     fd;
    ngx_str_t   *value, name;

    value = cf->args->elts;
    name = value[1];

    if (rconf->password.data) {
        return "is duplicate";
    }

    if (ngx_conf_full_name(cf->cycle, &name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(name.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", &name);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));
    (void) ngx_close_file(fd);

    for (len = 0; n > 0 && len < (size_t) n; len++) {
        if (buf[len] == LF || buf[len] == CR) {
            break;
        }
    }

    if (len == 0 || len == sizeof(buf)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no password of up to 1023 bytes in the first line "
                           "of \"%V\"", &name);
        return NGX_CONF_ERROR;
    }

    rconf->password.len = len;
    rconf->password.data = ngx_pnalloc(cf->pool, len);
    if (rconf->password.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(rconf->password.data, buf, len);
    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
}


char *
ngx_trade_redis_conf_durability(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_trade_redis_conf_t *rconf = conf;

    ngx_int_t   replicas, ms;
    ngx_str_t  *value;

    value = cf->args->elts;

    if (rconf->durability_timeout) {
        return "is duplicate";
    }

    replicas = ngx_atoi(value[1].data, value[1].len);
    if (replicas < 0 || replicas > 100) {
        return "needs a number of replicas";
    }

    ms = 500;

    if (cf->args->nelts == 3) {
        ms = ngx_parse_time(&value[2], 0);
        if (ms == NGX_ERROR || ms == 0) {
            return "has an invalid time";
        }
    }

    rconf->durability = replicas;
    rconf->durability_timeout = ms;

    return NGX_CONF_OK;
}


static char *
ngx_trade_redis_conf_ring(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf)
{
    int                        rc;
    char                       name[TRADE_SLOT_NAME_MAX];
    ngx_uint_t                 i;
    trade_ring_t               ring;
    ngx_trade_redis_server_t  *server;

    trade_ring_init(&ring);
    server = conf->servers.elts;

    for (rc = 0, i = 0; rc == 0 && i < conf->servers.nelts; i++) {
        rc = trade_ring_add(&ring, trade_str_of((char *) server[i].name.data,
                                                server[i].name.len),
                            server[i].weight);
    }

    if (rc == 0) {
        rc = trade_ring_build(&ring);
    }

    for (i = 0; rc == 0 && i < TRADE_SLOTS; i++) {
        conf->owner[i] = trade_ring_find(&ring, trade_slot_name(i, name));
    }

    if (rc == 0) {
        rc = ngx_trade_redis_conf_identities(cf, conf, &ring);
    }

    trade_ring_free(&ring);

    if (rc != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the servers of trade_redis \"%V\" make no "
                           "ring",
                           &conf->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static int
ngx_trade_redis_conf_identities(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf,
    trade_ring_t *ring)
{
    int                        rc;
    char                      *mem;
    size_t                     size;
    ngx_uint_t                 i;
    trade_buf_t                b;
    trade_digest_t            *digest;
    ngx_trade_redis_server_t  *server;

    digest = trade_digest_create();
    server = conf->servers.elts;

    for (rc = digest ? 0 : -1, i = 0;
         rc == 0 && i < conf->servers.nelts;
         i++)
    {
        size = TRADE_IDENTITY_MAX(server[i].name.len);

        mem = ngx_pnalloc(cf->pool, size);
        if (mem == NULL) {
            rc = -1;
            break;
        }

        trade_buf_init(&b, mem, size);

        rc = trade_identity_write(&b,
                                  trade_str_of((char *) server[i].name.data,
                                               server[i].name.len),
                                  ring, digest);

        server[i].identity.data = (u_char *) b.start;
        server[i].identity.len = b.pos - b.start;
    }

    trade_digest_free(digest);

    return rc;
}


ngx_int_t
ngx_trade_redis_conf_resolve(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf,
    ngx_http_core_loc_conf_t *clcf)
{
    ngx_url_t                  u;
    ngx_uint_t                 i;
    ngx_trade_redis_server_t  *server;

    conf->resolver = clcf->resolver;
    conf->resolver_timeout = clcf->resolver_timeout == NGX_CONF_UNSET_MSEC
                             ? 30000 : clcf->resolver_timeout;

    if (conf->resolver && ngx_trade_redis_conf_resolves(conf->resolver)) {
        return NGX_OK;
    }

    /* without a resolver names are resolved once, as nginx's upstreams are */

    server = conf->servers.elts;

    for (i = 0; i < conf->servers.nelts; i++) {

        if (server[i].addrs) {
            continue;
        }

        ngx_memzero(&u, sizeof(ngx_url_t));
        u.host = server[i].host;
        u.port = server[i].port;

        if (ngx_inet_resolve_host(cf->pool, &u) != NGX_OK) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "%s in shard \"%V\" of trade_redis \"%V\" in %V:%ui "
                          "(with a \"resolver\" in http it is looked up at run "
                          "time)", u.err ? u.err : "error", &server[i].name,
                          &conf->name, &conf->file, conf->line);
            return NGX_ERROR;
        }

        server[i].addrs = u.addrs;
        server[i].naddrs = u.naddrs;
    }

    return NGX_OK;
}
