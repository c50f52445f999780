/*
 * The preconditions of a request: If-Match, If-None-Match and
 * If-Unmodified-Since (RFC 9110, section 13).
 *
 * An entity tag is `"<opaque>"`, or `W/"<opaque>"` if it is weak.  The
 * gateway's are all strong.  If-Match compares strongly, so a weak tag matches
 * nothing there; If-None-Match compares weakly, so only the opaque part counts.
 *
 * A tag may have two parts with a slash between them, as that of stock has: the
 * first changes with what can be set, the second with anything else that is
 * shown.  A change must not lose another one, so only the first part counts for
 * it; a cached copy must be the same, so both count for it.
 *
 * A set of tags is text that a script can search.  It is empty if the request
 * has no such header; "*"; or the opaque parts with a blank before, between and
 * behind them, " a b ".  An opaque part has no blanks.
 */

#ifndef TRADE_PRECONDITION_H
#define TRADE_PRECONDITION_H

#include "trade_str.h"


#define TRADE_PRECONDITION_UNSET  UINT64_MAX


typedef struct {
    trade_str_t  match;         /* the set of If-Match */
    trade_str_t  none_match;    /* the set of If-None-Match */
    uint64_t     unmodified;    /* If-Unmodified-Since, seconds since 1970, or
                                   TRADE_PRECONDITION_UNSET */
} trade_precondition_t;


typedef enum {
    TRADE_PRECONDITION_HOLDS = 0,
    TRADE_PRECONDITION_FAILS,       /* 412 */
    TRADE_PRECONDITION_LISTED       /* If-None-Match lists the present tag:
                                       304 for GET and HEAD, else 412 */
} trade_precondition_e;


/* The most bytes that the set of a header's value needs. */
#define trade_precondition_size(len)  ((len) + 2)

/*
 * Appends the set of a header's value, and points *set to it.  Leaves weak tags
 * out unless `weak`; cuts tags before their slash if `cut`.  Returns 0, or -1
 * if the value is malformed.
 */
int trade_precondition_tags(trade_buf_t *b, trade_str_t value, int weak,
    int cut, trade_str_t *set);

/*
 * Whether the preconditions hold for the present state: `tag` is the opaque
 * part of its entity tag, with NULL data if nothing exists; If-Match sees its
 * first part only.  `modified` is the time of its last change, in seconds since
 * 1970, or TRADE_PRECONDITION_UNSET.
 */
trade_precondition_e trade_precondition_check(
    const trade_precondition_t *condition, trade_str_t tag,
    uint64_t modified);


#endif /* TRADE_PRECONDITION_H */
