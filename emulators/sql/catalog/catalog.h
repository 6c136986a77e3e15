/* The catalog of one database: schemas, relations, types, routines, operators, casts, roles ...
 *
 * Objects are immutable and versioned like rows: changing one puts a new version into the catalog
 * under the transaction that did it; a look-up gives the newest version that this transaction made or
 * that is committed. So DDL is transactional, rolled back, checkpointed and forked like data.
 * Built-in objects are constant tables of the dialect (dialect.h) and cost nothing at start.
 *
 * What a look-up returns is borrowed until the running statement's end. Whoever keeps a plan longer
 * compares sql_catalog_version() before using it again.
 *
 * Ids are unique within a database and below 16384 for built-in objects. Class ids say what kind of
 * object an id is of (dependencies, comments, privileges): the dialect's numbers of SQL_CLASS_*.
 *
 * Errors: look-ups return NULL for what does not exist; the *_require forms fail with the dialect's
 * own text. Changes return false and fill session->error. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_CATALOG_H
#define PARLEL_EMULATORS_SQL_CATALOG_CATALOG_H

#include "emulators/sql/analyze/query.h"

struct sql_dialect;
struct sql_session;
struct sql_row_layout;

/* System columns, as numbers in sql_expr_column. */
enum {
    SQL_COLUMN_ROW_ID = -1, /* ctid */
    SQL_COLUMN_XMIN = -2,
    SQL_COLUMN_CMIN = -3,
    SQL_COLUMN_XMAX = -4,
    SQL_COLUMN_CMAX = -5,
    SQL_COLUMN_RELATION = -6, /* tableoid */
};

/* What can be granted, one bit each. */
enum sql_privilege {
    SQL_PRIV_INSERT = 1 << 0,
    SQL_PRIV_SELECT = 1 << 1,
    SQL_PRIV_UPDATE = 1 << 2,
    SQL_PRIV_DELETE = 1 << 3,
    SQL_PRIV_TRUNCATE = 1 << 4,
    SQL_PRIV_REFERENCES = 1 << 5,
    SQL_PRIV_TRIGGER = 1 << 6,
    SQL_PRIV_EXECUTE = 1 << 7,
    SQL_PRIV_USAGE = 1 << 8,
    SQL_PRIV_CREATE = 1 << 9,
    SQL_PRIV_TEMPORARY = 1 << 10,
    SQL_PRIV_CONNECT = 1 << 11,
    SQL_PRIV_SET = 1 << 12,
    SQL_PRIV_ALTER_SYSTEM = 1 << 13,
};

struct sql_acl_item {
    uint32_t grantee; /* 0: everybody */
    uint32_t grantor;
    uint32_t privileges, grant_options;
};

/* What every object begins with. */
struct sql_object {
    uint32_t refs;
    uint32_t class_id;
    uint32_t id;
    uint32_t schema; /* 0: in none */
    uint32_t owner;
    struct slice name;
    const struct sql_acl_item *acl;
    uint16_t acl_count;
    bool acl_default; /* nobody granted anything: the kind's default holds */
};

struct sql_column {
    struct slice name;
    uint32_t type;
    int32_t typmod;
    uint32_t collation;
    int16_t number; /* from 1 */
    bool not_null, dropped, has_default;
    bool local;          /* declared here, not only inherited */
    uint16_t inherited;  /* from how many parents */
    uint16_t dimensions; /* declared [] */
    char identity;       /* 'a' always, 'd' by default, 0 */
    char generated;      /* 's' stored, 0 */
    char storage, compression;
    int16_t statistics;
    bool has_missing; /* rows older than the column read this value */
    struct datum missing;
    struct sql_expr *value; /* default or generation expression, over table 1; NULL: none */
    uint32_t default_id;    /* of that expression, as an object that depends on others */
    const struct sql_acl_item *acl;
    uint16_t acl_count;
    const struct slice *options;
    uint16_t option_count;
};

struct sql_index {
    uint32_t id; /* the index' own relation id */
    uint32_t table;
    uint16_t key_count; /* key columns; the rest of column_count is INCLUDE */
    uint16_t column_count;
    const int16_t *columns;       /* 0: an expression */
    struct sql_exprs expressions; /* for the zeroes, in order; over table 1 */
    struct sql_expr *where;       /* partial: over table 1 */
    const uint32_t *opclasses, *collations;
    const uint16_t *flags; /* 1 DESC, 2 NULLS FIRST */
    bool unique, nulls_not_distinct, primary, exclusion, immediate, clustered, valid,
        replica_identity;
    uint32_t method;     /* access method's id */
    uint32_t constraint; /* that it belongs to, 0: none */
    const uint32_t *exclusion_ops;
};

