/* crypt() and gen_salt(). */
#include "emulators/postgres/extension/pgcrypto/crypt.h"

#include "common/random.h"
#include "emulators/postgres/extension/functions.h"

const char pg_crypt_alphabet[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char bcrypt_alphabet[] =
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* ---- crypt */

bool pg_crypt_refuse(struct sql_call *call)
{
    return sql_fail(call->env->error, "22023", "invalid salt");
}

/* By what the setting begins with; function NULL: refused. */
static const struct {
    const char *prefix;
    pg_crypt_function *function;
} algorithms[] = {
    {"$2a$", pg_crypt_bcrypt},
    {"$2x$", pg_crypt_bcrypt},
    {"$2$",  NULL           },
    {"$1$",  pg_crypt_md5   },
    {"",     pg_crypt_des   },
};

static bool crypt_call(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice setting = datum_slice(args[1]);
    char result[PG_CRYPT_MAX];
    size_t len = 0, at = 0;
    while (!pg_begins_with(setting, algorithms[at].prefix))
        at++;
    if (!algorithms[at].function)
        return pg_crypt_refuse(call);
    return algorithms[at].function(call, datum_slice(args[0]), setting, result, &len) &&
           sql_give_copy(call, out, slice_of(result, len));
}

/* ---- gen_salt */

struct salt {
    const char *name;
    int64_t rounds, min, max; /* what 0 means; none may be given when min is 0, but `fixed` */
    int64_t fixed;
    unsigned characters;
    const char *alphabet;
};

enum { DES, MD5, XDES, BCRYPT };

static const struct salt salts[] = {
    {"des",  0,   0, 0,        25,   2,  pg_crypt_alphabet},
    {"md5",  0,   0, 0,        1000, 8,  pg_crypt_alphabet},
    {"xdes", 725, 1, 0xffffff, 0,    4,  pg_crypt_alphabet},
    {"bf",   6,   4, 31,       0,    22, bcrypt_alphabet  },
};

static bool check_rounds(const struct salt *salt, int64_t *rounds)
{
    if (*rounds == 0)
        *rounds = salt->rounds;
    if (salt->min == 0)
        return *rounds == 0 || *rounds == salt->fixed;
    return *rounds >= salt->min && *rounds <= salt->max &&
           (salt != &salts[XDES] || *rounds % 2 == 1);
}

static void add_prefix(struct sql_bytes *out, const struct salt *salt, int64_t rounds)
{
    if (salt == &salts[MD5])
        sql_bytes_add_str(out, "$1$");
    if (salt == &salts[BCRYPT])
        sql_bytes_printf(out, "$2a$%02d$", (int)rounds);
    if (salt != &salts[XDES])
        return;
    sql_bytes_add_char(out, '_');
    for (unsigned i = 0; i < 4; i++)
        sql_bytes_add_char(out, pg_crypt_alphabet[rounds >> (6 * i) & 0x3f]);
}

static bool make_salt(struct sql_call *call, struct slice name, int64_t rounds, struct datum *out)
{
    for (size_t i = 0; i < sizeof salts / sizeof *salts; i++) {
        const struct salt *salt = &salts[i];
        struct sql_bytes text = sql_bytes_begin(call);
        if (!slice_eq_nocase(name, slice_str(salt->name)))
            continue;
        if (!check_rounds(salt, &rounds))
            return sql_fail(call->env->error, "22023", "gen_salt: Incorrect number of rounds");
        add_prefix(&text, salt, rounds);
        for (unsigned n = 0; n < salt->characters; n++) {
            uint64_t bits = random_below(call->env->random, 64);
            /* 128 bits: the last of 22 characters has two. */
            bool last = salt == &salts[BCRYPT] && n + 1 == salt->characters;
            sql_bytes_add_char(&text, salt->alphabet[last ? bits & 0x30 : bits]);
        }
        return sql_give_bytes(call, out, &text);
    }
    return sql_fail(call->env->error, "22023", "gen_salt: Unknown salt algorithm");
}

static bool gen_salt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return make_salt(call, datum_slice(args[0]), 0, out);
}

static bool gen_salt_rounds(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return make_salt(call, datum_slice(args[0]), args[1].i, out);
}

const struct sql_builtin pg_crypt_functions[] = {
    {"pg_crypt",           crypt_call     },
    {"pg_gen_salt",        gen_salt       },
    {"pg_gen_salt_rounds", gen_salt_rounds},
    {NULL,                 NULL           },
};
