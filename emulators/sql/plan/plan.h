/* Physical plans: trees of operators that load registers (exec/program.h), made by the planner, run
 * by exec/, shown by EXPLAIN.
 *
 * A plan is immutable and lives in one arena. Every node begins with struct sql_node; which struct
 * it is follows from its kind. Registers that a node gives are listed in `outputs` as far as
 * somebody above it reads them: that is what a buffering operator saves and an outer join sets to
 * NULL. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_PLAN_H
#define PARLEL_EMULATORS_SQL_PLAN_PLAN_H

#include "emulators/sql/exec/exec.h"
#include "emulators/sql/exec/program.h"
#include "emulators/sql/txn/lock.h"

struct sql_index_keys;
struct sql_modify;
struct sql_plan_qual;
struct sql_plan_table;
struct sql_prune;

/* A parameter that the statement reads: number from 0, in options.params. */
struct sql_plan_param {
    uint32_t number, reg;
};

/* A table of which a row of the result was made: the one that WHERE CURRENT OF means. */
struct sql_plan_place {
    const struct sql_relation *relation;
    const struct sql_plan_member *family; /* the tables below; the handle says which */
    uint32_t family_count;
    uint32_t row_reg;
};

/* How many rows a table had when the plan was made. */
struct sql_plan_size {
    const struct sql_relation *relation;
    double rows;
};

enum sql_node_kind {
    SQL_NODE_RESULT, /* one row without columns, or none */
    SQL_NODE_SEQ_SCAN,
    SQL_NODE_INDEX_SCAN,
    SQL_NODE_ROW_SCAN, /* by row id */
    SQL_NODE_SYSTEM_SCAN,
    SQL_NODE_FUNCTION_SCAN,
    SQL_NODE_XML_TABLE,
    SQL_NODE_JSON_TABLE,
    SQL_NODE_VALUES_SCAN,
    SQL_NODE_SPOOL_SCAN, /* WITH queries, work tables, transition tables */
    SQL_NODE_SAMPLE_SCAN,
    SQL_NODE_NEST_LOOP,
    SQL_NODE_HASH_JOIN,
    SQL_NODE_MATERIALIZE,
    SQL_NODE_SORT,
    SQL_NODE_AGGREGATE,
    SQL_NODE_WINDOW,
    SQL_NODE_DISTINCT,
    SQL_NODE_SET_OP,
    SQL_NODE_LIMIT,
    SQL_NODE_APPEND,
    SQL_NODE_RECURSIVE,
    SQL_NODE_PROJECT_SET,
    SQL_NODE_LOCK_ROWS,
    SQL_NODE_MODIFY,
    SQL_NODE_KIND_COUNT,
};

/* A register that is kept: by_value needs no copy of bytes. */
struct sql_saved {
    uint32_t reg;
    bool by_value;
};

struct sql_saves {
    struct sql_saved *items;
    uint32_t count;
};

struct sql_node {
    enum sql_node_kind kind;
    size_t state_offset;
    struct sql_node **inputs;
    uint32_t input_count;
    const struct sql_program *filter;  /* rows of which it is not true are dropped */
    const struct sql_program *project; /* then this is computed */
    double rows, cost_start, cost;
    uint32_t width;
    struct sql_saves outputs;
    bool outer; /* reads registers that nodes outside of its subtree load */
    struct sql_plan_qual **filter_quals; /* for EXPLAIN, as other quals below (plan/problem.h) */
    uint32_t filter_count;
    /* The planner's: the table whose rows it gives, for its value as a whole row. */
    struct sql_plan_query *whole_query;
    struct sql_plan_table *whole;
};

/* RESULT: one row without columns; or its input's rows when `once` holds. */
struct sql_node_result {
    struct sql_node node;
    const struct sql_program *once;
    struct sql_plan_qual **once_quals;
    uint32_t once_count;
    /* WITH queries of the query that it is the top of: filled anew when that begins anew. */
    struct sql_with_source {
        uint32_t spool;
        struct sql_node *source;
    } * withs;
    uint32_t with_count;
};

