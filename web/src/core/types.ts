// What the operators' API says, as src/admin/openapi.yaml has it. Texts of agents (`text`, `summary`,
// `agent_says`, `parameters`) are data of others and reach the page as text nodes only.

export type Role = 'viewer' | 'approver' | 'operator' | 'admin';
export type Verdict = 'allow' | 'deny' | 'approve';
export type Scope = 'read' | 'approve' | 'operate' | 'admin';

export interface Session {
  state: 'first_start' | 'anonymous' | 'second_factor' | 'signed_in';
  person?: string;
  role?: Role;
  groups?: string[];
  csrf?: string;
  expires?: string;
  fresh_until?: string;
  has_second_factor?: boolean;
  methods: ('password' | 'passkey' | 'oidc')[];
  oidc_label?: string;
  factors?: ('totp' | 'passkey' | 'recovery')[];
}

export interface Evidence {
  title: string;
  kind: 'text' | 'table' | 'diff' | 'json' | 'count';
  text: string;
  failed: boolean;
}

export interface Reply {
  person: string;
  choice: 'allow' | 'deny' | 'pass';
  approver?: string;
  comment?: string;
  at: string;
  by_model?: boolean;
}

export interface Approver {
  name: string;
  kind: 'people' | 'model';
  required: number;
  allowed: number;
  people: string[];
  escalates_to?: string;
  escalates?: string;
}

export type ApprovalState = 'open' | 'allowed' | 'denied' | 'expired' | 'withdrawn' | 'shutdown';

export interface Approval {
  id: string;
  state: ApprovalState;
  asked: string;
  deadline?: string;
  ended?: string;
  agent: string;
  owner?: string;
  profile: string;
  endpoint: string;
  family: string;
  rule: string;
  reason?: string;
  summary: string;
  text: string;
  destructive: boolean;
  parameters: (string | null)[];
  session?: Record<string, string | string[] | null>;
  agent_says?: string;
  fingerprint: string;
  assurance: 'none' | 'passkey';
  waits: 'connection' | 'retry';
  operation?: { operation_id: string; state: string; reason?: string };
  similar: number;
  evidence: Evidence[];
  approvers: Approver[];
  replies: Reply[];
  you: { may_answer: boolean; why_not?: string };
}

// What people saw when they were asked, as the record keeps it.
export interface Seen {
  title: string;
  text?: string;
  sha256?: string;
  failed?: boolean;
}

export interface Rec {
  seq: number;
  time: string;
  kind: string;
  action?: string;
  agent?: string;
  profile?: string;
  endpoint?: string;
  session?: string;
  family?: string;
  verb?: string;
  summary?: string;
  text?: string;
  verdict?: string;
  rule?: string;
  reason?: string;
  destructive?: boolean;
  break_glass?: boolean;
  ending?: string;
  rows?: number;
  duration_us?: number;
  end_detail?: string;
  event?: string;
  detail?: string;
  what?: string;
  person?: string;
  subject?: string;
  evidence?: Seen[];
  [more: string]: unknown;
}

export interface Why {
  rule: string;
  part: number;
  verdict: Verdict;
  answer:
    | 'yes'
    | 'no'
    | 'unknown'
    | 'error'
    | 'disabled'
    | 'other_credential'
    | 'other_profile'
    | 'no_break_glass';
  detail?: string;
  shadow?: boolean;
  condition?: string;
}

export interface ActionDetail {
  action: Rec;
  held?: Rec;
  answers: Rec[];
  ended?: Rec;
  why: Why[];
  why_note?: string;
  fixture?: string;
}

export interface AgentSession {
  session: string;
  agent: string;
  profile?: string;
  address?: string;
  credential?: string;
  endpoint: string;
  opened: string;
  closed?: string;
  latest?: string; // Of what is no connection: calls of tools by one name.
  actions: number;
  denied: number;
  held: number;
  timeline?: Rec[];
  cut?: boolean;
}

export interface Budget {
  name: string;
  what: string;
  used: number;
  limit: number;
  resets?: string;
}

