/* What the parts of the planner share: registers being given out, queries being planned.
 *
 * A struct sql_plan_query stands for one query of the statement. Its tables say where each column
 * is: in a register of its own (scans load it), or, for a subquery that was merged into the query
 * around it, in an expression of that subquery's own terms. So merging rewrites nothing: an
 * expression always goes together with the sql_plan_query in whose terms it is.
 *
 * Everything is made in planner->arena; functions that return bool fail with env->error filled. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_PLANNER_H
#define PARLEL_EMULATORS_SQL_PLAN_PLANNER_H

#include "emulators/sql/dialect.h"
#include "emulators/sql/plan/plan.h"

#define SQL_PLAN_TABLES_MAX 256

struct sql_plan_problem;

/* A growing array in an arena. */
struct sql_vector {
    void *items;
    uint32_t count, room;
};
/* Room for one more item of `size` bytes, zeroed and counted; NULL: no memory. */
void *sql_vector_add(struct arena *arena, struct sql_vector *vector, size_t size);

/* A set of leaves of one join problem. */
struct sql_leaf_set {
    uint64_t words[SQL_PLAN_TABLES_MAX / 64];
};

struct sql_register_info {
    const struct sql_type *type; /* NULL: internal */
    bool constant;
    bool stable; /* bytes are those of a table's row, which lasts as long as the snapshot */
    bool slot;   /* an argument's: written once, so that a constant can stand in the image */
};

struct sql_planner {
    struct sql_env *env;
    struct sql_session *session;
    const struct sql_dialect *dialect;
    struct arena *arena;
    struct sql_plan *plan;
    const struct sql_params *params;
    struct sql_vector registers;       /* struct datum: the image */
    struct sql_vector info;            /* struct sql_register_info, parallel */
    struct sql_vector sites;           /* struct sql_call_site * */
    struct sql_vector subplans;        /* struct sql_subplan * */
    struct sql_vector checks;          /* const struct sql_table * */
    struct sql_vector aggregates;      /* const struct sql_routine * */
    struct sql_vector locks;           /* struct sql_relation_lock */
    struct sql_vector auxiliary;       /* struct sql_node * */
    struct sql_vector parameters;      /* struct sql_plan_param */
    struct sql_vector parameter_slots; /* uint32_t by number: its place in parameters + 1 */
    struct sql_vector sizes;           /* struct sql_plan_size */
    struct sql_vector pruned;          /* const struct sql_node_append * */
    uint32_t depth;
    bool for_cursor; /* scans tell which row they are on */
};

enum sql_plan_table_state {
    SQL_PLAN_TABLE_UNUSED,
    SQL_PLAN_TABLE_LOADED, /* columns are in registers */
    SQL_PLAN_TABLE_MERGED, /* columns are expressions of `merged` */
};

struct sql_plan_table {
    const struct sql_table *table;
    enum sql_plan_table_state state;
    bool
        row_in_place; /* nobody reads the table, so that its value as a row is made where it is used */
    uint32_t leaf;    /* in the join problem; UINT32_MAX: none */
    uint32_t *registers; /* by column - 1; SQL_NO_REGISTER: nobody asked yet */
    uint32_t system[8];  /* by -column - 1 */
    uint32_t whole_row;
    uint32_t row_reg;
    struct sql_plan_query *merged;
    bool nullable;                  /* merged below the inner side of an outer join */
    struct sql_plan_query *planned; /* a subquery with a plan of its own */
    const struct sql_relation *relation;
    /* A table with others below it: itself first (unless it holds no rows), in the order of scans. */
    struct sql_plan_member {
        const struct sql_relation *relation;
        const int32_t *map; /* its column for each of the parent's; NULL: the same */
    } * family;
    uint32_t family_count;
    bool has_family; /* there are tables below it, to be opened once conditions are known */
};

/* An expression whose value is in a register: group keys, aggregates, windows, sets. */
struct sql_computed {
    const struct sql_expr *expr;
    uint32_t reg;
};

struct sql_plan_cte {
    const struct sql_cte *cte;
    uint32_t spool;
    struct sql_node *node;
    uint32_t *columns; /* registers that its query leaves the columns in */
    const struct sql_type **types;
    struct sql_outside outside;    /* that node reads */
    uint32_t work_spool, work_reg; /* of the recursive reference */
    bool planned, work_table, inlined;
};

struct sql_plan_query {
    struct sql_planner *planner;
    struct sql_plan_query *parent; /* for columns with up > 0 */
    const struct sql_query *query;
    struct sql_plan_table *tables; /* [0] is table 1 */
    struct sql_vector computed;    /* struct sql_computed */
    struct sql_plan_cte *ctes;
    uint32_t *target_registers;     /* of the query's targets once planned */
    bool *late;                     /* targets that are computed after ORDER BY */
    bool grouped;                   /* columns are valid only as computed ones */
    struct sql_plan_query *problem; /* the query whose join problem it was merged into */
    uint32_t leaf_count;            /* of that problem */
    struct sql_vector
        shared; /* struct sql_subplan *: of SET (a, b) = (SELECT ...), and single values */
};

