/*
 * The agent that runs in a microvm as its first process. It speaks with the sidecar over one virtio-serial port:
 * frames of u32 length, u8 kind, u32 id and a payload, numbers big-endian (sidecar/sandbox/microvm/frames.ts is the other end).
 *
 * What must hold:
 * - every process runs in a PID namespace of its own, so that its end is the end of all it has started;
 * - what comes from a process waits in its pipe while the other end has given no credit, never in memory;
 * - the way out is one port of the loopback, whose connections the other end takes over one by one; there is no network device;
 * - the machine goes off when the other end closes the port.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { VERSION = 2 };
enum { PROCESSES = 64, CONNECTIONS = 32, SLOTS = PROCESSES + CONNECTIONS };
enum { FRAME = 256 * 1024, CHUNK = 32 * 1024, QUEUE = 512 * 1024, INPUT = 64 * 1024, GRACE_MS = 50 };
/* From the sidecar. */
enum { SETUP = 1, START = 2, WRITE = 3, RESIZE = 4, KILL = 5, CREDIT = 6, CLOSE_INPUT = 7, PROTECT = 8, LISTEN = 9 };
/* To the sidecar. */
enum { HELLO = 64, READY = 65, OUTPUT = 66, OUTPUT_END = 67, EXIT = 68, TAKEN = 69, FAILED = 70, STARTED = 71, OPENED = 72 };
/* Connections are numbered here, processes by the other end. */
#define OURS 0x80000000u

/* From <linux/random.h>, which musl does not bring. */
#define RNDADDENTROPY _IOW('R', 0x03, int[2])
#define RNDRESEEDCRNG _IO('R', 0x07)

/* A process, or a connection (`net`), whose `in` and `out` are the same socket. */
struct process {
  int used, dead, ended, net;
  uint32_t id;
  pid_t root;
  /* `tty` holds a terminal open, which else would say "hung up" whenever no process does. */
  int out, in, status, tty;
  int64_t credit;
  int64_t kill_at;
  unsigned char *input;
  size_t input_at, input_size;
  int input_closing;
};

static struct process processes[SLOTS];
static int port = -1, listener = -1, heard;
static unsigned char incoming[FRAME + 4], outgoing[QUEUE + FRAME];
static size_t incoming_size, outgoing_at, outgoing_size;
static uid_t user = 1000;
static gid_t group = 1000;

static void power_off(void) {
  sync();
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t get32(const unsigned char *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }
static uint64_t get64(const unsigned char *p) { return (uint64_t)get32(p) << 32 | get32(p + 4); }
static void put32(unsigned char *p, uint32_t v) { p[0] = v >> 24, p[1] = v >> 16, p[2] = v >> 8, p[3] = v; }

static void flush_port(void) {
  while (outgoing_at < outgoing_size) {
    ssize_t n = write(port, outgoing + outgoing_at, outgoing_size - outgoing_at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) power_off();
    outgoing_at += n;
  }
  outgoing_at = outgoing_size = 0;
}

static void send_frame(int kind, uint32_t id, const void *data, size_t size) {
  if (outgoing_at > 0) {
    memmove(outgoing, outgoing + outgoing_at, outgoing_size - outgoing_at);
    outgoing_size -= outgoing_at;
    outgoing_at = 0;
  }
  if (outgoing_size + size + 9 > sizeof outgoing) power_off();
  unsigned char *p = outgoing + outgoing_size;
  put32(p, size + 5);
  p[4] = kind;
  put32(p + 5, id);
  if (size > 0) memcpy(p + 9, data, size);
  outgoing_size += size + 9;
  flush_port();
}

static void send_text(int kind, uint32_t id, const char *text) { send_frame(kind, id, text, strlen(text)); }
static void send_number(int kind, uint32_t id, uint32_t number) {
  unsigned char p[4];
  put32(p, number);
  send_frame(kind, id, p, 4);
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, text, strlen(text)) < 0) { /* A limit this kernel does not know is not set. */ }
  close(fd);
}

