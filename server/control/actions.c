#include "server/control/actions.h"

/* clang-format off */

/* ---- parameters */

#define SERVICE_HELP "the service: redis, postgres, rabbitmq, ..."

static const struct control_parameter
service_parameters[] = {
    {"service", CONTROL_TEXT, true, SERVICE_HELP, NULL},
    {0},
},
services_parameters[] = {
    {"services", CONTROL_TEXTS, true,
     "services, each with a port behind a colon if it shall not be the usual one: redis, redis:0", NULL},
    {0},
},
optional_service_parameters[] = {
    {"service", CONTROL_TEXT, false, "one service alone; without it all of them", NULL},
    {0},
},
execute_parameters[] = {
    {"service", CONTROL_TEXT, true, SERVICE_HELP, NULL},
    {"command", CONTROL_TEXT, true,
     "what to run, in the service's own language: a Redis command line, SQL", NULL},
    {0},
},
seed_parameters[] = {
    {"document", CONTROL_DOCUMENT, true,
     "the fixture: YAML or JSON, sections by service; with `service` that section's content alone", NULL},
    {"service", CONTROL_TEXT, false, "the document is this service's section", NULL},
    {"name", CONTROL_TEXT, false, "what messages call the document, such as its file", NULL},
    {0},
},
checkpoint_parameters[] = {
    {"name", CONTROL_TEXT, false, "of the checkpoint; one of the same name is replaced", NULL},
    {"do", CONTROL_TEXT, false, "take it (default with a name), list all (default without), or drop it",
     "take|list|drop"},
    {0},
},
rewind_parameters[] = {
    {"name", CONTROL_TEXT, true, "of the checkpoint", NULL},
    {0},
},
fork_parameters[] = {
    {"name", CONTROL_TEXT, false, "of the world: letters, digits, '-', '_', '.'", NULL},
    {"do", CONTROL_TEXT, false, "make it (default with a name), list all (default without), or drop it",
     "make|list|drop"},
    {0},
},
clock_parameters[] = {
    {"set", CONTROL_INSTANT, false, "the time it shall be", NULL},
    {"advance", CONTROL_DURATION, false, "by how much to move it on", NULL},
    {"freeze", CONTROL_BOOLEAN, false, "stop it where it is", NULL},
    {"run", CONTROL_BOOLEAN, false, "let it run again from where it is", NULL},
    {0},
},
fault_parameters[] = {
    {"do", CONTROL_TEXT, false, "add a rule (default with an action), list them (default without), remove one, "
     "clear all, or release what a holding rule holds", "add|list|remove|clear|release"},
    {"service", CONTROL_TEXT, false, "of which service commands match; any without", NULL},
    {"op", CONTROL_TEXT, false, "the operation: SET, CONFIG GET; a glob, in any case", NULL},
    {"key", CONTROL_TEXT, false, "key, table, topic or queue: a glob", NULL},
    {"connection", CONTROL_INTEGER, false, "of which connection alone", NULL},
    {"nth", CONTROL_INTEGER, false, "from the n-th match on", NULL},
    {"times", CONTROL_INTEGER, false, "how often at most", NULL},
    {"probability", CONTROL_NUMBER, false, "from 0 to 1, by the sandbox's dice", NULL},
    {"action", CONTROL_TEXT, false, "error, error=CODE, error=CODE:TEXT, delay=DURATION, drip=BYTES_PER_SECOND, "
     "drop, drop-reply, cut, refuse or hold", NULL},
    {"id", CONTROL_INTEGER, false, "of the rule to remove or to release", NULL},
    {0},
},
journal_parameters[] = {
    {"service", CONTROL_TEXT, false, "of which service", NULL},
    {"op", CONTROL_TEXT, false, "the operation: SET, CONFIG GET; a glob, in any case", NULL},
    {"key", CONTROL_TEXT, false, "key, table, topic or queue: a glob", NULL},
    {"connection", CONTROL_INTEGER, false, "of which connection", NULL},
    {"since", CONTROL_INTEGER, false, "records after this sequence number", NULL},
    {"limit", CONTROL_INTEGER, false, "at most so many, the newest ones (100)", NULL},
    {0},
},
requests_parameters[] = {
    {"service", CONTROL_TEXT, true, SERVICE_HELP, NULL},
    {"op", CONTROL_TEXT, false, "the operation: SET, CONFIG GET; a glob, in any case", NULL},
    {"key", CONTROL_TEXT, false, "key, table, topic or queue: a glob", NULL},
    {"connection", CONTROL_INTEGER, false, "of which connection", NULL},
    {"since", CONTROL_INTEGER, false, "records after this sequence number", NULL},
    {"limit", CONTROL_INTEGER, false, "at most so many, the newest ones (100)", NULL},
    {0},
},
wait_parameters[] = {
    {"service", CONTROL_TEXT, false, "of which service", NULL},
    {"op", CONTROL_TEXT, false, "the operation: SET, CONFIG GET; a glob, in any case", NULL},
    {"key", CONTROL_TEXT, false, "key, table, topic or queue: a glob", NULL},
    {"connection", CONTROL_INTEGER, false, "of which connection", NULL},
    {"since", CONTROL_INTEGER, false, "count records after this sequence number (those that come from now on)", NULL},
    {"count", CONTROL_INTEGER, false, "how many to wait for (1)", NULL},
    {"timeout", CONTROL_DURATION, false, "how long at most (30s)", NULL},
    {0},
};

