#include "history.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


#define HISTORY_SIZE  (256 * 1024)


static int     history_fd = -1;
static size_t  history_len;
static char    history_text[HISTORY_SIZE];


int
history_open(const char *file)
{
    history_fd = open(file, O_WRONLY|O_CREAT|O_APPEND, 0644);

    return history_fd == -1 ? -1 : 0;
}


void
history_line(const char *fmt, ...)
{
    va_list  args;

    if (history_len > HISTORY_SIZE - HISTORY_LINE) {
        history_flush();
    }

    va_start(args, fmt);
    history_len += vsnprintf(history_text + history_len, HISTORY_LINE, fmt,
                             args);
    va_end(args);
}


void
history_flush(void)
{
    size_t   done;
    ssize_t  n;

    for (done = 0; done < history_len; done += n) {
        n = write(history_fd, history_text + done, history_len - done);

        if (n <= 0) {
            perror("load: history");
            exit(1);
        }
    }

    history_len = 0;
}