/* Makes a folder and all above it. */
static void make_folders(const char *path) {
  char part[4096];
  size_t size = strlen(path);
  if (size >= sizeof part) return;
  for (size_t i = 1; i <= size; i++) {
    if (path[i] != '/' && path[i] != 0) continue;
    memcpy(part, path, i);
    part[i] = 0;
    mkdir(part, 0755);
  }
}

static void limit_box(uint32_t most_processes, uint64_t most_memory) {
  char text[32];
  mkdir("/sys/fs/cgroup", 0755);
  mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, 0);
  write_file("/sys/fs/cgroup/cgroup.subtree_control", "+pids");
  write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
  mkdir("/sys/fs/cgroup/box", 0755);
  snprintf(text, sizeof text, "%u", most_processes);
  write_file("/sys/fs/cgroup/box/pids.max", text);
  snprintf(text, sizeof text, "%llu", (unsigned long long)most_memory);
  write_file("/sys/fs/cgroup/box/memory.max", text);
  write_file("/proc/self/oom_score_adj", "-1000");
}

/* u64 time in ms, u32 uid, u32 gid, u32 processes, u64 memory, 64 random bytes, then "tag\0path\0tag\0path\0…"; "bind" in place of
   a tag binds the path before it. */
static void set_up(const unsigned char *data, size_t size) {
  static int done;
  char problem[512];
  if (done || size < 92 || (size > 92 && data[size - 1] != 0)) {
    send_text(FAILED, 0, "bad setup");
    return;
  }
  done = 1;
  uint64_t ms = get64(data);
  struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  clock_settime(CLOCK_REALTIME, &time);
  user = get32(data + 8);
  group = get32(data + 12);
  limit_box(get32(data + 16), get64(data + 20));
  /* A machine that was resumed shares its random state with others until it is seeded anew. */
  struct {
    int entropy, size;
    unsigned char bytes[64];
  } seed = {512, 64, {0}};
  memcpy(seed.bytes, data + 28, 64);
  int random = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  if (random >= 0) {
    ioctl(random, RNDADDENTROPY, &seed);
    ioctl(random, RNDRESEEDCRNG, 0);
    close(random);
  }
  make_folders("/home/agent");
  if (chown("/home/agent", user, group)) { /* Then it is without a home folder of its own. */ }
  mount(0, "/", 0, MS_REC | MS_SHARED, 0);
  const char *last = 0;
  for (size_t at = 92; at < size;) {
    const char *tag = (const char *)data + at;
    const char *path = tag + strlen(tag) + 1;
    if (path >= (const char *)data + size) break;
    at += strlen(tag) + strlen(path) + 2;
    make_folders(path);
    int bound = strcmp(tag, "bind") == 0;
    int failed = bound ? mount(last, path, 0, MS_BIND, 0)
                       : mount(tag, path, "9p", MS_NOSUID | MS_NODEV, "trans=virtio,version=9p2000.L,msize=262144,cache=mmap,access=any");
    if (failed) {
      snprintf(problem, sizeof problem, "%s cannot be mounted: %s", bound ? path : tag, strerror(errno));
      send_text(FAILED, 0, problem);
      return;
    }
    if (!bound) last = path;
  }
  send_frame(READY, 0, 0, 0);
}

/* "ro:path\0rw:path\0…": makes each a mount of its own, which cannot be moved away or removed, and the first kind read-only. */
static void protect(const unsigned char *data, size_t size) {
  if (size == 0 || data[size - 1] != 0) return;
  for (size_t at = 0; at < size;) {
    const char *text = (const char *)data + at, *path = text + 3;
    at += strlen(text) + 1;
    if (strlen(text) < 4 || mount(path, path, 0, MS_BIND, 0)) continue;
    if (text[1] == 'o') mount(0, path, 0, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, 0);
  }
}

static int main_pid;
static void end_all(int signal) {
  (void)signal;
  kill(-1, SIGTERM);
}

