/* The floor of one question about one process, and of all of them about every process.
 *
 * Each asks with the fewest calls that tell the answer, as little as they may be liked otherwise.
 * What is asked once and remembered by everybody (exe, create_time) has no floor.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "floor.h"

enum { FILE_ROOM = 65536 };

/* One question has nothing open: who keeps /proc would have to look whether it still is that, for as
   much as the way there costs. A walk has it open. */
static const char *root = "/proc/";

static char *path_of(char *path, int pid, const char *name)
{
    stpcpy(put_pid(stpcpy(path, root), pid), name);
    return path;
}

static long read_file_of(int pid, const char *name)
{
    char path[64];
    return read_once(path_of(path, pid, name), buffer, FILE_ROOM);
}

static int stat_of(int pid, const char *name, struct stat *what)
{
    char path[64];
    return fstatat(proc, path_of(path, pid, name), what, 0);
}

static long link_of(int pid, const char *name)
{
    char path[64];
    return readlinkat(proc, path_of(path, pid, name), buffer, FILE_ROOM);
}

/* ---- what one file tells ---- */

static long stat_file(int pid) { return read_file_of(pid, "stat") > 0; }
static long statm(int pid) { return read_file_of(pid, "statm") > 0; }
static long status(int pid) { return read_file_of(pid, "status") > 0; }
static long cmdline(int pid) { return read_file_of(pid, "cmdline") >= 0; }
static long environment(int pid) { return read_file_of(pid, "environ") >= 0; }
static long io_counters(int pid) { return read_file_of(pid, "io") > 0; }
static long cwd(int pid) { return link_of(pid, "cwd") > 0; }

static long memory_maps(int pid)
{
    char path[64];
    return read_by_less(proc, path_of(path, pid, "smaps")) >= 0;
}

static long name(int pid)
{
    /* One that may have been cut off is told by the command line. */
    long length = read_file_of(pid, "comm");
    return length > 15 ? cmdline(pid) : length > 0;
}

static long memory_full_info(int pid)
{
    return read_file_of(pid, "smaps_rollup") > 0 && statm(pid);
}

/* ---- what a call tells ---- */

static long nice_value(int pid) { return getpriority(PRIO_PROCESS, (id_t)pid) <= 20; }
static long ionice(int pid) { return syscall(SYS_ioprio_get, 1 /* a process */, pid) >= 0; }

static long cpu_affinity(int pid)
{
    unsigned long cpus[128];
    return syscall(SYS_sched_getaffinity, pid, sizeof cpus, cpus) > 0;
}

/* The clock of all threads of a process; no thread but the first has one of this kind. */
static long cpu_clock(int pid)
{
    struct timespec used;
    return !syscall(SYS_clock_gettime, (clockid_t)(~(unsigned)pid << 3 | 2), &used);
}

static long is_running(int pid)
{
    struct stat directory;
    return !stat_of(pid, "", &directory);
}

/* Whether it is shown, and no thread of another. */
static long pid_exists(int pid) { return is_running(pid) && cpu_clock(pid); }

static long num_threads(int pid)
{
    struct stat directory;
    return !stat_of(pid, "task", &directory) && directory.st_nlink > 2;
}

static long num_fds(int pid)
{
    struct stat directory;
    return !stat_of(pid, "fd", &directory);
}

static long ids(int pid)
{
    struct pidfd_info_v0 info;
    return has_pidfd_info ? ask_pidfd(pid, &info) : status(pid);
}

/* Names of users are kept, as long as the file that has them is the same. */
static long username(int pid)
{
    struct stat users;
    return ids(pid) && !fstatat(AT_FDCWD, "/etc/passwd", &users, 0);
}

/* ---- the family ---- */

/* Reads when a process started, and so whose child it is; 0 for none. */
static int parent_by_stat(int pid)
{
    long length = read_file_of(pid, "stat");
    const char *end = length > 0 ? memrchr(buffer, ')', (size_t)length) : NULL;
    return end ? atoi(end + 4) : 0;
}

static int parent_of(int pid)
{
    struct pidfd_info_v0 info;
    if (!has_pidfd_info)
        return parent_by_stat(pid);
    return ask_pidfd(pid, &info) ? (int)info.ppid : 0;
}

