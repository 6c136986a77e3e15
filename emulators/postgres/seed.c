#include "emulators/postgres/seed.h"

#include "common/yaml_to_json.h"
#include "emulators/postgres/databases.h"
#include "emulators/postgres/login.h"
#include "emulators/postgres/name_list.h"
#include "emulators/postgres/script.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/value/bytes.h"

struct seed {
    struct pg *pg;
    struct yaml_reader *reader;
    struct emulator_error *error;
    struct pg_session *session; /* connected to the database in hand; NULL: none */
    struct arena arena;         /* of one statement */
};

/* ---- reading */

static bool next(struct seed *seed, struct yaml_event *out)
{
    if (yaml_next(seed->reader, out))
        return true;
    return emulator_fail(seed->error, "", "%s", yaml_message(seed->reader));
}

static bool unexpected(struct seed *seed, const struct yaml_event *event, const char *wanted)
{
    return emulator_fail(seed->error, "", "expected %s, got %s", wanted, yaml_describe(event));
}

/* Calls read for each key of the mapping that comes next; it reads the value. */
static bool each_key(struct seed *seed, const char *what,
                     bool (*read)(struct seed *seed, struct slice key))
{
    struct yaml_event event;
    if (!next(seed, &event))
        return false;
    if (event.type == YAML_SCALAR && event.kind == YAML_NULL)
        return true;
    if (event.type != YAML_MAPPING)
        return unexpected(seed, &event, what);
    while (next(seed, &event)) {
        if (event.type == YAML_MAPPING_END)
            return true;
        if (!read(seed, event.text))
            return false;
    }
    return false;
}

/* ---- statements */

static bool run(struct seed *seed, struct slice text)
{
    if (!text.ptr)
        return emulator_fail(seed->error, "53200", "out of memory");
    bool ok = pg_script_run(seed->session, text, NULL);
    const struct sql_error *cause = &seed->session->error;
    if (!ok)
        emulator_fail(seed->error, cause->sqlstate, SLICE_FMT "%s" SLICE_FMT,
                      SLICE_ARG(cause->message), cause->detail.len ? ": " : "",
                      SLICE_ARG(cause->detail));
    arena_reset(&seed->session->frame_arena);
    arena_reset(&seed->arena);
    return ok;
}

static void disconnect(struct seed *seed)
{
    if (seed->session)
        pg_session_destroy(seed->session);
    seed->session = NULL;
}

static bool connect(struct seed *seed, struct slice database)
{
    disconnect(seed);
    seed->session = pg_session_create(seed->pg, NULL);
    if (!seed->session)
        return emulator_fail(seed->error, "53200", "out of memory");
    if (pg_login_internal(seed->session, database))
        return true;
    return emulator_fail(seed->error, seed->session->error.sqlstate, SLICE_FMT,
                         SLICE_ARG(seed->session->error.message));
}

static void add_name(struct sql_bytes *out, struct slice name)
{
    sql_bytes_add_slice(out, pg_name_quote(out->arena, name));
}

static void add_literal(struct sql_bytes *out, struct slice text)
{
    bool escapes = text.len && memchr(text.ptr, '\\', text.len);
    sql_bytes_add_str(out, escapes ? "E'" : "'");
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.ptr[i];
        if (c == '\'' || c == '\\')
            sql_bytes_add_char(out, c);
        sql_bytes_add_char(out, c);
    }
    sql_bytes_add_char(out, '\'');
}

/* ---- scripts */

static bool read_scripts(struct seed *seed)
{
    struct yaml_event event;
    if (!next(seed, &event))
        return false;
    if (event.type == YAML_SCALAR)
        return run(seed, arena_dup(&seed->arena, event.text));
    if (event.type != YAML_SEQUENCE)
        return unexpected(seed, &event, "SQL, or a sequence of scripts");
    while (next(seed, &event)) {
        if (event.type == YAML_SEQUENCE_END)
            return true;
        if (event.type != YAML_SCALAR)
            return unexpected(seed, &event, "SQL");
        if (!run(seed, arena_dup(&seed->arena, event.text)))
            return false;
    }
    return false;
}

