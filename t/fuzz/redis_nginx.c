#include "redis_nginx.h"
#include "ngx_trade_redis_conn.h"


#define FUZZ_STREAMS  64


typedef struct {
    char              *data;
    size_t             size;
} fuzz_stream_t;


typedef struct {
    ngx_connection_t   c;                   /* first: it is found by this */
    ngx_event_t        read;
    ngx_event_t        write;
    const uint8_t     *data;
    size_t             size;
    ngx_int_t          then;
    fuzz_stream_t     *written;
} fuzz_socket_t;


ngx_int_t   fuzz_connect;
size_t      fuzz_room;

int __real_redisReaderGetReply(redisReader *r, void **reply);
int __wrap_redisReaderGetReply(redisReader *r, void **reply);

static int             fuzz_fd = -1;
static void           *fuzz_pool[16];
static ngx_uint_t      fuzz_npool;
static fuzz_stream_t   fuzz_streams[FUZZ_STREAMS];
static ngx_uint_t      fuzz_nstreams;
static ngx_time_t      fuzz_time = { 1795766400, 0, 0 };

volatile ngx_msec_t   ngx_current_msec;
volatile ngx_time_t  *ngx_cached_time = &fuzz_time;
ngx_rbtree_t          ngx_event_timer_rbtree;
ngx_queue_t           ngx_posted_events;
ngx_int_t             ngx_process_slot;
ngx_uint_t            ngx_worker;
ngx_uint_t            ngx_pagesize = 4096;


void
fuzz_nginx_init(void)
{
    if (fuzz_fd == -1) {
        fuzz_fd = socket(AF_UNIX, SOCK_STREAM, 0);
        fuzz_check(fuzz_fd != -1);
    }

    ngx_current_msec = 1000;
    ngx_queue_init(&ngx_posted_events);
    srandom(1);

    fuzz_connect = NGX_OK;
    fuzz_room = SIZE_MAX;
}


void
fuzz_nginx_free(void)
{
    while (fuzz_npool) {
        free(fuzz_pool[--fuzz_npool]);
    }

    while (fuzz_nstreams) {
        free(fuzz_streams[--fuzz_nstreams].data);
    }

    memset(fuzz_streams, 0, sizeof(fuzz_streams));
}


size_t
fuzz_nginx_written(const char *text)
{
    size_t       i, n;
    const char  *p, *end;

    for (n = 0, i = 0; i < fuzz_nstreams; i++) {
        p = fuzz_streams[i].data;
        end = p ? p + fuzz_streams[i].size : NULL;

        while (p && (p = memmem(p, end - p, text, strlen(text))) != NULL) {
            p += strlen(text);
            n++;
        }
    }

    return n;
}


void
fuzz_nginx_read(ngx_connection_t *c, const uint8_t *data, size_t size,
    ngx_int_t then)
{
    fuzz_socket_t  *s;

    s = (fuzz_socket_t *) c;
    s->data = data;
    s->size = size;
    s->then = then;
    s->read.ready = 1;

    s->read.handler(&s->read);
}


void
fuzz_nginx_timer(ngx_event_t *ev)
{
    if (ev->timer_set) {
        ev->timer_set = 0;
        ev->handler(ev);
    }
}


void
fuzz_nginx_posted(void)
{
    ngx_queue_t  *q;
    ngx_event_t  *ev;

    while (!ngx_queue_empty(&ngx_posted_events)) {
        q = ngx_queue_head(&ngx_posted_events);
        ev = ngx_queue_data(q, ngx_event_t, queue);

        ngx_delete_posted_event(ev);
        ev->handler(ev);
    }
}


static ssize_t
fuzz_recv(ngx_connection_t *c, u_char *buf, size_t size)
{
    fuzz_socket_t  *s;

    s = (fuzz_socket_t *) c;

    if (s->size == 0) {
        s->read.ready = 0;
        return s->then;
    }

    size = ngx_min(size, s->size);
    memcpy(buf, s->data, size);
    s->data += size;
    s->size -= size;

    return size;
}


static ssize_t
fuzz_send(ngx_connection_t *c, u_char *buf, size_t size)
{
    fuzz_stream_t  *s;

    if (fuzz_room == 0) {
        return NGX_AGAIN;
    }

    size = ngx_min(size, fuzz_room);

    if (fuzz_room != SIZE_MAX) {
        fuzz_room -= size;
    }

    s = ((fuzz_socket_t *) c)->written;
    s->data = realloc(s->data, s->size + size);
    fuzz_check(s->data);
    memcpy(s->data + s->size, buf, size);
    s->size += size;

    return size;
}


