/* COMMENT ON. */
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/catalog/find.h"

bool pg_comment(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_comment *ast = AST_AS(comment, node);
    struct pg_found found;
    struct slice text = ast->text;
    const struct sql_relation *relation;
    if (pg_object_is_relation(ast->object->type) &&
        !pg_name_relation_of_names(ddl, &ast->object->name, false, SQL_NO_LOCK, &relation))
        return false;
    if (!pg_resolve(ddl, ast->object, false, SQL_SHARE_UPDATE_EXCLUSIVE, &found))
        return false;
    bool of_relation = found.object && found.object->class_id == pg_classes(ddl)->relation &&
                       (found.ref.class_id != found.object->class_id || found.ref.part);
    if (of_relation && !pg_name_must_own_relation_of(ddl, found.object))
        return false;
    if (found.object && ast->object->type != AST_OBJECT_ROLE &&
        !pg_name_must_own(ddl, found.object))
        return false;
    if (text.ptr && !text.len)
        text.ptr = NULL; /* an empty comment is none */
    return sql_comment_set(ddl->env, found.ref, text);
}
