#include "ngx_trade_hash_count.h"
#include "ngx_trade_hash_text.h"


#define NGX_TRADE_HASH_TEXT_ROOM  256   /* bytes of one call, without names */


/* The values of a metric, beside the counts */

enum {
    NGX_TRADE_HASH_POINTS = NGX_TRADE_HASH_COUNTS,
    NGX_TRADE_HASH_SHARE,
    NGX_TRADE_HASH_IN_FLIGHT,
    NGX_TRADE_HASH_AVAILABLE
};


/* A row without a name has one more label of the metric before it */

typedef struct {
    ngx_str_t          name;
    ngx_str_t          type;
    ngx_str_t          help;
    ngx_str_t          label;
    ngx_uint_t         value;
} ngx_trade_hash_metric_t;


/* Text that grows.  `error` stands for no memory. */

typedef struct {
    ngx_pool_t        *pool;
    u_char            *start;
    u_char            *last;
    u_char            *end;
    ngx_uint_t         error;
} ngx_trade_hash_text_t;


static void ngx_trade_hash_text_upstream(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_conf_t *conf);
static void ngx_trade_hash_text_node(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_ring_t *ring, uint32_t node);
static void ngx_trade_hash_text_counts(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_count_t *count);
static void ngx_trade_hash_text_metric(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_conf_t *conf, const ngx_trade_hash_metric_t *metric);
static void ngx_trade_hash_text_value(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_ring_t *ring, uint32_t node, ngx_uint_t value);
static ngx_uint_t ngx_trade_hash_text_shared(
    const ngx_trade_hash_conf_t *conf);
static void ngx_trade_hash_text_add(ngx_trade_hash_text_t *text,
    const char *fmt, ...);
static void ngx_trade_hash_text_escaped(ngx_trade_hash_text_t *text,
    const u_char *data, size_t len);
static ngx_int_t ngx_trade_hash_text_grow(ngx_trade_hash_text_t *text,
    size_t room);
static ngx_buf_t *ngx_trade_hash_text_buf(ngx_trade_hash_text_t *text);


static const char  *ngx_trade_hash_states[TRADE_BOUND_STATES] = {
    "down", "failed", "max_conns", "tried", "available"
};


static const ngx_trade_hash_metric_t  ngx_trade_hash_metrics[] = {

    { ngx_string("points"), ngx_string("gauge"),
      ngx_string("Points of the node on the ring."),
      ngx_null_string, NGX_TRADE_HASH_POINTS },

    { ngx_string("share"), ngx_string("gauge"),
      ngx_string("Share of all keys whose owner is the node, from 0 to 1."),
      ngx_null_string, NGX_TRADE_HASH_SHARE },

    { ngx_string("in_flight"), ngx_string("gauge"),
      ngx_string("Requests in flight; without a zone, of one worker."),
      ngx_null_string, NGX_TRADE_HASH_IN_FLIGHT },

    { ngx_string("available"), ngx_string("gauge"),
      ngx_string("1 if the node can take a request, else 0."),
      ngx_null_string, NGX_TRADE_HASH_AVAILABLE },

    { ngx_string("requests_total"), ngx_string("counter"),
      ngx_string("Tries of requests that the node got, by what chose it."),
      ngx_string("choice=\"first\""), NGX_TRADE_HASH_FIRST },

    { ngx_null_string, ngx_null_string, ngx_null_string,
      ngx_string("choice=\"taken_over\""), NGX_TRADE_HASH_TAKEN_OVER },

    { ngx_null_string, ngx_null_string, ngx_null_string,
      ngx_string("choice=\"round_robin\""), NGX_TRADE_HASH_ROUND_ROBIN },

    { ngx_string("given_away_total"), ngx_string("counter"),
      ngx_string("Tries that went elsewhere, for the node had its capacity."),
      ngx_null_string, NGX_TRADE_HASH_GIVEN_AWAY },

    { ngx_string("skipped_total"), ngx_string("counter"),
      ngx_string("Tries with a key of the node that went past it, by reason."),
      ngx_string("reason=\"down\""),
      NGX_TRADE_HASH_SKIPPED + TRADE_BOUND_DOWN },

    { ngx_null_string, ngx_null_string, ngx_null_string,
      ngx_string("reason=\"failed\""),
      NGX_TRADE_HASH_SKIPPED + TRADE_BOUND_FAILED },

    { ngx_null_string, ngx_null_string, ngx_null_string,
      ngx_string("reason=\"max_conns\""),
      NGX_TRADE_HASH_SKIPPED + TRADE_BOUND_FULL },

    { ngx_null_string, ngx_null_string, ngx_null_string,
      ngx_string("reason=\"tried\""),
      NGX_TRADE_HASH_SKIPPED + TRADE_BOUND_TRIED }
};


