/* hstore values: opening, building, and what the type can do. */
#include <stdlib.h>

#include "common/hash.h"
#include "emulators/postgres/extension/hstore/hstore.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/array_text.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text.h"

/* ---- reading */

struct hstore hstore_open(struct datum value)
{
    uint32_t count;
    memcpy(&count, value.ptr, sizeof count);
    count &= ~HSTORE_VERSION;
    size_t head = sizeof count + 8 * (size_t)count;
    return (struct hstore){count, value.ptr + sizeof count,
                           slice_of(value.ptr + head, value.len - head)};
}

static uint32_t word(const struct hstore *h, uint32_t index)
{
    uint32_t value;
    memcpy(&value, h->ends + 4 * (size_t)index, sizeof value);
    return value;
}

static struct slice piece(const struct hstore *h, uint32_t index)
{
    uint32_t begin = index ? word(h, index - 1) & HSTORE_END : 0;
    return slice_of(h->bytes.ptr + begin, (word(h, index) & HSTORE_END) - begin);
}

struct slice hstore_key(const struct hstore *h, uint32_t index)
{
    return piece(h, 2 * index);
}

struct slice hstore_value(const struct hstore *h, uint32_t index)
{
    return piece(h, 2 * index + 1);
}

bool hstore_is_null(const struct hstore *h, uint32_t index)
{
    return (word(h, 2 * index + 1) & HSTORE_NULL) != 0;
}

static int key_order(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return slice_compare(a, b);
}

