/* What single settings check, do and show beyond their type's rules. */
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"
#include "emulators/postgres/encoding.h"
#include "emulators/postgres/name_list.h"
#include "emulators/postgres/settings.h"
#include "emulators/sql/value/zone.h"

static bool refuse(const char *name, struct slice text, struct sql_error *error)
{
    return sql_fail(error, "22023", "invalid value for parameter \"%s\": \"" SLICE_FMT "\"", name,
                    SLICE_ARG(text));
}

/* ---- DateStyle */

static const struct style_word {
    const char *word;
    int style, order; /* -1: says nothing of it */
} style_words[] = {
    {"iso",    SQL_DATE_ISO,    -1           },
    {"sql",    SQL_DATE_SQL,    -1           },
    {"german", SQL_DATE_GERMAN, SQL_ORDER_DMY},
    {"ymd",    -1,              SQL_ORDER_YMD},
    {"dmy",    -1,              SQL_ORDER_DMY},
    {"mdy",    -1,              SQL_ORDER_MDY},
    {"us",     -1,              SQL_ORDER_MDY},
};
static const char *const style_names[] = {"ISO", "SQL", "Postgres", "German"};
static const char *const order_names[] = {"MDY", "DMY", "YMD"};

struct date_style {
    int style, order;
    bool have_style, have_order, conflict;
};

static void take_style(struct date_style *to, int style)
{
    to->conflict |= to->have_style && to->style != style;
    to->have_style = true;
    to->style = style;
}

static void take_order(struct date_style *to, int order)
{
    to->conflict |= to->have_order && to->order != order;
    to->have_order = true;
    to->order = order;
}

static bool take_style_word(struct date_style *to, struct slice word)
{
    if (word.len >= 8 && slice_is(slice_of(word.ptr, 8), "postgres")) {
        take_style(to, SQL_DATE_POSTGRES);
        return true;
    }
    if (slice_is(slice_of(word.ptr, word.len < 4 ? word.len : 4), "euro") ||
        slice_is(slice_of(word.ptr, word.len < 7 ? word.len : 7), "noneuro")) {
        take_order(to, ascii_lower(word.ptr[0]) == 'e' ? SQL_ORDER_DMY : SQL_ORDER_MDY);
        return true;
    }
    for (size_t i = 0; i < sizeof(style_words) / sizeof(style_words[0]); i++) {
        const struct style_word *known = &style_words[i];
        if (!slice_is(word, known->word))
            continue;
        if (known->style >= 0)
            take_style(to, known->style);
        /* GERMAN brings its order unless another one is asked for. */
        if (known->style == SQL_DATE_GERMAN && !to->have_order)
            to->order = known->order;
        else if (known->style < 0)
            take_order(to, known->order);
        return true;
    }
    return false;
}

static struct date_style date_style_now(const struct pg_settings *settings)
{
    return (struct date_style){.style = (int)settings->now.format.date_style,
                               .order = (int)settings->now.format.date_order};
}

static bool check_date_style(struct pg_settings *settings, struct arena *arena,
                             struct pg_setting_value *value, struct sql_error *error)
{
    struct date_style style = date_style_now(settings);
    struct slice words[16];
    int count = pg_name_list_split(value->text, arena, words, 16);
    if (count < 0) {
        refuse("DateStyle", value->text, error);
        return sql_detail(error, "List syntax is invalid.");
    }
    for (int i = 0; i < count; i++) {
        if (slice_is(words[i], "default")) {
            style.style = style.have_style ? style.style : SQL_DATE_ISO;
            style.order = style.have_order ? style.order : SQL_ORDER_MDY;
        } else if (!take_style_word(&style, words[i])) {
            refuse("DateStyle", value->text, error);
            return sql_detail(error, "Unrecognized key word: \"" SLICE_FMT "\".",
                              SLICE_ARG(words[i]));
        }
    }
    if (style.conflict) {
        refuse("DateStyle", value->text, error);
        return sql_detail(error, "Conflicting \"datestyle\" specifications.");
    }
    value->text = arena_printf(arena, "%s, %s", style_names[style.style], order_names[style.order]);
    return value->text.ptr ? true : sql_fail_memory(error);
}

