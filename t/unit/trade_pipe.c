/* Plays commands, replies and WAITs to the commands of a connection. */

#include "trade_pipe.h"
#include "unit.h"


#define CMDS  8


/*
 * `told`: a letter puts that command, a capital one durable; '!' writes
 * the WAIT that is asked for; '.' is the reply of the oldest command, '-' an
 * error, '?' that the script is missing; '+' and '_' answer the WAIT, with
 * enough replicas or not; 'x' closes the connection; '0' means that nothing of
 * the stream was written.
 *
 * `does`: a letter finishes that command, a capital one replicated;
 * '>' and a letter writes it; '*' loses a command, '^' never sent one.
 */

static const struct {
    const char  *told;
    const char  *does;
    const char  *name;
} plays[] = {
    { "ab..", ">a>bAB", "replies come in order; no WAIT, no doubt" },
    { "A!.+", ">a>!A", "a durable command is done when its WAIT is answered" },
    { "A!._", ">a>!a", "a WAIT with too few replicas" },
    { "AB!..+", ">a>b>!AB", "one WAIT stands behind all of a round" },
    { "A!bB.b", ">a>!>b>b", "a durable command behind a WAIT is kept" },
    { "A!B.+", ">a>!>bA", "and is written when the WAIT is answered" },
    { "A!B.+!._", ">a>!>bA>!b", "it needs a WAIT of its own" },
    { "A!b.+.", ">a>!>bAB", "another command is written behind a WAIT" },
    { "A!-+", ">a>!a", "an error of a durable command needs no WAIT" },
    { "A!?+", ">a>!>a", "a missing script is sent again behind its WAIT" },
    { "A!?+!.+", ">a>!>a>!A", "that one waits for a WAIT of its own" },
    { "a??", ">a>aA", "a script is sent again once" },
    { "A!.x", ">a>!a*", "a closed connection: the reply counts, no replica" },
    { "A!Bx", ">a>!**^", "written commands are lost, kept ones are unsent" },
    { "ab0x", ">a>b^^", "commands that were not written are unsent" }
};

static trade_pipe_t       pipe_;
static trade_pipe_cmd_t   cmds[CMDS], wait_cmd;
static char               does[64], *does_end;


static void
note(int c)
{
    *does_end++ = (char) c;
}


static int
name_of(const trade_pipe_cmd_t *cmd)
{
    return cmd == &wait_cmd ? '!' : 'a' + (int) (cmd - cmds);
}


static void
finish(trade_pipe_cmd_t *cmd)
{
    note(cmd->replicated ? name_of(cmd) & ~0x20 : name_of(cmd));
}


static void
send(trade_pipe_cmd_t *cmd)
{
    trade_pipe_sent(&pipe_, cmd, 10);
    trade_pipe_wrote(&pipe_, 10);
    note('>');
    note(name_of(cmd));
}


static void
put(char c)
{
    trade_pipe_cmd_t  *cmd;

    cmd = &cmds[(c | 0x20) - 'a'];

    memset(cmd, 0, sizeof(*cmd));
    cmd->durable = c < 'a';
    cmd->script = 1;
    trade_pipe_begin(cmd);

    if (trade_pipe_put(&pipe_, cmd)) {
        send(cmd);
    }
}


static void
reply(char c)
{
    trade_pipe_cmd_t    *cmd;
    trade_pipe_reply_e   next;

    next = trade_pipe_reply(&pipe_, c != '.', c == '?', &cmd);

    if (next == TRADE_PIPE_AGAIN) {
        if (trade_pipe_put(&pipe_, cmd)) {
            send(cmd);
        }

    } else if (next == TRADE_PIPE_DONE) {
        finish(cmd);
    }
}


static void
waited(int enough)
{
    trade_pipe_cmd_t   *cmd;
    trade_pipe_list_t   later, done;

    (void) trade_pipe_reply(&pipe_, 0, 0, &cmd);
    ok(cmd == &wait_cmd, "the WAIT is the oldest command");

    trade_pipe_waited(&pipe_, enough, &later, &done);

    while ((cmd = trade_pipe_take(&later)) != NULL) {
        send(cmd);
    }

    while ((cmd = trade_pipe_take(&done)) != NULL) {
        finish(cmd);
    }
}


static void
drop(void)
{
    trade_pipe_cmd_t   *cmd;
    trade_pipe_list_t   done, lost;

    trade_pipe_close(&pipe_);
    trade_pipe_drop(&pipe_, &done, &lost);

    while ((cmd = trade_pipe_take(&done)) != NULL) {
        finish(cmd);
    }

    while ((cmd = trade_pipe_take(&lost)) != NULL) {
        note(trade_pipe_written(&pipe_, cmd) ? '*' : '^');
    }

    ok(!pipe_.wait && !pipe_.waiting && !pipe_.sent.first
       && !pipe_.awaiting.first && !pipe_.later.first, "the pipe is empty");
}


static void
tell(char c)
{
    switch (c) {

    case '!':
        is_int(pipe_.wait, 1, "a WAIT is asked for");
        send(&wait_cmd);
        trade_pipe_waits(&pipe_);
        break;

    case '.':
    case '-':
    case '?':
        reply(c);
        break;

    case '+':
    case '_':
        waited(c == '+');
        break;

    case '0':
        pipe_.written = 0;
        break;

    case 'x':
        drop();
        break;

    default:
        put(c);
        break;
    }
}


static void
test_avoids(void)
{
    memset(&pipe_, 0, sizeof(pipe_));

    is_int(trade_pipe_avoids(&pipe_, 0), 0,
           "a command takes a connection that waits for no replica");

    pipe_.waiting = 1;

    is_int(trade_pipe_avoids(&pipe_, 0), 1,
           "a command avoids a connection that waits for replicas");
    is_int(trade_pipe_avoids(&pipe_, 1), 0,
           "a durable command takes a connection that waits for replicas");
}


int
main(void)
{
    size_t       i;
    const char  *told;

    for (i = 0; i < UNIT_ROWS(plays); i++) {
        memset(&pipe_, 0, sizeof(pipe_));
        memset(&wait_cmd, 0, sizeof(wait_cmd));
        does_end = does;

        for (told = plays[i].told; *told; told++) {
            tell(*told);
        }

        is_str(trade_str_of(does, does_end - does),
               trade_str_c(plays[i].does), "%s", plays[i].name);
    }

    test_avoids();

    return done_testing();
}
