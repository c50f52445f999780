/*
 * The ticket of an order (trade_ticket): the check of the header, before the
 * body is read, and the comparison with the order, behind it.
 */

#include "ngx_trade_ticket.h"
#include "ngx_trade_request.h"


static trade_result_e ngx_trade_ticket_read(ngx_trade_request_t *req,
    trade_ticket_t *ticket);
static trade_result_e ngx_trade_ticket_key(ngx_trade_request_t *req,
    const trade_ticket_t *ticket);


trade_result_e
ngx_trade_ticket_admit(ngx_trade_request_t *req)
{
    trade_result_e   result;
    trade_ticket_t  *ticket;

    if (req->conf->ticket == NULL) {
        return TRADE_DONE;
    }

    if (req->headers.trade_ticket.n == 0) {
        return TRADE_TICKET_REQUIRED;
    }

    ticket = ngx_palloc(req->pool, sizeof(trade_ticket_t));
    if (ticket == NULL) {
        return TRADE_OVERLOADED;
    }

    result = ngx_trade_ticket_read(req, ticket);

    if (result == TRADE_DONE) {
        result = ngx_trade_ticket_key(req, ticket);
    }

    if (result == TRADE_DONE) {
        req->ticket = ticket;
    }

    return result;
}


static trade_result_e
ngx_trade_ticket_read(ngx_trade_request_t *req, trade_ticket_t *ticket)
{
    const char          *fault;
    trade_result_e       result;
    ngx_trade_header_t  *header;

    header = &req->headers.trade_ticket;

    if (header->n > 1) {
        ngx_trade_answer_detail(req, "the request has %ui headers Trade-Ticket",
                                header->n);
        return TRADE_TICKET_MALFORMED;
    }

    fault = trade_ticket_parse(ticket, ngx_trade_str(header->value));

    if (fault) {
        ngx_trade_answer_detail(req, "the ticket %s", fault);
        return TRADE_TICKET_MALFORMED;
    }

    result = trade_ticket_check(ticket, req->conf->ticket->keys, ngx_time());

    if (result == TRADE_TICKET_MALFORMED) {
        ngx_trade_answer_detail(req, "the ticket expires more than 12 hours "
                                "ahead");
    }

    return result;
}


/* An Idempotency-Key is not needed, since the nonce is the key */

static trade_result_e
ngx_trade_ticket_key(ngx_trade_request_t *req, const trade_ticket_t *ticket)
{
    char            mem[TRADE_KEY_MAX];
    trade_str_t     key;
    trade_result_e  result;

    result = ngx_trade_headers_key(&req->headers, mem, &key);

    if (result != TRADE_DONE || key.len == 0) {
        return result;
    }

    return trade_str_eq(key, ticket->nonce) ? TRADE_DONE : TRADE_KEY_NOT_NONCE;
}


trade_result_e
ngx_trade_ticket_match(ngx_trade_request_t *req)
{
    const trade_order_t   *order;
    const trade_ticket_t  *ticket;

    order = &req->order;
    ticket = req->ticket;

    if (ticket == NULL) {
        return TRADE_DONE;
    }

    if (order->nitems != 1
        || !trade_str_eq(order->items[0].sku, ticket->sku))
    {
        ngx_trade_answer_detail(req, "the order has another SKU than the "
                                "ticket");
        return TRADE_TICKET_FOREIGN;
    }

    if (!trade_str_eq(order->buyer, ticket->buyer)) {
        ngx_trade_answer_detail(req, "the order has another buyer than the "
                                "ticket");
        return TRADE_TICKET_FOREIGN;
    }

    return TRADE_DONE;
}
