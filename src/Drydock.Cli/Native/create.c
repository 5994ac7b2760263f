/*
 * `create` of the OCI runtime, for the containers that engines make all day: a command line of absolute paths, an entry
 * that is a file of the image. What is odd about a bundle, or forbidden, or missing, is left to .NET, which words it.
 *
 * The configuration is copied as it stands, with other words put in where src/Drydock.Containers/Bundles/GuestBundle.cs
 * puts them; a test compares what both write.
 */
#define _GNU_SOURCE
#include "handoff.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LONGEST_PATH 4096
#define LONGEST_RECORD 512
#define LARGEST_CONFIGURATION (16 << 20)
/* Larger modules are compiled before their container is made: AheadCompiler.LeastSize. */
#define LARGEST_MODULE (1 << 20)
#define MOST_LIBRARIES 16

static const char *const create_switches[] = { "--no-pivot", "--no-new-keyring", NULL };
static const char *const init_processes[] = { "/dev/init", "/sbin/docker-init", "/run/podman-init", NULL };
static const char *const sandbox_annotations[] = {
    "io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType", NULL
};

enum kind { ODD, NATIVE, GUEST };

struct command { char *bundle, *pid_file, *console, *id; };

struct bundle {
    struct text config, process, args, env, root, mounts;
    char root_path[LONGEST_PATH], entry[LONGEST_PATH];
    const char *directory; /* of Drydock in the container */
};

/* The value of an option in its word or the next; NULL for another word. */
static char *value_of(char **words, int count, int *at, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(words[*at], name, length)) return NULL;
    if (words[*at][length] == '=') return words[*at] + length + 1;
    return words[*at][length] == 0 && *at + 1 < count ? words[++*at] : NULL;
}

static int read_command(char **words, int count, int verb, struct command *command)
{
    for (int i = 1; i < verb; i++)
        if (!strncmp(words[i], "--root", 6)) return 0;
    for (int i = verb + 1; i < count; i++) {
        char *value;
        if ((value = value_of(words, count, &i, "--bundle")) || (value = value_of(words, count, &i, "-b"))) command->bundle = value;
        else if ((value = value_of(words, count, &i, "--pid-file"))) command->pid_file = value;
        else if ((value = value_of(words, count, &i, "--console-socket"))) command->console = value;
        else if (words[i][0] != '-' && !command->id) command->id = words[i];
        else if (!is_among(words[i], create_switches)) return 0;
    }
    return command->id && is_id(command->id) && command->bundle && command->bundle[0] == '/'
        && command->pid_file && command->pid_file[0] == '/' && (!command->console || command->console[0] == '/');
}

/* Maps a file; nothing where it is none or too large. */
static struct text map_file(const char *path)
{
    struct stat status;
    struct text content = { NULL, NULL };
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return content;
    if (!fstat(file, &status) && S_ISREG(status.st_mode) && status.st_size > 0 && status.st_size <= LARGEST_CONFIGURATION) {
        void *address = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (address != MAP_FAILED) content = (struct text){ address, (char *)address + status.st_size };
    }
    close(file);
    while (content.start && content.end > content.start && strchr(" \t\r\n", content.end[-1])) content.end--;
    return content;
}

/* Whether a path of a container says the same with every "." and ".." taken out of it. */
static int is_normal(const char *path)
{
    size_t length = strlen(path);
    return path[0] == '/' && length > 1 && path[length - 1] != '/' && !strstr(path, "//") && !strstr(path, "/./")
        && !strstr(path, "/../") && strcmp(path + length - 2, "/.") && (length < 3 || strcmp(path + length - 3, "/.."));
}

static int is_beneath(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return !strncmp(path, directory, length) && (path[length] == '/' || path[length] == 0);
}

/* Whether "bind" or "rbind" stands anywhere in a mount. */
static int is_bind(struct text mount) { return memmem(mount.start, mount.end - mount.start, "bind\"", 5) != NULL; }

