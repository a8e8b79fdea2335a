"""Three unlike hosts, each a project of its own: the package is mounted in them and its adapter proved."""
