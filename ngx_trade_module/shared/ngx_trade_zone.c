#include "ngx_trade_zone.h"


static trade_hint_table_t *ngx_trade_zone_hints(ngx_slab_pool_t *pool,
    size_t size);
static void *ngx_trade_zone_member(ngx_shm_zone_t *zone, ngx_queue_t *list,
    size_t size, ngx_str_t *block, ngx_str_t *name);
static void *ngx_trade_zone_find(ngx_queue_t *list, ngx_str_t *name,
    size_t offset);
static u_char *ngx_trade_zone_copy(ngx_slab_pool_t *pool, ngx_str_t *dst,
    ngx_str_t *src);


ngx_trade_root_t *
ngx_trade_zone_root(ngx_shm_zone_t *zone)
{
    u_char            *p;
    size_t             size;
    ngx_slab_pool_t   *pool;
    ngx_trade_root_t  *root;

    pool = (ngx_slab_pool_t *) zone->shm.addr;
    if (pool->data) {
        root = pool->data;

        if (root->layout != NGX_TRADE_ZONE_LAYOUT) {
            ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                          "zone \"%V\" was made by another version of the "
                          "module: restart nginx, or give the zone "
                          "another name", &zone->shm.name);
            return NULL;
        }

        return root;
    }

    size = sizeof(" in trade_zone \"\"") + zone->shm.name.len;

    p = ngx_slab_alloc(pool, size);
    if (p == NULL) {
        return NULL;
    }

    (void) ngx_sprintf(p, " in trade_zone \"%V\"%Z", &zone->shm.name);
    pool->log_ctx = p;

    root = ngx_slab_calloc(pool, sizeof(ngx_trade_root_t));
    if (root == NULL) {
        return NULL;
    }

    root->hints = ngx_trade_zone_hints(pool, zone->shm.size);
    if (root->hints == NULL) {
        return NULL;
    }

    root->layout = NGX_TRADE_ZONE_LAYOUT;
    ngx_queue_init(&root->slots);
    ngx_queue_init(&root->shards);
    ngx_queue_init(&root->topics);

    pool->data = root;

    return root;
}


/* An eighth of the zone at most */

static trade_hint_table_t *
ngx_trade_zone_hints(ngx_slab_pool_t *pool, size_t size)
{
    size_t               sets;
    trade_hint_table_t  *hints;

    sets = 1;

    while (trade_hint_table_size(2 * sets) <= size / 8) {
        sets *= 2;
    }

    hints = ngx_slab_calloc(pool, trade_hint_table_size(sets));

    if (hints) {
        trade_hint_table_init(hints, sets);
    }

    return hints;
}


ngx_trade_root_t *
ngx_trade_zone_get(ngx_shm_zone_t *zone)
{
    return ((ngx_slab_pool_t *) zone->shm.addr)->data;
}


ngx_trade_slots_t *
ngx_trade_zone_slots(ngx_shm_zone_t *zone, ngx_str_t *name)
{
    ngx_slab_pool_t    *pool;
    ngx_trade_root_t   *root;
    ngx_trade_slots_t  *slots;

    pool = (ngx_slab_pool_t *) zone->shm.addr;
    root = ngx_trade_zone_get(zone);

    slots = ngx_trade_zone_find(&root->slots, name,
                                offsetof(ngx_trade_slots_t, name));
    if (slots) {
        return slots;
    }

    slots = ngx_slab_calloc(pool, sizeof(ngx_trade_slots_t));

    if (slots == NULL
        || ngx_trade_zone_copy(pool, &slots->name, name) == NULL)
    {
        return NULL;
    }

    ngx_queue_insert_tail(&root->slots, &slots->queue);

    return slots;
}


ngx_trade_shard_t *
ngx_trade_zone_shard(ngx_shm_zone_t *zone, ngx_str_t *block, ngx_str_t *name)
{
    return ngx_trade_zone_member(zone, &ngx_trade_zone_get(zone)->shards,
                                 sizeof(ngx_trade_shard_t), block, name);
}


ngx_trade_topic_t *
ngx_trade_zone_topic(ngx_shm_zone_t *zone, ngx_str_t *block, ngx_str_t *topic)
{
    return ngx_trade_zone_member(zone, &ngx_trade_zone_get(zone)->topics,
                                 sizeof(ngx_trade_topic_t), block, topic);
}


