/* table_to_xml, query_to_xml, cursor_to_xml, schema_to_xml, database_to_xml and the forms of each
 * with an XML Schema. */
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/routine/select_text.h"
#include "emulators/postgres/xml/xml_map.h"
#include "emulators/sql/session.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/value/xml/xml.h"

static struct pg_xml_options options_of(const struct datum *args)
{
    return (struct pg_xml_options){args[0].i != 0, args[1].i != 0, datum_slice(args[2])};
}

static bool mapped(struct sql_call *call, struct slice name, struct slice *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_xml_put_name(name, true, false, &bytes);
    *out = sql_bytes_slice(&bytes);
    return !bytes.failed || sql_fail_memory(call->env->error);
}

/* ---- rows */

struct writer {
    struct sql_sink sink; /* FIRST */
    struct sql_call *call;
    const struct pg_xml_options *options;
    struct sql_bytes *out;
    struct slice element; /* of each row; empty: <row> */
    bool outermost;
    const struct slice *names;
    const struct sql_type **types;
};

static bool begin_rows(struct sql_sink *sink, const struct sql_result_column *columns,
                       uint32_t count)
{
    struct writer *w = (struct writer *)(void *)sink;
    struct slice *names = arena_array(w->call->arena, count + 1u, sizeof *names);
    w->types = arena_array(w->call->arena, count + 1u, sizeof(*w->types));
    if (!names || !w->types)
        return sql_fail_memory(w->call->env->error);
    for (uint32_t i = 0; i < count; i++)
        if (!mapped(w->call, columns[i].name, &names[i]) ||
            !(w->types[i] = sql_call_find_type(w->call, columns[i].type)))
            return false;
    w->names = names;
    return true;
}

static bool put_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                    uint32_t count)
{
    struct writer *w = (struct writer *)(void *)sink;
    struct sql_call call = {.env = env, .arena = env->arena};
    struct sql_bytes *out = w->out;
    if (w->options->forest)
        pg_xml_put_root(w->options, w->element, w->outermost, false, out);
    else
        sql_bytes_add_str(out, "<row>\n");
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].null) {
            if (w->options->nulls)
                sql_bytes_printf(out, "  <" SLICE_FMT " xsi:nil=\"true\"/>\n",
                                 SLICE_ARG(w->names[i]));
            continue;
        }
        sql_bytes_printf(out, "  <" SLICE_FMT ">", SLICE_ARG(w->names[i]));
        if (!sql_xml_put_value(&call, w->types[i], values[i], true, out))
            return false;
        sql_bytes_printf(out, "</" SLICE_FMT ">\n", SLICE_ARG(w->names[i]));
    }
    if (w->options->forest)
        pg_xml_put_root_end(w->element, out);
    else
        sql_bytes_add_str(out, "</row>\n");
    sql_bytes_add_char(out, '\n');
    return true;
}

static struct writer writer_of(struct sql_call *call, const struct pg_xml_options *options,
                               struct slice element, bool outermost, struct sql_bytes *out)
{
    return (struct writer){
        .sink = {.begin = begin_rows, .row = put_row},
        .call = call,
        .options = options,
        .out = out,
        .element = element,
        .outermost = outermost
    };
}

/* All rows of a query, in an element of the table's name unless they are a forest. */
static bool put_query(struct sql_call *call, const struct pg_xml_options *options,
                      const struct pg_xml_table *table, struct slice schema, bool outermost,
                      struct sql_bytes *out)
{
    struct slice name = slice_str("table"), element = slice_str("row");
    if (table->name.ptr && !mapped(call, table->name, &name))
        return false;
    if (table->name.ptr)
        element = name;
    if (!options->forest) {
        pg_xml_put_root(options, name, outermost, schema.len > 0, out);
        sql_bytes_add_char(out, '\n');
    }
    if (schema.len) {
        sql_bytes_add_slice(out, schema);
        sql_bytes_add_str(out, "\n\n");
    }
    struct writer writer = writer_of(call, options, element, outermost, out);
    if (!pg_select_text(call, call->arena, table->text, PG_SELECT_ROWS, &writer.sink))
        return false;
    if (!options->forest)
        pg_xml_put_root_end(name, out);
    return true;
}

/* ---- columns */

struct columns_sink {
    struct sql_sink sink; /* FIRST */
    struct sql_call *call;
    struct pg_xml_table *table;
};

