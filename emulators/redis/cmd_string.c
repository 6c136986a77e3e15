/* Strings: GET, SET and their kin. Source: the Redis command reference, group "string". */
#include <math.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"

/* ---- reading */

static void reply_string(struct redis_call *call, const struct redis_entry *entry)
{
    char scratch[TEXT_INT_MAX];
    redis_reply_bulk(call->reply, redis_entry_string(entry, scratch));
}

/* The entry of a string or NULL; false: WRONGTYPE is replied. */
static bool string_for_read(struct redis_call *call, struct slice key, struct redis_entry **out)
{
    *out = redis_lookup(call, key);
    if (*out && (*out)->type != REDIS_STRING) {
        redis_reply_wrongtype(call->reply);
        return false;
    }
    return true;
}

static bool reply_get(struct redis_call *call, struct slice key)
{
    struct redis_entry *entry;
    if (!string_for_read(call, key, &entry))
        return false;
    if (entry)
        reply_string(call, entry);
    else
        redis_reply_null(call->reply);
    return true;
}

static void get(struct redis_call *call)
{
    reply_get(call, call->argv[1]);
}

static void strlen_(struct redis_call *call)
{
    struct redis_entry *entry;
    char scratch[TEXT_INT_MAX];
    if (string_for_read(call, call->argv[1], &entry))
        redis_reply_int(call->reply, entry ? (int64_t)redis_entry_string(entry, scratch).len : 0);
}

static void mget(struct redis_call *call)
{
    redis_reply_array(call->reply, call->argc - 1);
    for (uint32_t i = 1; i < call->argc; i++) {
        if (i % REDIS_DB_PREFETCH == 1)
            redis_db_prefetch(call->db, call->argv, call->argc, i, 1);
        struct redis_entry *entry = redis_lookup(call, call->argv[i]);
        if (entry && entry->type == REDIS_STRING)
            reply_string(call, entry);
        else
            redis_reply_null(call->reply);
    }
}

static void getrange(struct redis_call *call)
{
    struct redis_entry *entry;
    int64_t start, end;
    char scratch[TEXT_INT_MAX];
    if (!redis_arg_int(call, 2, &start) || !redis_arg_int(call, 3, &end) ||
        !string_for_read(call, call->argv[1], &entry))
        return;
    struct slice bytes = entry ? redis_entry_string(entry, scratch) : slice_of("", 0);
    int64_t len = (int64_t)bytes.len;
    if (start < 0 && end < 0 && start > end)
        len = 0;
    start = start < 0 ? (start + len < 0 ? 0 : start + len) : start;
    end = end < 0 ? (end + len < 0 ? 0 : end + len) : end;
    end = end >= len ? len - 1 : end;
    bool empty = len == 0 || start > end;
    redis_reply_bulk(call->reply, empty ? slice_of("", 0)
                                        : slice_of(bytes.ptr + start, (size_t)(end - start + 1)));
}

/* ---- SET and what is like it */

enum set_flags { SET_NX = 1, SET_XX = 2, SET_GET = 4, SET_KEEPTTL = 8, SET_PERSIST = 16 };

struct expire_unit {
    const char *name;
    bool seconds, absolute;
};

struct set_options {
    unsigned flags;
    const struct expire_unit *unit; /* of the expiry at argv[expire_at]; NULL: none is given */
    uint32_t expire_at;
    int64_t expire_ms; /* absolute */
};

static const struct expire_unit expire_units[] = {
    {"EX",   true,  false},
    {"PX",   false, false},
    {"EXAT", true,  true },
    {"PXAT", false, true },
};

static bool invalid_expire(struct redis_call *call)
{
    redis_reply_errorf(call->reply, "ERR invalid expire time in '%s' command",
                       call->info->full_name);
    return false;
}

/* Turns an expiry argument into absolute milliseconds. */
static bool parse_expire(struct redis_call *call, uint32_t at, const struct expire_unit *unit,
                         int64_t *out_ms)
{
    int64_t value;
    if (!redis_arg_int(call, at, &value))
        return false;
    if (value <= 0 || (unit->seconds && value > INT64_MAX / 1000))
        return invalid_expire(call);
    if (unit->seconds)
        value *= 1000;
    if (!unit->absolute) {
        if (value > INT64_MAX - call->now_ms)
            return invalid_expire(call);
        value += call->now_ms;
    }
    *out_ms = value;
    return true;
}

static bool parse_options_expire(struct redis_call *call, struct set_options *options)
{
    return !options->unit ||
           parse_expire(call, options->expire_at, options->unit, &options->expire_ms);
}

