#include "answers.h"
#include "trade_id.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int answers_line(answers_t *answers, trade_str_t line,
    const char *file, unsigned number, const slots_t *slots);
static int answers_good(trade_str_t line);
static trade_str_t answers_word(trade_str_t *line);
static int answers_add(answers_t *answers, trade_str_t id, const char *file,
    unsigned number);
static int answers_by_id(const void *one, const void *two);


int
answers_read(answers_t *answers, const char *file, const slots_t *slots)
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

        rc = answers_line(answers, trade_str_of(line, n), file, number, slots);
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


static int
answers_line(answers_t *answers, trade_str_t line, const char *file,
    unsigned number, const slots_t *slots)
{
    int          slot;
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
        slot = trade_id_slot(id);

        if (slot < 0) {
            continue;
        }

        if (slots->slot[slot] && answers_good(line)
            && answers_add(answers, id, file, number) != 0)
        {
            return -1;
        }

        i += TRADE_ID_LEN - 1;
    }

    return 0;
}


static int
answers_good(trade_str_t line)
{
    int          status;
    size_t       i;
    uint64_t     number;
    trade_str_t  word;

    static const char *const  good[] = { "created", "accepted", "replayed",
                                         "done" };

    status = 0;

    while (line.len) {
        word = answers_word(&line);

        for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
            if (trade_str_eq(word, trade_str_c(good[i]))) {
                return 1;
            }
        }

        if (status == 0 && word.len == 3
            && trade_str_u64(word, 599, &number) == 0 && number >= 100)
        {
            status = (int) number;
        }
    }

    return status == 201 || status == 202;
}


/* Cuts off the next word; `=` and `:` part, as in "status=202" or in JSON */

static trade_str_t
answers_word(trade_str_t *line)
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
answers_add(answers_t *answers, trade_str_t id, const char *file,
    unsigned number)
{
    size_t     max;
    answer_t  *list;

    if (answers->n == answers->max) {
        max = answers->max ? 2 * answers->max : 256;

        list = realloc(answers->list, max * sizeof(*list));
        if (list == NULL) {
            fprintf(stderr, "tradectl: out of memory\n");
            return -1;
        }

        answers->list = list;
        answers->max = max;
    }

    list = &answers->list[answers->n++];
    memcpy(list->id, id.data, TRADE_ID_LEN);
    list->file = file;
    list->line = number;

    return 0;
}


void
answers_missing(answers_t *answers, slots_t *slots, const book_t *book)
{
    size_t           i;
    trade_str_t      id;
    const answer_t  *answer;

    if (answers->n) {
        qsort(answers->list, answers->n, sizeof(answer_t), answers_by_id);
    }

    for (i = 0; i < answers->n; i++) {
        answer = &answers->list[i];
        id = trade_str_of(answer->id, TRADE_ID_LEN);

        if ((i && memcmp(answer[-1].id, answer->id, TRADE_ID_LEN) == 0)
            || book_find(book, id, 1, trade_id_slot(id)))
        {
            continue;
        }

        slot_say(slots->slot[trade_id_slot(id)], SAY_TROUBLE, "lost: %.*s was "
                 "answered (%s:%u) and is nowhere", TRADE_ID_LEN, answer->id,
                 answer->file, answer->line);
    }
}


static int
answers_by_id(const void *one, const void *two)
{
    int              rc;
    const answer_t  *a = one, *b = two;

    rc = memcmp(a->id, b->id, TRADE_ID_LEN);

    return rc ? rc : (a->line > b->line) - (a->line < b->line);
}
