/* The floor: what an answer costs if one asks the kernel for its sources and does nothing else.
 *
 * Raw system calls into static buffers; text is understood only as far as a row has to be filled.
 * Nothing is allocated, checked twice or kept that the answer does not need. One line in, one
 * answer out, as every program here (see benches/src/lib.rs):
 *
 *   time OPERATION REPETITIONS [PID]   ->  CPU_NANOSECONDS ITEMS
 *   rows OPERATION [PID]               ->  a line a row, then a line with one dot
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "floor.h"

enum { MOST_PIDS = 40000, PID_LIMIT = 1 << 22 };

int proc;
char buffer[1 << 20];
char entries[1 << 16];
int pids[MOST_PIDS], pid_count;
int has_pidfd_info;
static long page_size, ticks;

/* ---- the list of processes ---- */

static int number_of(const char *text)
{
    unsigned value = 0, digit;
    while ((digit = (unsigned)(*text - '0')) <= 9)
        value = value * 10 + digit, text++;
    return *text ? 0 : (int)value;
}

long list_pids(void)
{
    long got;
    pid_count = 0;
    lseek(proc, 0, SEEK_SET);
    while ((got = syscall(SYS_getdents64, proc, entries, sizeof entries)) > 0)
        for (long at = 0; at < got;) {
            struct directory_entry *entry = (void *)(entries + at);
            int pid = number_of(entry->name);
            if (pid && pid_count < MOST_PIDS)
                pids[pid_count++] = pid;
            at += entry->length;
        }
    return pid_count;
}

/* ---- files of one process ---- */

char *put_pid(char *to, int pid)
{
    char digits[12];
    int count = 0;
    do
        digits[count++] = (char)('0' + pid % 10);
    while (pid /= 10);
    while (count)
        *to++ = digits[--count];
    *to++ = '/';
    *to = 0;
    return to;
}

long read_once(const char *path, char *to, size_t room)
{
    int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    long got = read(file, to, room - 1);
    close(file);
    to[got > 0 ? got : 0] = 0;
    return got;
}

static long read_by(size_t most, int directory, const char *path)
{
    int file = openat(directory, path, O_RDONLY | O_CLOEXEC);
    long got, whole = 0;
    if (file < 0)
        return -1;
    while ((got = read(file, buffer, most)) > 0)
        whole += got;
    close(file);
    return whole;
}

long read_whole(int directory, const char *path)
{
    return read_by(sizeof buffer, directory, path);
}

long read_by_less(int directory, const char *path)
{
    return read_by(4096 - 768, directory, path);
}

struct row {
    int pid, parent, threads, nice, user, effective_user, saved_user;
    char state, name[17];
    uint64_t user_ticks, system_ticks, start, vms, rss;
    uint32_t words_at, words_length;
};

static struct row rows[MOST_PIDS];
static char words[32 << 20];
static uint32_t words_used;

static int64_t next_number(const char **text)
{
    const char *at = *text;
    int negative = *at == '-';
    uint64_t value = 0;
    unsigned digit;
    at += negative;
    while ((digit = (unsigned)(*at - '0')) <= 9)
        value = value * 10 + digit, at++;
    *text = at + 1;
    return negative ? -(int64_t)value : (int64_t)value;
}

static int fill_stat(struct row *row, const char *text, long length)
{
    const char *open = memchr(text, '(', (size_t)length);
    const char *close = memrchr(text, ')', (size_t)length);
    int64_t field[25];
    if (!open || !close)
        return 0;
    size_t name = (size_t)(close - open - 1) < 16 ? (size_t)(close - open - 1) : 16;
    memcpy(row->name, open + 1, name);
    row->name[name] = 0;
    row->state = close[2];
    const char *at = close + 4;
    /* Fields are counted from 1, as proc_pid_stat(5) does. */
    for (int number = 4; number <= 24; number++)
        field[number] = next_number(&at);
    row->parent = (int)field[4];
    row->user_ticks = (uint64_t)field[14];
    row->system_ticks = (uint64_t)field[15];
    row->nice = (int)field[19];
    row->threads = (int)field[20];
    row->start = (uint64_t)field[22];
    return 1;
}

static void fill_statm(struct row *row, const char *text)
{
    row->vms = (uint64_t)(next_number(&text) * page_size);
    row->rss = (uint64_t)(next_number(&text) * page_size);
}

_Static_assert(sizeof(struct pidfd_info_v0) == 64, "PIDFD_INFO_SIZE_VER0");