static long ppid(int pid) { return parent_of(pid) > 0; }

static long parent(int pid)
{
    int above = parent_of(pid);
    return above > 0 && stat_file(above);
}

static long parents(int pid)
{
    long count = 0;
    for (int above = parent_of(pid); above > 0; above = parent_by_stat(above))
        count++;
    return count;
}

/* ---- what a directory lists ---- */

static long see_thread(int pid, int directory, const char *thread)
{
    char path[64];
    (void)pid;
    strcpy(stpcpy(path, thread), "/stat");
    int file = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    long got = read(file, buffer, FILE_ROOM);
    close(file);
    return got > 0;
}

static long threads(int pid) { return each_of(pid, "task", see_thread); }

static int has_sockets;

/* What it is comes first: of what is no file, nothing else is asked. */
static long see_descriptor(int pid, int directory, const char *number)
{
    struct stat what;
    char path[64];
    if (fstatat(directory, number, &what, 0))
        return 0;
    has_sockets |= S_ISSOCK(what.st_mode);
    if (!S_ISREG(what.st_mode))
        return 0;
    long length = readlinkat(directory, number, buffer, FILE_ROOM);
    if (length <= 0)
        return 0;
    buffer[length] = 0;
    /* Not one that is there for that process only. */
    if (fstatat(AT_FDCWD, buffer, &what, 0) || !S_ISREG(what.st_mode))
        return 0;
    strcpy(stpcpy(put_pid(path, pid), "fdinfo/"), number);
    return read_once(path, buffer, FILE_ROOM) > 0;
}

static long open_files(int pid) { return each_of(pid, "fd", see_descriptor); }

/* ---- all of it ---- */

static long everything(int unused)
{
    long count = 0;
    (void)unused;
    has_sockets = 0;
    root = "";
    list_pids();
    for (int at = 0; at < pid_count; at++) {
        int pid = pids[at];
        count += stat_file(pid);
        /* Has the ids, too. */
        status(pid);
        statm(pid);
        cmdline(pid);
        environment(pid);
        io_counters(pid);
        memory_maps(pid);
        read_file_of(pid, "smaps_rollup");
        link_of(pid, "exe");
        cwd(pid);
        ionice(pid);
        cpu_affinity(pid);
        threads(pid);
        open_files(pid);
    }
    root = "/proc/";
    /* One look at them would do for all processes. */
    if (has_sockets)
        list_sockets();
    return count;
}

const struct operation process_operations[] = {
    {"everything", everything, show_nothing},
    {"pid_exists", pid_exists, show_nothing},
    {"other.memory_maps", memory_maps, show_nothing},
    {"Process.name", name, show_nothing},
    {"Process.cmdline", cmdline, show_nothing},
    {"Process.environ", environment, show_nothing},
    {"Process.status", stat_file, show_nothing},
    {"Process.cwd", cwd, show_nothing},
    {"Process.username", username, show_nothing},
    {"Process.uids", ids, show_nothing},
    {"Process.gids", ids, show_nothing},
    {"Process.terminal", stat_file, show_nothing},
    {"Process.ppid", ppid, show_nothing},
    {"Process.nice", nice_value, show_nothing},
    {"Process.ionice", ionice, show_nothing},
    {"Process.cpu_affinity", cpu_affinity, show_nothing},
    {"Process.cpu_times", stat_file, show_nothing},
    {"Process.cpu_percent", cpu_clock, show_nothing},
    {"Process.cpu_num", stat_file, show_nothing},
    {"Process.num_threads", num_threads, show_nothing},
    {"Process.threads", threads, show_nothing},
    {"Process.num_ctx_switches", status, show_nothing},
    {"Process.io_counters", io_counters, show_nothing},
    {"Process.memory_info", statm, show_nothing},
    {"Process.memory_full_info", memory_full_info, show_nothing},
    {"Process.memory_percent", statm, show_nothing},
    {"Process.memory_maps", memory_maps, show_nothing},
    {"Process.open_files", open_files, show_nothing},
    {"Process.num_fds", num_fds, show_nothing},
    {"Process.is_running", is_running, show_nothing},
    {"Process.parent", parent, show_nothing},
    {"Process.parents", parents, show_nothing},
    {NULL, NULL, NULL},
};
