/* Pieces of Redis's RDB format, version 10: lengths, strings, scores; and the footer of DUMP and
 * FUNCTION DUMP payloads (version and CRC-64). Nothing is ever written to a disk.
 * Source: the RDB file format; what redis-server 7.0 writes. */
#ifndef PARLEL_EMULATORS_REDIS_RDB_H
#define PARLEL_EMULATORS_REDIS_RDB_H

#include "common/arena.h"
#include "common/outq.h"

#define RDB_VERSION 10

enum rdb_type {
    RDB_STRING = 0,
    RDB_LIST = 1,
    RDB_SET = 2,
    RDB_ZSET = 3,
    RDB_HASH = 4,
    RDB_ZSET_2 = 5,
    RDB_LIST_ZIPLIST = 10,
    RDB_SET_INTSET = 11,
    RDB_ZSET_ZIPLIST = 12,
    RDB_HASH_ZIPLIST = 13,
    RDB_LIST_QUICKLIST = 14,
    RDB_STREAM_LISTPACKS = 15,
    RDB_HASH_LISTPACK = 16,
    RDB_ZSET_LISTPACK = 17,
    RDB_LIST_QUICKLIST_2 = 18,
    RDB_STREAM_LISTPACKS_2 = 19,
    RDB_SET_LISTPACK = 20,
    RDB_FUNCTION_2 = 245
};

/* ---- writing */
void rdb_put_byte(struct outq *q, uint8_t byte);
void rdb_put_length(struct outq *q, uint64_t length);
/* A string: as an integer where it reads as a small one, compressed where that is shorter. */
void rdb_put_string(struct outq *q, struct slice bytes);
void rdb_put_double(struct outq *q, double value); /* 8 bytes */
/* Version and checksum of all that is in the queue. */
void rdb_put_footer(struct outq *q);

/* ---- reading: a cursor that the first short or corrupt read poisons */
struct rdb_reader {
    const uint8_t *at, *end;
    bool ok;
    struct arena *arena; /* for strings that have to be made */
};
/* Checks version and checksum and opens the payload without them; false: they are wrong. */
bool rdb_open(struct rdb_reader *reader, struct slice payload, struct arena *arena);
uint8_t rdb_get_byte(struct rdb_reader *reader);
uint64_t rdb_get_length(struct rdb_reader *reader);
struct slice rdb_get_string(struct rdb_reader *reader);
double rdb_get_double(struct rdb_reader *reader);      /* 8 bytes */
double rdb_get_text_double(struct rdb_reader *reader); /* the older form */

#endif
