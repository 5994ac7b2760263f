/*
 * Calls of the OCI runtime that only the lower runtime has to do with, handed to it before .NET starts. An engine makes
 * three to five calls for each container, and each would cost a start of .NET.
 *
 * Only what is plain is decided here; for everything else these functions return, and src/Drydock.Cli/OciRuntime decides.
 * They say the same: which names, verbs, directories and files there are is said there, and a test compares.
 */
#define _GNU_SOURCE
#include "handoff.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIGURATION "/etc/drydock/runtime.conf"

static const char *const names[] = { "drydock-runtime", "crun-wasm", NULL };
static const char *const plain_verbs[] = { "start", "kill", "pause", "resume", "ps", "update", "events", "spec", NULL };
static const char *const verbs_of_records[] = { "state", "delete", NULL };
static const char *const plain_switches[] = { "--systemd-cgroup", "--debug", NULL };
static const char *const plain_options[] = { "--root", "--log", "--log-format", NULL };
static const char *const directories[] = {
    "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/sbin", "/bin", "/run/current-system/sw/bin", NULL
};

int is_among(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(word, *words)) return 1;
    return 0;
}

/* Whether this is the value in "--log=value", and not "--log" followed by it. */
static int has_value(const char *word, const char *const *options)
{
    for (; *options; options++)
        if (!strncmp(word, *options, strlen(*options)) && word[strlen(*options)] == '=') return 1;
    return 0;
}

/* The place of the verb, or 0 behind options that are not plain, such as those that one of the lower runtimes lacks. */
static int find_verb(int count, char **words)
{
    for (int i = 1; i < count; i++) {
        if (words[i][0] != '-') return i;
        if (is_among(words[i], plain_options)) i++;
        else if (!is_among(words[i], plain_switches) && !has_value(words[i], plain_options)) return 0;
    }
    return 0;
}

static int is_this_program(const struct stat *file)
{
    struct stat self;
    return stat("/proc/self/exe", &self) || (self.st_dev == file->st_dev && self.st_ino == file->st_ino);
}

static int search(const char *name, char *path, size_t size)
{
    struct stat file;
    for (const char *const *directory = directories; *directory; directory++) {
        snprintf(path, size, "%s/%s", *directory, name);
        if (!stat(path, &file) && !is_this_program(&file)) return 1;
    }
    return 0;
}

/* crun first, as the faster; where control groups are of both versions at once it works with neither. */
static int find_lower(char *path, size_t size)
{
    if (!access(CONFIGURATION, F_OK)) return 0;
    int is_hybrid = !access("/sys/fs/cgroup/unified", F_OK);
    return search(is_hybrid ? "runc" : "crun", path, size) || search(is_hybrid ? "crun" : "runc", path, size);
}

/* The ids that name a file in the directory of records and nothing else. */
int is_id(const char *id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
    size_t length = strlen(id);
    return length > 0 && length <= 255 && strspn(id, letters) == length && strcmp(id, ".") && strcmp(id, "..");
}

/* Whether records are where root's are: others have a place of their own (ContainerRecord.RuntimeDirectory). */
int keeps_system_records(void)
{
    const char *own = getenv("XDG_RUNTIME_DIR");
    unsigned inside = 1, outside = 1;
    if (!own || !*own) return 1;
    FILE *map = geteuid() ? NULL : fopen("/proc/self/uid_map", "re");
    if (!map) return 0;
    int count = fscanf(map, "%u %u", &inside, &outside);
    fclose(map);
    return count == 2 && inside == 0 && outside == 0;
}

/* The exit code of a child, 128 + the signal that killed it. */
int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(char **words, int is_silent)
{
    extern char **environ;
    pid_t child;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (is_silent) {
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, 1, 2);
    }
    return posix_spawn(&child, words[0], &actions, NULL, words, environ) ? -1 : wait_for(child);
}

static int remove_file(const char *path, const struct stat *file, int kind, struct FTW *place)
{
    (void)file, (void)kind, (void)place;
    return remove(path) && 0;
}

void remove_record(const char *record)
{
    nftw(record, remove_file, 8, FTW_DEPTH | FTW_PHYS);
    rmdir(RECORDS "/default");
}

/* The record goes with its container: when that is deleted, or when there turns out to be none. */
static void delete_guest(char **words, int verb, char *id, const char *record)
{
    char *state[] = { words[0], "state", id, NULL };
    int code = run(words, 0);
    if (code < 0) return;
    if (code == 0 || (verb == 1 && run(state, 1) != 0)) remove_record(record);
    if (code == 0 || verb == 1) _exit(code);
}

/*
 * A verb that means something else for a container with a guest: handed on where there is none. The records of a root that
 * is named, and of users, are elsewhere.
 */
static void hand_on_unless_guest(char **words, int count, int verb)
{
    char record[512], creator[600];
    char *id = NULL;
    if (!keeps_system_records()) return;
    for (int i = 1; i < verb; i++)
        if (!strncmp(words[i], "--root", 6)) return;
    for (int i = verb + 1; i < count; i++) {
        if (words[i][0] != '-') id = id ? "" : words[i];
        else if (strcmp(words[verb], "delete") || (strcmp(words[i], "--force") && strcmp(words[i], "-f"))) return;
    }
    if (!id || !is_id(id)) return;
    snprintf(record, sizeof record, RECORDS "/default/%s", id);
    snprintf(creator, sizeof creator, "%s/creator", record);
    if (access(record, F_OK)) execv(words[0], words);
    else if (!strcmp(words[verb], "delete") && access(creator, F_OK)) delete_guest(words, verb, id, record);
}

__attribute__((constructor(101))) static void hand_over(int count, char **words)
{
    char path[256];
    if (count < 2) return;
    char *slash = strrchr(words[0], '/');
    if (!is_among(slash ? slash + 1 : words[0], names)) return;
    int verb = find_verb(count, words);
    if (!verb) return;
    int is_plain = is_among(words[verb], plain_verbs), is_create = !strcmp(words[verb], "create");
    if (!(is_plain || is_create || is_among(words[verb], verbs_of_records)) || !find_lower(path, sizeof path)) return;
    char *own = words[0];
    words[0] = path;
    if (is_plain) execv(path, words);
    else if (is_create) create_container(words, count, verb);
    else hand_on_unless_guest(words, count, verb);
    words[0] = own;
}
