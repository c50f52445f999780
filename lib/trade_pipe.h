/*
 * The commands of one connection to a shard, in the order of their replies, and
 * the WAIT behind those that must be durable.  It decides and does nothing
 * itself.
 *
 *      put -- write --> sent -- reply --> done
 *        |                |
 *        |                '-- reply, durable --> awaiting -- WAIT's --> done
 *        |
 *        '-- durable, behind a WAIT --> later -- WAIT's --> put
 *
 * One WAIT stands behind all durable commands that were written since the one
 * before, and no other is written until it is answered, for it blocks all that
 * stands behind it.  Replies come in order, so that each command in `awaiting`
 * stood before the WAIT that is under way.
 */

#ifndef TRADE_PIPE_H
#define TRADE_PIPE_H

#include "trade_str.h"


typedef struct trade_pipe_cmd_s  trade_pipe_cmd_t;

/* A part of the caller's command. */
struct trade_pipe_cmd_s {
    trade_pipe_cmd_t  *next;
    uint64_t           end;             /* of its bytes in the stream */
    unsigned           durable:1;       /* by the caller */
    unsigned           script:1;        /* by the caller: it calls one */
    unsigned           body:1;          /* it brings the script's body along */
    unsigned           replicated:1;    /* when it is done */
};


typedef struct {
    trade_pipe_cmd_t  *first;
    trade_pipe_cmd_t  *last;
} trade_pipe_list_t;


typedef struct {
    trade_pipe_list_t  sent;
    trade_pipe_list_t  awaiting;
    trade_pipe_list_t  later;
    uint64_t           queued;          /* bytes of the stream, */
    uint64_t           written;         /* and of these to the socket */
    unsigned           wait:1;          /* a durable command needs a WAIT */
    unsigned           waiting:1;       /* for its reply */
} trade_pipe_t;


/* The oldest is taken off; NULL: it is empty. */
trade_pipe_cmd_t *trade_pipe_take(trade_pipe_list_t *list);


/* All zero is the pipe of a new connection. */

/* A new command: `durable` and `script` are set. */
void trade_pipe_begin(trade_pipe_cmd_t *cmd);

/*
 * 1: the command goes to another connection, if one is ready, since it would
 * stand behind a WAIT that it does not need; 0: put it.
 */
int trade_pipe_avoids(const trade_pipe_t *pipe, int durable);

/* 1: write it now, and call trade_pipe_sent(); 0: it is kept in `later`. */
int trade_pipe_put(trade_pipe_t *pipe, trade_pipe_cmd_t *cmd);

/* It was added to the stream, `size` bytes. */
void trade_pipe_sent(trade_pipe_t *pipe, trade_pipe_cmd_t *cmd, size_t size);

/* The WAIT that pipe->wait asks for was added. */
void trade_pipe_waits(trade_pipe_t *pipe);

/* The socket has taken `size` bytes of the stream. */
void trade_pipe_wrote(trade_pipe_t *pipe, size_t size);


typedef enum {
    TRADE_PIPE_DONE = 0,            /* its reply counts */
    TRADE_PIPE_AWAIT,               /* keep its reply until the WAIT's */
    TRADE_PIPE_AGAIN                /* put it again; or it is done */
} trade_pipe_reply_e;


/*
 * The reply of the oldest command, which becomes *cmd; there is one.
 * `noscript`: an error that says that the server does not have the script.
 */
trade_pipe_reply_e trade_pipe_reply(trade_pipe_t *pipe, int error,
    int noscript, trade_pipe_cmd_t **cmd);

/*
 * The WAIT is answered, with enough replicas or not.  *later: send these, then
 * finish those of *done with the replies they have.
 */
void trade_pipe_waited(trade_pipe_t *pipe, int enough,
    trade_pipe_list_t *later, trade_pipe_list_t *done);

/* The connection is closed: nothing waits on it any more. */
void trade_pipe_close(trade_pipe_t *pipe);

/*
 * Empties it.  *done: these have replies, which no replica has confirmed.
 * *lost: these have none, see trade_pipe_written().
 */
void trade_pipe_drop(trade_pipe_t *pipe, trade_pipe_list_t *done,
    trade_pipe_list_t *lost);

/* 1: the server may have run it; 0: some of its bytes were never written. */
int trade_pipe_written(const trade_pipe_t *pipe, const trade_pipe_cmd_t *cmd);

/* It is in a queue of the caller's: not written. */
void trade_pipe_unwritten(trade_pipe_cmd_t *cmd);


#endif /* TRADE_PIPE_H */
