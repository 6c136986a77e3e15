/* pg_shdepend, pg_init_privs, pg_parameter_acl. */
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/catalog/role_use.h"

/* ---- pg_shdepend: which roles are used, database by database */

struct use_scan {
    struct sql_role_uses uses;
    uint32_t database; /* whose objects are looked at, 0: shared ones */
    bool last;
};

static bool open_uses(struct sql_system_scan *scan)
{
    struct use_scan *state = arena_zalloc(scan->env->arena, sizeof *state);
    if (!state)
        return sql_fail_memory(scan->env->error);
    scan->state = state;
    sql_role_uses_begin(&state->uses, scan->env, scan->env->session->instance->shared);
    return true;
}

static bool next_database(struct sql_system_scan *scan, struct use_scan *state)
{
    struct sql_session *session = scan->env->session;
    for (;;) {
        const struct sql_object *object =
            sql_next_object(session, session->dialect->classes_of.database, state->database + 1);
        if (!object)
            return false;
        state->database = object->id;
        struct sql_database *database = sql_database_find(session->instance, object->id);
        if (!database)
            continue;
        sql_role_uses_begin(&state->uses, scan->env, database);
        return true;
    }
}

static bool next_use(struct sql_system_scan *scan, struct arena *arena, struct datum *values,
                     bool *done)
{
    struct use_scan *state = scan->state;
    const struct sql_role_use *use;
    (void)arena;
    while (!(use = sql_role_uses_next(&state->uses))) {
        if (state->uses.failed)
            return false;
        *done = !next_database(scan, state);
        if (*done)
            return true;
    }
    *done = false;
    values[0] = (struct datum){.u = state->database};
    values[1] = (struct datum){.u = use->object.class_id};
    values[2] = (struct datum){.u = use->object.id};
    values[3] = datum_int(use->object.part);
    values[4] = (struct datum){.u = scan->env->session->dialect->classes_of.role};
    values[5] = (struct datum){.u = use->role};
    values[6] = (struct datum){.i = (signed char)use->kind};
    return true;
}

static const struct pg_source pg_shdepend = {
    .core = {.id = 1214, .open = open_uses, .next = next_use},
};

/* ---- pg_init_privs: what built-in objects are granted from the first */

static uint32_t builtin_count(const struct sql_dialect *dialect)
{
    return dialect->relations_count + dialect->routines_count + dialect->schemas_count;
}

static enum pg_made first_grants(struct pg_row *row, uint32_t class_id, uint32_t id,
                                 const struct sql_acl_item *items, uint32_t count)
{
    if (!count)
        return PG_ROW_NONE;
    pg_id(row, id);
    pg_id(row, class_id);
    pg_int(row, 0);
    pg_char(row, 'i');
    pg_acl(row, items, count, false);
    return PG_ROW_LAST;
}

static enum pg_made builtin_grants(struct pg_row *row, uint32_t index)
{
    const struct sql_dialect *dialect = row->dialect;
    const struct sql_class_ids *ids = &dialect->classes_of;
    if (index < dialect->relations_count) {
        const struct sql_builtin_relation *relation = &dialect->relations[index];
        const struct sql_builtin_acl *acl = &dialect->acls[relation->acl];
        return first_grants(row, ids->relation, relation->id, acl->items, acl->count);
    }
    index -= dialect->relations_count;
    if (index < dialect->routines_count) {
        const struct sql_builtin_routine *routine = &dialect->routines[index];
        const struct sql_builtin_acl *acl = &dialect->acls[routine->acl];
        return first_grants(row, ids->routine, routine->id, acl->items, acl->count);
    }
    const struct sql_object *schema = &dialect->schemas[index - dialect->routines_count].object;
    return first_grants(row, ids->schema, schema->id, schema->acl, schema->acl_count);
}

static const struct pg_source pg_init_privs = {
    .core = PG_SOURCE_CORE(3394, 0),
    .builtin_count = builtin_count,
    .builtin = builtin_grants,
};

/* ---- pg_parameter_acl */

static enum pg_made parameter(struct pg_row *row, const struct sql_object *object)
{
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_acl(row, object->acl, object->acl_count, object->acl_default);
    return PG_ROW_LAST;
}

static const struct pg_source pg_parameter_acl = {
    .core = PG_SOURCE_CORE(6243, 0),
    .stored = parameter,
    .class_at = PG_CLASS(parameter),
};

const struct pg_source *const pg_grant_sources[] = {
    &pg_shdepend,
    &pg_init_privs,
    &pg_parameter_acl,
    NULL,
};
