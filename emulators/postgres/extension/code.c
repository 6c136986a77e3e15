#include "emulators/postgres/extension/functions.h"

/* One row an extension. */
static const struct pg_extension_code code[] = {
    {"citext",    pg_citext_functions,    NULL, pg_citext_types},
    {"uuid-ossp", pg_uuid_ossp_functions, NULL, NULL           },
};

const struct pg_extension_code *pg_extension_code(const char *name)
{
    for (size_t i = 0; i < sizeof code / sizeof *code; i++)
        if (strcmp(code[i].name, name) == 0)
            return &code[i];
    return NULL;
}
