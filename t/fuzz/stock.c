/*
 * Stock: a body that changes it, and the line that Redis keeps of it.
 */

#include "trade_call.h"
#include "trade_id.h"
#include "trade_stock.h"
#include "trade_time.h"
#include "trade_view.h"
#include "fuzz.h"


#define FUZZ_X16  "xxxxxxxxxxxxxxxx"

static const trade_str_t  fuzz_id = trade_str("0a7-3v1kq0d3w8n5m2c7r9t4x6y0bz");
static const trade_str_t  fuzz_sku = trade_str(FUZZ_X16 FUZZ_X16 FUZZ_X16
                                               FUZZ_X16);


/* The longest SKU, and what else is as long as it can be, have room */

static void
fuzz_change(const trade_stock_change_t *change)
{
    char                text[TRADE_STOCK_CHANGE_MAX];
    void               *mem;
    trade_buf_t         b;
    trade_call_t        call;
    trade_record_t      record;
    trade_write_args_t  write;

    trade_buf_init(&b, text, sizeof(text));
    trade_stock_write_change(&b, fuzz_sku, change);
    fuzz_check(!b.overflow);

    memset(&record, 0, sizeof(record));
    memset(&write, 0, sizeof(write));

    record.key = TRADE_RECORD_KEY_SKU;

    write.seen.slot = 4095;
    write.seen.version = write.seen.record_version = UINT64_MAX;
    write.seen.record = write.id = fuzz_id;
    write.fingerprint = write.key
                     = trade_str_c("0123456789abcdef0123456789abcdef");
    write.key_ms = write.deadline = write.lease = write.keep = UINT64_MAX;
    write.carried = &record;

    mem = fuzz_alloc(TRADE_CALL_CHANGE_SIZE);
    fuzz_check(trade_call_change(&call, mem, TRADE_CALL_CHANGE_SIZE, &write,
                                 fuzz_sku, change)
               == 0);
    free(mem);
}


static void
fuzz_put(trade_str_t body)
{
    trade_errors_t        errors = { 0 };
    trade_result_e        result;
    trade_stock_change_t  change;

    result = trade_stock_parse_put(&change, body, &errors);

    if (result != TRADE_DONE) {
        fuzz_check(errors.n);
        fuzz_problem(result, &errors, NULL);
        return;
    }

    fuzz_check(!change.patch && change.delta == 0);
    fuzz_check(change.total >= 0 && change.total <= TRADE_STOCK_MAX);
    fuzz_check(change.limit == TRADE_STOCK_UNSET
               || (change.limit && change.limit <= TRADE_STOCK_MAX));
    fuzz_check(change.opens == TRADE_STOCK_UNSET
               || (change.opens <= TRADE_TIME_MAX
                   && change.closes > change.opens));
    fuzz_check(change.closes == TRADE_STOCK_UNSET
               || change.closes <= TRADE_TIME_MAX);

    fuzz_change(&change);
}


static void
fuzz_patch(trade_str_t body)
{
    trade_errors_t        errors = { 0 };
    trade_result_e        result;
    trade_stock_change_t  change;

    result = trade_stock_parse_patch(&change, body, &errors);

    if (result != TRADE_DONE) {
        fuzz_check(errors.n);
        fuzz_problem(result, &errors, NULL);
        return;
    }

    fuzz_check(change.patch);
    fuzz_check(change.total == -1 || change.delta == 0);
    fuzz_check(change.total >= -1 && change.total <= TRADE_STOCK_MAX);
    fuzz_check(change.delta >= -TRADE_STOCK_MAX
               && change.delta <= TRADE_STOCK_MAX);
    fuzz_check(change.total >= 0 || change.delta
               || change.limit != TRADE_STOCK_KEPT
               || change.opens != TRADE_STOCK_KEPT
               || change.closes != TRADE_STOCK_KEPT);
    fuzz_check(change.limit >= TRADE_STOCK_KEPT
               || (change.limit && change.limit <= TRADE_STOCK_MAX));
    fuzz_check(change.opens >= TRADE_STOCK_KEPT
               || (change.opens <= TRADE_TIME_MAX
                   && change.closes > change.opens));
    fuzz_check(change.closes >= TRADE_STOCK_KEPT
               || change.closes <= TRADE_TIME_MAX);

    fuzz_change(&change);
}


static void
fuzz_line(trade_str_t line)
{
    char           *mem;
    size_t          size;
    trade_buf_t     b;
    trade_stock_t   stock;

    size = trade_view_size(line.len);
    mem = fuzz_alloc(size);
    trade_buf_init(&b, mem, size);

    if (trade_view_stock(&b, line, UINT64_MAX, fuzz_id, 0) == 0) {
        fuzz_check(trade_stock_read(&stock, line) == 0);

        fuzz_check(trade_name_check(stock.sku) == TRADE_NAME_VALID);
        fuzz_check(!b.overflow);
        fuzz_check(fuzz_is_json(trade_buf_done(&b)));
    }

    free(mem);
}


static void
fuzz_time(trade_str_t text)
{
    char         mem[TRADE_TIME_LEN];
    uint64_t     ms, again;
    trade_buf_t  b;

    if (trade_time_read(text, &ms) == 0) {
        fuzz_check(ms <= TRADE_TIME_MAX);

        trade_buf_init(&b, mem, sizeof(mem));
        trade_time_write(&b, ms);
        fuzz_check(!b.overflow);
        fuzz_check(trade_time_read(trade_buf_done(&b), &again) == 0);
        fuzz_check(again == ms);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    trade_str_t  text;

    text = trade_str_of((const char *) data, size);

    fuzz_put(text);
    fuzz_patch(text);
    fuzz_line(text);
    fuzz_time(text);

    return 0;
}
