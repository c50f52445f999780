/*
 * Shared memory: the counts and findings of all workers of a host.
 *
 *      root -- cells     one a process: its counters and gauges
 *        |---- hints     refusals and stock, as slots have told them lately
 *        |---- slots     one a trade_redis block: versions seen
 *        |---- shards    one a shard: each process's view of it
 *        `---- topics    one a trade_kafka block and topic
 *
 * The master allocates everything while it reads the configuration, and finds
 * it again by name after a reload.  Workers take no lock: a cell has one
 * writer, the rest is atomic, so a worker may die at any instruction.
 */

#ifndef NGX_TRADE_ZONE_H
#define NGX_TRADE_ZONE_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "trade_hint_table.h"
#include "trade_result.h"
#include "trade_slot.h"


typedef enum {
    NGX_TRADE_REPLAYED = 0,         /* answered with an earlier order */
    NGX_TRADE_RECORDED,             /* records made */
    NGX_TRADE_ACKED,                /* records that Kafka has acknowledged */
    NGX_TRADE_NOT_ACKED,            /* events left to the sweeper */
    NGX_TRADE_SWEPT,                /* events the sweeper published */
    NGX_TRADE_UNPUBLISHABLE,        /* records that give no valid event */
    NGX_TRADE_RESENT,               /* commands sent a second time */
    NGX_TRADE_ACK_LOST,             /* acks that could not be written back */
    NGX_TRADE_CLIENT_GONE,          /* orders whose client went away */
    NGX_TRADE_REGRESSED,            /* losses of Redis noticed */
    NGX_TRADE_HINT_HITS,            /* answers from shared memory */
    NGX_TRADE_HINT_AGE,             /* the sum of their hints' ages, ms */
    NGX_TRADE_HINT_DROPPED,         /* hints that might have been wrong */
    NGX_TRADE_HINT_EVICTED,         /* hints that gave way to others */
    NGX_TRADE_COUNTERS
} ngx_trade_counter_e;


typedef enum {
    NGX_TRADE_SHARD_NONE = 0,
    NGX_TRADE_SHARD_DOWN,           /* no connection is ready */
    NGX_TRADE_SHARD_REFUSED,        /* it has another shard's identity */
    NGX_TRADE_SHARD_REPLICA,        /* it is no master */
    NGX_TRADE_SHARD_REFUSING,       /* it refuses writes */
    NGX_TRADE_SHARD_UP              /* the highest of any worker is shown */
} ngx_trade_shard_state_e;


typedef enum {
    NGX_TRADE_LOCK_ACQUIRED = 0,
    NGX_TRADE_LOCK_CONTENDED,       /* requests that found the lock held */
    NGX_TRADE_LOCK_TIMED_OUT,       /* refused because it stayed held */
    NGX_TRADE_LOCK_CROWDED,         /* refused: too many waited */
    NGX_TRADE_LOCK_FAILED,          /* refused: the shard could not be asked */
    NGX_TRADE_LOCK_INTERRUPTED,     /* the client went before it had the lock */
    NGX_TRADE_LOCK_LOST,            /* lost while the request was running */
    NGX_TRADE_LOCK_COUNTERS
} ngx_trade_lock_counter_e;


/* The upper bounds, in ms, of all but the last bucket. */
#define NGX_TRADE_LOCK_BOUNDS   { 1, 3, 10, 30, 100, 300, 1000, 3000, 10000 }
#define NGX_TRADE_LOCK_BUCKETS  10


typedef struct {
    uint64_t                 buckets[NGX_TRADE_LOCK_BUCKETS];
    uint64_t                 sum;               /* ms */
} ngx_trade_lock_times_t;


typedef struct {
    uint64_t                 counters[NGX_TRADE_LOCK_COUNTERS];
    ngx_uint_t               held;              /* now */
    ngx_uint_t               waiting;
    ngx_trade_lock_times_t   wait;              /* of acquired locks */
    ngx_trade_lock_times_t   hold;
} ngx_trade_lock_counts_t;


typedef struct {
    ngx_pid_t                pid;               /* 0: free */
    uint64_t                 results[TRADE_RESULTS];
    uint64_t                 counters[NGX_TRADE_COUNTERS];
    ngx_uint_t               in_flight;         /* orders in memory */
    ngx_uint_t               pending;           /* recorded, not acknowledged */
    ngx_uint_t               queued;            /* records in librdkafka */
    ngx_uint_t               sweeping;          /* events claimed */
    ngx_trade_lock_counts_t  locks;
} ngx_trade_cell_t;


typedef struct {
    ngx_queue_t              queue;
    ngx_str_t                name;
    ngx_atomic_t             version[TRADE_SLOTS];
    ngx_atomic_t             returned[TRADE_SLOTS]; /* hints of this version,
                                                       or an earlier one, are
                                                       void */
    ngx_atomic_t             returned_at[TRADE_SLOTS];  /* ms; likewise hints
                                                       made until then */
    u_char                   closed[TRADE_SLOTS];   /* as a reply has said */
} ngx_trade_slots_t;


/* How a process sees a shard; only that process writes it. */
typedef struct {
    u_char                   state;             /* ngx_trade_shard_state_e */
    u_char                   fault;             /* trade_fault_e: why */
    u_char                   command;           /* trade_fault_command() */
    uint32_t                 left;              /* how many times a server of
                                                   the shard had been left;
                                                   see below */
    uint64_t                 since;             /* ms since 1970 */
} ngx_trade_shard_view_t;


