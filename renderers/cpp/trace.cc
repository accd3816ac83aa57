// Linked to every program: where it was when it crashed. It leaves the return
// addresses in .viscoder/trace, which the script beside the program turns into
// lines, and dies of the same signal.
#include <execinfo.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <csignal>
#include <initializer_list>

namespace {

char stack[1 << 16];  // of its own, as the program's may be full

void leave(int number) {
    void *frames[48];
    const int count = backtrace(frames, 48);
    const int file = open(".viscoder/trace", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    // The first two are ours, the third is where the signal came: the others
    // stand behind their calls.
    for (int i = 2; file >= 0 && i < count; i++)
        dprintf(file, "%p\n", static_cast<void *>(static_cast<char *>(frames[i]) - (i > 2)));
    signal(number, SIG_DFL);
    raise(number);
}

struct Watch {
    Watch() {
        void *first[1];
        backtrace(first, 1);  // loads what it needs now
        stack_t own = {};
        own.ss_sp = stack;
        own.ss_size = sizeof stack;
        sigaltstack(&own, nullptr);
        struct sigaction action = {};
        action.sa_handler = leave;
        action.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
        for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(number, &action, nullptr);
    }
} watch;

}  // namespace
