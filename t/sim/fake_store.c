#include "fake_store.h"

#include <stdlib.h>
#include <string.h>


static void *fake_store_grow(void *p, size_t *max, size_t need, size_t size);
static uint64_t fake_store_hash(uint64_t hash, trade_str_t s);
static uint64_t fake_store_mix(uint64_t hash, uint64_t word);
static fake_cell_t *fake_store_find(const fake_store_t *store,
    trade_str_t key, trade_str_t field);
static void fake_store_put(fake_store_t *store, trade_str_t key,
    trade_str_t field, trade_str_t value, uint64_t expires);
static fake_view_t fake_store_keep(fake_store_t *store, trade_str_t s);
static int fake_store_is(const fake_store_t *store, fake_view_t view,
    trade_str_t s);
static fake_score_t *fake_store_member(const fake_store_t *store,
    trade_str_t key, trade_str_t member);


static const trade_str_t  fake_store_none;


void
fake_store_init(fake_store_t *store)
{
    memset(store, 0, sizeof(*store));
    fake_store_room(store, 1);
}


void
fake_store_free(fake_store_t *store)
{
    free(store->bytes);
    free(store->cells);
    free(store->scores);
}


void
fake_store_flush(fake_store_t *store)
{
    store->used = 0;
    store->ncells = 0;
    store->nscores = 0;
    memset(store->heads, 0, sizeof(store->heads));
    store->offset++;
}


void
fake_store_copy(fake_store_t *to, const fake_store_t *from)
{
    to->bytes = fake_store_grow(to->bytes, &to->size, from->used, 1);
    to->cells = fake_store_grow(to->cells, &to->max_cells, from->ncells,
                                sizeof(fake_cell_t));
    to->scores = fake_store_grow(to->scores, &to->max_scores, from->nscores,
                                 sizeof(fake_score_t));

    to->used = from->used;
    to->ncells = from->ncells;
    to->nscores = from->nscores;
    to->offset = from->offset;

    memcpy(to->bytes, from->bytes, from->used);
    memcpy(to->heads, from->heads, sizeof(to->heads));

    if (from->ncells) {
        memcpy(to->cells, from->cells, from->ncells * sizeof(fake_cell_t));
    }

    if (from->nscores) {
        memcpy(to->scores, from->scores,
               from->nscores * sizeof(fake_score_t));
    }
}


static void *
fake_store_grow(void *p, size_t *max, size_t need, size_t size)
{
    if (need <= *max && p) {
        return p;
    }

    *max = need < 64 ? 128 : need * 2;
    p = realloc(p, *max * size);

    if (p == NULL) {
        abort();
    }

    return p;
}


void
fake_store_room(fake_store_t *store, size_t bytes)
{
    store->bytes = fake_store_grow(store->bytes, &store->size,
                                   store->used + bytes, 1);
}


trade_str_t
fake_store_view(const fake_store_t *store, fake_view_t view)
{
    return trade_str_of(store->bytes + view.at, view.len);
}


/* Eight bytes at a time; the last eight may overlap those before them */

static uint64_t
fake_store_hash(uint64_t hash, trade_str_t s)
{
    size_t    i;
    uint64_t  word;

    for (i = 0; i + 8 <= s.len; i += 8) {
        memcpy(&word, s.data + i, 8);
        hash = fake_store_mix(hash, word);
    }

    if (s.len >= 8) {
        memcpy(&word, s.data + s.len - 8, 8);

    } else {
        for (word = s.len, i = 0; i < s.len; i++) {
            word = word << 8 | (unsigned char) s.data[i];
        }
    }

    return fake_store_mix(hash, word);
}


static uint64_t
fake_store_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;

    return hash ^ hash >> 32;
}


static fake_cell_t *
fake_store_find(const fake_store_t *store, trade_str_t key, trade_str_t field)
{
    uint32_t      i, hash;
    fake_cell_t  *cell;

    hash = fake_store_hash(fake_store_hash(0, key), field);

    for (i = store->heads[hash % FAKE_STORE_HEADS]; i; i = cell->next) {
        cell = &store->cells[i - 1];

        if (cell->hash == hash && fake_store_is(store, cell->key, key)
            && fake_store_is(store, cell->field, field))
        {
            return cell;
        }
    }

    return NULL;
}


static void
fake_store_put(fake_store_t *store, trade_str_t key, trade_str_t field,
    trade_str_t value, uint64_t expires)
{
    fake_cell_t  *cell;

    cell = fake_store_find(store, key, field);

    if (cell == NULL) {
        store->cells = fake_store_grow(store->cells, &store->max_cells,
                                       store->ncells + 1,
                                       sizeof(fake_cell_t));

        cell = &store->cells[store->ncells++];
        cell->key = fake_store_keep(store, key);
        cell->field = fake_store_keep(store, field);
        cell->hash = fake_store_hash(fake_store_hash(0, key), field);
        cell->next = store->heads[cell->hash % FAKE_STORE_HEADS];
        store->heads[cell->hash % FAKE_STORE_HEADS] = store->ncells;
    }

    cell->value = fake_store_keep(store, value);
    cell->expires = expires;
    cell->live = 1;

    store->offset++;
}


