/* Who and where: users, databases, schemas, versions; what kind of value something is. */
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/postgres/encoding.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/value/array.h"

enum { TYPE_NAME = 19 };

/* ---- names */

static bool current_database(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_copy(call, out, pg_call_session(call)->database_name);
}

static bool give_role(struct sql_call *call, uint32_t id, struct datum *out)
{
    const struct sql_role *role = sql_find_role_id(call->env->session, id);
    if (!role)
        return sql_fail(call->env->error, "42704", "invalid role OID: %u", id);
    return sql_give_copy(call, out, role->object.name);
}

static bool current_user(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_role(call, call->env->session->role, out);
}

static bool session_user(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_role(call, call->env->session->session_role, out);
}

static bool current_schema(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    struct sql_session *session = call->env->session;
    const struct sql_schema *schema =
        session->create_schema ? sql_find_schema_id(session, session->create_schema) : NULL;
    return schema ? sql_give_copy(call, out, schema->object.name) : sql_give_null(out);
}

/* Schemas on the path that nobody named: the system's, and that of temporary tables. */
static bool is_implicit(struct sql_call *call, uint32_t schema)
{
    enum { SYSTEM_SCHEMA = 11 };
    static const char system_name[] = "pg_catalog";
    struct pg_session *session = pg_call_session(call);
    struct slice path = pg_settings_text(&session->settings, "search_path");
    if (schema == session->core.temp_schema)
        return true;
    if (schema != SYSTEM_SCHEMA)
        return false;
    for (size_t at = 0; at + sizeof(system_name) - 1 <= path.len; at++)
        if (memcmp(path.ptr + at, system_name, sizeof(system_name) - 1) == 0)
            return false;
    return true;
}

static bool current_schemas(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    struct datum *names = arena_array(call->arena, session->path_count + 1u, sizeof(*names));
    uint32_t count = 0;
    if (!names)
        return sql_fail_memory(call->env->error);
    for (unsigned i = 0; i < session->path_count; i++) {
        const struct sql_schema *schema = sql_find_schema_id(session, session->path[i]);
        if (schema && (args[0].i || !is_implicit(call, session->path[i])))
            names[count++] = datum_bytes(schema->object.name);
    }
    return sql_array_make_vector(call, call->env->find_type(call->env, TYPE_NAME), names, count,
                                 out);
}

static bool current_query(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_copy(call, out, pg_call_session(call)->text);
}

/* ---- the server */

static bool version(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    (void)call;
    return sql_give_slice(out,
                          slice_str("PostgreSQL " PG_SERVER_VERSION " on x86_64-pc-linux-gnu, "
                                    "compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit"));
}

static bool backend_pid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_int(out, call->env->session->id);
}

static bool no(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    (void)args;
    return sql_give_bool(out, false);
}

static bool my_temp_schema(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_int(out, call->env->session->temp_schema);
}

static bool is_other_temp_schema(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    const struct sql_schema *schema = sql_find_schema_id(session, (uint32_t)args[0].u);
    const struct slice prefix = SLICE_LITERAL("pg_temp_");
    bool temporary = schema && schema->object.name.len > prefix.len &&
                     memcmp(schema->object.name.ptr, prefix.ptr, prefix.len) == 0;
    return sql_give_bool(out, temporary && schema->object.id != session->temp_schema);
}

/* ---- encodings */

static bool utf8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    (void)args;
    return sql_give_slice(out, slice_str("UTF8"));
}

static bool client_encoding(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_copy(call, out,
                         pg_settings_text(&pg_call_session(call)->settings, "client_encoding"));
}

/* ---- values */

static bool type_of(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    const struct sql_type *type = sql_arg_type(call, 0);
    return sql_give_int(out, type ? type->id : 0);
}

/* As rows on disk would have it: a header of 1 byte for short values, of 4 for longer ones. */
static bool column_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { SHORT_MAX = 126 };
    const struct sql_type *type = sql_arg_type(call, 0);
    if (type && type->len > 0)
        return sql_give_int(out, type->len);
    if (type && type->len == -2)
        return sql_give_int(out, args[0].len + 1);
    return sql_give_int(out, (int64_t)args[0].len + (args[0].len <= SHORT_MAX ? 1 : 4));
}

/* Arguments, or elements of the VARIADIC array, that are NULL; *count: all. */
static uint32_t count_nulls(struct sql_call *call, const struct datum *args, uint32_t *count)
{
    uint32_t nulls = 0;
    struct sql_array array;
    *count = call->argc;
    if (call->variadic) {
        sql_array_open(args[0], &array);
        *count = array.count;
    }
    for (uint32_t i = 0; i < *count; i++)
        nulls += call->variadic ? sql_array_is_null(&array, i) : args[i].null;
    return nulls;
}

static bool num_nulls(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t count;
    if (call->variadic && args[0].null)
        return sql_give_null(out);
    return sql_give_int(out, count_nulls(call, args, &count));
}

static bool num_nonnulls(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t count;
    if (call->variadic && args[0].null)
        return sql_give_null(out);
    uint32_t nulls = count_nulls(call, args, &count);
    return sql_give_int(out, (int64_t)count - nulls);
}

static bool trigger_depth(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_int(out, pg_call_session(call)->trigger_depth);
}

/* How the session's user proved who it is, and as whom; NULL: nobody asked. */
static bool system_user(struct sql_call *call, const struct datum *args, struct datum *out)
{
    static const char *const methods[] = {
        [PG_AUTH_PASSWORD] = "password", [PG_AUTH_MD5] = "md5", [PG_AUTH_SCRAM] = "scram-sha-256"};
    const struct pg_session *session = pg_call_session(call);
    const struct sql_role *role = sql_find_role_id(call->env->session, session->core.login_role);
    const char *method = methods[session->pg->config.auth];
    (void)args;
    if (!method || !role)
        return sql_give_null(out);
    struct slice text =
        arena_concat(call->arena, slice_str(method), slice_str(":"), role->object.name);
    *out = datum_bytes(text);
    return text.ptr || sql_fail_memory(call->env->error);
}

const struct sql_builtin pg_info_functions[] = {
    {"current_database",        current_database    },
    {"current_query",           current_query       },
    {"current_schema",          current_schema      },
    {"current_schemas",         current_schemas     },
    {"current_user",            current_user        },
    {"getdatabaseencoding",     utf8                },
    {"pg_backend_pid",          backend_pid         },
    {"pg_client_encoding",      client_encoding     },
    {"pg_column_size",          column_size         },
    {"pg_is_in_recovery",       no                  },
    {"pg_is_other_temp_schema", is_other_temp_schema},
    {"pg_jit_available",        no                  },
    {"pg_my_temp_schema",       my_temp_schema      },
    {"pg_num_nonnulls",         num_nonnulls        },
    {"pg_num_nulls",            num_nulls           },
    {"pg_trigger_depth",        trigger_depth       },
    {"pg_typeof",               type_of             },
    {"pgsql_version",           version             },
    {"session_user",            session_user        },
    {"system_user",             system_user         },
    {NULL,                      NULL                },
};
