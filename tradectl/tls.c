#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>


static int tls_files(SSL_CTX *ctx, const tls_conf_t *conf);
static void tls_fail(redisContext *c, SSL *ssl);


SSL *
tls_connect(redisContext *c, const tls_conf_t *conf)
{
    SSL          *ssl;
    SSL_CTX      *ctx;
    const char   *name;

    name = conf->name ? conf->name : c->tcp.host;
    ssl = NULL;

    if (name == NULL) {
        c->err = REDIS_ERR_OTHER;
        snprintf(c->errstr, sizeof(c->errstr), "a unix socket needs -n");
        return NULL;
    }

    ERR_clear_error();
    errno = 0;

    ctx = SSL_CTX_new(TLS_client_method());

    if (ctx && tls_files(ctx, conf) == 0) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
        ssl = SSL_new(ctx);
    }

    SSL_CTX_free(ctx);

    if (ssl == NULL || SSL_set_fd(ssl, c->fd) != 1) {
        tls_fail(c, ssl);
        SSL_free(ssl);
        return NULL;
    }

    /* a certificate may name an address, SNI must not */

    if ((X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) != 1
         && (SSL_set1_host(ssl, name) != 1
             || SSL_set_tlsext_host_name(ssl, name) != 1))
        || SSL_connect(ssl) != 1)
    {
        tls_fail(c, ssl);
        SSL_free(ssl);
        return NULL;
    }

    return ssl;
}


static int
tls_files(SSL_CTX *ctx, const tls_conf_t *conf)
{
    if (SSL_CTX_load_verify_locations(ctx, conf->ca, NULL) != 1) {
        return -1;
    }

    if (conf->client
        && (SSL_CTX_use_certificate_chain_file(ctx, conf->client) != 1
            || SSL_CTX_use_PrivateKey_file(ctx, conf->client,
                                           SSL_FILETYPE_PEM) != 1))
    {
        return -1;
    }

    return 0;
}


redisReply *
tls_command(SSL *ssl, redisContext *c, int argc, const char **argv,
    const size_t *len)
{
    int     n;
    char   *text, buf[4096];
    void   *reply;

    ERR_clear_error();
    errno = 0;

    n = redisFormatCommandArgv(&text, argc, argv, len);

    if (n > 0) {
        n = SSL_write(ssl, text, n);
        redisFreeCommand(text);
    }

    for (reply = NULL; n > 0 && reply == NULL; /* void */ ) {
        n = SSL_read(ssl, buf, sizeof(buf));

        if (n > 0
            && (redisReaderFeed(c->reader, buf, n) != REDIS_OK
                || redisReaderGetReply(c->reader, &reply) != REDIS_OK))
        {
            break;
        }
    }

    if (reply == NULL) {
        tls_fail(c, ssl);
    }

    return reply;
}


static void
tls_fail(redisContext *c, SSL *ssl)
{
    int             error;
    long            verify;
    const char     *why;
    unsigned long   code;

    error = errno;
    verify = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
    code = ERR_peek_last_error();

    if (verify != X509_V_OK) {
        why = X509_verify_cert_error_string(verify);

    } else if (c->reader->err) {
        why = c->reader->errstr;

    } else if (code) {
        why = ERR_reason_error_string(code);

    } else {
        why = error ? strerror(error) : "connection closed";
    }

    c->err = REDIS_ERR_OTHER;
    snprintf(c->errstr, sizeof(c->errstr), "TLS: %.100s",
             why ? why : "unknown error");
}
