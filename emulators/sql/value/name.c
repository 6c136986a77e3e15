/* Names and "char": conversions from and to other strings, and comparison of "char". */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"

static bool name_from_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_slice(out, sql_text_clip(datum_slice(args[0]), SQL_NAME_MAX));
}

static bool name_from_bpchar(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct slice name = sql_text_clip(datum_slice(args[0]), SQL_NAME_MAX);
    return sql_give_slice(out, sql_text_without_blanks(name));
}

static bool same(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[0];
    return true;
}

/* name || '_' || oid, the name cut so that all of the number is kept. */
static bool name_with_oid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice suffix = arena_printf(call->arena, "_%u", (unsigned)args[1].u);
    struct slice name = sql_text_clip(datum_slice(args[0]), SQL_NAME_MAX - suffix.len);
    struct slice both = arena_concat(call->arena, name, suffix, (struct slice){0});
    if (!both.ptr)
        return sql_fail_memory(call->env->error);
    return sql_give_slice(out, both);
}

static bool char_from_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, sql_char_from_text(datum_slice(args[0])));
}

static bool text_from_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_char_add_text(&bytes, (uint8_t)args[0].i);
    return sql_give_bytes(call, out, &bytes);
}

static bool int_from_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int8_t)args[0].i);
}

static bool char_from_int(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].i < INT8_MIN || args[0].i > INT8_MAX)
        return sql_fail(call->env->error, "22003", "\"char\" out of range");
    return sql_give_int(out, (uint8_t)args[0].i);
}

static int order(struct sql_call *call, const struct datum *args)
{
    (void)call;
    return (int)args[0].i - (int)args[1].i;
}

SQL_COMPARISONS(char, order)

const struct sql_builtin sql_name_builtins[] = {
    {"text_name",     name_from_text  },
    {"bpchar_name",   name_from_bpchar},
    {"name_text",     same            },
    {"name_bpchar",   same            },
    {"nameconcatoid", name_with_oid   },
    {"text_char",     char_from_text  },
    {"char_text",     text_from_char  },
    {"char_bpchar",   text_from_char  },
    {"chartoi4",      int_from_char   },
    {"i4tochar",      char_from_int   },
    {"chareq",        char_eq         },
    {"charne",        char_ne         },
    {"charlt",        char_lt         },
    {"charle",        char_le         },
    {"chargt",        char_gt         },
    {"charge",        char_ge         },
    {"btcharcmp",     char_cmp        },
    {NULL,            NULL            },
};
