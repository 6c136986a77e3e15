/* The type aclitem: one item of a list of grants (sql_acl_item, as bytes), its text, and privileges by
 * their letters and names. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_ACLITEM_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_ACLITEM_H

#include "emulators/sql/catalog/catalog.h"

extern const struct sql_type_ops pg_aclitem_ops;

/* "SELECT", "ALTER SYSTEM" of one bit; NULL: it is none. */
const char *pg_privilege_name(uint32_t privilege);
/* By name, letters of any case; 0: there is none of that name. */
uint32_t pg_privilege_named(struct slice name);
/* The next of a list with commas, without the blanks around it. */
struct slice pg_privileges_next(struct slice *text, bool *out_more);
/* "SELECT, UPDATE WITH GRANT OPTION": each of the privileges `allowed`, into *out_privileges or, with the
 * words behind it, *out_options. Fails with 22023. */
bool pg_privileges_read(struct sql_call *call, struct slice text, uint32_t allowed,
                        uint32_t *out_privileges, uint32_t *out_options);
/* The item of a value. */
struct sql_acl_item pg_aclitem_get(struct datum value);
/* The value of an item; in the arena. */
bool pg_aclitem_make(struct sql_call *call, const struct sql_acl_item *item, struct datum *out);

#endif
