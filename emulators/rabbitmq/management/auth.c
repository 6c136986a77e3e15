#include "emulators/rabbitmq/management/auth.h"

#include "common/text.h"
#include "emulators/rabbitmq/topic_permission.h"

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

/* Strangers have all permissions. */
static bool has_permission(const struct management_call *call, const struct rabbit_vhost *vhost)
{
    return rabbit_permission_find(vhost, call->user->name) ||
           !rabbit_user_find(call->rabbit, call->user->name);
}

bool management_sees(const struct management_call *call, const struct rabbit_vhost *vhost)
{
    return is_admin(call) || has_permission(call, vhost);
}

bool management_is_open(const struct rabbit_connection *connection)
{
    return connection->peer.vhost && connection->phase == RABBIT_PHASE_RUNNING;
}

bool management_sees_connection(const struct management_call *call,
                                const struct rabbit_connection *connection)
{
    return management_is_open(connection) &&
           (!call->vhost || connection->peer.vhost == call->vhost) &&
           (management_is_monitor(call) || slice_eq(connection->user, call->user->name));
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

/* An administrator whom nobody has made, where the settings let everybody in. */
static const struct rabbit_user *make_stranger(struct management_call *call, struct slice name)
{
    struct rabbit_user *user = arena_zalloc(call->arena, sizeof(*user));
    if (user)
        *user = (struct rabbit_user){.refs = 1, .name = name, .tags = slice_str("administrator")};
    return user;
}

static const struct rabbit_user *find_user(struct management_call *call)
{
    struct slice name, password;
    if (!read_credentials(call, &name, &password) ||
        !rabbit_user_login(call->rabbit, name, password))
        return NULL;
    const struct rabbit_user *user = rabbit_user_find(call->rabbit, name);
    return user ? user : make_stranger(call, name);
}

static bool log_in(struct management_call *call)
{
    call->user = find_user(call);
    if (call->user)
        return true;
    http_add_field(call->x, "WWW-Authenticate", slice_str("Basic realm=\"RabbitMQ Management\""));
    if (http_head_field(&call->x->head, "Authorization").ptr)
        management_fail(call, HTTP_UNAUTHORIZED, "not_authorized", "Login failed");
    else
        management_reply_empty(call, HTTP_UNAUTHORIZED);
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

static bool refuse_engine(struct management_call *call, const struct rabbit_error *error)
{
    management_fail_engine(call, error);
    return false;
}

bool management_may_bind(struct management_call *call, struct slice source,
                         struct slice routing_key)
{
    struct rabbit_topic_access topic = {call->user->name, source, routing_key, RABBIT_READ};
    struct rabbit_error error;
    return rabbit_user_may_topic(call->vhost, &topic, &error) || refuse_engine(call, &error);
}

bool management_may_forward(struct management_call *call, const struct rabbit_forward *forward)
{
    struct rabbit_error error;
    return rabbit_user_may_forward(call->vhost, call->user->name, forward, &error) ||
           refuse_engine(call, &error);
}

bool management_may(struct management_call *call, enum rabbit_access access, const char *kind,
                    struct slice name)
{
    struct rabbit_error error;
    return rabbit_user_may(call->vhost, call->user->name, access, kind, name, &error) ||
           refuse_engine(call, &error);
}
