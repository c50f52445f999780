#!lua flags=no-cluster
-- writable: whether the server would run a script that writes.  A script with
-- this first line is refused before it begins: by a replica, with full memory,
-- after a failed snapshot, with too few replicas, in a cluster.
--
-- Answers 1.

return 1
