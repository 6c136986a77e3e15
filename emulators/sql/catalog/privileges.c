/* Who may do what. */
#include "emulators/sql/catalog/find.h"

/* Guards against circles of memberships, which statements refuse but fixtures might make. */
#define MEMBERSHIP_DEPTH_MAX 64

/* Visits the roles that `member` belongs to; true: it stopped. */
static bool reaches(struct sql_session *session, uint32_t member, uint32_t of, unsigned depth)
{
    if (member == of)
        return true;
    if (depth == MEMBERSHIP_DEPTH_MAX)
        return false;
    struct sql_object_names names;
    sql_object_names_begin(&names, session->instance->shared, session->txn,
                           session->dialect->classes_of.membership, 0,
                           slice_of(&member, sizeof member));
    const struct sql_object *next;
    while ((next = sql_object_names_next(&names)))
        if (reaches(session, ((const struct sql_membership *)(const void *)next)->role, of,
                    depth + 1))
            return true;
    return false;
}

bool sql_role_is_member(struct sql_session *session, uint32_t member, uint32_t of)
{
    const struct sql_role *role = sql_find_role_id(session, member);
    return member == of || (role && role->superuser) || reaches(session, member, of, 0);
}

/* Does the role have the other's privileges without SET ROLE? (INHERIT) */
static bool inherits(struct sql_session *session, uint32_t member, uint32_t of)
{
    if (member == of)
        return true;
    const struct sql_role *role = sql_find_role_id(session, member);
    return role && role->inherit && reaches(session, member, of, 0);
}

uint32_t sql_default_privileges(const struct sql_dialect *dialect, const struct sql_object *object,
                                uint32_t *out_public)
{
    const struct sql_class_ids *ids = &dialect->classes_of;
    const uint32_t class_id = object->class_id;
    bool builtin = object->id < dialect->first_free_id && object->id != dialect->public_schema;
    *out_public = 0;
    if (class_id == ids->relation) {
        const struct sql_relation *relation = (const void *)object;
        if (relation->kind == SQL_RELATION_SEQUENCE)
            return SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_USAGE;
        *out_public = builtin ? SQL_PRIV_SELECT : 0;
        return SQL_PRIV_INSERT | SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_DELETE |
               SQL_PRIV_TRUNCATE | SQL_PRIV_REFERENCES | SQL_PRIV_TRIGGER;
    }
    if (class_id == ids->routine)
        return *out_public = SQL_PRIV_EXECUTE;
    if (class_id == ids->type || class_id == ids->language)
        return *out_public = SQL_PRIV_USAGE;
    if (class_id == ids->schema) {
        *out_public = builtin ? SQL_PRIV_USAGE : 0;
        return SQL_PRIV_USAGE | SQL_PRIV_CREATE;
    }
    if (class_id == ids->database) {
        *out_public = SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT;
        return SQL_PRIV_CREATE | SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT;
    }
    if (class_id == ids->tablespace)
        return SQL_PRIV_CREATE;
    if (class_id == ids->foreign_wrapper || class_id == ids->foreign_server)
        return SQL_PRIV_USAGE;
    return class_id == ids->large_object ? SQL_PRIV_SELECT | SQL_PRIV_UPDATE : 0;
}

/* What a role is given by a list of grants. */
static uint32_t granted(struct sql_session *session, uint32_t role,
                        const struct sql_acl_item *items, uint16_t count)
{
    uint32_t privileges = 0;
    for (uint16_t i = 0; i < count; i++)
        if (items[i].grantee == 0 || inherits(session, role, items[i].grantee))
            privileges |= items[i].privileges;
    return privileges;
}

uint32_t sql_privileges_of(struct sql_session *session, uint32_t role,
                           const struct sql_object *object)
{
    const struct sql_role *who = sql_find_role_id(session, role);
    if (who && who->superuser)
        return UINT32_MAX;
    uint32_t everybody, owners = sql_default_privileges(session->dialect, object, &everybody);
    if (!object->acl_default)
        return granted(session, role, object->acl, object->acl_count);
    return inherits(session, role, object->owner) ? owners | everybody : everybody;
}

bool sql_has_privileges(struct sql_session *session, uint32_t role, const struct sql_object *object,
                        uint32_t privileges)
{
    return (sql_privileges_of(session, role, object) & privileges) == privileges;
}

bool sql_has_column_privileges(struct sql_session *session, uint32_t role,
                               const struct sql_relation *relation, int column, uint32_t privileges)
{
    uint32_t has = sql_privileges_of(session, role, &relation->object);
    if (column > 0 && column <= relation->column_count) {
        const struct sql_column *row = &relation->columns[column - 1];
        has |= granted(session, role, row->acl, row->acl_count);
    }
    return (has & privileges) == privileges;
}

bool sql_is_owner(struct sql_session *session, uint32_t role, const struct sql_object *object)
{
    const struct sql_role *who = sql_find_role_id(session, role);
    return (who && who->superuser) || inherits(session, role, object->owner);
}
