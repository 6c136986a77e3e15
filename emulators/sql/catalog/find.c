/* Look-ups of schemas, relations and what hangs on them. */
#include "emulators/sql/catalog/find.h"

uint64_t sql_catalog_version(struct sql_session *session)
{
    return sql_object_version(session->database, session->txn);
}

struct sql_builtins *sql_builtins_of(struct sql_session *session)
{
    struct sql_instance *instance = session->instance;
    if (!instance->builtins)
        instance->builtins = sql_builtins_create(session->dialect);
    return instance->builtins;
}

struct sql_database *sql_home_of(struct sql_session *session, uint32_t class_id)
{
    const struct sql_class_ids *ids = &session->dialect->classes_of;
    bool shared = class_id == ids->role || class_id == ids->database ||
                  class_id == ids->tablespace || class_id == ids->membership ||
                  class_id == ids->settings || class_id == ids->shared_comment ||
                  class_id == ids->parameter;
    return shared ? session->instance->shared : session->database;
}

const struct sql_object *sql_find_object(struct sql_session *session, uint32_t class_id,
                                         uint32_t id)
{
    return sql_object_find(sql_home_of(session, class_id), session->txn, class_id, id);
}

const struct sql_object *sql_find_object_name(struct sql_session *session, uint32_t class_id,
                                              uint32_t schema, struct slice name)
{
    return sql_object_find_name(sql_home_of(session, class_id), session->txn, class_id, schema,
                                name);
}

const struct sql_object *sql_next_object(struct sql_session *session, uint32_t class_id,
                                         uint32_t id)
{
    return sql_object_next(sql_home_of(session, class_id), session->txn, class_id, id);
}

#define FOUND(type, session, class_name, id)             \
    ((const struct type *)(const void *)sql_find_object( \
        session, (session)->dialect->classes_of.class_name, id))

/* ---- schemas */

const struct sql_schema *sql_find_schema_id(struct sql_session *session, uint32_t id)
{
    const struct sql_dialect *dialect = session->dialect;
    for (uint32_t i = 0; i < dialect->schemas_count; i++)
        if (dialect->schemas[i].object.id == id)
            return &dialect->schemas[i];
    return FOUND(sql_schema, session, schema, id);
}

const struct sql_schema *sql_find_schema(struct sql_session *session, struct slice name)
{
    const struct sql_dialect *dialect = session->dialect;
    for (uint32_t i = 0; i < dialect->schemas_count; i++)
        if (slice_eq(dialect->schemas[i].object.name, name))
            return &dialect->schemas[i];
    if (session->temp_schema && slice_eq_str(name, dialect->temp_schema_alias))
        return sql_find_schema_id(session, session->temp_schema);
    return (const struct sql_schema *)(const void *)sql_find_object_name(
        session, dialect->classes_of.schema, 0, name);
}

bool sql_schema_is_builtin(const struct sql_dialect *dialect, uint32_t schema)
{
    for (uint32_t i = 0; i < dialect->schemas_count; i++)
        if (dialect->schemas[i].object.id == schema)
            return true;
    return false;
}

bool sql_search_begin(struct sql_session *session, struct slice schema, uint32_t *only,
                      struct sql_search *out)
{
    *out = (struct sql_search){session->path, session->path_count};
    if (!schema.ptr)
        return true;
    const struct sql_schema *found = sql_find_schema(session, schema);
    if (!found)
        return false;
    *only = found->object.id;
    *out = (struct sql_search){only, 1};
    return true;
}

/* ---- relations */

const struct sql_relation *sql_find_relation_id(struct sql_session *session, uint32_t id)
{
    if (id < session->dialect->first_free_id) {
        int at = sql_builtin_relation_id(session->dialect, id);
        struct sql_builtins *builtins = at < 0 ? NULL : sql_builtins_of(session);
        return builtins ? sql_builtins_relation(builtins, (uint32_t)at) : NULL;
    }
    return FOUND(sql_relation, session, relation, id);
}

static const struct sql_relation *relation_in(struct sql_session *session, uint32_t schema,
                                              struct slice name)
{
    const struct sql_dialect *dialect = session->dialect;
    if (sql_schema_is_builtin(dialect, schema)) {
        int at = sql_builtin_relation_named(dialect, schema, name);
        if (at >= 0)
            return sql_find_relation_id(session, dialect->relations[at].id);
    }
    return (const struct sql_relation *)(const void *)sql_find_object_name(
        session, dialect->classes_of.relation, schema, name);
}

const struct sql_relation *sql_find_relation(struct sql_session *session, struct slice schema,
                                             struct slice name)
{
    uint32_t only;
    struct sql_search search;
    if (!sql_search_begin(session, schema, &only, &search))
        return NULL;
    for (uint16_t i = 0; i < search.count; i++) {
        const struct sql_relation *found = relation_in(session, search.schemas[i], name);
        if (found)
            return found;
    }
    return NULL;
}

const struct sql_constraint *sql_find_constraint(struct sql_session *session, uint32_t id)
{
    return FOUND(sql_constraint, session, constraint, id);
}

const struct sql_trigger *sql_find_trigger(struct sql_session *session, uint32_t id)
{
    return FOUND(sql_trigger, session, trigger, id);
}

const struct sql_rule *sql_find_rule(struct sql_session *session, uint32_t id)
{
    return FOUND(sql_rule, session, rule, id);
}

const struct sql_policy *sql_find_policy(struct sql_session *session, uint32_t id)
{
    return FOUND(sql_policy, session, policy, id);
}

/* ---- roles */

const struct sql_role *sql_find_role(struct sql_session *session, struct slice name)
{
    return (const struct sql_role *)(const void *)sql_find_object_name(
        session, session->dialect->classes_of.role, 0, name);
}

const struct sql_role *sql_find_role_id(struct sql_session *session, uint32_t id)
{
    return FOUND(sql_role, session, role, id);
}

/* ---- collations */

uint32_t sql_find_collation(struct sql_session *session, struct slice schema, struct slice name)
{
    uint32_t only;
    struct sql_search search;
    if (!sql_search_begin(session, schema, &only, &search))
        return 0;
    for (uint16_t i = 0; i < search.count; i++) {
        const struct sql_builtin_collation *builtin =
            search.schemas[i] == session->dialect->system_schema
                ? sql_builtin_collation_named(session->dialect, name)
                : NULL;
        if (builtin)
            return builtin->id;
        const struct sql_object *found = sql_find_object_name(
            session, session->dialect->classes_of.collation, search.schemas[i], name);
        if (found)
            return found->id;
    }
    return 0;
}