/* Makes a structure of `size` bytes that begins as ngx_trade_shard_t does */

static void *
ngx_trade_zone_member(ngx_shm_zone_t *zone, ngx_queue_t *list, size_t size,
    ngx_str_t *block, ngx_str_t *name)
{
    u_char              text[512];
    ngx_str_t           full;
    ngx_slab_pool_t    *pool;
    ngx_trade_shard_t  *member;

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    full.data = text;
    full.len = ngx_snprintf(text, sizeof(text), "%V/%V", block, name) - text;

    member = ngx_trade_zone_find(list, &full,
                                 offsetof(ngx_trade_shard_t, name));
    if (member) {
        return member;
    }

    member = ngx_slab_calloc(pool, size);

    if (member == NULL
        || ngx_trade_zone_copy(pool, &member->name, &full) == NULL)
    {
        return NULL;
    }

    ngx_queue_insert_tail(list, &member->queue);

    return member;
}


/* All lists have their queue first; `offset` is the place of the name */

static void *
ngx_trade_zone_find(ngx_queue_t *list, ngx_str_t *name, size_t offset)
{
    ngx_str_t    *found;
    ngx_queue_t  *q;

    for (q = ngx_queue_head(list);
         q != ngx_queue_sentinel(list);
         q = ngx_queue_next(q))
    {
        found = (ngx_str_t *) ((u_char *) q + offset);

        if (found->len == name->len
            && ngx_memcmp(found->data, name->data, name->len) == 0)
        {
            return q;
        }
    }

    return NULL;
}


static u_char *
ngx_trade_zone_copy(ngx_slab_pool_t *pool, ngx_str_t *dst, ngx_str_t *src)
{
    dst->data = ngx_slab_alloc(pool, src->len);

    if (dst->data) {
        dst->len = src->len;
        ngx_memcpy(dst->data, src->data, src->len);
    }

    return dst->data;
}


ngx_trade_cell_t *
ngx_trade_zone_enter(ngx_shm_zone_t *zone)
{
    ngx_queue_t        *q;
    ngx_trade_cell_t   *cell;
    ngx_trade_root_t   *root;
    ngx_trade_shard_t  *shard;
    ngx_atomic_uint_t   n;

    root = ngx_trade_zone_get(zone);
    cell = &root->cells[ngx_process_slot];

    do {
        n = root->ncells;
    } while (n <= (ngx_atomic_uint_t) ngx_process_slot
             && !ngx_atomic_cmp_set(&root->ncells, n, ngx_process_slot + 1));

    if (cell->pid && cell->pid != ngx_pid) {
        (void) ngx_atomic_fetch_add(&root->deaths, 1);
    }

    cell->pending = 0;
    cell->in_flight = 0;
    cell->queued = 0;
    cell->sweeping = 0;
    cell->locks.held = 0;
    cell->locks.waiting = 0;
    cell->pid = ngx_pid;

    for (q = ngx_queue_head(&root->shards);
         q != ngx_queue_sentinel(&root->shards);
         q = ngx_queue_next(q))
    {
        shard = ngx_queue_data(q, ngx_trade_shard_t, queue);
        ngx_memzero(&shard->view[ngx_process_slot],
                    sizeof(ngx_trade_shard_view_t));
    }

    return cell;
}


void
ngx_trade_zone_leave(ngx_shm_zone_t *zone)
{
    ngx_trade_cell_t  *cell;
    ngx_trade_root_t  *root;

    root = ngx_trade_zone_get(zone);
    cell = &root->cells[ngx_process_slot];

    if (cell->in_flight || cell->sweeping) {
        (void) ngx_atomic_fetch_add(&root->deaths, 1);
    }

    cell = ngx_trade_zone_enter(zone);
    cell->pid = 0;
}


ngx_uint_t
ngx_trade_zone_alive(ngx_trade_cell_t *cell)
{
    return cell->pid && (kill(cell->pid, 0) == 0 || ngx_errno == NGX_EPERM);
}


void
ngx_trade_zone_raise(ngx_atomic_t *value, ngx_atomic_uint_t version)
{
    ngx_atomic_uint_t  old;

    do {
        old = *value;

        if (old >= version) {
            return;
        }

    } while (!ngx_atomic_cmp_set(value, old, version));
}