typedef struct {
    ngx_queue_t              queue;
    ngx_str_t                name;              /* <block>/<shard> */
    ngx_atomic_t             left;              /* the server that was found
                                                   to be a replica; see
                                                   ngx_trade_redis_shard.c */
    ngx_atomic_t             well;              /* grows each time that a
                                                   process finds a master */
    ngx_atomic_t             connections;       /* that were ever made ready */
    ngx_trade_shard_view_t   view[NGX_MAX_PROCESSES];
    ngx_uint_t               due;               /* events, at the last look */
} ngx_trade_shard_t;


typedef struct {
    ngx_queue_t              queue;
    ngx_str_t                name;              /* <block>/<topic> */
    ngx_atomic_t             partitions;        /* 0: not known yet */
    ngx_atomic_t             acked_at;          /* ms, the last of any worker */
    ngx_atomic_t             outage;            /* ms, since when the log has
                                                   an outage; 0: there is
                                                   none */
    ngx_atomic_t             outage_said;       /* ms, the last line about it */
    ngx_atomic_t             outage_stall;      /* 1: it was found by records
                                                   that wait */
    ngx_atomic_t             said[64];          /* ngx_trade_kafka_log.c */
    uint32_t                 large[64];         /* crc32 of too large records
                                                   that the log has named */
    ngx_atomic_t             found_at;          /* ms, when a question was
                                                   asked by which the topic
                                                   was found well */
    ngx_atomic_t             wrong;             /* librdkafka's error, and a
                                                   bit of
                                                   ngx_trade_kafka_topic.c;
                                                   0: no error, or not known */
} ngx_trade_topic_t;


typedef struct {
    size_t                   layout;            /* the version of these
                                                   structures; see below */
    ngx_queue_t              slots;
    ngx_queue_t              shards;
    ngx_queue_t              topics;
    ngx_atomic_t             sweeper;           /* the pid of the sweeper */
    ngx_atomic_t             swept_at;          /* ms, when it last swept */
    ngx_atomic_t             deaths;            /* of workers that had orders */
    ngx_atomic_t             deaths_swept;      /* deaths that were swept up */
    ngx_int_t                backlog;           /* due events in all shards,
                                                   minus unacked at that time */
    trade_hint_table_t      *hints;
    ngx_atomic_t             ncells;            /* cells ever used; they are
                                                   the first */
    ngx_trade_cell_t         cells[NGX_MAX_PROCESSES];
} ngx_trade_root_t;


#define NGX_TRADE_ZONE_MIN  (2 * 1024 * 1024)

/* A reload may bring a module whose structures differ from the zone's. */
#define NGX_TRADE_ZONE_LAYOUT                                                 \
    (sizeof(ngx_trade_root_t) + 31 * sizeof(ngx_trade_slots_t)                \
     + 37 * sizeof(ngx_trade_shard_t) + 41 * TRADE_RESULTS                   \
     + 47 * sizeof(ngx_trade_topic_t)                                         \
     + 43 * NGX_TRADE_COUNTERS + 53 * sizeof(trade_hint_entry_t) \
     + 59 * TRADE_HINT_WAYS)


/*
 * Runs in the zone's init: makes the root, or finds it.  Returns NULL, after a
 * line in the log, if the zone has no room, or another version of the module
 * made it.
 */
ngx_trade_root_t *ngx_trade_zone_root(ngx_shm_zone_t *zone);

ngx_trade_root_t *ngx_trade_zone_get(ngx_shm_zone_t *zone);

/* Whether the process that a cell belongs to still lives. */
ngx_uint_t ngx_trade_zone_alive(ngx_trade_cell_t *cell);

/* Finds a list by name, or makes it.  Returns NULL if the zone has no room. */
ngx_trade_slots_t *ngx_trade_zone_slots(ngx_shm_zone_t *zone,
    ngx_str_t *name);
ngx_trade_shard_t *ngx_trade_zone_shard(ngx_shm_zone_t *zone,
    ngx_str_t *block, ngx_str_t *name);
ngx_trade_topic_t *ngx_trade_zone_topic(ngx_shm_zone_t *zone,
    ngx_str_t *block, ngx_str_t *topic);

/* Returns the cell of this process, cleared of the values of a dead process. */
ngx_trade_cell_t *ngx_trade_zone_enter(ngx_shm_zone_t *zone);
void ngx_trade_zone_leave(ngx_shm_zone_t *zone);

/* Raises one of the versions of a slot; it never falls. */
void ngx_trade_zone_raise(ngx_atomic_t *value, ngx_atomic_uint_t version);


/* ngx_trade_backlog.c */

/*
 * The number of events that are recorded and not acknowledged: the
 * unacknowledged events in the shards at the last look, plus the recorded and
 * minus the acknowledged since; at least the number that the workers of a
 * second ago hold.
 */
ngx_uint_t ngx_trade_backlog_pending(ngx_shm_zone_t *zone);

/*
 * Records made minus records acknowledged, of all processes since the zone was
 * made.
 */
ngx_int_t ngx_trade_backlog_unacked(ngx_shm_zone_t *zone);

/*
 * Whether this process is the sweeper.  It becomes the sweeper if the earlier
 * one has died, or has not called this for TRADE_LEADER_SILENT_MS.
 */
ngx_uint_t ngx_trade_backlog_sweeper(ngx_shm_zone_t *zone);
void ngx_trade_backlog_sweeper_leave(ngx_shm_zone_t *zone);

/* Rises when a worker is found to have died with orders under way. */
ngx_atomic_uint_t ngx_trade_backlog_deaths(ngx_shm_zone_t *zone);


#endif /* NGX_TRADE_ZONE_H */
