/* PFADD, PFCOUNT, PFMERGE. Source: the Redis command reference, group "hyperloglog". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/hyperloglog.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"

static void corrupt(struct redis_call *call)
{
    redis_reply_error(call->reply, "INVALIDOBJ Corrupted HLL object detected");
}

/* The key's bytes, ptr NULL when absent; false: it is something else, and the error is replied. */
static bool hll_for_read(struct redis_call *call, struct slice key, struct slice *out)
{
    struct redis_entry *entry = redis_lookup(call, key);
    char *scratch = arena_alloc(call->arena, TEXT_INT_MAX);
    *out = slice_of(NULL, 0);
    if (!entry)
        return true;
    if (entry->type != REDIS_STRING) {
        redis_reply_wrongtype(call->reply);
        return false;
    }
    *out = redis_entry_string(entry, scratch);
    if (hll_is_valid(*out))
        return true;
    redis_reply_error(call->reply, "WRONGTYPE Key is not a valid HyperLogLog string value.");
    return false;
}

/* A copy to work on, empty for an absent key. */
static bool load(struct redis_call *call, struct slice bytes, struct hll *out)
{
    size_t room = bytes.len > HLL_DENSE_BYTES ? bytes.len : HLL_DENSE_BYTES;
    out->bytes = arena_alloc(call->arena, room + 8);
    if (!out->bytes) {
        redis_reply_oom(call->reply);
        return false;
    }
    if (!bytes.ptr) {
        hll_init(out);
    } else {
        memcpy(out->bytes, bytes.ptr, bytes.len);
        out->len = bytes.len;
    }
    return true;
}

/* Writes the copy back; the key keeps its expiry. */
static bool save(struct redis_call *call, struct slice key, const struct hll *hll)
{
    struct redis_raw *raw = redis_edit_string(call, key, hll->len);
    if (raw)
        memcpy(raw->bytes, hll->bytes, hll->len);
    return raw != NULL;
}

static size_t sparse_max(const struct redis_call *call)
{
    return (size_t)call->redis->config.hll_sparse_max_bytes;
}

static void pfadd(struct redis_call *call)
{
    struct slice bytes;
    struct hll hll;
    if (!hll_for_read(call, call->argv[1], &bytes) || !load(call, bytes, &hll))
        return;
    bool changed = !bytes.ptr;
    for (uint32_t i = 2; i < call->argc; i++) {
        int raised = hll_add(&hll, sparse_max(call), call->argv[i]);
        if (raised < 0) {
            corrupt(call);
            return;
        }
        changed |= raised > 0;
    }
    if (changed) {
        hll_void_cached(hll.bytes);
        if (!save(call, call->argv[1], &hll))
            return;
        redis_changed(call, call->argv[1], REDIS_NOTIFY_STRING, "pfadd");
    }
    redis_reply_int(call->reply, changed);
}

/* The count of one key is cached in it. */
static void count_one(struct redis_call *call)
{
    uint8_t registers[HLL_REGISTERS] = {0};
    struct slice bytes, key = call->argv[1];
    uint64_t count = 0;
    if (!hll_for_read(call, key, &bytes))
        return;
    if (bytes.ptr && !hll_cached(bytes, &count)) {
        if (!hll_merge(registers, bytes)) {
            corrupt(call);
            return;
        }
        count = hll_count(registers);
        struct redis_raw *raw = redis_edit_string(call, key, bytes.len);
        if (!raw)
            return;
        hll_set_cached(raw->bytes, count);
        redis_touched(call, key);
    }
    redis_reply_int(call->reply, (int64_t)count);
}

static bool merge_keys(struct redis_call *call, uint32_t first, uint8_t registers[HLL_REGISTERS],
                       bool *any_dense)
{
    for (uint32_t i = first; i < call->argc; i++) {
        struct slice bytes;
        if (!hll_for_read(call, call->argv[i], &bytes))
            return false;
        if (!bytes.ptr)
            continue;
        *any_dense |= hll_encoding(bytes) == HLL_DENSE;
        if (!hll_merge(registers, bytes)) {
            corrupt(call);
            return false;
        }
    }
    return true;
}

static void pfcount(struct redis_call *call)
{
    uint8_t registers[HLL_REGISTERS] = {0};
    bool any_dense = false;
    if (call->argc == 2)
        count_one(call);
    else if (merge_keys(call, 1, registers, &any_dense))
        redis_reply_int(call->reply, (int64_t)hll_count(registers));
}

