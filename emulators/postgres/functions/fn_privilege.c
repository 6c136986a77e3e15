/* What a role may do: has_table_privilege and its kin, row_security_active. */
#include "emulators/postgres/catalog/aclitem.h"
#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/catalog/find.h"

#define OF_TABLES                                                                                \
    (SQL_PRIV_INSERT | SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_DELETE | SQL_PRIV_TRUNCATE | \
     SQL_PRIV_REFERENCES | SQL_PRIV_TRIGGER)
#define OF_COLUMNS (SQL_PRIV_INSERT | SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_REFERENCES)

/* What is asked: any of these will do. */
struct wanted {
    uint32_t privileges, options;
};

/* A kind of object that has privileges. */
struct kind {
    uint32_t privileges;
    size_t class_at;      /* in struct sql_class_ids */
    const char *reg_type; /* by whose rules its names are read; NULL: plain names */
    const char *name, *sqlstate;
};
#define CLASS(member) offsetof(struct sql_class_ids, member)

/* clang-format off */
static const struct kind table_kind =
    {OF_TABLES, CLASS(relation), "regclass", "relation", "42P01"};
static const struct kind sequence_kind =
    {SQL_PRIV_USAGE | SQL_PRIV_SELECT | SQL_PRIV_UPDATE, CLASS(relation), "regclass", "relation",
     "42P01"};
static const struct kind any_column_kind =
    {OF_COLUMNS, CLASS(relation), "regclass", "relation", "42P01"};
static const struct kind database_kind =
    {SQL_PRIV_CREATE | SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT, CLASS(database), NULL, "database",
     "3D000"};
static const struct kind function_kind =
    {SQL_PRIV_EXECUTE, CLASS(routine), "regprocedure", "function", "42883"};
static const struct kind language_kind =
    {SQL_PRIV_USAGE, CLASS(language), NULL, "language", "42704"};
static const struct kind schema_kind =
    {SQL_PRIV_CREATE | SQL_PRIV_USAGE, CLASS(schema), NULL, "schema", "3F000"};
static const struct kind tablespace_kind =
    {SQL_PRIV_CREATE, CLASS(tablespace), NULL, "tablespace", "42704"};
static const struct kind wrapper_kind =
    {SQL_PRIV_USAGE, CLASS(foreign_wrapper), NULL, "foreign-data wrapper", "42704"};
static const struct kind server_kind =
    {SQL_PRIV_USAGE, CLASS(foreign_server), NULL, "server", "42704"};
static const struct kind type_kind =
    {SQL_PRIV_USAGE, CLASS(type), "regtype", "type", "42704"};
/* clang-format on */

/* ---- roles */

enum form { BY_NAME, BY_ID, NOT_GIVEN };