/* Whether all mounts are plain, and none hides the entry. Tells whether /dev is a file system in memory. */
static int read_mounts(struct bundle *bundle, int *has_devices)
{
    struct text rest = inside(bundle->mounts, '['), mount;
    char destination[LONGEST_PATH], source[LONGEST_PATH];
    while (next_element(&rest, &mount)) {
        struct text type = find_member(mount, "type"), from = find_member(mount, "source");
        if (!copy_word(find_member(mount, "destination"), destination, sizeof destination) || !is_normal(destination)
            || is_beneath(bundle->entry, destination)) return 0;
        if (from.start && (!copy_word(from, source, sizeof source) || (source[0] != '/' && is_bind(mount)))) return 0;
        if (!strcmp(destination, "/dev")) *has_devices = type.start && is_word(type, "tmpfs");
    }
    return !is_odd;
}

static int is_plain_start(struct bundle *bundle)
{
    struct text rest = inside(bundle->args, '['), first, annotations = find_member(bundle->config, "annotations");
    if (!next_element(&rest, &first) || !copy_word(first, bundle->entry, sizeof bundle->entry) || !is_normal(bundle->entry)
        || is_among(bundle->entry, init_processes)) return 0;
    for (const char *const *name = sandbox_annotations; annotations.start && *name; name++)
        if (find_member(annotations, *name).start) return 0;
    return !is_odd;
}

static int read_bundle(const char *path, struct bundle *bundle)
{
    char file[LONGEST_PATH];
    int has_devices = 0;
    snprintf(file, sizeof file, "%s/config.json", path);
    bundle->config = map_file(file);
    if (!bundle->config.start || *bundle->config.start != '{' || bundle->config.end[-1] != '}') return 0;
    bundle->process = find_member(bundle->config, "process");
    bundle->root = find_member(bundle->config, "root");
    bundle->mounts = find_member(bundle->config, "mounts");
    if (is_odd || !bundle->process.start || !bundle->root.start || !bundle->mounts.start) return 0;
    bundle->args = find_member(bundle->process, "args");
    bundle->env = find_member(bundle->process, "env");
    if (is_odd || !bundle->args.start || !bundle->env.start) return 0;
    if (!copy_word(find_member(bundle->root, "path"), bundle->root_path, sizeof bundle->root_path)
        || bundle->root_path[0] != '/' || !is_plain_start(bundle) || !read_mounts(bundle, &has_devices)) return 0;
    bundle->directory = has_devices ? "/dev/.drydock" : "/.drydock";
    return 1;
}

/* What the entry is by its first bytes; symbolic links are followed as they are in the container. */
static enum kind kind_of(const struct bundle *bundle)
{
    struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
    struct stat status;
    unsigned char bytes[8] = { 0 };
    int root = open(bundle->root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int file = root < 0 ? -1 : syscall(SYS_openat2, root, bundle->entry, &how, sizeof how);
    enum kind kind = ODD;
    if (file >= 0 && !fstat(file, &status) && S_ISREG(status.st_mode) && read(file, bytes, sizeof bytes) > 2) {
        if (!memcmp(bytes, "\177ELF", 4) || !memcmp(bytes, "#!", 2)) kind = NATIVE;
        else if (!memcmp(bytes, "\0asm\1\0\0\0", 8) && status.st_size < LARGEST_MODULE) kind = GUEST;
    }
    if (file >= 0) close(file);
    if (root >= 0) close(root);
    return kind;
}

static int has_policy(const char *directory, const char *more)
{
    char path[LONGEST_PATH];
    snprintf(path, sizeof path, "%s%s/drydock/policy.json", directory, more);
    return !access(path, F_OK);
}

/* Whether there is a policy to ask; which one counts is said in src/Drydock.Oci/Trust/TrustPolicy.cs. */
static int is_policed(void)
{
    const char *given = getenv("DRYDOCK_POLICY"), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    return (given && *given) || (config && *config && has_policy(config, "")) || (home && *home && has_policy(home, "/.config"))
        || has_policy("/etc", "");
}

/* The files that this program consists of: itself, its loader, its libraries. */
static int list_files(char files[][LONGEST_PATH], int most)
{
    char line[LONGEST_PATH + 128];
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && fgets(line, sizeof line, maps)) {
        char *path = strchr(line, '/'), *name;
        if (!path) continue;
        path[strcspn(path, "\n")] = 0;
        name = strrchr(path, '/') + 1;
        int is_known = !strstr(path, ".so") && strncmp(name, "ld-", 3);
        for (int i = 0; i < count; i++) is_known |= !strcmp(files[i], path);
        if (is_known) continue;
        if (count == most || strpbrk(path, "\"\\") || strlen(path) >= LONGEST_PATH) count = -1;
        if (count < 0) break;
        strcpy(files[count++], path);
    }
    if (maps) fclose(maps);
    return count;
}

