/* Who may do what. */
#include "emulators/sql/catalog/find.h"

/* Guards against circles of memberships, which statements refuse but fixtures might make. */
#define MEMBERSHIP_DEPTH_MAX 64

enum walk {
    WALK_ALL,       /* all memberships */
    WALK_INHERITED, /* those that give privileges without SET ROLE */
    WALK_SET,       /* those by which it can be set */
    WALK_ADMIN,     /* the last membership must be one WITH ADMIN OPTION */
};

static bool reaches(struct sql_session *session, uint32_t member, uint32_t of, enum walk walk,
                    unsigned depth);

/* Whoever owns the database belongs to the role for that. */
static bool owns_database(struct sql_session *session, uint32_t role)
{
    const struct sql_object *database =
        sql_find_object(session, session->dialect->classes_of.database, session->database->id);
    return database && database->owner == role;
}

static bool role_inherits(struct sql_session *session, uint32_t id)
{
    const struct sql_role *role = sql_find_role_id(session, id);
    return role && role->inherit;
}

static bool inherits(struct sql_session *session, const struct sql_membership *membership)
{
    return membership->inherits == SQL_INHERITS_AS_ROLE ? role_inherits(session, membership->member)
                                                        : membership->inherits == SQL_INHERITS;
}

static bool reaches_from(struct sql_session *session, const struct sql_membership *membership,
                         uint32_t of, enum walk walk, unsigned depth)
{
    if (walk == WALK_ADMIN && membership->role == of && membership->admin)
        return true;
    if (walk == WALK_SET && membership->no_set)
        return false;
    if (walk == WALK_INHERITED && !inherits(session, membership))
        return false;
    return (walk != WALK_ADMIN || membership->role != of) &&
           reaches(session, membership->role, of, walk, depth + 1);
}

/* Does the way along memberships lead from one role to the other? */
static bool reaches(struct sql_session *session, uint32_t member, uint32_t of, enum walk walk,
                    unsigned depth)
{
    if (member == of && walk != WALK_ADMIN)
        return true;
    if (depth == MEMBERSHIP_DEPTH_MAX)
        return false;
    struct sql_object_names names;
    sql_object_names_begin(&names, session->instance->shared, session->txn,
                           session->dialect->classes_of.membership, 0,
                           slice_of(&member, sizeof member));
    const struct sql_object *next;
    while ((next = sql_object_names_next(&names)))
        if (reaches_from(session, (const void *)next, of, walk, depth))
            return true;
    uint32_t owners = session->dialect->database_owner_role;
    return owners && walk != WALK_ADMIN && member != owners &&
           (walk != WALK_INHERITED || role_inherits(session, member)) &&
           owns_database(session, member) && reaches(session, owners, of, walk, depth + 1);
}

static bool is_superuser(struct sql_session *session, uint32_t id)
{
    const struct sql_role *role = sql_find_role_id(session, id);
    return role && role->superuser;
}

bool sql_role_belongs_to(struct sql_session *session, uint32_t member, uint32_t of)
{
    return reaches(session, member, of, WALK_ALL, 0);
}

bool sql_role_is_member(struct sql_session *session, uint32_t member, uint32_t of)
{
    return member == of || is_superuser(session, member) ||
           sql_role_belongs_to(session, member, of);
}

bool sql_role_may_set(struct sql_session *session, uint32_t role, uint32_t other)
{
    return role == other || is_superuser(session, role) ||
           reaches(session, role, other, WALK_SET, 0);
}

bool sql_role_acts_for(struct sql_session *session, uint32_t role, uint32_t other)
{
    return role == other || is_superuser(session, role) ||
           reaches(session, role, other, WALK_INHERITED, 0);
}

/* No role is its own admin. */
bool sql_role_is_admin(struct sql_session *session, uint32_t role, uint32_t of)
{
    return is_superuser(session, role) || reaches(session, role, of, WALK_ADMIN, 0);
}

uint32_t sql_default_privileges(const struct sql_dialect *dialect, const struct sql_object *object,
                                uint32_t *out_public)
{
    const struct sql_class_ids *ids = &dialect->classes_of;
    const uint32_t class_id = object->class_id;
    *out_public = 0;
    if (class_id == ids->relation) {
        const struct sql_relation *relation = (const void *)object;
        if (relation->kind == SQL_RELATION_SEQUENCE)
            return SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_USAGE;
        return SQL_PRIV_INSERT | SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_DELETE |
               SQL_PRIV_TRUNCATE | SQL_PRIV_REFERENCES | SQL_PRIV_TRIGGER;
    }
    if (class_id == ids->routine)
        return *out_public = SQL_PRIV_EXECUTE;
    if (class_id == ids->type || class_id == ids->language)
        return *out_public = SQL_PRIV_USAGE;
    if (class_id == ids->schema)
        return SQL_PRIV_USAGE | SQL_PRIV_CREATE;
    if (class_id == ids->database) {
        *out_public = SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT;
        return SQL_PRIV_CREATE | SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT;
    }
    if (class_id == ids->tablespace)
        return SQL_PRIV_CREATE;
    if (class_id == ids->foreign_wrapper || class_id == ids->foreign_server)
        return SQL_PRIV_USAGE;
    if (class_id == ids->parameter)
        return SQL_PRIV_SET | SQL_PRIV_ALTER_SYSTEM;
    return class_id == ids->large_object ? SQL_PRIV_SELECT | SQL_PRIV_UPDATE : 0;
}