static const struct expire_unit *find_expire_unit(struct slice word)
{
    for (size_t i = 0; i < sizeof(expire_units) / sizeof(expire_units[0]); i++)
        if (slice_is(word, expire_units[i].name))
            return &expire_units[i];
    return NULL;
}

/* Options from argv[first] on. `allowed`: the set_flags that the command knows (SET: NX XX GET
 * KEEPTTL; GETEX: PERSIST). At most one of expiry, KEEPTTL and PERSIST, and of NX and XX. */
static bool parse_set_options(struct redis_call *call, uint32_t first, unsigned allowed,
                              struct set_options *out)
{
    static const struct {
        const char *name;
        unsigned flag, excludes;
    } words[] = {
        {"NX",      SET_NX,      SET_XX},
        {"XX",      SET_XX,      SET_NX},
        {"GET",     SET_GET,     0     },
        {"KEEPTTL", SET_KEEPTTL, 0     },
        {"PERSIST", SET_PERSIST, 0     },
    };
    uint32_t expire_at = 0;
    const struct expire_unit *unit = NULL;
    *out = (struct set_options){.expire_ms = -1};
    for (uint32_t i = first; i < call->argc; i++) {
        unsigned lifetime = out->flags & (SET_KEEPTTL | SET_PERSIST);
        const struct expire_unit *here = find_expire_unit(call->argv[i]);
        if (here && !unit && !lifetime && i + 1 < call->argc) {
            unit = here;
            expire_at = ++i;
            continue;
        }
        size_t w = 0;
        while (w < sizeof(words) / sizeof(words[0]) && !slice_is(call->argv[i], words[w].name))
            w++;
        bool known = w < sizeof(words) / sizeof(words[0]) && words[w].flag & allowed;
        if (!known || out->flags & words[w].excludes ||
            (words[w].flag & (SET_KEEPTTL | SET_PERSIST) && unit)) {
            redis_reply_syntax(call->reply);
            return false;
        }
        out->flags |= words[w].flag;
    }
    out->unit = unit;
    out->expire_at = expire_at;
    return true;
}

static void notify_expire(struct redis_call *call, struct slice key)
{
    redis_notify(call, REDIS_NOTIFY_GENERIC, "expire", key);
}

/* Stores and tells; false when out of memory, with the error replied. An expiry that is over
 * already deletes instead. */
static bool store(struct redis_call *call, struct slice key, struct slice value,
                  const struct set_options *options)
{
    if (!redis_put_string(call, key, value, options->flags & SET_KEEPTTL, options->expire_ms))
        return false;
    redis_changed(call, key, REDIS_NOTIFY_STRING, "set");
    if (options->unit)
        notify_expire(call, key);
    return true;
}

static void set(struct redis_call *call)
{
    struct set_options options;
    struct slice key = call->argv[1];
    if (call->argc > 3) {
        if (!parse_set_options(call, 3, SET_NX | SET_XX | SET_GET | SET_KEEPTTL, &options) ||
            !parse_options_expire(call, &options))
            return;
    } else {
        options = (struct set_options){.expire_ms = -1};
    }
    if (options.flags & SET_GET && !reply_get(call, key))
        return;
    if (options.flags & (SET_NX | SET_XX)) {
        bool exists = redis_peek(call, key) != NULL;
        if (exists ? options.flags & SET_NX : options.flags & SET_XX) {
            if (!(options.flags & SET_GET))
                redis_reply_null(call->reply);
            return;
        }
    }
    if (store(call, key, call->argv[2], &options) && !(options.flags & SET_GET))
        redis_reply_ok(call->reply);
}

static void setnx(struct redis_call *call)
{
    struct set_options options = {.expire_ms = -1};
    if (redis_peek(call, call->argv[1]))
        redis_reply_int(call->reply, 0);
    else if (store(call, call->argv[1], call->argv[2], &options))
        redis_reply_int(call->reply, 1);
}

static void set_with_expire(struct redis_call *call, const struct expire_unit *unit)
{
    struct set_options options = {.unit = unit};
    if (parse_expire(call, 2, unit, &options.expire_ms) &&
        store(call, call->argv[1], call->argv[3], &options))
        redis_reply_ok(call->reply);
}

static void setex(struct redis_call *call)
{
    set_with_expire(call, &expire_units[0]);
}

static void psetex(struct redis_call *call)
{
    set_with_expire(call, &expire_units[1]);
}

static void getset(struct redis_call *call)
{
    struct set_options options = {.expire_ms = -1};
    if (reply_get(call, call->argv[1]))
        store(call, call->argv[1], call->argv[2], &options);
}

