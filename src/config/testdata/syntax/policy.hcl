# The forms of the language that a policy uses; policy.yaml says the same.
gateway {
  state_dir = "/opt/clawpatrol"
  limits    = { body = 1048576, ratio = 0.5, exact = 9223372036854775807 }

  wireguard { subnet_cidr = "10.55.0.0/24" }
}

endpoint "https" "github" {
  hosts = [
    "api.github.com", // the API
    "github.com",     /* and the site */
  ]
}

endpoint postgres prod {
  host    = "db.internal"
  enabled = true
  tunnel  = null
}

rule "no-ddl" {
  endpoint  = "postgres.prod"
  condition = <<-CEL
    sql.verb in ["drop", "truncate"]
      && !("audit" in sql.tables)
  CEL
}

rule "reads" {
  endpoint  = "https.github"
  condition = "http.method == \"GET\" && true"
}