/* ---- queries (query.c, tables.c) */

/* Ready to be planned; parent: the query around it, NULL: none. */
bool sql_plan_query_create(struct sql_planner *planner, struct sql_plan_query *parent,
                           const struct sql_query *query, struct sql_plan_query **out);
/* Gives a table of the range table registers of its own anew. */
bool sql_plan_table_reset(struct sql_planner *planner, struct sql_plan_table *table);
/* The plan of a SELECT; target_registers is set. own: none of these is a constant, or a register of
 * others, so that they can be set to NULL. */
bool sql_plan_query_build(struct sql_plan_query *query, bool own, struct sql_node **out);
/* Makes a relation ready to be scanned: its object, how many rows it has. */
bool sql_plan_table_open(struct sql_plan_query *query, uint32_t table, double *out_rows);
/* The same for the tables below those of the problem, without partitions that its conditions leave out. */
bool sql_plan_families_open(struct sql_plan_problem *problem);
/* Makes the WITH queries ready to be planned by who reads them; its scan (cte.c). */
bool sql_plan_ctes(struct sql_plan_query *query);
bool sql_plan_cte_scan(struct sql_plan_query *query, uint32_t table, struct sql_node **out);
bool sql_plan_cte_saves(struct sql_planner *planner, const struct sql_plan_cte *cte,
                        struct sql_node_spool_scan *scan);
/* A recursive WITH query over its columns' registers (set_op.c). */
bool sql_plan_recursive(struct sql_plan_query *query, const struct sql_plan_cte *cte,
                        struct sql_node **out);
bool sql_plan_relation_rows(struct sql_planner *planner, const struct sql_relation *relation,
                            double *out);
/* Does an expression hold subqueries or volatile functions? */
bool sql_plan_is_costly(struct sql_planner *planner, const struct sql_expr *expr,
                        bool *is_volatile);
/* The key for ordering or hashing by a register's value. */
bool sql_plan_key(struct sql_planner *planner, uint32_t reg, const struct sql_type *type,
                  uint32_t collation, struct sql_key *out);

/* ---- registers (registers.c) */

/* A new register. type may be NULL (internal, by value). */
bool sql_plan_register(struct sql_planner *planner, const struct sql_type *type, uint32_t *out);
/* `count` adjacent ones without a type. */
bool sql_plan_registers(struct sql_planner *planner, uint32_t count, uint32_t *out);
bool sql_plan_constant(struct sql_planner *planner, const struct sql_type *type, struct datum value,
                       uint32_t *out);
static inline struct sql_register_info *sql_plan_info(struct sql_planner *planner, uint32_t reg)
{
    return &((struct sql_register_info *)planner->info.items)[reg];
}
static inline struct datum *sql_plan_image(struct sql_planner *planner, uint32_t reg)
{
    return &((struct datum *)planner->registers.items)[reg];
}
const struct sql_type *sql_plan_type(struct sql_planner *planner, uint32_t id);
/* The relation whose columns a composite type, or a domain over one, has; NULL: none. */
const struct sql_relation *sql_plan_composite(struct sql_planner *planner, uint32_t type);
/* The register of a column, loaded by its table's scan; *merged is set instead when the column is
 * an expression of a merged subquery. */
bool sql_plan_column(struct sql_plan_query *query, uint32_t table, int32_t column, uint32_t *out);

/* ---- plans of bare expressions (seal.c) */

/* A query of which the relation is table 1 (NULL: no table), with a planner of its own. */
bool sql_plan_relation_query(struct sql_env *env, struct arena *arena,
                             const struct sql_relation *relation, struct sql_plan_query **out);
/* One more table in the range table of such a query; columns asked of a table. */
bool sql_plan_add_relation(struct sql_plan_query *query, const struct sql_relation *relation);
bool sql_plan_table_loads(struct sql_plan_query *query, uint32_t table,
                          struct sql_scan_column **out, uint32_t *out_count);
/* The relation as a member of a range table; false: out of memory. */
bool sql_plan_relation_table(struct sql_env *env, struct arena *arena,
                             const struct sql_relation *relation, struct sql_table **out);
/* An expression over such a query; the rows of its tables that it asks for whole are put together first. */
bool sql_compile_bare(struct sql_plan_query *query, const struct sql_expr *expr,
                      const struct sql_program **out);
/* Columns of table 1 that were asked for, and their registers. */
bool sql_plan_query_loads(struct sql_plan_query *query, struct sql_scan_column **out,
                          uint32_t *out_count);
/* The plan of what was compiled: without a root unless planner->plan->root is set. */
bool sql_plan_seal(struct sql_planner *planner, struct sql_plan **out);

/* The tables that a cursor's rows come from, as far as the plan gives them one by one (places.c). */
bool sql_plan_find_places(struct sql_planner *planner);

/* ---- call sites (compile_call.c) */

/* A site for calling a function of the catalog. types: of the arguments, NULL: as declared. */
bool sql_plan_site(struct sql_planner *planner, uint32_t function, uint32_t collation,
                   const struct sql_type *const *types, uint32_t argc,
                   const struct sql_type *result, struct sql_call_site **out);
