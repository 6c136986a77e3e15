#include "emulators/postgres/ddl/resolve.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

struct slice pg_ddl_names_text(struct pg_ddl *ddl, const struct ast_names *names)
{
    struct sql_bytes out;
    sql_bytes_init(&out, ddl->arena);
    for (uint32_t i = 0; i < names->count; i++) {
        if (i)
            sql_bytes_add_char(&out, '.');
        sql_bytes_add_slice(&out, names->items[i]);
    }
    return sql_bytes_slice(&out);
}

struct slice pg_ddl_signature(struct pg_ddl *ddl, struct slice name, const uint32_t *types,
                              uint32_t count)
{
    struct sql_bytes out;
    sql_bytes_init(&out, ddl->arena);
    sql_bytes_add_slice(&out, name);
    sql_bytes_add_char(&out, '(');
    for (uint32_t i = 0; i < count; i++) {
        sql_bytes_add_str(&out, i ? ", " : "");
        pg_format_type(ddl->session, &out, types[i], -1, PG_TYPE_NO_TYPMOD);
    }
    sql_bytes_add_char(&out, ')');
    return sql_bytes_slice(&out);
}

/* "x does not exist", or with missing_ok the notice that it is skipped. */
static bool missing(struct pg_ddl *ddl, bool missing_ok, const char *sqlstate, struct slice what)
{
    if (!missing_ok)
        return sql_fail(ddl->env->error, sqlstate, SLICE_FMT " does not exist", SLICE_ARG(what));
    pg_ddl_notice(ddl, "00000", SLICE_FMT " does not exist, skipping", SLICE_ARG(what));
    return true;
}

static bool missing_named(struct pg_ddl *ddl, bool missing_ok, const char *sqlstate,
                          const char *kind, struct slice name)
{
    struct slice what = arena_printf(ddl->arena, "%s \"" SLICE_FMT "\"", kind, SLICE_ARG(name));
    return missing(ddl, missing_ok, sqlstate, what);
}

/* Is the schema that a name has there? False with *out_ok true: it was said, and skipped. */
static bool schema_there(struct pg_ddl *ddl, struct slice schema, bool missing_ok, bool *out_ok)
{
    *out_ok = false;
    if (!sql_check_schema_usage(ddl->env, schema))
        return false;
    if (!schema.ptr || sql_find_schema(ddl->session, schema))
        return true;
    *out_ok = missing_named(ddl, missing_ok, "3F000", "schema", schema);
    return false;
}

/* ---- relations */

struct relation_sort {
    enum ast_object_type type;
    const char *kinds;
    const char *name, *statement; /* "table", "TABLE" */
};

static const struct relation_sort relation_sorts[] = {
    {AST_OBJECT_TABLE,             "rp", "table",             "TABLE"            },
    {AST_OBJECT_SEQUENCE,          "S",  "sequence",          "SEQUENCE"         },
    {AST_OBJECT_VIEW,              "v",  "view",              "VIEW"             },
    {AST_OBJECT_MATERIALIZED_VIEW, "m",  "materialized view", "MATERIALIZED VIEW"},
    {AST_OBJECT_INDEX,             "iI", "index",             "INDEX"            },
    {AST_OBJECT_FOREIGN_TABLE,     "f",  "foreign table",     "FOREIGN TABLE"    },
};

static const struct relation_sort *sort_of(enum ast_object_type type)
{
    for (size_t i = 0; i < sizeof relation_sorts / sizeof *relation_sorts; i++)
        if (relation_sorts[i].type == type)
            return &relation_sorts[i];
    return NULL;
}

static bool wrong_kind(struct pg_ddl *ddl, const struct relation_sort *wanted,
                       const struct sql_relation *found)
{
    bool vowel = strchr("aeiou", wanted->name[0]) != NULL;
    sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not %s %s",
             SLICE_ARG(found->object.name), vowel ? "an" : "a", wanted->name);
    for (size_t i = 0; i < sizeof relation_sorts / sizeof *relation_sorts; i++) {
        const struct relation_sort *is = &relation_sorts[i];
        if (strchr(is->kinds, (char)found->kind))
            return sql_hint(ddl->env->error, "Use DROP %s to remove %s %s.", is->statement,
                            strchr("aeiou", is->name[0]) ? "an" : "a", is->name);
    }
    if (found->kind == SQL_RELATION_COMPOSITE)
        sql_hint(ddl->env->error, "Use DROP TYPE to remove a type.");
    return false;
}

