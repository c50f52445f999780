/*
 * The directive trade_ticket: orders need a ticket (lib/trade_ticket.h).
 */

#ifndef NGX_TRADE_TICKET_H
#define NGX_TRADE_TICKET_H

#include "ngx_trade_types.h"
#include "trade_ticket.h"


struct ngx_trade_ticket_conf_s {
    trade_ticket_keys_t  *keys;
};


/* ngx_trade_ticket_conf.c */

/* trade_ticket keys=file | off */
char *ngx_trade_conf_ticket(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


#endif /* NGX_TRADE_TICKET_H */
