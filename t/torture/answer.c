#define _GNU_SOURCE

#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static const char *answer_header(const char *text, const char *end,
    const char *name);
static void answer_word(const char *text, const char *before, char *out,
    size_t size);


int
answer_read(answer_t *answer, const char *text, size_t len)
{
    const char  *body, *h;

    body = strstr(text, "\r\n\r\n");
    if (body == NULL) {
        return len < ANSWER_MAX ? 0 : -1;
    }

    body += 4;
    h = answer_header(text, body, "Content-Length:");

    if (h == NULL || sscanf(text, "HTTP/1.1 %d ", &answer->status) != 1) {
        return -1;
    }

    answer->size = body - text + strtoul(h, NULL, 10);
    if (answer->size > ANSWER_MAX) {
        return -1;
    }

    if (len < answer->size) {
        return 0;
    }

    h = answer_header(text, body, "Connection:");
    answer->keep_alive = (h && strncasecmp(h, "keep-alive", 10) == 0);

    h = answer_header(text, body, "Idempotent-Replayed:");
    answer->replayed = (h != NULL);

    answer->published = strstr(body, "\"published\":true") ? 1
                        : strstr(body, "\"published\":false") ? 0 : -1;

    answer_word(body, "\"order_id\":\"", answer->id, sizeof(answer->id));

    if (strcmp(answer->id, "-") == 0) {
        answer_word(body, "\"change_id\":\"", answer->id, sizeof(answer->id));
    }

    if (strcmp(answer->id, "-") == 0) {
        answer_word(text, "Location: /v1/orders/", answer->id,
                    sizeof(answer->id));
    }

    answer_word(body, "\"outcome\":\"", answer->outcome,
                sizeof(answer->outcome));

    h = strstr(body, "\"type\":\"");
    h = h ? strpbrk(h + 8, "\"") : NULL;

    snprintf(answer->name, sizeof(answer->name), "-");

    if (h) {
        const char  *end = h;

        while (h[-1] != ':' && h[-1] != '/' && h[-1] != '"') {
            h--;
        }

        snprintf(answer->name, sizeof(answer->name), "%.*s", (int) (end - h),
                 h);
    }

    return 1;
}


/* Returns the text behind the name, NULL if there is no such header. */

static const char *
answer_header(const char *text, const char *end, const char *name)
{
    const char  *h;

    h = strcasestr(text, name);

    return h && h < end ? h + strlen(name) + 1 : NULL;
}


/* The word that follows `before`, "-" if there is none. */

static void
answer_word(const char *text, const char *before, char *out, size_t size)
{
    const char  *p;

    p = strstr(text, before);
    if (p == NULL) {
        snprintf(out, size, "-");
        return;
    }

    p += strlen(before);
    snprintf(out, size, "%.*s", (int) strcspn(p, "\"\r"), p);
}