/* A site for the operations of a type only. */
bool sql_plan_type_site(struct sql_planner *planner, const struct sql_type *type,
                        uint32_t collation, struct sql_call_site **out);
/* The opcode that does what a built-in function does; SQL_OP_CALL: none. */
enum sql_opcode sql_plan_fast_opcode(const struct sql_routine *routine);
/* Are texts equal by that collation only when their bytes are? */
bool sql_plan_bytes_tell(struct sql_planner *planner, uint32_t collation);
/* sql_plan_fast_opcode for texts of that collation. */
enum sql_opcode sql_plan_collated_opcode(struct sql_planner *planner,
                                         const struct sql_routine *routine, uint32_t collation);

/* ---- expressions (compile.c) */

struct sql_compiler {
    struct sql_planner *planner;
    struct sql_vector ops;       /* struct sql_op */
    struct sql_vector reads;     /* uint32_t */
    uint32_t case_test;          /* register of CASE_TEST, SQL_NO_REGISTER outside */
    const uint32_t *sub_columns; /* registers that PARAM_EXEC n stands for */
    uint32_t sub_column_count;
    bool nullable_row; /* the next ROW stands for a table's row that an outer join may lack */
};

void sql_compiler_begin(struct sql_compiler *compiler, struct sql_planner *planner);
/* The program of what was compiled since; result: the register of its value. */
bool sql_compiler_end(struct sql_compiler *compiler, uint32_t result,
                      const struct sql_program **out);
/* Appends code for an expression. want: the register it must be in, or SQL_NO_REGISTER for any
 * (a column's or a constant's own, then without code). */
bool sql_compile(struct sql_compiler *compiler, struct sql_plan_query *query,
                 const struct sql_expr *expr, uint32_t want, uint32_t *out);
/* A program of one expression. */
bool sql_compile_expr(struct sql_plan_query *query, const struct sql_expr *expr,
                      const struct sql_program **out);
/* Code of the kinds that have no opcodes (compile_general.c). */
bool sql_compile_general(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr *expr, uint32_t want, uint32_t *out);
/* A call of a function or operator (compile_call.c). */
bool sql_compile_call(struct sql_compiler *compiler, struct sql_plan_query *query,
                      const struct sql_expr_call *call, uint32_t want, uint32_t *out);
/* Is the expression computed already? Its register, NULL: no. */
const struct sql_computed *sql_find_computed(const struct sql_plan_query *query,
                                             const struct sql_expr *expr);
/* XML expressions, XMLTABLE (xml.c). */
bool sql_compile_xml(struct sql_compiler *compiler, struct sql_plan_query *query,
                     const struct sql_expr *expr, uint32_t want, uint32_t *out);
bool sql_plan_xml_table(struct sql_plan_query *query, uint32_t number, struct sql_node **out);
/* Constructors of SQL/JSON, IS JSON (json.c). */
bool sql_compile_json(struct sql_compiler *compiler, struct sql_plan_query *query,
                      const struct sql_expr *expr, uint32_t want, uint32_t *out);
/* JSON_EXISTS and its like, JSON_TABLE (json_query.c). */
bool sql_compile_json_query(struct sql_compiler *compiler, struct sql_plan_query *query,
                            const struct sql_expr *expr, uint32_t want, uint32_t *out);
bool sql_plan_json_table(struct sql_plan_query *query, uint32_t number, struct sql_node **out);
/* A sublink (subplan.c). */
bool sql_compile_sublink(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr_sublink *link, uint32_t want, uint32_t *out);

/* Fills the check of a domain's constraints, those of the domains below it first (domain.c). */
struct sql_general_domain;
bool sql_plan_domain(struct sql_planner *planner, const struct sql_type *type,
                     struct sql_general_domain *out);

/* For those that append code. */
bool sql_emit(struct sql_compiler *compiler, struct sql_op op);
uint32_t sql_code_here(const struct sql_compiler *compiler);
void sql_code_patch(struct sql_compiler *compiler, uint32_t at); /* its jump leads here */
bool sql_compiler_reads(struct sql_compiler *compiler, uint32_t reg);
/* The register to compute into: `want`, or a new one of that type. */
bool sql_compiler_target(struct sql_compiler *compiler, uint32_t type, uint32_t want,
                         uint32_t *out);
/* The value is in `reg`: moves it to `want` if that is asked for. */
bool sql_compiler_deliver(struct sql_compiler *compiler, uint32_t reg, uint32_t want,
                          uint32_t *out);
/* Code that loads all of `args` into adjacent registers. */
bool sql_compile_args(struct sql_compiler *compiler, struct sql_plan_query *query,
                      const struct sql_exprs *args, uint32_t *out_base);
/* Emits a general operation over what its body says. */
bool sql_emit_general(struct sql_compiler *compiler, const struct sql_general *body, uint32_t type,
                      uint32_t a, uint32_t b, uint32_t n, uint32_t want, uint32_t *out);

#endif
