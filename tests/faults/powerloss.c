// Power loss for one folder, to be preloaded: whatever a process wrote into a file there since that file was last synced is
// undone when the next process opens the file after the first one was killed. What the page cache kept is thus lost, as
// when the power fails.
//
//   POWERLOSS_DIR  the folder            POWERLOSS_LOG  where what is undone is kept, outside of it
//   POWERLOSS_LIE  if set, syncing does nothing: a disk that lies, to see that its lies are noticed
//
// Before each write the old bytes go into a log of that file. A sync empties the log. Creating, renaming and removing files
// counts as synced at once.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_FD = 4096 };

// One write that can be undone; `kept` bytes of what was there follow.
struct record {
    int64_t offset, size, kept;
};

static int logs[MAX_FD]; // log descriptor + 1 of each watched descriptor, 0: not watched
static const char *folder, *log_folder;
static int is_lying;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

static void die(const char *what) {
    fprintf(stderr, "powerloss: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static void begin(void) {
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    folder = getenv("POWERLOSS_DIR");
    log_folder = getenv("POWERLOSS_LOG");
    is_lying = getenv("POWERLOSS_LIE") != NULL;
}

static void ready(void) { pthread_once(&once, begin); }

// A memory map beside a database is rebuilt from its log by whoever comes first, so it is not watched.
static int is_watched(const char *path) {
    if (!folder || !log_folder || strncmp(path, folder, strlen(folder)) != 0) return 0;
    size_t length = strlen(path);
    return !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static void log_path(const char *path, char *into, size_t size) {
    int start = snprintf(into, size, "%s/", log_folder);
    size_t at = (size_t)start;
    for (const char *c = path; *c && at + 1 < size; c++) into[at++] = *c == '/' ? '!' : *c;
    into[at] = 0;
}

static void read_all(int fd, void *into, size_t size, off_t at) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, (char *)into + done, size - done, at + (off_t)done);
        if (got <= 0) die("the log cannot be read");
        done += (size_t)got;
    }
}

// Takes back, last first, what was written and not synced.
static void undo(int fd, int log) {
    struct stat st;
    if (fstat(log, &st) != 0) die("fstat");
    off_t at = sizeof(pid_t), *starts = NULL;
    size_t count = 0;
    struct record it;
    while (at + (off_t)sizeof it <= st.st_size) {
        read_all(log, &it, sizeof it, at);
        if (at + (off_t)sizeof it + it.kept > st.st_size) break; // killed while it was logged: never written
        starts = realloc(starts, (count + 1) * sizeof *starts);
        starts[count++] = at;
        at += (off_t)sizeof it + it.kept;
    }
    size_t undone = count;
    while (count-- > 0) {
        read_all(log, &it, sizeof it, starts[count]);
        char *old = malloc((size_t)it.kept + 1);
        read_all(log, old, (size_t)it.kept, starts[count] + (off_t)sizeof it);
        if (it.kept > 0 && real_pwrite(fd, old, (size_t)it.kept, it.offset) != it.kept) die("undoing a write");
        if (real_ftruncate(fd, it.size) != 0) die("undoing a length");
        free(old);
    }
    free(starts);
    if (undone > 0) {
        char line[64], path[4200];
        snprintf(path, sizeof path, "%s/undone", log_folder);
        int told = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        int length = snprintf(line, sizeof line, "%zu\n", undone);
        if (told >= 0) {
            real_write(told, line, (size_t)length);
            real_close(told);
        }
    }
}

// Starts to watch a descriptor that may write. Of a file whose last writer is dead, what was not synced is lost now.
static void watch(int fd, const char *path, int flags) {
    if (fd < 0 || fd >= MAX_FD || !is_watched(path)) return;
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return;
    char at[4200];
    log_path(path, at, sizeof at);
    pthread_mutex_lock(&lock);
    int log = real_open(at, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0) die("no log can be made");
    pid_t owner = 0, self = getpid();
    if (pread(log, &owner, sizeof owner, 0) != sizeof owner) owner = 0;
    int is_dead = owner != 0 && owner != self && kill(owner, 0) != 0 && errno == ESRCH;
    if (is_dead) {
        int writing = real_open(path, O_RDWR | O_CLOEXEC);
        if (writing >= 0) {
            undo(writing, log);
            real_close(writing);
        }
        if (real_ftruncate(log, 0) != 0) die("the log cannot be emptied");
        owner = 0;
    }
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (writes && owner == 0) {
        if (real_pwrite(log, &self, sizeof self, 0) != sizeof self) die("the log cannot be begun");
        owner = self;
    }
    if (writes && owner == self) {
        logs[fd] = log + 1;
    } else {
        real_close(log);
    }
    pthread_mutex_unlock(&lock);
}

