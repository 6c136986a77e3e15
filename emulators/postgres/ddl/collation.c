/* CREATE COLLATION, ALTER COLLATION ... REFRESH VERSION. */
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/catalog/find.h"

enum { ENCODING_ANY = -1, ENCODING_UTF8 = 6 };

enum option {
    OPTION_LOCALE,
    OPTION_COLLATE,
    OPTION_CTYPE,
    OPTION_PROVIDER,
    OPTION_DETERMINISTIC,
    OPTION_VERSION,
    OPTION_COUNT
};

static const char *const option_names[OPTION_COUNT] = {
    "locale", "lc_collate", "lc_ctype", "provider", "deterministic", "version",
};

/* A collation that is being defined. */
struct defining {
    struct pg_ddl *ddl;
    const struct ast_option *options[OPTION_COUNT];
    struct sql_collation collation;
};

static bool know_option(struct defining *d, const struct ast_option *option)
{
    struct sql_error *error = d->ddl->env->error;
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (!slice_eq_str(option->name, option_names[i]))
            continue;
        if (d->options[i])
            return sql_fail_at(error, option->node.location, "42601",
                               "conflicting or redundant options");
        d->options[i] = option;
        return true;
    }
    return sql_fail_at(error, option->node.location, "42601",
                       "collation attribute \"" SLICE_FMT "\" not recognized",
                       SLICE_ARG(option->name));
}

static bool conflicting(struct pg_ddl *ddl, const char *detail)
{
    sql_fail(ddl->env->error, "42601", "conflicting or redundant options");
    return sql_detail(ddl->env->error, "%s", detail);
}

/* ---- copies */

static bool copy_builtin(struct defining *d, const struct sql_builtin_collation *from)
{
    struct sql_collation *to = &d->collation;
    if (from->provider == 'd')
        return sql_fail(d->ddl->env->error, "42P17", "collation \"default\" cannot be copied");
    to->provider = from->provider;
    to->encoding = from->encoding;
    to->deterministic = true;
    if (from->provider == 'i')
        to->locale = slice_str(from->locale);
    else
        to->collate = to->ctype = slice_str(from->collate);
    return true;
}

static bool copy(struct defining *d, const struct ast_names *names)
{
    struct pg_ddl *ddl = d->ddl;
    struct slice schema, name;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    uint32_t id = sql_find_collation(ddl->session, schema, name);
    if (!id)
        return sql_fail(ddl->env->error, "42704",
                        "collation \"" SLICE_FMT "\" for encoding \"UTF8\" does not exist",
                        SLICE_ARG(pg_ddl_names_text(ddl, names)));
    const struct sql_builtin_collation *builtin =
        sql_builtin_collation_id(ddl->session->dialect, id);
    if (builtin)
        return copy_builtin(d, builtin);
    struct sql_object object = d->collation.object;
    d->collation = *(const struct sql_collation *)(const void *)sql_find_object(
        ddl->session, pg_classes(ddl)->collation, id);
    d->collation.object = object;
    return true;
}

/* ---- what the options say */

static bool set_provider(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    struct slice text = d->options[OPTION_PROVIDER]
                            ? pg_define_text(ddl, d->options[OPTION_PROVIDER])
                            : slice_str("libc");
    bool icu = slice_eq_str(text, "icu");
    d->collation.provider = icu ? 'i' : 'c';
    d->collation.encoding = icu ? ENCODING_ANY : ENCODING_UTF8;
    return icu || slice_eq_str(text, "libc") ||
           sql_fail(ddl->env->error, "42P17", "unrecognized collation provider: " SLICE_FMT,
                    SLICE_ARG(text));
}

/* The C library of the server knows these alone. */
static bool check_libc(struct pg_ddl *ddl, struct slice name)
{
    if (slice_eq_str(name, "C") || slice_eq_str(name, "POSIX") || slice_is(name, "c.utf8") ||
        slice_is(name, "c.utf-8"))
        return true;
    sql_fail(ddl->env->error, "22023",
             "could not create locale \"" SLICE_FMT "\": No such file or directory",
             SLICE_ARG(name));
    return sql_detail(ddl->env->error,
                      "The operating system could not find any locale data for the locale name "
                      "\"" SLICE_FMT "\".",
                      SLICE_ARG(name));
}

static bool set_libc(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    const struct ast_option *locale = d->options[OPTION_LOCALE];
    const struct ast_option *collate = d->options[OPTION_COLLATE],
                            *ctype = d->options[OPTION_CTYPE];
    if (locale)
        collate = ctype = locale;
    if (!collate || !ctype)
        return sql_fail(ddl->env->error, "42P17", "parameter \"%s\" must be specified",
                        collate ? "lc_ctype" : "lc_collate");
    if (!d->collation.deterministic)
        return sql_fail(ddl->env->error, "0A000",
                        "nondeterministic collations not supported with this provider");
    d->collation.collate = pg_define_text(ddl, collate);
    d->collation.ctype = pg_define_text(ddl, ctype);
    return check_libc(ddl, d->collation.collate) && check_libc(ddl, d->collation.ctype);
}

