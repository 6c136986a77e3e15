/* Extensions that CREATE EXTENSION can make: which there are, and what each is made of.
 *
 * The build makes a table of data/ (generate_extensions): of each extension its control data, and
 * rows that name its objects. Nothing of it is in any catalog until the extension is created; then
 * every object is a stored one like those that users define, and depends on the extension.
 *
 * Rows are lines of fields between tabs; the first field is the kind. Types and operators stand by
 * name ("cube", "<-> cube cube"), routines as "name(type,type)"; - is none, \N is NULL.
 *   type       name len kind flags(v by value, p preferred, n not null) category delimiter align
 *              storage element base input output receive send modifier-in modifier-out subscript
 *              flag(c collatable)
 *   method     name handler kind
 *   routine    name arguments result flags(kind, s strict, volatility, r set, parallel, l leakproof,
 *              language i c s) source [variadic cost rows modes all-types names(,) defaults(,)]
 *   aggregate  routine transition final combine state sort-operator initial final-modify
 *   operator   name left right result routine commutator negator flags(m merges, h hashes)
 *              restrict join
 *   cast       source target routine context+method
 *   class      method name family input flag(d default) key
 *   member     method family left right number purpose operator sort-family
 *   support    method family left right number routine
 *   dictionary name template
 *   rowtype    name statement
 *   view       name statement
 *   statement  a statement of definition, run in the extension's schema after all else */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_EXTENSION_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_EXTENSION_H

#include "emulators/postgres/ddl/ddl.h"
#include "emulators/sql/value/type.h"

struct pg_extension {
    const char *name, *version;
    bool relocatable, trusted;
    const char *schema;   /* that it must be in; NULL: any */
    const char *requires; /* names, separated by commas; NULL: none */
    const char *comment;
    const char *rows; /* NULL: it has no objects of its own */
};

/* All, by name. */
extern const struct pg_extension pg_extensions[];
extern const uint32_t pg_extensions_count;

/* NULL: there is none of that name. */
const struct pg_extension *pg_extension_named(struct slice name);

/* ---- the program's part of an extension (code.c) */

struct pg_extension_type {
    const char *name; /* NULL ends a list */
    const struct sql_type_ops *ops;
};

#define PG_EXTENSION_LISTS_MAX 6

/* What the program has for it. */
struct pg_extension_code {
    const char *name;
    const struct pg_extension_type *types;                       /* NULL: none */
    const struct sql_builtin *functions[PG_EXTENSION_LISTS_MAX]; /* NULL ends them */
};

/* NULL: there is nothing. */
const struct pg_extension_code *pg_extension_code(const char *name);
/* Operations of types whose values nobody can write (keys of indexes). */
extern const struct sql_type_ops pg_extension_opaque_ops;

/* ---- making (install.c) */

/* Makes the objects of the extension, which is stored already, in its schema. */
bool pg_extension_install(struct pg_ddl *ddl, const struct pg_extension *extension,
                          const struct sql_extension *object);

#endif
