// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Tables of processes and of their sockets, written by the kernel itself (BPF iterators).
//
// `cargo xtask bpf` compiles this to `tables.bpf.o`, which is what the library loads. Of the kernel's
// structures only the members used are declared; where they are on the running kernel is looked up by
// name when the object is loaded (CO-RE), and a member that a kernel lacks is asked for by HAS first.
// The reader of the records is `sysvitals-parse`, `linux/bpf_process.rs` and `linux/bpf_socket.rs`.

typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;

#define SECTION(name) __attribute__((section(name), used))
#define KERNEL __attribute__((preserve_access_index))
#define INLINE static __attribute__((always_inline)) inline
#define NULL ((void *)0)

// Whether the running kernel has this member; 2 is BPF_FIELD_EXISTS, 1 the size in bytes.
#define HAS(member) __builtin_preserve_field_info(member, 2)
#define SIZE(member) __builtin_preserve_field_info(member, 1)

// What the kernel is told of the licence, out of the strings that it knows. It lets only programs
// under the GPL, or a licence that may be taken for it, read its memory. This file is under MIT (or
// Apache-2.0, which the kernel has no word for), and MIT lets everybody pass it on under the GPL too:
// that is what is said here, and is all that is said. It binds nothing but this file.
const char licence[] SECTION("license") = "Dual MIT/GPL";

struct seq_file;
struct task_struct;

// linux/bpf.h: numbers of helpers.
static long (*probe_read)(void *to, u32 size, const void *from) = (void *)113;
static struct task_struct *(*current_task)(void) = (void *)35;
static long (*seq_write)(struct seq_file *to, const void *record, u32 size) = (void *)127;
static void *(*on_cpu)(const void *map, const u32 *key, u32 cpu) = (void *)195;

#define READ(to, from) probe_read(&(to), sizeof(to), (const void *)(from))

// Members of the kernel's structures.

struct list_head { struct list_head *next; } KERNEL;
struct pid_namespace;
struct upid { int nr; struct pid_namespace *ns; } KERNEL;
struct pid { u32 level; struct upid numbers[1]; } KERNEL;
struct timespec64 { s64 tv_sec; long tv_nsec; } KERNEL;
struct timens_offsets { struct timespec64 boottime; } KERNEL;
struct time_namespace { struct timens_offsets offsets; } KERNEL;
struct nsproxy { struct time_namespace *time_ns; } KERNEL;
struct kid { u32 val; } KERNEL;
struct cred { struct kid uid, gid, suid, sgid, euid, egid; } KERNEL;
struct prev_cputime { u64 utime, stime; } KERNEL;
struct tty_driver { int major, minor_start; } KERNEL;
struct tty_struct { struct tty_driver *driver; int index; } KERNEL;
struct signal_struct {
    int nr_threads;
    struct list_head thread_head;
    struct pid *pids[4];
    struct tty_struct *tty;
    u64 utime, stime, cutime, cstime;
    u64 sum_sched_runtime;
    struct prev_cputime prev_cputime;
    unsigned long min_flt, maj_flt;
} KERNEL;
// Linux 5.9, and before.
struct signal_struct___spinlock {
    struct { struct { struct { u32 sequence; } seqcount; } seqcount; } stats_lock;
} KERNEL;
struct signal_struct___plain { struct { struct { u32 sequence; } seqcount; } stats_lock; } KERNEL;
struct percpu_counter { s64 count; s32 *counters; } KERNEL;
struct mm_struct {
    unsigned long start_code, end_code, total_vm, data_vm, stack_vm;
} KERNEL;
// Linux 6.2, and before.
struct mm_struct___percpu { struct percpu_counter rss_stat[4]; } KERNEL;
struct mm_struct___atomic { struct { struct { s64 counter; } count[4]; } rss_stat; } KERNEL;
struct bpf_array { void *pptrs[1]; } KERNEL;
struct sched_entity { u64 sum_exec_runtime; } KERNEL;
struct task_delay_info { u64 blkio_delay; } KERNEL;
struct task_struct {
    int exit_state;
    u32 flags;
    int pid, tgid, static_prio;
    struct task_struct *real_parent;
    struct pid *thread_pid;
    struct list_head thread_node;
    struct signal_struct *signal;
    struct mm_struct *mm;
    struct cred *real_cred;
    struct nsproxy *nsproxy;
    struct sched_entity se;
    u64 utime, stime, start_boottime;
    unsigned long nvcsw, nivcsw, min_flt, maj_flt;
    struct task_delay_info *delays;
    char comm[16];
} KERNEL;
// Linux 5.14, and before.
struct task_struct___state { u32 __state; } KERNEL;
struct task_struct___volatile { long state; } KERNEL;
// Linux 5.16 (x86), and before.
struct task_struct___inside { struct { u32 cpu; } thread_info; } KERNEL;
struct task_struct___beside { u32 cpu; } KERNEL;
struct super_block { unsigned long s_magic; } KERNEL;
struct inode { u16 i_mode; struct super_block *i_sb; unsigned long i_ino; } KERNEL;
struct file { struct inode *f_inode; } KERNEL;

