/* Questions about objects: visibility, descriptions, names of types and roles. */
#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/postgres/encoding.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/analyze/updatable.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"

/* ---- visibility: NULL when there is no such object */

static bool table_is_visible(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    const struct sql_relation *found = sql_find_relation_id(session, (uint32_t)args[0].u);
    return found ? sql_give_bool(out, pg_relation_is_visible(session, found)) : sql_give_null(out);
}

static bool type_is_visible(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    const struct sql_type *found = sql_find_type_id(session, (uint32_t)args[0].u);
    return found ? sql_give_bool(out, pg_type_is_visible(session, found)) : sql_give_null(out);
}

static bool function_is_visible(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    const struct sql_routine *found = sql_find_routine_id(session, (uint32_t)args[0].u);
    return found ? sql_give_bool(out, pg_routine_is_visible(session, call->env, found))
                 : sql_give_null(out);
}

static bool operator_is_visible(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    const struct sql_operator *found = sql_find_operator_id(session, (uint32_t)args[0].u);
    return found ? sql_give_bool(out, pg_operator_is_visible(session, found)) : sql_give_null(out);
}

static bool collation_is_visible(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t schema;
    struct slice name = pg_collation_name(call->env->session, (uint32_t)args[0].u, &schema);
    return name.ptr ? sql_give_bool(out, sql_find_collation(call->env->session, slice_of(NULL, 0),
                                                            name) == args[0].u)
                    : sql_give_null(out);
}

/* COLLATION FOR (value); NULL when it is of no type yet, or two collations met in it. */
static bool collation_for(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    const struct sql_type *type = sql_arg_type(call, 0);
    struct sql_bytes text = sql_bytes_begin(call);
    if (type && !type->collation && type->id != call->env->session->dialect->types_of.unknown)
        return sql_fail(call->env->error, "42804",
                        "collations are not supported by type " SLICE_FMT,
                        SLICE_ARG(sql_type_shown(call, type)));
    if (!call->collation)
        return sql_give_null(out);
    return pg_deparse_collation_name(call->env, call->collation, &text) &&
           sql_give_bytes(call, out, &text);
}

/* Kinds whose built-in objects are all in the system's schema, which is always searched. */
static bool is_visible(struct sql_call *call, uint32_t class_id, uint32_t id, struct datum *out)
{
    struct sql_session *session = call->env->session;
    const struct sql_object *found = sql_find_object(session, class_id, id);
    if (found)
        return sql_give_bool(out, pg_object_is_visible(session, found));
    return id < session->dialect->first_free_id ? sql_give_bool(out, true) : sql_give_null(out);
}

#define VISIBLE(function, class_name)                                                        \
    static bool function(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                        \
        return is_visible(call, call->env->session->dialect->classes_of.class_name,          \
                          (uint32_t)args[0].u, out);                                         \
    }
VISIBLE(opclass_is_visible, operator_class)
VISIBLE(opfamily_is_visible, operator_family)
VISIBLE(conversion_is_visible, conversion)
VISIBLE(statistics_is_visible, statistics)
VISIBLE(config_is_visible, text_config)
VISIBLE(dictionary_is_visible, text_dictionary)
VISIBLE(parser_is_visible, text_parser)
VISIBLE(template_is_visible, text_template)

/* ---- descriptions */

static bool give_comment(struct sql_call *call, struct sql_reference on, struct datum *out)
{
    struct slice text = sql_comment_of(call->env->session, on);
    return text.ptr ? sql_give_copy(call, out, text) : sql_give_null(out);
}

/* obj_description(id, name of the catalog) */
static bool obj_description(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    int at = sql_builtin_relation_named(session->dialect, session->dialect->system_schema,
                                        datum_slice(args[1]));
    if (at < 0)
        return sql_give_null(out);
    struct sql_reference on = {session->dialect->relations[at].id, (uint32_t)args[0].u, 0};
    return give_comment(call, on, out);
}

static bool col_description(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_reference on = {call->env->session->dialect->classes_of.relation,
                               (uint32_t)args[0].u, (int32_t)args[1].i};
    return give_comment(call, on, out);
}

/* ---- names */

static bool format_type(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    if (args[0].null)
        return sql_give_null(out);
    pg_format_type(call->env->session, &text, (uint32_t)args[0].u,
                   args[1].null ? -1 : (int32_t)args[1].i, args[1].null ? PG_TYPE_NO_TYPMOD : 0);
    return sql_give_bytes(call, out, &text);
}

static bool get_userbyid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_role *found = sql_find_role_id(call->env->session, (uint32_t)args[0].u);
    if (found)
        return sql_give_slice(out, found->object.name);
    struct sql_bytes text = sql_bytes_begin(call);
    sql_bytes_printf(&text, "unknown (OID=%u)", (uint32_t)args[0].u);
    return sql_give_bytes(call, out, &text);
}

