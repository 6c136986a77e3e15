#include "emulators/postgres/catalog/describe.h"

#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

struct kind_name {
    char kind;
    const char *name;
};

/* What messages call relations of a kind. */
static const struct kind_name relation_kinds[] = {
    {SQL_RELATION_TABLE,             "table"            },
    {SQL_RELATION_PARTITIONED,       "table"            },
    {SQL_RELATION_INDEX,             "index"            },
    {SQL_RELATION_PARTITIONED_INDEX, "index"            },
    {SQL_RELATION_SEQUENCE,          "sequence"         },
    {SQL_RELATION_TOAST,             "toast table"      },
    {SQL_RELATION_VIEW,              "view"             },
    {SQL_RELATION_MATVIEW,           "materialized view"},
    {SQL_RELATION_COMPOSITE,         "composite type"   },
    {SQL_RELATION_FOREIGN,           "foreign table"    },
};

static const char *relation_kind(char kind)
{
    for (size_t i = 0; i < sizeof relation_kinds / sizeof *relation_kinds; i++)
        if (relation_kinds[i].kind == kind)
            return relation_kinds[i].name;
    return "relation";
}

const char *pg_describe_kind(struct sql_session *session, const struct sql_object *object)
{
    const struct sql_class_ids *ids = &session->dialect->classes_of;
    if (object->class_id == ids->relation)
        return relation_kind((char)((const struct sql_relation *)(const void *)object)->kind);
    if (object->class_id == ids->routine) {
        enum sql_routine_kind kind = ((const struct sql_routine *)(const void *)object)->kind;
        return kind == SQL_ROUTINE_PROCEDURE   ? "procedure"
               : kind == SQL_ROUTINE_AGGREGATE ? "aggregate"
                                               : "function";
    }
    const struct {
        uint32_t class_id;
        const char *name;
    } names[] = {
        {ids->type,            "type"                     },
        {ids->schema,          "schema"                   },
        {ids->constraint,      "constraint"               },
        {ids->trigger,         "trigger"                  },
        {ids->rule,            "rule"                     },
        {ids->policy,          "policy"                   },
        {ids->operator_,       "operator"                 },
        {ids->collation,       "collation"                },
        {ids->operator_class,  "operator class"           },
        {ids->operator_family, "operator family"          },
        {ids->role,            "role"                     },
        {ids->database,        "database"                 },
        {ids->language,        "language"                 },
        {ids->extension,       "extension"                },
        {ids->event_trigger,   "event trigger"            },
        {ids->statistics,      "statistics object"        },
        {ids->tablespace,      "tablespace"               },
        {ids->conversion,      "conversion"               },
        {ids->foreign_wrapper, "foreign-data wrapper"     },
        {ids->foreign_server,  "server"                   },
        {ids->publication,     "publication"              },
        {ids->subscription,    "subscription"             },
        {ids->text_config,     "text search configuration"},
        {ids->text_dictionary, "text search dictionary"   },
        {ids->text_parser,     "text search parser"       },
        {ids->text_template,   "text search template"     },
        {ids->access_method,   "access method"            },
        {ids->large_object,    "large object"             },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].class_id == object->class_id)
            return names[i].name;
    return "object";
}

/* "table t": the relation behind a column, constraint, trigger, rule, policy. */
static void add_relation(struct sql_session *session, struct sql_bytes *out, uint32_t id)
{
    const struct sql_relation *relation = sql_find_relation_id(session, id);
    if (!relation)
        return;
    sql_bytes_printf(out, "%s ", relation_kind((char)relation->kind));
    pg_quote_relation(session, out, relation);
}

static void add_column(struct sql_session *session, struct sql_bytes *out, uint32_t relation_id,
                       int32_t number)
{
    const struct sql_relation *relation = sql_find_relation_id(session, relation_id);
    if (relation && number > relation->column_count)
        return;
    if (relation && number > 0) {
        sql_bytes_add_str(out, "column ");
        sql_bytes_add_slice(out, relation->columns[number - 1].name);
        sql_bytes_add_str(out, " of ");
    }
    add_relation(session, out, relation_id);
}

/* "trigger x on table t". */
static void add_on(struct sql_session *session, struct sql_bytes *out, const char *kind,
                   const struct sql_object *object, uint32_t relation)
{
    sql_bytes_printf(out, "%s " SLICE_FMT, kind, SLICE_ARG(object->name));
    if (relation) {
        sql_bytes_add_str(out, " on ");
        add_relation(session, out, relation);
    }
}

static void add_operator(struct sql_session *session, struct sql_bytes *out,
                         const struct sql_operator *op)
{
    sql_bytes_add_str(out, "operator ");
    if (!pg_operator_is_visible(session, op)) {
        const struct sql_schema *schema = sql_find_schema_id(session, op->object.schema);
        if (schema) {
            pg_quote_name(out, schema->object.name);
            sql_bytes_add_char(out, '.');
        }
    }
    sql_bytes_add_slice(out, op->object.name);
    sql_bytes_add_char(out, '(');
    if (op->left)
        pg_format_type(session, out, op->left, -1, PG_TYPE_NO_TYPMOD);
    else
        sql_bytes_add_str(out, "NONE");
    sql_bytes_add_char(out, ',');
    pg_format_type(session, out, op->right, -1, PG_TYPE_NO_TYPMOD);
    sql_bytes_add_char(out, ')');
}

