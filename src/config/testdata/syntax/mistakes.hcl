# Every mistake a person makes in a morning, in one file.
gateway {
  state_dir: "/opt/clawpatrol"
  listen    = '0.0.0.0:8080'
}

endpoint "https" "github" {
  hosts = ["api.github.com" "github.com"]
  port  = 443;
  name  = "日本語" + "\q"
	tabbed = foo(1)
}

rule "no-ddl" 12 {
  endpoint  = postgres.prod
  condition = <<file:rules/no-ddl.cel>>
  reason    = "not closed
  verdict   = "deny"
  verdict   = "allow"
}

rule "size" { priority = 1, shadow = true }

rule "template" {
  reason = "asked by ${principal.name}"
  limit  = 1 / 0
  flags  = { a = 1, a = 2 }
}

"rule" "quoted" {}

profile "open" {
  credentials = [bearer_token.pat
  description = "the list above is not closed"
