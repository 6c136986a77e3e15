/* How collations order texts. */
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/collation.h"

/* What the catalog says of a collation. */
struct description {
    char provider;
    bool deterministic;
    struct slice name, collate, locale;
};

static bool describe(struct sql_session *session, uint32_t id, struct description *out)
{
    const struct sql_builtin_collation *builtin = sql_builtin_collation_id(session->dialect, id);
    const struct sql_collation *made =
        builtin
            ? NULL
            : (const void *)sql_find_object(session, session->dialect->classes_of.collation, id);
    if (builtin)
        *out = (struct description){builtin->provider, true, slice_str(builtin->name),
                                    slice_str(builtin->collate ? builtin->collate : ""),
                                    slice_str(builtin->locale ? builtin->locale : "")};
    else if (made)
        *out = (struct description){made->provider, made->deterministic, made->object.name,
                                    made->collate, made->locale};
    return builtin || made;
}

/* Names of the C library's locales that order by bytes, but know letters beyond ASCII. */
static bool is_unicode_c(struct slice name)
{
    return slice_is(name, "c.utf8") || slice_is(name, "c.utf-8");
}

static bool make(const struct description *description, struct sql_collator *out)
{
    *out = (struct sql_collator){.deterministic = true};
    if (description->provider != 'i') {
        if (is_unicode_c(description->collate))
            out->cases = SQL_CASE_SIMPLE;
        return true;
    }
    if (!sql_collator_of_locale(description->locale, out))
        return false;
    out->deterministic = description->deterministic;
    return true;
}

const struct sql_collator *sql_find_collator(struct sql_env *env, uint32_t collation)
{
    struct sql_session *session = env->session;
    struct sql_collation_memo *memo = &session->collation_memo;
    uint64_t version = sql_catalog_version(session);
    struct description description;
    if (memo->collation != collation || memo->version != version) {
        memo->collation = collation;
        memo->version = version;
        if (!describe(session, collation, &description) || !make(&description, &memo->collator))
            memo->collator = (struct sql_collator){.deterministic = true};
    }
    const struct sql_collator *found = &memo->collator;
    return found->strength || found->cases != SQL_CASE_ASCII ? found : NULL;
}

bool sql_check_collation(struct sql_env *env, uint32_t collation)
{
    struct sql_collator collator;
    struct description description;
    return !describe(env->session, collation, &description) || make(&description, &collator) ||
           sql_fail(env->error, "0A000",
                    "the order of collation \"" SLICE_FMT "\" is not supported",
                    SLICE_ARG(description.name));
}