static void getdel(struct redis_call *call)
{
    struct redis_entry *entry;
    if (!string_for_read(call, call->argv[1], &entry))
        return;
    if (!entry) {
        redis_reply_null(call->reply);
        return;
    }
    reply_string(call, entry);
    redis_delete(call, call->argv[1], false);
    redis_changed(call, call->argv[1], REDIS_NOTIFY_GENERIC, "del");
}

static void getex(struct redis_call *call)
{
    struct set_options options;
    struct redis_entry *entry;
    struct slice key = call->argv[1];
    if (!parse_set_options(call, 2, SET_PERSIST, &options) || !string_for_read(call, key, &entry))
        return;
    if (!entry) {
        redis_reply_null(call->reply);
        return;
    }
    if (!parse_options_expire(call, &options))
        return;
    reply_string(call, entry);
    if (options.unit && options.expire_ms <= call->now_ms) {
        redis_delete(call, key, false);
        redis_changed(call, key, REDIS_NOTIFY_GENERIC, "del");
    } else if (options.unit) {
        redis_set_expire(call, key, options.expire_ms);
        redis_changed(call, key, REDIS_NOTIFY_GENERIC, "expire");
    } else if (options.flags & SET_PERSIST && entry->flags & REDIS_ENTRY_EXPIRES) {
        redis_set_expire(call, key, -1);
        redis_changed(call, key, REDIS_NOTIFY_GENERIC, "persist");
    }
}

static bool set_pairs(struct redis_call *call)
{
    struct set_options options = {.expire_ms = -1};
    for (uint32_t i = 1; i < call->argc; i += 2) {
        if (i % (2 * REDIS_DB_PREFETCH) == 1)
            redis_db_prefetch(call->db, call->argv, call->argc, i, 2);
        if (!store(call, call->argv[i], call->argv[i + 1], &options))
            return false;
    }
    return true;
}

static void mset(struct redis_call *call)
{
    if (call->argc % 2 == 0)
        redis_reply_error(call->reply, "ERR wrong number of arguments for 'mset' command");
    else if (set_pairs(call))
        redis_reply_ok(call->reply);
}

static void msetnx(struct redis_call *call)
{
    if (call->argc % 2 == 0) {
        redis_reply_error(call->reply, "ERR wrong number of arguments for 'msetnx' command");
        return;
    }
    for (uint32_t i = 1; i < call->argc; i += 2)
        if (redis_peek(call, call->argv[i])) {
            redis_reply_int(call->reply, 0);
            return;
        }
    if (set_pairs(call))
        redis_reply_int(call->reply, 1);
}

/* ---- counting */

static void increment(struct redis_call *call, int64_t by)
{
    struct slice key = call->argv[1];
    char scratch[TEXT_INT_MAX];
    int64_t value = 0;
    bool failed;
    struct redis_entry *entry = redis_lookup_edit(call, key, &failed);
    if (failed)
        return;
    if (entry && entry->type != REDIS_STRING) {
        redis_reply_wrongtype(call->reply);
        return;
    }
    if (entry && entry->encoding == REDIS_STRING_INT) {
        value = entry->value.integer;
    } else if (entry && !text_to_i64(redis_entry_string(entry, scratch), &value)) {
        redis_reply_not_integer(call->reply);
        return;
    }
    if (__builtin_add_overflow(value, by, &value)) {
        redis_reply_error(call->reply, "ERR increment or decrement would overflow");
        return;
    }
    if (entry && entry->encoding == REDIS_STRING_INT) {
        entry->value.integer = value;
    } else {
        int64_t expire_ms = entry ? redis_entry_expire(entry) : -1;
        struct redis_entry *changed = redis_entry_of_int(call->db->heap, key, value, expire_ms);
        if (!changed) {
            redis_reply_oom(call->reply);
            return;
        }
        if (!redis_put_entry(call, changed))
            return;
    }
    redis_changed(call, key, REDIS_NOTIFY_STRING, "incrby");
    redis_reply_int(call->reply, value);
}

static void incr(struct redis_call *call)
{
    increment(call, 1);
}

static void decr(struct redis_call *call)
{
    increment(call, -1);
}

static void incrby(struct redis_call *call)
{
    int64_t by;
    if (redis_arg_int(call, 2, &by))
        increment(call, by);
}

static void decrby(struct redis_call *call)
{
    int64_t by;
    if (!redis_arg_int(call, 2, &by))
        return;
    if (by == INT64_MIN)
        redis_reply_error(call->reply, "ERR decrement would overflow");
    else
        increment(call, -by);
}

