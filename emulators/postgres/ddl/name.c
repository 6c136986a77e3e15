#include "emulators/postgres/ddl/name.h"

#include <stdio.h>

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/path.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/objects.h"

/* ---- schemas */

bool pg_name_schema(struct pg_ddl *ddl, struct slice name, bool missing_ok,
                    const struct sql_schema **out)
{
    *out = sql_find_schema(ddl->session, name);
    return *out || missing_ok ||
           sql_fail(ddl->env->error, "3F000", "schema \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name));
}

static void forget_temp_schema(struct sql_txn *txn, void *ctx, bool committed)
{
    (void)txn;
    struct sql_session *session = ctx;
    if (!committed)
        session->temp_schema = 0;
}

static bool refuse_prepare(struct sql_env *env, void *ctx)
{
    (void)ctx;
    return sql_fail(env->error, "0A000",
                    "cannot PREPARE a transaction that has operated on temporary objects");
}

bool pg_name_note_temporary(struct pg_ddl *ddl)
{
    static const struct sql_txn_hook hook = {.prepare = refuse_prepare};
    return sql_txn_on_end(ddl->session->txn, &hook, NULL, ddl->env->error);
}

bool pg_name_temp_schema(struct pg_ddl *ddl, uint32_t *out_schema)
{
    struct sql_session *session = ddl->session;
    static const struct sql_txn_hook hook = {.end = forget_temp_schema};
    /* A savepoint that was rolled back may have taken the schema with it. */
    if (!session->temp_schema || !sql_find_schema_id(session, session->temp_schema)) {
        struct slice name = arena_printf(ddl->arena, "pg_temp_%u", session->id);
        if (!name.ptr)
            return sql_fail_memory(ddl->env->error);
        const struct sql_schema *left = sql_find_schema(session, name);
        struct sql_schema schema = {
            .object = {.class_id = pg_classes(ddl)->schema,
                       .owner = session->dialect->default_owner,
                       .name = name,
                       .acl_default = true}
        };
        if (!left && (!sql_catalog_create(ddl->env, &schema.object) ||
                      !sql_txn_on_end(session->txn, &hook, session, ddl->env->error)))
            return false;
        session->temp_schema = left ? left->object.id : schema.object.id;
        if (!pg_path_refresh(pg_session_of(session)))
            return sql_fail_memory(ddl->env->error);
    }
    *out_schema = session->temp_schema;
    return pg_name_note_temporary(ddl);
}

static bool may_create_in(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_schema *schema = sql_find_schema_id(ddl->session, id);
    if (id == ddl->session->temp_schema ||
        sql_has_privileges(ddl->session, ddl->session->role, &schema->object, SQL_PRIV_CREATE))
        return true;
    return sql_fail(ddl->env->error, "42501", "permission denied for schema " SLICE_FMT,
                    SLICE_ARG(schema->object.name));
}

static bool default_schema(struct pg_ddl *ddl, uint32_t *out_schema)
{
    if (!ddl->session->create_schema)
        return sql_fail(ddl->env->error, "3F000", "no schema has been selected to create in");
    *out_schema = ddl->session->create_schema;
    return true;
}

static bool fail_lasting(struct pg_ddl *ddl, const struct ast_relation *name)
{
    return sql_fail_at(ddl->env->error, name->node.location, "42P16",
                       "only temporary relations may be created in temporary schemas");
}

bool pg_name_creation(struct pg_ddl *ddl, const struct ast_relation *name, uint32_t *out_schema,
                      char *out_persistence)
{
    const struct sql_schema *schema = NULL;
    *out_persistence = name->persistence == AST_TEMPORARY  ? 't'
                       : name->persistence == AST_UNLOGGED ? 'u'
                                                           : 'p';
    bool temp_named = name->schema.ptr && slice_eq_str(name->schema, "pg_temp");
    if (name->schema.ptr && !temp_named && !pg_name_schema(ddl, name->schema, false, &schema))
        return false;
    if (name->persistence == AST_TEMPORARY && schema &&
        schema->object.id != ddl->session->temp_schema)
        return sql_fail(ddl->env->error, "42P16",
                        "cannot create temporary relation in non-temporary schema");
    if (name->persistence == AST_TEMPORARY && ddl->session->role_limits & SQL_ROLE_RESTRICTED)
        return sql_fail(ddl->env->error, "42501",
                        "cannot create temporary table within security-restricted operation");
    if (*out_persistence == 'u' && temp_named)
        return fail_lasting(ddl, name);
    if (name->persistence == AST_TEMPORARY || temp_named) {
        *out_persistence = 't';
        return pg_name_temp_schema(ddl, out_schema);
    }
    if (*out_persistence == 'u' && schema && schema->object.id == ddl->session->temp_schema)
        return fail_lasting(ddl, name);
    if (schema)
        *out_schema = schema->object.id;
    else if (!default_schema(ddl, out_schema))
        return false;
    if (*out_schema == ddl->session->temp_schema)
        *out_persistence = 't';
    if (*out_schema == ddl->session->dialect->system_schema) {
        sql_fail(ddl->env->error, "42501",
                 "permission denied to create \"" SLICE_FMT "." SLICE_FMT "\"",
                 SLICE_ARG(sql_find_schema_id(ddl->session, *out_schema)->object.name),
                 SLICE_ARG(name->name));
        return sql_detail(ddl->env->error,
                          "System catalog modifications are currently disallowed.");
    }
    return may_create_in(ddl, *out_schema);
}

bool pg_name_split(struct pg_ddl *ddl, const struct ast_names *names, struct slice *out_schema,
                   struct slice *out_name)
{
    if (names->count > 3)
        return sql_fail(ddl->env->error, "42601",
                        "improper qualified name (too many dotted names)");
    *out_name = names->items[names->count - 1];
    *out_schema = names->count > 1 ? names->items[names->count - 2] : slice_of(NULL, 0);
    return true;
}

bool pg_name_qualified(struct pg_ddl *ddl, const struct ast_names *names, uint32_t *out_schema,
                       struct slice *out_name)
{
    struct slice schema_name;
    const struct sql_schema *schema;
    if (!pg_name_split(ddl, names, &schema_name, out_name))
        return false;
    if (!schema_name.ptr) {
        if (!default_schema(ddl, out_schema))
            return false;
    } else if (slice_eq_str(schema_name, "pg_temp")) {
        return pg_name_temp_schema(ddl, out_schema);
    } else {
        if (!pg_name_schema(ddl, schema_name, false, &schema))
            return false;
        *out_schema = schema->object.id;
    }
    return may_create_in(ddl, *out_schema);
}

/* ---- names made up */

bool pg_name_relation_taken(struct pg_ddl *ddl, uint32_t schema, struct slice name, bool *out_taken)
{
    uint32_t class_id = pg_classes(ddl)->relation;
    if (!sql_catalog_await_name(ddl->env, class_id, schema, name))
        return false;
    *out_taken = sql_find_object_name(ddl->session, class_id, schema, name) != NULL;
    return true;
}

/* The length to which `text` is cut so that no character is halved. */
static size_t cut_at(struct slice text, size_t len)
{
    if (len >= text.len)
        return text.len;
    while (len > 0 && (text.ptr[len] & 0xc0) == 0x80)
        len--;
    return len;
}

struct slice pg_name_make(struct arena *arena, struct slice first, struct slice second,
                          const char *label, unsigned number)
{
    char tail[80] = "";
    if (number)
        (void)snprintf(tail, sizeof tail, "_%s%u", label, number);
    else if (label)
        (void)snprintf(tail, sizeof tail, "_%s", label);
    size_t room = PG_NAME_MAX - strlen(tail) - (second.ptr ? 1 : 0);
    size_t first_len = first.len, second_len = second.ptr ? second.len : 0;
    while (first_len + second_len > room)
        if (first_len > second_len)
            first_len--;
        else
            second_len--;
    first_len = cut_at(first, first_len);
    second_len = second.ptr ? cut_at(second, second_len) : 0;
    return arena_printf(arena, "%.*s%s%.*s%s", (int)first_len, (const char *)first.ptr,
                        second.ptr ? "_" : "", (int)second_len,
                        second.ptr ? (const char *)second.ptr : "", tail);
}

static bool choose(struct pg_ddl *ddl, uint32_t class_id, uint32_t schema, struct slice table,
                   struct slice columns, const char *label, struct slice *out)
{
    for (unsigned number = 0;; number++) {
        struct slice name = pg_name_make(ddl->arena, table, columns, label, number);
        if (!name.ptr)
            return sql_fail_memory(ddl->env->error);
        if (!sql_catalog_await_name(ddl->env, class_id, schema, name))
            return false;
        if (sql_find_object_name(ddl->session, class_id, schema, name))
            continue;
        *out = name;
        return true;
    }
}

bool pg_name_choose_relation(struct pg_ddl *ddl, uint32_t schema, struct slice table,
                             struct slice columns, const char *label, struct slice *out)
{
    return choose(ddl, pg_classes(ddl)->relation, schema, table, columns, label, out);
}

bool pg_name_choose_constraint(struct pg_ddl *ddl, uint32_t schema, struct slice table,
                               struct slice columns, const char *label, struct slice *out)
{
    return choose(ddl, pg_classes(ddl)->constraint, schema, table, columns, label, out);
}

/* ---- relations, columns, roles */

/* What a statement names first is what it is about. */
static bool note_subject(struct pg_ddl *ddl, const struct sql_object *object)
{
    if (object && !ddl->subject.class_id)
        ddl->subject = pg_whole(object->class_id, object->id);
    return true;
}

static bool find_named(struct pg_ddl *ddl, struct slice schema, struct slice name, bool missing_ok,
                       enum sql_lock_mode lock, const struct sql_relation **out)
{
    *out = NULL;
    if (schema.ptr && !sql_find_schema(ddl->session, schema))
        return missing_ok || sql_fail(ddl->env->error, "3F000",
                                      "schema \"" SLICE_FMT "\" does not exist", SLICE_ARG(schema));
    if (!sql_check_schema_usage(ddl->env, schema))
        return false;
    for (;;) {
        const struct sql_relation *found = sql_find_relation(ddl->session, schema, name);
        if (!found)
            break;
        uint32_t id = found->object.id;
        if (lock && !sql_lock_relation(ddl->env, id, lock, SQL_WAIT_BLOCK))
            return false;
        /* While it was waited for, the name may have gone to another one. */
        found = sql_find_relation(ddl->session, schema, name);
        if (found && found->object.id == id) {
            *out = found;
            return true;
        }
    }
    if (missing_ok)
        return true;
    if (schema.ptr)
        return sql_fail(ddl->env->error, "42P01",
                        "relation \"" SLICE_FMT "." SLICE_FMT "\" does not exist",
                        SLICE_ARG(schema), SLICE_ARG(name));
    return sql_fail(ddl->env->error, "42P01", "relation \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name));
}

bool pg_name_relation(struct pg_ddl *ddl, const struct ast_relation *name, bool missing_ok,
                      enum sql_lock_mode lock, const struct sql_relation **out)
{
    return find_named(ddl, name->schema, name->name, missing_ok, lock, out) &&
           note_subject(ddl, *out ? &(*out)->object : NULL);
}

bool pg_name_relation_of_names(struct pg_ddl *ddl, const struct ast_names *names, bool missing_ok,
                               enum sql_lock_mode lock, const struct sql_relation **out)
{
    struct slice schema, name;
    return pg_name_split(ddl, names, &schema, &name) &&
           find_named(ddl, schema, name, missing_ok, lock, out) &&
           note_subject(ddl, *out ? &(*out)->object : NULL);
}

const struct sql_column *pg_name_column(const struct sql_relation *relation, struct slice name)
{
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped && slice_eq(relation->columns[i].name, name))
            return &relation->columns[i];
    return NULL;
}

bool pg_name_is_system_column(struct slice name)
{
    static const char *const names[] = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_eq_str(name, names[i]))
            return true;
    return false;
}

