#include "trade_pipe.h"

#include <string.h>


static void trade_pipe_append(trade_pipe_list_t *list, trade_pipe_cmd_t *cmd);
static trade_pipe_list_t trade_pipe_all(trade_pipe_list_t *list);


trade_pipe_cmd_t *
trade_pipe_take(trade_pipe_list_t *list)
{
    trade_pipe_cmd_t  *cmd;

    cmd = list->first;

    if (cmd) {
        list->first = cmd->next;
        cmd->next = NULL;
    }

    return cmd;
}


static void
trade_pipe_append(trade_pipe_list_t *list, trade_pipe_cmd_t *cmd)
{
    cmd->next = NULL;

    if (list->first) {
        list->last->next = cmd;

    } else {
        list->first = cmd;
    }

    list->last = cmd;
}


static trade_pipe_list_t
trade_pipe_all(trade_pipe_list_t *list)
{
    trade_pipe_list_t  all;

    all = *list;
    list->first = NULL;

    return all;
}


int
trade_pipe_avoids(const trade_pipe_t *pipe, int durable)
{
    return pipe->waiting && !durable;
}


void
trade_pipe_begin(trade_pipe_cmd_t *cmd)
{
    cmd->body = 0;
}


/* Behind a WAIT nothing durable is written: it would need another one */

int
trade_pipe_put(trade_pipe_t *pipe, trade_pipe_cmd_t *cmd)
{
    if (cmd->durable && pipe->waiting) {
        trade_pipe_unwritten(cmd);
        trade_pipe_append(&pipe->later, cmd);
        return 0;
    }

    return 1;
}


void
trade_pipe_sent(trade_pipe_t *pipe, trade_pipe_cmd_t *cmd, size_t size)
{
    pipe->queued += size;
    cmd->end = pipe->queued;

    trade_pipe_append(&pipe->sent, cmd);

    if (cmd->durable) {
        pipe->wait = 1;
    }
}


void
trade_pipe_waits(trade_pipe_t *pipe)
{
    pipe->wait = 0;
    pipe->waiting = 1;
}


void
trade_pipe_wrote(trade_pipe_t *pipe, size_t size)
{
    pipe->written += size;
}


trade_pipe_reply_e
trade_pipe_reply(trade_pipe_t *pipe, int error, int noscript,
    trade_pipe_cmd_t **cmd)
{
    *cmd = trade_pipe_take(&pipe->sent);
    (*cmd)->replicated = !(*cmd)->durable;

    if (noscript && (*cmd)->script && !(*cmd)->body) {
        (*cmd)->body = 1;
        return TRADE_PIPE_AGAIN;
    }

    if ((*cmd)->durable && !error) {
        trade_pipe_append(&pipe->awaiting, *cmd);
        return TRADE_PIPE_AWAIT;
    }

    return TRADE_PIPE_DONE;
}


void
trade_pipe_waited(trade_pipe_t *pipe, int enough, trade_pipe_list_t *later,
    trade_pipe_list_t *done)
{
    trade_pipe_cmd_t  *cmd;

    pipe->waiting = 0;

    *later = trade_pipe_all(&pipe->later);
    *done = trade_pipe_all(&pipe->awaiting);

    for (cmd = done->first; cmd; cmd = cmd->next) {
        cmd->replicated = enough != 0;
    }
}


void
trade_pipe_close(trade_pipe_t *pipe)
{
    pipe->wait = 0;
    pipe->waiting = 0;
}


void
trade_pipe_drop(trade_pipe_t *pipe, trade_pipe_list_t *done,
    trade_pipe_list_t *lost)
{
    trade_pipe_cmd_t  *cmd;

    *done = trade_pipe_all(&pipe->awaiting);

    for (cmd = done->first; cmd; cmd = cmd->next) {
        cmd->replicated = 0;
    }

    while ((cmd = trade_pipe_take(&pipe->later)) != NULL) {
        trade_pipe_append(&pipe->sent, cmd);
    }

    *lost = trade_pipe_all(&pipe->sent);
}


int
trade_pipe_written(const trade_pipe_t *pipe, const trade_pipe_cmd_t *cmd)
{
    return cmd->end <= pipe->written;
}


void
trade_pipe_unwritten(trade_pipe_cmd_t *cmd)
{
    cmd->end = UINT64_MAX;
}
