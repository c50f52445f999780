/*
 * The history that a load writes: lines, kept until they are flushed.
 */

#ifndef HISTORY_H
#define HISTORY_H


/* Opens or makes `file`, to add to it.  Returns 0, or -1. */
int history_open(const char *file);

/* Adds to the line, which ends in LF; of at most HISTORY_LINE bytes. */
void history_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define HISTORY_LINE  4096

/* Writes all that was added; ends the process if that can't be. */
void history_flush(void);


#endif /* HISTORY_H */
