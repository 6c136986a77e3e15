/* Triggers: when the executor fires them, and what it hands to those who run their functions.
 *
 * The executor finds a relation's triggers, evaluates WHEN conditions, keeps AFTER events and
 * transition tables, and calls session->owner->call_trigger for each; which language the function is
 * in is not its business. Rows go in and out as values of all columns ([0] is column 1). */
#ifndef PARLEL_EMULATORS_SQL_EXEC_TRIGGER_H
#define PARLEL_EMULATORS_SQL_EXEC_TRIGGER_H

#include "emulators/sql/catalog/catalog.h"

struct sql_spool;

enum sql_trigger_event {
    SQL_TRIGGER_INSERT,
    SQL_TRIGGER_UPDATE,
    SQL_TRIGGER_DELETE,
    SQL_TRIGGER_TRUNCATE,
};

struct sql_trigger_data {
    const struct sql_relation *relation;
    const struct sql_trigger *trigger;
    enum sql_trigger_event event;
    bool before, instead, row;             /* else AFTER, a statement's */
    const struct datum *old_row, *new_row; /* NULL: there is none */
    /* Transition tables by the names that the trigger gave them; NULL: none. One tuple a row, its
     * datums are the relation's columns. */
    struct sql_spool *old_table, *new_table;
    /* BEFORE and INSTEAD OF row triggers: what the function returned. */
    struct datum *result; /* room for all columns; values may be in `arena` */
    bool result_set;      /* it returned a row, which is in `result` */
    bool returned_null;
    struct arena *arena;
};

/* The transition table of that name, NULL: there is none. */
struct sql_spool *sql_trigger_table(const struct sql_trigger_data *data, struct slice name);

#endif