/* The role of an argument; PUBLIC is 0 where it may be asked for. */
static bool role_of(struct sql_call *call, enum form form, struct datum arg, bool or_public,
                    uint32_t *out)
{
    *out = form == NOT_GIVEN ? call->env->session->role : (uint32_t)arg.u;
    if (form != BY_NAME)
        return true;
    struct slice name = datum_slice(arg);
    *out = 0;
    if (or_public && slice_eq_str(name, "public"))
        return true;
    const struct sql_role *role = sql_find_role(call->env->session, name);
    if (!role)
        return sql_fail(call->env->error, "42704", "role \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    *out = role->object.id;
    return true;
}

/* ---- objects */

static uint32_t class_of(const struct sql_session *session, const struct kind *kind)
{
    uint32_t class_id;
    memcpy(&class_id, (const uint8_t *)&session->dialect->classes_of + kind->class_at,
           sizeof(class_id));
    return class_id;
}

static bool fail_missing(struct sql_call *call, const struct kind *kind, struct slice name)
{
    return sql_fail(call->env->error, kind->sqlstate, "%s \"" SLICE_FMT "\" does not exist",
                    kind->name, SLICE_ARG(name));
}

/* Names of built-in objects that have no entries in the catalog. */
static uint32_t builtin_named(struct sql_session *session, const struct kind *kind,
                              struct slice name)
{
    const struct sql_dialect *dialect = session->dialect;
    for (uint32_t i = 0; kind == &language_kind && i < dialect->languages_count; i++)
        if (slice_eq_str(name, dialect->languages[i].name))
            return dialect->languages[i].id;
    if (kind != &tablespace_kind)
        return 0;
    return pg_tablespace_find(session, name);
}

static bool id_of_name(struct sql_call *call, const struct kind *kind, struct slice name,
                       uint32_t *out)
{
    struct sql_session *session = call->env->session;
    struct datum found_id = {0};
    bool found;
    if (kind->reg_type) {
        if (!pg_reg_find(call, kind->reg_type, name, &found, &found_id))
            return false;
        *out = (uint32_t)found_id.u;
        return found || fail_missing(call, kind, name);
    }
    *out = builtin_named(session, kind, name);
    if (*out)
        return true;
    const struct sql_object *object =
        kind == &schema_kind ? (const void *)sql_find_schema(session, name)
                             : sql_find_object_name(session, class_of(session, kind), 0, name);
    if (!object)
        return fail_missing(call, kind, name);
    *out = object->id;
    return true;
}

static bool is_builtin_language(const struct sql_dialect *dialect, uint32_t id)
{
    for (uint32_t i = 0; i < dialect->languages_count; i++)
        if (dialect->languages[i].id == id)
            return true;
    return false;
}

/* NULL: there is none. `room` is for built-in objects that have no entries. */
static const struct sql_object *object_of(struct sql_session *session, const struct kind *kind,
                                          uint32_t id, struct sql_object *room)
{
    if (kind->class_at == CLASS(relation))
        return (const void *)sql_find_relation_id(session, id);
    if (kind == &function_kind)
        return (const void *)sql_find_routine_id(session, id);
    if (kind == &schema_kind)
        return (const void *)sql_find_schema_id(session, id);
    const struct sql_type *type = kind == &type_kind ? sql_find_type_id(session, id) : NULL;
    /* Arrays are as their elements. */
    if (type && type->category == 'A' && type->element)
        id = type->element;
    const struct sql_object *stored = sql_find_object(session, class_of(session, kind), id);
    bool builtin = type || (kind == &language_kind && is_builtin_language(session->dialect, id)) ||
                   (kind == &tablespace_kind && pg_tablespace_name(session, id).ptr);
    if (stored || !builtin)
        return stored;
    *room = (struct sql_object){.class_id = class_of(session, kind),
                                .id = id,
                                .owner = session->dialect->default_owner,
                                .acl_default = true};
    return room;
}

/* ---- questions */

static bool allows(struct sql_session *session, uint32_t role, const struct sql_object *object,
                   struct wanted wanted)
{
    uint32_t options, has = sql_privileges_of(session, role, object, &options);
    return (has & wanted.privileges) || (options & wanted.options);
}

static bool column_allows(struct sql_session *session, uint32_t role,
                          const struct sql_relation *relation, int column, struct wanted wanted)
{
    uint32_t options, has = sql_column_privileges_of(session, role, relation, column, &options);
    return (has & wanted.privileges) || (options & wanted.options);
}

static bool any_column_allows(struct sql_session *session, uint32_t role,
                              const struct sql_relation *relation, struct wanted wanted)
{
    for (int c = 1; c <= relation->column_count; c++)
        if (!relation->columns[c - 1].dropped && column_allows(session, role, relation, c, wanted))
            return true;
    return allows(session, role, &relation->object, wanted);
}

static bool read_wanted(struct sql_call *call, struct datum text, uint32_t allowed,
                        struct wanted *out)
{
    return pg_privileges_read(call, datum_slice(text), allowed, &out->privileges, &out->options);
}

/* ([role,] object, privileges) */
static bool ask(struct sql_call *call, const struct datum *args, const struct kind *kind,
                enum form role_form, enum form object_form, struct datum *out)
{
    struct sql_session *session = call->env->session;
    struct sql_object room;
    struct wanted wanted;
    uint32_t role, id;
    if (!role_of(call, role_form, args[0], true, &role))
        return false;
    args += role_form != NOT_GIVEN;
    id = (uint32_t)args[0].u;
    if ((object_form == BY_NAME && !id_of_name(call, kind, datum_slice(args[0]), &id)) ||
        !read_wanted(call, args[1], kind->privileges, &wanted))
        return false;
    const struct sql_object *object = object_of(session, kind, id, &room);
    if (!object)
        return sql_give_null(out);
    const struct sql_relation *relation = (const void *)object;
    if (kind == &sequence_kind && relation->kind != SQL_RELATION_SEQUENCE)
        return sql_fail(call->env->error, "42809", "\"" SLICE_FMT "\" is not a sequence",
                        SLICE_ARG(object->name));
    return sql_give_bool(out, kind == &any_column_kind
                                  ? any_column_allows(session, role, relation, wanted)
                                  : allows(session, role, object, wanted));
}

#define ASK(symbol, kind, role, object)                                                    \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                      \
        return ask(call, args, &kind, role, object, out);                                  \
    }
