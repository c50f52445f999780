/*
 * Kafka's partition of a key, and order ids that fall into a given one.
 *
 * The partition is that of Kafka's own clients, `murmur2` of the C client's:
 * murmur2(key) without its sign, modulo the number of partitions (Kafka,
 * Utils.murmur2, BuiltInPartitioner).
 *
 * A producer sends one request a partition.  Ids are random.  Ids that are made
 * about the same time are chosen for one partition, so that their events make
 * one batch instead of many, while every order's events still lie where its key
 * says.
 */

#ifndef TRADE_PARTITION_H
#define TRADE_PARTITION_H

#include "trade_id.h"


/* The hash of a key; for tests. */
uint32_t trade_partition_murmur2(trade_str_t key);

/* The partition of `key` among n > 0. */
uint32_t trade_partition_of(trade_str_t key, uint32_t n);

/*
 * Changes the last characters of `id`, 10 of its 128 random bits, so that its
 * partition among n is `partition`.  Returns 0, or -1 with `id` unchanged if
 * none of the 1024 variants falls there, which is likely only where n is in the
 * hundreds.
 */
int trade_partition_choose_id(char id[TRADE_ID_LEN], uint32_t partition,
    uint32_t n);


#endif /* TRADE_PARTITION_H */
