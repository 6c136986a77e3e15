#include "server/cli/cli.h"
#include "server/cli/cli_json.h"

enum exit_status cli_version(struct cli_call *call)
{
    bool json = false;
    enum exit_status status;
    if (!cli_only_json(call, &json, &status))
        return status;
    if (!json) {
        puts("parlel " PARLEL_VERSION);
        return STATUS_OK;
    }
    struct cli_json text;
    struct json_writer *w = cli_json_begin(&text);
    json_object(w);
    json_key_str(w, "version");
    json_str(w, PARLEL_VERSION);
    json_object_end(w);
    cli_json_end(&text);
    return STATUS_OK;
}
