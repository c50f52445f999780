/*
 * reconcile: restores from the topic what Redis has lost.
 *
 *      fence     closes the slots, so that no order is placed in them
 *      wait      until each event on its way is in the topic, or has failed
 *      state     reads the slots in Redis
 *      topic     reads the events of the slots
 *      diff      finds the differences
 *      repair    restores the lost events
 *      compare   checks that the history explains the whole state
 *      open      opens the slots
 *
 * With --compare nothing is fenced, and events that were made after a slot's
 * state was read are left out.
 */

#include "access_log.h"
#include "command.h"
#include "compare.h"
#include "options.h"
#include "repair.h"
#include "topic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


typedef struct {
    const conn_conf_t   *conf;
    options_t            options;
    slots_t              slots;
    history_t            history;
    access_log_t         log;
    diff_t               diff;
    topic_t             *topic;
    trade_digest_t      *digest;
    int                  opened;        /* a slot of the shard was opened */
} reconcile_t;


typedef int (*reconcile_step_pt)(reconcile_t *r, conn_t *conn);


static int reconcile_run(reconcile_t *r);
static int reconcile_shards(reconcile_t *r, reconcile_step_pt step);
static int reconcile_fence(reconcile_t *r, conn_t *conn);
static int reconcile_state(reconcile_t *r, conn_t *conn);
static int reconcile_logs(reconcile_t *r);
static int reconcile_event(void *data, const trade_event_t *event,
    int partition, int64_t offset);
static int reconcile_diff(reconcile_t *r);
static void reconcile_due(reconcile_t *r, slot_t *slot);
static int reconcile_repair(reconcile_t *r, conn_t *conn);
static int reconcile_repair_slot(reconcile_t *r, slot_t *slot, conn_t *conn);
static int reconcile_code(const reconcile_t *r);


int
command_reconcile_check(int argc, char **argv)
{
    int        rc;
    options_t  options;

    rc = options_read(&options, argc, argv);
    options_free(&options);

    return rc == 0 ? 0 : COMMAND_USAGE;
}


int
command_reconcile(const conn_conf_t *conf, const shards_t *shards, int argc,
    char **argv)
{
    int          rc;
    reconcile_t  r;

    memset(&r, 0, sizeof(r));
    r.conf = conf;
    r.digest = trade_digest_create();

    rc = COMMAND_USAGE;

    if (r.digest == NULL || history_init(&r.history) != 0) {
        fprintf(stderr, "tradectl: out of memory\n");

    } else if (options_read(&r.options, argc, argv) == 0
               && slots_select(&r.slots, shards, r.options.words,
                               r.options.nwords)
                  == 0
               && reconcile_run(&r) == 0)
    {
        rc = reconcile_code(&r);
    }

    if (r.topic) {
        topic_close(r.topic);
    }

    if (r.history.buckets) {
        history_free(&r.history);
    }

    slots_free(&r.slots);
    trade_digest_free(r.digest);
    free(r.log.list);
    options_free(&r.options);

    return rc;
}


/* Finds every error in the arguments before it fences a slot */

static int
reconcile_run(reconcile_t *r)
{
    r->topic = topic_open(r->options.brokers, r->options.topic,
                          r->options.properties, r->options.nproperties);

    r->diff.compare = r->options.compare;

    if (r->topic == NULL || reconcile_logs(r) != 0) {
        return -1;
    }

    if (!r->diff.compare) {

        if (reconcile_shards(r, reconcile_fence) != 0) {
            return -1;
        }

        sleep(r->options.wait);

        r->log.n = 0;                   /* the logs may have grown since */

        if (reconcile_logs(r) != 0) {
            return -1;
        }
    }

    if (reconcile_shards(r, reconcile_state) != 0
        || topic_read(r->topic, reconcile_event, r) != 0)
    {
        return -1;
    }

    r->diff.starts = topic_starts(r->topic);

    if (r->diff.starts && r->diff.starts != UINT64_MAX) {
        r->diff.starts += r->options.wait * 1000;
    }

    if (r->slots.events == 0) {
        fprintf(stderr, "tradectl: topic %s has no event of these slots\n",
                r->options.topic);
    }

    if (reconcile_diff(r) != 0) {
        return -1;
    }

    return r->diff.compare ? 0 : reconcile_shards(r, reconcile_repair);
}


/* Runs a step with a connection to each shard, one after the other */

static int
reconcile_shards(reconcile_t *r, reconcile_step_pt step)
{
    int             rc;
    size_t          i;
    conn_t          conn;
    const shard_t  *shard;

    for (i = 0; i < r->slots.shards->n; i++) {
        shard = &r->slots.shards->shard[i];

        if (!slots_of(&r->slots, shard)) {
            continue;
        }

        if (conn_open(&conn, r->conf, r->slots.shards, shard) != 0) {
            return -1;
        }

        rc = step(r, &conn);
        conn_close(&conn);

        if (rc != 0) {
            return -1;
        }
    }

    return 0;
}


