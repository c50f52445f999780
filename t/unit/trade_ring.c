/* Shows that the ring is nginx's, bit for bit, and moves no key for nothing. */

#include "trade_ring.h"
#include "unit.h"

#include <errno.h>
#include <zlib.h>


#define KEYS  100000


/* the first four points of a node, and its last, number 159 */

static const struct {
    const char  *name;
    uint32_t     points[5];
} golden[] = {
    { "127.0.0.1:6379",
      { 0xb5ee4d4c, 0x67982d3b, 0xc81f13b6, 0xcb72053f, 0xdaf76a94 } },
    { "10.0.0.1:8080",
      { 0xf1ea5a8f, 0x4bd08e68, 0x84e5eeee, 0xadead1be, 0x817bdb9b } },
    { "backend",
      { 0x1ae70921, 0xe1e566a4, 0x60b0e5a6, 0x74b99253, 0xe85bde30 } },
    { "unix:/tmp/a.sock",
      { 0xca7eb1df, 0xbad8f3e1, 0x716a4f8e, 0x042e78ad, 0xe3c4562b } }
};


static const struct {
    const char  *name;
    const char  *host;
    const char  *port;
} splits[] = {
    { "127.0.0.1:6379", "127.0.0.1", "6379" },
    { "[::1]:6379", "[::1]", "6379" },
    { "::1", ":", "1" },
    { "backend", "backend", "" },
    { "backend:redis", "backend:redis", "" },
    { "backend:63x9", "backend:63x9", "" },
    { "backend:", "backend", "" },
    { "a:1:2", "a:1", "2" },
    { "6379", "6379", "" },
    { ":6379", "", "6379" },
    { ":", "", "" },
    { "unix:/tmp/a.sock", "/tmp/a.sock", "" },
    { "UNIX:/tmp/a:1", "/tmp/a:1", "" },
    { "unix:", "", "" },
    { "unix", "unix", "" }
};


static const struct {
    const char  *key;
    const char  *owner;
} owners[] = {
    { "sku:1", "127.0.0.1:6381" },
    { "sku:2", "127.0.0.1:6381" },
    { "sku:3", "127.0.0.1:6381" },
    { "sku:1001", "127.0.0.1:6380" },
    { "iphone", "127.0.0.1:6380" }
};


static const struct {
    trade_str_t  name;
    unsigned     weight;
    int          rc;
} adds[] = {
    { trade_str("a"), 1, 0 },
    { trade_str("a"), 1, EEXIST },
    { trade_str("a"), 2, EEXIST },
    { trade_str("A"), 1, 0 },
    { trade_str("a:1"), TRADE_RING_WEIGHT_MAX, 0 },
    { trade_str("b"), 0, EINVAL },
    { trade_str("b"), TRADE_RING_WEIGHT_MAX + 1, EINVAL },
    { trade_str("b"), UINT32_MAX, EINVAL },
    { trade_str("b\0"), 1, EINVAL },
    { trade_str(""), 1, EINVAL },
    { trade_null_str, 1, EINVAL }
};


/* Nodes 10.0.0.<from>:6379 to <to> */

static int
ring_add(trade_ring_t *ring, int from, int to)
{
    int   rc;
    char  name[32];

    for (rc = 0; from <= to && rc == 0; from++) {
        (void) snprintf(name, sizeof(name), "10.0.0.%d:6379", from);
        rc = trade_ring_add(ring, trade_str_c(name), 1);
    }

    return rc ? rc : trade_ring_build(ring);
}


/* A ring of one node, whose points can be told from no other's */

static void
ring_one(trade_ring_t *ring, const char *name, unsigned weight)
{
    trade_ring_init(ring);

    if (trade_ring_add(ring, trade_str_c(name), weight) != 0
        || trade_ring_build(ring) != 0)
    {
        abort();
    }
}


/* The first point >= hash, as a plain binary search finds it */

