/*
 * Clients of one lock, each of which asks for PATH again as soon as it is
 * answered; beside them ORDERS clients that order SKU, 25 times a second:
 *
 *     lock_clients PORT SECONDS CONNECTIONS PATH ORDERS SKU
 *
 * Prints a line for each answer: L or O for a lock or an order, when its
 * request was sent, when it came, in ms of the monotonic clock, and its status,
 * 0 if the connection was closed instead.
 */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define CLIENT_PAUSE  40                /* ms between orders */


typedef struct {
    int       fd;
    int       orders;                   /* else it asks for the lock */
    int       busy;                     /* a request is under way */
    double    sent;                     /* ms */
    double    next;                     /* an order is sent then */
    size_t    len;
    char      answer[4096];
} client_t;


static int          poll_fd, port;
static double       end;                /* ms */
static const char  *path, *sku;


static double
now_ms(void)
{
    struct timespec  t;

    clock_gettime(CLOCK_MONOTONIC, &t);

    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}


static void
client_connect(client_t *client)
{
    struct sockaddr_in  sin = { .sin_family = AF_INET };
    struct epoll_event  ev = { .events = EPOLLIN, .data.ptr = client };

    sin.sin_port = htons(port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    for ( ;; ) {
        client->fd = socket(AF_INET, SOCK_STREAM, 0);

        if (client->fd != -1
            && connect(client->fd, (struct sockaddr *) &sin, sizeof(sin)) == 0
            && epoll_ctl(poll_fd, EPOLL_CTL_ADD, client->fd, &ev) == 0)
        {
            return;
        }

        /* nginx may be about to start */

        if (client->fd == -1 || now_ms() > end) {
            exit(1);
        }

        close(client->fd);
        usleep(10000);
    }
}


static void
client_send(client_t *client)
{
    int              n;
    char             request[1024], body[256];
    static unsigned  buyer;

    if (client->orders) {
        n = snprintf(body, sizeof(body), "{\"buyer_id\":\"b%u\",\"items\":"
                     "[{\"sku\":\"%s\",\"quantity\":1}]}", ++buyer, sku);
        n = snprintf(request, sizeof(request), "POST /v1/orders HTTP/1.1\r\n"
                     "Host: a\r\nContent-Type: application/json\r\n"
                     "Content-Length: %d\r\n\r\n%s", n, body);

    } else {
        n = snprintf(request, sizeof(request),
                     "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    }

    client->busy = 1;
    client->len = 0;
    client->sent = now_ms();
    client->next = client->sent + CLIENT_PAUSE;

    /* a connection that is closed is seen when it is read */

    (void) !send(client->fd, request, n, MSG_NOSIGNAL);
}


static void
client_answered(client_t *client, int status)
{
    printf("%c %.1f %.1f %d\n", client->orders ? 'O' : 'L', client->sent,
           now_ms(), status);

    client->busy = 0;

    if (!client->orders) {
        client_send(client);
    }
}


static void
client_read(client_t *client)
{
    char     *end, *length;
    size_t    size;
    ssize_t   n;

    n = recv(client->fd, client->answer + client->len,
             sizeof(client->answer) - 1 - client->len, 0);

    if (n <= 0) {
        close(client->fd);
        client_connect(client);

        if (client->busy) {
            client_answered(client, 0);
        }

        return;
    }

    client->len += n;
    client->answer[client->len] = '\0';

    end = strstr(client->answer, "\r\n\r\n");
    length = strstr(client->answer, "Content-Length: ");

    if (end == NULL) {
        return;
    }

    size = end + 4 - client->answer;

    if (length && length < end) {
        size += strtoul(length + sizeof("Content-Length: ") - 1, NULL, 10);
    }

    if (client->len >= size) {
        client_answered(client, atoi(client->answer + sizeof("HTTP/1.1")));
    }
}


int
main(int argc, char **argv)
{
    int                 i, n, all, orders;
    client_t           *clients;
    struct epoll_event  events[256];

    if (argc != 7) {
        fprintf(stderr, "usage: lock_clients PORT SECONDS CONNECTIONS PATH "
                "ORDERS SKU\n");
        return 2;
    }

    port = atoi(argv[1]);
    path = argv[4];
    orders = atoi(argv[5]);
    sku = argv[6];

    all = atoi(argv[3]) + orders;
    clients = calloc(all, sizeof(client_t));
    poll_fd = epoll_create1(0);
    end = now_ms() + atof(argv[2]) * 1e3;

    for (i = 0; i < all; i++) {
        clients[i].orders = i < orders;
        client_connect(&clients[i]);
        client_send(&clients[i]);
    }

    while (now_ms() < end) {
        n = epoll_wait(poll_fd, events, 256, 5);

        for (i = 0; i < n; i++) {
            client_read(events[i].data.ptr);
        }

        for (i = 0; i < orders; i++) {
            if (!clients[i].busy && now_ms() >= clients[i].next) {
                client_send(&clients[i]);
            }
        }
    }

    return 0;
}