static int ask_open_pidfd(int handle, struct pidfd_info_v0 *info)
{
    *info = (struct pidfd_info_v0){.mask = 7};
    return !ioctl(handle, _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, sizeof *info), info);
}

int ask_pidfd(int pid, struct pidfd_info_v0 *info)
{
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    if (handle < 0)
        return 0;
    int told = ask_open_pidfd(handle, info);
    close(handle);
    return told;
}

static int put_users(struct row *row, const struct pidfd_info_v0 *info)
{
    row->user = (int)info->ruid;
    row->effective_user = (int)info->euid;
    row->saved_user = (int)info->suid;
    return 1;
}

static int fill_users(struct row *row, int pid)
{
    struct pidfd_info_v0 info;
    return ask_pidfd(pid, &info) && put_users(row, &info);
}

/* Before 6.13: the text that has them. */
static int fill_users_from_status(struct row *row, char *path, char *end)
{
    strcpy(end, "status");
    if (read_once(path, buffer, 65536) <= 0)
        return 0;
    const char *at = strstr(buffer, "\nUid:\t");
    if (!at)
        return 0;
    at += 6;
    row->user = (int)next_number(&at);
    row->effective_user = (int)next_number(&at);
    row->saved_user = (int)next_number(&at);
    return 1;
}

static void put_words(struct row *row, long length)
{
    if (words_used + (uint64_t)length >= sizeof words)
        return;
    memcpy(words + words_used, buffer, (size_t)length);
    row->words_at = words_used;
    row->words_length = (uint32_t)length;
    words_used += (uint32_t)length;
}

static int fill_exact(struct row *row, int pid)
{
    char path[32], *end = put_pid(path, pid);
    long got;
    row->pid = pid;
    strcpy(end, "stat");
    if ((got = read_once(path, buffer, 65536)) <= 0 || !fill_stat(row, buffer, got))
        return 0;
    strcpy(end, "statm");
    if (read_once(path, buffer, 65536) <= 0)
        return 0;
    fill_statm(row, buffer);
    strcpy(end, "cmdline");
    if ((got = read_once(path, buffer, 65536)) < 0)
        return 0;
    put_words(row, got);
    return has_pidfd_info ? fill_users(row, pid) : fill_users_from_status(row, path, end);
}

static long table(int unused)
{
    long count = 0;
    (void)unused;
    list_pids();
    words_used = 0;
    for (int at = 0; at < pid_count; at++)
        count += fill_exact(&rows[count], pids[at]);
    return count;
}

static long stat_table(int unused)
{
    long count = 0, got;
    char path[32];
    (void)unused;
    list_pids();
    for (int at = 0; at < pid_count; at++) {
        strcpy(put_pid(path, pids[at]), "stat");
        rows[count].pid = pids[at];
        got = read_once(path, buffer, 65536);
        count += got > 0 && fill_stat(&rows[count], buffer, got);
    }
    return count;
}

static long one(int pid)
{
    words_used = 0;
    return fill_exact(&rows[0], pid);
}

/* A file that stays open. Its number may be another's by now, as daemons close all that they do not
   know: who keeps one has to look whether it still leads to what was opened before using it. */
struct kept { int file; dev_t device; ino_t inode; };

static void keep(struct kept *it, int file)
{
    struct stat now = {0};
    fstat(file, &now);
    *it = (struct kept){file, now.st_dev, now.st_ino};
}

static int is_kept(const struct kept *it)
{
    struct stat now;
    return fstat(it->file, &now) == 0 && now.st_dev == it->device && now.st_ino == it->inode;
}

/* Of what is printed at once: whole after one read. */
static long read_kept(const struct kept *it)
{
    return is_kept(it) ? pread(it->file, buffer, 65536, 0) : -1;
}

/* What is kept of the process that was asked about last. */
static struct { int pid; struct kept stat, statm, cmdline, handle; } known;

static void keep_of(int pid, const char *file, struct kept *it)
{
    char path[32];
    if (known.pid)
        close(it->file);
    strcpy(put_pid(path, pid), file);
    keep(it, openat(proc, path, O_RDONLY | O_CLOEXEC));
}

