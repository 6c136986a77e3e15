/* XMLTABLE: a document's nodes as rows. */
#include "emulators/sql/dialect.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/xml/xml.h"
#include "emulators/sql/value/xml/xml_print.h"

struct xml_table_state {
    struct sql_state state;
    struct arena tree; /* the document, the paths and the rows */
    struct sql_xpath_context context;
    const struct sql_xpath **paths; /* one a column */
    struct sql_xpath_value rows;
    uint32_t at;
};

/* ---- opening: values that hold for the whole document */

static bool open_prefixes(struct sql_run *run, const struct sql_node_xml_table *node,
                          struct xml_table_state *state)
{
    struct sql_error *error = run->env->error;
    const struct sql_expr_special *xml = node->table->special;
    struct sql_xpath_prefix *prefixes =
        arena_array(&state->tree, xml->named.count + 1u, sizeof *prefixes);
    if (!prefixes)
        return sql_fail_memory(error);
    for (uint32_t i = 0; i < xml->named.count; i++) {
        struct datum uri = run->regs[node->base + i];
        if (uri.null)
            return sql_fail(error, "22004", "namespace URI must not be null");
        if (xml->names[i].len == 0)
            return sql_fail(error, "0A000", "DEFAULT namespace is not supported");
        prefixes[i] = (struct sql_xpath_prefix){xml->names[i], datum_slice(uri)};
    }
    state->context.prefixes = prefixes;
    state->context.prefix_count = xml->named.count;
    return true;
}

static bool open_paths(struct sql_run *run, const struct sql_node_xml_table *node,
                       struct xml_table_state *state, struct sql_call *call)
{
    const struct sql_table *table = node->table;
    uint32_t path_reg = node->base + table->special->named.count + 2;
    for (uint32_t c = 0; c < table->column_count; c++) {
        bool given = table->special->paths.items[c] != NULL;
        struct datum path = given ? run->regs[path_reg++] : datum_bytes(table->columns[c]);
        if (c + 1 == table->special->ordinality)
            continue;
        if (path.null) {
            sql_fail(run->env->error, "22004", "column filter expression must not be null");
            return sql_detail(run->env->error, "Filter for column \"" SLICE_FMT "\" is null.",
                              SLICE_ARG(table->columns[c]));
        }
        if (path.len == 0)
            return sql_fail(run->env->error, "22000",
                            "column path filter must not be empty string");
        if (!sql_xml_compile_path(call, "22000", datum_slice(path), &state->paths[c]))
            return false;
    }
    return true;
}

static bool open_rows(struct sql_run *run, const struct sql_node_xml_table *node,
                      struct xml_table_state *state, struct sql_call *call)
{
    struct datum row = run->regs[node->base + node->table->special->named.count];
    const struct sql_xpath *path;
    if (row.null)
        return sql_fail(run->env->error, "22004", "row filter expression must not be null");
    if (row.len == 0)
        return sql_fail(run->env->error, "22000", "row path filter must not be empty string");
    return sql_xml_compile_path(call, "42601", datum_slice(row), &path) &&
           open_paths(run, node, state, call) &&
           sql_xml_run_path(&state->context, path, &state->rows);
}

static bool open_document(struct sql_run *run, const struct sql_node_xml_table *node,
                          struct xml_table_state *state)
{
    struct sql_xml_node *document;
    struct sql_call *call = sql_eval_call(run, node->site, &state->tree);
    state->rows.count = 0;
    if (!sql_program_run(run, node->values, &state->tree))
        return false;
    struct datum text = run->regs[node->base + node->table->special->named.count + 1];
    if (text.null)
        return true;
    state->context = (struct sql_xpath_context){.call = call};
    state->paths = arena_zalloc(&state->tree, (node->table->column_count + 1) * sizeof(void *));
    if (!state->paths)
        return sql_fail_memory(run->env->error);
    if (!sql_xml_open(call, datum_slice(text), &document) || !open_prefixes(run, node, state))
        return false;
    state->context.node = document;
    if (!open_rows(run, node, state, call))
        return false;
    if (state->rows.kind != SQL_XPATH_NODES)
        state->rows.count = 0;
    return true;
}

/* ---- columns */