static bool find_relation(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                          enum sql_lock_mode lock, struct pg_found *out)
{
    const struct relation_sort *sort = sort_of(ast->type);
    struct slice schema, name;
    const struct sql_relation *found;
    bool ok;
    if (!pg_name_split(ddl, &ast->name, &schema, &name))
        return false;
    if (!schema_there(ddl, schema, missing_ok, &ok))
        return ok;
    if (!pg_name_relation_of_names(ddl, &ast->name, true, lock, &found))
        return false;
    if (!found)
        return missing_named(ddl, missing_ok, sort->type == AST_OBJECT_INDEX ? "42704" : "42P01",
                             sort->name, missing_ok ? name : pg_ddl_names_text(ddl, &ast->name));
    if (!strchr(sort->kinds, (char)found->kind))
        return wrong_kind(ddl, sort, found);
    out->object = &found->object;
    out->ref = pg_whole(pg_classes(ddl)->relation, found->object.id);
    return true;
}

/* ---- what belongs to a relation */

static uint32_t find_part(struct pg_ddl *ddl, const uint32_t *ids, uint16_t count,
                          uint32_t class_id, struct slice name)
{
    for (uint16_t i = 0; i < count; i++) {
        const struct sql_object *found = sql_find_object(ddl->session, class_id, ids[i]);
        if (found && slice_eq(found->name, name))
            return found->id;
    }
    return 0;
}

static bool part_of(struct pg_ddl *ddl, const struct ast_object *ast,
                    const struct sql_relation *relation, struct sql_reference *out,
                    const char **out_kind)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_column *column;
    switch (ast->type) {
    case AST_OBJECT_COLUMN:
    case AST_OBJECT_ATTRIBUTE:
        column = pg_name_column(relation, ast->part);
        *out_kind = "column";
        *out = (struct sql_reference){ids->relation, column ? relation->object.id : 0,
                                      column ? column->number : 0};
        return true;
    case AST_OBJECT_TABLE_CONSTRAINT:
        *out_kind = "constraint";
        *out = pg_whole(ids->constraint,
                        find_part(ddl, relation->constraints, relation->constraint_count,
                                  ids->constraint, ast->part));
        return true;
    case AST_OBJECT_TRIGGER:
        *out_kind = "trigger";
        *out = pg_whole(ids->trigger, find_part(ddl, relation->triggers, relation->trigger_count,
                                                ids->trigger, ast->part));
        return true;
    case AST_OBJECT_RULE:
        *out_kind = "rule";
        *out = pg_whole(
            ids->rule, find_part(ddl, relation->rules, relation->rule_count, ids->rule, ast->part));
        return true;
    default:
        *out_kind = "policy";
        *out = pg_whole(ids->policy, find_part(ddl, relation->policies, relation->policy_count,
                                               ids->policy, ast->part));
        return true;
    }
}

static bool find_in_relation(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                             enum sql_lock_mode lock, struct pg_found *out)
{
    const struct sql_relation *relation;
    const char *kind;
    struct slice schema, name;
    bool ok;
    if (!pg_name_split(ddl, &ast->name, &schema, &name))
        return false;
    if (!schema_there(ddl, schema, missing_ok, &ok))
        return ok;
    if (!pg_name_relation_of_names(ddl, &ast->name, missing_ok, lock, &relation))
        return false;
    if (!relation)
        return missing_named(ddl, true, "42P01", "relation", pg_ddl_names_text(ddl, &ast->name));
    part_of(ddl, ast, relation, &out->ref, &kind);
    out->object = &relation->object;
    if (out->ref.id)
        return true;
    bool is_column = ast->type == AST_OBJECT_COLUMN || ast->type == AST_OBJECT_ATTRIBUTE;
    const char *between = is_column                      ? "of relation"
                          : ast->type == AST_OBJECT_RULE ? "for relation"
                                                         : "for table";
    struct slice what = arena_printf(
        ddl->arena, "%s \"" SLICE_FMT "\" %s \"" SLICE_FMT "\"", kind, SLICE_ARG(ast->part),
        missing_ok && !is_column ? "for relation" : between,
        SLICE_ARG(missing_ok ? pg_ddl_names_text(ddl, &ast->name) : relation->object.name));
    return missing(ddl, missing_ok, is_column ? "42703" : "42704", what);
}

