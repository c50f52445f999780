#include "words.h"

#include <string.h>


static int words_blank(words_t *words);
static int words_word(words_t *words);
static char *words_plain(words_t *words, char *out);
static char *words_quoted(words_t *words, char *out);
static char *words_put(words_t *words, char *out);
static int words_fail(words_t *words, const char *error);


void
words_init(words_t *words, char *text, size_t len)
{
    words->pos = text;
    words->end = text + len;
    words->line = 1;
    words->n = 0;
    words->error = NULL;
}


int
words_next(words_t *words)
{
    int  rc;

    words->n = 0;

    if (memchr(words->pos, '\0', words->end - words->pos)) {
        return words_fail(words, "there is a NUL byte behind this line");
    }

    for ( ;; ) {

        if (!words_blank(words)) {
            return words->n ? words_fail(words, "the file ends before \";\"")
                            : 0;
        }

        switch (*words->pos) {

        case ';':
            words->pos++;
            return words->n ? 1 : words_fail(words, "unexpected \";\"");

        case '{':
            return words_fail(words, "unexpected \"{\"");

        case '}':
            return words_fail(words, "unexpected \"}\"");
        }

        if (words->n == WORDS_MAX) {
            return words_fail(words, "too many words before \";\"");
        }

        rc = words_word(words);

        if (rc != 0) {
            return rc;
        }
    }
}


/* Skips blanks and comments.  Returns 0 at the end of the file. */

static int
words_blank(words_t *words)
{
    int  comment;

    comment = 0;

    for ( /* void */ ; words->pos < words->end; words->pos++) {

        if (*words->pos == '\n') {
            words->line++;
            comment = 0;

        } else if (*words->pos == '#') {
            comment = 1;

        } else if (!comment && strchr(" \t\r", *words->pos) == NULL) {
            return 1;
        }
    }

    return 0;
}


/*
 * Reads one word, and the character that ends it.  The word is written over the
 * place that it is read from: it never grows, and its NUL takes the place of
 * that character.  Returns 0, or 1 if the word ends the directive, or -1.
 */

static int
words_word(words_t *words)
{
    char  *out, ended;

    words->word[words->n++] = words->pos;

    if (*words->pos == '"' || *words->pos == '\'') {
        out = words_quoted(words, words->pos);

    } else {
        out = words_plain(words, words->pos);
    }

    if (words->pos == words->end) {
        return words_fail(words, "the file ends before \";\"");
    }

    ended = *words->pos;

    if (strchr(" \t\r\n;{)", ended) == NULL) {
        return words_fail(words, "a blank or \";\" expected behind the quote");
    }

    if (ended == '{') {
        return words_fail(words, "unexpected \"{\"");
    }

    if (ended != ')') {                 /* begins the next word */
        words->pos++;
    }

    words->line += ended == '\n';
    *out = '\0';

    return ended == ';';
}


/* Reads up to a blank, `;` or `{`, except the `{` of `${`.  Returns the end. */

static char *
words_plain(words_t *words, char *out)
{
    char  last, c;

    for (last = '\0'; words->pos < words->end; last = c) {
        c = *words->pos;

        if (strchr(" \t\r\n;", c) || (c == '{' && last != '$')) {
            break;
        }

        out = words_put(words, out);
    }

    return out;
}


/* Reads up to and over the second quote.  Returns the end of the word. */

static char *
words_quoted(words_t *words, char *out)
{
    char  quote;

    quote = *words->pos++;

    while (words->pos < words->end) {

        if (*words->pos == quote) {
            words->pos++;
            return out;
        }

        words->line += *words->pos == '\n';
        out = words_put(words, out);
    }

    return out;
}


/* Moves a character, or two that begin with `\`, to `out`.  Returns its end. */

static char *
words_put(words_t *words, char *out)
{
    char  c;

    c = *words->pos++;

    if (c != '\\' || words->pos == words->end) {
        *out++ = c;
        return out;
    }

    c = *words->pos++;
    words->line += c == '\n';

    switch (c) {

    case '"':
    case '\'':
    case '\\':
        *out++ = c;
        break;

    case 't':
        *out++ = '\t';
        break;

    case 'r':
        *out++ = '\r';
        break;

    case 'n':
        *out++ = '\n';
        break;

    default:
        *out++ = '\\';
        *out++ = c;
    }

    return out;
}


static int
words_fail(words_t *words, const char *error)
{
    words->error = error;
    return -1;
}
