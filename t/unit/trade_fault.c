#include "trade_fault.h"
#include "unit.h"


static const struct {
    const char     *error;
    trade_fault_e   fault;
} errors[] = {
    { "READONLY You can't write against a read only replica.",
      TRADE_FAULT_REPLICA },
    { "READONLY You can not run script with write flag on readonly replica.",
      TRADE_FAULT_REPLICA },
    { "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is "
      "set to 'no'.", TRADE_FAULT_REPLICA },
    { "UNBLOCKED force unblock from blocking operation, instance state "
      "changed (master -> replica?)", TRADE_FAULT_REPLICA },
    { "LOADING Redis is loading the dataset in memory", TRADE_FAULT_LOADING },
    { "BUSY Redis is busy running a script.", TRADE_FAULT_BUSY },
    { "OOM command not allowed when used memory > 'maxmemory'.",
      TRADE_FAULT_OOM },
    { "MISCONF Errors writing to the AOF file: No space left on device",
      TRADE_FAULT_MISCONF },
    { "NOREPLICAS Not enough good replicas to write.",
      TRADE_FAULT_NOREPLICAS },
    { "NOAUTH Authentication required.", TRADE_FAULT_AUTH },
    { "WRONGPASS invalid username-password pair or user is disabled.",
      TRADE_FAULT_AUTH },
    { "ERR AUTH <password> called without any password configured",
      TRADE_FAULT_AUTH },
    { "NOPERM this user may not HSET trade:{s0}:slot", TRADE_FAULT_COMMAND },
    { "ERR unknown command 'EVALSHA', with args beginning with: 'x' ",
      TRADE_FAULT_COMMAND },
    { "ERR Can not run script on cluster, 'no-cluster' flag is set.",
      TRADE_FAULT_CLUSTER },
    { "ERR Error compiling script (new function): user_script:1: unexpected "
      "symbol near '#'", TRADE_FAULT_VERSION },
    { "ERR The user executing the script can't run this command or "
      "subcommand script: 0, on @user_script:1.", TRADE_FAULT_COMMAND },
    { "ERR ACL failure in script: User gateway has no permissions to run the "
      "'get' command script: 0, on @user_script:1.", TRADE_FAULT_COMMAND },
    { "ERR ACL failure in script: No permissions to access a key script: 0, "
      "on @user_script:1.", TRADE_FAULT_COMMAND },
    { "ERR something else", TRADE_FAULT_ERROR },
    { "READONLYX", TRADE_FAULT_ERROR },
    { "OOM", TRADE_FAULT_ERROR },
    { "", TRADE_FAULT_ERROR }
};


static const struct {
    const char  *error;
    const char  *command;
} commands[] = {
    { "NOPERM this user may not HSET trade:{s0}:slot", "HSET" },
    { "NOPERM this user has no permissions to run the 'evalsha' command",
      "EVALSHA" },
    { "ERR ACL failure in script: User gateway has no permissions to run the "
      "'hmget' command script: 0, on @user_script:1.", "HMGET" },
    { "NOPERM User GET has no permissions to run the 'hset' command", "HSET" },
    { "ERR ACL failure in script: No permissions to access a key script: 0, "
      "on @user_script:1.", "" },
    { "ERR unknown command 'WAIT', with args beginning with: '1' '0' ",
      "WAIT" },
    { "ERR unknown command `auth`, with args beginning with: ", "" },
    { "NOPERM this user has no permissions to access one of the keys used as "
      "arguments", "" },
    { "NOPERM this user may not set or get the time", "" },
    { "HSETX GETHSET", "" },
    { "ZRANGE", "ZRANGE" },
    { "NOPERM this user may not HSCAN trade:{s0}:slot", "HSCAN" },
    { "", "" }
};


int
main(void)
{
    size_t  i, j;

    for (i = 0; i < UNIT_ROWS(commands); i++) {
        is_str(trade_str_c(trade_fault_command_name(
               trade_fault_command(trade_str_c(commands[i].error)))),
               trade_str_c(commands[i].command),
                           "the command in \"%s\" is found", commands[i].error);
    }

    is_str(trade_str_c(trade_fault_command_name(255)), trade_str_c(""),
           "an index that is none has no name");

    for (i = 0; i < UNIT_ROWS(errors); i++) {
        is_int(trade_fault_of(trade_str_c(errors[i].error)), errors[i].fault,
               "\"%s\" is understood", errors[i].error);
    }

    for (i = 0; i < TRADE_FAULTS; i++) {
        ok(trade_fault_text(i) && *trade_fault_text(i)
           && trade_fault_advice(i) && *trade_fault_advice(i),
           "fault %zu has a text and an advice", i);
        ok(trade_fault_name(i) && !*trade_fault_name(i) == !i,
           "fault %zu has a name, unless it is none", i);

        for (j = 0; j < i; j++) {
            if (strcmp(trade_fault_name(i), trade_fault_name(j)) == 0) {
                break;
            }
        }

        is_int(j, i, "the name of fault %zu is its own", i);
    }

    ok(trade_fault_refuses(TRADE_FAULT_OOM)
       && trade_fault_refuses(TRADE_FAULT_NOREPLICAS)
       && !trade_fault_refuses(TRADE_FAULT_REPLICA)
       && !trade_fault_refuses(TRADE_FAULT_NONE),
       "a server that refuses writes is told from one that is no master");

    return done_testing();
}
