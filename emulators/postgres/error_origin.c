#include "emulators/postgres/error_origin.h"

#include <string.h>

#include "emulators/postgres/statement.h"
#include "emulators/sql/error.h"
#include "emulators/sql/value/text.h"

/* As 15.18 tells them; the first that fits is it. */
static const struct pg_error_origin origins[] = {
    {"00000", "does not exist, skipping",   "tablecmds.c",      "1310", "DropErrorMsgNonExistent"             },
    {"0A000", PG_OUTDATED_PLAN,             "plancache.c",      "722",  "RevalidateCachedQuery"               },
    {"21000", "more than one row returned", "nodeSubplan.c",    "1156", "ExecSetParamPlan"                    },
    {"22001", "for type character varying", "varchar.c",        "632",  "varchar"                             },
    {"22001", "for type character(",        "varchar.c",        "308",  "bpchar"                              },
    {"22003", "integer out of range",       "int.c",            "826",  "int4pl"                              },
    {"22003", "bigint out of range",        "int8.c",           "470",  "int8pl"                              },
    {"22003", "smallint out of range",      "int.c",            "381",  "i4toi2"                              },
    {"22003", "numeric field overflow",     "numeric.c",        "7561", "apply_typmod"                        },
    {"22003", "for type integer",           "numutils.c",       "226",  "pg_strtoint32"                       },
    {"22003", "for type bigint",            "numutils.c",       "310",  "pg_strtoint64"                       },
    {"22003", "for type smallint",          "numutils.c",       "150",  "pg_strtoint16"                       },
    {"22007", "invalid input syntax",       "datetime.c",       "4048", "DateTimeParseError"                  },
    {"22008", "out of range",               "datetime.c",       "4028", "DateTimeParseError"                  },
    {"22012", NULL,                         "int.c",            "869",  "int4div"                             },
    {"22P02", "for type integer",           "numutils.c",       "232",  "pg_strtoint32"                       },
    {"22P02", "for type bigint",            "numutils.c",       "316",  "pg_strtoint64"                       },
    {"22P02", "for type smallint",          "numutils.c",       "156",  "pg_strtoint16"                       },
    {"22P02", "for type numeric",           "numeric.c",        "6896", "set_var_from_str"                    },
    {"22P02", "for type double",            "float.c",          "484",  "float8in_internal_opt_error"         },
    {"22P02", "for type boolean",           "bool.c",           "151",  "boolin"                              },
    {"22P02", "for type uuid",              "uuid.c",           "133",  "string_to_uuid"                      },
    {"22P02", "for type json",              "jsonfuncs.c",      "627",  "json_ereport_error"                  },
    {"22P02", "for enum",                   "enum.c",           "128",  "enum_in"                             },
    {"22P02", "array literal",              "arrayfuncs.c",     "492",  "ArrayCount"                          },
    {"23502", "violates not-null",          "execMain.c",       "2023", "ExecConstraints"                     },
    {"23503", "insert or update",           "ri_triggers.c",    "2596", "ri_ReportViolation"                  },
    {"23503", "update or delete",           "ri_triggers.c",    "2609", "ri_ReportViolation"                  },
    {"23505", "duplicate key",              "nbtinsert.c",      "664",  "_bt_check_unique"                    },
    {"23514", "new row for",                "execMain.c",       "2074", "ExecConstraints"                     },
    {"23514", "value for domain",           "execExprInterp.c", "3787", "ExecEvalConstraintCheck"             },
    {"23P01", "exclusion",                  "execIndexing.c",   "857",  "check_exclusion_or_unique_constraint"},
    {"25001", "already a transaction",      "xact.c",           "3789", "BeginTransactionBlock"               },
    {"25P01", "only be used in",            "xact.c",           "3587", "CheckTransactionBlock"               },
    {"25P01", "no transaction",             "xact.c",           "3987", "EndTransactionBlock"                 },
    {"25P02", NULL,                         "postgres.c",       "1081", "exec_simple_query"                   },
    {"26000", "prepared statement \"",      "prepare.c",        "451",  "FetchPreparedStatement"              },
    {"34000", "cursor \"",                  "portalcmds.c",     "187",  "PerformPortalFetch"                  },
    {"3B001", "savepoint \"",               "xact.c",           "4428", "RollbackToSavepoint"                 },
    {"42601", "syntax error at",            "scan.l",           "1188", "scanner_yyerror"                     },
    {"42702", "column reference",           "parse_relation.c", "898",  "colNameToVar"                        },
    {"42703", "of relation \"",             "parse_target.c",   "1075", "checkInsertTargets"                  },
    {"42703", NULL,                         "parse_relation.c", "3665", "errorMissingColumn"                  },
    {"42803", "must appear in",             "parse_agg.c",      "1484", "check_ungrouped_columns_walker"      },
    {"42804", "but expression is of",       "parse_target.c",   "587",  "transformAssignedExpr"               },
    {"42883", "function ",                  "parse_func.c",     "629",  "ParseFuncOrColumn"                   },
    {"42883", "operator does not",          "parse_oper.c",     "647",  "op_error"                            },
    {"42P01", "relation \"",                "parse_relation.c", "1392", "parserOpenTable"                     },
    {"42P01", "missing FROM-clause",        "parse_relation.c", "3617", "errorMissingRTE"                     },
    {"42P01", "table \"",                   "tablecmds.c",      "1304", "DropErrorMsgNonExistent"             },
    {"42P05", "prepared statement",         "prepare.c",        "412",  "StorePreparedStatement"              },
    {"42P07", "relation \"",                "heap.c",           "1164", "heap_create_with_catalog"            },
    {"57014", "statement timeout",          "postgres.c",       "3319", "ProcessInterrupts"                   },
    {"57014", "user request",               "postgres.c",       "3349", "ProcessInterrupts"                   },
    {"P0001", NULL,                         "pl_exec.c",        "3891", "exec_stmt_raise"                     },
};

const struct pg_error_origin *pg_error_origin(const struct sql_error *error)
{
    static const struct pg_error_origin own = {"", NULL, "parlel", "1", "parlel"};
    static const struct pg_error_origin raise = {"", NULL, "pl_exec.c", "3891", "exec_stmt_raise"};
    const struct slice line = SLICE_LITERAL(" at RAISE");
    if (error->severity < SQL_ERROR && error->context.len > line.len &&
        sql_text_find(error->context, line) != SIZE_MAX)
        return &raise;
    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++)
        if (strcmp(origins[i].sqlstate, error->sqlstate) == 0 &&
            (!origins[i].phrase ||
             sql_text_find(error->message, slice_str(origins[i].phrase)) != SIZE_MAX))
            return &origins[i];
    return &own;
}
