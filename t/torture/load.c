/*
 * load: buyers, in one process, and what they saw.
 *
 *      load -p port -o history -g goods [-s seed] [-n attempts] [-r rate]
 *           [-c connections] [-w first intent] [-b buyers] [-d delta] [-a] [-x]
 *
 * Keeps so many connections busy, a fourth of them with a connection a
 * request, at no more than so many attempts a second; one of five attempts
 * repeats an earlier intent.  With -a some of those who are told of their order
 * act on it later (action.h).  Ends when it has made `attempts`, nobody has to
 * act any more, and its standard input is at its end.  With -x it is a storm:
 * each connection is reset in the middle of its request or soon after, and it
 * ends after `attempts`.
 *
 * The history has a line when an attempt begins, which is in the file before a
 * byte is sent, and one when it ends; times in us, `us` of a latency:
 *
 *      A <attempt> <time> <intent, as intent_line() writes it>
 *      A <attempt> <time> action pay|deliver|cancel <id>
 *      E <attempt> <time> <us> <how> <problem> <outcome> <id> <published>
 *        <replayed>
 *
 * `how` is the response's status, or what conn.h says; the rest of the line is
 * then "-".
 */

#include "action.h"
#include "conn.h"
#include "history.h"
#include "intent.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>


#define LOAD_CONNECTIONS  4096
#define LOAD_TIMEOUT      30000000      /* us */
#define LOAD_PAUSE        20000         /* us, after no response */
#define LOAD_STORM        20000         /* us to a reset, at most */
#define LOAD_EVENTS       256


/* The work of a connection. */

typedef struct {
    uint64_t  attempt;
    int64_t   begun;
    int       has_action;               /* on an order; else an intent */
    action_t  action;
    uint64_t  intent;
    conn_t    conn;
} load_try_t;


typedef struct {
    intent_conf_t  intents;
    actions_t      actions;
    conns_t        conns;
    int            acting;
    int            storm;
    int            connections;
    int            busy;                /* of them */
    double         rate;                /* 0: no limit */
    uint64_t       random;
    uint64_t       attempts;
    uint64_t       most;
    uint64_t       next;                /* intent */
    int64_t        started;
    int64_t        now;
    load_try_t     tries[LOAD_CONNECTIONS];
} load_t;


static load_t  load;


static int load_options(int argc, char **argv);
static int load_enough(void);
static void load_begin(int enough);
static int load_begin_one(load_try_t *t, int enough);
static void load_intent(load_try_t *t);
static void load_timers(void);
static void load_end(conn_t *c, const response_t *response, const char *how);
static void load_next(load_try_t *t, const response_t *response);
static int64_t load_time(void);


int
main(int argc, char **argv)
{
    int                  i, n, enough;
    struct epoll_event   events[LOAD_EVENTS];

    if (load_options(argc, argv) != 0) {
        fprintf(stderr, "usage: load -p port -o history -g goods ...\n");
        return 2;
    }

    for (i = 0; i < load.connections; i++) {
        load.tries[i].conn.fd = -1;
        load.tries[i].conn.owner = &load.tries[i];
        load.tries[i].conn.keep = i % 4 != 0 && !load.storm;
    }

    load.started = load.now = load_time();
    enough = 0;

    while (!enough || load.busy || load.actions.n) {
        enough = enough || load_enough();

        load_begin(enough);

        n = epoll_wait(load.conns.epoll, events, LOAD_EVENTS, 5);
        load.now = load_time();

        for (i = 0; i < n; i++) {
            conn_event(&load.conns, events[i].data.ptr, events[i].events);
        }

        load_timers();
        history_flush();
    }

    return 0;
}


