/* CREATE, ALTER and DROP SUBSCRIPTION as far as they need no publisher. */
#include "emulators/postgres/ddl/subscription.h"

#include "emulators/postgres/block.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/options.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/text_scan.h"

enum option {
    OPTION_CONNECT,
    OPTION_ENABLED,
    OPTION_CREATE_SLOT,
    OPTION_SLOT_NAME,
    OPTION_COPY_DATA,
    OPTION_COMMIT,
    OPTION_REFRESH,
    OPTION_BINARY,
    OPTION_STREAMING,
    OPTION_TWO_PHASE,
    OPTION_DISABLE_ON_ERROR,
    OPTION_LSN,
    OPTION_COUNT
};
#define BIT(option) (1u << OPTION_##option)

static const struct {
    const char *name;
    bool flag, standard; /* a boolean, and what it is when it is not said */
    uint32_t stored;     /* enum pg_subscription_flag */
} option_rows[OPTION_COUNT] = {
    [OPTION_CONNECT] = {"connect",            true,  true,  0                            },
    [OPTION_ENABLED] = {"enabled",            true,  true,  PG_SUBSCRIBE_ENABLED         },
    [OPTION_CREATE_SLOT] = {"create_slot",        true,  true,  0                            },
    [OPTION_SLOT_NAME] = {"slot_name",          false, false, 0                            },
    [OPTION_COPY_DATA] = {"copy_data",          true,  true,  0                            },
    [OPTION_COMMIT] = {"synchronous_commit", false, false, 0                            },
    [OPTION_REFRESH] = {"refresh",            true,  true,  0                            },
    [OPTION_BINARY] = {"binary",             true,  false, PG_SUBSCRIBE_BINARY          },
    [OPTION_STREAMING] = {"streaming",          true,  false, PG_SUBSCRIBE_STREAMING       },
    [OPTION_TWO_PHASE] = {"two_phase",          true,  false, PG_SUBSCRIBE_TWO_PHASE       },
    [OPTION_DISABLE_ON_ERROR] = {"disable_on_error",   true,  false, PG_SUBSCRIBE_DISABLE_ON_ERROR},
    [OPTION_LSN] = {"lsn",                false, false, 0                            },
};

/* What WITH or SET says. */
struct options {
    uint32_t given; /* bits of enum option */
    bool on[OPTION_COUNT];
    struct slice slot, commit; /* slot.ptr NULL: none */
    uint64_t lsn;
};

static bool is_superuser(struct pg_ddl *ddl)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    return !role || role->superuser;
}

/* ---- options */

static bool read_slot(struct pg_ddl *ddl, struct slice name, struct options *out)
{
    struct sql_error *error = ddl->env->error;
    if (slice_eq_str(name, "none"))
        return true;
    if (name.len == 0)
        return sql_fail(error, "42602", "replication slot name \"\" is too short");
    if (name.len > PG_NAME_MAX)
        return sql_fail(error, "42622", "replication slot name \"" SLICE_FMT "\" is too long",
                        SLICE_ARG(name));
    for (size_t i = 0; i < name.len; i++)
        if (!(name.ptr[i] >= 'a' && name.ptr[i] <= 'z') && !sql_is_digit(name.ptr[i]) &&
            name.ptr[i] != '_') {
            sql_fail(error, "42602",
                     "replication slot name \"" SLICE_FMT "\" contains invalid character",
                     SLICE_ARG(name));
            return sql_hint(error, "Replication slot names may only contain lower case letters, "
                                   "numbers, and the underscore character.");
        }
    out->slot = name;
    return true;
}