static bool nodes_text(struct sql_run *run, struct sql_call *call, bool as_xml,
                       const struct sql_xpath_value *value, struct sql_bytes *out)
{
    if (!as_xml && value->count > 1)
        return sql_fail(run->env->error, "21000",
                        "more than one value returned by column XPath expression");
    for (uint32_t i = 0; i < value->count; i++) {
        if (!as_xml)
            sql_xml_print_text(value->nodes[i], out);
        else if (!sql_xml_put_node(call, value->nodes[i], out))
            return false;
    }
    return true;
}

static bool atom_text(struct sql_call *call, const struct sql_type *type,
                      const struct sql_xpath_value *value, struct sql_bytes *out)
{
    struct slice text;
    if (type->ops == &sql_xml_ops && value->kind == SQL_XPATH_STRING)
        return sql_xml_put_atom(call, value, out);
    struct sql_xpath_value number = {.kind = SQL_XPATH_NUMBER, .number = value->boolean};
    if (value->kind == SQL_XPATH_BOOLEAN && type->category == 'N')
        value = &number;
    if (!sql_xml_atom_text(call, value, &text))
        return false;
    sql_bytes_add_slice(out, text);
    return true;
}

static bool column_value(struct sql_run *run, const struct sql_node_xml_table *node,
                         struct xml_table_state *state, uint32_t column, struct datum *out)
{
    struct sql_call *call = sql_eval_call(run, node->site, &state->state.arena);
    const struct sql_type *type = node->types[column];
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_xpath_value value;
    sql_bytes_reserve(&text, 1);
    state->context.call = call;
    if (!sql_xml_run_path(&state->context, state->paths[column], &value))
        return false;
    *out = datum_null();
    if (value.kind == SQL_XPATH_NODES && value.count == 0)
        return true;
    bool made = value.kind == SQL_XPATH_NODES
                    ? nodes_text(run, call, type->ops == &sql_xml_ops, &value, &text)
                    : atom_text(call, type, &value, &text);
    if (!made)
        return false;
    if (text.failed)
        return sql_fail_memory(run->env->error);
    return sql_domain_input(call, type, sql_bytes_slice(&text), node->table->typmods[column], out);
}

static bool load_column(struct sql_run *run, const struct sql_node_xml_table *node,
                        struct xml_table_state *state, uint32_t column)
{
    const struct sql_table *table = node->table;
    struct datum value = datum_int(state->at);
    if (column + 1 != table->special->ordinality) {
        if (!column_value(run, node, state, column, &value))
            return false;
        const struct sql_program *otherwise = value.null ? node->defaults[column] : NULL;
        if (otherwise) {
            if (!sql_program_run(run, otherwise, &state->state.arena))
                return false;
            value = run->regs[otherwise->result];
        }
        if (value.null && table->special->not_null[column])
            return sql_fail(run->env->error, "22004",
                            "null is not allowed in column \"" SLICE_FMT "\"",
                            SLICE_ARG(table->columns[column]));
    }
    run->regs[node->columns[column]] = value;
    return true;
}

static enum sql_next xml_table_next(struct sql_run *run, const struct sql_node *base_node,
                                    struct sql_state *base)
{
    const struct sql_node_xml_table *node = (const void *)base_node;
    struct xml_table_state *state = (void *)base;
    if (!base->started) {
        base->started = true;
        state->at = 0;
        arena_reset(&state->tree);
        if (!open_document(run, node, state))
            return SQL_NEXT_FAILED;
    }
    if (state->at == state->rows.count)
        return SQL_NEXT_END;
    state->context.node = state->rows.nodes[state->at++];
    for (uint32_t c = 0; c < node->table->column_count; c++)
        if (!load_column(run, node, state, c))
            return SQL_NEXT_FAILED;
    return SQL_NEXT_ROW;
}

static void xml_table_close(struct sql_run *run, const struct sql_node *node,
                            struct sql_state *base)
{
    (void)run;
    (void)node;
    arena_done(&((struct xml_table_state *)(void *)base)->tree);
}

const struct sql_node_ops sql_xml_table_ops = {
    "Table Function Scan", sizeof(struct xml_table_state), xml_table_next, NULL, xml_table_close};
