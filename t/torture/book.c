#include "book.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


#define BOOK_SIZE  (256 * 1024)


static int     book_fd = -1;
static size_t  book_len;
static char    book_text[BOOK_SIZE];


int
book_open(const char *file)
{
    book_fd = open(file, O_WRONLY|O_CREAT|O_APPEND, 0644);

    return book_fd == -1 ? -1 : 0;
}


void
book_line(const char *fmt, ...)
{
    va_list  args;

    if (book_len > BOOK_SIZE - BOOK_LINE) {
        book_flush();
    }

    va_start(args, fmt);
    book_len += vsnprintf(book_text + book_len, BOOK_LINE, fmt, args);
    va_end(args);
}


void
book_flush(void)
{
    size_t   done;
    ssize_t  n;

    for (done = 0; done < book_len; done += n) {
        n = write(book_fd, book_text + done, book_len - done);

        if (n <= 0) {
            perror("load: history");
            exit(1);
        }
    }

    book_len = 0;
}
