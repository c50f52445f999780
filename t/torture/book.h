/*
 * The history that a load writes: lines, kept until they are flushed.
 */

#ifndef BOOK_H
#define BOOK_H


/* Opens or makes `file`, to add to it.  Returns 0, or -1. */
int book_open(const char *file);

/* Adds to the line, which ends in LF; of at most BOOK_LINE bytes at a time. */
void book_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define BOOK_LINE  4096

/* Writes all that was added; ends the process if that can't be. */
void book_flush(void);


#endif /* BOOK_H */
