#include "emulators/postgres/extension/install.h"

#include "emulators/postgres/catalog/seed.h"
#include "emulators/postgres/syntax/parse.h"

const struct pg_extension *pg_extension_named(struct slice name)
{
    for (uint32_t i = 0; i < pg_extensions_count; i++)
        if (slice_eq_str(name, pg_extensions[i].name))
            return &pg_extensions[i];
    return NULL;
}

/* ---- reading rows */

static const struct {
    const char *word;
    enum pg_member_kind kind;
} words[] = {
    {"type",       PG_MEMBER_TYPE       },
    {"method",     PG_MEMBER_METHOD     },
    {"routine",    PG_MEMBER_ROUTINE    },
    {"aggregate",  PG_MEMBER_AGGREGATE  },
    {"operator",   PG_MEMBER_OPERATOR   },
    {"cast",       PG_MEMBER_CAST       },
    {"class",      PG_MEMBER_CLASS      },
    {"member",     PG_MEMBER_OPERATOR_OF},
    {"support",    PG_MEMBER_ROUTINE_OF },
    {"dictionary", PG_MEMBER_DICTIONARY },
    {"rowtype",    PG_MEMBER_ROW_TYPE   },
    {"view",       PG_MEMBER_VIEW       },
    {"statement",  PG_MEMBER_STATEMENT  },
};

/* What stands before the next `stop`, which is taken off with it. */
static struct slice cut(struct slice *text, char stop)
{
    const uint8_t *at = memchr(text->ptr, stop, text->len);
    struct slice one = slice_of(text->ptr, at ? (size_t)(at - text->ptr) : text->len);
    *text = slice_from(*text, at ? one.len + 1 : one.len);
    return one;
}

static void read_row(struct slice line, struct pg_member *member)
{
    struct slice word = cut(&line, '\t');
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_eq_str(word, words[i].word))
            member->kind = words[i].kind;
    for (unsigned i = 0; i < PG_MEMBER_FIELDS_MAX; i++)
        member->field[i] = cut(&line, '\t');
}

/* A family is made with the first class that names it. */
static bool is_new_family(const struct pg_install *install, const struct pg_member *class)
{
    return class->kind == PG_MEMBER_CLASS &&
           !pg_install_own_family(install, class->field[0], class->field[2]);
}

static struct pg_member *add_member(struct pg_install *install)
{
    struct pg_ddl *ddl = install->ddl;
    struct pg_member *grown =
        pg_ddl_grow(ddl, install->members, install->count, sizeof *install->members);
    if (!grown)
        return NULL;
    install->members = grown;
    grown[install->count].id = sql_database_next_id(ddl->session->database);
    return &grown[install->count++];
}

static bool read_rows(struct pg_install *install)
{
    struct slice rows = slice_str(install->extension->rows ? install->extension->rows : "");
    while (rows.len) {
        struct pg_member row = {0};
        struct pg_member *member;
        read_row(cut(&rows, '\n'), &row);
        if (is_new_family(install, &row)) {
            if (!(member = add_member(install)))
                return false;
            member->kind = PG_MEMBER_FAMILY;
            member->field[0] = row.field[0];
            member->field[1] = row.field[2];
        }
        if (!(member = add_member(install)))
            return false;
        row.id = member->id;
        *member = row;
    }
    return true;
}

/* ---- making */

bool pg_install_own(const struct pg_install *install, uint32_t class_id, uint32_t id)
{
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    return sql_depend(install->ddl->env, pg_whole(class_id, id),
                      pg_whole(ids->extension, install->object->object.id), 'e');
}

struct sql_object pg_install_head(const struct pg_install *install, uint32_t class_id, uint32_t id,
                                  struct slice name)
{
    return (struct sql_object){
        .class_id = class_id,
        .id = id,
        .schema = install->object->in_schema,
        .owner = install->owner,
        .name = name,
        .acl_default = true,
    };
}

/* A statement of ours, with the extension's schema before all others. */
static bool run(struct pg_install *install, struct slice text)
{
    struct pg_ddl *ddl = install->ddl;
    struct ast_list list;
    if (!pg_parse(ddl->arena, text, &pg_parse_options_default, &list, ddl->env->error))
        return false;
    for (uint32_t i = 0; i < list.count; i++)
        list.items[i] = AST_AS(raw_statement, list.items[i])->statement;
    return pg_ddl_run_in_schema(ddl, &list, install->object->in_schema);
}

static bool run_statement(struct pg_install *install, struct pg_member *member)
{
    return run(install, member->field[0]);
}

/* The statement makes an object of the class, which is the extension's. */
static bool run_definition(struct pg_install *install, struct pg_member *member, uint32_t class_id)
{
    if (!run(install, member->field[1]))
        return false;
    const struct sql_object *made = sql_find_object_name(
        install->ddl->session, class_id, install->object->in_schema, member->field[0]);
    return made && pg_install_own(install, class_id, made->id);
}

static bool make_row_type(struct pg_install *install, struct pg_member *member)
{
    return run_definition(install, member, pg_classes(install->ddl)->type);
}

static bool make_view(struct pg_install *install, struct pg_member *member)
{
    return run_definition(install, member, pg_classes(install->ddl)->relation);
}

/* In this order, since the first ones are looked at when the others are made. Aggregates are made
 * with their routine. */
static const struct {
    enum pg_member_kind kind;
    pg_install_maker *make;
} makers[] = {
    {PG_MEMBER_TYPE,        pg_install_make_type       },
    {PG_MEMBER_ROW_TYPE,    make_row_type              },
    {PG_MEMBER_ROUTINE,     pg_install_make_routine    },
    {PG_MEMBER_METHOD,      pg_install_make_method     },
    {PG_MEMBER_OPERATOR,    pg_install_make_operator   },
    {PG_MEMBER_CAST,        pg_install_make_cast       },
    {PG_MEMBER_FAMILY,      pg_install_make_family     },
    {PG_MEMBER_CLASS,       pg_install_make_class      },
    {PG_MEMBER_OPERATOR_OF, pg_install_make_operator_of},
    {PG_MEMBER_ROUTINE_OF,  pg_install_make_routine_of },
    {PG_MEMBER_DICTIONARY,  pg_install_make_dictionary },
    {PG_MEMBER_VIEW,        make_view                  },
    {PG_MEMBER_STATEMENT,   run_statement              },
};

bool pg_extension_install(struct pg_ddl *ddl, const struct pg_extension *extension,
                          const struct sql_extension *object)
{
    struct pg_install install = {
        .ddl = ddl,
        .extension = extension,
        .code = pg_extension_code(extension->name),
        .object = object,
    };
    const struct sql_role *creator = sql_find_role_id(ddl->session, object->object.owner);
    install.owner = creator && creator->superuser ? object->object.owner : PG_SUPERUSER;
    if (!read_rows(&install))
        return false;
    for (size_t at = 0; at < sizeof makers / sizeof *makers; at++)
        for (uint32_t i = 0; i < install.count; i++)
            if (install.members[i].kind == makers[at].kind &&
                !makers[at].make(&install, &install.members[i]))
                return false;
    return true;
}
