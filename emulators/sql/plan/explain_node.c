/* EXPLAIN: what a node is called, and what it says of itself. */
#include "emulators/sql/exec/index_key.h"
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/plan/explain_tree.h"

/* ---- expressions */

/* Appends an expression in a query's terms. own: the table of it that is scanned, whose columns need no
 * name of theirs; NULL: other nodes. */
static bool put_expr(struct sql_explainer *e, const struct sql_expr *expr,
                     const struct sql_plan_query *query, const struct sql_table *own,
                     const struct sql_query *parameters, struct sql_bytes *out)
{
    const struct sql_query *levels[32];
    struct sql_explain_expr what = {.expr = expr,
                                    .levels = levels,
                                    .prefix = e->prefix || own,
                                    .links = e->links,
                                    .link_count = e->link_count,
                                    .parameters = parameters};
    for (uint32_t i = 0; own && query && !e->options->verbose && i < query->query->table_count; i++)
        if (query->query->tables[i] == own)
            what.bare_table = i + 1;
    for (; query && what.level_count < 32; query = query->parent)
        levels[what.level_count++] = query->query;
    return e->options->put_expr(e->env, &what, out);
}

/* A target of the statement. */
static bool target_text(struct sql_explainer *e, const struct sql_expr *expr,
                        const struct sql_query *query, struct slice *out)
{
    const struct sql_explain_expr what = {.expr = expr,
                                          .levels = &query,
                                          .level_count = 1,
                                          .prefix = e->several,
                                          .links = e->links,
                                          .link_count = e->link_count};
    struct sql_bytes text;
    sql_bytes_init(&text, e->writer->out->arena);
    if (!e->options->put_expr(e->env, &what, &text))
        return false;
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(e->env->error);
}

/* Conditions that all must hold. */
static bool put_quals(struct sql_explainer *e, const char *label,
                      struct sql_plan_qual *const *quals, uint32_t count,
                      const struct sql_table *own)
{
    struct sql_bytes text;
    if (count == 0)
        return true;
    sql_bytes_init(&text, e->writer->out->arena);
    sql_bytes_add_str(&text, count > 1 ? "(" : "");
    for (uint32_t i = 0; i < count; i++) {
        sql_bytes_add_str(&text, i ? " AND " : "");
        if (!put_expr(e, quals[i]->expr, quals[i]->query, own, quals[i]->sub_query, &text))
            return false;
    }
    sql_bytes_add_str(&text, count > 1 ? ")" : "");
    sql_explain_text(e->writer, label, sql_bytes_slice(&text));
    return !text.failed || sql_fail_memory(e->env->error);
}

static bool put_keys(struct sql_explainer *e, const char *label, const struct sql_keys *keys,
                     bool directions)
{
    struct slice *items = arena_array(e->writer->out->arena, keys->count + 1, sizeof(*items));
    uint32_t count = 0;
    if (!items)
        return sql_fail_memory(e->env->error);
    for (uint32_t i = 0; i < keys->count; i++) {
        const struct sql_key *key = &keys->items[i];
        struct sql_bytes text;
        if (!key->expr)
            continue;
        sql_bytes_init(&text, e->writer->out->arena);
        bool computed = key->expr->kind != SQL_EXPR_COLUMN; /* below: shown as a value of there */
        sql_bytes_add_str(&text, computed ? "(" : "");
        if (!put_expr(e, key->expr, key->terms, NULL, NULL, &text))
            return false;
        sql_bytes_add_str(&text, computed ? ")" : "");
        if (directions && key->descending)
            sql_bytes_add_str(&text, " DESC");
        if (directions && key->descending != key->nulls_first)
            sql_bytes_add_str(&text, key->nulls_first ? " NULLS FIRST" : " NULLS LAST");
        items[count++] = sql_bytes_slice(&text);
    }
    if (count)
        sql_explain_list(e->writer, label, items, count);
    return true;
}

/* ---- names */

static const char *const join_words[] = {
    [SQL_JOIN_NODE_INNER] = "Inner", [SQL_JOIN_NODE_LEFT] = "Left", [SQL_JOIN_NODE_RIGHT] = "Right",
    [SQL_JOIN_NODE_FULL] = "Full",   [SQL_JOIN_NODE_SEMI] = "Semi", [SQL_JOIN_NODE_ANTI] = "Anti"};

