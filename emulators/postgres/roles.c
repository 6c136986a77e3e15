#include "emulators/postgres/roles.h"

#include "emulators/postgres/reply.h"
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/dialect.h"

static void take_role(struct pg_session *session, uint32_t id)
{
    const struct sql_role *role = sql_find_role_id(&session->core, id);
    bool superuser = role && role->superuser;
    struct pg_setting_change change = {
        .name = slice_str("is_superuser"),
        .value = slice_str(superuser ? "on" : "off"),
        .source = PG_SOURCE_SESSION,
        .internal = true,
    };
    struct sql_error ignored;
    sql_error_begin(&ignored, &session->frame_arena);
    session->core.role = id;
    session->is_superuser = superuser;
    if (session->settings.now.superuser != superuser)
        pg_settings_set(&session->settings, &session->frame_arena, &change, &ignored);
}

static void begin_as(struct pg_session *session, uint32_t id, struct slice name)
{
    struct pg_setting_change change = {
        .name = slice_str("session_authorization"),
        .value = name,
        .source = PG_SOURCE_CLIENT,
        .internal = true,
    };
    struct sql_error ignored;
    sql_error_begin(&ignored, &session->frame_arena);
    session->core.login_role = session->core.session_role = id;
    take_role(session, id);
    session->logging_in = true; /* the name may be nobody's yet */
    pg_settings_set(&session->settings, &session->frame_arena, &change, &ignored);
    session->logging_in = false;
}

