#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define OPTIONS_BATCH  1000


int
options_read(options_t *options, int argc, char **argv)
{
    int  opt;

    memset(options, 0, sizeof(*options));
    options->batch = OPTIONS_BATCH;
    options->properties = calloc(argc, sizeof(char *));

    if (options->properties == NULL) {
        fprintf(stderr, "consumer: out of memory\n");
        return -1;
    }

    while ((opt = getopt(argc, argv, "b:t:g:d:n:X:")) != -1) {
        switch (opt) {
        case 'b':
            options->brokers = optarg;
            break;

        case 't':
            options->topic = optarg;
            break;

        case 'g':
            options->group = optarg;
            break;

        case 'd':
            options->database = optarg;
            break;

        case 'n':
            options->batch = strtoul(optarg, NULL, 10);
            break;

        case 'X':
            options->properties[options->nproperties++] = optarg;
            break;

        default:
            options->batch = 0;
        }
    }

    if (options->brokers && options->topic && options->group
        && options->database && options->batch && optind == argc)
    {
        return 0;
    }

    fprintf(stderr, "usage: consumer -b BROKERS -t TOPIC -g GROUP "
            "-d DATABASE [-n RECORDS] [-X name=value]...\n"
            "  DATABASE is a connection string of libpq, "
            "RECORDS what a transaction has at most\n");

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
