/* Shows what each reply of a script means, and that no other text is one. */

#include "trade_reply.h"
#include "unit.h"


#define ID       "0a7-00041061050r3gg28a1c60t3gf"
#define OTHER    "001-00041061050r3gg28a1c60t3gf"
#define HEADER   " 2 ab12 7 1767323045678"
#define CARRIED  "\no - -\n{\"buyer_id\":\"u-1\"}"
#define LINE     "A-1 100 90 3 - - -"


static const struct {
    const char           *text;
    trade_reply_kind_e    kind;
    trade_result_e        result;
    const char           *id;
    const char           *state;            /* of the record */
    const char           *body;             /* of the record */
    const char           *rest;             /* text, items, or reasons */
    uint64_t              value;
} replies[] = {
    { "PLACED" HEADER, TRADE_REPLY_MADE, TRADE_DONE, "", "PLACED", "", "", 0 },
    { "PLACED" HEADER CARRIED, TRADE_REPLY_MADE, TRADE_DONE, "", "PLACED",
      "{\"buyer_id\":\"u-1\"}", "", 0 },
    { "STOCK" HEADER "\ns - -\n" LINE, TRADE_REPLY_MADE, TRADE_DONE, "",
      "STOCK", LINE, "", 0 },
    { "PAID" HEADER CARRIED, TRADE_REPLY_MADE, TRADE_DONE, "", "PAID",
      "{\"buyer_id\":\"u-1\"}", "", 0 },
    { "DELIVERED" HEADER CARRIED, TRADE_REPLY_MADE, TRADE_DONE, "",
      "DELIVERED", "{\"buyer_id\":\"u-1\"}", "", 0 },
    { "CANCELLED" HEADER CARRIED, TRADE_REPLY_MADE, TRADE_DONE, "",
      "CANCELLED", "{\"buyer_id\":\"u-1\"}", "", 0 },
    { "EXPIRED" HEADER CARRIED, TRADE_REPLY_MADE, TRADE_DONE, "", "EXPIRED",
      "{\"buyer_id\":\"u-1\"}", "", 0 },

    { "RECORD " ID " 1\nPLACED" HEADER CARRIED, TRADE_REPLY_FOUND,
      TRADE_DONE, ID, "PLACED", "{\"buyer_id\":\"u-1\"}", "", 0 },
    { "RECORD " ID " 0\nSTOCK" HEADER "\ns - -\n" LINE, TRADE_REPLY_FOUND,
      TRADE_DONE, ID, "STOCK", LINE, "", 0 },

    { "VIEW 7\n" LINE, TRADE_REPLY_STOCK, TRADE_DONE, "", "", "", LINE, 7 },
    { "VIEW 7 9\n" LINE, TRADE_REPLY_STOCK, TRADE_DONE, "", "", "", LINE, 7 },
    { "SALES 2", TRADE_REPLY_SALES, TRADE_DONE, "", "", "", "", 2 },
    { "SALES 3\n1 A\n3 B-1", TRADE_REPLY_SALES, TRADE_DONE, "", "", "",
      "1 A\n3 B-1", 3 },
    { "FORGOT 5 0", TRADE_REPLY_FORGOT, TRADE_DONE, "", "", "", "0", 5 },
    { "FORGOT 0 18446744073709551615", TRADE_REPLY_FORGOT, TRADE_DONE, "", "",
      "", "18446744073709551615", 0 },
    { "WINDOW", TRADE_REPLY_REFUSED, TRADE_BAD_WINDOW, "", "", "", "", 0 },
    { "FAILED", TRADE_REPLY_REFUSED, TRADE_PRECONDITION_FAILED, "", "", "",
      "", 0 },
    { "NONE", TRADE_REPLY_NONE, TRADE_DONE, "", "", "", "", 0 },
    { "ACKED 0", TRADE_REPLY_ACKED, TRADE_DONE, "", "", "", "", 0 },
    { "PEEKED 0", TRADE_REPLY_PEEKED, TRADE_DONE, "", "", "", "", 0 },
    { "PEEKED 70 1 128", TRADE_REPLY_PEEKED, TRADE_DONE, "", "", "", "1 128",
      70 },
    { "CLAIMED 0 0", TRADE_REPLY_CLAIMED, TRADE_DONE, "", "", "", "", 0 },
    { "CLAIMED 2 1\nx", TRADE_REPLY_CLAIMED, TRADE_DONE, "", "", "", "x", 2 },
    { "ACKED 64", TRADE_REPLY_ACKED, TRADE_DONE, "", "", "", "", 64 },

    { "SOLDOUT 1", TRADE_REPLY_REFUSED, TRADE_SOLD_OUT, "", "", "",
      "SOLDOUT 1", 0 },
    { "LIMIT 2=3,1 10=5,0", TRADE_REPLY_REFUSED, TRADE_BUYER_LIMIT, "", "",
      "", "LIMIT 2=3,1 10=5,0", 0 },
    { "UNKNOWN 1 2 3", TRADE_REPLY_REFUSED, TRADE_UNKNOWN_SKU, "", "", "",
      "UNKNOWN 1 2 3", 0 },
    { "OVER 1=7", TRADE_REPLY_REFUSED, TRADE_SALE_OVER, "", "", "",
      "OVER 1=7", 0 },
    { "LOCKED 1", TRADE_REPLY_REFUSED, TRADE_BUYER_BUSY, "", "", "",
      "LOCKED 1", 0 },
    { "EARLY 1500 1=7 3=8", TRADE_REPLY_REFUSED, TRADE_NOT_STARTED, "", "", "",
      "EARLY 1500 1=7 3=8", 1500 },
    { "EARLY 251617300799999 2=253402300799999", TRADE_REPLY_REFUSED,
      TRADE_NOT_STARTED, "", "", "", "EARLY 251617300799999 2=253402300799999",
      251617300799999 },
    { "UNKNOWN 2\nEARLY 5 3=8\nSOLDOUT 1 4", TRADE_REPLY_REFUSED,
      TRADE_UNKNOWN_SKU, "", "", "", "UNKNOWN 2\nEARLY 5 3=8\nSOLDOUT 1 4",
      0 },
    { "LATE 1767323045678", TRADE_REPLY_REFUSED, TRADE_LATE, "", "", "", "",
      1767323045678 },
    { "REUSED " ID, TRADE_REPLY_REFUSED, TRADE_KEY_REUSED, ID, "", "", "", 0 },
    { "CLOSED by hand, 3 %", TRADE_REPLY_REFUSED, TRADE_SLOT_CLOSED, "", "",
      "", "by hand, 3 %", 0 },
    { "REGRESSED", TRADE_REPLY_REFUSED, TRADE_SLOT_CLOSED, "", "", "", "", 0 },
    { "BUSY 2", TRADE_REPLY_REFUSED, TRADE_BUSY, "", "", "", "BUSY 2", 0 },
    { "PENDING 2", TRADE_REPLY_REFUSED, TRADE_IN_PROGRESS, "", "", "",
      "PENDING 2", 0 },
    { "FREED", TRADE_REPLY_REFUSED, TRADE_LATE, "", "", "", "", 0 },
    { "HELD 12", TRADE_REPLY_HELD, TRADE_DONE, "", "", "", "", 12 },
    { "SELL 7", TRADE_REPLY_SELL, TRADE_DONE, "", "", "", "", 7 },
    { "FREE", TRADE_REPLY_FREE, TRADE_DONE, "", "", "", "", 0 },
    { "BACK", TRADE_REPLY_BACK, TRADE_DONE, "", "", "", "", 0 },
    { "LATER", TRADE_REPLY_LATER, TRADE_DONE, "", "", "", "", 0 },
    { "DONE", TRADE_REPLY_APPLIED, TRADE_DONE, "", "", "", "", 0 },
    { "INDOUBT 0 0", TRADE_REPLY_INDOUBT, TRADE_DONE, "", "", "", "", 0 },
    { "INDOUBT 2 1\nx\ny", TRADE_REPLY_INDOUBT, TRADE_DONE, "", "", "", "x\ny",
    2 },
    { "PLACED 1 ab12 7 8 9=1,12=3", TRADE_REPLY_MADE, TRADE_DONE, "", "PLACED",
      "", "", 0 },
    { "WRONG CANCELLED", TRADE_REPLY_REFUSED, TRADE_WRONG_STATE, "", "", "",
      "CANCELLED", 0 },
    { "ABSENT", TRADE_REPLY_REFUSED, TRADE_UNKNOWN_ORDER, "", "", "", "", 0 },
    { "BELOW 12", TRADE_REPLY_REFUSED, TRADE_BELOW_SOLD, "", "", "", "", 12 },
    { "ABOVE", TRADE_REPLY_REFUSED, TRADE_ABOVE_MAX, "", "", "", "", 0 }
};