/* Before Linux 6.13 as if nothing were kept. */
static long held_one(int pid)
{
    struct row *row = &rows[0];
    struct pidfd_info_v0 info;
    long got;
    if (!has_pidfd_info)
        return one(pid);
    if (known.pid != pid) {
        keep_of(pid, "stat", &known.stat);
        keep_of(pid, "statm", &known.statm);
        keep_of(pid, "cmdline", &known.cmdline);
        if (known.pid)
            close(known.handle.file);
        keep(&known.handle, (int)syscall(SYS_pidfd_open, pid, 0));
        known.pid = pid;
    }
    row->pid = pid;
    if ((got = read_kept(&known.stat)) <= 0 || !fill_stat(row, buffer, got))
        return 0;
    if ((got = read_kept(&known.statm)) <= 0)
        return 0;
    buffer[got] = 0;
    fill_statm(row, buffer);
    if ((got = read_kept(&known.cmdline)) < 0 || !is_kept(&known.handle))
        return 0;
    words_used = 0;
    put_words(row, got);
    return ask_open_pidfd(known.handle.file, &info) && put_users(row, &info);
}

/* By whose child each process is, and that from its text, the least that tells when it started. */
static int is_child[PID_LIMIT], turn, root_pid;

static long children(int root)
{
    long count = 0, before = -1, all = stat_table(0);
    root_pid = root;
    is_child[root] = ++turn;
    /* Where pids have begun anew, a parent may come after its child. */
    while (count != before) {
        before = count;
        for (int at = 0; at < all; at++)
            if (is_child[rows[at].pid] != turn && is_child[rows[at].parent] == turn)
                is_child[rows[at].pid] = turn, count++;
    }
    return count;
}

/* ---- loops ---- */

/* Descriptors of a process that is seen again and again; 0 is none. */
static struct { int stat, statm, seen; } kept[PID_LIMIT];
static int seen_now, followed[MOST_PIDS], followed_count;

static long tick(int unused)
{
    long count = 0, got;
    char path[32], *end;
    (void)unused;
    list_pids();
    seen_now++;
    for (int at = 0; at < pid_count; at++) {
        int pid = pids[at];
        if (!kept[pid].stat) {
            end = put_pid(path, pid);
            strcpy(end, "stat");
            int stat = openat(proc, path, O_RDONLY | O_CLOEXEC);
            strcpy(end, "statm");
            int statm = openat(proc, path, O_RDONLY | O_CLOEXEC);
            if (stat < 0 || statm < 0 || followed_count == MOST_PIDS) {
                close(stat), close(statm);
                continue;
            }
            kept[pid].stat = stat, kept[pid].statm = statm;
            followed[followed_count++] = pid;
        }
        kept[pid].seen = seen_now;
        struct row *row = &rows[count];
        row->pid = pid;
        if ((got = pread(kept[pid].stat, buffer, 65536, 0)) <= 0 || !fill_stat(row, buffer, got))
            continue;
        if ((got = pread(kept[pid].statm, buffer, 65536, 0)) <= 0)
            continue;
        buffer[got] = 0;
        fill_statm(row, buffer);
        count++;
    }
    for (int at = 0; at < followed_count; at++)
        if (kept[followed[at]].seen != seen_now) {
            close(kept[followed[at]].stat), close(kept[followed[at]].statm);
            kept[followed[at]].stat = 0;
            followed[at--] = followed[--followed_count];
        }
    return count;
}

