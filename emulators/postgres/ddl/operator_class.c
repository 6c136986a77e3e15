/* CREATE OPERATOR FAMILY, CREATE OPERATOR CLASS, ALTER OPERATOR FAMILY. They are kept and shown; indexes
 * order by the types' own rules and refuse classes that are not built in or an extension's. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

/* How many operators and support functions a method knows; 0 operators: any number. */
static const struct limits {
    const char *method;
    int32_t operators, functions;
} limits[] = {
    {"btree",  5, 5 },
    {"hash",   1, 3 },
    {"gist",   0, 11},
    {"gin",    0, 7 },
    {"spgist", 0, 7 },
    {"brin",   0, 15},
};
enum { NUMBER_MAX = 32767 };

/* The family that members are put into or taken out of. */
struct change {
    struct pg_ddl *ddl;
    struct slice method_name, family_name;
    uint32_t method, family;
    uint32_t input; /* CREATE OPERATOR CLASS: its type */
    uint32_t key;   /* STORAGE */
};

/* ---- families */

static bool check_superuser(struct pg_ddl *ddl, const char *what)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    return (role && role->superuser) ||
           sql_fail(ddl->env->error, "42501", "must be superuser to %s", what);
}

static bool find_method(struct pg_ddl *ddl, struct slice name, uint32_t *out)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    *out = 0;
    for (uint32_t i = 0; i < dialect->methods_count; i++)
        if (slice_eq_str(name, dialect->methods[i].name))
            *out = dialect->methods[i].id;
    return *out || sql_fail(ddl->env->error, "42704",
                            "access method \"" SLICE_FMT "\" does not exist", SLICE_ARG(name));
}

static uint32_t stored_family(struct pg_ddl *ddl, uint32_t schema, struct slice name,
                              uint32_t method)
{
    uint32_t id = 0;
    const struct sql_object *next;
    while ((next = sql_next_object(ddl->session, pg_classes(ddl)->operator_family, id))) {
        const struct sql_family_object *family = (const void *)next;
        id = next->id + 1;
        if (family->method == method && (!schema || next->schema == schema) &&
            slice_eq(next->name, name))
            return next->id;
    }
    return 0;
}

static uint32_t find_family(struct pg_ddl *ddl, const struct ast_names *names, uint32_t method)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    struct slice schema, name;
    if (!pg_name_split(ddl, names, &schema, &name))
        return 0;
    const struct sql_schema *in = schema.ptr ? sql_find_schema(ddl->session, schema) : NULL;
    uint32_t id = stored_family(ddl, in ? in->object.id : 0, name, method);
    for (uint32_t i = 0; !id && i < dialect->families_count; i++)
        if (dialect->families[i].method == method && slice_eq_str(name, dialect->families[i].name))
            id = dialect->families[i].id;
    return id;
}

static bool make_family(struct pg_ddl *ddl, uint32_t schema, struct slice name, uint32_t method,
                        uint32_t *out)
{
    struct sql_family_object family = {
        .object = {.class_id = pg_classes(ddl)->operator_family,
                   .schema = schema,
                   .owner = ddl->session->role,
                   .name = name,
                   .acl_default = true},
        .method = method
    };
    if (!sql_catalog_create(ddl->env, &family.object))
        return false;
    *out = family.object.id;
    return sql_depend(ddl->env, pg_whole(family.object.class_id, *out),
                      pg_whole(pg_classes(ddl)->schema, schema), 'n');
}

bool pg_create_op_family(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_op_family *ast = AST_AS(create_op_family, node);
    uint32_t schema, method, id;
    struct slice name;
    if (!pg_name_qualified(ddl, &ast->name, &schema, &name) ||
        !find_method(ddl, ast->method, &method) ||
        !check_superuser(ddl, "create an operator family"))
        return false;
    if (stored_family(ddl, schema, name, method))
        return sql_fail(ddl->env->error, "42710",
                        "operator family \"" SLICE_FMT "\" for access method \"" SLICE_FMT
                        "\" already exists",
                        SLICE_ARG(name), SLICE_ARG(ast->method));
    return make_family(ddl, schema, name, method, &id);
}