static const trade_str_t  no_replies[] = {
    trade_null_str, trade_str(""), trade_str("OK"), trade_str("PONG"),
    trade_str("placed" HEADER), trade_str("PLACED"), trade_str("PLACED 1"),
    trade_str("PLACED" HEADER "\n"), trade_str("PLACED" HEADER "\no - -"),
    trade_str("PLACED" HEADER "\no - -\n"), trade_str("PLACED" HEADER " x"),
    trade_str("DENIED" HEADER), trade_str("STOCK"),
    trade_str("STOCK" HEADER), trade_str("PAID"),
    trade_str("RECORD"), trade_str("RECORD " ID), trade_str("RECORD " ID " 1"),
    trade_str("RECORD " ID " 1\n"), trade_str("RECORD " ID " 1\nPLACED" HEADER),
    trade_str("RECORD\nPLACED" HEADER CARRIED),
    trade_str("RECORD " ID "\nPLACED" HEADER CARRIED),
    trade_str("RECORD " ID " 2\nPLACED" HEADER CARRIED),
    trade_str("VIEW"), trade_str("VIEW 7"), trade_str("VIEW 7\n"),
    trade_str("VIEW x\n" LINE), trade_str("VIEW 1e+14\n" LINE),
    trade_str("VIEW 7 x\n" LINE), trade_str("VIEW 7 8 9\n" LINE),
    trade_str("FAILED 1"), trade_str("SALES"), trade_str("SALES x"),
    trade_str("FORGOT"), trade_str("FORGOT 1"), trade_str("FORGOT 1 x"),
    trade_str("FORGOT x 1"), trade_str("FORGOT 1 2 3"),
    trade_str("NONE x"), trade_str("ACKED"), trade_str("ACKED -1"),
    trade_str("ACKED 1 2"), trade_str("LOCKED"), trade_str("PENDING"),
    trade_str("LOCKED 1=2"), trade_str("EARLY"), trade_str("EARLY 1500"),
    trade_str("EARLY 1=7"), trade_str("EARLY 5 1"), trade_str("EARLY -1 1=7"),
    trade_str("EARLY 2.516173008e+14 1=7"), trade_str("EARLY 5 1=-7"),
    trade_str("EARLY 5 1=253402300800000"), trade_str("OVER"),
    trade_str("OVER 1"), trade_str("OVER 1="), trade_str("OVER 1=2e+14"),
    trade_str("LIMIT"), trade_str("LIMIT 1"), trade_str("LIMIT 1=3"),
    trade_str("LIMIT 1=3,"), trade_str("LIMIT 1=3,-1"),
    trade_str("LIMIT 1=3,1,1"), trade_str("SOLDOUT"), trade_str("SOLDOUT 0"),
    trade_str("SOLDOUT 1 0"), trade_str("SOLDOUT 1  2"),
    trade_str("SOLDOUT -1"), trade_str("SOLDOUT x"),
    trade_str("SOLDOUT 18446744073709551616"), trade_str("SOLDOUT 1\n"
    "OK 1"), trade_str("SOLDOUT 1\n\nBUSY 2"), trade_str("SOLDOUT 1\nBUSY"),
    trade_str("SOLDOUT 1\nABSENT"),
    trade_str("LATE x"), trade_str("REGRESSED 1"), trade_str("ABSENT x"),
    trade_str("BELOW"), trade_str("ABOVE 1"), trade_str("SOLDOUTX 1"),
    trade_str("PEEKED"), trade_str("PEEKED x"), trade_str("CLAIMED"),
    trade_str("CLAIMED 1"), trade_str("CLAIMED 1 2"), trade_str("CLAIMED x 1"),
    trade_str("ERR unknown command")
};


