/* DEBUG, as far as tests of clients and of Redis itself use it. What would crash or restart the
 * server is refused; what looks into redis-server's own structures answers with ours. */
#include <math.h>
#include <time.h>

#include "common/log.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/debug_protocol.h"
#include "emulators/redis/digest.h"
#include "emulators/redis/dump.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/function.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/list.h"
#include "emulators/redis/parameters.h"
#include "emulators/redis/persistence.h"
#include "emulators/redis/script.h"

static void debug_ok(struct redis_call *call)
{
    redis_reply_ok(call->reply);
}

/* What would end the process, and every other sandbox with it. */
static void debug_refuse(struct redis_call *call)
{
    redis_reply_errorf(call->reply, "ERR DEBUG %s is not supported by this server",
                       redis_printable(call->arena, call->argv[1], 128));
}

/* The whole server stands still meanwhile, as it is meant to. */
static void debug_sleep(struct redis_call *call)
{
    double seconds;
    if (!text_to_double(call->argv[2], &seconds) || !(seconds >= 0 && seconds < 1e9))
        seconds = 0;
    double whole = floor(seconds);
    struct timespec time = {(time_t)whole, (long)((seconds - whole) * 1e9)};
    while (nanosleep(&time, &time) != 0)
        continue;
    redis_reply_ok(call->reply);
}

static bool is_nonzero(struct slice number)
{
    int64_t value;
    return text_to_i64(number, &value) && value != 0;
}

static void debug_set_active_expire(struct redis_call *call)
{
    call->redis->active_expire = is_nonzero(call->argv[2]);
    redis_reply_ok(call->reply);
}

static void debug_allow_in_scripts(struct redis_call *call)
{
    redis_script_allow_all(call->redis, is_nonzero(call->argv[2]));
    redis_reply_ok(call->reply);
}

static void debug_log(struct redis_call *call)
{
    log_message(LOG_WARNING, "DEBUG LOG: " SLICE_FMT, SLICE_ARG(call->argv[2]));
    redis_reply_ok(call->reply);
}

static void debug_error(struct redis_call *call)
{
    redis_reply_error_slice(call->reply, call->argv[2]);
}

static void debug_change_replication_id(struct redis_call *call)
{
    random_hex(call->redis->host.random, call->redis->replication_id, 40);
    redis_reply_ok(call->reply);
}

static bool holds_data(const struct redis *redis)
{
    for (int i = 0; i < redis->db_count; i++)
        if (redis_db_size(&redis->dbs[i]))
            return true;
    return redis_functions_data(redis)->libraries.count > 0;
}

/* The data would be written and read back: it is the same afterwards. What is neither flushed before
 * nor merged is in its own way. */
static void debug_reload(struct redis_call *call)
{
    bool merge = false, flush = true;
    for (uint32_t i = 2; i < call->argc; i++) {
        struct slice option = call->argv[i];
        merge |= slice_is(option, "MERGE");
        flush &= !slice_is(option, "NOFLUSH");
        if (slice_is(option, "MERGE") || slice_is(option, "NOFLUSH") || slice_is(option, "NOSAVE"))
            continue;
        redis_reply_error(call->reply, "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and "
                                       "NOSAVE options.");
        return;
    }
    redis_saved(call->redis);
    if (!flush && !merge && holds_data(call->redis))
        redis_reply_error(call->reply, "ERR Error trying to load the RDB dump");
    else
        redis_reply_ok(call->reply);
}

static void debug_quicklist_threshold(struct redis_call *call)
{
    uint64_t bytes;
    if (redis_parse_memory(call->argv[2], &bytes) && bytes <= (1ull << 32) - (1ull << 20))
        redis_reply_ok(call->reply);
    else
        redis_reply_error(call->reply, "ERR argument must be a memory value bigger than 1 and "
                                       "smaller than 4gb");
}

/* ---- values */

/* An entry even if it has expired: nothing is hidden from DEBUG. */
static struct redis_entry *entry_of(struct redis_call *call)
{
    struct redis_entry *entry = redis_db_find(call->db, call->argv[2]);
    if (!entry)
        redis_reply_no_key(call->reply);
    return entry;
}

static struct slice list_facts(struct redis_call *call, const struct redis_entry *entry)
{
    const struct redis_list *list = (const struct redis_list *)entry->value.object;
    uint64_t nodes = list->chunks.count;
    return arena_printf(call->arena,
                        " ql_nodes:%llu ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:0 "
                        "ql_uncompressed_size:%zu",
                        (unsigned long long)nodes,
                        nodes ? (double)redis_list_length(list) / (double)nodes : 0, list->fill,
                        redis_entry_memory(entry, 0));
}

