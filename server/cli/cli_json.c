#include "server/cli/cli_json.h"

#include <stdio.h>

#include "server/cli/cli.h"

struct json_writer *cli_json_begin(struct cli_json *json)
{
    outq_init(&json->out);
    json->writer = json_writer_of(&json->out);
    return &json->writer;
}

void cli_json_end(struct cli_json *json)
{
    outq_put(&json->out, "\n", 1);
    struct slice text = outq_flatten(&json->out);
    if (text.ptr && !json->out.failed)
        fwrite(text.ptr, 1, text.len, stdout);
    else
        cli_complain("out of memory");
    outq_done(&json->out);
}
