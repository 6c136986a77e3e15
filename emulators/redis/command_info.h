/* What is known of every command and subcommand: its arity, flags, categories and keys.
 *
 * The facts stand in commands.txt, from which the build makes constant tables; nothing here
 * allocates, fails or changes. A command is addressed by its index: those that a client can name
 * come first, by name, then the subcommands, together by container. */
#ifndef PARLEL_EMULATORS_REDIS_COMMAND_INFO_H
#define PARLEL_EMULATORS_REDIS_COMMAND_INFO_H

#include "common/slice.h"

enum redis_command_flag {
    REDIS_COMMAND_WRITE = 1u << 0,
    REDIS_COMMAND_READONLY = 1u << 1,
    REDIS_COMMAND_DENYOOM = 1u << 2,
    REDIS_COMMAND_ADMIN = 1u << 3,
    REDIS_COMMAND_PUBSUB = 1u << 4,
    REDIS_COMMAND_NOSCRIPT = 1u << 5,
    REDIS_COMMAND_BLOCKING = 1u << 6,
    REDIS_COMMAND_LOADING = 1u << 7,
    REDIS_COMMAND_STALE = 1u << 8,
    REDIS_COMMAND_SKIP_MONITOR = 1u << 9,
    REDIS_COMMAND_SKIP_SLOWLOG = 1u << 10,
    REDIS_COMMAND_ASKING = 1u << 11,
    REDIS_COMMAND_FAST = 1u << 12,
    REDIS_COMMAND_NO_AUTH = 1u << 13,
    REDIS_COMMAND_NO_MANDATORY_KEYS = 1u << 14,
    REDIS_COMMAND_NO_ASYNC_LOADING = 1u << 15,
    REDIS_COMMAND_NO_MULTI = 1u << 16,
    REDIS_COMMAND_MOVABLEKEYS = 1u << 17,
    REDIS_COMMAND_ALLOW_BUSY = 1u << 18,
    /* not reported by COMMAND INFO: */
    REDIS_COMMAND_MAY_REPLICATE = 1u << 19, /* writes in some way: not for read-only scripts */
    REDIS_COMMAND_PROTECTED = 1u << 20,     /* needs a setting such as enable-debug-command */
    REDIS_COMMAND_TOUCHES_ARBITRARY_KEYS = 1u << 21,
    REDIS_COMMAND_SUBSCRIBER = 1u << 22,    /* allowed to a RESP2 subscriber */
    REDIS_COMMAND_RUNS_IN_MULTI = 1u << 23, /* executed at once, not queued by MULTI */
    REDIS_COMMAND_EXEC = 1u << 24,          /* EXEC itself */
    REDIS_COMMAND_LATER = 1u << 25          /* redis-server 7.0 lacks it */
};

/* Bits of struct redis_command_info.categories, in the order of ACL CAT. */
enum redis_category {
    REDIS_CATEGORY_KEYSPACE,
    REDIS_CATEGORY_READ,
    REDIS_CATEGORY_WRITE,
    REDIS_CATEGORY_SET,
    REDIS_CATEGORY_SORTEDSET,
    REDIS_CATEGORY_LIST,
    REDIS_CATEGORY_HASH,
    REDIS_CATEGORY_STRING,
    REDIS_CATEGORY_BITMAP,
    REDIS_CATEGORY_HYPERLOGLOG,
    REDIS_CATEGORY_GEO,
    REDIS_CATEGORY_STREAM,
    REDIS_CATEGORY_PUBSUB,
    REDIS_CATEGORY_ADMIN,
    REDIS_CATEGORY_FAST,
    REDIS_CATEGORY_SLOW,
    REDIS_CATEGORY_BLOCKING,
    REDIS_CATEGORY_DANGEROUS,
    REDIS_CATEGORY_CONNECTION,
    REDIS_CATEGORY_TRANSACTION,
    REDIS_CATEGORY_SCRIPTING,
    REDIS_CATEGORY_COUNT
};

/* How a command uses a key, or a channel. */
enum redis_key_flag {
    REDIS_KEY_RO = 1 << 0,
    REDIS_KEY_RW = 1 << 1,
    REDIS_KEY_OW = 1 << 2,
    REDIS_KEY_RM = 1 << 3,
    REDIS_KEY_ACCESS = 1 << 4,
    REDIS_KEY_UPDATE = 1 << 5,
    REDIS_KEY_INSERT = 1 << 6,
    REDIS_KEY_DELETE = 1 << 7,
    REDIS_KEY_NOT_KEY = 1 << 8, /* a shard channel, which has a slot as keys have */
    REDIS_KEY_INCOMPLETE = 1 << 9,
    REDIS_KEY_VARIABLE_FLAGS = 1 << 10,
    REDIS_CHANNEL_PATTERN = 1 << 11,
    REDIS_CHANNEL_SUBSCRIBE = 1 << 12,
    REDIS_CHANNEL_UNSUBSCRIBE = 1 << 13,
    REDIS_CHANNEL_PUBLISH = 1 << 14
};

