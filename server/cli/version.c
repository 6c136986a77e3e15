#include "server/cli/cli.h"

enum exit_status cli_version(struct cli_call *call)
{
    bool json = false;
    enum exit_status status;
    if (!cli_only_json(call, &json, &status))
        return status;
    printf(json ? "{\"version\": \"%s\"}\n" : "parlel %s\n", PARLEL_VERSION);
    return STATUS_OK;
}