/* In the box: becomes the shell. Never returns. */
static void become_shell(char *const *strings, int terminal) {
  const char *cwd = strings[0], *command = strings[1];
  setsid();
  if (terminal) ioctl(0, TIOCSCTTY, 0);
  struct rlimit none = {0, 0}, files = {4096, 4096};
  setrlimit(RLIMIT_CORE, &none);
  setrlimit(RLIMIT_NOFILE, &files);
  for (int cap = 0; cap < 64; cap++) prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
  if (setgroups(0, 0) || setresgid(group, group, group) || setresuid(user, user, user) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) _exit(126);
  umask(022);
  if (chdir(cwd)) {
    dprintf(2, "%s: %s\n", cwd, strerror(errno));
    _exit(126);
  }
  char *bash[] = {"bash", "-c", (char *)command, 0}, *sh[] = {"sh", "-c", (char *)command, 0};
  execve("/bin/bash", bash, strings + 2);
  execve("/bin/sh", sh, strings + 2);
  dprintf(2, "no shell: %s\n", strerror(errno));
  _exit(127);
}

/* The first process of a namespace: starts the shell, reaps, tells how the shell ended and ends all by its own end. */
static void be_root(char *const *strings, int in, int out, int status, const char *tty, int go) {
  char byte;
  sigset_t open_signals;
  sigemptyset(&open_signals);
  sigprocmask(SIG_SETMASK, &open_signals, 0);
  /* The agent must know this process before it may end. */
  if (read(go, &byte, 1) != 1) _exit(1);
  /* What is write-protected later counts for this process too; what it mounts itself stays its own. */
  mount(0, "/", 0, MS_REC | MS_SLAVE, 0);
  mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
  write_file("/sys/fs/cgroup/box/cgroup.procs", "0");
  write_file("/proc/self/oom_score_adj", "0");
  prctl(PR_SET_NAME, "box");
  int moved = fcntl(status, F_DUPFD_CLOEXEC, 10);
  setsid();
  if (tty) {
    in = out = open(tty, O_RDWR | O_NOCTTY);
    if (in < 0) _exit(1);
    fchown(in, user, group);
  }
  dup2(in, 0), dup2(out, 1), dup2(out, 2);
  for (int fd = 3; fd < 1024; fd++)
    if (fd != moved) close(fd);
  main_pid = fork();
  if (main_pid == 0) {
    close(moved);
    become_shell(strings, tty != 0);
  }
  struct sigaction act = {.sa_handler = end_all};
  sigaction(SIGTERM, &act, 0);
  int null = open("/dev/null", O_RDWR);
  dup2(null, 0), dup2(null, 1), dup2(null, 2);
  close(null);
  int how = 1 << 8;
  for (;;) {
    int ended;
    pid_t pid = wait(&ended);
    if (pid == main_pid) {
      how = ended;
      break;
    }
    if (pid < 0 && errno != EINTR) break;
  }
  if (write(moved, &how, sizeof how) < 0) _exit(1);
  _exit(0);
}

static struct process *find(uint32_t id) {
  for (int i = 0; i < SLOTS; i++)
    if (processes[i].used && processes[i].id == id) return &processes[i];
  return 0;
}

