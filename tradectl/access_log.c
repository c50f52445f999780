#include "access_log.h"
#include "trade_id.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int access_log_line(access_log_t *log, trade_str_t line,
    const char *file, unsigned number, const slots_t *slots);
static int access_log_words(trade_str_t line, trade_str_t *id,
    trade_str_t *result);
static trade_str_t access_log_plain(trade_str_t *line);
static int access_log_id(trade_str_t word);
static int access_log_result(trade_str_t word);
static int access_log_slot(const slots_t *slots, trade_str_t id);
static int access_log_search(access_log_t *log, trade_str_t line,
    const char *file, unsigned number, const slots_t *slots);
static int access_log_good(trade_str_t line);
static int access_log_word_good(trade_str_t word);
static trade_str_t access_log_word(trade_str_t *line);
static int access_log_add(access_log_t *log, trade_str_t id,
    const char *file,
    unsigned number);
static int access_log_by_id(const void *one, const void *two);


int
access_log_read(access_log_t *log, const char *file, const slots_t *slots)
{
    int        rc;
    FILE      *f;
    char      *line;
    size_t     size;
    ssize_t    n;
    unsigned   number;

    f = fopen(file, "r");
    if (f == NULL) {
        fprintf(stderr, "tradectl: ");
        perror(file);
        return -1;
    }

    line = NULL;
    size = 0;
    rc = 0;

    for (number = 1; rc == 0; number++) {
        n = getline(&line, &size, f);
        if (n < 0) {
            break;
        }

        rc = access_log_line(log, trade_str_of(line, n), file, number,
                             slots);
    }

    if (rc == 0 && ferror(f)) {
        fprintf(stderr, "tradectl: ");
        perror(file);
        rc = -1;
    }

    free(line);
    fclose(f);

    return rc;
}


/*
 * Names and headers in a line must not look like an answer.  So the words of
 * the documented log formats are looked for first, outside of quotes.  A line
 * without them is searched, so that other formats can be read.
 */

static int
access_log_line(access_log_t *log, trade_str_t line, const char *file,
    unsigned number, const slots_t *slots)
{
    trade_str_t  id, result;

    if (!access_log_words(line, &id, &result)) {
        return access_log_search(log, line, file, number, slots);
    }

    if (access_log_slot(slots, id) && access_log_word_good(result)) {
        return access_log_add(log, id, file, number);
    }

    return 0;
}


/*
 * Finds the first `$status $trade_order_id $trade_result`, or `$status
 * $trade_result order=$trade_order_id`.  Returns 1 if there is one.
 */

static int
access_log_words(trade_str_t line, trade_str_t *id, trade_str_t *result)
{
    uint64_t     status;
    trade_str_t  word[3], name;

    word[1] = word[2] = trade_str_of(NULL, 0);

    while (line.len) {
        word[0] = word[1];
        word[1] = word[2];
        word[2] = access_log_plain(&line);

        if (word[0].len != 3 || trade_str_u64(word[0], 599, &status) != 0
            || status < 100)
        {
            continue;
        }

        *id = word[1];
        *result = word[2];

        if (access_log_id(*id) && access_log_result(*result)) {
            return 1;
        }

        *result = word[1];
        *id = word[2];
        name = trade_str_cut(id, '=');

        if (trade_str_eq(name, trade_str_c("order")) && access_log_id(*id)
            && access_log_result(*result))
        {
            return 1;
        }
    }

    return 0;
}


/* Cuts off the next word, which is empty if a part of it is in quotes */

static trade_str_t
access_log_plain(trade_str_t *line)
{
    int          quoted, quotes;
    size_t       n;
    trade_str_t  word;

    quoted = quotes = 0;

    for (n = 0; n < line->len; n++) {
        if (line->data[n] == '"') {
            quoted = !quoted;
            quotes = 1;

        } else if (!quoted && isspace((unsigned char) line->data[n])) {
            break;
        }
    }

    word = trade_str_of(line->data, quotes ? 0 : n);
    n += n < line->len;
    *line = trade_str_of(line->data + n, line->len - n);

    return word;
}


static int
access_log_id(trade_str_t word)
{
    return trade_id_slot(word) >= 0 || trade_str_eq(word, trade_str_c("-"));
}