static uint32_t
lower_bound(const trade_ring_t *ring, uint32_t hash)
{
    uint32_t  low, high, middle;

    for (low = 0, high = ring->npoints; low < high; /* void */ ) {
        middle = low + (high - low) / 2;

        if (ring->points[middle].hash < hash) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}


static int
has_point(const trade_ring_t *ring, uint32_t hash)
{
    uint32_t  i;

    i = lower_bound(ring, hash);

    return i < ring->npoints && ring->points[i].hash == hash;
}


static int
sorted(const trade_ring_t *ring)
{
    uint32_t  i;

    for (i = 1; i < ring->npoints; i++) {
        if (ring->points[i - 1].hash >= ring->points[i].hash) {
            return 0;
        }
    }

    return 1;
}


static void
test_golden(void)
{
    size_t        i, p;
    trade_ring_t  ring;

    for (i = 0; i < UNIT_ROWS(golden); i++) {
        ring_one(&ring, golden[i].name, 1);

        is_int(ring.npoints, 160, "%s has 160 points", golden[i].name);
        ok(sorted(&ring), "the points are in order");

        for (p = 0; p < UNIT_ROWS(golden[i].points); p++) {
            ok(has_point(&ring, golden[i].points[p]), "one is %08x",
               golden[i].points[p]);
        }

        trade_ring_free(&ring);
    }
}


/* All points, computed from the strings as they are hashed */

static void
test_split(void)
{
    int            right;
    char           text[64];
    size_t         i, host, len;
    uint32_t       n, hash;
    trade_ring_t   ring;

    for (i = 0; i < UNIT_ROWS(splits); i++) {
        ring_one(&ring, splits[i].name, 1);

        host = strlen(splits[i].host);
        len = host + 1 + strlen(splits[i].port);
        memcpy(text, splits[i].host, host + 1);
        memcpy(text + host + 1, splits[i].port, len - host - 1);

        for (right = 1, hash = 0, n = 0; n < TRADE_RING_POINTS; n++) {
            text[len] = (char) hash;
            text[len + 1] = (char) (hash >> 8);
            text[len + 2] = (char) (hash >> 16);
            text[len + 3] = (char) (hash >> 24);

            hash = crc32(0, (const Bytef *) text, len + 4);
            right &= has_point(&ring, hash);
        }

        ok(right && ring.npoints == 160, "'%s' is host '%s', port '%s'",
           splits[i].name, splits[i].host, splits[i].port);

        trade_ring_free(&ring);
    }
}


static void
test_owners(void)
{
    int           node;
    size_t        i;
    trade_ring_t  ring;

    trade_ring_init(&ring);
    (void) trade_ring_add(&ring, trade_str_c("127.0.0.1:6379"), 1);
    (void) trade_ring_add(&ring, trade_str_c("127.0.0.1:6380"), 1);
    (void) trade_ring_add(&ring, trade_str_c("127.0.0.1:6381"), 1);
    is_int(trade_ring_build(&ring), 0, "a ring of three nodes is built");

    for (i = 0; i < UNIT_ROWS(owners); i++) {
        node = trade_ring_find(&ring, trade_str_c(owners[i].key));
        is_str(trade_str_c(node < 0 ? "" : ring.nodes[node].name),
               trade_str_c(owners[i].owner), "%s has its owner", owners[i].key);
    }

    trade_ring_free(&ring);
}


static void
test_errors(void)
{
    size_t        i;
    trade_ring_t  ring;

    trade_ring_init(&ring);

    for (i = 0; i < UNIT_ROWS(adds); i++) {
        is_int(trade_ring_add(&ring, unit_guard(adds[i].name),
                              adds[i].weight),
               adds[i].rc, "add '%.*s' with weight %u",
               (int) adds[i].name.len, adds[i].name.data, adds[i].weight);
    }

    is_int(ring.nnodes, 3, "only the valid nodes are in the ring");
    is_int(trade_ring_remove(&ring, trade_str_c("b")), ENOENT,
           "a node that is not in the ring can't be removed");
    is_int(trade_ring_remove(&ring, trade_str_c("")), ENOENT,
           "a node without a name can't be removed");
    is_int(trade_ring_remove(&ring, trade_str_of("ab", 1)), 0,
           "a node is removed");
    is_int(trade_ring_remove(&ring, trade_str_c("a")), ENOENT,
           "a node is removed once");
    is_str(trade_str_c(ring.nodes[0].name), trade_str_c("A"),
           "the nodes behind a removed one move up");
    is_int(trade_ring_add(&ring, trade_str_c("a"), 1), 0,
           "a removed node is added again");

    trade_ring_free(&ring);
}


static void
test_empty(void)
{
    trade_ring_t  ring;

    trade_ring_init(&ring);
    is_int(trade_ring_find_hash(&ring, 0), -1,
           "a ring that was never built has no owner");
    is_int(trade_ring_first(&ring, 0), -1,
           "a ring that was never built has no first point");

    is_int(trade_ring_build(&ring), 0, "a ring is built without a node");
    is_int(trade_ring_find_hash(&ring, 0), -1,
           "an empty ring has no owner of hash 0");
    is_int(trade_ring_find_hash(&ring, UINT32_MAX), -1,
           "an empty ring has no owner of the last hash");
    is_int(trade_ring_find(&ring, trade_str_of(NULL, 0)), -1,
           "an empty ring has no owner of an empty key");

    (void) trade_ring_add(&ring, trade_str_c("a"), 1);
    is_int(trade_ring_find_hash(&ring, 0), -1,
           "a node owns nothing before the build");
    is_int(trade_ring_build(&ring), 0, "a ring with a node is built");
    is_int(trade_ring_find_hash(&ring, 0), 0, "the only node owns hash 0");
    is_int(trade_ring_find(&ring, trade_str_of(NULL, 0)), 0,
           "the only node owns an empty key");

    (void) trade_ring_remove(&ring, trade_str_c("a"));
    is_int(trade_ring_find_hash(&ring, 0), 0,
           "a removed node owns its hashes until the build");
    is_int(trade_ring_build(&ring), 0,
           "a ring whose node was removed is built");
    is_int(trade_ring_find_hash(&ring, 0), -1,
           "a removed node owns nothing after the build");

    trade_ring_free(&ring);
    is_int(trade_ring_find_hash(&ring, 0), -1, "a freed ring has no owner");
}


/* Two names of one host have the same points: the first one's count */

static void
test_equal_points(void)
{
    trade_ring_t  ring;

    ring_one(&ring, "/tmp/a.sock", 1);
    (void) trade_ring_add(&ring, trade_str_c("unix:/tmp/a.sock"), 2);
    is_int(trade_ring_build(&ring), 0,
           "a ring of two nodes with the same points is built");

    is_int(ring.npoints, 320, "equal points are kept once");
    is_int(trade_ring_find_hash(&ring, 0xca7eb1df), 0,
           "the earlier node owns equal points");

    (void) trade_ring_remove(&ring, trade_str_c("/tmp/a.sock"));
    (void) trade_ring_build(&ring);
    is_int(ring.npoints, 320,
           "the points stay when the earlier node is removed");
    is_int(trade_ring_find_hash(&ring, 0xca7eb1df), 0,
           "the later node owns the points then");
    is_str(trade_str_c(ring.nodes[0].name), trade_str_c("unix:/tmp/a.sock"),
           "the later node is node 0 then");

    trade_ring_free(&ring);
}


static void
test_too_many(void)
{
    int           i;
    char          name[32];
    trade_ring_t  ring;

    ring_one(&ring, "a", 1);

    for (i = 0; i < 205; i++) {
        (void) snprintf(name, sizeof(name), "node-%d", i);
        (void) trade_ring_add(&ring, trade_str_c(name), TRADE_RING_WEIGHT_MAX);
    }

    is_int(trade_ring_build(&ring), ENOMEM, "more points than can be counted");
    is_int(ring.npoints, 160, "a failed build keeps the old points");
    is_int(trade_ring_find_hash(&ring, 1), 0,
           "the old points still have their owner");

    trade_ring_free(&ring);
}


static void
test_weight(void)
{
    int           right, i;
    uint32_t      n, heavy;
    trade_ring_t  one, ring;

    ring_one(&one, "a", 1);
    ring_one(&ring, "a", 9);
    is_int(ring.npoints, 9 * 160, "160 points per weight");

    for (right = 1, n = 0; n < one.npoints; n++) {
        right &= has_point(&ring, one.points[n].hash);
    }

    ok(right, "more weight only adds points");

    (void) trade_ring_add(&ring, trade_str_c("b"), 1);
    (void) trade_ring_build(&ring);

    for (heavy = 0, i = 0; i < KEYS; i++) {
        heavy += trade_ring_find_hash(&ring, unit_random()) == 0;
    }

    ok(heavy > KEYS * 85 / 100 && heavy < KEYS * 95 / 100,
       "weights of 9 to 1 share the keys: %u of %u", heavy, KEYS);

    trade_ring_free(&one);
    trade_ring_free(&ring);
}


/* Points per weight: of `a` in a ring that has few of them, or many */

static void
test_per_weight(void)
{
    int               right;
    uint32_t          n;
    trade_ring_t      one, ring;
    static const int  few = 7;

    ring_one(&one, "a", 1);

    trade_ring_init(&ring);
    ring.per_weight = few;
    (void) trade_ring_add(&ring, trade_str_c("a"), 3);
    is_int(trade_ring_build(&ring), 0,
           "a ring of seven points per weight is built");
    is_int(ring.npoints, 3 * few, "a node of weight 3 has 21 points then");

    for (right = 1, n = 0; n < ring.npoints; n++) {
        right &= has_point(&one, ring.points[n].hash);
    }

    ok(right, "fewer points per weight are the first ones of nginx's chain");

    trade_ring_free(&ring);
    is_int(ring.per_weight, TRADE_RING_POINTS,
           "a freed ring has nginx's points per weight again");

    trade_ring_free(&one);
}


/* The owners of KEYS hashes, as names end: "10.0.0.<n>:6379" */

static int *
owners_of(const trade_ring_t *ring)
{
    int       *all, i;
    uint32_t   node;

    all = malloc(KEYS * sizeof(*all));
    if (all == NULL) {
        abort();
    }

    for (i = 0; i < KEYS; i++) {
        node = trade_ring_find_hash(ring, (uint32_t) i * 2654435761u);
        all[i] = atoi(ring->nodes[node].name + 7);
    }

    return all;
}


/* How many moved; -1 when one moved that has nothing to do with `node` */

static int
moved(const int *less, const int *more, int node)
{
    int  i, n;

    for (n = 0, i = 0; i < KEYS; i++) {
        if (less[i] != more[i]) {
            if (more[i] != node) {
                return -1;
            }

            n++;
        }
    }

    return n;
}


static void
test_moves(void)
{
    int           *ten, *eleven, *without, *again, n;
    trade_ring_t   ring;

    trade_ring_init(&ring);
    is_int(ring_add(&ring, 1, 10), 0, "a ring of ten nodes is built");
    ten = owners_of(&ring);
    is_int(ring_add(&ring, 11, 11), 0, "a ring of eleven nodes is built");
    eleven = owners_of(&ring);

    n = moved(ten, eleven, 11);
    ok(n >= 0, "no key moves between survivors");
    ok(n > KEYS * 8 / 100 && n < KEYS * 10 / 100,
       "%d of %d keys move (ideal: 9.09 %%)", n, KEYS);

    (void) trade_ring_remove(&ring, trade_str_c("10.0.0.4:6379"));
    is_int(trade_ring_build(&ring), 0,
           "a ring without the fourth node is built");
    without = owners_of(&ring);
    ok(moved(without, eleven, 4) > 0, "only the keys of the fourth node move");

    is_int(ring_add(&ring, 4, 4), 0, "the fourth node comes back");
    again = owners_of(&ring);
    is_int(moved(eleven, again, 4), 0, "its keys come back to its new number");

    free(ten);
    free(eleven);
    free(without);
    free(again);
    trade_ring_free(&ring);
}


static int
same_owner(const trade_ring_t *ring, uint32_t hash)
{
    uint32_t  i;

    i = lower_bound(ring, hash);
    i = i < ring->npoints ? i : 0;

    return trade_ring_find_hash(ring, hash) == (int) ring->points[i].node
           && trade_ring_first(ring, hash) == (int) i;
}


/* Rings of 1 to 100 nodes: random hashes, the ends, each point and beside it */

static void
test_find_hash(void)
{
    int           nodes, edges, points, random;
    uint32_t      i, hash;
    trade_ring_t  ring;

    trade_ring_init(&ring);

    for (edges = points = random = 1, nodes = 1; nodes <= 100; nodes++) {
        if (ring_add(&ring, nodes, nodes) != 0 || !sorted(&ring)) {
            ok(0, "a ring of %d nodes is built", nodes);
            break;
        }

        edges &= same_owner(&ring, 0) && same_owner(&ring, UINT32_MAX);

        for (i = 0; i < ring.npoints; i++) {
            hash = ring.points[i].hash;
            points &= same_owner(&ring, hash) && same_owner(&ring, hash - 1)
                      && same_owner(&ring, hash + 1);
        }

        for (i = 0; i < KEYS / 100; i++) {
            random &= same_owner(&ring, unit_random());
        }
    }

    ok(edges, "0 and 2^32 - 1 have the owner that a plain search finds");
    ok(points, "each point, and the hashes beside it, have that owner");
    ok(random, "so have %d random hashes", KEYS);

    trade_ring_free(&ring);
}


static void
test_spread(void)
{
    int           i, most, n[10] = { 0 };
    trade_ring_t  ring;

    trade_ring_init(&ring);
    (void) ring_add(&ring, 1, 10);

    for (most = 0, i = 0; i < KEYS; i++) {
        n[trade_ring_find_hash(&ring, unit_random())]++;
    }

    for (i = 0; i < 10; i++) {
        most = n[i] > most ? n[i] : most;
    }

    ok(most < KEYS / 10 * 5 / 4, "at most 1.25 times the mean: %d", most);

    trade_ring_free(&ring);
}


int
main(void)
{
    test_golden();
    test_split();
    test_owners();
    test_errors();
    test_empty();
    test_equal_points();
    test_too_many();
    test_weight();
    test_per_weight();
    test_moves();
    test_find_hash();
    test_spread();

    return done_testing();
}
