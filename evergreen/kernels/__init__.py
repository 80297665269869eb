"""Kernels: started fresh for one notebook, reached over ipc, ended with everything they started.

    manager      starts them for one build       servers    what forks them
    connection   talks to one                    client     runs cells in one, its outputs bounded

and, in the posts' processes:

    supervisor   between the builder and one     kernel     an ipykernel
    forkserver   the parent of forked kernels    preloaded  what it imported ahead
    importing    how it imports it               processes  the system's table of processes

Nothing here knows notebooks.
"""