/* ---- members */

static bool check_number(const struct change *change, const struct ast_op_class_item *item)
{
    bool function = item->type == AST_OP_CLASS_FUNCTION;
    int32_t max = 0;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (slice_eq_str(change->method_name, limits[i].method))
            max = function ? limits[i].functions : limits[i].operators;
    if (max == 0)
        max = NUMBER_MAX;
    return (item->number >= 1 && item->number <= max) ||
           sql_fail(change->ddl->env->error, "42P17",
                    "invalid %s number %d, must be between 1 and %d",
                    function ? "function" : "operator", item->number, max);
}

static bool read_types(const struct change *change, const struct ast_list *list, uint32_t types[2])
{
    int32_t typmod;
    for (uint32_t i = 0; i < list->count && i < 2; i++)
        if (!sql_analyze_type_name(change->ddl->env, list->items[i], &types[i], &typmod))
            return false;
    if (list->count == 1)
        types[1] = types[0];
    return list->count <= 2 || sql_fail(change->ddl->env->error, "42601",
                                        "one or two argument types must be specified");
}

static struct slice member_key(const struct change *change, const struct sql_family_member *member)
{
    return arena_printf(change->ddl->arena, "%u %u %u %u %c", change->family, member->left,
                        member->right, (unsigned)member->number,
                        member->purpose ? member->purpose : ' ');
}

static bool find_operator(const struct change *change, const struct ast_op_class_item *item,
                          struct sql_family_member *member)
{
    struct pg_ddl *ddl = change->ddl;
    const struct sql_operator *op;
    uint32_t types[2] = {change->input, change->input};
    if (!item->name->args.count && !change->input)
        return sql_fail(ddl->env->error, "42601",
                        "operator argument types must be specified in ALTER OPERATOR FAMILY");
    if (item->name->args.count) {
        if (!pg_resolve_operator(ddl, item->name, false, &op))
            return false;
    } else {
        struct slice name = item->name->name.items[item->name->name.count - 1];
        op = sql_find_operator(ddl->session, name, types[0], types[1]);
        if (!op)
            return sql_fail(ddl->env->error, "42883",
                            "operator does not exist: " SLICE_FMT " " SLICE_FMT " " SLICE_FMT,
                            SLICE_ARG(pg_type_text(ddl->session, ddl->arena, types[0])),
                            SLICE_ARG(name),
                            SLICE_ARG(pg_type_text(ddl->session, ddl->arena, types[1])));
    }
    bool orders = item->order_family.count;
    if (orders &&
        (slice_eq_str(change->method_name, "btree") || slice_eq_str(change->method_name, "hash")))
        return sql_fail(ddl->env->error, "42P17",
                        "access method \"" SLICE_FMT "\" does not support ordering operators",
                        SLICE_ARG(change->method_name));
    member->left = op->left;
    member->right = op->right;
    member->member = op->object.id;
    member->purpose = orders ? 'o' : 's';
    if (orders)
        member->sort_family =
            find_family(ddl, &item->order_family, ddl->session->dialect->btree_method);
    return true;
}

static bool find_function(const struct change *change, const struct ast_op_class_item *item,
                          struct sql_family_member *member)
{
    const struct sql_routine *routine;
    uint32_t types[2] = {change->input, change->input};
    if (!pg_resolve_routine(change->ddl, item->name, SQL_ROUTINE_FUNCTION, false, &routine) ||
        !read_types(change, &item->class_args, types))
        return false;
    bool compares = slice_eq_str(change->method_name, "btree") && item->number == 1;
    if (!item->class_args.count && compares && routine->arg_count == 2)
        memcpy(types, routine->arg_types, sizeof types);
    if (!types[0])
        return sql_fail(change->ddl->env->error, "42P17",
                        "associated data types must be specified for index support function");
    if (compares && routine->arg_count != 2)
        return sql_fail(change->ddl->env->error, "42P17",
                        "btree comparison functions must have two arguments");
    if (compares && routine->result_type != change->ddl->session->dialect->types_of.int4)
        return sql_fail(change->ddl->env->error, "42P17",
                        "btree comparison functions must return integer");
    member->left = types[0];
    member->right = types[1];
    member->member = routine->object.id;
    return true;
}

