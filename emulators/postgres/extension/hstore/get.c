/* What an hstore has: keys, values, parts of it; and less or more of it. */
#include "emulators/postgres/extension/hstore/hstore.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/text.h"

static struct datum value_at(const struct hstore *h, int64_t at)
{
    if (at < 0 || hstore_is_null(h, (uint32_t)at))
        return datum_null();
    return datum_bytes(hstore_value(h, (uint32_t)at));
}

static const struct sql_type *text_type(struct sql_call *call)
{
    return sql_call_find_type(call, call->env->session->dialect->types_of.text);
}

/* ---- questions */

static bool fetchval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    (void)call;
    *out = value_at(&h, hstore_find(&h, datum_slice(args[1])));
    return true;
}

static bool exists(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    (void)call;
    return sql_give_bool(out, hstore_find(&h, datum_slice(args[1])) >= 0);
}

static bool defined(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    (void)call;
    return sql_give_bool(out, !value_at(&h, hstore_find(&h, datum_slice(args[1]))).null);
}

/* How many of the array's keys are there; *all of how many. */
static bool count_found(struct sql_call *call, const struct datum *args, uint32_t *found,
                        uint32_t *all)
{
    const struct hstore h = hstore_open(args[0]);
    struct hstore keys;
    if (!hstore_keys_of(call, args[1], &keys))
        return false;
    *found = 0;
    *all = keys.count;
    for (uint32_t i = 0; i < keys.count; i++)
        *found += hstore_find(&h, hstore_key(&keys, i)) >= 0;
    return true;
}

static bool exists_any(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t found, all;
    return count_found(call, args, &found, &all) && sql_give_bool(out, found > 0);
}

static bool exists_all(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t found, all;
    return count_found(call, args, &found, &all) && sql_give_bool(out, found == all);
}

static bool has_all(struct datum whole, struct datum part)
{
    const struct hstore a = hstore_open(whole), b = hstore_open(part);
    for (uint32_t i = 0; i < b.count; i++) {
        int64_t at = hstore_find(&a, hstore_key(&b, i));
        if (at < 0 || hstore_is_null(&a, (uint32_t)at) != hstore_is_null(&b, i) ||
            !slice_eq(hstore_value(&a, (uint32_t)at), hstore_value(&b, i)))
            return false;
    }
    return true;
}

static bool contains(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_bool(out, has_all(args[0], args[1]));
}

static bool contained(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_bool(out, has_all(args[1], args[0]));
}

/* ---- parts as arrays and sets */

static bool slice_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    struct sql_array keys;
    sql_array_open(args[1], &keys);
    struct datum *values = arena_array(call->arena, keys.count + 1u, sizeof *values);
    const struct sql_type *text = text_type(call);
    if (!values || !text)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < keys.count; i++)
        values[i] = sql_array_is_null(&keys, i)
                        ? datum_null()
                        : value_at(&h, hstore_find(&h, datum_slice(sql_array_get(&keys, i))));
    return keys.count ? sql_array_make(call, text, &keys.shape, values, out)
                      : sql_array_make_vector(call, text, NULL, 0, out);
}

/* Keys (step 0), values (1), or both (2) in a row; columns: of how many an array's row consists. */
static bool give_array(struct sql_call *call, const struct datum *args, int what, bool matrix,
                       struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    uint32_t each = what == 2 ? 2 : 1, count = 0;
    struct datum *values = arena_array(call->arena, (size_t)h.count * each + 1, sizeof *values);
    const struct sql_type *text = text_type(call);
    if (!values || !text)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < h.count; i++) {
        if (what != 1)
            values[count++] = datum_bytes(hstore_key(&h, i));
        if (what != 0)
            values[count++] = value_at(&h, i);
    }
    const struct sql_array_shape shape = {
        2, {(int32_t)h.count, 2},
         {1,                1}
    };
    return matrix && count ? sql_array_make(call, text, &shape, values, out)
                           : sql_array_make_vector(call, text, values, count, out);
}

static bool akeys(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_array(call, args, 0, false, out);
}

static bool avals(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_array(call, args, 1, false, out);
}

static bool to_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_array(call, args, 2, false, out);
}

static bool to_matrix(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_array(call, args, 2, true, out);
}

