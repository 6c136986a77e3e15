/* Upper and lower case: of ASCII letters, as the C collation has it. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

static uint8_t ascii_upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c & ~0x20) : c;
}

static bool give_mapped(struct sql_call *call, struct slice text, uint8_t (*map)(uint8_t),
                        struct datum *out)
{
    uint8_t *made = arena_alloc(call->arena, text.len);
    if (!made)
        return sql_fail_memory(call->env->error);
    for (size_t i = 0; i < text.len; i++)
        made[i] = map(text.ptr[i]);
    return sql_give_slice(out, slice_of(made, text.len));
}

static bool text_upper(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_mapped(call, datum_slice(args[0]), ascii_upper, out);
}

static bool text_lower(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_mapped(call, datum_slice(args[0]), ascii_lower, out);
}

/* A word is a run of letters and digits. */
static bool text_initcap(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice text = datum_slice(args[0]);
    uint8_t *made = arena_alloc(call->arena, text.len);
    if (!made)
        return sql_fail_memory(call->env->error);
    bool within = false;
    for (size_t i = 0; i < text.len; i++) {
        made[i] = within ? ascii_lower(text.ptr[i]) : ascii_upper(text.ptr[i]);
        within = sql_is_letter(text.ptr[i]) || sql_is_digit(text.ptr[i]);
    }
    return sql_give_slice(out, slice_of(made, text.len));
}

const struct sql_builtin sql_text_case_builtins[] = {
    {"upper",   text_upper  },
    {"lower",   text_lower  },
    {"initcap", text_initcap},
    {NULL,      NULL        },
};