bool pg_roles_login(struct pg_session *session, struct slice name)
{
    const struct sql_role *role = sql_find_role(&session->core, name);
    bool strict = session->pg->config.auth != PG_AUTH_TRUST;
    if (!role && strict)
        return sql_fail(&session->error, "28000", "role \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    if (role && !role->login)
        return sql_fail(&session->error, "28000",
                        "role \"" SLICE_FMT "\" is not permitted to log in", SLICE_ARG(name));
    begin_as(session, role ? role->object.id : session->core.dialect->default_owner, name);
    return true;
}

void pg_roles_become_owner(struct pg_session *session)
{
    begin_as(session, session->core.dialect->default_owner, slice_str("postgres"));
}

struct slice pg_roles_password(struct pg_session *session, struct slice name, struct arena *arena)
{
    const struct sql_role *role = sql_find_role(&session->core, name);
    bool over = role && role->has_valid_until && role->valid_until < pg_now_us(session->pg);
    return role && role->password.ptr && !over ? arena_dup(arena, role->password)
                                               : slice_of(NULL, 0);
}

/* ---- connecting */

/* Connected sessions of a role (0: any) in a database (NULL: any), this one too. */
static int32_t count_sessions(const struct pg_session *session, uint32_t role,
                              const struct sql_database *database)
{
    int32_t count = 0;
    for (const struct pg_session *at = session->pg->sessions; at; at = at->next_session)
        count += at->transport && (!role || at->core.login_role == role) &&
                 (!database || at->core.database == database);
    return count;
}

static bool refuse_database(struct pg_session *session, const struct sql_object *database)
{
    sql_fail(&session->error, "42501", "permission denied for database \"" SLICE_FMT "\"",
             SLICE_ARG(database->name));
    return sql_detail(&session->error, "User does not have CONNECT privilege.");
}

bool pg_roles_may_connect(struct pg_session *session)
{
    struct sql_session *core = &session->core;
    const struct sql_role *role = sql_find_role_id(core, core->role);
    const struct sql_database_object *database =
        (const void *)sql_find_object(core, core->dialect->classes_of.database, core->database->id);
    if (!database || !role)
        return true;
    if (!database->allows_connections)
        return sql_fail(&session->error, "55000",
                        "database \"" SLICE_FMT "\" is not currently accepting connections",
                        SLICE_ARG(database->object.name));
    if (role->superuser)
        return true;
    if (!sql_has_privileges(core, core->role, &database->object, SQL_PRIV_CONNECT))
        return refuse_database(session, &database->object);
    if (database->connection_limit >= 0 &&
        count_sessions(session, 0, core->database) > database->connection_limit)
        return sql_fail(&session->error, "53300",
                        "too many connections for database \"" SLICE_FMT "\"",
                        SLICE_ARG(database->object.name));
    return role->connection_limit < 0 ||
           count_sessions(session, role->object.id, NULL) <= role->connection_limit ||
           sql_fail(&session->error, "53300", "too many connections for role \"" SLICE_FMT "\"",
                    SLICE_ARG(role->object.name));
}

static bool take_setting(struct pg_session *session, struct arena *arena, struct slice setting,
                         enum pg_setting_source source)
{
    const uint8_t *equals = memchr(setting.ptr, '=', setting.len);
    if (!equals)
        return true;
    size_t len = (size_t)(equals - setting.ptr);
    struct pg_setting_change change = {
        .name = slice_of(setting.ptr, len),
        .value = slice_from(setting, len + 1),
        .source = source,
        .is_superuser = true,
    };
    struct sql_error problem;
    sql_error_begin(&problem, arena);
    if (pg_settings_set(&session->settings, arena, &change, &problem))
        return true;
    if (slice_eq_str(slice_of(problem.sqlstate, 5), "53200"))
        return sql_fail_memory(&session->error);
    problem.severity = SQL_WARNING;
    pg_reply_notice(session, &problem);
    return true;
}

static bool take_settings_of(struct pg_session *session, struct arena *arena, uint32_t database,
                             uint32_t role, enum pg_setting_source source)
{
    struct sql_session *core = &session->core;
    uint32_t class_id = core->dialect->classes_of.settings;
    const struct sql_object *at = sql_next_object(core, class_id, 0);
    for (; at; at = sql_next_object(core, class_id, at->id + 1)) {
        const struct sql_settings_object *settings = (const void *)at;
        if (settings->database != database || settings->role != role)
            continue;
        for (uint16_t i = 0; i < settings->setting_count; i++)
            if (!take_setting(session, arena, settings->settings[i], source))
                return false;
    }
    return true;
}

bool pg_roles_take_settings(struct pg_session *session, struct arena *arena)
{
    uint32_t database = session->core.database->id, role = session->core.login_role;
    return take_settings_of(session, arena, 0, 0, PG_SOURCE_DATABASE) &&
           take_settings_of(session, arena, database, 0, PG_SOURCE_DATABASE) &&
           take_settings_of(session, arena, 0, role, PG_SOURCE_USER) &&
           take_settings_of(session, arena, database, role, PG_SOURCE_DATABASE_USER);
}

/* ---- SET ROLE, SET SESSION AUTHORIZATION */

static const struct sql_role *named(struct pg_session *session, struct slice name,
                                    struct sql_error *error)
{
    const struct sql_role *role = sql_find_role(&session->core, name);
    if (!role)
        sql_fail(error, "22023", "role \"" SLICE_FMT "\" does not exist", SLICE_ARG(name));
    return role;
}

bool pg_roles_check(void *ctx, struct slice name, struct sql_error *error)
{
    struct pg_session *session = ctx;
    if (session->logging_in)
        return true;
    const struct sql_role *role = named(session, name, error);
    if (!role)
        return false;
    return sql_role_may_set(&session->core, session->core.session_role, role->object.id) ||
           sql_fail(error, "42501", "permission denied to set role \"" SLICE_FMT "\"",
                    SLICE_ARG(name));
}

bool pg_roles_check_authorization(void *ctx, struct slice name, struct sql_error *error)
{
    struct pg_session *session = ctx;
    if (session->logging_in)
        return true;
    const struct sql_role *role = named(session, name, error);
    const struct sql_role *login = sql_find_role_id(&session->core, session->core.login_role);
    if (!role)
        return false;
    return role == login || (login && login->superuser) ||
           sql_fail(error, "42501", "permission denied to set session authorization");
}

/* The settings' words become roles; `role` counts wherever it says one. */
void pg_roles_apply(void *ctx, bool session_authorization, struct slice name)
{
    struct pg_session *session = ctx;
    if (session->logging_in || !session->core.login_role)
        return;
    if (session_authorization) {
        const struct sql_role *owner = name.len ? sql_find_role(&session->core, name) : NULL;
        session->core.session_role = owner ? owner->object.id : session->core.login_role;
        name = pg_settings_text(&session->settings, "role");
    }
    bool none = name.len == 0 || slice_eq_str(name, "none");
    const struct sql_role *role = none ? NULL : sql_find_role(&session->core, name);
    take_role(session, role ? role->object.id : session->core.session_role);
}

bool pg_roles_is_superuser(struct pg_session *session)
{
    const struct sql_role *role = sql_find_role_id(&session->core, session->core.role);
    return role && role->superuser;
}

bool pg_roles_may_set(struct pg_session *session, struct slice name)
{
    struct sql_session *core = &session->core;
    uint32_t class_id = core->dialect->classes_of.parameter;
    const struct sql_object *at = core->txn ? sql_next_object(core, class_id, 0) : NULL;
    for (; at; at = sql_next_object(core, class_id, at->id + 1))
        if (slice_eq_nocase(at->name, name))
            return sql_has_privileges(core, core->role, at, SQL_PRIV_SET);
    return false;
}

bool pg_roles_may_switch(struct pg_session *session, struct slice setting, struct sql_error *error)
{
    bool role = slice_is(setting, "role"), owner = slice_is(setting, "session_authorization");
    if (!session->core.role_limits || (!role && !owner))
        return true;
    return sql_fail(error, "42501", "cannot set parameter \"%s\" within %s",
                    role ? "role" : "session_authorization",
                    session->core.role_limits & SQL_ROLE_RESTRICTED
                        ? "security-restricted operation"
                        : "security-definer function");
}