enum sql_constraint_kind {
    SQL_CONSTRAINT_CHECK = 'c',
    SQL_CONSTRAINT_FOREIGN = 'f',
    SQL_CONSTRAINT_PRIMARY = 'p',
    SQL_CONSTRAINT_UNIQUE = 'u',
    SQL_CONSTRAINT_EXCLUSION = 'x',
    SQL_CONSTRAINT_TRIGGER = 't',
};

struct sql_constraint {
    struct sql_object object;
    enum sql_constraint_kind kind;
    bool deferrable, deferred, validated, local, no_inherit;
    uint16_t inherited;
    uint32_t relation; /* 0: a domain's */
    uint32_t domain;
    uint32_t index;
    uint32_t parent; /* of a partition's */
    const int16_t *columns;
    uint16_t column_count;
    uint32_t foreign_table;
    const int16_t *foreign_columns;
    char on_update, on_delete;  /* a no action, r restrict, c cascade, n set null, d set default */
    char match;                 /* s simple, f full */
    const int16_t *set_columns; /* ON DELETE SET NULL (columns) */
    uint16_t set_column_count;
    const uint32_t *pf_ops, *pp_ops, *ff_ops; /* equality operators of a foreign key */
    struct sql_expr *check;                   /* over table 1; domains: CASE_TEST is the value */
};

struct sql_trigger {
    struct sql_object object;
    uint32_t relation, function, constraint, foreign_table, parent;
    bool before, instead, row, on_insert, on_update, on_delete, on_truncate;
    bool deferrable, deferred, internal;
    char enabled;           /* O origin, D disabled, R replica, A always */
    const int16_t *columns; /* UPDATE OF */
    uint16_t column_count;
    struct sql_expr *when; /* tables 1 (OLD) and 2 (NEW) */
    const struct slice *arguments;
    uint16_t argument_count;
    struct slice old_table, new_table;
};

struct sql_rule {
    struct sql_object object;
    uint32_t relation;
    char event; /* 1 select, 2 update, 3 insert, 4 delete */
    bool instead;
    char enabled;
    struct sql_expr *where;
    struct sql_query **actions;
    uint16_t action_count;
};

struct sql_policy {
    struct sql_object object;
    uint32_t relation;
    char command; /* '*', r a w d */
    bool permissive;
    const uint32_t *roles;
    uint16_t role_count;
    struct sql_expr *using, *check; /* over table 1 */
};

struct sql_sequence_options {
    uint32_t type;
    int64_t start, increment, max, min, cache;
    bool cycle;
};

enum sql_relation_kind {
    SQL_RELATION_TABLE = 'r',
    SQL_RELATION_INDEX = 'i',
    SQL_RELATION_SEQUENCE = 'S',
    SQL_RELATION_TOAST = 't',
    SQL_RELATION_VIEW = 'v',
    SQL_RELATION_MATVIEW = 'm',
    SQL_RELATION_COMPOSITE = 'c',
    SQL_RELATION_FOREIGN = 'f',
    SQL_RELATION_PARTITIONED = 'p',
    SQL_RELATION_PARTITIONED_INDEX = 'I',
};

struct sql_partition_key {
    char strategy; /* l list, r range, h hash */
    uint16_t count;
    const int16_t *columns; /* 0: an expression */
    struct sql_exprs expressions;
    const uint32_t *opclasses, *collations;
};

struct sql_partition_bound {
    bool is_default;
    uint32_t modulus, remainder;
    struct sql_exprs values;             /* list */
    struct sql_exprs from, to;           /* range; NULL items with the kinds below */
    const int8_t *from_kinds, *to_kinds; /* -1 MINVALUE, 0 value, 1 MAXVALUE */
};

struct sql_relation {
    struct sql_object object;
    enum sql_relation_kind kind;
    char persistence; /* p permanent, u unlogged, t temporary */
    uint32_t type;    /* of its rows */
    uint32_t of_type; /* CREATE TABLE OF */
    uint32_t storage; /* key of its rows in the store; a new one by TRUNCATE and rewrites */
    uint32_t method, tablespace;
    const struct sql_column *columns; /* [0] is column 1, dropped ones included */
    uint16_t column_count;
    const struct sql_row_layout *layout;
    /* What hangs on it, as ids; objects by the look-ups below. */
    const uint32_t *indexes, *constraints, *referencing /* foreign keys to it */, *triggers, *rules,
        *policies, *parents, *children;
    uint16_t index_count, constraint_count, referencing_count, trigger_count, rule_count,
        policy_count, parent_count, child_count;
    const struct sql_index *index;               /* kind i, I */
    const struct sql_sequence_options *sequence; /* kind S */
    const struct sql_query *view;                /* kind v, m */
    const struct sql_partition_key *partition_key;
    const struct sql_partition_bound *partition_bound; /* it is a partition */
    bool row_security, force_row_security, populated, security_barrier, security_invoker;
    char check_option; /* l local, c cascaded, 0 */
    char replica_identity;
    uint32_t on_commit;          /* temporary: 0 preserve, 1 delete rows, 2 drop */
    const struct slice *options; /* "fillfactor=70" */
    uint16_t option_count;
    /* System relations: their rows come from here instead of the store (catalog/system.h). */
    const struct sql_system_relation *system;
};