static int
load_options(int argc, char **argv)
{
    int             opt, history;
    const char     *goods;
    intent_conf_t  *intents;

    goods = "";
    history = -1;
    intents = &load.intents;
    intents->seed = 1;
    intents->buyers = 1000;
    intents->delta = 1;
    load.connections = 64;
    load.conns.ended = load_end;

    while ((opt = getopt(argc, argv, "p:o:g:s:n:r:c:w:b:d:ax")) != -1) {
        switch (opt) {
        case 'p': load.conns.port = atoi(optarg); break;
        case 'o': history = history_open(optarg); break;
        case 'g': goods = optarg; break;
        case 's': intents->seed = strtoull(optarg, NULL, 10); break;
        case 'n': load.most = strtoull(optarg, NULL, 10); break;
        case 'r': load.rate = atof(optarg); break;
        case 'c': load.connections = atoi(optarg); break;
        case 'w': intents->first = strtoull(optarg, NULL, 10); break;
        case 'b': intents->buyers = atoi(optarg); break;
        case 'd': intents->delta = atoi(optarg); break;
        case 'a': load.acting = 1; break;
        case 'x': load.storm = 1; break;
        default: return -1;
        }
    }

    load.next = intents->first;
    load.random = intents->seed ^ load.next;
    load.conns.epoll = epoll_create1(0);
    return load.conns.port > 0 && history == 0 && load.conns.epoll != -1
           && intents->buyers > 0 && load.connections > 0
           && load.connections <= LOAD_CONNECTIONS
           && intent_goods_read(intents, goods) == 0 ? 0 : -1;
}


/* Whether no intent is to begin any more. */

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
load_begin(int enough)
{
    int          i, n;
    load_try_t  *t;
    load_try_t  *begun[LOAD_CONNECTIONS];

    n = 0;

    for (i = 0; i < load.connections; i++) {
        t = &load.tries[i];

        if (t->conn.busy || t->conn.until > load.now) {
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

        if (!load_begin_one(t, enough)) {
            break;
        }

        begun[n++] = t;
    }

    history_flush();

    for (i = 0; i < n; i++) {
        conn_start(&load.conns, &begun[i]->conn);
    }
}


/* A buyer with an action goes first.  Returns 0 if there is nothing to do. */

static int
load_begin_one(load_try_t *t, int enough)
{
    conn_t  *c;

    c = &t->conn;
    t->has_action = actions_take(&load.actions, load.now, &t->action);

    if (!t->has_action && enough) {
        return 0;
    }

    t->attempt = load.attempts++;
    t->begun = load_time();
    history_line("A %llu %lld ", (unsigned long long) t->attempt,
                 (long long) t->begun);

    if (t->has_action) {
        history_line("action %s %s\n", action_name(&t->action), t->action.id);
        c->out_len = action_request(&t->action, c->keep, c->out);

    } else {
        load_intent(t);
    }

    c->busy = 1;
    load.busy++;

    if (load.storm) {
        c->until = t->begun + intent_random(&load.random) % LOAD_STORM;

        if (t->attempt % 4 == 0) {
            c->out_len -= 1 + intent_random(&load.random) % (c->out_len - 1);
        }
    }

    return 1;
}


static void
load_intent(load_try_t *t)
{
    char      line[INTENT_TEXT];
    intent_t  intent;

    intent_choose(&load.intents, &load.random, &load.next, &intent);
    intent_line(&intent, line);
    history_line("%s\n", line);

    t->intent = intent.number;
    t->conn.out_len = intent_request(&intent, t->conn.keep, t->conn.out);
}


static void
load_timers(void)
{
    int          i;
    load_try_t  *t;

    for (i = 0; i < load.connections; i++) {
        t = &load.tries[i];

        if (!t->conn.busy) {
            continue;
        }

        if (load.storm ? load.now >= t->conn.until
                       : load.now - t->begun > LOAD_TIMEOUT)
        {
            conn_fail(&load.conns, &t->conn,
                      load.storm ? "reset" : "timeout");
        }
    }
}


static void
load_end(conn_t *c, const response_t *a, const char *how)
{
    load_try_t  *t;

    t = c->owner;
    load.busy--;

    history_line("E %llu %lld %lld ", (unsigned long long) t->attempt,
                 (long long) load.now, (long long) (load.now - t->begun));

    if (a) {
        history_line("%d %s %s %s %d %d\n", a->status, a->name, a->outcome,
                     a->id, a->published, a->replayed);

    } else {
        history_line("%s - - - - -\n", how);
        c->until = load.now + LOAD_PAUSE;
    }

    if (load.acting) {
        load_next(t, a);
    }
}


/* The next step of the buyer. */

static void
load_next(load_try_t *t, const response_t *a)
{
    int64_t  when;

    when = load.now + intent_random(&load.random) % ACTION_PAUSE;

    if (t->has_action) {
        actions_answered(&load.actions, &t->action, a, when);

    } else if (a && (a->status == 201 || a->status == 202)
               && strncmp(t->conn.out, "POST ", 5) == 0)
    {
        actions_of(&load.actions, load.intents.seed ^ t->intent, a->id, when);
    }
}


static int64_t
load_time(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