static const char *const command_words[] = {[SQL_INSERT] = "Insert",
                                            [SQL_UPDATE] = "Update",
                                            [SQL_DELETE] = "Delete",
                                            [SQL_MERGE] = "Merge"};

/* A node of the same kind in PostgreSQL; for aggregates and the like also how it is done. */
struct words {
    const char *text, *type, *strategy;
};

static struct words aggregate_words(const struct sql_node_aggregate *node)
{
    if (node->sets)
        return (struct words){"MixedAggregate", "Aggregate", "Mixed"};
    if (node->keys.count == 0)
        return (struct words){"Aggregate", "Aggregate", "Plain"};
    return (struct words){"HashAggregate", "Aggregate", "Hashed"};
}

static struct words spool_words(const struct sql_node_spool_scan *scan)
{
    const char *name = scan->transition ? "Named Tuplestore Scan"
                       : scan->source   ? "CTE Scan"
                                        : "WorkTable Scan";
    return (struct words){name, name, NULL};
}

bool sql_explain_has_bitmap(const struct sql_node *node)
{
    return node->kind == SQL_NODE_INDEX_SCAN &&
           ((const struct sql_node_index_scan *)(const void *)node)->heap_order;
}

static struct words words_of(const struct sql_node *node)
{
    static const struct words plain[SQL_NODE_KIND_COUNT] = {
        [SQL_NODE_RESULT] = {"Result",              "Result",              NULL    },
        [SQL_NODE_SEQ_SCAN] = {"Seq Scan",            "Seq Scan",            NULL    },
        [SQL_NODE_SYSTEM_SCAN] = {"Seq Scan",            "Seq Scan",            NULL    },
        [SQL_NODE_INDEX_SCAN] = {"Index Scan",          "Index Scan",          NULL    },
        [SQL_NODE_ROW_SCAN] = {"Tid Scan",            "Tid Scan",            NULL    },
        [SQL_NODE_FUNCTION_SCAN] = {"Function Scan",       "Function Scan",       NULL    },
        [SQL_NODE_XML_TABLE] = {"Table Function Scan", "Table Function Scan", NULL    },
        [SQL_NODE_JSON_TABLE] = {"Table Function Scan", "Table Function Scan", NULL    },
        [SQL_NODE_VALUES_SCAN] = {"Values Scan",         "Values Scan",         NULL    },
        [SQL_NODE_SAMPLE_SCAN] = {"Sample Scan",         "Sample Scan",         NULL    },
        [SQL_NODE_NEST_LOOP] = {"Nested Loop",         "Nested Loop",         NULL    },
        [SQL_NODE_HASH_JOIN] = {"Hash Join",           "Hash Join",           NULL    },
        [SQL_NODE_MATERIALIZE] = {"Materialize",         "Materialize",         NULL    },
        [SQL_NODE_SORT] = {"Sort",                "Sort",                NULL    },
        [SQL_NODE_WINDOW] = {"WindowAgg",           "WindowAgg",           NULL    },
        [SQL_NODE_SET_OP] = {"HashSetOp",           "SetOp",               "Hashed"},
        [SQL_NODE_LIMIT] = {"Limit",               "Limit",               NULL    },
        [SQL_NODE_RECURSIVE] = {"Recursive Union",     "Recursive Union",     NULL    },
        [SQL_NODE_PROJECT_SET] = {"ProjectSet",          "ProjectSet",          NULL    },
        [SQL_NODE_LOCK_ROWS] = {"LockRows",            "LockRows",            NULL    },
        [SQL_NODE_MODIFY] = {"ModifyTable",         "ModifyTable",         NULL    }
    };
    if (sql_explain_has_bitmap(node))
        return (struct words){"Bitmap Heap Scan", "Bitmap Heap Scan", NULL};
    switch (node->kind) {
    case SQL_NODE_AGGREGATE: return aggregate_words((const void *)node);
    case SQL_NODE_SPOOL_SCAN: return spool_words((const void *)node);
    case SQL_NODE_DISTINCT:
        return ((const struct sql_node_distinct *)(const void *)node)->sorted
                   ? (struct words){"Unique", "Unique", NULL}
                   : (struct words){"HashAggregate", "Aggregate", "Hashed"};
    case SQL_NODE_APPEND:
        return node->input_count == 0 ? plain[SQL_NODE_RESULT]
               : ((const struct sql_node_append *)(const void *)node)->merge.count
                   ? (struct words){"Merge Append", "Merge Append", NULL}
                   : (struct words){"Append", "Append", NULL};
    default: return plain[node->kind];
    }
}

