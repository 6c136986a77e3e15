/* Options of relations and tablespaces: which there are for what, and what they may be. */
#include <float.h>

#include "common/text.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/sql/syntax/ast_expr.h"

enum kind {
    INTEGER,
    REAL,
    BOOLEAN,
    SWITCH,   /* on, off, auto */
    AUTOMATIC /* a boolean, or auto */
};

/* `of`: an access method, an operator class, or another kind of thing. */
struct row {
    const char *of, *name;
    enum kind kind;
    double min, max;
};

static const struct row rows[] = {
    {"btree",            "fillfactor",                            INTEGER,   10,     100       },
    {"btree",            "deduplicate_items",                     BOOLEAN,   0,      0         },
    {"hash",             "fillfactor",                            INTEGER,   10,     100       },
    {"gist",             "fillfactor",                            INTEGER,   10,     100       },
    {"gist",             "buffering",                             SWITCH,    0,      0         },
    {"spgist",           "fillfactor",                            INTEGER,   10,     100       },
    {"gin",              "fastupdate",                            BOOLEAN,   0,      0         },
    {"gin",              "gin_pending_list_limit",                INTEGER,   64,     INT32_MAX },
    {"brin",             "pages_per_range",                       INTEGER,   1,      131072    },
    {"brin",             "autosummarize",                         BOOLEAN,   0,      0         },
    {"hnsw",             "m",                                     INTEGER,   2,      100       },
    {"hnsw",             "ef_construction",                       INTEGER,   4,      1000      },
    {"ivfflat",          "lists",                                 INTEGER,   1,      32768     },
    {"bloom",            "length",                                INTEGER,   1,      4096      },
    {"bloom",            "col1",                                  INTEGER,   1,      4095      },
    {"bloom",            "col2",                                  INTEGER,   1,      4095      },
    {"bloom",            "col3",                                  INTEGER,   1,      4095      },
    {"bloom",            "col4",                                  INTEGER,   1,      4095      },
    {"bloom",            "col5",                                  INTEGER,   1,      4095      },
    {"bloom",            "col6",                                  INTEGER,   1,      4095      },
    {"bloom",            "col7",                                  INTEGER,   1,      4095      },
    {"bloom",            "col8",                                  INTEGER,   1,      4095      },
    {"bloom",            "col9",                                  INTEGER,   1,      4095      },
    {"bloom",            "col10",                                 INTEGER,   1,      4095      },
    {"bloom",            "col11",                                 INTEGER,   1,      4095      },
    {"bloom",            "col12",                                 INTEGER,   1,      4095      },
    {"bloom",            "col13",                                 INTEGER,   1,      4095      },
    {"bloom",            "col14",                                 INTEGER,   1,      4095      },
    {"bloom",            "col15",                                 INTEGER,   1,      4095      },
    {"bloom",            "col16",                                 INTEGER,   1,      4095      },
    {"bloom",            "col17",                                 INTEGER,   1,      4095      },
    {"bloom",            "col18",                                 INTEGER,   1,      4095      },
    {"bloom",            "col19",                                 INTEGER,   1,      4095      },
    {"bloom",            "col20",                                 INTEGER,   1,      4095      },
    {"bloom",            "col21",                                 INTEGER,   1,      4095      },
    {"bloom",            "col22",                                 INTEGER,   1,      4095      },
    {"bloom",            "col23",                                 INTEGER,   1,      4095      },
    {"bloom",            "col24",                                 INTEGER,   1,      4095      },
    {"bloom",            "col25",                                 INTEGER,   1,      4095      },
    {"bloom",            "col26",                                 INTEGER,   1,      4095      },
    {"bloom",            "col27",                                 INTEGER,   1,      4095      },
    {"bloom",            "col28",                                 INTEGER,   1,      4095      },
    {"bloom",            "col29",                                 INTEGER,   1,      4095      },
    {"bloom",            "col30",                                 INTEGER,   1,      4095      },
    {"bloom",            "col31",                                 INTEGER,   1,      4095      },
    {"bloom",            "col32",                                 INTEGER,   1,      4095      },
    {"tsvector_ops",     "siglen",                                INTEGER,   1,      2024      },
    {"gist_hstore_ops",  "siglen",                                INTEGER,   1,      2024      },
    {"gist_trgm_ops",    "siglen",                                INTEGER,   1,      2024      },
    {"gist_ltree_ops",   "siglen",                                INTEGER,   4,      2024      },
    {"gist__ltree_ops",  "siglen",                                INTEGER,   1,      2024      },
    {"gist__intbig_ops", "siglen",                                INTEGER,   1,      2024      },
    {"gist__int_ops",    "numranges",                             INTEGER,   1,      252       },
    {"column",           "n_distinct",                            REAL,      -1,     DBL_MAX   },
    {"column",           "n_distinct_inherited",                  REAL,      -1,     DBL_MAX   },
    {"tablespace",       "seq_page_cost",                         REAL,      0,      DBL_MAX   },
    {"tablespace",       "random_page_cost",                      REAL,      0,      DBL_MAX   },
    {"tablespace",       "effective_io_concurrency",              INTEGER,   0,      1000      },
    {"tablespace",       "maintenance_io_concurrency",            INTEGER,   0,      1000      },
    {"heap",             "fillfactor",                            INTEGER,   10,     100       },
    {"heap",             "toast_tuple_target",                    INTEGER,   128,    8160      },
    {"heap",             "parallel_workers",                      INTEGER,   0,      1024      },
    {"heap",             "user_catalog_table",                    BOOLEAN,   0,      0         },
    {"heap",             "autovacuum_analyze_threshold",          INTEGER,   0,      INT32_MAX },
    {"heap",             "autovacuum_analyze_scale_factor",       REAL,      0,      100       },
    {"vacuum",           "autovacuum_enabled",                    BOOLEAN,   0,      0         },
    {"vacuum",           "vacuum_truncate",                       BOOLEAN,   0,      0         },
    {"vacuum",           "vacuum_index_cleanup",                  AUTOMATIC, 0,      0         },
    {"vacuum",           "autovacuum_vacuum_threshold",           INTEGER,   0,      INT32_MAX },
    {"vacuum",           "autovacuum_vacuum_insert_threshold",    INTEGER,   -1,     INT32_MAX },
    {"vacuum",           "autovacuum_vacuum_cost_limit",          INTEGER,   1,      10000     },
    {"vacuum",           "autovacuum_freeze_min_age",             INTEGER,   0,      1000000000},
    {"vacuum",           "autovacuum_multixact_freeze_min_age",   INTEGER,   0,      1000000000},
    {"vacuum",           "autovacuum_freeze_max_age",             INTEGER,   100000, 2000000000},
    {"vacuum",           "autovacuum_multixact_freeze_max_age",   INTEGER,   10000,  2000000000},
    {"vacuum",           "autovacuum_freeze_table_age",           INTEGER,   0,      2000000000},
    {"vacuum",           "autovacuum_multixact_freeze_table_age", INTEGER,   0,      2000000000},
    {"vacuum",           "log_autovacuum_min_duration",           INTEGER,   -1,     INT32_MAX },
    {"vacuum",           "autovacuum_vacuum_cost_delay",          REAL,      0,      100       },
    {"vacuum",           "autovacuum_vacuum_scale_factor",        REAL,      0,      100       },
    {"vacuum",           "autovacuum_vacuum_insert_scale_factor", REAL,      0,      100       },
};

