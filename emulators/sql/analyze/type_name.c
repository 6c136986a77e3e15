/* Names of types and collations. */
#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/catalog/objects.h"

#define TYPE_ARGS_MAX 8

static struct slice joined(struct analysis *a, const struct ast_names *names)
{
    struct slice text = names->items[0];
    for (uint32_t i = 1; i < names->count; i++)
        text = arena_concat(a->env->arena, text, (struct slice)SLICE_LITERAL("."), names->items[i]);
    return text;
}

static bool fail_no_type(struct analysis *a, const struct ast_type_name *name, struct slice text)
{
    const char *brackets = name->array_dimensions ? "[]" : "";
    return fail_at(a, name->node.location, "42704", "type \"" SLICE_FMT "%s\" does not exist",
                   SLICE_ARG(text), brackets);
}

/* table.column%TYPE */
static bool column_type(struct analysis *a, const struct ast_type_name *name, uint32_t *out,
                        int32_t *out_typmod)
{
    const struct ast_names *names = &name->names;
    if (names->count < 2)
        return fail_at(a, name->node.location, "42601",
                       "improper %%TYPE reference (too few dotted names): " SLICE_FMT,
                       SLICE_ARG(joined(a, names)));
    struct slice column = names->items[names->count - 1];
    struct ast_relation relation = {
        .node = {AST_RELATION, name->node.location},
          .name = names->items[names->count - 2]
    };
    if (names->count > 2)
        relation.schema = names->items[names->count - 3];
    const struct sql_relation *of = open_relation(a, &relation, SQL_ACCESS_SHARE);
    for (uint16_t i = 0; of && i < of->column_count; i++)
        if (!of->columns[i].dropped && slice_eq(of->columns[i].name, column)) {
            *out = of->columns[i].type;
            *out_typmod = of->columns[i].typmod;
            return true;
        }
    return of && fail_at(a, name->node.location, "42703",
                         "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                         SLICE_ARG(column), SLICE_ARG(relation.name));
}

/* What a type's arguments are as text: constants and, for user-defined types, plain names. */
static bool typmod_argument(struct analysis *a, const struct ast_node *node, struct slice *out)
{
    const struct ast_const *constant = (const struct ast_const *)node;
    const struct ast_column_ref *ref = (const struct ast_column_ref *)node;
    if (node->kind == AST_CONST && constant->type == AST_CONST_INTEGER)
        *out = arena_printf(a->env->arena, "%d", (int)constant->integer);
    else if (node->kind == AST_CONST &&
             (constant->type == AST_CONST_FLOAT || constant->type == AST_CONST_STRING))
        *out = constant->text;
    else if (node->kind == AST_COLUMN_REF && ref->fields.count == 1 &&
             ref->fields.items[0]->kind == AST_NAME)
        *out = ((const struct ast_name *)ref->fields.items[0])->names.items[0];
    else
        return fail_at(a, node->location, "42601",
                       "type modifiers must be simple constants or identifiers");
    return true;
}

static bool find_typmod(struct analysis *a, const struct ast_type_name *name,
                        const struct sql_type *type, int32_t *out)
{
    struct slice args[TYPE_ARGS_MAX];
    *out = -1;
    if (name->typmods.count == 0)
        return true;
    if (name->typmods.count > TYPE_ARGS_MAX)
        return fail_at(a, name->node.location, "42601", "too many type modifiers");
    for (uint32_t i = 0; i < name->typmods.count; i++)
        if (!typmod_argument(a, name->typmods.items[i], &args[i]))
            return false;
    if (a->rules->typmod(a->env, type, args, name->typmods.count, out))
        return true;
    if (!a->env->error->position && name->node.location >= 0)
        a->env->error->position = (uint32_t)name->node.location + 1;
    return false;
}

/* A type of which nothing but its name is there yet is good for declaring functions alone. */
static bool check_shell(struct analysis *a, const struct ast_type_name *name, uint32_t type)
{
    const struct sql_type_object *object = sql_find_type_object(a->session, type);
    return !object || !object->shell ||
           fail_at(a, name->node.location, "42704", "type \"" SLICE_FMT "\" is only a shell",
                   SLICE_ARG(joined(a, &name->names)));
}

static bool find_type(struct analysis *a, const struct ast_type_name *name, uint32_t *out_type,
                      int32_t *out_typmod)
{
    if (name->percent_type)
        return column_type(a, name, out_type, out_typmod);
    struct slice own = name->names.items[name->names.count - 1];
    struct slice schema =
        name->names.count > 1 ? name->names.items[name->names.count - 2] : (struct slice){0};
    if (name->names.count > 1 && !sql_find_schema(a->session, schema))
        return fail_at(a, name->node.location, "3F000", "schema \"" SLICE_FMT "\" does not exist",
                       SLICE_ARG(schema));
    if (!sql_check_schema_usage(a->env, schema))
        return false;
    const struct sql_type *type = sql_find_type(a->session, schema, own);
    if (!type)
        return fail_no_type(a, name, joined(a, &name->names));
    if (!find_typmod(a, name, type, out_typmod))
        return false;
    *out_type = type->id;
    if (name->array_dimensions) {
        /* An array type's name with [] is that type: arrays of arrays are not types of their own. */
        *out_type = type->len == -1 && type->element && !type->array ? type->id : type->array;
        if (!*out_type)
            return fail_no_type(a, name, joined(a, &name->names));
    }
    return true;
}

bool analyze_type(struct analysis *a, const struct ast_type_name *name, uint32_t *out_type,
                  int32_t *out_typmod)
{
    return find_type(a, name, out_type, out_typmod) && check_shell(a, name, *out_type);
}

bool analyze_collation(struct analysis *a, const struct ast_names *names, int32_t location,
                       uint32_t *out)
{
    struct slice own = names->items[names->count - 1];
    struct slice schema = names->count > 1 ? names->items[names->count - 2] : (struct slice){0};
    *out = sql_find_collation(a->session, schema, own);
    if (!*out)
        return fail_at(a, location, "42704",
                       "collation \"" SLICE_FMT "\" for encoding \"UTF8\" does not exist",
                       SLICE_ARG(joined(a, names)));
    return sql_check_collation(a->env, *out);
}

bool sql_analyze_type_name(struct sql_env *env, const struct ast_node *type_name,
                           uint32_t *out_type, int32_t *out_typmod)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    return analyze_type(&a, (const struct ast_type_name *)type_name, out_type, out_typmod);
}

bool sql_analyze_type_or_shell(struct sql_env *env, const struct ast_node *type_name,
                               uint32_t *out_type, int32_t *out_typmod)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    return find_type(&a, (const struct ast_type_name *)type_name, out_type, out_typmod);
}
