#include "emulators/sql/exec/key.h"

#include "emulators/sql/value/float.h"

/* Bytes so that no value's are the beginning of another's: 0 is followed by 255, the end is 0 0. */
static void add_escaped(struct sql_bytes *out, struct slice bytes)
{
    while (bytes.len) {
        const uint8_t *zero = memchr(bytes.ptr, 0, bytes.len);
        size_t run = zero ? (size_t)(zero - bytes.ptr) : bytes.len;
        sql_bytes_add(out, bytes.ptr, run);
        if (zero) {
            sql_bytes_add(out, "\0\377", 2);
            run++;
        }
        bytes = slice_from(bytes, run);
    }
    sql_bytes_add(out, "\0\0", 2);
}

static bool encode_value(struct sql_env *env, struct sql_call *calls, const struct sql_key *key,
                         struct datum value, struct arena *arena, struct sql_bytes *out)
{
    switch (key->codec) {
    case SQL_KEY_INT: sql_bytes_add_u64(out, sql_key_of_int(value.i)); return true;
    case SQL_KEY_FLOAT: sql_bytes_add_u64(out, sql_float_key(value.d)); return true;
    case SQL_KEY_BYTES: add_escaped(out, datum_slice(value)); return true;
    case SQL_KEY_ENCODED: break;
    }
    struct sql_call *call = &calls[key->site];
    call->env = env;
    call->arena = arena;
    if (!key->type->ops || !key->type->ops->encode_key)
        return sql_fail(env->error, "42883",
                        "could not identify an ordering operator for type " SLICE_FMT,
                        SLICE_ARG(key->type->name));
    return key->type->ops->encode_key(call, key->type, value, out);
}

static bool encode_one(struct sql_env *env, struct sql_call *calls, const struct sql_key *key,
                       struct datum value, struct arena *arena, struct sql_bytes *out)
{
    sql_bytes_add_char(out, value.null ? (key->nulls_first ? 0 : 2) : 1);
    if (value.null)
        return true;
    size_t start = out->len;
    if (!encode_value(env, calls, key, value, arena, out))
        return false;
    if (key->descending && !out->failed)
        for (size_t at = start; at < out->len; at++)
            out->ptr[at] = (uint8_t)~out->ptr[at];
    return true;
}

bool sql_key_encode_values(struct sql_env *env, struct sql_call *calls, const struct sql_keys *keys,
                           const struct datum *values, struct arena *arena, struct sql_bytes *out)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (!encode_one(env, calls, &keys->items[i], values[i], arena, out))
            return false;
    return !out->failed || sql_fail_memory(env->error);
}

bool sql_key_encode(struct sql_run *run, const struct sql_keys *keys, struct arena *arena,
                    struct sql_bytes *out)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (!encode_one(run->env, run->calls, &keys->items[i], run->regs[keys->items[i].reg], arena,
                        out))
            return false;
    return !out->failed || sql_fail_memory(run->env->error);
}

bool sql_key_has_null(const struct sql_run *run, const struct sql_keys *keys)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (run->regs[keys->items[i].reg].null)
            return true;
    return false;
}