/* How the values of a key become bytes whose order is theirs. */
enum sql_key_codec {
    SQL_KEY_INT,     /* the datum's i */
    SQL_KEY_FLOAT,   /* the datum's d, -0 as 0 */
    SQL_KEY_BYTES,   /* the bytes are the value */
    SQL_KEY_ENCODED, /* as the type encodes keys */
};

struct sql_key {
    uint32_t reg;
    enum sql_key_codec codec;
    bool descending, nulls_first;
    const struct sql_type *type;
    uint32_t collation;
    uint32_t site;               /* a sql_call for the type's operations */
    const struct sql_expr *expr; /* for EXPLAIN: in the terms of */
    const struct sql_plan_query *terms;
};

struct sql_keys {
    struct sql_key *items;
    uint32_t count;
};

struct sql_scan_column {
    int32_t column; /* of the relation, from 1; system columns below 0 */
    uint32_t reg;
};

/* SEQ_SCAN, SYSTEM_SCAN, SAMPLE_SCAN and the head of INDEX_SCAN and ROW_SCAN. */
struct sql_node_scan {
    struct sql_node node;
    const struct sql_relation *relation;
    const struct sql_table *table; /* of the range table */
    struct sql_scan_column *columns;
    uint32_t column_count;
    uint32_t row_reg; /* first of SQL_HANDLE_COUNT for changes and locks; SQL_NO_REGISTER: none */
    uint32_t child;   /* among the tables below one, 0: itself */
    struct sql_plan_table *source; /* the planner's: where its columns are asked for */
    const int32_t *map; /* a child's column for each of the parent's, 0: dropped; NULL: the same */
};

/* One end of a range, or an equality, on one column of an index. */
struct sql_index_key {
    const struct sql_program *program; /* value, already of the column's type */
    uint32_t column;                   /* of the index, from 0 */
    enum sql_compare op;
    bool is_null, not_null; /* IS NULL, IS NOT NULL: no value */
    bool array;             /* = ANY (array): each element is looked for */
};

struct sql_node_system_scan {
    struct sql_node_scan scan;
    int key_column; /* the generator's, 0: none */
    const struct sql_program *key;
};

struct sql_node_index_scan {
    struct sql_node_scan scan;
    const struct sql_index_keys *index_keys;
    struct sql_index_key *keys; /* equalities on leading columns first, then at most two bounds */
    uint32_t key_count;
    uint32_t equal_count;
    bool backward;
    bool unique;                  /* at most one row matches */
    bool heap_order;              /* rows come in the table's order, unless they are too many */
    struct sql_plan_qual **quals; /* that the keys stand for, one a key */
};

struct sql_node_row_scan {
    struct sql_node_scan scan;
    const struct sql_program *row_id; /* or an array of them, or the name of `current` */
    bool array;
    const struct sql_expr_current_of *current; /* the row a cursor is on; NULL: row_id counts */
    struct sql_plan_qual **quals;
};

/* TABLESAMPLE */
struct sql_node_sample_scan {
    struct sql_node_scan scan;
    const struct sql_program *percent, *seed; /* seed NULL: a random one */
    bool system;                              /* whole blocks */
};

struct sql_scan_function {
    const struct sql_call_site *site; /* NULL: an expression that returns no set */
    const struct sql_program *args;   /* loads the arguments */
    uint32_t arg_base;
    const struct sql_program *value; /* without site */
    uint32_t column_count;           /* registers it loads: of the columns, in order */
    uint32_t *columns;               /* SQL_NO_REGISTER: not needed */
    const struct slice *names;       /* and types of these columns */
    const uint32_t *type_ids;
    const int32_t *typmods;
    const struct sql_type **types;
    bool composite; /* one value that is a row, taken apart */
    bool set;
};

struct sql_node_function_scan {
    struct sql_node node;
    struct sql_scan_function *functions;
    uint32_t function_count;
    uint32_t ordinality; /* register, SQL_NO_REGISTER: none */
    const struct sql_table *table;
};

