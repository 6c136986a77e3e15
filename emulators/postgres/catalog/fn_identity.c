/* pg_identify_object(), pg_identify_object_as_address(), pg_get_object_address(). */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/identity.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"
#include "emulators/sql/value/array.h"
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

/* ---- pg_get_object_address(): the other way */

enum address_form {
    ADDRESS_RELATION,  /* by a name, that may be qualified */
    ADDRESS_NAME,      /* by one name */
    ADDRESS_OTHER,     /* there is more to it: refused */
    ADDRESS_OF_NO_USE, /* nothing is addressed so */
};

static const struct address_kind {
    const char *word;
    enum address_form form;
    enum ast_object_type type;
} address_kinds[] = {
    {"table",                     ADDRESS_RELATION,  AST_OBJECT_TABLE            },
    {"index",                     ADDRESS_RELATION,  AST_OBJECT_INDEX            },
    {"sequence",                  ADDRESS_RELATION,  AST_OBJECT_SEQUENCE         },
    {"view",                      ADDRESS_RELATION,  AST_OBJECT_VIEW             },
    {"materialized view",         ADDRESS_RELATION,  AST_OBJECT_MATERIALIZED_VIEW},
    {"foreign table",             ADDRESS_RELATION,  AST_OBJECT_FOREIGN_TABLE    },
    {"language",                  ADDRESS_NAME,      AST_OBJECT_LANGUAGE         },
    {"schema",                    ADDRESS_NAME,      AST_OBJECT_SCHEMA           },
    {"role",                      ADDRESS_NAME,      AST_OBJECT_ROLE             },
    {"database",                  ADDRESS_NAME,      AST_OBJECT_DATABASE         },
    {"tablespace",                ADDRESS_NAME,      AST_OBJECT_TABLESPACE       },
    {"foreign-data wrapper",      ADDRESS_NAME,      AST_OBJECT_FDW              },
    {"server",                    ADDRESS_NAME,      AST_OBJECT_SERVER           },
    {"extension",                 ADDRESS_NAME,      AST_OBJECT_EXTENSION        },
    {"event trigger",             ADDRESS_NAME,      AST_OBJECT_EVENT_TRIGGER    },
    {"access method",             ADDRESS_NAME,      AST_OBJECT_ACCESS_METHOD    },
    {"publication",               ADDRESS_NAME,      AST_OBJECT_PUBLICATION      },
    {"subscription",              ADDRESS_NAME,      AST_OBJECT_SUBSCRIPTION     },
    {"table column",              ADDRESS_OTHER,     0                           },
    {"foreign table column",      ADDRESS_OTHER,     0                           },
    {"aggregate",                 ADDRESS_OTHER,     0                           },
    {"function",                  ADDRESS_OTHER,     0                           },
    {"procedure",                 ADDRESS_OTHER,     0                           },
    {"type",                      ADDRESS_OTHER,     0                           },
    {"cast",                      ADDRESS_OTHER,     0                           },
    {"collation",                 ADDRESS_OTHER,     0                           },
    {"table constraint",          ADDRESS_OTHER,     0                           },
    {"domain constraint",         ADDRESS_OTHER,     0                           },
    {"conversion",                ADDRESS_OTHER,     0                           },
    {"default value",             ADDRESS_OTHER,     0                           },
    {"large object",              ADDRESS_OTHER,     0                           },
    {"operator",                  ADDRESS_OTHER,     0                           },
    {"operator class",            ADDRESS_OTHER,     0                           },
    {"operator family",           ADDRESS_OTHER,     0                           },
    {"operator of access method", ADDRESS_OTHER,     0                           },
    {"function of access method", ADDRESS_OTHER,     0                           },
    {"rule",                      ADDRESS_OTHER,     0                           },
    {"trigger",                   ADDRESS_OTHER,     0                           },
    {"text search parser",        ADDRESS_OTHER,     0                           },
    {"text search dictionary",    ADDRESS_OTHER,     0                           },
    {"text search template",      ADDRESS_OTHER,     0                           },
    {"text search configuration", ADDRESS_OTHER,     0                           },
    {"policy",                    ADDRESS_OTHER,     0                           },
    {"user mapping",              ADDRESS_OTHER,     0                           },
    {"default acl",               ADDRESS_OTHER,     0                           },
    {"transform",                 ADDRESS_OTHER,     0                           },
    {"publication namespace",     ADDRESS_OTHER,     0                           },
    {"publication relation",      ADDRESS_OTHER,     0                           },
    {"statistics object",         ADDRESS_OTHER,     0                           },
    {"parameter ACL",             ADDRESS_OTHER,     0                           },
    {"toast table",               ADDRESS_OF_NO_USE, 0                           },
    {"index column",              ADDRESS_OF_NO_USE, 0                           },
    {"sequence column",           ADDRESS_OF_NO_USE, 0                           },
    {"toast table column",        ADDRESS_OF_NO_USE, 0                           },
    {"view column",               ADDRESS_OF_NO_USE, 0                           },
    {"materialized view column",  ADDRESS_OF_NO_USE, 0                           },
    {"composite type",            ADDRESS_OF_NO_USE, 0                           },
    {"composite type column",     ADDRESS_OF_NO_USE, 0                           },
};

static const struct address_kind *find_kind(struct slice word)
{
    for (size_t i = 0; i < sizeof address_kinds / sizeof *address_kinds; i++)
        if (slice_is(word, address_kinds[i].word))
            return &address_kinds[i];
    return NULL;
}