static void remember(int fd, off_t offset, off_t length) {
    int log = logs[fd] - 1;
    struct stat st;
    if (fstat(fd, &st) != 0) die("fstat");
    struct record it = {.offset = offset, .size = st.st_size, .kept = 0};
    if (offset < st.st_size) it.kept = offset + length < st.st_size ? length : st.st_size - offset;
    char *bytes = malloc(sizeof it + (size_t)it.kept);
    memcpy(bytes, &it, sizeof it);
    if (it.kept > 0) {
        // The descriptor may be for writing only.
        char self[64];
        snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
        int reading = real_open(self, O_RDONLY | O_CLOEXEC);
        if (reading < 0) die("what is overwritten cannot be read");
        read_all(reading, bytes + sizeof it, (size_t)it.kept, offset);
        real_close(reading);
    }
    off_t end = lseek(log, 0, SEEK_END);
    size_t all = sizeof it + (size_t)it.kept;
    if (real_pwrite(log, bytes, all, end) != (ssize_t)all) die("the log is full");
    free(bytes);
}

static int opened(const char *path, int flags, mode_t mode) {
    ready();
    int fd = real_open(path, flags, mode);
    watch(fd, path, flags);
    return fd;
}

#define MODE(flags)                                   \
    mode_t mode = 0;                                  \
    if ((flags) & (O_CREAT | O_TMPFILE)) {            \
        va_list more;                                 \
        va_start(more, flags);                        \
        mode = (mode_t)va_arg(more, int);             \
        va_end(more);                                 \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE(flags)
    return opened(path, flags, mode);
}

static int is_logged(int fd) { return fd >= 0 && fd < MAX_FD && logs[fd] != 0; }

ssize_t pwrite(int fd, const void *from, size_t size, off_t offset) {
    ready();
    if (!is_logged(fd)) return real_pwrite(fd, from, size, offset);
    pthread_mutex_lock(&lock);
    remember(fd, offset, (off_t)size);
    ssize_t done = real_pwrite(fd, from, size, offset);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int fd, const void *from, size_t size, off_t offset) { return pwrite(fd, from, size, offset); }

ssize_t write(int fd, const void *from, size_t size) {
    ready();
    if (!is_logged(fd)) return real_write(fd, from, size);
    pthread_mutex_lock(&lock);
    struct stat st;
    int is_end = (fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &st) == 0;
    remember(fd, is_end ? st.st_size : lseek(fd, 0, SEEK_CUR), (off_t)size);
    ssize_t done = real_write(fd, from, size);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int fd, off_t length) {
    ready();
    if (!is_logged(fd)) return real_ftruncate(fd, length);
    pthread_mutex_lock(&lock);
    struct stat st;
    if (fstat(fd, &st) != 0) die("fstat");
    remember(fd, length, st.st_size > length ? st.st_size - length : 0);
    int done = real_ftruncate(fd, length);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

static int synced(int fd, int (*sync)(int)) {
    if (!is_logged(fd)) return sync(fd);
    if (is_lying) return 0;
    pthread_mutex_lock(&lock);
    int done = sync(fd);
    if (done == 0 && real_ftruncate(logs[fd] - 1, sizeof(pid_t)) != 0) die("the log cannot be emptied");
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) {
    ready();
    return synced(fd, real_fsync);
}

int fdatasync(int fd) {
    ready();
    return synced(fd, real_fdatasync);
}

int close(int fd) {
    ready();
    if (is_logged(fd)) {
        pthread_mutex_lock(&lock);
        real_close(logs[fd] - 1);
        logs[fd] = 0;
        pthread_mutex_unlock(&lock);
    }
    return real_close(fd);
}