/* Bytes of the value as DUMP has it, without what DUMP adds: its type, a version and a checksum. */
static size_t serialized_length(const struct redis_entry *entry)
{
    const size_t added = 1 + 2 + 8;
    struct outq dump = {0};
    redis_dump_value(&dump, entry);
    size_t len = outq_len(&dump);
    outq_done(&dump);
    return len > added ? len - added : 0;
}

static void debug_object(struct redis_call *call)
{
    const struct redis_entry *entry = entry_of(call);
    if (!entry)
        return;
    const char *encoding = redis_entry_encoding(entry);
    struct slice more =
        strcmp(encoding, "quicklist") == 0 ? list_facts(call, entry) : slice_of("", 0);
    struct slice line = arena_printf(
        call->arena,
        "Value at:%p refcount:1 encoding:%s serializedlength:%zu lru:%u "
        "lru_seconds_idle:%lld" SLICE_FMT,
        (const void *)entry, encoding, serialized_length(entry), entry->access & 0xffffff,
        (long long)redis_idle_seconds(call->redis, entry), SLICE_ARG(more));
    resp_put_simple(call->reply->out, line);
}

static void debug_sdslen(struct redis_call *call)
{
    const struct redis_entry *entry = entry_of(call);
    if (!entry)
        return;
    if (entry->type != REDIS_STRING || entry->encoding == REDIS_STRING_INT) {
        redis_reply_error(call->reply, "ERR Not an sds encoded string.");
        return;
    }
    char scratch[TEXT_INT_MAX];
    size_t key = entry->key_len, value = redis_entry_string(entry, scratch).len;
    struct slice line =
        arena_printf(call->arena,
                     "key_sds_len:%zu, key_sds_avail:0, key_zmalloc: %zu, "
                     "val_sds_len:%zu, val_sds_avail:0, val_zmalloc: %zu",
                     key, heap_block_size(key + 1), value, heap_block_size(value + 1));
    resp_put_simple(call->reply->out, line);
}

static void check_encoding(struct redis_call *call, const char *encoding, const char *otherwise,
                           const char *answer)
{
    const struct redis_entry *entry = entry_of(call);
    if (!entry)
        return;
    if (strcmp(redis_entry_encoding(entry), encoding) == 0)
        redis_reply_simple(call->reply, answer);
    else
        redis_reply_error(call->reply, otherwise);
}

static void debug_listpack(struct redis_call *call)
{
    check_encoding(call, "listpack", "ERR Not a listpack encoded object.",
                   "Listpack structure printed on stdout");
}

static void debug_quicklist(struct redis_call *call)
{
    check_encoding(call, "quicklist", "ERR Not a quicklist encoded object.",
                   "Quicklist structure printed on stdout");
}

/* ---- DEBUG POPULATE */

#define POPULATE_VALUE_MAX (512u << 20)

/* "value:N", cut or filled up with zero bytes to `size` unless that is 0; ptr NULL: no memory. */
static struct slice populate_value(struct redis_call *call, int64_t number, int64_t size)
{
    struct slice text = arena_printf(call->arena, "value:%lld", (long long)number);
    if (!text.ptr || size == 0)
        return text;
    uint8_t *bytes = arena_zalloc(call->arena, (size_t)size);
    if (bytes)
        memcpy(bytes, text.ptr, text.len < (size_t)size ? text.len : (size_t)size);
    return slice_of(bytes, (size_t)size);
}

static bool populate_one(struct redis_call *call, struct slice prefix, int64_t number,
                         struct slice value)
{
    struct slice key =
        arena_printf(call->arena, SLICE_FMT ":%lld", SLICE_ARG(prefix), (long long)number);
    if (redis_peek(call, key))
        return true;
    if (!redis_put_string(call, key, value, false, -1))
        return false;
    redis_touched(call, key);
    return true;
}

