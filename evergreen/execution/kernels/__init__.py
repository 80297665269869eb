"""Kernels: started fresh for one notebook, reached over ipc, ended with everything they started.

    manager      starts them for one build       servers    what forks them
    connection   talks to one                    client     runs cells in one, its outputs bounded
    box          what shuts one in           program   one that is no kernel, in a box

and, in the posts' processes:

    supervisor   between the builder and one     kernel     an ipykernel
    forkserver   the parent of forked kernels    preloaded  what it imported ahead
    importing    how it imports it               processes  the system's table of processes
    boxed        the first one in a box          limits     what all of them may use

Nothing here knows notebooks.
"""