bool pg_name_require_column(struct pg_ddl *ddl, const struct sql_relation *relation,
                            struct slice name, const struct sql_column **out)
{
    *out = pg_name_column(relation, name);
    return *out || sql_fail(ddl->env->error, "42703",
                            "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                            SLICE_ARG(name), SLICE_ARG(relation->object.name));
}

bool pg_name_role(struct pg_ddl *ddl, const struct ast_role *role, bool public_allowed,
                  uint32_t *out)
{
    const struct sql_role *found;
    switch (role->type) {
    case AST_ROLE_CURRENT_ROLE:
    case AST_ROLE_CURRENT_USER: *out = ddl->session->role; return true;
    case AST_ROLE_SESSION_USER: *out = ddl->session->session_role; return true;
    case AST_ROLE_PUBLIC:
        if (public_allowed) {
            *out = 0;
            return true;
        }
        return sql_fail(ddl->env->error, "42704", "role \"public\" does not exist");
    case AST_ROLE_NAME: break;
    }
    found = sql_find_role(ddl->session, role->name);
    if (!found)
        return sql_fail(ddl->env->error, "42704", "role \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(role->name));
    *out = found->object.id;
    return true;
}

bool pg_name_must_own(struct pg_ddl *ddl, const struct sql_object *object)
{
    note_subject(ddl, object);
    if (sql_is_owner(ddl->session, ddl->session->role, object))
        return true;
    bool server = object->class_id == pg_classes(ddl)->foreign_server;
    return sql_fail(ddl->env->error, "42501", "must be owner of %s%s " SLICE_FMT,
                    server ? "foreign " : "", pg_describe_kind(ddl->session, object),
                    SLICE_ARG(object->name));
}

bool pg_name_must_own_relation_of(struct pg_ddl *ddl, const struct sql_object *relation)
{
    return sql_is_owner(ddl->session, ddl->session->role, relation) ||
           sql_fail(ddl->env->error, "42501", "must be owner of relation " SLICE_FMT,
                    SLICE_ARG(relation->name));
}

bool pg_name_must_be_member(struct pg_ddl *ddl, uint32_t id)
{
    if (sql_role_may_set(ddl->session, ddl->session->role, id))
        return true;
    const struct sql_role *role = sql_find_role_id(ddl->session, id);
    if (sql_role_is_member(ddl->session, ddl->session->role, id))
        return sql_fail(ddl->env->error, "42501", "must be able to SET ROLE \"" SLICE_FMT "\"",
                        SLICE_ARG(role->object.name));
    return sql_fail(ddl->env->error, "42501", "must be member of role \"" SLICE_FMT "\"",
                    SLICE_ARG(role->object.name));
}

bool pg_name_type_usage(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_type *type = sql_find_type_id(ddl->session, id);
    if (type && type->category == 'A' && type->element)
        type = sql_find_type_id(ddl->session, type->element);
    if (!type)
        return true;
    const struct sql_type_object *stored = sql_find_type_object(ddl->session, type->id);
    const struct sql_object builtin = {.class_id = pg_classes(ddl)->type,
                                       .id = type->id,
                                       .owner = ddl->session->dialect->default_owner,
                                       .acl_default = true};
    const struct sql_object *object = stored ? &stored->object : &builtin;
    return sql_has_privileges(ddl->session, ddl->session->role, object, SQL_PRIV_USAGE) ||
           sql_fail(ddl->env->error, "42501", "permission denied for type " SLICE_FMT,
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type->id)));
}

bool pg_name_own_type(struct pg_ddl *ddl, const struct ast_names *names, enum sql_type_kind kind,
                      const char *what, const struct sql_type_object **out)
{
    struct slice schema, name;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    const struct sql_type *type = sql_find_type(ddl->session, schema, name);
    if (!type)
        return sql_fail(ddl->env->error, "42704", "type \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(pg_ddl_names_text(ddl, names)));
    if (type->kind != kind)
        return sql_fail(ddl->env->error, "42809", SLICE_FMT " is not %s",
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type->id)), what);
    *out = sql_find_type_object(ddl->session, type->id);
    if (!*out) /* one of the system's, which nobody owns */
        return sql_fail(ddl->env->error, "42501", "must be owner of type " SLICE_FMT,
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type->id)));
    return pg_name_must_own(ddl, &(*out)->object);
}
