/* normalize and IS NORMALIZED, for texts in which nothing can be composed or taken apart: below a
 * code point that depends on the form, all characters are normalized (Unicode, annex 15). Texts
 * with characters above it are refused. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"

static const struct {
    const char *name;
    uint32_t stable; /* characters below it are the same in that form */
} forms[] = {
    {"NFC",  0x300},
    {"NFD",  0xc0 },
    {"NFKC", 0xa0 },
    {"NFKD", 0xa0 }
};

static bool check(struct sql_call *call, const struct datum *args)
{
    struct slice text = datum_slice(args[0]);
    struct slice name = datum_slice(args[1]);
    size_t form = 0, count = sizeof(forms) / sizeof(*forms), width;
    while (form < count && !slice_is(name, forms[form].name))
        form++;
    if (form == count)
        return sql_fail(call->env->error, "22023", "invalid normalization form: %.*s",
                        SLICE_ARG(name));
    for (size_t at = 0; at < text.len; at += width)
        if (sql_char_get(slice_from(text, at), &width) >= forms[form].stable)
            return sql_fail(call->env->error, "0A000",
                            "normalization of characters above U+%04X is not supported",
                            (unsigned)forms[form].stable - 1);
    return true;
}

static bool normalize(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = args[0];
    return check(call, args);
}

static bool is_normalized(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return check(call, args) && sql_give_bool(out, true);
}

const struct sql_builtin sql_normalize_builtins[] = {
    {"unicode_normalize_func", normalize    },
    {"unicode_is_normalized",  is_normalized},
    {NULL,                     NULL         },
};
