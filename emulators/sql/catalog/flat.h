/* Objects of the catalog as one block of memory each: header, struct, and all that its pointers lead
 * to (arrays, names, expressions, whole queries), one behind the other.
 *
 * So an object is made in a statement's arena like anything else, lasts as long as it is referred to
 * once it is flat, and is freed in one go. What a pointer leads to is told by shapes
 * (analyze/shape.h). Pointers to types, built-in tables and syntax trees are not kept.
 *
 * Errors: NULL, the environment's error is filled (53200). */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_FLAT_H
#define PARLEL_EMULATORS_SQL_CATALOG_FLAT_H

#include "common/heap.h"
#include "emulators/sql/analyze/shape.h"
#include "emulators/sql/catalog/objects.h"

/* A copy of the object (of that class id, as the session's dialect numbers them) in the heap, refs 1. */
struct sql_object *sql_object_flatten(struct sql_env *env, struct heap *heap,
                                      const struct sql_object *object);
/* Frees what sql_object_flatten made; sql_instance_options.release_object. */
void sql_object_release(struct heap *heap, struct sql_object *object);

/* A deep copy in an arena: nothing of it belongs to the original. NULL: out of memory. */
struct sql_expr *sql_expr_keep(struct sql_env *env, struct arena *arena,
                               const struct sql_expr *expr);

#endif