bool pg_find_default(struct sql_session *session, uint32_t id, uint32_t *out_relation,
                     int32_t *out_column)
{
    struct sql_error error;
    struct arena arena = {0};
    sql_error_begin(&error, &arena);
    struct sql_env env = {.arena = &arena, .error = &error, .session = session};
    uint32_t count;
    const struct sql_edge **edges =
        sql_edges_of(&env, session->dialect->classes_of.column_default, id, &count);
    bool found = false;
    for (uint32_t i = 0; i < count && !found; i++)
        if (edges[i]->kind == 'a' && edges[i]->on_class == session->dialect->classes_of.relation) {
            *out_relation = edges[i]->on_id;
            *out_column = edges[i]->on_part;
            found = true;
        }
    arena_done(&arena);
    return found;
}

static void add_object(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                       const struct sql_object *object)
{
    const struct sql_class_ids *ids = &session->dialect->classes_of;
    const void *any = object;
    if (object->class_id == ids->routine) {
        sql_bytes_add_str(out, "function ");
        pg_quote_signature(session, env, out, any);
    } else if (object->class_id == ids->constraint) {
        add_on(session, out, "constraint", object, ((const struct sql_constraint *)any)->relation);
    } else if (object->class_id == ids->trigger) {
        add_on(session, out, "trigger", object, ((const struct sql_trigger *)any)->relation);
    } else if (object->class_id == ids->rule) {
        add_on(session, out, "rule", object, ((const struct sql_rule *)any)->relation);
    } else if (object->class_id == ids->policy) {
        add_on(session, out, "policy", object, ((const struct sql_policy *)any)->relation);
    } else if (object->class_id == ids->operator_) {
        add_operator(session, out, any);
    } else if (object->class_id == ids->cast) {
        const struct sql_cast *cast = &((const struct sql_cast_object *)any)->cast;
        sql_bytes_add_str(out, "cast from ");
        pg_format_type(session, out, cast->source, -1, PG_TYPE_NO_TYPMOD);
        sql_bytes_add_str(out, " to ");
        pg_format_type(session, out, cast->target, -1, PG_TYPE_NO_TYPMOD);
    } else if (object->class_id == ids->user_mapping) {
        const uint32_t *of = ((const struct sql_other *)any)->numbers;
        const struct sql_role *role = sql_find_role_id(session, of[0]);
        const struct sql_object *server = sql_find_object(session, ids->foreign_server, of[1]);
        sql_bytes_printf(out, "user mapping for " SLICE_FMT " on server " SLICE_FMT,
                         SLICE_ARG(role ? role->object.name : slice_str("public")),
                         SLICE_ARG(server ? server->name : slice_str("")));
    } else if (object->class_id == ids->large_object) {
        sql_bytes_printf(out, "large object %u", object->id);
    } else {
        sql_bytes_printf(out, "%s ", pg_describe_kind(session, object));
        if (object->schema)
            pg_quote_qualified(session, out,
                               pg_object_is_visible(session, object) ? 0 : object->schema,
                               object->name);
        else
            sql_bytes_add_slice(out, object->name);
        const struct sql_class_object *class = any;
        const struct sql_family_object *family = any;
        uint32_t method = object->class_id == ids->operator_class    ? class->info.method
                          : object->class_id == ids->operator_family ? family->method
                                                                     : 0;
        if (method)
            sql_bytes_printf(out, " for access method " SLICE_FMT,
                             SLICE_ARG(sql_find_method_id(session, method).name));
    }
}

struct slice pg_describe(struct sql_session *session, struct arena *arena,
                         struct sql_reference object)
{
    const struct sql_class_ids *ids = &session->dialect->classes_of;
    struct sql_bytes out;
    struct sql_error error;
    sql_bytes_init(&out, arena);
    sql_error_begin(&error, arena);
    struct sql_env env = {.arena = arena, .error = &error, .session = session};
    uint32_t relation;
    int32_t column;
    if (object.class_id == ids->relation) {
        add_column(session, &out, object.id, object.part);
    } else if (object.class_id == ids->column_default) {
        if (pg_find_default(session, object.id, &relation, &column)) {
            sql_bytes_add_str(&out, "default value for ");
            add_column(session, &out, relation, column);
        }
    } else if (object.class_id == ids->type) {
        if (sql_find_type_id(session, object.id)) {
            sql_bytes_add_str(&out, "type ");
            pg_format_type(session, &out, object.id, -1, PG_TYPE_NO_TYPMOD);
        }
    } else {
        const struct sql_object *found =
            object.class_id == ids->schema ? (const void *)sql_find_schema_id(session, object.id)
            : object.class_id == ids->routine
                ? (const void *)sql_find_routine_id(session, object.id)
            : object.class_id == ids->operator_
                ? (const void *)sql_find_operator_id(session, object.id)
                : sql_find_object(session, object.class_id, object.id);
        if (found)
            add_object(session, &env, &out, found);
    }
    return sql_bytes_slice(&out);
}
