/*
 * confine PLACE... -- PROGRAM ARGUMENT...
 *
 * The last program in a box of the process tier before the person's command. A read-only mount holds neither a named pipe nor
 * a socket. So this lets files be opened for writing beneath the places alone (Landlock), and refuses pairs of sockets for
 * datagrams, each of which could send to any socket in the file system (seccomp). A place that is not there, or that is mounted
 * read-only, opens nothing. In a place, %XX stands for a byte.
 *
 * Before Linux 5.19, or where Landlock is switched off, it goes on without: `confine` alone exits with 1 there, else with 0.
 * It has no C library, so that it starts at once and is the same bytes each time: see build-confine.sh.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <asm/statfs.h>
#include <asm/unistd.h>
#include <stddef.h>

enum { STDERR = 2, PATH_ONLY = 010000000, CLOSE_ON_EXEC = 02000000, HERE = -100, EMPTY_PATH = 0x1000 };
enum { FORMAT = 0170000, FOLDER = 0040000, DEVICE = 0020000, READ_ONLY = 1 };
enum { ABI_WITH_REFER = 2, ABI_WITH_SCOPES = 6 };

/* As in <linux/landlock.h>, of which older systems have older ones. */
struct ruleset {
	unsigned long long files, network, scoped;
};
struct beneath {
	unsigned long long allowed;
	int place;
} __attribute__((packed));
enum { VERSION = 1, BENEATH = 1, WRITE_FILE = 1 << 1, REFER = 1 << 13, ABSTRACT_SOCKETS = 1 };

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
__asm__(".globl _start\n_start: xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call begin\n");
static long call(long number, long a, long b, long c, long d, long e)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
__asm__(".globl _start\n_start: mov x29,#0\n mov x30,#0\n mov x0,sp\n bl begin\n");
static long call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
}
#endif
#define CALL(name, a, b, c, d, e) call(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

static void leave(int code)
{
	for (;;)
		CALL(exit_group, code, 0, 0, 0, 0);
}

/* What is not understood is not run. */
static void refuse(const char *what)
{
	static const char who[] = "oxbow: the box could not be closed: ";
	size_t length = 0;
	while (what[length])
		length++;
	CALL(write, STDERR, who, sizeof who - 1, 0, 0);
	CALL(write, STDERR, what, length, 0, 0);
	CALL(write, STDERR, "\n", 1, 0, 0);
	leave(126);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void decode(char *text)
{
	char *to = text;
	for (; *text; text++) {
		if (*text == '%') {
			if (digit(text[1]) < 0 || digit(text[2]) < 0)
				refuse("a place cannot be read");
			*to++ = digit(text[1]) * 16 + digit(text[2]);
			text += 2;
		} else
			*to++ = *text;
	}
	*to = 0;
}

static void allow(int ruleset, int place, unsigned long long what)
{
	struct beneath rule = { what, place };
	if (CALL(landlock_add_rule, ruleset, BENEATH, &rule, 0, 0) != 0)
		refuse("a place cannot be opened");
}

/* No link leads to a place: what stands there now may be another's work. */
static void allow_beneath(int ruleset, const char *path, unsigned long long what)
{
	struct open_how how = { .flags = PATH_ONLY | CLOSE_ON_EXEC, .resolve = RESOLVE_NO_SYMLINKS };
	struct statfs found;
	long place = CALL(openat2, HERE, path, &how, sizeof how, 0);
	if (place < 0)
		return;
	if (what == REFER || (CALL(fstatfs, place, &found, 0, 0, 0) == 0 && !(found.f_flags & READ_ONLY)))
		allow(ruleset, place, what);
	CALL(close, place, 0, 0, 0, 0);
}

/* A terminal that was handed in has no place in the box, and can be opened by /dev/stdout. */
static void allow_terminal(int ruleset, int stream)
{
	struct statx found;
	if (CALL(statx, stream, "", EMPTY_PATH, STATX_TYPE, &found) == 0 && (found.stx_mode & FORMAT) == DEVICE)
		allow(ruleset, stream, WRITE_FILE);
}

static long landlock_abi(void)
{
	return CALL(landlock_create_ruleset, 0, 0, VERSION, 0, 0);
}

/* Moving between folders is refused by every ruleset that does not allow it, so that is allowed everywhere. */
static void close_files(char **places)
{
	long abi = landlock_abi();
	struct ruleset rules = { WRITE_FILE | REFER, 0, ABSTRACT_SOCKETS };
	size_t size = abi >= ABI_WITH_SCOPES ? sizeof rules : sizeof rules.files;
	if (abi < ABI_WITH_REFER)
		return;
	long ruleset = CALL(landlock_create_ruleset, &rules, size, 0, 0, 0);
	if (ruleset < 0)
		refuse("no rules can be made");
	allow_beneath(ruleset, "/", REFER);
	for (; *places; places++)
		allow_beneath(ruleset, *places, WRITE_FILE);
	for (int stream = 0; stream <= STDERR; stream++)
		allow_terminal(ruleset, stream);
	if (CALL(landlock_restrict_self, ruleset, 0, 0, 0, 0) != 0)
		refuse("its rules do not hold");
	CALL(close, ruleset, 0, 0, 0, 0);
}

/* Streams and sequences, made as a pair, lead to no other socket. */
static void close_pairs(void)
{
	enum { STREAM = 1, SEQUENCE = 5, KIND = 0xf, REFUSE = SECCOMP_RET_ERRNO | 1 };
	static struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socketpair, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, KIND),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STREAM, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SEQUENCE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, REFUSE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof steps / sizeof *steps, steps };
	if (CALL(seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter, 0, 0) != 0)
		refuse("system calls stay open");
}

__attribute__((used)) void begin(char **stack)
{
	long count = *(long *)stack;
	char **words = stack + 1, **environment = words + count + 1, **end;
	if (count == 1)
		leave(landlock_abi() < ABI_WITH_REFER);
	for (end = words + 1; *end && !(end[0][0] == '-' && end[0][1] == '-' && !end[0][2]); end++)
		decode(*end);
	if (!*end || !end[1])
		refuse("there is no command");
	*end = 0;
	if (CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		refuse("new rights can be had");
	close_files(words + 1);
	close_pairs();
	CALL(execve, end[1], end + 1, environment, 0, 0);
	refuse("the shell cannot be started");
}