static void debug_populate(struct redis_call *call)
{
    static const char out_of_range[] = "ERR value is out of range, must be positive";
    int64_t count, size = 0;
    if (!redis_arg_int_in(call, 2, 0, INT64_MAX, out_of_range, &count) ||
        (call->argc == 5 && !redis_arg_int_in(call, 4, 0, POPULATE_VALUE_MAX, out_of_range, &size)))
        return;
    struct slice prefix = call->argc > 3 ? call->argv[3] : slice_str("key");
    struct arena *arena = call->arena, each;
    bool ok = true;
    arena_init(&each);
    call->arena = &each;
    for (int64_t i = 0; i < count && ok; i++) {
        struct slice value = populate_value(call, i, size);
        ok = value.ptr && populate_one(call, prefix, i, value);
        if (!value.ptr)
            redis_reply_oom(call->reply);
        arena_reset(&each);
    }
    call->arena = arena;
    arena_done(&each);
    if (ok)
        redis_reply_ok(call->reply);
}

/* ---- digests */

static void put_digest(struct redis_call *call, const uint8_t digest[REDIS_DIGEST_LEN])
{
    char hex[REDIS_DIGEST_LEN * 2];
    text_to_hex(hex, digest, REDIS_DIGEST_LEN);
    resp_put_simple(call->reply->out, slice_of(hex, sizeof(hex)));
}

static void debug_digest(struct redis_call *call)
{
    uint8_t digest[REDIS_DIGEST_LEN];
    redis_digest_all(call->redis, digest);
    put_digest(call, digest);
}

static void debug_digest_value(struct redis_call *call)
{
    redis_reply_array(call->reply, call->argc - 2);
    for (uint32_t i = 2; i < call->argc; i++) {
        uint8_t digest[REDIS_DIGEST_LEN] = {0};
        const struct redis_entry *entry = redis_db_find(call->db, call->argv[i]);
        if (entry)
            redis_digest_entry(entry, digest);
        put_digest(call, digest);
    }
}

/* ---- hash tables: of the size that redis-server's would have */

static struct slice table_facts(struct redis_call *call, uint64_t count)
{
    uint64_t size = 4;
    while (size < count)
        size *= 2;
    if (!count)
        return slice_str("Hash table 0 stats (main hash table):\n"
                         "No stats available for empty dictionaries\n");
    return arena_printf(call->arena,
                        "Hash table 0 stats (main hash table):\n"
                        " table size: %llu\n"
                        " number of elements: %llu\n",
                        (unsigned long long)size, (unsigned long long)count);
}

static void debug_htstats(struct redis_call *call)
{
    int64_t id;
    if (!redis_arg_int(call, 2, &id))
        return;
    if (id < 0 || id >= call->redis->db_count) {
        redis_reply_error(call->reply, "ERR Out of range database");
        return;
    }
    const struct redis_db *db = &call->redis->dbs[id];
    struct slice keys = table_facts(call, redis_db_size(db));
    struct slice expires = table_facts(call, redis_db_expires(db));
    redis_reply_verbatim(call->reply, "txt",
                         arena_printf(call->arena,
                                      "[Dictionary HT]\n" SLICE_FMT "[Expires HT]\n" SLICE_FMT,
                                      SLICE_ARG(keys), SLICE_ARG(expires)));
}

static void debug_htstats_key(struct redis_call *call)
{
    const struct redis_entry *entry = entry_of(call);
    if (!entry)
        return;
    const char *encoding = redis_entry_encoding(entry);
    if (strcmp(encoding, "hashtable") != 0 && strcmp(encoding, "skiplist") != 0) {
        redis_reply_error(call->reply, "ERR The value stored at the specified key is not "
                                       "represented using an hash table");
        return;
    }
    uint64_t count = redis_types[entry->type]->length(entry->value.object);
    redis_reply_verbatim(call->reply, "txt", table_facts(call, count));
}

static void debug_structsize(struct redis_call *call)
{
    redis_reply_bulk_str(call->reply, "bits:64 robj:16 dictentry:24 sdshdr5:1 sdshdr8:3 sdshdr16:5 "
                                      "sdshdr32:9 sdshdr64:17 ");
}

static void debug_client_eviction(struct redis_call *call)
{
    redis_reply_error(call->reply, "ERR maxmemory-clients is disabled.");
}

static void debug_replybuffer(struct redis_call *call)
{
    int64_t ms;
    bool known = slice_is(call->argv[2], "resizing");
    if (slice_is(call->argv[2], "peak-reset-time")) {
        known = true;
        if (!slice_is(call->argv[3], "never") && !slice_is(call->argv[3], "reset") &&
            !redis_arg_int(call, 3, &ms))
            return;
    }
    if (known)
        redis_reply_ok(call->reply);
    else
        redis_reply_subcommand_syntax(call);
}