int64_t hstore_find(const struct hstore *h, struct slice key)
{
    uint32_t low = 0, high = h->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = key_order(hstore_key(h, middle), key);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

/* ---- building */

void hstore_begin(struct hstore_builder *builder, struct sql_call *call)
{
    *builder = (struct hstore_builder){.call = call};
}

bool hstore_add(struct hstore_builder *builder, struct slice key, struct slice value, bool null)
{
    struct sql_error *error = builder->call->env->error;
    if (key.len > HSTORE_END)
        return sql_fail(error, "22001", "string too long for hstore key");
    if (value.len > HSTORE_END)
        return sql_fail(error, "22001", "string too long for hstore value");
    if (builder->count == builder->room) {
        uint32_t room = builder->room ? 2 * builder->room : 8;
        struct hstore_pair *pairs = arena_array(builder->call->arena, room, sizeof *pairs);
        if (!pairs)
            return sql_fail_memory(error);
        if (builder->count)
            memcpy(pairs, builder->pairs, builder->count * sizeof *pairs);
        builder->pairs = pairs;
        builder->room = room;
    }
    builder->pairs[builder->count] = (struct hstore_pair){key, value, null, builder->count};
    builder->count++;
    return true;
}

static int pair_order(const void *a, const void *b)
{
    const struct hstore_pair *x = a, *y = b;
    int order = key_order(x->key, y->key);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* Sorted, each key once. */
static void sort_pairs(struct hstore_builder *builder)
{
    uint32_t kept = 0;
    if (builder->count)
        qsort(builder->pairs, builder->count, sizeof *builder->pairs, pair_order);
    for (uint32_t i = 0; i < builder->count; i++)
        if (kept == 0 || !slice_eq(builder->pairs[kept - 1].key, builder->pairs[i].key))
            builder->pairs[kept++] = builder->pairs[i];
    builder->count = kept;
}

bool hstore_finish(struct hstore_builder *builder, struct datum *out)
{
    sort_pairs(builder);
    struct sql_bytes bytes = sql_bytes_begin(builder->call);
    uint32_t count = builder->count | HSTORE_VERSION, end = 0;
    sql_bytes_add(&bytes, &count, sizeof count);
    for (uint32_t i = 0; i < builder->count; i++) {
        const struct hstore_pair *pair = &builder->pairs[i];
        uint32_t key_end = end + (uint32_t)pair->key.len;
        end = key_end + (pair->null ? 0 : (uint32_t)pair->value.len);
        const uint32_t ends[] = {key_end | (i == 0 ? HSTORE_FIRST : 0),
                                 end | (pair->null ? HSTORE_NULL : 0)};
        if (end > HSTORE_END)
            return sql_fail(builder->call->env->error, "22001", "string too long for hstore value");
        sql_bytes_add(&bytes, ends, sizeof ends);
    }
    for (uint32_t i = 0; i < builder->count; i++) {
        sql_bytes_add_slice(&bytes, builder->pairs[i].key);
        if (!builder->pairs[i].null)
            sql_bytes_add_slice(&bytes, builder->pairs[i].value);
    }
    return sql_give_bytes(builder->call, out, &bytes);
}

bool hstore_keys_of(struct sql_call *call, struct datum array, struct hstore *out)
{
    struct hstore_builder builder;
    struct sql_array items;
    struct datum value;
    hstore_begin(&builder, call);
    sql_array_open(array, &items);
    for (uint32_t i = 0; i < items.count; i++)
        if (!sql_array_is_null(&items, i) &&
            !hstore_add(&builder, datum_slice(sql_array_get(&items, i)), slice_of(NULL, 0), true))
            return false;
    if (!hstore_finish(&builder, &value))
        return false;
    *out = hstore_open(value);
    return true;
}

/* ---- the type */

static bool output(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_bytes *out)
{
    (void)type;
    const struct hstore h = hstore_open(value);
    for (uint32_t i = 0; i < h.count; i++) {
        sql_bytes_add_str(out, i ? ", " : "");
        sql_array_quoted(out, hstore_key(&h, i));
        sql_bytes_add_str(out, "=>");
        if (hstore_is_null(&h, i))
            sql_bytes_add_str(out, "NULL");
        else
            sql_array_quoted(out, hstore_value(&h, i));
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

static struct slice receive_text(struct sql_receive *from, int32_t len)
{
    if (!from->ok || len < 0 || from->end - from->at < len) {
        from->ok = false;
        return slice_of("", 0);
    }
    from->at += len;
    return slice_of(from->at - len, (size_t)len);
}

static bool receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                    int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct hstore_builder builder;
    struct sql_receive from = sql_receive_begin(bytes);
    int32_t count = sql_receive_i32(&from);
    hstore_begin(&builder, call);
    for (int32_t i = 0; i < count && from.ok; i++) {
        int32_t key_len = sql_receive_i32(&from);
        if (from.ok && key_len < 0)
            return sql_fail(call->env->error, "22004", "null value not allowed for hstore key");
        struct slice key = receive_text(&from, key_len);
        int32_t value_len = sql_receive_i32(&from);
        bool null = value_len < 0;
        struct slice value = null ? slice_of("", 0) : receive_text(&from, value_len);
        if (!sql_text_check(call->env->error, key) || !sql_text_check(call->env->error, value) ||
            !hstore_add(&builder, key, value, null))
            return false;
    }
    return sql_receive_done(&from, call->env->error) && hstore_finish(&builder, out);
}

static bool send(struct sql_call *call, const struct sql_type *type, struct datum value,
                 struct sql_bytes *out)
{
    (void)type;
    const struct hstore h = hstore_open(value);
    sql_bytes_add_u32(out, h.count);
    for (uint32_t i = 0; i < h.count; i++) {
        struct slice key = hstore_key(&h, i), text = hstore_value(&h, i);
        sql_bytes_add_u32(out, (uint32_t)key.len);
        sql_bytes_add_slice(out, key);
        sql_bytes_add_u32(out, hstore_is_null(&h, i) ? UINT32_MAX : (uint32_t)text.len);
        sql_bytes_add_slice(out, text);
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

/* The empty one first; then by all bytes, the number of pairs, where they end, which are NULL. */
static int order(struct datum x, struct datum y)
{
    const struct hstore a = hstore_open(x), b = hstore_open(y);
    if (a.count == 0 || b.count == 0)
        return (a.count > 0) - (b.count > 0);
    int compared = slice_compare(a.bytes, b.bytes);
    if (compared == 0)
        compared = (a.count > b.count) - (a.count < b.count);
    for (uint32_t i = 0; compared == 0 && i < 2 * a.count; i++) {
        uint32_t left = word(&a, i), right = word(&b, i);
        uint32_t left_end = left & HSTORE_END, right_end = right & HSTORE_END;
        compared = (left_end > right_end) - (left_end < right_end);
        if (compared == 0)
            compared = ((left & HSTORE_NULL) > 0) - ((right & HSTORE_NULL) > 0);
    }
    return compared;
}

static int compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                   struct datum b)
{
    (void)call, (void)type;
    return order(a, b);
}

static uint64_t hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    return hash_bytes(datum_slice(value));
}

static bool encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    const struct hstore h = hstore_open(value);
    sql_bytes_add_char(out, h.count > 0);
    sql_key_add_binary(out, h.bytes);
    sql_bytes_add_u32(out, h.count);
    for (uint32_t i = 0; i < 2 * h.count; i++) {
        uint32_t end = word(&h, i);
        sql_bytes_add_u32(out, (end & HSTORE_END) << 1 | (end & HSTORE_NULL ? 1 : 0));
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

static const struct sql_type_ops hstore_ops = {
    .input = hstore_input,
    .output = output,
    .receive = receive,
    .send = send,
    .compare = compare,
    .hash = hash,
    .encode_key = encode_key,
};

const struct pg_extension_type pg_hstore_types[] = {
    {"hstore", &hstore_ops},
    {NULL,     NULL       },
};

SQL_ARGS_ORDER(order)
SQL_COMPARISONS(hstore, args_order)

static bool hstore_hash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const char *symbol = call->argc > 1 ? "hashvarlenaextended" : "hashvarlena";
    return sql_builtin_find(slice_str(symbol))(call, args, out);
}

static bool version_diag(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call, (void)args;
    return sql_give_int(out, 2); /* what is stored was written by this version */
}

const struct sql_builtin pg_hstore_functions[] = {
    {"hstore_eq",            hstore_eq   },
    {"hstore_ne",            hstore_ne   },
    {"hstore_lt",            hstore_lt   },
    {"hstore_le",            hstore_le   },
    {"hstore_gt",            hstore_gt   },
    {"hstore_ge",            hstore_ge   },
    {"hstore_cmp",           hstore_cmp  },
    {"hstore_hash",          hstore_hash },
    {"hstore_hash_extended", hstore_hash },
    {"hstore_version_diag",  version_diag},
    {NULL,                   NULL        },
};
