/*
 * TLS for a connection of hiredis, whose own is not in Debian 12: hiredis
 * connects and parses, OpenSSL speaks in between.
 */

#ifndef TLS_H
#define TLS_H

#include <hiredis/hiredis.h>
#include <openssl/ssl.h>


typedef struct {
    const char  *ca;                    /* a file; NULL: no TLS */
    const char  *client;                /* certificate and key, or NULL */
    const char  *name;                  /* the server's; NULL: its host */
} tls_conf_t;


/*
 * Shakes hands on a context that is connected.  NULL on errors, which are in
 * the context.  To be freed with SSL_free().
 */
SSL *tls_connect(redisContext *c, const tls_conf_t *conf);

/* As redisCommandArgv(). */
redisReply *tls_command(SSL *ssl, redisContext *c, int argc,
    const char **argv, const size_t *len);


#endif /* TLS_H */
