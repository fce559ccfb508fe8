/* What the files of the floor share. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stddef.h>
#include <stdint.h>

extern int proc; /* the directory */
extern char buffer[1 << 20];
extern char entries[1 << 16];
extern int pids[], pid_count;
extern int has_pidfd_info;

struct directory_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/* The first form of struct pidfd_info, Linux 6.13. */
struct pidfd_info_v0 {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
};

/* One question: what asks it, and what shows the answer to those who compare. */
struct operation {
    const char *name;
    long (*run)(int pid);
    void (*show)(long count);
};

/* Questions about one process at a time, up to one without a name. */
extern const struct operation process_operations[];

long list_pids(void);
/* Writes "PID/" and gives its end. */
char *put_pid(char *to, int pid);
/* One read: most files of a process are shorter than the buffer, and are printed at once. */
long read_once(const char *path, char *to, size_t room);
long read_whole(int directory, const char *path);
/* By less than a page at a time, so that the kernel prints no record twice, for want of room. */
long read_by_less(int directory, const char *path);
int ask_pidfd(int pid, struct pidfd_info_v0 *info);
/* Calls `see` for each entry of a directory of a process, and adds up what it gives. */
long each_of(int pid, const char *name, long (*see)(int pid, int directory, const char *entry));
/* Dumps the tables of internet sockets. */
long list_sockets(void);
/* Sources that are read, and not understood: there is nothing to compare but that they were. */
void show_nothing(long count);

#endif