/* ---- types */

static struct slice type_name_text(struct pg_ddl *ddl, const struct ast_type_name *type)
{
    struct slice text = pg_ddl_names_text(ddl, &type->names);
    for (uint32_t i = 0; i < type->array_dimensions; i++)
        text = arena_concat(ddl->arena, text, slice_str("[]"), slice_of("", 0));
    return text;
}

static bool find_type(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                      struct pg_found *out)
{
    const struct ast_type_name *name = ast->type_name;
    struct slice schema, last;
    bool ok;
    if (!pg_name_split(ddl, &name->names, &schema, &last))
        return false;
    if (!schema_there(ddl, schema, missing_ok, &ok))
        return ok;
    const struct sql_type *type = sql_find_type(ddl->session, schema, last);
    if (type && name->array_dimensions)
        type = type->array ? sql_find_type_id(ddl->session, type->array) : NULL;
    const struct sql_type_object *object =
        type ? sql_find_type_object(ddl->session, type->id) : NULL;
    if (!type)
        return missing_named(ddl, missing_ok, "42704", "type", type_name_text(ddl, name));
    if (ast->type == AST_OBJECT_DOMAIN && type->kind != SQL_TYPE_DOMAIN)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not a domain",
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type->id)));
    out->ref = pg_whole(pg_classes(ddl)->type, type->id);
    out->object = object ? &object->object : NULL;
    return true;
}

static bool find_domain_constraint(struct pg_ddl *ddl, const struct ast_object *ast,
                                   bool missing_ok, struct pg_found *out)
{
    if (!find_type(ddl, ast, missing_ok, out) || !out->ref.id)
        return out->ref.id == 0 && missing_ok;
    const struct sql_type_object *domain = (const void *)out->object;
    uint32_t id = domain ? find_part(ddl, domain->constraints, domain->constraint_count,
                                     pg_classes(ddl)->constraint, ast->part)
                         : 0;
    out->ref = pg_whole(pg_classes(ddl)->constraint, id);
    struct slice what =
        arena_printf(ddl->arena, "constraint \"" SLICE_FMT "\" for domain " SLICE_FMT,
                     SLICE_ARG(ast->part), SLICE_ARG(type_name_text(ddl, ast->type_name)));
    return id || missing(ddl, missing_ok, "42704", what);
}

/* ---- routines and operators */

static bool types_of(struct pg_ddl *ddl, const struct ast_list *list, uint32_t **out)
{
    *out = arena_array(ddl->arena, list->count + 1u, sizeof **out);
    if (!*out)
        return sql_fail_memory(ddl->env->error);
    int32_t typmod;
    for (uint32_t i = 0; i < list->count; i++) {
        (*out)[i] = 0;
        if (list->items[i] && !sql_analyze_type_name(ddl->env, list->items[i], &(*out)[i], &typmod))
            return false;
    }
    return true;
}

static bool kind_fits(const struct sql_routine *routine, char kind)
{
    if (kind == PG_ROUTINE_NO_PROCEDURE)
        return routine->kind != SQL_ROUTINE_PROCEDURE;
    return kind == 0 || (char)routine->kind == kind ||
           (kind == SQL_ROUTINE_FUNCTION && routine->kind == SQL_ROUTINE_WINDOW);
}