/* The next pair's number; false: the set is done, or memory ran out (then the error is filled). */
static bool next_pair(struct sql_call *call, const struct datum *args, struct hstore *h,
                      uint32_t *out)
{
    struct set {
        struct datum value;
        uint32_t next;
    } *set = call->set_state;
    if (!set) {
        set = call->set_state = arena_zalloc(call->set_arena, sizeof *set);
        struct slice copy = arena_dup(call->set_arena, datum_slice(args[0]));
        if (!set || !copy.ptr)
            return sql_fail_memory(call->env->error);
        set->value = datum_bytes(copy);
    }
    *h = hstore_open(set->value);
    call->done = set->next == h->count;
    *out = set->next++;
    return !call->done;
}

static bool skeys(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct hstore h;
    uint32_t at;
    if (!next_pair(call, args, &h, &at))
        return call->done;
    return sql_give_slice(out, hstore_key(&h, at));
}

static bool svals(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct hstore h;
    uint32_t at;
    if (!next_pair(call, args, &h, &at))
        return call->done;
    *out = value_at(&h, at);
    return true;
}

static bool each(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct hstore h;
    uint32_t at;
    if (!next_pair(call, args, &h, &at))
        return call->done;
    const struct datum row[] = {datum_bytes(hstore_key(&h, at)), value_at(&h, at)};
    return pg_call_give_row(call, row, 2, out);
}

/* ---- less and more */

static bool add_pair(struct hstore_builder *builder, const struct hstore *h, uint32_t at)
{
    return hstore_add(builder, hstore_key(h, at), hstore_value(h, at), hstore_is_null(h, at));
}

static bool slice_hstore(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    struct hstore_builder builder;
    struct hstore keys;
    hstore_begin(&builder, call);
    if (!hstore_keys_of(call, args[1], &keys))
        return false;
    for (uint32_t i = 0; i < keys.count; i++) {
        int64_t at = hstore_find(&h, hstore_key(&keys, i));
        if (at >= 0 && !add_pair(&builder, &h, (uint32_t)at))
            return false;
    }
    return hstore_finish(&builder, out);
}

static bool delete_key(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    struct hstore_builder builder;
    hstore_begin(&builder, call);
    for (uint32_t i = 0; i < h.count; i++)
        if (!slice_eq(hstore_key(&h, i), datum_slice(args[1])) && !add_pair(&builder, &h, i))
            return false;
    return hstore_finish(&builder, out);
}

static bool delete_keys(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    struct hstore_builder builder;
    struct hstore keys;
    hstore_begin(&builder, call);
    if (!hstore_keys_of(call, args[1], &keys))
        return false;
    for (uint32_t i = 0; i < h.count; i++)
        if (hstore_find(&keys, hstore_key(&h, i)) < 0 && !add_pair(&builder, &h, i))
            return false;
    return hstore_finish(&builder, out);
}

/* Pairs that are the same in both go. */
static bool delete_pairs(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]), other = hstore_open(args[1]);
    struct hstore_builder builder;
    hstore_begin(&builder, call);
    for (uint32_t i = 0; i < h.count; i++) {
        int64_t at = hstore_find(&other, hstore_key(&h, i));
        bool same = at >= 0 && hstore_is_null(&other, (uint32_t)at) == hstore_is_null(&h, i) &&
                    slice_eq(hstore_value(&other, (uint32_t)at), hstore_value(&h, i));
        if (!same && !add_pair(&builder, &h, i))
            return false;
    }
    return hstore_finish(&builder, out);
}

/* What the second has counts. */
static bool concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct hstore_builder builder;
    hstore_begin(&builder, call);
    for (unsigned n = 2; n-- > 0;) {
        const struct hstore h = hstore_open(args[n]);
        for (uint32_t i = 0; i < h.count; i++)
            if (!add_pair(&builder, &h, i))
                return false;
    }
    return hstore_finish(&builder, out);
}

const struct sql_builtin pg_hstore_get_functions[] = {
    {"hstore_fetchval",        fetchval    },
    {"hstore_exists",          exists      },
    {"hstore_defined",         defined     },
    {"hstore_exists_any",      exists_any  },
    {"hstore_exists_all",      exists_all  },
    {"hstore_contains",        contains    },
    {"hstore_contained",       contained   },
    {"hstore_slice_to_array",  slice_array },
    {"hstore_slice_to_hstore", slice_hstore},
    {"hstore_akeys",           akeys       },
    {"hstore_avals",           avals       },
    {"hstore_to_array",        to_array    },
    {"hstore_to_matrix",       to_matrix   },
    {"hstore_skeys",           skeys       },
    {"hstore_svals",           svals       },
    {"hstore_each",            each        },
    {"hstore_delete",          delete_key  },
    {"hstore_delete_array",    delete_keys },
    {"hstore_delete_hstore",   delete_pairs},
    {"hstore_concat",          concat      },
    {NULL,                     NULL        },
};