/* The texts of an array, none of which may be NULL. */
static bool read_names(struct sql_call *call, struct datum value, struct ast_names *out)
{
    struct sql_array array;
    sql_array_open(value, &array);
    struct slice *items = arena_array(call->arena, array.count + 1, sizeof *items);
    if (!items)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < array.count; i++) {
        struct datum item = sql_array_get(&array, i);
        if (item.null)
            return sql_fail(call->env->error, "22023",
                            "name or argument lists may not contain nulls");
        items[i] = arena_dup(call->arena, datum_slice(item));
    }
    *out = (struct ast_names){.items = items, .count = array.count};
    return true;
}

static bool check_names(struct sql_call *call, const struct address_kind *kind, struct slice word,
                        const struct ast_names *names)
{
    struct sql_error *error = call->env->error;
    switch (kind->form) {
    case ADDRESS_RELATION:
        return names->count || sql_fail(error, "22023", "name list length must be at least %d", 1);
    case ADDRESS_NAME:
        return names->count == 1 ||
               sql_fail(error, "22023", "name list length must be exactly %d", 1);
    case ADDRESS_OTHER: return sql_fail(error, "0A000", "objects of that kind are not supported");
    case ADDRESS_OF_NO_USE: break;
    }
    return sql_fail(error, "22023", "unsupported object type \"" SLICE_FMT "\"", SLICE_ARG(word));
}

static bool find_relation(struct pg_ddl *ddl, const struct address_kind *kind,
                          const struct ast_names *names, struct pg_found *out)
{
    static const struct {
        enum ast_object_type type;
        const char *kinds, *words;
    } wanted[] = {
        {AST_OBJECT_TABLE,             "rp", "a table"            },
        {AST_OBJECT_INDEX,             "iI", "an index"           },
        {AST_OBJECT_SEQUENCE,          "S",  "a sequence"         },
        {AST_OBJECT_VIEW,              "v",  "a view"             },
        {AST_OBJECT_MATERIALIZED_VIEW, "m",  "a materialized view"},
        {AST_OBJECT_FOREIGN_TABLE,     "f",  "a foreign table"    },
    };
    const struct sql_relation *relation;
    struct slice text = pg_ddl_names_text(ddl, names);
    if (names->count > 3)
        return sql_fail(ddl->env->error, "42601",
                        "improper relation name (too many dotted names): " SLICE_FMT,
                        SLICE_ARG(text));
    if (names->count == 3 && !slice_eq(names->items[0], pg_session_of(ddl->session)->database_name))
        return sql_fail(ddl->env->error, "0A000",
                        "cross-database references are not implemented: \"" SLICE_FMT "\"",
                        SLICE_ARG(text));
    if (!pg_name_relation_of_names(ddl, names, false, SQL_ACCESS_SHARE, &relation))
        return false;
    *out = (struct pg_found){
        .ref = {ddl->session->dialect->classes_of.relation, relation->object.id, 0}
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i].type == kind->type && !strchr(wanted[i].kinds, (char)relation->kind))
            return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not %s",
                            SLICE_ARG(relation->object.name), wanted[i].words);
    return true;
}

/* What is built in and no object of the catalog; 0: it is none of that. */
static uint32_t find_built_in(struct sql_session *session, enum ast_object_type type,
                              struct slice name)
{
    const struct sql_dialect *dialect = session->dialect;
    if (type == AST_OBJECT_ACCESS_METHOD)
        return sql_find_method(session, name).id;
    if (type == AST_OBJECT_TABLESPACE)
        return pg_tablespace_find(session, name);
    for (uint32_t i = 0; i < dialect->languages_count && type == AST_OBJECT_LANGUAGE; i++)
        if (slice_is(name, dialect->languages[i].name))
            return dialect->languages[i].id;
    return 0;
}

static bool find_named(struct pg_ddl *ddl, const struct ast_object *object, struct pg_found *out)
{
    const struct sql_class_ids *ids = &ddl->session->dialect->classes_of;
    uint32_t id = find_built_in(ddl->session, object->type, object->name.items[0]);
    if (!id)
        return pg_resolve(ddl, object, false, SQL_ACCESS_SHARE, out);
    out->ref = pg_whole(object->type == AST_OBJECT_ACCESS_METHOD ? ids->access_method
                        : object->type == AST_OBJECT_TABLESPACE  ? ids->tablespace
                                                                 : ids->language,
                        id);
    return true;
}

static bool get_object_address(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { COLUMNS = 3 };
    struct slice word = datum_slice(args[0]);
    const struct address_kind *kind = find_kind(word);
    struct sql_env env = *call->env;
    struct pg_ddl ddl = {.session = env.session, .env = &env, .arena = call->arena};
    struct ast_object object = {
        .node = {AST_OBJECT, -1}
    };
    struct ast_names arguments;
    struct pg_found found;
    env.arena = call->arena;
    if (!kind)
        return sql_fail(env.error, "22023", "unrecognized object type \"" SLICE_FMT "\"",
                        SLICE_ARG(word));
    object.type = kind->type;
    if (!read_names(call, args[1], &object.name) || !read_names(call, args[2], &arguments) ||
        !check_names(call, kind, word, &object.name) ||
        !(kind->form == ADDRESS_RELATION ? find_relation(&ddl, kind, &object.name, &found)
                                         : find_named(&ddl, &object, &found)))
        return false;
    const struct datum values[COLUMNS] = {
        {.u = found.ref.class_id}, {.u = found.ref.id}, datum_int(found.ref.part)};
    return pg_call_give_row(call, values, COLUMNS, out);
}

const struct sql_builtin pg_identity_functions[] = {
    {"pg_get_object_address",         get_object_address },
    {"pg_identify_object",            identify_object    },
    {"pg_identify_object_as_address", identify_as_address},
    {NULL,                            NULL               },
};