static void apply_date_style(struct pg_settings *settings, const struct pg_setting_value *value)
{
    for (unsigned i = 0; i < 4; i++)
        if (value->text.ptr[0] == style_names[i][0])
            settings->now.format.date_style = i;
    for (unsigned i = 0; i < 3; i++)
        if (value->text.ptr[value->text.len - 3] == order_names[i][0])
            settings->now.format.date_order = i;
}

/* ---- TimeZone */

/* "INTERVAL '1 h'" is what SET TIME ZONE INTERVAL leaves; a number is hours, east positive. */
static bool fixed_offset(struct slice text, int32_t *out)
{
    double hours;
    if (!text_to_double(text, &hours) || hours < -168 || hours > 168)
        return false;
    *out = (int32_t)(hours * 3600);
    return true;
}

static const struct sql_zone *find_zone(struct arena *arena, struct slice text)
{
    int32_t offset;
    if (text.len > 1 && text.ptr[0] == '+')
        return fixed_offset(slice_from(text, 1), &offset) ? sql_zone_fixed(arena, offset)
                                                          : sql_zone_find(arena, text);
    return fixed_offset(text, &offset) ? sql_zone_fixed(arena, offset) : sql_zone_find(arena, text);
}

/* Names of UTC, which needs no table. */
static bool is_utc(struct slice text)
{
    return slice_is(text, "UTC") || slice_is(text, "GMT") || slice_is(text, "Etc/UTC");
}

static bool check_time_zone(struct pg_settings *settings, struct arena *arena,
                            struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings;
    if (slice_eq_str(value->text, "Etc/UTC"))
        return true;
    const struct sql_zone *zone = find_zone(arena, value->text);
    if (!zone)
        return refuse("TimeZone", value->text, error);
    value->text = sql_zone_name(zone);
    return true;
}

static void apply_time_zone(struct pg_settings *settings, const struct pg_setting_value *value)
{
    struct arena arena = {0};
    bool utc = is_utc(value->text);
    settings->now.format.zone = utc ? NULL : find_zone(&arena, value->text);
    arena_done(&settings->zone_arena);
    settings->zone_arena = arena;
}

/* ---- other client defaults */

static bool check_application_name(struct pg_settings *settings, struct arena *arena,
                                   struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings;
    struct slice text = arena_dup(arena, value->text);
    if (!text.ptr)
        return sql_fail_memory(error);
    uint8_t *bytes = (uint8_t *)(uintptr_t)text.ptr;
    for (size_t i = 0; i < text.len; i++)
        if (bytes[i] < 32 || bytes[i] > 126)
            bytes[i] = '?';
    value->text = slice_of(bytes, text.len < 63 ? text.len : 63);
    return true;
}

static bool check_client_encoding(struct pg_settings *settings, struct arena *arena,
                                  struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings, (void)arena;
    int encoding = pg_encoding_find(value->text);
    if (encoding < 0)
        return refuse("client_encoding", value->text, error);
    if (!pg_encoding_is_known(encoding)) {
        refuse("client_encoding", value->text, error);
        memcpy(error->sqlstate, "0A000", sizeof(error->sqlstate));
        return sql_detail(error, "Conversion between %s and UTF8 is not supported.",
                          pg_encoding_name(encoding));
    }
    value->text = slice_str(pg_encoding_name(encoding));
    return true;
}

static void apply_client_encoding(struct pg_settings *settings,
                                  const struct pg_setting_value *value)
{
    settings->now.client_encoding = pg_encoding_find(value->text);
}

static bool check_search_path(struct pg_settings *settings, struct arena *arena,
                              struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings;
    if (pg_name_list_split(value->text, arena, NULL, 0) >= 0)
        return true;
    refuse("search_path", value->text, error);
    return sql_detail(error, "List syntax is invalid.");
}

static void apply_search_path(struct pg_settings *settings, const struct pg_setting_value *value)
{
    (void)value;
    settings->now.path_version++;
}

static bool check_temp_tablespaces(struct pg_settings *settings, struct arena *arena,
                                   struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings;
    if (pg_name_list_split(value->text, arena, NULL, 0) >= 0)
        return true;
    refuse("temp_tablespaces", value->text, error);
    return sql_detail(error, "List syntax is invalid.");
}

