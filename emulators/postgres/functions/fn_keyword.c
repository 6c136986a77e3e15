/* pg_get_keywords(): the grammar's words, as the parser knows them. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/syntax/keywords.h"

static const struct {
    const char *code, *words;
} classes[] = {
    [PG_UNRESERVED] = {"U", "unreserved"                                  },
    [PG_COLUMN_NAME] = {"C", "unreserved (cannot be function or type name)"},
    [PG_TYPE_OR_FUNCTION] = {"T", "reserved (can be function or type name)"     },
    [PG_RESERVED] = {"R", "reserved"                                    },
};

/* word, code of its class, may it be a bare label, and both in words */
static bool get_keywords(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    const struct pg_keyword *keyword =
        call->set_state ? call->set_state : (void *)(uintptr_t)pg_keywords;
    *out = datum_null();
    if (keyword == pg_keywords + pg_keyword_count) {
        call->done = true;
        return true;
    }
    call->set_state = (void *)(uintptr_t)(keyword + 1);
    const char *label = keyword->bare_label ? "can be bare label" : "requires AS";
    const struct datum row[] = {
        datum_bytes(keyword->word),      datum_int((uint8_t)*classes[keyword->class].code),
        datum_bool(keyword->bare_label), datum_bytes(slice_str(classes[keyword->class].words)),
        datum_bytes(slice_str(label)),
    };
    return pg_call_give_row(call, row, 5, out);
}

const struct sql_builtin pg_keyword_functions[] = {
    {"pg_get_keywords", get_keywords},
    {NULL,              NULL        },
};
