// A slower disk, for servers that are measured: each flush takes DISK_ADDS_US microseconds longer than it does.
//
//   cc -O2 -shared -fPIC -o target/bench/slow-disk.so load-tests/slow-disk.c
//   DISK_ADDS_US=1000 LD_PRELOAD=$PWD/target/bench/slow-disk.so target/release/load-tests durable
//
// Whatever load-tests starts inherits it, and what load-tests says of the disk is true of this one. Where a flush takes a
// tenth of a millisecond, sharing one counts for little; most disks of rented machines take one to ten.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int slowly(const char *name, int file) {
  int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  int result = flush(file);
  const char *text = getenv("DISK_ADDS_US");
  long micros = text ? atol(text) : 0;
  struct timespec pause = {.tv_sec = micros / 1000000, .tv_nsec = micros % 1000000 * 1000};
  nanosleep(&pause, NULL);
  return result;
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
