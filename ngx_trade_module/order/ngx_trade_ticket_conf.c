/*
 * trade_ticket keys=file | off, trade_ticket_issue keys=file ttl=time: the
 * arguments, and the file of keys.  The keys live as long as the configuration,
 * so a reload reads the file again.
 */

#include "ngx_trade_ticket.h"


static char *ngx_trade_ticket_conf_arg(ngx_conf_t *cf,
    ngx_trade_ticket_conf_t *ticket, ngx_str_t *arg);
static char *ngx_trade_ticket_conf_keys(ngx_conf_t *cf,
    ngx_trade_ticket_conf_t *ticket, ngx_str_t *file);
static ssize_t ngx_trade_ticket_conf_read(ngx_conf_t *cf, ngx_str_t *file,
    u_char *buf, size_t size);
static void ngx_trade_ticket_conf_mode(ngx_conf_t *cf, ngx_str_t *file,
    ngx_fd_t fd);
static void ngx_trade_ticket_conf_free(void *data);


char *
ngx_trade_conf_ticket(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_loc_conf_t *tlcf = conf;

    ngx_str_t  *value;

    value = cf->args->elts;

    if (tlcf->ticket != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {
        tlcf->ticket = NULL;
        return NGX_CONF_OK;
    }

    tlcf->ticket = ngx_pcalloc(cf->pool, sizeof(ngx_trade_ticket_conf_t));
    if (tlcf->ticket == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_strncmp(value[1].data, "keys=", 5) != 0) {
        return "needs keys=file, or \"off\"";
    }

    return ngx_trade_ticket_conf_arg(cf, tlcf->ticket, &value[1]);
}


char *
ngx_trade_conf_ticket_issuer(ngx_conf_t *cf, ngx_trade_loc_conf_t *tlcf)
{
    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;
    rv = NGX_CONF_OK;

    tlcf->issuer = ngx_pcalloc(cf->pool, sizeof(ngx_trade_ticket_conf_t));
    if (tlcf->issuer == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; rv == NGX_CONF_OK && i < cf->args->nelts; i++) {
        rv = ngx_trade_ticket_conf_arg(cf, tlcf->issuer, &value[i]);
    }

    if (rv == NGX_CONF_OK
        && (tlcf->issuer->keys == NULL || tlcf->issuer->ttl == 0))
    {
        return "needs keys=file and ttl=time";
    }

    return rv;
}


static char *
ngx_trade_ticket_conf_arg(ngx_conf_t *cf, ngx_trade_ticket_conf_t *ticket,
    ngx_str_t *arg)
{
    time_t     ttl;
    ngx_str_t  text;

    if (ngx_strncmp(arg->data, "keys=", 5) == 0 && ticket->keys == NULL) {
        text.data = arg->data + 5;
        text.len = arg->len - 5;
        return ngx_trade_ticket_conf_keys(cf, ticket, &text);
    }

    if (ngx_strncmp(arg->data, "ttl=", 4) == 0 && ticket->ttl == 0) {
        text.data = arg->data + 4;
        text.len = arg->len - 4;
        ttl = ngx_parse_time(&text, 1);

        if (ttl == (time_t) NGX_ERROR || ttl < 1 || ttl > TRADE_TICKET_AHEAD) {
            return "needs a ttl of 1s to 12h";
        }

        ticket->ttl = ttl;

        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"", arg);

    return NGX_CONF_ERROR;
}


static char *
ngx_trade_ticket_conf_keys(ngx_conf_t *cf, ngx_trade_ticket_conf_t *ticket,
    ngx_str_t *file)
{
    u_char               buf[TRADE_TICKET_FILE_MAX + 1];
    size_t               line;
    ssize_t              n;
    const char          *fault;
    ngx_pool_cleanup_t  *cln;

    if (file->len == 0) {
        return "needs a file of keys behind \"keys=\"";
    }

    if (ngx_conf_full_name(cf->cycle, file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    ticket->keys = trade_ticket_keys_create();

    if (cln == NULL || ticket->keys == NULL) {
        trade_ticket_keys_free(ticket->keys);
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_trade_ticket_conf_free;
    cln->data = ticket->keys;

    n = ngx_trade_ticket_conf_read(cf, file, buf, sizeof(buf));
    if (n == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    fault = trade_ticket_keys_read(ticket->keys,
                                   trade_str_of((char *) buf, n), &line);
    ngx_explicit_memzero(buf, sizeof(buf));

    if (fault && line) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "line %uz of \"%V\" %s; it needs a key id and a "
                           "secret of at least 32 bytes, in hex or base64",
                           line, file, fault);
        return NGX_CONF_ERROR;
    }

    if (fault) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" %s; it needs one or two lines of a key id "
                           "and a secret", file, fault);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* Reads the whole file.  Returns its size, or NGX_ERROR, which it has logged */

static ssize_t
ngx_trade_ticket_conf_read(ngx_conf_t *cf, ngx_str_t *file, u_char *buf,
    size_t size)
{
    ssize_t   n;
    ngx_fd_t  fd;

    fd = ngx_open_file(file->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", file);
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, buf, size);

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" failed", file);

    } else if ((size_t) n == size) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is longer than %uz bytes, so it is no file "
                           "of keys", file, size - 1);
        n = NGX_ERROR;

    } else {
        ngx_trade_ticket_conf_mode(cf, file, fd);
    }

    (void) ngx_close_file(fd);

    return n;
}


static void
ngx_trade_ticket_conf_mode(ngx_conf_t *cf, ngx_str_t *file, ngx_fd_t fd)
{
    ngx_file_info_t  fi;

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR
        && ngx_file_access(&fi) & (S_IROTH|S_IWOTH))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" is open to all users of this machine, and "
                           "its secrets issue tickets: take their rights away, "
                           "as in chmod 600", file);
    }
}


static void
ngx_trade_ticket_conf_free(void *data)
{
    trade_ticket_keys_free(data);
}