static const char *routine_word(char kind)
{
    return kind == SQL_ROUTINE_PROCEDURE   ? "procedure"
           : kind == SQL_ROUTINE_AGGREGATE ? "aggregate"
           : kind == 0                     ? "routine"
                                           : "function";
}

static struct slice signature_text(struct pg_ddl *ddl, const struct ast_func_ref *ref,
                                   const uint32_t *types, bool aggregate)
{
    struct slice name = pg_ddl_names_text(ddl, &ref->name);
    if (aggregate && !ref->args.count)
        return arena_printf(ddl->arena, SLICE_FMT "(*)", SLICE_ARG(name));
    return pg_ddl_signature(ddl, name, types, ref->args.count);
}

/* Is the type there? As schema_there, which is asked of its schema. */
static bool type_there(struct pg_ddl *ddl, const struct ast_type_name *type, bool missing_ok,
                       bool *out_ok)
{
    struct slice schema, name;
    *out_ok = false;
    if (!missing_ok || type->percent_type)
        return true;
    if (!pg_name_split(ddl, &type->names, &schema, &name) ||
        !schema_there(ddl, schema, true, out_ok))
        return false;
    if (sql_find_type(ddl->session, schema, name))
        return true;
    *out_ok = missing_named(ddl, true, "42704", "type", type_name_text(ddl, type));
    return false;
}

static bool types_there(struct pg_ddl *ddl, const struct ast_list *list, bool missing_ok,
                        bool *out_ok)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i] &&
            !type_there(ddl, AST_AS(type_name, list->items[i]), missing_ok, out_ok))
            return false;
    return true;
}

/* The routine of exactly these arguments. OUT ones count for procedures as they are called. */
static const struct sql_routine *exact_routine(const struct sql_routines *found,
                                               const uint32_t *types, uint32_t count)
{
    for (uint32_t i = 0; i < found->count; i++) {
        const struct sql_routine *routine = found->items[i];
        if (routine->arg_count == count &&
            (count == 0 || memcmp(routine->arg_types, types, count * sizeof *types) == 0))
            return routine;
    }
    return NULL;
}

/* A procedure by all its parameters, OUT ones too. */
static const struct sql_routine *exact_procedure(const struct sql_routines *found,
                                                 const uint32_t *types, uint32_t count)
{
    for (uint32_t i = 0; i < found->count; i++) {
        const struct sql_routine *routine = found->items[i];
        if (routine->kind == SQL_ROUTINE_PROCEDURE && routine->all_count == count && count &&
            memcmp(routine->all_types, types, count * sizeof *types) == 0)
            return routine;
    }
    return NULL;
}

static bool unique_routine(struct pg_ddl *ddl, const struct ast_func_ref *ref, char kind,
                           bool missing_ok, const struct sql_routines *found,
                           const struct sql_routine **out)
{
    uint32_t count = 0;
    const char *word = routine_word(kind);
    for (uint32_t i = 0; i < found->count; i++)
        if (kind_fits(found->items[i], kind)) {
            *out = found->items[i];
            count++;
        }
    struct slice name = pg_ddl_names_text(ddl, &ref->name);
    if (count > 1) {
        *out = NULL;
        sql_fail(ddl->env->error, "42725", "%s name \"" SLICE_FMT "\" is not unique", word,
                 SLICE_ARG(name));
        return sql_hint(ddl->env->error,
                        "Specify the argument list to select the %s unambiguously.", word);
    }
    if (count)
        return true;
    if (missing_ok) {
        pg_ddl_notice(ddl, "00000", "%s " SLICE_FMT "() does not exist, skipping", word,
                      SLICE_ARG(name));
        return true;
    }
    return sql_fail(ddl->env->error, "42883",
                    kind == SQL_ROUTINE_AGGREGATE ? "could not find an %s named \"" SLICE_FMT "\""
                                                  : "could not find a %s named \"" SLICE_FMT "\"",
                    word, SLICE_ARG(name));
}