static bool read_commit(struct pg_ddl *ddl, struct slice value, struct options *out)
{
    static const char *const values[] = {"local", "remote_write", "remote_apply", "on", "off"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (slice_is(value, values[i])) {
            out->commit = value;
            return true;
        }
    sql_fail(ddl->env->error, "22023",
             "invalid value for parameter \"synchronous_commit\": \"" SLICE_FMT "\"",
             SLICE_ARG(value));
    return sql_hint(ddl->env->error,
                    "Available values: local, remote_write, remote_apply, on, off.");
}

static bool read_hex(struct slice text, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = ascii_lower(text.ptr[i]);
        bool letter = c >= 'a' && c <= 'f';
        if (!letter && !sql_is_digit(c))
            return false;
        *out = *out << 4 | (uint32_t)(letter ? c - 'a' + 10 : c - '0');
    }
    return text.len > 0 && text.len <= 8;
}

static bool read_lsn(struct pg_ddl *ddl, struct slice text, struct options *out)
{
    uint32_t high = 0, low = 0;
    size_t at = 0;
    if (slice_eq_str(text, "none"))
        return true;
    while (at < text.len && text.ptr[at] != '/')
        at++;
    if (at == text.len || !read_hex(slice_of(text.ptr, at), &high) ||
        !read_hex(slice_from(text, at + 1), &low))
        return sql_fail(ddl->env->error, "22P02",
                        "invalid input syntax for type pg_lsn: \"" SLICE_FMT "\"", SLICE_ARG(text));
    out->lsn = (uint64_t)high << 32 | low;
    return out->lsn || sql_fail(ddl->env->error, "22023", "invalid WAL location (LSN): " SLICE_FMT,
                                SLICE_ARG(text));
}

static bool read_option(struct pg_ddl *ddl, const struct ast_option *option, enum option which,
                        struct options *out)
{
    struct slice text = option->value ? pg_option_string(ddl, option) : slice_of("", 0);
    switch (which) {
    case OPTION_SLOT_NAME: return read_slot(ddl, text, out);
    case OPTION_COMMIT: return read_commit(ddl, text, out);
    case OPTION_LSN: return read_lsn(ddl, text, out);
    default: return pg_option_flag(ddl, option, &out->on[which]);
    }
}

static bool read_options(struct pg_ddl *ddl, const struct ast_list *list, uint32_t allowed,
                         struct options *out)
{
    *out = (struct options){.commit = slice_str("off")};
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        out->on[i] = option_rows[i].standard;
    for (uint32_t at = 0; at < list->count; at++) {
        const struct ast_option *option = AST_AS(option, list->items[at]);
        unsigned i = 0;
        while (i < OPTION_COUNT &&
               (!(allowed & 1u << i) || !slice_eq_str(option->name, option_rows[i].name)))
            i++;
        if (i == OPTION_COUNT)
            return sql_fail(ddl->env->error, "42601",
                            "unrecognized subscription parameter: \"" SLICE_FMT "\"",
                            SLICE_ARG(option->name));
        if (out->given & 1u << i)
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "conflicting or redundant options");
        out->given |= 1u << i;
        if (!read_option(ddl, option, (enum option)i, out))
            return false;
    }
    return true;
}

/* ---- what goes with what */

static bool exclusive(struct pg_ddl *ddl, const char *one, const char *other)
{
    return sql_fail(ddl->env->error, "42601", "%s and %s = true are mutually exclusive options",
                    one, other);
}

static bool check_unconnected(struct pg_ddl *ddl, struct options *options)
{
    static const enum option needing[] = {OPTION_ENABLED, OPTION_CREATE_SLOT, OPTION_COPY_DATA};
    for (size_t i = 0; i < sizeof needing / sizeof *needing && !options->on[OPTION_CONNECT]; i++) {
        if (options->given & 1u << needing[i] && options->on[needing[i]])
            return exclusive(ddl, "connect = false", option_rows[needing[i]].name);
        options->on[needing[i]] = false;
    }
    return true;
}

