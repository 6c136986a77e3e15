/* A dialect: what one SQL product has built in, and the rules by which it reads statements.
 *
 * Everything here is constant: tables in the program's read-only data, in the order that look-ups
 * want, so that an instance starts without building anything. Types, operators and casts stand as
 * the catalog gives them; routines and system relations, which are many and seldom used, stand in a
 * short form and get their long one when they are first asked for (struct sql_builtins, one an
 * instance, owns these).
 *
 * The look-ups below know built-in objects only. Analysis and execution use catalog/catalog.h, which
 * asks here first. */
#ifndef PARLEL_EMULATORS_SQL_DIALECT_H
#define PARLEL_EMULATORS_SQL_DIALECT_H

#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/value/range.h"

struct sql_builtins;

/* Ids of the types that the core itself must know; 0: the dialect has none like it. */
struct sql_type_ids {
    uint32_t boolean, bytea, char_, name, int2, int4, int8, float4, float8, numeric, money;
    uint32_t text, varchar, bpchar, bit, varbit, unknown, cstring, oid, tid, xid, cid;
    uint32_t date, time, timetz, timestamp, timestamptz, interval, uuid, json, jsonb, jsonpath, xml;
    uint32_t int2vector, oidvector, refcursor, regclass, regtype, regproc, aclitem;
    uint32_t record, record_array, void_, internal, trigger, event_trigger, any;
    uint32_t text_array, name_array, int2_array, int4_array, int8_array, oid_array, aclitem_array;
    uint32_t anyelement, anyarray, anynonarray, anyenum, anyrange, anymultirange;
    uint32_t anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange,
        anycompatiblemultirange;
};

/* Kinds of objects, as class ids. */
struct sql_class_ids {
    uint32_t relation, attribute, type, routine, operator_, cast, collation, schema, constraint;
    uint32_t column_default, trigger, rule, policy, role, database, tablespace, language, extension;
    uint32_t operator_class, operator_family, conversion, statistics, event_trigger, default_acl;
    uint32_t foreign_wrapper, foreign_server, user_mapping, publication, subscription;
    uint32_t text_config, text_dictionary, text_parser, text_template, transform, access_method;
    uint32_t large_object, method_operator, method_function;
    uint32_t dependency, dependencies, comment, shared_comment, membership, settings;
    uint32_t parameter, builtin_acl; /* grants on settings, and on built-in objects */
};

/* Numbers below are offsets in dialect->text (NUL-terminated) or, for lists of types, in
 * dialect->type_lists. */
struct sql_builtin_routine {
    uint32_t name, source;
    uint32_t arg_types, all_types;
    uint32_t modes, names; /* names are separated by blanks, - is none */
    uint32_t defaults;     /* texts, separated by ", " */
    uint16_t id, schema;   /* schemas below 65536 as all of these */
    uint16_t result, variadic_element, support, aggregate /* index + 1 */;
    uint8_t arg_count, all_count, default_count, language;
    char kind, volatility, parallel;
    bool strict : 1, returns_set : 1, leakproof : 1;
    uint8_t acl; /* in dialect->acls */
    float cost, rows;
};

struct sql_builtin_relation {
    uint32_t name;
    uint16_t id, schema, type;
    uint16_t first_column; /* in dialect->columns */
    uint16_t column_count;
    char kind;
    bool shared, has_storage;
    uint8_t acl; /* in dialect->acls; 0: nobody granted anything */
};

struct sql_builtin_acl {
    uint32_t count;
    struct sql_acl_item items[2];
};

struct sql_builtin_column {
    uint32_t name;
    uint16_t type, collation;
    bool not_null;
    char storage;
};

struct sql_builtin_index {
    uint32_t name;
    uint16_t id, relation, constraint;
    bool unique, primary;
    uint8_t column_count;
    int8_t columns[4];
    uint16_t classes[4], collations[4];
};

struct sql_builtin_collation {
    uint16_t id;
    char provider;
    int8_t encoding;
    const char *name, *collate, *locale;
};

struct sql_builtin_role {
    uint16_t id;
    const char *name;
    bool superuser, inherit, create_role, create_db, login, replication, bypass_rls;
    uint16_t member_of[4];
};

