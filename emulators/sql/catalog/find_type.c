/* Look-ups of types and of how they are ordered. */
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/catalog/row_shape.h"
#include "emulators/sql/instance.h"

const struct sql_type_object *sql_find_type_object(struct sql_session *session, uint32_t id)
{
    return id < session->dialect->first_free_id
               ? NULL
               : (const struct sql_type_object *)(const void *)sql_find_object(
                     session, session->dialect->classes_of.type, id);
}

const struct sql_type *sql_find_type_id(struct sql_session *session, uint32_t id)
{
    if (id < session->dialect->first_free_id)
        return sql_builtin_type_id(session->dialect, id);
    if (sql_is_row_shape(id))
        return sql_row_shape_type(session->instance->row_shapes, id);
    const struct sql_type_object *found = sql_find_type_object(session, id);
    return found ? &found->type : NULL;
}

const struct sql_type *sql_find_type(struct sql_session *session, struct slice schema,
                                     struct slice name)
{
    const struct sql_dialect *dialect = session->dialect;
    uint32_t only;
    struct sql_search search;
    if (!sql_search_begin(session, schema, &only, &search))
        return NULL;
    for (uint16_t i = 0; i < search.count; i++) {
        const struct sql_type *builtin =
            sql_schema_is_builtin(dialect, search.schemas[i])
                ? sql_builtin_type_named(dialect, search.schemas[i], name)
                : NULL;
        if (builtin)
            return builtin;
        const struct sql_object *found =
            sql_find_object_name(session, dialect->classes_of.type, search.schemas[i], name);
        if (found)
            return &((const struct sql_type_object *)(const void *)found)->type;
    }
    return NULL;
}

/* The polymorphic type whose operators serve all types of a kind; 0: each has its own. */
static uint32_t common_type(const struct sql_dialect *dialect, const struct sql_type *type)
{
    switch (type->kind) {
    case SQL_TYPE_ENUM: return dialect->types_of.anyenum;
    case SQL_TYPE_RANGE: return dialect->types_of.anyrange;
    case SQL_TYPE_MULTIRANGE: return dialect->types_of.anymultirange;
    case SQL_TYPE_COMPOSITE: return dialect->types_of.record;
    default: return type->element && type->len < 0 ? dialect->types_of.anyarray : 0;
    }
}

/* What the members of a type can do decides what the type can: arrays of json have no order. */
static bool members_ordered(struct sql_session *session, const struct sql_type *type,
                            bool *hashable)
{
    struct sql_type_order order;
    if (type->kind == SQL_TYPE_COMPOSITE) {
        const struct sql_relation *relation = sql_find_relation_id(session, type->relation);
        for (uint16_t i = 0; relation && i < relation->column_count; i++) {
            if (relation->columns[i].dropped)
                continue;
            order = sql_find_type_order(session, relation->columns[i].type);
            if (!order.lt)
                return false;
            *hashable = *hashable && order.hashable;
        }
        return true;
    }
    uint32_t member = type->element && type->len < 0 ? type->element : 0;
    const struct sql_range_info *range = type->extra;
    if (type->kind == SQL_TYPE_RANGE && range)
        member = range->subtype;
    if (!member)
        return true;
    order = sql_find_type_order(session, member);
    *hashable = *hashable && order.hashable;
    return order.lt != 0;
}

/* A base type that a user made: by the default class that he made for it. */
static struct sql_type_order order_of_class(struct sql_session *session, uint32_t type)
{
    const struct sql_dialect *dialect = session->dialect;
    struct sql_type_order order = {0};
    const struct sql_object *next = NULL;
    uint32_t class_id = dialect->classes_of.operator_class, id = 0;
    while ((next = sql_next_object(session, class_id, id))) {
        const struct sql_class_object *found = (const void *)next;
        id = next->id + 1;
        if (!found->info.is_default || found->info.input != type)
            continue;
        if (found->info.method == dialect->hash_method) {
            order.hashable = true;
        } else if (found->info.method == dialect->btree_method) {
            order.lt = sql_find_family_operator(session, found->info.family, type, type, SQL_LT);
            order.eq = sql_find_family_operator(session, found->info.family, type, type, SQL_EQ);
            order.gt = sql_find_family_operator(session, found->info.family, type, type, SQL_GT);
        }
    }
    return order;
}

struct sql_type_order sql_find_type_order(struct sql_session *session, uint32_t type_id)
{
    struct sql_type_order order = sql_builtin_type_order(session->dialect, type_id);
    if (order.eq)
        return order;
    const struct sql_type *type = sql_find_type_id(session, type_id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(session, type->base);
    if (!type)
        return order;
    order = sql_builtin_type_order(session->dialect, type->id);
    uint32_t common = order.eq ? 0 : common_type(session->dialect, type);
    if (common) {
        order = sql_builtin_type_order(session->dialect, common);
        if (!members_ordered(session, type, &order.hashable))
            return (struct sql_type_order){0};
    } else if (!order.eq && type->id >= session->dialect->first_free_id) {
        order = order_of_class(session, type->id);
    }
    return order;
}

/* What a user added to a family. */
static uint32_t find_member(struct sql_session *session, uint32_t class_id, uint32_t family,
                            const uint32_t types[2], unsigned number)
{
    const struct sql_object *next = NULL;
    for (uint32_t id = 0; (next = sql_next_object(session, class_id, id)); id = next->id + 1) {
        const struct sql_family_member *member = (const void *)next;
        if (member->family == family && member->left == types[0] && member->right == types[1] &&
            member->number == number)
            return member->member;
    }
    return 0;
}

uint32_t sql_find_family_operator(struct sql_session *session, uint32_t family, uint32_t left,
                                  uint32_t right, unsigned strategy)
{
    uint32_t found = sql_builtin_family_operator(session->dialect, family, left, right, strategy);
    return found ? found
                 : find_member(session, session->dialect->classes_of.method_operator, family,
                               (const uint32_t[]){left, right}, strategy);
}

uint32_t sql_find_family_function(struct sql_session *session, uint32_t family, uint32_t left,
                                  uint32_t right, unsigned number)
{
    uint32_t found = sql_builtin_family_function(session->dialect, family, left, right, number);
    return found ? found
                 : find_member(session, session->dialect->classes_of.method_function, family,
                               (const uint32_t[]){left, right}, number);
}