static bool add_member(const struct change *change, const struct ast_op_class_item *item)
{
    struct pg_ddl *ddl = change->ddl;
    const struct sql_class_ids *ids = pg_classes(ddl);
    bool function = item->type == AST_OP_CLASS_FUNCTION;
    struct sql_family_member member = {.family = change->family, .number = (uint16_t)item->number};
    if (!check_number(change, item) ||
        (function ? !find_function(change, item, &member) : !find_operator(change, item, &member)))
        return false;
    member.object = (struct sql_object){
        .class_id = function ? ids->method_function : ids->method_operator,
        .owner = ddl->session->role,
        .name = member_key(change, &member),
        .acl_default = true,
    };
    if (sql_find_object_name(ddl->session, member.object.class_id, 0, member.object.name))
        return sql_fail(ddl->env->error, "42710",
                        "%s %d(" SLICE_FMT "," SLICE_FMT
                        ") already exists in operator family \"" SLICE_FMT "\"",
                        function ? "function" : "operator", item->number,
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, member.left)),
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, member.right)),
                        SLICE_ARG(change->family_name));
    if (!sql_catalog_create(ddl->env, &member.object))
        return false;
    struct sql_reference of = pg_whole(member.object.class_id, member.object.id);
    return sql_depend(ddl->env, of, pg_whole(ids->operator_family, change->family), 'a') &&
           sql_depend(ddl->env, of,
                      pg_whole(function ? ids->routine : ids->operator_, member.member), 'n');
}

static bool remove_member(const struct change *change, const struct ast_op_class_item *item)
{
    struct pg_ddl *ddl = change->ddl;
    const struct sql_class_ids *ids = pg_classes(ddl);
    bool function = item->type == AST_OP_CLASS_FUNCTION;
    uint32_t class_id = function ? ids->method_function : ids->method_operator;
    struct sql_family_member member = {.number = (uint16_t)item->number,
                                       .purpose = function ? 0 : 's'};
    uint32_t types[2] = {0};
    if (!check_number(change, item) || !read_types(change, &item->class_args, types))
        return false;
    member.left = types[0];
    member.right = types[1];
    const struct sql_object *found =
        sql_find_object_name(ddl->session, class_id, 0, member_key(change, &member));
    if (found)
        return sql_catalog_drop(ddl->env, class_id, found->id);
    return sql_fail(ddl->env->error, "42704",
                    "%s %d(" SLICE_FMT "," SLICE_FMT
                    ") does not exist in operator family \"" SLICE_FMT "\"",
                    function ? "function" : "operator", item->number,
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, types[0])),
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, types[1])),
                    SLICE_ARG(change->family_name));
}

static bool add_items(struct change *change, const struct ast_list *items)
{
    int32_t typmod;
    for (uint32_t i = 0; i < items->count; i++) {
        const struct ast_op_class_item *item = AST_AS(op_class_item, items->items[i]);
        if (item->type != AST_OP_CLASS_STORAGE) {
            if (!add_member(change, item))
                return false;
            continue;
        }
        if (!change->input)
            return sql_fail(change->ddl->env->error, "42601",
                            "STORAGE cannot be specified in ALTER OPERATOR FAMILY");
        if (!sql_analyze_type_name(change->ddl->env, &item->storage->node, &change->key, &typmod))
            return false;
    }
    return true;
}

