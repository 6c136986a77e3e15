/* The constructors that come with a range type: name(lower, upper [, bounds]) and those of its
 * multirange. */
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/relation.h"
#include "emulators/sql/value/builtins.h"

struct constructor {
    const char *source;
    uint16_t arg_count;
    bool variadic;
};

static bool make_one(struct pg_ddl *ddl, const struct sql_type_object *type,
                     const struct constructor *from, const uint32_t *args, uint32_t element)
{
    struct sql_routine routine = {
        .object = {.class_id = pg_classes(ddl)->routine,
                   .schema = type->object.schema,
                   .owner = type->object.owner,
                   .name = type->object.name,
                   .acl_default = true},
        .kind = SQL_ROUTINE_FUNCTION,
        .volatility = 'i',
        .parallel = 's',
        .language = 12,
        .result_type = type->object.id,
        .arg_count = from->arg_count,
        .arg_types = args,
        .variadic_element = from->variadic ? element : 0,
        .cost = 1,
        .source = slice_str(from->source),
        .call = sql_builtin_find(slice_str(from->source)),
    };
    if (!sql_catalog_create(ddl->env, &routine.object))
        return false;
    return sql_depend(ddl->env, pg_whole(pg_classes(ddl)->routine, routine.object.id),
                      pg_whole(pg_classes(ddl)->type, type->object.id), 'i');
}

bool pg_range_functions_make(struct pg_ddl *ddl, const struct sql_type_object *range,
                             const struct sql_type_object *multirange)
{
    static const struct constructor of_range[] = {
        {"range_constructor2", 2, false},
        {"range_constructor3", 3, false}
    };
    static const struct constructor of_multirange[] = {
        {"multirange_constructor0", 0, false},
        {"multirange_constructor1", 1, false},
        {"multirange_constructor2", 1, true }
    };
    uint32_t subtype = range->range.subtype;
    const uint32_t bounds[] = {subtype, subtype, ddl->session->dialect->types_of.text};
    const uint32_t one[] = {range->object.id};
    const uint32_t many[] = {range->type.array};
    for (size_t i = 0; i < 2; i++)
        if (!make_one(ddl, range, &of_range[i], bounds, 0))
            return false;
    for (size_t i = 0; i < 3; i++)
        if (!make_one(ddl, multirange, &of_multirange[i], of_multirange[i].variadic ? many : one,
                      range->object.id))
            return false;
    return true;
}