ngx_int_t
ngx_event_connect_peer(ngx_peer_connection_t *pc)
{
    fuzz_socket_t  *s;

    if (fuzz_connect == NGX_ERROR || fuzz_nstreams == FUZZ_STREAMS) {
        return NGX_ERROR;
    }

    s = calloc(1, sizeof(fuzz_socket_t));
    fuzz_check(s);

    s->c.fd = fuzz_fd;
    s->c.read = &s->read;
    s->c.write = &s->write;
    s->c.recv = fuzz_recv;
    s->c.send = fuzz_send;
    s->read.data = s->write.data = &s->c;
    s->then = NGX_AGAIN;
    s->written = &fuzz_streams[fuzz_nstreams++];

    pc->connection = &s->c;

    return fuzz_connect;
}


/* hiredis has no sanitizer: a reader that was freed is noticed here */

int
__wrap_redisReaderGetReply(redisReader *r, void **reply)
{
    fuzz_check(r->err == 0);

    return __real_redisReaderGetReply(r, reply);
}


void
ngx_close_connection(ngx_connection_t *c)
{
    free(c);
}


void *
ngx_pcalloc(ngx_pool_t *pool, size_t size)
{
    void  *p;

    (void) pool;

    p = calloc(1, size);
    fuzz_check(p && fuzz_npool < 16);

    return fuzz_pool[fuzz_npool++] = p;
}


void *
ngx_alloc(size_t size, ngx_log_t *log)
{
    (void) log;

    return malloc(size);
}


/* Of its formats those that the transport has: %ui and %M */

u_char *
ngx_sprintf(u_char *buf, const char *format, ...)
{
    va_list  args;

    fuzz_check(strcmp(format, "%ui") == 0 || strcmp(format, "%M") == 0);

    va_start(args, format);
    buf += sprintf((char *) buf, "%lu", va_arg(args, unsigned long));
    va_end(args);

    return buf;
}


size_t
ngx_sock_ntop(struct sockaddr *sa, socklen_t socklen, u_char *text, size_t len,
    ngx_uint_t port)
{
    (void) sa;
    (void) socklen;
    (void) port;

    fuzz_check(len >= sizeof("unix:"));
    memcpy(text, "unix:", 5);

    return 5;
}


void
ngx_rbtree_insert(ngx_rbtree_t *tree, ngx_rbtree_node_t *node)
{
    (void) tree;
    (void) node;
}


void
ngx_rbtree_delete(ngx_rbtree_t *tree, ngx_rbtree_node_t *node)
{
    (void) tree;
    (void) node;
}


ngx_int_t
ngx_handle_read_event(ngx_event_t *rev, ngx_uint_t flags)
{
    (void) rev;
    (void) flags;

    return NGX_OK;
}


ngx_int_t
ngx_handle_write_event(ngx_event_t *wev, size_t lowat)
{
    (void) wev;
    (void) lowat;

    return NGX_OK;
}


void
ngx_log_error_core(ngx_uint_t level, ngx_log_t *log, ngx_err_t err,
    const char *format, ...)
{
    (void) level;
    (void) log;
    (void) err;
    (void) format;
}


/* Never called: all sockets are AF_UNIX, addresses known, without TLS */

ngx_int_t
ngx_tcp_nodelay(ngx_connection_t *c)
{
    (void) c;
    abort();
}


ngx_int_t
ngx_event_get_peer(ngx_peer_connection_t *pc, void *data)
{
    (void) pc;
    (void) data;
    abort();
}


void
ngx_inet_set_port(struct sockaddr *sa, in_port_t port)
{
    (void) sa;
    (void) port;
    abort();
}


ngx_resolver_ctx_t *
ngx_resolve_start(ngx_resolver_t *r, ngx_resolver_ctx_t *temp)
{
    (void) r;
    (void) temp;
    abort();
}


ngx_int_t
ngx_resolve_name(ngx_resolver_ctx_t *ctx)
{
    (void) ctx;
    abort();
}


void
ngx_resolve_name_done(ngx_resolver_ctx_t *ctx)
{
    (void) ctx;
    abort();
}


char *
ngx_resolver_strerror(ngx_int_t err)
{
    (void) err;
    abort();
}


void
ngx_trade_redis_ssl_handshake(ngx_trade_redis_conn_t *conn)
{
    (void) conn;
    abort();
}


void
ngx_trade_redis_ssl_close(ngx_connection_t *c)
{
    (void) c;
}
