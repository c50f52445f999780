/*
 * tradectl: what an operator does to the gateway's shards by hand.
 */

#include "command.h"
#include "trade_slot.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


static const struct {
    const char  *name;
    int        (*run)(const conn_conf_t *conf, const shards_t *shards,
                      int argc, char **argv);
    int          failed;                /* the exit code */
} tradectl_commands[] = {
    { "open", command_open, 1 },
    { "reconcile", command_reconcile, 2 }
};


int
main(int argc, char **argv)
{
    int           opt, rc;
    size_t        i, n;
    shards_t      shards;
    const char   *shards_file;
    conn_conf_t   conf;

    memset(&conf, 0, sizeof(conf));
    shards_file = "/etc/nginx/shards.conf";

    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);   /* in order with what stderr says */

    /* what follows the command is the command's: "+" */

    while ((opt = getopt(argc, argv, "+c:u:p:t:k:n:")) != -1) {
        switch (opt) {
        case 'c':
            shards_file = optarg;
            break;

        case 'u':
            conf.user = optarg;
            break;

        case 'p':
            conf.password_file = optarg;
            break;

        case 't':
            conf.tls.ca = optarg;
            break;

        case 'k':
            conf.tls.client = optarg;
            break;

        case 'n':
            conf.tls.name = optarg;
            break;

        default:
            return command_usage();
        }
    }

    if (argc - optind < 2
        || (conf.tls.ca == NULL && (conf.tls.client || conf.tls.name)))
    {
        return command_usage();
    }

    n = sizeof(tradectl_commands) / sizeof(tradectl_commands[0]);

    for (i = 0; i < n; i++) {
        if (strcmp(argv[optind], tradectl_commands[i].name) == 0) {
            break;
        }
    }

    if (i == n) {
        return command_usage();
    }

    if (conn_password(&conf) != 0 || shards_read(&shards, shards_file) != 0) {
        return tradectl_commands[i].failed;
    }

    argc -= optind;
    argv += optind;
    optind = 1;

    rc = tradectl_commands[i].run(&conf, &shards, argc, argv);

    shards_free(&shards);

    return rc;
}


int
command_usage(void)
{
    fprintf(stderr,
            "usage: tradectl [-c shards.conf] [-u user] [-p password_file]\n"
            "                [-t ca.pem [-k client.pem] [-n name]] COMMAND\n"
            "\n"
            "  -t ca.pem      over TLS, to shards that this CA vouches for\n"
            "  -k client.pem  a certificate for them, and its key\n"
            "  -n name        of their certificate, if it is not the host\n"
            "\n"
            "  open SLOT   opens a slot (0 to %u) that was closed because\n"
            "              acknowledged writes were lost.  Its stock and\n"
            "              orders are taken as they are: check them before.\n"
            "\n"
            "  reconcile [--compare] -b brokers -T topic [-X property=value]"
            "...\n"
            "            [-w seconds] [-K seconds|off] [-P seconds|off]\n"
            "            [-l access.log]...\n"
            "            SLOT...|SHARD|all\n"
            "              makes what was lost again, from the topic, and\n"
            "              opens the slots.  They are closed meanwhile.\n"
            "              --compare only compares, and changes nothing.\n"
            "\n"
            "  -b, -T      where the orders are published\n"
            "  -X          any setting of librdkafka: TLS, SASL, ...\n"
            "  -w seconds  waited before the topic is read: the longest\n"
            "              message.timeout.ms of a gateway, and 2 (6)\n"
            "  -K seconds  that an order's record lives: trade_order_keep\n"
            "              (604800)\n"
            "  -P seconds  to pay an order that is made again, from then on:\n"
            "              trade_payment_timeout (off)\n"
            "  -l file     an access log, with $trade_order_id and\n"
            "              $trade_result: orders found there only are listed\n"
            "\n"
            "  exit code   0: nothing is wrong, or it was all repaired;\n"
            "              1: see what was said; 2: it could not be done\n",
            TRADE_SLOTS - 1);
    return COMMAND_USAGE;
}
