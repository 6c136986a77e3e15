/* What the files of the settings share: values in the heap, and entries of what a session has set. */
#ifndef PARLEL_EMULATORS_POSTGRES_SETTINGS_INTERNAL_H
#define PARLEL_EMULATORS_POSTGRES_SETTINGS_INTERNAL_H

#include "emulators/postgres/settings.h"

/* What a transaction or savepoint may have to give back. */
enum pg_saved_kind {
    PG_SAVED_SET,      /* SET: prior comes back at a rollback */
    PG_SAVED_LOCAL,    /* SET LOCAL: prior comes back in any case */
    PG_SAVED_SET_LOCAL /* SET, then SET LOCAL: set stays after a commit, prior after a rollback */
};

struct pg_setting_saved {
    struct pg_setting_saved *next; /* of a lower level */
    enum pg_saved_kind kind;
    unsigned level;
    struct pg_setting_value prior, set;
};

struct pg_setting_entry {
    struct pg_setting_entry *next;
    unsigned index;    /* in the table; PG_SETTING_COUNT: a custom one */
    struct slice name; /* heap, of custom ones */
    struct pg_setting_value value, reset;
    struct pg_setting_saved *saved;
};

/* The entry of a setting by index, of a custom one by name; NULL: never set here. */
struct pg_setting_entry *pg_setting_entry_find(const struct pg_settings *settings, unsigned index,
                                               struct slice name);
/* NULL: out of memory. */
struct pg_setting_entry *pg_setting_entry_add(struct pg_settings *settings, unsigned index,
                                              struct slice name);
/* The entry's value is another one now: what depends on it follows. */
void pg_setting_changed(struct pg_settings *settings, const struct pg_setting_entry *entry);

void pg_setting_value_free(struct pg_settings *settings, struct pg_setting_value *value);
bool pg_setting_value_copy(struct pg_settings *settings, struct pg_setting_value *to,
                           const struct pg_setting_value *from);
/* The value that the program begins with; borrows from the table. */
struct pg_setting_value pg_setting_preset(unsigned index);
struct pg_setting_value pg_setting_current(const struct pg_settings *settings, unsigned index);

bool pg_setting_refuse_unknown(struct slice name, struct sql_error *error);

#endif