static bool check_slot(struct pg_ddl *ddl, const struct options *options)
{
    static const enum option needing[] = {OPTION_ENABLED, OPTION_CREATE_SLOT};
    if (!(options->given & BIT(SLOT_NAME)) || options->slot.ptr)
        return true;
    for (size_t i = 0; i < sizeof needing / sizeof *needing; i++) {
        const char *name = option_rows[needing[i]].name;
        if (options->on[needing[i]] && options->given & 1u << needing[i])
            return exclusive(ddl, "slot_name = NONE", name);
        if (options->on[needing[i]])
            return sql_fail(ddl->env->error, "42601",
                            "subscription with slot_name = NONE must also set %s = false", name);
    }
    return true;
}

static bool check_unique(struct pg_ddl *ddl, const struct ast_names *names)
{
    for (uint32_t i = 0; i < names->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (slice_eq(names->items[i], names->items[j]))
                return sql_fail(ddl->env->error, "42710",
                                "publication name \"" SLICE_FMT "\" used more than once",
                                SLICE_ARG(names->items[i]));
    return true;
}

/* ---- connections */

static bool fail_connection(struct pg_ddl *ddl, const char *what, struct slice word,
                            const char *rest)
{
    return sql_fail(ddl->env->error, "42601",
                    "invalid connection string syntax: %s \"" SLICE_FMT "\"%s\n", what,
                    SLICE_ARG(word), rest);
}

/* The value behind '=': up to a blank, or quoted; a backslash takes what follows it. */
static struct slice skip_value(struct slice rest)
{
    rest = sql_skip_blanks(rest);
    bool quoted = rest.len && rest.ptr[0] == '\'';
    size_t at = quoted;
    while (at < rest.len && (quoted ? rest.ptr[at] != '\'' : !sql_is_blank(rest.ptr[at])))
        at += rest.ptr[at] == '\\' && at + 1 < rest.len ? 2 : 1;
    return slice_from(rest, at + quoted <= rest.len ? at + quoted : rest.len);
}

/* What a connection can be told (libpq's parameters). */
static const char *const keywords[] = {
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "channel_binding",
    "connect_timeout",
    "client_encoding",
    "options",
    "application_name",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "replication",
    "gssencmode",
    "sslmode",
    "requiressl",
    "sslcompression",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslrootcert",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "requirepeer",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "krbsrvname",
    "gsslib",
    "service",
    "servicefile",
    "target_session_attrs",
};

static bool is_keyword(struct slice word)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (slice_eq_str(word, keywords[i]))
            return true;
    return false;
}

static bool check_connection(struct pg_ddl *ddl, struct slice text)
{
    for (struct slice rest = sql_skip_blanks(text); rest.len; rest = sql_skip_blanks(rest)) {
        size_t len = 0;
        while (len < rest.len && rest.ptr[len] != '=' && !sql_is_blank(rest.ptr[len]))
            len++;
        struct slice word = slice_of(rest.ptr, len);
        rest = sql_skip_blanks(slice_from(rest, len));
        if (!rest.len || rest.ptr[0] != '=')
            return fail_connection(ddl, "missing \"=\" after", word, " in connection info string");
        if (!is_keyword(word))
            return fail_connection(ddl, "invalid connection option", word, "");
        rest = skip_value(slice_from(rest, 1));
    }
    return true;
}

static bool refuse_connecting(struct pg_ddl *ddl)
{
    return sql_fail(ddl->env->error, "0A000", "connecting to a publisher is not supported");
}

/* ---- CREATE */

