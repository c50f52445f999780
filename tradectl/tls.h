/*
 * TLS for a connection of hiredis.  Debian 12 has no hiredis with TLS, so
 * hiredis connects and parses, and OpenSSL carries the bytes in between.
 */

#ifndef TLS_H
#define TLS_H

#include <hiredis/hiredis.h>
#include <openssl/ssl.h>


typedef struct {
    const char  *ca;                    /* a file; NULL: no TLS */
    const char  *client;                /* certificate and key, or NULL */
    const char  *name;                  /* in the server's certificate; NULL:
                                           its host */
} tls_conf_t;


/*
 * Does the TLS handshake on a connected context.  Returns NULL on an error,
 * which the context has.  Free the result with SSL_free().
 */
SSL *tls_connect(redisContext *c, const tls_conf_t *conf);

/* Does the same as redisCommandArgv(). */
redisReply *tls_command(SSL *ssl, redisContext *c, int argc,
    const char **argv, const size_t *len);


#endif /* TLS_H */