/* The result is kept as text even where it reads as an integer. */
static bool put_text(struct redis_call *call, struct slice key, struct slice text,
                     const struct redis_entry *old)
{
    int64_t expire_ms = old ? redis_entry_expire(old) : -1;
    if (text.len > REDIS_EMBSTR_MAX)
        return redis_put_string(call, key, text, true, -1);
    struct redis_entry *entry = redis_entry_of_embstr(call->db->heap, key, text, expire_ms);
    if (!entry)
        redis_reply_oom(call->reply);
    return entry && redis_put_entry(call, entry);
}

static void incrbyfloat(struct redis_call *call)
{
    struct redis_entry *entry;
    char scratch[TEXT_INT_MAX], text[TEXT_DOUBLE_MAX * 16];
    struct slice key = call->argv[1];
    long double value = 0, by;
    if (!string_for_read(call, key, &entry))
        return;
    if ((entry && !text_to_long_double(redis_entry_string(entry, scratch), &value)) ||
        !text_to_long_double(call->argv[2], &by) || isnan(value) || isnan(by)) {
        redis_reply_not_float(call->reply);
        return;
    }
    value += by;
    if (isnan(value) || isinf(value)) {
        redis_reply_error(call->reply, "ERR increment would produce NaN or Infinity");
        return;
    }
    struct slice result = slice_of(text, text_from_long_double(text, value));
    if (!put_text(call, key, result, entry))
        return;
    redis_changed(call, key, REDIS_NOTIFY_STRING, "incrbyfloat");
    redis_reply_bulk(call->reply, result);
}

/* ---- changing in place */

static bool check_length(struct redis_call *call, uint64_t len)
{
    if (len <= (uint64_t)call->redis->config.proto_max_bulk_len)
        return true;
    redis_reply_error(call->reply, "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    return false;
}

static void append(struct redis_call *call)
{
    struct redis_entry *entry;
    char scratch[TEXT_INT_MAX];
    struct slice key = call->argv[1], more = call->argv[2];
    entry = redis_peek(call, key);
    if (entry && entry->type != REDIS_STRING) {
        redis_reply_wrongtype(call->reply);
        return;
    }
    size_t len = entry ? redis_entry_string(entry, scratch).len : 0;
    if (!entry) {
        if (!redis_put_string(call, key, more, false, -1))
            return;
    } else {
        if (!check_length(call, (uint64_t)len + more.len))
            return;
        struct redis_raw *raw = redis_edit_string(call, key, len + more.len);
        if (!raw)
            return;
        if (more.len)
            memcpy(raw->bytes + len, more.ptr, more.len);
    }
    redis_changed(call, key, REDIS_NOTIFY_STRING, "append");
    redis_reply_int(call->reply, (int64_t)(len + more.len));
}

static void setrange(struct redis_call *call)
{
    char scratch[TEXT_INT_MAX];
    struct slice key = call->argv[1], bytes = call->argv[3];
    int64_t offset;
    if (!redis_arg_int(call, 2, &offset))
        return;
    if (offset < 0) {
        redis_reply_error(call->reply, "ERR offset is out of range");
        return;
    }
    if (!redis_check_type(call, key, REDIS_STRING))
        return;
    struct redis_entry *entry = redis_peek(call, key);
    size_t len = entry ? redis_entry_string(entry, scratch).len : 0;
    if (bytes.len == 0) {
        redis_reply_int(call->reply, (int64_t)len);
        return;
    }
    if (!check_length(call, (uint64_t)offset + bytes.len))
        return;
    size_t end = (size_t)offset + bytes.len;
    struct redis_raw *raw = redis_edit_string(call, key, end > len ? end : len);
    if (!raw)
        return;
    memcpy(raw->bytes + offset, bytes.ptr, bytes.len);
    redis_changed(call, key, REDIS_NOTIFY_STRING, "setrange");
    redis_reply_int(call->reply, (int64_t)raw->len);
}

const struct redis_command redis_string_commands[] = {
    {"get",         get        },
    {"set",         set        },
    {"setnx",       setnx      },
    {"setex",       setex      },
    {"psetex",      psetex     },
    {"getset",      getset     },
    {"getdel",      getdel     },
    {"getex",       getex      },
    {"mget",        mget       },
    {"mset",        mset       },
    {"msetnx",      msetnx     },
    {"strlen",      strlen_    },
    {"append",      append     },
    {"setrange",    setrange   },
    {"getrange",    getrange   },
    {"substr",      getrange   },
    {"incr",        incr       },
    {"decr",        decr       },
    {"incrby",      incrby     },
    {"decrby",      decrby     },
    {"incrbyfloat", incrbyfloat},
    {NULL,          NULL       },
};