/* ---- rows */

struct row {
    struct sql_bytes columns, values;
    unsigned count;
};

static bool read_value(struct seed *seed, struct sql_bytes *out)
{
    struct yaml_event event;
    struct outq made = {0};
    struct json_writer writer = json_writer_of(&made);
    if (!next(seed, &event))
        return false;
    if (event.type == YAML_SCALAR) {
        if (event.kind == YAML_NULL)
            sql_bytes_add_str(out, "NULL");
        else
            add_literal(out, event.text);
        return true;
    }
    bool ok = yaml_to_json(seed->reader, &event, &writer) ||
              emulator_fail(seed->error, "", "%s", yaml_message(seed->reader));
    if (ok)
        add_literal(out, outq_flatten(&made));
    outq_done(&made);
    return ok;
}

static bool read_row(struct seed *seed, struct slice table)
{
    struct row row = {0};
    struct yaml_event event;
    struct sql_bytes all;
    sql_bytes_init(&row.columns, &seed->arena);
    sql_bytes_init(&row.values, &seed->arena);
    for (;;) {
        if (!next(seed, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            break;
        if (row.count++) {
            sql_bytes_add_str(&row.columns, ", ");
            sql_bytes_add_str(&row.values, ", ");
        }
        add_name(&row.columns, event.text);
        if (!read_value(seed, &row.values))
            return false;
    }
    sql_bytes_init(&all, &seed->arena);
    sql_bytes_add_str(&all, "INSERT INTO ");
    sql_bytes_add_slice(&all, table);
    if (row.count)
        sql_bytes_printf(&all, " (" SLICE_FMT ") OVERRIDING SYSTEM VALUE VALUES (" SLICE_FMT ")",
                         SLICE_ARG(sql_bytes_slice(&row.columns)),
                         SLICE_ARG(sql_bytes_slice(&row.values)));
    else
        sql_bytes_add_str(&all, " DEFAULT VALUES");
    return run(seed, all.failed ? slice_of(NULL, 0) : sql_bytes_slice(&all));
}

/* "users", or "app.users" with its schema. */
static bool read_table(struct seed *seed, struct slice key)
{
    struct yaml_event event;
    struct arena arena = {0};
    struct slice table = arena_dup(&arena, key);
    bool ok = next(seed, &event);
    if (ok && event.type != YAML_SEQUENCE)
        ok = unexpected(seed, &event, "a sequence of rows");
    while (ok) {
        ok = next(seed, &event);
        if (!ok || event.type == YAML_SEQUENCE_END)
            break;
        ok = event.type == YAML_MAPPING ? read_row(seed, table)
                                        : unexpected(seed, &event, "a row, which is a mapping");
    }
    arena_done(&arena);
    return ok;
}

static bool read_tables(struct seed *seed)
{
    return each_key(seed, "a mapping of tables", read_table);
}

/* ---- databases */

static bool read_owner(struct seed *seed)
{
    struct yaml_event event;
    struct sql_bytes text;
    if (!next(seed, &event))
        return false;
    if (event.type != YAML_SCALAR)
        return unexpected(seed, &event, "a user's name");
    sql_bytes_init(&text, &seed->arena);
    sql_bytes_add_str(&text, "ALTER DATABASE ");
    add_name(&text, seed->session->database_name);
    sql_bytes_add_str(&text, " OWNER TO ");
    add_name(&text, event.text);
    return run(seed, sql_bytes_slice(&text));
}

static bool read_database_part(struct seed *seed, struct slice key)
{
    if (slice_eq_str(key, "owner"))
        return read_owner(seed);
    if (slice_eq_str(key, "sql"))
        return read_scripts(seed);
    if (slice_eq_str(key, "tables"))
        return read_tables(seed);
    return emulator_fail(seed->error, "", "expected owner, sql or tables, got \"" SLICE_FMT "\"",
                         SLICE_ARG(key));
}

static bool read_database(struct seed *seed, struct slice key)
{
    struct sql_bytes text;
    struct arena arena = {0};
    struct slice name = arena_dup(&arena, key);
    bool ok = true;
    if (!pg_database_find(seed->pg, name)) {
        sql_bytes_init(&text, &seed->arena);
        sql_bytes_add_str(&text, "CREATE DATABASE ");
        add_name(&text, name);
        ok = connect(seed, slice_str("postgres")) && run(seed, sql_bytes_slice(&text));
    }
    ok = ok && connect(seed, name) &&
         each_key(seed, "a database, which is a mapping", read_database_part);
    arena_done(&arena);
    return ok;
}

/* ---- users */

static const struct flag {
    const char *key, *on, *off;
} user_flags[] = {
    {"superuser",  " SUPERUSER",  " NOSUPERUSER" },
    {"createdb",   " CREATEDB",   " NOCREATEDB"  },
    {"createrole", " CREATEROLE", " NOCREATEROLE"},
    {"login",      " LOGIN",      " NOLOGIN"     },
};

static bool read_user_part(struct seed *seed, struct slice key, struct sql_bytes *text)
{
    struct yaml_event event;
    bool on;
    for (size_t i = 0; i < sizeof(user_flags) / sizeof(user_flags[0]); i++) {
        if (!slice_eq_str(key, user_flags[i].key))
            continue;
        if (!next(seed, &event))
            return false;
        if (!yaml_to_bool(&event, &on))
            return unexpected(seed, &event, "true or false");
        sql_bytes_add_str(text, on ? user_flags[i].on : user_flags[i].off);
        return true;
    }
    if (!slice_eq_str(key, "password"))
        return emulator_fail(seed->error, "",
                             "expected password, superuser, createdb, createrole or login, got "
                             "\"" SLICE_FMT "\"",
                             SLICE_ARG(key));
    if (!next(seed, &event))
        return false;
    if (event.type != YAML_SCALAR)
        return unexpected(seed, &event, "a password");
    sql_bytes_add_str(text, " PASSWORD ");
    add_literal(text, event.text);
    return true;
}

static bool read_user(struct seed *seed, struct slice key)
{
    struct yaml_event event;
    struct sql_bytes text;
    sql_bytes_init(&text, &seed->arena);
    bool exists = sql_find_role(&seed->session->core, key) != NULL;
    sql_bytes_add_str(&text, exists ? "ALTER ROLE " : "CREATE ROLE ");
    add_name(&text, key);
    sql_bytes_add_str(&text, " LOGIN");
    if (!next(seed, &event))
        return false;
    if (event.type == YAML_SCALAR && event.kind != YAML_NULL) {
        sql_bytes_add_str(&text, " PASSWORD ");
        add_literal(&text, event.text);
    } else if (event.type == YAML_MAPPING) {
        while (next(seed, &event) && event.type != YAML_MAPPING_END)
            if (!read_user_part(seed, event.text, &text))
                return false;
        if (event.type != YAML_MAPPING_END)
            return false;
    } else if (event.type != YAML_SCALAR) {
        return unexpected(seed, &event, "a password, or a mapping");
    }
    return run(seed, sql_bytes_slice(&text));
}

/* ---- the section */

static bool read_section(struct seed *seed, struct slice key)
{
    if (slice_eq_str(key, "databases"))
        return each_key(seed, "a mapping of databases", read_database);
    if (!connect(seed, slice_str("postgres")))
        return false;
    if (slice_eq_str(key, "users"))
        return each_key(seed, "a mapping of users", read_user);
    if (slice_eq_str(key, "sql") || slice_eq_str(key, "tables"))
        return read_database_part(seed, key);
    return emulator_fail(seed->error, "",
                         "expected users, databases, sql or tables, got \"" SLICE_FMT "\"",
                         SLICE_ARG(key));
}

bool pg_seed(struct emulator *emulator, struct yaml_reader *reader, struct emulator_error *error)
{
    struct seed seed = {.pg = pg_of(emulator), .reader = reader, .error = error};
    bool ok = each_key(&seed, "a mapping of users, databases, sql and tables", read_section);
    disconnect(&seed);
    arena_done(&seed.arena);
    return ok;
}