static const char *set_op_words(const struct sql_node_set_op *node)
{
    if (node->op == SQL_INTERSECT)
        return node->all ? "Intersect All" : "Intersect";
    return node->all ? "Except All" : "Except";
}

/* The table that a scan reads; NULL: it is none. */
static const struct sql_table *scanned_table(const struct sql_node *node)
{
    switch (node->kind) {
    case SQL_NODE_SEQ_SCAN:
    case SQL_NODE_SYSTEM_SCAN:
    case SQL_NODE_ROW_SCAN:
    case SQL_NODE_SAMPLE_SCAN:
    case SQL_NODE_INDEX_SCAN: return ((const struct sql_node_scan *)(const void *)node)->table;
    case SQL_NODE_SPOOL_SCAN:
        return ((const struct sql_node_spool_scan *)(const void *)node)->table;
    case SQL_NODE_FUNCTION_SCAN:
        return ((const struct sql_node_function_scan *)(const void *)node)->table;
    case SQL_NODE_XML_TABLE: return ((const struct sql_node_xml_table *)(const void *)node)->table;
    case SQL_NODE_JSON_TABLE:
        return ((const struct sql_node_json_table *)(const void *)node)->table;
    case SQL_NODE_VALUES_SCAN:
        return ((const struct sql_node_values_scan *)(const void *)node)->table;
    default: return NULL;
    }
}

/* What a node reads or changes; label: of its name in the formats with properties. */
struct target {
    const char *label;
    struct slice name, alias;
    const struct sql_relation *relation; /* NULL: none */
};

static struct slice function_name(const struct sql_explainer *e, const struct sql_table *table)
{
    const struct sql_expr_call *call =
        table->function_count == 1 ? (const void *)table->functions[0].expr : NULL;
    const struct sql_routine *routine = call && call->expr.kind == SQL_EXPR_FUNCTION
                                            ? sql_find_routine_id(e->env->session, call->function)
                                            : NULL;
    return routine ? routine->object.name : slice_of(NULL, 0);
}

static struct target relation_target(const struct sql_relation *relation,
                                     const struct sql_table *table)
{
    struct slice alias = table && table->alias.ptr  ? table->alias
                         : table && table->name.len ? table->name
                                                    : relation->object.name;
    return (struct target){"Relation Name", relation->object.name, alias, relation};
}

static struct target target_of(const struct sql_explainer *e, const struct sql_node *node)
{
    const struct sql_node_scan *scan = (const void *)node;
    const struct sql_node_spool_scan *spool = (const void *)node;
    const struct sql_node_function_scan *function = (const void *)node;
    const struct sql_node_modify *modify = (const void *)node;
    switch (node->kind) {
    case SQL_NODE_SEQ_SCAN:
    case SQL_NODE_SYSTEM_SCAN:
    case SQL_NODE_ROW_SCAN:
    case SQL_NODE_SAMPLE_SCAN:
    case SQL_NODE_INDEX_SCAN: return relation_target(scan->relation, scan->table);
    case SQL_NODE_MODIFY: return relation_target(modify->relation, modify->table);
    case SQL_NODE_SPOOL_SCAN:
        return (struct target){
            spool->transition ? "Tuplestore Name" : "CTE Name", spool->table->name,
            spool->table->alias.ptr ? spool->table->alias : spool->table->name, NULL};
    case SQL_NODE_FUNCTION_SCAN:
        return (struct target){
            "Function Name", function_name(e, function->table),
            function->table->alias.ptr ? function->table->alias : function->table->name, NULL};
    case SQL_NODE_XML_TABLE:
    case SQL_NODE_JSON_TABLE:
        return (struct target){"Table Function Name",
                               slice_str(scanned_table(node)->json ? "json_table" : "xmltable"),
                               scanned_table(node)->name, NULL};
    case SQL_NODE_VALUES_SCAN:
        return (struct target){
            NULL, slice_of(NULL, 0),
            ((const struct sql_node_values_scan *)(const void *)node)->table->name, NULL};
    default: return (struct target){0};
    }
}