static void pfmerge(struct redis_call *call)
{
    uint8_t registers[HLL_REGISTERS] = {0};
    bool any_dense = false;
    struct slice bytes;
    struct hll hll;
    if (!merge_keys(call, 1, registers, &any_dense) || !hll_for_read(call, call->argv[1], &bytes) ||
        !load(call, bytes, &hll))
        return;
    if (any_dense && !hll_to_dense(&hll)) {
        corrupt(call);
        return;
    }
    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        if (registers[i])
            hll_raise(&hll, sparse_max(call), i, registers[i]);
    hll_void_cached(hll.bytes);
    if (!save(call, call->argv[1], &hll))
        return;
    redis_changed(call, call->argv[1], REDIS_NOTIFY_STRING, "pfadd");
    redis_reply_ok(call->reply);
}

/* ---- PFDEBUG and PFSELFTEST */

static void debug_getreg(struct redis_call *call, struct hll *hll)
{
    uint8_t registers[HLL_REGISTERS] = {0};
    if (!hll_to_dense(hll) || !hll_merge(registers, slice_of(hll->bytes, hll->len))) {
        corrupt(call);
        return;
    }
    if (!save(call, call->argv[2], hll))
        return;
    redis_reply_array(call->reply, HLL_REGISTERS);
    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        redis_reply_int(call->reply, registers[i]);
}

static void debug_decode(struct redis_call *call, const struct hll *hll)
{
    struct slice registers = slice_of(hll->bytes + HLL_HEADER, hll->len - HLL_HEADER);
    struct outq text = {0};
    unsigned run;
    uint8_t value;
    bool long_form;
    if (hll_encoding(slice_of(hll->bytes, hll->len)) != HLL_SPARSE) {
        redis_reply_error(call->reply, "ERR HLL encoding is not sparse");
        return;
    }
    for (size_t at = 0, len; (len = hll_sparse_run(registers, at, &run, &value, &long_form));
         at += len) {
        struct slice word = value ? arena_printf(call->arena, "v:%u,%u ", value, run)
                                  : arena_printf(call->arena, "%s:%u ", long_form ? "Z" : "z", run);
        outq_put_slice(&text, word);
    }
    struct slice all = outq_flatten(&text);
    redis_reply_bulk(call->reply, slice_of(all.ptr, all.len ? all.len - 1 : 0));
    outq_done(&text);
}

static void debug_todense(struct redis_call *call, struct hll *hll)
{
    bool was_sparse = hll_encoding(slice_of(hll->bytes, hll->len)) == HLL_SPARSE;
    if (!hll_to_dense(hll))
        corrupt(call);
    else if (!was_sparse || save(call, call->argv[2], hll))
        redis_reply_int(call->reply, was_sparse);
}

static void pfdebug(struct redis_call *call)
{
    struct slice bytes, what = call->argv[1];
    struct hll hll;
    if (!hll_for_read(call, call->argv[2], &bytes))
        return;
    if (!bytes.ptr) {
        redis_reply_error(call->reply, "ERR The specified key does not exist");
        return;
    }
    if (!load(call, bytes, &hll))
        return;
    if (slice_is(what, "GETREG"))
        debug_getreg(call, &hll);
    else if (slice_is(what, "DECODE"))
        debug_decode(call, &hll);
    else if (slice_is(what, "ENCODING"))
        redis_reply_simple(call->reply, hll_encoding(bytes) == HLL_DENSE ? "dense" : "sparse");
    else if (slice_is(what, "TODENSE"))
        debug_todense(call, &hll);
    else
        redis_reply_errorf(call->reply, "ERR Unknown PFDEBUG subcommand '%s'",
                           redis_printable(call->arena, what, 128));
}

/* Adds a thousand elements to a sparse and a dense one: both must come to the same registers. */
static void pfselftest(struct redis_call *call)
{
    struct hll sparse, dense;
    uint8_t a[HLL_REGISTERS] = {0}, b[HLL_REGISTERS] = {0};
    if (!load(call, slice_of(NULL, 0), &sparse) || !load(call, slice_of(NULL, 0), &dense))
        return;
    hll_to_dense(&dense);
    for (uint64_t i = 0; i < 1000; i++) {
        struct slice element = slice_of(&i, sizeof(i));
        hll_add(&sparse, HLL_DENSE_BYTES, element);
        hll_add(&dense, HLL_DENSE_BYTES, element);
    }
    hll_merge(a, slice_of(sparse.bytes, sparse.len));
    hll_merge(b, slice_of(dense.bytes, dense.len));
    double error = ((double)hll_count(a) - 1000) / 1000;
    if (memcmp(a, b, sizeof(a)) != 0 || error < -0.05 || error > 0.05)
        redis_reply_error(call->reply, "ERR sparse and dense representations disagree");
    else
        redis_reply_ok(call->reply);
}

const struct redis_command redis_hyperloglog_commands[] = {
    {"pfadd",      pfadd     },
    {"pfcount",    pfcount   },
    {"pfmerge",    pfmerge   },
    {"pfdebug",    pfdebug   },
    {"pfselftest", pfselftest},
    {NULL,         NULL      },
};