/* The lines below the first one of CLAIMED: how many events, or -1. */
#define RECORD  "PLACED 1 ab12 7 1767323045678" CARRIED     /* 54 bytes */

static const struct {
    const char  *text;
    int          n;
} claims[] = {
    { "", 0 },
    { ID ".1 54\n" RECORD, 1 },
    { ID ".1 54\n" RECORD "\n" ID ".2 54\n" RECORD, 2 },
    { ID ".1 54\n" RECORD "\n", 1 },
    { ID ".1 53\n" RECORD, -1 },
    { ID ".1 55\n" RECORD, -1 },
    { ID ".1 54\n" RECORD "x", -1 },
    { ID ".1 18446744073709551615\n" RECORD, -1 },
    { ID ".1\n" RECORD, -1 },
    { ID ".x 54\n" RECORD, -1 },
    { ID " 54\n" RECORD, -1 },
    { "x.1 54\n" RECORD, -1 },
    { ID ".1 0\n", -1 },
    { "\n", -1 }
};


static const struct {
    const char  *items;
    size_t       n;                     /* slots that the reply is for */
    size_t       works;
    struct {
        size_t   slot;
        int      indoubt;
    } work[4];
} works[] = {
    { "", 3, 0, { { 0, 0 } } },
    { "1", 3, 1, { { 0, 0 } } },
    { "1 3 4 6", 3, 4, { { 0, 0 }, { 2, 0 }, { 0, 1 }, { 2, 1 } } },
    { "1 2", 1, 2, { { 0, 0 }, { 0, 1 } } },
    { "2 7 1", 3, 1, { { 1, 0 } } },
    { "1 x 2", 3, 1, { { 0, 0 } } },
    { "-1", 3, 0, { { 0, 0 } } },
    { "0 1", 3, 0, { { 0, 0 } } },
    { "18446744073709551615 2", 3, 0, { { 0, 0 } } },
    { "18446744073709551616", 3, 0, { { 0, 0 } } }
};