static struct slice schema_name(const struct sql_explainer *e, const struct sql_relation *relation)
{
    const struct sql_schema *schema = sql_find_schema_id(e->env->session, relation->object.schema);
    if (!schema)
        return slice_str("pg_catalog");
    return schema->object.id == e->env->session->temp_schema ? slice_str("pg_temp")
                                                             : schema->object.name;
}

/* ---- the line in text */

static void put_target(struct sql_explainer *e, const struct target *target)
{
    struct sql_bytes *out = e->writer->out;
    struct slice name = target->name.ptr ? target->name : target->alias;
    if (!name.len)
        return;
    sql_bytes_add_str(out, " on ");
    if (e->options->verbose && target->relation) {
        e->options->put_name(out, schema_name(e, target->relation));
        sql_bytes_add_char(out, '.');
    }
    e->options->put_name(out, name);
    if (target->alias.len && !slice_eq(target->alias, name)) {
        sql_bytes_add_char(out, ' ');
        e->options->put_name(out, target->alias);
    }
}

static void put_join_title(struct sql_bytes *out, const struct sql_node_join *join)
{
    bool hash = join->node.kind == SQL_NODE_HASH_JOIN, inner = join->join == SQL_JOIN_NODE_INNER;
    sql_bytes_add_str(out, hash ? "Hash" : "Nested Loop");
    if (!inner)
        sql_bytes_printf(out, " %s", join_words[join->join]);
    sql_bytes_add_str(out, hash || !inner ? " Join" : "");
}

bool sql_explain_title(struct sql_explainer *e, const struct sql_node *node,
                       const struct sql_explain_place *place)
{
    struct sql_bytes *out = e->writer->out;
    const struct sql_node_index_scan *index = (const void *)node;
    if (place->hash || place->bitmap) {
        sql_bytes_add_str(out, place->hash ? "Hash" : "Bitmap Index Scan on ");
        if (place->bitmap)
            e->options->put_name(out, index->index_keys->index->object.name);
        return true;
    }
    if (node->kind == SQL_NODE_NEST_LOOP || node->kind == SQL_NODE_HASH_JOIN) {
        put_join_title(out, (const void *)node);
        return true;
    }
    if (node->kind == SQL_NODE_MODIFY)
        sql_bytes_add_str(
            out, command_words[((const struct sql_node_modify *)(const void *)node)->command]);
    else
        sql_bytes_add_str(out, words_of(node).text);
    if (node->kind == SQL_NODE_SET_OP)
        sql_bytes_printf(out, " %s", set_op_words((const void *)node));
    if (node->kind == SQL_NODE_INDEX_SCAN && !index->heap_order) {
        sql_bytes_add_str(out, index->backward ? " Backward using " : " using ");
        e->options->put_name(out, index->index_keys->index->object.name);
    }
    struct target target = target_of(e, node);
    put_target(e, &target);
    return true;
}

/* ---- the properties in other formats */

static void put_target_attributes(struct sql_explainer *e, const struct sql_node *node)
{
    struct target target = target_of(e, node);
    const struct sql_node_index_scan *index = (const void *)node;
    if (node->kind == SQL_NODE_INDEX_SCAN && !index->heap_order) {
        sql_explain_text(e->writer, "Scan Direction",
                         slice_str(index->backward ? "Backward" : "Forward"));
        sql_explain_text(e->writer, "Index Name", index->index_keys->index->object.name);
    }
    if (target.name.len)
        sql_explain_text(e->writer, target.label, target.name);
    if (e->options->verbose && target.relation)
        sql_explain_text(e->writer, "Schema", schema_name(e, target.relation));
    if (target.alias.len)
        sql_explain_text(e->writer, "Alias", target.alias);
}