static bool set_icu(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    struct sql_collator collator;
    if (!d->options[OPTION_LOCALE])
        return sql_fail(ddl->env->error, "42P17", "parameter \"locale\" must be specified");
    d->collation.locale = pg_define_text(ddl, d->options[OPTION_LOCALE]);
    return sql_collator_of_locale(d->collation.locale, &collator) ||
           sql_fail(ddl->env->error, "0A000",
                    "the order of locale \"" SLICE_FMT "\" is not supported",
                    SLICE_ARG(d->collation.locale));
}

static bool read_options(struct defining *d, const struct ast_define *ast)
{
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (!know_option(d, AST_AS(option, ast->options.items[i])))
            return false;
    if (d->options[OPTION_LOCALE] && (d->options[OPTION_COLLATE] || d->options[OPTION_CTYPE]))
        return conflicting(d->ddl,
                           "LOCALE cannot be specified together with LC_COLLATE or LC_CTYPE.");
    d->collation.deterministic = !d->options[OPTION_DETERMINISTIC] ||
                                 pg_define_flag(d->ddl, d->options[OPTION_DETERMINISTIC]);
    return set_provider(d) && (d->collation.provider == 'i' ? set_icu(d) : set_libc(d));
}

/* ---- the statements */

/* *out: there is one of that name, and the statement says that this will do. */
static bool check_name(struct defining *d, bool if_not_exists, bool *out)
{
    struct pg_ddl *ddl = d->ddl;
    const struct sql_object *object = &d->collation.object;
    const struct sql_collation *other = (const void *)sql_find_object_name(
        ddl->session, object->class_id, object->schema, object->name);
    *out = other && if_not_exists;
    if (!other)
        return true;
    /* One for a certain encoding says which, unless the other one is for all. */
    bool says = (other->encoding == d->collation.encoding) == (other->encoding != ENCODING_ANY) &&
                d->collation.encoding != ENCODING_ANY;
    const char *encoding = says ? " for encoding \"UTF8\"" : "";
    if (!if_not_exists)
        return sql_fail(ddl->env->error, "42710", "collation \"" SLICE_FMT "\"%s already exists",
                        SLICE_ARG(object->name), encoding);
    pg_ddl_notice(ddl, "42710", "collation \"" SLICE_FMT "\"%s already exists, skipping",
                  SLICE_ARG(object->name), encoding);
    return true;
}

bool pg_create_collation(struct pg_ddl *ddl, const struct ast_define *ast)
{
    struct defining d = {
        .ddl = ddl,
        .collation = {.object = {.class_id = pg_classes(ddl)->collation,
                                 .owner = ddl->session->role,
                                 .acl_default = true}},
    };
    struct sql_object *object = &d.collation.object;
    bool done;
    if (!pg_name_qualified(ddl, &ast->name, &object->schema, &object->name) ||
        !(ast->from.count ? copy(&d, &ast->from) : read_options(&d, ast)) ||
        !sql_catalog_await_name(ddl->env, object->class_id, object->schema, object->name) ||
        !check_name(&d, ast->if_not_exists, &done))
        return false;
    return done || (sql_catalog_create(ddl->env, object) &&
                    sql_depend(ddl->env, pg_whole(object->class_id, object->id),
                               pg_whole(pg_classes(ddl)->schema, object->schema), 'n'));
}

/* Orders do not change here. */
bool pg_alter_collation(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_collation *ast = AST_AS(alter_collation, node);
    struct slice schema, name;
    if (!pg_name_split(ddl, &ast->name, &schema, &name))
        return false;
    uint32_t id = sql_find_collation(ddl->session, schema, name);
    if (!id)
        return sql_fail(ddl->env->error, "42704",
                        "collation \"" SLICE_FMT "\" for encoding \"UTF8\" does not exist",
                        SLICE_ARG(pg_ddl_names_text(ddl, &ast->name)));
    const struct sql_object *made = sql_find_object(ddl->session, pg_classes(ddl)->collation, id);
    const struct sql_object builtin = {.class_id = pg_classes(ddl)->collation,
                                       .id = id,
                                       .owner = ddl->session->dialect->default_owner,
                                       .name = name};
    if (!pg_name_must_own(ddl, made ? made : &builtin))
        return false;
    pg_ddl_notice(ddl, "00000", "version has not changed");
    return true;
}
