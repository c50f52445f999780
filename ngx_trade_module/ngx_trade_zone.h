/*
 * Shared memory: what all workers of a host count and know.
 *
 *      root -- cells     one a process: its counters and gauges
 *        |---- slots     one a trade_redis block: versions known
 *        |---- shards    one a shard: each process's view of it
 *        `---- topics    one a trade_kafka block and topic
 *
 * Everything is allocated by the master while it reads the configuration, and
 * found again by name after a reload.  Workers take no lock: a cell has one
 * writer, the rest is atomic, so a worker may die at any instruction.
 */

#ifndef NGX_TRADE_ZONE_H
#define NGX_TRADE_ZONE_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "trade_problem.h"
#include "trade_slot.h"


typedef enum {
    NGX_TRADE_REPLAYED = 0,         /* answers from an order made before */
    NGX_TRADE_PLACED,               /* records made */
    NGX_TRADE_ACKED,                /* records that Kafka has acknowledged */
    NGX_TRADE_NOT_ACKED,            /* left to the sweeper */
    NGX_TRADE_SWEPT,                /* records acked that it has published */
    NGX_TRADE_UNPUBLISHABLE,        /* records that no event can be made of */
    NGX_TRADE_RESENT,               /* commands sent a second time */
    NGX_TRADE_UNSETTLED,            /* acks that could not be written back */
    NGX_TRADE_CLIENT_GONE,          /* orders whose client went away */
    NGX_TRADE_REGRESSED,            /* losses of Redis noticed */
    NGX_TRADE_COUNTERS
} ngx_trade_counter_e;


typedef enum {
    NGX_TRADE_SHARD_NONE = 0,
    NGX_TRADE_SHARD_DOWN,           /* no connection is ready */
    NGX_TRADE_SHARD_REFUSED,        /* it is not the shard it should be */
    NGX_TRADE_SHARD_REPLICA,        /* it is no master */
    NGX_TRADE_SHARD_REFUSING,       /* it is there, and refuses to write */
    NGX_TRADE_SHARD_UP              /* the highest of any worker's is shown */
} ngx_trade_shard_state_e;


typedef enum {
    NGX_TRADE_LOCK_ACQUIRED = 0,
    NGX_TRADE_LOCK_CONTENDED,       /* requests that found it held */
    NGX_TRADE_LOCK_TIMED_OUT,       /* refused for that, at once or later */
    NGX_TRADE_LOCK_CROWDED,         /* refused: too many waited */
    NGX_TRADE_LOCK_FAILED,          /* refused: the shard could not be asked */
    NGX_TRADE_LOCK_INTERRUPTED,     /* the client went before it was taken */
    NGX_TRADE_LOCK_LOST,            /* while the request was running */
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
    ngx_trade_lock_times_t   wait;              /* of those acquired */
    ngx_trade_lock_times_t   hold;
} ngx_trade_lock_counts_t;


typedef struct {
    ngx_pid_t                pid;               /* 0: free */
    uint64_t                 answers[TRADE_VERDICTS];
    uint64_t                 counters[NGX_TRADE_COUNTERS];
    ngx_uint_t               in_flight;         /* orders held in memory */
    ngx_uint_t               pending;           /* recorded, not acknowledged */
    ngx_uint_t               queued;            /* records in librdkafka */
    ngx_uint_t               sweeping;          /* events claimed */
    ngx_trade_lock_counts_t  locks;
} ngx_trade_cell_t;


typedef struct {
    ngx_queue_t              queue;
    ngx_str_t                name;
    ngx_atomic_t             version[TRADE_SLOTS];
    u_char                   closed[TRADE_SLOTS];   /* as a reply has said */
} ngx_trade_slots_t;


/* How a process sees a shard; it alone writes it. */
typedef struct {
    u_char                   state;             /* ngx_trade_shard_state_e */
    u_char                   fault;             /* trade_fault_e: why */
    u_char                   command;           /* trade_fault_command() */
    uint32_t                 left;              /* how often the shard's servers
                                                   had been left; see below */
    uint64_t                 since;             /* ms since 1970 */
} ngx_trade_shard_view_t;


typedef struct {
    ngx_queue_t              queue;
    ngx_str_t                name;              /* <block>/<shard> */
    ngx_atomic_t             left;              /* which server was found to be
                                                   a replica; see
                                                   ngx_trade_redis_shard.c */
    ngx_atomic_t             well;              /* grows when a process has
                                                   found a master */
    ngx_trade_shard_view_t   view[NGX_MAX_PROCESSES];
    ngx_uint_t               due;               /* events, at the last look */
} ngx_trade_shard_t;


