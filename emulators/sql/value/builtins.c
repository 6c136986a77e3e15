#include "emulators/sql/value/builtins.h"

/* One row a file of functions. */
static const struct sql_builtin *const families[] = {
    NULL,
};

sql_function *sql_builtin_find(struct slice symbol)
{
    for (size_t f = 0; families[f]; f++)
        for (const struct sql_builtin *row = families[f]; row->symbol; row++)
            if (slice_eq_str(symbol, row->symbol))
                return row->call;
    return NULL;
}