/* IN, OUT ... are written: then the list is that of CREATE. */
static bool says_modes(const struct ast_func_ref *ref)
{
    for (uint32_t i = 0; i < ref->parameters.count; i++)
        if (AST_AS(func_parameter, ref->parameters.items[i])->mode != AST_PARAMETER_DEFAULT)
            return true;
    return false;
}

bool pg_resolve_routine(struct pg_ddl *ddl, const struct ast_func_ref *ref, char kind,
                        bool missing_ok, const struct sql_routine **out)
{
    struct slice schema, name;
    uint32_t *types;
    bool ok;
    *out = NULL;
    if (!pg_name_split(ddl, &ref->name, &schema, &name))
        return false;
    if (!schema_there(ddl, schema, missing_ok, &ok))
        return ok;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    if (ref->args_unspecified)
        return unique_routine(ddl, ref, kind, missing_ok, &found, out);
    if (!types_there(ddl, &ref->args, missing_ok, &ok))
        return ok;
    if (!types_of(ddl, &ref->args, &types))
        return false;
    *out = exact_routine(&found, types, ref->args.count);
    bool calls = (kind == 0 || kind == SQL_ROUTINE_PROCEDURE) && !says_modes(ref);
    const struct sql_routine *called =
        calls ? exact_procedure(&found, types, ref->args.count) : NULL;
    if (*out && called && called != *out)
        return sql_fail(ddl->env->error, "42725", "%s name \"" SLICE_FMT "\" is not unique",
                        routine_word(kind), SLICE_ARG(pg_ddl_names_text(ddl, &ref->name)));
    if (!*out)
        *out = called;
    struct slice text = signature_text(ddl, ref, types, kind == SQL_ROUTINE_AGGREGATE);
    if (!*out)
        return missing(ddl, missing_ok, "42883",
                       arena_printf(ddl->arena, "%s " SLICE_FMT,
                                    kind == 0 ? "routine" : routine_word(kind), SLICE_ARG(text)));
    if (kind_fits(*out, kind))
        return true;
    return sql_fail(ddl->env->error, "42809",
                    kind == SQL_ROUTINE_AGGREGATE ? "function " SLICE_FMT " is not an %s"
                                                  : SLICE_FMT " is not a %s",
                    SLICE_ARG(text), routine_word(kind));
}

bool pg_resolve_operator(struct pg_ddl *ddl, const struct ast_func_ref *ref, bool missing_ok,
                         const struct sql_operator **out)
{
    struct slice schema, name;
    uint32_t *types;
    bool ok;
    *out = NULL;
    if (!pg_name_split(ddl, &ref->name, &schema, &name))
        return false;
    if (!schema_there(ddl, schema, missing_ok, &ok) ||
        !types_there(ddl, &ref->args, missing_ok, &ok))
        return ok;
    if (!types_of(ddl, &ref->args, &types))
        return false;
    uint32_t left = ref->args.count > 1 ? types[0] : 0;
    uint32_t right = ref->args.count > 1 ? types[1] : types[0];
    if (ref->args.count == 2 && !right) {
        sql_fail(ddl->env->error, "42601", "postfix operators are not supported");
        return false;
    }
    struct sql_operators found =
        sql_find_operators(ddl->session, ddl->env, schema, name, left == 0);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->left == left && found.items[i]->right == right)
            *out = found.items[i];
    struct slice text =
        left
            ? arena_printf(ddl->arena, "operator " SLICE_FMT " " SLICE_FMT " " SLICE_FMT,
                           SLICE_ARG(pg_type_text(ddl->session, ddl->arena, left)), SLICE_ARG(name),
                           SLICE_ARG(pg_type_text(ddl->session, ddl->arena, right)))
            : arena_printf(ddl->arena, "operator " SLICE_FMT " " SLICE_FMT, SLICE_ARG(name),
                           SLICE_ARG(pg_type_text(ddl->session, ddl->arena, right)));
    if (*out)
        return true;
    if (!missing_ok) {
        text = slice_from(text, strlen("operator "));
        return sql_fail(ddl->env->error, "42883", "operator does not exist: " SLICE_FMT,
                        SLICE_ARG(text));
    }
    pg_ddl_notice(ddl, "00000", "operator " SLICE_FMT " does not exist, skipping",
                  SLICE_ARG(pg_ddl_names_text(ddl, &ref->name)));
    return true;
}

