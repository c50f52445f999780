/*
 * The backlog, as all processes of a host know it, and which of them works it
 * off.
 */

#include "ngx_trade_zone.h"
#include "trade_leader.h"


static ngx_uint_t ngx_trade_backlog_of_cells(ngx_trade_root_t *root);


/*
 * Leaves out the counts of a worker that died and was not replaced.  Each order
 * asks for this sum, but whether the workers live is checked once a second.
 */

static ngx_uint_t
ngx_trade_backlog_of_cells(ngx_trade_root_t *root)
{
    ngx_uint_t         i, pending;
    ngx_trade_cell_t  *cell;

    static time_t      seen[NGX_MAX_PROCESSES];
    static ngx_pid_t   alive[NGX_MAX_PROCESSES];

    for (pending = 0, i = 0; i < root->ncells; i++) {
        cell = &root->cells[i];

        if (cell->pending == 0) {
            continue;
        }

        if (alive[i] != cell->pid || seen[i] != ngx_time()) {
            alive[i] = ngx_trade_zone_alive(cell) ? cell->pid : -1;
            seen[i] = ngx_time();
        }

        if (alive[i] == cell->pid) {
            pending += cell->pending;
        }
    }

    return pending;
}


ngx_uint_t
ngx_trade_backlog_pending(ngx_shm_zone_t *zone)
{
    ngx_int_t          pending;
    ngx_uint_t         counted;
    ngx_trade_root_t  *root;

    root = ngx_trade_zone_get(zone);

    counted = ngx_trade_backlog_of_cells(root);
    pending = root->backlog + ngx_trade_backlog_unacked(zone);

    return pending > (ngx_int_t) counted ? (ngx_uint_t) pending : counted;
}


ngx_int_t
ngx_trade_backlog_unacked(ngx_shm_zone_t *zone)
{
    ngx_int_t          unacked;
    ngx_uint_t         i;
    ngx_trade_cell_t  *cell;
    ngx_trade_root_t  *root;

    root = ngx_trade_zone_get(zone);
    unacked = 0;

    for (i = 0; i < root->ncells; i++) {
        cell = &root->cells[i];

        unacked += cell->counters[NGX_TRADE_RECORDED];
        unacked -= cell->counters[NGX_TRADE_ACKED];
        unacked -= cell->counters[NGX_TRADE_SWEPT];
    }

    return unacked;
}


ngx_uint_t
ngx_trade_backlog_sweeper(ngx_shm_zone_t *zone)
{
    ngx_uint_t         alive;
    ngx_atomic_uint_t  pid;
    ngx_trade_root_t  *root;

    root = ngx_trade_zone_get(zone);
    pid = root->sweeper;
    alive = pid && (kill(pid, 0) == 0 || ngx_errno == NGX_EPERM);

    switch (trade_leader_next(pid == (ngx_atomic_uint_t) ngx_pid, alive,
                              root->swept_at, ngx_current_msec))
    {

    case TRADE_LEADER_OTHER:
        return 0;

    case TRADE_LEADER_TAKE:
        if (!ngx_atomic_cmp_set(&root->sweeper, pid, ngx_pid)) {
            return 0;
        }
        break;

    case TRADE_LEADER_SELF:
        break;
    }

    root->swept_at = ngx_current_msec;

    return 1;
}


void
ngx_trade_backlog_sweeper_leave(ngx_shm_zone_t *zone)
{
    (void) ngx_atomic_cmp_set(&ngx_trade_zone_get(zone)->sweeper, ngx_pid, 0);
}


/*
 * Counts the deaths of workers; a worker that was not replaced is found dead
 * here, too
 */

ngx_atomic_uint_t
ngx_trade_backlog_deaths(ngx_shm_zone_t *zone)
{
    ngx_pid_t          pid;
    ngx_uint_t         i;
    ngx_trade_root_t  *root;

    static ngx_pid_t   dead[NGX_MAX_PROCESSES];

    root = ngx_trade_zone_get(zone);

    for (i = 0; i < root->ncells; i++) {
        pid = root->cells[i].pid;

        if (pid && pid != dead[i]
            && !ngx_trade_zone_alive(&root->cells[i]))
        {
            dead[i] = pid;
            (void) ngx_atomic_fetch_add(&root->deaths, 1);
        }
    }

    return root->deaths;
}