/* The sequence that a serial or identity column draws from. */
static bool get_serial_sequence(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    uint32_t class_id = session->dialect->classes_of.relation, count;
    struct datum table;
    struct slice name = datum_slice(args[1]);
    bool found;
    if (!pg_reg_find(call, "regclass", datum_slice(args[0]), &found, &table))
        return false;
    if (!found)
        return sql_fail(call->env->error, "42P01", "relation \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(datum_slice(args[0])));
    const struct sql_relation *relation = sql_find_relation_id(session, (uint32_t)table.u);
    int32_t column = 0;
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped && slice_eq(relation->columns[i].name, name))
            column = i + 1;
    if (!column)
        return sql_fail(call->env->error, "42703",
                        "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name), SLICE_ARG(relation->object.name));
    const struct sql_edge **edges = sql_edges_on(call->env, class_id, relation->object.id, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_relation *sequence =
            edges[i]->of_class == class_id && edges[i]->on_part == column &&
                    (edges[i]->kind == 'a' || edges[i]->kind == 'i')
                ? sql_find_relation_id(session, edges[i]->of_id)
                : NULL;
        if (!sequence || sequence->kind != SQL_RELATION_SEQUENCE)
            continue;
        struct sql_bytes text = sql_bytes_begin(call);
        pg_quote_qualified(session, &text, sequence->object.schema, sequence->object.name);
        return sql_give_bytes(call, out, &text);
    }
    return sql_give_null(out);
}

/* pg_describe_object(catalog, id, part) */
static bool describe_object(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_reference object = {(uint32_t)args[0].u, (uint32_t)args[1].u, (int32_t)args[2].i};
    struct slice text = pg_describe(call->env->session, call->arena, object);
    return text.len ? sql_give_slice(out, text) : sql_give_null(out);
}

/* ---- small ones */

/* A row for each text "name=value" of an array; without = there is no value. */
static bool options_to_table(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t *at = call->set_state;
    struct sql_array array;
    sql_array_open(args[0], &array);
    if (!at && !(at = call->set_state = arena_zalloc(call->set_arena, sizeof *at)))
        return sql_fail_memory(call->env->error);
    call->done = *at >= array.count;
    if (call->done)
        return sql_give_null(out);
    struct slice text = datum_slice(sql_array_get(&array, (*at)++));
    size_t end = 0;
    while (end < text.len && text.ptr[end] != '=')
        end++;
    const struct datum values[] = {
        datum_bytes(slice_of(text.ptr, end)),
        end < text.len ? datum_bytes(slice_from(text, end + 1)) : datum_null(),
    };
    return pg_call_give_row(call, values, 2, out);
}

static bool relation_is_publishable(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    const struct sql_relation *found =
        sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    if (!found)
        return sql_give_null(out);
    return sql_give_bool(
        out, (found->kind == SQL_RELATION_TABLE || found->kind == SQL_RELATION_PARTITIONED) &&
                 found->persistence == 'p' &&
                 found->object.id >= call->env->session->dialect->first_free_id);
}

static bool relation_is_updatable(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    const struct sql_relation *found =
        sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    return sql_give_int(out, found ? sql_relation_takes(call->env, found, args[1].i) : 0);
}

static bool column_is_updatable(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const uint32_t needed = SQL_TAKES_UPDATE | SQL_TAKES_DELETE;
    const struct sql_relation *found =
        sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    uint32_t takes = found ? sql_column_takes(call->env, found, (int)args[1].i, args[2].i) : 0;
    return sql_give_bool(out, (takes & needed) == needed);
}

static bool encoding_to_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_slice(out, slice_str(args[0].i == 6   ? "UTF8"
                                         : args[0].i == 0 ? "SQL_ASCII"
                                                          : ""));
}

static bool tablespace_location(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    uint32_t class_id = session->dialect->classes_of.tablespace, id = (uint32_t)args[0].u;
    const struct sql_other *space = (const void *)sql_find_object(session, class_id, id);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!space)
        return sql_give_bytes(call, out, &text);
    if (space->fields[0].len)
        return sql_give_copy(call, out, space->fields[0]);
    sql_bytes_printf(&text, "pg_tblspc/%u", id);
    return sql_give_bytes(call, out, &text);
}

static bool char_to_encoding(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, pg_encoding_find(datum_slice(args[0])));
}

const struct sql_builtin pg_catalog_functions[] = {
    {"pg_describe_object",           describe_object        },
    {"pg_tablespace_location",       tablespace_location    },
    {"pg_options_to_table",          options_to_table       },
    {"pg_relation_is_updatable",     relation_is_updatable  },
    {"pg_column_is_updatable",       column_is_updatable    },
    {"pg_relation_is_publishable",   relation_is_publishable},
    {"PG_char_to_encoding",          char_to_encoding       },
    {"PG_encoding_to_char",          encoding_to_char       },
    {"pg_table_is_visible",          table_is_visible       },
    {"pg_type_is_visible",           type_is_visible        },
    {"pg_function_is_visible",       function_is_visible    },
    {"pg_operator_is_visible",       operator_is_visible    },
    {"pg_collation_for",             collation_for          },
    {"pg_collation_is_visible",      collation_is_visible   },
    {"pg_opclass_is_visible",        opclass_is_visible     },
    {"pg_opfamily_is_visible",       opfamily_is_visible    },
    {"pg_conversion_is_visible",     conversion_is_visible  },
    {"pg_statistics_obj_is_visible", statistics_is_visible  },
    {"pg_ts_config_is_visible",      config_is_visible      },
    {"pg_ts_dict_is_visible",        dictionary_is_visible  },
    {"pg_ts_parser_is_visible",      parser_is_visible      },
    {"pg_ts_template_is_visible",    template_is_visible    },
    {"obj_description(oid,name)",    obj_description        },
    {"shobj_description(oid,name)",  obj_description        },
    {"col_description(oid,int4)",    col_description        },
    {"format_type",                  format_type            },
    {"pg_get_userbyid",              get_userbyid           },
    {"pg_get_serial_sequence",       get_serial_sequence    },
    {NULL,                           NULL                   },
};