/* Access methods, operator families and classes. */
struct sql_access_method {
    uint16_t id, handler;
    char kind; /* t table, i index */
    const char *name;
};

struct sql_operator_family {
    uint16_t id, method;
    const char *name;
};

struct sql_operator_class {
    uint32_t id;
    uint32_t method, family, input, key;
    uint32_t schema, owner;
    bool is_default;
    struct slice name;
};

struct sql_family_operator {
    uint16_t id, family, left, right, op, sort_family;
    uint8_t strategy;
    char purpose; /* s search, o order */
};

struct sql_family_function {
    uint16_t id, family, left, right, function;
    uint8_t number;
};

struct sql_builtin_language {
    uint16_t id, handler, inline_handler, validator;
    bool trusted;
    const char *name;
};

/* What catalogs show of a type beside struct sql_type; parallel to dialect->types. */
struct sql_builtin_type {
    uint16_t input, output, receive, send, modifier_in, modifier_out, analyze, subscript;
    char align, storage;
    bool not_null;
};

struct sql_builtin_order {
    uint16_t type;
    struct sql_type_order order;
};

/* Text search's built-in objects: p parser, t template, d dictionary, c configuration. */
struct sql_builtin_text_object {
    char kind;
    uint16_t id, parser, template_;
    const char *name, *options;
};

struct sql_builtin_aggregate {
    struct sql_aggregate aggregate;
    uint16_t routine;
};

#define SQL_TABLE_OF(type, name) \
    const type *name;            \
    uint32_t name##_count

struct sql_dialect {
    const char *name;
    const char *temp_schema_alias; /* by which each session calls its own temporary schema */
    struct sql_type_ids types_of;  /* by meaning */
    struct sql_class_ids classes_of;
    uint32_t system_schema; /* of all built-in objects but those of other schemas in the tables */
    uint32_t public_schema, default_owner, default_collation, first_free_id;
    uint32_t btree_method, hash_method, heap_method;
    /* Roles that mean something: whoever owns the database belongs to it; may read, change all data.
     * 0: the dialect has none. */
    uint32_t database_owner_role, read_all_role, write_all_role;

    const char *text;                     /* names and other texts of the short forms */
    const uint16_t *type_lists;           /* lists of types of the short forms */
    SQL_TABLE_OF(struct sql_type, types); /* by id, as all tables unless they say otherwise */
    const struct sql_builtin_type *type_details;
    const uint16_t *types_by_name; /* indexes */
    SQL_TABLE_OF(struct sql_builtin_order, orders);
    SQL_TABLE_OF(struct sql_range_info *, ranges);
    SQL_TABLE_OF(struct sql_builtin_routine, routines);
    const uint16_t *routines_by_name;
    SQL_TABLE_OF(struct sql_builtin_aggregate, aggregates);
    SQL_TABLE_OF(struct sql_operator, operators);
    const uint16_t *operators_by_name;    /* then by left and right type */
    SQL_TABLE_OF(struct sql_cast, casts); /* by source and target */
    SQL_TABLE_OF(struct sql_builtin_collation, collations);
    SQL_TABLE_OF(struct sql_access_method, methods);
    SQL_TABLE_OF(struct sql_operator_family, families);
    SQL_TABLE_OF(struct sql_operator_class, operator_classes);
    SQL_TABLE_OF(struct sql_family_operator, family_operators);
    SQL_TABLE_OF(struct sql_family_function, family_functions);
    SQL_TABLE_OF(struct sql_builtin_language, languages);
    SQL_TABLE_OF(struct sql_schema, schemas);
    SQL_TABLE_OF(struct sql_builtin_role, roles);
    SQL_TABLE_OF(struct sql_builtin_relation, relations);
    const uint16_t *relations_by_name;
    const struct sql_builtin_acl *acls;
    const struct sql_builtin_column *columns;
    SQL_TABLE_OF(struct sql_builtin_index, indexes);
    SQL_TABLE_OF(struct sql_builtin_text_object, text_objects);
    /* How the rows of a system relation are made; NULL: it has none. */
    const struct sql_system_relation *(*system_relation)(uint32_t id);
    /* The query of a built-in view, made in env->arena; *out NULL: it has none. False: the error is
     * filled. */
    bool (*view_query)(struct sql_env *env, const struct sql_relation *view,
                       const struct sql_query **out);
    /* May the table's rows be updated, or deleted, as things stand? False: the error is filled. NULL:
     * always. */
    bool (*check_change)(struct sql_env *env, const struct sql_relation *relation, bool deletes);
    /* Rows of a relation with on_commit are about to be changed. False: the error is filled. */
    bool (*note_change)(struct sql_env *env, const struct sql_relation *relation);
    /* An index's key column, from 0, as errors call it: its name or its expression over the table. */
    bool (*index_key)(struct sql_env *env, const struct sql_relation *index,
                      const struct sql_relation *table, uint16_t at, struct sql_bytes *out);
    const struct sql_analysis_rules *analysis; /* how statements are read: analyze/rules.h */
    /* Families of functions beside the core's (value/builtins.h); NULL ends them. */
    const struct sql_builtin *const *functions;
};

