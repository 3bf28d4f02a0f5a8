"""A Kubernetes-shaped API server of the tests' own: what kubectl, client libraries and controllers ask of a
real one, in memory. `server.Server` starts it; README.md says which file does what and what it leaves out."""