static bool find_routine(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                         struct pg_found *out)
{
    const struct sql_routine *routine;
    char kind = ast->type == AST_OBJECT_AGGREGATE   ? SQL_ROUTINE_AGGREGATE
                : ast->type == AST_OBJECT_PROCEDURE ? SQL_ROUTINE_PROCEDURE
                : ast->type == AST_OBJECT_FUNCTION  ? SQL_ROUTINE_FUNCTION
                                                    : 0;
    if (!pg_resolve_routine(ddl, ast->function, kind, missing_ok, &routine))
        return false;
    if (routine) {
        out->ref = pg_whole(pg_classes(ddl)->routine, routine->object.id);
        out->object = &routine->object;
    }
    return true;
}

static bool find_operator(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                          struct pg_found *out)
{
    const struct sql_operator *op;
    if (!pg_resolve_operator(ddl, ast->function, missing_ok, &op))
        return false;
    if (op) {
        out->ref = pg_whole(pg_classes(ddl)->operator_, op->object.id);
        out->object = &op->object;
    }
    return true;
}

static bool find_cast(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                      struct pg_found *out)
{
    uint32_t source, target;
    int32_t typmod;
    bool ok;
    if (!type_there(ddl, ast->type_name, missing_ok, &ok) ||
        !type_there(ddl, ast->target_type, missing_ok, &ok))
        return ok;
    if (!sql_analyze_type_name(ddl->env, &ast->type_name->node, &source, &typmod) ||
        !sql_analyze_type_name(ddl->env, &ast->target_type->node, &target, &typmod))
        return false;
    const struct sql_cast *cast = sql_find_cast(ddl->session, source, target);
    if (cast) {
        out->ref = pg_whole(pg_classes(ddl)->cast, cast->id);
        out->object = sql_find_object(ddl->session, pg_classes(ddl)->cast, cast->id);
        return true;
    }
    return missing(ddl, missing_ok, "42704",
                   arena_printf(ddl->arena, "cast from type " SLICE_FMT " to type " SLICE_FMT,
                                SLICE_ARG(pg_type_text(ddl->session, ddl->arena, source)),
                                SLICE_ARG(pg_type_text(ddl->session, ddl->arena, target))));
}

/* ---- everything else: by plain or qualified name */

struct plain_sort {
    enum ast_object_type type;
    size_t class_at; /* in struct sql_class_ids */
    const char *name, *sqlstate;
    bool qualified;
};
#define CLASS(member) offsetof(struct sql_class_ids, member)

static const struct plain_sort plain_sorts[] = {
    {AST_OBJECT_SCHEMA,           CLASS(schema),          "schema",                    "3F000", false},
    {AST_OBJECT_ROLE,             CLASS(role),            "role",                      "42704", false},
    {AST_OBJECT_DATABASE,         CLASS(database),        "database",                  "3D000", false},
    {AST_OBJECT_TABLESPACE,       CLASS(tablespace),      "tablespace",                "42704", false},
    {AST_OBJECT_LANGUAGE,         CLASS(language),        "language",                  "42704", false},
    {AST_OBJECT_EXTENSION,        CLASS(extension),       "extension",                 "42704", false},
    {AST_OBJECT_EVENT_TRIGGER,    CLASS(event_trigger),   "event trigger",             "42704", false},
    {AST_OBJECT_FDW,              CLASS(foreign_wrapper), "foreign-data wrapper",      "42704", false},
    {AST_OBJECT_SERVER,           CLASS(foreign_server),  "server",                    "42704", false},
    {AST_OBJECT_PUBLICATION,      CLASS(publication),     "publication",               "42704", false},
    {AST_OBJECT_SUBSCRIPTION,     CLASS(subscription),    "subscription",              "42704", false},
    {AST_OBJECT_ACCESS_METHOD,    CLASS(access_method),   "access method",             "42704", false},
    {AST_OBJECT_COLLATION,        CLASS(collation),       "collation",                 "42704", true },
    {AST_OBJECT_CONVERSION,       CLASS(conversion),      "conversion",                "42704", true },
    {AST_OBJECT_STATISTICS,       CLASS(statistics),      "statistics object",         "42704", true },
    {AST_OBJECT_TS_CONFIGURATION, CLASS(text_config),     "text search configuration", "42704", true },
    {AST_OBJECT_TS_DICTIONARY,    CLASS(text_dictionary), "text search dictionary",    "42704", true },
    {AST_OBJECT_TS_PARSER,        CLASS(text_parser),     "text search parser",        "42704", true },
    {AST_OBJECT_TS_TEMPLATE,      CLASS(text_template),   "text search template",      "42704", true },
    {AST_OBJECT_OP_CLASS,         CLASS(operator_class),  "operator class",            "42704", true },
    {AST_OBJECT_OP_FAMILY,        CLASS(operator_family), "operator family",           "42704", true },
};