static bool check_create(struct pg_ddl *ddl, const struct ast_create_subscription *ast,
                         struct options *options)
{
    const uint32_t allowed = BIT(CONNECT) | BIT(ENABLED) | BIT(CREATE_SLOT) | BIT(SLOT_NAME) |
                             BIT(COPY_DATA) | BIT(COMMIT) | BIT(BINARY) | BIT(STREAMING) |
                             BIT(TWO_PHASE) | BIT(DISABLE_ON_ERROR);
    struct pg_session *session = pg_session_of(ddl->session);
    if (!read_options(ddl, &ast->options, allowed, options) || !check_unconnected(ddl, options) ||
        !check_slot(ddl, options))
        return false;
    if (options->on[OPTION_CREATE_SLOT] &&
        !pg_block_refuse_inside(session, "CREATE SUBSCRIPTION ... WITH (create_slot = true)"))
        return false;
    if (!is_superuser(ddl))
        return sql_fail(ddl->env->error, "42501", "must be superuser to create subscriptions");
    if (sql_find_object_name(ddl->session, pg_classes(ddl)->subscription, 0, ast->name))
        return sql_fail(ddl->env->error, "42710", "subscription \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(ast->name));
    if (!(options->given & BIT(SLOT_NAME)))
        options->slot = ast->name;
    return check_connection(ddl, ast->connection) && check_unique(ddl, &ast->publications);
}

static uint32_t stored_flags(const struct options *options, uint32_t changed, uint32_t flags)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (option_rows[i].stored && changed & 1u << i)
            flags = options->on[i] ? flags | option_rows[i].stored : flags & ~option_rows[i].stored;
    if (changed & BIT(SLOT_NAME))
        flags = options->slot.ptr ? flags | PG_SUBSCRIBE_HAS_SLOT : flags & ~PG_SUBSCRIBE_HAS_SLOT;
    return flags;
}

bool pg_create_subscription(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_subscription *ast = AST_AS(create_subscription, node);
    struct options options;
    uint32_t numbers[PG_SUBSCRIPTION_NUMBERS] = {0};
    uint32_t count = PG_SUBSCRIPTION_PUBLICATIONS + ast->publications.count;
    struct slice *fields = arena_array(ddl->arena, count, sizeof *fields);
    if (!fields)
        return sql_fail_memory(ddl->env->error);
    if (!check_create(ddl, ast, &options))
        return false;
    if (options.on[OPTION_CONNECT])
        return refuse_connecting(ddl);
    fields[PG_SUBSCRIPTION_CONNECTION] = ast->connection;
    fields[PG_SUBSCRIPTION_SLOT] = options.slot.ptr ? options.slot : slice_of("", 0);
    fields[PG_SUBSCRIPTION_COMMIT] = options.commit;
    for (uint32_t i = 0; i < ast->publications.count; i++)
        fields[PG_SUBSCRIPTION_PUBLICATIONS + i] = ast->publications.items[i];
    numbers[PG_SUBSCRIPTION_FLAGS] = stored_flags(&options, UINT32_MAX, 0);
    struct sql_other made = {
        .object = {.class_id = pg_classes(ddl)->subscription,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true},
        .fields = fields,
        .field_count = (uint16_t)count,
        .numbers = numbers,
        .number_count = PG_SUBSCRIPTION_NUMBERS,
    };
    if (!sql_catalog_create(ddl->env, &made.object))
        return false;
    pg_ddl_warning(
        ddl, "01000",
        "tables were not subscribed, you will have to run ALTER SUBSCRIPTION ... REFRESH "
        "PUBLICATION to subscribe the tables");
    return true;
}

/* ---- ALTER */

/* A subscription that is changed. */
struct altering {
    struct pg_ddl *ddl;
    const struct ast_alter_subscription *ast;
    struct sql_other to;
    uint32_t numbers[PG_SUBSCRIPTION_NUMBERS];
    struct slice *fields;
    struct options options;
};

static bool has_flag(const struct altering *a, uint32_t flag)
{
    return a->numbers[PG_SUBSCRIPTION_FLAGS] & flag;
}

static bool alter_options(struct altering *a)
{
    const uint32_t allowed =
        BIT(SLOT_NAME) | BIT(COMMIT) | BIT(BINARY) | BIT(STREAMING) | BIT(DISABLE_ON_ERROR);
    struct options *options = &a->options;
    if (!read_options(a->ddl, &a->ast->options, allowed, options))
        return false;
    if (options->given & BIT(SLOT_NAME)) {
        if (has_flag(a, PG_SUBSCRIBE_ENABLED) && !options->slot.ptr)
            return sql_fail(a->ddl->env->error, "55000",
                            "cannot set slot_name = NONE for enabled subscription");
        a->fields[PG_SUBSCRIPTION_SLOT] = options->slot.ptr ? options->slot : slice_of("", 0);
    }
    if (options->given & BIT(COMMIT))
        a->fields[PG_SUBSCRIPTION_COMMIT] = options->commit;
    a->numbers[PG_SUBSCRIPTION_FLAGS] =
        stored_flags(options, options->given, a->numbers[PG_SUBSCRIPTION_FLAGS]);
    return true;
}