static bool keep_columns(struct sql_sink *sink, const struct sql_result_column *columns,
                         uint32_t count)
{
    struct columns_sink *keeper = (struct columns_sink *)(void *)sink;
    struct sql_result_column *kept = arena_array(keeper->call->arena, count + 1u, sizeof *kept);
    if (!kept)
        return sql_fail_memory(keeper->call->env->error);
    for (uint32_t i = 0; i < count; i++) {
        kept[i] = columns[i];
        kept[i].name = arena_dup(keeper->call->arena, columns[i].name);
        if (!kept[i].name.ptr)
            return sql_fail_memory(keeper->call->env->error);
    }
    keeper->table->columns = kept;
    keeper->table->column_count = count;
    return true;
}

static bool read_columns(struct sql_call *call, struct pg_xml_table *table)
{
    struct columns_sink keeper = {.sink = {.begin = keep_columns}, .call = call, .table = table};
    return pg_select_text(call, call->arena, table->text, PG_SELECT_COLUMNS, &keeper.sink);
}

static bool table_of(struct sql_call *call, uint32_t id, struct pg_xml_table *out)
{
    const struct sql_relation *relation = sql_find_relation_id(call->env->session, id);
    struct sql_bytes text = sql_bytes_begin(call);
    *out = (struct pg_xml_table){.name = slice_of(NULL, 0)};
    if (!relation)
        return sql_fail(call->env->error, "42P01", "relation with OID %u does not exist",
                        (unsigned)id);
    const struct sql_schema *schema =
        sql_find_schema_id(call->env->session, relation->object.schema);
    sql_bytes_add_str(&text, "SELECT * FROM ");
    if (!pg_deparse_relation_name(call->env, id, &text))
        return false;
    out->schema = schema ? schema->object.name : slice_of("", 0);
    out->name = relation->object.name;
    out->text = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(call->env->error);
}

/* ---- the functions: what is asked for, then the same for a table or a query */

enum wanted {
    WANTED_DATA,
    WANTED_SCHEMA,
    WANTED_BOTH,
};

static bool give_table(struct sql_call *call, const struct datum *args, struct pg_xml_table *table,
                       enum wanted wanted, struct datum *out)
{
    struct pg_xml_options options = options_of(args + 1);
    struct sql_bytes schema = sql_bytes_begin(call), bytes = sql_bytes_begin(call);
    if (wanted != WANTED_DATA &&
        (!read_columns(call, table) || !pg_xml_put_table_schema(call, &options, table, &schema)))
        return false;
    if (wanted == WANTED_SCHEMA)
        return sql_give_bytes(call, out, &schema);
    if (!put_query(call, &options, table, sql_bytes_slice(&schema), true, &bytes))
        return false;
    bytes.failed |= schema.failed;
    return sql_give_bytes(call, out, &bytes);
}

#define OF_TABLE(function, wanted)                                                           \
    static bool function(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                        \
        struct pg_xml_table table;                                                           \
        return table_of(call, (uint32_t)args[0].i, &table) &&                                \
               give_table(call, args, &table, wanted, out);                                  \
    }
#define OF_QUERY(function, wanted)                                                           \
    static bool function(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                        \
        struct pg_xml_table table = {.text = datum_slice(args[0])};                          \
        return give_table(call, args, &table, wanted, out);                                  \
    }

OF_TABLE(table_to_xml, WANTED_DATA)
OF_TABLE(table_to_xmlschema, WANTED_SCHEMA)
OF_TABLE(table_to_xml_and_xmlschema, WANTED_BOTH)
OF_QUERY(query_to_xml, WANTED_DATA)
OF_QUERY(query_to_xmlschema, WANTED_SCHEMA)
OF_QUERY(query_to_xml_and_xmlschema, WANTED_BOTH)

/* ---- cursors */

static bool fetch(struct sql_call *call, struct slice name, int64_t count, struct sql_sink *sink)
{
    struct pg_session *session = pg_call_session(call);
    struct ast_fetch ast = {
        .direction = AST_FETCH_FORWARD, .count = count, .cursor = name, .move = false};
    uint64_t rows;
    if (!pg_portal_find(session, name))
        return sql_fail(call->env->error, "34000", "cursor \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    return pg_portal_fetch(session, &ast, sink, &rows);
}

static bool cursor_to_xml(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_xml_options options = options_of(args + 2);
    struct sql_bytes bytes = sql_bytes_begin(call);
    struct writer writer = writer_of(call, &options, slice_str("row"), true, &bytes);
    if (!options.forest) {
        pg_xml_put_root(&options, slice_str("table"), true, false, &bytes);
        sql_bytes_add_char(&bytes, '\n');
    }
    if (!fetch(call, datum_slice(args[0]), args[1].i, &writer.sink))
        return false;
    if (!options.forest)
        pg_xml_put_root_end(slice_str("table"), &bytes);
    return sql_give_bytes(call, out, &bytes);
}

static bool ignore_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                       uint32_t count)
{
    (void)sink, (void)env, (void)values, (void)count;
    return true;
}

