/* Kinds of objects that catalog.h does not describe, since only the catalog itself, statements that
 * define objects and system relations look into them.
 *
 * All begin with struct sql_object; which struct it is follows from the kind (enum sql_object_kind),
 * and that from the class id by the dialect. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_OBJECTS_H
#define PARLEL_EMULATORS_SQL_CATALOG_OBJECTS_H

#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/value/enum.h"
#include "emulators/sql/value/range.h"
#include "emulators/sql/value/record.h"

enum sql_object_kind {
    SQL_OBJECT_OTHER, /* struct sql_other */
    SQL_OBJECT_SCHEMA,
    SQL_OBJECT_RELATION,
    SQL_OBJECT_CONSTRAINT,
    SQL_OBJECT_TRIGGER,
    SQL_OBJECT_RULE,
    SQL_OBJECT_POLICY,
    SQL_OBJECT_TYPE, /* struct sql_type_object */
    SQL_OBJECT_ROUTINE,
    SQL_OBJECT_OPERATOR,
    SQL_OBJECT_CAST, /* struct sql_cast_object */
    SQL_OBJECT_COLLATION,
    SQL_OBJECT_CLASS,
    SQL_OBJECT_FAMILY,
    SQL_OBJECT_FAMILY_MEMBER,
    SQL_OBJECT_ROLE,
    SQL_OBJECT_DATABASE,
    SQL_OBJECT_MEMBERSHIP,
    SQL_OBJECT_DEFAULT_ACL,
    SQL_OBJECT_COMMENT,
    SQL_OBJECT_EDGE,
    SQL_OBJECT_EDGES,
    SQL_OBJECT_EXTENSION,
    SQL_OBJECT_EVENT_TRIGGER,
    SQL_OBJECT_STATISTICS,
    SQL_OBJECT_SETTINGS,
    SQL_OBJECT_KIND_COUNT
};

struct sql_dialect;
struct sql_shape;

/* What a kind of object is made of; NULL for kinds that have no pointers of their own to follow. */
const struct sql_shape *sql_object_shape(enum sql_object_kind kind);

/* NULL: it is built in, or there is none. */
const struct sql_type_object *sql_find_type_object(struct sql_session *session, uint32_t id);
/* Any object by class and id, in the session's database or among what all databases share. */
const struct sql_object *sql_find_object(struct sql_session *session, uint32_t class_id,
                                         uint32_t id);
/* The same by name; schema 0: kinds that are in none. */
const struct sql_object *sql_find_object_name(struct sql_session *session, uint32_t class_id,
                                              uint32_t schema, struct slice name);
/* The database that keeps objects of that class: the session's, or the shared one. */
struct sql_database *sql_home_of(struct sql_session *session, uint32_t class_id);
/* The next object of a class from an id on, NULL: none. */
const struct sql_object *sql_next_object(struct sql_session *session, uint32_t class_id,
                                         uint32_t id);

/* What is the class id's kind? */
enum sql_object_kind sql_object_kind_of(const struct sql_dialect *dialect, uint32_t class_id);

/* A type that is not built in: the type itself, and what its making needs. type's name, id and
 * schema are those of the object; type.extra points into the object. */
struct sql_type_object {
    struct sql_object object;
    struct sql_type type;
    struct sql_enum labels;
    struct sql_row_type row; /* composites: the relation's columns but dropped ones */
    struct sql_range_info range;
    bool shell;    /* CREATE TYPE name; */
    bool not_null; /* domains */
    uint16_t dimensions;
    struct sql_expr *default_value; /* domains */
    struct slice default_text;      /* base types, domains: DEFAULT as it is shown */
    const uint32_t *constraints;    /* domains: ids */
    uint16_t constraint_count;
    char align, storage;
    uint32_t input, output, receive, send, modifier_in, modifier_out, analyze, subscript;
};

struct sql_cast_object {
    struct sql_object object;
    struct sql_cast cast;
};

struct sql_collation {
    struct sql_object object;
    char provider; /* d default, c libc, i icu */
    int32_t encoding;
    bool deterministic;
    struct slice collate, ctype, locale;
};

struct sql_class_object {
    struct sql_object object;
    struct sql_operator_class_info {
        uint32_t method, family, input, key;
        bool is_default;
    } info;
};

/* An operator or support function of a family. */
struct sql_family_member {
    struct sql_object object;
    uint32_t family, left, right, member, sort_family;
    uint16_t number;
    char purpose;
};

struct sql_family_object {
    struct sql_object object;
    uint32_t method;
};

struct sql_database_object {
    struct sql_object object;
    bool is_template, allows_connections;
    int32_t connection_limit;
    int32_t encoding;
    struct slice collate, ctype, comment;
    const struct slice *settings;
    uint16_t setting_count;
};

/* object.name is the 4 bytes of the member's id. */
struct sql_membership {
    struct sql_object object;
    uint32_t role, member, grantor;
    bool admin;
    bool no_set; /* the member may not SET ROLE by it */
    enum {
        SQL_INHERITS_AS_ROLE, /* when the member is a role with INHERIT */
        SQL_INHERITS,
        SQL_INHERITS_NOT,
    } inherits;
};

struct sql_default_acl {
    struct sql_object object; /* acl: what objects are made with */
    uint32_t role, in_schema; /* 0: everywhere */
    char kind;                /* r, S, f, T, n */
};

/* A comment on an object: object.schema is the class, object.name 8 bytes of id and part. */
struct sql_comment {
    struct sql_object object;
    uint32_t of_class, of_id;
    int32_t of_part;
    struct slice text;
};

/* "of" cannot be without (or goes with) "on": object.name is 8 bytes of class and id of "on". */
struct sql_edge {
    struct sql_object object;
    uint32_t of_class, of_id, on_class, on_id;
    int32_t of_part, on_part;
    char kind; /* n normal, a auto, i internal, e extension, P/S partition, x auto-extension */
};

/* All edges that an object has to others: object.id is the object's, object.schema its class. */
struct sql_edges {
    struct sql_object object;
    const uint32_t *edges;
    uint16_t edge_count;
};

struct sql_extension {
    struct sql_object object;
    struct slice version;
    bool relocatable;
    uint32_t in_schema;
};

struct sql_event_trigger {
    struct sql_object object;
    struct slice event;
    uint32_t function;
    char enabled;
    const struct slice *tags;
    uint16_t tag_count;
};

struct sql_statistics_object {
    struct sql_object object;
    uint32_t relation;
    const int16_t *columns;
    uint16_t column_count;
    struct slice kind_text;
    struct sql_exprs expressions;
    int16_t target;
};

/* Settings of a role in a database (either may be 0). */
struct sql_settings_object {
    struct sql_object object;
    uint32_t database, role;
    const struct slice *settings;
    uint16_t setting_count;
};

/* Objects that are kept to be shown, found and dropped, no more: publications, servers, text search
 * configurations ... */
struct sql_other {
    struct sql_object object;
    const struct slice *fields; /* meaning is the class' */
    uint16_t field_count;
    const uint32_t *numbers;
    uint16_t number_count;
};

#endif
