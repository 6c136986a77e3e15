/* Options of indexes: which there are for a method or an operator class, and what they may be. */
#include "common/text.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/sql/syntax/ast_expr.h"

enum kind { INTEGER, BOOLEAN, SWITCH /* on, off, auto */ };

/* `of`: an access method or an operator class. */
struct row {
    const char *of, *name;
    enum kind kind;
    int64_t min, max;
};

static const struct row rows[] = {
    {"btree",            "fillfactor",             INTEGER, 10, 100      },
    {"btree",            "deduplicate_items",      BOOLEAN, 0,  0        },
    {"hash",             "fillfactor",             INTEGER, 10, 100      },
    {"gist",             "fillfactor",             INTEGER, 10, 100      },
    {"gist",             "buffering",              SWITCH,  0,  0        },
    {"spgist",           "fillfactor",             INTEGER, 10, 100      },
    {"gin",              "fastupdate",             BOOLEAN, 0,  0        },
    {"gin",              "gin_pending_list_limit", INTEGER, 64, INT32_MAX},
    {"brin",             "pages_per_range",        INTEGER, 1,  131072   },
    {"brin",             "autosummarize",          BOOLEAN, 0,  0        },
    {"hnsw",             "m",                      INTEGER, 2,  100      },
    {"hnsw",             "ef_construction",        INTEGER, 4,  1000     },
    {"ivfflat",          "lists",                  INTEGER, 1,  32768    },
    {"tsvector_ops",     "siglen",                 INTEGER, 1,  2024     },
    {"gist_hstore_ops",  "siglen",                 INTEGER, 1,  2024     },
    {"gist_trgm_ops",    "siglen",                 INTEGER, 1,  2024     },
    {"gist_ltree_ops",   "siglen",                 INTEGER, 4,  2024     },
    {"gist__ltree_ops",  "siglen",                 INTEGER, 1,  2024     },
    {"gist__intbig_ops", "siglen",                 INTEGER, 1,  2024     },
    {"gist__int_ops",    "numranges",              INTEGER, 1,  252      },
};

static const struct row *find_row(struct slice of, struct slice name, bool *any)
{
    const struct row *found = NULL;
    *any = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!slice_eq_str(of, rows[i].of))
            continue;
        *any = true;
        if (slice_eq_str(name, rows[i].name))
            found = &rows[i];
    }
    return found;
}

static bool check_integer(struct sql_error *error, const struct row *row, struct slice value)
{
    double number;
    if (!text_to_double(value, &number))
        return sql_fail(error, "22023", "invalid value for integer option \"%s\": " SLICE_FMT,
                        row->name, SLICE_ARG(value));
    if (number >= (double)row->min && number <= (double)row->max)
        return true;
    sql_fail(error, "22023", "value " SLICE_FMT " out of bounds for option \"%s\"",
             SLICE_ARG(value), row->name);
    return sql_detail(error, "Valid values are between \"%lld\" and \"%lld\".", (long long)row->min,
                      (long long)row->max);
}

static bool is_one_of(struct slice value, const char *const *words)
{
    for (; *words; words++)
        if (slice_eq_nocase(value, slice_str(*words)))
            return true;
    return false;
}

static bool check_word(struct sql_error *error, const struct row *row, struct slice value)
{
    static const char *const flags[] = {"true", "false", "on", "off", "yes", "no", "1",
                                        "0",    "t",     "f",  "y",   "n",   NULL};
    static const char *const switches[] = {"on", "off", "auto", NULL};
    if (is_one_of(value, row->kind == BOOLEAN ? flags : switches))
        return true;
    sql_fail(error, "22023", "invalid value for %s option \"%s\": " SLICE_FMT,
             row->kind == BOOLEAN ? "boolean" : "enum", row->name, SLICE_ARG(value));
    return row->kind == SWITCH &&
           sql_detail(error, "Valid values are \"on\", \"off\", and \"auto\".");
}

bool pg_index_check_options(struct pg_ddl *ddl, struct slice of, const struct slice *options,
                            uint16_t count)
{
    struct sql_error *error = ddl->env->error;
    for (uint16_t i = 0; i < count; i++) {
        const uint8_t *equals = memchr(options[i].ptr, '=', options[i].len);
        struct slice name = slice_of(options[i].ptr, (size_t)(equals - options[i].ptr));
        struct slice value = slice_from(options[i], name.len + 1);
        bool any;
        const struct row *row = find_row(of, name, &any);
        if (!row)
            return sql_fail(error, "22023", "unrecognized parameter \"" SLICE_FMT "\"",
                            SLICE_ARG(name));
        if (row->kind == INTEGER ? !check_integer(error, row, value)
                                 : !check_word(error, row, value))
            return false;
    }
    return true;
}

bool pg_index_check_class_options(struct pg_ddl *ddl, struct slice class,
                                  const struct ast_list *options)
{
    const struct slice *texts;
    uint16_t count = 0;
    bool any;
    if (!options->count)
        return true;
    (void)find_row(class, class, &any);
    if (!any)
        return sql_fail(ddl->env->error, "22023", "operator class " SLICE_FMT " has no options",
                        SLICE_ARG(class));
    return pg_options_text(ddl, options, &texts, &count) &&
           pg_index_check_options(ddl, class, texts, count);
}
