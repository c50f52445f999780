#include "options.h"
#include "judge.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define OPTIONS_WAIT  6                 /* message.timeout.ms, and 2 s */
#define OPTIONS_KEEP  604800            /* trade_order_keep */


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
    optind = 0;                         /* glibc: begins anew */

    while ((opt = getopt_long(argc, argv, "b:T:X:w:K:P:l:", names, NULL)) != -1)
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
            rc |= options_wait(options, optarg);
            break;

        case 'K':
            rc |= options_keep(options, optarg);
            break;

        case 'P':
            rc |= options_payment(options, optarg);
            break;

        default:
            rc = -1;
        }
    }

    options->words = argv + optind;
    options->nwords = argc - optind;

    return rc == 0 && options->brokers && options->topic && options->nwords
           ? 0 : -1;
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
        fprintf(stderr, "tradectl: -w %s: seconds expected\n", arg);
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
        || options->keep * 1000 < JUDGE_RECORD_TTL)
    {
        fprintf(stderr, "tradectl: -K %s: seconds expected, at least %llu, "
                "or \"off\"\n", arg, JUDGE_RECORD_TTL / 1000);
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
        fprintf(stderr, "tradectl: -P %s: seconds expected, or \"off\"\n",
                arg);
        return -1;
    }

    return 0;
}
