"""Background work: the store, the supervisor and the job processes. The only place that holds SQL."""