static const struct {
    const char       *text;
    trade_result_e    result;
} errors[] = {
    { "LOADING Redis is loading the dataset in memory", TRADE_REDIS_REFUSED },
    { "OOM command not allowed when used memory > 'maxmemory'.",
      TRADE_REDIS_REFUSED },
    { "READONLY You can't write against a read only replica.",
      TRADE_REDIS_REFUSED },
    { "NOREPLICAS Not enough good replicas to write.", TRADE_REDIS_REFUSED },
    { "MISCONF Redis is configured to save RDB snapshots",
      TRADE_REDIS_REFUSED },
    { "BUSY Redis is busy running a script.", TRADE_REDIS_REFUSED },
    { "MASTERDOWN Link with MASTER is down", TRADE_REDIS_REFUSED },
    { "NOSCRIPT No matching script.", TRADE_REDIS_REFUSED },
    { "NOPERM this user may not HSET", TRADE_REDIS_REFUSED },
    { "ERR The user executing the script can't run this command or "
      "subcommand script: 0, on @user_script:1.", TRADE_REDIS_REFUSED },
    { "ERR ACL failure in script: User gateway has no permissions to run the "
      "'get' command script: 0, on @user_script:1.", TRADE_REDIS_REFUSED },
    { "OOM", TRADE_REDIS_REFUSED },
    { "ERR Error running script", TRADE_NO_ANSWER },
    { "BUSYKEY Target key name already exists.", TRADE_NO_ANSWER },
    { "oom", TRADE_NO_ANSWER },
    { " OOM", TRADE_NO_ANSWER },
    { "ERR OOM", TRADE_NO_ANSWER },
    { "", TRADE_NO_ANSWER }
};


static void
test_replies(void)
{
    size_t         i;
    trade_reply_t  reply;

    for (i = 0; i < UNIT_ROWS(replies); i++) {
        is_int(trade_reply_read(&reply,
                                unit_guard(trade_str_c(replies[i].text))),
               0, "%s", replies[i].text);

        is_int(reply.kind, replies[i].kind, "the reply has its kind");
        is_int(reply.result, replies[i].result, "the reply has its result");
        is_str(reply.id, trade_str_c(replies[i].id), "the reply has its id");
        is_int(reply.record.state,
               trade_state_find(trade_str_c(replies[i].state)),
                                "the record has its state");
        is_str(reply.record.body, trade_str_c(replies[i].body),
               "the record has its body");
        is_str(reply.text.len ? reply.text
               : reply.items.len ? reply.items : reply.reasons,
               trade_str_c(replies[i].rest),
               "the reply has its text, items or reasons");
        is_int(reply.value, replies[i].value, "the reply has its value");
        is_int(reply.slot == TRADE_REPLY_SLOT_LOST,
               !strcmp(replies[i].text, "REGRESSED"), "whether it is an alarm");
        is_int(reply.published, !strncmp(replies[i].text,
                                         "RECORD " ID " 1", 39),
               "whether it is published");
    }
}


