# MCP servers of others behind the gateway: one at a URL with a token, one as a program in a sandbox. Agents have
# their tools at the tool endpoint, as `linear.create_issue` and `memo.add`, once somebody has accepted what they say
# of themselves: `clawpatrol pins list`.

schema_version = 2

gateway {
  state_dir = "/var/lib/clawpatrol"
}

agent "triage" {
  profile = profile.oncall
}

endpoint "tools" "local" {
  listen = ["127.0.0.1:8080", "unix:/run/clawpatrol/tools.sock"]
}

endpoint "mcp" "linear" {
  url        = "https://mcp.linear.app/mcp"
  use        = ["mcp-guarded"]
  reads_only = ["get_*", "list_*", "search_*"]
  destroys   = ["delete_*"]
  notify     = [human_approver.oncall]
}

endpoint "mcp" "notes" {
  command = ["python3", "/usr/local/share/notes/server.py"]
  prefix  = "memo"
}

credential "bearer_token" "linear" {
  endpoint = mcp.linear
}

credential "passthrough" "notes" {
  endpoint = mcp.notes
}

approver "human_approver" "oncall" {
  timeout = "10m"
}

profile "oncall" {
  credentials = [bearer_token.linear, passthrough.notes]
}

# The gateway's own tools are not for these agents; servers' tools are judged at their own endpoints.
rule "no-own-tools" {
  endpoint = tools.local
  verdict  = "deny"
  reason   = "only tools of MCP servers are for agents here"
}

# What is destroyed stays so; the pack does not know what your servers' tools do.
rule "nothing-is-destroyed" {
  endpoint  = mcp.linear
  priority  = 100
  condition = "mcp.tool.startsWith('delete_')"
  verdict   = "deny"
  reason    = "nothing is deleted by agents"
  hint      = "archive it instead"
}

# Issues are other people's words: from then on the agent has read what nobody here wrote.
rule "read-issues" {
  endpoint  = mcp.linear
  priority  = 10
  condition = "mcp.tool in ['get_issue', 'list_issues']"
  verdict   = "allow"
  label     = ["untrusted-input"]
}

rule "notes" {
  endpoint  = mcp.notes
  condition = "mcp.tool in ['add', 'search']"
  verdict   = "allow"
}
