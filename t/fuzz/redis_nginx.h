/*
 * As much of nginx as the Redis transport calls, for the target redis.c: its
 * sockets are memory, its timers and posted events run when the target says.
 */

#ifndef REDIS_NGINX_H
#define REDIS_NGINX_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "fuzz.h"


/* The next connect says so: NGX_OK, NGX_AGAIN or NGX_ERROR. */
extern ngx_int_t  fuzz_connect;

/* How many bytes a socket takes before it says NGX_AGAIN. */
extern size_t  fuzz_room;


/* To be called before each input. */
void fuzz_nginx_init(void);

/* Frees what came from pools, and what was written. */
void fuzz_nginx_free(void);

/* Bytes to read, then 0 (the end) or NGX_ERROR if not NGX_AGAIN. */
void fuzz_nginx_read(ngx_connection_t *c, const uint8_t *data, size_t size,
    ngx_int_t then);

/* How often `text` has been written, over all sockets, closed ones too. */
size_t fuzz_nginx_written(const char *text);

void fuzz_nginx_timer(ngx_event_t *ev);
void fuzz_nginx_posted(void);


#endif /* REDIS_NGINX_H */
