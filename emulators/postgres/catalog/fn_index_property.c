/* What an index can do with one of its columns (pg_index_column_has_property). */
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/call.h"

enum property {
    ASCENDING,
    DESCENDING,
    NULLS_FIRST,
    NULLS_LAST,
    ORDERABLE,
    DISTANCE_ORDERABLE,
    RETURNABLE,
    SEARCH_ARRAY,
    SEARCH_NULLS,
    PROPERTIES
};

static const char *const names[PROPERTIES] = {"asc",        "desc",         "nulls_first",
                                              "nulls_last", "orderable",    "distance_orderable",
                                              "returnable", "search_array", "search_nulls"};

enum { BTREE = 403, GIST = 783, BRIN = 3580, SPGIST = 4000 };

static enum property find_property(struct slice name)
{
    int at = 0;
    while (at < PROPERTIES && !slice_eq_str(name, names[at]))
        at++;
    return (enum property)at;
}

/* Of a B-tree's key, whose order is known; the others have none. */
static bool btree_has(enum property property, uint16_t flags)
{
    switch (property) {
    case ASCENDING: return !(flags & 1);
    case DESCENDING: return flags & 1;
    case NULLS_FIRST: return flags & 2;
    case NULLS_LAST: return !(flags & 2);
    default: return property != DISTANCE_ORDERABLE;
    }
}

static bool key_property(struct sql_call *call, const struct sql_index *index,
                         enum property property, uint16_t flags, struct datum *out)
{
    bool by_class = property == DISTANCE_ORDERABLE || property == RETURNABLE;
    if (index->method == BTREE)
        return sql_give_bool(out, btree_has(property, flags));
    if (by_class && (index->method == GIST || index->method == SPGIST))
        return sql_fail(call->env->error, "0A000",
                        "properties of operator classes are not supported");
    return sql_give_bool(
        out, property == SEARCH_NULLS &&
                 (index->method == GIST || index->method == SPGIST || index->method == BRIN));
}

/* NULL: there is no such index, column or property, or it means nothing there. */
static bool column_has_property(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *found =
        sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    const struct sql_index *index = found ? found->index : NULL;
    enum property property = find_property(datum_slice(args[2]));
    int64_t column = args[1].i;
    if (!index || property == PROPERTIES || column < 1 || column > index->column_count)
        return sql_give_null(out);
    if (column <= index->key_count)
        return key_property(call, index, property, index->flags[column - 1], out);
    if (property == RETURNABLE)
        return sql_give_bool(out, true);
    return property == ORDERABLE || property == DISTANCE_ORDERABLE ? sql_give_bool(out, false)
                                                                   : sql_give_null(out);
}

const struct sql_builtin pg_index_property_functions[] = {
    {"pg_index_column_has_property", column_has_property},
    {NULL,                           NULL               },
};