struct bpf_iter_meta { struct seq_file *seq; } KERNEL;
// Contexts of programs: their layout is the interface.
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; };
struct bpf_iter__task_file {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
    u32 fd;
    struct file *file;
};

// Something of which every CPU has its own: it tells how far apart these are.
struct { int (*type)[6]; int (*key_size)[4]; int (*value_size)[8]; int (*max_entries)[1]; }
    each_cpu SECTION(".maps");

// Who reads.
struct viewer { struct task_struct *task; struct pid_namespace *ns; u32 level; };

INLINE const void *number_at(struct pid *pid, u32 level) {
    return (const char *)&pid->numbers[0] + level * SIZE(pid->numbers[0]);
}

INLINE void look(struct viewer *viewer) {
    struct pid *pid = NULL;
    viewer->task = current_task();
    viewer->ns = NULL;
    READ(pid, &viewer->task->thread_pid);
    READ(viewer->level, &pid->level);
    struct upid *number = (struct upid *)number_at(pid, viewer->level);
    READ(viewer->ns, &number->ns);
}

// The number that the viewer knows it by; 0 for none.
INLINE u32 number(const struct viewer *viewer, struct pid *pid) {
    struct pid_namespace *ns = NULL;
    u32 level = 0, nr = 0;
    READ(level, &pid->level);
    if (!pid || level < viewer->level) return 0;
    struct upid *number = (struct upid *)number_at(pid, viewer->level);
    READ(ns, &number->ns);
    READ(nr, &number->nr);
    return ns == viewer->ns ? nr : 0;
}

enum {
    MEMORY = 1,      // there is an address space, and it was counted
    NO_MEMORY = 2,   // there is none
    THREADS = 4,     // times and faults are those of all threads
};

// Since Linux 6.9 a loop may go on until the kernel has enough of it, after millions of turns, and is
// checked at once. Before, each turn is followed, so that there may be so many.
#define MOST_THREADS 1024
#define MOST_CPUS 512
#define MAY_LEAVE(label) __asm__ goto("may_goto %l[" #label "]" : : : : label)
#define PF_KTHREAD 0x00200000

struct process {
    u64 start;
    u64 utime, stime, runtime, prev_utime, prev_stime, cutime, cstime, blkio_delay;
    u64 min_flt, maj_flt;
    u64 nvcsw, nivcsw;
    u64 total_vm, start_code, end_code, data_vm, stack_vm;
    s64 file, anonymous, shared;
    u64 state;
    u32 exit_state, flags, told;
    u32 pid, ppid, threads, tty, cpu;
    s32 nice;
    u32 uid, euid, suid, gid, egid, sgid;
    char comm[16];
    u32 unused;
};

// Of one moment as long as the sequence is even and stays the same.
INLINE u32 sequence(struct signal_struct *signal) {
    struct signal_struct___spinlock *now = (void *)signal;
    struct signal_struct___plain *old = (void *)signal;
    if (HAS(now->stats_lock.seqcount.seqcount.sequence))
        return now->stats_lock.seqcount.seqcount.sequence;
    return old->stats_lock.seqcount.sequence;
}

