"""Who may do what: permissions, roles, one policy function."""
