/*
 * Reads a file by the grammar of nginx's configuration: a directive is words
 * up to its `;`, in any number of lines.  Words may stand in "" or '', with
 * blanks and `;` in them; `\` takes the meaning from the character behind it,
 * \t \r \n are control characters; `#` at the start of a word begins a comment.
 */

#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>


#define WORDS_MAX  8                    /* of a directive: nginx's limit */


typedef struct {
    char         *pos;                  /* what is to be read; written over */
    char         *end;
    unsigned      line;                 /* where pos is, from 1 on */
    char         *word[WORDS_MAX];      /* each ends in NUL */
    size_t        n;
    const char   *error;
} words_t;


/* `text` is kept: the words will be views into it. */
void words_init(words_t *words, char *text, size_t len);

/* 1: a directive, of one word or more; 0: the end; -1: see `error`, `line` */
int words_next(words_t *words);


#endif /* WORDS_H */