/* Tables have the options of vacuum beside their own, toast tables nothing else. */
static bool is_of(const struct row *row, struct slice of)
{
    bool vacuumed = slice_eq_str(of, "heap") || slice_eq_str(of, "toast");
    return slice_eq_str(of, row->of) || (vacuumed && strcmp(row->of, "vacuum") == 0);
}

static const struct row *find_row(struct slice of, struct slice name, bool *any)
{
    const struct row *found = NULL;
    *any = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!is_of(&rows[i], of))
            continue;
        *any = true;
        if (slice_eq_str(name, rows[i].name))
            found = &rows[i];
    }
    return found;
}

static bool check_number(struct sql_error *error, const struct row *row, struct slice value)
{
    double number;
    bool real = row->kind == REAL;
    if (!text_to_double(value, &number))
        return sql_fail(error, "22023", "invalid value for %s option \"%s\": " SLICE_FMT,
                        real ? "floating point" : "integer", row->name, SLICE_ARG(value));
    if (number >= row->min && number <= row->max)
        return true;
    sql_fail(error, "22023", "value " SLICE_FMT " out of bounds for option \"%s\"",
             SLICE_ARG(value), row->name);
    return sql_detail(error, "Valid values are between \"%.*f\" and \"%.*f\".", real ? 6 : 0,
                      row->min, real ? 6 : 0, row->max);
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
    bool flag = row->kind == BOOLEAN || row->kind == AUTOMATIC;
    if (is_one_of(value, flag ? flags : switches) ||
        (row->kind == AUTOMATIC && slice_eq_nocase(value, slice_str("auto"))))
        return true;
    sql_fail(error, "22023", "invalid value for %s option \"%s\": " SLICE_FMT,
             row->kind == BOOLEAN ? "boolean" : "enum", row->name, SLICE_ARG(value));
    return row->kind != BOOLEAN &&
           sql_detail(error, "Valid values are \"on\", \"off\", and \"auto\".");
}

bool pg_options_check(struct pg_ddl *ddl, struct slice of, const struct slice *options,
                      uint16_t count)
{
    struct sql_error *error = ddl->env->error;
    for (uint16_t i = 0; i < count; i++) {
        const uint8_t *equals = memchr(options[i].ptr, '=', options[i].len);
        struct slice name = slice_of(options[i].ptr, (size_t)(equals - options[i].ptr));
        struct slice value = slice_from(options[i], name.len + 1);
        bool any;
        const struct row *row = find_row(of, name, &any);
        for (uint16_t j = 0; row && j < i; j++)
            if (options[j].len > name.len && memcmp(options[j].ptr, name.ptr, name.len) == 0 &&
                options[j].ptr[name.len] == '=')
                return sql_fail(error, "22023", "parameter \"%s\" specified more than once",
                                row->name);
        if (!row)
            return sql_fail(error, "22023", "unrecognized parameter \"" SLICE_FMT "\"",
                            SLICE_ARG(name));
        if (row->kind == INTEGER || row->kind == REAL ? !check_number(error, row, value)
                                                      : !check_word(error, row, value))
            return false;
    }
    return true;
}

enum sql_lock_mode pg_options_lock(const struct ast_list *options)
{
    static const char *const exclusive[] = {"user_catalog_table", "buffering",
                                            "fastupdate",         "gin_pending_list_limit",
                                            "pages_per_range",    "autosummarize",
                                            "security_barrier",   "security_invoker",
                                            "check_option",       NULL};
    for (uint32_t i = 0; i < options->count; i++)
        if (is_one_of(AST_AS(option, options->items[i])->name, exclusive))
            return SQL_ACCESS_EXCLUSIVE;
    return SQL_SHARE_UPDATE_EXCLUSIVE;
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
           pg_options_check(ddl, class, texts, count);
}