/* ---- results, as JSON Schema */

#define TEXT    "{\"type\":\"string\"}"
#define INTEGER "{\"type\":\"integer\"}"
#define BOOLEAN "{\"type\":\"boolean\"}"
#define TEXTS   "{\"type\":\"array\",\"items\":" TEXT "}"
#define OBJECT(members)         "{\"type\":\"object\",\"properties\":{" members "}}"
#define OBJECT_OF(members, all) "{\"type\":\"object\",\"properties\":{" members "},\"required\":[" all "]}"
#define LIST(of) "{\"type\":\"array\",\"items\":" of "}"

#define SERVICE_SCHEMA \
    OBJECT_OF("\"name\":" TEXT ",\"title\":" TEXT ",\"protocol\":" TEXT ",\"version\":" TEXT ",\"running\":" BOOLEAN \
        ",\"port\":" INTEGER ",\"address\":" TEXT ",\"connection_string\":" TEXT ",\"connections\":" INTEGER \
        ",\"uptime\":{\"type\":\"number\"},\"uptime_ms\":" INTEGER ",\"supports\":" TEXTS, "\"name\",\"running\",\"supports\"")
#define SERVICES_SCHEMA OBJECT_OF("\"services\":" LIST(SERVICE_SCHEMA), "\"services\"")
#define CHECKPOINT_SCHEMA OBJECT_OF("\"name\":" TEXT ",\"at\":" TEXT, "\"name\",\"at\"")
#define WORLD_SCHEMA OBJECT_OF("\"name\":" TEXT ",\"connections\":" INTEGER, "\"name\"")
#define CLOCK_SCHEMA OBJECT_OF("\"now\":" TEXT ",\"frozen\":" BOOLEAN ",\"offset_ms\":" INTEGER, "\"now\",\"frozen\"")
#define RECORD_SCHEMA \
    OBJECT_OF("\"seq\":" INTEGER ",\"at\":" TEXT ",\"service\":" TEXT ",\"connection\":" INTEGER ",\"world\":" TEXT \
        ",\"op\":" TEXT ",\"key\":{\"type\":[\"string\",\"null\"]},\"keys\":" TEXTS ",\"outcome\":" TEXT \
        ",\"fault\":" INTEGER ",\"bytes_in\":" INTEGER ",\"bytes_out\":" INTEGER ",\"us\":" INTEGER, \
        "\"seq\",\"at\",\"service\",\"op\",\"outcome\"")
#define RECORDS_SCHEMA OBJECT_OF("\"records\":" LIST(RECORD_SCHEMA) ",\"next\":" INTEGER, "\"records\"")
#define RULE_MEMBERS \
    "\"id\":" INTEGER ",\"service\":" TEXT ",\"op\":" TEXT ",\"key\":" TEXT ",\"connection\":" INTEGER ",\"world\":" TEXT \
    ",\"nth\":" INTEGER ",\"times\":" INTEGER ",\"probability\":{\"type\":\"number\"},\"action\":" TEXT \
    ",\"matched\":" INTEGER ",\"applied\":" INTEGER ",\"spent\":" BOOLEAN ",\"held\":" INTEGER

/* ---- the table */