static bool alter_enabled(struct altering *a)
{
    const struct ast_option *option = AST_AS(option, a->ast->options.items[0]);
    a->options.on[OPTION_ENABLED] = AST_AS(const, option->value)->boolean;
    if (a->options.on[OPTION_ENABLED] && !has_flag(a, PG_SUBSCRIBE_HAS_SLOT))
        return sql_fail(a->ddl->env->error, "55000",
                        "cannot enable subscription that does not have a slot name");
    a->numbers[PG_SUBSCRIPTION_FLAGS] =
        stored_flags(&a->options, BIT(ENABLED), a->numbers[PG_SUBSCRIPTION_FLAGS]);
    return true;
}

static bool alter_skip(struct altering *a)
{
    if (!is_superuser(a->ddl))
        return sql_fail(a->ddl->env->error, "42501", "must be superuser to skip transaction");
    if (!read_options(a->ddl, &a->ast->options, BIT(LSN), &a->options))
        return false;
    a->numbers[PG_SUBSCRIPTION_SKIP_HIGH] = (uint32_t)(a->options.lsn >> 32);
    a->numbers[PG_SUBSCRIPTION_SKIP_LOW] = (uint32_t)a->options.lsn;
    return true;
}

/* Fetching what is published now needs the publisher. */
static bool refresh(struct altering *a, bool alone)
{
    struct pg_ddl *ddl = a->ddl;
    const char *what = alone ? "ALTER SUBSCRIPTION ... REFRESH" : "ALTER SUBSCRIPTION with refresh";
    if (!has_flag(a, PG_SUBSCRIBE_ENABLED)) {
        return sql_fail(ddl->env->error, alone ? "55000" : "42601",
                        "%s is not allowed for disabled subscriptions", what);
    }
    return pg_block_refuse_inside(pg_session_of(ddl->session), what) && refuse_connecting(ddl);
}

static uint32_t find_publication(const struct altering *a, struct slice name)
{
    for (uint32_t i = PG_SUBSCRIPTION_PUBLICATIONS; i < a->to.field_count; i++)
        if (slice_eq(a->fields[i], name))
            return i;
    return 0;
}

static bool add_publication(struct altering *a, struct slice name)
{
    if (find_publication(a, name))
        return sql_fail(a->ddl->env->error, "42710",
                        "publication \"" SLICE_FMT "\" is already in subscription \"" SLICE_FMT
                        "\"",
                        SLICE_ARG(name), SLICE_ARG(a->ast->name));
    a->fields[a->to.field_count++] = name;
    return true;
}

static bool drop_publication(struct altering *a, struct slice name)
{
    uint32_t at = find_publication(a, name);
    if (!at)
        return sql_fail(a->ddl->env->error, "42P17",
                        "publication \"" SLICE_FMT "\" is not in subscription \"" SLICE_FMT "\"",
                        SLICE_ARG(name), SLICE_ARG(a->ast->name));
    a->to.field_count--;
    memmove(a->fields + at, a->fields + at + 1, (a->to.field_count - at) * sizeof *a->fields);
    return true;
}

