#define _GNU_SOURCE

#include "response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static const char *response_header(const char *text, const char *end,
    const char *name);
static void response_word(const char *text, const char *before, char *out,
    size_t size);


int
response_read(response_t *response, const char *text, size_t len)
{
    const char  *body, *h;

    body = strstr(text, "\r\n\r\n");
    if (body == NULL) {
        return len < RESPONSE_MAX ? 0 : -1;
    }

    body += 4;
    h = response_header(text, body, "Content-Length:");

    if (h == NULL || sscanf(text, "HTTP/1.1 %d ", &response->status) != 1) {
        return -1;
    }

    response->size = body - text + strtoul(h, NULL, 10);
    if (response->size > RESPONSE_MAX) {
        return -1;
    }

    if (len < response->size) {
        return 0;
    }

    h = response_header(text, body, "Connection:");
    response->keep_alive = (h && strncasecmp(h, "keep-alive", 10) == 0);

    h = response_header(text, body, "Idempotent-Replayed:");
    response->replayed = (h != NULL);

    response->published = strstr(body, "\"published\":true") ? 1
                          : strstr(body, "\"published\":false") ? 0 : -1;

    response_word(body, "\"order_id\":\"", response->id, sizeof(response->id));

    if (strcmp(response->id, "-") == 0) {
        response_word(body, "\"change_id\":\"", response->id,
                      sizeof(response->id));
    }

    if (strcmp(response->id, "-") == 0) {
        response_word(text, "Location: /v1/orders/", response->id,
                      sizeof(response->id));
    }

    response_word(body, "\"outcome\":\"", response->outcome,
                  sizeof(response->outcome));

    h = strstr(body, "\"type\":\"");
    h = h ? strpbrk(h + 8, "\"") : NULL;

    snprintf(response->name, sizeof(response->name), "-");

    if (h) {
        const char  *end = h;

        while (h[-1] != ':' && h[-1] != '/' && h[-1] != '"') {
            h--;
        }

        snprintf(response->name, sizeof(response->name), "%.*s",
                 (int) (end - h), h);
    }

    return 1;
}


/* Returns the text behind the name, NULL if there is no such header. */

static const char *
response_header(const char *text, const char *end, const char *name)
{
    const char  *h;

    h = strcasestr(text, name);

    return h && h < end ? h + strlen(name) + 1 : NULL;
}


/* The word that follows `before`, "-" if there is none. */

static void
response_word(const char *text, const char *before, char *out, size_t size)
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
