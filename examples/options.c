#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define OPTIONS_BATCH  1000
#define OPTIONS_WAIT   30               /* s */

#define OPTIONS_HELP                                                          \
    "usage: consumer -b BROKERS -t TOPIC -g GROUP -d DATABASE\n"              \
    "                [-n RECORDS] [-w SECONDS] [-X name=value]...\n"          \
    "  -d  a connection string of libpq\n"                                    \
    "  -n  records that a transaction has at most (1000)\n"                   \
    "  -w  seconds that a missing event is waited for (30)\n"                 \
    "  -X  a setting of librdkafka\n"


static int options_take(options_t *options, int opt, char **argv);
static long options_number(const char *text);
static int options_wrong(const char *what, const char *which);


int
options_read(options_t *options, int argc, char **argv)
{
    int  opt;

    memset(options, 0, sizeof(*options));
    options->batch = OPTIONS_BATCH;
    options->wait = OPTIONS_WAIT;
    options->properties = calloc(argc, sizeof(char *));

    if (options->properties == NULL) {
        return options_wrong("out of memory", NULL);
    }

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        printf(OPTIONS_HELP);
        return 1;
    }

    opterr = 0;

    while ((opt = getopt(argc, argv, ":b:t:g:d:n:w:X:")) != -1) {
        if (options_take(options, opt, argv) != 0) {
            return -1;
        }
    }

    return optind < argc ? options_wrong("unexpected word", argv[optind])
           : options->brokers == NULL ? options_wrong("no brokers", "-b")
           : options->topic == NULL ? options_wrong("no topic", "-t")
           : options->group == NULL ? options_wrong("no group", "-g")
           : options->database == NULL ? options_wrong("no database", "-d")
           : 0;
}


static int
options_take(options_t *options, int opt, char **argv)
{
    long  number;

    switch (opt) {
    case 'b':
        options->brokers = optarg;
        return 0;

    case 't':
        options->topic = optarg;
        return 0;

    case 'g':
        options->group = optarg;
        return 0;

    case 'd':
        options->database = optarg;
        return 0;

    case 'n':
        number = options_number(optarg);
        options->batch = number;
        return number > 0 ? 0 : options_wrong("-n is a number above 0", optarg);

    case 'w':
        options->wait = options_number(optarg);
        return options->wait >= 0 ? 0 : options_wrong("-w is seconds", optarg);

    case 'X':
        options->properties[options->nproperties++] = optarg;
        return 0;

    default:
        return options_wrong(opt == ':' ? "a value is missing"
                                        : "no such option", argv[optind - 1]);
    }
}


/* -1: it is none, or too large. */

static long
options_number(const char *text)
{
    size_t  digits;

    digits = strspn(text, "0123456789");

    return digits && digits < 8 && text[digits] == '\0' ? atol(text) : -1;
}


static int
options_wrong(const char *what, const char *which)
{
    fprintf(stderr, "consumer: %s%s%s (consumer --help)\n", what,
            which ? ": " : "", which ? which : "");
    return -1;
}


rd_kafka_conf_t *
options_conf(const options_t *options)
{
    char             *value, why[256];
    size_t            i;
    rd_kafka_conf_t  *conf;

    conf = rd_kafka_conf_new();

    for (i = 0; i < options->nproperties; i++) {
        value = strchr(options->properties[i], '=');

        if (value) {
            *value++ = '\0';
        }

        if (rd_kafka_conf_set(conf, options->properties[i], value, why,
                              sizeof(why))
            != RD_KAFKA_CONF_OK)
        {
            fprintf(stderr, "consumer: -X: %s\n", why);
            rd_kafka_conf_destroy(conf);
            return NULL;
        }

        if (value) {
            value[-1] = '=';
        }
    }

    (void) rd_kafka_conf_set(conf, "bootstrap.servers", options->brokers,
                             NULL, 0);
    return conf;
}
