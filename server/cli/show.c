#include "server/cli/show.h"

#include "protocols/http/http_head.h"

static void print_raw(struct slice json)
{
    fwrite(json.ptr, 1, json.len, stdout);
    if (!json.len || json.ptr[json.len - 1] != '\n')
        putchar('\n');
}

void show_answer(struct remote *call, const struct words *words, const struct show *how)
{
    if (words->json) {
        print_raw(call->answer);
        return;
    }
    struct slice shown = call->answer;
    if (how->member)
        shown = answer_value(&call->arena, call->answer, how->member);
    if (!shown.ptr) { /* nested deeper than can be taken apart here */
        print_raw(call->answer);
        return;
    }
    if (how->print)
        how->print(shown, stdout);
    else if (how->is_list)
        answer_print_list(how->columns, shown, stdout);
    else
        answer_print_object(how->columns, shown, stdout);
}

enum exit_status show(struct remote *call, const struct words *words, const struct show *how)
{
    enum exit_status status = STATUS_OK;
    if (remote_ask(call))
        show_answer(call, words, how);
    else
        status = how->of_bad_request && call->status == HTTP_BAD_REQUEST ? how->of_bad_request
                                                                         : STATUS_ERROR;
    remote_end(call);
    return status;
}