static bool cursor_to_xmlschema(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_xml_options options = options_of(args + 1);
    struct sql_bytes bytes = sql_bytes_begin(call);
    struct pg_xml_table table = {.name = slice_of(NULL, 0)};
    struct columns_sink keeper = {
        .sink = {.begin = keep_columns, .row = ignore_row},
          .call = call, .table = &table
    };
    return fetch(call, datum_slice(args[0]), 0, &keeper.sink) &&
           pg_xml_put_table_schema(call, &options, &table, &bytes) &&
           sql_give_bytes(call, out, &bytes);
}

/* ---- schemas and databases */

/* The first column of a query's rows. */
struct list_sink {
    struct sql_sink sink; /* FIRST */
    struct sql_call *call;
    struct datum *items;
    uint32_t count, room;
};

static bool add_item(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                     uint32_t count)
{
    struct list_sink *list = (struct list_sink *)(void *)sink;
    (void)env, (void)count;
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 16;
        struct datum *grown = arena_array(list->call->arena, list->room, sizeof *grown);
        if (!grown)
            return sql_fail_memory(list->call->env->error);
        if (list->count)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
    }
    list->items[list->count++] = values[0];
    return true;
}

static bool read_list(struct sql_call *call, struct slice text, struct list_sink *out)
{
    *out = (struct list_sink){
        .sink = {.begin = sql_sink_any_columns, .row = add_item},
          .call = call
    };
    return text.ptr ? pg_select_text(call, call->arena, text, PG_SELECT_ROWS, &out->sink)
                    : sql_fail_memory(call->env->error);
}

/* The tables of a schema that the role may read, by name. */
static bool tables_of(struct sql_call *call, uint32_t schema, struct pg_xml_tables *out)
{
    struct list_sink list;
    struct slice text = arena_printf(call->arena,
                                     "SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = %u "
                                     "AND relkind IN ('r', 'm', 'v') AND "
                                     "pg_catalog.has_table_privilege(oid, 'SELECT') "
                                     "ORDER BY relname",
                                     (unsigned)schema);
    if (!read_list(call, text, &list))
        return false;
    struct pg_xml_table *grown =
        arena_array(call->arena, out->count + list.count + 1u, sizeof *grown);
    if (!grown)
        return sql_fail_memory(call->env->error);
    if (out->count)
        memcpy(grown, out->items, out->count * sizeof *grown);
    out->items = grown;
    for (uint32_t i = 0; i < list.count; i++)
        if (!table_of(call, (uint32_t)list.items[i].i, &out->items[out->count]) ||
            !read_columns(call, &out->items[out->count++]))
            return false;
    return true;
}

static bool put_tables(struct sql_call *call, const struct pg_xml_options *options,
                       const struct pg_xml_tables *tables, struct sql_bytes *out)
{
    for (uint32_t i = 0; i < tables->count; i++) {
        if (!put_query(call, options, &tables->items[i], slice_of(NULL, 0), false, out))
            return false;
        sql_bytes_add_char(out, '\n');
    }
    return true;
}

/* Root element, schema if there is one, and what is in it. */
static bool put_start(struct sql_call *call, const struct pg_xml_options *options,
                      struct slice name, const struct sql_bytes *schema, bool outermost,
                      struct sql_bytes *out)
{
    struct slice element;
    if (!mapped(call, name, &element))
        return false;
    pg_xml_put_root(options, element, outermost, schema->len > 0, out);
    sql_bytes_add_char(out, '\n');
    if (schema->len) {
        sql_bytes_add_slice(out, sql_bytes_slice(schema));
        sql_bytes_add_str(out, "\n\n");
    }
    return true;
}

static bool put_end(struct sql_call *call, struct slice name, struct sql_bytes *out)
{
    struct slice element;
    if (!mapped(call, name, &element))
        return false;
    pg_xml_put_root_end(element, out);
    return true;
}

static bool give_schema(struct sql_call *call, const struct datum *args, enum wanted wanted,
                        struct datum *out)
{
    struct pg_xml_options options = options_of(args + 1);
    struct sql_bytes schema = sql_bytes_begin(call), bytes = sql_bytes_begin(call);
    struct slice name = datum_slice(args[0]);
    struct pg_xml_tables tables = {0};
    const struct sql_schema *found = sql_find_schema(call->env->session, name);
    if (!found)
        return sql_fail(call->env->error, "3F000", "schema \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    if (!tables_of(call, found->object.id, &tables) ||
        (wanted != WANTED_DATA &&
         !pg_xml_put_schema_schema(call, &options, name, &tables, &schema)))
        return false;
    if (wanted == WANTED_SCHEMA)
        return sql_give_bytes(call, out, &schema);
    return put_start(call, &options, name, &schema, true, &bytes) &&
           put_tables(call, &options, &tables, &bytes) && put_end(call, name, &bytes) &&
           sql_give_bytes(call, out, &bytes);
}

