#include "emulators/sql/dialect.h"

/* Position of `id` in a table ordered by id whose rows are `size` bytes and have a 16-bit id at
 * `offset`; -1: none. */
static int find_u16(const void *rows, uint32_t count, size_t size, size_t offset, uint32_t id)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        uint16_t here;
        memcpy(&here, (const uint8_t *)rows + middle * size + offset, sizeof here);
        if (here == id)
            return (int)middle;
        if (here < id)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

#define FIND(table, count, type, member, id) \
    find_u16(table, count, sizeof(type), offsetof(type, member), id)

static struct slice pool_text(const struct sql_dialect *dialect, uint32_t at)
{
    return slice_str(dialect->text + at);
}

const struct sql_type *sql_builtin_type_id(const struct sql_dialect *dialect, uint32_t id)
{
    uint32_t low = 0, high = dialect->types_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct sql_type *here = &dialect->types[middle];
        if (here->id == id)
            return here;
        if (here->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct sql_type *sql_builtin_type_named(const struct sql_dialect *dialect, uint32_t schema,
                                              struct slice name)
{
    uint32_t low = 0, high = dialect->types_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct sql_type *here = &dialect->types[dialect->types_by_name[middle]];
        int order = slice_compare(here->name, name);
        if (!order)
            order = (here->schema > schema) - (here->schema < schema);
        if (!order)
            return here;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct sql_operator *sql_builtin_operator_id(const struct sql_dialect *dialect, uint32_t id)
{
    uint32_t low = 0, high = dialect->operators_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct sql_operator *here = &dialect->operators[middle];
        if (here->object.id == id)
            return here;
        if (here->object.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The run of equal names in a table that is ordered by name. */
static uint32_t find_run(const struct sql_dialect *dialect, uint32_t count, struct slice name,
                         struct slice (*name_at)(const struct sql_dialect *dialect, uint32_t at),
                         uint32_t *first)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (slice_compare(name_at(dialect, middle), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < count && slice_eq(name_at(dialect, low), name))
        low++;
    return low - *first;
}

static struct slice operator_name(const struct sql_dialect *dialect, uint32_t at)
{
    return dialect->operators[dialect->operators_by_name[at]].object.name;
}

static struct slice routine_name(const struct sql_dialect *dialect, uint32_t at)
{
    return pool_text(dialect, dialect->routines[dialect->routines_by_name[at]].name);
}

static struct slice relation_name(const struct sql_dialect *dialect, uint32_t at)
{
    return pool_text(dialect, dialect->relations[dialect->relations_by_name[at]].name);
}

uint32_t sql_builtin_operators_named(const struct sql_dialect *dialect, struct slice name,
                                     uint32_t *first)
{
    return find_run(dialect, dialect->operators_count, name, operator_name, first);
}

uint32_t sql_builtin_routines_named(const struct sql_dialect *dialect, struct slice name,
                                    uint32_t *first)
{
    return find_run(dialect, dialect->routines_count, name, routine_name, first);
}

const struct sql_cast *sql_builtin_cast(const struct sql_dialect *dialect, uint32_t source,
                                        uint32_t target)
{
    uint32_t low = 0, high = dialect->casts_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct sql_cast *here = &dialect->casts[middle];
        if (here->source == source && here->target == target)
            return here;
        if (here->source < source || (here->source == source && here->target < target))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct sql_type_order sql_builtin_type_order(const struct sql_dialect *dialect, uint32_t type)
{
    int at = FIND(dialect->orders, dialect->orders_count, struct sql_builtin_order, type, type);
    return at < 0 ? (struct sql_type_order){0} : dialect->orders[at].order;
}

int sql_builtin_routine_id(const struct sql_dialect *dialect, uint32_t id)
{
    return FIND(dialect->routines, dialect->routines_count, struct sql_builtin_routine, id, id);
}

const struct sql_builtin_collation *sql_builtin_collation_id(const struct sql_dialect *dialect,
                                                             uint32_t id)
{
    int at =
        FIND(dialect->collations, dialect->collations_count, struct sql_builtin_collation, id, id);
    return at < 0 ? NULL : &dialect->collations[at];
}

const struct sql_builtin_collation *sql_builtin_collation_named(const struct sql_dialect *dialect,
                                                                struct slice name)
{
    for (uint32_t i = 0; i < dialect->collations_count; i++)
        if (slice_eq_str(name, dialect->collations[i].name))
            return &dialect->collations[i];
    return NULL;
}

const struct sql_access_method *sql_builtin_method_named(const struct sql_dialect *dialect,
                                                         struct slice name)
{
    for (uint32_t i = 0; i < dialect->methods_count; i++)
        if (slice_eq_str(name, dialect->methods[i].name))
            return &dialect->methods[i];
    return NULL;
}

const struct sql_operator_class *sql_builtin_class_id(const struct sql_dialect *dialect,
                                                      uint32_t id)
{
    for (uint32_t i = 0; i < dialect->operator_classes_count; i++)
        if (dialect->operator_classes[i].id == id)
            return &dialect->operator_classes[i];
    return NULL;
}

static const struct sql_operator_class *default_of_exactly(const struct sql_dialect *dialect,
                                                           uint32_t method, uint32_t type)
{
    for (uint32_t i = 0; i < dialect->operator_classes_count; i++) {
        const struct sql_operator_class *here = &dialect->operator_classes[i];
        if (here->is_default && here->method == method && here->input == type)
            return here;
    }
    return NULL;
}

/* The polymorphic type that classes of a kind of types are for. */
static uint32_t polymorphic_of(const struct sql_dialect *dialect, const struct sql_type *type)
{
    switch (type->kind) {
    case SQL_TYPE_ENUM: return dialect->types_of.anyenum;
    case SQL_TYPE_RANGE: return dialect->types_of.anyrange;
    case SQL_TYPE_MULTIRANGE: return dialect->types_of.anymultirange;
    case SQL_TYPE_COMPOSITE: return dialect->types_of.record;
    default: return type->element && type->len < 0 ? dialect->types_of.anyarray : 0;
    }
}

const struct sql_operator_class *sql_builtin_class_default(const struct sql_dialect *dialect,
                                                           uint32_t method, uint32_t type)
{
    const struct sql_operator_class *found = default_of_exactly(dialect, method, type);
    for (uint32_t i = 0; i < dialect->casts_count && !found; i++) {
        const struct sql_cast *cast = &dialect->casts[i];
        if (cast->source == type && cast->method == 'b' && cast->context == 'i')
            found = default_of_exactly(dialect, method, cast->target);
    }
    const struct sql_type *row = found ? NULL : sql_builtin_type_id(dialect, type);
    return row ? default_of_exactly(dialect, method, polymorphic_of(dialect, row)) : found;
}

const struct sql_operator_class *sql_builtin_class_named(const struct sql_dialect *dialect,
                                                         uint32_t method, struct slice name)
{
    for (uint32_t i = 0; i < dialect->operator_classes_count; i++) {
        const struct sql_operator_class *here = &dialect->operator_classes[i];
        if (here->method == method && slice_eq(here->name, name))
            return here;
    }
    return NULL;
}

uint32_t sql_builtin_family_operator(const struct sql_dialect *dialect, uint32_t family,
                                     uint32_t left, uint32_t right, unsigned strategy)
{
    for (uint32_t i = 0; i < dialect->family_operators_count; i++) {
        const struct sql_family_operator *here = &dialect->family_operators[i];
        if (here->family == family && here->left == left && here->right == right &&
            here->strategy == strategy)
            return here->op;
    }
    return 0;
}

uint32_t sql_builtin_family_function(const struct sql_dialect *dialect, uint32_t family,
                                     uint32_t left, uint32_t right, unsigned number)
{
    for (uint32_t i = 0; i < dialect->family_functions_count; i++) {
        const struct sql_family_function *here = &dialect->family_functions[i];
        if (here->family == family && here->left == left && here->right == right &&
            here->number == number)
            return here->function;
    }
    return 0;
}

int sql_builtin_relation_id(const struct sql_dialect *dialect, uint32_t id)
{
    return FIND(dialect->relations, dialect->relations_count, struct sql_builtin_relation, id, id);
}

int sql_builtin_relation_named(const struct sql_dialect *dialect, uint32_t schema,
                               struct slice name)
{
    uint32_t first,
        count = find_run(dialect, dialect->relations_count, name, relation_name, &first);
    for (uint32_t i = first; i < first + count; i++)
        if (dialect->relations[dialect->relations_by_name[i]].schema == schema)
            return dialect->relations_by_name[i];
    return -1;
}