/* ---- what the tables say */

const struct sql_type *sql_builtin_type_id(const struct sql_dialect *dialect, uint32_t id);
const struct sql_type *sql_builtin_type_named(const struct sql_dialect *dialect, uint32_t schema,
                                              struct slice name);
const struct sql_operator *sql_builtin_operator_id(const struct sql_dialect *dialect, uint32_t id);
/* The operators of a name: operators_by_name[*first .. *first + count). */
uint32_t sql_builtin_operators_named(const struct sql_dialect *dialect, struct slice name,
                                     uint32_t *first);
const struct sql_cast *sql_builtin_cast(const struct sql_dialect *dialect, uint32_t source,
                                        uint32_t target);
/* All members 0 when the type has no order of its own. */
struct sql_type_order sql_builtin_type_order(const struct sql_dialect *dialect, uint32_t type);
/* Index in dialect->routines, -1: none. */
int sql_builtin_routine_id(const struct sql_dialect *dialect, uint32_t id);
/* The routines of a name: routines_by_name[*first .. *first + count). */
uint32_t sql_builtin_routines_named(const struct sql_dialect *dialect, struct slice name,
                                    uint32_t *first);
const struct sql_builtin_collation *sql_builtin_collation_id(const struct sql_dialect *dialect,
                                                             uint32_t id);
const struct sql_builtin_collation *sql_builtin_collation_named(const struct sql_dialect *dialect,
                                                                struct slice name);
const struct sql_access_method *sql_builtin_method_named(const struct sql_dialect *dialect,
                                                         struct slice name);
const struct sql_operator_class *sql_builtin_class_id(const struct sql_dialect *dialect,
                                                      uint32_t id);
/* The class by which the method indexes the type when none is named; NULL: there is none. Takes
 * what the type is binary-compatible with for the type. */
const struct sql_operator_class *sql_builtin_class_default(const struct sql_dialect *dialect,
                                                           uint32_t method, uint32_t type);
const struct sql_operator_class *sql_builtin_class_named(const struct sql_dialect *dialect,
                                                         uint32_t method, struct slice name);
/* Member of a family: 0 when it has none for these types. */
uint32_t sql_builtin_family_operator(const struct sql_dialect *dialect, uint32_t family,
                                     uint32_t left, uint32_t right, unsigned strategy);
uint32_t sql_builtin_family_function(const struct sql_dialect *dialect, uint32_t family,
                                     uint32_t left, uint32_t right, unsigned number);
/* Index in dialect->relations, -1: none. */
int sql_builtin_relation_id(const struct sql_dialect *dialect, uint32_t id);
int sql_builtin_relation_named(const struct sql_dialect *dialect, uint32_t schema,
                               struct slice name);

/* ---- long forms, made when first asked for and kept */

/* NULL: out of memory. */
struct sql_builtins *sql_builtins_create(const struct sql_dialect *dialect);
void sql_builtins_destroy(struct sql_builtins *builtins);
/* index: of dialect->routines, dialect->relations. NULL: out of memory. */
const struct sql_routine *sql_builtins_routine(struct sql_builtins *builtins, uint32_t index);
const struct sql_relation *sql_builtins_relation(struct sql_builtins *builtins, uint32_t index);

#endif
