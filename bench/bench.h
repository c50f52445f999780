/*
 * Shared by the benchmarks.
 */

#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


static inline void
bench_die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}


/* Seconds of a steady clock. */

static inline double
bench_now(void)
{
    struct timespec  t;

    clock_gettime(CLOCK_MONOTONIC, &t);

    return t.tv_sec + t.tv_nsec / 1e9;
}


/* The CPU seconds that a process has used. */

static inline double
bench_cpu(long pid)
{
    char           name[64], text[1024], *p;
    FILE          *f;
    size_t         n;
    unsigned long  user, system;

    snprintf(name, sizeof(name), "/proc/%ld/stat", pid);

    f = fopen(name, "r");
    if (f == NULL) {
        bench_die("no such process");
    }

    n = fread(text, 1, sizeof(text) - 1, f);
    text[n] = '\0';
    fclose(f);

    p = strrchr(text, ')');

    if (p == NULL
        || sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                  &user, &system)
           != 2)
    {
        bench_die("/proc is not understood");
    }

    return (double) (user + system) / sysconf(_SC_CLK_TCK);
}


#endif /* BENCH_H */