ngx_buf_t *
ngx_trade_hash_text_json(ngx_pool_t *pool, const ngx_array_t *upstreams)
{
    ngx_uint_t               i;
    ngx_trade_hash_conf_t  **conf;
    ngx_trade_hash_text_t    text = { pool, NULL, NULL, NULL, 0 };

    conf = upstreams->elts;

    ngx_trade_hash_text_add(&text, "{\"upstreams\":[");

    for (i = 0; i < upstreams->nelts; i++) {
        ngx_trade_hash_text_add(&text, i ? "," : "");
        ngx_trade_hash_text_upstream(&text, conf[i]);
    }

    ngx_trade_hash_text_add(&text, "]}\n");

    return ngx_trade_hash_text_buf(&text);
}


static void
ngx_trade_hash_text_upstream(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_conf_t *conf)
{
    uint32_t                      i;
    const ngx_trade_hash_ring_t  *ring;

    ring = conf->ring;

    ngx_trade_hash_text_add(text, "{\"name\":\"");
    ngx_trade_hash_text_escaped(text, conf->upstream->host.data,
                                conf->upstream->host.len);
    ngx_trade_hash_text_add(text, "\",\"bounded\":");

    if (conf->bound) {
        ngx_trade_hash_text_add(text, "%.3f",
                                (double) conf->bound / TRADE_BOUND_UNIT);

    } else {
        ngx_trade_hash_text_add(text, "null");
    }

    ngx_trade_hash_text_add(text, ",\"points\":%uD,\"shared\":%s,\"nodes\":[",
                            ring->ring.npoints,
                            ngx_trade_hash_text_shared(conf) ? "true"
                                                             : "false");

    for (i = 0; i < ring->ring.nnodes; i++) {
        ngx_trade_hash_text_add(text, i ? "," : "");
        ngx_trade_hash_text_node(text, ring, i);
    }

    ngx_trade_hash_text_add(text, "]}");
}


static void
ngx_trade_hash_text_node(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_ring_t *ring, uint32_t node)
{
    const char  *name;

    name = ring->ring.nodes[node].name;

    ngx_trade_hash_text_add(text, "{\"name\":\"");
    ngx_trade_hash_text_escaped(text, (u_char *) name, ngx_strlen(name));
    ngx_trade_hash_text_add(text, "\",\"weight\":%uD,\"points\":",
                            ring->load[node].weight);
    ngx_trade_hash_text_value(text, ring, node, NGX_TRADE_HASH_POINTS);
    ngx_trade_hash_text_add(text, ",\"share\":");
    ngx_trade_hash_text_value(text, ring, node, NGX_TRADE_HASH_SHARE);
    ngx_trade_hash_text_add(text, ",\"state\":\"%s\",\"in_flight\":",
                            ngx_trade_hash_states[ring->load[node].state]);
    ngx_trade_hash_text_value(text, ring, node, NGX_TRADE_HASH_IN_FLIGHT);

    if (ring->count[node]) {
        ngx_trade_hash_text_counts(text, ring->count[node]);
    }

    ngx_trade_hash_text_add(text, "}");
}


static void
ngx_trade_hash_text_counts(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_count_t *count)
{
    ngx_uint_t  i;

    ngx_trade_hash_text_add(text, ",\"first\":%uA,\"taken_over\":%uA,"
                            "\"round_robin\":%uA,\"given_away\":%uA,"
                            "\"skipped\":{",
                            count->value[NGX_TRADE_HASH_FIRST],
                            count->value[NGX_TRADE_HASH_TAKEN_OVER],
                            count->value[NGX_TRADE_HASH_ROUND_ROBIN],
                            count->value[NGX_TRADE_HASH_GIVEN_AWAY]);

    for (i = 0; i < TRADE_BOUND_AVAILABLE; i++) {
        ngx_trade_hash_text_add(text, "%s\"%s\":%uA", i ? "," : "",
                                ngx_trade_hash_states[i],
                                count->value[NGX_TRADE_HASH_SKIPPED + i]);
    }

    ngx_trade_hash_text_add(text, "}");
}


ngx_buf_t *
ngx_trade_hash_text_metrics(ngx_pool_t *pool, const ngx_array_t *upstreams)
{
    ngx_uint_t                       i, m;
    const ngx_str_t                 *name;
    ngx_trade_hash_conf_t          **conf;
    ngx_trade_hash_text_t            text = { pool, NULL, NULL, NULL, 0 };
    ngx_trade_hash_metric_t          metric;

    conf = upstreams->elts;
    name = NULL;

    for (m = 0;
         m < sizeof(ngx_trade_hash_metrics) / sizeof(ngx_trade_hash_metrics[0]);
         m++)
    {
        metric = ngx_trade_hash_metrics[m];

        if (metric.name.len) {
            name = &ngx_trade_hash_metrics[m].name;
            ngx_trade_hash_text_add(&text, "# HELP trade_hash_%V %V\n"
                                    "# TYPE trade_hash_%V %V\n",
                                    name, &metric.help, name, &metric.type);
        }

        metric.name = *name;

        for (i = 0; i < upstreams->nelts; i++) {
            ngx_trade_hash_text_metric(&text, conf[i], &metric);
        }
    }

    return ngx_trade_hash_text_buf(&text);
}