struct sql_node_xml_table {
    struct sql_node node;
    const struct sql_table *table;
    const struct sql_call_site *site;
    const struct sql_program *values; /* loads, from base on: namespaces, the row's path, the */
    uint32_t base;                    /* document, the paths of columns that have one */
    uint32_t *columns;                /* registers it loads */
    const struct sql_type **types;
    const struct sql_program **defaults; /* NULL: none */
};

struct sql_node_json_table {
    struct sql_node node;
    const struct sql_table *table;
    const struct sql_call_site *site;
    const struct sql_program *values; /* loads, from base on: the document, what is passed */
    uint32_t base;
    const struct sql_type **passed;      /* types of what is passed */
    uint32_t *columns;                   /* registers it loads */
    uint32_t items;                      /* registers of the scans' items, one each */
    const struct sql_program **programs; /* of the columns; NULL: it counts rows */
};

struct sql_node_values_scan {
    struct sql_node node;
    const struct sql_program **rows; /* each loads all columns */
    uint32_t row_count;
    const struct sql_table *table;
};

/* Registers that a tree reads and does not load: of the queries around it. */
struct sql_outside {
    uint32_t *registers, count;
};

struct sql_node_spool_scan {
    struct sql_node node;
    uint32_t spool;             /* number in the run */
    struct sql_node *source;    /* that fills it; NULL: filled by others (work tables) */
    struct sql_saves saves;     /* the source's columns */
    struct sql_outside outside; /* that the source reads */
    uint32_t *columns;          /* registers loaded, one a column of the spool */
    uint32_t column_count;
    const struct sql_table *table;
    bool transition;   /* by name, from options.trigger */
    uint32_t work_reg; /* without a source: stands for the work table's changes */
};

enum sql_join_method_kind {
    SQL_JOIN_NODE_INNER,
    SQL_JOIN_NODE_LEFT,
    SQL_JOIN_NODE_RIGHT,
    SQL_JOIN_NODE_FULL,
    SQL_JOIN_NODE_SEMI,
    SQL_JOIN_NODE_ANTI,
};

/* NEST_LOOP and HASH_JOIN: inputs[0] is the outer side, inputs[1] the inner one. */
struct sql_node_join {
    struct sql_node node;
    enum sql_join_method_kind join;
    const struct sql_program *on; /* NULL: every pair; for a hash join what its keys do not say */
    bool single;                  /* at most one inner row matches */
    struct sql_keys outer_keys, inner_keys;                  /* HASH_JOIN */
    const struct sql_program *outer_program, *inner_program; /* compute the keys' registers */
    struct sql_plan_qual **on_quals, **hash_quals;
    uint32_t on_count, hash_count;
};

struct sql_node_sort {
    struct sql_node node;
    struct sql_keys keys;
    const struct sql_program *limit; /* top-N: a program for the number; NULL: all */
};

enum sql_fast_aggregate {
    SQL_FAST_NONE,
    SQL_FAST_COUNT_STAR,
    SQL_FAST_COUNT,
    SQL_FAST_SUM_INT, /* int2 and int4 into int8 */
    SQL_FAST_MIN_INT,
    SQL_FAST_MAX_INT,
    SQL_FAST_BOOL_AND,
    SQL_FAST_BOOL_OR,
    SQL_FAST_SUM_FLOAT,   /* unless a result is not finite */
    SQL_FAST_FLOAT_ACCUM, /* {n, sum, squares}: likewise */
};