bool pg_alter_op_family(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_op_family *ast = AST_AS(alter_op_family, node);
    struct change change = {.ddl = ddl, .method_name = ast->method};
    struct slice schema;
    if (!pg_name_split(ddl, &ast->name, &schema, &change.family_name) ||
        !find_method(ddl, ast->method, &change.method))
        return false;
    change.family = find_family(ddl, &ast->name, change.method);
    if (!change.family)
        return sql_fail(ddl->env->error, "42704",
                        "operator family \"" SLICE_FMT
                        "\" does not exist for access method \"" SLICE_FMT "\"",
                        SLICE_ARG(pg_ddl_names_text(ddl, &ast->name)), SLICE_ARG(ast->method));
    if (!check_superuser(ddl, "alter an operator family"))
        return false;
    if (!ast->drop)
        return add_items(&change, &ast->items);
    for (uint32_t i = 0; i < ast->items.count; i++)
        if (!remove_member(&change, AST_AS(op_class_item, ast->items.items[i])))
            return false;
    return true;
}

/* ---- classes */

static bool check_class(struct change *change, const struct sql_class_object *class)
{
    struct pg_ddl *ddl = change->ddl;
    uint32_t id = 0;
    const struct sql_object *next;
    while ((next = sql_next_object(ddl->session, class->object.class_id, id))) {
        const struct sql_class_object *other = (const void *)next;
        id = next->id + 1;
        if (other->info.method != change->method)
            continue;
        if (next->schema == class->object.schema && slice_eq(next->name, class->object.name))
            return sql_fail(ddl->env->error, "42710",
                            "operator class \"" SLICE_FMT "\" for access method \"" SLICE_FMT
                            "\" already exists",
                            SLICE_ARG(next->name), SLICE_ARG(change->method_name));
        if (class->info.is_default && other->info.is_default &&
            other->info.input == class->info.input)
            return sql_fail(ddl->env->error, "42710",
                            "could not make operator class \"" SLICE_FMT
                            "\" be default for type " SLICE_FMT,
                            SLICE_ARG(class->object.name),
                            SLICE_ARG(pg_type_text(ddl->session, ddl->arena, class->info.input)));
    }
    return true;
}

static bool choose_family(struct change *change, const struct ast_create_op_class *ast,
                          uint32_t schema)
{
    struct pg_ddl *ddl = change->ddl;
    change->family = ast->family.count
                         ? find_family(ddl, &ast->family, change->method)
                         : stored_family(ddl, schema, change->family_name, change->method);
    if (change->family)
        return true;
    if (ast->family.count)
        return sql_fail(ddl->env->error, "42704",
                        "operator family \"" SLICE_FMT
                        "\" does not exist for access method \"" SLICE_FMT "\"",
                        SLICE_ARG(pg_ddl_names_text(ddl, &ast->family)), SLICE_ARG(ast->method));
    return make_family(ddl, schema, change->family_name, change->method, &change->family);
}

bool pg_create_op_class(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_op_class *ast = AST_AS(create_op_class, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct change change = {.ddl = ddl, .method_name = ast->method};
    struct sql_class_object class = {
        .object = {
                   .class_id = ids->operator_class, .owner = ddl->session->role, .acl_default = true}
    };
    int32_t typmod;
    if (!pg_name_qualified(ddl, &ast->name, &class.object.schema, &class.object.name) ||
        !find_method(ddl, ast->method, &change.method) ||
        !check_superuser(ddl, "create an operator class") ||
        !sql_analyze_type_name(ddl->env, &ast->type->node, &change.input, &typmod))
        return false;
    change.family_name = class.object.name;
    class.info.method = change.method;
    class.info.input = change.input;
    class.info.is_default = ast->is_default;
    if (!check_class(&change, &class) || !choose_family(&change, ast, class.object.schema) ||
        !add_items(&change, &ast->items))
        return false;
    class.info.family = change.family;
    class.info.key = change.key == change.input ? 0 : change.key;
    if (!sql_catalog_create(ddl->env, &class.object))
        return false;
    struct sql_reference of = pg_whole(ids->operator_class, class.object.id);
    return sql_depend(ddl->env, of, pg_whole(ids->schema, class.object.schema), 'n') &&
           sql_depend(ddl->env, of, pg_whole(ids->operator_family, change.family), 'a') &&
           sql_depend(ddl->env, of, pg_whole(ids->type, change.input), 'n');
}