bool sql_explain_attributes(struct sql_explainer *e, const struct sql_node *node,
                            const struct sql_explain_place *place)
{
    struct sql_explain_writer *writer = e->writer;
    struct words words = words_of(node);
    const struct sql_node_join *join = (const void *)node;
    sql_explain_text(writer, "Node Type",
                     slice_str(place->hash     ? "Hash"
                               : place->bitmap ? "Bitmap Index Scan"
                                               : words.type));
    if (words.strategy && !place->hash)
        sql_explain_text(writer, "Strategy", slice_str(words.strategy));
    if (node->kind == SQL_NODE_AGGREGATE && !place->hash)
        sql_explain_text(writer, "Partial Mode", slice_str("Simple"));
    if (node->kind == SQL_NODE_MODIFY)
        sql_explain_text(
            writer, "Operation",
            slice_str(
                command_words[((const struct sql_node_modify *)(const void *)node)->command]));
    if (place->relationship)
        sql_explain_text(writer, "Parent Relationship", slice_str(place->relationship));
    if (place->name.ptr)
        sql_explain_text(writer, "Subplan Name", place->name);
    sql_explain_bool(writer, "Parallel Aware", false);
    sql_explain_bool(writer, "Async Capable", false);
    if (place->bitmap)
        sql_explain_text(writer, "Index Name",
                         ((const struct sql_node_index_scan *)(const void *)node)
                             ->index_keys->index->object.name);
    if (place->hash || place->bitmap)
        return true;
    if (node->kind == SQL_NODE_NEST_LOOP || node->kind == SQL_NODE_HASH_JOIN)
        sql_explain_text(writer, "Join Type", slice_str(join_words[join->join]));
    if (node->kind == SQL_NODE_SET_OP)
        sql_explain_text(writer, "Command", slice_str(set_op_words((const void *)node)));
    put_target_attributes(e, node);
    return true;
}

/* ---- what follows the numbers */

/* The columns of a table that a scan loads, or the columns of the result. */
static bool put_output(struct sql_explainer *e, const struct sql_node *node)
{
    const struct sql_query *query = e->plan->query;
    const struct sql_node_scan *scan = (const void *)node;
    bool is_scan = node->kind == SQL_NODE_SEQ_SCAN || node->kind == SQL_NODE_INDEX_SCAN;
    uint32_t room = is_scan ? scan->column_count : query->target_count, count = 0;
    struct slice *items = arena_array(e->writer->out->arena, room + 1, sizeof(*items));
    if (!items)
        return sql_fail_memory(e->env->error);
    if (node == e->plan->root && query->command == SQL_SELECT && !query->set_op) {
        for (uint32_t i = 0; i < query->target_count; i++)
            if (!query->targets[i].hidden &&
                !target_text(e, query->targets[i].expr, query, &items[count++]))
                return false;
    } else if (is_scan && !scan->map) {
        struct slice alias = relation_target(scan->relation, scan->table).alias;
        for (uint32_t i = 0; i < scan->column_count; i++) {
            if (scan->columns[i].column <= 0)
                continue;
            struct sql_bytes text;
            sql_bytes_init(&text, e->writer->out->arena);
            if (e->several) {
                e->options->put_name(&text, alias);
                sql_bytes_add_char(&text, '.');
            }
            e->options->put_name(&text, scan->relation->columns[scan->columns[i].column - 1].name);
            items[count++] = sql_bytes_slice(&text);
        }
    }
    if (count)
        sql_explain_list(e->writer, "Output", items, count);
    return true;
}

static void put_removed(struct sql_explainer *e, const char *label, const struct sql_state *state)
{
    uint64_t loops = state && state->loops ? state->loops : 1;
    if (state && (state->removed || e->writer->format != SQL_EXPLAIN_TEXT))
        sql_explain_number(e->writer, label, NULL, (double)state->removed / (double)loops, 0);
}

static bool put_join(struct sql_explainer *e, const struct sql_node_join *join)
{
    if (e->writer->format != SQL_EXPLAIN_TEXT || (e->options->verbose && join->single))
        sql_explain_bool(e->writer, "Inner Unique", join->single);
    return put_quals(e, "Hash Cond", join->hash_quals, join->hash_count, NULL) &&
           put_quals(e, "Join Filter", join->on_quals, join->on_count, NULL);
}