#define ASK_ALL(name, kind)                       \
    ASK(name##_name_name, kind, BY_NAME, BY_NAME) \
    ASK(name##_name_id, kind, BY_NAME, BY_ID)     \
    ASK(name##_id_name, kind, BY_ID, BY_NAME)     \
    ASK(name##_id_id, kind, BY_ID, BY_ID)         \
    ASK(name##_name, kind, NOT_GIVEN, BY_NAME)    \
    ASK(name##_id, kind, NOT_GIVEN, BY_ID)

ASK_ALL(has_table_privilege, table_kind)
ASK_ALL(has_sequence_privilege, sequence_kind)
ASK_ALL(has_any_column_privilege, any_column_kind)
ASK_ALL(has_database_privilege, database_kind)
ASK_ALL(has_function_privilege, function_kind)
ASK_ALL(has_language_privilege, language_kind)
ASK_ALL(has_schema_privilege, schema_kind)
ASK_ALL(has_tablespace_privilege, tablespace_kind)
ASK_ALL(has_foreign_data_wrapper_privilege, wrapper_kind)
ASK_ALL(has_server_privilege, server_kind)
ASK_ALL(has_type_privilege, type_kind)

/* ---- columns */

/* 0: it was dropped, or there is no such relation. */
static bool column_of(struct sql_call *call, const struct sql_relation *relation, enum form form,
                      struct datum arg, int *out)
{
    *out = form == BY_ID ? (int)arg.i : 0;
    if (form == BY_ID || !relation)
        return true;
    struct slice name = datum_slice(arg);
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (slice_eq(relation->columns[i].name, name)) {
            *out = relation->columns[i].dropped ? 0 : i + 1;
            return true;
        }
    return sql_fail(call->env->error, "42703",
                    "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name), SLICE_ARG(relation->object.name));
}

/* ([role,] table, column, privileges) */
static bool ask_column(struct sql_call *call, const struct datum *args, enum form role_form,
                       enum form table_form, enum form column_form, struct datum *out)
{
    struct sql_session *session = call->env->session;
    struct wanted wanted;
    uint32_t role, id;
    int column;
    if (!role_of(call, role_form, args[0], true, &role))
        return false;
    args += role_form != NOT_GIVEN;
    id = (uint32_t)args[0].u;
    if (table_form == BY_NAME && !id_of_name(call, &table_kind, datum_slice(args[0]), &id))
        return false;
    const struct sql_relation *relation = sql_find_relation_id(session, id);
    if (!column_of(call, relation, column_form, args[1], &column) ||
        !read_wanted(call, args[2], OF_COLUMNS, &wanted))
        return false;
    if (!relation || column == 0 || column > relation->column_count ||
        (column > 0 && relation->columns[column - 1].dropped))
        return sql_give_null(out);
    return sql_give_bool(out, column_allows(session, role, relation, column, wanted));
}

#define ASK_COLUMN(symbol, role, table, column)                                            \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                      \
        return ask_column(call, args, role, table, column, out);                           \
    }
ASK_COLUMN(column_name_name_name, BY_NAME, BY_NAME, BY_NAME)
ASK_COLUMN(column_name_name_attnum, BY_NAME, BY_NAME, BY_ID)
ASK_COLUMN(column_name_id_name, BY_NAME, BY_ID, BY_NAME)
ASK_COLUMN(column_name_id_attnum, BY_NAME, BY_ID, BY_ID)
ASK_COLUMN(column_id_name_name, BY_ID, BY_NAME, BY_NAME)
ASK_COLUMN(column_id_name_attnum, BY_ID, BY_NAME, BY_ID)
ASK_COLUMN(column_id_id_name, BY_ID, BY_ID, BY_NAME)
ASK_COLUMN(column_id_id_attnum, BY_ID, BY_ID, BY_ID)
ASK_COLUMN(column_name_name, NOT_GIVEN, BY_NAME, BY_NAME)
ASK_COLUMN(column_name_attnum, NOT_GIVEN, BY_NAME, BY_ID)
ASK_COLUMN(column_id_name, NOT_GIVEN, BY_ID, BY_NAME)
ASK_COLUMN(column_id_attnum, NOT_GIVEN, BY_ID, BY_ID)

/* ---- settings */

static bool ask_parameter(struct sql_call *call, const struct datum *args, enum form role_form,
                          struct datum *out)
{
    struct sql_session *session = call->env->session;
    uint32_t class_id = session->dialect->classes_of.parameter, role;
    struct wanted wanted;
    if (!role_of(call, role_form, args[0], true, &role))
        return false;
    args += role_form != NOT_GIVEN;
    if (!read_wanted(call, args[1], SQL_PRIV_SET | SQL_PRIV_ALTER_SYSTEM, &wanted))
        return false;
    struct slice given = datum_slice(args[0]);
    uint8_t *name = arena_alloc(call->arena, given.len + 1);
    if (!name)
        return sql_fail_memory(call->env->error);
    for (size_t i = 0; i < given.len; i++)
        name[i] = ascii_lower(given.ptr[i]);
    const struct sql_object none = {.class_id = class_id,
                                    .id = session->dialect->first_free_id,
                                    .owner = session->dialect->default_owner,
                                    .acl_default = true};
    const struct sql_object *object =
        sql_find_object_name(session, class_id, 0, slice_of(name, given.len));
    return sql_give_bool(out, allows(session, role, object ? object : &none, wanted));
}

static bool parameter_name_name(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return ask_parameter(call, args, BY_NAME, out);
}

static bool parameter_id_name(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return ask_parameter(call, args, BY_ID, out);
}

static bool parameter_name(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return ask_parameter(call, args, NOT_GIVEN, out);
}

/* ---- roles within roles */

/* What pg_has_role asks of a role; several, any of which will do. */
enum role_mode { ROLE_USAGE = 1, ROLE_MEMBER = 2, ROLE_SET = 4, ROLE_ADMIN = 8 };

static const struct {
    const char *word;
    enum role_mode mode;
} role_modes[] = {
    {"USAGE",                    ROLE_USAGE },
    {"MEMBER",                   ROLE_MEMBER},
    {"SET",                      ROLE_SET   },
    {"USAGE WITH GRANT OPTION",  ROLE_ADMIN },
    {"USAGE WITH ADMIN OPTION",  ROLE_ADMIN },
    {"MEMBER WITH GRANT OPTION", ROLE_ADMIN },
    {"MEMBER WITH ADMIN OPTION", ROLE_ADMIN },
    {"SET WITH GRANT OPTION",    ROLE_ADMIN },
    {"SET WITH ADMIN OPTION",    ROLE_ADMIN },
};

static bool read_modes(struct sql_call *call, struct slice text, unsigned *out)
{
    *out = 0;
    for (bool more = true; more;) {
        struct slice word = pg_privileges_next(&text, &more);
        unsigned mode = 0;
        for (size_t i = 0; i < sizeof(role_modes) / sizeof(role_modes[0]); i++)
            if (slice_is(word, role_modes[i].word))
                mode = role_modes[i].mode;
        if (!mode)
            return sql_fail(call->env->error, "22023",
                            "unrecognized privilege type: \"" SLICE_FMT "\"", SLICE_ARG(word));
        *out |= mode;
    }
    return true;
}

static bool ask_role(struct sql_call *call, const struct datum *args, enum form role_form,
                     enum form of_form, struct datum *out)
{
    struct sql_session *session = call->env->session;
    uint32_t role, of;
    unsigned modes;
    if (!role_of(call, role_form, args[0], false, &role))
        return false;
    args += role_form != NOT_GIVEN;
    if (!role_of(call, of_form, args[0], false, &of) ||
        !read_modes(call, datum_slice(args[1]), &modes))
        return false;
    return sql_give_bool(out,
                         ((modes & ROLE_ADMIN) && sql_role_is_admin(session, role, of)) ||
                             ((modes & ROLE_MEMBER) && sql_role_is_member(session, role, of)) ||
                             ((modes & ROLE_SET) && sql_role_may_set(session, role, of)) ||
                             ((modes & ROLE_USAGE) && sql_role_acts_for(session, role, of)));
}

#define ASK_ROLE(symbol, role, of)                                                         \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                      \
        return ask_role(call, args, role, of, out);                                        \
    }
ASK_ROLE(role_name_name, BY_NAME, BY_NAME)
ASK_ROLE(role_name_id, BY_NAME, BY_ID)
ASK_ROLE(role_id_name, BY_ID, BY_NAME)
ASK_ROLE(role_id_id, BY_ID, BY_ID)
ASK_ROLE(role_name, NOT_GIVEN, BY_NAME)
ASK_ROLE(role_id, NOT_GIVEN, BY_ID)

/* ---- row security */

static bool active_for(struct sql_call *call, uint32_t id, struct datum *out)
{
    struct sql_session *session = call->env->session;
    const struct sql_relation *relation = sql_find_relation_id(session, id);
    if (!relation)
        return sql_give_bool(out, false);
    return sql_give_bool(out, sql_row_security_holds(session, session->role, relation));
}

static bool row_security_active(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return active_for(call, (uint32_t)args[0].u, out);
}

static bool row_security_active_name(struct sql_call *call, const struct datum *args,
                                     struct datum *out)
{
    uint32_t id;
    return id_of_name(call, &table_kind, datum_slice(args[0]), &id) && active_for(call, id, out);
}

/* clang-format off */
#define ROWS(name)                              \
    {#name "_name_name", name##_name_name},     \
    {#name "_name_id", name##_name_id},         \
    {#name "_id_name", name##_id_name},         \
    {#name "_id_id", name##_id_id},             \
    {#name "_name", name##_name},               \
    {#name "_id", name##_id}

const struct sql_builtin pg_privilege_functions[] = {
    ROWS(has_table_privilege),
    ROWS(has_sequence_privilege),
    ROWS(has_any_column_privilege),
    ROWS(has_database_privilege),
    ROWS(has_function_privilege),
    ROWS(has_language_privilege),
    ROWS(has_schema_privilege),
    ROWS(has_tablespace_privilege),
    ROWS(has_foreign_data_wrapper_privilege),
    ROWS(has_server_privilege),
    ROWS(has_type_privilege),
    {"has_column_privilege_name_name_name",   column_name_name_name   },
    {"has_column_privilege_name_name_attnum", column_name_name_attnum },
    {"has_column_privilege_name_id_name",     column_name_id_name     },
    {"has_column_privilege_name_id_attnum",   column_name_id_attnum   },
    {"has_column_privilege_id_name_name",     column_id_name_name     },
    {"has_column_privilege_id_name_attnum",   column_id_name_attnum   },
    {"has_column_privilege_id_id_name",       column_id_id_name       },
    {"has_column_privilege_id_id_attnum",     column_id_id_attnum     },
    {"has_column_privilege_name_name",        column_name_name        },
    {"has_column_privilege_name_attnum",      column_name_attnum      },
    {"has_column_privilege_id_name",          column_id_name          },
    {"has_column_privilege_id_attnum",        column_id_attnum        },
    {"has_parameter_privilege_name_name",     parameter_name_name     },
    {"has_parameter_privilege_id_name",       parameter_id_name       },
    {"has_parameter_privilege_name",          parameter_name          },
    {"pg_has_role_name_name",                 role_name_name          },
    {"pg_has_role_name_id",                   role_name_id            },
    {"pg_has_role_id_name",                   role_id_name            },
    {"pg_has_role_id_id",                     role_id_id              },
    {"pg_has_role_name",                      role_name               },
    {"pg_has_role_id",                        role_id                 },
    {"row_security_active",                   row_security_active     },
    {"row_security_active_name",              row_security_active_name},
    {NULL,                                    NULL                    },
};
/* clang-format on */
