/* Views of information_schema. */
#include "emulators/postgres/catalog/system_views.h"

#define INFO    "information_schema"
#define CATALOG "pg_catalog.current_database()"

/* clang-format off */
const struct pg_view_text pg_information_views[] = {
    {INFO, "information_schema_catalog_name", "SELECT " CATALOG},
    {NULL, NULL, NULL},
};