static const struct sql_object *find_along_path(struct pg_ddl *ddl, uint32_t class_id,
                                                struct slice schema, struct slice name)
{
    uint32_t only;
    struct sql_search search;
    if (!sql_search_begin(ddl->session, schema, &only, &search))
        return NULL;
    for (uint16_t i = 0; i < search.count; i++) {
        const struct sql_object *found =
            sql_find_object_name(ddl->session, class_id, search.schemas[i], name);
        if (found)
            return found;
    }
    return NULL;
}

/* Operator classes and families are told apart by their access method, too. */
static bool find_of_method(struct pg_ddl *ddl, const struct ast_object *ast,
                           const struct plain_sort *sort, bool missing_ok, struct pg_found *out)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    bool is_class = sort->type == AST_OBJECT_OP_CLASS;
    uint32_t class_id = is_class ? ids->operator_class : ids->operator_family, id = 0;
    struct sql_method method = sql_find_method(ddl->session, ast->method);
    struct slice schema, name;
    const struct sql_object *next;
    bool ok;
    if (!pg_name_split(ddl, &ast->name, &schema, &name))
        return false;
    if (!schema_there(ddl, schema, missing_ok, &ok))
        return ok;
    if (!method.id)
        return missing_named(ddl, false, "42704", "access method", ast->method);
    const struct sql_schema *in = schema.ptr ? sql_find_schema(ddl->session, schema) : NULL;
    while ((next = sql_next_object(ddl->session, class_id, id))) {
        uint32_t of = is_class ? ((const struct sql_class_object *)(const void *)next)->info.method
                               : ((const struct sql_family_object *)(const void *)next)->method;
        id = next->id + 1;
        if (of != method.id || !slice_eq(next->name, name) ||
            (in ? next->schema != in->object.id : !pg_object_is_visible(ddl->session, next)))
            continue;
        out->ref = pg_whole(class_id, next->id);
        out->object = next;
        return true;
    }
    const char *format =
        "%s \"" SLICE_FMT "\" does not exist for access method \"" SLICE_FMT "\"%s";
    struct slice shown = pg_ddl_names_text(ddl, &ast->name);
    if (!missing_ok)
        return sql_fail(ddl->env->error, "42704", format, sort->name, SLICE_ARG(shown),
                        SLICE_ARG(ast->method), "");
    pg_ddl_notice(ddl, "00000", format, sort->name, SLICE_ARG(shown), SLICE_ARG(ast->method),
                  ", skipping");
    return true;
}