/* The clock of all threads of a process has this number, clock_getcpuclockid(3). */
static long cpu_tick(int unused)
{
    long count = 0;
    struct timespec used;
    (void)unused;
    list_pids();
    for (int at = 0; at < pid_count; at++)
        if (!syscall(SYS_clock_gettime, (clockid_t)(~(unsigned)pids[at] << 3 | 2), &used)) {
            rows[count].pid = pids[at];
            rows[count++].user_ticks = (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
        }
    return count;
}

/* ---- connections ---- */

static int netlink(int protocol)
{
    int size = 1 << 20, handle = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    bind(handle, (void *)&address, sizeof address);
    return handle;
}

/* Sends a request and reads every message of the answer. */
static long dump(int handle, void *request, size_t length)
{
    long count = 0, got;
    if (send(handle, request, length, 0) < 0)
        return -1;
    while ((got = recv(handle, buffer, sizeof buffer, 0)) > 0)
        for (struct nlmsghdr *at = (void *)buffer; NLMSG_OK(at, got); at = NLMSG_NEXT(at, got)) {
            if (at->nlmsg_type == NLMSG_DONE || at->nlmsg_type == NLMSG_ERROR)
                return count;
            count++;
        }
    return -1;
}

static long dump_sockets(int handle)
{
    /* The old request walks the table of TCP once, for both families. */
    struct { struct nlmsghdr head; struct inet_diag_req body; } tcp = {
        {sizeof tcp, TCPDIAG_GETSOCK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
        {.idiag_family = AF_INET, .idiag_states = ~0u},
    };
    struct { struct nlmsghdr head; struct inet_diag_req_v2 body; } udp = {
        {sizeof udp, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
        {.sdiag_protocol = IPPROTO_UDP, .idiag_states = ~0u},
    };
    long count = dump(handle, &tcp, sizeof tcp);
    udp.body.sdiag_family = AF_INET;
    count += dump(handle, &udp, sizeof udp);
    udp.body.sdiag_family = AF_INET6;
    return count + dump(handle, &udp, sizeof udp);
}

long each_of(int pid, const char *name, long (*see)(int pid, int directory, const char *entry))
{
    char path[64];
    long count = 0, got;
    strcpy(put_pid(path, pid), name);
    int directory = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return 0;
    while ((got = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0)
        for (long at = 0; at < got;) {
            struct directory_entry *entry = (void *)(entries + at);
            at += entry->length;
            if (entry->name[0] != '.')
                count += see(pid, directory, entry->name);
        }
    close(directory);
    return count;
}

/* Reads where a descriptor of a process leads. */
static long is_socket(int pid, int directory, const char *name)
{
    char link[64];
    (void)pid;
    return readlinkat(directory, name, link, sizeof link) >= 8 && !memcmp(link, "socket:[", 8);
}

long list_sockets(void)
{
    int handle = netlink(NETLINK_SOCK_DIAG);
    long count = dump_sockets(handle);
    close(handle);
    return count;
}

static long connections(int unused)
{
    long count = list_sockets();
    (void)unused;
    list_pids();
    for (int at = 0; at < pid_count; at++)
        each_of(pids[at], "fd", is_socket);
    return count;
}

static int asked;

/* Asks a socket itself, through a copy of its descriptor. */
static long ask_socket(int pid, int directory, const char *name)
{
    struct sockaddr_storage near_end, far_end;
    int family = 0, kind = 0, socket;
    char information[8];
    socklen_t length = sizeof family;
    if (!is_socket(pid, directory, name))
        return 0;
    if ((socket = (int)syscall(SYS_pidfd_getfd, asked, number_of(name), 0)) < 0)
        return 1;
    getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &length);
    length = sizeof kind;
    getsockopt(socket, SOL_SOCKET, SO_TYPE, &kind, &length);
    length = sizeof near_end;
    getsockname(socket, (void *)&near_end, &length);
    length = sizeof far_end;
    getpeername(socket, (void *)&far_end, &length);
    length = sizeof information;
    getsockopt(socket, IPPROTO_TCP, 11 /* TCP_INFO */, information, &length);
    close(socket);
    return 1;
}

static long process_connections(int pid)
{
    asked = (int)syscall(SYS_pidfd_open, pid, 0);
    long sockets = each_of(pid, "fd", ask_socket);
    close(asked);
    return sockets;
}

/* ---- one file, or one request ---- */

static long memory_maps(int pid)
{
    char path[32];
    strcpy(put_pid(path, pid), "smaps");
    return read_whole(proc, path) > 0;
}

static long read_file(const char *path)
{
    return read_whole(proc, path) > 0;
}

static long cpu_times(int unused) { (void)unused; return read_file("stat"); }
static long virtual_memory(int unused) { (void)unused; return read_file("meminfo"); }
static long disk_io(int unused) { (void)unused; return read_file("diskstats"); }
static long partitions(int unused) { (void)unused; return read_file("self/mounts"); }

/* The same of files that are kept open. */
static const struct kept *held(struct kept *it, const char *path)
{
    if (!it->file)
        keep(it, openat(proc, path, O_RDONLY | O_CLOEXEC));
    return it;
}

static long held_cpu_times(int unused)
{
    static struct kept stat;
    (void)unused;
    return read_kept(held(&stat, "stat")) > 0;
}

static long held_virtual_memory(int unused)
{
    static struct kept meminfo;
    (void)unused;
    return read_kept(held(&meminfo, "meminfo")) > 0;
}

/* Record by record: where a page has ended, there may be more. */
static long held_disk_io(int unused)
{
    static struct kept diskstats;
    long got, whole = read_kept(held(&diskstats, "diskstats"));
    (void)unused;
    while (whole > 0 && (got = pread(diskstats.file, buffer, sizeof buffer, whole)) > 0)
        whole += got;
    return whole > 0;
}

static long net_io(int unused)
{
    static int handle;
    struct { struct nlmsghdr head; struct if_stats_msg body; } request = {
        {sizeof request, RTM_GETSTATS, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
        {.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)},
    };
    (void)unused;
    if (!handle)
        handle = netlink(NETLINK_ROUTE);
    return dump(handle, &request, sizeof request);
}

static long list(int unused)
{
    (void)unused;
    return list_pids();
}

/* ---- what it read, for those who compare ---- */

static void show_table(long count, int whole)
{
    for (long at = 0; at < count; at++) {
        struct row *row = &rows[at];
        printf("%d\tppid=%d\tname=%s\tuser_time=%lu\tsystem_time=%lu\tnum_threads=%d\tnice=%d",
            row->pid, row->parent, row->name, row->user_ticks * 100 / (unsigned long)ticks,
            row->system_ticks * 100 / (unsigned long)ticks, row->threads, row->nice);
        if (whole) {
            for (uint32_t byte = 0; byte < row->words_length; byte++)
                if (!words[row->words_at + byte])
                    words[row->words_at + byte] = byte + 1 < row->words_length ? ' ' : '\t';
            printf("\trss=%lu\tvms=%lu\tuids=%d,%d,%d\tcmdline=%.*s", row->rss, row->vms, row->user,
                row->effective_user, row->saved_user,
                (int)(row->words_length ? row->words_length - 1 : 0), words + row->words_at);
        }
        putchar('\n');
    }
}

static void show_tick(long count)
{
    for (long at = 0; at < count; at++)
        printf("%d\tcpu=%lu\trss=%lu\n", rows[at].pid,
            (rows[at].user_ticks + rows[at].system_ticks) * 100 / (unsigned long)ticks,
            rows[at].rss);
}

static void show_clocks(long count)
{
    for (long at = 0; at < count; at++)
        printf("%d\tclock=%lu\n", rows[at].pid, rows[at].user_ticks);
}

static void show_children(long count)
{
    for (int at = 0; count > 0; at++)
        if (is_child[rows[at].pid] == turn && rows[at].pid != root_pid)
            printf("%d\n", rows[at].pid), count--;
}

static void show_pids(long count)
{
    for (long at = 0; at < count; at++)
        printf("%d\n", pids[at]);
}

static void show_exact(long count) { show_table(count, 1); }
static void show_stat(long count) { show_table(count, 0); }
void show_nothing(long count) { printf("?\tread=%ld\n", count); }

static const struct operation operations[] = {
    {"pids", list, show_pids},
    {"table", table, show_exact},
    {"stat", stat_table, show_stat},
    {"tick", tick, show_tick},
    {"cpu_tick", cpu_tick, show_clocks},
    {"one", one, show_exact},
    {"one_new", one, show_exact},
    {"children", children, show_children},
    {"connections", connections, show_nothing},
    {"process_connections", process_connections, show_nothing},
    {"memory_maps", memory_maps, show_nothing},
    {"cpu_times", cpu_times, show_nothing},
    {"virtual_memory", virtual_memory, show_nothing},
    {"disk_io_counters", disk_io, show_nothing},
    {"net_io_counters", net_io, show_nothing},
    {"disk_partitions", partitions, show_nothing},
    {"other.one", held_one, show_exact},
    {"other.cpu_times", held_cpu_times, show_nothing},
    {"other.virtual_memory", held_virtual_memory, show_nothing},
    {"other.disk_io_counters", held_disk_io, show_nothing},
    {NULL, NULL, NULL},
};

static const struct operation *find(const struct operation *among, const char *name)
{
    while (among->name && strcmp(among->name, name))
        among++;
    return among->name ? among : NULL;
}

static long cpu_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void answer(const char *line)
{
    char what[8], name[64];
    long count = 0, repetitions = 1;
    int pid = 0;
    if (sscanf(line, "%7s %63s", what, name) < 2) {
        puts("error what?");
        return;
    }
    int timed = !strcmp(what, "time");
    if (timed)
        sscanf(line, "%*s %*s %ld %d", &repetitions, &pid);
    else
        sscanf(line, "%*s %*s %d", &pid);
    const struct operation *asked = find(operations, name);
    if (!asked)
        asked = find(process_operations, name);
    if (!asked) {
        puts("none");
        return;
    }
    long start = cpu_nanoseconds();
    for (long turn = 0; turn < repetitions; turn++)
        count = asked->run(pid);
    long end = cpu_nanoseconds();
    if (timed) {
        printf("%ld %ld\n", end - start, count);
    } else {
        asked->show(count);
        puts(".");
    }
}

int main(void)
{
    char line[256];
    struct rlimit files;
    struct row mine;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    page_size = sysconf(_SC_PAGESIZE);
    ticks = sysconf(_SC_CLK_TCK);
    proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    has_pidfd_info = fill_users(&mine, getpid());
    while (fgets(line, sizeof line, stdin)) {
        answer(line);
        fflush(stdout);
    }
    return 0;
}