static bool put_schemas(struct sql_call *call, const struct pg_xml_options *options,
                        const struct list_sink *schemas, struct sql_bytes *out)
{
    const struct sql_bytes none = sql_bytes_begin(call);
    for (uint32_t i = 0; i < schemas->count; i++) {
        const struct sql_schema *schema =
            sql_find_schema_id(call->env->session, (uint32_t)schemas->items[i].i);
        struct pg_xml_tables tables = {0};
        if (!put_start(call, options, schema->object.name, &none, false, out) ||
            !tables_of(call, schema->object.id, &tables) ||
            !put_tables(call, options, &tables, out) || !put_end(call, schema->object.name, out))
            return false;
        sql_bytes_add_char(out, '\n');
    }
    return true;
}

static bool describe_database(struct sql_call *call, const struct pg_xml_options *options,
                              const struct list_sink *schemas, struct sql_bytes *out)
{
    struct pg_xml_tables tables = {0};
    struct slice *names = arena_array(call->arena, schemas->count + 1u, sizeof *names);
    if (!names)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < schemas->count; i++) {
        uint32_t id = (uint32_t)schemas->items[i].i;
        names[i] = sql_find_schema_id(call->env->session, id)->object.name;
        if (!tables_of(call, id, &tables))
            return false;
    }
    return pg_xml_put_database_schema(call, options, names, schemas->count, &tables, out);
}

static bool give_database(struct sql_call *call, const struct datum *args, enum wanted wanted,
                          struct datum *out)
{
    struct pg_xml_options options = options_of(args);
    struct sql_bytes schema = sql_bytes_begin(call), bytes = sql_bytes_begin(call);
    struct slice name = pg_call_session(call)->database_name;
    struct list_sink schemas;
    if (!read_list(call,
                   slice_str("SELECT oid FROM pg_catalog.pg_namespace WHERE "
                             "pg_catalog.has_schema_privilege(oid, 'USAGE') AND nspname !~ '^pg_' "
                             "AND nspname <> 'information_schema' ORDER BY nspname"),
                   &schemas) ||
        (wanted != WANTED_DATA && !describe_database(call, &options, &schemas, &schema)))
        return false;
    if (wanted == WANTED_SCHEMA)
        return sql_give_bytes(call, out, &schema);
    return put_start(call, &options, name, &schema, true, &bytes) &&
           put_schemas(call, &options, &schemas, &bytes) && put_end(call, name, &bytes) &&
           sql_give_bytes(call, out, &bytes);
}

#define GIVE(function, give, wanted)                                                         \
    static bool function(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                        \
        return give(call, args, wanted, out);                                                \
    }
GIVE(schema_to_xml, give_schema, WANTED_DATA)
GIVE(schema_to_xmlschema, give_schema, WANTED_SCHEMA)
GIVE(schema_to_xml_and_xmlschema, give_schema, WANTED_BOTH)
GIVE(database_to_xml, give_database, WANTED_DATA)
GIVE(database_to_xmlschema, give_database, WANTED_SCHEMA)
GIVE(database_to_xml_and_xmlschema, give_database, WANTED_BOTH)

const struct sql_builtin pg_xml_map_functions[] = {
    {"cursor_to_xml",                 cursor_to_xml                },
    {"cursor_to_xmlschema",           cursor_to_xmlschema          },
    {"database_to_xml",               database_to_xml              },
    {"database_to_xml_and_xmlschema", database_to_xml_and_xmlschema},
    {"database_to_xmlschema",         database_to_xmlschema        },
    {"query_to_xml",                  query_to_xml                 },
    {"query_to_xml_and_xmlschema",    query_to_xml_and_xmlschema   },
    {"query_to_xmlschema",            query_to_xmlschema           },
    {"schema_to_xml",                 schema_to_xml                },
    {"schema_to_xml_and_xmlschema",   schema_to_xml_and_xmlschema  },
    {"schema_to_xmlschema",           schema_to_xmlschema          },
    {"table_to_xml",                  table_to_xml                 },
    {"table_to_xml_and_xmlschema",    table_to_xml_and_xmlschema   },
    {"table_to_xmlschema",            table_to_xmlschema           },
    {NULL,                            NULL                         },
};
