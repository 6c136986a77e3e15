/* Settings of a session: SET, SHOW, RESET, set_config(), with what they do when transactions end.
 *
 * pg_setting_table has every setting of the real server (settings.txt), in the order of its names.
 * A session keeps only what differs from there, and the values that the engine asks for all the time as
 * plain fields (`now`). Settings of names with a dot ("app.user") are made by being set.
 *
 * A change belongs to the transaction that made it: pg_settings_end keeps it or takes it back.
 * Levels are 1 for the transaction, 2 and up for its savepoints. Those that clients are told of are
 * put on a list when they change, for ParameterStatus.
 *
 * Ownership: values are in the session's heap. Errors: false, *error is filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_SETTINGS_H
#define PARLEL_EMULATORS_POSTGRES_SETTINGS_H

#include "common/heap.h"
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/type.h"

#define PG_SETTING_COUNT 361
/* Those that clients are told of. */
#define PG_REPORTED_MAX 13

enum pg_setting_type {
    PG_SETTING_BOOL,
    PG_SETTING_INTEGER,
    PG_SETTING_REAL,
    PG_SETTING_STRING,
    PG_SETTING_ENUM
};

/* Who may change it, and when; from the least changeable on. */
enum pg_setting_context {
    PG_CONTEXT_INTERNAL,
    PG_CONTEXT_POSTMASTER,
    PG_CONTEXT_SIGHUP,
    PG_CONTEXT_SUPERUSER_BACKEND,
    PG_CONTEXT_BACKEND,
    PG_CONTEXT_SUPERUSER,
    PG_CONTEXT_USER
};

enum pg_setting_unit {
    PG_UNIT_NONE,
    PG_UNIT_BYTE,
    PG_UNIT_KB,
    PG_UNIT_BLOCK,
    PG_UNIT_MB,
    PG_UNIT_MS,
    PG_UNIT_S,
    PG_UNIT_MIN
};

struct pg_setting {
    const char *name;
    enum pg_setting_type type;
    enum pg_setting_context context;
    enum pg_setting_unit unit;
    const char *preset;       /* as text, in the unit's own numbers */
    const char *const *words; /* of an enum; NULL ends them */
    double least, most;
    const char *category, *description;
};

extern const struct pg_setting pg_setting_table[PG_SETTING_COUNT];

/* Where a value came from, weakest first. */
enum pg_setting_source {
    PG_SOURCE_DEFAULT,
    PG_SOURCE_CONFIGURATION, /* --set */
    PG_SOURCE_DATABASE,
    PG_SOURCE_USER,
    PG_SOURCE_DATABASE_USER,
    PG_SOURCE_CLIENT, /* startup packet */
    PG_SOURCE_SESSION /* SET */
};

struct pg_setting_value {
    double number;     /* bool, integer, real; an enum's word's index */
    struct slice text; /* canonical; strings: heap, others: empty */
    enum pg_setting_source source;
};

/* Values that are looked at more often than set. */
struct pg_settings_now {
    struct sql_format format;
    bool standard_conforming_strings, escape_string_warning, read_only, default_read_only;
    bool deferrable, default_deferrable, row_security, check_function_bodies, superuser;
    int isolation, default_isolation; /* index of the enum's words: 0 serializable ... */
    int backslash_quote;
    int client_encoding; /* its number: encoding.h */
    enum sql_severity client_min_messages;
    int64_t statement_timeout_ms, lock_timeout_ms, deadlock_timeout_ms;
    int64_t idle_in_transaction_timeout_ms, idle_session_timeout_ms, transaction_timeout_ms;
    uint32_t work_memory_kb;
    uint64_t path_version; /* goes up whenever search_path changes */
};

struct pg_setting_entry;
struct pg_settings;

/* What the checks of settings need to know of the session around them. */
struct pg_settings_owner {
    void *ctx;
    /* Is there such a role; NULL: nobody knows (tests). Switches to it when `apply`. */
    bool (*tablespace)(void *ctx, struct slice name); /* is there such a one? */
    /* Is it a table access method; *missing: there is none of the name. */
    bool (*table_method)(void *ctx, struct slice name, bool *missing, struct sql_error *error);
    bool (*role)(void *ctx, struct slice name, struct sql_error *error);
    bool (*authorization)(void *ctx, struct slice name, struct sql_error *error);
    void (*role_apply)(void *ctx, bool session_authorization, struct slice name);
    bool (*isolation)(void *ctx, int isolation, struct sql_error *error);
    bool (*read_only)(void *ctx, bool read_only, struct sql_error *error);
    bool (*deferrable)(void *ctx, bool deferrable, struct sql_error *error);
};

struct pg_settings {
    struct heap *heap;
    struct pg_setting_entry *entries; /* list of what was ever set here */
    struct pg_settings_now now;
    struct arena zone_arena;               /* of now.format.zone */
    const struct pg_settings_owner *owner; /* NULL: none */
    uint64_t changes;                      /* goes up whenever a value changes */
    bool stacked;                          /* something is to be done at the transaction's end */
    uint8_t reported_count;
    uint16_t reported[PG_REPORTED_MAX]; /* set since reported_count was 0, in the table's order */
    struct slice told[PG_REPORTED_MAX]; /* heap: what clients know, as pg_reported_settings */
};

void pg_settings_init(struct pg_settings *settings, struct heap *heap,
                      const struct pg_settings_owner *owner);
