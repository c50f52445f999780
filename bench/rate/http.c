/* Orders by HTTP: each takes a connection that is free, or waits for one. */

#define _GNU_SOURCE

#include "rate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>


#define HTTP_EVENTS  64


typedef struct {
    int      fd;
    long     order;
    size_t   len;
    char     in[4096];
} http_conn_t;


typedef struct {
    rate_t        *rate;
    int            epoll;
    const char    *prefix;              /* of the SKUs */
    const char    *run;
    long           skus;
    long           nfree;
    http_conn_t  **free;
} http_t;


static void
http_connect(http_t *http, http_conn_t *c, int port)
{
    int                 on = 1;
    struct sockaddr_in  to;
    struct epoll_event  event;

    memset(&to, 0, sizeof(to));
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    c->fd = socket(AF_INET, SOCK_STREAM, 0);

    if (c->fd == -1
        || connect(c->fd, (struct sockaddr *) &to, sizeof(to)) != 0)
    {
        bench_die("no connection");
    }

    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    event.events = EPOLLIN;
    event.data.ptr = c;

    if (epoll_ctl(http->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
        bench_die("epoll_ctl failed");
    }

    http->free[http->nfree++] = c;
}


static void
http_send(http_t *http)
{
    int           body, n;
    char          text[512], order[128];
    http_conn_t  *c;

    c = http->free[--http->nfree];
    c->order = http->rate->sent++;
    c->len = 0;

    body = snprintf(order, sizeof(order), "{\"buyer_id\":\"u%ld\",\"items\":"
                    "[{\"sku\":\"%s%ld\",\"quantity\":1}]}",
                    random() % 1000000, http->prefix,
                    random() % http->skus + 1);

    n = snprintf(text, sizeof(text), "POST /v1/orders HTTP/1.1\r\nHost: a\r\n"
                 "Content-Type: application/json\r\nIdempotency-Key: %s-%ld\r\n"
                 "Content-Length: %d\r\n\r\n%s", http->run, c->order, body,
                 order);

    if (write(c->fd, text, n) != n) {
        bench_die("an order can't be sent");
    }
}


/* Whether the response is there, with its body. */

static int
http_whole(const http_conn_t *c)
{
    size_t       body;
    const char  *end, *length;

    end = strstr(c->in, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }

    length = strcasestr(c->in, "\r\nContent-Length:");
    if (length == NULL || length > end) {
        bench_die("a response without a length");
    }

    body = strtoul(length + sizeof("\r\nContent-Length:") - 1, NULL, 10);

    return c->len >= (size_t) (end + 4 - c->in) + body;
}


static void
http_read(http_t *http, http_conn_t *c)
{
    ssize_t  n;

    n = recv(c->fd, c->in + c->len, sizeof(c->in) - 1 - c->len, MSG_DONTWAIT);

    if (n == -1 && errno == EAGAIN) {
        return;
    }

    if (n <= 0) {
        bench_die("a connection was closed");
    }

    c->len += n;
    c->in[c->len] = '\0';

    if (http_whole(c)) {
        rate_ended(http->rate, c->order, strncmp(c->in + 8, " 201", 4) == 0);
        http->free[http->nfree++] = c;
    }
}


void
rate_http(rate_t *rate, int argc, char **argv)
{
    int                 i, n, connections;
    http_t              http;
    http_conn_t        *all;
    struct pollfd       fds;
    struct epoll_event  events[HTTP_EVENTS];

    if (argc != 5) {
        bench_die("usage: rate http RATE SECONDS PORT CONNECTIONS PREFIX SKUS "
                  "RUN");
    }

    memset(&http, 0, sizeof(http));
    http.rate = rate;
    http.epoll = epoll_create1(0);
    http.prefix = argv[2];
    http.skus = atol(argv[3]);
    http.run = argv[4];

    connections = atoi(argv[1]);
    all = calloc(connections, sizeof(http_conn_t));
    http.free = calloc(connections, sizeof(http_conn_t *));
    if (all == NULL || http.free == NULL) {
        bench_die("out of memory");
    }

    for (i = 0; i < connections; i++) {
        http_connect(&http, &all[i], atoi(argv[0]));
    }

    fds.fd = http.epoll;
    fds.events = POLLIN;

    while (rate->ended < rate->count) {

        while (http.nfree && rate_due(rate)) {
            http_send(&http);
        }

        rate_wait(rate, &fds, 1, http.nfree > 0);

        n = epoll_wait(http.epoll, events, HTTP_EVENTS, 0);
        for (i = 0; i < n; i++) {
            http_read(&http, events[i].data.ptr);
        }
    }

    (void) close(http.epoll);
    free(http.free);
    free(all);
}
