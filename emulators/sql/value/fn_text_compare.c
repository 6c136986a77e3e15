/* Comparison of character strings: of text, of character(n) without its blanks, of names with
 * either, and by plain bytes (the pattern operators). */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/text.h"

/* Functions of one comparison, for which there must be a collation. */
#define COLLATED(name, order, condition)                                   \
    SQL_FUNCTION(name, sql_require_collation(call, "string comparison") && \
                           sql_give_bool(out, order(call, args) condition 0))

static int text_order(struct sql_call *call, const struct datum *args)
{
    return sql_text_compare(call, datum_slice(args[0]), datum_slice(args[1]));
}

static int bpchar_order(struct sql_call *call, const struct datum *args)
{
    return sql_text_compare(call, sql_text_without_blanks(datum_slice(args[0])),
                            sql_text_without_blanks(datum_slice(args[1])));
}

static int pattern_order(struct sql_call *call, const struct datum *args)
{
    (void)call;
    return slice_compare(datum_slice(args[0]), datum_slice(args[1]));
}

static int bpchar_pattern_order(struct sql_call *call, const struct datum *args)
{
    (void)call;
    return slice_compare(sql_text_without_blanks(datum_slice(args[0])),
                         sql_text_without_blanks(datum_slice(args[1])));
}

/* Strings are equal when their bytes are, unless a collation says otherwise. */
static bool texts_equal(struct sql_call *call, const struct datum *args)
{
    const struct sql_collator *collator = sql_call_collator(call);
    struct slice a = datum_slice(args[0]), b = datum_slice(args[1]);
    return collator && !collator->deterministic ? sql_collator_compare(collator, a, b) == 0
                                                : slice_eq(a, b);
}

SQL_FUNCTION(text_eq, sql_give_bool(out, texts_equal(call, args)))
SQL_FUNCTION(text_ne, sql_give_bool(out, !texts_equal(call, args)))

COLLATED(text_lt, text_order, <)
COLLATED(text_le, text_order, <=)
COLLATED(text_gt, text_order, >)
COLLATED(text_ge, text_order, >=)
SQL_ORDER(text_cmp, text_order)
SQL_CHOICES(text, text_order)
SQL_COMPARISONS(bpchar, bpchar_order)
SQL_CHOICES(bpchar, bpchar_order)
SQL_COMPARISON(pattern_lt, pattern_order, <)
SQL_COMPARISON(pattern_le, pattern_order, <=)
SQL_COMPARISON(pattern_gt, pattern_order, >)
SQL_COMPARISON(pattern_ge, pattern_order, >=)
SQL_ORDER(pattern_cmp, pattern_order)
SQL_COMPARISON(bpchar_pattern_lt, bpchar_pattern_order, <)
SQL_COMPARISON(bpchar_pattern_le, bpchar_pattern_order, <=)
SQL_COMPARISON(bpchar_pattern_gt, bpchar_pattern_order, >)
SQL_COMPARISON(bpchar_pattern_ge, bpchar_pattern_order, >=)
SQL_ORDER(bpchar_pattern_cmp, bpchar_pattern_order)

static bool starts_with(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (!sql_require_searchable(call))
        return false;
    struct slice prefix = datum_slice(args[1]);
    return sql_give_bool(out, args[0].len >= prefix.len &&
                                  slice_eq(slice_of(args[0].ptr, prefix.len), prefix));
}

const struct sql_builtin sql_text_compare_builtins[] = {
    {"texteq",               text_eq           },
    {"textne",               text_ne           },
    {"text_lt",              text_lt           },
    {"text_le",              text_le           },
    {"text_gt",              text_gt           },
    {"text_ge",              text_ge           },
    {"bttextcmp",            text_cmp          },
    {"text_larger",          text_larger       },
    {"text_smaller",         text_smaller      },
    {"bpchareq",             bpchar_eq         },
    {"bpcharne",             bpchar_ne         },
    {"bpcharlt",             bpchar_lt         },
    {"bpcharle",             bpchar_le         },
    {"bpchargt",             bpchar_gt         },
    {"bpcharge",             bpchar_ge         },
    {"bpcharcmp",            bpchar_cmp        },
    {"bpchar_larger",        bpchar_larger     },
    {"bpchar_smaller",       bpchar_smaller    },
    {"text_pattern_lt",      pattern_lt        },
    {"text_pattern_le",      pattern_le        },
    {"text_pattern_gt",      pattern_gt        },
    {"text_pattern_ge",      pattern_ge        },
    {"bttext_pattern_cmp",   pattern_cmp       },
    {"bpchar_pattern_lt",    bpchar_pattern_lt },
    {"bpchar_pattern_le",    bpchar_pattern_le },
    {"bpchar_pattern_gt",    bpchar_pattern_gt },
    {"bpchar_pattern_ge",    bpchar_pattern_ge },
    {"btbpchar_pattern_cmp", bpchar_pattern_cmp},
    {"text_starts_with",     starts_with       },
    {"nameeq",               text_eq           },
    {"namene",               text_ne           },
    {"namelt",               text_lt           },
    {"namele",               text_le           },
    {"namegt",               text_gt           },
    {"namege",               text_ge           },
    {"btnamecmp",            text_cmp          },
    {"nameeqtext",           text_eq           },
    {"namenetext",           text_ne           },
    {"namelttext",           text_lt           },
    {"nameletext",           text_le           },
    {"namegttext",           text_gt           },
    {"namegetext",           text_ge           },
    {"btnametextcmp",        text_cmp          },
    {"texteqname",           text_eq           },
    {"textnename",           text_ne           },
    {"textltname",           text_lt           },
    {"textlename",           text_le           },
    {"textgtname",           text_gt           },
    {"textgename",           text_ge           },
    {"bttextnamecmp",        text_cmp          },
    {NULL,                   NULL              },
};