static bool check_default_tablespace(struct pg_settings *settings, struct arena *arena,
                                     struct pg_setting_value *value, struct sql_error *error)
{
    const struct pg_settings_owner *owner = settings->owner;
    (void)arena;
    if (!owner || !owner->tablespace || value->text.len == 0 ||
        owner->tablespace(owner->ctx, value->text))
        return true;
    refuse("default_tablespace", value->text, error);
    return sql_detail(error, "Tablespace \"" SLICE_FMT "\" does not exist.",
                      SLICE_ARG(value->text));
}

static bool check_table_access_method(struct pg_settings *settings, struct arena *arena,
                                      struct pg_setting_value *value, struct sql_error *error)
{
    const struct pg_settings_owner *owner = settings->owner;
    bool missing = true;
    (void)arena;
    if (slice_eq_str(value->text, "heap"))
        return true;
    if (value->text.len && owner && owner->table_method &&
        owner->table_method(owner->ctx, value->text, &missing, error))
        return true;
    if (!missing)
        return false;
    refuse("default_table_access_method", value->text, error);
    if (value->text.len == 0)
        return sql_detail(error, "default_table_access_method cannot be empty.");
    return sql_detail(error, "Table access method \"" SLICE_FMT "\" does not exist.",
                      SLICE_ARG(value->text));
}

static bool check_abbreviations(struct pg_settings *settings, struct arena *arena,
                                struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings, (void)arena;
    return slice_eq_str(value->text, "Default") || slice_eq_str(value->text, "Australia") ||
           slice_eq_str(value->text, "India") ||
           refuse("timezone_abbreviations", value->text, error);
}