static void write_mount(FILE *output, const char *source, const char *directory, const char *name)
{
    fprintf(output, ",{\"destination\":\"%s/%s\",\"type\":\"bind\",\"source\":\"%s\","
        "\"options\":[\"bind\",\"ro\",\"nosuid\",\"nodev\",\"rprivate\"]}", directory, name, source);
}

/* The mounts that bring this program into the container; GuestExecutable.cs writes the same. */
static int write_own_mounts(FILE *output, const char *directory)
{
    static char files[MOST_LIBRARIES][LONGEST_PATH];
    char own[LONGEST_PATH];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    int count = list_files(files, MOST_LIBRARIES), has_loader = 0;
    if (length <= 0 || count <= 0) return 0;
    own[length] = 0;
    if (strpbrk(own, "\"\\")) return 0;
    write_mount(output, own, directory, "drydock-guest");
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < count; i++) {
            const char *name = strrchr(files[i], '/') + 1;
            int is_loader = !strncmp(name, "ld-", 3);
            if (is_loader == pass) continue;
            write_mount(output, files[i], directory, is_loader ? "loader" : name);
            has_loader |= is_loader;
        }
    return has_loader;
}

static void write_text(FILE *output, const char *start, const char *end) { fwrite(start, 1, end - start, output); }

static void write_args(FILE *output, const struct bundle *bundle)
{
    struct text args = inside(bundle->args, '[');
    const char *directory = bundle->directory;
    fprintf(output, "[\"%s/loader\",\"--library-path\",\"%s\",\"%s/drydock-guest\",\"%s\",\"_start\",\"--\",",
        directory, directory, directory, bundle->entry);
    write_text(output, args.start, args.end);
    fputc(']', output);
}

/* Each variable with a prefix, so that the loader and .NET do not take it for theirs. */
static int write_env(FILE *output, const struct bundle *bundle)
{
    struct text rest = inside(bundle->env, '['), value;
    const char *separator = "[";
    for (; next_element(&rest, &value); separator = ",") {
        if (*value.start != '"') return 0;
        fprintf(output, "%s\"drydock.", separator);
        write_text(output, value.start + 1, value.end);
    }
    fputs(*separator == '[' ? "[]" : "]", output);
    return !is_odd;
}

/* The configuration with everything else as it stands. */
static int write_config(FILE *output, const struct bundle *bundle)
{
    int is_args_first = bundle->args.start < bundle->env.start, is_process_first = bundle->process.start < bundle->mounts.start;
    const char *at = bundle->config.start;
    for (int i = 0; i < 2; i++) {
        if ((i == 0) != is_process_first) {
            const char *end = bundle->mounts.end - 1;
            struct text list = inside(bundle->mounts, '['), first;
            int is_empty = !next_element(&list, &first);
            if (is_empty) return 0;
            write_text(output, at, end);
            if (!write_own_mounts(output, bundle->directory)) return 0;
            at = end;
            continue;
        }
        struct text before = is_args_first ? bundle->args : bundle->env, after = is_args_first ? bundle->env : bundle->args;
        write_text(output, at, before.start);
        if (is_args_first) write_args(output, bundle);
        else if (!write_env(output, bundle)) return 0;
        write_text(output, before.end, after.start);
        if (!is_args_first) write_args(output, bundle);
        else if (!write_env(output, bundle)) return 0;
        at = after.end;
    }
    write_text(output, at, bundle->config.end);
    return 1;
}