static const char *const help_lines[] = {
    "AOF-FLUSH-SLEEP <microsec>",
    "    Server will sleep before flushing the AOF, this is used for testing.",
    "ASSERT",
    "    Crash by assertion failed.",
    "CHANGE-REPL-ID",
    "    Change the replication IDs of the instance.",
    "    Dangerous: should be used only for testing the replication subsystem.",
    "CONFIG-REWRITE-FORCE-ALL",
    "    Like CONFIG REWRITE but writes all configuration options, including",
    "    keywords not listed in original configuration file or default values.",
    "CRASH-AND-RECOVER [<milliseconds>]",
    "    Hard crash and restart after a <milliseconds> delay (default 0).",
    "DIGEST",
    "    Output a hex signature representing the current DB content.",
    "DIGEST-VALUE <key> [<key> ...]",
    "    Output a hex signature of the values of all the specified keys.",
    "ERROR <string>",
    "    Return a Redis protocol error with <string> as message. Useful for clients",
    "    unit tests to simulate Redis errors.",
    "LEAK <string>",
    "    Create a memory leak of the input string.",
    "LOG <message>",
    "    Write <message> to the server log.",
    "HTSTATS <dbid>",
    "    Return hash table statistics of the specified Redis database.",
    "HTSTATS-KEY <key>",
    "    Like HTSTATS but for the hash table stored at <key>'s value.",
    "LOADAOF",
    "    Flush the AOF buffers on disk and reload the AOF in memory.",
    "REPLICATE <string>",
    "    Replicates the provided string to replicas, allowing data divergence.",
    "MALLCTL <key> [<val>]",
    "    Get or set a malloc tuning integer.",
    "MALLCTL-STR <key> [<val>]",
    "    Get or set a malloc tuning string.",
    "OBJECT <key>",
    "    Show low level info about `key` and associated value.",
    "DROP-CLUSTER-PACKET-FILTER <packet-type>",
    "    Drop all packets that match the filtered type. Set to -1 allow all packets.",
    "OOM",
    "    Crash the server simulating an out-of-memory error.",
    "PANIC",
    "    Crash the server simulating a panic.",
    "POPULATE <count> [<prefix>] [<size>]",
    "    Create <count> string keys named key:<num>. If <prefix> is specified then",
    "    it is used instead of the 'key' prefix. These are not propagated to",
    "    replicas. Cluster slots are not respected so keys not belonging to the",
    "    current node can be created in cluster mode.",
    "PROTOCOL <type>",
    "    Reply with a test value of the specified type. <type> can be: string,",
    "    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
    "    true, false.",
    "RELOAD [option ...]",
    "    Save the RDB on disk and reload it back to memory. Valid <option> values:",
    "    * MERGE: conflicting keys will be loaded from RDB.",
    "    * NOFLUSH: the existing database will not be removed before load, but",
    "      conflicting keys will generate an exception and kill the server.",
    "    * NOSAVE: the database will be loaded from an existing RDB file.",
    "    Examples:",
    "    * DEBUG RELOAD: verify that the server is able to persist, flush and reload",
    "      the database.",
    "    * DEBUG RELOAD NOSAVE: replace the current database with the contents of an",
    "      existing RDB file.",
    "    * DEBUG RELOAD NOSAVE NOFLUSH MERGE: add the contents of an existing RDB",
    "      file to the database.",
    "RESTART [<milliseconds>]",
    "    Graceful restart: save config, db, restart after a <milliseconds> delay (default 0).",
    "SDSLEN <key>",
    "    Show low level SDS string info representing `key` and value.",
    "SEGFAULT",
    "    Crash the server with sigsegv.",
    "SET-ACTIVE-EXPIRE <0|1>",
    "    Setting it to 0 disables expiring keys in background when they are not",
    "    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the",
    "    default.",
    "QUICKLIST-PACKED-THRESHOLD <size>",
    "    Sets the threshold for elements to be inserted as plain vs packed nodes",
    "    Default value is 1GB, allows values up to 4GB. Setting to 0 restores to default.",
    "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
    "    Enables or disables checksum checks for RDB files and RESTORE's payload.",
    "SLEEP <seconds>",
    "    Stop the server for <seconds>. Decimals allowed.",
    "STRINGMATCH-TEST",
    "    Run a fuzz tester against the stringmatchlen() function.",
    "STRUCTSIZE",
    "    Return the size of different Redis core C structures.",
    "LISTPACK <key>",
    "    Show low level info about the listpack encoding of <key>.",
    "QUICKLIST <key> [<0|1>]",
    "    Show low level info about the quicklist encoding of <key>.",
    "    The optional argument (0 by default) sets the level of detail",
    "CLIENT-EVICTION",
    "    Show low level client eviction pools info (maxmemory-clients).",
    "PAUSE-CRON <0|1>",
    "    Stop periodic cron job processing.",
    "REPLYBUFFER PEAK-RESET-TIME <NEVER||RESET|time>",
    "    Sets the time (in milliseconds) to wait between client reply buffer peak resets.",
    "    In case NEVER is provided the last observed peak will never be reset",
    "    In case RESET is provided the peak reset time will be restored to the default value",
    "REPLYBUFFER RESIZING <0|1>",
    "    Enable or disable the reply buffer resize cron job",
    "CLUSTERLINK KILL <to|from|all> <node-id>",
    "    Kills the link based on the direction to/from (both) with the provided node.",
    NULL,
};

