#include "trade_json_scan.h"

#include <stdlib.h>
#include <string.h>


static size_t trade_json_number_nodes(cJSON *node, size_t n);


trade_json_rc_e
trade_json_parse(trade_json_t *json, trade_str_t text, int max_depth,
    trade_json_error_t *error)
{
    trade_json_rc_e  rc;

    rc = trade_json_scan(text, max_depth, &json->spans, &json->nspans, error);

    if (rc == TRADE_JSON_OK) {
        json->root = cJSON_ParseWithLength(text.data, text.len);

        if (json->root) {
            (void) trade_json_number_nodes(json->root, 0);
            return TRADE_JSON_OK;
        }

        rc = TRADE_JSON_NOMEM;
        error->what = "out of memory";
    }

    free(json->spans);

    return rc;
}


void
trade_json_free(trade_json_t *json)
{
    cJSON_Delete(json->root);
    free(json->spans);
}


static size_t
trade_json_number_nodes(cJSON *node, size_t n)
{
    for ( /* void */ ; node; node = node->next) {
        node->valueint = (int) n++;
        n = trade_json_number_nodes(node->child, n);
    }

    return n;
}


trade_str_t
trade_json_text(const trade_json_t *json, const cJSON *node)
{
    return json->spans[node->valueint].text;
}


int
trade_json_string(const trade_json_t *json, const cJSON *node,
    trade_str_t *value)
{
    if (!cJSON_IsString(node) || json->spans[node->valueint].nul) {
        return -1;
    }

    *value = trade_str_c(node->valuestring);

    return 0;
}


int
trade_json_integer(const trade_json_t *json, const cJSON *node,
    int64_t *value)
{
    int          negative;
    uint64_t     v;
    trade_str_t  text;

    if (!cJSON_IsNumber(node)) {
        return -1;
    }

    text = trade_json_text(json, node);
    negative = text.data[0] == '-';

    if (negative) {
        text.data++;
        text.len--;
    }

    if (trade_str_u64(text, INT64_MAX, &v) != 0 || (negative && v == 0)) {
        return -1;
    }

    *value = negative ? -(int64_t) v : (int64_t) v;

    return 0;
}