static bool find_plain(struct pg_ddl *ddl, const struct ast_object *ast,
                       const struct plain_sort *sort, bool missing_ok, struct pg_found *out)
{
    uint32_t class_id;
    struct slice schema, name;
    bool ok;
    memcpy(&class_id, (const uint8_t *)pg_classes(ddl) + sort->class_at, sizeof class_id);
    if (!pg_name_split(ddl, &ast->name, &schema, &name))
        return false;
    if (sort->qualified && !schema_there(ddl, schema, missing_ok, &ok))
        return ok;
    const struct sql_object *found =
        sort->type == AST_OBJECT_SCHEMA ? (const void *)sql_find_schema(ddl->session, name)
        : sort->qualified               ? find_along_path(ddl, class_id, schema, name)
                                        : sql_find_object_name(ddl->session, class_id, 0, name);
    if (!found && !missing_ok && sort->type == AST_OBJECT_COLLATION)
        return sql_fail(ddl->env->error, sort->sqlstate,
                        "collation \"" SLICE_FMT "\" for encoding \"UTF8\" does not exist",
                        SLICE_ARG(pg_ddl_names_text(ddl, &ast->name)));
    if (!found)
        return missing_named(ddl, missing_ok, sort->sqlstate, sort->name,
                             pg_ddl_names_text(ddl, &ast->name));
    out->ref = pg_whole(class_id, found->id);
    out->object = found;
    return true;
}

static bool find_large_object(struct pg_ddl *ddl, const struct ast_object *ast,
                              struct pg_found *out)
{
    uint32_t class_id = pg_classes(ddl)->large_object;
    uint32_t id = (uint32_t)AST_AS(const, ast->oid)->integer;
    out->object = sql_find_object(ddl->session, class_id, id);
    out->ref = pg_whole(class_id, id);
    return out->object || sql_fail(ddl->env->error, "42704", "large object %u does not exist", id);
}

static bool resolve(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                    enum sql_lock_mode lock, struct pg_found *out)
{
    *out = (struct pg_found){0};
    switch (ast->type) {
    case AST_OBJECT_TABLE:
    case AST_OBJECT_SEQUENCE:
    case AST_OBJECT_VIEW:
    case AST_OBJECT_MATERIALIZED_VIEW:
    case AST_OBJECT_INDEX:
    case AST_OBJECT_FOREIGN_TABLE: return find_relation(ddl, ast, missing_ok, lock, out);
    case AST_OBJECT_COLUMN:
    case AST_OBJECT_ATTRIBUTE:
    case AST_OBJECT_TABLE_CONSTRAINT:
    case AST_OBJECT_TRIGGER:
    case AST_OBJECT_RULE:
    case AST_OBJECT_POLICY: return find_in_relation(ddl, ast, missing_ok, lock, out);
    case AST_OBJECT_TYPE:
    case AST_OBJECT_DOMAIN: return find_type(ddl, ast, missing_ok, out);
    case AST_OBJECT_DOMAIN_CONSTRAINT: return find_domain_constraint(ddl, ast, missing_ok, out);
    case AST_OBJECT_FUNCTION:
    case AST_OBJECT_AGGREGATE:
    case AST_OBJECT_PROCEDURE:
    case AST_OBJECT_ROUTINE: return find_routine(ddl, ast, missing_ok, out);
    case AST_OBJECT_OPERATOR: return find_operator(ddl, ast, missing_ok, out);
    case AST_OBJECT_CAST: return find_cast(ddl, ast, missing_ok, out);
    case AST_OBJECT_LARGE_OBJECT: return find_large_object(ddl, ast, out);
    default: break;
    }
    for (size_t i = 0; i < sizeof plain_sorts / sizeof *plain_sorts; i++)
        if (plain_sorts[i].type == ast->type)
            return ast->type == AST_OBJECT_OP_CLASS || ast->type == AST_OBJECT_OP_FAMILY
                       ? find_of_method(ddl, ast, &plain_sorts[i], missing_ok, out)
                       : find_plain(ddl, ast, &plain_sorts[i], missing_ok, out);
    return sql_fail(ddl->env->error, "0A000", "objects of that kind are not supported");
}

bool pg_resolve(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                enum sql_lock_mode lock, struct pg_found *out)
{
    struct sql_reference subject = ddl->subject;
    bool ok = resolve(ddl, ast, missing_ok, lock, out);
    ddl->subject = subject.class_id ? subject : out->ref;
    return ok;
}
