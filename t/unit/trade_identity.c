/* Shows that a shard's identity is that of its name and of the whole ring. */

#include "trade_identity.h"
#include "unit.h"


static const struct {
    const char  *name;
    const char  *nodes[3];
    unsigned     weights[3];
    const char  *identity;
} rings[] = {
    { "a", { "a", "b" }, { 1, 2 }, "a 6fa2d87f48fc7ddfb9c9c24286fcecde" },
    { "b", { "a", "b" }, { 1, 2 }, "b 6fa2d87f48fc7ddfb9c9c24286fcecde" },
    { "a", { "b", "a" }, { 2, 1 }, "a 6fa2d87f48fc7ddfb9c9c24286fcecde" },
    { "a", { "a" }, { 1 }, "a 4ba9bdecd6b287135f7d4ca5a577b2b6" },
    { "a", { "a" }, { 65535 }, "a 9b7e2def08e1b03e00eebb681212aa65" },
    { "", { NULL }, { 0 }, " e3b0c44298fc1c149afbf4c8996fb924" }
};


/* rings that are not { a: 1, b: 2 } */

static const struct {
    const char  *nodes[3];
    unsigned     weights[3];
} others[] = {
    { { "a", "b" }, { 2, 1 } },
    { { "a", "b" }, { 1, 1 } },
    { { "a", "b" }, { 1, 22 } },
    { { "a", "B" }, { 1, 2 } },
    { { "a1", "b" }, { 1, 2 } },
    { { "a", "b", "c" }, { 1, 2, 1 } },
    { { "b" }, { 2 } }
};


static void
ring_make(trade_ring_t *ring, const char *const *nodes,
    const unsigned *weights)
{
    int  i;

    trade_ring_init(ring);

    for (i = 0; i < 3 && nodes[i]; i++) {
        if (trade_ring_add(ring, trade_str_c(nodes[i]), weights[i]) != 0) {
            abort();
        }
    }
}


static void
test_rings(trade_digest_t *digest)
{
    char          mem[64];
    size_t        i, len;
    trade_buf_t   b;
    trade_ring_t  ring;

    for (i = 0; i < UNIT_ROWS(rings); i++) {
        ring_make(&ring, rings[i].nodes, rings[i].weights);

        len = strlen(rings[i].name);
        trade_buf_init(&b, mem, TRADE_IDENTITY_MAX(len));

        is_int(trade_identity_write(&b, trade_str_c(rings[i].name), &ring,
                                    digest),
               0, "the identity of shard '%s' of ring %zu is written",
               rings[i].name, i);
        is_str(trade_buf_done(&b), trade_str_c(rings[i].identity),
               "the identity is %s", rings[i].identity);
        is_int(b.overflow, 0, "fits TRADE_IDENTITY_MAX()");

        trade_ring_free(&ring);
    }
}


static void
test_others(trade_digest_t *digest)
{
    char          mem[64];
    size_t        i;
    trade_buf_t   b;
    trade_ring_t  ring;

    for (i = 0; i < UNIT_ROWS(others); i++) {
        ring_make(&ring, others[i].nodes, others[i].weights);

        trade_buf_init(&b, mem, sizeof(mem));
        (void) trade_identity_write(&b, trade_str_c("a"), &ring, digest);
        ok(b.pos - b.start == TRADE_IDENTITY_MAX(1)
           && !trade_str_eq(trade_buf_done(&b),
                            trade_str_c(rings[0].identity)),
           "another ring has another identity");

        trade_ring_free(&ring);
    }
}


/* The nodes of a ring stay as they are */

static void
test_order(trade_digest_t *digest)
{
    char          mem[64];
    trade_buf_t   b;
    trade_ring_t  ring;

    ring_make(&ring, rings[2].nodes, rings[2].weights);

    trade_buf_init(&b, mem, TRADE_IDENTITY_MAX(1) - 1);
    (void) trade_identity_write(&b, trade_str_c("a"), &ring, digest);

    is_int(b.overflow, 1, "an identity that does not fit is noted");
    is_str(trade_str_c(ring.nodes[0].name), trade_str_c("b"),
           "the ring keeps the order of its nodes");

    trade_ring_free(&ring);
}


int
main(void)
{
    trade_digest_t  *digest;

    digest = trade_digest_create();

    if (ok(digest != NULL, "a digest is made")) {
        test_rings(digest);
        test_others(digest);
        test_order(digest);
        trade_digest_free(digest);
    }

    return done_testing();
}
