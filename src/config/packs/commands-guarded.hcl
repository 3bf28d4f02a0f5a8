# For an agent that calls tools which run commands: what only looks passes, and what changes scratch folders or a
# working copy so that it can be undone. What destroys or prints secrets is refused, wherever in the command it
# stands. The rest waits for a person: programs that nobody knows, code that is not to be seen, other changes.
# It judges commands only; calls of other tools need rules of their own.

rule "no-shell" {
  priority  = 200
  condition = "!action.understood"
  verdict   = "deny"
  reason    = "this is not one simple command, and no shell runs here"
  hint      = "send one command at a time, without pipes, lists, redirections, variables and `~`"
}

rule "no-destruction" {
  priority  = 100
  condition = "'destroy' in tool.effects"
  verdict   = "deny"
  reason    = "this command removes or overwrites what is not brought back"
  hint      = "look first, and ask a person to do it"
}

rule "no-secrets" {
  priority  = 100
  condition = "'secret' in tool.effects"
  verdict   = "deny"
  reason    = "this command reads or prints credentials"
  hint      = "the gateway has the credentials: call without them"
}

rule "looks" {
  condition = "size(tool.effects) > 0 && tool.effects.all(effect, effect in ['read', 'work'])"
  verdict   = "allow"
}

rule "asks" {
  priority  = -10
  condition = "size(tool.argv) > 0"
  approve   = [builtin.dashboard]
  reason    = "this command changes something, or nobody here knows what it does"
}
