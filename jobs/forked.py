"""Imported by the server that forks the job processes, first and only there, so that it ends with the supervisor.

It would end by itself with the last job, but a job stuck in C code ends only because the server has.
"""

from jobs.process import die_with_the_parent

die_with_the_parent()