typedef struct {
    ngx_queue_t              queue;
    ngx_str_t                name;              /* <block>/<topic> */
    ngx_atomic_t             partitions;        /* 0: not known yet */
    ngx_atomic_t             acked_at;          /* ms, the last of any worker */
    ngx_atomic_t             outage;            /* ms, since when the log has
                                                   told of one; 0: none */
    ngx_atomic_t             outage_said;       /* ms, the last line of it */
    ngx_atomic_t             outage_stall;      /* 1: records wait in it */
    ngx_atomic_t             said[64];          /* ngx_trade_kafka_log.c */
    uint32_t                 large[64];         /* crc32 of records that the log
                                                   has named as too large */
    ngx_atomic_t             wrong;             /* librdkafka's error, and a
                                                   bit, ngx_trade_kafka_topic.c;
                                                   0: nothing, or unknown */
} ngx_trade_topic_t;


typedef struct {
    size_t                   layout;            /* of what is here; see below */
    ngx_queue_t              slots;
    ngx_queue_t              shards;
    ngx_queue_t              topics;
    ngx_atomic_t             sweeper;           /* the pid of who sweeps */
    ngx_atomic_t             swept_at;          /* ms, and when it last did */
    ngx_atomic_t             deaths;            /* of workers with orders */
    ngx_atomic_t             deaths_swept;      /* those that were swept up */
    ngx_int_t                backlog;           /* what is due in all shards,
                                                   less unacked at that time */
    ngx_atomic_t             ncells;            /* ever used: the first ones */
    ngx_trade_cell_t         cells[NGX_MAX_PROCESSES];
} ngx_trade_root_t;


#define NGX_TRADE_ZONE_MIN  (2 * 1024 * 1024)

/* A reload may bring a module that has other structures than the zone. */
#define NGX_TRADE_ZONE_LAYOUT                                                 \
    (sizeof(ngx_trade_root_t) + 31 * sizeof(ngx_trade_slots_t)                \
     + 37 * sizeof(ngx_trade_shard_t) + 41 * TRADE_VERDICTS                   \
     + 47 * sizeof(ngx_trade_topic_t)                                         \
     + 43 * NGX_TRADE_COUNTERS)


/*
 * In the zone's init: the root, made or found.  NULL, which is said, if the
 * zone has no room, or holds what another version of the module made.
 */
ngx_trade_root_t *ngx_trade_zone_root(ngx_shm_zone_t *zone);

ngx_trade_root_t *ngx_trade_zone_get(ngx_shm_zone_t *zone);

/* Is the process that a cell belongs to still there? */
ngx_uint_t ngx_trade_zone_alive(ngx_trade_cell_t *cell);

/* Found by name, or made; NULL if the zone has no room. */
ngx_trade_slots_t *ngx_trade_zone_slots(ngx_shm_zone_t *zone,
    ngx_str_t *name);
ngx_trade_shard_t *ngx_trade_zone_shard(ngx_shm_zone_t *zone,
    ngx_str_t *block, ngx_str_t *name);
ngx_trade_topic_t *ngx_trade_zone_topic(ngx_shm_zone_t *zone,
    ngx_str_t *block, ngx_str_t *topic);

/* The cell of this process, cleared of what a dead one left. */
ngx_trade_cell_t *ngx_trade_zone_enter(ngx_shm_zone_t *zone);
void ngx_trade_zone_leave(ngx_shm_zone_t *zone);

/* Sums over all processes; gauges of the living only. */
void ngx_trade_zone_sum(ngx_shm_zone_t *zone, ngx_trade_cell_t *sum,
    ngx_uint_t *workers);

/*
 * How the processes that live see a shard: the best state of any.  "up" does
 * not count for one that does not know yet that the shard's server was left.
 */
void ngx_trade_zone_shard_view(ngx_shm_zone_t *zone,
    ngx_trade_shard_t *shard, ngx_trade_shard_view_t *view);

/* ngx_trade_lock_status.c: adds what is counted of locks in a cell. */
void ngx_trade_lock_status_sum(ngx_trade_lock_counts_t *sum,
    ngx_trade_lock_counts_t *one, ngx_uint_t alive);

/* Raises a slot's known version; it never falls. */
void ngx_trade_zone_learn(ngx_trade_slots_t *slots, ngx_uint_t slot,
    ngx_atomic_uint_t version);


/* ngx_trade_backlog.c */

/*
 * Records not yet acknowledged: those that the shards had at the last look, and
 * what was recorded and acknowledged here since; at least those that a worker,
 * alive a second ago, holds.
 */
ngx_uint_t ngx_trade_zone_pending(ngx_shm_zone_t *zone);

/* Records made less records acknowledged, of all processes there ever were. */
ngx_int_t ngx_trade_zone_unacked(ngx_shm_zone_t *zone);

/*
 * One process sweeps: is it this one?  Whoever asks takes over from one that
 * has died, or has not asked for NGX_TRADE_SWEEPER_MS.
 */
ngx_uint_t ngx_trade_zone_sweeper(ngx_shm_zone_t *zone);
void ngx_trade_zone_sweeper_leave(ngx_shm_zone_t *zone);

#define NGX_TRADE_SWEEPER_MS  1000

/* Goes up when a worker is found to have died with orders under way. */
ngx_atomic_uint_t ngx_trade_zone_deaths(ngx_shm_zone_t *zone);


#endif /* NGX_TRADE_ZONE_H */
