#include "emulators/postgres/extension/unaccent.h"

#include "emulators/postgres/extension/functions.h"
#include "emulators/sql/value/text.h"

/* NULL: the character stays. */
static const char *plain_of(uint32_t code)
{
    unsigned low = 0, high = pg_unaccent_rules_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (pg_unaccent_rules[middle].code == code)
            return pg_unaccent_rules[middle].plain;
        if (pg_unaccent_rules[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void pg_unaccent_add(struct slice text, struct sql_bytes *out)
{
    for (size_t at = 0, width; at < text.len; at += width) {
        const char *plain = NULL;
        width = 1;
        if (text.ptr[at] >= 0x80)
            plain = plain_of(sql_char_get(slice_from(text, at), &width));
        if (plain)
            sql_bytes_add_str(out, plain);
        else
            sql_bytes_add(out, text.ptr + at, width);
    }
}

/* With two arguments the first one names a dictionary: they all have the same rules. */
static bool unaccent(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice text = datum_slice(args[call->argc - 1]);
    struct sql_bytes made = sql_bytes_begin(call);
    sql_bytes_reserve(&made, text.len + 1);
    pg_unaccent_add(text, &made);
    return sql_give_bytes(call, out, &made);
}

const struct sql_builtin pg_unaccent_functions[] = {
    {"unaccent_dict", unaccent},
    {NULL,            NULL    },
};
