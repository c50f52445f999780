/*
 * Tickets (lib/trade_ticket.h): the directives trade_ticket and
 * trade_ticket_issue, the check of an order's ticket, and the issuing of
 * tickets.
 */

#ifndef NGX_TRADE_TICKET_H
#define NGX_TRADE_TICKET_H

#include "ngx_trade_types.h"
#include "trade_ticket.h"


struct ngx_trade_ticket_conf_s {
    trade_ticket_keys_t  *keys;
    time_t                ttl;      /* s; of trade_ticket_issue */
};


/* ngx_trade_ticket_conf.c */

/* trade_ticket keys=file | off */
char *ngx_trade_conf_ticket(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * Reads the arguments of trade_ticket_issue, keys=file ttl=time.  The caller
 * sets the handler of the location.
 */
char *ngx_trade_conf_ticket_issuer(ngx_conf_t *cf,
    ngx_trade_loc_conf_t *tlcf);


/*
 * ngx_trade_ticket_issue.c: the content handler of trade_ticket_issue.  It
 * needs neither shards nor a topic.
 */
ngx_int_t ngx_trade_ticket_issue_handler(ngx_http_request_t *r);


#endif /* NGX_TRADE_TICKET_H */
