/*
 * tradectl: the operator's commands for the shards of a gateway.
 */

#include "command.h"
#include "trade_slot.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


#define TRADECTL_VERSION  "0.1"         /* as in CHANGES */


static const struct {
    const char  *name;
    int        (*check)(int argc, char **argv);
    int        (*run)(const conn_conf_t *conf, const shards_t *shards,
                      int argc, char **argv);
    int          failed;                /* the exit code */
} tradectl_commands[] = {
    { "open", command_open_check, command_open, 1 },
    { "reconcile", command_reconcile_check, command_reconcile, 2 }
};


static int tradectl_asks(int argc, char **argv);
static int tradectl_options(int argc, char **argv, conn_conf_t *conf,
    const char **shards_file);
static int tradectl_version(void);
static int tradectl_help(void);


int
main(int argc, char **argv)
{
    int           rc;
    size_t        i, n;
    shards_t      shards;
    const char   *shards_file;
    conn_conf_t   conf;

    memset(&conf, 0, sizeof(conf));
    shards_file = "/etc/nginx/shards.conf";

    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);   /* keeps the order among lines of
                                           stdout and stderr */

    if (tradectl_asks(argc, argv)) {
        return 0;
    }

    if (tradectl_options(argc, argv, &conf, &shards_file) != 0) {
        return COMMAND_USAGE;
    }

    if (optind == argc) {
        return command_wrong("\"open\" or \"reconcile\" expected");
    }

    n = sizeof(tradectl_commands) / sizeof(tradectl_commands[0]);

    for (i = 0; i < n; i++) {
        if (strcmp(argv[optind], tradectl_commands[i].name) == 0) {
            break;
        }
    }

    if (i == n) {
        return command_wrong("\"%s\" is no command: \"open\" or \"reconcile\" "
                             "expected", argv[optind]);
    }

    argc -= optind;
    argv += optind;

    rc = tradectl_commands[i].check(argc, argv);
    if (rc != 0) {
        return rc;
    }

    if (conn_password(&conf) != 0 || shards_read(&shards, shards_file) != 0) {
        return tradectl_commands[i].failed;
    }

    rc = tradectl_commands[i].run(&conf, &shards, argc, argv);

    shards_free(&shards);

    return rc;
}


/* Prints the help or the version if an argument asks for it */

static int
tradectl_asks(int argc, char **argv)
{
    int  i;

    if (argc > 1 && strcmp(argv[1], "version") == 0) {
        return tradectl_version();
    }

    if (argc > 1 && strcmp(argv[1], "help") == 0) {
        return tradectl_help();
    }

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {

        if (strcmp(argv[i], "--version") == 0) {
            return tradectl_version();
        }

        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return tradectl_help();
        }
    }

    return 0;
}


/* Options behind the command are the command's: "+" */

static int
tradectl_options(int argc, char **argv, conn_conf_t *conf,
    const char **shards_file)
{
    int  opt;

    opterr = 0;

    while ((opt = getopt(argc, argv, "+:c:u:p:t:k:n:")) != -1) {
        switch (opt) {
        case 'c':
            *shards_file = optarg;
            break;

        case 'u':
            conf->user = optarg;
            break;

        case 'p':
            conf->password_file = optarg;
            break;

        case 't':
            conf->tls.ca = optarg;
            break;

        case 'k':
            conf->tls.client = optarg;
            break;

        case 'n':
            conf->tls.name = optarg;
            break;

        default:
            return command_option(opt, argv);
        }
    }

    if (conf->tls.ca == NULL && (conf->tls.client || conf->tls.name)) {
        return command_wrong("%s needs -t ca.pem",
                             conf->tls.client ? "-k" : "-n");
    }

    return 0;
}


int
command_wrong(const char *format, ...)
{
    va_list  args;

    fprintf(stderr, "tradectl: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, " (tradectl --help)\n");

    return COMMAND_USAGE;
}


int
command_option(int opt, char **argv)
{
    if (opt == ':') {
        return command_wrong("-%c needs a value", optopt);
    }

    if (optopt == 0 || optopt == '-') {         /* a long option */
        return command_wrong("there is no option %s",
                             argv[optopt ? optind : optind - 1]);
    }

    return command_wrong("there is no option -%c", optopt);
}


static int
tradectl_version(void)
{
    printf("tradectl " TRADECTL_VERSION "\n");
    return 1;
}


static int
tradectl_help(void)
{
    printf("usage: tradectl [-c shards.conf] [-u user] [-p password_file]\n"
           "                [-t ca.pem [-k client.pem] [-n name]] COMMAND\n"
           "       tradectl --help | --version\n"
           "\n"
           "  -c shards.conf the servers of trade_redis {}, a file that\n"
           "                 nginx.conf includes (/etc/nginx/shards.conf)\n"
           "  -u user, -p password_file\n"
           "                 for AUTH\n"
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
           "              restores from the topic what Redis has lost,\n"
           "              and opens the slots.  They are closed meanwhile.\n"
           "              --compare only compares, and changes nothing.\n"
           "\n"
           "  -b, -T      where the orders are published\n"
           "  -X          any setting of librdkafka: TLS, SASL, ...\n"
           "  -w seconds  waited before the topic is read: the longest\n"
           "              message.timeout.ms of a gateway, and 2 (6)\n"
           "  -K seconds  that an order's record lives: trade_order_keep\n"
           "              (604800)\n"
           "  -P seconds  to pay an order that is restored, from then on:\n"
           "              trade_payment_timeout (off)\n"
           "  -l file     an access log, with $trade_order_id and\n"
           "              $trade_result: orders found there only are listed\n"
           "\n"
           "  exit code   0: nothing is wrong, or all of it was repaired;\n"
           "              1: see the messages; 2: it could not be done\n",
           TRADE_SLOTS - 1);
    return 1;
}
