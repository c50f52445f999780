/*
 * ring_owner NAME=WEIGHT ...: prints the owner of each key of its input, one
 * a line, by the ring of lib/.
 */

#include "trade_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int
ring_owner_add(trade_ring_t *ring, const char *arg)
{
    const char  *weight;

    weight = strrchr(arg, '=');

    return weight == NULL
           || trade_ring_add(ring, trade_str_of(arg, weight - arg),
                             strtoul(weight + 1, NULL, 10)) != 0;
}


int
main(int argc, char **argv)
{
    int            i;
    char          *line;
    size_t         size;
    ssize_t        len;
    trade_ring_t   ring;

    trade_ring_init(&ring);

    for (i = 1; i < argc; i++) {
        if (ring_owner_add(&ring, argv[i]) != 0) {
            fprintf(stderr, "ring_owner: \"%s\": no node\n", argv[i]);
            return 1;
        }
    }

    if (trade_ring_build(&ring) != 0 || ring.npoints == 0) {
        fprintf(stderr, "ring_owner: no ring\n");
        return 1;
    }

    line = NULL;
    size = 0;

    while ((len = getline(&line, &size, stdin)) > 0) {
        if (line[len - 1] == '\n') {
            len--;
        }

        i = trade_ring_find(&ring, trade_str_of(line, len));
        puts(ring.nodes[i].name);
    }

    free(line);
    trade_ring_free(&ring);

    return 0;
}