static fake_view_t
fake_store_keep(fake_store_t *store, trade_str_t s)
{
    fake_view_t  view;

    if (store->size - store->used < s.len) {
        abort();                        /* fake_store_room() was too modest */
    }

    view.at = store->used;
    view.len = s.len;

    if (s.len) {
        memcpy(store->bytes + store->used, s.data, s.len);
        store->used += s.len;
    }

    return view;
}


static int
fake_store_is(const fake_store_t *store, fake_view_t view, trade_str_t s)
{
    return view.len == s.len
           && (s.len == 0 || memcmp(store->bytes + view.at, s.data, s.len)
                             == 0);
}


trade_str_t
fake_store_get(const fake_store_t *store, trade_str_t key, uint64_t now)
{
    fake_cell_t  *cell;

    cell = fake_store_find(store, key, fake_store_none);

    if (cell == NULL || !cell->live
        || (cell->expires && now > cell->expires + store->lag))
    {
        return fake_store_none;
    }

    return fake_store_view(store, cell->value);
}


trade_str_t
fake_store_hget(const fake_store_t *store, trade_str_t key, trade_str_t field)
{
    fake_cell_t  *cell;

    cell = fake_store_find(store, key, field);

    return cell && cell->live ? fake_store_view(store, cell->value)
                              : fake_store_none;
}


void
fake_store_set(fake_store_t *store, trade_str_t key, trade_str_t value,
    uint64_t expires)
{
    fake_store_put(store, key, fake_store_none, value, expires);
}


void
fake_store_del(fake_store_t *store, trade_str_t key)
{
    fake_store_hdel(store, key, fake_store_none);
}


void
fake_store_hset(fake_store_t *store, trade_str_t key, trade_str_t field,
    trade_str_t value)
{
    fake_store_put(store, key, field, value, 0);
}


void
fake_store_hdel(fake_store_t *store, trade_str_t key, trade_str_t field)
{
    fake_cell_t  *cell;

    cell = fake_store_find(store, key, field);

    if (cell && cell->live) {
        cell->live = 0;
        store->offset++;
    }
}


uint64_t
fake_store_expires(const fake_store_t *store, trade_str_t key)
{
    fake_cell_t  *cell;

    cell = fake_store_find(store, key, fake_store_none);

    return cell && cell->live ? cell->expires : 0;
}


void
fake_store_expire(fake_store_t *store, trade_str_t key, uint64_t expires)
{
    fake_cell_t  *cell;

    cell = fake_store_find(store, key, fake_store_none);

    if (cell && cell->live) {
        cell->expires = expires;
        store->offset++;
    }
}


static fake_score_t *
fake_store_member(const fake_store_t *store, trade_str_t key,
    trade_str_t member)
{
    size_t  i;

    for (i = 0; i < store->nscores; i++) {
        if (fake_store_is(store, store->scores[i].member, member)
            && fake_store_is(store, store->scores[i].key, key))
        {
            return &store->scores[i];
        }
    }

    return NULL;
}


int
fake_store_zscore(const fake_store_t *store, trade_str_t key,
    trade_str_t member, int64_t *score)
{
    fake_score_t  *found;

    found = fake_store_member(store, key, member);

    if (found && score) {
        *score = found->score;
    }

    return found != NULL;
}


void
fake_store_zadd(fake_store_t *store, trade_str_t key, trade_str_t member,
    int64_t score)
{
    fake_score_t  *found;

    found = fake_store_member(store, key, member);

    if (found == NULL) {
        store->scores = fake_store_grow(store->scores, &store->max_scores,
                                        store->nscores + 1,
                                        sizeof(fake_score_t));

        found = &store->scores[store->nscores++];
        found->key = fake_store_keep(store, key);
        found->member = fake_store_keep(store, member);

    } else if (found->score == score) {
        return;
    }

    found->score = score;
    store->offset++;
}


int
fake_store_zrem(fake_store_t *store, trade_str_t key, trade_str_t member)
{
    fake_score_t  *found;

    found = fake_store_member(store, key, member);

    if (found == NULL) {
        return 0;
    }

    *found = store->scores[--store->nscores];
    store->offset++;

    return 1;
}


size_t
fake_store_zrange(const fake_store_t *store, trade_str_t key, int64_t max,
    trade_str_t *members, int64_t *scores, size_t n)
{
    size_t               i, j, found;
    trade_str_t          member;
    const fake_score_t  *score;

    for (found = 0, i = 0; n && i < store->nscores; i++) {
        score = &store->scores[i];
        member = fake_store_view(store, score->member);

        if (score->score > max || !fake_store_is(store, score->key, key)) {
            continue;
        }

        for (j = found; j > 0; j--) {
            if (scores[j - 1] < score->score
                || (scores[j - 1] == score->score
                    && trade_str_cmp(members[j - 1], member) < 0))
            {
                break;
            }

            if (j < n) {
                members[j] = members[j - 1];
                scores[j] = scores[j - 1];
            }
        }

        if (j < n) {
            members[j] = member;
            scores[j] = score->score;
            found += found < n;
        }
    }

    return found;
}


size_t
fake_store_zcard(const fake_store_t *store, trade_str_t key)
{
    size_t  i, n;

    for (n = 0, i = 0; i < store->nscores; i++) {
        n += fake_store_is(store, store->scores[i].key, key);
    }

    return n;
}