enum sql_routine_kind {
    SQL_ROUTINE_FUNCTION = 'f',
    SQL_ROUTINE_PROCEDURE = 'p',
    SQL_ROUTINE_AGGREGATE = 'a',
    SQL_ROUTINE_WINDOW = 'w',
};

struct sql_aggregate {
    char kind; /* n normal, o ordered-set, h hypothetical-set */
    uint16_t direct_count;
    uint32_t transition, final, combine, inverse, moving_transition, moving_final;
    uint32_t serialize, deserialize;
    uint32_t state_type, moving_state_type, sort_op;
    int32_t state_size, moving_state_size; /* bytes, 0: the planner's guess */
    bool final_extra, moving_final_extra;
    char final_modify, moving_final_modify;
    struct slice initial, moving_initial; /* texts; ptr NULL: NULL */
};

struct sql_routine {
    struct sql_object object;
    enum sql_routine_kind kind;
    bool strict, returns_set, security_definer, leakproof;
    char volatility; /* i, s, v */
    char parallel;   /* s, r, u */
    uint32_t language;
    uint32_t result_type;
    uint16_t arg_count;        /* input arguments */
    uint16_t default_count;    /* of them, how many at the end have defaults */
    const uint32_t *arg_types; /* input arguments */
    uint32_t variadic_element; /* 0: not variadic */
    uint16_t all_count;        /* with OUT, INOUT, TABLE; 0: all are IN */
    const uint32_t *all_types;
    const char *modes;         /* i o b v t, parallel to all_types; NULL with all_count 0 */
    const struct slice *names; /* parallel to all_types, or to arg_types; NULL: none */
    uint16_t name_count;
    struct sql_exprs defaults;
    float cost, rows;
    uint32_t support;
    struct slice source;     /* prosrc: symbol of a built-in, or the body's text */
    struct slice binary;     /* probin */
    struct sql_query **body; /* SQL-standard bodies (RETURN ..., BEGIN ATOMIC) */
    uint16_t body_count;
    const struct slice *settings; /* SET name = value: "name=value" */
    uint16_t setting_count;
    const struct sql_aggregate *aggregate;
    sql_function *call; /* built-ins: NULL when the program lacks it */
};

struct sql_operator {
    struct sql_object object;
    uint32_t left /* 0: prefix */, right, result;
    uint32_t function;
    uint32_t commutator, negator;
    bool can_merge, can_hash;
    uint32_t restrict_function, join_function;
    /* Of the default B-tree family: which comparison this is between these types; 0: none. */
    enum sql_compare btree;
};

struct sql_cast {
    uint32_t id;
    uint32_t source, target;
    uint32_t function; /* method f */
    char context;      /* e explicit, a assignment, i implicit */
    char method;       /* f function, b binary, i through text */
};

struct sql_role {
    struct sql_object object;
    bool superuser, inherit, create_role, create_db, login, replication, bypass_rls;
    int32_t connection_limit;
    struct slice password; /* as stored: SCRAM-SHA-256$... or md5...; ptr NULL: none */
    int64_t valid_until;
    bool has_valid_until;
    const struct slice *settings;
    uint16_t setting_count;
};

struct sql_schema {
    struct sql_object object;
};

/* ---- look-ups (session: whose transaction and search path) */

uint64_t sql_catalog_version(struct sql_session *session);

const struct sql_schema *sql_find_schema(struct sql_session *session, struct slice name);
const struct sql_schema *sql_find_schema_id(struct sql_session *session, uint32_t id);
const struct sql_relation *sql_find_relation_id(struct sql_session *session, uint32_t id);
/* schema.ptr NULL: along the search path, temporary tables first. */
const struct sql_relation *sql_find_relation(struct sql_session *session, struct slice schema,
                                             struct slice name);
const struct sql_constraint *sql_find_constraint(struct sql_session *session, uint32_t id);
const struct sql_trigger *sql_find_trigger(struct sql_session *session, uint32_t id);
const struct sql_rule *sql_find_rule(struct sql_session *session, uint32_t id);
const struct sql_policy *sql_find_policy(struct sql_session *session, uint32_t id);