static bool put_sort(struct sql_explainer *e, const struct sql_node *node,
                     const struct sql_state *state)
{
    if (!put_keys(e, "Sort Key", &((const struct sql_node_sort *)(const void *)node)->keys, true))
        return false;
    if (!state || state->loops == 0)
        return true;
    bool top_n;
    uint64_t kilobytes = sql_sort_memory(state, &top_n);
    const char *method = top_n ? "top-N heapsort" : "quicksort";
    if (e->writer->format == SQL_EXPLAIN_TEXT) {
        sql_explain_spaces(e->writer);
        sql_bytes_printf(e->writer->out, "Sort Method: %s  Memory: %.0fkB\n", method,
                         (double)kilobytes);
        return true;
    }
    sql_explain_text(e->writer, "Sort Method", slice_str(method));
    sql_explain_number(e->writer, "Sort Space Used", "kB", (double)kilobytes, 0);
    sql_explain_text(e->writer, "Sort Space Type", slice_str("Memory"));
    return true;
}

/* The keys of each grouping set. */
static bool put_sets(struct sql_explainer *e, const struct sql_node_aggregate *node)
{
    struct sql_keys some = {
        arena_array(e->writer->out->arena, node->keys.count + 1, sizeof(struct sql_key)), 0};
    if (!some.items)
        return sql_fail_memory(e->env->error);
    for (uint32_t s = 0; s < node->set_count; s++) {
        some.count = 0;
        for (uint32_t i = 0; i < node->keys.count; i++)
            if (node->sets[s].present[i])
                some.items[some.count++] = node->keys.items[i];
        if (some.count == 0)
            sql_explain_list(e->writer, "Group Key", &(struct slice)SLICE_LITERAL("()"), 1);
        else if (!put_keys(e, "Hash Key", &some, false))
            return false;
    }
    return true;
}

static bool put_aggregate(struct sql_explainer *e, const struct sql_node_aggregate *node)
{
    return node->sets ? put_sets(e, node) : put_keys(e, "Group Key", &node->keys, false);
}

bool sql_explain_bitmap_details(struct sql_explainer *e, const struct sql_node *node)
{
    const struct sql_node_index_scan *index = (const void *)node;
    return put_quals(e, "Index Cond", index->quals, index->key_count, index->scan.table);
}

static bool put_append(struct sql_explainer *e, const struct sql_node_append *node)
{
    uint32_t removed = 0;
    if (e->run && !sql_append_removed(e->run, &node->node, &removed))
        return false;
    if (removed || (node->prune && e->writer->format != SQL_EXPLAIN_TEXT))
        sql_explain_number(e->writer, "Subplans Removed", NULL, removed, 0);
    if (node->node.input_count == 0)
        sql_explain_text(e->writer, "One-Time Filter", slice_str("false"));
    return put_keys(e, "Sort Key", &node->merge, true);
}

static bool put_own(struct sql_explainer *e, const struct sql_node *node,
                    const struct sql_state *state)
{
    const struct sql_node_result *result = (const void *)node;
    const struct sql_node_index_scan *index = (const void *)node;
    const struct sql_node_row_scan *row = (const void *)node;
    const struct sql_node_distinct *distinct = (const void *)node;
    switch (node->kind) {
    case SQL_NODE_INDEX_SCAN:
        return put_quals(e, index->heap_order ? "Recheck Cond" : "Index Cond", index->quals,
                         index->key_count, index->scan.table);
    case SQL_NODE_ROW_SCAN:
        return !row->quals || put_quals(e, "TID Cond", row->quals, 1, row->scan.table);
    case SQL_NODE_NEST_LOOP:
    case SQL_NODE_HASH_JOIN: return put_join(e, (const void *)node);
    case SQL_NODE_SORT: return put_sort(e, node, state);
    case SQL_NODE_AGGREGATE: return put_aggregate(e, (const void *)node);
    case SQL_NODE_DISTINCT:
        return distinct->sorted || put_keys(e, "Group Key", &distinct->keys, false);
    case SQL_NODE_RESULT:
        return put_quals(e, "One-Time Filter", result->once_quals, result->once_count, NULL);
    case SQL_NODE_APPEND: return put_append(e, (const void *)node);
    default: return true;
    }
}

bool sql_explain_details(struct sql_explainer *e, const struct sql_node *node,
                         const struct sql_state *state)
{
    if ((e->options->verbose && !put_output(e, node)) || !put_own(e, node, state) ||
        !put_quals(e, "Filter", node->filter_quals, node->filter_count, scanned_table(node)))
        return false;
    if (node->filter_count)
        put_removed(e, "Rows Removed by Filter", state);
    return true;
}
