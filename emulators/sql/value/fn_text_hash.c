/* The hash functions of strings that SQL can see. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/text.h"

static bool give_hash(struct sql_call *call, const struct datum *args, struct slice bytes,
                      struct datum *out)
{
    const struct sql_collator *collator = sql_call_collator(call);
    struct sql_bytes key = sql_bytes_begin(call);
    if (collator && !collator->deterministic) {
        sql_collator_key(collator, bytes, &key);
        bytes = sql_bytes_slice(&key);
    }
    if (call->argc > 1)
        return sql_give_int(out, (int64_t)sql_stable_hash(bytes, (uint64_t)args[1].i));
    return sql_give_int(out, (int32_t)sql_stable_hash(bytes, 0));
}

static bool hash_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_hash(call, args, datum_slice(args[0]), out);
}

static bool hash_bpchar(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_hash(call, args, sql_text_without_blanks(datum_slice(args[0])), out);
}

static bool hash_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t value = (uint32_t)(int8_t)args[0].i;
    if (call->argc > 1)
        return sql_give_int(out, (int64_t)sql_stable_hash_u32(value, (uint64_t)args[1].i));
    return sql_give_int(out, (int32_t)sql_stable_hash_u32(value, 0));
}

const struct sql_builtin sql_text_hash_builtins[] = {
    {"hashtext",            hash_text  },
    {"hashtextextended",    hash_text  },
    {"hashname",            hash_text  },
    {"hashnameextended",    hash_text  },
    {"hashbpchar",          hash_bpchar},
    {"hashbpcharextended",  hash_bpchar},
    {"hashvarlena",         hash_text  },
    {"hashvarlenaextended", hash_text  },
    {"uuid_hash",           hash_text  },
    {"uuid_hash_extended",  hash_text  },
    {"hashchar",            hash_char  },
    {"hashcharextended",    hash_char  },
    {NULL,                  NULL       },
};