const struct sql_type *sql_find_type_id(struct sql_session *session, uint32_t id);
const struct sql_type *sql_find_type(struct sql_session *session, struct slice schema,
                                     struct slice name);

const struct sql_routine *sql_find_routine_id(struct sql_session *session, uint32_t id);
/* All of that name that the path shows (or of that schema), nearest schema first, hidden ones left
 * out; an array in env->arena. */
struct sql_routines {
    const struct sql_routine **items;
    uint32_t count;
};
struct sql_routines sql_find_routines(struct sql_session *session, struct sql_env *env,
                                      struct slice schema, struct slice name);

const struct sql_operator *sql_find_operator_id(struct sql_session *session, uint32_t id);
struct sql_operators {
    const struct sql_operator **items;
    uint32_t count;
};
/* prefix: those without a left argument, else the binary ones. */
struct sql_operators sql_find_operators(struct sql_session *session, struct sql_env *env,
                                        struct slice schema, struct slice name, bool prefix);
/* The operator with exactly these argument types, NULL: none. */
const struct sql_operator *sql_find_operator(struct sql_session *session, struct slice name,
                                             uint32_t left, uint32_t right);
const struct sql_cast *sql_find_cast(struct sql_session *session, uint32_t source, uint32_t target);
/* Operators that a type is sorted and grouped by; 0 where it has none. Arrays, enums, composites,
 * ranges and domains answer with those of anyarray, anyenum, record, anyrange, their base. */
struct sql_type_order {
    uint32_t lt, eq, gt;
    bool hashable;
};
struct sql_type_order sql_find_type_order(struct sql_session *session, uint32_t type);

const struct sql_role *sql_find_role(struct sql_session *session, struct slice name);
const struct sql_role *sql_find_role_id(struct sql_session *session, uint32_t id);
uint32_t sql_find_collation(struct sql_session *session, struct slice schema, struct slice name);
/* How texts of the collation are ordered (sql_env.find_collator); NULL: by their bytes. Borrowed until the
 * next call. */
const struct sql_collator *sql_find_collator(struct sql_env *env, uint32_t collation);
/* Fails with 0A000 when the collation has an order that is not known here. */
bool sql_check_collation(struct sql_env *env, uint32_t collation);

/* Does the role (directly, through membership or as superuser) have all of these privileges? */
bool sql_has_privileges(struct sql_session *session, uint32_t role, const struct sql_object *object,
                        uint32_t privileges);
bool sql_has_column_privileges(struct sql_session *session, uint32_t role,
                               const struct sql_relation *relation, int column,
                               uint32_t privileges);
/* Is it a member of the other, in whatever way? Superusers are always. */
bool sql_role_is_member(struct sql_session *session, uint32_t member, uint32_t of);
/* May it SET ROLE to the other? Superusers may always. */
bool sql_role_may_set(struct sql_session *session, uint32_t role, uint32_t other);
/* Do memberships lead from one to the other? Superusers are no exception. */
bool sql_role_belongs_to(struct sql_session *session, uint32_t member, uint32_t of);
/* Has it the other's privileges without SET ROLE (itself, by inheriting memberships, superuser)? */
bool sql_role_acts_for(struct sql_session *session, uint32_t role, uint32_t other);
/* May it grant the membership? */
bool sql_role_is_admin(struct sql_session *session, uint32_t role, uint32_t of);
/* All that the role may do with the object; *out_options (may be NULL): what it may grant. */
uint32_t sql_privileges_of(struct sql_session *session, uint32_t role,
                           const struct sql_object *object, uint32_t *out_options);
uint32_t sql_column_privileges_of(struct sql_session *session, uint32_t role,
                                  const struct sql_relation *relation, int column,
                                  uint32_t *out_options);
/* Where the object's grants stand: itself, or what was stored when a built-in one got others. */
const struct sql_object *sql_acl_holder(struct sql_session *session,
                                        const struct sql_object *object);
/* What an object's owner, and everybody, may do with it while nobody granted anything. */
uint32_t sql_default_privileges(const struct sql_dialect *dialect, const struct sql_object *object,
                                uint32_t *out_public);
bool sql_is_owner(struct sql_session *session, uint32_t role, const struct sql_object *object);
/* Do policies say which rows of the relation the role sees and makes? */
bool sql_row_security_holds(struct sql_session *session, uint32_t role,
                            const struct sql_relation *relation);
/* Fails with 42501 when the current role may not use what is in the schema; any name that there is no
 * schema of will do. */
bool sql_check_schema_usage(struct sql_env *env, struct slice schema);
/* The member of an operator family, 0: none. */
uint32_t sql_find_family_operator(struct sql_session *session, uint32_t family, uint32_t left,
                                  uint32_t right, unsigned strategy);

#endif
