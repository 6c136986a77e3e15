#include "emulators/rabbitmq/management/auth.h"

#include "common/text.h"
#include "emulators/rabbitmq/password.h"

/* ---- tags */

static const struct access_rule {
    const char *tags[4]; /* any of them, beside administrator */
    const char *reason;
} access_rules[] = {
    [MANAGEMENT_ANYBODY] = {{"management", "monitoring", "policymaker"}, "Not management user"                 },
    [MANAGEMENT_MONITOR] = {{"monitoring"},                              "Not monitor user"                    },
    [MANAGEMENT_POLICYMAKER] = {{"policymaker"},                             "User not authorised to access object"},
    [MANAGEMENT_ADMIN] = {{NULL},                                      "Not administrator user"              },
};

static bool is_admin(const struct management_call *call)
{
    return rabbit_user_has_tag(call->user, "administrator");
}

static bool has_access(const struct management_call *call, enum management_access access)
{
    bool has = is_admin(call);
    for (const char *const *tag = access_rules[access].tags; *tag && !has; tag++)
        has = rabbit_user_has_tag(call->user, *tag);
    return has;
}

bool management_is_monitor(const struct management_call *call)
{
    return has_access(call, MANAGEMENT_MONITOR);
}

static bool has_permission(const struct management_call *call, const struct rabbit_vhost *vhost)
{
    return rabbit_permission_find(vhost, call->user->name) != NULL;
}

bool management_sees(const struct management_call *call, const struct rabbit_vhost *vhost)
{
    return is_admin(call) || has_permission(call, vhost);
}

/* ---- credentials */

static bool read_credentials(struct management_call *call, struct slice *out_name,
                             struct slice *out_password)
{
    static const char scheme[] = "basic ";
    const size_t scheme_len = sizeof(scheme) - 1;
    struct slice field = http_head_field(&call->x->head, "Authorization");
    if (field.len < scheme_len || !slice_is(slice_of(field.ptr, scheme_len), scheme))
        return false;
    field = slice_from(field, scheme_len);
    uint8_t *text = arena_alloc(call->arena, field.len + 1);
    size_t len;
    if (!text || !text_from_base64(field, text, &len))
        return false;
    const uint8_t *colon = memchr(text, ':', len);
    if (!colon)
        return false;
    *out_name = slice_of(text, (size_t)(colon - text));
    *out_password = slice_of(colon + 1, len - out_name->len - 1);
    return true;
}

static void ask_for_credentials(struct management_call *call)
{
    http_add_field(call->x, "WWW-Authenticate", slice_str("Basic realm=\"RabbitMQ Management\""));
}

/* Unlike AMQP's, its logins are never all taken for good: whoever is nobody has no tags. */
static bool log_in(struct management_call *call)
{
    struct slice name, password;
    if (!http_head_field(&call->x->head, "Authorization").ptr) {
        ask_for_credentials(call);
        call->status = HTTP_UNAUTHORIZED;
        http_reply(call->x, call->status, NULL, slice_of(NULL, 0));
        return false;
    }
    bool read = read_credentials(call, &name, &password);
    call->user = read ? rabbit_user_find(call->rabbit, name) : NULL;
    if (call->user && call->user->password_hash.len &&
        rabbit_password_matches(call->user->hashing, call->user->password_hash, password))
        return true;
    ask_for_credentials(call);
    management_fail(call, HTTP_UNAUTHORIZED, "not_authorized", "Login failed");
    return false;
}

/* ---- virtual hosts */

static bool is_read(const struct management_call *call)
{
    struct slice method = call->x->head.method;
    return !slice_eq_str(method, "PUT") && !slice_eq_str(method, "POST");
}

static bool find_vhost(struct management_call *call, unsigned flags)
{
    call->vhost = rabbit_vhost_find(call->rabbit, management_parameter(call, "vhost"));
    if (!call->vhost && flags & MANAGEMENT_CONNECT)
        management_refuse(call, "Access refused.");
    else if (!call->vhost && is_read(call))
        management_not_found(call);
    else if (!call->vhost)
        management_fail(call, HTTP_NOT_FOUND, "not_found", "vhost_not_found");
    else if (!management_sees(call, call->vhost))
        management_refuse(call, "User not authorised to access virtual host");
    else if (flags & (MANAGEMENT_ENTER | MANAGEMENT_CONNECT) && !has_permission(call, call->vhost))
        management_refuse(call, "Access refused.");
    else
        return true;
    return false;
}

bool management_authorize(struct management_call *call, unsigned flags)
{
    enum management_access access = flags & MANAGEMENT_ACCESS;
    if (!log_in(call))
        return false;
    if (!has_access(call, MANAGEMENT_ANYBODY))
        access = MANAGEMENT_ANYBODY;
    if (!has_access(call, access)) {
        management_refuse(call, access_rules[access].reason);
        return false;
    }
    return !(flags & MANAGEMENT_VHOST) || find_vhost(call, flags);
}

bool management_may(struct management_call *call, enum rabbit_access access, const char *kind,
                    struct slice name)
{
    struct rabbit_error error;
    if (rabbit_user_may(call->vhost, call->user->name, access, kind, name, &error))
        return true;
    management_fail_engine(call, &error);
    return false;
}
