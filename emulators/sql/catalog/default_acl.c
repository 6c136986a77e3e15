/* Default privileges: what ALTER DEFAULT PRIVILEGES says about objects to come. */
#include "emulators/sql/catalog/acl.h"
#include "emulators/sql/catalog/find.h"

char sql_default_acl_kind(const struct sql_dialect *dialect, const struct sql_object *object)
{
    const struct sql_class_ids *ids = &dialect->classes_of;
    if (object->class_id == ids->routine)
        return 'f';
    if (object->class_id == ids->schema)
        return 'n';
    if (object->class_id == ids->type) {
        /* Arrays and row types of relations follow what they are made of. */
        const struct sql_type *type = &((const struct sql_type_object *)(const void *)object)->type;
        return type->category == 'A' || type->relation || type->kind == SQL_TYPE_MULTIRANGE ? 0
                                                                                            : 'T';
    }
    if (object->class_id != ids->relation)
        return 0;
    switch (((const struct sql_relation *)(const void *)object)->kind) {
    case SQL_RELATION_SEQUENCE: return 'S';
    case SQL_RELATION_TABLE:
    case SQL_RELATION_PARTITIONED:
    case SQL_RELATION_VIEW:
    case SQL_RELATION_MATVIEW:
    case SQL_RELATION_FOREIGN: return 'r';
    default: return 0;
    }
}

const struct sql_default_acl *sql_find_default_acl(struct sql_session *session, uint32_t role,
                                                   uint32_t in_schema, char kind)
{
    uint32_t class_id = session->dialect->classes_of.default_acl;
    const struct sql_object *at = sql_next_object(session, class_id, 0);
    for (; at; at = sql_next_object(session, class_id, at->id + 1)) {
        const struct sql_default_acl *acl = (const void *)at;
        if (acl->role == role && acl->in_schema == in_schema && acl->kind == kind)
            return acl;
    }
    return NULL;
}

bool sql_acl_for_new(struct sql_env *env, const struct sql_object *object, struct sql_acl *out,
                     bool *out_default)
{
    struct sql_session *session = env->session;
    char kind = sql_default_acl_kind(session->dialect, object);
    *out_default = true;
    if (!kind || !sql_next_object(session, session->dialect->classes_of.default_acl, 0))
        return true;
    const struct sql_default_acl *everywhere =
        sql_find_default_acl(session, object->owner, 0, kind);
    const struct sql_default_acl *here =
        object->schema ? sql_find_default_acl(session, object->owner, object->schema, kind) : NULL;
    if (!everywhere && !here)
        return true;
    struct sql_acl usual;
    uint32_t everybodys;
    uint32_t owners = sql_default_privileges(session->dialect, object, &everybodys);
    if (!sql_acl_make_default(env, object->owner, owners, everybodys, &usual))
        return false;
    *out =
        everywhere ? (struct sql_acl){everywhere->object.acl, everywhere->object.acl_count} : usual;
    for (uint16_t i = 0; here && i < here->object.acl_count; i++) {
        struct sql_acl_change change = {
            .grant = true, .owner = object->owner, .item = here->object.acl[i]};
        if (!sql_acl_change(env, out, &change))
            return false;
    }
    if (!sql_acl_sort(env, out) || !sql_acl_sort(env, &usual))
        return false;
    *out_default = sql_acl_equal(*out, usual);
    return true;
}