/* What a role is given by a list of grants. */
static uint32_t granted(struct sql_session *session, uint32_t role,
                        const struct sql_acl_item *items, uint16_t count, uint32_t *out_options)
{
    uint32_t privileges = 0;
    for (uint16_t i = 0; i < count; i++)
        if (items[i].grantee == 0 || sql_role_acts_for(session, role, items[i].grantee)) {
            privileges |= items[i].privileges;
            *out_options |= items[i].grant_options;
        }
    return privileges;
}

/* What roles like "may read everything" may do with the object. */
static uint32_t predefined(struct sql_session *session, uint32_t role,
                           const struct sql_object *object)
{
    const struct sql_dialect *dialect = session->dialect;
    bool schema = object->class_id == dialect->classes_of.schema;
    uint32_t privileges = 0;
    if (!schema && object->class_id != dialect->classes_of.relation)
        return 0;
    if (dialect->read_all_role && sql_role_acts_for(session, role, dialect->read_all_role))
        privileges |= schema ? SQL_PRIV_USAGE : SQL_PRIV_SELECT;
    if (dialect->write_all_role && sql_role_acts_for(session, role, dialect->write_all_role))
        privileges |= schema ? SQL_PRIV_USAGE : SQL_PRIV_INSERT | SQL_PRIV_UPDATE | SQL_PRIV_DELETE;
    return privileges;
}

const struct sql_object *sql_acl_holder(struct sql_session *session,
                                        const struct sql_object *object)
{
    const struct sql_dialect *dialect = session->dialect;
    if (object->id >= dialect->first_free_id || object->id == dialect->public_schema)
        return object;
    uint32_t key[2] = {object->class_id, object->id};
    const struct sql_object *own = sql_find_object_name(session, dialect->classes_of.builtin_acl, 0,
                                                        slice_of(key, sizeof key));
    return own ? own : object;
}

uint32_t sql_privileges_of(struct sql_session *session, uint32_t role,
                           const struct sql_object *object, uint32_t *out_options)
{
    uint32_t ignored, *options = out_options ? out_options : &ignored;
    *options = UINT32_MAX;
    if (is_superuser(session, role))
        return UINT32_MAX;
    uint32_t everybody, owners = sql_default_privileges(session->dialect, object, &everybody);
    bool is_owner = sql_role_acts_for(session, role, object->owner);
    const struct sql_object *holder = sql_acl_holder(session, object);
    uint32_t privileges = predefined(session, role, object);
    *options = is_owner ? owners : 0;
    if (!holder->acl_default)
        return privileges | granted(session, role, holder->acl, holder->acl_count, options);
    return privileges | everybody | (is_owner ? owners : 0);
}

bool sql_has_privileges(struct sql_session *session, uint32_t role, const struct sql_object *object,
                        uint32_t privileges)
{
    return (sql_privileges_of(session, role, object, NULL) & privileges) == privileges;
}

uint32_t sql_column_privileges_of(struct sql_session *session, uint32_t role,
                                  const struct sql_relation *relation, int column,
                                  uint32_t *out_options)
{
    uint32_t options;
    uint32_t has = sql_privileges_of(session, role, &relation->object, &options);
    if (column > 0 && column <= relation->column_count) {
        const struct sql_column *row = &relation->columns[column - 1];
        has |= granted(session, role, row->acl, row->acl_count, &options);
    }
    if (out_options)
        *out_options = options;
    return has;
}

bool sql_has_column_privileges(struct sql_session *session, uint32_t role,
                               const struct sql_relation *relation, int column, uint32_t privileges)
{
    uint32_t has = sql_column_privileges_of(session, role, relation, column, NULL);
    return (has & privileges) == privileges;
}

bool sql_is_owner(struct sql_session *session, uint32_t role, const struct sql_object *object)
{
    return sql_role_acts_for(session, role, object->owner);
}

bool sql_row_security_holds(struct sql_session *session, uint32_t role,
                            const struct sql_relation *relation)
{
    if (!relation->row_security)
        return false;
    const struct sql_role *who = sql_find_role_id(session, role);
    if (who && (who->superuser || who->bypass_rls))
        return false;
    return relation->force_row_security ||
           !sql_role_acts_for(session, role, relation->object.owner);
}

bool sql_check_schema_usage(struct sql_env *env, struct slice name)
{
    struct sql_session *session = env->session;
    const struct sql_schema *schema = name.ptr ? sql_find_schema(session, name) : NULL;
    if (!schema || schema->object.id == session->temp_schema ||
        sql_has_privileges(session, session->role, &schema->object, SQL_PRIV_USAGE))
        return true;
    return sql_fail(env->error, "42501", "permission denied for schema " SLICE_FMT,
                    SLICE_ARG(schema->object.name));
}
