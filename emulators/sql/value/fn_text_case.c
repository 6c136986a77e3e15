/* Upper and lower case: of ASCII letters, as the C collation has it, or as the call's collation does. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"
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

/* By the collation's rules for more than ASCII; NULL: it has none. */
static const struct sql_collator *case_rules(struct sql_call *call)
{
    const struct sql_collator *collator = sql_call_collator(call);
    return collator && collator->cases != SQL_CASE_ASCII ? collator : NULL;
}

static bool give_changed(struct sql_call *call, const struct sql_collator *rules, struct slice text,
                         enum sql_case to, struct datum *out)
{
    struct sql_bytes made = sql_bytes_begin(call);
    sql_case_change(rules, text, to, &made);
    return sql_give_bytes(call, out, &made);
}

static bool text_upper(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_collator *rules = case_rules(call);
    if (rules)
        return give_changed(call, rules, datum_slice(args[0]), SQL_UPPER, out);
    return give_mapped(call, datum_slice(args[0]), ascii_upper, out);
}

static bool text_lower(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_collator *rules = case_rules(call);
    if (rules)
        return give_changed(call, rules, datum_slice(args[0]), SQL_LOWER, out);
    return give_mapped(call, datum_slice(args[0]), ascii_lower, out);
}

/* A word is a run of letters and digits. */
static bool text_initcap(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice text = datum_slice(args[0]);
    const struct sql_collator *rules = case_rules(call);
    if (rules)
        return give_changed(call, rules, text, SQL_TITLE, out);
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
