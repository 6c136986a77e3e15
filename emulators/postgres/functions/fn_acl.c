/* Lists of grants as values: aclexplode, acldefault, makeaclitem and their kin. */
#include "emulators/postgres/catalog/aclitem.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/record.h"
#include "emulators/sql/value/stable_hash.h"

static bool check_array(struct sql_call *call, const struct sql_array *array)
{
    struct sql_error *error = call->env->error;
    if (array->shape.dims > 1)
        return sql_fail(error, "22023", "ACL arrays must be one-dimensional");
    for (uint32_t i = 0; i < array->count; i++)
        if (sql_array_is_null(array, i))
            return sql_fail(error, "22004", "ACL arrays must not contain null values");
    return true;
}

/* ---- aclexplode: a row for each privilege of each item */

struct exploding {
    uint32_t item;
    unsigned bit;
};

static bool next_bit(const struct sql_array *array, struct exploding *at, struct sql_acl_item *out)
{
    for (; at->item < array->count; at->item++, at->bit = 0) {
        *out = pg_aclitem_get(sql_array_get(array, at->item));
        for (; out->privileges >> at->bit; at->bit++)
            if (out->privileges >> at->bit & 1)
                return true;
    }
    return false;
}

static bool aclexplode(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    struct sql_acl_item item;
    struct exploding *at = call->set_state;
    sql_array_open(args[0], &array);
    if (!at) {
        if (!check_array(call, &array))
            return false;
        at = call->set_state = arena_zalloc(call->set_arena, sizeof(*at));
        if (!at)
            return sql_fail_memory(call->env->error);
    }
    call->done = !next_bit(&array, at, &item);
    if (call->done)
        return sql_give_null(out);
    uint32_t bit = 1u << at->bit++;
    const struct datum values[4] = {
        {.u = item.grantor},
        {.u = item.grantee},
        datum_bytes(slice_str(pg_privilege_name(bit))),
        datum_bool(item.grant_options & bit),
    };
    if (call->columns) {
        memcpy(call->columns, values, sizeof(values));
        return true;
    }
    const struct sql_type_ids *ids = &call->env->session->dialect->types_of;
    const uint32_t type_ids[4] = {ids->oid, ids->oid, ids->text, ids->boolean};
    const struct sql_type *types[4];
    for (unsigned i = 0; i < 4; i++)
        types[i] = call->env->find_type(call->env, type_ids[i]);
    return sql_record_make(call, ids->record, types, values, 4, out);
}

/* ---- acldefault */

static const struct {
    char letter;
    uint32_t owners, everybodys;
} defaults[] = {
    {'c', 0,                                                       0               },
    {'r',
     SQL_PRIV_INSERT | SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_DELETE | SQL_PRIV_TRUNCATE |
         SQL_PRIV_REFERENCES | SQL_PRIV_TRIGGER,
     0                                                                             },
    {'s', SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_USAGE,      0               },
    {'d', SQL_PRIV_CREATE | SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT,
     SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT                                         },
    {'f', SQL_PRIV_EXECUTE,                                        SQL_PRIV_EXECUTE},
    {'l', SQL_PRIV_USAGE,                                          SQL_PRIV_USAGE  },
    {'L', SQL_PRIV_SELECT | SQL_PRIV_UPDATE,                       0               },
    {'n', SQL_PRIV_USAGE | SQL_PRIV_CREATE,                        0               },
    {'p', SQL_PRIV_SET | SQL_PRIV_ALTER_SYSTEM,                    0               },
    {'t', SQL_PRIV_CREATE,                                         0               },
    {'F', SQL_PRIV_USAGE,                                          0               },
    {'S', SQL_PRIV_USAGE,                                          0               },
    {'T', SQL_PRIV_USAGE,                                          SQL_PRIV_USAGE  },
};

static bool acldefault(struct sql_call *call, const struct datum *args, struct datum *out)
{
    char letter = (char)args[0].i;
    uint32_t owner = (uint32_t)args[1].u;
    const struct sql_type *element =
        call->env->find_type(call->env, call->env->session->dialect->types_of.aclitem);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        if (defaults[i].letter != letter)
            continue;
        const struct sql_acl_item grants[2] = {
            {0,     owner, defaults[i].everybodys, 0},
            {owner, owner, defaults[i].owners,     0},
        };
        struct datum items[2];
        uint32_t count = 0;
        for (unsigned k = 0; k < 2; k++)
            if (grants[k].privileges && !pg_aclitem_make(call, &grants[k], &items[count++]))
                return false;
        return sql_array_make_vector(call, element, items, count, out);
    }
    return sql_fail(call->env->error, "XX000", "unrecognized object type abbreviation: %c", letter);
}

/* ---- items */

static bool makeaclitem(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_acl_item item = {.grantee = (uint32_t)args[0].u, .grantor = (uint32_t)args[1].u};
    uint32_t options;
    if (!pg_privileges_read(call, datum_slice(args[2]), UINT32_MAX, &item.privileges, &options))
        return false;
    if (args[3].i)
        item.grant_options = item.privileges;
    return pg_aclitem_make(call, &item, out);
}

static bool aclcontains(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    struct sql_acl_item wanted = pg_aclitem_get(args[1]);
    sql_array_open(args[0], &array);
    if (!check_array(call, &array))
        return false;
    for (uint32_t i = 0; i < array.count; i++) {
        struct sql_acl_item item = pg_aclitem_get(sql_array_get(&array, i));
        if (item.grantee == wanted.grantee && item.grantor == wanted.grantor &&
            !(wanted.privileges & ~item.privileges) &&
            !(wanted.grant_options & ~item.grant_options))
            return sql_give_bool(out, true);
    }
    return sql_give_bool(out, false);
}

static bool aclinsert(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    (void)out;
    return sql_fail(call->env->error, "0A000", "aclinsert is no longer supported");
}

static bool aclremove(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    (void)out;
    return sql_fail(call->env->error, "0A000", "aclremove is no longer supported");
}

static bool aclitem_eq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct sql_acl_item a = pg_aclitem_get(args[0]), b = pg_aclitem_get(args[1]);
    return sql_give_bool(out, a.grantee == b.grantee && a.grantor == b.grantor &&
                                  a.privileges == b.privileges &&
                                  a.grant_options == b.grant_options);
}

/* Privileges in the low half of a number, the right to pass them on in the high one. */
static uint32_t sum_of(struct datum value)
{
    struct sql_acl_item item = pg_aclitem_get(value);
    return (item.privileges | item.grant_options << 16) + item.grantee + item.grantor;
}

static bool hash_aclitem(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int32_t)sum_of(args[0]));
}

static bool hash_aclitem_extended(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    (void)call;
    uint32_t sum = sum_of(args[0]);
    return sql_give_int(
        out, args[1].i == 0 ? sum : (int64_t)sql_stable_hash_u32(sum, (uint64_t)args[1].i));
}

const struct sql_builtin pg_acl_functions[] = {
    {"acldefault_sql",        acldefault           },
    {"aclexplode",            aclexplode           },
    {"makeaclitem",           makeaclitem          },
    {"aclcontains",           aclcontains          },
    {"aclinsert",             aclinsert            },
    {"aclremove",             aclremove            },
    {"aclitem_eq",            aclitem_eq           },
    {"hash_aclitem",          hash_aclitem         },
    {"hash_aclitem_extended", hash_aclitem_extended},
    {NULL,                    NULL                 },
};
