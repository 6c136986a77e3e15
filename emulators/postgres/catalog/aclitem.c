#include "emulators/postgres/catalog/aclitem.h"

#include "common/hash.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/call.h"

#define NAME_MAX_LEN 63

/* By their bits, in this order. */
static const struct privilege {
    char letter;
    const char *name;
} privileges[] = {
    {'a', "INSERT"      },
    {'r', "SELECT"      },
    {'w', "UPDATE"      },
    {'d', "DELETE"      },
    {'D', "TRUNCATE"    },
    {'x', "REFERENCES"  },
    {'t', "TRIGGER"     },
    {'X', "EXECUTE"     },
    {'U', "USAGE"       },
    {'C', "CREATE"      },
    {'T', "TEMPORARY"   },
    {'c', "CONNECT"     },
    {'s', "SET"         },
    {'A', "ALTER SYSTEM"},
};
#define PRIVILEGE_COUNT (sizeof privileges / sizeof *privileges)

const char *pg_privilege_name(uint32_t privilege)
{
    for (unsigned i = 0; i < PRIVILEGE_COUNT; i++)
        if (privilege == 1u << i)
            return privileges[i].name;
    return NULL;
}

uint32_t pg_privilege_named(struct slice name)
{
    for (unsigned i = 0; i < PRIVILEGE_COUNT; i++)
        if (slice_is(name, privileges[i].name))
            return 1u << i;
    return slice_is(name, "TEMP") ? SQL_PRIV_TEMPORARY : 0;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice trim(struct slice text)
{
    while (text.len && is_blank(text.ptr[0]))
        text = slice_from(text, 1);
    while (text.len && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

struct slice pg_privileges_next(struct slice *text, bool *out_more)
{
    const uint8_t *comma = text->len ? memchr(text->ptr, ',', text->len) : NULL;
    struct slice word = trim(comma ? slice_of(text->ptr, (size_t)(comma - text->ptr)) : *text);
    *out_more = comma != NULL;
    if (comma)
        *text = slice_from(*text, (size_t)(comma + 1 - text->ptr));
    return word;
}

bool pg_privileges_read(struct sql_call *call, struct slice text, uint32_t allowed,
                        uint32_t *out_privileges, uint32_t *out_options)
{
    static const struct slice option = SLICE_LITERAL(" WITH GRANT OPTION");
    *out_privileges = *out_options = 0;
    for (bool more = true; more;) {
        struct slice word = pg_privileges_next(&text, &more), name = word;
        bool passes = word.len > option.len &&
                      slice_eq_nocase(slice_from(word, word.len - option.len), option);
        if (passes)
            name.len -= option.len;
        uint32_t bit = pg_privilege_named(name);
        if (slice_is(name, "RULE") && allowed & SQL_PRIV_TRIGGER)
            continue; /* there was such a privilege of tables once */
        if (!(bit & allowed))
            return sql_fail(call->env->error, "22023",
                            "unrecognized privilege type: \"" SLICE_FMT "\"", SLICE_ARG(word));
        *(passes ? out_options : out_privileges) |= bit;
    }
    return true;
}

struct sql_acl_item pg_aclitem_get(struct datum value)
{
    struct sql_acl_item item;
    memcpy(&item, value.ptr, sizeof item);
    return item;
}

bool pg_aclitem_make(struct sql_call *call, const struct sql_acl_item *item, struct datum *out)
{
    return sql_give_copy(call, out, slice_of(item, sizeof *item));
}

/* ---- text to item */

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c >= 0x80;
}

static void skip_blanks(struct slice *text)
{
    while (text->len && is_blank(text->ptr[0]))
        *text = slice_from(*text, 1);
}

/* A role's name off the front, quoted or not, with the blanks around it; empty: there is none. */
static bool read_name(struct sql_call *call, struct slice *text, struct slice *out)
{
    struct sql_bytes name = sql_bytes_begin(call);
    bool quoted = false;
    size_t at = 0;
    skip_blanks(text);
    for (; at < text->len && (quoted || is_word(text->ptr[at]) || text->ptr[at] == '"'); at++) {
        if (text->ptr[at] != '"') {
            sql_bytes_add_char(&name, (char)text->ptr[at]);
        } else if (at + 1 < text->len && text->ptr[at + 1] == '"') {
            sql_bytes_add_char(&name, '"');
            at++;
        } else {
            quoted = !quoted;
        }
    }
    if (name.len > NAME_MAX_LEN) {
        sql_fail(call->env->error, "42622", "identifier too long");
        return sql_detail(call->env->error, "Identifier must be less than 64 characters.");
    }
    *text = slice_from(*text, at);
    skip_blanks(text);
    *out = sql_bytes_slice(&name);
    return !name.failed || sql_fail_memory(call->env->error);
}

static bool find_role(struct sql_call *call, struct slice name, uint32_t *out)
{
    const struct sql_role *role = sql_find_role(call->env->session, name);
    if (!role)
        return sql_fail(call->env->error, "42704", "role \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    *out = role->object.id;
    return true;
}

/* [user | group] name = */
static bool read_grantee(struct sql_call *call, struct slice *text, struct sql_acl_item *item)
{
    struct slice name;
    if (!read_name(call, text, &name))
        return false;
    if (!text->len || text->ptr[0] != '=') {
        if (!slice_eq_str(name, "user") && !slice_eq_str(name, "group")) {
            sql_fail(call->env->error, "22P02", "unrecognized key word: \"" SLICE_FMT "\"",
                     SLICE_ARG(name));
            return sql_hint(call->env->error, "ACL key word must be \"group\" or \"user\".");
        }
        if (!read_name(call, text, &name))
            return false;
        if (!name.len)
            return sql_fail(call->env->error, "22P02", "missing name");
    }
    if (!text->len || text->ptr[0] != '=')
        return sql_fail(call->env->error, "22P02", "missing \"=\" sign");
    *text = slice_from(*text, 1);
    return name.len == 0 || find_role(call, name, &item->grantee);
}

/* Letters, each with a star behind it when it may be passed on. */
static bool read_letters(struct sql_call *call, struct slice *text, struct sql_acl_item *item)
{
    uint32_t last = 0;
    for (; text->len; *text = slice_from(*text, 1)) {
        char c = (char)text->ptr[0];
        if (c == '*') {
            item->grant_options |= last;
            continue;
        }
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return true;
        last = 0;
        for (unsigned i = 0; i < PRIVILEGE_COUNT; i++)
            if (privileges[i].letter == c)
                last = 1u << i;
        if (!last)
            return sql_fail(call->env->error, "22P02",
                            "invalid mode character: must be one of \"arwdDxtXUCTcsA\"");
        item->privileges |= last;
    }
    return true;
}

static bool read_grantor(struct sql_call *call, struct slice *text, struct sql_acl_item *item)
{
    struct slice name;
    if (text->len && text->ptr[0] == '/') {
        *text = slice_from(*text, 1);
        if (!read_name(call, text, &name))
            return false;
        if (!name.len)
            return sql_fail(call->env->error, "22P02", "a name must follow the \"/\" sign");
        return find_role(call, name, &item->grantor);
    }
    struct sql_session *session = call->env->session;
    struct sql_error notice;
    item->grantor = session->dialect->default_owner;
    sql_error_begin(&notice, call->env->arena);
    sql_fail(&notice, "0LP01", "defaulting grantor to user ID %u", item->grantor);
    notice.severity = SQL_WARNING;
    session->owner->notice(session, &notice);
    return true;
}

static bool aclitem_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                          int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_acl_item item = {0};
    if (!read_grantee(call, &text, &item) || !read_letters(call, &text, &item) ||
        !read_grantor(call, &text, &item))
        return false;
    skip_blanks(&text);
    if (text.len)
        return sql_fail(call->env->error, "22P02",
                        "extra garbage at the end of the ACL specification");
    return pg_aclitem_make(call, &item, out);
}

/* ---- item to text */

static void add_role(struct sql_call *call, struct sql_bytes *out, uint32_t id)
{
    const struct sql_role *role = sql_find_role_id(call->env->session, id);
    if (!role) {
        sql_bytes_printf(out, "%u", id);
        return;
    }
    struct slice name = role->object.name;
    bool plain = true;
    for (size_t i = 0; i < name.len; i++)
        plain = plain && is_word(name.ptr[i]) && name.ptr[i] < 0x80;
    if (!plain)
        sql_bytes_add_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            sql_bytes_add_char(out, '"');
        sql_bytes_add_char(out, (char)name.ptr[i]);
    }
    if (!plain)
        sql_bytes_add_char(out, '"');
}

static bool aclitem_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                           struct sql_bytes *out)
{
    (void)type;
    struct sql_acl_item item = pg_aclitem_get(value);
    if (item.grantee)
        add_role(call, out, item.grantee);
    sql_bytes_add_char(out, '=');
    for (unsigned i = 0; i < PRIVILEGE_COUNT; i++) {
        if (item.privileges >> i & 1)
            sql_bytes_add_char(out, privileges[i].letter);
        if (item.grant_options >> i & 1)
            sql_bytes_add_char(out, '*');
    }
    sql_bytes_add_char(out, '/');
    add_role(call, out, item.grantor);
    return !out->failed || sql_fail_memory(call->env->error);
}

/* ---- the rest: there is no order that SQL could see */

static int aclitem_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                           struct datum b)
{
    (void)call;
    (void)type;
    return memcmp(a.ptr, b.ptr, sizeof(struct sql_acl_item));
}

static uint64_t aclitem_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call;
    (void)type;
    return hash_bytes(datum_slice(value));
}

static bool aclitem_encode_key(struct sql_call *call, const struct sql_type *type,
                               struct datum value, struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_slice(out, datum_slice(value));
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops pg_aclitem_ops = {
    .input = aclitem_input,
    .output = aclitem_output,
    .compare = aclitem_compare,
    .hash = aclitem_hash,
    .encode_key = aclitem_encode_key,
};
