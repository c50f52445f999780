/*
 * A buyer's connection: sends one request, and tells how that has ended.
 */

#ifndef CONN_H
#define CONN_H

#include "response.h"
#include "intent.h"

#include <stddef.h>
#include <stdint.h>


typedef struct conn_s  conn_t;


/*
 * A request has ended: with a response, or `how`: `refused` (no connection:
 * nothing was sent), `closed`, `garbled` (a response that is none), or what
 * conn_fail() was called with.
 */
typedef void (*conn_ended_pt)(conn_t *c, const response_t *response,
    const char *how);


typedef struct {
    int            port;
    int            epoll;
    conn_ended_pt  ended;
} conns_t;


struct conn_s {
    int       fd;                       /* -1: none */
    int       busy;
    int       keep;                     /* wants to keep its connection */
    int64_t   until;                    /* not used, nor reset, before */
    size_t    out_len;
    size_t    out_pos;
    size_t    in_len;
    char      out[INTENT_TEXT];
    char      in[RESPONSE_MAX + 1];
    void     *owner;
};


/* Begins to send what is in `out`. */
void conn_start(const conns_t *conns, conn_t *c);

/* The events that epoll has told of. */
void conn_event(const conns_t *conns, conn_t *c, unsigned events);

/* Ends the request, and the connection. */
void conn_fail(const conns_t *conns, conn_t *c, const char *how);


#endif /* CONN_H */