static void
test_refused(void)
{
    size_t         i;
    trade_reply_t  reply;

    for (i = 0; i < UNIT_ROWS(no_replies); i++) {
        is_int(trade_reply_read(&reply, unit_guard(no_replies[i])), -1,
               "%.*s is no reply", (int) no_replies[i].len, no_replies[i].data);
    }
}


static void
test_works(void)
{
    size_t              i, n;
    trade_str_t         items;
    trade_reply_work_t  work;

    for (i = 0; i < UNIT_ROWS(works); i++) {
        items = unit_guard(trade_str_c(works[i].items));

        for (n = 0; n < works[i].works; n++) {
            is_int(trade_reply_work(&items, works[i].n, &work), 1,
                   "slot %zu of '%s' is read", n, works[i].items);
            is_int(work.slot, works[i].work[n].slot,
                   "slot %zu of '%s' is the right one", n, works[i].items);
            is_int(work.indoubt, works[i].work[n].indoubt,
                   "slot %zu of '%s' has the right kind of work", n,
                   works[i].items);
        }

        is_int(trade_reply_work(&items, works[i].n, &work), 0,
               "there is no slot behind the last of '%s'", works[i].items);
    }
}


/* The reasons that a refusal gives for each item */

static const struct {
    trade_result_e      result;
    uint64_t            wait;
    trade_reply_item_t  item;
} reasons[] = {
    { TRADE_UNKNOWN_SKU, 0, { 2, 0, 0, 0 } },
    { TRADE_NOT_STARTED, 1500, { 3, 77, 0, 0 } },
    { TRADE_NOT_STARTED, 1500, { 4, 253402300799999, 0, 0 } },
    { TRADE_SALE_OVER, 0, { 5, 0, 0, 0 } },
    { TRADE_IN_PROGRESS, 0, { 6, 0, 0, 0 } },
    { TRADE_BUYER_BUSY, 0, { 7, 0, 0, 0 } },
    { TRADE_BUYER_LIMIT, 0, { 8, 0, 5, 2 } },
    { TRADE_BUYER_LIMIT, 0, { 9, 0, 1000000000000, 0 } },
    { TRADE_SOLD_OUT, 0, { 1, 0, 0, 0 } },
    { TRADE_SOLD_OUT, 0, { 1000, 0, 0, 0 } },
    { TRADE_BUSY, 0, { 10, 0, 0, 0 } }
};


static void
test_reasons(void)
{
    size_t                 n;
    trade_str_t            text;
    trade_reply_t          reply;
    trade_reply_item_t     item;
    trade_reply_reason_t   reason;

    text = trade_str_c("UNKNOWN 2\nEARLY 1500 3=77 4=253402300799999\n"
                       "OVER 5=0\nPENDING 6\nLOCKED 7\n"
                       "LIMIT 8=5,2 9=1000000000000,0\nSOLDOUT 1 1000\n"
                       "BUSY 10");
    is_int(trade_reply_read(&reply, unit_guard(text)), 0,
           "all reasons are read");

    n = 0;

    while (trade_reply_reason(&reply.reasons, &reason) == 1) {
        memset(&item, 0, sizeof(item));

        while (n < UNIT_ROWS(reasons)
               && trade_reply_item(&reason, &item) == 1)
        {
            is_int(reason.result, reasons[n].result, "item %zu has its reason",
                   n);
            is_int(reason.wait, reasons[n].wait, "how long to wait");
            is_int(item.position, reasons[n].item.position,
                   "the item has its position");
            is_int(item.at, reasons[n].item.at, "the reason has its time");
            is_int(item.limit, reasons[n].item.limit, "the limit");
            is_int(item.left, reasons[n].item.left,
                   "the reason has the rest of the limit");
            memset(&item, 0, sizeof(item));
            n++;
        }
    }

    is_int(n, UNIT_ROWS(reasons), "there are no more reasons");
}


