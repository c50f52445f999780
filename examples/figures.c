#include "figures.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


static int64_t figures_lag(const figures_t *figures, const cJSON *statistics);
static int64_t figures_partition_lag(const rd_kafka_topic_partition_t *position,
    const cJSON *statistics);
static int figures_fresh(const cJSON *partition, const cJSON *statistics);
static int64_t figures_number(const cJSON *object, const char *name);
static int64_t figures_now(void);


void
figures_count(figures_t *figures, const batch_t *batch)
{
    size_t  i;

    for (i = 0; i < batch->n; i++) {
        if (batch->records[i].held) {
            continue;
        }

        figures->done++;
        figures->copies += batch->records[i].copy;
        figures->dead += batch->records[i].why[0] != '\0';
    }
}


void
figures_assign(figures_t *figures,
    const rd_kafka_topic_partition_list_t *positions)
{
    if (figures->positions) {
        rd_kafka_topic_partition_list_destroy(figures->positions);
    }

    figures->positions = NULL;

    if (positions) {
        figures->positions = rd_kafka_topic_partition_list_copy(positions);
    }
}


void
figures_commit(figures_t *figures,
    const rd_kafka_topic_partition_list_t *offsets)
{
    int                          i;
    rd_kafka_topic_partition_t  *p;

    for (i = 0; figures->positions && i < offsets->cnt; i++) {
        p = rd_kafka_topic_partition_list_find(figures->positions,
                                               offsets->elems[i].topic,
                                               offsets->elems[i].partition);
        if (p) {
            p->offset = offsets->elems[i].offset;
        }
    }
}


void
figures_tell(figures_t *figures, const char *statistics, int paused)
{
    char      lag[32];
    cJSON    *json;
    double    seconds;
    int64_t   n, now;

    json = cJSON_Parse(statistics);
    n = paused ? -1 : figures_lag(figures, json);
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


/* -1: unknown. */

static int64_t
figures_lag(const figures_t *figures, const cJSON *statistics)
{
    int      i;
    int64_t  lag, n;

    if (figures->positions == NULL) {
        return -1;
    }

    lag = 0;

    for (i = 0; i < figures->positions->cnt; i++) {
        n = figures_partition_lag(&figures->positions->elems[i], statistics);

        if (n < 0) {
            return -1;
        }

        lag += n;
    }

    return lag;
}


static int64_t
figures_partition_lag(const rd_kafka_topic_partition_t *position,
    const cJSON *statistics)
{
    char          number[16];
    int64_t       high, next;
    const cJSON  *p;

    snprintf(number, sizeof(number), "%d", (int) position->partition);

    p = cJSON_GetObjectItem(statistics, "topics");
    p = cJSON_GetObjectItemCaseSensitive(p, position->topic);
    p = cJSON_GetObjectItem(p, "partitions");
    p = cJSON_GetObjectItem(p, number);

    high = figures_number(p, "hi_offset");
    next = position->offset >= 0 ? position->offset
                                 : figures_number(p, "lo_offset");

    if (!figures_fresh(p, statistics) || next < 0 || high < 0) {
        return -1;
    }

    return high > next ? high - next : 0;
}


/* Is it read from, so that its end is known? */

static int
figures_fresh(const cJSON *partition, const cJSON *statistics)
{
    int64_t       leader;
    const char   *state;
    const cJSON  *broker;

    state = cJSON_GetStringValue(cJSON_GetObjectItem(partition,
                                                     "fetch_state"));

    if (state == NULL || strcmp(state, "active") != 0) {
        return 0;
    }

    leader = figures_number(partition, "leader");

    cJSON_ArrayForEach(broker, cJSON_GetObjectItem(statistics, "brokers")) {
        state = cJSON_GetStringValue(cJSON_GetObjectItem(broker, "state"));

        if (leader >= 0 && figures_number(broker, "nodeid") == leader
            && state && strcmp(state, "UP") == 0)
        {
            return 1;
        }
    }

    return 0;
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
