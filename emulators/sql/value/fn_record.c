/* Comparison of rows: by their columns' types, and by the columns' bytes ("image"). */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/record.h"

static bool fail_counts(struct sql_call *call)
{
    return sql_fail(call->env->error, "42804",
                    "cannot compare record types with different numbers of columns");
}

static const struct sql_type *type_of(struct sql_call *call, const struct sql_record *record,
                                      uint32_t column)
{
    return sql_call_find_type(call, sql_record_column_type(record, column));
}

static bool fail_types(struct sql_call *call, const struct sql_type *a, const struct sql_type *b,
                       uint32_t index)
{
    struct slice x = sql_type_shown(call, a);
    struct slice y = sql_type_shown(call, b);
    return sql_fail(call->env->error, "42804",
                    "cannot compare dissimilar column types %.*s and %.*s at record column %u",
                    SLICE_ARG(x), SLICE_ARG(y), (unsigned)index + 1);
}

/* Both rows have columns of the same types, all of which can be compared. */
static bool comparable(struct sql_call *call, const struct sql_record *a,
                       const struct sql_record *b, const char *what)
{
    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        const struct sql_type *x = type_of(call, a, i);
        const struct sql_type *y = type_of(call, b, i);
        if (!x || !y)
            return false;
        if (x->id != y->id)
            return fail_types(call, x, y, i);
        if (!x->ops->compare)
            return sql_fail(call->env->error, "42883", "could not identify %s for type %.*s", what,
                            SLICE_ARG(sql_type_shown(call, x)));
    }
    return a->count == b->count || fail_counts(call);
}

static bool compare(struct sql_call *call, const struct datum *args, const char *what, int *out)
{
    struct sql_record a, b;
    sql_record_open(call->env, args[0], &a);
    sql_record_open(call->env, args[1], &b);
    if (!comparable(call, &a, &b, what))
        return false;
    *out = sql_record_ops.compare(call, NULL, args[0], args[1]);
    return true;
}

static int compare_columns(const struct sql_record *a, const struct sql_record *b, uint32_t i)
{
    struct datum p = sql_record_get(a, i);
    struct datum q = sql_record_get(b, i);
    if (p.null || q.null)
        return p.null - q.null;
    if (sql_record_by_value(a, i))
        return (p.u > q.u) - (p.u < q.u);
    return slice_compare(datum_slice(p), datum_slice(q));
}

static bool compare_images(struct sql_call *call, const struct datum *args, int *out)
{
    struct sql_record a, b;
    sql_record_open(call->env, args[0], &a);
    sql_record_open(call->env, args[1], &b);
    *out = 0;
    for (uint32_t i = 0; i < a.count && i < b.count && *out == 0; i++) {
        const struct sql_type *x = type_of(call, &a, i);
        const struct sql_type *y = type_of(call, &b, i);
        if (!x || !y)
            return false;
        if (x->id != y->id)
            return fail_types(call, x, y, i);
        *out = compare_columns(&a, &b, i);
    }
    return a.count == b.count || *out != 0 || fail_counts(call);
}

#define EQUALITY "an equality operator"
#define ORDERING "a comparison function"

#define RECORD_COMPARISON(name, what, condition)                                                  \
    static bool record_##name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                             \
        int order;                                                                                \
        return compare(call, args, what, &order) && sql_give_bool(out, order condition 0);        \
    }                                                                                             \
    static bool image_##name(struct sql_call *call, const struct datum *args, struct datum *out)  \
    {                                                                                             \
        int order;                                                                                \
        return compare_images(call, args, &order) && sql_give_bool(out, order condition 0);       \
    }

RECORD_COMPARISON(eq, EQUALITY, ==)
RECORD_COMPARISON(ne, EQUALITY, !=)
RECORD_COMPARISON(lt, ORDERING, <)
RECORD_COMPARISON(le, ORDERING, <=)
RECORD_COMPARISON(gt, ORDERING, >)
RECORD_COMPARISON(ge, ORDERING, >=)

static bool record_cmp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int order;
    return compare(call, args, ORDERING, &order) && sql_give_int(out, (order > 0) - (order < 0));
}

static bool image_cmp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int order;
    return compare_images(call, args, &order) && sql_give_int(out, (order > 0) - (order < 0));
}

const struct sql_builtin sql_record_builtins[] = {
    {"record_eq",        record_eq },
    {"record_ne",        record_ne },
    {"record_lt",        record_lt },
    {"record_le",        record_le },
    {"record_gt",        record_gt },
    {"record_ge",        record_ge },
    {"btrecordcmp",      record_cmp},
    {"record_image_eq",  image_eq  },
    {"record_image_ne",  image_ne  },
    {"record_image_lt",  image_lt  },
    {"record_image_le",  image_le  },
    {"record_image_gt",  image_gt  },
    {"record_image_ge",  image_ge  },
    {"btrecordimagecmp", image_cmp },
    {NULL,               NULL      },
};