/* Processes and connections take no slot from each other. */
static struct process *free_slot(int net) {
  int count = 0;
  struct process *found = 0;
  for (int i = 0; i < SLOTS; i++) {
    if (!processes[i].used) found = found ? found : &processes[i];
    else if (processes[i].net == net) count++;
  }
  return count < (net ? CONNECTIONS : PROCESSES) ? found : 0;
}

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* u8 terminal, u16 columns, u16 rows, u32 credit, then "cwd\0command\0NAME=value\0…". */
static void start(uint32_t id, unsigned char *data, size_t size) {
  static char *strings[512];
  int in[2] = {-1, -1}, out[2] = {-1, -1}, status[2] = {-1, -1}, go[2] = {-1, -1}, held = -1, count = 0;
  char tty[64] = "", problem[128];
  struct process *p = 0;
  p = free_slot(0);
  if (!p || size < 10 || data[size - 1] != 0 || find(id)) {
    send_text(FAILED, id, p ? "bad start" : "too many processes run in this microvm");
    return;
  }
  for (size_t at = 9; at < size && count < 511; at += strlen((char *)data + at) + 1) strings[count++] = (char *)data + at;
  strings[count] = 0;
  if (count < 2) {
    send_text(FAILED, id, "bad start");
    return;
  }
  if (pipe2(status, O_CLOEXEC) || pipe2(go, O_CLOEXEC)) goto failed;
  if (data[0]) {
    int unlock = 0, number;
    out[0] = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (out[0] < 0 || ioctl(out[0], TIOCSPTLCK, &unlock) || ioctl(out[0], TIOCGPTN, &number)) goto failed;
    struct winsize window = {.ws_col = data[1] << 8 | data[2], .ws_row = data[3] << 8 | data[4]};
    ioctl(out[0], TIOCSWINSZ, &window);
    snprintf(tty, sizeof tty, "/dev/pts/%d", number);
    in[1] = fcntl(out[0], F_DUPFD_CLOEXEC, 0);
    held = open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (in[1] < 0 || held < 0) goto failed;
  } else if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) {
    goto failed;
  }
  pid_t root = syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0);
  if (root == 0) {
    close(go[1]);
    be_root(strings, in[0], out[1], status[1], tty[0] ? tty : 0, go[0]);
  }
  if (root < 0) goto failed;
  close_fd(&in[0]), close_fd(&out[1]), close_fd(&status[1]), close_fd(&go[0]);
  fcntl(in[1], F_SETFL, O_NONBLOCK | O_RDWR);
  fcntl(out[0], F_SETFL, O_NONBLOCK | O_RDWR);
  fcntl(status[0], F_SETFL, O_NONBLOCK);
  *p = (struct process){.used = 1, .id = id, .root = root, .out = out[0], .in = in[1], .status = status[0], .tty = held, .credit = get32(data + 5)};
  p->input = malloc(INPUT);
  if (!p->input || write(go[1], "g", 1) != 1) power_off();
  close(go[1]);
  send_frame(STARTED, id, 0, 0);
  return;
failed:
  snprintf(problem, sizeof problem, "the process cannot be started: %s", strerror(errno));
  for (int i = 0; i < 2; i++) close_fd(&in[i]), close_fd(&out[i]), close_fd(&status[i]), close_fd(&go[i]);
  close_fd(&held);
  send_text(FAILED, id, problem);
}

static void release(struct process *p) {
  if (!p->ended || (p->net ? p->in >= 0 : !p->dead)) return;
  close_fd(&p->in), close_fd(&p->out), close_fd(&p->status);
  free(p->input);
  p->used = 0;
}

static void feed(struct process *p) {
  while (p->in >= 0 && p->input_at < p->input_size) {
    ssize_t n = write(p->in, p->input + p->input_at, p->input_size - p->input_at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    /* Nobody reads any more: what is left is taken and lost. */
    if (n < 0) n = p->input_size - p->input_at;
    p->input_at += n;
    send_number(TAKEN, p->id, n);
  }
  p->input_at = p->input_size = 0;
  if (!p->input_closing) return;
  if (p->net && p->in >= 0) shutdown(p->in, SHUT_WR);
  close_fd(&p->in);
  if (p->net) release(p);
}

static void take_input(struct process *p, const unsigned char *data, size_t size) {
  if (p->in < 0 || p->dead) {
    send_number(TAKEN, p->id, size);
    return;
  }
  if (p->input_at > 0) {
    memmove(p->input, p->input + p->input_at, p->input_size - p->input_at);
    p->input_size -= p->input_at;
    p->input_at = 0;
  }
  if (p->input_size + size > INPUT) power_off();
  memcpy(p->input + p->input_size, data, size);
  p->input_size += size;
  feed(p);
}

static void end_output(struct process *p) {
  if (p->ended) return;
  p->ended = 1;
  close_fd(&p->out);
  send_frame(OUTPUT_END, p->id, 0, 0);
  release(p);
}

static void take_output(struct process *p) {
  static unsigned char chunk[CHUNK];
  size_t most = p->credit < CHUNK ? (size_t)p->credit : CHUNK;
  ssize_t n = read(p->out, chunk, most);
  if (n > 0) {
    p->credit -= n;
    send_frame(OUTPUT, p->id, chunk, n);
  } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
    end_output(p);
  }
}

