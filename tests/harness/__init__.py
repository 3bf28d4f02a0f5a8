"""Real components for tests: a private Postgres, the gateway, and the processes that talk to them."""
