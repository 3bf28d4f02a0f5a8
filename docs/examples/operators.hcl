# Where operators sign in, with a certificate of the operator's own; see operators.md.
schema_version = 2

gateway {
  public_url = "https://gate.example:9443"

  admin {
    listen      = "0.0.0.0:9443"
    certificate = "/etc/clawpatrol/gate.pem"
    private_key = "/etc/clawpatrol/gate.key"
  }
}
