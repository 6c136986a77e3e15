#include "emulators/sql/storage/index.h"

#include "emulators/sql/storage/table_internal.h"

const struct btree_type sql_entries_type = {24, NULL, NULL, NULL, NULL};
