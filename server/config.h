/* What to run and how: from the command line, the environment and parlel.yaml.
 *
 * Each value is taken from the first of these that has it: a flag, the environment, the file
 * parlel.yaml of the working directory, the default. Lists (services, fixtures) are not joined:
 * the first source that has one has it whole. Settings (--set) of all sources apply, a flag's last.
 *
 * Ownership: a config owns copies of all that it keeps. Errors: false or an exit status, with
 * the sentence for the user in *problem. */
#ifndef PARLEL_SERVER_CONFIG_H
#define PARLEL_SERVER_CONFIG_H

#include "common/arena.h"

#include "server/exit_status.h"
#include "server/listen.h"
#include "server/problem.h"
#include "server/registry.h"

#define CONFIG_FILE         "parlel.yaml"
#define CONFIG_CONTROL_PORT 4600

struct config_service {
    const struct emulator_type *type;
    uint16_t port; /* 0: any free one */
};

/* A fixture file to open. */
struct config_seed {
    struct config_seed *next;
    const char *path;
};

/* One --set SERVICE.KEY=VALUE. */
struct config_setting {
    struct config_setting *next;
    const struct emulator_type *type;
    struct slice key, value;
};

/* What one source says; see config.c. */
struct config_layer {
    bool has_services, has_bind, has_control, has_on_conflict, has_journal;
    size_t service_count;
    const struct emulator_type *services[REGISTRY_MAX];
    bool has_port[REGISTRY_MAX]; /* by the registry's order */
    uint16_t ports[REGISTRY_MAX];
    struct listen_addresses bind;
    uint16_t control_port;
    bool remap;
    const char *ports_file;
    size_t journal_records, journal_bytes;
    struct config_seed *seeds, **seeds_end;
    struct config_setting *settings, **settings_end;
};

enum config_source { CONFIG_FLAGS, CONFIG_ENVIRONMENT, CONFIG_YAML, CONFIG_SOURCES };

struct config {
    struct registry registry;
    struct arena arena;
    struct config_layer layers[CONFIG_SOURCES];

    /* The outcome; valid after config_load. */
    size_t service_count;
    struct config_service services[REGISTRY_MAX];
    struct listen_addresses bind;
    uint16_t control_port;
    bool remap;             /* a busy port is replaced by a free one instead of failing */
    const char *ports_file; /* NULL: none is wanted */
    bool unlisted;          /* other subcommands shall not find it; set after config_load */
    size_t journal_records; /* 0: no journal */
    size_t journal_bytes;   /* of its texts */
    struct config_seed *seeds;
    struct config_setting *settings;
};

void config_init(struct config *config, struct registry registry);
void config_done(struct config *config);

/* A flag of the command line: `name` without its dashes. */
bool config_flag(struct config *config, const char *name, const char *value,
                 struct problem *problem);
/* A SERVICE or SERVICE:PORT of the command line. */
bool config_service(struct config *config, const char *word, struct problem *problem);
/* Reads the other sources and decides: STATUS_OK or STATUS_CONFIG. */
enum exit_status config_load(struct config *config, struct problem *problem);
/* After that: ports that the command line does not name become any free ones, the control API's
 * too. */
void config_free_ports(struct config *config);

#endif
