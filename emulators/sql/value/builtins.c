#include "emulators/sql/value/builtins.h"

#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/type_io.h"

/* One row a file of functions. */
static const struct sql_builtin *const families[] = {
    sql_compare_builtins,
    sql_integer_builtins,
    sql_number_io_builtins,
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
