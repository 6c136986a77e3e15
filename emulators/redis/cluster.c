#include "emulators/redis/cluster.h"

#include "emulators/redis/parameters.h"
#include "emulators/redis/transaction.h"

/* ---- slots of keys */

/* CRC-16/XMODEM, as the specification's appendix A has it, four bits at a time. */
static uint16_t crc16(struct slice bytes)
{
    static const uint16_t nibbles[16] = {0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5,
                                         0x60c6, 0x70e7, 0x8108, 0x9129, 0xa14a, 0xb16b,
                                         0xc18c, 0xd1ad, 0xe1ce, 0xf1ef};
    uint16_t crc = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        crc = (uint16_t)(crc << 4 ^ nibbles[(crc >> 12 ^ bytes.ptr[i] >> 4) & 15]);
        crc = (uint16_t)(crc << 4 ^ nibbles[(crc >> 12 ^ bytes.ptr[i]) & 15]);
    }
    return crc;
}

/* Only what stands between the first { and the next } counts, unless that is empty. */
static struct slice hashed_part(struct slice key)
{
    const uint8_t *open = key.len ? memchr(key.ptr, '{', key.len) : NULL;
    if (!open)
        return key;
    struct slice rest = slice_from(key, (size_t)(open + 1 - key.ptr));
    const uint8_t *close = rest.len ? memchr(rest.ptr, '}', rest.len) : NULL;
    return close && close != rest.ptr ? slice_of(rest.ptr, (size_t)(close - rest.ptr)) : key;
}

unsigned redis_cluster_slot(struct slice key)
{
    return crc16(hashed_part(key)) % REDIS_CLUSTER_SLOTS;
}

/* ---- who serves what */

struct redis_cluster *redis_cluster_edit(struct redis *redis)
{
    if (redis->cluster)
        return redis->cluster;
    redis->cluster = heap_zalloc(redis->host.heap, sizeof(*redis->cluster));
    if (redis->cluster)
        memset(redis->cluster->slots, 0xff, sizeof(redis->cluster->slots));
    return redis->cluster;
}

void redis_cluster_destroy(struct redis *redis)
{
    heap_free(redis->host.heap, redis->cluster, sizeof(*redis->cluster));
    redis->cluster = NULL;
}

bool redis_cluster_serves(const struct redis *redis, unsigned slot)
{
    return !redis->cluster || redis->cluster->slots[slot / 8] & 1u << slot % 8;
}

void redis_cluster_serve(struct redis_cluster *cluster, unsigned slot, bool served)
{
    uint8_t bit = (uint8_t)(1u << slot % 8);
    uint8_t *byte = &cluster->slots[slot / 8];
    *byte = (uint8_t)(served ? *byte | bit : *byte & ~bit);
}

unsigned redis_cluster_served_count(const struct redis *redis)
{
    unsigned count = 0;
    for (unsigned slot = 0; slot < REDIS_CLUSTER_SLOTS; slot++)
        count += redis_cluster_serves(redis, slot);
    return count;
}

bool redis_cluster_is_up(struct redis *redis)
{
    static const char full_coverage[] = "cluster-require-full-coverage";
    char scratch[256];
    if (!redis->cluster || redis_cluster_served_count(redis) == REDIS_CLUSTER_SLOTS)
        return true;
    const struct redis_parameter *parameter = redis_parameter_find(slice_str(full_coverage));
    return slice_eq_str(redis_parameter_get(redis, parameter, scratch), "no");
}

uint64_t redis_cluster_epoch(const struct redis *redis)
{
    return redis->cluster ? redis->cluster->epoch : 0;
}

bool redis_cluster_next_range(const struct redis *redis, unsigned *at, unsigned *out_last)
{
    while (*at < REDIS_CLUSTER_SLOTS && !redis_cluster_serves(redis, *at))
        ++*at;
    if (*at == REDIS_CLUSTER_SLOTS)
        return false;
    *out_last = *at;
    while (*out_last + 1 < REDIS_CLUSTER_SLOTS && redis_cluster_serves(redis, *out_last + 1))
        ++*out_last;
    return true;
}

/* ---- the check */

#define NO_SLOT REDIS_CLUSTER_SLOTS

/* The error of a call with its keys, or NULL; *slot is the slot of the keys before. */
static const char *check_keys(struct redis *redis, const struct redis_command_info *info,
                              const struct slice *argv, uint32_t argc, unsigned *slot)
{
    struct redis_key_range ranges[REDIS_KEY_RANGES_MAX];
    uint32_t count = redis_command_slots(info, argv, argc, ranges);
    for (uint32_t r = 0; r < count; r++)
        for (uint32_t i = ranges[r].first; i <= ranges[r].last; i += ranges[r].step) {
            unsigned of_key = redis_cluster_slot(argv[i]);
            if (*slot == NO_SLOT && !redis_cluster_serves(redis, of_key))
                return "CLUSTERDOWN Hash slot not served";
            if (*slot != NO_SLOT && *slot != of_key)
                return "CROSSSLOT Keys in request don't hash to the same slot";
            *slot = of_key;
        }
    return NULL;
}

bool redis_cluster_check(struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc)
{
    struct redis *redis = session->redis;
    unsigned slot = NO_SLOT;
    bool is_exec = info->flags & REDIS_COMMAND_EXEC;
    const char *error = check_keys(redis, info, argv, argc, &slot);
    const struct redis_queued *queued = is_exec ? session->first_queued : NULL;
    for (; queued && !error; queued = queued->next)
        error = check_keys(redis, queued->info, queued->argv, queued->argc, &slot);
    if (!error && slot != NO_SLOT && redis->cluster && !redis_cluster_is_up(redis))
        error = "CLUSTERDOWN The cluster is down";
    if (!error)
        return true;
    if (is_exec)
        redis_transaction_discard(session);
    redis_reply_error(&session->reply, error);
    return false;
}
