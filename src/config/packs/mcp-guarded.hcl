# For any MCP server: what asks for secrets, climbs out of its folder, leaves something that runs later, hides a
# command in an argument or sends what should stay is refused; what you say only reads passes; the rest waits for
# a person. It knows no server: which of its tools only read is for the endpoint's `reads_only` to say, because
# what a server says of itself is no fact.

rule "unreadable" {
  priority  = 200
  condition = "action.truncated"
  verdict   = "deny"
  reason    = "this call cannot be read completely"
}

rule "commands" {
  priority  = 100
  condition = <<-CEL
    mcp.tool.matches(
      r'(?i)(?:^|[^a-z])(?:shell|bash|zsh|powershell|cmd|terminal|subprocess|eval|exec)(?:$|[^a-z])' +
      r'|(?:exec|execute|run)[_-]?(?:command|shell|script|code|cmd|program|process)' +
      r'|command[_-]?runner')
  CEL
  verdict   = "deny"
  reason    = "runs commands of its own"
  hint      = "use a tool that does one thing"
}

rule "climbs" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'(?i)^[^ \n]*(?:^|[/\\])(?:[.]|%2e){2}(?:[/\\]|%2f|%5c|$)[^ \n]*$'))
  CEL
  verdict   = "deny"
  reason    = "a path climbs out of where it begins"
  hint      = "write the path it comes to"
}

rule "keys-anywhere" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'(?i)(?:^|[/\\~ =\x27\":])(?:[.](?:ssh|aws|gnupg|netrc|_netrc|npmrc|pypirc|pgpass|my[.]cnf' +
      r'|git-credentials|vault[-_]?token|vault[-_]?pass(?:[.]txt)?)(?:$|[/\\ \x27\"])' +
      r'|[.]env(?:[.](?:local|prod[a-z]*|staging|dev[a-z]*|secrets?))?$|id_(?:rsa|dsa|ecdsa' +
      r'|ed25519)(?:$|[ \x27\"])|[^/\\ ]*[.](?:pem|p12|pfx|jks|keystore|kdbx|key|tfstate|tfvars|ovpn' +
      r'|keytab|ppk)(?:[.]backup)?$|authorized_keys$)'))
  CEL
  verdict   = "deny"
  reason    = "keys and passwords are not for agents"
  hint      = "ask a person for what you need them for"
}

rule "home-secrets" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'(?i)^(?:file://)?(?:~|/root|/home/[^/]+|/users/[^/]+|[a-z]:[/\\]users[/\\][^/\\]+' +
      r'|/var/lib/[a-z]+)[/\\](?:[.](?:azure|pki|kube|docker|oci|ibmcloud|bluemix|aliyun' +
      r'|digitalocean|databricks|confluent|cloudflared?|wrangler|vercel|fly|circleci|stripe|square' +
      r'|adyen|recurlyrc|bitwarden[a-z_]*|bw-session|lpass|dashlane|keybase|password-store|helm' +
      r'|argocd|nomad|terraform[.a-z]*|sops|age-key[.]txt|planetscale|slack[-a-z]*|newrelic' +
      r'|smbcredentials|rclone[.]conf|google_authenticator|openai|q|mc|s3cfg|boto|composer|sbt|cargo' +
      r'|pip|conda|ansible|fastlane|jupyter|comet[.]config|rediscli_[a-z]+|mycli|pgcli|usql|chezmoi' +
      r'|mozilla|thunderbird|ionosctl|android|jenkins|travis|buildkite|snowsql|kaggle|gnome2' +
      r'|m2/settings[^/]*|gradle/gradle[.]properties|gem/credentials|bundle/config|twilio[-a-z.]*' +
      r'|sendgrid[.]env|claude/(?:[.]?credentials[^/]*|api_key)|[a-z]*_history)(?:$|[/\\])' +
      r'|[.]config[/\\](?:gh|glab-cli|op|1password|bitwarden(?:-cli)?|bw|lastpass|keepass|keybase' +
      r'|sops|age|heroku|netlify|vercel|neon|turso|supabase|hcloud|ibmcloud|linode-cli|vultr-cli' +
      r'|doctl|argocd|helm|npm|pip|snyk|wandb|dvc|jupyter|tableplus|pgcli|chezmoi' +
      r'|rclone/rclone[.]conf|stripe|paypal|braintree|twilio|sendgrid|mailgun|datadog|pagerduty' +
      r'|slack|discord|github-copilot|mcp|claude|claude-desktop|gcloud|google-chrome|chromium' +
      r'|microsoft-edge|bravesoftware)(?:$|[/\\])|(?:[.]local/share|[.]cache|[.]config' +
      r'|library/application support|library/keychains|appdata[/\\](?:local' +
      r'|roaming))[/\\].*(?:credential|token|passw|[/\\]auth|session|keyring|keychain|wallet' +
      r'|login data|cookies|_history|globalstorage|1password|bitwarden(?:-cli)?[/\\]|sequel pro' +
      r'|chezmoi|helm/registry|secrets?[/\\.]|datasources))'))
  CEL
  verdict   = "deny"
  reason    = "what programs keep in a home folder are their secrets"
  hint      = "ask a person for what you need it for"
}

