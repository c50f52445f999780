/*
 * Reads a file in the grammar of nginx's configuration.  A directive is the
 * words up to its `;`, on any number of lines.  A word may stand in "" or '',
 * with blanks and `;` inside.  `\` escapes the character behind it; \t \r \n
 * are control characters.  `#` at the start of a word begins a comment.
 */

#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>


#define WORDS_MAX  8                    /* in a directive: nginx's limit */


typedef struct {
    char         *pos;                  /* the text not read yet; written
                                           over */
    char         *end;
    unsigned      line;                 /* of pos, from 1 on */
    char         *word[WORDS_MAX];      /* each ends in NUL */
    size_t        n;
    const char   *error;
} words_t;


/* The words are views into `text`, which words_next() changes. */
void words_init(words_t *words, char *text, size_t len);

/*
 * Returns 1 for a directive of one word or more, 0 at the end, -1 after an
 * error: see `error` and `line`
 */
int words_next(words_t *words);


#endif /* WORDS_H */
