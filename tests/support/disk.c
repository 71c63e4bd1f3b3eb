// A disk that does what stands in the file DISK_ORDERS: `w`, keep whoever waits for it waiting; `r`, refuse; `1w` and `1r`, let one
// pass before that; anything else, keep what it is given.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// What it is to do with whoever asks now.
static char order(void) {
  char orders[2] = {0};
  int file = open(getenv("DISK_ORDERS"), O_RDWR | O_CLOEXEC);
  if (file < 0) return 0;
  if (read(file, orders, 2) == 2 && orders[0] == '1') {
    if (pwrite(file, &orders[1], 1, 0) == 1 && ftruncate(file, 1) == 0) orders[0] = 0;
  }
  close(file);
  return orders[0];
}

int fdatasync(int file) {
  const struct timespec pause = {.tv_nsec = 5000000};
  char now;
  while ((now = order()) == 'w') nanosleep(&pause, NULL);
  if (now == 'r') {
    errno = EIO;
    return -1;
  }
  int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return flush(file);
}