export interface Agent {
  name: string;
  profile: string;
  owner?: string;
  last_seen?: string;
  actions: number;
  denied: number;
  held: number;
  sparkline: number[];
  labels: string[];
  budgets: Budget[];
}

export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}
export interface Counted {
  name: string;
  count: number;
  denied: number;
}
export interface Bucket {
  at: string;
  allow: number;
  deny: number;
  approve: number;
}

export interface AnalyticsAnswer {
  bucket_seconds?: number;
  buckets: Bucket[];
  latency: { decision: Percentiles; execution: Percentiles };
  approvals: { asked: number; allowed: number; denied: number; expired: number; wait_p50_s: number | null };
  top_denied: { rule: string; endpoint: string; count: number }[];
  top_agents: Counted[];
  top_endpoints: Counted[];
}

export interface Rule {
  name: string;
  endpoints: string[];
  priority: number;
  verdict: Verdict;
  condition: string;
  reason?: string;
  hint?: string;
  approvers?: string[];
  credential?: string;
  profiles?: string[];
  pack?: string;
  where: string;
  shadow: boolean;
  disabled: boolean;
  hits: { allow: number; deny: number; approve: number };
  last_hit?: string;
}

export interface PolicyAnswer {
  version: string;
  loaded: string;
  files: { path: string; text: string }[];
  endpoints: { name: string; family: string; mode: string; default: string; unserved?: string }[];
  rules: Rule[];
  reload_error?: string;
  reload_failed?: string;
}

export interface Changed {
  action: string;
  time?: string;
  agent?: string;
  endpoint?: string;
  summary: string;
  was: Verdict;
  now: Verdict;
  rule_was: string;
  rule_now: string;
}

export interface Simulation {
  issues: { severity: string; text: string; file?: string; line?: number; column?: number }[];
  judged: number;
  not_judgeable: number;
  changed_total?: number;
  changed: Changed[];
}

export interface Credential {
  name: string;
  kind: string;
  description?: string;
  slots: { slot: string; set: boolean; source?: string; changed?: string }[];
  connectable: boolean;
  writable?: boolean;
  last_used?: string;
  used_by: string[];
}

// What an MCP server says that it offers: accepted, or held for somebody to look at.
export interface McpDefinition {
  kind: string;
  name: string;
  hash: string;
  definition: Record<string, unknown>;
  at?: string;
  by?: string;
  since?: string;
  is_new?: boolean;
  difference?: string;
  signs?: string[];
}

export interface McpServer {
  endpoint: string;
  prefix: string;
  description?: string;
  connections: { credential?: string; up: boolean; why?: string; since?: string; starts: number }[];
  pins: McpDefinition[];
  held: McpDefinition[];
}

export interface AuditAnswer {
  records: number;
  first: number;
  last: number;
  verified: {
    state: 'ok' | 'broken' | 'unknown' | 'running';
    at?: string;
    through?: number;
    problems?: string[];
  };
  checkpoint?: { through: number; hash: string; at?: string };
  exports: { name: string; command: string }[];
}

export interface BreakGlass {
  id: string;
  profile: string;
  person: string;
  reason: string;
  since: string;
  until: string;
}

export interface Channel {
  name: string;
  failing: boolean;
  why?: string;
  since?: string;
  sent: number;
  failed: number;
  waiting: number;
}

export interface Status {
  version: string;
  policy_version: string;
  policy_loaded: string;
  reload_failed?: string;
  reload_error?: string;
  connections: number;
  held: number;
  listeners: { endpoint: string; address: string }[];
  channels?: Channel[];
  role?: Role;
  person?: string;
  breakglass?: BreakGlass[];
}

export interface Passkey {
  id: string;
  label: string;
  created: string;
  last_used?: string;
}

export interface Person {
  name: string;
  role: Role;
  groups: string[];
  disabled: boolean;
  invited?: boolean;
  by_provider?: boolean;
  recovery_codes?: number;
  has_password: boolean;
  has_totp: boolean;
  passkeys: Passkey[];
  created: string;
  last_seen?: string;
}

export interface Token {
  id: string;
  label: string;
  person: string;
  scopes: Scope[];
  created: string;
  expires?: string;
  last_used?: string;
  token?: string;
}
