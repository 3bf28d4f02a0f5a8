# An MCP server that is a program and calls GitHub. It runs in a sandbox whose only network is the gateway: what it asks
# for there is judged and lent a credential as its own, the agent `mcp.repos`, beside the rules for the calls themselves.

schema_version = 2

gateway {
  state_dir = "/var/lib/clawpatrol"
}

agent "triage" {
  profile = profile.oncall
}

endpoint "tools" "local" {
  listen = "127.0.0.1:8080"
}

endpoint "https" "github" {
  hosts        = ["api.github.com"]
  use          = ["github-guarded"]
  repositories = ["acme/*"]
}

endpoint "mcp" "repos" {
  command     = ["python3", "/usr/local/share/github-mcp/server.py"]
  environment = { GITHUB_TOKEN = "gho_clawpatrolplaceholder000000000000000" }
  endpoints   = [https.github]
  profile     = profile.servers
  reads_only  = ["get_*", "list_*"]
}

credential "github_oauth" "robot" {
  endpoint = https.github
}

credential "passthrough" "github-tools" {
  endpoint = mcp.repos
}

# What agents reach: the server's tools, and not GitHub itself.
profile "oncall" {
  credentials = [passthrough.github-tools]
}

# What the server's program reaches.
profile "servers" {
  credentials = [github_oauth.robot]
}

rule "reading-tools" {
  endpoint  = mcp.repos
  condition = "mcp.reads_only"
  verdict   = "allow"
}

rule "other-tools-ask" {
  endpoint  = mcp.repos
  condition = "mcp.method == 'tools/call'"
  approve   = [builtin.dashboard]
}

# A person who allowed the call has allowed what it is for; this is what its program may do for it at most.
rule "the-server-comments" {
  endpoint  = https.github
  priority  = 10
  condition = "agent.name == 'mcp.repos' && http.method == 'post' && http.path.endsWith('/comments')"
  verdict   = "allow"
}

rule "no-own-tools" {
  endpoint = tools.local
  verdict  = "deny"
  reason   = "only tools of MCP servers are for agents here"
}