/* u16 port: opens it on the loopback. */
static void open_way(const unsigned char *data, size_t size) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (size != 2 || listener >= 0) return;
  memcpy(&at.sin_port, data, 2);
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 64)) send_text(FAILED, 0, "the way out cannot be opened");
}

static void take_connection(void) {
  static uint32_t next;
  struct process *p = free_slot(1);
  int fd = p ? accept4(listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
  if (fd < 0) return;
  int in = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  unsigned char *input = malloc(INPUT);
  if (in < 0 || !input) power_off();
  while (find(OURS | ++next)) {}
  *p = (struct process){.used = 1, .net = 1, .id = OURS | next, .root = -1, .out = fd, .in = in, .status = -1, .tty = -1, .input = input};
  send_frame(OPENED, p->id, 0, 0);
}

/* The other end is done with it. */
static void drop_connection(struct process *p) {
  close_fd(&p->in), close_fd(&p->out);
  free(p->input);
  p->used = 0;
}

static void handle(unsigned char *frame, size_t size) {
  int kind = frame[0];
  uint32_t id = get32(frame + 1);
  unsigned char *data = frame + 5;
  size -= 5;
  struct process *p = find(id);
  if (kind == SETUP) set_up(data, size);
  else if (kind == START) start(id, data, size);
  else if (kind == PROTECT) protect(data, size);
  else if (kind == LISTEN) open_way(data, size);
  else if (!p) return;
  else if (kind == WRITE) take_input(p, data, size);
  else if (kind == CLOSE_INPUT) p->input_closing = 1, feed(p);
  else if (kind == CREDIT && size == 4) p->credit += get32(data);
  else if (kind == RESIZE && size == 4 && p->in >= 0) {
    struct winsize window = {.ws_col = data[0] << 8 | data[1], .ws_row = data[2] << 8 | data[3]};
    ioctl(p->in, TIOCSWINSZ, &window);
  } else if (kind == KILL && p->net) {
    drop_connection(p);
  } else if (kind == KILL && !p->dead && p->kill_at == 0) {
    kill(p->root, SIGTERM);
    p->kill_at = now_ms() + GRACE_MS;
  }
}

/* Right after the start the other end may not be there yet. */
static void port_is_closed(void) {
  static int waited;
  if (heard || ++waited > 3000) power_off();
  usleep(10000);
}

static void read_port(void) {
  ssize_t n = read(port, incoming + incoming_size, sizeof incoming - incoming_size);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    port_is_closed();
    return;
  }
  heard = 1;
  incoming_size += n;
  size_t at = 0;
  while (incoming_size - at >= 4) {
    uint32_t size = get32(incoming + at);
    if (size < 5 || size > FRAME) power_off();
    if (incoming_size - at - 4 < size) break;
    handle(incoming + at + 4, size);
    at += 4 + size;
  }
  memmove(incoming, incoming + at, incoming_size - at);
  incoming_size -= at;
}

static void reap(void) {
  int ignored;
  for (pid_t pid; (pid = waitpid(-1, &ignored, WNOHANG)) > 0;) {
    for (int i = 0; i < SLOTS; i++) {
      struct process *p = &processes[i];
      if (!p->used || p->dead || p->root != pid) continue;
      int how = SIGKILL;
      if (read(p->status, &how, sizeof how) != sizeof how) how = SIGKILL;
      unsigned char said[8];
      put32(said, WIFEXITED(how) ? WEXITSTATUS(how) : 0);
      put32(said + 4, WIFSIGNALED(how) ? WTERMSIG(how) : 0);
      p->dead = 1;
      close_fd(&p->in), close_fd(&p->tty);
      send_frame(EXIT, p->id, said, 8);
      release(p);
      break;
    }
  }
}

