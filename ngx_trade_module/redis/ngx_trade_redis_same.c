/*
 * Whether two shards have one address, even if it is written in two forms.
 */

#include "ngx_trade_redis_conf.h"


static ngx_uint_t ngx_trade_redis_same_addr(ngx_addr_t *one, ngx_addr_t *two);
static ngx_uint_t ngx_trade_redis_same_host(ngx_str_t *one, ngx_str_t *two);
static ngx_uint_t ngx_trade_redis_inet(ngx_addr_t *addr,
    struct sockaddr_in *sin);


ngx_uint_t
ngx_trade_redis_same(ngx_trade_redis_server_t *one,
    ngx_trade_redis_server_t *two)
{
    ngx_uint_t  i, j;

    if (one->addrs == NULL || two->addrs == NULL) {
        return one->addrs == two->addrs && one->port == two->port
               && ngx_trade_redis_same_host(&one->host, &two->host);
    }

    for (i = 0; i < one->naddrs; i++) {
        for (j = 0; j < two->naddrs; j++) {
            if (ngx_trade_redis_same_addr(&one->addrs[i], &two->addrs[j])) {
                return 1;
            }
        }
    }

    return 0;
}


static ngx_uint_t
ngx_trade_redis_same_addr(ngx_addr_t *one, ngx_addr_t *two)
{
    struct sockaddr_in  a, b;

    if (ngx_cmp_sockaddr(one->sockaddr, one->socklen, two->sockaddr,
                         two->socklen, 1)
        == NGX_OK)
    {
        return 1;
    }

    return ngx_trade_redis_inet(one, &a) && ngx_trade_redis_inet(two, &b)
           && a.sin_addr.s_addr == b.sin_addr.s_addr
           && a.sin_port == b.sin_port;
}


/* Names are equal in upper and lower case, and with a dot at the end */

static ngx_uint_t
ngx_trade_redis_same_host(ngx_str_t *one, ngx_str_t *two)
{
    size_t  n, m;

    n = one->len;
    m = two->len;

    n -= n && one->data[n - 1] == '.';
    m -= m && two->data[m - 1] == '.';

    return n == m && ngx_strncasecmp(one->data, two->data, n) == 0;
}


/* The IPv4 address in `addr`, which may be written as ::ffff:a.b.c.d */

static ngx_uint_t
ngx_trade_redis_inet(ngx_addr_t *addr, struct sockaddr_in *sin)
{
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (addr->sockaddr->sa_family) {

    case AF_INET:
        *sin = *(struct sockaddr_in *) addr->sockaddr;
        return 1;

#if (NGX_HAVE_INET6)

    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) addr->sockaddr;

        if (!IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            return 0;
        }

        sin->sin_port = sin6->sin6_port;
        ngx_memcpy(&sin->sin_addr, &sin6->sin6_addr.s6_addr[12], 4);
        return 1;

#endif

    default:
        return 0;
    }
}
