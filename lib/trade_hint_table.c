#include "trade_hint_table.h"

#include <string.h>
#include <zlib.h>


static uint32_t trade_hint_table_hash(const trade_hint_key_t *key);
static trade_hint_entry_t *trade_hint_table_entry(trade_hint_table_t *table,
    const trade_hint_key_t *key, uint32_t hash);
static trade_hint_entry_t *trade_hint_table_set(trade_hint_table_t *table,
    uint32_t hash);
static int trade_hint_table_is(const trade_hint_entry_t *entry,
    const trade_hint_key_t *key, uint32_t hash);
static trade_hint_entry_t *trade_hint_table_victim(trade_hint_table_t *table,
    uint32_t hash);
static int trade_hint_table_lock(trade_hint_entry_t *entry,
    uint32_t *sequence);
static void trade_hint_table_unlock(trade_hint_entry_t *entry,
    uint32_t sequence);
static int trade_hint_table_same(const trade_hint_t *a, const trade_hint_t *b);


size_t
trade_hint_table_size(size_t sets)
{
    return sizeof(trade_hint_table_t)
           + sets * TRADE_HINT_WAYS * sizeof(trade_hint_entry_t);
}


void
trade_hint_table_init(trade_hint_table_t *table, size_t sets)
{
    table->sets = sets;
}


int
trade_hint_table_put(trade_hint_table_t *table, const trade_hint_key_t *key,
    const trade_hint_t *hint, trade_str_t text)
{
    int                  evicted;
    uint32_t             hash, sequence;
    trade_hint_entry_t  *entry;

    if (!key->stock) {
        text = key->sku;
    }

    if (text.len > TRADE_HINT_TEXT) {
        return 0;
    }

    hash = trade_hint_table_hash(key);
    entry = trade_hint_table_entry(table, key, hash);

    if (entry == NULL) {
        entry = trade_hint_table_victim(table, hash);
    }

    if (!trade_hint_table_lock(entry, &sequence)) {
        return 0;
    }

    evicted = 0;

    if (trade_hint_table_is(entry, key, hash)) {

        if (hint->made < entry->hint.made) {
            trade_hint_table_unlock(entry, sequence);
            return 0;
        }

    } else {
        evicted = entry->owner && hint->made < entry->used + TRADE_HINT_LIVE;
    }

    entry->hash = hash;
    entry->owner = key->owner;
    entry->used = hint->made;
    entry->hint = *hint;
    entry->sku = key->sku.len;
    entry->len = text.len;
    memcpy(entry->text, text.data, text.len);

    trade_hint_table_unlock(entry, sequence);

    return evicted;
}


trade_hint_state_e
trade_hint_table_find(trade_hint_table_t *table, const trade_hint_key_t *key,
    const trade_hint_slot_t *slot, trade_hint_t *hint, char *text, size_t *len)
{
    trade_hint_state_e  state;

    if (!trade_hint_table_get(table, key, slot->now, hint, text, len)) {
        return TRADE_HINT_NONE;
    }

    state = trade_hint_state(hint, slot);

    if (state == TRADE_HINT_DROPPED
        && !trade_hint_table_drop(table, key, hint))
    {
        return TRADE_HINT_NONE;
    }

    return state;
}


int
trade_hint_table_get(trade_hint_table_t *table, const trade_hint_key_t *key,
    uint64_t now, trade_hint_t *hint, char *text, size_t *len)
{
    int                  found;
    uint32_t             hash, sequence;
    trade_hint_entry_t  *entry;

    hash = trade_hint_table_hash(key);
    entry = trade_hint_table_entry(table, key, hash);

    if (entry == NULL) {
        return 0;
    }

    sequence = __atomic_load_n(&entry->sequence, __ATOMIC_ACQUIRE);

    found = !(sequence & 1) && trade_hint_table_is(entry, key, hash);

    if (found) {
        *hint = entry->hint;

        if (key->stock) {
            *len = entry->len;
            memcpy(text, entry->text,
                   *len < TRADE_HINT_TEXT ? *len : TRADE_HINT_TEXT);
        }
    }

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    if (!found
        || __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED) != sequence)
    {
        return 0;
    }

    __atomic_store_n(&entry->used, now, __ATOMIC_RELAXED);

    return 1;
}