struct sql_aggregate_call {
    const struct sql_expr_aggregate *expr;
    enum sql_fast_aggregate fast;
    const struct sql_call_site *transition, *final;
    const struct sql_call_site *inverse; /* of windows whose frames' starts move; NULL: none */
    const struct sql_program *args;      /* loads the arguments behind `base` */
    const struct sql_program *filter;
    uint32_t base;   /* register of the state; arguments follow */
    uint32_t argc;   /* without the state */
    uint32_t result; /* register of the result */
    uint32_t direct_count;
    const struct sql_program *direct; /* ordered-set: loads base + 1 ... before the final call */
    uint32_t final_base, final_argc;  /* registers of the final function's arguments */
    struct datum initial;
    bool strict, state_by_value, internal, final_extra;
    bool distinct;
    struct sql_keys order; /* of the rows of a group: ORDER BY, or DISTINCT */
    uint32_t distinct_count;
    struct sql_saves ordered; /* registers from base + 1 that are kept for sorting */
    bool ordered_set;         /* the final function reads the sorted rows: exec/ordered_set.h */
};

struct sql_aggregate_set {
    bool *present; /* one a group key */
    uint32_t key_count;
};

struct sql_node_aggregate {
    struct sql_node node;
    struct sql_keys keys; /* registers of the group keys: inputs, and again outputs */
    struct sql_aggregate_call *calls;
    uint32_t call_count;
    struct sql_aggregate_set *sets; /* grouping sets; NULL: one of all keys */
    uint32_t set_count;
    /* GROUPING(): registers and the keys that they ask for. */
    struct sql_grouping_call {
        uint32_t result;
        uint32_t *keys;
        uint32_t count;
    } * groupings;
    uint32_t grouping_count;
    struct sql_saves kept;  /* keys, and functionally dependent columns: of a group's first row */
    bool reads_state_twice; /* a final function changes its state: a restart must fill anew */
};

struct sql_node_window;
struct sql_window_call;
struct sql_window_state;

struct sql_window_call {
    const struct sql_expr_window *expr;
    /* A window function (exec/window.h); NULL: `aggregate`. */
    bool (*function)(struct sql_run *run, const struct sql_node_window *node,
                     const struct sql_window_call *call, struct sql_window_state *state,
                     struct datum *out);
    const struct sql_program *args;
    uint32_t arg_base, argc;
    struct sql_aggregate_call *aggregate;
    const struct sql_program *filter;
    uint32_t result;
};

struct sql_node_window {
    struct sql_node node;
    const struct sql_window *window;
    struct sql_keys partition, order;
    struct sql_window_call *calls;
    uint32_t call_count;
    const struct sql_program *start_offset, *end_offset;
    const struct sql_call_site *start_in_range, *end_in_range;
};

/* DISTINCT: inputs sorted by the keys, or hashed. */
struct sql_node_distinct {
    struct sql_node node;
    struct sql_keys keys;
    bool sorted;
};

/* INTERSECT and EXCEPT; UNION is an APPEND below a DISTINCT. */
struct sql_node_set_op {
    struct sql_node node;
    struct sql_keys keys; /* over the common output registers */
    enum sql_set_op_kind op;
    bool all;
};

struct sql_node_limit {
    struct sql_node node;
    const struct sql_program *limit, *offset;
    bool with_ties;
    struct sql_keys ties;
};

/* One input after the other; children of a table read into the same registers. */
struct sql_node_append {
    struct sql_node node;
    struct sql_keys merge;         /* inputs are sorted by these; count 0: no merging */
    const struct sql_prune *prune; /* which inputs are read (exec/prune.h); NULL: all */
    /* With `prune`: the inputs' states, which are cleared when first needed. */
    size_t states_begin, states_end;
};

struct sql_node_recursive {
    struct sql_node node;   /* inputs: start, step */
    uint32_t spool;         /* the work table's number */
    struct sql_saves saves; /* its columns: the common output registers */
    bool distinct;
    struct sql_keys keys;
    uint32_t work_reg;
};

struct sql_project_set {
    const struct sql_call_site *site;
    const struct sql_program *args;
    uint32_t arg_base;
    uint32_t result;
    uint32_t level; /* sets inside arguments of others are advanced first */
};

struct sql_node_project_set {
    struct sql_node node;
    struct sql_project_set *sets;
    uint32_t set_count;
    const struct sql_program *after; /* expressions around the sets */
};

