/* pg_identify_object(), pg_identify_object_as_address(). */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/identity.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/call.h"

/* What an object of the class is called when there is none of that id. NULL: the class is not known. */
static const char *class_word(struct sql_session *session, uint32_t class_id)
{
    const struct sql_class_ids *ids = &session->dialect->classes_of;
    const struct sql_object of_class = {.class_id = class_id};
    const uint32_t not_known[] = {ids->operator_, ids->operator_class, ids->operator_family,
                                  ids->cast,      ids->user_mapping,   ids->large_object};
    for (size_t i = 0; i < sizeof not_known / sizeof *not_known; i++)
        if (class_id == not_known[i])
            return NULL;
    if (class_id == ids->relation)
        return "relation";
    if (class_id == ids->routine)
        return "routine";
    if (class_id == ids->column_default)
        return "default value";
    if (class_id == ids->default_acl)
        return "default acl";
    const char *word = pg_describe_kind(session, &of_class);
    return strcmp(word, "object") == 0 ? NULL : word;
}

static bool relation_exists(struct sql_session *session, uint32_t id, int32_t part)
{
    const struct sql_relation *relation = sql_find_relation_id(session, id);
    return relation && part <= relation->column_count &&
           (part == 0 || !relation->columns[part - 1].dropped);
}

static bool exists(struct sql_session *session, struct sql_reference object)
{
    const struct sql_class_ids *ids = &session->dialect->classes_of;
    uint32_t relation;
    int32_t column;
    if (object.class_id == ids->relation)
        return relation_exists(session, object.id, object.part);
    if (object.class_id == ids->type)
        return sql_find_type_id(session, object.id);
    if (object.class_id == ids->routine)
        return sql_find_routine_id(session, object.id);
    if (object.class_id == ids->schema)
        return sql_find_schema_id(session, object.id);
    if (object.class_id == ids->column_default)
        return pg_find_default(session, object.id, &relation, &column);
    return sql_find_object(session, object.class_id, object.id);
}

/* *found: there is such an object; without it out has the type alone. */
static bool identify(struct sql_call *call, const struct datum *args, struct pg_identity *out,
                     bool *found)
{
    struct sql_env env = *call->env;
    struct sql_error *error = env.error;
    const struct sql_reference object = {(uint32_t)args[0].u, (uint32_t)args[1].u,
                                         (int32_t)args[2].i};
    bool relation = object.class_id == env.session->dialect->classes_of.relation;
    const char *word = class_word(env.session, object.class_id);
    env.arena = call->arena;
    if (object.part && !relation)
        return sql_fail(error, "XX000", "invalid non-zero objectSubId for object class %u",
                        object.class_id);
    if (!word || object.part < 0)
        return sql_fail(error, "0A000", "objects of that kind are not supported");
    *found = exists(env.session, object);
    /* What is built in is not all in the catalog. */
    if (!*found && object.id && object.id < env.session->dialect->first_free_id && !object.part)
        return sql_fail(error, "0A000", "objects of that kind are not supported");
    if (!*found) {
        *out = (struct pg_identity){.type = slice_str(word)};
        if (object.part && sql_find_relation_id(env.session, object.id))
            out->type = slice_str("table column");
        return true;
    }
    return pg_identify(&env, object, out) &&
           (out->type.ptr || sql_fail(error, "0A000", "objects of that kind are not supported"));
}

/* NULL stays NULL. */
static struct datum quoted(struct sql_call *call, struct slice name)
{
    struct sql_bytes text = sql_bytes_begin(call);
    if (!name.ptr)
        return datum_null();
    pg_quote_name(&text, name);
    return datum_bytes(sql_bytes_slice(&text));
}

/* The schema by its own name: "pg_temp" is what the session calls its own. */
static struct slice schema_name(const struct sql_session *session, const struct pg_identity *of)
{
    if (of->of_relation || !of->is_temporary)
        return of->of_relation ? slice_of(NULL, 0) : of->schema;
    struct sql_session *any = (struct sql_session *)(uintptr_t)session;
    return sql_find_schema_id(any, session->temp_schema)->object.name;
}

static bool identify_object(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { COLUMNS = 4 };
    struct pg_identity of;
    bool found;
    if (!identify(call, args, &of, &found))
        return false;
    bool column = args[2].i != 0 && found; /* it has its relation's name */
    const struct datum values[COLUMNS] = {
        datum_bytes(of.type),
        quoted(call, schema_name(call->env->session, &of)),
        quoted(call, column ? of.names[1] : of.name),
        pg_text_or_null(of.identity),
    };
    return pg_call_give_row(call, values, COLUMNS, out);
}

static bool identify_as_address(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { COLUMNS = 3 };
    struct pg_identity of;
    bool found;
    if (!identify(call, args, &of, &found))
        return false;
    struct datum values[COLUMNS] = {datum_bytes(of.type), datum_null(), datum_null()};
    return (!found || (pg_make_texts(call, of.names, of.name_count, &values[1]) &&
                       pg_make_texts(call, of.args, of.arg_count, &values[2]))) &&
           pg_call_give_row(call, values, COLUMNS, out);
}

const struct sql_builtin pg_identity_functions[] = {
    {"pg_identify_object",            identify_object    },
    {"pg_identify_object_as_address", identify_as_address},
    {NULL,                            NULL               },
};
