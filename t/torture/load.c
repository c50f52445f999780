/*
 * load: buyers, in one process, and what they saw.
 *
 *      load -p port -o history -g goods [-s seed] [-n attempts] [-r rate]
 *           [-c connections] [-w first wish] [-b buyers] [-d delta] [-x]
 *
 * Keeps so many connections busy, a fourth of them with a connection a
 * request, at no more than so many attempts a second; one of five attempts
 * repeats an earlier wish.  Ends when it has made `attempts` and its standard
 * input is at its end.  With -x it is a storm: each connection is reset in the
 * middle of its request or soon after, and it ends after `attempts`.
 *
 * The history has a line when an attempt begins, which is in the file before a
 * byte is sent, and one when it ends; times in us, `us` of a latency:
 *
 *      A <attempt> <time> <wish, as wish_line() writes it>
 *      E <attempt> <time> <us> <how> <problem> <outcome> <id> <published>
 *        <replayed>
 *
 * `how` is the answer's status, or `refused` (no connection: nothing was
 * sent), `closed`, `garbled` (an answer that is none), `timeout` (nothing for
 * LOAD_TIMEOUT), `reset` (by the storm); the rest of the line is then "-".
 */

#include "answer.h"
#include "book.h"
#include "wish.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define LOAD_CONNECTIONS  4096
#define LOAD_TIMEOUT      30000000      /* us */
#define LOAD_PAUSE        20000         /* us, after no answer */
#define LOAD_STORM        20000         /* us to a reset, at most */
#define LOAD_EVENTS       256


typedef struct {
    int       fd;                       /* -1: none */
    int       busy;
    int       keep;                     /* wants to keep its connection */
    uint64_t  attempt;
    int64_t   begun;
    int64_t   until;                    /* not used, nor reset, before */
    size_t    out_len;
    size_t    out_pos;
    size_t    in_len;
    char      out[WISH_TEXT];
    char      in[ANSWER_MAX + 1];
} load_conn_t;


typedef struct {
    wish_conf_t   wishes;
    int           port;
    int           epoll;
    int           storm;
    int           connections;
    int           busy;                 /* of them */
    double        rate;                 /* 0: no limit */
    uint64_t      random;
    uint64_t      attempts;
    uint64_t      most;
    uint64_t      next;                 /* wish */
    int64_t       started;
    int64_t       now;
    load_conn_t   conn[LOAD_CONNECTIONS];
} load_t;


static load_t  load;


static int load_options(int argc, char **argv);
static int load_enough(void);
static void load_begin(void);
static void load_begin_one(load_conn_t *c);
static int load_connect(load_conn_t *c);
static void load_send(load_conn_t *c);
static void load_receive(load_conn_t *c);
static void load_timers(void);
static void load_end(load_conn_t *c, const answer_t *answer);
static void load_fail(load_conn_t *c, const char *how);
static void load_close(load_conn_t *c);
static int64_t load_time(void);


int
main(int argc, char **argv)
{
    int                  i, n, enough;
    load_conn_t         *c;
    struct epoll_event   events[LOAD_EVENTS];

    if (load_options(argc, argv) != 0) {
        fprintf(stderr, "usage: load -p port -o history -g goods ...\n");
        return 2;
    }

    for (i = 0; i < load.connections; i++) {
        load.conn[i].fd = -1;
        load.conn[i].keep = i % 4 != 0 && !load.storm;
    }

    load.started = load.now = load_time();
    enough = 0;

    while (!enough || load.busy) {
        enough = enough || load_enough();

        if (!enough) {
            load_begin();
        }

        n = epoll_wait(load.epoll, events, LOAD_EVENTS, 5);
        load.now = load_time();

        for (i = 0; i < n; i++) {
            c = events[i].data.ptr;

            if (c->busy && c->out_pos < c->out_len) {
                load_send(c);
            }

            if (events[i].events & (EPOLLIN|EPOLLHUP|EPOLLERR)) {
                load_receive(c);
            }
        }

        load_timers();
        book_flush();
    }

    return 0;
}


static int
load_options(int argc, char **argv)
{
    int           opt, history;
    const char   *goods;
    wish_conf_t  *wishes;

    goods = "";
    history = -1;
    wishes = &load.wishes;
    wishes->seed = 1;
    wishes->buyers = 1000;
    wishes->delta = 1;
    load.connections = 64;

    while ((opt = getopt(argc, argv, "p:o:g:s:n:r:c:w:b:d:x")) != -1) {
        switch (opt) {
        case 'p': load.port = atoi(optarg); break;
        case 'o': history = book_open(optarg); break;
        case 'g': goods = optarg; break;
        case 's': wishes->seed = strtoull(optarg, NULL, 10); break;
        case 'n': load.most = strtoull(optarg, NULL, 10); break;
        case 'r': load.rate = atof(optarg); break;
        case 'c': load.connections = atoi(optarg); break;
        case 'w': wishes->first = strtoull(optarg, NULL, 10); break;
        case 'b': wishes->buyers = atoi(optarg); break;
        case 'd': wishes->delta = atoi(optarg); break;
        case 'x': load.storm = 1; break;
        default: return -1;
        }
    }

    load.next = wishes->first;
    load.random = wishes->seed ^ load.next;
    load.epoll = epoll_create1(0);
    return load.port > 0 && history == 0 && load.epoll != -1
           && wishes->buyers > 0 && load.connections > 0
           && load.connections <= LOAD_CONNECTIONS
           && wish_goods_read(wishes, goods) == 0 ? 0 : -1;
}


