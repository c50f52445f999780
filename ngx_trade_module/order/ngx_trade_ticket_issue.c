/*
 * Issues tickets: GET ?sku=S&buyer=B answers {"ticket", "expires_at"}.  The
 * location says who may ask, by nginx's own means.
 */

#include "ngx_trade_request.h"
#include "ngx_trade_send.h"
#include "ngx_trade_ticket.h"
#include "trade_time.h"
#include "trade_uri.h"

#include <openssl/rand.h>


#define NGX_TRADE_TICKET_RANDOM  16     /* bytes of a nonce */

#define NGX_TRADE_TICKET_JSON                                                 \
    (sizeof("{\"ticket\":\"\",\"expires_at\":\"\"}") - 1 + TRADE_TICKET_MAX   \
     + TRADE_TIME_LEN)


typedef struct {
    trade_ticket_t   ticket;
    char             nonce[trade_base64_len(NGX_TRADE_TICKET_RANDOM)];
    const char      *argument;      /* the one at fault */
    const char      *fault;         /* NULL: none */
} ngx_trade_ticket_issue_t;


static trade_result_e ngx_trade_ticket_issue_read(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue);
static trade_result_e ngx_trade_ticket_issue_name(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue, const char *argument, trade_str_t *name);
static trade_result_e ngx_trade_ticket_issue_buyer(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue);
static trade_result_e ngx_trade_ticket_issue_nonce(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue);
static ngx_int_t ngx_trade_ticket_issue_send(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue);
static ngx_int_t ngx_trade_ticket_issue_refuse(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue, trade_result_e result);


ngx_int_t
ngx_trade_ticket_issue_handler(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    trade_result_e             result;
    ngx_trade_ticket_issue_t  *issue;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    issue = ngx_pcalloc(r->pool, sizeof(ngx_trade_ticket_issue_t));
    if (issue == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    result = r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)
             ? ngx_trade_ticket_issue_read(r, issue) : TRADE_METHOD;

    return result == TRADE_DONE
           ? ngx_trade_ticket_issue_send(r, issue)
           : ngx_trade_ticket_issue_refuse(r, issue, result);
}


static trade_result_e
ngx_trade_ticket_issue_read(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue)
{
    trade_result_e         result;
    ngx_trade_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_trade_module);

    issue->ticket.expires = ngx_time() + conf->issuer->ttl;

    result = ngx_trade_ticket_issue_name(r, issue, "sku", &issue->ticket.sku);

    if (result == TRADE_DONE) {
        result = ngx_trade_ticket_issue_buyer(r, issue);
    }

    if (result == TRADE_DONE) {
        result = ngx_trade_ticket_issue_nonce(r, issue);
    }

    return result;
}


static trade_result_e
ngx_trade_ticket_issue_name(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue, const char *argument, trade_str_t *name)
{
    ngx_str_t       value;
    trade_result_e  result;

    issue->argument = argument;

    result = ngx_trade_uri_argument(r, argument, &value, &issue->fault);
    if (result != TRADE_DONE) {
        return result;
    }

    *name = ngx_trade_str(value);
    issue->fault = trade_name_fault(*name);

    return issue->fault ? TRADE_BAD_URI : TRADE_DONE;
}


/* With trade_buyer the argument may be left out, and must not differ */

static trade_result_e
ngx_trade_ticket_issue_buyer(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue)
{
    ngx_str_t              buyer;
    trade_str_t            named;
    trade_result_e         result;
    ngx_trade_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_trade_module);

    if (conf->buyer == NULL) {
        return ngx_trade_ticket_issue_name(r, issue, "buyer",
                                           &issue->ticket.buyer);
    }

    result = ngx_trade_request_buyer_of(r, conf->buyer, &buyer, &issue->fault);
    if (result != TRADE_DONE) {
        return result;
    }

    issue->ticket.buyer = ngx_trade_str(buyer);

    if (trade_uri_argument(ngx_trade_str(r->args), "buyer", &named) == 0) {
        return TRADE_DONE;
    }

    result = ngx_trade_ticket_issue_name(r, issue, "buyer", &named);

    if (result == TRADE_DONE && !trade_str_eq(named, issue->ticket.buyer)) {
        issue->fault = "is not the buyer who asks";
        return TRADE_BAD_URI;
    }

    return result;
}


/* Takes the nonce from the URI, or makes one */

static trade_result_e
ngx_trade_ticket_issue_nonce(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue)
{
    u_char       random[NGX_TRADE_TICKET_RANDOM];
    trade_buf_t  b;
    trade_str_t  value;

    issue->argument = "nonce";

    switch (trade_uri_argument(ngx_trade_str(r->args), "nonce", &value)) {

    case 0:
        break;

    case 1:
        issue->ticket.nonce = value;

        if (trade_ticket_keys_word(value)) {
            return TRADE_DONE;
        }

        issue->fault = "is not 1 to 64 of A-Z a-z 0-9 _ -";
        return TRADE_BAD_URI;

    default:
        issue->fault = "stands there twice";
        return TRADE_BAD_URI;
    }

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return TRADE_OVERLOADED;
    }

    trade_buf_init(&b, issue->nonce, sizeof(issue->nonce));
    trade_base64_write(&b, trade_str_of((char *) random, sizeof(random)));
    issue->ticket.nonce = trade_buf_done(&b);

    return TRADE_DONE;
}


static ngx_int_t
ngx_trade_ticket_issue_send(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue)
{
    char                  *mem;
    ngx_str_t              body;
    trade_buf_t            b;
    ngx_trade_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_trade_module);

    mem = ngx_pnalloc(r->pool, NGX_TRADE_TICKET_JSON);
    if (mem == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    trade_buf_init(&b, mem, NGX_TRADE_TICKET_JSON);
    trade_buf_c(&b, "{\"ticket\":\"");

    if (trade_ticket_write(&b, &issue->ticket, conf->issuer->keys) != 0) {
        return ngx_trade_ticket_issue_refuse(r, issue, TRADE_OVERLOADED);
    }

    trade_buf_c(&b, "\",\"expires_at\":\"");
    trade_time_write(&b, issue->ticket.expires * 1000);
    trade_buf_c(&b, "\"}");

    if (b.overflow) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body = ngx_trade_ngx_str(trade_buf_done(&b));

    return ngx_trade_send(r, NGX_HTTP_OK, NULL, &body);
}


static ngx_int_t
ngx_trade_ticket_issue_refuse(ngx_http_request_t *r,
    ngx_trade_ticket_issue_t *issue, trade_result_e result)
{
    u_char            text[128];
    ngx_str_t         allow = ngx_string("GET, HEAD");
    ngx_uint_t        retry;
    trade_problem_t   problem;

    ngx_memzero(&problem, sizeof(trade_problem_t));
    problem.result = result;

    if (result == TRADE_BAD_URI) {
        problem.detail.data = (char *) text;
        problem.detail.len = ngx_snprintf(text, sizeof(text),
                                          "the argument \"%s\" %s",
                                          issue->argument, issue->fault)
                             - text;
    }

    retry = trade_result_retry_after(result, ngx_random());

    if ((result == TRADE_METHOD
         && ngx_trade_send_header(r, "Allow", &allow) != NGX_OK)
        || (retry && ngx_trade_send_number(r, "Retry-After", retry) != NGX_OK))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_trade_send_problem(r, &problem);
}