rule "machine-secrets" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'(?i)^(?:file://)?/(?:etc/(?:shadow|gshadow|sudoers|ssh/|kubernetes/(?:pki|admin)' +
      r'|krb5[.]keytab|ld[.]so[.]preload|pki/[^ ]*private|consul|nomad|vault|istio/|datadog-agent)' +
      r'|proc/(?:[0-9]+|self|thread-self|[*])/(?:environ|mem|root|fd)|proc/(?:kcore|keys|key-users' +
      r'|sysrq-trigger)|dev/(?:mem|kmem|port|sd[a-z]|nvme)|sys/kernel/(?:debug|security)' +
      r'|(?:var/)?run/(?:docker[.]sock|containerd/|crio/|secrets/|spire/|user/[0-9]+/(?:keyring' +
      r'|krb5cc|jupyter))|var/lib/(?:kubelet|jenkins|etcd|rancher)/|root/[.])[^ \n]*$'))
  CEL
  verdict   = "deny"
  reason    = "this part of the machine holds its secrets"
  hint      = "ask a person"
}

rule "metadata" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'(?i)(?:^|//)(?:[^/@ ]*@)?(?:169[.]254[.](?:169[.]254|170[.]2|170[.]23)' +
      r'|metadata(?:[.]google[.]internal)?(?:[/:]|$)|100[.]100[.]100[.]200|\[?fd00:ec2::)'))
  CEL
  verdict   = "deny"
  reason    = "this address gives out the machine's credentials"
}

rule "sinks" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'(?i)//(?:[^/@ ]*[.@])?(?:webhook[.]site|requestbin[.a-z]*|[a-z0-9.]*pipedream[.]net' +
      r'|hookbin[.]com|beeceptor[.]com|requestcatcher[.]com|pastebin[.]com|paste[.]ee' +
      r'|hastebin[.a-z]*|dpaste[.a-z]*|ghostbin[.a-z]*|rentry[.]co|ix[.]io|termbin[.]com' +
      r'|transfer[.]sh|file[.]io|0x0[.]st|[a-z0-9.-]*ngrok[-a-z.]*|burpcollaborator[.]net' +
      r'|oastify[.]com|oast[.][a-z]+|interact[.]sh|interactsh[.a-z]*|canarytokens[.a-z]*' +
      r'|dnslog[.a-z]*|localtunnel[.a-z]*|serveo[.]net|trycloudflare[.]com)(?:[/:?]|$)' +
      r'|discord(?:app)?[.]com/api/webhooks|hooks[.]slack[.]com/services'))
  CEL
  verdict   = "deny"
  reason    = "this address collects what it is sent, for anybody"
}

rule "carries" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'(?:^|[^A-Za-z0-9])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[opusra]{1,2}_[A-Za-z0-9]{20,}' +
      r'|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{10}|sk-(?:ant-' +
      r'|proj-)?[A-Za-z0-9_-]{20}|AIza[A-Za-z0-9_-]{35}' +
      r'|eyJ[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{10,})|-----BEGIN [A-Z ]*PRIVATE KEY' +
      r'|AWS_SECRET_ACCESS_KEY=[^ ]{20}|[a-z]+://[^/@: ]*:[^/@ ]{4,}@'))
  CEL
  verdict   = "deny"
  reason    = "a secret is among the arguments"
  hint      = "leave it out: the gateway lends what is needed"
}

rule "named-secrets" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'^(?:[A-Z0-9]+_)*(?:SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|PRIVATE_KEY' +
      r'|CREDENTIALS?)(?:_[A-Z0-9]+)*$'))
  CEL
  verdict   = "deny"
  reason    = "this names a secret"
  hint      = "ask a person for what you need it for"
}

rule "sql" {
  priority  = 100
  condition = <<-CEL
    mcp.values.exists(v, v.matches(
      r'(?is)(?:^|;)\s*(?:drop|truncate)\s+(?:table|database|schema|user|role|view|index)\b|(?:^' +
      r'|;)\s*delete\s+from\s+[\w.\"]+\s*(?:;|$)|;\s*(?:drop|alter|grant)\b'))
  CEL
  verdict   = "deny"
  reason    = "this destroys data, or is two statements"
  hint      = "ask a person to do it"
}

