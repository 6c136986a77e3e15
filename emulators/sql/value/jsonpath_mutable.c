/* Does a path give the same values whatever the session's time zone is? */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/format_pattern.h"
#include "emulators/sql/value/json_query.h"

/* What a step's values are, as far as the path alone tells. */
enum kind { NO_TIME, TIME_WITHOUT_ZONE, TIME_WITH_ZONE, SOME_TIME };

struct look {
    struct sql_call *call;
    const struct sql_json_passing *passing;
    enum kind current; /* of @ */
    bool lax;
    bool mutable;
};

static enum kind look_at(struct look *look, const struct sql_path_node *node);

static enum kind kind_of_type(const struct sql_type *type)
{
    if (type->kind == SQL_TYPE_DOMAIN)
        return NO_TIME;
    if (type->ops == &sql_timetz_ops || type->ops == &sql_timestamptz_ops)
        return TIME_WITH_ZONE;
    return type->ops == &sql_date_ops || type->ops == &sql_time_ops ||
                   type->ops == &sql_timestamp_ops
               ? TIME_WITHOUT_ZONE
               : NO_TIME;
}

static enum kind kind_of_variable(const struct look *look, struct slice name)
{
    for (uint32_t i = 0; i < look->passing->count; i++)
        if (slice_eq(look->passing->names[i], name))
            return kind_of_type(look->passing->types[i]);
    return NO_TIME;
}

static enum kind kind_of_template(struct look *look, struct slice template)
{
    const struct sql_pattern_node *node =
        template.ptr ? sql_pattern_parse(look->call->arena, template) : NULL;
    if (!node)
        return SOME_TIME;
    for (; node->type != SQL_NODE_END; node++)
        if (node->type == SQL_NODE_FIELD && (node->key == SQL_KEY_TZ || node->key == SQL_KEY_TZH ||
                                             node->key == SQL_KEY_TZM || node->key == SQL_KEY_OF))
            return TIME_WITH_ZONE;
    return TIME_WITHOUT_ZONE;
}

/* Times with and without zone are compared by the session's. */
static void look_at_comparison(struct look *look, const struct sql_path_node *node)
{
    enum kind left = look_at(look, node->left), right = look_at(look, node->right);
    look->mutable |= left != NO_TIME && right != NO_TIME &&
                     (left == SOME_TIME || right == SOME_TIME || left != right);
}

static void look_at_filter(struct look *look, const struct sql_path_node *node, enum kind before)
{
    enum kind outer = look->current;
    look->current = before;
    look_at(look, node->left);
    look->current = outer;
}

static void look_at_indexes(struct look *look, const struct sql_path_node *node)
{
    for (uint32_t i = 0; i < node->range_count; i++) {
        look_at(look, node->ranges[i].from);
        if (node->ranges[i].to)
            look_at(look, node->ranges[i].to);
    }
}

/* What one step makes of values of a kind. */
static enum kind look_at_step(struct look *look, const struct sql_path_node *node, enum kind before)
{
    switch (node->kind) {
    case SQL_PATH_ROOT: return before;
    case SQL_PATH_CURRENT: return look->current;
    case SQL_PATH_VARIABLE: return kind_of_variable(look, node->text);
    case SQL_PATH_FILTER: look_at_filter(look, node, before); return before;
    case SQL_PATH_INDEXES: look_at_indexes(look, node); return look->lax ? before : NO_TIME;
    case SQL_PATH_ANY_ARRAY: return look->lax ? before : NO_TIME;
    case SQL_PATH_ANY: return node->first > 0 ? NO_TIME : before;
    case SQL_PATH_DATETIME: return kind_of_template(look, node->text);
    case SQL_PATH_METHOD:
        /* Their casts are by the session's zone. */
        look->mutable |= node->method >= SQL_PATH_TO_DATE;
        return node->method >= SQL_PATH_TO_DATE ? TIME_WITHOUT_ZONE : NO_TIME;
    case SQL_PATH_EQUAL:
    case SQL_PATH_NOT_EQUAL:
    case SQL_PATH_LESS:
    case SQL_PATH_GREATER:
    case SQL_PATH_LESS_EQUAL:
    case SQL_PATH_GREATER_EQUAL: look_at_comparison(look, node); return NO_TIME;
    default: break;
    }
    if (node->left)
        look_at(look, node->left);
    if (node->right)
        look_at(look, node->right);
    return NO_TIME;
}

static enum kind look_at(struct look *look, const struct sql_path_node *node)
{
    enum kind kind = NO_TIME;
    for (; node && !look->mutable; node = node->next)
        kind = look_at_step(look, node, kind);
    return kind;
}

bool sql_json_path_is_mutable(struct sql_call *call, struct slice path,
                              const struct sql_json_passing *passing)
{
    struct look look = {.call = call, .passing = passing};
    struct sql_path read;
    if (!sql_path_parse(call, path, &read))
        return true;
    look.lax = !read.strict;
    look_at(&look, read.top);
    return look.mutable;
}