static int
access_log_result(trade_str_t word)
{
    size_t  i;

    for (i = 0; i < word.len; i++) {
        if (word.data[i] != '-' && (word.data[i] < 'a' || word.data[i] > 'z')) {
            return 0;
        }
    }

    return word.len != 0;
}


static int
access_log_slot(const slots_t *slots, trade_str_t id)
{
    int  slot;

    slot = trade_id_slot(id);

    return slot >= 0 && slots->slot[slot] != NULL;
}


static int
access_log_search(access_log_t *log, trade_str_t line, const char *file,
    unsigned number, const slots_t *slots)
{
    size_t       i;
    trade_str_t  id;

    for (i = 0; i + TRADE_ID_LEN <= line.len; i++) {

        if (line.data[i + 3] != '-'
            || (i && isalnum((unsigned char) line.data[i - 1]))
            || (i + TRADE_ID_LEN < line.len
                && isalnum((unsigned char) line.data[i + TRADE_ID_LEN])))
        {
            continue;
        }

        id = trade_str_of(line.data + i, TRADE_ID_LEN);

        if (trade_id_slot(id) < 0) {
            continue;
        }

        if (access_log_slot(slots, id) && access_log_good(line)
            && access_log_add(log, id, file, number) != 0)
        {
            return -1;
        }

        i += TRADE_ID_LEN - 1;
    }

    return 0;
}


static int
access_log_good(trade_str_t line)
{
    int          status;
    uint64_t     number;
    trade_str_t  word;

    status = 0;

    while (line.len) {
        word = access_log_word(&line);

        if (access_log_word_good(word)) {
            return 1;
        }

        if (status == 0 && word.len == 3
            && trade_str_u64(word, 599, &number) == 0 && number >= 100)
        {
            status = (int) number;
        }
    }

    return status == 201 || status == 202;
}


static int
access_log_word_good(trade_str_t word)
{
    size_t  i;

    static const char *const  good[] = { "created", "accepted", "replayed",
                                         "done" };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (trade_str_eq(word, trade_str_c(good[i]))) {
            return 1;
        }
    }

    return 0;
}


/* Cuts off the next word; `=` and `:` end one: "status=202", or JSON */

static trade_str_t
access_log_word(trade_str_t *line)
{
    size_t       n;
    trade_str_t  word;

    static const char  parts[] = " \t\r\n\"'[]{}(),;=:|";

    for (n = 0; n < line->len && !strchr(parts, line->data[n]); n++) {
        /* void */
    }

    word = trade_str_of(line->data, n);
    n += n < line->len;
    *line = trade_str_of(line->data + n, line->len - n);

    return word;
}


static int
access_log_add(access_log_t *log, trade_str_t id, const char *file,
    unsigned number)
{
    size_t     max;
    answer_t  *list;

    if (log->n == log->max) {
        max = log->max ? 2 * log->max : 256;

        list = realloc(log->list, max * sizeof(*list));
        if (list == NULL) {
            fprintf(stderr, "tradectl: out of memory\n");
            return -1;
        }

        log->list = list;
        log->max = max;
    }

    list = &log->list[log->n++];
    memcpy(list->id, id.data, TRADE_ID_LEN);
    list->file = file;
    list->line = number;

    return 0;
}


void
access_log_missing(access_log_t *log, slots_t *slots,
    const history_t *history)
{
    size_t           i;
    trade_str_t      id;
    const answer_t  *answer;

    if (log->n) {
        qsort(log->list, log->n, sizeof(answer_t), access_log_by_id);
    }

    for (i = 0; i < log->n; i++) {
        answer = &log->list[i];
        id = trade_str_of(answer->id, TRADE_ID_LEN);

        if ((i && memcmp(answer[-1].id, answer->id, TRADE_ID_LEN) == 0)
            || history_find(history, id, 1, trade_id_slot(id)))
        {
            continue;
        }

        slot_say(slots->slot[trade_id_slot(id)], SAY_TROUBLE, "lost: %.*s was "
                 "answered (%s:%u), but neither Redis nor the topic has it",
                 TRADE_ID_LEN, answer->id, answer->file, answer->line);
    }
}


static int
access_log_by_id(const void *one, const void *two)
{
    int              rc;
    const answer_t  *a = one, *b = two;

    rc = memcmp(a->id, b->id, TRADE_ID_LEN);

    return rc ? rc : (a->line > b->line) - (a->line < b->line);
}
