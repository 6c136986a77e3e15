/* Checkpoints and forks. */
#include "server/control/actions.h"

enum verb { VERB_MAKE, VERB_LIST, VERB_DROP };

/* What "do" says: by itself making with a name, listing without. False: the request has failed. */
static bool read_verb(struct control_request *request, enum verb *out)
{
    const struct control_value *verb = control_value(request, "do");
    const struct control_value *name = control_value(request, "name");
    *out = name->given ? VERB_MAKE : VERB_LIST;
    if (verb->given && slice_eq_str(verb->text, "list"))
        *out = VERB_LIST;
    else if (verb->given)
        *out = slice_eq_str(verb->text, "drop") ? VERB_DROP : VERB_MAKE;
    if (*out == VERB_LIST || name->text.len > 0)
        return true;
    control_fail(request, CONTROL_BAD_REQUEST, "name is missing");
    return false;
}

static void answer_name(struct control_request *request, const char *member, struct slice name)
{
    json_object(request->out);
    json_key_str(request->out, member);
    json_string(request->out, name);
    json_object_end(request->out);
    control_succeed(request);
}

/* ---- checkpoints */

static void write_checkpoint(struct json_writer *out, const struct sandbox_checkpoint *checkpoint)
{
    json_object(out);
    json_key_str(out, "name");
    json_string(out, sandbox_checkpoint_name(checkpoint));
    action_write_time(out, "at", sandbox_checkpoint_at_us(checkpoint));
    json_object_end(out);
}

void action_write_checkpoints(struct control_request *request)
{
    struct sandbox_checkpoint *at = NULL;
    json_key_str(request->out, "checkpoints");
    json_array(request->out);
    while ((at = sandbox_next_checkpoint(request->sandbox, at)))
        write_checkpoint(request->out, at);
    json_array_end(request->out);
}

/* NULL: the request has failed. */
static struct sandbox_checkpoint *find_checkpoint(struct control_request *request)
{
    struct slice name = control_value(request, "name")->text;
    struct sandbox_checkpoint *found = sandbox_find_checkpoint(request->sandbox, name);
    if (!found)
        control_fail(request, CONTROL_NOT_FOUND, "there is no checkpoint '" SLICE_FMT "'",
                     SLICE_ARG(name));
    return found;
}

static void take_checkpoint(struct control_request *request)
{
    struct sandbox_checkpoint *made =
        sandbox_checkpoint(request->sandbox, control_value(request, "name")->text);
    if (!made) {
        control_fail(request, CONTROL_NO_MEMORY, "out of memory");
        return;
    }
    write_checkpoint(request->out, made);
    control_succeed(request);
}

static void list_checkpoints(struct control_request *request)
{
    json_object(request->out);
    action_write_checkpoints(request);
    json_object_end(request->out);
    control_succeed(request);
}

static void drop_checkpoint(struct control_request *request)
{
    struct sandbox_checkpoint *checkpoint = find_checkpoint(request);
    if (!checkpoint)
        return;
    sandbox_release(request->sandbox, checkpoint);
    answer_name(request, "dropped", control_value(request, "name")->text);
}

void action_checkpoint(struct control_request *request)
{
    static void (*const verbs[])(struct control_request *) = {take_checkpoint, list_checkpoints,
                                                              drop_checkpoint};
    enum verb verb;
    if (read_verb(request, &verb))
        verbs[verb](request);
}

void action_rewind(struct control_request *request)
{
    struct sandbox_checkpoint *checkpoint = find_checkpoint(request);
    if (!checkpoint)
        return;
    if (sandbox_rewind(request->sandbox, checkpoint))
        answer_name(request, "name", control_value(request, "name")->text);
    else
        control_fail(request, CONTROL_NO_MEMORY, "out of memory");
}

/* ---- forks */

void action_write_worlds(struct control_request *request, const char *member)
{
    struct sandbox *at = NULL;
    json_key_str(request->out, member);
    json_array(request->out);
    while ((at = sandbox_next_world(request->control->sandbox, at))) {
        json_object(request->out);
        json_key_str(request->out, "name");
        json_string(request->out, sandbox_name(at));
        json_key_str(request->out, "connections");
        json_uint(request->out, sandbox_session_count(at));
        json_object_end(request->out);
    }
    json_array_end(request->out);
}

static void make_fork(struct control_request *request)
{
    struct slice name = control_value(request, "name")->text;
    struct problem why;
    bool taken = sandbox_find_world(request->sandbox, name) != NULL;
    if (sandbox_fork(request->sandbox, name, &why))
        answer_name(request, "name", name);
    else
        control_fail(request, taken ? CONTROL_CONFLICT : CONTROL_BAD_REQUEST, "%s", why.text);
}

static void list_forks(struct control_request *request)
{
    json_object(request->out);
    action_write_worlds(request, "sandboxes");
    json_object_end(request->out);
    control_succeed(request);
}

static void drop_fork(struct control_request *request)
{
    struct slice name = control_value(request, "name")->text;
    struct sandbox *world = sandbox_find_world(request->sandbox, name);
    if (!world) {
        control_fail(request, CONTROL_NOT_FOUND, "there is no world '" SLICE_FMT "'",
                     SLICE_ARG(name));
        return;
    }
    sandbox_drop(world);
    answer_name(request, "dropped", name);
}

void action_fork(struct control_request *request)
{
    static void (*const verbs[])(struct control_request *) = {make_fork, list_forks, drop_fork};
    enum verb verb;
    if (read_verb(request, &verb))
        verbs[verb](request);
}
