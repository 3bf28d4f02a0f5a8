# Clusters for a team's agents. kubectl talks to 127.0.0.1:6443 instead of the API server of `prod`, or goes through
# the proxy; `clawpatrol kubeconfig prod --config kubernetes.hcl --agent triage` writes what it needs for that. The pack
# lets agents look, clear up and restart; what else they want to change waits for a person.

schema_version = 2

listener "proxy" "agents" {
  listen = "127.0.0.1:8443"
}

# ---- what there is ----

endpoint "kubernetes" "prod" {
  server         = "https://k8s.acme.internal:6443"
  ca_cert        = "<<file:acme-ca.pem>>"
  listen         = "127.0.0.1:6443"
  tls_cert       = "auto"
  read_as_user   = "clawpatrol-reader"
  read_as_groups = ["acme:readers"]
  use            = ["kubernetes-guarded"]
}

# A cluster of EKS: the token is made for this cluster, a new one before the old one ends.
endpoint "kubernetes" "batch" {
  server          = "https://0A1B2C3D4E5F.gr7.eu-west-1.eks.amazonaws.com"
  cluster_name    = "batch"
  region          = "eu-west-1"
  private_network = true
  use             = ["kubernetes-guarded"]
}

# ---- what it is proved with ----

credential "mtls_credential" "prod" {
  endpoint = kubernetes.prod
}

credential "aws_credential" "batch" {
  endpoint = kubernetes.batch
  role_arn = "arn:aws:iam::123456789012:role/agents"
}

# ---- who may use it ----

profile "operations" {
  credentials = [mtls_credential.prod, aws_credential.batch]
}

agent "triage" { profile = profile.operations }

# ---- what they may do; the pack is asked after these ----

rule "shop-scales-a-little" {
  endpoint  = kubernetes.prod
  condition = <<-CEL
    k8s.verb == 'patch' && k8s.resource == 'deployments/scale' && k8s.namespace == 'shop' &&
    has(k8s.object.spec.replicas) && k8s.object.spec.replicas >= 2 && k8s.object.spec.replicas <= 10
  CEL
  verdict   = "allow"
}

rule "harmless-commands" {
  endpoint  = kubernetes.prod
  condition = <<-CEL
    k8s.resource == 'pods/exec' && !k8s.exec.tty && !k8s.exec.takes_stdin &&
    k8s.exec.command in [['ps', 'aux'], ['df', '-h'], ['nginx', '-t']]
  CEL
  verdict   = "allow"
}

rule "jobs-are-the-agents-own" {
  endpoint  = kubernetes.batch
  condition = "k8s.namespace == 'agents' && k8s.api_group == 'batch' && k8s.verb in ['create', 'delete']"
  verdict   = "allow"
}