/* Where some of a command's keys begin, and how they go on from there. */
struct redis_key_spec {
    uint16_t flags; /* enum redis_key_flag */
    enum redis_key_begin { REDIS_BEGIN_INDEX, REDIS_BEGIN_KEYWORD, REDIS_BEGIN_UNKNOWN } begin : 8;
    enum redis_key_find { REDIS_FIND_RANGE, REDIS_FIND_KEYNUM, REDIS_FIND_UNKNOWN } find : 8;
    int8_t begin_at;  /* the argument, or where the search for the keyword starts */
    int8_t keynum_at; /* the argument that holds the number of keys, from the beginning */
    int8_t first_key; /* the first one after it */
    int8_t last_key;  /* of a range; negative: from the end of the arguments */
    int8_t step;
    int8_t limit;        /* last_key of -1: only the first 1/limit of the rest are keys */
    const char *keyword; /* NULL but for REDIS_BEGIN_KEYWORD */
};

struct redis_command_info {
    const char *name;                        /* its own word in lower case: "kill" */
    const char *full_name;                   /* "client|kill" */
    const char *op;                          /* "CLIENT KILL": in the journal */
    const struct redis_command_info *parent; /* the container of a subcommand, or NULL */
    const struct redis_command_info *subcommands;
    const struct redis_key_spec *key_specs;
    uint32_t flags;      /* enum redis_command_flag */
    uint32_t categories; /* 1 << enum redis_category */
    uint16_t index;
    int16_t arity; /* arguments with the name; negative: at least so many */
    uint8_t subcommand_count;
    uint8_t key_spec_count;
    bool has_subcommands;
    uint8_t key_finder;                   /* command_keys.c's own */
    int8_t first_key, last_key, key_step; /* as COMMAND reports them; 0 without keys */
    uint8_t one_key; /* the argument that is always the only key; 0: it is not so simple */
    uint8_t full_name_len;
    int8_t first_channel, last_channel; /* 0 without channels; last -1: all arguments */
    uint16_t channel_flags;             /* enum redis_key_flag */
};

/* The command that a client names by its first word, whatever its case; NULL: there is none. */
const struct redis_command_info *redis_command_find(struct slice name);

/* The subcommand of a container; NULL: there is none. */
const struct redis_command_info *redis_command_find_sub(const struct redis_command_info *parent,
                                                        struct slice name);

/* A command or subcommand by its full name ("get", "client|kill"), whatever its case. */
const struct redis_command_info *redis_command_find_full(struct slice full_name);

/* The same for names in the program's own tables. */
static inline const struct redis_command_info *redis_command_by_name(const char *full_name)
{
    return redis_command_find_full(slice_str(full_name));
}

/* All commands and subcommands are those with an index below redis_command_count(); those below
 * redis_command_top_count() are no subcommands. */
uint32_t redis_command_count(void);
uint32_t redis_command_top_count(void);
const struct redis_command_info *redis_command_at(uint32_t index);

/* "keyspace", "read", ... */
const char *redis_category_name(enum redis_category category);

/* ---- keys of a call */

/* Arguments first, first + step, ... up to last. */
struct redis_key_range {
    uint32_t first, last, step;
    unsigned flags; /* enum redis_key_flag; 0 when all that is known is that they are keys */
};
#define REDIS_KEY_RANGES_MAX 4

/* Which arguments of a call are keys; argv[0] is the command's name, for subcommands the
 * container's. Returns the number of ranges; 0: no keys, or the arguments make no sense. */
uint32_t redis_command_keys(const struct redis_command_info *info, const struct slice *argv,
                            uint32_t argc, struct redis_key_range out[REDIS_KEY_RANGES_MAX]);

/* The same with shard channels counted as keys: what has a slot in a cluster. */
uint32_t redis_command_slots(const struct redis_command_info *info, const struct slice *argv,
                             uint32_t argc, struct redis_key_range out[REDIS_KEY_RANGES_MAX]);

/* May a call of this command name keys at all? */
bool redis_command_has_keys(const struct redis_command_info *info);

/* Which arguments are channels: false, or the one range of them. */
bool redis_command_channels(const struct redis_command_info *info, uint32_t argc,
                            struct redis_key_range *out);

#endif