rule "shell-in-words" {
  priority  = 100
  condition = <<-CEL
    !mcp.tool.matches(r'(?i)computer|type') &&
    mcp.values.exists(v, size(v) < 200 && !v.contains('\n') && v.matches(
      r'(?:[;&|]|\$\(|`)\s*(?:sudo |rm |curl |wget |nc |ncat |bash|sh |python|perl |cat |chmod |id`' +
      r'|whoami|env\b|base64 |dd )|/dev/tcp/|[|]\s*(?:ba|z|da)?sh\b|`[a-z]+`'))
  CEL
  verdict   = "deny"
  reason    = "there are commands among the arguments"
  hint      = "one plain value, without commands"
}

rule "starts-by-itself" {
  priority  = 100
  condition = <<-CEL
    mcp.tool.matches(r'(?i)write|create|edit|append|save|put|update|modify|replace|delete|remove|unlink|move|rename|copy|upload|install|chmod|chown|permission|apply') &&
    mcp.values.exists(v, v.matches(
      r'(?i)^(?:~|/root|/home/[^/]+|/users/[^/]+)/(?:[.](?:bash[a-z_]*|zsh[a-z]*|zlogin|zprofile' +
      r'|profile|login|cshrc|kshrc|xinitrc|xprofile|xsession[a-z]*|xonshrc|inputrc|gitconfig' +
      r'|lldbinit|gdbinit|curlrc|wgetrc|condarc|pam_environment|npmrc|yarnrc[.a-z]*)$' +
      r'|[.]config/(?:fish|nushell|elvish|autostart|systemd|environment[.]d|pip|plasma-workspace)/' +
      r'|[.](?:nushell|ipython)/|[.]local/share/(?:systemd|applications|plasma)/' +
      r'|library/launch(?:agents|daemons)/|library/application support/[^/]+/user/(?:extensions' +
      r'|settings)|[.](?:vscode|cursor|windsurf)[^/]*/extensions/)|(?:^|/)[.]git/hooks/|(?:^' +
      r'|/)[.]husky/|(?:^|/)go/pkg/mod/|/gems/|/site-packages/|(?:^|/)(?:mcp|[.]mcp)[.]json$' +
      r'|claude_desktop_config[.]json$|mcp_config[.]json$'))
  CEL
  verdict   = "deny"
  reason    = "this file is run later, by somebody else"
  hint      = "ask a person to change it"
}

rule "machine-changes" {
  priority  = 100
  condition = <<-CEL
    mcp.tool.matches(r'(?i)write|create|edit|append|save|put|update|modify|replace|delete|remove|unlink|move|rename|copy|upload|install|chmod|chown|permission|apply') &&
    mcp.values.exists(v, v.matches(
      r'(?i)^/(?:etc|usr|s?bin|lib(?:64)?|boot|proc|sys|var/spool/cron|var/lib|opt|root)(?:/|$)' +
      r'|^[a-z]:[/\\](?:windows|programdata)'))
  CEL
  verdict   = "deny"
  reason    = "this part of the machine is not for agents"
  hint      = "write in your own folder"
}

rule "all-of-it" {
  priority  = 100
  condition = <<-CEL
    mcp.tool.matches(r'(?i)transfer|withdraw|pay|send_(?:money|funds|token)|refund|swap') &&
    mcp.values.exists(v, v.matches(
      r'(?i)^(?:all|all[_ ]balance|max|maximum|everything|entire|full(?:[_ ]balance)?|100%|[*]|-1)$'))
  CEL
  verdict   = "deny"
  reason    = "an amount is a number"
  hint      = "say how much"
}

# A tool that reads what is named to it is lent to whoever asks for an address, a hidden folder of a home or a part
# of the machine: those wait for a person.
rule "reads" {
  condition = <<-CEL
    mcp.reads_only && !(mcp.resource == '' && mcp.values.exists(v, v.matches(
      r'(?i)^(?:[a-z][a-z0-9+.-]*:)?//|^(?:~|/root|/home/[^/]+|/users/[^/]+)/[.]' +
      r'|^/(?:proc|sys|dev|etc|run|var/run)(?:/|$)')))
  CEL
  verdict   = "allow"
}

rule "others-ask" {
  priority  = -10
  condition = "mcp.method != ''"
  approve   = [builtin.dashboard]
  reason    = "what a server's tools do is approved by a person"
}
