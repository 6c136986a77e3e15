#include "emulators/redis/session_ahead.h"

#include "common/hash.h"
#include "emulators/redis/db.h"

/* A longer argument is no key, or costs more to hash than its look-up. */
#define KEY_MAX 256

void redis_ahead_hint(struct redis_ahead *ahead, const struct redis_db *db,
                      const struct slice *argv, uint32_t argc)
{
    if (argc < 2 || argv[1].len > KEY_MAX || ahead->hint_count == REDIS_AHEAD_HINTS)
        return;
    ahead->hints[ahead->hint_count++] = (struct trie_hint){&db->data.keys, hash_bytes(argv[1])};
}

/* The decoder will write over the arguments of its last request: copies them. False: no room, or
 * their bytes are the decoder's, too. */
static bool keep_arguments(struct redis_ahead *ahead, const struct resp_decoder *decoder)
{
    struct redis_ahead_request *last = &ahead->requests[ahead->count - 1];
    if (last->argc > REDIS_AHEAD_ARGS - ahead->arg_count || decoder->scratch)
        return false;
    struct slice *to = ahead->args + ahead->arg_count;
    for (uint32_t i = 0; i < last->argc; i++)
        to[i] = last->argv[i];
    ahead->arg_count += last->argc;
    last->argv = to;
    return true;
}

enum resp_status redis_ahead_decode(struct redis_ahead *ahead, struct resp_decoder *decoder,
                                    struct slice in, uint32_t most, const struct redis_db *db)
{
    size_t at = 0;
    ahead->count = ahead->arg_count = 0;
    for (;;) {
        size_t used;
        enum resp_status status = resp_decode(decoder, slice_from(in, at), &used);
        if (status != RESP_COMMAND && status != RESP_EMPTY)
            return status;
        at += used;
        ahead->requests[ahead->count++] =
            (struct redis_ahead_request){decoder->argv, decoder->argc, at};
        if (ahead->count == 1 && at == in.len)
            return status; /* a request by itself: it is executed at once */
        redis_ahead_hint(ahead, db, decoder->argv, decoder->argc);
        if (at == in.len || ahead->count == most || !keep_arguments(ahead, decoder))
            return status;
    }
}