/* Whether no attempt is to begin any more. */

static int
load_enough(void)
{
    char           c;
    struct pollfd  in = { .fd = STDIN_FILENO, .events = POLLIN };

    return load.attempts >= load.most
           && (load.storm
               || (poll(&in, 1, 0) == 1 && read(in.fd, &c, 1) == 0));
}


/* The lines of all that begins are written before the first of it is sent. */

static void
load_begin(void)
{
    int           i, n;
    load_conn_t  *c;
    load_conn_t  *begun[LOAD_CONNECTIONS];

    n = 0;

    for (i = 0; i < load.connections; i++) {
        c = &load.conn[i];

        if (c->busy || c->until > load.now) {
            continue;
        }

        if (load.rate > 0 && load.attempts
                             > load.rate * (load.now - load.started) / 1e6)
        {
            break;
        }

        if (load.storm && load.attempts >= load.most) {
            break;
        }

        load_begin_one(c);
        begun[n++] = c;
    }

    book_flush();

    for (i = 0; i < n; i++) {
        if (begun[i]->fd == -1 && load_connect(begun[i]) != 0) {
            load_fail(begun[i], "refused");
            continue;
        }

        load_send(begun[i]);
    }
}


static void
load_begin_one(load_conn_t *c)
{
    char    line[WISH_TEXT];
    wish_t  wish;

    wish_choose(&load.wishes, &load.random, &load.next, &wish);
    wish_line(&wish, line);

    c->busy = 1;
    c->attempt = load.attempts++;
    c->begun = load_time();
    c->out_len = wish_request(&wish, c->keep, c->out);
    c->out_pos = 0;
    c->in_len = 0;

    if (load.storm) {
        c->until = c->begun + wish_random(&load.random) % LOAD_STORM;

        if (c->attempt % 4 == 0) {
            c->out_len -= 1 + wish_random(&load.random) % (c->out_len - 1);
        }
    }

    load.busy++;

    book_line("A %llu %lld %s\n", (unsigned long long) c->attempt,
              (long long) c->begun, line);
}


static int
load_connect(load_conn_t *c)
{
    int                 on = 1;
    struct epoll_event  ee = { .events = EPOLLIN|EPOLLOUT|EPOLLET };
    struct sockaddr_in  sin = { .sin_family = AF_INET };

    sin.sin_port = htons(load.port);
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

    return epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &ee);
}


/* What else can't be sent is left to load_receive(): it finds the end. */

static void
load_send(load_conn_t *c)
{
    ssize_t  n;

    n = send(c->fd, c->out + c->out_pos, c->out_len - c->out_pos,
             MSG_NOSIGNAL);

    if (n > 0) {
        c->out_pos += n;

    } else if (n == -1 && errno == ECONNREFUSED) {
        load_fail(c, "refused");
    }
}


/* Events are edges: reads until there is no more. */

static void
load_receive(load_conn_t *c)
{
    int       rc;
    ssize_t   n;
    answer_t  answer;

    while (c->fd != -1) {
        n = recv(c->fd, c->in + c->in_len, ANSWER_MAX - c->in_len, 0);

        if (n == -1 && errno == EAGAIN) {
            return;
        }

        if (!c->busy) {
            load_close(c);
            return;
        }

        if (n <= 0) {
            load_fail(c, n == -1 && errno == ECONNREFUSED ? "refused"
                         : c->in_len ? "garbled" : "closed");
            return;
        }

        c->in_len += n;
        c->in[c->in_len] = '\0';

        rc = answer_read(&answer, c->in, c->in_len);

        if (rc == 0) {
            continue;
        }

        if (rc == -1 || answer.size != c->in_len) {
            load_fail(c, "garbled");
            return;
        }

        if (!answer.keep_alive) {
            load_close(c);
        }

        load_end(c, &answer);
    }
}


static void
load_timers(void)
{
    int           i;
    load_conn_t  *c;

    for (i = 0; i < load.connections; i++) {
        c = &load.conn[i];

        if (!c->busy) {
            continue;
        }

        if (load.storm ? load.now >= c->until
                       : load.now - c->begun > LOAD_TIMEOUT)
        {
            load_fail(c, load.storm ? "reset" : "timeout");
        }
    }
}


static void
load_end(load_conn_t *c, const answer_t *a)
{
    c->busy = 0;
    load.busy--;

    book_line("E %llu %lld %lld %d %s %s %s %d %d\n",
              (unsigned long long) c->attempt, (long long) load.now,
              (long long) (load.now - c->begun), a->status, a->name,
              a->outcome, a->id, a->published, a->replayed);
}


static void
load_fail(load_conn_t *c, const char *how)
{
    load_close(c);

    c->busy = 0;
    c->until = load.now + LOAD_PAUSE;
    load.busy--;

    book_line("E %llu %lld %lld %s - - - - -\n",
              (unsigned long long) c->attempt, (long long) load.now,
              (long long) (load.now - c->begun), how);
}


/* With a reset, so that the other end can't take it for a patient client. */

static void
load_close(load_conn_t *c)
{
    struct linger  now = { 1, 0 };

    (void) setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(c->fd);
    c->fd = -1;
}


static int64_t
load_time(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
