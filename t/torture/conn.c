#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>


static int conn_connect(const conns_t *conns, conn_t *c);
static void conn_send(const conns_t *conns, conn_t *c);
static void conn_receive(const conns_t *conns, conn_t *c);
static void conn_close(conn_t *c);


void
conn_start(const conns_t *conns, conn_t *c)
{
    c->out_pos = 0;
    c->in_len = 0;

    if (c->fd == -1 && conn_connect(conns, c) != 0) {
        conn_fail(conns, c, "refused");
        return;
    }

    conn_send(conns, c);
}


void
conn_event(const conns_t *conns, conn_t *c, unsigned events)
{
    if (c->busy && c->out_pos < c->out_len) {
        conn_send(conns, c);
    }

    if (events & (EPOLLIN|EPOLLHUP|EPOLLERR)) {
        conn_receive(conns, c);
    }
}


static int
conn_connect(const conns_t *conns, conn_t *c)
{
    int                 on = 1;
    struct epoll_event  ee = { .events = EPOLLIN|EPOLLOUT|EPOLLET };
    struct sockaddr_in  sin = { .sin_family = AF_INET };

    sin.sin_port = htons(conns->port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    c->fd = socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0);
    if (c->fd == -1) {
        return -1;
    }

    (void) setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    ee.data.ptr = c;

    if (connect(c->fd, (struct sockaddr *) &sin, sizeof(sin)) == -1
        && errno != EINPROGRESS)
    {
        return -1;
    }

    return epoll_ctl(conns->epoll, EPOLL_CTL_ADD, c->fd, &ee);
}


/* An error of sending is left to conn_receive(): it finds the end. */

static void
conn_send(const conns_t *conns, conn_t *c)
{
    ssize_t  n;

    n = send(c->fd, c->out + c->out_pos, c->out_len - c->out_pos,
             MSG_NOSIGNAL);

    if (n > 0) {
        c->out_pos += n;

    } else if (n == -1 && errno == ECONNREFUSED) {
        conn_fail(conns, c, "refused");
    }
}


/* Events are edges: reads until there is no more. */

static void
conn_receive(const conns_t *conns, conn_t *c)
{
    int         rc;
    ssize_t     n;
    response_t  response;

    while (c->fd != -1) {
        n = recv(c->fd, c->in + c->in_len, RESPONSE_MAX - c->in_len, 0);

        if (n == -1 && errno == EAGAIN) {
            return;
        }

        if (!c->busy) {
            conn_close(c);
            return;
        }

        if (n <= 0) {
            conn_fail(conns, c, n == -1 && errno == ECONNREFUSED ? "refused"
                                : c->in_len ? "garbled" : "closed");
            return;
        }

        c->in_len += n;
        c->in[c->in_len] = '\0';

        rc = response_read(&response, c->in, c->in_len);

        if (rc == 0) {
            continue;
        }

        if (rc == -1 || response.size != c->in_len) {
            conn_fail(conns, c, "garbled");
            return;
        }

        if (!response.keep_alive) {
            conn_close(c);
        }

        c->busy = 0;
        conns->ended(c, &response, NULL);
    }
}


void
conn_fail(const conns_t *conns, conn_t *c, const char *how)
{
    conn_close(c);

    c->busy = 0;
    conns->ended(c, NULL, how);
}


/* With a reset, so that the other end can't take it for a patient client. */

static void
conn_close(conn_t *c)
{
    struct linger  now = { 1, 0 };

    (void) setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(c->fd);
    c->fd = -1;
}