static int
reconcile_fence(reconcile_t *r, conn_t *conn)
{
    slot_t    *slot;
    unsigned   number;

    for (number = 0; number < TRADE_SLOTS; number++) {
        slot = r->slots.slot[number];

        if (slot && slot->shard == conn->shard && slot_fence(slot, conn) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
reconcile_state(reconcile_t *r, conn_t *conn)
{
    slot_t    *slot;
    unsigned   number;

    for (number = 0; number < TRADE_SLOTS; number++) {
        slot = r->slots.slot[number];

        if (slot && slot->shard == conn->shard
            && (slot_state(slot, conn) != 0 || slot_bought(slot, conn) != 0))
        {
            return -1;
        }
    }

    return slots_read_records(&r->slots, &r->history, conn);
}


static int
reconcile_logs(reconcile_t *r)
{
    size_t  i;

    for (i = 0; i < r->options.nlogs; i++) {
        if (access_log_read(&r->log, r->options.logs[i], &r->slots) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
reconcile_event(void *data, const trade_event_t *event, int partition,
    int64_t offset)
{
    reconcile_t  *r = data;

    return slots_event(&r->slots, &r->history, r->digest, event, partition,
                       offset);
}


static int
reconcile_diff(reconcile_t *r)
{
    slot_t    *slot;
    unsigned   number;

    if (diff_collect(&r->slots, &r->history) != 0) {
        return -1;
    }

    for (number = 0; number < TRADE_SLOTS; number++) {
        slot = r->slots.slot[number];

        if (slot == NULL) {
            continue;
        }

        if (slot->reason[0]
            && strcmp(slot->reason, "reconcile") != 0)
        {
            slot_say(slot, SAY_NOTE, "was closed: %s", slot->reason);
        }

        reconcile_due(r, slot);

        if (diff_slot(slot, &r->diff) != 0) {
            return -1;
        }

        if (r->diff.compare) {
            compare_orders(slot, &r->diff);

            if (compare_stock(slot, &r->diff, &r->history, SAY_TROUBLE) != 0) {
                return -1;
            }
        }
    }

    access_log_missing(&r->log, &r->slots, &r->history);

    if (r->log.n && r->diff.starts) {
        fprintf(stderr, "tradectl: the topic has lost its start: orders in the "
                "logs from before it may have been in the topic\n");
    }

    return 0;
}


/*
 * Prints each due event without a record: it can't be published, as only its id
 * is left
 */

static void
reconcile_due(reconcile_t *r, slot_t *slot)
{
    size_t       i;
    trade_str_t  id, member;

    for (i = 0; slot_due_lost(slot, &r->history, &i, &member); /* void */ ) {
        id = trade_str_cut(&member, '.');
        slot_say(slot, SAY_TROUBLE, "lost: %.*s is due here, but neither "
                 "Redis nor the topic has its record", (int) id.len, id.data);
    }
}


static int
reconcile_repair(reconcile_t *r, conn_t *conn)
{
    slot_t    *slot;
    unsigned   number;

    r->opened = 0;

    for (number = 0; number < TRADE_SLOTS; number++) {
        slot = r->slots.slot[number];

        if (slot && slot->shard == conn->shard
            && reconcile_repair_slot(r, slot, conn) != 0)
        {
            return -1;
        }
    }

    return r->opened ? conn_vouch(conn) : 0;
}


static int
reconcile_repair_slot(reconcile_t *r, slot_t *slot, conn_t *conn)
{
    if (!diff_complete(slot, &r->diff)) {
        slot_say(slot, SAY_NOTE, "stays closed");
        return 0;
    }

    if (slot_fenced(slot) != 0
        || repair_slot(slot, conn, &r->history, &r->options,
                       r->diff.starts)
           != 0
        || slot_state(slot, conn) != 0 || slot_fenced(slot) != 0
        || slot_bought(slot, conn) != 0
        || diff_skus(slot, &r->diff) != 0
        || compare_stock(slot, &r->diff, &r->history, SAY_WRONG) != 0)
    {
        return -1;
    }

    if (slot->said[SAY_WRONG]) {
        slot_say(slot, SAY_NOTE, "stays closed");
        return 0;
    }

    r->opened = 1;

    return repair_open(slot, conn);
}


/* A repair that failed matters more than the differences that were found */

static int
reconcile_code(const reconcile_t *r)
{
    int            differs, undone;
    unsigned       number;
    const slot_t  *slot;

    differs = undone = 0;

    for (number = 0; number < TRADE_SLOTS; number++) {
        slot = r->slots.slot[number];

        if (slot) {
            differs |= slot->said[SAY_TROUBLE] || slot->said[SAY_WRONG];
            undone |= slot->said[SAY_UNDONE] > 0;
        }
    }

    if (r->diff.compare) {

        if (!differs && !undone) {
            printf("%zu slots are as the topic says\n", r->slots.n);
        }

        return differs ? 1 : undone ? 2 : 0;
    }

    return undone ? 2 : differs;
}
