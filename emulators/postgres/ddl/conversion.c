/* CREATE CONVERSION. The conversions that are built in come first wherever one is sought: others are
 * kept to be shown, renamed and dropped. */
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/encoding.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

/* What is in the numbers of its struct sql_other. */
enum { FROM, TO, FUNCTION, IS_DEFAULT, NUMBERS };

static bool find_encoding(struct pg_ddl *ddl, struct slice name, const char *which, uint32_t *out)
{
    int encoding = pg_encoding_find(name);
    *out = (uint32_t)encoding;
    return encoding >= 0 ||
           sql_fail(ddl->env->error, "42704", "%s encoding \"" SLICE_FMT "\" does not exist", which,
                    SLICE_ARG(name));
}

static bool find_function(struct pg_ddl *ddl, const struct ast_names *names, uint32_t *out)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    const uint32_t types[] = {ids->int4,     ids->int4, ids->cstring,
                              ids->internal, ids->int4, ids->boolean};
    struct ast_name name = {
        .node = {AST_NAME, -1},
          .names = *names
    };
    const struct ast_option option = {.name = slice_str("function"), .value = &name.node};
    const struct sql_routine *routine;
    if (!pg_define_routine(ddl, &option, types, 6, &routine))
        return false;
    if (routine->result_type != ids->int4)
        return sql_fail(ddl->env->error, "42P17",
                        "encoding conversion function " SLICE_FMT " must return type integer",
                        SLICE_ARG(pg_ddl_names_text(ddl, names)));
    *out = routine->object.id;
    return pg_define_may_execute(ddl, routine);
}

/* The name is free, and there is one default of a schema for each pair of encodings. */
static bool check_others(struct pg_ddl *ddl, const struct sql_other *new)
{
    const struct sql_object *object = &new->object, *next;
    uint32_t id = 0;
    if (!sql_catalog_await_name(ddl->env, object->class_id, object->schema, object->name))
        return false;
    if (sql_find_object_name(ddl->session, object->class_id, object->schema, object->name))
        return sql_fail(ddl->env->error, "42710", "conversion \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(object->name));
    while ((next = sql_next_object(ddl->session, object->class_id, id))) {
        const struct sql_other *other = (const void *)next;
        id = next->id + 1;
        if (new->numbers[IS_DEFAULT] && other->numbers[IS_DEFAULT] &&
            next->schema == object->schema && other->numbers[FROM] == new->numbers[FROM] &&
            other->numbers[TO] == new->numbers[TO])
            return sql_fail(
                ddl->env->error, "42710", "default conversion for %s to %s already exists",
                pg_encoding_name((int)new->numbers[FROM]), pg_encoding_name((int)new->numbers[TO]));
    }
    return true;
}

bool pg_create_conversion(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_conversion *ast = AST_AS(create_conversion, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    uint32_t numbers[NUMBERS] = {[IS_DEFAULT] = ast->is_default};
    struct sql_other conversion = {
        .object = {.class_id = ids->conversion, .owner = ddl->session->role, .acl_default = true},
        .numbers = numbers,
        .number_count = NUMBERS,
    };
    struct sql_object *object = &conversion.object;
    if (!pg_name_qualified(ddl, &ast->name, &object->schema, &object->name) ||
        !find_encoding(ddl, ast->from_encoding, "source", &numbers[FROM]) ||
        !find_encoding(ddl, ast->to_encoding, "destination", &numbers[TO]))
        return false;
    if (numbers[FROM] == PG_ENCODING_SQL_ASCII || numbers[TO] == PG_ENCODING_SQL_ASCII)
        return sql_fail(ddl->env->error, "42P17",
                        "encoding conversion to or from \"SQL_ASCII\" is not supported");
    if (!find_function(ddl, &ast->function, &numbers[FUNCTION]) ||
        !check_others(ddl, &conversion) || !sql_catalog_create(ddl->env, object))
        return false;
    struct sql_reference of = pg_whole(ids->conversion, object->id);
    return sql_depend(ddl->env, of, pg_whole(ids->routine, numbers[FUNCTION]), 'n') &&
           sql_depend(ddl->env, of, pg_whole(ids->schema, object->schema), 'n');
}