INLINE void count_threads(struct process *to, struct task_struct *task,
                          struct signal_struct *signal, int follows) {
    u32 before = sequence(signal);
    to->utime = signal->utime;
    to->stime = signal->stime;
    to->runtime = signal->sum_sched_runtime;
    to->min_flt = signal->min_flt;
    to->maj_flt = signal->maj_flt;
    to->prev_utime = signal->prev_cputime.utime;
    to->prev_stime = signal->prev_cputime.stime;
    int whole = 0;
    if (signal->nr_threads == 1) {
        to->utime += task->utime;
        to->stime += task->stime;
        to->runtime += task->se.sum_exec_runtime;
        to->min_flt += task->min_flt;
        to->maj_flt += task->maj_flt;
        whole = 1;
    } else {
        struct list_head *head = &signal->thread_head, *node = NULL;
        READ(node, &head->next);
        for (u32 i = 0; !follows || i < MOST_THREADS; i++) {
            if (!follows) MAY_LEAVE(enough);
            // The only way out: the kernel's check follows each, and counts them.
            if (node == head) {
                whole = 1;
                break;
            }
            struct task_struct *thread = NULL;
            thread = (void *)((char *)node - (u64)&thread->thread_node);
            u64 value = 0;
            READ(value, &thread->utime);
            to->utime += value;
            READ(value, &thread->stime);
            to->stime += value;
            READ(value, &thread->se.sum_exec_runtime);
            to->runtime += value;
            READ(value, &thread->min_flt);
            to->min_flt += value;
            READ(value, &thread->maj_flt);
            to->maj_flt += value;
            READ(node, &node->next);
        }
    enough:;
    }
    if (whole && !(before & 1) && sequence(signal) == before
        && to->prev_utime == signal->prev_cputime.utime)
        to->told |= THREADS;
}

// Each CPU has counted for itself. Of the numbers, the third is what is swapped out.
INLINE int count_pages(struct process *to, struct mm_struct___percpu *mm, int follows) {
    // Members of elements are found by name only where the number of the element is written out.
    s32 *counters[3] = {
        mm->rss_stat[0].counters,
        mm->rss_stat[1].counters,
        mm->rss_stat[3].counters,
    };
    to->file = mm->rss_stat[0].count;
    to->anonymous = mm->rss_stat[1].count;
    to->shared = mm->rss_stat[3].count;
    // Where the kernel would have it if there were one: a CPU's own is a distance away. Read out of the
    // stack, since the kernel keeps track of what is a pointer.
    const u32 key = 0;
    const void *pointer = &each_cpu;
    struct bpf_array *map = NULL;
    char *none = NULL;
    READ(map, &pointer);
    READ(none, &map->pptrs[0]);
    for (u32 cpu = 0; !follows || cpu < MOST_CPUS; cpu++) {
        if (!follows) MAY_LEAVE(enough);
        pointer = on_cpu(&each_cpu, &key, cpu);
        if (!pointer) return 1;
        char *own = NULL;
        READ(own, &pointer);
        u64 distance = own - none;
        s32 count = 0;
        READ(count, (char *)counters[0] + distance);
        to->file += count;
        READ(count, (char *)counters[1] + distance);
        to->anonymous += count;
        READ(count, (char *)counters[2] + distance);
        to->shared += count;
    }
enough:
    return 0;
}

INLINE void count_memory(struct process *to, struct task_struct *task, int follows) {
    struct mm_struct *mm = task->mm;
    // What a thread of the kernel has is lent.
    if (!mm || to->flags & PF_KTHREAD) {
        to->told |= NO_MEMORY;
        return;
    }
    struct mm_struct___percpu *now = (void *)mm;
    struct mm_struct___atomic *old = (void *)mm;
    int counted = 0;
    if (HAS(now->rss_stat[0].counters)) {
        counted = count_pages(to, now, follows);
    } else if (HAS(old->rss_stat.count[0].counter)) {
        to->file = old->rss_stat.count[0].counter;
        to->anonymous = old->rss_stat.count[1].counter;
        to->shared = old->rss_stat.count[3].counter;
        counted = 1;
    }
    to->total_vm = mm->total_vm;
    to->start_code = mm->start_code;
    to->end_code = mm->end_code;
    to->data_vm = mm->data_vm;
    to->stack_vm = mm->stack_vm;
    // It is let go of before it is freed: what was read until here was its own.
    struct mm_struct *after = task->mm;
    if (!after)
        to->told |= NO_MEMORY;
    else if (counted && after == mm)
        to->told |= MEMORY;
}

