/* Making the objects of an extension from its rows: the rows, and what their names mean. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_INSTALL_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_INSTALL_H

#include "emulators/postgres/extension/extension.h"

#define PG_MEMBER_FIELDS_MAX 18

enum pg_member_kind {
    PG_MEMBER_TYPE,
    PG_MEMBER_METHOD,
    PG_MEMBER_ROUTINE,
    PG_MEMBER_AGGREGATE,
    PG_MEMBER_OPERATOR,
    PG_MEMBER_CAST,
    PG_MEMBER_FAMILY, /* not a row: made with the first class that names it */
    PG_MEMBER_CLASS,
    PG_MEMBER_OPERATOR_OF, /* member */
    PG_MEMBER_ROUTINE_OF,  /* support */
    PG_MEMBER_DICTIONARY,
    PG_MEMBER_ROW_TYPE,
    PG_MEMBER_VIEW,
    PG_MEMBER_STATEMENT,
    PG_MEMBER_KINDS
};

/* One row. Fields behind the last are empty. */
struct pg_member {
    enum pg_member_kind kind;
    uint32_t id;    /* given before anything is made, so that rows can name each other */
    uint32_t array; /* types: the array type, once it is made */
    struct slice field[PG_MEMBER_FIELDS_MAX];
};

/* An extension that is being made. */
struct pg_install {
    struct pg_ddl *ddl;
    const struct pg_extension *extension;
    const struct pg_extension_code *code; /* NULL: the program has nothing for it */
    const struct sql_extension *object;
    uint32_t owner; /* of the members */
    struct pg_member *members;
    uint32_t count;
};

/* ---- what fields mean (install_names.c). 0: "-", or no such object. */

bool pg_install_none(struct slice field);
uint32_t pg_install_type(const struct pg_install *install, struct slice name);
/* "name,name": an array in the arena. False: memory ran out. */
bool pg_install_types(const struct pg_install *install, struct slice names, uint32_t **out,
                      uint16_t *out_count);
/* "name(type,type)", and by the name alone. */
uint32_t pg_install_routine(const struct pg_install *install, struct slice signature);
uint32_t pg_install_routine_named(const struct pg_install *install, struct slice name);
/* "name left right". */
uint32_t pg_install_operator(const struct pg_install *install, struct slice text);
uint32_t pg_install_method(const struct pg_install *install, struct slice name);
/* The family of that name and method: one of the members, or (the second) a built-in one. */
uint32_t pg_install_own_family(const struct pg_install *install, struct slice method,
                               struct slice name);
uint32_t pg_install_family(const struct pg_install *install, struct slice method,
                           struct slice name);
/* The program's function of a symbol; NULL: it has none. */
sql_function *pg_install_symbol(const struct pg_install *install, const struct pg_member *routine);
/* The type whose input, output, receive or send function (field n of its row) has that name. */
const struct pg_member *pg_install_type_with(const struct pg_install *install, unsigned field,
                                             struct slice routine);

/* ---- making one object (install_types.c, install_routines.c, install_classes.c) */

/* Records that the object is the extension's. */
bool pg_install_own(const struct pg_install *install, uint32_t class_id, uint32_t id);
/* What an object begins with. */
struct sql_object pg_install_head(const struct pg_install *install, uint32_t class_id, uint32_t id,
                                  struct slice name);

typedef bool pg_install_maker(struct pg_install *install, struct pg_member *member);
pg_install_maker pg_install_make_type, pg_install_make_method, pg_install_make_dictionary,
    pg_install_make_routine, pg_install_make_operator, pg_install_make_cast, pg_install_make_family,
    pg_install_make_class, pg_install_make_operator_of, pg_install_make_routine_of;

#endif
