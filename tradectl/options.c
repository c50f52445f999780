#include "options.h"
#include "command.h"
#include "diff.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>


#define OPTIONS_WAIT  6                 /* s: message.timeout.ms, and 2 s */
#define OPTIONS_KEEP  (TRADE_KEEP_ORDER / 1000)


static int options_take(options_t *options, int opt, char **argv);
static int options_complete(const options_t *options);
static int options_wait(options_t *options, const char *arg);
static int options_payment(options_t *options, const char *arg);
static int options_keep(options_t *options, const char *arg);


int
options_read(options_t *options, int argc, char **argv)
{
    int  opt, rc;

    static const struct option  names[] = {
        { "compare", no_argument, NULL, 'C' },
        { NULL, 0, NULL, 0 }
    };

    memset(options, 0, sizeof(*options));
    options->wait = OPTIONS_WAIT;
    options->keep = OPTIONS_KEEP;
    options->properties = calloc(argc, sizeof(char *));
    options->logs = calloc(argc, sizeof(char *));

    if (options->properties == NULL || options->logs == NULL) {
        return -1;
    }

    rc = 0;
    optind = 0;                         /* makes glibc begin again */
    opterr = 0;

    while (rc == 0
           && (opt = getopt_long(argc, argv, ":b:T:X:w:K:P:l:", names, NULL))
              != -1)
    {
        rc = options_take(options, opt, argv);
    }

    options->words = argv + optind;
    options->nwords = argc - optind;

    return rc == 0 ? options_complete(options) : -1;
}


static int
options_take(options_t *options, int opt, char **argv)
{
    switch (opt) {
    case 'C':
        options->compare = 1;
        break;

    case 'b':
        options->brokers = optarg;
        break;

    case 'T':
        options->topic = optarg;
        break;

    case 'X':
        options->properties[options->nproperties++] = optarg;
        break;

    case 'l':
        options->logs[options->nlogs++] = optarg;
        break;

    case 'w':
        return options_wait(options, optarg);

    case 'K':
        return options_keep(options, optarg);

    case 'P':
        return options_payment(options, optarg);

    default:
        (void) command_option(opt, argv);
        return -1;
    }

    return 0;
}


static int
options_complete(const options_t *options)
{
    const char  *lacks;

    lacks = options->brokers == NULL ? "the brokers (-b)"
            : options->topic == NULL ? "a topic (-T)"
            : options->nwords == 0 ? "slots, a shard, or \"all\""
            : NULL;

    if (lacks) {
        (void) command_wrong("\"reconcile\" needs %s", lacks);
        return -1;
    }

    return 0;
}


void
options_free(options_t *options)
{
    free(options->properties);
    free(options->logs);
}


static int
options_wait(options_t *options, const char *arg)
{
    if (trade_str_u64(trade_str_c(arg), 86400, &options->wait) != 0) {
        (void) command_wrong("-w %s: seconds expected", arg);
        return -1;
    }

    return 0;
}


static int
options_keep(options_t *options, const char *arg)
{
    if (strcmp(arg, "off") == 0) {
        options->keep = 0;
        return 0;
    }

    if (trade_str_u64(trade_str_c(arg), UINT32_MAX, &options->keep) != 0
        || options->keep * 1000 < TRADE_KEEP_MIN)
    {
        (void) command_wrong("-K %s: seconds expected, at least %d, or "
                             "\"off\"", arg, TRADE_KEEP_MIN / 1000);
        return -1;
    }

    return 0;
}


static int
options_payment(options_t *options, const char *arg)
{
    if (strcmp(arg, "off") == 0) {
        options->payment = 0;
        return 0;
    }

    if (trade_str_u64(trade_str_c(arg), UINT32_MAX, &options->payment) != 0
        || options->payment == 0)
    {
        (void) command_wrong("-P %s: seconds expected, or \"off\"", arg);
        return -1;
    }

    return 0;
}
