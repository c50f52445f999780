#include "figures.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


static int64_t figures_lag(const cJSON *statistics);
static int64_t figures_partition_lag(const cJSON *partition);
static int64_t figures_number(const cJSON *object, const char *name);
static int64_t figures_now(void);


void
figures_count(figures_t *figures, const batch_t *batch)
{
    size_t  i;

    for (i = 0; i < batch->n; i++) {
        figures->done++;
        figures->copies += batch->records[i].copy;
        figures->dead += batch->records[i].why[0] != '\0';
    }
}


void
figures_tell(figures_t *figures, const char *statistics)
{
    char      lag[32];
    cJSON    *json;
    double    seconds;
    int64_t   n, now;

    json = cJSON_Parse(statistics);
    n = figures_lag(json);
    cJSON_Delete(json);

    snprintf(lag, sizeof(lag), n < 0 ? "?" : "%lld", (long long) n);

    now = figures_now();
    seconds = (now - figures->at) / 1e6;

    printf("lag %s, %.0f records/s; done %llu, copies %llu, dead %llu\n", lag,
           figures->at ? (figures->done - figures->told) / seconds : 0.0,
           (unsigned long long) figures->done,
           (unsigned long long) figures->copies,
           (unsigned long long) figures->dead);
    fflush(stdout);

    figures->told = figures->done;
    figures->at = now;
}


static int64_t
figures_lag(const cJSON *statistics)
{
    int64_t       lag, n;
    const cJSON  *topic, *partition;

    lag = 0;

    cJSON_ArrayForEach(topic, cJSON_GetObjectItem(statistics, "topics")) {
        cJSON_ArrayForEach(partition, cJSON_GetObjectItem(topic, "partitions"))
        {
            n = figures_partition_lag(partition);

            if (n < 0) {
                return -1;
            }

            lag += n;
        }
    }

    return lag;
}


/* 0 of those that are not ours. */

static int64_t
figures_partition_lag(const cJSON *partition)
{
    int64_t      lag, low, high;
    const char  *state;

    state = cJSON_GetStringValue(cJSON_GetObjectItem(partition,
                                                     "fetch_state"));

    if (state == NULL || strcmp(state, "none") == 0
        || strncmp(state, "stop", 4) == 0)
    {
        return 0;
    }

    lag = figures_number(partition, "consumer_lag");

    if (lag >= 0) {
        return lag;
    }

    low = figures_number(partition, "lo_offset");
    high = figures_number(partition, "hi_offset");

    return low >= 0 && high >= 0 ? high - low : -1;
}


static int64_t
figures_number(const cJSON *object, const char *name)
{
    const cJSON  *item;

    item = cJSON_GetObjectItem(object, name);

    return cJSON_IsNumber(item) ? (int64_t) item->valuedouble : -1;
}


static int64_t
figures_now(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
