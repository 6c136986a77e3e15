#include "emulators/postgres/extension/functions.h"

/* One row an extension. */
static const struct pg_extension_code code[] = {
    {"citext",             pg_citext_types,   {pg_citext_functions}                                                      },
    {"hstore",
     pg_hstore_types,                         {pg_hstore_functions, pg_hstore_get_functions, pg_hstore_convert_functions}},
    {"pg_trgm",            NULL,              {pg_trgm_functions}                                                        },
    {"pgcrypto",
     NULL,                                    {pg_armor_functions, pg_cipher_functions, pg_crypt_functions, pg_digest_functions,
      pg_pgp_functions}                                                                                        },
    {"uuid-ossp",          NULL,              {pg_uuid_ossp_functions}                                                   },
    {"vector",
     pg_vector_types,                         {pg_vector_functions, pg_vector_order_functions, pg_vector_cast_functions,
      pg_sparsevec_functions, pg_sparsevec_order_functions}                                         },
    {"ltree",              pg_ltree_types,    {pg_ltree_functions}                                                       },
    {"btree_gist",         NULL,              {pg_btree_gist_functions}                                                  },
    {"unaccent",           NULL,              {pg_unaccent_functions}                                                    },
    {"fuzzystrmatch",      NULL,              {pg_fuzzystrmatch_functions}                                               },
    {"intarray",           pg_intarray_types, {pg_intarray_functions}                                                    },
    {"cube",               pg_cube_types,     {pg_cube_functions}                                                        },
    {"earthdistance",      NULL,              {pg_earthdistance_functions}                                               },
    {"pg_stat_statements", NULL,              {pg_stat_statements_functions}                                             },
    {"tablefunc",          NULL,              {pg_tablefunc_functions}                                                   },
};

const struct pg_extension_code *pg_extension_code(const char *name)
{
    for (size_t i = 0; i < sizeof code / sizeof *code; i++)
        if (strcmp(code[i].name, name) == 0)
            return &code[i];
    return NULL;
}