static void
test_claims(void)
{
    int              rc, n;
    size_t           i;
    trade_due_t      due;
    trade_str_t      text;
    trade_record_t   record;

    for (i = 0; i < UNIT_ROWS(claims); i++) {
        text = unit_guard(trade_str_c(claims[i].text));
        n = 0;

        while ((rc = trade_reply_claimed(&text, &due, &record)) == 1) {
            n++;
            is_str(due.id, trade_str_c(ID), "the claimed event has its id");
            is_int(due.seq, n, "the claimed event has its sequence");
            is_int(record.state, TRADE_STATE_PLACED,
                   "the claimed event has its record");
        }

        is_int(rc == 0 ? n : -1, claims[i].n,
               "the claim is read: %s", claims[i].text);
    }
}


static void
test_errors(void)
{
    size_t       i;
    trade_str_t  text;

    for (i = 0; i < UNIT_ROWS(errors); i++) {
        text = trade_str_c(errors[i].text);
        is_int(trade_reply_error(unit_guard(text)), errors[i].result,
               "the error %s has its result", errors[i].text);
    }
}


/* Orders of this slot with another, and orders of others with this one */

static void
test_indoubt(void)
{
    size_t        i;
    unsigned      other;
    trade_str_t   text, id;

    static const struct {
        const char  *text;
        int          rc;
        unsigned     other;
    } asks[] = {
        { ID ".12", 1, 12 }, { ID ".4095", 1, 4095 }, { OTHER, 1, 167 },
        { "", 0, 0 }, { ID, -1, 0 }, { ID ".4096", -1, 0 },
        { ID ".x", -1, 0 }, { OTHER ".12", -1, 0 }, { "x.12", -1, 0 },
        { "x", -1, 0 }, { "\n" ID ".12", -1, 0 }
    };

    for (i = 0; i < UNIT_ROWS(asks); i++) {
        text = unit_guard(trade_str_c(asks[i].text));

        is_int(trade_reply_indoubt(&text, 0xa7, &id, &other), asks[i].rc,
               "the entry is read or refused: %s", asks[i].text);

        if (asks[i].rc == 1) {
            is_int(other, asks[i].other, "the entry names its slot");
            is_int(id.len, sizeof(ID) - 1, "the entry is of that order");
        }
    }

    text = trade_str_c(ID ".1\n" OTHER);
    is_int(trade_reply_indoubt(&text, 0xa7, &id, &other), 1,
           "the first entry is read");
    is_int(trade_reply_indoubt(&text, 0xa7, &id, &other), 1,
           "the second entry is read");
    is_str(id, trade_str_c(OTHER), "is that");
    is_int(trade_reply_indoubt(&text, 0xa7, &id, &other), 0,
           "there is no third entry");
}


/* SKUs of which buyers may be forgotten, and no SKUs */

static void
test_sale(void)
{
    size_t       i, position;
    trade_str_t  text, sku;

    static const char *const  malformed[] = {
        "A", "x A", "0 A", "1", "1 ", " A", "-1 A", "18446744073709551616 A"
    };

    text = trade_str_c("1 A\n12 B 1");

    is_int(trade_reply_sale(&text, &position, &sku), 1, "a sale is read");
    is_int(position, 1, "the sale has its slot");
    is_str(sku, trade_str_c("A"), "the sale has its SKU");
    is_int(trade_reply_sale(&text, &position, &sku), 1,
           "a second sale is read");
    is_int(position, 12, "the second sale has its slot");
    is_str(sku, trade_str_c("B 1"), "the SKU of the second sale has a blank");
    is_int(trade_reply_sale(&text, &position, &sku), 0,
           "there is no third sale");

    for (i = 0; i < UNIT_ROWS(malformed); i++) {
        text = trade_str_c(malformed[i]);
        is_int(trade_reply_sale(&text, &position, &sku), -1,
               "\"%s\" is no sale", malformed[i]);
    }
}


int
main(void)
{
    test_replies();
    test_refused();
    test_works();
    test_reasons();
    test_claims();
    test_errors();
    test_indoubt();

    test_sale();

    return done_testing();
}
