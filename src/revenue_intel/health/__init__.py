"""Is the process alive, does its database answer: two probes for load balancers, and nothing else."""