/* Locales: C and its like, and English and German as servers have them installed. */
static bool is_locale(struct slice text)
{
    static const char *const known[] = {"",       "C",           "POSIX",     "C.UTF-8",
                                        "C.utf8", "en_US.UTF-8", "en_US.utf8"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (slice_eq_str(text, known[i]))
            return true;
    return false;
}

static bool check_lc_messages(struct pg_settings *settings, struct arena *arena,
                              struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings, (void)arena;
    return is_locale(value->text) || refuse("lc_messages", value->text, error);
}

static bool check_lc_monetary(struct pg_settings *settings, struct arena *arena,
                              struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings, (void)arena;
    return is_locale(value->text) || refuse("lc_monetary", value->text, error);
}

static bool check_lc_numeric(struct pg_settings *settings, struct arena *arena,
                             struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings, (void)arena;
    return is_locale(value->text) || refuse("lc_numeric", value->text, error);
}

static bool check_lc_time(struct pg_settings *settings, struct arena *arena,
                          struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings, (void)arena;
    return is_locale(value->text) || refuse("lc_time", value->text, error);
}

static bool check_with_oids(struct pg_settings *settings, struct arena *arena,
                            struct pg_setting_value *value, struct sql_error *error)
{
    (void)settings, (void)arena;
    return value->number == 0 ||
           sql_fail(error, "0A000", "tables declared WITH OIDS are not supported");
}

/* ---- roles */

static bool check_role_name(struct pg_settings *settings, struct arena *arena,
                            struct pg_setting_value *value, struct sql_error *error)
{
    (void)arena;
    const struct pg_settings_owner *owner = settings->owner;
    if (!owner || !owner->role || value->text.len == 0 || slice_eq_str(value->text, "none"))
        return true;
    return owner->role(owner->ctx, value->text, error);
}

static bool check_authorization(struct pg_settings *settings, struct arena *arena,
                                struct pg_setting_value *value, struct sql_error *error)
{
    const struct pg_settings_owner *owner = settings->owner;
    (void)arena;
    if (!owner || !owner->authorization || value->text.len == 0)
        return true;
    return owner->authorization(owner->ctx, value->text, error);
}

static void apply_role(struct pg_settings *settings, const struct pg_setting_value *value)
{
    if (settings->owner && settings->owner->role_apply)
        settings->owner->role_apply(settings->owner->ctx, false, value->text);
}

static void apply_authorization(struct pg_settings *settings, const struct pg_setting_value *value)
{
    if (settings->owner && settings->owner->role_apply)
        settings->owner->role_apply(settings->owner->ctx, true, value->text);
}

static void apply_superuser(struct pg_settings *settings, const struct pg_setting_value *value)
{
    settings->now.superuser = value->number != 0;
}

/* ---- transactions */

static bool check_isolation(struct pg_settings *settings, struct arena *arena,
                            struct pg_setting_value *value, struct sql_error *error)
{
    (void)arena;
    const struct pg_settings_owner *owner = settings->owner;
    return !owner || !owner->isolation || (int)value->number == settings->now.isolation ||
           owner->isolation(owner->ctx, (int)value->number, error);
}

static bool check_read_only(struct pg_settings *settings, struct arena *arena,
                            struct pg_setting_value *value, struct sql_error *error)
{
    (void)arena;
    const struct pg_settings_owner *owner = settings->owner;
    return !owner || !owner->read_only || (value->number != 0) == settings->now.read_only ||
           owner->read_only(owner->ctx, value->number != 0, error);
}

static bool check_deferrable(struct pg_settings *settings, struct arena *arena,
                             struct pg_setting_value *value, struct sql_error *error)
{
    (void)arena;
    const struct pg_settings_owner *owner = settings->owner;
    return !owner || !owner->deferrable || owner->deferrable(owner->ctx, value->number != 0, error);
}

/* ---- values that the engine asks for all the time */

#define APPLY(function, field, type)                                                         \
    static void function(struct pg_settings *settings, const struct pg_setting_value *value) \
    {                                                                                        \
        settings->now.field = (type)value->number;                                           \
    }

APPLY(apply_interval_style, format.interval_style, unsigned)
APPLY(apply_float_digits, format.extra_float_digits, int)
APPLY(apply_xml_option, format.xml_document, bool)
APPLY(apply_xml_binary, format.xml_hex, bool)
APPLY(apply_standard_strings, standard_conforming_strings, bool)
APPLY(apply_escape_warning, escape_string_warning, bool)
APPLY(apply_read_only, read_only, bool)
APPLY(apply_default_read_only, default_read_only, bool)
APPLY(apply_deferrable, deferrable, bool)
APPLY(apply_default_deferrable, default_deferrable, bool)
APPLY(apply_isolation, isolation, int)
APPLY(apply_default_isolation, default_isolation, int)
APPLY(apply_row_security, row_security, bool)
APPLY(apply_function_bodies, check_function_bodies, bool)
APPLY(apply_backslash_quote, backslash_quote, int)
APPLY(apply_statement_timeout, statement_timeout_ms, int64_t)
APPLY(apply_lock_timeout, lock_timeout_ms, int64_t)
APPLY(apply_deadlock_timeout, deadlock_timeout_ms, int64_t)
APPLY(apply_idle_in_transaction, idle_in_transaction_timeout_ms, int64_t)
APPLY(apply_idle_session, idle_session_timeout_ms, int64_t)
APPLY(apply_transaction_timeout, transaction_timeout_ms, int64_t)
APPLY(apply_work_mem, work_memory_kb, uint32_t)

static void apply_bytea_output(struct pg_settings *settings, const struct pg_setting_value *value)
{
    settings->now.format.bytea_escape = value->number == 0;
}

static void apply_min_messages(struct pg_settings *settings, const struct pg_setting_value *value)
{
    static const enum sql_severity levels[] = {
        SQL_DEBUG, SQL_DEBUG,  SQL_DEBUG,   SQL_DEBUG, SQL_DEBUG,
        SQL_LOG,   SQL_NOTICE, SQL_WARNING, SQL_ERROR,
    };
    settings->now.client_min_messages = levels[(int)value->number];
}

/* ---- what is shown otherwise */

static struct slice show_seed(struct pg_settings *settings, struct arena *arena,
                              const struct pg_setting_value *value)
{
    (void)settings, (void)value;
    return arena_dup(arena, slice_str("unavailable"));
}

static struct slice show_mode(struct pg_settings *settings, struct arena *arena,
                              const struct pg_setting_value *value)
{
    (void)settings;
    return arena_printf(arena, "%04o", (unsigned)value->number);
}

/* Options of the transaction that runs; it began with the defaults, whatever was set in others. */
static struct slice show_option(struct arena *arena, const char *name, int number)
{
    struct pg_setting_value value = {.number = number};
    return pg_setting_format(&pg_setting_table[pg_setting_find(slice_str(name))], &value, false,
                             arena);
}

#define SHOW_OPTION(function, field, name)                                          \
    static struct slice function(struct pg_settings *settings, struct arena *arena, \
                                 const struct pg_setting_value *value)              \
    {                                                                               \
        (void)value;                                                                \
        return show_option(arena, name, settings->now.field);                       \
    }

SHOW_OPTION(show_deferrable, deferrable, "transaction_deferrable")
SHOW_OPTION(show_isolation, isolation, "transaction_isolation")
SHOW_OPTION(show_read_only, read_only, "transaction_read_only")

static struct slice show_archive_command(struct pg_settings *settings, struct arena *arena,
                                         const struct pg_setting_value *value)
{
    (void)settings, (void)value;
    return arena_dup(arena, slice_str("(disabled)"));
}

#define LIST      PG_SETTING_LIST
#define QUOTED    PG_SETTING_LIST_QUOTE
#define REPORT    PG_SETTING_REPORT
#define HIDDEN    PG_SETTING_NO_SHOW_ALL
#define KEPT      PG_SETTING_NO_RESET_ALL
#define SUPERUSER PG_SETTING_SUPERUSER_ONLY
#define SAVEPOINT PG_SETTING_SAVEPOINT

const struct pg_setting_hooks pg_setting_hooks_table[] = {
    {"DateStyle",                           LIST | REPORT,             check_date_style,          apply_date_style,          NULL                },
    {"IntervalStyle",                       REPORT,                    NULL,                      apply_interval_style,      NULL                },
    {"TimeZone",                            REPORT,                    check_time_zone,           apply_time_zone,           NULL                },
    {"application_name",                    REPORT,                    check_application_name,    NULL,                      NULL                },
    {"archive_command",                     0,                         NULL,                      NULL,                      show_archive_command},
    {"backslash_quote",                     0,                         NULL,                      apply_backslash_quote,     NULL                },
    {"bytea_output",                        0,                         NULL,                      apply_bytea_output,        NULL                },
    {"check_function_bodies",               0,                         NULL,                      apply_function_bodies,     NULL                },
    {"client_encoding",                     REPORT,                    check_client_encoding,     apply_client_encoding,     NULL                },
    {"client_min_messages",                 0,                         NULL,                      apply_min_messages,        NULL                },
    {"config_file",                         SUPERUSER,                 NULL,                      NULL,                      NULL                },
    {"data_directory",                      SUPERUSER,                 NULL,                      NULL,                      NULL                },
    {"data_directory_mode",                 0,                         NULL,                      NULL,                      show_mode           },
    {"deadlock_timeout",                    0,                         NULL,                      apply_deadlock_timeout,    NULL                },
    {"default_table_access_method",         0,                         check_table_access_method, NULL,                      NULL                },
    {"default_tablespace",                  0,                         check_default_tablespace,  NULL,                      NULL                },
    {"default_transaction_deferrable",      0,                         NULL,                      apply_default_deferrable,  NULL                },
    {"default_transaction_isolation",       0,                         NULL,                      apply_default_isolation,   NULL                },
    {"default_transaction_read_only",       REPORT,                    NULL,                      apply_default_read_only,   NULL                },
    {"default_with_oids",                   HIDDEN,                    check_with_oids,           NULL,                      NULL                },
    {"dynamic_library_path",                SUPERUSER,                 NULL,                      NULL,                      NULL                },
    {"escape_string_warning",               0,                         NULL,                      apply_escape_warning,      NULL                },
    {"external_pid_file",                   SUPERUSER,                 NULL,                      NULL,                      NULL                },
    {"extra_float_digits",                  0,                         NULL,                      apply_float_digits,        NULL                },
    {"hba_file",                            SUPERUSER,                 NULL,                      NULL,                      NULL                },
    {"ident_file",                          SUPERUSER,                 NULL,                      NULL,                      NULL                },
    {"idle_in_transaction_session_timeout", 0,                         NULL,                      apply_idle_in_transaction, NULL                },
    {"idle_session_timeout",                0,                         NULL,                      apply_idle_session,        NULL                },
    {"in_hot_standby",                      REPORT,                    NULL,                      NULL,                      NULL                },
    {"integer_datetimes",                   REPORT,                    NULL,                      NULL,                      NULL                },
    {"is_superuser",                        REPORT | HIDDEN | KEPT,    NULL,                      apply_superuser,           NULL                },
    {"lc_messages",                         0,                         check_lc_messages,         NULL,                      NULL                },
    {"lc_monetary",                         0,                         check_lc_monetary,         NULL,                      NULL                },
    {"lc_numeric",                          0,                         check_lc_numeric,          NULL,                      NULL                },
    {"lc_time",                             0,                         check_lc_time,             NULL,                      NULL                },
    {"local_preload_libraries",             LIST | QUOTED,             NULL,                      NULL,                      NULL                },
    {"lock_timeout",                        0,                         NULL,                      apply_lock_timeout,        NULL                },
    {"log_destination",                     LIST,                      NULL,                      NULL,                      NULL                },
    {"log_directory",                       SUPERUSER,                 NULL,                      NULL,                      NULL                },
    {"log_file_mode",                       0,                         NULL,                      NULL,                      show_mode           },
    {"log_filename",                        SUPERUSER,                 NULL,                      NULL,                      NULL                },
    {"restrict_nonsystem_relation_kind",    LIST,                      NULL,                      NULL,                      NULL                },
    {"role",                                HIDDEN | KEPT,             check_role_name,           apply_role,                NULL                },
    {"row_security",                        0,                         NULL,                      apply_row_security,        NULL                },
    {"search_path",                         LIST | QUOTED,             check_search_path,         apply_search_path,         NULL                },
    {"seed",                                HIDDEN | KEPT,             NULL,                      NULL,                      show_seed           },
    {"server_encoding",                     REPORT,                    NULL,                      NULL,                      NULL                },
    {"server_version",                      REPORT,                    NULL,                      NULL,                      NULL                },
    {"session_authorization",               REPORT | HIDDEN | KEPT,    check_authorization,       apply_authorization,
     NULL                                                                                                                                        },
    {"session_preload_libraries",           LIST | QUOTED | SUPERUSER, NULL,                      NULL,                      NULL                },
    {"shared_preload_libraries",            LIST | QUOTED | SUPERUSER, NULL,                      NULL,                      NULL                },
    {"ssl_renegotiation_limit",             HIDDEN,                    NULL,                      NULL,                      NULL                },
    {"standard_conforming_strings",         REPORT,                    NULL,                      apply_standard_strings,    NULL                },
    {"statement_timeout",                   0,                         NULL,                      apply_statement_timeout,   NULL                },
    {"temp_tablespaces",                    LIST | QUOTED,             check_temp_tablespaces,    NULL,                      NULL                },
    {"timezone_abbreviations",              0,                         check_abbreviations,       NULL,                      NULL                },
    {"transaction_deferrable",              KEPT,                      check_deferrable,          apply_deferrable,          show_deferrable     },
    {"transaction_isolation",               KEPT,                      check_isolation,           apply_isolation,           show_isolation      },
    {"transaction_read_only",               KEPT | SAVEPOINT,          check_read_only,           apply_read_only,           show_read_only      },
    {"transaction_timeout",                 0,                         NULL,                      apply_transaction_timeout, NULL                },
    {"unix_socket_directories",             LIST | QUOTED | SUPERUSER, NULL,                      NULL,                      NULL                },
    {"unix_socket_permissions",             0,                         NULL,                      NULL,                      show_mode           },
    {"wal_consistency_checking",            LIST,                      NULL,                      NULL,                      NULL                },
    {"work_mem",                            0,                         NULL,                      apply_work_mem,            NULL                },
    {"xmlbinary",                           0,                         NULL,                      apply_xml_binary,          NULL                },
    {"xmloption",                           0,                         NULL,                      apply_xml_option,          NULL                },
};
const unsigned pg_setting_hooks_count =
    sizeof(pg_setting_hooks_table) / sizeof(pg_setting_hooks_table[0]);

const struct pg_setting_hooks *pg_setting_hooks(const char *name)
{
    unsigned low = 0, high = pg_setting_hooks_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        int order = strcmp(name, pg_setting_hooks_table[middle].name);
        if (order == 0)
            return &pg_setting_hooks_table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