static const struct control_action actions[] = {
    {"list_services", "List the services",
     "Lists every service that this parlel can run: whether it runs, where it listens, how to connect to it.",
     NULL, SERVICES_SCHEMA, CONTROL_READ_ONLY | CONTROL_IDEMPOTENT | CONTROL_WORLDS, action_list_services},
    {"service", "Describe a service", "Tells where one service listens, how to connect to it, and what it supports.",
     service_parameters, SERVICE_SCHEMA, CONTROL_READ_ONLY | CONTROL_IDEMPOTENT | CONTROL_WORLDS | CONTROL_NO_TOOL,
     action_service},
    {"start_services", "Start services", "Starts services that do not run yet, empty, on their usual ports or the given ones.",
     services_parameters, SERVICES_SCHEMA, CONTROL_IDEMPOTENT, action_start_services},
    {"stop_services", "Stop services", "Ends services, their connections and their state, also what checkpoints and forks keep of it.",
     services_parameters, SERVICES_SCHEMA, CONTROL_DESTRUCTIVE | CONTROL_IDEMPOTENT, action_stop_services},
    {"status", "Show the status", "Shows what runs: services, forks, checkpoints, the clock, how much was recorded, memory.",
     NULL,
     OBJECT_OF("\"version\":" TEXT ",\"pid\":" INTEGER ",\"uptime_ms\":" INTEGER ",\"services\":" LIST(SERVICE_SCHEMA)
         ",\"worlds\":" LIST(WORLD_SCHEMA) ",\"checkpoints\":" LIST(CHECKPOINT_SCHEMA) ",\"clock\":" CLOCK_SCHEMA
         ",\"faults\":" INTEGER ",\"journal\":" OBJECT("\"next\":" INTEGER ",\"oldest\":" INTEGER)
         ",\"memory_bytes\":" INTEGER, "\"version\",\"services\""),
     CONTROL_READ_ONLY | CONTROL_IDEMPOTENT | CONTROL_WORLDS, action_status},
    {"inspect", "Inspect a service's state",
     "Shows the whole state of a service in the words of a fixture: keys and values, tables and rows, queues and messages.",
     service_parameters, OBJECT_OF("\"service\":" TEXT ",\"state\":{}", "\"service\",\"state\""),
     CONTROL_READ_ONLY | CONTROL_IDEMPOTENT | CONTROL_WORLDS, action_inspect},
    {"execute", "Run a command",
     "Runs one command in the service's own language and shows its result, for example `HGETALL user:1` of redis, "
     "`publish events job.new hello` of rabbitmq.",
     execute_parameters, OBJECT_OF("\"result\":{}", "\"result\""), CONTROL_DESTRUCTIVE | CONTROL_WORLDS, action_execute},
    {"get_requests", "Show what clients asked of a service",
     "Shows the newest commands that one service was sent: who, what, which keys, how it ended, how long it took.",
     requests_parameters, RECORDS_SCHEMA, CONTROL_READ_ONLY | CONTROL_IDEMPOTENT | CONTROL_WORLDS, action_get_requests},
    {"journal", "Read the journal",
     "Shows the newest commands of all services in one sequence, those that match. To assert on what a program did, note `next` "
     "before and ask with `since` afterwards.",
     journal_parameters, RECORDS_SCHEMA, CONTROL_READ_ONLY | CONTROL_IDEMPOTENT | CONTROL_WORLDS, action_journal},
    {"wait", "Wait for commands", "Waits until clients have sent so many commands that match, and shows them.",
     wait_parameters, RECORDS_SCHEMA, CONTROL_READ_ONLY | CONTROL_WORLDS, action_wait},
    {"reset", "Reset", "Takes all services, the clock and the dice, or the state of one service, back to the seeded state: what it was after "
     "the last fixture was loaded, empty without one. Connections stay.",
     optional_service_parameters, OBJECT_OF("\"reset\":" TEXTS, "\"reset\""),
     CONTROL_DESTRUCTIVE | CONTROL_IDEMPOTENT | CONTROL_WORLDS, action_reset},
    {"seed", "Load a fixture", "Adds what a fixture describes to the state, wholly or not at all; reset comes back to the state after it.",
     seed_parameters, OBJECT_OF("\"seeded\":" TEXTS, "\"seeded\""), CONTROL_WORLDS, action_seed},
    {"checkpoint", "Take a checkpoint",
     "Gives the state of all services at this instant a name to rewind to, at once whatever its size. Lists or drops checkpoints, too.",
     checkpoint_parameters,
     OBJECT("\"name\":" TEXT ",\"at\":" TEXT ",\"dropped\":" TEXT ",\"checkpoints\":" LIST(CHECKPOINT_SCHEMA)),
     CONTROL_IDEMPOTENT | CONTROL_WORLDS, action_checkpoint},
    {"rewind", "Rewind to a checkpoint",
     "Makes all services, the clock and the dice what they were at the checkpoint, with clients staying connected. The checkpoint stays.",
     rewind_parameters, OBJECT_OF("\"name\":" TEXT, "\"name\""), CONTROL_DESTRUCTIVE | CONTROL_IDEMPOTENT | CONTROL_WORLDS,
     action_rewind},
    {"fork", "Fork the sandbox",
     "Makes a copy of all services under a name, at once whatever its size. A client enters it by the suffix @NAME of its user "
     "(redis: AUTH default@NAME x) or virtual host (rabbitmq: /@NAME). Lists or drops forks, too.",
     fork_parameters, OBJECT("\"name\":" TEXT ",\"dropped\":" TEXT ",\"sandboxes\":" LIST(WORLD_SCHEMA)), CONTROL_WORLDS,
     action_fork},
    {"clock", "Show or move the clock",
     "Shows, sets, advances, freezes or runs the clock of all services. Moving it on fires everything that becomes due (expiry, time-outs) before it answers.",
     clock_parameters, CLOCK_SCHEMA, CONTROL_WORLDS, action_clock},
    {"fault", "Inject faults",
     "Adds rules by which matching commands of clients fail, wait, answer slowly or lose their connection; lists, removes and releases them.",
     fault_parameters,
     OBJECT(RULE_MEMBERS ",\"faults\":" LIST(OBJECT(RULE_MEMBERS)) ",\"removed\":" INTEGER ",\"cleared\":" INTEGER ",\"released\":" INTEGER),
     CONTROL_WORLDS, action_fault},
    {0},
};

/* clang-format on */

const struct control_action *control_actions(void)
{
    return actions;
}