static FILE *open_in(const char *directory, const char *name)
{
    char path[LONGEST_PATH];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return fopen(path, "we");
}

static int close_written(FILE *file)
{
    int is_written = !ferror(file);
    return !fclose(file) && is_written;
}

/* Remembers which process makes the container: its id, and when it was started (proc(5), /proc/pid/stat). */
static int remember_creator(const char *record, pid_t process)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(line, 1, sizeof line - 1, file) : 0;
    if (file) fclose(file);
    line[length] = 0;
    char *field = strrchr(line, ')');
    for (int i = 0; field && i < 20; i++) field = strchr(field + 1, ' ');
    if (!field || !(file = open_in(record, "creator"))) return 0;
    fprintf(file, "%d %.*s", process, (int)strcspn(field + 1, " "), field + 1);
    return close_written(file);
}

static int write_record(const char *record, const struct bundle *bundle, const char *path)
{
    FILE *file = open_in(record, "config.json");
    if (!file || !(write_config(file, bundle) & close_written(file))) return 0;
    if (!(file = open_in(record, "original.json"))) return 0;
    fputs("{\"process\":", file);
    write_text(file, bundle->process.start, bundle->process.end);
    fputs(",\"mounts\":", file);
    write_text(file, bundle->mounts.start, bundle->mounts.end);
    fputc('}', file);
    if (!close_written(file) || !(file = open_in(record, "bundle"))) return 0;
    fputs(path, file);
    return close_written(file);
}

static int make_directory(const char *record)
{
    for (int i = 0; i < 2; i++) {
        mkdir("/run/drydock", 0755);
        mkdir(RECORDS, 0700);
        mkdir(RECORDS "/default", 0700);
        if (!mkdir(record, 0700)) return 1;
        if (errno != ENOENT) return 0;
    }
    return 0;
}

/* Remembers the container's process, which the lower runtime has written to a file. */
static void keep_pid(const char *record, const char *pid_file)
{
    char path[LONGEST_PATH];
    struct text pid = map_file(pid_file);
    snprintf(path, sizeof path, "%s/creator", record);
    unlink(path);
    FILE *file = pid.start ? open_in(record, "pid") : NULL;
    if (!file) return;
    write_text(file, pid.start, pid.end);
    close_written(file);
}

/* Has the lower runtime make the container of a record. */
static void call_lower(char **words, int count, const struct command *command, const char *record)
{
    extern char **environ;
    char *lowered[count + 1];
    pid_t child;
    for (int i = 0; i < count; i++) {
        lowered[i] = words[i];
        if (words[i] == command->bundle) lowered[i] = (char *)record;
        else if (command->bundle > words[i] && command->bundle <= words[i] + strlen(words[i])
            && asprintf(&lowered[i], "--bundle=%s", record) < 0) return;
    }
    lowered[count] = NULL;
    signal(SIGCHLD, SIG_DFL);
    if (posix_spawn(&child, words[0], NULL, NULL, lowered, environ)) return;
    remember_creator(record, child);
    int code = wait_for(child);
    if (code == 0) keep_pid(record, command->pid_file);
    else remove_record(record);
    _exit(code);
}

void create_container(char **words, int count, int verb)
{
    static struct bundle bundle;
    struct command command = { NULL, NULL, NULL, NULL };
    char record[LONGEST_RECORD];
    if (!read_command(words, count, verb, &command) || !keeps_system_records() || !read_bundle(command.bundle, &bundle)) return;
    enum kind kind = kind_of(&bundle);
    if (kind == NATIVE) execv(words[0], words);
    if (kind != GUEST || is_policed()) return;
    snprintf(record, sizeof record, RECORDS "/default/%s", command.id);
    if (!make_directory(record)) return;
    if (remember_creator(record, getpid()) && write_record(record, &bundle, command.bundle))
        call_lower(words, count, &command, record);
    remove_record(record);
}