static bool alter_publications(struct altering *a)
{
    const struct ast_names *names = &a->ast->publications;
    bool drops = a->ast->action == AST_SUBSCRIPTION_DROP_PUBLICATION;
    uint32_t allowed = BIT(REFRESH) | (drops ? 0 : BIT(COPY_DATA));
    if (!read_options(a->ddl, &a->ast->options, allowed, &a->options) ||
        !check_unique(a->ddl, names))
        return false;
    if (a->ast->action == AST_SUBSCRIPTION_SET_PUBLICATION)
        a->to.field_count = PG_SUBSCRIPTION_PUBLICATIONS;
    for (uint32_t i = 0; i < names->count; i++)
        if (drops ? !drop_publication(a, names->items[i]) : !add_publication(a, names->items[i]))
            return false;
    if (a->to.field_count == PG_SUBSCRIPTION_PUBLICATIONS)
        return sql_fail(a->ddl->env->error, "42P17",
                        "cannot drop all the publications from a subscription");
    return !a->options.on[OPTION_REFRESH] || refresh(a, false);
}

static bool alter(struct altering *a)
{
    switch (a->ast->action) {
    case AST_SUBSCRIPTION_OPTIONS: return alter_options(a);
    case AST_SUBSCRIPTION_ENABLE: return alter_enabled(a);
    case AST_SUBSCRIPTION_SKIP: return alter_skip(a);
    case AST_SUBSCRIPTION_REFRESH:
        return read_options(a->ddl, &a->ast->options, BIT(COPY_DATA), &a->options) &&
               refresh(a, true);
    case AST_SUBSCRIPTION_CONNECTION:
        a->fields[PG_SUBSCRIPTION_CONNECTION] = a->ast->connection;
        return check_connection(a->ddl, a->ast->connection);
    default: return alter_publications(a);
    }
}

/* *out NULL: there is none, and that will do. */
static bool find(struct pg_ddl *ddl, struct slice name, bool missing_ok,
                 const struct sql_other **out)
{
    *out = (const void *)sql_find_object_name(ddl->session, pg_classes(ddl)->subscription, 0, name);
    if (*out)
        return pg_name_must_own(ddl, &(*out)->object);
    if (!missing_ok)
        return sql_fail(ddl->env->error, "42704", "subscription \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    pg_ddl_notice(ddl, "00000", "subscription \"" SLICE_FMT "\" does not exist, skipping",
                  SLICE_ARG(name));
    return true;
}

bool pg_alter_subscription(struct pg_ddl *ddl, const struct ast_node *node)
{
    struct altering a = {.ddl = ddl, .ast = AST_AS(alter_subscription, node)};
    const struct sql_other *old;
    if (!find(ddl, a.ast->name, false, &old))
        return false;
    a.to = *old;
    a.fields =
        arena_array(ddl->arena, old->field_count + a.ast->publications.count, sizeof *a.fields);
    if (!a.fields)
        return sql_fail_memory(ddl->env->error);
    memcpy(a.fields, old->fields, old->field_count * sizeof *a.fields);
    memcpy(a.numbers, old->numbers, sizeof a.numbers);
    a.to.fields = a.fields;
    a.to.numbers = a.numbers;
    return alter(&a) && sql_catalog_replace(ddl->env, &a.to.object);
}

/* ---- DROP */

bool pg_drop_subscription(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_drop_subscription *ast = AST_AS(drop_subscription, node);
    const struct sql_other *found;
    if (!find(ddl, ast->name, ast->missing_ok, &found) || !found)
        return found == NULL && ast->missing_ok;
    if (found->numbers[PG_SUBSCRIPTION_FLAGS] & PG_SUBSCRIBE_HAS_SLOT &&
        !pg_block_refuse_inside(pg_session_of(ddl->session), "DROP SUBSCRIPTION"))
        return false;
    if (found->numbers[PG_SUBSCRIPTION_FLAGS] & PG_SUBSCRIBE_HAS_SLOT) {
        refuse_connecting(ddl);
        return sql_hint(ddl->env->error,
                        "Use ALTER SUBSCRIPTION ... SET (slot_name = NONE) to disassociate the "
                        "subscription from the slot.");
    }
    return sql_catalog_drop(ddl->env, found->object.class_id, found->object.id);
}