#if defined(__x86_64__)
/* On the host, before the machine starts: how fast the clock of an emulated processor ticks, in kHz. The guest's kernel cannot
   find out by itself on a busy computer. */
static int tell_ticks(void) {
  uint64_t best = UINT64_MAX, ticks[2];
  int64_t times[2];
  for (int side = 0; side < 2; side++, best = UINT64_MAX) {
    for (int i = 0; i < 50; i++) {
      struct timespec t;
      uint64_t before = __builtin_ia32_rdtsc();
      clock_gettime(CLOCK_MONOTONIC, &t);
      uint64_t after = __builtin_ia32_rdtsc();
      if (after - before >= best) continue;
      best = after - before;
      ticks[side] = before + best / 2;
      times[side] = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    }
    if (side == 0) usleep(50000);
  }
  printf("%llu\n", (unsigned long long)((ticks[1] - ticks[0]) * 1000000 / (uint64_t)(times[1] - times[0])));
  return 0;
}
#endif

int main(int argc, char **argv) {
#if defined(__x86_64__)
  if (argc > 1 && strcmp(argv[1], "--ticks") == 0) return tell_ticks();
#endif
  signal(SIGPIPE, SIG_IGN);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, 0);
  int ended = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  port = open(argc > 1 ? argv[1] : "/dev/vport0p1", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (port < 0 || ended < 0) {
    fprintf(stderr, "oxbow-agent: no port: %s\n", strerror(errno));
    power_off();
  }
  send_number(HELLO, 0, VERSION);
  for (;;) {
    struct pollfd fds[3 + 2 * SLOTS];
    struct process *of[3 + 2 * SLOTS];
    int count = 3, wait_ms = -1;
    fds[0] = (struct pollfd){port, POLLIN | (outgoing_size > outgoing_at ? POLLOUT : 0), 0};
    fds[1] = (struct pollfd){ended, POLLIN, 0};
    /* A negative descriptor is passed over: nobody is let in while there is no slot. */
    fds[2] = (struct pollfd){free_slot(1) ? listener : -1, POLLIN, 0};
    for (int i = 0; i < SLOTS; i++) {
      struct process *p = &processes[i];
      if (!p->used) continue;
      if (p->kill_at > 0 && !p->dead) {
        int64_t left = p->kill_at - now_ms();
        if (left <= 0) kill(p->root, SIGKILL), p->kill_at = INT64_MAX;
        else if (p->kill_at != INT64_MAX && (wait_ms < 0 || left < wait_ms)) wait_ms = left;
      }
      if (!p->ended && p->credit > 0 && outgoing_size - outgoing_at < QUEUE / 2) {
        of[count] = p;
        fds[count++] = (struct pollfd){p->out, POLLIN, 0};
      }
      if (p->in >= 0 && p->input_at < p->input_size) {
        of[count] = p;
        fds[count++] = (struct pollfd){p->in, POLLOUT, 0};
      }
    }
    if (poll(fds, count, wait_ms) < 0) continue;
    if (fds[0].revents & POLLOUT) flush_port();
    for (int i = 3; i < count; i++) {
      if (!fds[i].revents || !of[i]->used) continue;
      if (fds[i].fd == of[i]->out) take_output(of[i]);
      else if (fds[i].fd == of[i]->in) feed(of[i]);
    }
    if (fds[1].revents) {
      struct signalfd_siginfo info;
      while (read(ended, &info, sizeof info) > 0) {}
      reap();
    }
    if (fds[2].revents) take_connection();
    if (fds[0].revents & POLLHUP) port_is_closed();
    else if (fds[0].revents & POLLIN) read_port();
  }
}
