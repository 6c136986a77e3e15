/* "name=value, name=value": options of a call. */
#include "common/text.h"
#include "emulators/postgres/extension/functions.h"
#include "emulators/postgres/extension/pgcrypto/pgp.h"
#include "emulators/sql/value/text_scan.h"

bool pgp_fail(struct sql_call *call, const char *what)
{
    return sql_fail(call->env->error, "39000", "%s", what);
}

bool pgp_fail_corrupt(struct sql_call *call)
{
    return pgp_fail(call, "Wrong key or corrupt data");
}

/* What stands before the next `stop`, without blanks around it; it is taken off with it. */
static struct slice cut(struct slice *text, char stop)
{
    const uint8_t *at = text->len ? memchr(text->ptr, stop, text->len) : NULL;
    struct slice one = slice_of(text->ptr, at ? (size_t)(at - text->ptr) : text->len);
    *text = slice_from(*text, at ? one.len + 1 : one.len);
    return sql_trim_blanks(one);
}

static bool set_flag(struct slice value, bool *out)
{
    int64_t number;
    if (!text_to_i64(value, &number))
        return false;
    *out = number != 0;
    return true;
}

/* False: there is no such option, or it cannot have that value. */
static bool set_option(struct pgp_options *options, struct slice name, struct slice value)
{
    if (slice_eq_str(name, "cipher-algo"))
        return (options->cipher = pgp_cipher_named(value)) != NULL;
    if (slice_eq_str(name, "s2k-cipher-algo"))
        return (options->s2k_cipher = pgp_cipher_named(value)) != NULL;
    if (slice_eq_str(name, "s2k-digest-algo"))
        return (options->s2k_digest = pg_digest_named(value)) != NULL;
    if (slice_eq_str(name, "s2k-mode"))
        return text_to_i64(value, &options->s2k_mode) &&
               (options->s2k_mode == 0 || options->s2k_mode == 1 || options->s2k_mode == 3);
    if (slice_eq_str(name, "s2k-count"))
        return text_to_i64(value, &options->s2k_count) && options->s2k_count >= 1024 &&
               options->s2k_count <= 65011712;
    if (slice_eq_str(name, "compress-algo"))
        return text_to_i64(value, &options->compress_algo);
    if (slice_eq_str(name, "compress-level"))
        return text_to_i64(value, &options->compress_level);
    if (slice_eq_str(name, "disable-mdc"))
        return set_flag(value, &options->no_integrity);
    if (slice_eq_str(name, "sess-key"))
        return set_flag(value, &options->session_key);
    if (slice_eq_str(name, "unicode-mode"))
        return set_flag(value, &options->unicode);
    if (slice_eq_str(name, "convert-crlf"))
        return set_flag(value, &options->convert_crlf);
    /* What a test expects of a message is not looked at. */
    return slice_eq_str(name, "debug") || pg_begins_with(name, "expect-");
}

bool pgp_read_options(struct sql_call *call, struct slice text, struct pgp_options *out)
{
    *out = (struct pgp_options){
        .cipher = pgp_cipher_named(slice_str("aes128")),
        .s2k_digest = pg_digest_named(slice_str("sha1")),
        .s2k_mode = 3,
        .compress_level = 6,
    };
    while (text.len) {
        struct slice value = cut(&text, ','), name = cut(&value, '=');
        value = sql_trim_blanks(value);
        if (!set_option(out, name, value))
            return pgp_fail(call, "Illegal argument to function");
    }
    return true;
}
