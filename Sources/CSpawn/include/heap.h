#ifndef LEAT_HEAP_H
#define LEAT_HEAP_H

/// Sets the heap up for a process that does one thing and ends: one for all threads, that asks the
/// kernel for memory in large steps and large pages and keeps it. To be called before the
/// first thread. What the system refuses changes nothing but time.
void leat_share_heap(void);

/// Sets the heap up for a server: buffers of some megabytes, as requests and answers need them, come
/// from what was freed instead of from the kernel, which clears each page. A few megabytes a thread
/// stay with the process.
void leat_keep_heap(void);

#endif
