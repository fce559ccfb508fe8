/* A process that does nothing, as cheaply as one can: one row of the tables that are measured.
 *
 * It ends with its parent, and after half an hour whatever happens. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int count, char **words)
{
    /* The parent's pid is the first word: it may have ended before prctl(2). */
    if (count < 2 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != atoi(words[1]))
        return 1;
    /* Six descriptors are what an idle daemon has. */
    for (int more = 0; more < 3; more++)
        open("/dev/null", O_RDONLY);
    alarm(1800);
    for (;;)
        pause();
}