INLINE int process(struct bpf_iter__task *ctx, int follows) {
    struct task_struct *task = ctx->task;
    if (!task || task->pid != task->tgid) return 0;
    struct viewer viewer;
    look(&viewer);
    struct process to = {};
    // It was reaped meanwhile if it has none.
    to.pid = number(&viewer, task->thread_pid);
    if (!to.pid) return 0;

    struct signal_struct *signal = task->signal;
    to.ppid = number(&viewer, task->real_parent->signal->pids[1]);
    struct task_struct___state *now = (void *)task;
    struct task_struct___volatile *old = (void *)task;
    to.state = HAS(now->__state) ? now->__state : (u64)old->state;
    to.exit_state = task->exit_state;
    to.flags = task->flags;
    to.threads = signal->nr_threads;
    to.nice = task->static_prio - 120;
    struct task_struct___inside *inside = (void *)task;
    struct task_struct___beside *beside = (void *)task;
    to.cpu = HAS(inside->thread_info.cpu) ? inside->thread_info.cpu : beside->cpu;
    __builtin_memcpy(to.comm, task->comm, sizeof(to.comm));

    to.start = task->start_boottime;
    if (HAS(viewer.task->nsproxy->time_ns)) {
        struct nsproxy *proxy = NULL;
        struct time_namespace *ns = NULL;
        s64 seconds = 0, nanoseconds = 0;
        READ(proxy, &viewer.task->nsproxy);
        READ(ns, &proxy->time_ns);
        READ(seconds, &ns->offsets.boottime.tv_sec);
        READ(nanoseconds, &ns->offsets.boottime.tv_nsec);
        to.start += seconds * 1000000000 + nanoseconds;
    }

    struct cred *cred = task->real_cred;
    to.uid = cred->uid.val;
    to.euid = cred->euid.val;
    to.suid = cred->suid.val;
    to.gid = cred->gid.val;
    to.egid = cred->egid.val;
    to.sgid = cred->sgid.val;

    struct tty_struct *tty = signal->tty;
    if (tty) {
        u32 major = tty->driver->major, minor = tty->driver->minor_start + tty->index;
        // Freed if it is another one by now.
        if (signal->tty == tty) to.tty = (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
    }

    to.cutime = signal->cutime;
    to.cstime = signal->cstime;
    to.nvcsw = task->nvcsw;
    to.nivcsw = task->nivcsw;
    if (HAS(task->delays) && HAS(task->delays->blkio_delay)) {
        struct task_delay_info *delays = task->delays;
        if (delays) to.blkio_delay = delays->blkio_delay;
    }
    count_threads(&to, task, signal, follows);
    count_memory(&to, task, follows);
    seq_write(ctx->meta->seq, &to, sizeof(to));
    return 0;
}

SECTION("iter/task") int processes(struct bpf_iter__task *ctx) { return process(ctx, 0); }

// The same before Linux 6.9.
SECTION("iter/task/followed") int processes_followed(struct bpf_iter__task *ctx) {
    return process(ctx, 1);
}

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define SOCKFS_MAGIC 0x534f434b

struct socket { u64 inode; u32 pid, fd; };

SECTION("iter/task_file") int sockets(struct bpf_iter__task_file *ctx) {
    struct task_struct *task = ctx->task;
    struct file *file = ctx->file;
    if (!task || !file || task->pid != task->tgid) return 0;
    struct inode *inode = file->f_inode;
    // One of another file system is a path that was opened, not a socket.
    if ((inode->i_mode & S_IFMT) != S_IFSOCK || inode->i_sb->s_magic != SOCKFS_MAGIC) return 0;
    struct viewer viewer;
    look(&viewer);
    struct socket to = {};
    to.inode = inode->i_ino;
    to.pid = number(&viewer, task->thread_pid);
    to.fd = ctx->fd;
    if (to.pid) seq_write(ctx->meta->seq, &to, sizeof(to));
    return 0;
}