int
trade_hint_table_drop(trade_hint_table_t *table, const trade_hint_key_t *key,
    const trade_hint_t *hint)
{
    int                  mine;
    uint32_t             hash, sequence;
    trade_hint_entry_t  *entry;

    hash = trade_hint_table_hash(key);
    entry = trade_hint_table_entry(table, key, hash);

    if (entry == NULL || !trade_hint_table_lock(entry, &sequence)) {
        return 0;
    }

    mine = trade_hint_table_is(entry, key, hash)
           && trade_hint_table_same(&entry->hint, hint);

    if (mine) {
        entry->owner = 0;
    }

    trade_hint_table_unlock(entry, sequence);

    return mine;
}


static uint32_t
trade_hint_table_hash(const trade_hint_key_t *key)
{
    return crc32(!!key->stock, (const Bytef *) key->sku.data, key->sku.len);
}


static trade_hint_entry_t *
trade_hint_table_set(trade_hint_table_t *table, uint32_t hash)
{
    return &table->entries[(hash & (table->sets - 1)) * TRADE_HINT_WAYS];
}


/* The entry may change at any time, so callers look again */

static trade_hint_entry_t *
trade_hint_table_entry(trade_hint_table_t *table, const trade_hint_key_t *key,
    uint32_t hash)
{
    size_t               i;
    trade_hint_entry_t  *set;

    set = trade_hint_table_set(table, hash);

    for (i = 0; i < TRADE_HINT_WAYS; i++) {
        if (!(__atomic_load_n(&set[i].sequence, __ATOMIC_RELAXED) & 1)
            && trade_hint_table_is(&set[i], key, hash))
        {
            return &set[i];
        }
    }

    return NULL;
}


static int
trade_hint_table_is(const trade_hint_entry_t *entry,
    const trade_hint_key_t *key, uint32_t hash)
{
    return entry->hash == hash
           && entry->owner == key->owner
           && (entry->hint.result == TRADE_DONE) == !!key->stock
           && entry->sku == key->sku.len
           && memcmp(entry->text, key->sku.data, key->sku.len) == 0;
}


/* An entry that is empty, or else the least recently used one */

static trade_hint_entry_t *
trade_hint_table_victim(trade_hint_table_t *table, uint32_t hash)
{
    size_t               i;
    trade_hint_entry_t  *set, *victim;

    set = trade_hint_table_set(table, hash);
    victim = NULL;

    for (i = 0; i < TRADE_HINT_WAYS; i++) {

        if (__atomic_load_n(&set[i].sequence, __ATOMIC_RELAXED) & 1) {
            continue;
        }

        if (set[i].owner == 0) {
            return &set[i];
        }

        if (victim == NULL || set[i].used < victim->used) {
            victim = &set[i];
        }
    }

    return victim ? victim : &set[0];
}


/* Returns 0 if another process writes the entry, or died while it did */

static int
trade_hint_table_lock(trade_hint_entry_t *entry, uint32_t *sequence)
{
    *sequence = __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED);

    if (*sequence & 1
        || !__atomic_compare_exchange_n(&entry->sequence, sequence,
                                        *sequence + 1, 0, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
    {
        return 0;
    }

    /* readers see the odd number before anything that is written now */

    __atomic_thread_fence(__ATOMIC_RELEASE);

    return 1;
}


static void
trade_hint_table_unlock(trade_hint_entry_t *entry, uint32_t sequence)
{
    __atomic_store_n(&entry->sequence, sequence + 2, __ATOMIC_RELEASE);
}


static int
trade_hint_table_same(const trade_hint_t *a, const trade_hint_t *b)
{
    return a->version == b->version && a->made == b->made
           && a->connections == b->connections;
}