static void
ngx_trade_hash_text_metric(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_conf_t *conf, const ngx_trade_hash_metric_t *metric)
{
    uint32_t                      i;
    const char                   *node;
    const ngx_trade_hash_ring_t  *ring;

    ring = conf->ring;

    for (i = 0; i < ring->ring.nnodes; i++) {

        if (metric->value < NGX_TRADE_HASH_COUNTS && ring->count[i] == NULL) {
            continue;
        }

        node = ring->ring.nodes[i].name;

        ngx_trade_hash_text_add(text, "trade_hash_%V{upstream=\"",
                                &metric->name);
        ngx_trade_hash_text_escaped(text, conf->upstream->host.data,
                                    conf->upstream->host.len);
        ngx_trade_hash_text_add(text, "\",node=\"");
        ngx_trade_hash_text_escaped(text, (u_char *) node, ngx_strlen(node));
        ngx_trade_hash_text_add(text, "\"%s%V} ", metric->label.len ? "," : "",
                                &metric->label);
        ngx_trade_hash_text_value(text, ring, i, metric->value);
        ngx_trade_hash_text_add(text, "\n");
    }
}


static void
ngx_trade_hash_text_value(ngx_trade_hash_text_t *text,
    const ngx_trade_hash_ring_t *ring, uint32_t node, ngx_uint_t value)
{
    switch (value) {

    case NGX_TRADE_HASH_POINTS:
        ngx_trade_hash_text_add(text, "%uD", ring->share[node].points);
        return;

    case NGX_TRADE_HASH_SHARE:
        ngx_trade_hash_text_add(text, "%.6f",
                                (double) ring->share[node].hashes
                                / NGX_TRADE_HASH_HASHES);
        return;

    case NGX_TRADE_HASH_IN_FLIGHT:
        ngx_trade_hash_text_add(text, "%uD", ring->load[node].conns);
        return;

    case NGX_TRADE_HASH_AVAILABLE:
        ngx_trade_hash_text_add(text, "%d", ring->load[node].state
                                            == TRADE_BOUND_AVAILABLE);
        return;

    default:
        ngx_trade_hash_text_add(text, "%uA", ring->count[node]->value[value]);
    }
}


static ngx_uint_t
ngx_trade_hash_text_shared(const ngx_trade_hash_conf_t *conf)
{
#if (NGX_HTTP_UPSTREAM_ZONE)
    return conf->upstream->shm_zone != NULL;
#else
    return 0;
#endif
}


/* At most NGX_TRADE_HASH_TEXT_ROOM bytes */

static void
ngx_trade_hash_text_add(ngx_trade_hash_text_t *text, const char *fmt, ...)
{
    va_list  args;

    if (ngx_trade_hash_text_grow(text, NGX_TRADE_HASH_TEXT_ROOM) != NGX_OK) {
        return;
    }

    va_start(args, fmt);
    text->last = ngx_vslprintf(text->last, text->end, fmt, args);
    va_end(args);
}


/* As both formats want it: of control characters they share \n only */

static void
ngx_trade_hash_text_escaped(ngx_trade_hash_text_t *text, const u_char *data,
    size_t len)
{
    size_t  i;

    if (ngx_trade_hash_text_grow(text, 2 * len) != NGX_OK) {
        return;
    }

    for (i = 0; i < len; i++) {
        if (data[i] == '"' || data[i] == '\\' || data[i] == '\n') {
            *text->last++ = '\\';
        }

        *text->last++ = data[i] == '\n' ? 'n' : data[i] < ' ' ? '?' : data[i];
    }
}


static ngx_int_t
ngx_trade_hash_text_grow(ngx_trade_hash_text_t *text, size_t room)
{
    u_char  *start;
    size_t   len, size;

    if (text->error) {
        return NGX_ERROR;
    }

    len = text->last - text->start;

    if (text->start && (size_t) (text->end - text->last) >= room) {
        return NGX_OK;
    }

    size = ngx_max(2 * len + room, 4096);

    start = ngx_pnalloc(text->pool, size);
    if (start == NULL) {
        text->error = 1;
        return NGX_ERROR;
    }

    if (len) {
        ngx_memcpy(start, text->start, len);
        (void) ngx_pfree(text->pool, text->start);
    }

    text->start = start;
    text->last = start + len;
    text->end = start + size;

    return NGX_OK;
}


static ngx_buf_t *
ngx_trade_hash_text_buf(ngx_trade_hash_text_t *text)
{
    ngx_buf_t  *b;

    b = text->error ? NULL : ngx_calloc_buf(text->pool);
    if (b == NULL) {
        return NULL;
    }

    b->pos = text->start;
    b->last = text->last;
    b->memory = 1;

    return b;
}