void pg_settings_done(struct pg_settings *settings);

enum pg_setting_action {
    PG_SET_SESSION,
    PG_SET_LOCAL,
    PG_SET_SAVE /* by a function's SET clause: until its level ends */
};

struct pg_setting_change {
    struct slice name;
    struct slice value; /* ptr NULL: back to what the session began with */
    enum pg_setting_action action;
    enum pg_setting_source source;
    unsigned level; /* of the transaction; 0: outside any (startup) */
    bool is_superuser;
    bool internal; /* the server itself sets what nobody else may */
};

bool pg_settings_set(struct pg_settings *settings, struct arena *arena,
                     const struct pg_setting_change *change, struct sql_error *error);
/* RESET ALL. */
bool pg_settings_reset_all(struct pg_settings *settings, struct arena *arena, unsigned level,
                           bool is_superuser, struct sql_error *error);
/* The transaction or savepoint of that level ended. */
void pg_settings_end(struct pg_settings *settings, unsigned level, bool commit);
/* A function with settings of its own has returned: what was set for it, or LOCAL in it, is as before. */
void pg_settings_leave(struct pg_settings *settings, unsigned level);

/* The value as SHOW prints it, made in the arena. False: there is no such setting (42704), or the
 * user may not see it. */
bool pg_settings_show(struct pg_settings *settings, struct arena *arena, struct slice name,
                      struct slice *out, struct sql_error *error);
/* The same for the setting at an index of the table; cannot fail but for memory (ptr NULL). */
struct slice pg_settings_show_at(struct pg_settings *settings, struct arena *arena, unsigned index);
/* Its name as the table writes it: "DateStyle"; a custom one's as given. ptr NULL: no such. */
struct slice pg_settings_name(struct pg_settings *settings, struct slice name);

/* Index in the table by name in any case, PG_SETTING_COUNT: there is none. */
unsigned pg_setting_find(struct slice name);
/* Value of a bool (0, 1), integer, real or enum (index of the word). */
double pg_settings_number(const struct pg_settings *settings, const char *name);
/* Value of a string setting; borrowed until it changes. */
struct slice pg_settings_text(const struct pg_settings *settings, const char *name);
enum pg_setting_source pg_settings_source(const struct pg_settings *settings, unsigned index);

/* Notes that the client is told that value; false: it knows it already. */
bool pg_settings_tell(struct pg_settings *settings, unsigned index, struct slice value);

/* Every setting by the order of names, custom ones behind: rows of SHOW ALL and pg_settings. False
 * at the end. *at begins with 0. */
struct pg_setting_row {
    const struct pg_setting *setting;           /* NULL: a custom one */
    struct slice name, shown, set, reset, boot; /* shown: as SHOW does; set: without unit */
    enum pg_setting_source source;
};
bool pg_settings_next(struct pg_settings *settings, struct arena *arena, unsigned *at,
                      struct pg_setting_row *out);

/* Index of a setting that clients are told of at every change? */
bool pg_setting_is_reported(unsigned index);
/* The reported ones in the order in which the real server tells them at the start. */
extern const char *const pg_reported_settings[PG_REPORTED_MAX];

/* ---- values (settings_value.c) */

/* The value of a text, checked against type, words and range. Strings come back in the arena. */
bool pg_setting_parse(const struct pg_setting *setting, struct slice text, struct arena *arena,
                      struct pg_setting_value *out, struct sql_error *error);
/* A value as text: with its unit, as SHOW does, or as a plain number, as pg_settings does. */
struct slice pg_setting_format(const struct pg_setting *setting,
                               const struct pg_setting_value *value, bool with_unit,
                               struct arena *arena);
/* ---- what single settings need beyond that (settings_hooks.c) */

struct pg_setting_hooks {
    const char *name;
    unsigned flags; /* enum pg_setting_flags */
    /* May change value->text (arena) to its canonical form. */
    bool (*check)(struct pg_settings *settings, struct arena *arena, struct pg_setting_value *value,
                  struct sql_error *error);
    void (*apply)(struct pg_settings *settings, const struct pg_setting_value *value);
    /* What SHOW prints instead. */
    struct slice (*show)(struct pg_settings *settings, struct arena *arena,
                         const struct pg_setting_value *value);
};

enum pg_setting_flags {
    PG_SETTING_LIST = 1 << 0,       /* SET takes several values */
    PG_SETTING_LIST_QUOTE = 1 << 1, /* each of them quoted as an identifier */
    PG_SETTING_REPORT = 1 << 2,
    PG_SETTING_NO_SHOW_ALL = 1 << 3,
    PG_SETTING_NO_RESET_ALL = 1 << 4,
    PG_SETTING_NO_RESET = 1 << 5,
    PG_SETTING_NOT_WHILE_SEC_REST = 1 << 6,
    PG_SETTING_SUPERUSER_ONLY = 1 << 7, /* to be seen by superusers */
    PG_SETTING_SAVEPOINT = 1 << 8,      /* set after a savepoint, it ends with it, be it released */
};

/* Ordered by the names' bytes. */
extern const struct pg_setting_hooks pg_setting_hooks_table[];
extern const unsigned pg_setting_hooks_count;
/* NULL: it has none. */
const struct pg_setting_hooks *pg_setting_hooks(const char *name);
unsigned pg_setting_flags(struct slice name);

#endif