static void debug_help(struct redis_call *call)
{
    redis_reply_help(call, help_lines);
}

static const struct {
    const char *name;
    uint32_t argc_min, argc_max;
    redis_handler *handler;
} subcommands[] = {
    {"help",                         2, 2,          debug_help                 },
    {"sleep",                        3, 3,          debug_sleep                },
    {"object",                       3, 3,          debug_object               },
    {"digest",                       2, 2,          debug_digest               },
    {"digest-value",                 2, UINT32_MAX, debug_digest_value         },
    {"populate",                     3, 5,          debug_populate             },
    {"protocol",                     3, 3,          redis_debug_protocol       },
    {"set-active-expire",            3, 3,          debug_set_active_expire    },
    {"reload",                       2, UINT32_MAX, debug_reload               },
    {"loadaof",                      2, UINT32_MAX, debug_reload               },
    {"error",                        3, 3,          debug_error                },
    {"log",                          3, 3,          debug_log                  },
    {"leak",                         3, 3,          debug_ok                   },
    {"listpack",                     3, 3,          debug_listpack             },
    {"quicklist",                    3, 4,          debug_quicklist            },
    {"quicklist-packed-threshold",   3, 3,          debug_quicklist_threshold  },
    {"sdslen",                       3, 3,          debug_sdslen               },
    {"structsize",                   2, 2,          debug_structsize           },
    {"htstats",                      3, 4,          debug_htstats              },
    {"htstats-key",                  3, 4,          debug_htstats_key          },
    {"change-repl-id",               2, 2,          debug_change_replication_id},
    {"set-disable-deny-scripts",     3, 3,          debug_allow_in_scripts     },
    {"set-skip-checksum-validation", 3, 3,          debug_ok                   },
    {"aof-flush-sleep",              3, 3,          debug_ok                   },
    {"replicate",                    3, UINT32_MAX, debug_ok                   },
    {"replybuffer",                  4, 4,          debug_replybuffer          },
    {"pause-cron",                   3, 3,          debug_ok                   },
    {"drop-cluster-packet-filter",   3, 3,          debug_ok                   },
    {"config-rewrite-force-all",     2, 2,          debug_ok                   },
    {"client-eviction",              2, 2,          debug_client_eviction      },
    {"stringmatch-test",             2, 2,          debug_ok                   },
    {"dict-resizing",                3, 3,          debug_ok                   },
    {"segfault",                     2, UINT32_MAX, debug_refuse               },
    {"panic",                        2, UINT32_MAX, debug_refuse               },
    {"assert",                       2, UINT32_MAX, debug_refuse               },
    {"oom",                          2, UINT32_MAX, debug_refuse               },
    {"restart",                      2, UINT32_MAX, debug_refuse               },
    {"crash-and-recover",            2, UINT32_MAX, debug_refuse               },
};

static void debug(struct redis_call *call)
{
    if (!call->redis->config.enable_debug_command) {
        redis_reply_not_enabled(call, "DEBUG", "enable-debug-command");
        return;
    }
    for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
        if (slice_is(call->argv[1], subcommands[i].name) && call->argc >= subcommands[i].argc_min &&
            call->argc <= subcommands[i].argc_max) {
            subcommands[i].handler(call);
            return;
        }
    redis_reply_subcommand_syntax(call);
}

const struct redis_command redis_debug_commands[] = {
    {"debug", debug},
    {NULL,    NULL },
};
