/* Looking ahead: the requests of a pipeline are decoded some at a time, and what their keys' look-ups
 * will touch is fetched for all of them before the first is executed; likewise for the requests of
 * several clients that have come in one turn. One look-up waits for four cache lines in turn, several
 * wait for theirs together. Measured with 100,000 keys: GET, SET and INCR cost a fifth less at
 * pipeline 16, GET a tenth less at pipeline 1.
 *
 * What is here is a hint and lives no longer than one delivery of input: nothing depends on it. */
#ifndef PARLEL_EMULATORS_REDIS_SESSION_AHEAD_H
#define PARLEL_EMULATORS_REDIS_SESSION_AHEAD_H

#include "common/trie.h"
#include "protocols/resp/resp_decode.h"

struct redis_db;

#define REDIS_AHEAD_REQUESTS 16
#define REDIS_AHEAD_ARGS     64
#define REDIS_AHEAD_HINTS    32

struct redis_ahead {
    struct redis_ahead_request {
        struct slice *argv; /* in args below or, of the last request, the decoder's */
        uint32_t argc;      /* 0: an empty request */
        size_t end;         /* of the request in the input that was decoded */
    } requests[REDIS_AHEAD_REQUESTS];
    uint32_t count;
    uint32_t arg_count, hint_count;
    struct slice args[REDIS_AHEAD_ARGS];
    struct trie_hint hints[REDIS_AHEAD_HINTS];
};

/* Decodes requests from the front of `in` until one is incomplete or malformed, `most` are there, or
 * one's arguments cannot be kept. The status of the last one that was tried; those before it, and it
 * itself unless incomplete or malformed, are in requests[0..count). in.len > 0. */
enum resp_status redis_ahead_decode(struct redis_ahead *ahead, struct resp_decoder *decoder,
                                    struct slice in, uint32_t most, const struct redis_db *db);

/* This request will look for its key, most likely the first argument. */
void redis_ahead_hint(struct redis_ahead *ahead, const struct redis_db *db,
                      const struct slice *argv, uint32_t argc);

/* Fetches what was hinted at. */
static inline void redis_ahead_fetch(struct redis_ahead *ahead)
{
    trie_prefetch(ahead->hints, ahead->hint_count);
    ahead->hint_count = 0;
}

#endif
