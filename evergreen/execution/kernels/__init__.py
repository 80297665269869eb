"""Kernels: one fresh process per notebook, connected over ipc, ended with all its descendants.

In the builder:

    manager            starts kernels for one build
    servers            starts supervisors and fork servers
    connection         talks to one kernel
    sandbox            bubblewrap command of a sandboxed kernel
    sandboxed_program  runs another program in a sandbox

In the posts' processes, with the standard library (and ipykernel) only:

    supervisor    process between the builder and one kernel
    forkserver    parent process that forks kernels
    preloaded     modules that the fork server has imported ahead
    importing     how it imports them
    kernel        an ipykernel
    sandbox_init  first program in a sandbox
    seccomp       filter through which a kernel's system calls are seen
    tracer        what sees them, in the supervisor
    uses          words of its report
    placeholders  large files that it fills when something opens them
    file_copy     copies, clones and placeholders of files
    limits        memory, process and disk limits of a kernel
    processes     the process table

This package knows nothing about notebooks.
"""
