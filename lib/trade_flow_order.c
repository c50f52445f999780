#include "trade_flow.h"

#include <string.h>


static trade_str_t trade_flow_shown(const trade_flow_t *flow);


void
trade_flow_show(trade_flow_t *flow, trade_str_t id, trade_result_e result)
{
    if (id.len != TRADE_ID_LEN
        || (flow->accepted && trade_result_status(result) >= 300))
    {
        return;
    }

    memcpy(flow->order, id.data, TRADE_ID_LEN);
    flow->shown = 1;
}


trade_str_t
trade_flow_named(const trade_flow_t *flow, trade_str_t own, int keyed)
{
    if (trade_result_status(flow->result) < 300) {
        return trade_flow_shown(flow);
    }

    if (!trade_result_unknown(flow->result)) {
        return trade_str_of(NULL, 0);
    }

    return flow->shown || keyed ? trade_flow_shown(flow) : own;
}


trade_str_t
trade_flow_possible(const trade_flow_t *flow, trade_str_t own)
{
    if (flow->answered) {
        return trade_flow_named(flow, own, 0);
    }

    if (flow->state == TRADE_FLOW_FINDING) {
        return trade_str_of(NULL, 0);
    }

    return flow->shown || !flow->changes ? trade_flow_shown(flow) : own;
}


static trade_str_t
trade_flow_shown(const trade_flow_t *flow)
{
    return flow->shown ? trade_str_of(flow->order, TRADE_ID_LEN)
                       : trade_str_of(NULL, 0);
}