struct sql_lock_mark {
    const struct sql_relation *relation;
    enum sql_lock_strength strength;
    enum sql_lock_wait wait;
    uint32_t row_reg;
    uint32_t table;                  /* in the range table */
    struct sql_scan_column *columns; /* read anew from a newer version */
    uint32_t column_count;
    const struct sql_plan_member *family; /* the tables below; the handle says which */
    uint32_t family_count;
};

struct sql_node_lock_rows {
    struct sql_node node;
    struct sql_lock_mark *marks;
    uint32_t mark_count;
    const struct sql_program *recheck; /* WHERE over the registers, for rows that changed */
    const struct sql_program *targets; /* computed anew for these */
    struct sql_plan_query *query;      /* the planner's */
};

/* A query used as an expression. */
struct sql_subplan {
    struct sql_general general;
    enum sql_sublink_kind kind;
    const struct sql_expr_sublink *link; /* that it is; NULL: another's alternative or column */
    struct sql_node *root;
    uint32_t number; /* of its state in the run */
    bool correlated;
    uint32_t *columns; /* registers of the result's columns */
    uint32_t column_count;
    const struct sql_type **types;
    const struct sql_program *test; /* ANY, ALL, ROW_COMPARE: over the columns */
    /* ANY without correlation, or the alternative of an EXISTS: looked up in a hash of all rows. */
    bool hashed;
    const struct sql_program *left; /* computes the registers of outer_keys */
    struct sql_keys outer_keys, inner_keys;
    uint32_t site;
    const struct sql_type *element;  /* ARRAY */
    bool nested;                     /* ARRAY of arrays */
    struct sql_subplan *alternative; /* EXISTS: the hashed one, after so many evaluations */
    uint64_t patience;
    struct sql_subplan *shared; /* MULTI: the one that evaluates */
    uint32_t column, multi_number;
    struct sql_saves results; /* the columns, to keep them */
};

/* What must be allowed when execution begins. */
struct sql_plan_check {
    const struct sql_table *table;
};

struct sql_plan {
    const struct sql_query *query;
    uint64_t catalog_version;
    struct sql_node *root;
    struct datum *registers; /* image: constants are set */
    uint32_t register_count;
    const struct sql_plan_param *params; /* that it reads */
    uint32_t param_count;
    const struct sql_plan_size *sizes; /* of the tables that it reads */
    uint32_t size_count;
    struct sql_call_site **sites;
    uint32_t site_count;
    uint32_t spool_count;
    uint32_t subplan_count;
    struct sql_subplan **subplans;
    size_t state_size;
    const struct sql_node_append **pruned; /* in the order of their inputs' states */
    uint32_t pruned_count;
    struct sql_result_column *columns; /* NULL: it gives no rows */
    uint32_t *outputs;                 /* registers of the columns */
    uint32_t column_count;
    bool outputs_adjacent;           /* outputs[i] == outputs[0] + i */
    const struct sql_table **checks; /* privileges */
    uint32_t check_count;
    const struct sql_routine **aggregates; /* that must be allowed, too */
    uint32_t aggregate_count;
    uint32_t *allowed; /* the role that was found to be allowed all of it, 0: none yet */
    const struct sql_relation_lock *locks;
    uint32_t lock_count;
    struct sql_node **auxiliary; /* data-modifying WITH queries: run to their end */
    uint32_t auxiliary_count;
    struct sql_node **spool_sources;     /* one a spool; NULL: filled by others */
    bool reads_tables;                   /* needs a snapshot */
    bool prunes;                         /* parameters leave partitions out */
    bool modifies;                       /* refused in a read-only transaction, */
    bool temporary_only;                 /* unless it changes temporary tables alone */
    bool modifies_root;                  /* the count is that of changed rows */
    const char *command;                 /* "INSERT" ...: for that refusal */
    const struct sql_plan_place *places; /* of a cursor's plan, and whether FOR UPDATE names them */
    uint32_t place_count;
    bool places_locked;
    struct arena *arena;
};

#endif
